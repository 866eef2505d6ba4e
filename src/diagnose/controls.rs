//! Controls before blame, and before praise: what is worth trying once the checks have been seen.
//!
//! A decoy is a port that nobody uses, tried on hosts of which only an accepted connection is
//! known: where that one accepts too, something on the way accepts for every port (a SYN proxy, a
//! transparent proxy), and "open" would be a lie. Where something must be blocked, a host of which
//! nothing was heard is asked whether it is there. A TLS hello is tried where a plain question
//! ended without a word: many TLS servers just hang up on it.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use time::OffsetDateTime;

use super::{
    Cause, Certainty, Finding, Verdict, judge::host_of, presence, proxy, remedy, responder,
};
use crate::{
    catalog::Expect,
    net::{Host, Port, Protocol, Transport},
    observation::{ConnectError, Observation, Reached, Trust},
    plan::{Check, CheckStep, Plan, Probe, ProbeOptions},
    protocol::{Details, End, Reply, Speaker},
    site::Route,
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

/// What is worth trying after `seen`. The plan has probes only, and is empty where there is no
/// doubt: a healthy run of services that speak sends nothing more.
#[must_use]
pub fn follow_ups(plan: &Plan, seen: &[Observation]) -> Plan {
    let mut probes = decoys(plan, seen);
    probes.extend(hellos(plan, seen));
    probes.extend(responder::questions(plan, seen));
    probes.extend(detours(plan, seen));
    let signs = unused_port(plan).map(|port| presence::probes(plan, seen, port));
    probes.extend(signs.into_iter().flatten());
    Plan {
        probes,
        ..Plan::default()
    }
}

/// One decoy a host, for hosts of which nothing but accepted connections was seen.
fn decoys(plan: &Plan, seen: &[Observation]) -> Vec<Probe> {
    let Some(port) = unused_port(plan) else {
        return Vec::new();
    };
    doubtful_hosts(plan, seen)
        .into_iter()
        .map(|(host, accepted)| decoy(host, port, accepted))
        .collect()
}

/// A port that nobody uses, and no probe of the plan.
fn unused_port(plan: &Plan) -> Option<Port> {
    let used: BTreeSet<Port> = plan
        .probes
        .iter()
        .flat_map(|probe| probe.ports.iter().copied())
        .collect();
    let mut unused = DECOYS.into_iter().filter_map(Port::new);
    unused.find(|port| !used.contains(port))
}

/// A TLS hello to each service that may have been waiting for one.
fn hellos<'a>(plan: &'a Plan, seen: &'a [Observation]) -> impl Iterator<Item = Probe> + 'a {
    let hung_up = plan.probes.iter().zip(seen).filter(|(_, observation)| {
        let Observation::Tried { addresses, .. } = observation else {
            return false;
        };
        let mut ports = addresses.iter().flat_map(|address| &address.ports);
        ports.any(|port| hung_up(&port.reached))
    });
    hung_up.map(|(probe, _)| Probe {
        protocol: Protocol::Tls,
        options: ProbeOptions {
            timeout: probe.options.timeout,
            route: probe.options.route.clone(),
            ..ProbeOptions::default()
        },
        ..probe.clone()
    })
}

/// The other way, for what failed by its own: one that a proxy has, or none.
fn detours<'a>(plan: &'a Plan, seen: &'a [Observation]) -> impl Iterator<Item = Probe> + 'a {
    let failed = plan
        .probes
        .iter()
        .zip(seen)
        .filter(|(_, seen)| has_failed(seen));
    failed.filter_map(|(probe, _)| {
        let route = probe.options.detour.clone()?;
        Some(Probe {
            options: ProbeOptions {
                route,
                detour: None,
                ..probe.options.clone()
            },
            ..probe.clone()
        })
    })
}

/// Whether the way may be why there was no answer, or not the right one.
fn has_failed(seen: &Observation) -> bool {
    match seen {
        Observation::Interrupted => false,
        Observation::Unresolved(..) => true,
        Observation::Tried { addresses, .. } => {
            let mut ports = addresses.iter().flat_map(|address| &address.ports);
            ports.any(|port| has_not_arrived(&port.reached))
        }
        Observation::Relayed(seen) => has_not_arrived(&seen.reached),
    }
}

fn has_not_arrived(reached: &Reached) -> bool {
    match reached {
        Reached::NotConnected(_) | Reached::NotRelayed { .. } => true,
        Reached::Connected | Reached::Silence => false,
        Reached::Tls { tls, reply } => {
            tls.outcome.is_err()
                || tls.machine != Trust::Trusted
                || tls.name_mismatch.is_some()
                || reply.as_ref().is_some_and(|reply| !is_the_service(reply))
        }
        Reached::Replied { reply, .. } => !is_the_service(reply),
    }
}

fn is_the_service(reply: &Reply) -> bool {
    matches!(reply.speaker, Speaker::Service)
}

/// Whether a service of TLS would do so, spoken to in plain text: it hangs up on a question, waits
/// where it should greet, or is a web server that finds the request bad.
fn hung_up(reached: &Reached) -> bool {
    let Reached::Replied { reply, tls: None } = reached else {
        return false;
    };
    match (&reply.speaker, &reply.details) {
        (Speaker::Ended { end, spoke, asked }, _) => match end {
            End::Closed | End::Reset => !spoke && *asked,
            End::Silence => !spoke && !asked,
            End::TooLong => false,
        },
        (Speaker::Service, Details::Http(head)) => head.status == 400,
        (Speaker::Service | Speaker::Unwilling(_) | Speaker::Other(_), _) => false,
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

/// Whether a probe over TCP has learned more of its host than that a connection is accepted.
pub(super) fn shows_the_host(seen: &Observation) -> bool {
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

/// Applies what the controls showed.
pub(super) fn apply(
    plan: &Plan,
    controls: &Controls,
    findings: &mut [Finding],
    now: OffsetDateTime,
) {
    for finding in &mut *findings {
        if let Some((route, seen)) = detour(plan, controls, finding) {
            proxy::compare(plan, finding, (route, seen), now);
        }
    }
    let seen = || controls.plan.probes.iter().zip(&controls.seen);
    let fooled: BTreeSet<&Host> = seen()
        .filter(|(probe, observation)| is_decoy(plan, probe) && accepts(observation))
        .map(|(probe, _)| &probe.host)
        .collect();
    let secured: BTreeSet<(&Host, &[Port])> = seen()
        .filter(|(probe, observation)| is_hello(plan, probe) && speaks_tls(observation))
        .map(|(probe, _)| (&probe.host, probe.ports.as_slice()))
        .collect();
    for finding in findings {
        let check = &plan.checks[finding.check];
        let (Some(host), CheckStep::Probe(id)) = (check.bound_host(), &check.step) else {
            continue;
        };
        let ports = plan.probes.get(id.0).map_or(&[][..], |probe| &probe.ports);
        if secured.contains(&(host, ports)) {
            speak_tls(check, finding);
        } else if fooled.contains(host) && check.protocol.transport() == Transport::Tcp {
            take_back(check, finding);
        }
    }
}

/// Whether a control is a decoy, and not a check's own probe by another way.
pub(super) fn is_decoy(plan: &Plan, control: &Probe) -> bool {
    let is_own = |probe: &Probe| probe.host == control.host && probe.ports == control.ports;
    control.protocol == Protocol::Tcp && !plan.probes.iter().any(is_own)
}

/// Whether a control is a TLS hello to what was asked in plain text.
fn is_hello(plan: &Plan, control: &Probe) -> bool {
    control.protocol == Protocol::Tls
        && plan.probes.iter().any(|probe| {
            probe.host == control.host
                && probe.ports == control.ports
                && probe.protocol != Protocol::Tls
        })
}

/// What was seen of a finding's probe by the other way.
fn detour<'a>(
    plan: &'a Plan,
    controls: &'a Controls,
    finding: &Finding,
) -> Option<(&'a Route, &'a Observation)> {
    let CheckStep::Probe(id) = &plan.checks[finding.check].step else {
        return None;
    };
    let own = plan.probes.get(id.0)?;
    let other = own.options.detour.as_ref()?;
    let mut seen = controls.plan.probes.iter().zip(&controls.seen);
    let (_, seen) = seen.find(|(probe, _)| {
        probe.options.route == *other
            && probe.host == own.host
            && probe.ports == own.ports
            && probe.protocol == own.protocol
    })?;
    Some((other, seen))
}

/// The service hung up on plain text, and answers TLS.
fn speak_tls(check: &Check, finding: &mut Finding) {
    match finding.cause {
        Some(Cause::ClosedAtOnce | Cause::ResetAtOnce | Cause::NoGreeting) => {}
        None if check.protocol == Protocol::Http && check.expect == Expect::Service => {
            finding.verdict = Verdict::Fail;
        }
        Some(_) | None => return,
    }
    finding.cause = Some(Cause::TlsUnexpected);
    let evidence = format!("it answers TLS where plain {} was due", check.protocol);
    finding.evidence.insert(0, evidence);
    finding.remedy = Some(remedy::for_cause(check, Cause::TlsUnexpected, None));
}

/// What rests on acceptance alone is worth nothing where the decoy was accepted too.
fn take_back(check: &Check, finding: &mut Finding) {
    let verdict = match (finding.verdict, finding.cause) {
        (Verdict::Pass, _) => Verdict::Inconclusive,
        (Verdict::Fail, Some(cause)) if rests_on_acceptance(cause) => Verdict::Fail,
        _ => return,
    };
    finding.verdict = verdict;
    finding.cause = Some(Cause::AcceptedButDead);
    finding.certainty = Certainty::Inferred;
    let evidence = format!("{} also accepts on a port that nobody uses", host_of(check));
    finding.evidence.insert(0, evidence);
    finding.remedy = Some(remedy::for_cause(check, Cause::AcceptedButDead, None));
}

fn speaks_tls(observation: &Observation) -> bool {
    let Observation::Tried { addresses, .. } = observation else {
        return false;
    };
    let mut ports = addresses.iter().flat_map(|address| &address.ports);
    ports.any(|port| match &port.reached {
        Reached::Tls { tls, .. } => tls.is_spoken(),
        Reached::NotConnected(_)
        | Reached::NotRelayed { .. }
        | Reached::Connected
        | Reached::Replied { .. }
        | Reached::Silence => false,
    })
}

pub(super) fn accepts(observation: &Observation) -> bool {
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
