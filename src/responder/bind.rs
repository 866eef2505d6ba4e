//! Opening the doors: one socket each where IPv4 and IPv6 can share it.

use std::{
    collections::BTreeSet,
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
};

use nix::{
    errno::Errno,
    sys::socket::{setsockopt, sockopt},
};
use socket2::{Domain, Protocol, Socket, Type};

use super::{
    Unbound,
    descriptors::{self, RESERVED},
};
use crate::{
    net::{Port, Transport},
    plan::Stand,
    protocol::responder::Door,
};

/// Connections that may wait at one door until they are taken in; more come again a second later.
const BACKLOG: i32 = 1_024;

/// Source: IANA, Assigned Internet Protocol Numbers.
const ESP: i32 = 50;

/// What listens, and what could not be bound.
#[derive(Debug)]
pub struct Bound {
    /// The open sockets, each with its door.
    pub(super) sockets: Vec<(Door, Socket)>,
    /// The doors that at least one of them stands at.
    pub doors: BTreeSet<Door>,
    /// The only addresses that are listened at; empty for all.
    pub(super) addresses: Vec<IpAddr>,
    /// What is missing.
    pub unbound: Unbound,
    /// How many more sockets this process may open.
    pub(super) room: usize,
}

/// Listens at every door of `stands` that is free: at those addresses of this machine, or at all of
/// IPv4 and IPv6 if there is none. Raises this process's limit of descriptors as far as it has to.
#[must_use]
pub fn bind(stands: &[Stand], addresses: &[IpAddr]) -> Bound {
    let doors: BTreeSet<Door> = stands.iter().flat_map(doors_of).collect();
    let sockets = doors.len() * addresses.len().max(1);
    let limit = descriptors::make_room(sockets);
    let mut bound = Bound {
        sockets: Vec::with_capacity(sockets),
        doors: BTreeSet::new(),
        addresses: addresses.to_vec(),
        unbound: Unbound::default(),
        room: limit.saturating_sub(RESERVED / 2),
    };
    for door in doors {
        bound.open(door);
    }
    bound
}

/// The doors of a rule.
pub(super) fn doors_of(stand: &Stand) -> impl Iterator<Item = Door> {
    let transport = stand.protocol.transport();
    let ports = stand.ports.iter().copied().map(Port::get);
    let portless = (!transport.has_ports()).then_some(0);
    ports
        .chain(portless)
        .map(move |port| Door { transport, port })
}

/// The addresses that a socket is for.
#[derive(Clone, Copy)]
enum Reach {
    /// All of IPv4 and IPv6.
    Both,
    /// That one, or all of its version if it is unspecified.
    At(IpAddr),
}

/// Whether this machine can listen at an address.
///
/// # Errors
/// Why not: as a rule because it has no such address.
pub fn has_address(address: IpAddr) -> io::Result<()> {
    std::net::UdpSocket::bind((address, 0)).map(|_| ())
}

impl Bound {
    fn open(&mut self, door: Door) {
        if self.room <= RESERVED / 2 {
            self.unbound.no_room.push(door);
            return;
        }
        if !self.addresses.is_empty() {
            self.open_at_each(door);
            return;
        }
        match open(door, Reach::Both) {
            Ok(socket) => self.keep(door, socket),
            Err(error) => match errno(&error) {
                Errno::EADDRINUSE | Errno::EAFNOSUPPORT | Errno::EADDRNOTAVAIL | Errno::EINVAL => {
                    self.open_apart(door);
                }
                other => self.miss(door, other, None),
            },
        }
    }

    /// One socket for each IP version, where they cannot share one. A door whose IPv4 half another
    /// program holds is that program's: it is not opened for IPv6 alone.
    fn open_apart(&mut self, door: Door) {
        for any in [
            IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            IpAddr::V6(Ipv6Addr::UNSPECIFIED),
        ] {
            match open(door, Reach::At(any)) {
                Ok(socket) => self.keep(door, socket),
                Err(error) => {
                    self.miss(door, errno(&error), Some(any));
                    if self.unbound.taken.contains_key(&door) {
                        return;
                    }
                }
            }
        }
    }

    /// One socket for each of the addresses that were asked for.
    fn open_at_each(&mut self, door: Door) {
        for address in self.addresses.clone() {
            match open(door, Reach::At(address)) {
                Ok(socket) => self.keep(door, socket),
                Err(error) => self.miss(door, errno(&error), Some(address)),
            }
        }
    }

    fn keep(&mut self, door: Door, socket: Socket) {
        self.room = self.room.saturating_sub(1);
        self.doors.insert(door);
        self.sockets.push((door, socket));
    }

    fn miss(&mut self, door: Door, errno: Errno, address: Option<IpAddr>) {
        let unbound = &mut self.unbound;
        match errno {
            Errno::EADDRINUSE => unbound.taken.entry(door).or_default().extend(address),
            // This machine has no IPv6.
            Errno::EAFNOSUPPORT | Errno::EADDRNOTAVAIL if address.is_some() => {}
            Errno::EACCES | Errno::EPERM if unbound.forbidden.last() != Some(&door) => {
                unbound.forbidden.push(door);
            }
            Errno::EACCES | Errno::EPERM => {}
            Errno::EMFILE | Errno::ENFILE | Errno::ENOBUFS | Errno::ENOMEM => {
                unbound.no_room.push(door);
            }
            other => unbound.refused.push((door, other as i32)),
        }
    }

    /// How many sockets may be open besides.
    pub(super) const fn room(&self) -> usize {
        self.room
    }

    /// Tries once more what was taken and is said to be held by nobody: its holder has gone since.
    pub(super) fn try_again(&mut self, door: Door) {
        self.unbound.taken.remove(&door);
        self.open(door);
    }
}

fn open(door: Door, reach: Reach) -> io::Result<Socket> {
    let (kind, protocol) = match door.transport {
        Transport::Tcp => (Type::STREAM, Protocol::TCP),
        Transport::Udp => (Type::DGRAM, Protocol::UDP),
        Transport::Icmp | Transport::Esp => (Type::RAW, Protocol::from(ESP)),
    };
    let any = match (reach, door.transport) {
        // A raw socket for IPv6 never takes IPv4.
        (Reach::Both, Transport::Icmp | Transport::Esp) => {
            return Err(Errno::EAFNOSUPPORT.into());
        }
        (Reach::Both, Transport::Tcp | Transport::Udp) => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
        (Reach::At(address), _) => address,
    };
    let domain = match any {
        IpAddr::V4(_) => Domain::IPV4,
        IpAddr::V6(_) => Domain::IPV6,
    };
    let socket = Socket::new(domain, kind.nonblocking().cloexec(), Some(protocol))?;
    if domain == Domain::IPV6 && kind != Type::RAW {
        socket.set_only_v6(matches!(reach, Reach::At(_)))?;
    }
    if door.transport == Transport::Tcp {
        // Connections of a program that has ended do not keep the port. Source: socket(7).
        socket.set_reuse_address(true)?;
    } else {
        tell_addresses(&socket, domain)?;
    }
    socket.bind(&SocketAddr::new(any, door.port).into())?;
    if door.transport == Transport::Tcp {
        socket.listen(BACKLOG)?;
    }
    Ok(socket)
}

/// Asks for the address that each datagram was sent to. Source: ip(7) `IP_PKTINFO`, ipv6(7).
pub(super) fn tell_addresses(socket: &Socket, domain: Domain) -> io::Result<()> {
    if domain == Domain::IPV4 {
        setsockopt(socket, sockopt::Ipv4PacketInfo, &true)?;
    } else {
        setsockopt(socket, sockopt::Ipv6RecvPacketInfo, &true)?;
    }
    Ok(())
}

fn errno(error: &io::Error) -> Errno {
    Errno::from_raw(error.raw_os_error().unwrap_or_default())
}
