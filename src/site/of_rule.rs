//! What the site says of one rule.

use wildmatch::WildMatch;

use super::{Site, Waiver};
use crate::{
    catalog::{Expect, Via},
    net::{Host, Port},
};

/// What the site says of one rule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OfRule<'s> {
    /// What must be seen; `None` leaves it to the rule.
    pub expect: Option<Expect>,
    /// Which way the product goes, where the site says so.
    pub via: Option<Via>,
    waivers: Vec<&'s Waiver>,
    ports: Vec<(&'s Host, Port)>,
}

impl Site {
    /// What the site says of the rule of that id.
    #[must_use]
    pub fn of_rule(&self, id: &str) -> OfRule<'_> {
        let matches = |glob: &str| WildMatch::new(glob).matches(id);
        let mut said = self.expect.iter().rev();
        let expected = said.find(|expected| matches(&expected.rule));
        let mut ways = self.ways.iter().rev();
        let way = ways.find(|way| matches(&way.rule));
        let waivers = self.waivers.iter();
        let ports = self.overrides.iter().flat_map(|of_host| {
            let moved = of_host.ports.iter();
            let moved = moved.filter(|(rule, _)| matches(rule));
            moved.map(|(_, port)| (&of_host.host, *port))
        });
        OfRule {
            expect: expected.and_then(|expected| expected.expect),
            via: way.map(|way| way.via),
            waivers: waivers.filter(|waiver| matches(&waiver.rule)).collect(),
            ports: ports.collect(),
        }
    }
}

impl Site {
    /// The port at which this machine is reached for the rule instead of its own.
    #[must_use]
    pub fn own_port(&self, id: &str) -> Option<Port> {
        let own = self.own.iter();
        own.filter_map(|host| self.of_rule(id).port(host))
            .next_back()
    }
}

impl<'s> OfRule<'s> {
    /// The waiver that holds where `host` is reached: the first in the file. Where no host is known,
    /// one that holds for every host.
    #[must_use]
    pub fn waiver(&self, host: Option<&Host>) -> Option<&'s Waiver> {
        let holds = |waiver: &&&Waiver| waiver.host.is_none() || waiver.host.as_ref() == host;
        self.waivers.iter().find(holds).copied()
    }

    /// The port at which `host` is reached instead of the rule's own.
    #[must_use]
    pub fn port(&self, host: &Host) -> Option<Port> {
        let mut moved = self.ports.iter().rev();
        moved.find(|(of, _)| *of == host).map(|(_, port)| *port)
    }
}
