//! Which way packets would go, and what a name stands for now, without a probe.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs as _};

use super::sockets::{Sockets, source_towards};

/// The port that is asked about where it does not matter. Source: RFC 863.
const DISCARD: u16 = 9;

/// Addresses that stand for the whole Internet: nobody has a route of its own to them.
/// Source: RFC 5737 §3; RFC 3849 §2.
const ANYWHERE: [IpAddr; 2] = [
    IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)),
    IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1)),
];

/// The addresses of this machine that packets to `to` leave from, or without one what goes to the
/// Internet: of each family at most one. Nothing is sent.
#[must_use]
pub fn sources(to: Option<IpAddr>) -> Vec<IpAddr> {
    let sockets = Sockets::new(1, None);
    let targets = to.map_or_else(|| ANYWHERE.to_vec(), |to| vec![to]);
    let targets = targets.into_iter().map(|to| SocketAddr::new(to, DISCARD));
    targets
        .filter_map(|to| source_towards(&sockets, to))
        .collect()
}

/// The addresses that a name has now, as this machine itself looks it up; empty for none.
#[must_use]
pub fn addresses(name: &str) -> Vec<IpAddr> {
    let found = (name, DISCARD).to_socket_addrs();
    let mut addresses: Vec<IpAddr> = found.into_iter().flatten().map(|it| it.ip()).collect();
    addresses.sort_unstable();
    addresses.dedup();
    addresses
}
