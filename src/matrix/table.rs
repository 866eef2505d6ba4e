//! A matrix for people: what explains what is not well, who sees whom, and a row a check that nothing
//! explains.

use super::{Grid, Matrix, Row, Shared};
use crate::{
    report::{Sheet, Style, Tone, Verdict},
    text,
};

/// So many columns have a blank between their marks, and numbers above.
const NUMBERED: usize = 20;

/// The matrix as text, with a line feed at the end.
pub(super) fn table(matrix: &Matrix, style: &Style) -> String {
    let mut sheet = Sheet::new(style);
    for shared in &matrix.root_causes {
        root_cause(&mut sheet, shared);
    }
    sheet.heading(if matrix.grid.machines > 0 {
        "Each machine (a row), and how it sees the others by their numbers"
    } else {
        "Each machine"
    });
    grid(&mut sheet, matrix);
    let is_shown = |row: &&Row| style.verbose || row.is_open();
    let shown: Vec<&Row> = matrix.rows.iter().filter(is_shown).collect();
    if !shown.is_empty() {
        sheet.heading("Each check (a row), by machine");
        heading(&mut sheet, matrix.machines.len());
    }
    for row in &shown {
        line(&mut sheet, row, matrix.machines.len());
    }
    sheet.blank();
    if let Some(hint) = folded(matrix, shown.len()) {
        sheet.paragraph("", &hint);
    }
    let (tone, word) = match matrix.verdict {
        Verdict::Pass | Verdict::Skip => (Tone::Good, "PASS"),
        Verdict::Warn => (Tone::Warning, "WARN"),
        Verdict::Inconclusive => (Tone::Unknown, "INCONCLUSIVE"),
        Verdict::Fail => (Tone::Bad, "FAIL"),
    };
    sheet.verdict(tone, &format!("{word}: {}", matrix.counts()));
    sheet.into_text()
}

/// How many checks are not shown, and why.
fn folded(matrix: &Matrix, shown: usize) -> Option<String> {
    let left = matrix
        .rows
        .len()
        .checked_sub(shown)
        .filter(|left| *left > 0)?;
    let explained = matrix
        .rows
        .iter()
        .filter(|row| row.is_problem() && !row.is_open());
    let explained = explained.count().min(left);
    let well = left - explained;
    let mut told = Vec::new();
    if explained > 0 {
        let checks = text::count(explained, "more check");
        told.push(format!("{checks} explained above"));
    }
    if well > 0 {
        let checks = text::count(well, "more check");
        told.push(format!("{checks} without a problem on any machine"));
    }
    Some(format!("{}, -v shows them", told.join(", ")))
}

/// A machine a line: how it sees the others, the worst of all other hosts, its name and verdict.
fn grid(sheet: &mut Sheet<'_>, matrix: &Matrix) {
    let Grid {
        hosts,
        machines,
        cells,
    } = &matrix.grid;
    let is_seen = *machines > 0;
    let others = hosts.len() > *machines;
    let wide = if *machines <= NUMBERED { 3 } else { 1 };
    if is_seen && wide > 1 {
        let numbers = hosts.iter().take(*machines).map(|host| {
            let place = matrix.machines.iter().position(|it| it.name == *host);
            format!("{:<wide$}", place.map_or(0, |place| place + 1))
        });
        let other = if others { "other hosts" } else { "" };
        let heading = format!("{}{other}", numbers.collect::<String>());
        sheet.paragraph("     ", heading.trim_end());
    }
    for (place, (machine, row)) in matrix.machines.iter().zip(cells).enumerate() {
        let (seen, rest) = row.split_at(*machines);
        let mark = |verdict: &Option<Verdict>| {
            let mark = verdict.map(|verdict| sheet.mark(tone(verdict)));
            format!("{:<wide$}", mark.unwrap_or('.'))
        };
        let mut marks: String = seen.iter().map(mark).collect();
        if is_seen && others {
            let worst = rest.iter().flatten().copied().reduce(super::grid::worse);
            marks.push_str(&mark(&worst));
        }
        let (name, started) = (&machine.name, &machine.started);
        let gap = if is_seen { " " } else { "" };
        let text = format!("{marks}{gap}{name}: {}, {started}", machine.verdict);
        sheet.verdict_behind(&format!("{:>3}  ", place + 1), tone(machine.verdict), &text);
    }
}

fn root_cause(sheet: &mut Sheet<'_>, shared: &Shared) {
    let root = &shared.root;
    sheet.blank();
    let tone = match (shared.verdict, shared.gates) {
        (Verdict::Fail, false) => Tone::Aside,
        (verdict, _) => tone(verdict),
    };
    sheet.title(tone, &format!("{}: {}", root.cause, root.title));
    for evidence in root.evidence.iter().filter(|it| **it != root.title) {
        sheet.paragraph("  ", evidence);
    }
    let lead = format!("  {}", sheet.arrow());
    sheet.paragraph(&lead, &root.remedy);
    let checks = text::count(root.explains, "check");
    let on = super::on(&shared.machines);
    sheet.paragraph("  ", &format!("explains {checks} on {on}"));
}

fn heading(sheet: &mut Sheet<'_>, machines: usize) {
    if machines <= NUMBERED {
        let numbers: Vec<String> = (1..=machines)
            .map(|number| format!("{number:<2}"))
            .collect();
        sheet.paragraph("", numbers.join(" ").trim_end());
    }
}

/// The marks of the machines, then the check, then why where it is not well.
fn line(sheet: &mut Sheet<'_>, row: &Row, machines: usize) {
    let marks: Vec<String> = row
        .cells
        .iter()
        .map(|cell| {
            let mark = cell.as_ref().map(|cell| sheet.mark(tone(cell.verdict)));
            // A dot, so that the columns can be counted.
            let mark = mark.unwrap_or('.');
            if machines <= NUMBERED {
                format!("{mark:<2}")
            } else {
                mark.to_string()
            }
        })
        .collect();
    let gap = if machines <= NUMBERED { " " } else { "" };
    sheet.verdict(
        tone(row.worst()),
        &format!("{}  {}", marks.join(gap), row.title),
    );
    let causes = row.causes();
    if !causes.is_empty() {
        sheet.paragraph("      ", &causes);
    }
}

const fn tone(verdict: Verdict) -> Tone {
    match verdict {
        Verdict::Pass => Tone::Good,
        Verdict::Skip => Tone::Quiet,
        Verdict::Warn => Tone::Warning,
        Verdict::Inconclusive => Tone::Unknown,
        Verdict::Fail => Tone::Bad,
    }
}
