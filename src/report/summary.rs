//! The end of a table: what is off, where to read on, and the verdict as the last line.

use std::{collections::BTreeSet, time::Duration};

use super::{Finding, Level, Off, Report, Verdict, fold::Tone, layout::Sheet};
use crate::{diagnose::Cause, text};

/// So many causes are worth a pointer to their page.
const HINTS: usize = 3;

/// What is off, where to read on, and the verdict as the last line.
pub(super) fn write(sheet: &mut Sheet<'_>, report: &Report, folded: usize) {
    if let Some(ways) = ways(report) {
        sheet.paragraph("", &ways);
    }
    if let Some(off) = off(&report.off) {
        sheet.paragraph("", &off);
    }
    if let Some(hint) = explain_hint(report) {
        sheet.paragraph("", &hint);
    }
    if folded > 0 {
        sheet.paragraph("", &folded_hint(folded));
    }
    sheet.verdict(verdict(report).0, &report.verdict_line());
}

const fn verdict(report: &Report) -> (Tone, &'static str) {
    match report.verdict {
        Verdict::Pass => (Tone::Good, "PASS"),
        Verdict::Skip => (Tone::Quiet, "SKIP"),
        Verdict::Warn => (Tone::Warning, "WARN"),
        Verdict::Inconclusive => (Tone::Unknown, "INCONCLUSIVE"),
        Verdict::Fail => (Tone::Bad, "FAIL"),
    }
}

impl Report {
    /// `FAIL: 2 of 90 mandatory checks failed, 88 passed in 3.0 s (exit 1)`.
    pub(super) fn verdict_line(&self) -> String {
        format!("{}: {}", verdict(self).1, summary(self))
    }
}

/// `7 checks went through http://proxy.example:3128, 3 directly`, where any went through a proxy.
fn ways(report: &Report) -> Option<String> {
    let findings = &report.findings;
    let mut proxies: Vec<(&str, usize)> = Vec::new();
    for via in findings.iter().filter_map(|finding| finding.via.as_deref()) {
        match proxies.iter_mut().find(|(proxy, _)| *proxy == via) {
            Some((_, count)) => *count += 1,
            None => proxies.push((via, 1)),
        }
    }
    let direct = findings
        .iter()
        .filter(|finding| finding.via.is_none() && finding.verdict != Verdict::Skip)
        .count();
    let mut parts: Vec<String> = proxies
        .iter()
        .map(|(proxy, count)| format!("{} through {proxy}", text::count(*count, "check")))
        .collect();
    if parts.is_empty() {
        return None;
    }
    if direct > 0 {
        parts.push(format!("{direct} directly"));
    }
    let own = if report.profiles.is_empty() {
        ""
    } else {
        "; the product needs the proxy in its own settings too"
    };
    Some(format!("{}{own}", parts.join(", ")))
}

/// How to see what was folded.
pub(crate) fn folded_hint(folded: usize) -> String {
    format!(
        "-v shows {}, folded above",
        text::count(folded, "more line")
    )
}

/// `4 rules off: needs --with ipsec (3), needs --with simba (1)`.
pub(crate) fn off(off: &[Off]) -> Option<String> {
    let mut reasons: Vec<(&str, usize)> = Vec::new();
    for off in off {
        match reasons.iter_mut().find(|(reason, _)| *reason == off.reason) {
            Some((_, count)) => *count += 1,
            None => reasons.push((&off.reason, 1)),
        }
    }
    let reasons: Vec<String> = reasons
        .into_iter()
        .map(|(reason, count)| format!("{reason} ({count})"))
        .collect();
    (!off.is_empty()).then(|| {
        format!(
            "{} off: {}",
            text::count(off.len(), "rule"),
            reasons.join("; ")
        )
    })
}

/// The command that tells more about the worst cause, and the other causes it knows: those of
/// roots first, then those of lines of their own.
fn explain_hint(report: &Report) -> Option<String> {
    let roots = report.root_causes.iter().map(|root| root.cause.as_str());
    let mut unexplained: Vec<&Finding> = report
        .findings
        .iter()
        .filter(|finding| finding.explained_by.is_none())
        .collect();
    unexplained.sort_by_key(|finding| finding.level);
    let of = |verdict| {
        unexplained
            .iter()
            .filter(move |finding| finding.verdict == verdict)
            .filter_map(|finding| finding.cause.as_deref())
    };
    let mut seen = BTreeSet::new();
    let causes: Vec<&str> = roots
        .chain(of(Verdict::Fail))
        .chain(of(Verdict::Inconclusive))
        .chain(of(Verdict::Warn))
        .filter(|cause| seen.insert(*cause))
        .take(HINTS)
        .collect();
    let (worst, others) = causes.split_first()?;
    let others = if others.is_empty() {
        String::new()
    } else {
        format!(" (or {})", others.join(", "))
    };
    Some(format!("portcheck explain {worst}{others} tells more"))
}

/// `2 of 90 mandatory checks failed, 3 inconclusive, 85 passed in 3.0 s (exit 1)`.
fn summary(report: &Report) -> String {
    let mandatory = counts(report, Level::Mandatory);
    let optional = counts(report, Level::Optional);
    let mut parts = Vec::new();
    let total: usize = mandatory.iter().map(|(count, _)| count).sum();
    for (index, (count, word)) in mandatory.iter().enumerate() {
        parts.push(if index == 0 {
            format!(
                "{count} of {} {word}",
                text::count(total, "mandatory check")
            )
        } else {
            format!("{count} {word}")
        });
    }
    if parts.is_empty() {
        parts.push("no mandatory check".to_owned());
    }
    let mut text = parts.join(", ");
    if report.verdict == Verdict::Skip {
        text = format!("nothing was checked: {text}");
    }
    if !optional.is_empty() {
        let parts: Vec<String> = optional
            .iter()
            .map(|(count, word)| format!("{count} {word}"))
            .collect();
        text = format!("{text}; optional: {}", parts.join(", "));
    }
    let time = text::duration(Duration::from_millis(report.elapsed_ms));
    let cut = report.interrupted.map_or(String::new(), |interrupt| {
        format!(", cut short by {}", interrupt.word())
    });
    format!("{text} in {time}{cut} ({})", exit(report))
}

/// How many findings of a level came out how, worst first, none left out but the zeros. What its
/// vendor has withdrawn is not counted.
fn counts(report: &Report, level: Level) -> Vec<(usize, &'static str)> {
    let is_cause = |finding: &Finding, cause: Cause| {
        finding.verdict == Verdict::Skip && finding.cause.as_deref() == Some(cause.code())
    };
    let of_level = || {
        let counted = |it: &&Finding| !is_cause(it, Cause::WithdrawnByVendor);
        let findings = report.findings.iter().filter(counted);
        findings.filter(|it| it.level == level)
    };
    let waived = of_level().filter(|it| it.waived.is_some()).count();
    let needless = |finding: &Finding| is_cause(finding, Cause::NotNeeded);
    [
        (Verdict::Fail, "failed"),
        (Verdict::Inconclusive, "inconclusive"),
        (Verdict::Skip, "skipped"),
        (Verdict::Warn, "warned"),
        (Verdict::Pass, "passed"),
    ]
    .into_iter()
    .map(|(verdict, word)| {
        let alike = |finding: &&Finding| {
            finding.verdict == verdict && finding.waived.is_none() && !needless(finding)
        };
        (of_level().filter(alike).count(), word)
    })
    .chain([
        (waived, "waived"),
        (of_level().filter(|it| needless(it)).count(), "not needed"),
    ])
    .filter(|(count, _)| *count > 0)
    .collect()
}

fn exit(report: &Report) -> String {
    let by_strict = report.exit_code == 1 && report.verdict != Verdict::Fail;
    let why = match &report.baseline {
        Some(baseline) => format!(", {}", baseline.words()),
        None if by_strict => " by --strict".to_owned(),
        None => String::new(),
    };
    format!("exit {}{why}", report.exit_code)
}
