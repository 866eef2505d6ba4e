//! Controls before blame, and before praise: a port that nobody uses, tried on hosts of which only
//! an accepted connection is known. Where that one accepts too, something on the way accepts for
//! every port (a SYN proxy, a transparent proxy), and "open" would be a lie.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use super::{Cause, Certainty, Finding, Verdict, judge::host_of, remedy};
use crate::{
    net::{Host, Port, Protocol, Transport},
    observation::{ConnectError, Observation, Reached},
    plan::{CheckStep, Plan, Probe, ProbeOptions},
};

/// The ports a decoy may use: from the upper end of the dynamic range, where nothing is assigned
/// and no rule points. Source: RFC 6335 §6.
const DECOYS: [u16; 4] = [65_021, 64_037, 63_029, 62_003];

/// What was tried besides the checks, and what was seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Controls {
    /// The probes; there are no checks in it.
    pub plan: Plan,
    /// One observation a probe.
    pub seen: Vec<Observation>,
}

/// The decoys worth trying after `seen`: one a host, for hosts of which nothing but accepted
/// connections was seen. Its plan has probes only, and is empty where there is no doubt.
#[must_use]
pub fn decoys(plan: &Plan, seen: &[Observation]) -> Plan {
    let used: BTreeSet<Port> = plan
        .probes
        .iter()
        .flat_map(|probe| probe.ports.iter().copied())
        .collect();
    let port = DECOYS
        .into_iter()
        .filter_map(Port::new)
        .find(|port| !used.contains(port));
    let Some(port) = port else {
        return Plan::default();
    };
    let hosts = doubtful_hosts(plan, seen);
    Plan {
        probes: hosts
            .into_iter()
            .map(|(host, accepted)| decoy(host, port, accepted))
            .collect(),
        ..Plan::default()
    }
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

/// Whether acceptance is all that was seen; `Some(false)` if the host itself has shown more (an
/// answer, or a refusal: what accepts everything refuses nothing), `None` if nothing was seen.
fn is_accepted_only(reached: &Reached) -> Option<bool> {
    match reached {
        Reached::Connected => Some(true),
        Reached::NotConnected(ConnectError::Refused(_)) => Some(false),
        Reached::NotConnected(_) | Reached::Silence => None,
        Reached::Replied { reply, .. } => Some(!reply.has_words()),
        Reached::Tls { tls, .. } => Some(!tls.has_answer()),
    }
}

/// Takes back what rests on acceptance alone where the decoy of the same host accepts too.
pub(super) fn apply(plan: &Plan, controls: &Controls, findings: &mut [Finding]) {
    let fooled: BTreeSet<&Host> = controls
        .plan
        .probes
        .iter()
        .zip(&controls.seen)
        .filter(|(_, observation)| accepts(observation))
        .map(|(probe, _)| &probe.host)
        .collect();
    for finding in findings {
        let check = &plan.checks[finding.check];
        let is_fooled = check.bound_host().is_some_and(|host| fooled.contains(host));
        let is_tcp = check.protocol.transport() == Transport::Tcp;
        if !is_fooled || !is_tcp || !matches!(check.step, CheckStep::Probe(_)) {
            continue;
        }
        let verdict = match (finding.verdict, finding.cause) {
            (Verdict::Pass, _) => Verdict::Inconclusive,
            (Verdict::Fail, Some(cause)) if rests_on_acceptance(cause) => Verdict::Fail,
            _ => continue,
        };
        finding.verdict = verdict;
        finding.cause = Some(Cause::AcceptedButDead);
        finding.certainty = Certainty::Inferred;
        let evidence = format!("{} also accepts on a port that nobody uses", host_of(check));
        finding.evidence.insert(0, evidence);
        finding.remedy = Some(remedy::for_cause(check, Cause::AcceptedButDead, None));
    }
}

fn accepts(observation: &Observation) -> bool {
    let Observation::Tried { addresses, .. } = observation else {
        return false;
    };
    let mut ports = addresses.iter().flat_map(|address| &address.ports);
    ports.any(|port| port.reached == Reached::Connected)
}

/// Whether nothing came after the connection was accepted.
fn rests_on_acceptance(cause: Cause) -> bool {
    matches!(
        cause,
        Cause::ClosedAtOnce
            | Cause::ResetAtOnce
            | Cause::NoGreeting
            | Cause::NoAnswer
            | Cause::TlsReset
            | Cause::TlsStalled
            | Cause::Reachable
    )
}
