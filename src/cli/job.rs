//! One run of a plan: probes sent, what they saw judged, the report of it.

use std::{io, time::Duration};

use time::OffsetDateTime;
use tokio::{runtime::Runtime, time::Instant};

use super::{
    command::{Network, Output},
    failure::{Failure, Fault, reason},
    gate::Gate,
    interrupt::{Signal, Signals},
    prober::{limits, prober},
    walk::{SoFar, walk},
};
use crate::{
    diagnose::{Controls, diagnose, follow_ups, readiness},
    diff::diff,
    engine::{self, Done, Ending, Limits, Span},
    machine::Ready,
    plan::Plan,
    probe::NetProber,
    report::{Interrupt, Meta, Redactor, Report, Sources, Trace},
};

/// What is to be done, and how.
pub(crate) struct Job {
    pub(crate) plan: Plan,
    pub(crate) sources: Sources,
    /// The name of this machine.
    pub(crate) host: String,
    pub(crate) network: Network,
    pub(crate) output: Output,
    pub(crate) gate: Gate,
    /// What replaces addresses and names, if that is wanted.
    pub(crate) redactor: Option<Redactor>,
}

impl Job {
    /// What sends the probes, ready to.
    ///
    /// # Errors
    /// Network options that cannot be used.
    pub(crate) fn prober(&self) -> Result<NetProber, Failure> {
        let prober = prober(&self.network)?;
        prober.get_ready(&self.plan);
        Ok(prober)
    }

    /// Sends every probe, telling `on` of each that is done, and judges what they saw.
    pub(crate) fn report(
        &self,
        runner: &mut Runner,
        prober: &NetProber,
        on: &mut dyn FnMut(Done<'_>),
    ) -> Report {
        // Before the first packet: our own sockets are none of the product's.
        let own = Ready::read(&self.plan.needs);
        let started = OffsetDateTime::now_utc();
        let clock = Instant::now();
        let way = Way {
            prober,
            limits: limits(&self.network),
            walks: self.network.walks.then_some(started),
        };
        let seen = runner.observe(&self.plan, &way, on);
        let meta = Meta {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            host: self.host.clone(),
            started,
            elapsed: clock.elapsed(),
            interrupted: seen.interrupted,
            strict: self.output.strict,
        };
        let mut diagnosis = diagnose(&self.plan, &seen.trace.seen, &seen.controls, started);
        diagnosis.local = readiness::judge(&self.plan.needs, &own);
        let report = Report::new(&meta, &self.plan, &diagnosis)
            .traced(&self.plan, &seen.trace)
            .cited(&self.sources);
        match &self.gate.baseline {
            Some(baseline) => {
                let baseline = diff(baseline, &report).baseline();
                report.gated_by(baseline)
            }
            None => report,
        }
    }
}

/// What came of the probes, and of the controls after them.
struct Seen {
    trace: Trace,
    controls: Controls,
    /// What cut them short.
    interrupted: Option<Interrupt>,
}

/// How a run observes.
struct Way<'a> {
    prober: &'a NetProber,
    limits: Limits,
    /// When the run began, if the path of what fails is looked at.
    walks: Option<OffsetDateTime>,
}

/// Where probes run, each on this thread, until a signal ends them.
pub(crate) struct Runner {
    runtime: Runtime,
    signals: Signals,
}

impl Runner {
    /// Listens for signals from now on.
    ///
    /// # Errors
    /// When the system refuses.
    pub(crate) fn start() -> Result<Self, Failure> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| own("start the runtime", &error))?;
        let signals = {
            let _within = runtime.enter();
            Signals::listen().map_err(|error| own("listen for signals", &error))?
        };
        Ok(Self { runtime, signals })
    }

    /// Sends the plan's probes, then the controls if there was time for all of them.
    fn observe(&mut self, plan: &Plan, way: &Way<'_>, on: &mut dyn FnMut(Done<'_>)) -> Seen {
        let Self { runtime, signals } = self;
        runtime.block_on(observe(plan, way, signals, on))
    }

    /// Waits, and tells the signal that came meanwhile.
    pub(crate) fn pause(&mut self, duration: Duration) -> Option<Interrupt> {
        let Self { runtime, signals } = self;
        runtime.block_on(async {
            tokio::select! {
                signal = signals.first() => Some(interrupt(signal)),
                () = tokio::time::sleep(duration) => None,
            }
        })
    }

    /// Nothing is sent any more: the next signal ends the process, and a lookup that still hangs
    /// does not hold up the report.
    pub(crate) fn end(self) {
        self.signals.end_at_once();
        self.runtime.shutdown_background();
    }
}

async fn observe(
    plan: &Plan,
    way: &Way<'_>,
    signals: &mut Signals,
    on: &mut dyn FnMut(Done<'_>),
) -> Seen {
    let Way { prober, limits, .. } = *way;
    let clock = Instant::now();
    let mut spans = vec![Span::default(); plan.probes.len()];
    let note = |done: Done<'_>| {
        spans[done.index] = done.span;
        on(done);
    };
    let (seen, ending) = engine::run(plan, prober, limits, signals.first(), note).await;
    let mut interrupted = cut(ending);
    let mut controls = Controls::default();
    let left = |clock: Instant| {
        let deadline = limits.deadline;
        deadline.map(|deadline| deadline.saturating_sub(clock.elapsed()))
    };
    if interrupted.is_none() {
        let limits = Limits {
            deadline: left(clock),
            ..limits
        };
        controls.plan = follow_ups(plan, &seen);
        let stop = signals.first();
        let (seen, ending) = engine::run(&controls.plan, prober, limits, stop, |_| ()).await;
        controls.seen = seen;
        // Every check is done by now: a deadline cuts nothing short.
        interrupted = cut(ending).filter(|cut| *cut != Interrupt::Deadline);
    }
    if let (None, Some(started)) = (interrupted, way.walks) {
        let so_far = SoFar {
            plan,
            seen: &seen,
            controls: &controls,
            started,
            left: left(clock),
        };
        match walk(so_far, prober, signals).await {
            Ok(walked) => {
                controls.paths = walked.paths;
                controls.own_firewall = walked.own_firewall;
            }
            Err(signal) => interrupted = Some(interrupt(signal)),
        }
    }
    Seen {
        trace: Trace { seen, spans },
        controls,
        interrupted,
    }
}

fn cut(ending: Ending<Signal>) -> Option<Interrupt> {
    match ending {
        Ending::Complete => None,
        Ending::Deadline => Some(Interrupt::Deadline),
        Ending::Stopped(signal) => Some(interrupt(signal)),
    }
}

const fn interrupt(signal: Signal) -> Interrupt {
    match signal {
        Signal::HangUp => Interrupt::Sighup,
        Signal::Interrupt => Interrupt::Sigint,
        Signal::Quit => Interrupt::Sigquit,
        Signal::Terminate => Interrupt::Sigterm,
    }
}

fn own(what: &str, error: &io::Error) -> Failure {
    Failure::Own(Fault::new(format!("cannot {what}: {}", reason(error))))
}
