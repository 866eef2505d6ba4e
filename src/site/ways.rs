//! Which way the product goes at this site, by rule.

use super::reading::Reading;
use crate::catalog::{Via, form::Named};

/// Which way the product goes for the rules that a glob matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    /// A rule's id, or a glob over ids.
    pub rule: String,
    /// The way.
    pub via: Via,
}

/// The ways that the file names.
pub(super) fn read(globs: &[Named<'_, Via>], reading: &mut Reading<'_, '_, '_>) -> Vec<Way> {
    let way = |entry: &Named<'_, Via>| {
        reading.check_glob(entry.span, entry.name);
        Some(Way {
            rule: entry.name.to_owned(),
            via: entry.value?,
        })
    };
    globs.iter().filter_map(way).collect()
}
