//! One line for Nagios, Icinga, Naemon and their kin, with exit codes of their own.
//! Source: Monitoring Plugins' Development Guidelines, "Plugin Output for Nagios".

use std::io::{self, Write};

use super::{Finding, Report, Verdict};
use crate::text;

/// Longer lines are cut by some of the family; what is most telling comes first.
const LIMIT: usize = 400;

/// What a plugin says of its service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Ok,
    Warning,
    Critical,
    Unknown,
}

impl State {
    const fn word(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Warning => "WARNING",
            Self::Critical => "CRITICAL",
            Self::Unknown => "UNKNOWN",
        }
    }
}

/// The exit code of a plugin: 0 OK, 1 warning, 2 critical, 3 unknown.
#[must_use]
pub fn exit_code(report: &Report) -> u8 {
    match state(report) {
        State::Ok => 0,
        State::Warning => 1,
        State::Critical => 2,
        State::Unknown => 3,
    }
}

fn state(report: &Report) -> State {
    match (report.verdict, report.exit_code) {
        // `--strict` makes warnings failures: then it is the code that says so.
        (Verdict::Fail, _) | (_, 1) => State::Critical,
        (Verdict::Inconclusive, _) | (_, 2..) => State::Unknown,
        (Verdict::Pass | Verdict::Warn | Verdict::Skip, 0) => {
            if report.summary.warn > 0 || report.verdict == Verdict::Warn {
                State::Warning
            } else {
                State::Ok
            }
        }
    }
}

/// Writes the line: state, counts, what is wrong; then the performance data.
pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut line = format!("PORTCHECK {} - {}", state(report).word(), counts(report));
    if let Some(interrupt) = report.interrupted {
        line.push_str(", interrupted by ");
        line.push_str(interrupt.word());
    }
    for problem in problems(report) {
        line.push_str("; ");
        line.push_str(&problem);
        if line.len() > LIMIT {
            break;
        }
    }
    let summary = &report.summary;
    writeln!(
        out,
        "{} | time={}.{:03}s;;;0 pass={};;;0 warn={};;;0 fail={};;;0 inconclusive={};;;0 skip={};;;0",
        cut(&line.replace('|', "/")),
        report.elapsed_ms / 1000,
        report.elapsed_ms % 1000,
        summary.pass,
        summary.warn,
        summary.fail,
        summary.inconclusive,
        summary.skip
    )
}

fn counts(report: &Report) -> String {
    let summary = &report.summary;
    let aside = |finding: &&Finding| finding.verdict == Verdict::Fail && !finding.gates();
    let aside = report.findings.iter().filter(aside).count();
    let counts: Vec<String> = [
        (summary.fail.saturating_sub(aside), "failed"),
        (aside, "failed without gating"),
        (summary.inconclusive, "undecided"),
        (summary.warn, "warned"),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, word)| format!("{count} {word}"))
    .collect();
    if counts.is_empty() && summary.pass == 0 && summary.skip > 0 {
        format!("nothing was checked, {} skipped", summary.skip)
    } else if counts.is_empty() {
        format!("{} passed", text::count(summary.pass, "check"))
    } else {
        counts.join(", ")
    }
}

/// The root causes, then the findings that none explains: failures first.
fn problems(report: &Report) -> impl Iterator<Item = String> + '_ {
    let roots = report
        .root_causes
        .iter()
        .map(|root| format!("{}: {}", root.cause, root.title));
    let of = |verdict| {
        report
            .findings
            .iter()
            .filter(move |finding| finding.verdict == verdict && finding.explained_by.is_none())
            .map(|finding| format!("{} {}", finding.endpoint, finding.headline()))
    };
    roots
        .chain(of(Verdict::Fail))
        .chain(of(Verdict::Inconclusive))
        .chain(of(Verdict::Warn))
}

fn cut(line: &str) -> String {
    if line.chars().count() <= LIMIT {
        return line.to_owned();
    }
    line.chars().take(LIMIT - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::{green, interrupted, mixed};

    #[test]
    fn the_exit_code_is_a_plugins_own() {
        let strict = Report {
            verdict: Verdict::Warn,
            exit_code: 1,
            ..green()
        };
        let warned = Report {
            verdict: Verdict::Warn,
            ..green()
        };
        let undecided = Report {
            verdict: Verdict::Inconclusive,
            exit_code: 3,
            ..green()
        };
        assert_eq!(
            [green(), warned, mixed(), strict, undecided, interrupted()]
                .each_ref()
                .map(exit_code),
            [0, 1, 2, 2, 3, 3]
        );
    }

    #[test]
    fn the_line_is_one_line_and_has_one_pipe() {
        let mut out = Vec::new();
        write(&mixed(), &mut out).unwrap();
        let line = String::from_utf8(out).unwrap();
        assert_eq!(line.matches('|').count(), 1);
    }
}
