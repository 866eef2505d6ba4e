//! What of this machine the product needs, as it is now: its ports, its port range, its limits.

use std::{collections::BTreeSet, fs, path::Path};

use nix::sys::resource::{Resource, getrlimit};

use super::{
    Needs,
    holders::{self, Holder},
};
use crate::net::{Port, PortRange, Transport};

/// Source: ip(7), `ip_local_port_range`.
const PORT_RANGE_FILE: &str = "/proc/sys/net/ipv4/ip_local_port_range";

/// What this machine has ready.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ready {
    /// Who holds the ports that are needed.
    pub holders: Vec<Holder>,
    /// The lowest and the highest port that the system gives away.
    pub port_range: Option<PortRange>,
    /// How many files and sockets a process may open if it asks for all it can have.
    pub descriptors: Option<u64>,
}

impl Ready {
    /// What of it can be read now and is needed.
    #[must_use]
    pub fn read(needs: &Needs) -> Self {
        let ports: BTreeSet<(Transport, Port)> = needs
            .ports
            .iter()
            .map(|needed| (needed.transport, needed.port))
            .collect();
        Self {
            holders: if ports.is_empty() {
                Vec::new()
            } else {
                holders::of_ports(&ports)
            },
            port_range: needs.range.as_ref().and_then(|_| port_range()),
            descriptors: needs
                .descriptors
                .and_then(|_| Some(getrlimit(Resource::RLIMIT_NOFILE).ok()?.1)),
        }
    }
}

fn port_range() -> Option<PortRange> {
    let text = fs::read_to_string(Path::new(PORT_RANGE_FILE)).ok()?;
    let mut words = text.split_whitespace();
    let mut port = || words.next()?.parse().ok();
    PortRange::new(port()?, port()?)
}
