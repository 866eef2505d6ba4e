//! A port that nobody uses, tried on hosts of which only an accepted connection is known: where that
//! one accepts too, something on the way accepts for every port (a SYN proxy, a transparent proxy),
//! and "open" would be a lie.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use crate::{
    cause::Is,
    diagnose::{Cause, Certainty, Controls, Finding, Outcome, places},
    fact::AcrossFact,
    net::{Host, Port, Protocol, Transport},
    observation::{ConnectError, Observation, Reached},
    plan::{Check, Plan, Probe, ProbeOptions},
};

/// The ports a decoy may use: from the upper end of the dynamic range, where nothing is assigned
/// and no rule points. Source: RFC 6335 §6.
const DECOYS: [u16; 4] = [65_021, 64_037, 63_029, 62_003];

/// One decoy a host, for hosts of which nothing but accepted connections was seen.
pub(super) fn probes(plan: &Plan, seen: &[Observation]) -> Vec<Probe> {
    let Some(port) = unused_port(plan) else {
        return Vec::new();
    };
    doubtful_hosts(plan, seen)
        .into_iter()
        .map(|(host, accepted)| decoy(host, port, accepted))
        .collect()
}

/// A port that nobody uses, and no probe of the plan.
pub(super) fn unused_port(plan: &Plan) -> Option<Port> {
    let used: BTreeSet<Port> = plan
        .probes
        .iter()
        .flat_map(|probe| probe.ports.iter().copied())
        .collect();
    let mut unused = DECOYS.into_iter().filter_map(Port::new);
    unused.find(|port| !used.contains(port))
}

/// What accepts every port accepts this one as fast as the others: waiting much longer than the
/// slowest of them would only make a healthy run slow.
fn decoy(host: &Host, port: Port, accepted: Duration) -> Probe {
    Probe {
        host: host.clone(),
        ports: vec![port],
        protocol: Protocol::Tcp,
        options: ProbeOptions {
            timeout: Some((accepted * 3 + Duration::from_millis(30)).min(Duration::from_secs(3))),
            once: true,
            ..ProbeOptions::default()
        },
    }
}

/// The hosts that accepted TCP connections and of which nothing else was learned, and how long the
/// slowest of them took to accept.
fn doubtful_hosts<'a>(plan: &'a Plan, seen: &[Observation]) -> BTreeMap<&'a Host, Duration> {
    let mut doubtful: BTreeMap<&Host, Duration> = BTreeMap::new();
    let mut certain = BTreeSet::new();
    for (probe, observation) in plan.probes.iter().zip(seen) {
        let Observation::Tried { addresses, .. } = observation else {
            continue;
        };
        if probe.protocol.transport() != Transport::Tcp {
            continue;
        }
        for port in addresses.iter().flat_map(|address| &address.ports) {
            match is_accepted_only(&port.reached) {
                Some(true) => {
                    let slowest = doubtful.entry(&probe.host).or_default();
                    *slowest = port.elapsed.max(*slowest);
                }
                Some(false) => drop(certain.insert(&probe.host)),
                None => {}
            }
        }
    }
    doubtful.retain(|host, _| !certain.contains(host));
    doubtful
}

/// Whether a probe over TCP has learned more of its host than that a connection is accepted.
pub(in crate::diagnose) fn shows_the_host(seen: &Observation) -> bool {
    let Observation::Tried { addresses, .. } = seen else {
        return false;
    };
    let mut ports = addresses.iter().flat_map(|address| &address.ports);
    ports.any(|port| is_accepted_only(&port.reached) == Some(false))
}

/// Whether acceptance is all that was seen; `Some(false)` if the host itself has shown more (an
/// answer, or a refusal: what accepts everything refuses nothing), `None` if nothing was seen.
fn is_accepted_only(reached: &Reached) -> Option<bool> {
    match reached {
        Reached::Connected => Some(true),
        Reached::NotConnected(ConnectError::Refused(_)) => Some(false),
        Reached::NotConnected(_) | Reached::NotRelayed { .. } | Reached::Silence => None,
        Reached::Replied { reply, .. } => Some(!reply.has_words()),
        Reached::Tls { tls, .. } => Some(!tls.has_answer()),
    }
}

/// The hosts whose decoy was accepted.
pub(super) fn fooled<'a>(plan: &Plan, controls: &'a Controls) -> BTreeSet<&'a Host> {
    let tried = controls.plan.probes.iter().zip(&controls.seen);
    tried
        .filter(|(probe, seen)| is_decoy(plan, probe) && accepts(seen))
        .map(|(probe, _)| &probe.host)
        .collect()
}

/// Whether a control is a decoy, and not a check's own probe by another way.
fn is_decoy(plan: &Plan, control: &Probe) -> bool {
    let is_own = |probe: &Probe| probe.host == control.host && probe.ports == control.ports;
    control.protocol == Protocol::Tcp && !plan.probes.iter().any(is_own)
}

fn accepts(observation: &Observation) -> bool {
    let Observation::Tried { addresses, .. } = observation else {
        return false;
    };
    let mut ports = addresses.iter().flat_map(|address| &address.ports);
    ports.any(|port| port.reached == Reached::Connected)
}

/// What rests on acceptance alone is worth nothing where the decoy was accepted too.
pub(super) fn take_back(check: &Check, finding: &mut Finding) {
    finding.outcome = match finding.outcome {
        Outcome::Works | Outcome::WorksBut(_) => Outcome::Unknown(Cause::AcceptedButDead),
        Outcome::Fails(cause) if cause.is(Is::RestsOnAcceptance) => {
            Outcome::Fails(Cause::AcceptedButDead)
        }
        Outcome::Fails(_) | Outcome::Unknown(_) | Outcome::NotTried(_) => return,
    };
    finding.certainty = Certainty::Inferred;
    let evidence = AcrossFact::AcceptsAnything { host: check.whom() };
    finding.evidence.insert(0, evidence.into());
    finding.remedy = Some(Cause::AcceptedButDead.remedy(&places::of(check)));
}
