//! What a run comes to against an earlier one: it is gated by what got worse, not by what is bad.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Interrupt, Report, Verdict};
use crate::text;

/// What a run comes to against an earlier one (`--baseline`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Baseline {
    /// The machine of the earlier run.
    pub host: String,
    /// When it started, RFC 3339 in UTC.
    pub started: String,
    /// Its verdict.
    pub verdict: Verdict,
    /// Whether something got worse: then the exit code is 1.
    pub worse: bool,
    /// How many checks worked then and were not made again: then the exit code is 3, else 0.
    #[serde(default, skip_serializing_if = "is_none")]
    pub lost: usize,
    /// Its profiles, where they are others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profiles: Option<Vec<String>>,
    /// The counts in words: `1 broken, 7 unchanged`.
    pub counts: String,
    /// What is not as it was; what got worse comes first.
    pub changes: Vec<Changed>,
}

/// A check that is not as it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Changed {
    /// `broken`, `new`, `other cause`, `fixed` or `gone`.
    pub kind: String,
    /// The rule and what it reaches; for `probe` the URI as typed.
    pub check: String,
    /// What it came to, `fail tcp-no-reply`; null for a new one.
    pub was: Option<String>,
    /// What it comes to; null for one that is gone.
    pub now: Option<String>,
    /// Whether that is worse.
    pub worse: bool,
}

impl Changed {
    /// `pass → fail tcp-no-reply`, one side alone where there is only one.
    pub(super) fn states(&self, arrow: &str) -> String {
        let states: Vec<&str> = [&self.was, &self.now]
            .into_iter()
            .flatten()
            .map(String::as_str)
            .collect();
        states.join(&format!(" {arrow}"))
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
const fn is_none(count: &usize) -> bool {
    *count == 0
}

impl Baseline {
    /// What the comparison comes to, in one sentence fragment.
    pub(super) const fn words(&self) -> &'static str {
        match (self.worse, self.lost) {
            (true, _) => "worse than the baseline",
            (false, 1..) => "not all of the baseline was checked again",
            (false, 0) => "no worse than the baseline",
        }
    }

    const fn exit_code(&self) -> u8 {
        match (self.worse, self.lost) {
            (true, _) => 1,
            (false, 1..) => 3,
            (false, 0) => 0,
        }
    }
}

/// That two runs are of other profiles: `other profiles: a before, b now`.
pub(crate) fn other_profiles(old: &[String], new: &[String]) -> String {
    let side = |profiles: &[String]| {
        if profiles.is_empty() {
            "none".to_owned()
        } else {
            text::list(profiles, "and")
        }
    };
    format!("other profiles: {} before, {} now", side(old), side(new))
}

impl Report {
    /// The report of a run that only fails for what got worse. What a signal cut short keeps the
    /// signal's exit code.
    #[must_use]
    pub fn gated_by(mut self, baseline: Baseline) -> Self {
        if matches!(self.interrupted, Some(Interrupt::Deadline) | None) {
            self.exit_code = baseline.exit_code();
        }
        self.baseline = Some(baseline);
        self
    }
}
