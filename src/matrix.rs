//! Reports of several machines as one: a row a check, a column a machine. Pure.

use std::{
    collections::{BTreeMap, HashMap},
    io::{self, Write},
};

use serde::Serialize;

use crate::report::{self, Finding, Level, Report, RootCause, Style, Verdict};

pub use grid::Grid;
use names::Names;
use told::{At, Told, told};

mod grid;
mod html;
mod markdown;
mod names;
mod seen;
mod table;
mod told;

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
    /// What explains what is not well, told once over all machines: the fewest statements about
    /// hosts and ports, and what is one thing whatever it explains. The worst first, then what
    /// explains most.
    pub root_causes: Vec<Shared>,
    /// Who sees whom.
    pub grid: Grid,
    /// The checks: by rule as the reports have them, then by endpoint.
    pub rows: Vec<Row>,
}

/// One report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Machine {
    /// The machine's name, as its report has it.
    pub host: String,
    /// What it is called here: no two are alike.
    pub name: String,
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
    /// The root cause over all of them. Its `findings` are places in [`Matrix::rows`].
    #[serde(flatten)]
    pub root: RootCause,
    /// The worst verdict of what it explains.
    pub verdict: Verdict,
    /// Whether any of that decides an exit code.
    pub gates: bool,
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
    matrix_of(reports, &[])
}

/// The reports as one, where it is known what else each machine may be called by the others: its
/// addresses, the name that the site has for it.
#[must_use]
pub fn matrix_of(reports: &[Report], known_as: &[Vec<String>]) -> Matrix {
    let reports: Vec<Report> = reports.iter().map(report::harmless).collect();
    let names = Names::of(&reports, known_as);
    let mut table = rows(&reports);
    let told = told(&reports, &names, &table.places);
    table.explain(&told);
    let mut machines: Vec<Machine> = reports.iter().map(machine).collect();
    for (machine, name) in machines.iter_mut().zip(&names.names) {
        machine.name.clone_from(name);
    }
    Matrix {
        schema: SCHEMA,
        verdict: reports
            .iter()
            .map(|report| report.verdict)
            .max()
            .unwrap_or(Verdict::Pass),
        machines,
        root_causes: told.shared,
        grid: grid::grid(&reports, &names),
        rows: table.rows,
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
    match format {
        Format::Csv => report::csv::write_all(reports, out),
        Format::Table | Format::Json | Format::Markdown | Format::Html => {
            write_matrix(&matrix(reports), format, style, out)
        }
    }
}

/// Writes a matrix in a format. Ends with a line feed. CSV has the findings of the reports, of which
/// a matrix keeps less: of it that is nothing.
///
/// # Errors
/// What `out` says.
pub fn write_matrix(
    matrix: &Matrix,
    format: Format,
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    match format {
        Format::Table => out.write_all(table::table(matrix, style).as_bytes()),
        Format::Markdown => out.write_all(markdown::markdown(matrix).as_bytes()),
        Format::Html => html::write(matrix, out),
        Format::Csv => Ok(()),
        Format::Json => {
            serde_json::to_writer_pretty(&mut *out, matrix)?;
            out.write_all(b"\n")
        }
    }
}

fn machine(report: &Report) -> Machine {
    Machine {
        host: report.host.clone(),
        name: report.host.clone(),
        started: report.started.clone(),
        profiles: report.profiles.clone(),
        verdict: report.verdict,
        exit_code: report.exit_code,
    }
}

/// What a check is known by: rule, endpoint, and the how-manieth of these in its report it is.
type Key = (String, String, usize);

/// The rows, and which of them each finding is in.
#[derive(Default)]
struct Table {
    rows: Vec<Row>,
    places: HashMap<At, usize>,
}

impl Table {
    /// Says in each cell what explains it over all machines.
    fn explain(&mut self, told: &Told) {
        for (at, row) in &self.places {
            if let Some(cell) = &mut self.rows[*row].cells[at.machine] {
                cell.explained_by = told.explained.get(at).cloned();
            }
        }
    }

    /// The rows of a rule beside each other, the rules in the order of the reports.
    fn by_rule(mut self) -> Self {
        let mut rules: HashMap<String, usize> = HashMap::new();
        for row in &self.rows {
            let count = rules.len();
            rules.entry(row.rule.clone()).or_insert(count);
        }
        let mut order: Vec<usize> = (0..self.rows.len()).collect();
        order.sort_by_key(|place| rules.get(&self.rows[*place].rule));
        let mut moved = vec![0; order.len()];
        for (new, old) in order.into_iter().enumerate() {
            moved[old] = new;
        }
        self.rows.sort_by_key(|row| rules.get(&row.rule).copied());
        for row in self.places.values_mut() {
            *row = moved[*row];
        }
        self
    }
}

fn rows(reports: &[Report]) -> Table {
    let mut known: HashMap<Key, usize> = HashMap::new();
    let mut table = Table::default();
    for (machine, report) in reports.iter().enumerate() {
        let mut times: HashMap<(&str, String), usize> = HashMap::new();
        for (place, finding) in report.findings.iter().enumerate() {
            let (rule, endpoint) = (finding.rule.as_str(), finding.endpoint.to_string());
            let times = times.entry((rule, endpoint.clone())).or_default();
            *times += 1;
            let key = (rule.to_owned(), endpoint, *times);
            let row = *known.entry(key).or_insert_with(|| {
                table.rows.push(row(finding, reports.len()));
                table.rows.len() - 1
            });
            table.rows[row].cells[machine] = Some(cell(finding));
            let at = At {
                machine,
                finding: place,
            };
            table.places.insert(at, row);
        }
    }
    table.by_rule()
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

    /// Whether it is worth a look on a machine where nothing above explains it.
    fn is_open(&self) -> bool {
        let mut bad = self
            .cells
            .iter()
            .flatten()
            .filter(|cell| is_bad(cell.verdict));
        bad.any(|cell| cell.explained_by.is_none())
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
            (Verdict::Inconclusive, "inconclusive"),
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
