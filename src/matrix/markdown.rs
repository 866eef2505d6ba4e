//! A matrix that fits a ticket: a column a machine.

use super::{Matrix, Row, Shared, on};
use crate::report::markdown::{Page, code, plain, root_cause};

/// The matrix as Markdown, with a line feed at the end.
pub(super) fn markdown(matrix: &Matrix) -> String {
    let mut page = Page::default();
    page.line(&format!("## portcheck: {}\n", matrix.verdict));
    page.line(&format!("**{}**\n", matrix.counts()));
    for machine in &matrix.machines {
        let (host, started) = (plain(&machine.host), plain(&machine.started));
        page.line(&format!("1. {host}, {started}: {}", machine.verdict));
    }
    if !matrix.root_causes.is_empty() {
        page.line("\n### Root causes\n");
        page.lines(matrix.root_causes.iter().map(shared), "root cause");
    }
    page.line("\n### Checks\n");
    let places = 1..=matrix.machines.len();
    let names: Vec<String> = places.map(|place| place.to_string()).collect();
    page.line(&format!("| check | {} | why |", names.join(" | ")));
    page.line(&format!("| --- |{} --- |", " --- |".repeat(names.len())));
    let (problems, rest): (Vec<&Row>, Vec<&Row>) =
        matrix.rows.iter().partition(|row| row.is_problem());
    page.lines(problems.into_iter().chain(rest).map(row), "check");
    page.into_text()
}

fn shared(shared: &Shared) -> String {
    let on = on(&shared.machines);
    format!("{}\n   - on {on}", root_cause(&shared.root))
}

fn row(row: &Row) -> String {
    let cells: Vec<String> = row
        .cells
        .iter()
        .map(|cell| match cell {
            Some(cell) if super::is_bad(cell.verdict) => format!("**{}**", cell.verdict),
            Some(cell) => cell.verdict.to_string(),
            None => String::new(),
        })
        .collect();
    let causes = plain(&row.causes());
    format!(
        "| {} | {} | {causes} |",
        code(&row.title),
        cells.join(" | ")
    )
}
