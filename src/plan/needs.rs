//! What is looked at on this machine itself, without a packet: what a node must have ready.

use std::collections::BTreeMap;

use super::select::Choice;
use crate::{
    catalog::{Rule, Target},
    machine::{LOCAL_RULES, NeededPort, NeededRange, Needs},
    net::{Port, Ports, Transport},
    site::Site,
};

/// What the chosen rules need of a machine that is one of `group`.
pub(super) fn of_group(group: &str, choice: &Choice<'_>, site: &Site) -> Needs {
    let rules = choice.rules();
    let mut tally = Tally::default();
    for (catalog, rule) in rules {
        let is_here = rule.to == group && rule.target == Target::Group;
        if is_here
            && choice.starts_here(catalog, group)
            && choice.switched_off(catalog, rule).is_none()
        {
            tally.rule(rule, site);
        }
    }
    let [ports, range, descriptors] = LOCAL_RULES.map(|id| choice.selects(id));
    let reached = tally.reached();
    Needs {
        range: tally.range.filter(|_| range),
        descriptors: Some(reached).filter(|count| descriptors && *count > 0),
        ports: if ports {
            tally.ports.into_values().collect()
        } else {
            Vec::new()
        },
    }
}

/// What the rules need, so far.
#[derive(Default)]
struct Tally {
    ports: BTreeMap<(Port, Transport), NeededPort>,
    range: Option<NeededRange>,
}

impl Tally {
    fn rule(&mut self, rule: &Rule, site: &Site) {
        let transports = rule.transports.iter().copied();
        for transport in transports.filter(|transport| transport.has_ports()) {
            match rule.ports {
                Ports::One(port) => {
                    let port = site.own_port(&rule.id).unwrap_or(port);
                    self.port(port, transport, rule);
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

    fn port(&mut self, port: Port, transport: Transport, rule: &Rule) {
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
