//! The INI form. Source: Ansible, plugin `ansible.builtin.ini`.

use super::{range::expand, raw::Raw};
use crate::catalog::mistakes::{Reporter, Span, quoted};

/// What the lines of a section are.
enum Section {
    /// Hosts of a group, or of none.
    Hosts(Option<String>),
    /// Groups of a group.
    Children(String),
    /// What is passed over: variables, and what is under a heading that is wrong.
    Other,
}

/// The hosts and groups of the text; what is wrong is reported.
pub(super) fn read(text: &str, reporter: &mut Reporter<'_>) -> Raw {
    let mut raw = Raw::default();
    let mut section = Section::Hosts(None);
    let mut start = 0;
    for (index, line) in text.split_inclusive('\n').enumerate() {
        let at = Line {
            number: index + 1,
            start,
            text: line.trim_end(),
        };
        start += line.len();
        let content = at.text.trim_start_matches('\u{feff}').trim();
        if content.is_empty() || content.starts_with(['#', ';']) {
            continue;
        }
        match heading(content) {
            Some(heading) => section = open(heading, (&at, content), (&mut raw, reporter)),
            None => item(&section, (&at, content), (&mut raw, reporter)),
        }
    }
    raw
}

/// A line and where it stands.
struct Line<'t> {
    number: usize,
    start: usize,
    text: &'t str,
}

impl Line<'_> {
    /// The place of `part`, which is a piece of the line.
    fn span(&self, part: &str) -> Span {
        let offset = self.text.find(part).unwrap_or(0);
        Span {
            line: self.number,
            column: self.text[..offset].chars().count() + 1,
            start: self.start + offset,
            end: self.start + offset + part.len(),
        }
    }
}

/// `x:children` of `[x:children]  # why`; an address in brackets is no heading.
fn heading(content: &str) -> Option<&str> {
    let (name, rest) = content.strip_prefix('[')?.split_once(']')?;
    let rest = rest.trim_start();
    let is_alone = rest.is_empty() || rest.starts_with(['#', ';']);
    (is_alone && name.parse::<std::net::IpAddr>().is_err()).then_some(name)
}

fn open(
    heading: &str,
    (line, content): (&Line<'_>, &str),
    (raw, reporter): (&mut Raw, &mut Reporter<'_>),
) -> Section {
    let (name, kind) = match heading.split_once(':') {
        Some((name, kind)) => (name.trim(), kind.trim()),
        None => (heading.trim(), "hosts"),
    };
    match kind {
        _ if name.is_empty() => {
            reporter.report(line.span(content), "got an empty name of a group");
            Section::Other
        }
        "hosts" => {
            raw.nest(name, None);
            Section::Hosts(Some(name.to_owned()))
        }
        "children" => {
            raw.nest(name, None);
            Section::Children(name.to_owned())
        }
        "vars" => Section::Other,
        _ => {
            let kind = quoted(kind);
            let message = format!("unknown kind of section {kind}, expected `children` or `vars`");
            reporter.report(line.span(content), message);
            Section::Other
        }
    }
}

fn item(
    section: &Section,
    (line, content): (&Line<'_>, &str),
    (raw, reporter): (&mut Raw, &mut Reporter<'_>),
) {
    let words = words(content);
    let Some((first, rest)) = words.split_first() else {
        return;
    };
    let group = match section {
        Section::Hosts(group) => group.as_deref(),
        Section::Children(group) => return raw.nest(group, Some(first)),
        Section::Other => return,
    };
    match expand(without_port(first), raw.room()) {
        Ok(names) => {
            for name in names {
                let known = raw.host(&name, group);
                known.span.get_or_insert(line.span(first));
                for (key, value) in rest.iter().filter_map(|word| word.split_once('=')) {
                    known.set(key, value);
                }
            }
        }
        Err(message) => reporter.report(line.span(first), message),
    }
}

/// The pattern without the port of SSH behind it. More than one colon is an address.
pub(super) fn without_port(pattern: &str) -> &str {
    let Some((host, port)) = pattern.rsplit_once(':') else {
        return pattern;
    };
    let is_port = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    let is_whole = host.ends_with(']') || !host.contains(':') || host.contains('[');
    if is_port && is_whole { host } else { pattern }
}

/// The words of a line as a shell parts them, up to a comment.
fn words(content: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote: Option<char> = None;
    for character in content.chars() {
        match (quote, character) {
            (Some(open), _) if character == open => quote = None,
            (None, '\'' | '"') => {
                word.get_or_insert_default();
                quote = Some(character);
            }
            (None, '#') if word.is_none() => break,
            (None, _) if character.is_whitespace() => words.extend(word.take()),
            (_, _) => word.get_or_insert_default().push(character),
        }
    }
    words.extend(word);
    words
}
