//! What changed from one run of a plan to the next, a line each.

use std::fmt::Write as _;

use super::{Finding, Report};
use crate::text;

/// The places of the findings that are not as they were; of a first run those of every finding.
/// Both runs are of one plan.
#[must_use]
pub fn changes_since(last: Option<&Report>, report: &Report) -> Vec<usize> {
    let is_as_it_was = |(index, finding): &(usize, &Finding)| {
        let before = earlier(last, *index, finding);
        before.is_some_and(|before| {
            (before.verdict, &before.cause) == (finding.verdict, &finding.cause)
        })
    };
    let findings = report.findings.iter().enumerate();
    findings
        .filter(|finding| !is_as_it_was(finding))
        .map(|(index, _)| index)
        .collect()
}

/// The same check of the last run: those about this machine itself come and go.
fn earlier<'a>(last: Option<&'a Report>, index: usize, finding: &Finding) -> Option<&'a Finding> {
    let before = last?.findings.get(index)?;
    (before.rule == finding.rule).then_some(before)
}

impl Report {
    /// A line for each finding that is not as it was, and one for the verdict if anything is not;
    /// of a first run the problems and the verdict. Each begins with the start of the run.
    #[must_use]
    pub fn transitions(&self, last: Option<&Self>) -> String {
        let started = text::harmless(&self.started);
        let mut lines = String::new();
        for index in changes_since(last, self) {
            let finding = &self.findings[index];
            let before = earlier(last, index, finding);
            if before.is_some() || finding.is_problem() {
                let line = text::harmless(&transition(before, finding));
                // Writing to memory does not fail.
                let _ = writeln!(lines, "{started} {line}");
            }
        }
        if last.is_none() || !lines.is_empty() {
            let _ = writeln!(lines, "{started} {}", self.verdict_line());
        }
        lines
    }
}

/// `tcp://a:1: pass → fail tcp-refused (connection refused)`.
fn transition(before: Option<&Finding>, finding: &Finding) -> String {
    let mut line = format!("{}: ", finding.title());
    if let Some(before) = before {
        let _ = write!(line, "{} -> ", before.state());
    }
    line.push_str(&finding.state());
    match finding.evidence.first() {
        Some(evidence) if finding.is_problem() => {
            let _ = write!(line, " ({evidence})");
        }
        Some(_) | None => {}
    }
    line
}

impl Finding {
    /// `fail tcp-no-reply`.
    fn state(&self) -> String {
        match &self.cause {
            Some(cause) => format!("{} {cause}", self.verdict),
            None => self.verdict.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Verdict, tests::green};

    #[test]
    fn a_first_run_tells_its_problems_and_its_verdict() {
        let report = green();
        assert_eq!(
            report.transitions(None),
            "2026-11-20T10:00:00Z PASS: 3 of 3 mandatory checks passed in 57 ms (exit 0)\n"
        );
        assert_eq!(changes_since(None, &report).len(), report.findings.len());
    }

    #[test]
    fn a_run_that_is_as_the_last_tells_nothing() {
        let mut later = green();
        later.started = "2026-11-20T10:00:30Z".to_owned();
        later.elapsed_ms += 1;
        assert_eq!(later.transitions(Some(&green())), "");
    }

    #[test]
    fn what_changed_is_told_with_both_states() {
        let mut later = green();
        later.started = "2026-11-20T10:00:30Z".to_owned();
        let finding = &mut later.findings[0];
        finding.verdict = Verdict::Fail;
        finding.cause = Some("tcp-refused".to_owned());
        finding.evidence = vec!["connection refused\x1b[2J".to_owned()];
        let told = later.transitions(Some(&green()));
        assert_eq!(
            told.lines().next(),
            Some(
                "2026-11-20T10:00:30Z demo.licence licence.example.com:443/tcp: pass -> fail \
                 tcp-refused (connection refused\\x1b[2J)"
            )
        );
    }
}
