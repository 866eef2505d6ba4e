//! What becomes of a flow's packets in a chain.

use super::rules::{Asks, BaseChain, Packet, Ruleset, Spans, State, Test, Verdict};
use crate::{net::Transport, request::flow::Family};

/// What may become of a packet in a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It is let through.
    Accepted,
    /// It is dropped.
    Dropped,
    /// That hangs on what the rules do not say, or on the packet.
    Unclear,
}

/// Chains that send packets to each other deeper than this are a circle; the kernel refuses 16.
const DEEPEST: usize = 16;

/// The ends that are possible.
#[derive(Clone, Copy, Default)]
struct Ends {
    accept: bool,
    drop: bool,
    /// No rule decides.
    fall: bool,
}

/// What becomes of `packet` in a chain that it comes to by itself.
pub(crate) fn fate(ruleset: &Ruleset, chain: &BaseChain, packet: &Packet) -> Fate {
    let ends = walk(ruleset, chain, packet, 0);
    let accept = ends.accept || (ends.fall && !chain.drops);
    let drop = ends.drop || (ends.fall && chain.drops);
    match (accept, drop) {
        (true, false) => Fate::Accepted,
        (false, true) => Fate::Dropped,
        (true, true) | (false, false) => Fate::Unclear,
    }
}

fn walk(ruleset: &Ruleset, chain: &BaseChain, packet: &Packet, depth: usize) -> Ends {
    let mut ends = Ends::default();
    for rule in &chain.rules {
        let holds = all(rule.tests.iter().map(|test| holds(test, packet)));
        if holds == Some(false) {
            continue;
        }
        let (then, stops) = after(ruleset, (chain, &rule.verdict), packet, depth);
        ends.accept |= then.accept;
        ends.drop |= then.drop;
        if stops {
            ends.fall |= then.fall;
            if holds == Some(true) {
                return ends;
            }
        }
    }
    ends.fall = true;
    ends
}

/// What a rule's verdict leads to, and whether the next rule is not reached.
fn after(
    ruleset: &Ruleset,
    (chain, verdict): (&BaseChain, &Verdict),
    packet: &Packet,
    depth: usize,
) -> (Ends, bool) {
    let ends = Ends::default();
    let to = |name: &str| match ruleset.target(chain, name) {
        Some(target) if depth < DEEPEST => walk(ruleset, target, packet, depth + 1),
        Some(_) | None => Ends {
            accept: true,
            drop: true,
            fall: true,
        },
    };
    match verdict {
        Verdict::Continue => (ends, false),
        Verdict::Accept => (
            Ends {
                accept: true,
                ..ends
            },
            true,
        ),
        Verdict::Drop => (Ends { drop: true, ..ends }, true),
        Verdict::Return => (Ends { fall: true, ..ends }, true),
        Verdict::Goto(name) => (to(name), true),
        Verdict::Jump(name) => {
            let then = to(name);
            (then, !then.fall)
        }
        Verdict::Unclear => (
            Ends {
                accept: true,
                drop: true,
                ..ends
            },
            false,
        ),
    }
}

/// Whether all hold; `None` where that is not known.
fn all(tests: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut known = Some(true);
    for test in tests {
        match test {
            Some(true) => {}
            Some(false) => return Some(false),
            None => known = None,
        }
    }
    known
}

fn holds(test: &Test, packet: &Packet) -> Option<bool> {
    let holds = match &test.asks {
        Asks::Source(spans) => within(&packet.source, spans),
        Asks::Destination(spans) => within(&packet.destination, spans),
        Asks::Transport(words) => Some(words.iter().any(|word| is_called(packet, word))),
        Asks::DestinationPort(spans) => port(packet, spans, State::New),
        Asks::SourcePort(spans) => port(packet, spans, State::Established),
        Asks::State(words) => {
            let state = match packet.state {
                State::New => "new",
                State::Established => "established",
            };
            Some(words.iter().any(|word| word == state))
        }
        // What leaves or comes by the loopback is not asked of others.
        Asks::Interface(names) if names.iter().all(|name| name == "lo") => Some(false),
        Asks::Interface(_) | Asks::Unclear => None,
        Asks::Family(family) => Some(packet.family == *family),
        Asks::Echo(words) => Some(words.iter().any(|word| word == echo(packet))),
    };
    holds.map(|holds| holds != test.negated)
}

/// The ports that the flow reaches stand in its own packets as the destination, in the answers as the
/// source; of the other port nothing is known.
fn port(packet: &Packet, spans: &Spans, side: State) -> Option<bool> {
    if packet.state != side {
        return None;
    }
    let Some(ports) = packet.ports else {
        return Some(false);
    };
    let ours = Spans::ports(vec![[ports.first.into(), ports.last.into()]]);
    within(&ours, spans)
}

fn is_called(packet: &Packet, word: &str) -> bool {
    let words: &[&str] = match (packet.transport, packet.family) {
        (Transport::Tcp, _) => &["tcp", "6"],
        (Transport::Udp, _) => &["udp", "17"],
        (Transport::Esp, _) => &["esp", "50"],
        (Transport::Icmp, Family::V4) => &["icmp", "1"],
        (Transport::Icmp, Family::V6) => &["ipv6-icmp", "icmpv6", "58"],
    };
    words.contains(&word)
}

const fn echo(packet: &Packet) -> &'static str {
    match packet.state {
        State::New => "echo-request",
        State::Established => "echo-reply",
    }
}

/// Whether all of ours are among theirs; `None` where some are.
fn within(ours: &Spans, theirs: &Spans) -> Option<bool> {
    if ours.family != theirs.family {
        return Some(false);
    }
    let mut sorted = theirs.all.clone();
    sorted.sort_unstable();
    let mut joined: Vec<[u128; 2]> = Vec::new();
    for [first, last] in sorted {
        match joined.last_mut() {
            Some([_, end]) if first <= end.saturating_add(1) => *end = (*end).max(last),
            Some(_) | None => joined.push([first, last]),
        }
    }
    let is_in =
        |[first, last]: &[u128; 2]| joined.iter().any(|[from, to]| from <= first && last <= to);
    let touches =
        |[first, last]: &[u128; 2]| joined.iter().any(|[from, to]| from <= last && first <= to);
    if ours.all.iter().all(is_in) {
        Some(true)
    } else if ours.all.iter().any(touches) {
        None
    } else {
        Some(false)
    }
}
