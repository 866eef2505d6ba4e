//! How far packets get that fail, looked at once the controls are done.

use std::time::Duration;

use time::OffsetDateTime;

use super::interrupt::{Signal, Signals};
use crate::{
    diagnose::{Controls, Traced, diagnose, own_firewall_addresses, path_questions},
    machine::firewall::OwnFirewall,
    observation::Observation,
    plan::Plan,
    probe::NetProber,
};

/// What was seen of a run so far.
pub(crate) struct SoFar<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) seen: &'a [Observation],
    pub(crate) controls: &'a Controls,
    /// When the run began, by this machine's clock.
    pub(crate) started: OffsetDateTime,
    /// How much of the run's time is left, if it has an end.
    pub(crate) left: Option<Duration>,
}

/// What was learnt of why packets do not get there.
#[derive(Default)]
pub(crate) struct Walked {
    pub(crate) paths: Vec<Traced>,
    pub(crate) own_firewall: Option<OwnFirewall>,
}

/// Walks the path of what fails, and reads this machine's own rules; nothing is sent where nothing
/// fails. A deadline leaves it out, a signal is told.
pub(crate) async fn walk(
    so_far: SoFar<'_>,
    prober: &NetProber,
    signals: &mut Signals,
) -> Result<Walked, Signal> {
    let SoFar {
        plan,
        seen,
        controls,
        started,
        left,
    } = so_far;
    let diagnosis = diagnose(plan, seen, controls, started);
    let questions = path_questions(plan, seen, controls, &diagnosis);
    let addresses = own_firewall_addresses(plan, &diagnosis.findings);
    let own_firewall = if addresses.is_empty() {
        None
    } else {
        OwnFirewall::read(prober.exits(addresses))
    };
    if questions.is_empty() {
        return Ok(Walked {
            own_firewall,
            ..Walked::default()
        });
    }
    let walks = prober.paths(&questions);
    let walked = tokio::select! {
        biased;
        seen = walks => seen,
        signal = signals.first() => return Err(signal),
        () = tokio::time::sleep(left.unwrap_or(Duration::MAX)) => Vec::new(),
    };
    let traced = questions.into_iter().zip(walked);
    Ok(Walked {
        paths: traced
            .map(|(question, seen)| Traced { question, seen })
            .collect(),
        own_firewall,
    })
}
