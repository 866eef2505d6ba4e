//! Families: what fails by one cause and is mended by one remedy.

use std::collections::{BTreeMap, HashMap};

use super::{Machines, Remedy, Seen, State};
use crate::{
    cause::{Area, Cause, Is, ToldBy},
    fact::Part,
    net::Transport,
};

/// Checks that are told together where their boxes allow it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Family {
    /// The cause.
    pub(super) cause: Cause,
    /// The remedy, with places for host and port.
    pub(super) mould: Vec<Slot>,
    /// The places of the checks, ascending.
    pub(super) members: Vec<usize>,
}

/// What the checks of a family have in common.
type Key = (Cause, Vec<Slot>);

/// The families, that of the most checks first.
pub(super) fn families(seen: &[Seen], machines: Machines<'_>) -> Vec<Family> {
    let pairs = pairs(seen);
    let mut families: BTreeMap<Key, Vec<usize>> = BTreeMap::new();
    for (place, it) in seen.iter().enumerate() {
        let State::Fails(cause) = it.state else {
            continue;
        };
        if !is_told(cause, machines) {
            continue;
        }
        let pair = &pairs[&(it.source, it.host.as_str())];
        let key = pair
            .cause_for(it, cause)
            .unwrap_or_else(|| (cause, mould(it)));
        families.entry(key).or_default().push(place);
    }
    let mut families: Vec<Family> = families
        .into_iter()
        .map(|((cause, mould), members)| Family {
            cause,
            mould,
            members,
        })
        .collect();
    families.sort_by_key(|family| std::cmp::Reverse(family.members.len()));
    families
}

/// Whether it is told here. Of one machine hosts and ports say where it holds, and nothing else does;
/// what is one thing for all its checks is told elsewhere. Over several machines that leaves what
/// only single checks of them show.
fn is_told(cause: Cause, machines: Machines<'_>) -> bool {
    match (cause.row().told_by, machines) {
        (ToldBy::Never, _) => false,
        (told_by, Machines::Here) => told_by.is_box(),
        (_, Machines::Named(_)) => true,
    }
}

/// Whether packets of the host came back.
pub(super) fn is_heard(state: State) -> bool {
    match state {
        State::Works => true,
        State::Fails(cause) => reaches_the_host(cause) && !cause.is(Is::HostUnheard),
        State::Unknown => false,
    }
}

/// Whether nothing of the host came back, although something was sent to it.
pub(super) fn is_unheard(state: State) -> bool {
    match state {
        State::Fails(cause) => cause.is(Is::HostUnheard),
        State::Works | State::Unknown => false,
    }
}

/// Whether the cause is met at the host, or on the way there, and not before anything was sent.
pub(super) const fn reaches_the_host(cause: Cause) -> bool {
    match cause.area() {
        Area::Connect
        | Area::Datagram
        | Area::FirstByte
        | Area::Tls
        | Area::Service
        | Area::Responder => true,
        Area::Resolve | Area::Local | Area::Proxy | Area::Mesh | Area::NotJudged => false,
    }
}

/// What one machine saw of one host.
#[derive(Default)]
struct Pair {
    /// How many TCP checks heard of the host.
    tcp_heard: usize,
    /// How many checks of any transport did.
    heard: usize,
    /// By what and how it is mended where it was not heard, over TCP and over anything.
    tcp_unheard: BTreeMap<Key, usize>,
    unheard: BTreeMap<Key, usize>,
}

fn pairs(seen: &[Seen]) -> HashMap<(usize, &str), Pair> {
    let mut pairs: HashMap<(usize, &str), Pair> = HashMap::new();
    for it in seen {
        let pair = pairs.entry((it.source, it.host.as_str())).or_default();
        let is_tcp = it.transport == Transport::Tcp;
        if is_heard(it.state) {
            pair.heard += 1;
            pair.tcp_heard += usize::from(is_tcp);
        }
        if let (State::Fails(cause), true) = (it.state, is_unheard(it.state)) {
            let key = (cause, mould(it));
            if is_tcp {
                *pair.tcp_unheard.entry(key.clone()).or_default() += 1;
            }
            *pair.unheard.entry(key).or_default() += 1;
        }
    }
    pairs
}

impl Pair {
    /// What a check is told by instead of its own cause: silence of a datagram says little, and
    /// where most of TCP is shut it is shut by the same. Of a host that is not heard at all
    /// everything is told by what most checks show.
    fn cause_for(&self, seen: &Seen, cause: Cause) -> Option<Key> {
        if !cause.is(Is::HostUnheard) {
            return None;
        }
        let tcp: usize = self.tcp_unheard.values().sum();
        if self.heard == 0 {
            return commonest(if tcp > 0 {
                &self.tcp_unheard
            } else {
                &self.unheard
            });
        }
        let is_datagram = seen.transport != Transport::Tcp;
        (is_datagram && tcp > self.tcp_heard)
            .then(|| commonest(&self.tcp_unheard))
            .flatten()
    }
}

/// The most frequent; of equals the first in the contract's order.
fn commonest(counts: &BTreeMap<Key, usize>) -> Option<Key> {
    let most = counts.iter().rev().max_by_key(|(_, count)| **count);
    most.map(|(key, _)| key.clone())
}

/// A remedy with places for what differs between the checks of a family.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Slot {
    /// What is the same for all of them.
    Said(Part),
    /// The host.
    Host,
    /// What must get through.
    Flow,
}

/// The remedy of a check with its host and its flow as places. Parts are compared, no text is
/// searched: what a stranger sent is never taken for a host.
fn mould(seen: &Seen) -> Vec<Slot> {
    let Remedy { host, flow, words } = &seen.remedy;
    let (parts, flow) = (&words.0, &flow.0);
    let mut slots = Vec::with_capacity(parts.len());
    let mut at = 0;
    while at < parts.len() {
        if !flow.is_empty() && parts[at..].starts_with(flow) {
            slots.push(Slot::Flow);
            at += flow.len();
            continue;
        }
        slots.push(match &parts[at] {
            part if part == host => Slot::Host,
            part => Slot::Said(part.clone()),
        });
        at += 1;
    }
    slots
}
