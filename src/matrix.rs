//! Reports of several machines as one: a row a check, a column a machine. Pure.

use std::{
    collections::{BTreeMap, HashMap},
    io::{self, Write},
};

use serde::Serialize;

use crate::report::{self, Finding, Level, Report, RootCause, Style, Verdict};

mod html;
mod markdown;
mod table;

#[cfg(test)]
mod tests;

/// The name and major version of a matrix's JSON.
pub const SCHEMA: &str = "portcheck.matrix/1";

/// Several reports as one. Fields may be added, never renamed or given another meaning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Matrix {
    /// Always `portcheck.matrix/1`.
    pub schema: &'static str,
    /// The worst verdict of a machine.
    pub verdict: Verdict,
    /// The machines, in the order of the files.
    pub machines: Vec<Machine>,
    /// What explains several findings at once, the same of several machines once.
    pub root_causes: Vec<Shared>,
    /// The checks: by rule as the reports have them, then by endpoint.
    pub rows: Vec<Row>,
}

/// One report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Machine {
    /// The machine's name.
    pub host: String,
    /// When the run started, RFC 3339 in UTC.
    pub started: String,
    /// The profiles.
    pub profiles: Vec<String>,
    /// Its verdict.
    pub verdict: Verdict,
    /// Its exit code.
    pub exit_code: u8,
}

/// A root cause and the machines that have it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Shared {
    /// The root cause, as the first of them has it; what it explains is counted over all.
    #[serde(flatten)]
    pub root: RootCause,
    /// The places of the machines in [`Matrix::machines`].
    pub machines: Vec<usize>,
}

/// A check on every machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    /// The rule's id; for `probe` the URI as typed.
    pub rule: String,
    /// The rule and what it reaches, in one.
    #[serde(skip)]
    title: String,
    /// The service, for people.
    pub service: String,
    /// Whether it gates.
    pub level: Level,
    /// What is reached: `license.looker.com:443/tcp`.
    pub endpoint: String,
    /// What it comes to on each machine; null where it was not made.
    pub cells: Vec<Option<Cell>>,
}

/// What a check comes to on one machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Cell {
    /// The verdict.
    pub verdict: Verdict,
    /// The cause's code; null when nothing is wrong.
    pub cause: Option<String>,
    /// The id of the root cause that explains it.
    pub explained_by: Option<String>,
}

/// The format of a matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// For people.
    Table,
    /// `portcheck.matrix/1`.
    Json,
    /// For tickets and job summaries.
    Markdown,
    /// One page to be mailed.
    Html,
    /// Every finding of every machine, a row each.
    Csv,
}

/// The reports as one.
#[must_use]
pub fn matrix(reports: &[Report]) -> Matrix {
    let reports: Vec<Report> = reports.iter().map(report::harmless).collect();
    Matrix {
        schema: SCHEMA,
        verdict: reports
            .iter()
            .map(|report| report.verdict)
            .max()
            .unwrap_or(Verdict::Pass),
        machines: reports.iter().map(machine).collect(),
        root_causes: shared(&reports),
        rows: rows(&reports),
    }
}

/// Writes reports as one, in a format. Ends with a line feed.
///
/// # Errors
/// What `out` says.
pub fn write(
    reports: &[Report],
    format: Format,
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let matrix = matrix(reports);
    match format {
        Format::Table => out.write_all(table::table(&matrix, style).as_bytes()),
        Format::Markdown => out.write_all(markdown::markdown(&matrix).as_bytes()),
        Format::Html => html::write(&matrix, out),
        Format::Csv => report::csv::write_all(reports, out),
        Format::Json => {
            serde_json::to_writer_pretty(&mut *out, &matrix)?;
            out.write_all(b"\n")
        }
    }
}

fn machine(report: &Report) -> Machine {
    Machine {
        host: report.host.clone(),
        started: report.started.clone(),
        profiles: report.profiles.clone(),
        verdict: report.verdict,
        exit_code: report.exit_code,
    }
}

/// The root causes of all machines, the one that explains most first.
fn shared(reports: &[Report]) -> Vec<Shared> {
    let mut shared: Vec<Shared> = Vec::new();
    for (machine, report) in reports.iter().enumerate() {
        for root in &report.root_causes {
            let same = shared
                .iter_mut()
                .find(|it| (&it.root.cause, &it.root.title) == (&root.cause, &root.title));
            match same {
                Some(same) => {
                    same.root.explains += root.explains;
                    same.machines.push(machine);
                }
                None => shared.push(Shared {
                    root: root.clone(),
                    machines: vec![machine],
                }),
            }
        }
    }
    shared.sort_by_key(|it| std::cmp::Reverse(it.root.explains));
    shared
}

/// What a check is known by: rule, endpoint, and the how-manieth of these in its report it is.
type Key = (String, String, usize);

fn rows(reports: &[Report]) -> Vec<Row> {
    let mut places: HashMap<Key, usize> = HashMap::new();
    let mut rules: HashMap<String, usize> = HashMap::new();
    let mut rows: Vec<Row> = Vec::new();
    for (machine, report) in reports.iter().enumerate() {
        let mut times: HashMap<(String, String), usize> = HashMap::new();
        for finding in &report.findings {
            let (rule, endpoint) = (finding.rule.clone(), finding.endpoint.to_string());
            let count = rules.len();
            rules.entry(rule.clone()).or_insert(count);
            let times = times.entry((rule.clone(), endpoint.clone())).or_default();
            *times += 1;
            let place = *places.entry((rule, endpoint, *times)).or_insert_with(|| {
                rows.push(row(finding, reports.len()));
                rows.len() - 1
            });
            rows[place].cells[machine] = Some(cell(finding));
        }
    }
    rows.sort_by_key(|row| rules.get(&row.rule).copied());
    rows
}

fn row(finding: &Finding, machines: usize) -> Row {
    Row {
        rule: finding.rule.clone(),
        title: finding.title().into_owned(),
        service: finding.service.clone(),
        level: finding.level,
        endpoint: finding.endpoint.to_string(),
        cells: vec![None; machines],
    }
}

fn cell(finding: &Finding) -> Cell {
    Cell {
        verdict: finding.verdict,
        cause: finding.cause.clone(),
        explained_by: finding.explained_by.clone(),
    }
}

impl Row {
    /// The worst of its verdicts; it has at least one.
    fn worst(&self) -> Verdict {
        let verdicts = self.cells.iter().flatten().map(|cell| cell.verdict);
        verdicts.max().unwrap_or(Verdict::Skip)
    }

    /// Whether somebody should look at it on some machine.
    fn is_problem(&self) -> bool {
        is_bad(self.worst())
    }

    /// The machines of each cause that is worth a look: `tcp-no-reply on 1, 3`.
    fn causes(&self) -> String {
        let mut causes: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (machine, cell) in self.cells.iter().enumerate() {
            let Some(cell) = cell else { continue };
            if let Some(cause) = cell.cause.as_deref().filter(|_| is_bad(cell.verdict)) {
                causes.entry(cause).or_default().push(machine);
            }
        }
        let told = causes
            .iter()
            .map(|(cause, machines)| format!("{cause} on {}", numbers(machines)));
        told.collect::<Vec<String>>().join("; ")
    }
}

impl Matrix {
    /// `2 of 3 machines fail, 1 passes`.
    fn counts(&self) -> String {
        let words = [
            (Verdict::Fail, "failed"),
            (Verdict::Inconclusive, "unknown"),
            (Verdict::Warn, "warned"),
            (Verdict::Pass, "passed"),
            (Verdict::Skip, "skipped"),
        ];
        let counts = words.into_iter().filter_map(|(verdict, word)| {
            let alike = self.machines.iter().filter(|it| it.verdict == verdict);
            let count = alike.count();
            (count > 0).then(|| format!("{count} {word}"))
        });
        let counts: Vec<String> = counts.collect();
        let machines = crate::text::count(self.machines.len(), "machine");
        format!("{machines}: {}", counts.join(", "))
    }
}

const fn is_bad(verdict: Verdict) -> bool {
    match verdict {
        Verdict::Warn | Verdict::Inconclusive | Verdict::Fail => true,
        Verdict::Pass | Verdict::Skip => false,
    }
}

/// `machine 2`, `machines 1, 3-5`.
fn on(machines: &[usize]) -> String {
    let noun = if machines.len() == 1 {
        "machine"
    } else {
        "machines"
    };
    format!("{noun} {}", numbers(machines))
}

/// Places as people count, neighbours together: `1, 3-5`.
fn numbers(places: &[usize]) -> String {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for place in places {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == *place => *last = *place,
            Some(_) | None => runs.push((*place, *place)),
        }
    }
    let shown: Vec<String> = runs
        .into_iter()
        .map(|(first, last)| match last - first {
            0 => (first + 1).to_string(),
            1 => format!("{}, {}", first + 1, last + 1),
            _ => format!("{}-{}", first + 1, last + 1),
        })
        .collect();
    shown.join(", ")
}
