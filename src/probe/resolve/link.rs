//! hickory's sockets, kept to the link that a name server is on: hickory itself drops the scope of an
//! address.

use std::{
    io,
    net::{SocketAddr, SocketAddrV6},
    pin::Pin,
    time::Duration,
};

use hickory_resolver::net::runtime::{RuntimeProvider, TokioRuntimeProvider};
use nix::net::if_::if_indextoname;
use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::UdpSocket;

/// Sockets of tokio, on one link where the server has a scope.
#[derive(Clone)]
pub(super) struct OnLink {
    sockets: TokioRuntimeProvider,
    /// The interface's number; 0 is any. Source: ipv6(7), `sin6_scope_id`.
    scope: u32,
}

impl OnLink {
    /// For that server.
    pub(super) fn to(server: SocketAddr) -> Self {
        Self {
            sockets: TokioRuntimeProvider::default(),
            scope: match server {
                SocketAddr::V4(_) => 0,
                SocketAddr::V6(server) => server.scope_id(),
            },
        }
    }

    fn scoped(&self, server: SocketAddr) -> SocketAddr {
        match server {
            SocketAddr::V6(server) if self.scope != 0 => {
                SocketAddrV6::new(*server.ip(), server.port(), 0, self.scope).into()
            }
            server @ (SocketAddr::V4(_) | SocketAddr::V6(_)) => server,
        }
    }
}

type Opening<T> = Pin<Box<dyn Send + Future<Output = io::Result<T>>>>;

impl RuntimeProvider for OnLink {
    type Handle = <TokioRuntimeProvider as RuntimeProvider>::Handle;
    type Timer = <TokioRuntimeProvider as RuntimeProvider>::Timer;
    type Udp = UdpSocket;
    type Tcp = <TokioRuntimeProvider as RuntimeProvider>::Tcp;

    fn create_handle(&self) -> Self::Handle {
        self.sockets.create_handle()
    }

    fn connect_tcp(
        &self,
        server: SocketAddr,
        from: Option<SocketAddr>,
        timeout: Option<Duration>,
    ) -> Opening<Self::Tcp> {
        self.sockets.connect_tcp(self.scoped(server), from, timeout)
    }

    fn bind_udp(&self, from: SocketAddr, server: SocketAddr) -> Opening<Self::Udp> {
        if self.scope == 0 {
            return self.sockets.bind_udp(from, server);
        }
        let bound = bound(self.scope, from);
        Box::pin(async move { bound })
    }
}

/// A socket that sends to one link whatever the scope of who it sends to. Source: socket(7),
/// `SO_BINDTODEVICE`, which needs no privilege since Linux 5.7.
fn bound(scope: u32, from: SocketAddr) -> io::Result<UdpSocket> {
    let name = if_indextoname(scope)?;
    let kind = Type::DGRAM.nonblocking().cloexec();
    let socket = Socket::new(Domain::IPV6, kind, Some(Protocol::UDP))?;
    socket.bind_device(Some(name.as_bytes()))?;
    socket.bind(&from.into())?;
    UdpSocket::from_std(socket.into())
}
