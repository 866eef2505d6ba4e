//! A matrix for people: the machines, root causes, a row a check that is not well everywhere.

use super::{Matrix, Row, Shared, on};
use crate::{
    report::{Sheet, Style, Tone, Verdict},
    text,
};

/// So many machines have a blank between their marks, and numbers above.
const NUMBERED: usize = 20;

/// The matrix as text, with a line feed at the end.
pub(super) fn table(matrix: &Matrix, style: &Style) -> String {
    let mut sheet = Sheet::new(style);
    for (place, machine) in matrix.machines.iter().enumerate() {
        let lead = format!("{:>3}  ", place + 1);
        let (host, started) = (&machine.host, &machine.started);
        let text = format!("{host}, {started}: {}", machine.verdict);
        sheet.paragraph(&lead, &text);
    }
    for shared in &matrix.root_causes {
        root_cause(&mut sheet, shared);
    }
    let is_shown = |row: &&Row| style.verbose || row.is_problem();
    let shown: Vec<&Row> = matrix.rows.iter().filter(is_shown).collect();
    if !shown.is_empty() {
        sheet.blank();
        heading(&mut sheet, matrix.machines.len());
    }
    for row in &shown {
        line(&mut sheet, row, matrix.machines.len());
    }
    sheet.blank();
    let folded = matrix.rows.len() - shown.len();
    if folded > 0 {
        let checks = text::count(folded, "more check");
        sheet.paragraph(
            "",
            &format!("{checks} without a problem on any machine, -v shows them"),
        );
    }
    let (tone, word) = match matrix.verdict {
        Verdict::Pass | Verdict::Skip => (Tone::Good, "PASS"),
        Verdict::Warn => (Tone::Warning, "WARN"),
        Verdict::Inconclusive => (Tone::Unknown, "UNKNOWN"),
        Verdict::Fail => (Tone::Bad, "FAIL"),
    };
    sheet.verdict(tone, &format!("{word}: {}", matrix.counts()));
    sheet.into_text()
}

fn root_cause(sheet: &mut Sheet<'_>, shared: &Shared) {
    let root = &shared.root;
    sheet.blank();
    sheet.title(Tone::Bad, &format!("{}: {}", root.cause, root.title));
    for evidence in root.evidence.iter().filter(|it| **it != root.title) {
        sheet.paragraph("  ", evidence);
    }
    let lead = format!("  {}", sheet.arrow());
    sheet.paragraph(&lead, &root.remedy);
    let checks = text::count(root.explains, "check");
    let on = on(&shared.machines);
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
