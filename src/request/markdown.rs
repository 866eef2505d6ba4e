//! For a ticket.

use std::fmt::Write as _;

use super::flow::Flow;
use crate::{
    report::markdown::{code, plain},
    text,
};

/// The flows as a table.
pub(super) fn markdown(flows: &[Flow]) -> String {
    let mut out = format!(
        "Please allow {}:\n\n\
         | source | destination | transport | ports | direction | purpose | rules | page |\n\
         | --- | --- | --- | --- | --- | --- | --- | --- |\n",
        text::count(flows.len(), "flow")
    );
    for flow in flows {
        let ports = flow
            .ports
            .map_or_else(|| "-".to_owned(), |ports| ports.to_string());
        let shown = |words: &str| plain(&text::harmless(words));
        let _ = writeln!(
            out,
            "| {} | {} | {} | {ports} | {} | {} | {} | {} |",
            code(&flow.source.to_string()),
            code(&flow.destination.to_string()),
            flow.transport,
            flow.direction.word(),
            shown(&flow.purpose),
            shown(&flow.rules()),
            shown(&flow.page),
        );
    }
    out
}
