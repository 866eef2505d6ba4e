//! What the firewalls of clouds have in common: a rule is attached to the machines that send or are
//! reached, so that only the far end is said.

use std::collections::BTreeMap;

use super::{
    change::Unsaid,
    escape,
    flow::{Direction, End, Family, Flow, Ports},
};
use crate::net::Transport;

/// A rule of a group that one end of its flows is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry<'a> {
    pub(super) direction: Direction,
    /// The far end.
    pub(super) peer: &'a End,
    pub(super) transport: Transport,
    pub(super) ports: Option<Ports>,
    pub(super) family: Family,
    /// One of its flows.
    pub(super) flow: &'a Flow,
}

/// The entries of flows that have addresses at both ends, each once.
pub(super) fn entries<'a>(flows: &[&'a Flow]) -> Vec<Entry<'a>> {
    let mut entries = BTreeMap::new();
    for flow in flows {
        let peer = match flow.direction {
            Direction::Outbound => &flow.destination,
            Direction::Inbound => &flow.source,
        };
        let Some(family) = flow.family() else {
            continue;
        };
        let key = (flow.direction, peer, flow.transport, flow.ports);
        entries.entry(key).or_insert(Entry {
            direction: flow.direction,
            peer,
            transport: flow.transport,
            ports: flow.ports,
            family,
            flow,
        });
    }
    entries.into_values().collect()
}

impl Entry<'_> {
    /// The far end as a network: `10.0.0.2/32`.
    pub(super) fn network(&self) -> String {
        let network = self.peer.network().map(|it| it.trunc().to_string());
        network.unwrap_or_else(|| self.peer.to_string())
    }

    /// Its rules and page, in so many of the signs that every cloud takes.
    pub(super) fn remark(&self, mark: &str, most: usize) -> String {
        escape::remark(mark, self.flow, most).replace(['?', '\''], "_")
    }
}

/// The same reason for each flow that has no address at an end.
pub(super) fn unnamed(flows: Vec<Unsaid>, why: &str) -> Vec<Unsaid> {
    let unsaid = flows.into_iter().map(|unsaid| Unsaid {
        why: why.to_owned(),
        ..unsaid
    });
    unsaid.collect()
}
