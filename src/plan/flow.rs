//! One direction of a rule: who opens it, who is reached, and what the site says of it.

use super::CheckEndpoint;
use crate::{
    catalog::{Catalog, Expect, Level, Rule, Target, Via},
    fact::{Said as _, Sentence},
    net::{Host, Port, Ports, Transport},
    site::OfRule,
};

/// The group of the product's own machines, where nothing listens before the installation.
pub(super) const NODES: &str = "nodes";

/// One direction of a rule.
pub(super) struct Flow<'a> {
    pub(super) catalog: &'a Catalog,
    pub(super) rule: &'a Rule,
    pub(super) from: &'a str,
    pub(super) to: &'a str,
    pub(super) target: &'a Target,
    pub(super) variable: Option<&'a str>,
    /// Whether only the variable names the host: the site has one of its own.
    pub(super) own: bool,
    /// What the site says of the rule.
    pub(super) said: &'a OfRule<'a>,
    pub(super) level: Level,
    expect: Option<Expect>,
}

impl<'a> Flow<'a> {
    pub(super) fn forward(catalog: &'a Catalog, rule: &'a Rule, said: &'a OfRule<'a>) -> Self {
        Self {
            catalog,
            rule,
            from: &rule.from,
            to: &rule.to,
            target: &rule.target,
            variable: rule.variable.as_deref(),
            own: false,
            said,
            level: rule.level,
            expect: rule.expect,
        }
    }

    /// The second flow of the rule, to `target`, which the reverse names.
    pub(super) fn reverse(forward: &Self, target: &'a Target) -> Option<Self> {
        let reverse = forward.rule.reverse.as_ref()?;
        Some(Self {
            from: &reverse.from,
            to: &reverse.to,
            target,
            variable: reverse.variable.as_deref(),
            own: false,
            level: reverse.level,
            expect: None,
            ..*forward
        })
    }

    /// What must be seen when nobody says.
    pub(super) fn expect(&self) -> Expect {
        let own_machines = self.to == NODES || self.from == self.to;
        self.expect.unwrap_or(if own_machines {
            Expect::Path
        } else {
            Expect::Service
        })
    }

    /// Which way the product goes: to the site's own hosts directly, unless the site or the catalog
    /// says otherwise.
    pub(super) fn via(&self) -> Option<Via> {
        let is_own = matches!(self.target, Target::Group);
        let said = self.said.via.or(self.rule.via);
        said.or(is_own.then_some(Via::Direct))
    }

    fn decisive(&self) -> Transport {
        let first = self.rule.transports.first();
        first
            .copied()
            .unwrap_or_else(|| self.rule.protocol.transport())
    }

    /// What stands in place of a host that nobody named.
    pub(super) fn unbound(&self, host: String) -> CheckEndpoint {
        CheckEndpoint::Unbound {
            host,
            ports: self.rule.ports,
            transport: self.decisive(),
        }
    }

    /// What a name server is asked: the first name that the same machines need, so that the answer
    /// tells whether they will get it.
    pub(super) fn question(&self) -> Option<String> {
        let rules = self.catalog.rules.iter();
        let mut wanted = rules.filter(|rule| rule.from == self.from);
        wanted.find_map(|rule| match &rule.target {
            Target::Host(Host::Name(name)) => Some(name.clone()),
            Target::Host(Host::Address(_) | Host::OnLink(_))
            | Target::Group
            | Target::Wildcard { .. }
            | Target::Placeholder { .. } => None,
        })
    }

    /// Who a flow reaches, as the catalog says it.
    pub(super) fn named(&self) -> String {
        match self.target {
            Target::Group => self.to.to_owned(),
            Target::Host(host) => host.to_string(),
            Target::Wildcard { pattern, .. } => pattern.clone(),
            Target::Placeholder { template, .. } => template.clone(),
        }
    }

    /// What to probe on the machine that starts the flow, where no profile is run there.
    pub(super) fn probe_elsewhere(&self) -> Sentence {
        let at = |port: Port| Sentence::from(":").then(port.said());
        let port = match self.rule.ports {
            Ports::None => Sentence::default(),
            Ports::One(port) => at(port),
            Ports::Range(range) => at(range.first()),
        };
        let host = match self.target {
            Target::Host(host) | Target::Wildcard { witness: host, .. } => host.said(),
            Target::Group | Target::Placeholder { .. } => "HOST".said(),
        };
        Sentence::from("portcheck probe ")
            .then(self.rule.protocol.said())
            .then("://")
            .then(host)
            .then(port)
    }
}
