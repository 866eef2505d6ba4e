//! Who holds this machine's ports: the kernel's tables of sockets, and the processes behind them.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt, fs,
    io::Read as _,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    path::Path,
};

use crate::{
    net::{Port, Transport},
    text,
};

/// The tables and what is in them. Source: proc(5).
const TABLES: [(&str, Transport); 4] = [
    ("net/tcp", Transport::Tcp),
    ("net/tcp6", Transport::Tcp),
    ("net/udp", Transport::Udp),
    ("net/udp6", Transport::Udp),
];

/// The most of a table that is read, in bytes: some 300,000 sockets.
const TABLE_LIMIT: u64 = 64 << 20;

/// A socket of this machine that holds a local port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// TCP or UDP.
    pub transport: Transport,
    /// The address it is bound to; unspecified for every address, IPv4 ones included unless the
    /// socket is for IPv6 alone, which the kernel does not tell.
    pub address: IpAddr,
    /// The port.
    pub port: Port,
    /// Whether it takes what comes from anyone: a listener, or a datagram socket without a peer.
    pub listens: bool,
    /// Whose it is; `None` where this user may not see it, or where it is the kernel's own.
    pub process: Option<Process>,
}

/// A process, by what it calls itself.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Process {
    /// Its id.
    pub pid: u32,
    /// Its name, at most 15 characters, made harmless. Source: proc(5), `comm`.
    pub name: String,
}

impl Holder {
    /// Whether only this machine itself can reach it.
    #[must_use]
    pub fn is_loopback_only(&self) -> bool {
        self.address.to_canonical().is_loopback()
    }
}

impl fmt::Display for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (pid {})", self.name, self.pid)
    }
}

impl fmt::Display for Holder {
    /// `nginx (pid 77) at 127.0.0.1:8080`, or `a process that this user may not see at …`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.process {
            Some(process) => process.fmt(f)?,
            None => f.write_str("a process that this user may not see")?,
        }
        write!(f, " at {}", SocketAddr::new(self.address, self.port.get()))
    }
}

/// Who holds these ports of this machine now, listeners first; none for a port that is free.
#[must_use]
pub fn of_ports(ports: &BTreeSet<(Transport, Port)>) -> Vec<Holder> {
    in_directory(Path::new("/proc"), ports)
}

/// Whether a connection from `from` to a port of this machine stands half open: its first packet
/// arrived, and the answer to it was not acknowledged. Source: proc(5), `/proc/net/tcp`.
#[must_use]
pub fn is_half_open(port: Port, from: IpAddr) -> bool {
    is_half_open_in(Path::new("/proc"), port, from)
}

/// The same from a copy of `/proc`.
fn is_half_open_in(proc: &Path, port: Port, from: IpAddr) -> bool {
    let tables = TABLES
        .iter()
        .filter(|(_, transport)| *transport == Transport::Tcp);
    tables
        .map(|(table, _)| read_capped(&proc.join(table)))
        .any(|table| {
            table
                .lines()
                .filter_map(half_open)
                .any(|(at, peer)| at == port && peer.to_canonical() == from.to_canonical())
        })
}

/// The port of this machine and the peer of a line that is a connection half open.
fn half_open(line: &str) -> Option<(Port, IpAddr)> {
    /// Source: `tcp_states.h`, `TCP_SYN_RECV`.
    const SYN_RECV: &str = "03";
    let mut fields = line.split_whitespace().skip(1);
    let (_, port) = fields.next()?.split_once(':')?;
    let (peer, _) = fields.next()?.split_once(':')?;
    if fields.next()? != SYN_RECV {
        return None;
    }
    let port = Port::new(u16::from_str_radix(port, 16).ok()?)?;
    Some((port, address_of(peer)?))
}

/// Who holds the ports, from a copy of `/proc`.
fn in_directory(proc: &Path, ports: &BTreeSet<(Transport, Port)>) -> Vec<Holder> {
    let mut sockets: Vec<Entry> = TABLES
        .iter()
        .flat_map(|(table, transport)| entries(&read_capped(&proc.join(table)), *transport))
        .filter(|entry| ports.contains(&(entry.holder.transport, entry.holder.port)))
        .collect();
    sockets.sort_by_key(|entry| {
        (
            entry.holder.transport,
            entry.holder.port,
            !entry.holder.listens,
        )
    });
    let inodes = sockets.iter().map(|entry| entry.inode).collect();
    let owners = owners(proc, &inodes);
    let with_owner = |entry: Entry| Holder {
        process: owners.get(&entry.inode).cloned(),
        ..entry.holder
    };
    sockets.into_iter().map(with_owner).collect()
}

/// A line of a table.
#[derive(Debug, PartialEq, Eq)]
struct Entry {
    holder: Holder,
    /// The socket's number; 0 for one that belongs to no process any more.
    inode: u64,
}

/// The sockets of a table; lines that are none are left out.
fn entries(table: &str, transport: Transport) -> Vec<Entry> {
    table
        .lines()
        .filter_map(|line| entry(line, transport))
        .collect()
}

/// `0: 0100007F:1F90 00000000:0000 0A … inode …`. Source: the kernel's `proc_net_tcp.rst`.
fn entry(line: &str, transport: Transport) -> Option<Entry> {
    /// A listener, and a datagram socket without a peer (`TCP_CLOSE`). Source: `tcp_states.h`.
    const OPEN: [&str; 2] = ["0A", "07"];
    let mut fields = line.split_whitespace();
    let (address, port) = fields.nth(1)?.split_once(':')?;
    let state = fields.nth(1)?;
    let inode = fields.nth(5)?;
    Some(Entry {
        holder: Holder {
            transport,
            address: address_of(address)?,
            port: Port::new(u16::from_str_radix(port, 16).ok()?)?,
            listens: OPEN.contains(&state),
            process: None,
        },
        inode: inode.parse().ok()?,
    })
}

/// An address as words of 32 bits, each in this machine's own order of bytes.
fn address_of(text: &str) -> Option<IpAddr> {
    let word = |at: usize| {
        let digits = text.get(at * 8..at * 8 + 8)?;
        Some(u32::from_str_radix(digits, 16).ok()?.to_ne_bytes())
    };
    match text.len() {
        8 => Some(Ipv4Addr::from(word(0)?).into()),
        32 => {
            let words = [word(0)?, word(1)?, word(2)?, word(3)?];
            let bytes: [u8; 16] = std::array::from_fn(|at| words[at / 4][at % 4]);
            Some(IpAddr::from(Ipv6Addr::from(bytes)))
        }
        _ => None,
    }
}

/// Which process has which of these sockets open, as far as this user may look. The lowest id
/// where several do, which is the parent as a rule.
fn owners(proc: &Path, inodes: &BTreeSet<u64>) -> BTreeMap<u64, Process> {
    let mut owners = BTreeMap::new();
    if inodes.is_empty() {
        return owners;
    }
    for pid in pids(proc) {
        let home = proc.join(pid.to_string());
        for inode in sockets_of(&home).filter(|inode| inodes.contains(inode)) {
            owners.entry(inode).or_insert_with(|| Process {
                pid,
                name: name_of(&home),
            });
        }
    }
    owners
}

/// Every process, ascending.
fn pids(proc: &Path) -> BTreeSet<u32> {
    let names = fs::read_dir(proc).into_iter().flatten().flatten();
    names
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .collect()
}

/// The sockets that a process has open. Source: proc(5), `/proc/pid/fd`: `socket:[INODE]`.
fn sockets_of(home: &Path) -> impl Iterator<Item = u64> {
    let descriptors = fs::read_dir(home.join("fd"))
        .into_iter()
        .flatten()
        .flatten();
    descriptors.filter_map(|entry| {
        let target = fs::read_link(entry.path()).ok()?;
        let number = target
            .to_str()?
            .strip_prefix("socket:[")?
            .strip_suffix(']')?;
        number.parse().ok()
    })
}

fn name_of(home: &Path) -> String {
    text::stranger(read_capped(&home.join("comm")).trim_end().as_bytes())
}

/// The beginning of a file; empty if it cannot be read.
fn read_capped(path: &Path) -> String {
    let mut bytes = Vec::new();
    if let Ok(file) = fs::File::open(path) {
        // What was read before an error is still true.
        let _ = file.take(TABLE_LIMIT).read_to_end(&mut bytes);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use std::{net::TcpListener, os::unix::fs::symlink};

    use super::*;

    const HEAD: &str = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";

    fn port(number: u16) -> Port {
        Port::new(number).unwrap()
    }

    /// A copy of `/proc` with that table of TCP, and one process with that socket.
    fn proc(table: &str, (pid, inode, name): (u32, u64, &str)) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().join(pid.to_string());
        fs::create_dir_all(home.join("fd")).unwrap();
        fs::create_dir(folder.path().join("net")).unwrap();
        fs::write(folder.path().join("net/tcp"), table).unwrap();
        fs::write(home.join("comm"), format!("{name}\n")).unwrap();
        symlink(format!("socket:[{inode}]"), home.join("fd/3")).unwrap();
        symlink("/dev/null", home.join("fd/4")).unwrap();
        folder
    }

    fn told(folder: &tempfile::TempDir, number: u16) -> Vec<String> {
        let ports = BTreeSet::from([(Transport::Tcp, port(number))]);
        let holders = in_directory(folder.path(), &ports);
        holders.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_connection_half_open_is_known_by_its_port_and_its_peer() {
        let table = format!(
            "{HEAD}   0: 0200000A:0850 0100000A:C350 03 00000000:00000000 01:00000000 00000000     0        0 0 1 0 100 0 0 10 0\n"
        );
        let folder = proc(&table, (77, 4242, "nginx"));
        let stands = |number, from: [u8; 4]| {
            is_half_open_in(folder.path(), port(number), IpAddr::from(from))
        };
        assert!(stands(2128, [10, 0, 0, 1]));
        assert!(!stands(2128, [10, 0, 0, 3]));
        assert!(!stands(2129, [10, 0, 0, 1]));
    }

    #[test]
    fn a_listener_is_told_with_its_process_and_its_address() {
        let table = format!(
            "{HEAD}   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4242 1 0 100 0 0 10 0\n"
        );
        let folder = proc(&table, (77, 4242, "ngi\x1bnx"));
        assert_eq!(
            told(&folder, 8080),
            ["ngi\\x1bnx (pid 77) at 127.0.0.1:8080"]
        );
        assert_eq!(told(&folder, 8081), [""; 0]);
    }

    #[test]
    fn a_socket_whose_process_is_out_of_sight_is_told_so() {
        let table = format!(
            "{HEAD}   0: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0\n"
        );
        let folder = proc(&table, (77, 4242, "nginx"));
        assert_eq!(
            told(&folder, 22),
            ["a process that this user may not see at 0.0.0.0:22"]
        );
    }

    #[test]
    fn a_table_of_ipv6_is_read_word_by_word() {
        let line = "   1: 0000000000000000FFFF00000100007F:0016 00000000000000000000000000000000:0000 01 00000000:00000000 00:00000000 00000000     0        0 9 1 0 20 4 30 10 -1";
        let found = entry(line, Transport::Tcp).unwrap();
        assert_eq!(
            found.holder.address,
            "::ffff:127.0.0.1".parse::<IpAddr>().unwrap()
        );
        assert!(found.holder.is_loopback_only());
        assert!(!found.holder.listens);
    }

    #[test]
    fn what_is_no_table_holds_nothing() {
        for text in [
            "",
            "\0\0",
            "a b c",
            "0: zz:zz 0:0 0A 0 0 0 0 0 1",
            "0: 0100007F:0000 0:0 0A 0:0 0:0 0 0 0 1",
        ] {
            assert_eq!(entries(text, Transport::Tcp), []);
        }
    }

    #[test]
    fn this_process_holds_what_it_listens_at() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let own = port(listener.local_addr().unwrap().port());
        let holders = of_ports(&BTreeSet::from([(Transport::Tcp, own)]));
        let pids: Vec<u32> = holders
            .iter()
            .filter_map(|holder| Some(holder.process.as_ref()?.pid))
            .collect();
        assert_eq!(pids, [std::process::id()]);
    }
}
