//! What must not be repeated of what a user wrote, because a mistake stands in it: logins, and the values of keys
//! that hold secrets.

use std::ops::Range;

/// What the names of keys with secrets have in them.
const NAMES: [&str; 14] = [
    "pass",
    "pwd",
    "secret",
    "token",
    "credential",
    "apikey",
    "api_key",
    "api-key",
    "privatekey",
    "private_key",
    "private-key",
    "access_key",
    "access-key",
    "authorization",
];

/// The secrets of a line, as ranges of its bytes, in order and apart. `before` is what stands above
/// it: a value may stand under its key.
pub(crate) fn of_line(line: &str, before: &str) -> Vec<Range<usize>> {
    let mut ranges: Vec<Range<usize>> = logins(line);
    ranges.extend(values(line));
    if is_secret_value_due(before) {
        let start = line.len() - line.trim_start().len();
        ranges.push(start..line.trim_end().len().max(start));
    }
    merged(ranges)
}

/// The line without them, and without how long they are.
pub(crate) fn masked(piece: &str, offset: usize, secrets: &[Range<usize>]) -> String {
    let mut shown = String::new();
    let mut at = 0;
    for secret in secrets {
        let start = secret.start.saturating_sub(offset).min(piece.len());
        let end = secret.end.saturating_sub(offset).min(piece.len());
        if start < end {
            shown.push_str(&piece[at..start]);
            shown.push_str("[redacted]");
            at = end;
        }
    }
    shown.push_str(&piece[at..]);
    shown
}

fn merged(mut ranges: Vec<Range<usize>>) -> Vec<Range<usize>> {
    ranges.retain(|range| !range.is_empty());
    ranges.sort_by_key(|range| range.start);
    let mut merged: Vec<Range<usize>> = Vec::new();
    for range in ranges {
        match merged.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            Some(_) | None => merged.push(range),
        }
    }
    merged
}

/// `bob:hunter7` of `smtp://bob:hunter7@mail` and of `bob:hunter7@mail`: up to the last `@` of a
/// word, for a password may have one.
fn logins(line: &str) -> Vec<Range<usize>> {
    let is_end =
        |character: char| character.is_whitespace() || matches!(character, '"' | '\'' | '`');
    let mut found = Vec::new();
    let mut start = 0;
    for word in line.split_inclusive(is_end) {
        let bare = word.trim_end_matches(is_end);
        if let Some(at) = bare.rfind('@') {
            let head = &bare[..at];
            let url = head.find("://").map(|scheme| scheme + 3);
            let open = head.len()
                - head
                    .trim_start_matches(['[', '{', '(', '-', ',', '='])
                    .len();
            let from = url.unwrap_or(open);
            if url.is_some() || head[from..].contains(':') {
                found.push(start + from..start + at);
            }
        }
        start += word.len();
    }
    found
}

/// The values of keys with secrets: `KEY: VALUE`, `KEY=VALUE`, `"KEY": "VALUE"`.
fn values(line: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for (at, separator) in line.match_indices([':', '=']) {
        let head = line[..at].trim_end().trim_end_matches(['"', '\'']);
        if !is_secret(key(head)) {
            continue;
        }
        let rest = &line[at + 1..];
        let start = at + 1 + (rest.len() - rest.trim_start().len());
        let value = &line[start..];
        let is_flow = head.contains(['{', '[']);
        found.push(start..start + length(value, separator, is_flow));
    }
    found
}

/// The name at the end of a text.
fn key(head: &str) -> &str {
    let is_name =
        |character: char| character.is_alphanumeric() || matches!(character, '_' | '-' | '.');
    let start = head.trim_end_matches(is_name).len();
    &head[start..]
}

fn is_secret(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    NAMES.iter().any(|name| key.contains(name))
}

/// How many bytes the value at the beginning of a text has.
fn length(value: &str, separator: &str, is_flow: bool) -> usize {
    if let Some(quote) = value.chars().next().filter(|it| matches!(it, '"' | '\'')) {
        return quoted(value, quote);
    }
    let end = match separator {
        "=" if value.contains('=') => value.find(char::is_whitespace),
        "=" => None,
        _ if is_flow => value.find([',', '}', ']']),
        _ => None,
    };
    end.unwrap_or(value.trim_end().len())
}

/// To the quote that closes it, escaped ones passed over; all of it where none does.
fn quoted(value: &str, quote: char) -> usize {
    let mut is_escaped = false;
    for (at, character) in value.char_indices().skip(1) {
        if character == quote && !is_escaped {
            return at + 1;
        }
        is_escaped = character == '\\' && !is_escaped;
    }
    value.len()
}

/// Whether the last line of a text is a key with a secret whose value stands under it.
fn is_secret_value_due(before: &str) -> bool {
    let line = before.trim_end().lines().next_back().unwrap_or_default();
    let head = line.trim_end_matches(['|', '>', '+', '-', ' ']);
    let head = head
        .strip_suffix(':')
        .map(|head| head.trim_end_matches(['"', '\'']));
    head.is_some_and(|head| is_secret(key(head)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(line: &str) -> String {
        masked(line, 0, &of_line(line, ""))
    }

    #[test]
    fn a_login_is_left_out() {
        for (line, shown) in [
            (
                "smtp_relay: smtp://bob:hunter7secret@mail:25",
                "smtp_relay: smtp://[redacted]@mail:25",
            ),
            (
                "a: \"bob:p@ss@mail:25\" # x",
                "a: \"[redacted]@mail:25\" # x",
            ),
            ("nodes: [me:pw@a, b]", "nodes: [[redacted]@a, b]"),
            ("mail: jane@example.com", "mail: jane@example.com"),
            ("to: user@host:22", "to: user@host:22"),
        ] {
            assert_eq!(told(line), shown);
        }
    }

    #[test]
    fn the_value_of_a_key_that_holds_a_secret_is_left_out() {
        for (line, shown) in [
            (
                "web ansible_become_pass=hunter7 ansible_host=a_b",
                "web ansible_become_pass=[redacted] ansible_host=a_b",
            ),
            (
                "{\"h\": {\"ansible_password\": \"hun\\\"ter7\", \"x\": 1}}",
                "{\"h\": {\"ansible_password\": [redacted], \"x\": 1}}",
            ),
            ("API_TOKEN: two words", "API_TOKEN: [redacted]"),
            (
                "{token: abc, nodes: [a]}",
                "{token: [redacted], nodes: [a]}",
            ),
            (
                "http://h/?access_key=abc&x",
                "http://h/?access_key=[redacted]",
            ),
            ("password:", "password:"),
            ("service: pass", "service: pass"),
        ] {
            assert_eq!(told(line), shown);
        }
    }

    #[test]
    fn a_value_under_its_key_is_left_out() {
        for before in ["a:\n  password:\n", "secret: |\n", "\"token\":\r\n"] {
            let line = "    hunter7 ";
            assert_eq!(masked(line, 0, &of_line(line, before)), "    [redacted] ");
        }
    }

    #[test]
    fn a_piece_of_a_line_leaves_its_part_of_a_secret_out() {
        let line = "pass: hunter7";
        let secrets = of_line(line, "");
        assert_eq!(masked(&line[..8], 0, &secrets), "pass: [redacted]");
        assert_eq!(masked(&line[8..], 8, &secrets), "[redacted]");
    }
}
