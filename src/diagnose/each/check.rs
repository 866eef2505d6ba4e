//! One check, judged by what its probe saw.

use std::time::Duration;

use time::OffsetDateTime;

use super::{
    address, names, pace,
    port::judge_port,
    proxy,
    sweep::{judge_address, swept},
};
use crate::{
    catalog::Withdrawn,
    diagnose::{
        AddressFinding, Cause, Finding, Outcome, Stage, Sweep, Weight, judgement::Judgement, places,
    },
    fact::{Figure, PlanFact, ProxyFact, Said as _, Sentence},
    net::Ports,
    observation::{AddressObservation, Lookup, Observation},
    plan::{Check, CheckStep, Plan},
    site::Route,
};

/// What a check of the plan comes to.
pub(in crate::diagnose) fn finding(
    plan: &Plan,
    index: usize,
    seen: &[Observation],
    now: OffsetDateTime,
) -> Finding {
    let seen = match &plan.checks[index].step {
        CheckStep::Probe(id) => seen.get(id.0),
        CheckStep::NotConfigured { .. }
        | CheckStep::NotFromHere { .. }
        | CheckStep::NotNeeded { .. }
        | CheckStep::Withdrawn(_) => None,
    };
    finding_of(plan, index, seen.unwrap_or(&Observation::Interrupted), now)
}

/// What a check comes to by what its probe saw, if it has one.
pub(in crate::diagnose) fn finding_of(
    plan: &Plan,
    index: usize,
    seen: &Observation,
    now: OffsetDateTime,
) -> Finding {
    let check = &plan.checks[index];
    let (judgement, tried) = match &check.step {
        CheckStep::Probe(_) => judge(check, plan.route(check), seen, now),
        CheckStep::NotConfigured { flag, reason } => {
            (not_configured(flag, reason.as_ref()), Tried::default())
        }
        CheckStep::NotFromHere { from, inbound, .. } => {
            (not_from_here(check, from, *inbound), Tried::default())
        }
        CheckStep::NotNeeded { chosen } => (not_needed(check, chosen), Tried::default()),
        CheckStep::Withdrawn(ended) => (withdrawn(ended), Tried::default()),
    };
    let judgement = judgement.and(check.notes.iter().cloned());
    Finding {
        check: index,
        outcome: judgement.outcome,
        weight: Weight::of(check, judgement.outcome),
        beneath: judgement.beneath,
        certainty: judgement.certainty,
        stage: judgement.stage,
        explained_by: None,
        remedy: places::remedy(check, &judgement),
        evidence: judgement.evidence,
        addresses: tried.addresses,
        path: None,
        sweep: tried.sweep,
        elapsed: tried.elapsed,
    }
}

/// What was tried for a check, beside what it comes to.
#[derive(Default)]
pub(in crate::diagnose) struct Tried {
    addresses: Vec<AddressFinding>,
    sweep: Option<Sweep>,
    elapsed: Duration,
}

fn not_configured(flag: &Sentence, reason: Option<&PlanFact>) -> Judgement {
    let needs = || PlanFact::NeedsFlag { flag: flag.clone() };
    let evidence = reason.cloned().unwrap_or_else(needs);
    Judgement::of(
        Outcome::NotTried(Cause::NotConfigured),
        Stage::Plan,
        evidence,
    )
}

fn not_from_here(check: &Check, from: &str, inbound: bool) -> Judgement {
    let evidence = if inbound {
        PlanFact::Inbound {
            from: from.into(),
            to: check.to.as_str().into(),
        }
    } else {
        PlanFact::OpenedElsewhere { from: from.into() }
    };
    Judgement::of(Outcome::NotTried(Cause::NotFromHere), Stage::Plan, evidence)
}

fn not_needed(check: &Check, chosen: &str) -> Judgement {
    let evidence = PlanFact::AlternativeChosen {
        rule: chosen.into(),
        host: check.whom(),
    };
    Judgement::of(Outcome::NotTried(Cause::NotNeeded), Stage::Plan, evidence)
}

fn withdrawn(ended: &Withdrawn) -> Judgement {
    let evidence = PlanFact::Withdrawn {
        by: ended.by.as_str().into(),
        since: Figure(ended.since.clone()),
    };
    Judgement::of(
        Outcome::NotTried(Cause::WithdrawnByVendor),
        Stage::Plan,
        evidence,
    )
}

/// What an observation of a check by `route` comes to.
pub(in crate::diagnose) fn judge(
    check: &Check,
    route: &Route,
    observation: &Observation,
    now: OffsetDateTime,
) -> (Judgement, Tried) {
    let (judgement, tried) = judge_seen(check, observation, now);
    let Route::Through(proxy) = route else {
        return (judgement, tried);
    };
    let own = proxy::own_answer(check, proxy, observation, now);
    let judgement = own.unwrap_or(judgement);
    (
        judgement.and([ProxyFact::Through {
            proxy: proxy.said(),
        }]),
        tried,
    )
}

fn judge_seen(check: &Check, observation: &Observation, now: OffsetDateTime) -> (Judgement, Tried) {
    match observation {
        Observation::Interrupted => {
            let judgement = Judgement::of(
                Outcome::Unknown(Cause::Interrupted),
                Stage::Plan,
                PlanFact::Undecided,
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
            (judge_port(check, None, seen, now), tried)
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
    let judgement = pace::with_slow_name(address::merge(check, lookup, &judged), lookup);
    let tried = Tried {
        addresses: judged
            .iter()
            .map(|(seen, judgement)| address_finding(check, seen, judgement))
            .collect(),
        sweep: swept(check, addresses, now),
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
        from: seen.from,
        port,
        outcome: judgement.outcome,
        elapsed: seen
            .ports
            .iter()
            .map(|port| port.elapsed)
            .max()
            .unwrap_or_default(),
    }
}
