//! What was seen, for machines: the parts that a line of evidence is made of.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::fact::{self, Part};

/// One line of evidence: what it is, and its words in parts that know where they come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Fact {
    /// What it is, a stable word: `no-answer`.
    pub kind: String,
    /// The words; joined they are the line.
    pub parts: Vec<Part>,
}

impl From<&fact::Fact> for Fact {
    fn from(fact: &fact::Fact) -> Self {
        Self {
            kind: fact.kind(),
            parts: fact.sentence().0,
        }
    }
}

/// The words of some parts.
pub(super) fn words(parts: &[Part]) -> String {
    parts.iter().map(|part| part.text.as_ref()).collect()
}

/// The facts of what was seen, and their lines.
pub(super) fn told(evidence: &[fact::Fact]) -> (Vec<Fact>, Vec<String>) {
    let facts: Vec<Fact> = evidence.iter().map(Fact::from).collect();
    let lines = facts.iter().map(|fact| words(&fact.parts)).collect();
    (facts, lines)
}
