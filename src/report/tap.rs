//! TAP 14, for test harnesses. Source: the Test Anything Protocol's specification, version 14.
//!
//! What does not gate is `# TODO`, which a harness shows and lets pass; what was not judged is `# SKIP`.

use std::io::{self, Write};

use super::{Finding, Report, Verdict};

/// Writes a test point a finding, with what was seen as YAML under those that are not plainly good.
pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "TAP version 14")?;
    writeln!(out, "1..{}", report.findings.len())?;
    writeln!(
        out,
        "# portcheck {} on {}, {}: {}",
        report.version, report.host, report.started, report.verdict
    )?;
    if let Some(interrupt) = report.interrupted {
        writeln!(out, "# interrupted: {}", interrupt.word())?;
    }
    for root in &report.root_causes {
        writeln!(out, "# root cause {}: {}", root.cause, root.title)?;
        writeln!(out, "# what to do: {}", root.remedy)?;
    }
    for (index, finding) in report.findings.iter().enumerate() {
        point(index + 1, finding, out)?;
    }
    Ok(())
}

fn point(number: usize, finding: &Finding, out: &mut dyn Write) -> io::Result<()> {
    let result = match finding.verdict {
        Verdict::Skip if finding.is_unasked() => "not ok",
        Verdict::Pass | Verdict::Warn | Verdict::Skip => "ok",
        Verdict::Fail | Verdict::Inconclusive => "not ok",
    };
    write!(out, "{result} {number} - {}", escaped(&finding.title()))?;
    match finding.verdict {
        Verdict::Skip if finding.is_unasked() => {}
        Verdict::Skip => write!(out, " # SKIP {}", escaped(&finding.headline()))?,
        Verdict::Fail | Verdict::Inconclusive => {
            if let Some(why) = finding.ungated() {
                write!(out, " # TODO {}", escaped(&why))?;
            }
        }
        Verdict::Pass | Verdict::Warn => {}
    }
    writeln!(out)?;
    if finding.is_shown_first() {
        diagnostics(finding, out)?;
    }
    Ok(())
}

/// A YAML block. Strings are quoted as JSON does, which YAML reads alike.
fn diagnostics(finding: &Finding, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "  ---")?;
    writeln!(out, "  verdict: {}", finding.verdict)?;
    writeln!(out, "  severity: {}", finding.level)?;
    if let Some(cause) = &finding.cause {
        writeln!(out, "  cause: {}", quoted(cause)?)?;
    }
    writeln!(out, "  certainty: {}", finding.certainty)?;
    writeln!(out, "  stage: {}", finding.stage)?;
    if let Some(root) = &finding.explained_by {
        writeln!(out, "  explained_by: {}", quoted(root)?)?;
    }
    if !finding.evidence.is_empty() {
        writeln!(out, "  evidence:")?;
        for evidence in &finding.evidence {
            writeln!(out, "    - {}", quoted(evidence)?)?;
        }
    }
    if let Some(remedy) = &finding.remedy {
        writeln!(out, "  remedy: {}", quoted(remedy)?)?;
    }
    writeln!(out, "  duration_ms: {}", finding.elapsed_ms)?;
    writeln!(out, "  ...")
}

fn quoted(text: &str) -> io::Result<String> {
    Ok(serde_json::to_string(text)?)
}

/// A description in which no `#` begins a directive.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('#', "\\#")
}
