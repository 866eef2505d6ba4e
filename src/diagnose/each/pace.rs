//! What works, and works slowly.

use std::{net::IpAddr, time::Duration};

use crate::{
    diagnose::{Cause, Outcome, Stage, judgement::Judgement},
    fact::{Asked, ConnectFact, NameFact, Said as _, Sentence},
    net::Transport,
    observation::{Lookup, NameServer, PortObservation, Reached, SLOW_CONNECT, ServerSeen},
    plan::Check,
};

/// From here on an answer is late: people and programs begin to give up.
const SLOW_ANSWER: Duration = Duration::from_secs(2);

/// The judgement of a port that passes, with a warning where it took long.
pub(super) fn with_delay(judgement: Judgement, check: &Check, seen: &PortObservation) -> Judgement {
    if judgement.outcome != Outcome::Works {
        return judgement;
    }
    let slow = slow_way(check, seen).or_else(|| slow_answer(seen));
    match slow {
        Some(slow) => slow.and(judgement.evidence),
        None => judgement,
    }
}

/// The judgement of a check that passes, with a warning where its name took long.
pub(super) fn with_slow_name(judgement: Judgement, lookup: Option<&Lookup>) -> Judgement {
    let took = lookup.map_or(Duration::ZERO, |lookup| lookup.elapsed);
    let dead = lookup.and_then(|lookup| dead_first(lookup, took));
    if judgement.outcome != Outcome::Works || (took < SLOW_ANSWER && dead.is_none()) {
        return judgement;
    }
    let asked = Asked(lookup.map_or_else(Vec::new, |lookup| lookup.servers.clone()));
    let evidence = NameFact::FoundLate {
        asked,
        elapsed: took,
    };
    let slow = Judgement::of(
        Outcome::WorksBut(Cause::SlowAnswer),
        Stage::Resolve,
        evidence,
    );
    let remedy = Sentence::from(
        "ask whoever runs the name servers of this machine why they answer late, or name nearer \
         ones in /etc/resolv.conf: every program here waits as long",
    );
    let (dead, remedy) = match dead {
        Some((dead, remedy)) => (Some(dead), remedy),
        None => (None, remedy),
    };
    Judgement {
        remedy: Some(remedy),
        ..slow.and(dead).and(judgement.evidence)
    }
}

/// Servers that are asked before the one that answers, and do not: what they cost, and what to do.
fn dead_first(lookup: &Lookup, longer: Duration) -> Option<(NameFact, Sentence)> {
    let answers = |server: &NameServer| server.seen == ServerSeen::Answers;
    let at = lookup.told.iter().position(answers)?;
    let dead: Vec<IpAddr> = lookup.told[..at].iter().map(|it| it.address).collect();
    if dead.is_empty() {
        return None;
    }
    let remedy = Sentence::from("take ")
        .then(dead.said())
        .then(" out of /etc/resolv.conf, or ask the network team to allow udp and tcp port 53 to it: until then every name that a program here looks up waits for it");
    let answering = Asked(vec![lookup.told[at].address]);
    let dead = Asked(dead);
    let fact = NameFact::NameServerDead {
        dead,
        answering,
        longer,
    };
    Some((fact, remedy))
}

/// A long way there and back, or a first packet that was lost.
fn slow_way(check: &Check, seen: &PortObservation) -> Option<Judgement> {
    if check.protocol.transport() == Transport::Icmp {
        return (seen.elapsed >= SLOW_CONNECT && answered(seen)).then(|| {
            let took = seen.elapsed;
            let evidence = ConnectFact::EchoTook { took };
            warning(Cause::HighLatency, Stage::Connect, evidence).inferred()
        });
    }
    let first = seen
        .milestones
        .connected
        .filter(|took| *took >= SLOW_CONNECT)?;
    let again = seen.milestones.connected_again?;
    let both = ConnectFact::ConnectionTook { took: first, again };
    Some(if again >= SLOW_CONNECT {
        warning(Cause::HighLatency, Stage::Connect, both)
    } else {
        warning(Cause::PacketLoss, Stage::Connect, both).inferred()
    })
}

/// A service that takes its time.
fn slow_answer(seen: &PortObservation) -> Option<Judgement> {
    let took = seen.milestones.waited?;
    (took >= SLOW_ANSWER && answered(seen)).then(|| {
        let evidence = ConnectFact::ServiceTook { took };
        warning(Cause::SlowAnswer, Stage::Service, evidence)
    })
}

/// Whether something was said to us at all.
const fn answered(seen: &PortObservation) -> bool {
    match &seen.reached {
        Reached::Replied { .. } | Reached::Tls { reply: Some(_), .. } => true,
        Reached::Tls { reply: None, .. }
        | Reached::NotConnected(_)
        | Reached::NotRelayed { .. }
        | Reached::Connected
        | Reached::Silence => false,
    }
}

fn warning(cause: Cause, stage: Stage, evidence: ConnectFact) -> Judgement {
    Judgement::of(Outcome::WorksBut(cause), stage, evidence)
}
