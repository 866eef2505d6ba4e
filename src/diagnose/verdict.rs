//! The verdict, made of both axes: of a check, and of the run.

use super::{Aside, Diagnosis, Finding, Outcome, Weight};

/// What a check comes to (contract §3), from the better to the worse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// As it must be.
    Pass,
    /// Not judged.
    Skip,
    /// It works, and something should be looked at.
    Warn,
    /// It could not be decided.
    Inconclusive,
    /// Not as it must be.
    Fail,
}

impl Verdict {
    /// The contract's word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Warn => "warn",
            Self::Fail => "fail",
            Self::Inconclusive => "inconclusive",
            Self::Skip => "skip",
        }
    }

    /// What a check comes to. What fails and does not count has failed all the same; only what is
    /// not needed is not judged.
    #[must_use]
    pub const fn of(outcome: Outcome, weight: Weight) -> Self {
        match (outcome, weight) {
            (Outcome::Works, _) => Self::Pass,
            (Outcome::NotTried(_), _)
            | (
                Outcome::WorksBut(_) | Outcome::Fails(_) | Outcome::Unknown(_),
                Weight::Informs(Aside::NotNeeded),
            ) => Self::Skip,
            (Outcome::WorksBut(_), _) => Self::Warn,
            (Outcome::Unknown(_), _) => Self::Inconclusive,
            (Outcome::Fails(_), _) => Self::Fail,
        }
    }

    /// What a run comes to: the worst of what gates. Where nothing does, what failed besides is a
    /// warning, and where nothing at all could be tried from here, the run is not judged.
    #[must_use]
    pub fn of_run(diagnosis: &Diagnosis) -> Self {
        let findings = &diagnosis.findings;
        if let Some(worst) = findings.iter().filter_map(counted).max() {
            return worst;
        }
        let tried = findings.iter().filter(|finding| finding.is_tried());
        match tried.map(Finding::verdict).max() {
            // One that passed is something; where none could be decided, nothing was shown.
            Some(Self::Inconclusive) if !any_decided(findings) => Self::Inconclusive,
            Some(Self::Pass | Self::Skip | Self::Inconclusive) => Self::Pass,
            None if !findings.is_empty() => Self::Skip,
            None if diagnosis.local.is_empty() => Self::Pass,
            Some(Self::Fail | Self::Warn) | None => Self::Warn,
        }
    }
}

/// Whether anything was tried and is known.
fn any_decided(findings: &[Finding]) -> bool {
    let mut tried = findings.iter().filter(|finding| finding.is_tried());
    tried.any(|finding| finding.verdict() != Verdict::Inconclusive)
}

/// What a finding counts for in the verdict of the run; `None` for nothing. What nobody configured
/// is undecided, and what is waived is worth a look.
fn counted(finding: &Finding) -> Option<Verdict> {
    match (finding.weight, finding.outcome) {
        (Weight::Informs(_), _) => None,
        (Weight::Waived, _) => Some(Verdict::Warn),
        (Weight::Gates, Outcome::NotTried(_)) => Some(Verdict::Inconclusive),
        (
            Weight::Gates,
            Outcome::Works | Outcome::WorksBut(_) | Outcome::Fails(_) | Outcome::Unknown(_),
        ) => Some(finding.verdict()),
    }
}
