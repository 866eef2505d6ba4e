//! Texts that came from files, fit for the language they are put into.

use super::flow::Flow;
use crate::text;

/// One line of a comment that goes to the end of the line.
pub(super) fn comment(text: &str) -> String {
    text::harmless(text).replace(['\n', '\r'], " ")
}

/// The word as a POSIX shell takes it for itself. Source: POSIX.1-2017, Shell Command Language §2.2.2.
pub(super) fn shell(word: &str) -> String {
    format!("'{}'", word.replace('\'', "'\\''"))
}

/// The text as a string of Terraform's language. Source: HCL Native Syntax Specification, "Template
/// Expressions".
pub(super) fn hcl(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{}\"", text.replace("${", "$${").replace("%{", "%%{"))
}

/// What a rule says of itself in a comment of at most `most` bytes: the change's mark, the rules, the
/// page.
pub(super) fn remark(mark: &str, flow: &Flow, most: usize) -> String {
    let page = if flow.page.is_empty() {
        String::new()
    } else {
        format!(", {}", flow.page)
    };
    plain(&format!("{mark} {}{page}", flow.rules()), most)
}

/// A text of at most `most` bytes that needs no quoting inside quotes of any of these languages:
/// what is no letter, digit or one of a few signs becomes `_`.
pub(super) fn plain(text: &str, most: usize) -> String {
    let is_plain = |character: char| {
        character.is_ascii_alphanumeric() || " .,:;()[]/+-_*?=".contains(character)
    };
    let plain = text.chars().map(|character| match character {
        '–' | '—' => '-',
        character if is_plain(character) => character,
        _ => '_',
    });
    plain.take(most).collect::<String>().trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_leaves_its_line_or_its_quotes() {
        assert_eq!(
            comment("a\nnft flush ruleset\r\u{1b}"),
            "a\\x0anft flush ruleset\\x0d\\x1b"
        );
        assert_eq!(shell("it's; $(reboot)"), "'it'\\''s; $(reboot)'");
        assert_eq!(plain("a\"b'c$(d)\\\ne", 20), "a_b_c_(d)__e");
        assert_eq!(plain("0123456789", 4), "0123");
    }
}
