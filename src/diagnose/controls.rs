//! What was tried besides the checks.

use crate::{
    machine::firewall::OwnFirewall,
    observation::{
        Observation,
        path::{PathObservation, PathQuestion},
    },
    plan::Plan,
};

/// What was tried besides the checks, and what was seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Controls {
    /// The probes; there are no checks in it.
    pub plan: Plan,
    /// One observation a probe.
    pub seen: Vec<Observation>,
    /// How far packets got, where that was asked.
    pub paths: Vec<Traced>,
    /// The outgoing rules of this machine, where they may explain something and can be read.
    pub own_firewall: Option<OwnFirewall>,
}

/// A question about the path, and what was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Traced {
    /// What was asked.
    pub question: PathQuestion,
    /// What was seen.
    pub seen: PathObservation,
}
