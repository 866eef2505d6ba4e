//! Neighbouring ports as one, exactly; and flows that differ in their ends alone, told together.

use std::collections::{BTreeMap, BTreeSet};

use super::flow::{Direction, End, Family, Flow, Ports};
use crate::net::Transport;

/// The same flows, in their order, each once: of two between the same ends whose ports overlap or
/// touch one is made. No port is added.
#[must_use]
pub fn merged(flows: &[Flow]) -> Vec<Flow> {
    let mut sorted = flows.to_vec();
    sorted.sort();
    let mut merged: Vec<Flow> = Vec::new();
    for flow in sorted {
        match merged.last_mut() {
            Some(last) if touches(last, &flow) => take_in(last, &flow),
            Some(_) | None => merged.push(flow),
        }
    }
    merged
}

/// The same flows in at most `most` for each direction, as far as ports that lie between others are
/// opened with them; and what is opened with them, which nobody needs. The narrowest gaps go first.
#[must_use]
pub fn widened(flows: &[Flow], most: usize) -> (Vec<Flow>, Vec<Flow>) {
    let (mut flows, mut extra) = (merged(flows), Vec::new());
    for direction in [Direction::Outbound, Direction::Inbound] {
        let count = |flows: &[Flow]| flows.iter().filter(|it| it.direction == direction).count();
        while count(&flows) > most {
            let gaps = flows.windows(2).enumerate().filter_map(|(place, pair)| {
                let gap = gap(&pair[0], &pair[1]).filter(|_| pair[0].direction == direction)?;
                Some((gap.last - gap.first, place, gap))
            });
            let Some((_, place, gap)) = gaps.min() else {
                break;
            };
            let next = flows.remove(place + 1);
            let ports = Some(gap);
            extra.push(Flow {
                ports,
                ..next.clone()
            });
            if let Some(ports) = &mut flows[place].ports {
                ports.last = gap.last;
            }
            take_in(&mut flows[place], &next);
        }
    }
    (flows, extra)
}

/// The ports between two flows that differ in their ports alone.
fn gap(before: &Flow, after: &Flow) -> Option<Ports> {
    let alike = (
        &before.source,
        &before.destination,
        before.transport,
        before.direction,
    ) == (
        &after.source,
        &after.destination,
        after.transport,
        after.direction,
    );
    let (before, after) = (before.ports?, after.ports?);
    Ports::new(before.last.checked_add(1)?, after.first.checked_sub(1)?).filter(|_| alike)
}

/// Whether two flows, the first of which is not behind the second, are one.
fn touches(last: &Flow, flow: &Flow) -> bool {
    let ends = |flow: &Flow| (flow.source.clone(), flow.destination.clone());
    let is_near = match (last.ports, flow.ports) {
        (Some(last), Some(ports)) => ports.first <= last.last.saturating_add(1),
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    };
    ends(last) == ends(flow) && last.transport == flow.transport && is_near
}

fn take_in(last: &mut Flow, flow: &Flow) {
    if let (Some(last), Some(ports)) = (&mut last.ports, flow.ports) {
        last.last = last.last.max(ports.last);
    }
    for rule in &flow.rules {
        if !last.rules.contains(rule) {
            last.rules.push(rule.clone());
        }
    }
    for (ours, theirs) in [
        (&mut last.purpose, &flow.purpose),
        (&mut last.page, &flow.page),
    ] {
        if !theirs.is_empty() && !ours.split("; ").any(|part| part == theirs) {
            if !ours.is_empty() {
                ours.push_str("; ");
            }
            ours.push_str(theirs);
        }
    }
}

/// Flows that are the same but for their ends: each of the sources reaches each of the destinations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Block<'a> {
    pub(super) sources: Vec<&'a End>,
    pub(super) destinations: Vec<&'a End>,
    /// One of them; what is said of it but its ends is true of all.
    pub(super) flow: &'a Flow,
}

/// What flows of a block share.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Key<'a> {
    family: Option<Family>,
    transport: Transport,
    ports: Option<Ports>,
    direction: Direction,
    rules: &'a [String],
    page: &'a str,
    purpose: &'a str,
}

/// The flows in few blocks, which together hold them exactly.
pub(super) fn blocks<'a>(flows: &[&'a Flow]) -> Vec<Block<'a>> {
    let mut of_source: BTreeMap<(Key, &End), BTreeSet<&End>> = BTreeMap::new();
    let mut samples: BTreeMap<Key, &Flow> = BTreeMap::new();
    for flow in flows {
        let key = key(flow);
        samples.entry(key).or_insert(flow);
        let reached = of_source.entry((key, &flow.source)).or_default();
        reached.insert(&flow.destination);
    }
    let mut sources: BTreeMap<(Key, BTreeSet<&End>), Vec<&End>> = BTreeMap::new();
    for ((key, source), reached) in of_source {
        sources.entry((key, reached)).or_default().push(source);
    }
    let blocks = sources.into_iter().filter_map(|((key, reached), sources)| {
        Some(Block {
            sources,
            destinations: reached.into_iter().collect(),
            flow: samples.get(&key)?,
        })
    });
    blocks.collect()
}

fn key(flow: &Flow) -> Key<'_> {
    Key {
        family: flow.family(),
        transport: flow.transport,
        ports: flow.ports,
        direction: flow.direction,
        rules: &flow.rules,
        page: &flow.page,
        purpose: &flow.purpose,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flow(destination: &str, ports: &str, rule: &str) -> Flow {
        Flow {
            source: "10.0.0.1".parse().unwrap(),
            destination: destination.parse().unwrap(),
            transport: Transport::Tcp,
            ports: Some(ports.parse().unwrap()),
            direction: Direction::Outbound,
            purpose: "p".to_owned(),
            rules: vec![rule.to_owned()],
            page: "Ports".to_owned(),
        }
    }

    fn told(flows: &[Flow]) -> Vec<String> {
        let told = merged(flows);
        let told = told.iter();
        told.map(|flow| format!("{} {} {}", flow.destination, flow.what(), flow.rules()))
            .collect()
    }

    #[test]
    fn neighbours_become_one_and_a_gap_of_one_port_stays() {
        let flows = [
            flow("10.0.0.2", "81", "b"),
            flow("10.0.0.2", "80", "a"),
            flow("10.0.0.2", "83", "d"),
            flow("10.0.0.3", "84", "e"),
        ];
        assert_eq!(
            told(&flows),
            [
                "10.0.0.2 tcp 80-81 a b",
                "10.0.0.2 tcp 83 d",
                "10.0.0.3 tcp 84 e"
            ]
        );
    }

    #[test]
    fn a_range_swallows_what_is_inside_and_the_last_port_has_no_next() {
        let flows = [
            flow("10.0.0.2", "1-65535", "a"),
            flow("10.0.0.2", "443", "b"),
            flow("10.0.0.2", "65535", "c"),
        ];
        assert_eq!(told(&flows), ["10.0.0.2 tcp 1-65535 a b c"]);
    }

    #[test]
    fn flows_that_differ_in_their_ends_are_one_block_and_no_pair_is_made_up() {
        let mut flows = vec![
            flow("10.0.0.2", "80", "a"),
            flow("10.0.0.3", "80", "a"),
            flow("10.0.0.2", "81", "b"),
        ];
        flows.push(Flow {
            source: "10.0.0.9".parse().unwrap(),
            ..flow("10.0.0.2", "80", "a")
        });
        let borrowed: Vec<&Flow> = flows.iter().collect();
        let blocks = blocks(&borrowed);
        let pairs: usize = blocks
            .iter()
            .map(|block| block.sources.len() * block.destinations.len())
            .sum();
        assert_eq!((blocks.len(), pairs), (3, 4));
    }
}
