//! What a walk showed, in the five sentences that are honest.

use std::net::IpAddr;

use crate::{
    diagnose::{Cause, Certainty, Finding, Stage, controls::Traced, judgement::host_of, remedy},
    net::Transport,
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
    finding.is_bad()
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
    let Some(cause) = finding.cause else { return };
    match cause {
        Cause::TcpRefused => refused(check, finding, traced),
        Cause::AcceptedButDead
        | Cause::ClosedAtOnce
        | Cause::ResetAtOnce
        | Cause::NoGreeting
        | Cause::NoAnswer
        | Cause::TlsReset
        | Cause::TlsStalled => accepted(check, finding, traced),
        Cause::TcpNoReply | Cause::UdpNoReply => silent(check, finding, traced),
        _ => {}
    }
}

/// A refusal from nearer than the host is a firewall's.
fn refused(check: &Check, finding: &mut Finding, traced: &Traced) {
    let Some(Nearer { hop, host }) = nearer(traced) else {
        return;
    };
    let before = traced.seen.failing.hops.get(&(hop - 1));
    let evidence = format!(
        "refused {}, and the host is {host} away: a firewall answers for it",
        away(hop)
    );
    if hop == 1 {
        finding.cause = Some(Cause::LocalFirewall);
        finding.stage = Stage::Connect;
        finding.certainty = Certainty::Inferred;
        finding.evidence.insert(
            0,
            "refused before the first router, and the host is behind it: this machine's own firewall answers for it".to_owned(),
        );
        finding.remedy = Some(remedy::for_cause(check, Cause::LocalFirewall, None));
        return;
    }
    finding.cause = Some(Cause::RejectedByFirewall);
    finding.certainty = Certainty::Proven;
    finding.evidence.insert(0, evidence);
    let who = before.and_then(only).map(|address| address.to_string());
    finding.remedy = Some(remedy::for_cause(
        check,
        Cause::RejectedByFirewall,
        who.as_deref(),
    ));
}

/// What is accepted nearer than the host is accepted by something on the way.
fn accepted(check: &Check, finding: &mut Finding, traced: &Traced) {
    let Some(Nearer { hop, host }) = nearer(traced) else {
        return;
    };
    if traced.seen.failing.end.map(|end| end.answer) != Some(PathAnswer::Accepted) {
        return;
    }
    finding.cause = Some(Cause::AcceptedButDead);
    finding.certainty = Certainty::Proven;
    let evidence = format!(
        "accepted {}, and the host is {host} away: something on the way accepts for it",
        away(hop)
    );
    finding.evidence.insert(0, evidence);
    finding.remedy = Some(remedy::for_cause(check, Cause::AcceptedButDead, None));
}

/// How far packets get that nobody answers.
fn silent(check: &Check, finding: &mut Finding, traced: &Traced) {
    let (failing, control) = (&traced.seen.failing, traced.seen.control.as_ref());
    if failing.end.is_some() || failing.is_forked() || control.is_some_and(Walk::is_forked) {
        return;
    }
    let flow = port_of(traced.question.failing);
    let Some((last, hop)) = failing.farthest() else {
        let is_near = control.and_then(Walk::distance) == Some(1);
        if is_near && failing.hops.is_empty() {
            finding.evidence.push(format!(
                "no router is between: the host's own firewall drops {flow}, or its answer is lost"
            ));
        }
        return;
    };
    let Some(router) = only(hop) else { return };
    let Some(control) = control.filter(|_| traced.seen.is_steady) else {
        finding.evidence.push(format!(
            "packets to {flow} get at least as far as {router} (hop {last})"
        ));
        return;
    };
    match control.next_behind(last) {
        Some((next, beyond)) => {
            let Some(beyond) = only(beyond) else { return };
            let beside = traced.question.control.map(port_of).unwrap_or_default();
            finding.evidence.push(format!(
                "packets to {flow} get as far as {router} (hop {last}), nothing answers behind it; \
                 {beside} of the same host goes on to {beyond} (hop {next}): the filter is on {router} \
                 or between {router} and {beyond}"
            ));
            finding.remedy = Some(format!(
                "ask whoever runs {router} (hop {last}), or what stands between it and {beyond}, to \
                 allow {}",
                remedy::flow(check)
            ));
        }
        None => reaches_the_last(check, finding, &format!("{router} (hop {last})")),
    }
}

/// Behind the last router is the host alone, or the way back.
fn reaches_the_last(check: &Check, finding: &mut Finding, router: &str) {
    let flow = remedy::flow(check);
    finding.evidence.push(format!(
        "packets reach the last router, {router}: the host's own firewall drops them, or the answer \
         is lost"
    ));
    finding.remedy = Some(format!(
        "allow {flow} in the firewall of {} itself; if that does, ask the network team where the \
         answer to this machine is lost",
        host_of(check)
    ));
}

/// A port that is decided nearer than the host.
struct Nearer {
    hop: u8,
    /// How far the host is, for people.
    host: String,
}

/// Whether the failing port is decided nearer than the host, each held in two tries.
fn nearer(traced: &Traced) -> Option<Nearer> {
    let hop = traced.seen.failing.distance()?;
    let control = traced.seen.control.as_ref()?;
    // What refuses may be a firewall as well: only what the host itself answers tells its distance.
    let host = control.distance().filter(|host| hop < *host)?;
    let is_one_way = !traced.seen.failing.is_forked() && !control.is_forked();
    is_one_way.then(|| Nearer {
        hop,
        host: hops(host),
    })
}

fn away(hop: u8) -> String {
    format!("{} away", hops(hop))
}

fn hops(number: u8) -> String {
    crate::text::count(number.into(), "hop")
}

/// The router's address, where it has shown one only.
fn only(hop: &Hop) -> Option<IpAddr> {
    let mut addresses = hop.addresses.iter();
    let first = addresses.next()?;
    addresses.next().is_none().then_some(*first)
}

/// `tcp 443`.
fn port_of(flow: Flow) -> String {
    let transport: Transport = flow.transport;
    format!("{transport} {}", flow.to.port())
}
