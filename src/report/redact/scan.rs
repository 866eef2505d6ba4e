//! Addresses and names within a text.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{Kind, Redactor};

/// What looks like a name in texts of ours and is none.
const WORDS: [&str; 1] = ["resolv.conf"];

impl Redactor {
    /// The text with pseudonyms in the place of addresses, names of hosts, and whom certificates
    /// name; of a URL no more than its host and port stays.
    pub(super) fn text(&mut self, text: &str) -> String {
        let text = self.distinguished(text);
        let mut shown = String::new();
        let mut rest = text.as_str();
        while let Some(at) = rest.find("://") {
            let (before, after) = rest.split_at(at + 3);
            shown.push_str(&self.words(before));
            let end = after.find(is_end_of_url).unwrap_or(after.len());
            shown.push_str(&self.url(&after[..end]));
            rest = &after[end..];
        }
        shown + &self.words(rest)
    }

    /// What follows `://`: without user, path and query; what portcheck reads of a query stays.
    fn url(&mut self, url: &str) -> String {
        let end = url.find(['/', '?', '#']).unwrap_or(url.len());
        let (authority, rest) = url.split_at(end);
        let host = authority.rsplit('@').next().unwrap_or_default();
        let kept: Vec<&str> = rest
            .strip_prefix('?')
            .unwrap_or_default()
            .split('&')
            .filter(|option| is_option(option))
            .collect();
        let mut shown = self.words(host);
        if !kept.is_empty() {
            shown.push('?');
            shown.push_str(&kept.join("&"));
        } else if rest.len() > 1 {
            shown.push_str("/[redacted]");
        }
        shown
    }

    /// The text, word by word; a word may be a name, an address, or several with colons between.
    fn words(&mut self, text: &str) -> String {
        let mut shown = String::new();
        let mut rest = text;
        while let Some(start) = rest.find(is_of_word) {
            let (before, from) = rest.split_at(start);
            shown.push_str(before);
            let end = from.find(|it| !is_of_word(it)).unwrap_or(from.len());
            shown.push_str(&self.word(&from[..end]));
            rest = &from[end..];
        }
        shown + rest
    }

    fn word(&mut self, word: &str) -> String {
        let parts: Vec<&str> = word.split(':').collect();
        // The longest run of parts that is an IPv6 address; there is none without two colons.
        for length in (3..=parts.len()).rev() {
            for first in 0..=parts.len() - length {
                let last = first + length;
                if let Ok(address) = parts[first..last].join(":").parse::<Ipv6Addr>() {
                    let mut shown: Vec<String> = Vec::new();
                    shown.extend(parts[..first].iter().map(|part| self.name(part)));
                    shown.push(self.ip(IpAddr::V6(address)));
                    shown.extend(parts[last..].iter().map(|part| self.name(part)));
                    return shown.join(":");
                }
            }
        }
        let names: Vec<String> = parts.iter().map(|part| self.name(part)).collect();
        names.join(":")
    }

    /// A word without colons: dots and hyphens around it are punctuation.
    fn name(&mut self, word: &str) -> String {
        let name = word.trim_matches(['.', '-']);
        if name.is_empty() {
            return word.to_owned();
        }
        let start = word.find(name).unwrap_or_default();
        let (before, after) = (&word[..start], &word[start + name.len()..]);
        format!("{before}{}{after}", self.bare_name(name))
    }

    fn bare_name(&mut self, name: &str) -> String {
        let lower = name.to_ascii_lowercase();
        if self.public.contains(&lower)
            || self.rules.contains(&lower)
            || WORDS.contains(&lower.as_str())
        {
            return name.to_owned();
        }
        if let Ok(address) = name.parse::<Ipv4Addr>() {
            return self.ip(IpAddr::V4(address));
        }
        if self.bare.contains(&lower) || looks_like_a_host(name) {
            return self.pseudonym(Kind::Host, name);
        }
        // `10.0.0.1-10.0.0.9`
        if name.contains('-') && name.split('-').any(|part| part.parse::<Ipv4Addr>().is_ok()) {
            let parts: Vec<String> = name.split('-').map(|part| self.name(part)).collect();
            return parts.join("-");
        }
        name.to_owned()
    }
}

/// Whether it has the form of a full name: labels with dots between, the last one of letters.
/// Source: RFC 1123 §2.1, RFC 3696 §2.
fn looks_like_a_host(name: &str) -> bool {
    let Some((_, last)) = name.rsplit_once('.') else {
        return false;
    };
    let is_top = last.starts_with("xn--") || last.bytes().all(|byte| byte.is_ascii_alphabetic());
    last.len() > 1 && is_top && name.split('.').all(|label| !label.is_empty())
}

fn is_of_word(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '.' | '-' | '_' | ':')
}

fn is_end_of_url(character: char) -> bool {
    character.is_whitespace() || matches!(character, '`' | '"' | '\'' | '<' | '>' | ')' | ',' | ';')
}

/// Whether it is an option of an endpoint that names nobody.
fn is_option(option: &str) -> bool {
    let key = option.split('=').next().unwrap_or_default();
    ["expect", "timeout", "pki", "starttls"].contains(&key)
}
