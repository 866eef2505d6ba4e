//! What a run comes to against an earlier one: it is gated by what got worse, not by what is bad.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Interrupt, Report, Verdict};

/// What a run comes to against an earlier one (`--baseline`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Baseline {
    /// The machine of the earlier run.
    pub host: String,
    /// When it started, RFC 3339 in UTC.
    pub started: String,
    /// Its verdict.
    pub verdict: Verdict,
    /// Whether something got worse: then the exit code is 1, else 0.
    pub worse: bool,
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

impl Baseline {
    /// What the comparison comes to, in one sentence fragment.
    pub(super) const fn words(&self) -> &'static str {
        if self.worse {
            "worse than the baseline"
        } else {
            "no worse than the baseline"
        }
    }
}

impl Report {
    /// The report of a run that only fails for what got worse. What a signal cut short keeps the
    /// signal's exit code.
    #[must_use]
    pub fn gated_by(mut self, baseline: Baseline) -> Self {
        match self.interrupted {
            Some(Interrupt::Sigint | Interrupt::Sigterm) => {}
            Some(Interrupt::Deadline) | None => self.exit_code = u8::from(baseline.worse),
        }
        self.baseline = Some(baseline);
        self
    }
}
