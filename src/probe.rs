//! Sends probes over the network: the only [`Prober`] that touches sockets.
//!
//! A name is looked up once a run; every one of its addresses is tried at the same time, each under
//! its own limits. No failure of the network is an error here.

use std::{
    collections::{BTreeMap, BTreeSet},
    hash::{BuildHasher as _, Hasher as _, RandomState},
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    time::Duration,
};

use futures_util::future::join_all;
use rustls::pki_types::CertificateDer;
use thiserror::Error;

use crate::{
    engine::Prober,
    machine::firewall::Exit,
    net::{Address, Host, Port, Protocol},
    observation::{
        AddressObservation, ConnectError, Observation, PortObservation, Reached,
        path::{PathObservation, PathQuestion},
    },
    plan::{Plan, Probe},
    protocol::responder::Key,
};

mod attempt;
mod connection;
mod datagram;
mod esp;
mod experiment;
mod fault;
mod icmp;
mod neighbour;
mod path;
mod proxy;
mod relayed;
mod resolve;
mod responder;
mod second;
mod service;
mod sockets;
mod stream;
mod sweep;
mod tcp;
#[cfg(test)]
mod tests;
mod tls;
pub mod towards;
mod tries;
mod udp;
mod unheard;

pub use sockets::raise_descriptor_limit;
pub use tls::{CertificateFileError, NoPem, load_certificates};

use resolve::Names;
use sockets::Sockets;
use tls::Tls;

/// An IP version: `-4`, `-6`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// IPv4.
    V4,
    /// IPv6.
    V6,
}

impl Family {
    /// The version of that address.
    #[must_use]
    pub const fn of(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(_) => Self::V4,
            IpAddr::V6(_) => Self::V6,
        }
    }

    fn has(self, address: IpAddr) -> bool {
        Self::of(address) == self
    }
}

/// How probes are sent.
#[derive(Clone, Debug)]
pub struct ProbeConfig {
    /// How long one connect may take, or one question by datagram.
    pub timeout: Duration,
    /// How long an accepted connection may stay silent; `None` is as patient as each protocol's real
    /// clients.
    pub answer: Option<Duration>,
    /// How often each connect or question is tried, at least 1.
    pub attempts: u32,
    /// The name server to ask instead of this machine's own; port 53 unless it says another.
    pub resolver: Option<Address>,
    /// The address that packets leave from; names are then looked up in its family alone.
    pub source: Option<IpAddr>,
    /// The only family that names are looked up in.
    pub family: Option<Family>,
    /// What our responders know as well as this run.
    pub key: Key,
    /// Roots that are trusted besides this machine's store.
    pub extra_roots: Vec<CertificateDer<'static>>,
    /// What counts as the public PKI, instead of Mozilla's list.
    pub public_roots: Option<Vec<CertificateDer<'static>>>,
    /// How many sockets may be open at once; [`raise_descriptor_limit`] tells.
    pub descriptors: usize,
    /// Where this machine's name servers stand.
    pub resolv_conf: PathBuf,
    /// The hosts file.
    pub hosts_file: PathBuf,
}

impl Default for ProbeConfig {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(3),
            answer: None,
            attempts: 1,
            resolver: None,
            source: None,
            family: None,
            key: Key::new(""),
            extra_roots: Vec::new(),
            public_roots: None,
            descriptors: 256,
            resolv_conf: PathBuf::from("/etc/resolv.conf"),
            hosts_file: PathBuf::from("/etc/hosts"),
        }
    }
}

/// Why probes cannot be sent the way they were asked for.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SetupError {
    /// The name server is given by name, which would need a name server.
    #[error("resolver `{0}` is a name, expected an address")]
    ResolverName(String),
    /// Packets of one family cannot leave from an address of the other.
    #[error("source `{0}` is not of the family that was asked for")]
    SourceFamily(IpAddr),
}

/// Sends probes over the network.
pub struct NetProber {
    sockets: Sockets,
    names: Names,
    tls: Tls,
    limits: Limits,
    /// What our responders know as well.
    key: Key,
    /// This machine's full name, for protocols that want one; empty if it has none.
    client_name: String,
}

/// How long and how often.
#[derive(Clone, Copy, Debug)]
struct Limits {
    timeout: Duration,
    answer: Option<Duration>,
    attempts: u32,
}

impl Limits {
    /// How long after one try the next begins, where several are asked for: far enough to meet what
    /// comes and goes, unless all of them would take longer than one connect may.
    fn apart(&self) -> Duration {
        Duration::from_millis(250).min(self.timeout / self.attempts)
    }

    /// How long a handshake may take: clients that give up at all do so after about as long.
    fn handshake(&self) -> Duration {
        self.answer.unwrap_or(Duration::from_secs(10))
    }

    /// How long a service may take to answer, which has that patience of its `own` or none. Few
    /// clients give up sooner, and those of HTTP do not at all.
    fn answer(&self, own: Option<Duration>) -> Duration {
        self.answer.or(own).unwrap_or(Duration::from_secs(15))
    }
}

/// One port, or none, of one address, as one probe wants it.
struct Target<'a> {
    probe: &'a Probe,
    address: IpAddr,
    port: Option<Port>,
    /// The run's limits, or the probe's own.
    limits: Limits,
}

impl Target<'_> {
    fn socket_address(&self) -> SocketAddr {
        let port = self.port.map_or(0, Port::get);
        sockets::socket_address(&self.probe.host, self.address, port)
    }
}

impl NetProber {
    /// Reads this machine's configuration of names. Nothing is sent yet.
    ///
    /// # Errors
    /// If the resolver is given by name, or the source is not of the wanted family.
    pub fn new(config: ProbeConfig) -> Result<Self, SetupError> {
        let server = config.resolver.as_ref().map(server_address).transpose()?;
        if let (Some(source), Some(family)) = (config.source, config.family)
            && !family.has(source)
        {
            return Err(SetupError::SourceFamily(source));
        }
        let family = config.family.or(config.source.map(Family::of));
        Ok(Self {
            sockets: Sockets::new(config.descriptors, config.source),
            names: Names::new((&config.resolv_conf, &config.hosts_file), server, family),
            tls: Tls::new(config.extra_roots, config.public_roots),
            limits: Limits {
                timeout: config.timeout,
                answer: config.answer,
                attempts: config.attempts.max(1),
            },
            key: config.key,
            client_name: client_name(),
        })
    }

    /// Gets ready, on another thread, for a plan that shakes hands.
    pub fn get_ready(&self, plan: &Plan) {
        if plan
            .probes
            .iter()
            .any(|probe| may_shake_hands(probe.protocol))
        {
            self.tls.get_ready();
        }
    }

    /// How far packets get to each port that is asked for, a few questions at a time; in their order.
    pub async fn paths(&self, questions: &[PathQuestion]) -> Vec<PathObservation> {
        path::walks(&self.sockets, questions).await
    }

    /// How packets to each of these addresses leave this machine.
    #[must_use]
    pub fn exits(&self, addresses: BTreeSet<IpAddr>) -> BTreeMap<IpAddr, Exit> {
        let exit = |address| (address, neighbour::exit(address));
        addresses.into_iter().map(exit).collect()
    }

    fn limits_of(&self, probe: &Probe) -> Limits {
        let timeout = probe.options.timeout.unwrap_or(self.limits.timeout);
        Limits {
            timeout: with_last_word(timeout),
            ..self.limits
        }
    }

    /// The address that packets to `address` leave from; a rule of routing may ask for the port.
    async fn source_towards(&self, address: IpAddr, port: Option<Port>) -> Option<IpAddr> {
        /// Where there is no port: the one for what nobody reads. Source: RFC 863.
        const DISCARD: u16 = 9;
        let to = SocketAddr::new(address, port.map_or(DISCARD, Port::get));
        let _permit = self.sockets.permit().await;
        sockets::source_towards(&self.sockets, to)
    }

    /// What one address does.
    async fn try_address(&self, probe: &Probe, address: IpAddr) -> AddressObservation {
        let limits = self.limits_of(probe);
        let target = |port| Target {
            probe,
            address,
            port,
            limits,
        };
        let ports = match probe.ports[..] {
            [] => vec![self.try_target(&target(None)).await],
            [port] => vec![self.try_target(&target(Some(port))).await],
            _ if probe.options.responder => self.sweep_responder(&target(None)).await,
            _ => {
                let to = target(None).socket_address();
                sweep::sweep(&self.sockets, to, &probe.ports, limits).await
            }
        };
        AddressObservation {
            address,
            from: self
                .source_towards(address, probe.ports.first().copied())
                .await,
            ports: with_next_hop(address, ports),
        }
    }
}

/// A router calls three times, a second apart, for a host that is off, and then says that it is
/// unreachable: a wait of just that long goes on until that word is here.
/// Source: arp(7), `mcast_solicit`, `retrans_time_ms`; RFC 4861 §10.
fn with_last_word(timeout: Duration) -> Duration {
    let given_up = Duration::from_secs(3);
    let last_word = given_up + Duration::from_millis(250);
    if (given_up..last_word).contains(&timeout) {
        last_word
    } else {
        timeout
    }
}

/// The same, where nothing was heard from `address` because nobody answers for the next hop.
fn with_next_hop(address: IpAddr, mut ports: Vec<PortObservation>) -> Vec<PortObservation> {
    if ports.iter().all(is_unheard)
        && let Some(hop) = neighbour::missing(address)
    {
        for port in &mut ports {
            port.reached = Reached::NotConnected(ConnectError::NoNeighbour(hop));
        }
    }
    ports
}

/// The same, where nothing was heard because nobody answers for the next hop.
fn with_hop(address: IpAddr, error: ConnectError) -> ConnectError {
    match error {
        ConnectError::NoReply | ConnectError::HostUnreachable(_) => {
            neighbour::missing(address).map_or(error, ConnectError::NoNeighbour)
        }
        error => error,
    }
}

/// Whether a host that is not there would look so.
const fn is_unheard(seen: &PortObservation) -> bool {
    matches!(
        seen.reached,
        Reached::Silence
            | Reached::NotConnected(ConnectError::NoReply | ConnectError::HostUnreachable(_))
    )
}

impl Prober for NetProber {
    async fn probe(&self, probe: &Probe) -> Observation {
        if let Some(proxy) = probe.options.route.proxy() {
            return Box::pin(self.probe_through(proxy, probe)).await;
        }
        let (lookup, addresses) = match &probe.host {
            Host::Address(address) => (None, vec![*address]),
            Host::OnLink(here) => (None, vec![here.address.into()]),
            Host::Name(name) => match self.names.resolve(&self.sockets, name).await {
                (lookup, Ok(addresses)) => (Some(lookup), addresses),
                (lookup, Err(error)) => return Observation::Unresolved(error, lookup),
            },
        };
        let tries = addresses
            .into_iter()
            .map(|address| self.try_address(probe, address));
        Observation::Tried {
            lookup,
            addresses: join_all(tries).await,
        }
    }
}

/// Whether TLS comes first, or may be asked for.
const fn may_shake_hands(protocol: Protocol) -> bool {
    protocol.starts_with_tls()
        || matches!(
            protocol,
            Protocol::Smtp | Protocol::Ldap | Protocol::Postgres
        )
}

fn server_address(address: &Address) -> Result<SocketAddr, SetupError> {
    /// Source: RFC 1035 §4.2.
    const DNS_PORT: u16 = 53;
    match address.host.address() {
        Some(ip) => {
            let port = address.port.map_or(DNS_PORT, Port::get);
            Ok(sockets::socket_address(&address.host, ip, port))
        }
        None => Err(SetupError::ResolverName(address.to_string())),
    }
}

/// This machine's name, if it is a full one.
fn client_name() -> String {
    nix::unistd::gethostname()
        .ok()
        .and_then(|name| name.into_string().ok())
        .filter(|name| name.contains('.') && name.parse::<Host>().is_ok())
        .unwrap_or_default()
}

/// Sixteen bytes that nobody can guess: the standard library's hash keys are the system's randomness.
fn nonce() -> [u8; 16] {
    let half = || RandomState::new().build_hasher().finish().to_be_bytes();
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&half());
    bytes[8..].copy_from_slice(&half());
    bytes
}
