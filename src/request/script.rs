//! What the texts of several firewalls have in common: a heading, a mark, and what is not said.

use std::{
    collections::BTreeSet,
    fmt::Write as _,
    hash::{DefaultHasher, Hash as _, Hasher as _},
};

use super::{change::Unsaid, escape, flow::Flow};
use crate::text;

/// What the rules of a change have in their comments, so that they are found again:
/// `portcheck-1a2b3c4d`, the same for the same flows.
pub(super) fn mark(flows: &[Flow]) -> String {
    let mut hasher = DefaultHasher::new();
    flows.hash(&mut hasher);
    format!("portcheck-{:08x}", hasher.finish() >> 32)
}

/// A text of lines, whose comments begin with `#`.
#[derive(Default)]
pub(super) struct Script(String);

impl Script {
    /// A text that begins so.
    pub(super) fn new(first: &str) -> Self {
        let mut script = Self::default();
        if !first.is_empty() {
            script.line(first);
        }
        script
    }

    pub(super) fn line(&mut self, line: &str) {
        self.0.push_str(line);
        self.0.push('\n');
    }

    /// A line that may hold what a file says.
    pub(super) fn comment(&mut self, words: &str) {
        let _ = writeln!(self.0, "# {}", escape::comment(words));
    }

    /// Which rules a line is for, what for, and on which page it stands.
    pub(super) fn about(&mut self, flow: &Flow) {
        let page = if flow.page.is_empty() {
            String::new()
        } else {
            format!(" ({})", flow.page)
        };
        self.comment(&format!("{}: {}{page}", flow.rules(), flow.purpose));
    }

    /// What is not said, each with its rules, and why.
    pub(super) fn unsaid(&mut self, unsaid: &[Unsaid]) {
        if unsaid.is_empty() {
            return;
        }
        let count = text::count(unsaid.len(), "flow");
        self.line("#");
        self.comment(&format!("Not in here: {count}."));
        let lines: BTreeSet<String> = unsaid.iter().map(Unsaid::line).collect();
        for line in lines {
            self.comment(&format!("  {line}"));
        }
    }

    pub(super) fn into_text(self) -> String {
        self.0
    }
}
