//! What was tried besides the checks.

use crate::{observation::Observation, plan::Plan};

/// What was tried besides the checks, and what was seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Controls {
    /// The probes; there are no checks in it.
    pub plan: Plan,
    /// One observation a probe.
    pub seen: Vec<Observation>,
}
