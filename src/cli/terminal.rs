//! What the place that is printed to can show: width, colour, characters.

use std::{env, io};

use super::arguments::ColorWhen;

/// The width in a pipe or a file: wide enough for a host's full name, narrow enough for a ticket.
const WIDTH_ELSEWHERE: usize = 100;
/// The narrowest that a table is made for.
const LEAST_WIDTH: usize = 40;

/// What the place that is printed to can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Terminal {
    /// Columns.
    pub(crate) width: usize,
    /// Whether colour is wanted.
    pub(crate) colour: bool,
    /// Whether characters beyond ASCII are understood.
    pub(crate) unicode: bool,
}

impl Terminal {
    /// Stdout.
    pub(crate) fn stdout() -> Self {
        Self {
            width: width(),
            colour: anstream::AutoStream::choice(&io::stdout()) != anstream::ColorChoice::Never,
            unicode: is_utf8(&locale()),
        }
    }

    /// A file: the same everywhere but for its characters.
    pub(crate) fn file() -> Self {
        Self {
            width: WIDTH_ELSEWHERE,
            colour: false,
            unicode: is_utf8(&locale()),
        }
    }
}

/// Makes every stream obey `--color`.
pub(crate) fn set_colour(when: ColorWhen) {
    match when {
        ColorWhen::Auto => anstream::ColorChoice::Auto,
        ColorWhen::Always => anstream::ColorChoice::Always,
        ColorWhen::Never => anstream::ColorChoice::Never,
    }
    .write_global();
}

/// `COLUMNS` where it is set, else the terminal's width, else the one for pipes.
fn width() -> usize {
    let columns = env::var("COLUMNS").ok().and_then(|text| text.parse().ok());
    columns
        .or_else(|| terminal_size::terminal_size_of(io::stdout()).map(|(width, _)| width.0.into()))
        .filter(|width| *width > 0)
        .map_or(WIDTH_ELSEWHERE, |width: usize| width.max(LEAST_WIDTH))
}

/// The rows of the terminal, at least the classic 24 where nobody says.
pub(crate) fn height() -> usize {
    const CLASSIC: usize = 24;
    let size = terminal_size::terminal_size_of(io::stdout());
    size.map_or(CLASSIC, |(_, height)| height.0.into())
}

/// The locale of characters. Source: locale(7), the order of the variables.
fn locale() -> String {
    ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .filter_map(|name| env::var(name).ok())
        .find(|value| !value.is_empty())
        .unwrap_or_default()
}

fn is_utf8(locale: &str) -> bool {
    let charset = locale.split_once('.').map_or("", |(_, charset)| charset);
    let charset = charset.split('@').next().unwrap_or_default();
    matches!(charset.to_ascii_lowercase().as_str(), "utf-8" | "utf8")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locale_says_its_characters_after_the_dot() {
        for locale in ["C.UTF-8", "de_DE.utf8", "en_GB.UTF-8@euro"] {
            assert!(is_utf8(locale), "{locale}");
        }
        for locale in ["", "C", "POSIX", "de_DE.ISO-8859-1"] {
            assert!(!is_utf8(locale), "{locale}");
        }
    }
}
