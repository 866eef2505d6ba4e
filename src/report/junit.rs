//! `JUnit` XML, for the test tab of a CI system.
//!
//! A mandatory failure is a `failure`, a mandatory check that could not be decided, or that nobody
//! configured, an `error`. What does not gate must not turn the build red: optional ones, and what
//! is not judged from here, are `skipped`.
//! Source: Jenkins' junit-10.xsd, which the document follows.

use std::{
    io::{self, Write},
    time::Duration,
};

use quick_junit::{NonSuccessKind, Property, TestCase, TestCaseStatus, TestSuite};

use super::{Finding, Report, Verdict, finding};

/// Writes the report as one `testsuites`, with a `testsuite` a section and a `testcase` a finding.
pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut document = quick_junit::Report::new("portcheck");
    document.set_time(Duration::from_millis(report.elapsed_ms));
    document.add_test_suites(
        finding::sections(&report.findings)
            .into_iter()
            .map(|(name, findings)| suite(report, name, &findings)),
    );
    let text = document.to_string().map_err(io::Error::other)?;
    // The library counts the skipped at the top too, where the schemas have no such attribute. The
    // first match is there: no value can hold the quotes.
    let skipped = format!(" skipped=\"{}\"", document.skipped);
    out.write_all(text.replacen(&skipped, "", 1).as_bytes())
}

fn suite(report: &Report, name: &str, findings: &[&Finding]) -> TestSuite {
    let mut suite = TestSuite::new(name);
    // Checks run beside each other: their sum would be longer than the run.
    let elapsed: u64 = findings.iter().map(|finding| finding.elapsed_ms).sum();
    suite.set_time(Duration::from_millis(elapsed.min(report.elapsed_ms)));
    for (key, value) in [("timestamp", &report.started), ("hostname", &report.host)] {
        suite.extra.insert(key.into(), value.as_str().into());
    }
    suite.add_property(Property::new("profiles", report.profiles.join(", ")));
    suite.add_property(Property::new("version", report.version.as_str()));
    if let Some(interrupt) = report.interrupted {
        suite.add_property(Property::new("interrupted", interrupt.word()));
    }
    suite.add_test_cases(findings.iter().map(|finding| case(finding)));
    suite
}

fn case(finding: &Finding) -> TestCase {
    let mut case = TestCase::new(&*finding.title(), status(finding));
    case.set_classname(finding.catalog.as_deref().unwrap_or("probe"));
    case.set_time(Duration::from_millis(finding.elapsed_ms));
    match finding.verdict {
        Verdict::Pass | Verdict::Warn if !finding.evidence.is_empty() => {
            let first = finding.cause.iter().map(|cause| format!("{cause}\n"));
            case.set_system_out(first.chain([finding.story()]).collect::<String>());
        }
        Verdict::Pass | Verdict::Warn | Verdict::Fail | Verdict::Inconclusive | Verdict::Skip => {}
    }
    case
}

fn status(finding: &Finding) -> TestCaseStatus {
    let kind = match (finding.verdict, finding.gates()) {
        (Verdict::Pass | Verdict::Warn, _) => return TestCaseStatus::success(),
        (Verdict::Fail, true) => NonSuccessKind::Failure,
        (Verdict::Inconclusive | Verdict::Skip, true) => NonSuccessKind::Error,
        (Verdict::Fail | Verdict::Inconclusive | Verdict::Skip, false) => {
            return skipped(finding);
        }
    };
    let mut status = TestCaseStatus::non_success(kind);
    status.set_message(finding.headline());
    status.set_type(finding.cause.as_deref().unwrap_or(finding.verdict.word()));
    status.set_description(finding.story());
    status
}

/// The reason stands as text: the older of the schemas in use has no attribute for it.
fn skipped(finding: &Finding) -> TestCaseStatus {
    let mut status = TestCaseStatus::skipped();
    let reason = match finding.verdict {
        Verdict::Skip => finding.headline(),
        verdict @ (Verdict::Pass | Verdict::Warn | Verdict::Inconclusive | Verdict::Fail) => {
            let why = finding.ungated().unwrap_or_default();
            format!("{why}, {verdict}: {}", finding.headline())
        }
    };
    status.set_description(reason);
    status
}
