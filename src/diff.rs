//! Two reports side by side: what broke, what was fixed, what has another cause. Pure.

use std::{
    cmp::Ordering,
    collections::{BTreeSet, HashMap, HashSet},
    io::{self, Write},
};

use serde::Serialize;

use crate::{
    diagnose::Cause,
    report::{self, Finding, Level, Report, RootCause, Style, Verdict},
};

mod baseline;
mod markdown;
mod table;

#[cfg(test)]
mod tests;

/// The name and major version of a diff's JSON.
pub const SCHEMA: &str = "portcheck.diff/1";

/// What two reports differ in. Fields may be added, never renamed or given another meaning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Diff {
    /// Always `portcheck.diff/1`.
    pub schema: &'static str,
    /// The earlier report.
    pub old: Side,
    /// The later report.
    pub new: Side,
    /// Whether something got worse.
    pub worse: bool,
    /// How many checks worked before and were not made again: of these nobody knows.
    pub lost: usize,
    /// Whether the two are of other profiles, and have other checks.
    pub other_profiles: bool,
    /// How many checks there are of each kind.
    pub summary: Summary,
    /// The root causes of the later report that explain a change to the worse.
    pub root_causes: Vec<RootCause>,
    /// The changes: by kind, then in the order of the report.
    pub changes: Vec<Change>,
}

/// One of the two reports.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Side {
    /// The machine.
    pub host: String,
    /// When the run started, RFC 3339 in UTC.
    pub started: String,
    /// Its verdict.
    pub verdict: Verdict,
    /// Its exit code.
    pub exit_code: u8,
    /// The profiles; empty for `probe`.
    pub profiles: Vec<String>,
}

/// How many checks there are of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// See [`Kind::Broken`].
    pub broken: usize,
    /// See [`Kind::New`].
    pub new: usize,
    /// See [`Kind::OtherCause`].
    pub other_cause: usize,
    /// See [`Kind::Fixed`].
    pub fixed: usize,
    /// See [`Kind::Gone`].
    pub gone: usize,
    /// Judged in both, alike.
    pub unchanged: usize,
}

/// What became of a check. One that was not judged counts as not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Its verdict got worse: pass, warn, inconclusive, fail.
    Broken,
    /// Only the later report has it.
    New,
    /// As bad as before, for another cause.
    OtherCause,
    /// Its verdict got better.
    Fixed,
    /// Only the earlier report has it.
    Gone,
}

impl Kind {
    /// Every kind, in the order they are shown.
    pub const ALL: [Self; 5] = [
        Self::Broken,
        Self::New,
        Self::OtherCause,
        Self::Fixed,
        Self::Gone,
    ];

    /// The kind in words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Broken => "broken",
            Self::New => "new",
            Self::OtherCause => "other cause",
            Self::Fixed => "fixed",
            Self::Gone => "gone",
        }
    }
}

/// A check that is not as it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// What became of it.
    pub kind: Kind,
    /// The rule's id; for `probe` the URI as typed.
    pub rule: String,
    /// The rule and what it reaches, in one; for `probe` the URI alone.
    #[serde(skip)]
    title: String,
    /// Whether it worked before, and nobody knows now.
    #[serde(rename = "lost", skip_serializing_if = "std::ops::Not::not")]
    is_lost: bool,
    /// The service, for people.
    pub service: String,
    /// Whether it gates.
    pub level: Level,
    /// What is reached: `license.looker.com:443/tcp`.
    pub endpoint: String,
    /// What it came to before; null where it was not judged.
    pub old: Option<State>,
    /// What it comes to now; null where it is not judged.
    pub new: Option<State>,
    /// The id of the root cause that explains what it is now.
    pub explained_by: Option<String>,
    /// What was seen now; for one that is gone what was seen before.
    pub evidence: Vec<String>,
    /// What to do now; null when there is nothing to do.
    pub remedy: Option<String>,
}

/// What a check came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct State {
    /// The verdict.
    pub verdict: Verdict,
    /// The cause's code; null when nothing is wrong.
    pub cause: Option<String>,
    /// Whether somebody answers for it; absent where nobody does.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub waived: bool,
}

/// The format of a diff.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// For people.
    Table,
    /// `portcheck.diff/1`.
    Json,
    /// For tickets and job summaries.
    Markdown,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 3] = [Self::Table, Self::Json, Self::Markdown];

    /// The word it is asked for by.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Json => "json",
            Self::Markdown => "markdown",
        }
    }
}

impl Diff {
    /// The exit code: 1 if something got worse, 3 if it cannot be known of all, else 0.
    #[must_use]
    pub const fn exit_code(&self) -> u8 {
        if self.worse {
            1
        } else if self.lost > 0 {
            3
        } else {
            0
        }
    }

    /// `other profiles: looker-server before, looker-browser now`, where they are.
    fn told_profiles(&self) -> Option<String> {
        let (old, new) = (&self.old.profiles, &self.new.profiles);
        self.other_profiles
            .then(|| report::other_profiles(old, new))
    }
}

/// Compares two reports by rule and endpoint. Worse is a check that broke, and one that is new and
/// fails or cannot be decided; its level does not matter. What is
/// waived is never worse.
#[must_use]
pub fn diff(old: &Report, new: &Report) -> Diff {
    let (old, new) = (report::harmless(old), report::harmless(new));
    let (mut changes, unchanged) = changes(&old, &new);
    changes.sort_by_key(|change| change.kind);
    let other_checks = changes
        .iter()
        .any(|change| matches!(change.kind, Kind::New | Kind::Gone));
    Diff {
        schema: SCHEMA,
        worse: changes.iter().any(is_worse),
        lost: changes.iter().filter(|change| change.is_lost).count(),
        // The same profile may be asked for by two names.
        other_profiles: other_checks && sorted(&old.profiles) != sorted(&new.profiles),
        summary: summary(&changes, unchanged),
        root_causes: root_causes(&new, &changes),
        old: side(&old),
        new: side(&new),
        changes,
    }
}

/// Writes the diff in a format. Ends with a line feed.
///
/// # Errors
/// What `out` says.
pub fn write(diff: &Diff, format: Format, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Table => out.write_all(table::table(diff, style).as_bytes()),
        Format::Markdown => out.write_all(markdown::markdown(diff).as_bytes()),
        Format::Json => {
            serde_json::to_writer_pretty(&mut *out, diff)?;
            out.write_all(b"\n")
        }
    }
}

fn side(report: &Report) -> Side {
    Side {
        host: report.host.clone(),
        started: report.started.clone(),
        verdict: report.verdict,
        exit_code: report.exit_code,
        profiles: report.profiles.clone(),
    }
}

fn sorted(profiles: &[String]) -> BTreeSet<&str> {
    profiles.iter().map(String::as_str).collect()
}

/// The changes, in the order of the later report and then of the earlier one, and how many judged
/// checks have none.
fn changes(old: &Report, new: &Report) -> (Vec<Change>, usize) {
    let before = judged(old);
    let mut left: HashMap<&Key, &Finding> = before
        .iter()
        .map(|(key, finding)| (key, *finding))
        .collect();
    let mut changes = Vec::new();
    let mut unchanged = 0;
    for (key, finding) in &judged(new) {
        let earlier = left.remove(key);
        match kind(earlier, finding) {
            Some(kind) => changes.push(change(kind, earlier, Some(finding), finding)),
            None => unchanged += 1,
        }
    }
    let excused = excused(new);
    for (key, finding) in &before {
        if left.contains_key(key) {
            let is_lost = is_loss(finding) && !excused.contains(&(key.0.as_str(), key.1.clone()));
            changes.push(Change {
                is_lost,
                ..change(Kind::Gone, Some(finding), None, finding)
            });
        }
    }
    (changes, unchanged)
}

/// Whether it is missed: what worked may not do so any more, what did not cannot be worse. What is
/// wrong with this machine itself is told only while it is.
fn is_loss(old: &Finding) -> bool {
    old.catalog.as_deref() != Some("local") && matches!(old.verdict, Verdict::Pass | Verdict::Warn)
}

/// The rules and endpoints that the report leaves out with a reason that makes them moot.
fn excused(new: &Report) -> HashSet<(&str, String)> {
    let moot = [Cause::NotNeeded, Cause::WithdrawnByVendor].map(Cause::code);
    let is_moot = |finding: &&Finding| {
        let cause = finding.cause.as_deref();
        finding.verdict == Verdict::Skip && cause.is_some_and(|cause| moot.contains(&cause))
    };
    let moot = new.findings.iter().filter(is_moot);
    moot.map(|it| (it.rule.as_str(), it.endpoint.to_string()))
        .collect()
}

/// What a check is known by: rule, endpoint, and the how-manieth of these it is.
type Key = (String, String, usize);

fn judged(report: &Report) -> Vec<(Key, &Finding)> {
    let mut seen: HashMap<(String, String), usize> = HashMap::new();
    let judged = report
        .findings
        .iter()
        .filter(|finding| standing(finding) != Verdict::Skip);
    judged
        .map(|finding| {
            let (rule, endpoint) = (finding.rule.clone(), finding.endpoint.to_string());
            let times = seen.entry((rule.clone(), endpoint.clone())).or_default();
            *times += 1;
            ((rule, endpoint, *times), finding)
        })
        .collect()
}

/// What became of a check; `None` if nothing did.
fn kind(old: Option<&Finding>, new: &Finding) -> Option<Kind> {
    let Some(old) = old else {
        return Some(Kind::New);
    };
    let now = standing(new);
    match now.cmp(&standing(old)) {
        Ordering::Greater if was_softened(old, new) => None,
        Ordering::Greater => Some(Kind::Broken),
        Ordering::Less => Some(Kind::Fixed),
        Ordering::Equal => {
            (now != Verdict::Pass && new.cause != old.cause).then_some(Kind::OtherCause)
        }
    }
}

/// What a check came to: what is not needed is as good as what passes.
fn standing(finding: &Finding) -> Verdict {
    let is_needless = finding.cause.as_deref() == Some(Cause::NotNeeded.code());
    match finding.verdict {
        Verdict::Skip if is_needless => Verdict::Pass,
        verdict @ (Verdict::Pass
        | Verdict::Skip
        | Verdict::Warn
        | Verdict::Inconclusive
        | Verdict::Fail) => verdict,
    }
}

/// Whether it only failed more mildly before: earlier versions, which do not say what gates, called
/// a failure that does not a warning.
fn was_softened(old: &Finding, new: &Finding) -> bool {
    old.gates.is_none()
        && !new.gates()
        && (old.verdict, new.verdict) == (Verdict::Warn, Verdict::Fail)
        && old.cause == new.cause
}

fn change(kind: Kind, old: Option<&Finding>, new: Option<&Finding>, told: &Finding) -> Change {
    let state = |finding: &Finding| State {
        verdict: finding.verdict,
        cause: finding.cause.clone(),
        waived: finding.waived.is_some(),
    };
    Change {
        kind,
        rule: told.rule.clone(),
        title: told.title().into_owned(),
        is_lost: false,
        service: told.service.clone(),
        level: told.level,
        endpoint: told.endpoint.to_string(),
        old: old.map(state),
        new: new.map(state),
        explained_by: new.and_then(|finding| finding.explained_by.clone()),
        evidence: told.evidence.clone(),
        remedy: new.and_then(|finding| finding.remedy.clone()),
    }
}

/// What somebody answers for gates nothing, here as in a run.
fn is_worse(change: &Change) -> bool {
    if change.new.as_ref().is_some_and(|state| state.waived) {
        return false;
    }
    match change.kind {
        Kind::Broken => true,
        Kind::New => change
            .new
            .as_ref()
            .is_some_and(|state| matches!(state.verdict, Verdict::Fail | Verdict::Inconclusive)),
        Kind::OtherCause | Kind::Fixed | Kind::Gone => false,
    }
}

fn summary(changes: &[Change], unchanged: usize) -> Summary {
    let count = |kind| changes.iter().filter(|change| change.kind == kind).count();
    Summary {
        broken: count(Kind::Broken),
        new: count(Kind::New),
        other_cause: count(Kind::OtherCause),
        fixed: count(Kind::Fixed),
        gone: count(Kind::Gone),
        unchanged,
    }
}

fn root_causes(new: &Report, changes: &[Change]) -> Vec<RootCause> {
    let explaining: HashSet<&str> = changes
        .iter()
        .filter(|change| is_worse(change) || change.kind == Kind::OtherCause)
        .filter_map(|change| change.explained_by.as_deref())
        .collect();
    new.root_causes
        .iter()
        .filter(|root| explaining.contains(root.id.as_str()))
        .cloned()
        .collect()
}

impl Change {
    /// Whether what was seen is told with the change: not where a root cause tells it.
    fn is_told(&self) -> bool {
        match self.kind {
            Kind::Broken | Kind::New | Kind::OtherCause => {
                self.explained_by.is_none()
                    && self
                        .new
                        .as_ref()
                        .is_some_and(|state| state.verdict != Verdict::Pass)
            }
            Kind::Fixed | Kind::Gone => false,
        }
    }
}

impl State {
    /// `fail tcp-no-reply`, `fail tcp-no-reply (waived)`.
    fn words(&self) -> String {
        let waived = self.waived_words();
        match &self.cause {
            Some(cause) => format!("{} {cause}{waived}", self.verdict),
            None => format!("{}{waived}", self.verdict),
        }
    }

    const fn waived_words(&self) -> &'static str {
        if self.waived { " (waived)" } else { "" }
    }
}

/// `2 broken, 1 fixed, 7 unchanged`.
fn counts(summary: &Summary) -> String {
    let counts: Vec<String> = [
        (summary.broken, Kind::Broken.words()),
        (summary.new, Kind::New.words()),
        (summary.other_cause, Kind::OtherCause.words()),
        (summary.fixed, Kind::Fixed.words()),
        (summary.gone, Kind::Gone.words()),
        (summary.unchanged, "unchanged"),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, words)| format!("{count} {words}"))
    .collect();
    if counts.is_empty() {
        "nothing to compare".to_owned()
    } else {
        counts.join(", ")
    }
}
