//! `run`, `plan` and `probe`: from what is meant to the report.

use super::{
    arguments::{AskFlags, NetworkFlags, OutputFlags, PlanArguments, ProbeArguments, RunArguments},
    command::{Network, Output, Reader, Shown, selection},
    complain,
    failure::{Failure, Fault},
    gate::Gate,
    hint, inputs,
    job::{Job, Runner},
    outlets::{self, Outlets},
    print, print_json,
    proxies::proxies,
    stream::Stream,
    terminal::Terminal,
    token, watch,
};
use crate::{
    catalog::Catalogs,
    machine::Machine,
    page,
    plan::{Check, CheckStep, Plan, with_responders},
    protocol::responder::Key,
    report::{self, Format, Redactor, Sources},
    site::Site,
};

/// `portcheck run`.
///
/// # Errors
/// The user's mistakes, before the first packet; our own failures after it.
pub(crate) fn run(arguments: RunArguments) -> Result<u8, Failure> {
    let (network, output) = meant(arguments.network, arguments.output)?;
    let gate = Gate::read(&arguments.gate, &output)?;
    let facts = Machine::read();
    let catalogs = inputs::catalogs(&arguments.selection.catalogs.catalog)?;
    let selection = selection(&arguments.selection, &arguments.expectation);
    let proxies = proxies(&arguments.proxy)?;
    let (site, plan) = inputs::plan(&catalogs, &facts, &arguments.site, &selection)?;
    let (network, plan) = ask(&arguments.ask, network, plan.routed(&proxies), &catalogs)?;
    note((&site, &plan), output.quiet);
    check((&plan, &catalogs), &facts, (&network, &output), &gate)
}

/// `portcheck probe`.
///
/// # Errors
/// As [`run`].
pub(crate) fn probe(arguments: ProbeArguments) -> Result<u8, Failure> {
    let (network, output) = meant(arguments.network, arguments.output)?;
    let gate = Gate::read(&arguments.gate, &output)?;
    let catalogs = inputs::catalogs(&arguments.catalogs.catalog)?;
    let proxies = proxies(&arguments.proxy)?;
    let plan = inputs::ad_hoc(&catalogs, &arguments.endpoints, &arguments.expectation)?;
    let (network, plan) = ask(&arguments.ask, network, plan.routed(&proxies), &catalogs)?;
    let facts = Machine::read();
    check((&plan, &catalogs), &facts, (&network, &output), &gate)
}

/// `portcheck plan`.
///
/// # Errors
/// The user's mistakes; a stdout that takes no more.
pub(crate) fn plan(arguments: &PlanArguments) -> Result<u8, Failure> {
    let catalogs = inputs::catalogs(&arguments.selection.catalogs.catalog)?;
    let selection = selection(&arguments.selection, &arguments.expectation);
    let facts = Machine::read();
    let proxies = proxies(&arguments.proxy)?;
    let (site, plan) = inputs::plan(&catalogs, &facts, &arguments.site, &selection)?;
    let plan = plan.routed(&proxies);
    note((&site, &plan), false);
    let Shown { format, verbose } = Shown::from(&arguments.shown);
    match format {
        Format::Table => {
            let style = outlets::style(Terminal::stdout(), verbose);
            print(&page::plan_text(&plan, &style))
        }
        Format::Json => print_json(&page::plan_json(&plan)),
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

/// Sends the plan's probes, judges what they saw and reports it, once or again and again; the exit
/// code is the verdict, in the words of whom the format is for.
fn check(
    (plan, catalogs): (&Plan, &Catalogs),
    facts: &Machine,
    (network, output): (&Network, &Output),
    gate: &Gate,
) -> Result<u8, Failure> {
    let job = Job {
        plan,
        sources: Sources::of(&inputs::all(catalogs)),
        host: &facts.name,
        network,
        output,
        baseline: gate.baseline.as_ref(),
    };
    let redactor = inputs::redactor(output.redact)?.map(|mut redactor| {
        redactor.learn_host(&facts.name);
        let hosts = plan.checks.iter().filter_map(Check::bound_host);
        hosts.for_each(|host| redactor.learn_host(&host.to_string()));
        redactor
    });
    match gate.watch {
        Some(watch) => watch::watch(&job, watch, redactor),
        None => once(&job, redactor),
    }
}

fn once(job: &Job<'_>, mut redactor: Option<Redactor>) -> Result<u8, Failure> {
    let prober = job.prober()?;
    let outlets = Outlets::open(job.output)?;
    hint::of_files(job.output);
    let mut runner = Runner::start()?;
    let shown = job.output.shown;
    let mut stream =
        (shown.format == Format::Ndjson).then(|| Stream::start(job, redactor.as_mut()));
    let progress = job.progress(job.output.quiet);
    let mut report = job.report(&mut runner, &prober, &mut |done| {
        progress.step();
        if let Some(stream) = &mut stream {
            stream.learn(done, redactor.as_mut());
        }
    });
    drop(progress);
    runner.end();
    if let Some(redactor) = &mut redactor {
        report = redactor.report(report);
    }
    // The files first: they do not wait for a reader.
    let written = outlets.write_files(&report);
    let printed = match stream {
        Some(stream) => stream.finish(&report),
        None => outlets::print(&report, shown),
    };
    written.and(printed).map_err(Failure::Own)?;
    Ok(match shown.format {
        Format::Nagios => report::nagios_exit_code(&report),
        _ => report.exit_code,
    })
}

/// Hosts that were given and are not checked, and that nothing is, on stderr.
fn note((site, plan): (&Site, &Plan), quiet: bool) {
    if quiet {
        return;
    }
    hint::of_plan(plan);
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
