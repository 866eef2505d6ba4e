//! A row a flow, for spreadsheets, and back. Source: RFC 4180.

use thiserror::Error;

use super::flow::{Flow, NoEnd};
use crate::report::csv::row;

/// The columns (contract §10).
const COLUMNS: [&str; 8] = [
    "source",
    "destination",
    "transport",
    "ports",
    "direction",
    "purpose",
    "rules",
    "page",
];

/// The flows under a heading, a row each.
pub(super) fn csv(flows: &[Flow]) -> String {
    let mut out = Vec::new();
    // Writing to memory does not fail.
    let _ = row(&COLUMNS, &mut out);
    for flow in flows {
        let _ = row(
            &[
                &flow.source.to_string(),
                &flow.destination.to_string(),
                flow.transport.word(),
                &flow
                    .ports
                    .map(|ports| ports.to_string())
                    .unwrap_or_default(),
                flow.direction.word(),
                &flow.purpose,
                &flow.rules(),
                &flow.page,
            ],
            &mut out,
        );
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// A row that is no flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("row {row}: it is no flow: the columns are {}", COLUMNS.join(","))]
pub struct CsvError {
    /// Which, from 1; the heading is the first.
    pub row: usize,
}

/// The flows of such a file, in their order.
///
/// # Errors
/// The first row that is none.
pub fn parse(text: &str) -> Result<Vec<Flow>, CsvError> {
    let rows = rows(text);
    let mut rows = rows.iter().enumerate();
    let is_heading = |(_, cells): &(usize, &Vec<String>)| **cells == COLUMNS;
    if !rows.next().as_ref().is_some_and(is_heading) {
        return Err(CsvError { row: 1 });
    }
    rows.map(|(index, cells)| flow(cells).map_err(|NoEnd| CsvError { row: index + 1 }))
        .collect()
}

fn flow(cells: &[String]) -> Result<Flow, NoEnd> {
    let [
        source,
        destination,
        transport,
        ports,
        direction,
        purpose,
        rules,
        page,
    ] = cells
    else {
        return Err(NoEnd);
    };
    let ports = match ports.as_str() {
        "" => None,
        ports => Some(ports.parse()?),
    };
    Ok(Flow {
        source: source.parse()?,
        destination: destination.parse()?,
        transport: transport.parse().map_err(|_| NoEnd)?,
        ports,
        direction: direction.parse()?,
        purpose: purpose.clone(),
        rules: rules.split_whitespace().map(str::to_owned).collect(),
        page: page.clone(),
    })
}

/// The cells of every row.
fn rows(text: &str) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut cell) = (Vec::new(), Vec::new(), String::new());
    let (mut quoted, mut was_quoted) = (false, false);
    let mut characters = text.chars().peekable();
    let end = |cell: &mut String, row: &mut Vec<String>, was_quoted: &mut bool| {
        row.push(unguarded(std::mem::take(cell), std::mem::take(was_quoted)));
    };
    while let Some(character) = characters.next() {
        match character {
            '"' if quoted && characters.peek() == Some(&'"') => {
                characters.next();
                cell.push('"');
            }
            '"' => {
                quoted = !quoted;
                was_quoted = true;
            }
            ',' if !quoted => end(&mut cell, &mut row, &mut was_quoted),
            '\r' if !quoted => {}
            '\n' if !quoted => {
                end(&mut cell, &mut row, &mut was_quoted);
                rows.push(std::mem::take(&mut row));
            }
            character => cell.push(character),
        }
    }
    if !cell.is_empty() || !row.is_empty() {
        end(&mut cell, &mut row, &mut was_quoted);
        rows.push(row);
    }
    rows
}

/// The cell without the apostrophe that keeps it from being a formula.
fn unguarded(cell: String, was_quoted: bool) -> String {
    let formula = |rest: &&str| rest.starts_with(['=', '+', '-', '@', '\t', '\r']);
    match cell.strip_prefix('\'').filter(formula) {
        Some(rest) if was_quoted => rest.to_owned(),
        Some(_) | None => cell,
    }
}
