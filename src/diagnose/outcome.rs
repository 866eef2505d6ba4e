//! What was seen. Whether it counts is another matter: see `weight`.

use super::Cause;

/// What was seen of a check, an address or a port, whether it counts or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// As it must be.
    Works,
    /// As it must be, and something should be looked at.
    WorksBut(Cause),
    /// Not as it must be.
    Fails(Cause),
    /// It could not be decided.
    Unknown(Cause),
    /// Nothing was sent.
    NotTried(Cause),
}

impl Outcome {
    /// Why; `None` when nothing is wrong.
    #[must_use]
    pub const fn cause(self) -> Option<Cause> {
        match self {
            Self::Works => None,
            Self::WorksBut(cause)
            | Self::Fails(cause)
            | Self::Unknown(cause)
            | Self::NotTried(cause) => Some(cause),
        }
    }

    /// The same for another cause; what works without one still does.
    #[must_use]
    pub const fn because(self, cause: Cause) -> Self {
        match self {
            Self::Works => Self::Works,
            Self::WorksBut(_) => Self::WorksBut(cause),
            Self::Fails(_) => Self::Fails(cause),
            Self::Unknown(_) => Self::Unknown(cause),
            Self::NotTried(_) => Self::NotTried(cause),
        }
    }

    /// Whether what is checked can be used.
    #[must_use]
    pub const fn works(self) -> bool {
        match self {
            Self::Works | Self::WorksBut(_) => true,
            Self::Fails(_) | Self::Unknown(_) | Self::NotTried(_) => false,
        }
    }

    /// Whether it was tried and is not known to work.
    #[must_use]
    pub const fn is_bad(self) -> bool {
        match self {
            Self::Fails(_) | Self::Unknown(_) => true,
            Self::Works | Self::WorksBut(_) | Self::NotTried(_) => false,
        }
    }

    /// How bad it is, for the worst of several.
    #[must_use]
    pub const fn severity(self) -> u8 {
        match self {
            Self::Works => 0,
            Self::NotTried(_) => 1,
            Self::WorksBut(_) => 2,
            Self::Unknown(_) => 3,
            Self::Fails(_) => 4,
        }
    }
}
