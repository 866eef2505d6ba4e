//! `run`, `plan` and `probe`: from what is meant to the report.

use std::{
    io,
    time::{Duration, Instant},
};

use time::OffsetDateTime;

use super::{
    arguments::{PlanArguments, ProbeArguments, RunArguments},
    command::{self, Family, Network, Output, Reader, Shown},
    failure::{Failure, Fault, exit, reason},
    inputs,
    interrupt::{Signal, Signals},
    outlets::{self, Outlets},
    progress::Progress,
    sink,
    terminal::Terminal,
};
use crate::{
    diagnose::diagnose,
    engine::{self, Ending, Limits},
    observation::Observation,
    plan::{self, Plan},
    probe::{self, NetProber, ProbeConfig},
    report::{self, Format, Interrupt, Meta, Report},
    site::HostFacts,
};

/// How many probes of one host are in flight: a whole cluster profile in two rounds, without
/// looking like a flood to the host.
const PER_HOST: usize = 64;

/// Descriptors that are not for probes: the standard streams, the runtime's own, files of
/// `--output`, the lookups of names.
const RESERVED_DESCRIPTORS: usize = 48;

/// `portcheck run`.
///
/// # Errors
/// The user's mistakes, before the first packet; our own failures after it.
pub(crate) fn run(arguments: RunArguments) -> Result<u8, Failure> {
    let (network, output) = meant(arguments.network, arguments.output)?;
    let facts = HostFacts::read();
    let catalogs = inputs::catalogs(&arguments.selection.catalogs.catalog)?;
    let site = inputs::site(&arguments.site, &catalogs, &facts)?;
    let plan = inputs::plan(
        &catalogs,
        &site,
        &arguments.selection,
        &arguments.expectation,
    )?;
    check(&plan, &facts, &network, &output)
}

/// `portcheck probe`.
///
/// # Errors
/// As [`run`].
pub(crate) fn probe(arguments: ProbeArguments) -> Result<u8, Failure> {
    let (network, output) = meant(arguments.network, arguments.output)?;
    let catalogs = inputs::catalogs(&arguments.catalogs.catalog)?;
    let plan = inputs::ad_hoc(&catalogs, &arguments.endpoints, &arguments.expectation)?;
    check(&plan, &HostFacts::read(), &network, &output)
}

/// `portcheck plan`.
///
/// # Errors
/// The user's mistakes; a stdout that takes no more.
pub(crate) fn plan(arguments: &PlanArguments) -> Result<u8, Failure> {
    let catalogs = inputs::catalogs(&arguments.selection.catalogs.catalog)?;
    let site = inputs::site(&arguments.site, &catalogs, &HostFacts::read())?;
    let plan = inputs::plan(
        &catalogs,
        &site,
        &arguments.selection,
        &arguments.expectation,
    )?;
    let Shown { format, verbose } = Shown::from(&arguments.shown);
    match format {
        Format::Table => {
            let style = outlets::style(Terminal::stdout(), verbose);
            print(&report::plan_text(&plan, &style))
        }
        Format::Json => print_json(&report::plan_json(&plan)),
    }
}

fn meant(
    network: super::arguments::NetworkFlags,
    output: super::arguments::OutputFlags,
) -> Result<(Network, Output), Failure> {
    let mut reader = Reader::default();
    let meant = (reader.network(network), reader.output(output));
    reader.finish(meant)
}

/// Sends the plan's probes, judges what they saw and reports it; the exit code is the verdict.
fn check(
    plan: &Plan,
    facts: &HostFacts,
    network: &Network,
    output: &Output,
) -> Result<u8, Failure> {
    let outlets = Outlets::open(output)?;
    let prober = prober(network)?;
    let started = OffsetDateTime::now_utc();
    let clock = Instant::now();
    let (seen, interrupted) = observe(plan, &prober, network, output.quiet)?;
    let meta = Meta {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        host: facts.name.clone(),
        started,
        elapsed: clock.elapsed(),
        interrupted,
        strict: output.strict,
    };
    let report = Report::new(&meta, plan, &diagnose(plan, &seen, started));
    outlets.write(&report)?;
    Ok(report.exit_code)
}

/// What the probes saw, and what cut them short.
fn observe(
    plan: &Plan,
    prober: &NetProber,
    limits: Limits,
    quiet: bool,
) -> Result<(Vec<Observation>, Option<Interrupt>), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| own("start the runtime", &error))?;
    let (seen, ending) = runtime
        .block_on(async {
            let mut signals = Signals::listen()?;
            let progress = Progress::start(plan.probes.len(), quiet);
            let run = engine::run(plan, prober, limits, signals.first(), |_| progress.step()).await;
            signals.end_at_once();
            Ok(run)
        })
        .map_err(|error: io::Error| own("listen for signals", &error))?;
    // A lookup that still hangs must not hold up the report.
    runtime.shutdown_background();
    let interrupted = match ending {
        Ending::Complete => None,
        Ending::Deadline => Some(Interrupt::Deadline),
        Ending::Stopped(Signal::Interrupt) => Some(Interrupt::Sigint),
        Ending::Stopped(Signal::Terminate) => Some(Interrupt::Sigterm),
    };
    Ok((seen, interrupted))
}

fn own(what: &str, error: &io::Error) -> Failure {
    Failure::Own(Fault::new(format!("cannot {what}: {}", reason(error))))
}
