//! How this machine resolves names: its servers, its search list and its hosts file, read once.

use std::{
    fs,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::Path,
    time::Duration,
};

use hickory_resolver::{
    Hosts,
    proto::{
        op::Query,
        rr::{Name, RecordType},
    },
};

use crate::{
    machine::{Ignored, ResolvConf},
    net::Host,
    observation::HostsFile,
    probe::sockets::socket_address,
};

/// Source: RFC 1035 §4.2.
const DNS_PORT: u16 = 53;

/// How names are resolved here.
#[derive(Debug)]
pub(crate) struct System {
    /// The servers, in the order they are asked, at least one.
    pub(crate) servers: Vec<SocketAddr>,
    /// Whether anybody configured them.
    pub(crate) is_configured: bool,
    /// The domains that are appended to a name that is not whole, in order.
    search: Vec<Name>,
    /// How many dots make a name whole enough to be asked as it is first.
    dots: usize,
    /// How long one server may take.
    pub(crate) timeout: Duration,
    /// How many rounds are made over all servers, at least 1.
    pub(crate) rounds: usize,
    /// Whether the system's resolver uses extended DNS.
    pub(crate) edns: bool,
    /// Whether it asks over TCP only.
    pub(crate) by_tcp: bool,
    /// The lines of the file that it passes over.
    pub(crate) ignored: Vec<Ignored>,
    hosts: Hosts,
    hosts_text: String,
    hosts_path: String,
}

impl System {
    /// Reads both files; one that cannot be read says nothing.
    pub(crate) fn read(resolv_conf: &Path, hosts: &Path) -> Self {
        let read = ResolvConf::read(resolv_conf);
        let mut servers: Vec<SocketAddr> = read.servers.iter().filter_map(at_dns_port).collect();
        let is_configured = !servers.is_empty();
        if !is_configured {
            // What the system's own resolver does then. Source: resolv.conf(5), `nameserver`.
            servers.push(SocketAddr::new(Ipv4Addr::LOCALHOST.into(), DNS_PORT));
        }
        let hosts_text = read_text(hosts);
        let search: Vec<Name> = read
            .search
            .iter()
            .filter_map(|domain| name(domain))
            .collect();
        Self {
            servers,
            is_configured,
            search: if read.search.is_empty() {
                own_domain()
            } else {
                search
            },
            dots: read.dots,
            timeout: read.timeout,
            rounds: read.attempts,
            edns: read.edns,
            by_tcp: read.by_tcp,
            ignored: read.ignored,
            hosts: read_hosts(&hosts_text),
            hosts_text,
            hosts_path: hosts.display().to_string(),
        }
    }

    /// The same with another server instead of the configured ones.
    pub(crate) fn with_server(mut self, server: SocketAddr) -> Self {
        self.servers = vec![server];
        self.is_configured = true;
        self
    }

    /// The names to ask for, in order. Source: resolv.conf(5), `ndots`.
    pub(crate) fn candidates(&self, written: &str) -> Vec<Name> {
        let Some(whole) = name(written) else {
            return Vec::new();
        };
        if written.ends_with('.') {
            return vec![whole];
        }
        let Ok(part) = Name::from_ascii(written) else {
            return vec![whole];
        };
        let mut candidates: Vec<Name> = self
            .search
            .iter()
            .filter_map(|domain| part.clone().append_domain(domain).ok())
            .collect();
        let is_whole = written.matches('.').count() >= self.dots || written == "localhost";
        let place = if is_whole { 0 } else { candidates.len() };
        candidates.insert(place, whole);
        candidates
    }

    /// The addresses that the hosts file has for a name, IPv4 first; empty if it does not have it.
    pub(crate) fn in_hosts_file(&self, written: &str) -> Vec<IpAddr> {
        let Some(name) = name(written) else {
            return Vec::new();
        };
        [RecordType::A, RecordType::AAAA]
            .into_iter()
            .filter_map(|kind| {
                self.hosts
                    .lookup_static_host(&Query::query(name.clone(), kind))
            })
            .flat_map(|found| {
                let addresses: Vec<IpAddr> = found
                    .answers()
                    .iter()
                    .filter_map(|record| record.data.ip_addr())
                    .collect();
                addresses
            })
            .collect()
    }
}

impl System {
    /// Where the hosts file names a host.
    pub(crate) fn place_in_hosts_file(&self, name: &str) -> HostsFile {
        let lines = self.hosts_text.lines().enumerate();
        HostsFile {
            path: self.hosts_path.clone(),
            lines: lines
                .filter(|(_, line)| gives(line, name))
                .map(|(index, _)| index + 1)
                .collect(),
        }
    }
}

fn at_dns_port(server: &Host) -> Option<SocketAddr> {
    Some(socket_address(server, server.address()?, DNS_PORT))
}

/// The whole name that is written so, with or without its last dot.
fn name(written: &str) -> Option<Name> {
    Name::from_ascii(format!("{}.", written.strip_suffix('.').unwrap_or(written))).ok()
}

/// What is searched where no file says it: the domain of this machine's own name.
/// Source: resolv.conf(5), `search`.
fn own_domain() -> Vec<Name> {
    let own = nix::unistd::gethostname().ok();
    let own = own
        .and_then(|own| own.into_string().ok())
        .unwrap_or_default();
    let domain = own.split_once('.').and_then(|(_, domain)| name(domain));
    domain.into_iter().collect()
}

fn read_text(path: &Path) -> String {
    let bytes = fs::read(path).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Whether a line of a hosts file gives an address to that name. Source: hosts(5).
fn gives(line: &str, name: &str) -> bool {
    let line = line.split('#').next().unwrap_or_default();
    let mut words = line.split_whitespace();
    let has_address = words
        .next()
        .is_some_and(|word| word.parse::<IpAddr>().is_ok());
    has_address && words.any(|word| word.eq_ignore_ascii_case(name.trim_end_matches('.')))
}

fn read_hosts(text: &str) -> Hosts {
    let mut hosts = Hosts::default();
    // Reading from memory that is valid text cannot fail.
    let _ = hosts.read_hosts_conf(text.as_bytes());
    hosts
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn system(resolv_conf: &str, hosts: &[u8]) -> System {
        let mut files = [(); 2].map(|()| tempfile::NamedTempFile::new().unwrap());
        files[0].write_all(resolv_conf.as_bytes()).unwrap();
        files[1].write_all(hosts).unwrap();
        System::read(files[0].path(), files[1].path())
    }

    fn names(system: &System, name: &str) -> Vec<String> {
        let candidates = system.candidates(name);
        candidates.iter().map(Name::to_ascii).collect()
    }

    #[test]
    fn servers_search_list_and_dots_are_the_systems() {
        let system = system(
            "search a.example b.example\nnameserver 192.0.2.1\nnameserver 2001:db8::1\noptions ndots:2\n",
            b"",
        );
        assert_eq!(
            system.servers,
            [
                "192.0.2.1:53".parse().unwrap(),
                "[2001:db8::1]:53".parse().unwrap()
            ]
        );
        assert!(system.is_configured);
        assert_eq!(
            names(&system, "db"),
            ["db.a.example.", "db.b.example.", "db."]
        );
        assert_eq!(names(&system, "x.y.z")[0], "x.y.z.");
        assert_eq!(names(&system, "db."), ["db."]);
    }

    #[test]
    fn without_a_server_this_machine_is_asked_and_nobody_configured_it() {
        let system = system("search a.example\n", b"");
        assert_eq!(system.servers, ["127.0.0.1:53".parse().unwrap()]);
        assert!(!system.is_configured);
    }

    #[test]
    fn a_search_list_that_cannot_be_read_does_not_cost_the_servers() {
        let long = "a".repeat(300);
        let system = system(&format!("search {long}\nnameserver 192.0.2.1\n"), b"");
        assert_eq!(system.servers, ["192.0.2.1:53".parse().unwrap()]);
    }

    #[test]
    fn the_hosts_file_may_hold_odd_lines() {
        let system = system(
            "",
            b"\xff\xfe junk\n# a comment\n192.0.2.9 Looker.Example alias # home\n2001:db8::9 looker.example\n",
        );
        assert_eq!(
            system.in_hosts_file("looker.example"),
            [
                "192.0.2.9".parse::<IpAddr>().unwrap(),
                "2001:db8::9".parse().unwrap()
            ]
        );
        assert_eq!(system.in_hosts_file("other.example"), [] as [IpAddr; 0]);
        let lines = |name| system.place_in_hosts_file(name).lines;
        assert_eq!(lines("looker.example"), [3, 4]);
        assert_eq!(lines("alias"), [3]);
        assert_eq!(lines("home"), [] as [usize; 0]);
    }
}
