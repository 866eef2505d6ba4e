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
mod time;

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
    /// Its full names, as its hosts file has them; lower case, none of loopback's.
    pub names: Vec<String>,
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
    /// Where keys for some of the servers are agreed on before they are asked, over TLS.
    pub keys: Vec<Address>,
    /// The lines of it that the system passes over, though they seem to be meant.
    pub ignored: Vec<Ignored>,
}

/// The most servers that are kept.
const LIST_LIMIT: usize = 64;

impl Configured {
    /// Adds a server, unless it is there.
    fn add(&mut self, server: Address) {
        if self.servers.len() < LIST_LIMIT && !self.servers.contains(&server) {
            self.servers.push(server);
        }
    }

    /// Adds where keys are agreed on.
    fn add_keys(&mut self, server: Address) {
        if self.keys.len() < LIST_LIMIT && !self.keys.contains(&server) {
            self.keys.push(server);
        }
    }
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
            Host::Name(name) => self.is_own_name(name.strip_suffix('.').unwrap_or(name)),
        }
    }

    /// Whether a name is one of this machine's, long or short. A long one whose first label is this
    /// machine's short name is, unless this machine has a long one of its own: then it would have to
    /// be that.
    fn is_own_name(&self, name: &str) -> bool {
        let own = self.name.to_ascii_lowercase();
        let label = |name: &str| name.split('.').next().unwrap_or_default().to_owned();
        if own.is_empty() || label(name) == "localhost" {
            return false;
        }
        let told: Vec<String> = self
            .aliases
            .iter()
            .filter_map(Host::name)
            .map(str::to_owned)
            .collect();
        let mut known = self.names.iter().chain(&told).chain([&own]);
        if name.contains('.') {
            let is_known = known.clone().any(|known| known == name);
            let is_long = |known: &String| known.contains('.') && label(known) == label(&own);
            is_known || (label(name) == own && !known.any(is_long))
        } else {
            known.any(|known| label(known) == name)
        }
    }
}
