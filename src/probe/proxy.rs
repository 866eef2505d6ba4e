//! Through a proxy: to the proxy, what it is asked, and the stream that it relays.

pub(super) mod scrub;

use std::{net::IpAddr, sync::Arc};

use tokio::{
    io::AsyncReadExt as _,
    time::{Instant, timeout_at},
};

use super::{
    NetProber, Target,
    connection::Connection,
    stream,
    tcp::{self, Shape},
    tls::{Hello, Link},
};
use crate::{
    net::{Host, Protocol, ProxyScheme},
    observation::{Lookup, ProxyFault, TlsObservation, Trust},
    protocol::{
        End,
        tunnel::{Tunnel, TunnelStep},
    },
    site::Proxy,
};

/// How much is read at a time, in bytes.
const CHUNK: usize = 4096;

/// One stream that a proxy is asked for.
pub(crate) struct Relay<'a> {
    pub(super) prober: &'a NetProber,
    pub(super) proxy: &'a Arc<Proxy>,
    /// The host as the proxy is told it: an address where names are resolved here.
    pub(super) host: &'a Host,
    pub(super) target: &'a Target<'a>,
}

impl<'a> Relay<'a> {
    /// A stream to the target, before `deadline`.
    ///
    /// # Errors
    /// Why the proxy relays none.
    pub(super) async fn open(
        &self,
        shape: Shape,
        deadline: Instant,
    ) -> Result<Connection<'a>, ProxyFault> {
        let connection = self.reach(shape, deadline).await?;
        if self.is_asked_itself() {
            return Ok(connection);
        }
        let credentials = self.proxy.url.credentials.as_ref();
        let port = self.target.socket_address().port();
        let tunnel = match self.proxy.url.scheme {
            ProxyScheme::Socks4 | ProxyScheme::Socks4a => {
                Tunnel::socks4(self.host, port, credentials)
            }
            ProxyScheme::Socks5 | ProxyScheme::Socks5h => {
                Tunnel::socks(self.host, port, credentials)
            }
            ProxyScheme::Http | ProxyScheme::Https => Tunnel::connect(self.host, port, credentials),
        };
        Ok(Connection {
            link: self.ask(connection.link, tunnel, deadline).await?,
            ..connection
        })
    }

    /// Whether the request goes to the proxy whole, as clients do for plain HTTP: many proxies
    /// tunnel to nothing but port 443. Source: RFC 9112 §3.2.2.
    fn is_asked_itself(&self) -> bool {
        self.target.probe.protocol == Protocol::Http && !self.proxy.url.scheme.is_socks()
    }

    /// A connection to the proxy itself, to the first of its addresses that takes one.
    async fn reach(&self, shape: Shape, deadline: Instant) -> Result<Connection<'a>, ProxyFault> {
        let url = &self.proxy.url;
        let mut first_fault = None;
        for address in self.addresses().await? {
            let to = super::sockets::socket_address(&url.host, address, url.port.get());
            let permit = self.prober.sockets.permit().await;
            let until = deadline.min(Instant::now() + self.target.limits.timeout);
            match tcp::connect(&self.prober.sockets, to, shape, until).await {
                Ok(stream) => {
                    let link = Link::from(stream);
                    let link = if url.scheme == ProxyScheme::Https {
                        self.secure(link, address, deadline).await?
                    } else {
                        link
                    };
                    return Ok(Connection {
                        link,
                        _permit: permit,
                    });
                }
                Err(error) => {
                    let error = super::with_hop(address, error);
                    first_fault.get_or_insert(ProxyFault::NotConnected(address, error));
                }
            }
        }
        Err(first_fault.unwrap_or_else(|| {
            let lookup = Lookup::default();
            ProxyFault::Unresolved(crate::observation::ResolveError::NoAddress, lookup)
        }))
    }

    async fn addresses(&self) -> Result<Vec<IpAddr>, ProxyFault> {
        match &self.proxy.url.host {
            Host::Address(address) => Ok(vec![*address]),
            Host::OnLink(here) => Ok(vec![here.address.into()]),
            Host::Name(name) => {
                let prober = self.prober;
                let (lookup, found) = prober.names.resolve(&prober.sockets, name).await;
                found.map_err(|error| ProxyFault::Unresolved(error, lookup))
            }
        }
    }

    /// TLS with the proxy itself, which must be trusted: it is told passwords.
    async fn secure(
        &self,
        link: Link,
        address: IpAddr,
        deadline: Instant,
    ) -> Result<Link, ProxyFault> {
        let hello = Hello::new(&self.proxy.url.host, address, &[]);
        let shaken = self.prober.tls.shake(link, &hello, deadline).await;
        match shaken.stream {
            Some(stream) if is_trusted(&shaken.observation) => Ok(Link::from(stream)),
            Some(_) | None => Err(ProxyFault::Tls(Box::new(shaken.observation))),
        }
    }

    /// Asks the proxy, and gives the stream once it stands.
    async fn ask(
        &self,
        mut link: Link,
        mut tunnel: Tunnel,
        deadline: Instant,
    ) -> Result<Link, ProxyFault> {
        let mut buffer = vec![0; CHUNK];
        let mut step = tunnel.start();
        let mut at_end = End::Closed;
        loop {
            match step {
                TunnelStep::Send(bytes) => {
                    if let Err(end) = stream::send(&mut link, &bytes, deadline).await {
                        at_end = end;
                    }
                }
                TunnelStep::NeedMore => {}
                TunnelStep::Open(ahead) => return Ok(link.with_ahead(ahead)),
                TunnelStep::Refused(refusal) => {
                    let is_known = self.proxy.url.credentials.is_some();
                    return Err(ProxyFault::Refused { refusal, is_known });
                }
                TunnelStep::NoProxy(reply) => return Err(ProxyFault::NoProxy(reply)),
            }
            let end = match timeout_at(deadline, link.read(&mut buffer)).await {
                Ok(Ok(0)) => at_end,
                Ok(Ok(length)) => {
                    step = tunnel.receive(&buffer[..length]);
                    continue;
                }
                Ok(Err(error)) => stream::end_of(&error),
                Err(_) => End::Silence,
            };
            return Err(ProxyFault::NoProxy(tunnel.end(end)));
        }
    }
}

/// Whether this machine trusts what the proxy showed, and it is the one that was asked for.
fn is_trusted(tls: &TlsObservation) -> bool {
    tls.machine == Trust::Trusted && tls.name_mismatch.is_none()
}
