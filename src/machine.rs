//! What this machine says of itself: its names, its servers, who holds its ports, its limits.
//!
//! The only look outside before the probes. Nothing here is sent, and nothing is judged.

use std::net::IpAddr;

use crate::net::{Address, Host};

pub mod ansible;
mod configuration;
mod file;
pub mod firewall;
pub mod holders;
pub mod listings;
mod needs;
mod ready;
mod resolv_conf;
mod switch;
#[cfg(test)]
mod tests;

pub use needs::{LOCAL_RULES, NeededPort, NeededRange, Needs};
pub use ready::Ready;
pub use resolv_conf::{Ignored, ResolvConf};
pub use switch::Switch;

/// What this machine says of itself, read once before anything is planned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Machine {
    /// The addresses of its interfaces, loopback included.
    pub addresses: Vec<IpAddr>,
    /// Its own name, as `hostname` prints it; empty if it has none.
    pub name: String,
    /// What else others call it, where somebody told it: the node of a mesh.
    pub aliases: Vec<Host>,
    /// The name servers it is configured with, or why there are none.
    pub dns_servers: Configured,
    /// The time servers it is configured with, or why there are none.
    pub ntp_servers: Configured,
}

/// Servers as a configuration file of this machine names them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Configured {
    /// The servers, in the file's order, each once.
    pub servers: Vec<Address>,
    /// The file they stand in; empty if there is none.
    pub file: String,
    /// The lines of it that the system passes over, though they seem to be meant.
    pub ignored: Vec<Ignored>,
}

impl Machine {
    /// Whether `address` is this machine under a name or address that others know it by.
    /// Loopback is not: who names it wants to try things here.
    #[must_use]
    pub fn is_own(&self, address: &Address) -> bool {
        self.is_own_host(&address.host)
    }

    /// Whether `host` is this machine, likewise.
    #[must_use]
    pub fn is_own_host(&self, host: &Host) -> bool {
        if self.aliases.contains(host) {
            return true;
        }
        match host {
            Host::OnLink(here) => self.addresses.contains(&here.address.into()),
            Host::Address(ip) => {
                let ip = ip.to_canonical();
                !ip.is_loopback()
                    && self
                        .addresses
                        .iter()
                        .map(IpAddr::to_canonical)
                        .any(|own| own == ip)
            }
            Host::Name(name) => {
                let own = self.name.to_ascii_lowercase();
                let short = own.split('.').next().unwrap_or_default();
                let is_loopback = name.split('.').next() == Some("localhost");
                !is_loopback && (*name == own || name == short)
            }
        }
    }
}
