//! Which way the product goes at this site, by rule.

use super::file::Reading;
use crate::catalog::{
    VIAS, Via,
    shape::{Shape, Words},
    yaml::Node,
};

/// Which way the product goes.
pub(super) const WAY: Shape = Shape::Word(Words {
    noun: "way",
    words: || VIAS.map(Via::word).to_vec(),
});

/// Which way the product goes for the rules that a glob matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    /// A rule's id, or a glob over ids.
    pub rule: String,
    /// The way.
    pub via: Via,
}

impl Reading<'_, '_, '_> {
    pub(super) fn ways(&mut self, root: &Node<'_>) {
        for entry in root.entries_at("via") {
            self.check_glob(entry.span, &entry.key);
            let word = entry.value.text().unwrap_or_default();
            let via = VIAS.into_iter().find(|via| via.word() == word);
            self.site.ways.extend(via.map(|via| Way {
                rule: entry.key.to_string(),
                via,
            }));
        }
    }
}
