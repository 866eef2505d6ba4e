//! `run`, `plan` and `probe`: from what is meant to the report.

use std::{io, time::Instant};

use time::OffsetDateTime;

use super::{
    arguments::{NetworkFlags, OutputFlags, PlanArguments, ProbeArguments, RunArguments},
    command::{Network, Output, Reader, Shown, selection},
    complain,
    failure::{Failure, Fault, reason},
    inputs,
    interrupt::{Signal, Signals},
    outlets::{self, Outlets},
    print, print_json,
    prober::{limits, prober},
    progress::Progress,
    terminal::Terminal,
};
use crate::{
    catalog::{Catalog, Catalogs},
    diagnose::{Controls, controls::follow_ups, diagnose},
    engine::{self, Done, Ending, Limits, Span},
    plan::Plan,
    probe::NetProber,
    report::{self, Format, Interrupt, Meta, Report, Trace},
    site::{HostFacts, Site},
};

/// `portcheck run`.
///
/// # Errors
/// The user's mistakes, before the first packet; our own failures after it.
pub(crate) fn run(arguments: RunArguments) -> Result<u8, Failure> {
    let (network, output) = meant(arguments.network, arguments.output)?;
    let facts = HostFacts::read();
    let catalogs = inputs::catalogs(&arguments.selection.catalogs.catalog)?;
    let selection = selection(&arguments.selection, &arguments.expectation);
    let (site, plan) = inputs::plan(&catalogs, &facts, &arguments.site, &selection)?;
    note(&site, output.quiet);
    check((&plan, &catalogs), &facts, (&network, &output))
}

/// `portcheck probe`.
///
/// # Errors
/// As [`run`].
pub(crate) fn probe(arguments: ProbeArguments) -> Result<u8, Failure> {
    let (network, output) = meant(arguments.network, arguments.output)?;
    let catalogs = inputs::catalogs(&arguments.catalogs.catalog)?;
    let plan = inputs::ad_hoc(&catalogs, &arguments.endpoints, &arguments.expectation)?;
    check((&plan, &catalogs), &HostFacts::read(), (&network, &output))
}

/// `portcheck plan`.
///
/// # Errors
/// The user's mistakes; a stdout that takes no more.
pub(crate) fn plan(arguments: &PlanArguments) -> Result<u8, Failure> {
    let catalogs = inputs::catalogs(&arguments.selection.catalogs.catalog)?;
    let selection = selection(&arguments.selection, &arguments.expectation);
    let facts = HostFacts::read();
    let (site, plan) = inputs::plan(&catalogs, &facts, &arguments.site, &selection)?;
    note(&site, false);
    let Shown { format, verbose } = Shown::from(&arguments.shown);
    match format {
        Format::Table => {
            let style = outlets::style(Terminal::stdout(), verbose);
            print(&report::plan_text(&plan, &style))
        }
        Format::Json => print_json(&report::plan_json(&plan)),
        Format::Ndjson
        | Format::Junit
        | Format::Tap
        | Format::Sarif
        | Format::Markdown
        | Format::Html
        | Format::Csv
        | Format::Prometheus
        | Format::Nagios
        | Format::Github => Err(Failure::Input(vec![Fault::new(format!(
            "`--format`: got `{}`, expected `table` or `json`: a plan has no results",
            format.word()
        ))])),
    }
}

fn meant(network: NetworkFlags, output: OutputFlags) -> Result<(Network, Output), Failure> {
    let mut reader = Reader::default();
    let meant = (reader.network(network), reader.output(output));
    reader.finish(meant)
}

/// Sends the plan's probes, judges what they saw and reports it; the exit code is the verdict, in
/// the words of whom the format is for.
fn check(
    (plan, catalogs): (&Plan, &Catalogs),
    facts: &HostFacts,
    (network, output): (&Network, &Output),
) -> Result<u8, Failure> {
    let prober = prober(network)?;
    prober.get_ready(plan);
    let outlets = Outlets::open(output)?;
    let started = OffsetDateTime::now_utc();
    let clock = Instant::now();
    let (trace, controls, interrupted) = observe(plan, &prober, limits(network), output.quiet)?;
    let meta = Meta {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        host: facts.name.clone(),
        started,
        elapsed: clock.elapsed(),
        interrupted,
        strict: output.strict,
    };
    let diagnosis = diagnose(plan, &trace.seen, &controls, started);
    let catalogs: Vec<&Catalog> = catalogs.iter().collect();
    let report = Report::new(&meta, plan, &diagnosis)
        .traced(plan, &trace)
        .cited(&catalogs);
    outlets.write(&report)?;
    Ok(match output.shown.format {
        Format::Nagios => report::nagios_exit_code(&report),
        _ => report.exit_code,
    })
}

/// Hosts that were given and are not checked, on stderr.
fn note(site: &Site, quiet: bool) {
    for address in site.dropped.iter().filter(|_| !quiet) {
        complain(&format!(
            "note: `{address}` is this machine and is no target\n"
        ));
    }
}

/// What the probes saw, what the controls saw after them, and what cut them short.
type Seen = (Trace, Controls, Option<Interrupt>);

/// Sends the probes, each on this thread.
fn observe(plan: &Plan, prober: &NetProber, limits: Limits, quiet: bool) -> Result<Seen, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| own("start the runtime", &error))?;
    let progress = Progress::start(plan.probes.len(), quiet);
    let seen = runtime
        .block_on(watch(plan, prober, limits, &progress))
        .map_err(|error| own("listen for signals", &error))?;
    // A lookup that still hangs must not hold up the report.
    runtime.shutdown_background();
    Ok(seen)
}

/// The probes, then the controls if there was time for all of them.
async fn watch(
    plan: &Plan,
    prober: &NetProber,
    limits: Limits,
    progress: &Progress,
) -> io::Result<Seen> {
    let clock = Instant::now();
    let mut signals = Signals::listen()?;
    let stop = signals.first();
    let mut spans = vec![Span::default(); plan.probes.len()];
    let on = |done: Done<'_>| {
        spans[done.index] = done.span;
        progress.step();
    };
    let (seen, ending) = engine::run(plan, prober, limits, stop, on).await;
    let mut interrupted = interrupt(ending);
    let mut controls = Controls::default();
    if interrupted.is_none() {
        let rest = limits
            .deadline
            .map(|deadline| deadline.saturating_sub(clock.elapsed()));
        let limits = Limits {
            deadline: rest,
            ..limits
        };
        controls.plan = follow_ups(plan, &seen);
        let stop = signals.first();
        let (seen, ending) = engine::run(&controls.plan, prober, limits, stop, |_| ()).await;
        controls.seen = seen;
        // Every check is done by now: a deadline cuts nothing short.
        interrupted = interrupt(ending).filter(|cut| *cut != Interrupt::Deadline);
    }
    signals.end_at_once();
    Ok((Trace { seen, spans }, controls, interrupted))
}

fn interrupt(ending: Ending<Signal>) -> Option<Interrupt> {
    match ending {
        Ending::Complete => None,
        Ending::Deadline => Some(Interrupt::Deadline),
        Ending::Stopped(Signal::Interrupt) => Some(Interrupt::Sigint),
        Ending::Stopped(Signal::Terminate) => Some(Interrupt::Sigterm),
    }
}

fn own(what: &str, error: &io::Error) -> Failure {
    Failure::Own(Fault::new(format!("cannot {what}: {}", reason(error))))
}
