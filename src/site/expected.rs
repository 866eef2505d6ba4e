//! What must be seen at this site, by rule.

use super::file::Reading;
use crate::catalog::{
    EXPECTS, Expect,
    shape::{Shape, Words},
    yaml::Node,
};

/// The word that leaves it to the rule.
const AUTO: &str = "auto";

/// What must be seen.
pub(super) const WHAT: Shape = Shape::Word(Words {
    noun: "expectation",
    words: || {
        [AUTO]
            .into_iter()
            .chain(EXPECTS.map(Expect::word))
            .collect()
    },
});

/// What must be seen of the rules that a glob matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// A rule's id, or a glob over ids.
    pub rule: String,
    /// What must be seen; `None` leaves it to the rule.
    pub expect: Option<Expect>,
}

impl Reading<'_, '_, '_> {
    pub(super) fn expect(&mut self, root: &Node<'_>) {
        for entry in root.entries_at("expect") {
            self.check_glob(entry.span, &entry.key);
            let word = entry.value.text().unwrap_or_default();
            self.site.expect.push(Expected {
                rule: entry.key.to_string(),
                expect: EXPECTS.into_iter().find(|expect| expect.word() == word),
            });
        }
    }
}
