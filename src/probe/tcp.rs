//! One TCP connect, watched from the first packet to the decision.

use std::{
    io,
    net::{IpAddr, SocketAddr, TcpStream as StdTcpStream},
    os::fd::AsFd,
    time::Duration,
};

use nix::errno::Errno;
use socket2::{Protocol, SockRef, Socket, Type};
use tokio::{
    io::Interest,
    net::TcpStream,
    time::{Instant, timeout_at},
};

use super::{
    fault,
    sockets::{self, Sockets},
};
use crate::observation::ConnectError;

/// What a connect came to so far.
pub(crate) enum Begun {
    /// It stands.
    Connected(TcpStream),
    /// It failed.
    Failed(ConnectError),
    /// Nothing has come back yet.
    Pending(TcpStream),
}

/// What is special about a connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Shape {
    /// The largest segment in either direction, in bytes; `None` for the system's choice.
    /// Source: tcp(7), `TCP_MAXSEG`.
    pub(crate) largest_segment: Option<u32>,
    /// How many routers its packets may pass; `None` for the system's choice.
    pub(crate) hop_limit: Option<u8>,
}

/// Connects to `to` and waits until `deadline`. The caller holds a permit.
pub(crate) async fn connect(
    sockets: &Sockets,
    to: SocketAddr,
    shape: Shape,
    deadline: Instant,
) -> Result<TcpStream, ConnectError> {
    let stream = match begin(sockets, to, shape) {
        Begun::Connected(stream) => stream,
        Begun::Failed(error) => return Err(error),
        Begun::Pending(stream) => match timeout_at(deadline, finish(&stream, to)).await {
            Ok(decided) => decided.map(|()| stream)?,
            Err(_) => return Err(ConnectError::NoReply),
        },
    };
    // A question that waits for the last message's acknowledgement waits 40 ms where a server holds
    // that back. Source: RFC 9293 §3.7.4, tcp(7) `TCP_NODELAY`.
    let _ = stream.set_nodelay(true);
    // From here on a stray ICMP error is to be ridden out, as every application does.
    sockets::drop_icmp_errors(&stream, to.ip());
    Ok(stream)
}

/// Sends the first packet and looks whether that already decided it, as on a near network.
pub(crate) fn begin(sockets: &Sockets, to: SocketAddr, shape: Shape) -> Begun {
    let socket = match sockets.open(to.ip(), Type::STREAM, Protocol::TCP) {
        Ok(socket) => socket,
        Err(error) => return Begun::Failed(error),
    };
    if let Some(largest) = shape.largest_segment {
        // A system that refuses leaves the connection as it would have been.
        let _ = socket.set_tcp_mss(largest);
    }
    if let Some(hops) = shape.hop_limit {
        limit_hops(&socket, to.ip(), hops);
    }
    let is_connected = match socket.connect(&to.into()) {
        Ok(()) => true,
        Err(error) if error.raw_os_error() == Some(Errno::EINPROGRESS as i32) => {
            match progress(&SockRef::from(&socket), &socket, to) {
                Some(Ok(())) => true,
                Some(Err(error)) => return Begun::Failed(error),
                None => false,
            }
        }
        Err(error) => return Begun::Failed(at_once(&error, to)),
    };
    match into_stream(socket) {
        Ok(stream) if is_connected => Begun::Connected(stream),
        Ok(stream) => Begun::Pending(stream),
        Err(error) => Begun::Failed(fault::local(&error, to.ip())),
    }
}

/// Lets packets of the socket pass `hops` routers only. Source: ip(7) `IP_TTL`, ipv6(7)
/// `IPV6_UNICAST_HOPS`.
pub(crate) fn limit_hops(socket: &Socket, to: IpAddr, hops: u8) {
    // A system that refuses is seen by its answers: no router sends anything back.
    let _ = match to {
        IpAddr::V4(_) => socket.set_ttl_v4(hops.into()),
        IpAddr::V6(_) => socket.set_unicast_hops_v6(hops.into()),
    };
}

/// Waits until a connect is decided.
pub(crate) async fn finish(stream: &TcpStream, to: SocketAddr) -> Result<(), ConnectError> {
    loop {
        if let Err(error) = stream.ready(Interest::WRITABLE | Interest::ERROR).await {
            return Err(fault::local(&error, to.ip()));
        }
        if let Some(decided) = progress(&SockRef::from(stream), stream, to) {
            return decided;
        }
        // Nothing decided yet: wait for the next event instead of spinning on this one.
        let again = || Err::<(), _>(io::ErrorKind::WouldBlock.into());
        let _ = stream.try_io(Interest::WRITABLE, again);
        let _ = stream.try_io(Interest::ERROR, again);
    }
}

/// Makes closing the connection a reset, so that nothing is left waiting on either side.
/// Source: socket(7), `SO_LINGER`.
pub(crate) fn close_at_once(stream: &TcpStream) {
    let _ = SockRef::from(stream).set_linger(Some(Duration::ZERO));
}

/// Takes that back.
pub(crate) fn close_in_order(stream: &TcpStream) {
    let _ = SockRef::from(stream).set_linger(None);
}

/// Whether a connect in progress is decided.
fn progress(
    socket: &SockRef<'_>,
    descriptor: &impl AsFd,
    to: SocketAddr,
) -> Option<Result<(), ConnectError>> {
    let error = match socket.take_error() {
        Ok(None) if socket.peer_addr().is_ok() => return Some(Ok(())),
        Ok(error) => error,
        Err(error) => Some(error),
    };
    let icmp = fault::queued(descriptor);
    // An ICMP error that came while the kernel held the socket is in the queue alone.
    let error = match (error, icmp) {
        (Some(error), _) => error,
        (None, Some(_)) => io::Error::from_raw_os_error(Errno::EHOSTUNREACH as i32),
        (None, None) => return None,
    };
    let own = icmp.and_then(|_| fault::own_address(socket));
    Some(Err(fault::remote(&error, icmp, to.ip(), own)))
}

/// What an error of `connect` itself means. A refusal or a reset is never decided before a packet left.
fn at_once(error: &io::Error, to: SocketAddr) -> ConnectError {
    match error.kind() {
        io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionReset => {
            fault::remote(error, None, to.ip(), None)
        }
        _ => fault::local(error, to.ip()),
    }
}

fn into_stream(socket: Socket) -> io::Result<TcpStream> {
    TcpStream::from_std(StdTcpStream::from(socket))
}
