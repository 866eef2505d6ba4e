//! What the program costs: `just bench`. Prints a table; nothing is asserted, machines differ.
//!
//! All traffic stays on loopback.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a bench prints, and may stop"
)]

use std::{
    net::TcpListener,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use nix::sys::resource::{UsageWho, getrusage};
use portcheck::report::{Format, Report};

/// Enough for a median that stands still.
const RUNS: usize = 31;

fn main() {
    println!("{:<44} {:>9} {:>9}", "", "median", "worst");
    command("portcheck --help", &["--help"]);
    command("portcheck catalog list", &["catalog", "list"]);
    measure("both catalogs parsed", || {
        portcheck::catalog::embedded::catalogs().unwrap();
    });
    let listeners: Vec<TcpListener> = (0..90)
        .map(|_| TcpListener::bind("127.0.0.1:0").unwrap())
        .collect();
    let endpoints: Vec<String> = listeners
        .iter()
        .map(|listener| listener.local_addr().unwrap().to_string())
        .collect();
    let mut arguments = vec!["probe"];
    arguments.extend(endpoints.iter().map(String::as_str));
    command("portcheck probe, 90 open ports", &arguments);
    reports();
    let peak = getrusage(UsageWho::RUSAGE_CHILDREN).unwrap().max_rss();
    println!("largest of them: {} MB", peak / 1024);
}

/// Ten thousand findings to every format, by the program itself: read, made and printed.
fn reports() {
    let saved = include_str!("../tests/reports/mixed.json");
    let mut report = Report::from_json(saved).unwrap();
    let findings = report.findings.clone();
    for count in [1_000, 10_000] {
        let numbered = findings.iter().cycle().take(count).enumerate();
        report.findings = numbered
            .map(|(index, finding)| {
                let mut finding = finding.clone();
                finding.rule = format!("{}.{index}", finding.rule);
                finding
            })
            .collect();
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), serde_json::to_vec(&report).unwrap()).unwrap();
        let path = file.path().to_str().unwrap();
        for format in Format::ALL {
            let name = format!("portcheck report, {count} findings to {}", format.word());
            command(&name, &["report", path, "--format", format.word()]);
        }
    }
}

fn command(name: &str, arguments: &[&str]) {
    measure(name, || {
        Command::new(env!("CARGO_BIN_EXE_portcheck"))
            .args(arguments)
            .stdout(Stdio::null())
            .status()
            .unwrap();
    });
}

fn measure(name: &str, mut work: impl FnMut()) {
    let mut times: Vec<Duration> = (0..RUNS)
        .map(|_| {
            let start = Instant::now();
            work();
            start.elapsed()
        })
        .collect();
    times.sort();
    let millis = |time: Duration| format!("{:.2} ms", time.as_secs_f64() * 1_000.0);
    println!(
        "{name:<44} {:>9} {:>9}",
        millis(times[RUNS / 2]),
        millis(times[RUNS - 1])
    );
}
