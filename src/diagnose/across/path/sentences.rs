//! What a walk showed, in the five sentences that are honest.

use std::net::IpAddr;

use crate::{
    cause::Place,
    diagnose::{Cause, Certainty, Finding, controls::Traced, places},
    fact::{Door, Fact, Hops, PathFact, ResponderFact, Router, Said as _, Sentence},
    observation::path::{Flow, Hop, PathAnswer, Walk},
    plan::{Check, Plan},
};

/// Tells each finding what the walk to its port showed, and the ports beside it that were answered
/// for at the same place.
pub(in crate::diagnose) fn apply(plan: &Plan, traced: &[Traced], findings: &mut [Finding]) {
    for finding in findings {
        let check = &plan.checks[finding.check];
        for traced in traced {
            if is_of(check, finding, traced.question.failing) {
                finding.path = Some(traced.seen.failing.clone());
                tell(check, finding, traced);
            } else if is_beside(check, finding, traced) {
                tell(check, finding, traced);
            }
        }
    }
}

/// Whether a finding is about this port.
fn is_of(check: &Check, finding: &Finding, flow: Flow) -> bool {
    let mut addresses = finding.addresses.iter();
    let swept = finding
        .sweep
        .as_ref()
        .and_then(|sweep| sweep.failed.first());
    finding.outcome.is_bad()
        && check.protocol.transport() == flow.transport
        && addresses.any(|address| {
            let port = address.port.or(swept.map(|(first, _)| *first));
            address.address == flow.to.ip() && port.is_some_and(|port| port.get() == flow.to.port())
        })
}

/// Whether a finding is about a port that was answered for at the same place.
fn is_beside(check: &Check, finding: &Finding, traced: &Traced) -> bool {
    let failing = traced.question.failing;
    traced.seen.alike.iter().any(|port| {
        let mut to = failing.to;
        to.set_port(*port);
        is_of(check, finding, Flow { to, ..failing })
    })
}

fn tell(check: &Check, finding: &mut Finding, traced: &Traced) {
    let Some(cause) = finding.outcome.cause() else {
        return;
    };
    match cause {
        Cause::TcpRefused => refused(check, finding, traced),
        Cause::AcceptedButDead
        | Cause::ClosedAtOnce
        | Cause::ResetAtOnce
        | Cause::NoGreeting
        | Cause::NoAnswer
        | Cause::TlsReset
        | Cause::TlsStalled => accepted(check, finding, traced),
        Cause::TcpNoReply | Cause::UdpNoReply => silent(finding, traced),
        _ => {}
    }
}

/// A refusal from nearer than the host is a firewall's; or the address is translated port by port, and
/// the control's host stands behind it.
fn refused(check: &Check, finding: &mut Finding, traced: &Traced) {
    let Some(Nearer { hop, host }) = nearer(traced) else {
        return;
    };
    // The first router counts down before it filters: what is refused before it never left.
    let (cause, fact) = if hop == Hops(1) {
        (Cause::LocalFirewall, PathFact::RefusedHere)
    } else {
        let fact = PathFact::RefusedNearer { hop, host };
        (Cause::RejectedByFirewall, fact)
    };
    let before = traced.seen.failing.hops.get(&(hop.0 - 1)).and_then(only);
    let to = traced.question.failing.to.ip();
    for address in finding
        .addresses
        .iter_mut()
        .filter(|seen| seen.address == to)
    {
        address.outcome = address.outcome.because(cause);
    }
    finding.outcome = finding.outcome.because(cause);
    finding.certainty = Certainty::Inferred;
    finding.evidence.insert(0, fact.into());
    let places = places::of(check).with_some(Place::Who, before.as_ref());
    finding.remedy = Some(cause.remedy(&places));
}

/// What is accepted nearer than the host is accepted by something on the way.
fn accepted(check: &Check, finding: &mut Finding, traced: &Traced) {
    let end = traced.seen.failing.end.map(|end| end.answer);
    let Some(Nearer { hop, host }) = nearer(traced).filter(|_| end == Some(PathAnswer::Accepted))
    else {
        return;
    };
    finding.outcome = finding.outcome.because(Cause::AcceptedButDead);
    finding.certainty = Certainty::Inferred;
    let fact = PathFact::AcceptedNearer { hop, host };
    finding.evidence.insert(0, fact.into());
    finding.remedy = Some(Cause::AcceptedButDead.remedy(&places::of(check)));
}

/// How far packets get that nobody answers.
fn silent(finding: &mut Finding, traced: &Traced) {
    let (failing, control) = (&traced.seen.failing, traced.seen.control.as_ref());
    if failing.end.is_some() || failing.is_forked() || control.is_some_and(Walk::is_forked) {
        return;
    }
    let door = door(traced.question.failing);
    let Some((hop, router)) = failing.farthest() else {
        if control.and_then(Walk::distance) == Some(1) {
            let fact = PathFact::NoRouterBetween { door };
            finding.evidence.push(fact.into());
        }
        return;
    };
    let Some(last) = heard(hop, router) else {
        return;
    };
    let Some(control) = control.filter(|_| traced.seen.is_steady) else {
        let fact = PathFact::GetsAtLeast { door, last };
        return finding.evidence.push(fact.into());
    };
    let beside = traced.question.control.map(self::door);
    match (control.next_behind(hop), beside) {
        (Some((next, router)), Some(beside)) => {
            let Some(beyond) = heard(next, router) else {
                return;
            };
            let fact = PathFact::StopsBetween {
                door,
                last,
                beside,
                beyond,
            };
            finding.evidence.push(fact.into());
        }
        // A responder knows more: what arrived there was not dropped by the host.
        (None, _) if finding.evidence.contains(&ResponderFact::HalfOpen.into()) => {}
        (None, _) if finding.evidence.contains(&ResponderFact::Listens.into()) => {
            let fact = PathFact::NothingArrives { door, last };
            finding.evidence.push(fact.into());
        }
        (None, _) => {
            let fact = PathFact::ReachesTheLast { door, last };
            finding.evidence.push(fact.into());
        }
        (Some(_), None) => {}
    }
}

/// Addresses what no statement explains to whom the walk of its port points.
pub(in crate::diagnose) fn address(plan: &Plan, findings: &mut [Finding]) {
    for finding in findings {
        if finding.explained_by.is_some() {
            continue;
        }
        let flow = places::flow(&plan.checks[finding.check]);
        let mut evidence = finding.evidence.iter();
        if let Some(remedy) = evidence.find_map(|fact| to_whom(fact, &flow)) {
            finding.remedy = Some(remedy);
        }
    }
}

/// To whom a walk points, for what must get through.
pub(in crate::diagnose) fn to_whom(fact: &Fact, flow: &Sentence) -> Option<Sentence> {
    let Fact::Path(fact) = fact else { return None };
    match fact {
        PathFact::StopsBetween { last, beyond, .. } => Some(Sentence::fill(
            "ask whoever runs {last}, or what stands between it and {beyond}, to allow {flow}",
            &[
                ("last", last.said()),
                ("beyond", beyond.address.said()),
                ("flow", flow.clone()),
            ],
        )),
        PathFact::ReachesTheLast { .. } | PathFact::NothingArrives { .. } => Some(Sentence::fill(
            "allow {flow} in the host's own firewall; if it does, ask the network team where the \
             answer is lost",
            &[("flow", flow.clone())],
        )),
        PathFact::RefusedNearer { .. }
        | PathFact::RefusedHere
        | PathFact::AcceptedNearer { .. }
        | PathFact::GetsAtLeast { .. }
        | PathFact::NoRouterBetween { .. } => None,
    }
}

/// A port that is decided nearer than the host.
struct Nearer {
    hop: Hops,
    host: Hops,
}

/// Whether the failing port is decided nearer than the host, each held in two tries.
fn nearer(traced: &Traced) -> Option<Nearer> {
    let hop = traced.seen.failing.distance()?;
    let control = traced.seen.control.as_ref()?;
    let host = control.distance().filter(|host| hop < *host)?;
    let is_one_way = !traced.seen.failing.is_forked() && !control.is_forked();
    is_one_way.then_some(Nearer {
        hop: Hops(hop),
        host: Hops(host),
    })
}

/// A router, where it has shown one address only.
fn heard(hop: u8, router: &Hop) -> Option<Router> {
    only(router).map(|address| Router { address, hop })
}

fn only(hop: &Hop) -> Option<IpAddr> {
    let mut addresses = hop.addresses.iter();
    let first = addresses.next()?;
    addresses.next().is_none().then_some(*first)
}

const fn door(flow: Flow) -> Door {
    Door {
        transport: flow.transport,
        port: flow.to.port(),
    }
}
