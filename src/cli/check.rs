//! `run`, `plan` and `probe`: from what was typed to what is to be done, each thing read once.

use super::{
    arguments::{PlanArguments, PlanFormat, ProbeArguments, RunArguments},
    command::{expectation, selection},
    failure::Failure,
    hint,
    inputs::Ground,
    job::Job,
    lists::{self, Wanted},
    once, outlets, print, print_json,
    proxies::{proxies, routed},
    sending::Sending,
    terminal::Terminal,
    watch,
};
use crate::{page, plan};

/// `portcheck run`.
///
/// # Errors
/// The user's mistakes, before the first packet; our own failures after it.
pub(crate) fn run(arguments: RunArguments) -> Result<u8, Failure> {
    let sending = Sending::read(arguments.sending)?;
    let selection = selection(&arguments.selection, &arguments.expectation);
    let ground = Ground::read(&arguments.selection.catalogs)?;
    let planned = ground.plan(&arguments.site, &selection)?;
    if !sending.is_quiet() {
        hint::of_machine(&ground.machine);
        hint::of_plan(&planned);
    }
    carry_out(sending.job(ground, planned.plan)?)
}

/// `portcheck probe`.
///
/// # Errors
/// As [`run`].
pub(crate) fn probe(arguments: ProbeArguments) -> Result<u8, Failure> {
    let sending = Sending::read(arguments.sending)?;
    let expect = expectation(&arguments.expectation);
    let ground = Ground::read(&arguments.catalogs)?;
    let checks = lists::checks(&Wanted {
        endpoints: &arguments.endpoints,
        from: &arguments.from,
        ports: arguments.ports.as_deref(),
    })?;
    let plan = plan::ad_hoc(&ground.catalogs, &checks, expect);
    if !sending.is_quiet() {
        hint::of_machine(&ground.machine);
    }
    carry_out(sending.job(ground, plan)?)
}

/// Once, or again and again.
fn carry_out(mut job: Job) -> Result<u8, Failure> {
    let redactor = job.redactor.take();
    match job.gate.watch {
        Some(watch) => watch::watch(&job, watch, redactor),
        None => once::once(&job, redactor),
    }
}

/// `portcheck plan`.
///
/// # Errors
/// The user's mistakes; a stdout that takes no more.
pub(crate) fn plan(arguments: &PlanArguments) -> Result<u8, Failure> {
    let selection = selection(&arguments.selection, &arguments.expectation);
    let ground = Ground::read(&arguments.selection.catalogs)?;
    let proxies = proxies(&arguments.proxy)?;
    let mut planned = ground.plan(&arguments.site, &selection)?;
    planned.plan = routed(planned.plan, &proxies)?;
    hint::of_machine(&ground.machine);
    hint::of_plan(&planned);
    match arguments.shown.format {
        PlanFormat::Table => {
            let style = outlets::style(Terminal::stdout(), arguments.shown.verbose);
            print(&page::plan_text(&planned.plan, &style))
        }
        PlanFormat::Json => print_json(&page::plan_json(&planned.plan)),
    }
}
