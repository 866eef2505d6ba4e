//! The prober and its limits, as the network options mean them.

use super::{
    command::{Family, Network},
    failure::Failure,
};
use crate::{
    engine::Limits,
    probe::{self, NetProber, ProbeConfig},
};

/// How many probes of one host are in flight: a whole cluster profile in two rounds, without
/// looking like a flood to the host.
const PER_HOST: usize = 64;

/// Descriptors that are not for probes: the standard streams, the runtime's own, the files of
/// `--output`.
const RESERVED_DESCRIPTORS: usize = 32;

/// The fewest descriptors that a probe of every kind can work with.
const LEAST_DESCRIPTORS: usize = 16;

/// What sends the probes.
///
/// # Errors
/// Certificates that cannot be read; what the system refuses.
pub(crate) fn prober(network: &Network) -> Result<NetProber, Failure> {
    let descriptors = probe::raise_descriptor_limit();
    let config = ProbeConfig {
        timeout: network.timeout,
        attempts: network.attempts,
        resolver: network.resolver.clone(),
        source: network.source,
        family: network.family.map(|family| match family {
            Family::V4 => probe::Family::V4,
            Family::V6 => probe::Family::V6,
        }),
        descriptors: descriptors
            .saturating_sub(RESERVED_DESCRIPTORS)
            .max(LEAST_DESCRIPTORS),
    };
    NetProber::new(config)
        .map_err(|error| Failure::Own(super::failure::Fault::new(error.to_string())))
}

/// How many at once, and for how long.
pub(crate) fn limits(network: &Network) -> Limits {
    Limits {
        concurrency: network.concurrency,
        per_host: PER_HOST.min(network.concurrency),
        deadline: network.deadline,
    }
}
