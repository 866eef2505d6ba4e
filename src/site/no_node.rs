//! What is typed as a node and is none: a host with a port, a network, a range, a URL.

use ipnet::IpNet;
use thiserror::Error;

use crate::{
    catalog::mistakes::quoted,
    net::{Address, Host},
    text,
};

/// The most hosts of a network that are written out.
const WRITTEN_OUT: usize = 16;

/// Why a word is no node.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NoNode {
    /// It has a port, which belongs to a rule.
    #[error("a node is a host without a port, got {}", quoted(&.0.to_string()))]
    Port(Address),
    /// A network.
    #[error("a node is one host, got the network {}", quoted(&.0.to_string()))]
    Network(IpNet),
    /// A range of addresses, and the pattern that means it.
    #[error("a node is one host, got the range {}", quoted(.written))]
    Range {
        /// What was written.
        written: String,
        /// The pattern.
        pattern: String,
    },
    /// A URL; the host of it. What was written may hold a login.
    #[error("a node is a host, got a URL")]
    Url(Host),
    /// A host behind a user's name.
    #[error("a node is a host without a user")]
    User(Host),
}

impl NoNode {
    /// Why `word` is no node; `None` where it may be one, or is nothing that is known.
    pub(super) fn of(word: &str) -> Option<Self> {
        // It would do as a name.
        if let Some(pattern) = range(word) {
            let written = word.to_owned();
            return Some(Self::Range { written, pattern });
        }
        if word.parse::<Host>().is_ok() {
            return None;
        }
        if let Some((_, rest)) = word.split_once("://") {
            let authority = rest.split(['/', '?', '#']).next()?;
            let authority = authority.rsplit('@').next()?;
            return Some(Self::Url(authority.parse::<Address>().ok()?.host));
        }
        if let Ok(network) = word.parse::<IpNet>() {
            return Some(Self::Network(network));
        }
        if let Some((_, host)) = word.rsplit_once('@') {
            return Some(Self::User(host.parse::<Address>().ok()?.host));
        }
        let address: Address = word.parse().ok()?;
        address.port.is_some().then_some(Self::Port(address))
    }

    /// What to write instead.
    pub(super) fn help(&self) -> String {
        match self {
            Self::Port(Address { host, port }) => {
                let port = port.map_or(0, crate::net::Port::get);
                format!(
                    "write {}; where one rule reaches it at port {port}, the site file says so: `hosts: {{{host}: {{ports: {{RULE: {port}}}}}}}`",
                    quoted(&host.to_string())
                )
            }
            Self::Url(host) | Self::User(host) => format!("write {}", quoted(&host.to_string())),
            Self::Range { pattern, .. } => format!("write {}", quoted(pattern)),
            Self::Network(network) => {
                let hosts: Vec<String> = network
                    .hosts()
                    .take(WRITTEN_OUT + 1)
                    .map(|host| host.to_string())
                    .collect();
                if hosts.len() > WRITTEN_OUT {
                    "name the hosts of it that are nodes, or a pattern such as `10.0.0.[1:9]`"
                        .to_owned()
                } else {
                    let hosts = text::list(&[quoted(&hosts.join(","))], "and");
                    format!("its hosts are {hosts}: write those that are nodes")
                }
            }
        }
    }
}

/// `10.0.0.1-4` and `10.0.0.1-10.0.0.4` as `10.0.0.[1:4]`.
fn range(word: &str) -> Option<String> {
    let (first, last) = word.split_once('-')?;
    let first: std::net::Ipv4Addr = first.parse().ok()?;
    let last = match last.parse::<std::net::Ipv4Addr>() {
        Ok(last) if last.octets()[..3] == first.octets()[..3] => last.octets()[3],
        Ok(_) => return None,
        Err(_) => last.parse().ok()?,
    };
    let [a, b, c, d] = first.octets();
    Some(format!("{a}.{b}.{c}.[{d}:{last}]"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_node_has_help_of_its_own() {
        for (word, told) in [
            (
                "ts1:22",
                "a node is a host without a port, got `ts1:22` | write `ts1`; where one rule reaches it at port 22, \
                 the site file says so: `hosts: {ts1: {ports: {RULE: 22}}}`",
            ),
            (
                "10.0.0.0/30",
                "a node is one host, got the network `10.0.0.0/30` | its hosts are `10.0.0.1,10.0.0.2`: write those \
                 that are nodes",
            ),
            (
                "10.0.0.0/8",
                "a node is one host, got the network `10.0.0.0/8` | name the hosts of it that are nodes, or a \
                 pattern such as `10.0.0.[1:9]`",
            ),
            (
                "10.0.0.1-4",
                "a node is one host, got the range `10.0.0.1-4` | write `10.0.0.[1:4]`",
            ),
            (
                "10.0.0.1-10.0.0.4",
                "a node is one host, got the range `10.0.0.1-10.0.0.4` | write `10.0.0.[1:4]`",
            ),
            ("https://ts1/", "a node is a host, got a URL | write `ts1`"),
            (
                "https://me:secret@ts1:8443/x",
                "a node is a host, got a URL | write `ts1`",
            ),
            ("root@ts1", "a node is a host without a user | write `ts1`"),
        ] {
            let no_node = NoNode::of(word).unwrap();
            assert_eq!(format!("{no_node} | {}", no_node.help()), told, "{word}");
        }
        for word in [
            "ts1",
            "ts1.corp.",
            "::1",
            "[::1]",
            "fe80::1%eth0",
            "a b",
            "node[1:9]",
        ] {
            assert_eq!(NoNode::of(word), None, "{word}");
        }
    }
}
