//! Words for people: counts, lists, durations, suggestions, and text from strangers made harmless.

use std::{borrow::Cow, fmt::Write as _, time::Duration};

pub(crate) mod secrets;

/// The longest text of a stranger that is shown, in characters.
/// A banner that says who it is fits; a novel does not.
pub const STRANGER_LIMIT: usize = 200;

/// `1 rule`, `2 rules`: the number and the noun, with an `s` unless the number is one.
#[must_use]
pub fn count(number: usize, noun: &str) -> String {
    if number == 1 {
        format!("1 {noun}")
    } else {
        format!("{number} {noun}s")
    }
}

/// `a`, `a and b`, `a, b and c`: the items in their order. Empty for no item.
#[must_use]
pub fn list<T: AsRef<str>>(items: &[T], last: &str) -> String {
    match items {
        [] => String::new(),
        [only] => only.as_ref().to_owned(),
        [init @ .., end] => {
            let init: Vec<&str> = init.iter().map(AsRef::as_ref).collect();
            format!("{} {last} {}", init.join(", "), end.as_ref())
        }
    }
}

/// `12 ms`, `3.0 s`, `2 min 5 s`: a duration as a person says it.
#[must_use]
pub fn duration(duration: Duration) -> String {
    let millis = duration.as_millis();
    match millis {
        0..1_000 => format!("{millis} ms"),
        1_000..60_000 => {
            let tenths = (millis + 50) / 100;
            format!("{}.{} s", tenths / 10, tenths % 10)
        }
        _ => {
            let seconds = duration.as_secs();
            format!("{} min {} s", seconds / 60, seconds % 60)
        }
    }
}

/// The candidate nearest to `word`, if one is near enough to be what was meant.
///
/// Nearness is Damerau-Levenshtein distance, at most a third of the word's length and at least one.
#[must_use]
pub fn suggestion<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let limit = (word.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(word, candidate), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, candidate)| candidate)
}

/// What a stranger sent, fit to be shown: valid text, control characters as `\x1b`, at most
/// [`STRANGER_LIMIT`] characters as shown, then `…` where it was cut.
#[must_use]
pub fn stranger(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let mut shown = String::new();
    let mut count = 0;
    for character in text.trim_end().chars() {
        let before = shown.len();
        push_harmless(&mut shown, character);
        count += shown[before..].chars().count();
        if count > STRANGER_LIMIT {
            shown.truncate(before);
            shown.push('…');
            break;
        }
    }
    shown
}

/// What was typed without the user and password of a URL, which may stand where none is due.
#[must_use]
pub fn without_login(typed: &str) -> Cow<'_, str> {
    match typed.rsplit_once('@') {
        // `--flag=URL` and `[SCHEME://]USER:PASSWORD@HOST`; a file's name may well have an `@`.
        Some((before, host)) if before.contains(':') => Cow::Owned(format!("[redacted]@{host}")),
        Some(_) | None => Cow::Borrowed(typed),
    }
}

/// What was typed without a login, and without the value of a key that holds a secret.
#[must_use]
pub fn without_secrets(typed: &str) -> String {
    let typed = without_login(typed);
    secrets::masked(&typed, 0, &secrets::of_line(&typed, ""))
}

/// The text with every character that does more than print shown as an escape: uncut, so for texts
/// whose length is bounded already.
#[must_use]
pub fn harmless(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        push_harmless(&mut shown, character);
    }
    shown
}

/// Appends `character` as itself if it only prints, else as an escape.
fn push_harmless(shown: &mut String, character: char) {
    if is_harmless(character) {
        shown.push(character);
    } else if character.is_ascii() {
        let _ = write!(shown, "\\x{:02x}", u32::from(character));
    } else {
        let _ = write!(shown, "\\u{{{:x}}}", u32::from(character));
    }
}

/// Whether a character prints and does nothing else: no control (C0, C1), no line separator, nothing
/// that cannot be seen, nothing that turns the direction of what stands beside it, no noncharacter
/// (XML has no U+FFFE and U+FFFF).
fn is_harmless(character: char) -> bool {
    !character.is_control()
        && !is_invisible(character)
        && !is_from_right_to_left(character)
        && !matches!(character, '\u{2028}' | '\u{2029}' | '\u{fffe}'..='\u{ffff}')
}

/// Source: the Unicode Character Database, `Default_Ignorable_Code_Point`, and besides the marks of
/// interlinear annotation and the empty pattern of Braille.
const fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{2800}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

/// Letters that a terminal sets from right to left, and with them the figures beside them: a port
/// or an address would read otherwise. Source: the Unicode Character Database, `Bidi_Class`, the
/// ranges kept for the classes R and AL.
const fn is_from_right_to_left(character: char) -> bool {
    matches!(
        character,
        '\u{590}'..='\u{8ff}'
            | '\u{fb1d}'..='\u{fdff}'
            | '\u{fe70}'..='\u{feff}'
            | '\u{10800}'..='\u{10fff}'
            | '\u{1e800}'..='\u{1efff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_singular_and_all_else_is_plural() {
        assert_eq!(count(1, "rule"), "1 rule");
        assert_eq!(count(0, "rule"), "0 rules");
        assert_eq!(count(2, "rule"), "2 rules");
    }

    #[test]
    fn lists_end_with_the_word_given() {
        assert_eq!(list::<&str>(&[], "and"), "");
        assert_eq!(list(&["a"], "and"), "a");
        assert_eq!(list(&["a", "b"], "or"), "a or b");
        assert_eq!(list(&["a", "b", "c"], "and"), "a, b and c");
    }

    #[test]
    fn durations_read_as_people_say_them() {
        assert_eq!(duration(Duration::from_micros(900)), "0 ms");
        assert_eq!(duration(Duration::from_millis(12)), "12 ms");
        assert_eq!(duration(Duration::from_secs(3)), "3.0 s");
        assert_eq!(duration(Duration::from_secs(125)), "2 min 5 s");
    }

    #[test]
    fn only_a_near_word_is_suggested() {
        assert_eq!(suggestion("prots", ["ports", "host"]), Some("ports"));
        assert_eq!(suggestion("banana", ["ports", "host"]), None);
    }

    #[test]
    fn escape_sequences_and_overrides_are_shown_and_not_done() {
        assert_eq!(stranger(b"220 \x1b[31mhi\x07\r\n"), "220 \\x1b[31mhi\\x07");
        assert_eq!(
            stranger("a\u{202e}b\u{9b}c".as_bytes()),
            "a\\u{202e}b\\u{9b}c"
        );
        assert_eq!(stranger(b"\xff\x00"), "\u{fffd}\\x00");
    }

    #[test]
    fn what_cannot_be_seen_or_turns_the_line_is_shown_escaped() {
        for (text, shown) in [
            ("a\u{3164}b", "a\\u{3164}b"),
            ("a\u{34f}b", "a\\u{34f}b"),
            ("a\u{fff9}b\u{fffb}", "a\\u{fff9}b\\u{fffb}"),
            ("220 \u{5e9}\u{5dc} 25", "220 \\u{5e9}\\u{5dc} 25"),
            ("\u{627}\u{200d}\u{fe0f}", "\\u{627}\\u{200d}\\u{fe0f}"),
            ("é ß 漢字 Ω → …", "é ß 漢字 Ω → …"),
        ] {
            assert_eq!(stranger(text.as_bytes()), shown);
            assert_eq!(harmless(text), shown);
        }
    }

    #[test]
    fn a_harmless_text_stays_as_it_is_however_often_it_is_shown() {
        let text = "é → 10.0.0.7".repeat(100);
        assert_eq!(harmless(&text), text);
        assert_eq!(harmless(&harmless("a\x1b[2J\n")), "a\\x1b[2J\\x0a");
        assert_eq!(harmless("\u{2028}\u{ffff}"), "\\u{2028}\\u{ffff}");
    }

    #[test]
    fn a_long_text_is_cut_and_says_so() {
        let shown = stranger(&[b'a'; 10_000]);
        assert_eq!(shown.chars().count(), STRANGER_LIMIT + 1);
        assert!(shown.ends_with('…'));
        assert!(stranger(&[0; 10_000]).chars().count() <= STRANGER_LIMIT + 1);
    }
}
