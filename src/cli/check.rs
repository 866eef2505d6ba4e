//! `run`, `plan` and `probe`: from what is meant to the report.

use std::{io, time::Instant};

use time::OffsetDateTime;

use super::{
    arguments::{AskFlags, NetworkFlags, OutputFlags, PlanArguments, ProbeArguments, RunArguments},
    command::{Network, Output, Reader, Shown, selection},
    complain,
    failure::{Failure, Fault, reason},
    inputs,
    interrupt::{Signal, Signals},
    outlets::{self, Outlets},
    print, print_json,
    prober::{limits, prober},
    progress::Progress,
    proxies::proxies,
    terminal::Terminal,
    token,
};
use crate::{
    catalog::{Catalog, Catalogs},
    diagnose::{Controls, controls::follow_ups, diagnose},
    engine::{self, Ending, Limits},
    observation::Observation,
    plan::{Check, CheckStep, Plan, with_responders},
    probe::NetProber,
    protocol::responder::Key,
    readiness,
    report::{self, Format, Interrupt, Meta, Report},
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
    let proxies = proxies(&arguments.proxy)?;
    let (site, plan) = inputs::plan(&catalogs, &facts, &arguments.site, &selection)?;
    let (network, plan) = ask(&arguments.ask, network, plan.routed(&proxies), &catalogs)?;
    note((&site, &plan), output.quiet);
    check((&plan, &catalogs), &facts, (&network, &output))
}

/// `portcheck probe`.
///
/// # Errors
/// As [`run`].
pub(crate) fn probe(arguments: ProbeArguments) -> Result<u8, Failure> {
    let (network, output) = meant(arguments.network, arguments.output)?;
    let catalogs = inputs::catalogs(&arguments.catalogs.catalog)?;
    let proxies = proxies(&arguments.proxy)?;
    let plan = inputs::ad_hoc(&catalogs, &arguments.endpoints, &arguments.expectation)?;
    let (network, plan) = ask(&arguments.ask, network, plan.routed(&proxies), &catalogs)?;
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
    let proxies = proxies(&arguments.proxy)?;
    let (site, plan) = inputs::plan(&catalogs, &facts, &arguments.site, &selection)?;
    let plan = plan.routed(&proxies);
    note((&site, &plan), false);
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

/// The plan with responders asked, and their key, where `--responders` says that they stand there.
fn ask(
    flags: &AskFlags,
    mut network: Network,
    plan: Plan,
    catalogs: &Catalogs,
) -> Result<(Network, Plan), Failure> {
    if !flags.responders {
        return token::unused(&flags.token).map(|()| (network, plan));
    }
    network.key = Key::new(&token::token(&flags.token)?.unwrap_or_default());
    Ok((network, with_responders(plan, catalogs)))
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
    // Before the first packet: our own sockets are none of the product's.
    let own = readiness::Facts::read(&plan.local);
    let started = OffsetDateTime::now_utc();
    let clock = Instant::now();
    let (seen, controls, interrupted) = observe(plan, &prober, limits(network), output.quiet)?;
    let meta = Meta {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        host: facts.name.clone(),
        started,
        elapsed: clock.elapsed(),
        interrupted,
        strict: output.strict,
    };
    let mut diagnosis = diagnose(plan, &seen, &controls, started);
    diagnosis.local = readiness::judge(&plan.local, &own);
    let catalogs: Vec<&Catalog> = catalogs.iter().collect();
    let report = Report::new(&meta, plan, &diagnosis).cited(&catalogs);
    outlets.write(&report)?;
    Ok(match output.shown.format {
        Format::Nagios => report::nagios_exit_code(&report),
        _ => report.exit_code,
    })
}

/// Hosts that were given and are not checked, and that nothing is, on stderr.
fn note((site, plan): (&Site, &Plan), quiet: bool) {
    if quiet {
        return;
    }
    for address in &site.dropped {
        complain(&format!(
            "note: `{address}` is this machine and is no target\n"
        ));
    }
    let starts_elsewhere = |check: &Check| matches!(check.step, CheckStep::NotFromHere { .. });
    if !plan.checks.is_empty() && plan.checks.iter().all(starts_elsewhere) {
        complain(
            "note: nothing can be checked from this machine: other machines open these connections\n",
        );
    }
}

/// What the probes saw, what the controls saw after them, and what cut them short.
type Seen = (Vec<Observation>, Controls, Option<Interrupt>);

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
    let (seen, ending) = engine::run(plan, prober, limits, stop, |_| progress.step()).await;
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
    Ok((seen, controls, interrupted))
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
