//! For people: who, to whom, over what, what for.

use super::flow::Flow;
use crate::{
    report::{Column, Style, grid},
    text,
};

/// The words over the columns.
const HEADINGS: [&str; 5] = ["source", "destination", "ports", "purpose", "rules"];
/// A destination or a list of rules wider than this is wrapped.
const WIDEST: usize = 40;
/// A column of words is at least so wide.
const NARROWEST: usize = 16;

/// The flows as aligned columns within the style's width.
pub(super) fn table(flows: &[Flow], style: &Style) -> String {
    let rows: Vec<[String; 5]> = flows.iter().map(cells).collect();
    let heading = HEADINGS.map(str::to_owned);
    let width = |column: usize| {
        let rows = rows.iter().chain([&heading]);
        let widths = rows.map(|row| row[column].chars().count());
        widths.max().unwrap_or(0).min(WIDEST)
    };
    let ends = width(0) + width(1) + width(2);
    let left = style.width.saturating_sub(ends + 8);
    let purpose = width(3).min((left / 2).max(NARROWEST));
    let rules = width(4).min(left.saturating_sub(purpose).max(NARROWEST));
    let widths = [width(0), width(1), width(2), purpose, rules];
    let mut out = String::new();
    for row in [&heading].into_iter().chain(&rows) {
        let columns: Vec<Column> = row
            .iter()
            .zip(widths)
            .map(|(cell, width)| Column::left(cell, width))
            .collect();
        for line in grid(&columns) {
            out.push_str(&line);
            out.push('\n');
        }
    }
    out.push('\n');
    out.push_str(&text::count(flows.len(), "flow"));
    out.push('\n');
    out
}

fn cells(flow: &Flow) -> [String; 5] {
    [
        flow.source.to_string(),
        flow.destination.to_string(),
        flow.what(),
        text::harmless(&flow.purpose),
        text::harmless(&flow.rules()),
    ]
}
