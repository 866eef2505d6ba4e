//! Annotations for GitHub Actions; the job summary is the Markdown format.
//! Source: GitHub Docs, "Workflow commands for GitHub Actions", "Setting an error message".

use std::{
    collections::HashMap,
    io::{self, Write},
};

use super::{Finding, Report, Source, Verdict};
use crate::catalog::embedded::is_built_in;

/// Writes an annotation a root cause and one a finding that none explains, failures first: GitHub
/// shows ten of a kind a step.
pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let kinds = root_kinds(report);
    for root in &report.root_causes {
        let kind = kinds
            .get(root.id.as_str())
            .copied()
            .unwrap_or(Kind::Warning);
        let evidence = root.evidence.iter().map(String::as_str);
        let lines: Vec<&str> = evidence.chain([root.remedy.as_str()]).collect();
        let title = format!("{}: {}", root.cause, root.title);
        annotate(kind, &title, None, &lines.join("\n"), out)?;
    }
    for kind in [Kind::Error, Kind::Warning] {
        for finding in &report.findings {
            if finding.explained_by.is_none() && Kind::of(finding) == Some(kind) {
                let title = format!(
                    "{} {}",
                    finding.endpoint,
                    finding.cause.as_deref().unwrap_or_default()
                );
                let text = format!("{}\n{}", finding.service, finding.story());
                annotate(kind, &title, finding.source.as_ref(), &text, out)?;
            }
        }
    }
    let summary = &report.summary;
    let text = format!(
        "{}: {} passed, {} warned, {} failed, {} inconclusive, {} skipped",
        report.verdict,
        summary.pass,
        summary.warn,
        summary.fail,
        summary.inconclusive,
        summary.skip
    );
    annotate(Kind::Notice, "portcheck", None, &text, out)
}

/// How GitHub shows an annotation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Notice,
    Warning,
    Error,
}

impl Kind {
    /// What a finding is worth; `None` where there is nothing to look at.
    fn of(finding: &Finding) -> Option<Self> {
        match (finding.verdict, finding.gates()) {
            (Verdict::Fail | Verdict::Inconclusive | Verdict::Skip, true) => Some(Self::Error),
            (Verdict::Fail | Verdict::Inconclusive, false) | (Verdict::Warn, _) => {
                Some(Self::Warning)
            }
            (Verdict::Pass, _) | (Verdict::Skip, false) => None,
        }
    }

    const fn command(self) -> &'static str {
        match self {
            Self::Notice => "notice",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// By root cause the worst of what it explains.
fn root_kinds(report: &Report) -> HashMap<&str, Kind> {
    let mut kinds = HashMap::new();
    for finding in &report.findings {
        if let (Some(id), Some(kind)) = (finding.explained_by.as_deref(), Kind::of(finding)) {
            let worst = kinds.entry(id).or_insert(kind);
            *worst = kind.max(*worst);
        }
    }
    kinds
}

fn annotate(
    kind: Kind,
    title: &str,
    source: Option<&Source>,
    text: &str,
    out: &mut dyn Write,
) -> io::Result<()> {
    write!(out, "::{} title={}", kind.command(), property(title))?;
    // What is built in stands in no repository of the user.
    if let Some(source) = source.filter(|source| !is_built_in(&source.file)) {
        write!(out, ",file={},line={}", property(&source.file), source.line)?;
    }
    writeln!(out, "::{}", message(text))
}

fn message(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

fn property(text: &str) -> String {
    message(text).replace(':', "%3A").replace(',', "%2C")
}
