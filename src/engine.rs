//! Runs a plan's probes: many at once, fair between hosts, and never an error.

use std::future::Future;

use crate::{observation::Observation, plan::Probe};

/// Sends one probe and tells what was seen. Failures of the network are observations.
pub trait Prober {
    /// What the probe saw. Must be safe to drop at any await.
    fn probe(&self, probe: &Probe) -> impl Future<Output = Observation> + Send;
}
