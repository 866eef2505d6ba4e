//! What must be seen at this site, by rule.

use super::reading::Reading;
use crate::catalog::{
    Expect,
    form::{Named, Words},
};

/// `auto` leaves it to the rule.
impl Words for Option<Expect> {
    const NOUN: &'static str = Expect::NOUN;

    fn all() -> Vec<Self> {
        let said = Expect::all().into_iter().map(Some);
        [None].into_iter().chain(said).collect()
    }

    fn in_a_word(self) -> &'static str {
        self.map_or("auto", Expect::in_a_word)
    }
}

/// What must be seen of the rules that a glob matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// A rule's id, or a glob over ids.
    pub rule: String,
    /// What must be seen; `None` leaves it to the rule.
    pub expect: Option<Expect>,
}

/// What the file expects.
pub(super) fn read(
    globs: &[Named<'_, Option<Expect>>],
    reading: &mut Reading<'_, '_, '_>,
) -> Vec<Expected> {
    let expected = |entry: &Named<'_, Option<Expect>>| {
        reading.check_glob(entry.span, entry.name);
        Expected {
            rule: entry.name.to_owned(),
            expect: entry.value.flatten(),
        }
    };
    globs.iter().map(expected).collect()
}
