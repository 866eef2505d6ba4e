//! NDJSON while the run still goes on: a line a finding, each as soon as it is decided.

use std::collections::HashMap;

use time::OffsetDateTime;

use super::{failure::Fault, job::Job, sink};
use crate::{
    diagnose::{self, Decider},
    engine::{Done, Span},
    observation::Observation,
    plan::CheckStep,
    report::{Finding, Redactor, Report, write_ndjson_line},
};

/// The lines that were printed so far.
pub(crate) struct Stream<'a> {
    job: &'a Job,
    decider: Decider<'a>,
    /// What the probes that are done saw.
    seen: HashMap<usize, (Observation, Span)>,
    /// What was printed, by the place of the check.
    told: HashMap<usize, Finding>,
    /// Why stdout took no more.
    fault: Option<Fault>,
}

impl<'a> Stream<'a> {
    /// Prints what is decided before the first packet.
    pub(crate) fn start(job: &'a Job, redactor: Option<&mut Redactor>) -> Self {
        let decider = Decider::new(&job.plan, OffsetDateTime::now_utc());
        let at_once = decider.at_once();
        let mut stream = Self {
            job,
            decider,
            seen: HashMap::new(),
            told: HashMap::new(),
            fault: None,
        };
        stream.tell(at_once, redactor);
        stream
    }

    /// Prints what is decided now.
    pub(crate) fn learn(&mut self, done: Done<'_>, redactor: Option<&mut Redactor>) {
        let seen = (done.observation.clone(), done.span);
        self.seen.insert(done.index, seen);
        let decided = self.decider.learn(done.index, done.observation);
        self.tell(decided, redactor);
    }

    fn tell(&mut self, decided: Vec<diagnose::Finding>, mut redactor: Option<&mut Redactor>) {
        for judged in decided {
            let seen = match &self.job.plan.checks[judged.check].step {
                CheckStep::Probe(id) => self.seen.get(&id.0),
                CheckStep::NotConfigured { .. }
                | CheckStep::NotFromHere { .. }
                | CheckStep::NotNeeded { .. }
                | CheckStep::Withdrawn(_) => None,
            };
            let seen = seen.map(|(observation, span)| (observation, *span));
            let mut finding = Finding::early(&self.job.plan, &judged, &self.job.sources, seen);
            if let Some(redactor) = redactor.as_deref_mut() {
                redactor.finding(&mut finding);
            }
            self.print(&finding);
            self.told.insert(judged.check, finding);
        }
    }

    /// Prints what the whole run decided: every finding that was not told, or not so.
    ///
    /// # Errors
    /// When stdout took no more, now or before.
    pub(crate) fn finish(mut self, report: &Report) -> Result<(), Fault> {
        for (index, finding) in report.findings.iter().enumerate() {
            if self.told.get(&index) != Some(finding) {
                self.print(finding);
            }
        }
        self.fault.map_or(Ok(()), Err)
    }

    fn print(&mut self, finding: &Finding) {
        if self.fault.is_some() {
            return;
        }
        let mut line = Vec::new();
        // Writing to memory does not fail.
        let _ = write_ndjson_line(finding, &mut line);
        self.fault = sink::print(&line).err();
    }
}
