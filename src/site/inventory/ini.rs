//! The INI form. Source: Ansible, plugin `ansible.builtin.ini`.

use super::{
    range::expand,
    raw::{At, Raw, Said, Variable},
    words::{Word, words},
};
use crate::catalog::mistakes::{Reporter, Span, quoted};

/// What the lines of a section are.
#[derive(Clone, Debug)]
enum Section {
    /// Hosts of a group, or of none.
    Hosts(Option<String>),
    /// Groups of a group.
    Children(String),
    /// Variables of a group.
    Variables(String),
    /// What is under a heading that is wrong.
    Other,
}

/// A file that is being read.
pub(super) struct Reading<'a, 't> {
    pub(super) raw: &'a mut Raw,
    pub(super) reporter: &'a mut Reporter<'t>,
    /// Its place among those that were read.
    pub(super) file: usize,
}

/// A line, without what stands around it.
struct Line<'t> {
    number: usize,
    /// The characters before it.
    indent: usize,
    start: usize,
    text: &'t str,
}

/// What is known before it is known whether there is such a group.
#[derive(Default)]
struct Pending {
    named: Vec<Named>,
    variables: Vec<(String, String, Variable)>,
}

/// A group that is named where another line must say that there is one.
struct Named {
    name: String,
    span: Span,
    /// In what it is named: `[x:children]`.
    heading: String,
}

/// The hosts and groups of the text; what is wrong is reported.
pub(super) fn read(text: &str, reading: &mut Reading<'_, '_>) {
    let mut section = Section::Hosts(None);
    let mut pending = Pending::default();
    let mut start = 0;
    for (index, line) in text.split_inclusive('\n').enumerate() {
        let content = line.trim();
        let before = line.len() - line.trim_start().len();
        let line_start = start;
        start += line.len();
        if content.is_empty() || content.starts_with(['#', ';']) {
            continue;
        }
        let line = Line {
            number: index + 1,
            indent: line[..before].chars().count(),
            start: line_start + before,
            text: content,
        };
        match heading(content) {
            Some((name, kind)) => {
                section = reading.open(&line, name, kind);
                if let Section::Variables(group) = &section {
                    pending.named.push(line.named(group, group, "vars"));
                }
            }
            None => reading.item(&section, &line, &mut pending),
        }
    }
    reading.settle(pending);
}

impl Line<'_> {
    fn span(&self, range: std::ops::Range<usize>) -> Span {
        let head = self.text.get(..range.start).unwrap_or_default();
        Span {
            line: self.number,
            column: self.indent + head.chars().count() + 1,
            start: self.start + range.start,
            end: self.start + range.end,
        }
    }

    fn whole(&self) -> Span {
        self.span(0..self.text.len())
    }

    fn named(&self, name: &str, group: &str, kind: &str) -> Named {
        Named {
            name: name.to_owned(),
            span: self.whole(),
            heading: format!("[{group}:{kind}]"),
        }
    }
}

/// `x` and `children` of `[x:children]  # why`.
fn heading(content: &str) -> Option<(&str, Option<&str>)> {
    let (inner, rest) = content.strip_prefix('[')?.split_once(']')?;
    let rest = rest.trim_start();
    let (name, kind) = match inner.split_once(':') {
        Some((name, kind)) => (name, Some(kind)),
        None => (inner, None),
    };
    let is_word = |text: &str| text.chars().all(|it| it.is_alphanumeric() || it == '_');
    let is_kind = kind.is_none_or(|kind| !kind.is_empty() && is_word(kind));
    let is_name = !name.is_empty() && !name.contains(char::is_whitespace);
    let is_alone = rest.is_empty() || rest.starts_with('#');
    (is_alone && is_name && is_kind).then_some((name, kind))
}

impl Reading<'_, '_> {
    fn at(&self, span: Span) -> At {
        At {
            file: self.file,
            span,
        }
    }

    fn open(&mut self, line: &Line<'_>, name: &str, kind: Option<&str>) -> Section {
        let name = name.to_owned();
        match kind.unwrap_or("hosts") {
            "hosts" => {
                self.raw.group(&name);
                Section::Hosts(Some(name))
            }
            "children" => {
                self.raw.group(&name);
                Section::Children(name)
            }
            "vars" => Section::Variables(name),
            kind => {
                let kind = quoted(kind);
                let message =
                    format!("unknown kind of section {kind}, expected `children` or `vars`");
                self.reporter.report(line.whole(), message);
                Section::Other
            }
        }
    }

    /// What waited for the last line of the file.
    fn settle(&mut self, pending: Pending) {
        for Named {
            name,
            span,
            heading,
        } in pending.named
        {
            if !self.raw.has_group(&name) {
                let (heading, group) = (quoted(&heading), quoted(&name));
                let message = format!("{heading} names a group {group}, and there is none");
                let help = format!("a line {} declares it", quoted(&format!("[{name}]")));
                self.reporter.report_with(span, message, help);
            }
        }
        for (group, key, variable) in pending.variables {
            if self.raw.has_group(&group) {
                self.raw.group(&group).own.set(&key, variable);
            }
        }
    }

    /// One line of a section.
    fn item(&mut self, section: &Section, line: &Line<'_>, pending: &mut Pending) {
        match section {
            _ if line.text.starts_with('[') && line.text.ends_with(']') => {
                let message = "got a heading that is none";
                let help = "write `[GROUP]`, `[GROUP:children]` or `[GROUP:vars]`, without blanks"
                    .to_owned();
                self.reporter.report_with(line.whole(), message, help);
            }
            Section::Other => {}
            Section::Hosts(group) => self.hosts(group.as_deref(), line),
            Section::Variables(group) => {
                let variable = self.variable(line);
                let of_group = variable.map(|(key, variable)| (group.clone(), key, variable));
                pending.variables.extend(of_group);
            }
            Section::Children(group) => pending.named.extend(self.child(group, line)),
        }
    }

    fn child(&mut self, group: &str, line: &Line<'_>) -> Option<Named> {
        let child = line.text.split('#').next().unwrap_or_default().trim_end();
        let is_foreign = |it: char| it.is_whitespace() || matches!(it, ':' | ']');
        if child.is_empty() || child.contains(is_foreign) {
            let message = "got no name of a group";
            self.reporter.report(line.span(0..0), message);
            return None;
        }
        let at = self.at(line.span(0..child.len()));
        self.raw.nest(group, child, Some(at));
        Some(line.named(child, group, "children"))
    }

    fn variable(&mut self, line: &Line<'_>) -> Option<(String, Variable)> {
        let Some((key, value)) = line.text.split_once('=') else {
            // The line may be the rest of a secret.
            let message = "got a line without `=`, expected `KEY=VALUE`";
            self.reporter.report(line.span(0..0), message);
            return None;
        };
        let at = Some(self.at(line.span(0..key.trim_end().len())));
        let said = said(value.trim());
        Some((key.trim().to_owned(), Variable { said, at }))
    }

    fn hosts(&mut self, group: Option<&str>, line: &Line<'_>) {
        let words = match words(line.text) {
            Ok(words) => words,
            Err(at) => {
                let message = "this quote is never closed";
                return self.reporter.report(line.span(at..at + 1), message);
            }
        };
        let Some((first, rest)) = words.split_first() else {
            return;
        };
        if let Some(place) = rest.iter().position(|word| !word.text.contains('=')) {
            return self.stray(line, &words, place + 1);
        }
        let span = line.span(first.range.clone());
        let pattern = without_port(&first.text);
        if pattern.ends_with(':') && is_plain(&pattern[..pattern.len() - 1]) {
            let message = "got a host that ends in `:`, expected a port behind it";
            return self.reporter.report(span, message);
        }
        match expand(pattern, self.raw.room()) {
            Ok(names) => {
                let at = Some(self.at(span));
                for name in names {
                    let known = self.raw.host(&name, group, at);
                    for (key, value) in rest.iter().filter_map(|word| word.text.split_once('=')) {
                        let said = said(value);
                        known.own.set(key, Variable { said, at });
                    }
                }
            }
            Err(message) => self.reporter.report(span, message),
        }
    }

    /// A word behind a host that is no variable. It may be a part of a secret, so it is not shown.
    fn stray(&mut self, line: &Line<'_>, words: &[Word], place: usize) {
        let next = |offset: usize| words.get(place + offset).map(|word| word.text.as_str());
        let (word, sign) = (&words[place], next(1));
        let known = ["ansible_host", "ansible_ssh_host"].contains(&word.text.as_str());
        let is_spread = sign.is_some_and(|sign| sign.starts_with('='));
        let (span, help) = if is_spread {
            let value = next(2)
                .filter(|_| known && sign == Some("="))
                .unwrap_or("VALUE");
            let help = format!("write {}", quoted(&format!("{}={value}", word.text)));
            (line.span(word.range.clone()), help)
        } else {
            let help = "write `KEY=VALUE` without blanks around the `=`; a value with blanks stands in quotes";
            (line.span(words[0].range.clone()), help.to_owned())
        };
        let message = format!("word {} of the line is no `KEY=VALUE`", place + 1);
        self.reporter.report_with(span, message, help);
    }
}

/// What the text of a value says: a literal of Python, or itself.
fn said(text: &str) -> Said {
    let quote = text.chars().next().filter(|it| matches!(it, '\'' | '"'));
    let inner = quote.and_then(|quote| text.strip_prefix(quote)?.split_once(quote));
    match inner {
        Some((inner, rest)) if !inner.contains('\\') && is_end(rest) => {
            Said::Text(inner.to_owned())
        }
        Some(_) | None if text == "None" => Said::Nothing,
        Some(_) | None => Said::Text(text.to_owned()),
    }
}

/// Whether nothing but a comment follows.
fn is_end(rest: &str) -> bool {
    let rest = rest.trim_start();
    rest.is_empty() || rest.starts_with('#')
}

/// The pattern without the port of SSH behind it. More than one colon is an address.
pub(super) fn without_port(pattern: &str) -> &str {
    let Some((host, port)) = pattern.rsplit_once(':') else {
        return pattern;
    };
    if port.is_empty() || !port.bytes().all(|byte| byte.is_ascii_digit()) {
        return pattern;
    }
    let bare = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'));
    let is_whole = |host: &str| !host.contains(['[', ']', ':']);
    match bare {
        // `[2001:db8::7]:22`, `[n1]:22`
        Some(bare) if is_whole(bare) || bare.parse::<std::net::IpAddr>().is_ok() => bare,
        Some(_) | None if is_plain(host) => host,
        Some(_) | None => pattern,
    }
}

/// Whether there is no colon but in ranges.
fn is_plain(host: &str) -> bool {
    let mut depth = 0_i32;
    for character in host.chars() {
        match character {
            '[' => depth += 1,
            ']' => depth -= 1,
            ':' if depth == 0 => return false,
            _ => {}
        }
    }
    depth == 0
}
