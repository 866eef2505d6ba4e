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
mod cluster;
mod connections;
mod mesh;
mod path;
mod peers;
mod request;
mod scenario;
mod servers;
mod topology;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    process::ExitCode,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Instant,
};

use anyhow::{Result, bail, ensure};

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
    let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lab");
    let mut faults = cluster::run(&ground, &home, &words)?;
    faults.extend(path::run(&ground, &home, &words)?);
    faults.extend(request::run(&ground, &words)?);
    faults.extend(mesh::run(&ground, &words)?);
    let results = if words.is_empty() || faults.is_empty() {
        run(&ground, &words)?
    } else {
        Vec::new()
    };
    drop(ground);
    let failed = print(&results) + cluster::print(&faults);
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
    let scenarios = prepare(ground, &home, words)?;
    let started = start(ground, servers::read(&home.join("servers"))?, &scenarios)?;
    let portcheck = ground.dir().join("portcheck");
    let outcomes = in_parallel(&scenarios, |scenario| match absent(scenario, &started) {
        Some(Absent::Missing(what)) => Outcome::Skipped(what),
        Some(Absent::Broken(what)) => Outcome::Wrong(what),
        None => judge(scenario, check::run(ground, &portcheck, scenario)),
    });
    Ok(scenarios.into_iter().zip(outcomes).collect())
}

/// Fills the lab's directory; the scenarios that were asked for.
fn prepare(ground: &Ground, home: &Path, words: &[String]) -> Result<Vec<Scenario>> {
    let mut scenarios = scenario::read(home, &ground.dir().to_string_lossy())?;
    certificates::write(ground.dir())?;
    servers::configure(ground, &scenarios)?;
    for file in ["catalog.yaml", "proxies-catalog.yaml", "delay.py", "odd.py"] {
        std::fs::copy(home.join(file), ground.dir().join(file))?;
    }
    let portcheck = env!("CARGO_BIN_EXE_portcheck");
    std::fs::copy(portcheck, ground.dir().join("portcheck"))?;
    let is_called = |name: &str| words.iter().any(|word| name.contains(word.as_str()));
    scenarios.retain(|scenario| words.is_empty() || is_called(&scenario.name));
    ensure!(!scenarios.is_empty(), "no scenario has such a name");
    Ok(scenarios)
}

/// The servers that every scenario needs.
const ALWAYS: [&str; 2] = ["named", "nginx"];

/// Why a server or a program is not there.
#[derive(Clone)]
enum Absent {
    /// It is not installed.
    Missing(String),
    /// It does not start.
    Broken(String),
}

type Started = BTreeMap<String, Result<(), Absent>>;

/// Starts every server that one of these scenarios needs, all at a time.
fn start(ground: &Ground, servers: Vec<Server>, scenarios: &[Scenario]) -> Result<Started> {
    let servers = needed(servers, scenarios)?;
    let started = in_parallel(&servers, |server| match server.missing() {
        Some(program) => Err(Absent::Missing(format!("no {}", program.display()))),
        None => server
            .start(ground)
            .map_err(|error| Absent::Broken(format!("{error:#}"))),
    });
    servers::start_peers(ground, scenarios)?;
    let names = servers.into_iter().map(|server| server.name);
    Ok(names.zip(started).collect())
}

/// Those of the servers that one of these scenarios needs, and those that they need themselves.
fn needed(servers: Vec<Server>, scenarios: &[Scenario]) -> Result<Vec<Server>> {
    let mut needed: BTreeSet<&str> = scenarios.iter().flat_map(needs).collect();
    for need in &needed {
        let is_known = need.contains('/') || servers.iter().any(|server| server.name == *need);
        ensure!(is_known, "there is no server `{need}`");
    }
    let is_needed = |server: &&Server| needed.contains(server.name.as_str());
    let companions: Vec<&str> = servers
        .iter()
        .filter(is_needed)
        .flat_map(Server::companions)
        .collect();
    needed.extend(companions);
    let needed: BTreeSet<String> = needed.into_iter().map(str::to_owned).collect();
    let is_needed = |server: &Server| needed.contains(&server.name);
    Ok(servers.into_iter().filter(is_needed).collect())
}

/// What this scenario cannot do without: servers, and programs by their paths.
fn needs(scenario: &Scenario) -> impl Iterator<Item = &str> {
    let own = scenario.needs.iter().map(String::as_str);
    ALWAYS.into_iter().chain(own)
}

/// The first of this scenario's needs that is not met.
fn absent(scenario: &Scenario, started: &Started) -> Option<Absent> {
    needs(scenario).find_map(|need| match started.get(need) {
        Some(started) => started.clone().err(),
        None if Path::new(need).exists() => None,
        None => Some(Absent::Missing(format!("no {need}"))),
    })
}

fn judge(scenario: &Scenario, said: Result<scenario::Said>) -> Outcome {
    let (right, said) = match said {
        Ok(said) => match (scenario.expect.is_met_by(&said), &said.cost) {
            (true, Some(cost)) => (true, format!("the same: {cost}")),
            (true, None) => (true, "the same".to_owned()),
            (false, _) => (false, said.to_string()),
        },
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
            Outcome::Right(said) => (&mut passed, "ok", said.clone()),
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
