//! What a mesh comes to: one matrix of all machines, in the formats that are asked for.

use std::{fs, path::Path};

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::{
    cli::{
        arguments::GateFlags,
        command::Output,
        failure::{Failure, Fault, file},
        inputs, outlets,
        sink::{self, FileSink},
        terminal::Terminal,
    },
    diff::diff,
    matrix::{self, Format, Matrix},
    mesh::{self, Heading, Node, Outcome},
    report::{Interrupt, Redactor, Report, Style, csv_of},
};

/// What became of the run.
pub(super) struct Run {
    pub(super) outcomes: Vec<(Node, Outcome)>,
    pub(super) started: OffsetDateTime,
    pub(super) profiles: Vec<String>,
    /// What ended it early.
    pub(super) signal: Option<Interrupt>,
}

/// Where the answer goes, open before anybody is logged in.
pub(super) struct Answer {
    format: Format,
    verbose: bool,
    files: Vec<(FileSink, Format)>,
    baseline: Vec<Report>,
    redactor: Option<Redactor>,
}

impl Answer {
    /// Opens every file.
    ///
    /// # Errors
    /// Formats that a matrix does not have; files that cannot be written; a baseline that is none.
    pub(super) fn open(output: &Output, gate: &GateFlags) -> Result<Self, Failure> {
        let mut faults = Vec::new();
        let format = outlets::matrix_format("--format", output.shown.format);
        let mut files = Vec::new();
        for target in &output.files {
            let format = outlets::matrix_format("--output", target.format);
            match format.and_then(|format| Ok((FileSink::open(&target.path)?, format))) {
                Ok(opened) => files.push(opened),
                Err(fault) => faults.push(fault),
            }
        }
        let baseline = gate.baseline.as_deref().map_or(Ok(Vec::new()), saved);
        if gate.watch {
            faults.push(Fault::new("`mesh` cannot be used with `--watch`"));
        }
        match (format, baseline) {
            (Ok(format), Ok(baseline)) if faults.is_empty() => Ok(Self {
                format,
                verbose: output.shown.verbose,
                files,
                baseline,
                redactor: inputs::redactor(output.redact)?,
            }),
            (format, baseline) => {
                faults.extend(format.err());
                faults.extend(baseline.err());
                Err(Failure::Input(faults))
            }
        }
    }

    /// Prints it and writes it to the files; the exit code is that of the worst node.
    ///
    /// # Errors
    /// A file or a stdout that takes no more.
    pub(super) fn give(mut self, run: Run) -> Result<u8, Failure> {
        let signal = run.signal;
        let odd = run.outcomes.iter().map(|(_, outcome)| mesh::Known {
            hello: outcome.hello.clone(),
            ahead_ms: outcome.ahead_ms,
        });
        let odd: Vec<mesh::Known> = odd.collect();
        let (mut reports, mut nodes) = reports(run);
        mesh::tell_who_is_down(&mut reports);
        mesh::tell_what_is_odd(&mut reports, &odd);
        for report in &mut reports {
            self.gate(report);
        }
        if let Some(redactor) = &mut self.redactor {
            for report in &reports {
                redactor.learn_host(&report.host);
            }
            let redacted = reports.into_iter().map(|it| redactor.report(it));
            reports = redacted.collect();
            for (node, report) in nodes.iter_mut().zip(&reports) {
                node.redact(&report.host);
            }
        }
        let known_as: Vec<Vec<String>> = nodes.iter().map(|it| it.addresses.clone()).collect();
        let whole = Whole {
            matrix: matrix::matrix_of(&reports, &known_as),
            nodes: &nodes,
            reports: &reports,
        };
        let mut failed = None;
        for (sink, format) in self.files {
            let style = outlets::style(Terminal::file(), self.verbose);
            let written = whole.bytes(format, &style);
            let written = written.and_then(|bytes| sink.commit(&bytes));
            failed = failed.or(written.err());
        }
        let style = outlets::style(Terminal::stdout(), self.verbose);
        let printed = whole.bytes(self.format, &style);
        let printed = printed.and_then(|bytes| sink::print(&bytes));
        failed.map_or(printed, Err).map_err(Failure::Own)?;
        Ok(match signal {
            Some(signal) => signal.exit_code(),
            None => worst(&reports),
        })
    }

    fn gate(&self, report: &mut Report) {
        let earlier = self.baseline.iter().find(|it| it.host == report.host);
        if let Some(earlier) = earlier {
            let baseline = diff(earlier, report).baseline();
            *report = report.clone().gated_by(baseline);
        }
    }
}

/// The worst of the exit codes: a failure, then what could not be decided.
fn worst(reports: &[Report]) -> u8 {
    let codes: Vec<u8> = reports.iter().map(|report| report.exit_code).collect();
    let has = |code: u8| codes.contains(&code);
    if has(1) {
        1
    } else if codes.iter().any(|code| *code != 0) {
        3
    } else {
        0
    }
}

/// A report a node, and what is known of it besides.
fn reports(run: Run) -> (Vec<Report>, Vec<Known>) {
    let mut heading = Heading {
        host: String::new(),
        port: None,
        started: crate::report::timestamp(run.started),
        profiles: run.profiles,
    };
    let pairs = run.outcomes.into_iter().map(|(node, outcome)| {
        heading.host.clone_from(&node.host);
        heading.port = node.port;
        let known = Known::of(&node, &outcome);
        let report = match outcome.result {
            Ok(report) => *report,
            Err(absence) => mesh::report(&heading, &absence),
        };
        (report, known)
    });
    pairs.unzip()
}

/// What is known of a node besides its report.
#[derive(Debug, Serialize)]
struct Known {
    host: String,
    /// What it calls itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    called: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    arch: Option<String>,
    /// How far its clock is ahead of this machine's, the way there and back in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    clock_ahead_ms: Option<i64>,
    /// At how many ports its responder stood.
    #[serde(skip_serializing_if = "Option::is_none")]
    bound: Option<usize>,
    /// What of them was missing.
    missing: Vec<String>,
    addresses: Vec<String>,
}

impl Known {
    fn of(node: &Node, outcome: &Outcome) -> Self {
        let hello = outcome.hello.as_ref();
        let doors = outcome.doors.as_ref();
        Self {
            host: node.host.clone(),
            called: hello.map(|it| it.host.clone()),
            arch: hello.map(|it| it.arch.clone()),
            clock_ahead_ms: outcome.ahead_ms,
            bound: doors.map(|it| it.bound),
            missing: doors.map_or_else(Vec::new, |it| it.missing.clone()),
            addresses: hello.map_or_else(Vec::new, |it| it.addresses.clone()),
        }
    }

    /// Keeps what names nobody.
    fn redact(&mut self, host: &str) {
        host.clone_into(&mut self.host);
        self.called = None;
        self.missing = Vec::new();
        self.addresses = Vec::new();
    }
}

/// The matrix, with every machine's own report.
#[derive(Serialize)]
struct Whole<'a> {
    #[serde(flatten)]
    matrix: Matrix,
    nodes: &'a [Known],
    reports: &'a [Report],
}

impl Whole<'_> {
    fn bytes(&self, format: Format, style: &Style) -> Result<Vec<u8>, Fault> {
        let mut bytes = Vec::new();
        let written = match format {
            Format::Json => serde_json::to_writer_pretty(&mut bytes, self)
                .map_err(std::io::Error::from)
                .map(|()| bytes.push(b'\n')),
            Format::Csv => csv_of(self.reports, &mut bytes),
            Format::Table | Format::Markdown | Format::Html => {
                matrix::write_matrix(&self.matrix, format, style, &mut bytes)
            }
        };
        written.map_err(|error| outlets::unmade(&error))?;
        Ok(bytes)
    }
}

/// The reports of an earlier mesh, as `--format json` wrote it.
fn saved(path: &Path) -> Result<Vec<Report>, Fault> {
    #[derive(Deserialize)]
    struct Saved {
        reports: Vec<Report>,
    }
    let text = fs::read_to_string(path).map_err(|error| Fault::file("read", path, &error))?;
    let saved: Result<Saved, _> = serde_json::from_str(&text);
    saved.map(|saved| saved.reports).map_err(|_| {
        let message = format!("{}: it is no report of a mesh", file(path));
        Fault::of("--baseline", message).help("`portcheck mesh --output json=FILE` writes one")
    })
}
