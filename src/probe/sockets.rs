//! Opening sockets: never more at once than this machine allows, and how their errors are read.

use std::{
    io,
    net::{IpAddr, SocketAddr, SocketAddrV6},
    os::fd::AsFd,
};

use nix::{
    net::if_::if_nametoindex,
    sys::{
        resource::{Resource, getrlimit, setrlimit},
        socket::{setsockopt, sockopt},
    },
};
use socket2::{Domain, Protocol, Socket, Type};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::fault;
use crate::{net::Host, observation::ConnectError};

/// Descriptors that are left to files, the terminal and the runtime.
const RESERVED: usize = 32;

/// The fewest sockets that are worth starting with.
const FEWEST: usize = 8;

/// The descriptor limit where the system does not tell it. Source: getrlimit(2), the usual soft limit.
const USUAL_LIMIT: usize = 1024;

/// Raises the soft limit of open descriptors to the hard one and tells how many sockets may be
/// open at once, at least 8. Where the limit cannot be raised, it stays.
#[must_use]
pub fn raise_descriptor_limit() -> usize {
    let limit = getrlimit(Resource::RLIMIT_NOFILE).map_or(USUAL_LIMIT, |(soft, hard)| {
        let raised = setrlimit(Resource::RLIMIT_NOFILE, hard, hard).is_ok();
        usize::try_from(if raised { hard } else { soft }).unwrap_or(usize::MAX)
    });
    limit.saturating_sub(RESERVED).max(FEWEST)
}

/// Where every socket comes from.
#[derive(Debug)]
pub(crate) struct Sockets {
    /// One permit a socket.
    all: Semaphore,
    /// How many there are.
    total: usize,
    /// The part of them that sweeps may hold, so that a silent range leaves room for others.
    swept: Semaphore,
    /// The address that packets leave from, if one was asked for.
    source: Option<IpAddr>,
}

/// Where a port of `host` is, which has that address. One of a link that this machine does not have
/// is of none that there is, so that the kernel finds no route. Source: ipv6(7), `sin6_scope_id`.
pub(crate) fn socket_address(host: &Host, address: IpAddr, port: u16) -> SocketAddr {
    /// Interfaces are numbered from 1 on.
    const NONE: u32 = i32::MAX.cast_unsigned();
    match host {
        Host::Name(_) | Host::Address(_) => SocketAddr::new(address, port),
        Host::OnLink(here) => {
            let number = here.zone.parse().ok();
            let zone = if_nametoindex(here.zone.as_str()).ok().or(number);
            SocketAddrV6::new(here.address, port, 0, zone.unwrap_or(NONE)).into()
        }
    }
}

/// The right to have a socket open, given back when dropped.
#[derive(Debug)]
pub(crate) struct Permit<'a> {
    /// `None` only if the semaphore was closed, which nobody does.
    _one: Option<SemaphorePermit<'a>>,
    _swept: Option<SemaphorePermit<'a>>,
}

impl Sockets {
    /// At most `descriptors` sockets at once, at least 8.
    pub(crate) fn new(descriptors: usize, source: Option<IpAddr>) -> Self {
        let all = descriptors.clamp(FEWEST, Semaphore::MAX_PERMITS);
        Self {
            all: Semaphore::new(all),
            total: all,
            swept: Semaphore::new(all / 4 * 3),
            source,
        }
    }

    /// Waits for the right to open one socket.
    pub(crate) async fn permit(&self) -> Permit<'_> {
        self.permits(1).await
    }

    /// Whether sockets can be spared for what is not due.
    pub(crate) fn has_room(&self) -> bool {
        self.all.available_permits() > self.total / 2
    }

    /// Waits for the right to open `count` sockets, at most 8.
    pub(crate) async fn permits(&self, count: u32) -> Permit<'_> {
        Permit {
            _one: self.all.acquire_many(count).await.ok(),
            _swept: None,
        }
    }

    /// Waits for the right to open one socket of a sweep.
    pub(crate) async fn swept_permit(&self) -> Permit<'_> {
        let swept = self.swept.acquire().await.ok();
        Permit {
            _one: self.all.acquire().await.ok(),
            _swept: swept,
        }
    }

    /// The same if it can be had without waiting.
    pub(crate) fn try_swept_permit(&self) -> Option<Permit<'_>> {
        let swept = self.swept.try_acquire().ok()?;
        let one = self.all.try_acquire().ok()?;
        Some(Permit {
            _one: Some(one),
            _swept: Some(swept),
        })
    }

    /// A socket for `to` that does not block, leaves from the source address and keeps ICMP
    /// errors in its queue.
    pub(crate) fn open(
        &self,
        to: IpAddr,
        kind: Type,
        protocol: Protocol,
    ) -> Result<Socket, ConnectError> {
        let socket = Socket::new(domain(to), kind.nonblocking().cloexec(), Some(protocol))
            .map_err(|error| fault::opening(&error, to))?;
        keep_icmp_errors(&socket, to);
        if let Some(source) = self
            .source
            .filter(|source| source.is_ipv4() == to.is_ipv4())
        {
            socket
                .bind(&SocketAddr::new(source, 0).into())
                .map_err(|error| fault::binding(&error))?;
        }
        Ok(socket)
    }
}

/// The address of this machine that packets to `to` leave from: what the system binds a socket to
/// that is connected there, which for datagrams sends nothing. Source: connect(2), udp(7).
pub(crate) fn source_towards(sockets: &Sockets, to: SocketAddr) -> Option<IpAddr> {
    let socket = sockets.open(to.ip(), Type::DGRAM, Protocol::UDP).ok()?;
    socket.connect(&to.into()).ok()?;
    let own = socket.local_addr().ok()?.as_socket()?;
    (!own.ip().is_unspecified()).then(|| own.ip())
}

/// Whether this machine itself refuses to send to `to`: one empty datagram to the same port tells
/// (EPERM), where TCP retries in silence. Source: netfilter's OUTPUT hook; tcp(7).
pub(crate) fn is_kept_in(sockets: &Sockets, to: SocketAddr) -> bool {
    let sent = sockets
        .open(to.ip(), Type::DGRAM, Protocol::UDP)
        .ok()
        .filter(|socket| socket.connect(&to.into()).is_ok())
        .map(|socket| socket.send(&[]));
    sent.is_some_and(|sent| {
        sent.is_err_and(|error| error.kind() == io::ErrorKind::PermissionDenied)
    })
}

/// Asks for ICMP errors in the socket's queue; a kernel that cannot still gives the errno.
/// Source: ip(7) `IP_RECVERR`; for TCP since Linux 5.8.
fn keep_icmp_errors(socket: &impl AsFd, to: IpAddr) {
    set_icmp_errors(socket, to, true);
}

/// Takes that back.
pub(crate) fn drop_icmp_errors(socket: &impl AsFd, to: IpAddr) {
    set_icmp_errors(socket, to, false);
}

fn set_icmp_errors(socket: &impl AsFd, to: IpAddr, is_wanted: bool) {
    let _ = match to {
        IpAddr::V4(_) => setsockopt(socket, sockopt::Ipv4RecvErr, &is_wanted),
        IpAddr::V6(_) => setsockopt(socket, sockopt::Ipv6RecvErr, &is_wanted),
    };
}

const fn domain(to: IpAddr) -> Domain {
    match to {
        IpAddr::V4(_) => Domain::IPV4,
        IpAddr::V6(_) => Domain::IPV6,
    }
}
