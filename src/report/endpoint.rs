//! An endpoint in one word: `license.looker.com:443/tcp`.

use std::{fmt, net::Ipv6Addr};

use super::{Endpoint, PortField};

impl fmt::Display for Endpoint {
    /// `host:443/tcp`, `[2001:db8::1]:443/tcp`, `host:20123-32768/tcp`, `host icmp`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(ports) = self.ports_text() else {
            return write!(f, "{} {}", self.host, self.transport);
        };
        if self.host.parse::<Ipv6Addr>().is_ok() {
            write!(f, "[{}]:{ports}/{}", self.host, self.transport)
        } else {
            write!(f, "{}:{ports}/{}", self.host, self.transport)
        }
    }
}

impl Endpoint {
    /// `443`, `20123-32768`; `None` where the transport has no ports.
    pub(crate) fn ports_text(&self) -> Option<String> {
        match (&self.ports, self.port) {
            (Some(ports), _) => Some(format!("{}-{}", ports.first, ports.last)),
            (None, PortField::Port(port)) => Some(port.to_string()),
            (None, PortField::Null | PortField::Absent) => None,
        }
    }

    /// The ports of a range that failed: `21000-21010 30000`; empty for none.
    pub(crate) fn failed_text(&self) -> String {
        let failed = self.ports.iter().flat_map(|ports| &ports.failed);
        let ranges: Vec<String> = failed
            .map(|[first, last]| {
                if first == last {
                    first.to_string()
                } else {
                    format!("{first}-{last}")
                }
            })
            .collect();
        ranges.join(" ")
    }
}
