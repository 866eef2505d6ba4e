//! The lab: real servers and real faults in network namespaces, and what portcheck says of each.
//!
//! `PORTCHECK_LAB=1 cargo test --test lab [-- WORD…]`, as root; the words choose scenarios by their
//! names. Everything happens in namespaces of this process, and nothing of it stays behind.
#![expect(
    clippy::print_stdout,
    reason = "the table of scenarios is what a test of this kind prints"
)]

mod certificates;
mod check;
mod peers;
mod scenario;
mod servers;
mod topology;

use std::{
    collections::BTreeMap,
    path::Path,
    process::ExitCode,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Instant,
};

use anyhow::{Context, Result, bail};

use crate::{scenario::Scenario, servers::Server, topology::Ground};

/// How many scenarios run at a time; most of them wait.
const AT_A_TIME: usize = 8;

fn main() -> ExitCode {
    match lab() {
        Ok(code) => code,
        Err(error) => {
            println!("error: the lab: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn lab() -> Result<ExitCode> {
    let mut arguments = std::env::args().skip(1).peekable();
    if arguments.next_if_eq("--peers").is_some() {
        peers::serve(arguments)?;
        bail!("the peers have ended");
    }
    if let Err(reason) = topology::possible() {
        println!("skipped: the lab: {reason:#}");
        return Ok(ExitCode::SUCCESS);
    }
    let words: Vec<String> = arguments.filter(|word| !word.starts_with('-')).collect();
    let since = Instant::now();
    let ground = Ground::build()?;
    let results = run(&ground, &words)?;
    drop(ground);
    let failed = print(&results);
    println!("in {} s", since.elapsed().as_secs());
    Ok(if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// What became of a scenario.
enum Outcome {
    /// Right, with what was said.
    Right(String),
    /// Wrong, with what was said.
    Wrong(String),
    /// Wrong as yet, with what was said and why.
    Todo(String, String),
    /// Not run, and why.
    Skipped(String),
}

/// Runs the scenarios whose names hold one of these words; all of them if there is none.
fn run(ground: &Ground, words: &[String]) -> Result<Vec<(Scenario, Outcome)>> {
    let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lab");
    let text = std::fs::read_to_string(home.join("scenarios.yaml"))?;
    let mut scenarios = scenario::parse(&text, &ground.dir().to_string_lossy())?;
    certificates::write(ground.dir())?;
    servers::configure(ground, &scenarios)?;
    scenarios.retain(|scenario| {
        words.is_empty()
            || words
                .iter()
                .any(|word| scenario.name.contains(word.as_str()))
    });
    std::fs::copy(home.join("catalog.yaml"), ground.dir().join("catalog.yaml"))?;
    let portcheck = ground.dir().join("portcheck");
    std::fs::copy(env!("CARGO_BIN_EXE_portcheck"), &portcheck)?;
    let servers = servers::read(&home.join("servers"))?;
    let started = start(ground, servers, &scenarios)?;
    let outcomes = in_parallel(&scenarios, |scenario| {
        let needs = ["named"]
            .into_iter()
            .chain(scenario.needs.iter().map(String::as_str));
        match needs
            .into_iter()
            .find_map(|server| started[server].as_ref().err())
        {
            Some(Absent::Missing(what)) => Outcome::Skipped(what.clone()),
            Some(Absent::Broken(what)) => Outcome::Wrong(what.clone()),
            None => judge(scenario, check::run(ground, &portcheck, scenario)),
        }
    });
    Ok(scenarios.into_iter().zip(outcomes).collect())
}

/// Why a server is not there.
enum Absent {
    Missing(String),
    Broken(String),
}

/// Starts every server that one of these scenarios needs, all at a time.
fn start(
    ground: &Ground,
    mut servers: Vec<Server>,
    scenarios: &[Scenario],
) -> Result<BTreeMap<String, Result<(), Absent>>> {
    let mut needed: Vec<&str> = scenarios
        .iter()
        .flat_map(|scenario| scenario.needs.iter().map(String::as_str))
        .chain(["named", "nginx"])
        .collect();
    needed.sort_unstable();
    needed.dedup();
    for name in &needed {
        let known = servers.iter().any(|server| server.name == **name);
        known
            .then_some(())
            .with_context(|| format!("there is no server `{name}`"))?;
    }
    servers.retain(|server| needed.contains(&server.name.as_str()));
    let started = in_parallel(&servers, |server| match server.missing() {
        Some(program) => Err(Absent::Missing(format!("no {}", program.display()))),
        None => server
            .start(ground)
            .map_err(|error| Absent::Broken(format!("{error:#}"))),
    });
    servers::start_peers(ground, scenarios)?;
    Ok(servers
        .into_iter()
        .map(|server| server.name)
        .zip(started)
        .collect())
}

fn judge(scenario: &Scenario, said: Result<scenario::Said>) -> Outcome {
    let (right, said) = match said {
        Ok(said) => (scenario.expect.is_met_by(&said), said.to_string()),
        Err(error) => (false, format!("{error:#}")),
    };
    match (&scenario.todo, right) {
        (_, true) => Outcome::Right(said),
        (None, false) => Outcome::Wrong(said),
        (Some(reason), false) => Outcome::Todo(said, reason.clone()),
    }
}

/// The results of `work` for each of `items`, in their order.
fn in_parallel<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(BTreeMap::new());
    thread::scope(|scope| {
        for _ in 0..AT_A_TIME.min(items.len()) {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(index) else { break };
                    let result = work(item);
                    if let Ok(mut done) = done.lock() {
                        done.insert(index, result);
                    }
                }
            });
        }
    });
    done.into_inner()
        .map_or_else(|_| Vec::new(), |done| done.into_values().collect())
}

/// Prints the table and the closing line; how many failed.
fn print(results: &[(Scenario, Outcome)]) -> usize {
    let (mut passed, mut failed, mut skipped, mut todo) = (0, 0, 0, 0);
    println!("{:4} {:58} {:48} got", "", "scenario", "expected");
    for (scenario, outcome) in results {
        let (count, mark, got) = match outcome {
            Outcome::Right(said) if scenario.todo.is_some() => {
                (&mut passed, "ok", format!("{said} (no longer todo)"))
            }
            Outcome::Right(_) => (&mut passed, "ok", "the same".to_owned()),
            Outcome::Wrong(said) => (&mut failed, "FAIL", said.clone()),
            Outcome::Todo(said, reason) => (&mut todo, "todo", format!("{said} ({reason})")),
            Outcome::Skipped(reason) => (&mut skipped, "skip", format!("skipped: {reason}")),
        };
        *count += 1;
        println!(
            "{mark:4} {:58} {:48} {got}",
            scenario.name,
            scenario.expect.to_string()
        );
    }
    println!("{passed} passed, {failed} failed, {skipped} skipped, {todo} todo");
    failed
}
