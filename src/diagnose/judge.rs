//! One check, judged by what its probe saw.

use std::{net::IpAddr, time::Duration};

use time::OffsetDateTime;

use super::{
    AddressFinding, Cause, Certainty, Finding, Stage, Sweep, Verdict, address, connect, http,
    names, pace, proxy, remedy, reply, responder, tls,
};
use crate::{
    catalog::{Expect, Pki},
    net::{Port, Ports},
    observation::{
        AddressObservation, Lookup, Observation, PortObservation, Reached, TlsObservation,
    },
    plan::{Check, CheckEndpoint, CheckStep, Plan},
    protocol::{Details, Reply},
    site::Route,
    text,
};

/// What a check, an address or a port comes to, before it is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Judgement {
    pub verdict: Verdict,
    pub cause: Option<Cause>,
    /// The fault of this machine beneath the cause.
    pub beneath: Option<Cause>,
    pub certainty: Certainty,
    pub stage: Stage,
    pub evidence: Vec<String>,
    /// Who is behind it, where somebody is: an issuer, the sender of an ICMP error.
    pub who: Option<String>,
    /// What to do, where what was seen says more than the cause.
    pub remedy: Option<String>,
}

impl Judgement {
    /// Nothing is wrong, and that is certain.
    pub(super) fn pass(stage: Stage, evidence: Vec<String>) -> Self {
        Self {
            verdict: Verdict::Pass,
            cause: None,
            beneath: None,
            certainty: Certainty::Proven,
            stage,
            evidence,
            who: None,
            remedy: None,
        }
    }

    /// Something is, and that is certain.
    pub(super) fn of(verdict: Verdict, cause: Cause, stage: Stage, evidence: String) -> Self {
        Self {
            verdict,
            cause: Some(cause),
            beneath: None,
            certainty: Certainty::Proven,
            stage,
            evidence: vec![evidence],
            who: None,
            remedy: None,
        }
    }

    /// The same, as the likeliest explanation only.
    pub(super) fn inferred(mut self) -> Self {
        self.certainty = Certainty::Inferred;
        self
    }

    /// The same with more evidence behind what is there.
    pub(super) fn and(mut self, evidence: impl IntoIterator<Item = String>) -> Self {
        self.evidence.extend(evidence);
        self
    }
}

/// What a check of the plan comes to.
pub(super) fn finding(
    plan: &Plan,
    index: usize,
    seen: &[Observation],
    now: OffsetDateTime,
) -> Finding {
    let seen = match &plan.checks[index].step {
        CheckStep::Probe(id) => seen.get(id.0),
        CheckStep::NotConfigured { .. } | CheckStep::NotFromHere { .. } => None,
    };
    finding_of(plan, index, seen.unwrap_or(&Observation::Interrupted), now)
}

/// What a check comes to by what its probe saw, if it has one.
pub(super) fn finding_of(
    plan: &Plan,
    index: usize,
    seen: &Observation,
    now: OffsetDateTime,
) -> Finding {
    let check = &plan.checks[index];
    let (judgement, tried) = match &check.step {
        CheckStep::Probe(_) => judge(check, plan.route(check), seen, now),
        CheckStep::NotConfigured { flag, reason } => {
            (not_configured(flag, reason.as_deref()), Tried::default())
        }
        CheckStep::NotFromHere { from, inbound, .. } => {
            (not_from_here(check, from, *inbound), Tried::default())
        }
    };
    let mut judgement = soften(check, judgement);
    judgement.evidence.extend(check.notes.iter().cloned());
    Finding {
        check: index,
        verdict: judgement.verdict,
        cause: judgement.cause,
        beneath: judgement.beneath,
        certainty: judgement.certainty,
        stage: judgement.stage,
        explained_by: None,
        remedy: remedy::for_check(check, &judgement),
        evidence: judgement.evidence,
        addresses: tried.addresses,
        sweep: tried.sweep,
        elapsed: tried.elapsed,
    }
}

/// What was tried for a check, beside what it comes to.
#[derive(Default)]
pub(super) struct Tried {
    addresses: Vec<AddressFinding>,
    sweep: Option<Sweep>,
    elapsed: Duration,
}

fn not_configured(flag: &str, reason: Option<&str>) -> Judgement {
    let evidence = reason.map_or_else(|| format!("needs {flag}"), str::to_owned);
    Judgement::of(Verdict::Skip, Cause::NotConfigured, Stage::Plan, evidence)
}

fn not_from_here(check: &Check, from: &str, inbound: bool) -> Judgement {
    let evidence = if inbound {
        format!("inbound: {from} opens the connection to {}", check.to)
    } else {
        format!("the connection is opened by {from}, not by this machine")
    };
    Judgement::of(Verdict::Skip, Cause::NotFromHere, Stage::Plan, evidence)
}

/// What an observation of a check by `route` comes to.
pub(super) fn judge(
    check: &Check,
    route: &Route,
    observation: &Observation,
    now: OffsetDateTime,
) -> (Judgement, Tried) {
    let (judgement, tried) = judge_seen(check, observation, now);
    let Route::Through(proxy) = route else {
        return (judgement, tried);
    };
    let judgement = proxy::own_answer(check, proxy, observation).unwrap_or(judgement);
    (judgement.and([format!("through {proxy}")]), tried)
}

fn judge_seen(check: &Check, observation: &Observation, now: OffsetDateTime) -> (Judgement, Tried) {
    match observation {
        Observation::Interrupted => {
            let judgement = Judgement::of(
                Verdict::Inconclusive,
                Cause::Interrupted,
                Stage::Plan,
                "the run ended before this was decided".to_owned(),
            );
            (judgement, Tried::default())
        }
        Observation::Unresolved(error, lookup) => {
            let tried = Tried {
                elapsed: lookup.elapsed,
                ..Tried::default()
            };
            (names::unresolved(check, error, lookup), tried)
        }
        Observation::Tried { lookup, addresses } => {
            judge_tried(check, lookup.as_ref(), addresses, now)
        }
        Observation::Relayed(seen) => {
            let tried = Tried {
                elapsed: seen.elapsed,
                ..Tried::default()
            };
            (port(check, None, seen, now), tried)
        }
    }
}

fn judge_tried(
    check: &Check,
    lookup: Option<&Lookup>,
    addresses: &[AddressObservation],
    now: OffsetDateTime,
) -> (Judgement, Tried) {
    let judged: Vec<(&AddressObservation, Judgement)> = addresses
        .iter()
        .map(|seen| (seen, judge_address(check, seen, now)))
        .collect();
    let judgement = address::merge(check, lookup, &judged);
    let tried = Tried {
        addresses: judged
            .iter()
            .map(|(seen, judgement)| address_finding(check, seen, judgement))
            .collect(),
        sweep: sweep(check, addresses, now),
        elapsed: lookup.map_or(Duration::ZERO, |lookup| lookup.elapsed) + slowest(addresses),
    };
    (judgement, tried)
}

fn slowest(addresses: &[AddressObservation]) -> Duration {
    let ports = addresses.iter().flat_map(|address| &address.ports);
    ports.map(|port| port.elapsed).max().unwrap_or_default()
}

fn address_finding(
    check: &Check,
    seen: &AddressObservation,
    judgement: &Judgement,
) -> AddressFinding {
    let port = match check.ports() {
        Ports::One(port) => Some(port),
        Ports::None | Ports::Range(_) => None,
    };
    AddressFinding {
        address: seen.address,
        port,
        verdict: judgement.verdict,
        cause: judgement.cause,
        elapsed: seen
            .ports
            .iter()
            .map(|port| port.elapsed)
            .max()
            .unwrap_or_default(),
    }
}

/// What one address comes to: its only port, or the worst of the ports of a range.
fn judge_address(check: &Check, seen: &AddressObservation, now: OffsetDateTime) -> Judgement {
    let judged: Vec<Judgement> = seen
        .ports
        .iter()
        .map(|seen_port| port(check, Some(seen.address), seen_port, now))
        .collect();
    let failed = judged.iter().filter(|judgement| is_bad(judgement)).count();
    let total = judged.len();
    let worst = judged
        .into_iter()
        .rev()
        .max_by_key(|judgement| judgement.verdict);
    let Some(mut worst) = worst else {
        return Judgement::of(
            Verdict::Inconclusive,
            Cause::Interrupted,
            Stage::Plan,
            "nothing was tried".to_owned(),
        );
    };
    if total > 1 {
        let tried = text::count(total, "port");
        worst.evidence.insert(
            0,
            match failed {
                0 => format!("{tried} of the range tried, all good"),
                _ if failed == total => format!("{tried} of the range tried, none good"),
                _ => format!("{failed} of {tried} tried of the range are not good"),
            },
        );
    }
    worst
}

fn is_bad(judgement: &Judgement) -> bool {
    match judgement.verdict {
        Verdict::Fail | Verdict::Inconclusive => true,
        Verdict::Pass | Verdict::Skip | Verdict::Warn => false,
    }
}

/// What became of a range over all addresses; `None` unless the check is of a range.
fn sweep(check: &Check, addresses: &[AddressObservation], now: OffsetDateTime) -> Option<Sweep> {
    let Ports::Range(range) = check.ports() else {
        return None;
    };
    let checked = addresses.first().map_or(0, |address| address.ports.len());
    let mut failed: Vec<(Port, Port)> = Vec::new();
    let mut neighbour_failed = false;
    for index in 0..checked {
        let bad = addresses.iter().find_map(|address| {
            let port = address.ports.get(index)?;
            let judgement = self::port(check, Some(address.address), port, now);
            is_bad(&judgement).then_some(port.port?)
        });
        match (bad, failed.last_mut()) {
            (Some(port), Some(last)) if neighbour_failed => last.1 = port,
            (Some(port), _) => failed.push((port, port)),
            (None, _) => {}
        }
        neighbour_failed = bad.is_some();
    }
    Some(Sweep {
        range,
        checked,
        failed,
    })
}

/// What one port of one address comes to, or of a host that a proxy reaches.
pub(super) fn port(
    check: &Check,
    address: Option<IpAddr>,
    seen: &PortObservation,
    now: OffsetDateTime,
) -> Judgement {
    let whom = || address.map_or_else(|| host_of(check), |address| address.to_string());
    let judgement = match &seen.reached {
        _ if check.responder => responder::judge(check, address, seen),
        Reached::NotConnected(error) => connect::judge(check, address, error, seen.elapsed),
        Reached::NotRelayed { proxy, fault } => proxy::judge(check, proxy, fault, now),
        Reached::Silence => connect::silence(check, seen.elapsed),
        Reached::Connected => connect::connected(check, &whom()),
        Reached::Tls { .. } | Reached::Replied { .. } if !asks_the_service(check) => {
            let words = match &seen.reached {
                Reached::Replied { reply, .. } => reply::facts(reply),
                Reached::NotConnected(_)
                | Reached::NotRelayed { .. }
                | Reached::Silence
                | Reached::Connected
                | Reached::Tls { .. } => Vec::new(),
            };
            connect::connected(check, &whom()).and(words)
        }
        Reached::Tls { tls, reply: None } => tls::judge(check, tls, now),
        Reached::Tls {
            tls,
            reply: Some(reply),
        } => judge_behind_tls(check, tls, reply, now),
        Reached::Replied { reply, tls } => {
            let judged = reply::judge(check, reply);
            match tls {
                Some(tls) => worse(judged, tls::judge(check, tls, now)),
                None => judged,
            }
        }
    };
    let judgement = connect::with_loss(judgement, seen.attempts);
    pace::with_delay(judgement, check, seen)
}

/// A handshake and what was said behind it. Dates that do not fit are this machine's fault if the
/// service's own clock says so.
fn judge_behind_tls(
    check: &Check,
    tls: &TlsObservation,
    reply: &Reply,
    now: OffsetDateTime,
) -> Judgement {
    let handshake = tls::judge(check, tls, now);
    let ahead = match &reply.details {
        Details::Http(head) => http::clock_ahead(head, now),
        Details::Ntp(_) | Details::Responder(_) | Details::None => None,
    };
    let dated = matches!(
        handshake.cause,
        Some(Cause::TlsExpired | Cause::TlsNotYetValid)
    );
    match ahead {
        Some(ahead) if dated && ahead.abs() > reply::CLOCK_SKEW => Judgement {
            verdict: handshake.verdict,
            ..reply::skewed(ahead).and(handshake.evidence)
        },
        Some(_) | None if handshake.verdict == Verdict::Fail => handshake,
        Some(_) | None => worse(handshake, reply::judge(check, reply)),
    }
}

/// Whether this check is about what the service says, not only about reaching it.
fn asks_the_service(check: &Check) -> bool {
    check.expect == Expect::Service && check.protocol != crate::net::Protocol::Tcp
}

/// The worse of two judgements of one connection, with the evidence of both; on a tie the first.
fn worse(first: Judgement, second: Judgement) -> Judgement {
    if second.verdict > first.verdict {
        second.and(first.evidence)
    } else {
        let stage = first.stage.max(second.stage);
        Judgement {
            stage,
            ..first.and(second.evidence)
        }
    }
}

/// What is not the site's fault, or does not decide, does not fail.
fn soften(check: &Check, mut judgement: Judgement) -> Judgement {
    let bad = is_bad(&judgement) || judgement.verdict == Verdict::Warn;
    if let (Some(withdrawn), true) = (&check.withdrawn, bad) {
        let was = judgement.cause.map_or("", Cause::code);
        let evidence = format!(
            "{} ended this service on {}, so `{was}` is not this site's fault",
            withdrawn.by, withdrawn.since
        );
        judgement.evidence.insert(0, evidence);
        if judgement.cause != Some(Cause::Interrupted) {
            judgement.cause = Some(Cause::WithdrawnByVendor);
            judgement.beneath = None;
            judgement.remedy = None;
            judgement.evidence.truncate(2);
            judgement.verdict = Verdict::Warn;
        }
    } else if check.informative && judgement.verdict == Verdict::Fail {
        judgement.verdict = Verdict::Warn;
        judgement
            .evidence
            .push("only informs: the rule's other transport decides".to_owned());
    }
    judgement
}

/// The host a check reaches, for people.
pub(super) fn host_of(check: &Check) -> String {
    match &check.endpoint {
        CheckEndpoint::Bound(endpoint) => endpoint.host.to_string(),
        CheckEndpoint::Unbound { host, .. } => host.clone(),
    }
}

/// Whether a fault of a certificate fails the check: not for a rule about hosts of the site's own,
/// whose certificates are made in many ways (the port is what the rule is about).
pub(super) fn certificates_gate(check: &Check) -> bool {
    check.catalog.is_none() || check.pki != Pki::Any
}
