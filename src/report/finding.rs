//! What every format asks of a finding.

use std::{borrow::Cow, collections::HashMap};

use super::{Finding, Level, Verdict, build};
use crate::diagnose::Cause;

impl Finding {
    /// Whether it decides the exit code. Earlier versions did not say: then what is mandatory and
    /// not waived does, unless it was not judged for another reason than that nobody configured it.
    pub(crate) fn gates(&self) -> bool {
        let is_judged = self.verdict != Verdict::Skip
            || self.cause.as_deref() == Some(Cause::NotConfigured.code());
        self.gates
            .unwrap_or(self.level == Level::Mandatory && self.waived.is_none() && is_judged)
    }

    /// Why it does not decide the exit code.
    pub(crate) fn ungated(&self) -> Option<Cow<'_, str>> {
        match (&self.waived, self.gates()) {
            (Some(waived), _) => Some(Cow::Owned(waived.to_string())),
            (None, false) => Some(Cow::Borrowed("optional")),
            (None, true) => None,
        }
    }

    /// Whether it is about the machine that made the report, and not about a way to a host.
    pub(crate) fn is_of_machine(&self) -> bool {
        self.catalog.as_deref() == Some(build::LOCAL)
    }

    /// Whether it says something about the way between its machine and a host.
    pub(crate) fn is_of_pair(&self) -> bool {
        let is_bound = self.cause.as_deref() != Some(Cause::NotConfigured.code());
        is_bound && !self.is_of_machine()
    }

    /// Whether it was not judged, and that decides the exit code: somebody has to say what is not
    /// known.
    pub(crate) fn is_unasked(&self) -> bool {
        self.verdict == Verdict::Skip && self.gates()
    }

    /// Whether somebody should look at it, or has to say something.
    pub(crate) fn is_shown_first(&self) -> bool {
        self.is_problem() || self.is_unasked()
    }

    /// Whether what was seen is worth a look.
    pub(crate) fn is_problem(&self) -> bool {
        match self.verdict {
            Verdict::Warn | Verdict::Inconclusive | Verdict::Fail => true,
            Verdict::Pass | Verdict::Skip => false,
        }
    }

    /// The rule and what it reaches; for `probe` the URI as typed, which says both.
    pub(crate) fn title(&self) -> Cow<'_, str> {
        if self.catalog.is_none() {
            Cow::Borrowed(&self.rule)
        } else {
            Cow::Owned(format!("{} {}", self.rule, self.endpoint))
        }
    }

    /// The cause and the most telling evidence: `tcp-no-reply: no answer in 3.0 s`. Empty where
    /// there is neither.
    pub(crate) fn headline(&self) -> String {
        match (&self.cause, self.evidence.first()) {
            (Some(cause), Some(evidence)) => format!("{cause}: {evidence}"),
            (Some(only), None) | (None, Some(only)) => only.clone(),
            (None, None) => String::new(),
        }
    }

    /// The evidence, the failed ports and what to do, a line each.
    pub(crate) fn story(&self) -> String {
        let mut lines = self.evidence.clone();
        lines.extend(self.waived.iter().map(ToString::to_string));
        let failed = self.endpoint.failed_text();
        if !failed.is_empty() {
            lines.push(format!("failed ports: {failed}"));
        }
        lines.extend(
            self.remedy
                .iter()
                .map(|remedy| format!("what to do: {remedy}")),
        );
        lines.join("\n")
    }
}

/// The findings under their headings, both in the order of the report.
pub(crate) fn sections(findings: &[Finding]) -> Vec<(&str, Vec<&Finding>)> {
    let mut places: HashMap<&str, usize> = HashMap::new();
    let mut sections: Vec<(&str, Vec<&Finding>)> = Vec::new();
    for finding in findings {
        let name = match finding.section.as_str() {
            "" => "Checks",
            section => section,
        };
        let place = *places.entry(name).or_insert_with(|| {
            sections.push((name, Vec::new()));
            sections.len() - 1
        });
        sections[place].1.push(finding);
    }
    sections
}
