//! Which failures are worth a walk: one endpoint of each distinct cause, beside a control.

use std::{collections::BTreeSet, net::SocketAddr};

use crate::{
    catalog::Expect,
    diagnose::{Cause, Controls, Diagnosis, Finding},
    fact::ResponderFact,
    net::Transport,
    observation::{
        AddressObservation, ConnectError, Observation, PortObservation, Reached,
        path::{Flow, PathQuestion},
    },
    plan::{Check, Plan},
    site::Route,
};

/// How many failures are walked at the most: each costs some thirty packets, and what fails in more
/// than four ways has more than one thing to mend first.
const QUESTIONS: usize = 4;

/// How many other ports of a host that fail alike are asked about, a packet each.
const OTHERS: usize = 24;

/// What was seen of one port of one address.
struct Seen<'a> {
    flow: Flow,
    port: &'a PortObservation,
}

/// One question for each distinct cause and what explains it, for failures that the path may be
/// behind; none where everything passes.
#[must_use]
pub fn path_questions(
    plan: &Plan,
    seen: &[Observation],
    controls: &Controls,
    diagnosis: &Diagnosis,
) -> Vec<PathQuestion> {
    let known: Vec<Seen> = plan
        .probes
        .iter()
        .zip(seen)
        .chain(controls.plan.probes.iter().zip(&controls.seen))
        .filter(|(probe, _)| probe.options.route == Route::Direct)
        .flat_map(|(probe, seen)| flows(probe.protocol.transport(), seen))
        .collect();
    let mut told = BTreeSet::new();
    let mut questions: Vec<PathQuestion> = Vec::new();
    for finding in &diagnosis.findings {
        let check = &plan.checks[finding.check];
        let Some(failing) = failing(plan, check, finding) else {
            continue;
        };
        let is_new = told.insert((finding.cause(), finding.explained_by.as_deref()));
        if is_new && questions.len() < QUESTIONS {
            questions.push(PathQuestion {
                failing,
                control: control(&known, failing),
                others: others(&known, failing),
            });
        }
    }
    questions
}

/// The flow of a failure that the path may be behind.
fn failing(plan: &Plan, check: &Check, finding: &Finding) -> Option<Flow> {
    let cause = finding.cause().filter(|cause| is_of_the_path(*cause))?;
    let is_direct = *plan.route(check) == Route::Direct;
    // Where a responder has it half open, it arrives.
    let arrives = finding.evidence.contains(&ResponderFact::HalfOpen.into());
    if !finding.outcome.is_bad() || !is_direct || arrives || check.expect == Expect::Blocked {
        return None;
    }
    let mut addresses = finding.addresses.iter();
    let address = addresses.find(|address| address.outcome.cause() == Some(cause))?;
    if address.address.is_loopback() {
        return None;
    }
    let swept = finding
        .sweep
        .as_ref()
        .and_then(|sweep| sweep.failed.first());
    let port = address.port.or(swept.map(|(first, _)| *first))?;
    Some(Flow {
        transport: check.protocol.transport(),
        to: SocketAddr::new(address.address, port.get()),
    })
}

/// Whether somebody on the way may be behind it.
const fn is_of_the_path(cause: Cause) -> bool {
    matches!(
        cause,
        Cause::TcpNoReply
            | Cause::TcpRefused
            | Cause::UdpNoReply
            | Cause::UdpPortUnreachable
            | Cause::AcceptedButDead
            | Cause::ClosedAtOnce
            | Cause::ResetAtOnce
            | Cause::NoGreeting
            | Cause::NoAnswer
            | Cause::TlsReset
            | Cause::TlsStalled
    )
}

fn flows(transport: Transport, seen: &Observation) -> Vec<Seen<'_>> {
    let addresses: &[AddressObservation] = match seen {
        Observation::Tried { addresses, .. } => addresses,
        Observation::Interrupted | Observation::Unresolved(..) | Observation::Relayed(_) => &[],
    };
    let ports = addresses
        .iter()
        .flat_map(|address| address.ports.iter().map(|port| (address.address, port)));
    ports
        .filter_map(|(address, port)| {
            let to = SocketAddr::new(address, port.port?.get());
            let flow = Flow { transport, to };
            Some(Seen { flow, port })
        })
        .collect()
}

/// A TCP port of the same address by which its distance is known: one that spoke, else one that
/// accepts, else one that refuses.
fn control(known: &[Seen<'_>], failing: Flow) -> Option<Flow> {
    let of_host = known.iter().filter(|seen| {
        seen.flow.transport == Transport::Tcp
            && seen.flow.to.ip() == failing.to.ip()
            && seen.flow != failing
    });
    let rated = of_host.filter_map(|seen| Some((rating(&seen.port.reached)?, seen.flow)));
    let best = rated.min_by_key(|(rating, _)| *rating);
    best.map(|(_, flow)| flow)
}

/// How much a port tells of its host's distance, the best first; `None` for nothing.
fn rating(reached: &Reached) -> Option<u8> {
    match reached {
        Reached::Replied { reply, .. } if reply.has_words() => Some(0),
        Reached::Tls { tls, .. } if tls.has_answer() => Some(0),
        Reached::Replied { .. } | Reached::Tls { .. } | Reached::Connected => Some(1),
        Reached::NotConnected(ConnectError::Refused(None)) => Some(2),
        Reached::NotConnected(_) | Reached::NotRelayed { .. } | Reached::Silence => None,
    }
}

/// Other ports of the same address that are refused as the failing one is, if it is.
fn others(known: &[Seen<'_>], failing: Flow) -> Vec<u16> {
    let is_refused = |seen: &&Seen<'_>| {
        matches!(
            seen.port.reached,
            Reached::NotConnected(ConnectError::Refused(None))
        ) && seen.flow.transport == Transport::Tcp
            && seen.flow.to.ip() == failing.to.ip()
    };
    let ports: BTreeSet<u16> = known
        .iter()
        .filter(is_refused)
        .map(|seen| seen.flow.to.port())
        .collect();
    if failing.transport != Transport::Tcp || !ports.contains(&failing.to.port()) {
        return Vec::new();
    }
    let others = ports.into_iter().filter(|port| *port != failing.to.port());
    others.take(OTHERS).collect()
}
