//! The ports of one address together, and what became of a range over all addresses.

use time::OffsetDateTime;

use super::port::judge_port;
use crate::{
    diagnose::{Cause, Outcome, Stage, Sweep, judgement::Judgement},
    fact::{ConnectFact, Count, PlanFact},
    net::{Port, Ports},
    observation::AddressObservation,
    plan::Check,
};

/// What one address comes to: its only port, or the worst of the ports of a range.
pub(super) fn judge_address(
    check: &Check,
    seen: &AddressObservation,
    now: OffsetDateTime,
) -> Judgement {
    let judged: Vec<Judgement> = seen
        .ports
        .iter()
        .map(|seen_port| judge_port(check, Some(seen.address), seen_port, now))
        .collect();
    let failed = judged
        .iter()
        .filter(|judgement| judgement.outcome.is_bad())
        .count();
    let total = judged.len();
    let worst = judged
        .into_iter()
        .rev()
        .max_by_key(|judgement| judgement.outcome.severity());
    let Some(mut worst) = worst else {
        return Judgement::of(
            Outcome::Unknown(Cause::Interrupted),
            Stage::Plan,
            PlanFact::NothingTried,
        );
    };
    if total > 1 {
        let tried = Count {
            number: total,
            noun: "port",
        };
        let fact = match failed {
            0 => ConnectFact::RangeAllGood { tried },
            _ if failed == total => ConnectFact::RangeNoneGood { tried },
            _ => ConnectFact::RangeSomeBad { failed, tried },
        };
        worst.evidence.insert(0, fact.into());
    }
    worst
}

/// What became of a range over all addresses; `None` unless the check is of a range.
pub(super) fn swept(
    check: &Check,
    addresses: &[AddressObservation],
    now: OffsetDateTime,
) -> Option<Sweep> {
    let Ports::Range(range) = check.ports() else {
        return None;
    };
    let checked = addresses.first().map_or(0, |address| address.ports.len());
    let mut failed: Vec<(Port, Port)> = Vec::new();
    for index in 0..checked {
        let bad = addresses.iter().find_map(|address| {
            let port = address.ports.get(index)?;
            let judgement = judge_port(check, Some(address.address), port, now);
            judgement.outcome.is_bad().then_some(port.port?)
        });
        let Some(port) = bad else { continue };
        match failed.last_mut() {
            // Of what lies between two ports of a sample nobody knows anything.
            Some((_, last)) if last.get().checked_add(1) == Some(port.get()) => *last = port,
            Some(_) | None => failed.push((port, port)),
        }
    }
    Some(Sweep {
        range,
        checked,
        failed,
    })
}
