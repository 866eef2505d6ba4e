//! Families: what fails by one cause and is mended by one remedy.

use std::collections::{BTreeMap, HashMap};

use super::{Seen, State, Tried};
use crate::{
    cause::{Area, Cause, Is, ToldBy},
    net::Transport,
};

/// Checks that are told together where their boxes allow it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Family {
    /// The cause.
    pub(super) cause: Cause,
    /// The remedy, with `{host}` and `{flow}` in place of host and port.
    pub(super) template: String,
    /// The places of the checks, ascending.
    pub(super) members: Vec<usize>,
}

/// The families, that of the most checks first.
pub(super) fn families(seen: &[Seen]) -> Vec<Family> {
    let pairs = pairs(seen);
    let mut families: BTreeMap<(Cause, String), Vec<usize>> = BTreeMap::new();
    for (place, it) in seen.iter().enumerate() {
        let State::Fails(cause) = it.state else {
            continue;
        };
        if !is_told_by_box(cause) {
            continue;
        }
        let pair = &pairs[&(it.source, it.host.as_str())];
        let key = pair
            .cause_for(it, cause)
            .unwrap_or_else(|| (cause, template(it)));
        families.entry(key).or_default().push(place);
    }
    let mut families: Vec<Family> = families
        .into_iter()
        .map(|((cause, template), members)| Family {
            cause,
            template,
            members,
        })
        .collect();
    families.sort_by_key(|family| std::cmp::Reverse(family.members.len()));
    families
}

/// Whether hosts and ports say where it holds, and nothing else does.
pub(super) fn is_told_by_box(cause: Cause) -> bool {
    match cause.row().told_by {
        ToldBy::Ways | ToldBy::Hosts => true,
        ToldBy::Filter
        | ToldBy::Issuer
        | ToldBy::Resolver
        | ToldBy::Machine
        | ToldBy::Proxy
        | ToldBy::Alone
        | ToldBy::Never => false,
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
        Area::Resolve | Area::Local | Area::Proxy | Area::NotJudged => false,
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
    tcp_unheard: BTreeMap<(Cause, String), usize>,
    unheard: BTreeMap<(Cause, String), usize>,
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
            let key = (cause, template(it));
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
    fn cause_for(&self, seen: &Seen, cause: Cause) -> Option<(Cause, String)> {
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
fn commonest(counts: &BTreeMap<(Cause, String), usize>) -> Option<(Cause, String)> {
    let most = counts.iter().rev().max_by_key(|(_, count)| **count);
    most.map(|(key, _)| key.clone())
}

/// The remedy with places for what differs between checks: `ask … to allow {flow}, … {host} is up`.
fn template(seen: &Seen) -> String {
    let with_flow = match flow(seen) {
        Some(flow) => seen.remedy.replacen(&flow, "{flow}", 1),
        None => seen.remedy.clone(),
    };
    replace_word(&with_flow, &seen.host, "{host}")
}

/// What must get through, as the remedy words it: `tcp to db port 5432`, `tcp from … port 5432`.
fn flow(seen: &Seen) -> Option<String> {
    let (remedy, transport) = (&seen.remedy, seen.transport);
    let starts = [format!("{transport} to "), format!("{transport} from ")];
    let start = starts.iter().find_map(|start| find_word(remedy, start))?;
    let rest = &remedy[start..];
    let end = match &seen.tried {
        Tried::NoPorts => {
            let host = rest.find(seen.host.as_str())? + seen.host.len();
            host + usize::from(rest[host..].starts_with(')'))
        }
        Tried::Port(port) => end_of(rest, &format!(" port {port}"))?,
        Tried::Range(range) => end_of(rest, &format!(" port {}-{}", range.first, range.last))?,
    };
    Some(rest[..end].to_owned())
}

fn end_of(text: &str, word: &str) -> Option<usize> {
    Some(text.find(word)? + word.len())
}

/// Where a text begins that no letter stands before.
fn find_word(text: &str, word: &str) -> Option<usize> {
    let is_free = |at: &usize| !text[..*at].ends_with(is_of_a_name);
    text.match_indices(word).map(|(at, _)| at).find(is_free)
}

/// Replaces a name wherever it is not a part of a longer one.
fn replace_word(text: &str, word: &str, by: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = (!word.is_empty()).then(|| rest.find(word)).flatten() {
        let (before, after) = (&rest[..at], &rest[at + word.len()..]);
        let is_whole = !before.ends_with(is_of_a_name) && !after.starts_with(is_of_a_name);
        out.push_str(before);
        out.push_str(if is_whole { by } else { word });
        rest = after;
    }
    out + rest
}

const fn is_of_a_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '-' || character == '_'
}
