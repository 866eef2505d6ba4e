//! One page that can be mailed: nothing is loaded, and it works with scripts off.
//!
//! Every text goes through the template's escaping, and the page's policy lets nothing run but the
//! one script in it, by its hash. The bars are SVG: a policy without inline styles lets those pass.

use std::{
    collections::HashMap,
    io::{self, Write},
};

use askama::Template;

use super::{Certificate, Finding, Report, Verdict, finding};
use crate::text;

pub(crate) const STYLE: &str = include_str!("html/report.css");
const SCRIPT: &str = include_str!("html/report.js");
/// SHA-256 of [`STYLE`] and [`SCRIPT`] in Base64; a test holds them to the files.
/// Source: Content Security Policy Level 3, §2.3.1.
pub(crate) const STYLE_HASH: &str = "sha256-XBPCnDPcduLe9YrBxv6yuXb2uj7ArGnBC4DDE86gmz8=";
const SCRIPT_HASH: &str = "sha256-rMG8BLRVDsa/JhmZ06+nqDFuUBCcOQiKIOmSIoe6Qeg=";

/// So many problems are listed before the checks; all are among them.
const PROBLEMS: usize = 50;
/// The width of a bar that stands for the whole run.
const WIDE: u64 = 1000;
/// The width that the shortest stage gets, so that it is seen.
const NARROW: u64 = 4;

/// Writes the page.
pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let page = Page::new(report).render().map_err(io::Error::other)?;
    out.write_all(page.as_bytes())?;
    out.write_all(b"\n")
}

#[derive(Template)]
#[template(path = "report.html", config = "src/report/html/askama.toml")]
struct Page<'a> {
    report: &'a Report,
    style: &'static str,
    script: &'static str,
    style_hash: &'static str,
    script_hash: &'static str,
    meaning: &'static str,
    /// The verdicts that occur, worst first, with their counts.
    counts: Vec<(Verdict, usize)>,
    problems: Vec<Problem<'a>>,
    problems_left: usize,
    sections: Vec<Section<'a>>,
    /// Whether any check was timed stage by stage.
    timed: bool,
    /// What a full bar stands for, in milliseconds.
    scale: u64,
}

/// A finding that no root cause explains, and its number on the page.
struct Problem<'a> {
    number: usize,
    finding: &'a Finding,
}

struct Section<'a> {
    name: &'a str,
    good: usize,
    rows: Vec<Row<'a>>,
}

struct Row<'a> {
    number: usize,
    finding: &'a Finding,
    /// Whether its details are shown at first.
    open: bool,
    /// The number of the root cause that explains it.
    root: Option<usize>,
    failed_ports: String,
    /// The vendor's page, if it is one of the web.
    link: Option<&'a str>,
    bars: Vec<Bar>,
    /// The number of an earlier row that was shown the same certificates.
    same_chain: Option<usize>,
}

/// A stage on the scale of the run.
struct Bar {
    class: &'static str,
    x: u64,
    width: u64,
}

impl<'a> Page<'a> {
    fn new(report: &'a Report) -> Self {
        let scale = scale(report);
        let sections = sections(report, scale);
        let mut problems = problems(&sections);
        let problems_left = problems.len().saturating_sub(PROBLEMS);
        problems.truncate(PROBLEMS);
        Self {
            report,
            style: STYLE,
            script: SCRIPT,
            style_hash: STYLE_HASH,
            script_hash: SCRIPT_HASH,
            meaning: meaning(report),
            counts: counts(report),
            problems,
            problems_left,
            timed: report
                .findings
                .iter()
                .any(|finding| !finding.stages.is_empty()),
            sections,
            scale,
        }
    }
}

/// What the exit code says, for people (contract §2).
fn meaning(report: &Report) -> &'static str {
    match (report.exit_code, report.verdict) {
        (0 | 1, _) if report.baseline.is_some() => {
            "This run fails only for what got worse than its baseline."
        }
        (3, _) if report.baseline.is_some() => {
            "Nothing got worse than the baseline, but not all of it was checked again."
        }
        (0, Verdict::Warn) => "No mandatory check failed; something should be looked at.",
        (0, _) => "Every mandatory check was decided and passed.",
        (1, Verdict::Fail) => "At least one mandatory check failed.",
        (1, _) => "There are warnings, and this run counts them as failures.",
        (3, _) => "No mandatory check failed, but not every one could be decided.",
        (_, Verdict::Fail) => "The run was interrupted; at least one mandatory check had failed.",
        _ => "The run was interrupted; this is what was seen until then.",
    }
}

fn counts(report: &Report) -> Vec<(Verdict, usize)> {
    let mut counts: Vec<(Verdict, usize)> = [
        Verdict::Fail,
        Verdict::Inconclusive,
        Verdict::Warn,
        Verdict::Pass,
        Verdict::Skip,
    ]
    .map(|verdict| (verdict, 0))
    .into();
    for finding in &report.findings {
        for (verdict, count) in &mut counts {
            *count += usize::from(*verdict == finding.verdict);
        }
    }
    counts.retain(|(_, count)| *count > 0);
    counts
}

fn sections(report: &Report, scale: u64) -> Vec<Section<'_>> {
    let roots: HashMap<&str, usize> = report
        .root_causes
        .iter()
        .enumerate()
        .map(|(index, root)| (root.id.as_str(), index + 1))
        .collect();
    let mut number = 0;
    let mut chains: HashMap<&[Certificate], usize> = HashMap::new();
    finding::sections(&report.findings)
        .into_iter()
        .map(|(name, findings)| Section {
            name,
            good: findings
                .iter()
                .filter(|finding| finding.verdict == Verdict::Pass)
                .count(),
            rows: findings
                .into_iter()
                .map(|finding| {
                    number += 1;
                    let first = *chains.entry(&finding.chain).or_insert(number);
                    Row {
                        same_chain: (first < number && !finding.chain.is_empty()).then_some(first),
                        ..row(number, finding, &roots, scale)
                    }
                })
                .collect(),
        })
        .collect()
}

fn row<'a>(
    number: usize,
    finding: &'a Finding,
    roots: &HashMap<&str, usize>,
    scale: u64,
) -> Row<'a> {
    let root = finding.explained_by.as_deref().and_then(|id| roots.get(id));
    let url = finding
        .source
        .as_ref()
        .and_then(|source| source.url.as_deref());
    Row {
        number,
        finding,
        open: finding.is_shown_first() && root.is_none(),
        root: root.copied(),
        failed_ports: finding.endpoint.failed_text(),
        link: url.filter(|url| url.starts_with("https://") || url.starts_with("http://")),
        bars: bars(finding, scale),
        same_chain: None,
    }
}

/// Failures first, then what is undecided, then warnings.
fn problems<'a>(sections: &[Section<'a>]) -> Vec<Problem<'a>> {
    let mut problems: Vec<Problem<'a>> = sections
        .iter()
        .flat_map(|section| &section.rows)
        .filter(|row| row.finding.is_shown_first() && row.root.is_none())
        .map(|row| Problem {
            number: row.number,
            finding: row.finding,
        })
        .collect();
    problems.sort_by_key(|problem| {
        std::cmp::Reverse((problem.finding.gates(), problem.finding.verdict))
    });
    problems
}

fn scale(report: &Report) -> u64 {
    let ends = report.findings.iter().flat_map(|finding| {
        let stages = finding
            .stages
            .iter()
            .map(|stage| stage.start_ms.saturating_add(stage.elapsed_ms));
        stages.chain([finding.elapsed_ms])
    });
    ends.max().unwrap_or(0).max(1)
}

fn bars(finding: &Finding, scale: u64) -> Vec<Bar> {
    if finding.stages.is_empty() {
        let whole = (finding.elapsed_ms > 0).then(|| bar("whole", 0, finding.elapsed_ms, scale));
        return whole.into_iter().collect();
    }
    finding
        .stages
        .iter()
        .map(|stage| bar(stage.stage.word(), stage.start_ms, stage.elapsed_ms, scale))
        .collect()
}

fn bar(class: &'static str, start: u64, elapsed: u64, scale: u64) -> Bar {
    let on_scale = |millis: u64| {
        let wide = u128::from(millis) * u128::from(WIDE) / u128::from(scale);
        u64::try_from(wide).unwrap_or(WIDE).min(WIDE)
    };
    let x = on_scale(start).min(WIDE - NARROW);
    Bar {
        class,
        x,
        width: on_scale(elapsed).clamp(NARROW, WIDE - x),
    }
}

/// What the template calls; it passes references.
#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "templates pass references"
)]
pub(crate) mod words {
    use std::time::Duration;

    use super::{Verdict, text};

    /// A sign beside the word, for those who do not see the colour.
    pub(crate) const fn mark(verdict: &Verdict) -> &'static str {
        match verdict {
            Verdict::Pass => "✓",
            Verdict::Warn => "!",
            Verdict::Fail => "✕",
            Verdict::Inconclusive => "?",
            Verdict::Skip => "–",
        }
    }

    pub(super) fn took(millis: &u64) -> String {
        text::duration(Duration::from_millis(*millis))
    }

    /// The day of a moment in RFC 3339.
    pub(super) fn day(moment: &str) -> &str {
        moment.split('T').next().unwrap_or_default()
    }

    pub(super) fn states(change: &super::super::Changed) -> String {
        change.states("→ ")
    }

    pub(super) fn count(number: &usize, noun: &str) -> String {
        text::count(*number, noun)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{
        Format,
        tests::{green, interrupted, mixed, text},
    };

    /// Source: RFC 4648 §4.
    fn base64(bytes: &[u8]) -> String {
        const DIGITS: &[u8; 64] =
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let mut shown = String::new();
        for chunk in bytes.chunks(3) {
            let bits = chunk.iter().enumerate().fold(0, |bits, (index, byte)| {
                bits | u32::from(*byte) << (16 - 8 * index)
            });
            for digit in 0..4 {
                shown.push(if digit > chunk.len() {
                    '='
                } else {
                    char::from(DIGITS[(bits >> (18 - 6 * digit)) as usize & 63])
                });
            }
        }
        shown
    }

    #[cfg(feature = "tls-aws-lc")]
    #[test]
    fn the_policy_names_the_style_and_the_script_as_they_are() {
        let suite = rustls::crypto::aws_lc_rs::cipher_suite::TLS13_AES_128_GCM_SHA256;
        let sha256 = suite.tls13().unwrap().common.hash_provider;
        let hash = |text: &str| format!("sha256-{}", base64(sha256.hash(text.as_bytes()).as_ref()));
        assert_eq!([STYLE_HASH, SCRIPT_HASH], [hash(STYLE), hash(SCRIPT)]);
    }

    #[test]
    fn what_strangers_sent_is_text_on_the_page() {
        let page = text(&mixed(), Format::Html);
        assert_eq!(page.matches("<script").count(), 1);
        assert_eq!(page.matches("<b>").count(), page.matches("</b>").count());
        assert!(page.contains("&#60;script&#62;alert(1)&#60;/script&#62;"));
        for harm in [
            "<script>alert",
            "javascript:",
            "onerror=",
            " style=",
            "\u{202e}",
            "\0",
        ] {
            assert!(!page.contains(harm), "{harm}");
        }
    }

    #[test]
    fn the_page_loads_nothing() {
        let page = text(&green(), Format::Html);
        for load in ["<link", "<img", "<iframe", " src=", "@import", "url("] {
            assert!(!page.contains(load), "{load}");
        }
    }

    #[test]
    fn what_is_bad_is_open_and_what_a_root_cause_explains_is_not() {
        let report = mixed();
        let open: Vec<bool> = Page::new(&report)
            .sections
            .iter()
            .flat_map(|section| &section.rows)
            .map(|row| row.open)
            .collect();
        let [no, yes] = [false, true];
        assert_eq!(open, [no, no, yes, yes, yes, yes, yes, no, yes, no]);
        let page = text(&report, Format::Html);
        assert_eq!(page.matches("<details open>").count(), 6);
        assert_eq!(page.matches(r##"<a href="#r1">"##).count(), 2);
    }

    #[test]
    fn an_interrupted_run_says_so_at_the_top() {
        let page = text(&interrupted(), Format::Html);
        let notice = page.find("Cut short by SIGINT").unwrap();
        assert!(notice < page.find("<main>").unwrap());
        assert!(page.ends_with("</html>\n"));
    }

    #[test]
    fn every_bar_is_seen_and_stays_on_the_scale() {
        for (start, elapsed) in [
            (0, 0),
            (0, 1),
            (0, 3000),
            (2999, 1),
            (3000, 3000),
            (u64::MAX, u64::MAX),
        ] {
            let bar = bar("connect", start, elapsed, 3000);
            assert!(
                bar.width >= NARROW && bar.x + bar.width <= WIDE,
                "{start} {elapsed}"
            );
        }
    }
}
