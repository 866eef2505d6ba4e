//! Whether what was seen counts. What was seen is another matter: see `outcome`.

use super::{Cause, Outcome};
use crate::{
    catalog::Level,
    plan::{Check, CheckStep},
};

/// Whether what was seen counts for the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Weight {
    /// It decides the exit code.
    Gates,
    /// It is shown, and decides nothing.
    Informs(Aside),
    /// Somebody answers for it until a day.
    Waived,
}

/// Why a check decides nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Aside {
    /// The product can do without.
    Optional,
    /// The rule's first transport decides.
    FurtherTransport,
    /// Another alternative works, or was chosen.
    NotNeeded,
    /// Another rule does its work, less well.
    StoodInFor,
    /// Its vendor has ended the service.
    Withdrawn,
    /// Another machine opens the connection.
    NotFromHere,
}

impl Weight {
    /// Whether it decides the exit code.
    #[must_use]
    pub const fn gates(self) -> bool {
        match self {
            Self::Gates => true,
            Self::Informs(_) | Self::Waived => false,
        }
    }

    /// What an outcome of a check weighs by itself. Alternatives are weighed beside each other
    /// later.
    #[must_use]
    pub fn of(check: &Check, outcome: Outcome) -> Self {
        let aside = match &check.step {
            CheckStep::NotFromHere { .. } => Some(Aside::NotFromHere),
            CheckStep::NotNeeded { .. } => Some(Aside::NotNeeded),
            CheckStep::Withdrawn(_) => Some(Aside::Withdrawn),
            CheckStep::NotConfigured { .. } | CheckStep::Probe(_) => None,
        };
        let lesser = || match check.level {
            _ if check.informative => Some(Aside::FurtherTransport),
            Level::Optional => Some(Aside::Optional),
            Level::Mandatory => None,
        };
        match aside {
            Some(aside) => Self::Informs(aside),
            None if check.waiver.is_some() && is_waivable(outcome) => Self::Waived,
            None => lesser().map_or(Self::Gates, Self::Informs),
        }
    }
}

/// Whether a waiver has something to waive: not what is good, and not what nobody could have done
/// here.
fn is_waivable(outcome: Outcome) -> bool {
    match outcome {
        Outcome::Works => false,
        Outcome::NotTried(cause) => cause == Cause::NotConfigured,
        Outcome::WorksBut(cause) | Outcome::Fails(cause) | Outcome::Unknown(cause) => {
            cause != Cause::Interrupted
        }
    }
}
