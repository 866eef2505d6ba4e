//! What a responder that does answer knows of the ports that do not: asked once the run is over,
//! it tells a firewall from a responder that was never there.

use std::collections::{BTreeMap, BTreeSet};

use super::compare::{proof, proofs};
use crate::{
    catalog::Expect,
    cause::Is,
    diagnose::{Cause, Certainty, Controls, Finding, Outcome, places},
    fact::ResponderFact,
    net::{Host, Port, Transport},
    observation::{Observation, PortObservation, Reached},
    plan::{Check, CheckStep, Plan, Probe, ProbeOptions},
    protocol::{Speaker, responder::State},
};

/// Ports of one host that are asked about; a host of which more is wrong has one cause.
const QUESTIONS: usize = 256;

/// A transport and a port of it, if it has any.
type Door = (Transport, Option<Port>);

/// One question for every port that gave no proof, to a responder of the same host that did.
pub(in crate::diagnose) fn questions(plan: &Plan, seen: &[Observation]) -> Vec<Probe> {
    let witnesses = witnesses(plan, seen);
    let mut asked: BTreeMap<&Host, BTreeSet<Door>> = BTreeMap::new();
    let mut questions = Vec::new();
    for (probe, observation) in plan.probes.iter().zip(seen) {
        let Some(witness) = witnesses.get(&probe.host) else {
            continue;
        };
        let asked = asked.entry(&probe.host).or_default();
        let transport = probe.protocol.transport();
        let first = unproven(observation)
            .next()
            .filter(|_| probe.options.responder);
        let Some(door) = first.map(|port| (transport, port)) else {
            continue;
        };
        if asked.len() < QUESTIONS && asked.insert(door) {
            questions.push(question(witness, door));
        }
    }
    questions
}

/// A probe of each host that was answered with a proof, cut down to the port that gave it.
fn witnesses(plan: &Plan, seen: &[Observation]) -> BTreeMap<Host, Probe> {
    let mut witnesses = BTreeMap::new();
    for (probe, observation) in plan.probes.iter().zip(seen) {
        let Observation::Tried { addresses, .. } = observation else {
            continue;
        };
        let mut ports = addresses.iter().flat_map(|address| &address.ports);
        let is_witness = |port: &&PortObservation| {
            proof(port).is_some_and(|proof| !proof.is_redirected && proof.lost.is_none())
        };
        if let Some(port) = ports.find(is_witness) {
            witnesses
                .entry(probe.host.clone())
                .or_insert_with(|| Probe {
                    ports: port.port.into_iter().collect(),
                    ..probe.clone()
                });
        }
    }
    witnesses
}

fn question(witness: &Probe, door: Door) -> Probe {
    Probe {
        options: ProbeOptions {
            responder: true,
            about: Some(door),
            ..witness.options.clone()
        },
        ..witness.clone()
    }
}

/// The ports that gave no proof, and are not the service itself.
fn unproven(seen: &Observation) -> impl Iterator<Item = Option<Port>> {
    let addresses = match seen {
        Observation::Tried { addresses, .. } => addresses.as_slice(),
        Observation::Interrupted | Observation::Unresolved(..) | Observation::Relayed { .. } => &[],
    };
    addresses
        .iter()
        .flat_map(|address| &address.ports)
        .filter(|port| match &port.reached {
            Reached::Replied { reply, .. } => {
                reply.responder().is_none() && !matches!(reply.speaker, Speaker::Unwilling(_))
            }
            Reached::NotConnected(_)
            | Reached::NotRelayed { .. }
            | Reached::Silence
            | Reached::Connected
            | Reached::Tls { .. } => true,
        })
        .map(|port| port.port)
}

/// Applies what the responders said, and what it means that none of a host's did.
pub(in crate::diagnose) fn settle(
    plan: &Plan,
    seen: &[Observation],
    controls: &Controls,
    findings: &mut [Finding],
) {
    let known = known(controls);
    let answering: BTreeSet<&Host> = plan
        .probes
        .iter()
        .zip(seen)
        .filter(|(_, observation)| is_answered(observation))
        .map(|(probe, _)| &probe.host)
        .collect();
    for finding in findings {
        let check = &plan.checks[finding.check];
        let (Some(host), CheckStep::Probe(id)) = (check.bound_host(), &check.step) else {
            continue;
        };
        if !check.responder || finding.outcome == Outcome::Works || check.expect == Expect::Blocked
        {
            continue;
        }
        let port = seen.get(id.0).and_then(|seen| unproven(seen).next());
        let state = port.and_then(|port| {
            let door = (check.protocol.transport(), port);
            known.get(&(host, door))
        });
        match state {
            Some(State::Bound) => listens(check, finding),
            Some(State::HalfOpen) => arrives(check, finding),
            Some(State::Taken(name)) => taken(check, finding, name.as_deref()),
            Some(State::Unbound) => unbound(check, finding),
            None if answering.contains(host) => {}
            None => nobody(check, finding),
        }
    }
}

/// Whether a responder is there, whatever its token.
fn is_answered(seen: &Observation) -> bool {
    let Observation::Tried { addresses, .. } = seen else {
        return false;
    };
    let mut ports = addresses.iter().flat_map(|address| &address.ports);
    ports.any(|port| match &port.reached {
        Reached::Replied { reply, .. } => reply.responder().is_some(),
        Reached::NotConnected(_)
        | Reached::NotRelayed { .. }
        | Reached::Silence
        | Reached::Connected
        | Reached::Tls { .. } => false,
    })
}

/// What the responders said of the ports that they were asked about.
fn known(controls: &Controls) -> BTreeMap<(&Host, Door), State> {
    let asked = controls.plan.probes.iter().zip(&controls.seen);
    asked
        .filter_map(|(probe, seen)| {
            let door = probe.options.about?;
            let (_, proof) = proofs(seen).into_iter().next()?;
            Some(((&probe.host, door), proof.answer.about.clone()))
        })
        .collect()
}

/// The responder listens there, so whatever was seen is the network's doing.
fn listens(check: &Check, finding: &mut Finding) {
    let (cause, evidence) = match finding.outcome.cause() {
        Some(Cause::TcpRefused | Cause::UdpPortUnreachable | Cause::ProtocolUnreachable) => {
            (Cause::RejectedByFirewall, ResponderFact::ListensYetRefused)
        }
        Some(Cause::NoAnswer) => (Cause::AcceptedButDead, ResponderFact::ListensYetAccepted),
        Some(Cause::NotOurResponder) => (Cause::NotOurResponder, ResponderFact::ListensYetAnswered),
        Some(
            cause @ (Cause::TcpNoReply
            | Cause::UdpNoReply
            | Cause::EspNoReply
            | Cause::RejectedByFirewall
            | Cause::HostUnreachable
            | Cause::NetworkUnreachable),
        ) => (cause, ResponderFact::Listens),
        Some(_) | None => return,
    };
    finding.certainty = Certainty::Proven;
    decide(check, finding, Outcome::Fails(cause), evidence);
}

/// The responder listens there and has the connection half open: the way there is open.
fn arrives(check: &Check, finding: &mut Finding) {
    if finding.outcome.cause() != Some(Cause::TcpNoReply) {
        return listens(check, finding);
    }
    finding.certainty = Certainty::Proven;
    finding.evidence.insert(
        1.min(finding.evidence.len()),
        ResponderFact::HalfOpen.into(),
    );
    finding.remedy =
        Some(places::of(check).fill(
            "ask the network team to let the answers of {host} come back: {flow} arrives there",
        ));
}

/// Another program holds the port there.
fn taken(check: &Check, finding: &mut Finding, name: Option<&str>) {
    let evidence = match name {
        Some(name) => ResponderFact::HeldBy {
            program: name.into(),
        },
        None => ResponderFact::HeldByOther,
    };
    let cause = match finding.outcome.cause() {
        Some(Cause::NoAnswer | Cause::NotOurResponder) => Cause::NotOurResponder,
        Some(Cause::TcpRefused | Cause::UdpPortUnreachable) => Cause::PortTaken,
        Some(Cause::UdpNoReply) => {
            finding.certainty = Certainty::Inferred;
            let outcome = Outcome::Unknown(Cause::PortTaken);
            return decide(check, finding, outcome, evidence);
        }
        Some(_) | None => return finding.evidence.push(evidence.into()),
    };
    finding.certainty = Certainty::Proven;
    decide(check, finding, Outcome::Fails(cause), evidence);
}

/// A responder is there, and does not stand at that port.
fn unbound(check: &Check, finding: &mut Finding) {
    finding.evidence.push(ResponderFact::NotBound.into());
    let cause = finding.outcome.cause();
    if let Some(cause) = cause.filter(|cause| cause.is(Is::ResponderDecides)) {
        finding.outcome = Outcome::Unknown(cause);
        finding.certainty = Certainty::Inferred;
        finding.remedy = Some(places::of(check).fill(
            "see what `portcheck respond` on {host} says of {flow}: it needs the same profile, and \
             root for ports below 1024",
        ));
    }
}

/// No responder of that host answers at all.
fn nobody(check: &Check, finding: &mut Finding) {
    let cause = finding.outcome.cause();
    if cause.is_some_and(|cause| cause.is(Is::ResponderDecides)) {
        finding
            .evidence
            .push(ResponderFact::NoResponder { host: check.whom() }.into());
        let start = "start `portcheck respond` on {host}, then run again";
        finding.remedy = Some(places::of(check).fill(start));
    }
}

fn decide(check: &Check, finding: &mut Finding, outcome: Outcome, evidence: ResponderFact) {
    finding.outcome = outcome;
    finding
        .evidence
        .insert(1.min(finding.evidence.len()), evidence.into());
    finding.remedy = outcome
        .cause()
        .map(|cause| cause.remedy(&places::of(check)));
}
