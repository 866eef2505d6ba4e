//! What this machine's configuration says: its addresses, its name, its servers.
//!
//! Files are read as they come: lines that make no sense are passed over, as their owners' readers
//! mostly do, and of a huge file only the beginning counts.

use std::{
    net::{IpAddr, Ipv4Addr},
    path::Path,
};

use nix::{ifaddrs, unistd};

use super::{Configured, Machine, file::read_capped, resolv_conf::ResolvConf, time};
use crate::net::{Address, Host};

/// systemd-resolved's own listener, in front of the name servers that count.
/// Source: systemd-resolved.service(8).
const RESOLVED_STUB: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 53));

impl Machine {
    /// What this machine says of itself now. What it does not say is empty.
    #[must_use]
    pub fn read() -> Self {
        let name = unistd::gethostname().ok();
        Self {
            addresses: interface_addresses(),
            name: name
                .and_then(|name| name.into_string().ok())
                .unwrap_or_default(),
            ..Self::default()
        }
        .below(Path::new("/"))
    }

    /// What the configuration files below `root` say; addresses and name are empty.
    #[must_use]
    pub fn read_from(root: &Path) -> Self {
        Self::default().below(root)
    }

    pub(super) fn below(self, root: &Path) -> Self {
        Self {
            names: own_names(root, &self),
            dns_servers: dns_servers(root),
            ntp_servers: time::servers(root),
            ..self
        }
    }
}

fn interface_addresses() -> Vec<IpAddr> {
    let mut addresses = Vec::new();
    for interface in ifaddrs::getifaddrs().into_iter().flatten() {
        let Some(address) = interface.address else {
            continue;
        };
        let v4 = address
            .as_sockaddr_in()
            .map(|socket| IpAddr::V4(socket.ip()));
        let v6 = address
            .as_sockaddr_in6()
            .map(|socket| IpAddr::V6(socket.ip()));
        addresses.extend(v4.or(v6));
    }
    addresses
}

/// The names that the hosts file has for this machine: those of its addresses, and of a line of
/// loopback that has its name. Source: hosts(5); hostname(1), "The FQDN".
fn own_names(root: &Path, own: &Machine) -> Vec<String> {
    let text = read_capped(&root.join("etc/hosts")).unwrap_or_default();
    let name = own.name.to_ascii_lowercase();
    let mut names = Vec::new();
    for line in text.lines() {
        let line = line
            .split('#')
            .next()
            .unwrap_or_default()
            .to_ascii_lowercase();
        let mut words = line.split_whitespace();
        let address = words.next().and_then(|word| word.parse::<IpAddr>().ok());
        let words: Vec<&str> = words.collect();
        let is_own = address.is_some_and(|address| {
            let address = address.to_canonical();
            if address.is_loopback() {
                words.contains(&name.as_str())
            } else {
                own.addresses.contains(&address)
            }
        });
        let is_ours = |word: &&&str| !word.starts_with("localhost") && !word.starts_with("ip6-");
        names.extend(
            words
                .iter()
                .filter(is_ours)
                .filter(|_| is_own)
                .map(|word| (*word).to_owned()),
        );
    }
    names
}

/// Source: resolv.conf(5).
fn dns_servers(root: &Path) -> Configured {
    let system = name_servers(root, "etc/resolv.conf");
    let is_stub = |server: &Address| server.host == Host::Address(RESOLVED_STUB);
    if !system.servers.is_empty() && system.servers.iter().all(is_stub) {
        let upstream = upstream_servers(root, "run/systemd/resolve/resolv.conf");
        if !upstream.servers.is_empty() {
            return upstream;
        }
    }
    system
}

fn name_servers(root: &Path, path: &str) -> Configured {
    let mut found = Configured::default();
    let Some(text) = read_capped(&root.join(path)) else {
        return found;
    };
    found.file = format!("/{path}");
    let read = ResolvConf::parse(&text);
    read.servers
        .into_iter()
        .for_each(|host| found.add(at_usual_port(host)));
    found.ignored = read.ignored;
    found
}

/// The servers behind the stub, of which each may be asked, however many they are.
fn upstream_servers(root: &Path, path: &str) -> Configured {
    let mut found = Configured::default();
    let Some(text) = read_capped(&root.join(path)) else {
        return found;
    };
    found.file = format!("/{path}");
    let servers = text
        .lines()
        .flat_map(|line| ResolvConf::parse(line).servers);
    servers.for_each(|host| found.add(at_usual_port(host)));
    found
}

const fn at_usual_port(host: Host) -> Address {
    Address { host, port: None }
}
