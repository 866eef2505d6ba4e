//! What is looked at on this machine itself, without a packet: what a node must have ready.

use std::collections::BTreeMap;

use super::select::Choice;
use crate::{
    catalog::{Rule, Target},
    net::{Port, PortRange, Ports, Protocol, Transport},
    site::{LOCAL_RULES, Site},
};

/// What is looked at on this machine itself; empty unless it is a node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Local {
    /// The ports at which the product's own services will listen, without ranges, ascending.
    pub ports: Vec<NeededPort>,
    /// The range that is open between the nodes for ports that the system gives away.
    pub range: Option<NeededRange>,
    /// At how many ports, those of ranges included, the product is reached here.
    pub descriptors: Option<usize>,
}

/// A port that must be free for the product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NeededPort {
    /// TCP or UDP.
    pub transport: Transport,
    /// The port.
    pub port: Port,
    /// What will be spoken there.
    pub protocol: Protocol,
    /// The rules that need it, in the catalogs' order.
    pub rules: Vec<String>,
    /// The service of the first of them, for people.
    pub service: String,
}

/// A range that is open between the nodes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NeededRange {
    /// The range.
    pub range: PortRange,
    /// The rule.
    pub rule: String,
    /// Its service, for people.
    pub service: String,
}

impl Local {
    /// Whether nothing is looked at.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.ports.is_empty() && self.range.is_none() && self.descriptors.is_none()
    }
}

/// What the chosen rules need of a machine that is one of `group`.
pub(super) fn of_group(group: &str, choice: &Choice<'_>, site: &Site) -> Local {
    let rules = choice.rules();
    let mut needs = Needs::default();
    for (catalog, rule) in rules {
        let is_here = rule.to == group && rule.target == Target::Group;
        if is_here
            && choice.starts_here(catalog, group)
            && choice.switched_off(catalog, rule).is_none()
        {
            needs.rule(rule, site);
        }
    }
    let [ports, range, descriptors] = LOCAL_RULES.map(|id| choice.selects(id));
    let reached = needs.reached();
    Local {
        range: needs.range.filter(|_| range),
        descriptors: Some(reached).filter(|count| descriptors && *count > 0),
        ports: if ports {
            needs.ports.into_values().collect()
        } else {
            Vec::new()
        },
    }
}

/// What the rules need, so far.
#[derive(Default)]
struct Needs {
    ports: BTreeMap<(Port, Transport), NeededPort>,
    range: Option<NeededRange>,
}

impl Needs {
    fn rule(&mut self, rule: &Rule, site: &Site) {
        let transports = rule.transports.iter().copied();
        for transport in transports.filter(|transport| transport.has_ports()) {
            match rule.ports {
                Ports::One(port) => {
                    let port = site.own_port(&rule.id).unwrap_or(port);
                    self.port((port, transport), rule);
                }
                Ports::Range(range) if self.range.is_none() => {
                    self.range = Some(NeededRange {
                        range,
                        rule: rule.id.clone(),
                        service: rule.service.clone(),
                    });
                }
                Ports::Range(_) | Ports::None => {}
            }
        }
    }

    fn port(&mut self, (port, transport): (Port, Transport), rule: &Rule) {
        let needed = self
            .ports
            .entry((port, transport))
            .or_insert_with(|| NeededPort {
                transport,
                port,
                protocol: rule.protocol,
                rules: Vec::new(),
                service: rule.service.clone(),
            });
        needed.rules.push(rule.id.clone());
    }

    /// How many ports that is, those of the range included.
    fn reached(&self) -> usize {
        let range = self.range.as_ref().map_or(0, |needed| needed.range.count());
        self.ports.len() + range
    }
}
