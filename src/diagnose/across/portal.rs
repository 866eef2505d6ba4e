//! A certificate of somebody else's, where plain HTTP may tell whose it is: a portal or a filter that
//! stands before the host.

use std::collections::BTreeSet;

use time::OffsetDateTime;

use crate::{
    diagnose::{Cause, Certainty, Controls, Finding, Outcome, Stage, each, places},
    fact::{Fact, Sentence, ServiceFact},
    net::{Endpoint, Host, Port, Ports, Protocol, Transport},
    observation::{Observation, Reached, TlsError, Trust},
    plan::{Check, CheckEndpoint, Plan, Probe, ProbeOptions},
    site::Route,
};

/// Plain HTTP to each host by name that showed a stranger's certificate, once a host.
pub(super) fn probes(plan: &Plan, seen: &[Observation]) -> Vec<Probe> {
    let is_asked_anyway = |host: &Host| {
        let mut own = plan.probes.iter();
        own.any(|probe| probe.protocol == Protocol::Http && probe.host == *host)
    };
    let hosts: BTreeSet<&Host> = plan
        .probes
        .iter()
        .zip(seen)
        .filter(|(probe, seen)| {
            probe.protocol.starts_with_tls()
                && matches!(probe.host, Host::Name(_))
                && shows_a_stranger(seen)
        })
        .map(|(probe, _)| &probe.host)
        .filter(|host| !is_asked_anyway(host))
        .collect();
    let port = Port::new(80);
    hosts
        .into_iter()
        .map(|host| Probe {
            host: host.clone(),
            ports: port.into_iter().collect(),
            protocol: Protocol::Http,
            options: ProbeOptions::default(),
        })
        .collect()
}

/// Whether a handshake brought a certificate that is not the host's, or no TLS.
fn shows_a_stranger(seen: &Observation) -> bool {
    let Observation::Tried { addresses, .. } = seen else {
        return false;
    };
    let mut ports = addresses.iter().flat_map(|address| &address.ports);
    ports.any(|port| match &port.reached {
        Reached::Tls { tls, .. } => match &tls.outcome {
            Ok(_) => tls.machine != Trust::Trusted || tls.name_mismatch.is_some(),
            Err(TlsError::NotTls(_)) => true,
            Err(_) => false,
        },
        Reached::NotConnected(_)
        | Reached::NotRelayed { .. }
        | Reached::Connected
        | Reached::Replied { .. }
        | Reached::Silence => false,
    })
}

/// Who stands before a host, by its plain HTTP.
struct Portal {
    cause: Cause,
    certainty: Certainty,
    why: Sentence,
}

/// Tells what fails by a stranger's certificate as the portal's, where plain HTTP shows one.
pub(super) fn apply(
    plan: &Plan,
    controls: &Controls,
    findings: &mut [Finding],
    now: OffsetDateTime,
) {
    for index in 0..findings.len() {
        let check = &plan.checks[findings[index].check];
        let Some(host) = check
            .bound_host()
            .filter(|_| is_a_strangers(&findings[index]))
        else {
            continue;
        };
        let own = by_own_check(plan, findings, host);
        let Some(portal) = own.or_else(|| by_control(check, host, controls, now)) else {
            continue;
        };
        let finding = &mut findings[index];
        finding.outcome = finding.outcome.because(portal.cause);
        finding.certainty = portal.certainty;
        finding.remedy = Some(portal.cause.remedy(&places::of(check)));
        let evidence = ServiceFact::PlainHttpShows { why: portal.why };
        finding.evidence.insert(0, evidence.into());
    }
}

fn is_a_strangers(finding: &Finding) -> bool {
    finding.stage == Stage::Tls
        && matches!(
            finding.outcome,
            Outcome::Fails(
                Cause::TlsNameMismatch
                    | Cause::TlsUnknownIssuer
                    | Cause::TlsSelfSigned
                    | Cause::TlsIncompleteChain
                    | Cause::TlsIntercepted
                    | Cause::TlsExpired
                    | Cause::TlsNotSpoken
            )
        )
}

/// What a check of the run's own saw of the host's plain HTTP.
fn by_own_check(plan: &Plan, findings: &[Finding], host: &Host) -> Option<Portal> {
    findings.iter().find_map(|finding| {
        let check = &plan.checks[finding.check];
        let is_plain = check.protocol == Protocol::Http && check.bound_host() == Some(host);
        let first = finding.evidence.first().map(Fact::sentence);
        portal(finding.outcome, finding.certainty, first).filter(|_| is_plain)
    })
}

/// What a control saw of it.
fn by_control(
    check: &Check,
    host: &Host,
    controls: &Controls,
    now: OffsetDateTime,
) -> Option<Portal> {
    let mut tried = controls.plan.probes.iter().zip(&controls.seen);
    let (_, seen) =
        tried.find(|(probe, _)| probe.protocol == Protocol::Http && probe.host == *host)?;
    let plain = Check {
        protocol: Protocol::Http,
        endpoint: CheckEndpoint::Bound(Endpoint {
            host: host.clone(),
            ports: Ports::One(Port::new(80)?),
            transport: Transport::Tcp,
        }),
        ..check.clone()
    };
    let (judged, _) = each::judge(&plain, &Route::Direct, seen, now);
    let first = judged.evidence.first().map(Fact::sentence);
    portal(judged.outcome, judged.certainty, first)
}

fn portal(outcome: Outcome, certainty: Certainty, why: Option<Sentence>) -> Option<Portal> {
    match outcome {
        Outcome::Fails(
            cause @ (Cause::CaptivePortal | Cause::BlockPage | Cause::ProxyAuthRequired),
        ) => Some(Portal {
            cause,
            certainty,
            why: why.unwrap_or_default(),
        }),
        Outcome::Works
        | Outcome::WorksBut(_)
        | Outcome::Fails(_)
        | Outcome::Unknown(_)
        | Outcome::NotTried(_) => None,
    }
}
