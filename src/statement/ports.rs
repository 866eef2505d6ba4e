//! Sets of ports by transport, and how they are told.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use super::{Seen, Swept, Tried};
use crate::{net::Transport, text};

/// Ports by transport, as ranges of neighbours, ascending. A transport without ports has no range.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct PortSets(pub BTreeMap<Transport, Vec<[u16; 2]>>);

/// With more ranges than this a title counts the ports instead of listing them.
const FEW: usize = 4;

/// What a check says is shut. Of a range of which none of the tried ports works it is the range: to
/// let single ports of it pass would help nobody.
pub(super) fn shut(seen: &Seen) -> (Transport, Vec<[u16; 2]>) {
    let ranges = match &seen.tried {
        Tried::NoPorts => Vec::new(),
        Tried::Port(port) => vec![[*port; 2]],
        Tried::Range(swept) if swept.has_none() => vec![[swept.first, swept.last]],
        Tried::Range(swept) => swept.failed.clone(),
    };
    (seen.transport, ranges)
}

/// A range of which only some ports were tried, and none of these works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Sample {
    transport: Transport,
    range: [u16; 2],
    tried: usize,
}

impl Sample {
    /// The sample that a check is, if it is one.
    pub(super) fn of(seen: &Seen) -> Option<Self> {
        match &seen.tried {
            Tried::Range(swept) if swept.has_none() && !swept.is_full() => Some(Self {
                transport: seen.transport,
                range: [swept.first, swept.last],
                tried: swept.checked,
            }),
            Tried::Range(_) | Tried::NoPorts | Tried::Port(_) => None,
        }
    }
}

impl fmt::Display for Sample {
    /// `16 of tcp 20000-32000`: of the others nobody knows.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let range = listed(self.transport, &[self.range]);
        write!(f, "{} of {range}", self.tried)
    }
}

impl Swept {
    /// Whether none of the ports that were tried works.
    pub(super) fn has_none(&self) -> bool {
        let count = |[first, last]: &[u16; 2]| usize::from(last.saturating_sub(*first)) + 1;
        let failed: usize = self.failed.iter().map(count).sum();
        failed >= self.checked.max(1)
    }

    /// Whether every port of it was tried.
    pub(super) fn is_full(&self) -> bool {
        self.checked > usize::from(self.last.saturating_sub(self.first))
    }
}

impl FromIterator<(Transport, Vec<[u16; 2]>)> for PortSets {
    fn from_iter<T: IntoIterator<Item = (Transport, Vec<[u16; 2]>)>>(shut: T) -> Self {
        let mut sets: BTreeMap<Transport, Vec<[u16; 2]>> = BTreeMap::new();
        for (transport, ranges) in shut {
            sets.entry(transport).or_default().extend(ranges);
        }
        Self(
            sets.into_iter()
                .map(|(transport, ranges)| (transport, merged(ranges)))
                .collect(),
        )
    }
}

/// The ranges in order, those that touch as one.
fn merged(mut ranges: Vec<[u16; 2]>) -> Vec<[u16; 2]> {
    ranges.sort_unstable();
    let mut merged: Vec<[u16; 2]> = Vec::new();
    for [first, last] in ranges {
        match merged.last_mut() {
            Some([_, end]) if first <= end.saturating_add(1) => *end = last.max(*end),
            Some(_) | None => merged.push([first, last]),
        }
    }
    merged
}

impl PortSets {
    /// All of them, in full: `tcp 22, 2888-3888 and udp 123`, `icmp`.
    #[must_use]
    pub fn listed(&self) -> String {
        let told: Vec<String> = self
            .0
            .iter()
            .map(|(it, ranges)| listed(*it, ranges))
            .collect();
        text::list(&told, "and")
    }

    /// In a few words: `tcp 22 and 443`, `74 tcp ports, icmp and 16 of tcp 20000-32000`.
    pub(super) fn briefly(&self, samples: &BTreeSet<Sample>) -> String {
        let told = self.0.iter().map(|(transport, ranges)| {
            if ranges.len() <= FEW {
                return listed(*transport, ranges);
            }
            let ports: usize = ranges
                .iter()
                .map(|[first, last]| usize::from(last - first) + 1)
                .sum();
            format!("{ports} {transport} ports")
        });
        let samples = samples.iter().map(ToString::to_string);
        text::list(&told.chain(samples).collect::<Vec<String>>(), "and")
    }
}

fn listed(transport: Transport, ranges: &[[u16; 2]]) -> String {
    let ranges: Vec<String> = ranges.iter().map(|range| told(*range)).collect();
    if ranges.is_empty() {
        transport.to_string()
    } else {
        format!("{transport} {}", ranges.join(", "))
    }
}

fn told([first, last]: [u16; 2]) -> String {
    if first == last {
        first.to_string()
    } else {
        format!("{first}-{last}")
    }
}
