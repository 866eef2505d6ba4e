//! What in a line of evidence comes from a stranger, and what certificates call people.

use super::{Kind, Redactor};

/// What stands in the place of a stranger's words.
pub(super) const WITHHELD: &str = "[redacted]";

/// Figures of a protocol, not words of a stranger.
const FIGURES: [&str; 7] = [
    "stratum", "rcode", "mode", "tls", "length", "answers", "versions",
];

/// What our sentences have before a stranger's words, which then are the rest of the line.
const BEFORE_WORDS: [&str; 2] = [
    "plain text came where TLS was due: ",
    "the server breaks the TLS standard: ",
];

/// What our sentences have behind the name of a certificate's subject or issuer.
const BEHIND_NAMES: [&str; 9] = [
    ", issued by ",
    ", valid until ",
    ": this machine",
    ": the public",
    ", which ",
    " (that is ",
    " expired on ",
    " is valid from ",
    "; ",
];

/// What a name in a certificate may begin with. Source: RFC 4514 §3, RFC 5280 §4.1.2.4.
const ATTRIBUTES: [&str; 12] = [
    "CN", "O", "OU", "C", "L", "ST", "S", "DC", "STREET", "UID", "E", "Email",
];

impl Redactor {
    /// A line of evidence: what a server said of itself is left out, the rest is a text.
    pub(super) fn evidence(&mut self, line: &str) -> String {
        for before in BEFORE_WORDS {
            if line.starts_with(before) {
                return format!("{before}{WITHHELD}");
            }
        }
        if let Some((label, words)) = line.split_once(": ")
            && is_label(label)
            && !Self::is_ours(words)
        {
            return format!("{label}: {WITHHELD}");
        }
        let line = without_reason(line);
        self.text(&line)
    }

    /// Whether what follows a label is a code of ours: `relay: tcp-no-reply`.
    fn is_ours(words: &str) -> bool {
        words.parse::<crate::diagnose::Cause>().is_ok()
    }

    /// The text with pseudonyms for the names that certificates have: `CN=a, O=b`.
    pub(super) fn distinguished(&mut self, text: &str) -> String {
        let mut shown = String::new();
        let mut rest = text;
        while let Some(start) = start_of_name(rest) {
            let (before, from) = rest.split_at(start);
            shown.push_str(before);
            let ends = BEHIND_NAMES.iter().filter_map(|behind| from.find(behind));
            let end = ends.min().unwrap_or(from.len());
            shown.push_str(&self.pseudonym(Kind::Name, &from[..end]));
            rest = &from[end..];
        }
        shown + rest
    }
}

/// `banner`, `proxy-authenticate`: one word in lower case, not a figure.
fn is_label(label: &str) -> bool {
    let is_word = |byte: u8| byte.is_ascii_lowercase() || byte == b'-';
    !label.is_empty() && label.bytes().all(is_word) && !FIGURES.contains(&label)
}

/// `HTTP 403 Forbidden` without the server's own reason.
fn without_reason(line: &str) -> String {
    let Some(at) = line.find("HTTP ") else {
        return line.to_owned();
    };
    let (before, from) = line.split_at(at);
    let status = from
        .get(..8)
        .filter(|status| status.bytes().skip(5).all(|byte| byte.is_ascii_digit()));
    match status {
        Some(status) => {
            let closed = if from.ends_with(')') { ")" } else { "" };
            format!("{before}{status}{closed}")
        }
        None => line.to_owned(),
    }
}

/// Where the name of a certificate's subject or issuer begins.
fn start_of_name(text: &str) -> Option<usize> {
    let starts = text.match_indices('=').filter_map(|(equals, _)| {
        let start = text[..equals]
            .rfind([' ', '('])
            .map_or(0, |before| before + 1);
        let key = &text[start..equals];
        let is_number =
            key.contains('.') && key.bytes().all(|it| it.is_ascii_digit() || it == b'.');
        (is_number || ATTRIBUTES.contains(&key)).then_some(start)
    });
    starts.min()
}
