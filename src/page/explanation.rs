//! How explanations are laid out.

use crate::report::{Sheet, Style};

/// Explanations are the same wherever they are read.
pub(super) const PAGE: Style = Style {
    width: 80,
    colour: false,
    unicode: true,
    verbose: false,
};

/// Columns of the labels of an explanation.
const LABEL: usize = 12;

/// A label and its text; nothing for an empty one.
pub(super) fn define(sheet: &mut Sheet<'_>, label: &str, text: &str) {
    if !text.is_empty() {
        sheet.paragraph(&format!("{label:<LABEL$}"), text);
    }
}
