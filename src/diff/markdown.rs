//! A diff that fits a ticket.

use super::{Change, Diff, State, counts};
use crate::report::markdown::{Page, code, plain, root_cause};

/// The diff as Markdown, with a line feed at the end.
pub(super) fn markdown(diff: &Diff) -> String {
    let mut page = Page::default();
    let word = match (diff.worse, diff.lost) {
        (true, _) => "worse",
        (false, 1..) => "unknown",
        (false, 0) => "no worse",
    };
    page.line(&format!("## portcheck diff: {word}\n"));
    page.line(&format!("**{}**\n", counts(&diff.summary)));
    page.line(&format!(
        "from {} {} ({}) to {} {} ({})\n",
        plain(&diff.old.host),
        plain(&diff.old.started),
        diff.old.verdict,
        plain(&diff.new.host),
        plain(&diff.new.started),
        diff.new.verdict
    ));
    if let Some(profiles) = diff.told_profiles() {
        page.line(&format!("{}\n", plain(&profiles)));
    }
    if !diff.root_causes.is_empty() {
        page.line("### Root causes\n");
        page.lines(diff.root_causes.iter().map(root_cause), "root cause");
        page.line("");
    }
    if !diff.changes.is_empty() {
        page.line("| | check | before | now | what was seen | what to do |");
        page.line("| --- | --- | --- | --- | --- | --- |");
        page.lines(diff.changes.iter().map(row), "change");
    }
    page.into_text()
}

fn row(change: &Change) -> String {
    let (seen, remedy) = if change.is_told() {
        let seen: Vec<String> = change.evidence.iter().map(|line| plain(line)).collect();
        let remedy = change.remedy.as_deref().map(plain);
        (seen.join("<br>"), remedy.unwrap_or_default())
    } else {
        (String::new(), String::new())
    };
    let word = change.kind.words();
    let word = if super::is_worse(change) {
        format!("**{word}**")
    } else {
        word.to_owned()
    };
    format!(
        "| {word} | {} | {} | {} | {seen} | {remedy} |",
        code(&change.title),
        state(change.old.as_ref()),
        state(change.new.as_ref())
    )
}

fn state(state: Option<&State>) -> String {
    state.map_or_else(String::new, |state| match &state.cause {
        Some(cause) => format!("{} {}{}", state.verdict, code(cause), state.waived_words()),
        None => format!("{}{}", state.verdict, state.waived_words()),
    })
}
