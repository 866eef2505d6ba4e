//! A matrix that fits a ticket: a column a machine.

use super::{Grid, Matrix, Row, Shared, on};
use crate::report::{
    Verdict,
    markdown::{Page, code, plain, root_cause},
};

/// The matrix as Markdown, with a line feed at the end.
pub(super) fn markdown(matrix: &Matrix) -> String {
    let mut page = Page::default();
    page.line(&format!("## portcheck: {}\n", matrix.verdict));
    page.line(&format!("**{}**\n", matrix.counts()));
    if !matrix.root_causes.is_empty() {
        page.line("### Root causes\n");
        page.lines(matrix.root_causes.iter().map(shared), "root cause");
        page.line("");
    }
    page.line("### Machines\n");
    page.lines(grid(matrix), "machine");
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

/// A row a machine: how it sees the others, and the worst of all other hosts.
fn grid(matrix: &Matrix) -> impl Iterator<Item = String> + '_ {
    let Grid {
        hosts,
        machines,
        cells,
    } = &matrix.grid;
    let others = hosts.len() > *machines;
    let seen = hosts.iter().take(*machines).map(|host| plain(host));
    let columns: Vec<String> = ["#", "machine", "comes to", "started"]
        .map(str::to_owned)
        .into_iter()
        .chain(seen)
        .chain(others.then(|| "other hosts".to_owned()))
        .collect();
    let head = [
        format!("| {} |", columns.join(" | ")),
        format!("|{}", " --- |".repeat(columns.len())),
    ];
    let rows = matrix.machines.iter().zip(cells).enumerate();
    let rows = rows.map(move |(place, (machine, row))| {
        let (seen, rest) = row.split_at(*machines);
        let worst = rest.iter().flatten().copied().reduce(super::grid::worse);
        let cells = seen.iter().copied().chain(others.then_some(worst));
        let cells: Vec<String> = cells.map(verdict).collect();
        let (name, started) = (plain(&machine.name), plain(&machine.started));
        let own = verdict(Some(machine.verdict));
        format!(
            "| {} | {name} | {own} | {started} | {} |",
            place + 1,
            cells.join(" | ")
        )
    });
    head.into_iter().chain(rows)
}

/// A verdict, in bold where somebody should look at it.
fn verdict(verdict: Option<Verdict>) -> String {
    match verdict {
        Some(verdict) if super::is_bad(verdict) => format!("**{verdict}**"),
        Some(verdict) => verdict.to_string(),
        None => String::new(),
    }
}

fn shared(shared: &Shared) -> String {
    let on = on(&shared.machines);
    format!("{}\n   - on {on}", root_cause(&shared.root))
}

fn row(row: &Row) -> String {
    let cells: Vec<String> = row
        .cells
        .iter()
        .map(|cell| verdict(cell.as_ref().map(|cell| cell.verdict)))
        .collect();
    let causes = plain(&row.causes());
    format!(
        "| {} | {} | {causes} |",
        code(&row.title),
        cells.join(" | ")
    )
}
