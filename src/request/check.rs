//! Which flows a machine's rules let through already.

use std::fmt::Write as _;

use super::{
    flow::Flow,
    place::{Ground, Place, place},
};
use crate::text;

/// Whether the rules let a flow through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Allowed {
    /// They do.
    Yes,
    /// They do not, or not for sure: by these chains.
    No(Vec<String>),
    /// It is by name, and the rules are by address.
    ByName,
}

/// What the rules of `ground` make of each flow, in their order.
#[must_use]
pub fn check(flows: &[Flow], ground: &Ground) -> Vec<Allowed> {
    let allowed = flows.iter().map(|flow| {
        if !flow.is_by_address() {
            return Allowed::ByName;
        }
        match place(flow, ground) {
            Place::Open => Allowed::Yes,
            Place::At(spots) => {
                Allowed::No(spots.iter().map(|spot| spot.chain.to_string()).collect())
            }
            Place::Somewhere | Place::OtherFamily => Allowed::No(Vec::new()),
        }
    });
    allowed.collect()
}

/// The flows and what becomes of them, a line each, then how many are let through.
#[must_use]
pub fn told(flows: &[Flow], allowed: &[Allowed]) -> String {
    let mut out = String::new();
    let mut open = 0;
    for (flow, allowed) in flows.iter().zip(allowed) {
        let (word, why) = match allowed {
            Allowed::Yes => {
                open += 1;
                ("allowed", String::new())
            }
            Allowed::No(chains) if chains.is_empty() => ("not allowed", String::new()),
            Allowed::No(chains) => ("not allowed", format!(", by {}", text::list(chains, "and"))),
            Allowed::ByName => ("unknown", ", it is by name".to_owned()),
        };
        let (from, to) = (&flow.source, &flow.destination);
        let rules = text::harmless(&flow.rules());
        let _ = writeln!(
            out,
            "{word:11}  {} from {from} to {to}  {rules}{why}",
            flow.what()
        );
    }
    let _ = writeln!(
        out,
        "\n{open} of {} allowed",
        text::count(flows.len(), "flow")
    );
    out
}
