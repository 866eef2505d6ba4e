//! How far packets get that fail, looked at once the controls are done.

use std::time::Duration;

use time::OffsetDateTime;

use super::interrupt::{Signal, Signals};
use crate::{
    diagnose::{Controls, Traced, diagnose, path_questions},
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

/// Walks the path of what fails; nothing is sent where nothing does. A deadline leaves it out, a
/// signal is told.
pub(crate) async fn walk(
    so_far: SoFar<'_>,
    prober: &NetProber,
    signals: &mut Signals,
) -> Result<Vec<Traced>, Signal> {
    let SoFar {
        plan,
        seen,
        controls,
        started,
        left,
    } = so_far;
    let diagnosis = diagnose(plan, seen, controls, started);
    let questions = path_questions(plan, seen, controls, &diagnosis);
    if questions.is_empty() {
        return Ok(Vec::new());
    }
    let walks = prober.paths(&questions);
    let walked = tokio::select! {
        biased;
        seen = walks => seen,
        signal = signals.first() => return Err(signal),
        () = tokio::time::sleep(left.unwrap_or(Duration::MAX)) => Vec::new(),
    };
    let traced = questions.into_iter().zip(walked);
    Ok(traced
        .map(|(question, seen)| Traced { question, seen })
        .collect())
}
