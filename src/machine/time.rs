//! The time service of this machine: which servers its configuration names.
//!
//! Of several services the first that names a server counts: chrony, the ntpd family, timesyncd.

use std::path::Path;

use super::{Configured, file::Files};
use crate::net::{Address, Host, Port};

mod chrony;
mod ntpd;
mod timesyncd;

/// One server as a configuration names it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct TimeServer {
    address: Address,
    /// Where keys are agreed on over TLS before time is asked for, if they are.
    keys: Option<Port>,
}

/// The servers of a configuration, in its order, and the files that were read for them.
#[derive(Debug, Default)]
struct Found {
    /// Each with the file that names it.
    servers: Vec<(TimeServer, String)>,
    /// The first file that is there; empty if there is none.
    first: String,
}

/// The time servers that the files below `root` name.
pub(super) fn servers(root: &Path) -> Configured {
    let files = Files::below(root);
    let services = [chrony::read, ntpd::read, timesyncd::read];
    let mut empty = Configured::default();
    for read in services {
        let found = read(&files);
        if !found.servers.is_empty() {
            return found.configured();
        }
        if empty.file.is_empty() {
            empty.file = found.first;
        }
    }
    empty
}

impl Found {
    fn add(&mut self, server: TimeServer, file: &str) {
        self.servers.push((server, file.to_owned()));
    }

    /// Notes that a file is there.
    fn saw(&mut self, file: &str) {
        if self.first.is_empty() {
            file.clone_into(&mut self.first);
        }
    }

    fn configured(self) -> Configured {
        let mut configured = Configured::default();
        let first = self.servers.first();
        configured.file = first.map_or(self.first, |(_, file)| file.clone());
        for (server, _) in self.servers {
            if let Some(port) = server.keys {
                configured.add_keys(Address {
                    host: server.address.host.clone(),
                    port: Some(port),
                });
            }
            configured.add(server.address);
        }
        configured
    }
}

/// The host of a server line: a name or an address. A clock that is attached here is none.
/// Source: ntp.conf(5), "127.127.t.u".
fn host(word: &str) -> Option<Host> {
    let host: Host = word.parse().ok()?;
    let is_clock = host.address().is_some_and(|address| match address {
        std::net::IpAddr::V4(address) => address.octets().starts_with(&[127, 127]),
        std::net::IpAddr::V6(_) => false,
    });
    (!is_clock).then_some(host)
}

/// The value of an option, which follows its name.
fn option<'a>(words: &[&'a str], name: &str) -> Option<&'a str> {
    let mut pairs = words.windows(2);
    let pair = pairs.find(|pair| pair[0].eq_ignore_ascii_case(name))?;
    Some(pair[1])
}
