//! What this machine's configuration says: its addresses, its name, its servers.
//!
//! Files are read as they come: lines that make no sense are passed over, as their owners' readers
//! mostly do, and of a huge file only the beginning counts.

use std::{
    fs,
    net::{IpAddr, Ipv4Addr},
    path::{Path, PathBuf},
};

use nix::{ifaddrs, unistd};

use super::{Configured, Machine, file::read_capped, resolv_conf::ResolvConf};
use crate::net::{Address, Host};

/// The most files of a directory that are read, and the most servers that are kept.
const LIST_LIMIT: usize = 64;

/// systemd-resolved's own listener, in front of the name servers that count.
/// Source: systemd-resolved.service(8).
const RESOLVED_STUB: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 53));

/// Where chrony and ntp keep their servers, most usual first. Source: the packages of Debian and
/// Red Hat; `confdir` and `sourcedir` of chrony.conf(5) as both set them.
const NTP_FILES: [&str; 7] = [
    "etc/chrony/chrony.conf",
    "etc/chrony/conf.d/*.conf",
    "etc/chrony/sources.d/*.sources",
    "etc/chrony.conf",
    "etc/chrony.d/*.conf",
    "etc/ntpsec/ntp.conf",
    "etc/ntp.conf",
];

/// systemd-timesyncd's files, weakest first. Source: timesyncd.conf(5).
const TIMESYNCD_FILES: [&str; 2] = [
    "etc/systemd/timesyncd.conf",
    "etc/systemd/timesyncd.conf.d/*.conf",
];

impl Machine {
    /// What this machine says of itself now. What it does not say is empty.
    #[must_use]
    pub fn read() -> Self {
        Self {
            addresses: interface_addresses(),
            name: unistd::gethostname()
                .ok()
                .and_then(|name| name.into_string().ok())
                .unwrap_or_default(),
            ..Self::read_from(Path::new("/"))
        }
    }

    /// What the configuration files below `root` say; addresses and name are empty.
    #[must_use]
    pub fn read_from(root: &Path) -> Self {
        Self {
            dns_servers: dns_servers(root),
            ntp_servers: ntp_servers(root),
            ..Self::default()
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

/// The servers of the first file that names any; else the first file that is there.
fn ntp_servers(root: &Path) -> Configured {
    let mut empty = Configured::default();
    for path in NTP_FILES.iter().flat_map(|pattern| files(root, pattern)) {
        let Some(text) = read_capped(&path) else {
            continue;
        };
        let mut found = Configured::in_file(root, &path);
        text.lines()
            .filter_map(ntp_server)
            .for_each(|server| found.add(server));
        if !found.servers.is_empty() {
            return found;
        }
        if empty.file.is_empty() {
            empty = found;
        }
    }
    let timesyncd = timesyncd_servers(root);
    if timesyncd.servers.is_empty() && !empty.file.is_empty() {
        empty
    } else {
        timesyncd
    }
}

/// The server of a line of chrony.conf or ntp.conf. Source: chrony.conf(5), ntp.conf(5).
fn ntp_server(line: &str) -> Option<Address> {
    let mut words = line.split_whitespace();
    let keyword = words.next()?.to_ascii_lowercase();
    if !matches!(keyword.as_str(), "server" | "pool" | "peer") {
        return None;
    }
    // ntp.conf has flags such as -4 before the host.
    let host: Host = words
        .by_ref()
        .find(|word| !word.starts_with('-'))?
        .parse()
        .ok()?;
    // 127.127.t.u is ntpd's name of a clock that is attached here.
    if let Host::Address(IpAddr::V4(ip)) = host
        && ip.octets().starts_with(&[127, 127])
    {
        return None;
    }
    let options: Vec<&str> = words.collect();
    let port = options
        .windows(2)
        .find(|pair| pair[0].eq_ignore_ascii_case("port"));
    Some(Address {
        host,
        port: port.and_then(|pair| pair[1].parse().ok()),
    })
}

/// `NTP=`, or else `FallbackNTP=`. An empty value takes back what came before.
/// Source: timesyncd.conf(5), systemd.syntax(7).
fn timesyncd_servers(root: &Path) -> Configured {
    let (mut main, mut fallback) = (Configured::default(), Configured::default());
    for path in TIMESYNCD_FILES
        .iter()
        .flat_map(|pattern| files(root, pattern))
    {
        let Some(text) = read_capped(&path) else {
            continue;
        };
        let file = Configured::in_file(root, &path).file;
        for line in text.lines() {
            let Some((key, value)) = line.split_once('=') else {
                continue;
            };
            match key.trim() {
                "NTP" => main.set(&file, value),
                "FallbackNTP" => fallback.set(&file, value),
                _ => {}
            }
        }
        if main.file.is_empty() {
            main.file = file;
        }
    }
    if main.servers.is_empty() && !fallback.servers.is_empty() {
        fallback
    } else {
        main
    }
}

impl Configured {
    fn in_file(root: &Path, path: &Path) -> Self {
        let path = path.strip_prefix(root).unwrap_or(path);
        Self {
            file: format!("/{}", path.display()),
            ..Self::default()
        }
    }

    fn add(&mut self, server: Address) {
        if self.servers.len() < LIST_LIMIT && !self.servers.contains(&server) {
            self.servers.push(server);
        }
    }

    /// What a line `KEY=a b` of a systemd file does.
    fn set(&mut self, file: &str, value: &str) {
        let mut words = value.split_whitespace().peekable();
        if words.peek().is_none() {
            self.servers.clear();
        }
        for server in words.filter_map(|word| word.parse().ok()) {
            file.clone_into(&mut self.file);
            self.add(server);
        }
    }
}

/// The files that `pattern` names below `root`: itself, or all of a directory for `dir/*.ending`,
/// by name.
fn files(root: &Path, pattern: &str) -> Vec<PathBuf> {
    let Some((directory, ending)) = pattern.split_once("/*.") else {
        return vec![root.join(pattern)];
    };
    let Ok(entries) = fs::read_dir(root.join(directory)) else {
        return Vec::new();
    };
    let mut paths: Vec<PathBuf> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|found| found == ending))
        .collect();
    paths.sort();
    paths.truncate(LIST_LIMIT);
    paths
}
