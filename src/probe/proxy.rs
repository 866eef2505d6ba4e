//! Through a proxy: to the proxy, what it is asked, and the stream that it relays.

mod scrub;

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use futures_util::future::join_all;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    time::{Instant, timeout_at},
};

use super::{
    NetProber, Target,
    attempt::{Connection, Dialer},
    stream,
    tcp::{self, Shape},
    tls::{Hello, Link},
};
use crate::{
    net::{Host, Protocol, ProxyScheme},
    observation::{
        AddressObservation, Attempts, Lookup, Milestones, Observation, PortObservation, ProxyFault,
        Reached, TlsObservation, Trust,
    },
    plan::Probe,
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
    prober: &'a NetProber,
    proxy: &'a Arc<Proxy>,
    /// The host as the proxy is told it: an address where names are resolved here.
    host: &'a Host,
    target: &'a Target<'a>,
}

impl NetProber {
    /// What a proxy lets be seen of a probe, which has one port.
    pub(super) async fn probe_through(&self, proxy: &Arc<Proxy>, probe: &Probe) -> Observation {
        let name = match (&probe.host, proxy.url.scheme) {
            (Host::Name(name), ProxyScheme::Socks5) => name,
            (Host::Name(_), _) => {
                return Observation::Relayed(self.relay(proxy, probe, None).await);
            }
            (Host::Address(address), _) => {
                let seen = self.relay(proxy, probe, Some(*address)).await;
                return tried(None, vec![(*address, seen)]);
            }
        };
        match self.names.resolve(&self.sockets, name).await {
            (lookup, Ok(addresses)) => {
                let seen = addresses.iter().map(async |address| {
                    let seen = self.relay(proxy, probe, Some(*address)).await;
                    (*address, seen)
                });
                tried(Some(lookup), join_all(seen).await)
            }
            (lookup, Err(error)) => Observation::Unresolved(error, lookup),
        }
    }

    /// What the proxy makes of it, asked for an address or for the name.
    async fn relay(
        &self,
        proxy: &Arc<Proxy>,
        probe: &Probe,
        address: Option<IpAddr>,
    ) -> PortObservation {
        let target = Target {
            probe,
            address: address.unwrap_or(IpAddr::from([0, 0, 0, 0])),
            port: probe.ports.first().copied(),
            limits: self.limits_of(probe),
        };
        let host = address.map_or_else(|| probe.host.clone(), Host::Address);
        let relay = Relay {
            prober: self,
            proxy,
            host: &host,
            target: &target,
        };
        relay.observe().await
    }
}

fn tried(lookup: Option<Lookup>, seen: Vec<(IpAddr, PortObservation)>) -> Observation {
    let addresses = seen.into_iter().map(|(address, seen)| AddressObservation {
        address,
        ports: vec![seen],
    });
    Observation::Tried {
        lookup,
        addresses: addresses.collect(),
    }
}

impl<'a> Relay<'a> {
    async fn observe(&self) -> PortObservation {
        let started = Instant::now();
        let limits = self.target.limits;
        let until = started + limits.timeout + limits.answer;
        let mut milestones = Milestones::default();
        let mut attempts = Attempts {
            tried: 1,
            ..Attempts::default()
        };
        let mut reached = match self.open(Shape::default(), until).await {
            Ok(connection) => {
                attempts.succeeded = 1;
                milestones.connected = Some(started.elapsed());
                let dialer = Dialer::through(self);
                let spoken = self.prober.speak(self.target, connection, &dialer).await;
                milestones.secured = spoken.secured.map(|at| at.duration_since(started));
                spoken.reached
            }
            Err(fault) => Reached::NotRelayed {
                proxy: Arc::clone(self.proxy),
                fault: Box::new(fault),
            },
        };
        scrub::scrub(&mut reached, self.proxy.url.credentials.as_ref());
        PortObservation {
            port: self.target.port,
            reached,
            elapsed: started.elapsed(),
            milestones,
            attempts,
        }
    }

    pub(super) const fn parts(&self) -> (&'a NetProber, &'a Target<'a>) {
        (self.prober, self.target)
    }

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
        let tunnel = if self.proxy.url.scheme.is_socks() {
            Tunnel::socks(self.host, port, credentials)
        } else {
            Tunnel::connect(self.host, port, credentials)
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
            let to = SocketAddr::new(address, url.port.get());
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
        loop {
            match step {
                TunnelStep::Send(bytes) => {
                    // What went wrong shows when reading, after what the proxy may still have said.
                    let _ = timeout_at(deadline, link.write_all(&bytes)).await;
                    let _ = timeout_at(deadline, link.flush()).await;
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
                Ok(Ok(0)) => End::Closed,
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
