//! The report for people: root causes first, one line a check, the same said once, one last line.

use std::{net::Ipv6Addr, time::Duration};

use super::{
    Baseline, Certainty, Endpoint, Expect, Finding, Level, PortField, Report, Stage, Style,
    Verdict,
    fold::{self, Alike, Detail, Lead, Line, Rest, Tone},
    layout::{self, Section, Sheet},
    other_profiles, summary,
};
use crate::{diagnose::Cause, text};

/// Good news longer than this is cut.
const NEWS: usize = 32;
/// From so many on, checks that pass alike are one line.
const PASSES: usize = 9;
/// From so many on, failures, unknowns and warnings of one host that are alike are one line, with
/// the ports under it.
const TROUBLES: usize = 4;
/// Of so many ranges of failed ports the text is given.
const RANGES: usize = 8;

/// The report as text, with a line feed at the end.
pub(super) fn table(report: &Report, style: &Style) -> String {
    let mut sheet = Sheet::new(style);
    for root in &report.root_causes {
        sheet.blank();
        sheet.title(Tone::Bad, &format!("{}: {}", root.cause, root.title));
        for evidence in root.evidence.iter().filter(|it| **it != root.title) {
            sheet.detail(2, &saw(evidence));
        }
        sheet.detail(2, &remedy(&root.remedy));
        let explained = format!("explains {}", text::count(root.explains, "check"));
        sheet.detail(2, &saw(&explained));
    }
    let mut folded = 0;
    let mut told = Vec::new();
    for (heading, findings) in sections(&report.findings) {
        let lines: Vec<Line> = findings
            .iter()
            .map(|finding| line(finding, report, style.verbose))
            .collect();
        let shown = if style.verbose {
            lines
        } else {
            fold::fold(lines)
        };
        folded += findings.len() - shown.len();
        told.push(Section {
            heading,
            lines: shown,
        });
    }
    sheet.sections(&told);
    report
        .baseline
        .iter()
        .for_each(|it| baseline(&mut sheet, it, report));
    sheet.blank();
    summary::write(&mut sheet, report, folded);
    sheet.into_text()
}

/// What is not as it was, what got worse first.
fn baseline(sheet: &mut Sheet<'_>, baseline: &Baseline, report: &Report) {
    let (host, started) = (&baseline.host, &baseline.started);
    sheet.heading(&format!("Against the baseline of {host}, {started}"));
    for change in &baseline.changes {
        let tone = match (change.worse, change.kind.as_str()) {
            (true, _) => Tone::Bad,
            (false, "fixed") => Tone::Good,
            (false, _) => Tone::Quiet,
        };
        let states = change.states(sheet.arrow());
        sheet.title(
            tone,
            &format!("{}: {}: {states}", change.kind, change.check),
        );
    }
    let counts = format!("{}: {}", baseline.words(), baseline.counts);
    sheet.paragraph("", &counts);
    if let Some(profiles) = &baseline.profiles {
        sheet.paragraph("", &other_profiles(profiles, &report.profiles));
    }
}

/// The findings under their headings: sections in their order, the mandatory ones of each first.
fn sections(findings: &[Finding]) -> Vec<(String, Vec<&Finding>)> {
    let mut names: Vec<&str> = Vec::new();
    for finding in findings {
        if !names.contains(&finding.section.as_str()) {
            names.push(&finding.section);
        }
    }
    let mut sections = Vec::new();
    for name in names {
        for level in [Level::Mandatory, Level::Optional] {
            let of_level: Vec<&Finding> = findings
                .iter()
                .filter(|finding| finding.section == name && finding.level == level)
                .collect();
            if !of_level.is_empty() {
                sections.push((heading(name, level), of_level));
            }
        }
    }
    sections
}

/// The heading of a section's mandatory or optional part.
pub(crate) fn heading(section: &str, level: Level) -> String {
    let section = if section.is_empty() {
        "Checks"
    } else {
        section
    };
    match level {
        Level::Mandatory => section.to_owned(),
        Level::Optional => format!("{section} (optional)"),
    }
}

fn line(finding: &Finding, report: &Report, verbose: bool) -> Line {
    let (tone, word) = status(finding);
    Line {
        tone,
        word,
        host: finding.endpoint.host.clone(),
        port: port(&finding.endpoint),
        rule: finding
            .catalog
            .iter()
            .map(|_| finding.rule.as_str())
            .collect(),
        endpoint: subject(finding),
        service: finding.service.clone(),
        rest: rest(finding, report),
        details: details(finding, verbose),
        alike: alike(finding, report),
    }
}

fn status(finding: &Finding) -> (Tone, &'static str) {
    match (finding.verdict, finding.gates()) {
        (Verdict::Pass, _) => (Tone::Good, "pass"),
        (Verdict::Warn, _) => (Tone::Warning, "warn"),
        (Verdict::Fail, true) => (Tone::Bad, "FAIL"),
        (Verdict::Fail, false) => (Tone::Aside, "fail"),
        (Verdict::Inconclusive, _) => (Tone::Unknown, "inconclusive"),
        (Verdict::Skip, _) => (Tone::Quiet, "skip"),
    }
}

/// What a line is about: the endpoint; for `probe` the URI as typed, whose options matter.
fn subject(finding: &Finding) -> String {
    if finding.catalog.is_none() {
        finding.rule.clone()
    } else {
        endpoint(&finding.endpoint)
    }
}

/// `10.0.0.7:443/tcp`, `[::1]:20123-32768/tcp`, `10.0.0.7 icmp`.
pub(crate) fn endpoint(endpoint: &Endpoint) -> String {
    let host = if endpoint.host.parse::<Ipv6Addr>().is_ok() {
        format!("[{}]", endpoint.host)
    } else {
        endpoint.host.clone()
    };
    let transport = endpoint.transport;
    match (&endpoint.ports, endpoint.port) {
        (Some(ports), _) => format!("{host}:{}-{}/{transport}", ports.first, ports.last),
        (None, PortField::Port(port)) => format!("{host}:{port}/{transport}"),
        (None, PortField::Null | PortField::Absent) => format!("{} {transport}", endpoint.host),
    }
}

/// The transport and the port; `None` for a range and where there are no ports.
pub(crate) fn port(endpoint: &Endpoint) -> Option<(&'static str, u16)> {
    match endpoint.port {
        PortField::Port(port) => Some((endpoint.transport.word(), port)),
        PortField::Null | PortField::Absent => None,
    }
}

fn rest(finding: &Finding, report: &Report) -> Rest {
    if finding.verdict != Verdict::Skip {
        let time = (finding.stage != Stage::Plan || finding.elapsed_ms > 0)
            .then(|| Duration::from_millis(finding.elapsed_ms));
        return Rest::Columns {
            result: result(finding, report),
            time,
        };
    }
    Rest::Wide(match (&finding.cause, &finding.remedy) {
        (Some(cause), _) if finding.waived.is_some() => format!("{cause}, waived"),
        (Some(cause), Some(remedy)) => format!("{cause}, {remedy}"),
        (Some(text), None) | (None, Some(text)) => text.clone(),
        (None, None) => finding.service.clone(),
    })
}

fn result(finding: &Finding, report: &Report) -> String {
    if finding.verdict == Verdict::Pass {
        return good_news(finding);
    }
    let result = result_unwaived(finding, report);
    match &finding.waived {
        Some(_) => format!("{result}, waived"),
        None => result,
    }
}

fn result_unwaived(finding: &Finding, report: &Report) -> String {
    match &finding.cause {
        Some(cause) if cause == Cause::Explained.code() => {
            let root = report
                .root_causes
                .iter()
                .find(|root| finding.explained_by.as_ref() == Some(&root.id));
            root.map_or_else(
                || cause.clone(),
                |root| format!("explained by {}", root.cause),
            )
        }
        Some(cause) => cause.clone(),
        None => good_news(finding),
    }
}

/// What a check that found nothing wrong says in a few words, and that it went by a proxy.
fn good_news(finding: &Finding) -> String {
    let news = news(finding);
    match finding.via {
        Some(_) if news.is_empty() => "by proxy".to_owned(),
        Some(_) => format!("{news}, by proxy"),
        None => news,
    }
}

fn news(finding: &Finding) -> String {
    if let Some(ports) = &finding.endpoint.ports {
        let all = usize::from(ports.last.saturating_sub(ports.first)) + 1;
        return format!("{} of {all} ports tried", ports.checked);
    }
    match (finding.expect, finding.certainty) {
        (Expect::Blocked, _) => return "blocked, as it must be".to_owned(),
        (Expect::Path, Certainty::Inferred) => return "path open, nothing listens yet".to_owned(),
        (Expect::Path, Certainty::Proven) | (Expect::Service, _) => {}
    }
    match (finding.evidence.first(), finding.stage) {
        (Some(evidence), _) => layout::cut(evidence, NEWS),
        (None, Stage::Plan | Stage::Resolve | Stage::Proxy) => String::new(),
        (None, Stage::Connect) => "open".to_owned(),
        (None, Stage::Tls) => "open, TLS".to_owned(),
        (None, Stage::Service) => "answers".to_owned(),
    }
}

/// What stands under a line. What a root cause explains is said there.
fn details(finding: &Finding, verbose: bool) -> Vec<Detail> {
    let mut details: Vec<Detail> = match finding.verdict {
        Verdict::Pass if verbose => all_but(finding, &news(finding)),
        Verdict::Pass => Vec::new(),
        Verdict::Skip => reason(finding, verbose),
        Verdict::Warn | Verdict::Inconclusive | Verdict::Fail => {
            if finding.explained_by.is_none() || verbose {
                blame(finding)
            } else {
                Vec::new()
            }
        }
    };
    let waived = finding.waived.iter();
    details.extend(waived.map(|waived| saw(&waived.to_string())));
    if verbose {
        details.extend(verbose_details(finding));
    }
    details
}

/// The evidence, unless the line says it already.
fn all_but(finding: &Finding, said: &str) -> Vec<Detail> {
    let unsaid = finding.evidence.iter().filter(|evidence| *evidence != said);
    unsaid.map(|evidence| saw(evidence)).collect()
}

/// Why nothing was tried, unless the remedy says so already (`needs FLAG`, and to give the flag).
fn reason(finding: &Finding, verbose: bool) -> Vec<Detail> {
    let said = |evidence: &str| {
        let flag = evidence.strip_prefix("needs ").unwrap_or(evidence);
        finding
            .remedy
            .as_ref()
            .is_some_and(|remedy| remedy.contains(flag))
    };
    // Where it is to be run instead is all there is to know.
    let is_elsewhere = finding.cause.as_deref() == Some(Cause::NotFromHere.code());
    let shown = match (verbose, is_elsewhere) {
        (true, _) => usize::MAX,
        (false, true) => 0,
        (false, false) => 1,
    };
    let reasons = finding.evidence.iter().take(shown);
    reasons.filter(|it| !said(it)).map(|it| saw(it)).collect()
}

/// What was seen of something that is not good, and what to do.
fn blame(finding: &Finding) -> Vec<Detail> {
    let mut details: Vec<Detail> = finding.evidence.iter().map(|it| saw(it)).collect();
    if let (Certainty::Inferred, Some(first)) = (finding.certainty, details.first_mut()) {
        first.text = format!("inferred from: {}", first.text);
    }
    details.extend(failed_ports(finding));
    details.extend(finding.remedy.iter().map(|it| remedy(it)));
    details
}

/// Which ports of a range failed.
fn failed_ports(finding: &Finding) -> Option<Detail> {
    let ports = finding.endpoint.ports.as_ref()?;
    let range = |[first, last]: &[u16; 2]| {
        if first == last {
            first.to_string()
        } else {
            format!("{first}-{last}")
        }
    };
    let mut failed: Vec<String> = ports.failed.iter().take(RANGES).map(range).collect();
    if ports.failed.len() > RANGES {
        failed.push(format!("{} more ranges", ports.failed.len() - RANGES));
    }
    (!failed.is_empty()).then(|| {
        saw(&format!(
            "{} tried, failed: {}",
            text::count(ports.checked, "port"),
            failed.join(", ")
        ))
    })
}

/// What only `-v` shows: the addresses, and the rule that `explain` and `--skip` know.
fn verbose_details(finding: &Finding) -> Vec<Detail> {
    let mut details: Vec<Detail> = finding
        .addresses
        .iter()
        .map(|address| {
            let cause = address
                .cause
                .as_deref()
                .map_or(String::new(), |cause| format!(" {cause}"));
            let time = text::duration(Duration::from_millis(address.elapsed_ms));
            saw(&format!(
                "{}: {}{cause}, {time}",
                address.address, address.verdict
            ))
        })
        .collect();
    if finding.catalog.is_some() {
        details.push(saw(&format!("rule {}", finding.rule)));
    }
    details
}

fn saw(text: &str) -> Detail {
    Detail {
        lead: Lead::Evidence,
        text: text.to_owned(),
    }
}

fn remedy(text: &str) -> Detail {
    Detail {
        lead: Lead::Remedy,
        text: text.to_owned(),
    }
}

/// With which lines of its section a finding folds.
fn alike(finding: &Finding, report: &Report) -> Alike {
    let undone = finding.cause.as_deref() == Some(Cause::Interrupted.code());
    let blameless = finding.explained_by.is_some() || undone;
    let (least, by_host) = match finding.verdict {
        Verdict::Pass => (PASSES, false),
        Verdict::Warn | Verdict::Inconclusive | Verdict::Fail if !blameless => (TROUBLES, true),
        Verdict::Skip | Verdict::Warn | Verdict::Inconclusive | Verdict::Fail => (2, false),
    };
    let says = match finding.verdict {
        Verdict::Pass => fold::shape(&result(finding, report)),
        Verdict::Skip => format!("{:?} {:?}", reason(finding, false), finding.remedy),
        Verdict::Warn | Verdict::Inconclusive | Verdict::Fail if blameless => String::new(),
        Verdict::Warn | Verdict::Inconclusive | Verdict::Fail => {
            fold::shape(&format!("{:?}", blame(finding)))
        }
    };
    let host = by_host.then_some(&finding.endpoint.host);
    let waived = &finding.waived;
    Alike {
        // What a statement explains is one line, whatever it came to.
        key: match &finding.explained_by {
            Some(root) if blameless => format!("{root:?} {waived:?}"),
            Some(_) | None => format!(
                "{} {:?} {waived:?} {host:?} {says}",
                finding.verdict, finding.cause
            ),
        },
        by_rule: finding.verdict == Verdict::Pass && finding.catalog.is_some(),
        // What somebody typed stays apart as long as it can be taken in at a glance.
        least: if finding.catalog.is_none() {
            least.max(PASSES)
        } else {
            least
        },
    }
}

#[cfg(test)]
mod tests;
