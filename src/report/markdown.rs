//! Markdown that fits a ticket or a CI job's summary: what is wrong first, the rest folded away.
//! Source: GitHub Flavored Markdown Spec.

use std::{
    io::{self, Write},
    time::Duration,
};

use super::{Baseline, Changed, Finding, Report, RootCause, other_profiles};
use crate::text;

/// A comment on GitHub holds 65,536 characters, one in Jira 32,767; what would not fit is counted
/// instead.
const LIMIT: usize = 29_000;

/// Writes the verdict, the root causes, a table of the problems that none of them explains, and
/// every check, folded.
pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut page = Page::default();
    heading(report, &mut page);
    report
        .baseline
        .iter()
        .for_each(|it| baseline(it, report, &mut page));
    if !report.root_causes.is_empty() {
        page.line("### Root causes\n");
        page.lines(report.root_causes.iter().map(root_cause), "root cause");
        page.line("");
    }
    let problems = report
        .findings
        .iter()
        .filter(|finding| finding.is_shown_first() && finding.explained_by.is_none());
    if problems.clone().next().is_some() {
        page.line(if report.root_causes.is_empty() {
            "### Problems\n"
        } else {
            "### Other problems\n"
        });
        page.line("| | check | cause | what was seen | what to do |");
        page.line("| --- | --- | --- | --- | --- |");
        page.lines(problems.map(problem_row), "check");
        page.line("");
    }
    if !report.findings.is_empty() {
        let all = text::count(report.findings.len(), "check");
        page.line(&format!("<details><summary>All {all}</summary>\n"));
        page.line("| | check | service | level | cause | time |");
        page.line("| --- | --- | --- | --- | --- | ---: |");
        page.lines(report.findings.iter().map(row), "check");
        page.line("\n</details>");
    }
    out.write_all(page.into_text().as_bytes())
}

fn heading(report: &Report, page: &mut Page) {
    page.line(&format!(
        "## portcheck on {}: {}\n",
        plain(&report.host),
        report.verdict
    ));
    let summary = &report.summary;
    page.line(&format!(
        "**{} failed, {} inconclusive, {} warned, {} passed, {} skipped**\n",
        summary.fail, summary.inconclusive, summary.warn, summary.pass, summary.skip
    ));
    if let Some(interrupt) = report.interrupted {
        let word = interrupt.word();
        page.line(&format!(
            "**Cut short by {word}: this is what was seen until then.**\n"
        ));
    }
    let elapsed = text::duration(Duration::from_millis(report.elapsed_ms));
    page.line(&format!(
        "{}, started {}, took {elapsed}, exit code {}, portcheck {}\n",
        profiles(report),
        plain(&report.started),
        report.exit_code,
        plain(&report.version)
    ));
}

/// What is not as it was, what got worse first.
fn baseline(baseline: &Baseline, report: &Report, page: &mut Page) {
    page.line(&format!(
        "### Against the baseline of {}, {}\n",
        plain(&baseline.host),
        plain(&baseline.started)
    ));
    page.line(&format!(
        "**{}**: {}\n",
        baseline.words(),
        plain(&baseline.counts)
    ));
    if let Some(profiles) = &baseline.profiles {
        let told = other_profiles(profiles, &report.profiles);
        page.line(&format!("{}\n", plain(&told)));
    }
    page.lines(baseline.changes.iter().map(change_item), "change");
    page.line("");
}

fn change_item(change: &Changed) -> String {
    let kind = plain(&change.kind);
    let kind = if change.worse {
        format!("**{kind}**")
    } else {
        kind
    };
    format!(
        "- {kind} {}: {}",
        code(&change.check),
        plain(&change.states("→ "))
    )
}

fn profiles(report: &Report) -> String {
    let names: Vec<String> = report.profiles.iter().map(|name| code(name)).collect();
    match names.as_slice() {
        [] => "single endpoints".to_owned(),
        [name] => format!("profile {name}"),
        names => format!("profiles {}", names.join(", ")),
    }
}

pub(crate) fn root_cause(root: &RootCause) -> String {
    let mut item = format!(
        "1. **{}** ({}, explains {})",
        plain(&root.title),
        code(&root.cause),
        text::count(root.explains, "check")
    );
    for evidence in &root.evidence {
        item.push_str("\n   - ");
        item.push_str(&plain(evidence));
    }
    item.push_str("\n   - **What to do:** ");
    item.push_str(&plain(&root.remedy));
    item
}

fn problem_row(finding: &Finding) -> String {
    let mut seen: Vec<String> = finding.evidence.iter().map(|line| plain(line)).collect();
    seen.extend(finding.waived.iter().map(|it| plain(&it.to_string())));
    let failed = finding.endpoint.failed_text();
    if !failed.is_empty() {
        seen.push(format!("failed ports: {failed}"));
    }
    format!(
        "| {} | {} | {} | {} | {} |",
        verdict(finding),
        check(finding),
        finding.cause.as_deref().map(code).unwrap_or_default(),
        seen.join("<br>"),
        finding.remedy.as_deref().map(plain).unwrap_or_default(),
    )
}

fn row(finding: &Finding) -> String {
    format!(
        "| {} | {} | {} | {} | {} | {} |",
        verdict(finding),
        check(finding),
        plain(&finding.service),
        finding.level,
        finding.cause.as_deref().map(code).unwrap_or_default(),
        text::duration(Duration::from_millis(finding.elapsed_ms))
    )
}

/// The verdict; in bold where it gates.
fn verdict(finding: &Finding) -> String {
    if finding.is_shown_first() && finding.gates() {
        format!("**{}**", finding.verdict)
    } else {
        finding.verdict.to_string()
    }
}

fn check(finding: &Finding) -> String {
    if finding.catalog.is_none() {
        code(&finding.rule)
    } else {
        format!(
            "{}<br>{}",
            code(&finding.rule),
            code(&finding.endpoint.to_string())
        )
    }
}

/// Markdown that stops growing before a ticket refuses it.
#[derive(Default)]
pub(crate) struct Page {
    text: String,
}

impl Page {
    /// What was written.
    pub(crate) fn into_text(self) -> String {
        self.text
    }

    /// One line.
    pub(crate) fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    /// As many lines as fit, then how many more there are.
    pub(crate) fn lines(&mut self, lines: impl Iterator<Item = String>, noun: &str) {
        let mut left = 0;
        for line in lines {
            if left > 0 || self.text.len() + line.len() > LIMIT {
                left += 1;
            } else {
                self.line(&line);
            }
        }
        if left > 0 {
            let left = text::count(left, &format!("more {noun}"));
            self.line(&format!("\n{left} not shown here"));
        }
    }
}

/// Text in which nothing is markup, a mention or a reference to an issue.
pub(crate) fn plain(text: &str) -> String {
    let mut shown = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match character {
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '$' => {
                shown.push('\\');
                shown.push(character);
            }
            '<' => shown.push_str("&lt;"),
            '>' => shown.push_str("&gt;"),
            '&' => shown.push_str("&amp;"),
            '@' | '#' => {
                shown.push(character);
                shown.push_str("<!-- -->");
            }
            _ => shown.push(character),
        }
    }
    shown
}

/// A code span, in a table too: the fence is longer than any run of backticks in the text.
pub(crate) fn code(text: &str) -> String {
    let longest = text.split(|character| character != '`').map(str::len).max();
    let fence = "`".repeat(longest.unwrap_or(0) + 1);
    let pad = if text.contains('`') || text.is_empty() {
        " "
    } else {
        ""
    };
    format!("{fence}{pad}{}{pad}{fence}", text.replace('|', "\\|"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_is_markup() {
        assert_eq!(
            plain("*a* <b> [c](d) |e| @f #1 `g` &amp;"),
            "\\*a\\* &lt;b&gt; \\[c\\](d) \\|e\\| @<!-- -->f #<!-- -->1 \\`g\\` &amp;amp;"
        );
    }

    #[test]
    fn code_is_fenced_by_more_backticks_than_it_has() {
        assert_eq!(code("a|b"), "`a\\|b`");
        assert_eq!(code("a``b"), "``` a``b ```");
    }

    #[test]
    fn what_does_not_fit_is_counted() {
        let mut page = Page::default();
        page.lines((0..10).map(|_| "x".repeat(LIMIT / 4)), "check");
        assert!(page.text.ends_with("\n7 more checks not shown here\n"));
    }
}
