//! What was seen, stage by stage, not judged: plain data, equal when the same was seen.

use std::{net::IpAddr, sync::Arc, time::Duration};

use crate::{
    machine::{Ignored, Switch},
    net::Port,
    protocol::Reply,
    site::Proxy,
};

pub mod path;
mod proxy;
pub mod tls;

pub use proxy::ProxyFault;
pub use tls::{
    Certificate, ChainFault, ClientCertificate, TlsError, TlsObservation, Trust, VerifierRule,
};

/// What one probe saw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Observation {
    /// The run ended before the probe did.
    Interrupted,
    /// The name could not be turned into an address.
    Unresolved(ResolveError, Lookup),
    /// Each address was tried.
    Tried {
        /// How the addresses were found; `None` for a literal address.
        lookup: Option<Lookup>,
        /// What each address did, in the order of the answer; never empty.
        addresses: Vec<AddressObservation>,
    },
    /// A proxy was asked for it by name: what the port did, as far as the proxy lets it be seen.
    Relayed(PortObservation),
}

/// How a name was looked up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lookup {
    /// The servers that were asked, in order; empty if none was.
    pub servers: Vec<IpAddr>,
    /// Where the hosts file gave the answer; `None` if it did not.
    pub hosts_file: Option<HostsFile>,
    /// The names the answer went through, if it was an alias, each the alias of the next; at most 16.
    pub aliases: Vec<String>,
    /// How long it took.
    pub elapsed: Duration,
    /// What the servers did, in the order they were asked; empty where nobody looked.
    pub told: Vec<NameServer>,
    /// The lines of `/etc/resolv.conf` that the system passes over; empty where the name was found.
    pub ignored: Vec<Ignored>,
}

/// What a name server did with a question of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NameServer {
    /// The server.
    pub address: IpAddr,
    /// What it did.
    pub seen: ServerSeen,
}

/// What a name server did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServerSeen {
    /// It answered, whatever it said.
    Answers,
    /// It is silent.
    Silent,
    /// It is silent over UDP, and answers over TCP.
    SilentByUdp,
    /// The network or this machine said no, or what came is no DNS.
    Unreachable,
}

/// The lines of a hosts file that name a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostsFile {
    /// Its path.
    pub path: String,
    /// The numbers of the lines, from 1; not empty.
    pub lines: Vec<usize>,
}

/// Why a name has no address.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ResolveError {
    /// NXDOMAIN. Source: RFC 1035 §4.1.1, RCODE 3.
    NoSuchName,
    /// The name exists and has no A or AAAA record. Source: RFC 2308 §2.2.
    NoAddress,
    /// SERVFAIL, or another RCODE that says the server failed.
    ServerFailure {
        /// The RCODE's name, `SERVFAIL`.
        rcode: String,
        /// Whether the same question with checking disabled is answered: DNSSEC is what fails.
        /// Source: RFC 4035 §3.2.2.
        bogus: bool,
    },
    /// REFUSED, RCODE 5.
    Refused,
    /// No server answered.
    Timeout,
    /// No server could be reached, and the network said so.
    Unreachable(ConnectError),
    /// This machine is configured with no server.
    NoResolver,
    /// A server answered with something that is no DNS.
    Malformed,
    /// A server says over UDP that its answer is too long for that, and this is what TCP comes to.
    /// Source: RFC 7766 §5.
    Truncated(ConnectError),
    /// This machine's own look-up finds nothing, twice, and the name servers know the name, or are
    /// not asked at all.
    NotAsked {
        /// The addresses that the name servers have; empty if they were not asked.
        addresses: Vec<IpAddr>,
        /// What `/etc/nsswitch.conf` says.
        switch: Option<Switch>,
    },
}

/// What one address did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddressObservation {
    /// The address.
    pub address: IpAddr,
    /// The address of this machine that packets to it leave from; `None` where it has no way there,
    /// and where a proxy made the connection.
    pub from: Option<IpAddr>,
    /// What each port did; one entry unless a range was swept; in the probe's order.
    pub ports: Vec<PortObservation>,
}

/// What one port of one address did. For ICMP and ESP the port is `None`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortObservation {
    /// The port.
    pub port: Option<Port>,
    /// How far it went.
    pub reached: Reached,
    /// How long it took, from the first packet to the decision.
    pub elapsed: Duration,
    /// When it was how far on the way.
    pub milestones: Milestones,
    /// How many attempts there were and how many of them connected.
    pub attempts: Attempts,
    /// The other tries of whole dialogs, in the order they began; each has no others of its own.
    pub others: Vec<PortObservation>,
}

impl PortObservation {
    /// All tries of whole dialogs.
    pub fn tries(&self) -> impl Iterator<Item = &Self> {
        std::iter::once(self).chain(&self.others)
    }
}

/// From here on a way there and back is long: a geostationary satellite's takes about as much, and a
/// lost first packet is repeated after a second. Source: RFC 6298 §2.
pub const SLOW_CONNECT: Duration = Duration::from_millis(500);

/// When a probe was how far, since its first packet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Milestones {
    /// When the connection was accepted; `None` if it was not, and for datagrams.
    pub connected: Option<Duration>,
    /// Where that took [`SLOW_CONNECT`], how long the fastest of a few more took.
    pub connected_again: Option<Duration>,
    /// When the handshake and its experiments had ended, well or not; `None` without one.
    pub secured: Option<Duration>,
    /// The longest that the service took to answer; `None` where it was not asked.
    pub waited: Option<Duration>,
    /// Whether what was said to it last was never acknowledged, not even by its system.
    pub unheard: bool,
}

/// How often it was tried and how often it worked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Attempts {
    /// How often it was tried, at least 1 where anything was.
    pub tried: u32,
    /// How often it connected or was answered.
    pub succeeded: u32,
    /// How often nothing came back at all.
    pub silent: u32,
}

impl Attempts {
    /// Counts what others counted.
    pub const fn add(&mut self, others: Self) {
        self.tried += others.tried;
        self.succeeded += others.succeeded;
        self.silent += others.silent;
    }

    /// Counts one more attempt.
    pub const fn count(&mut self, result: Result<(), &ConnectError>) {
        self.tried += 1;
        match result {
            Ok(()) => self.succeeded += 1,
            Err(ConnectError::NoReply) => self.silent += 1,
            Err(_) => {}
        }
    }
}

/// How far a probe went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reached {
    /// No connection, or for a datagram nothing but an error.
    NotConnected(ConnectError),
    /// A TCP connection, of which nothing more was asked.
    Connected,
    /// A TLS handshake was tried on a connection that was accepted.
    Tls {
        /// What the handshake showed.
        tls: Box<TlsObservation>,
        /// What the service said behind it, if it was asked.
        reply: Option<Reply>,
    },
    /// The service was asked in plain text, or by datagram.
    Replied {
        /// What it said.
        reply: Reply,
        /// What the handshake showed, where the dialog asked for TLS on the way (STARTTLS).
        tls: Option<Box<TlsObservation>>,
    },
    /// A datagram was sent, and nothing came back.
    Silence,
    /// A proxy was asked, and relays nothing.
    NotRelayed {
        /// The proxy.
        proxy: Arc<Proxy>,
        /// Why.
        fault: Box<ProxyFault>,
    },
}

/// Why there is no connection: errno and ICMP told apart, no error text.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ConnectError {
    /// ECONNREFUSED: a reset, or an ICMP port unreachable. Source: tcp(7), udp(7).
    Refused(Option<IcmpError>),
    /// Nothing came back in time.
    NoReply,
    /// Nobody answers on the local network for the next hop, which is the host itself or a gateway.
    /// Source: arp(7), RFC 4861 §7.2.
    NoNeighbour(IpAddr),
    /// EHOSTUNREACH after packets were sent: an ICMP error.
    HostUnreachable(Option<IcmpError>),
    /// ENETUNREACH after packets were sent.
    NetworkUnreachable(Option<IcmpError>),
    /// The network said no: ICMP administratively prohibited. Source: RFC 1812 §5.2.7.1.
    Prohibited(Option<IcmpError>),
    /// ENOPROTOOPT or ICMP protocol unreachable. Source: RFC 792.
    ProtocolUnreachable(Option<IcmpError>),
    /// The time to live ran out on the way: packets go in circles. Source: RFC 792.
    TimeExceeded(Option<IcmpError>),
    /// ECONNRESET during the connect.
    Reset,
    /// This machine has no route to the address.
    NoRoute,
    /// No interface but loopback is up.
    LinkDown,
    /// EPERM: this machine's own firewall. Source: netfilter's OUTPUT hook.
    LocalFirewall,
    /// EACCES: a prohibit route or a policy of this machine. Source: ip-route(8).
    LocalPolicy,
    /// EMFILE, ENFILE, ENOBUFS, EADDRNOTAVAIL for want of ports.
    LocalResources(String),
    /// The operating system does not let this user send such packets.
    NeedsPrivilege(String),
    /// The address given by `--source` is not one of this machine's.
    SourceAddress,
    /// Another error of the operating system, by its errno.
    Other(i32),
}

/// An ICMP error as the socket's error queue gave it. Source: ip(7), `IP_RECVERR`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct IcmpError {
    /// Who sent it; `None` where the kernel does not say.
    pub from: Option<IpAddr>,
    /// The ICMP or ICMPv6 type.
    pub kind: u8,
    /// The code.
    pub code: u8,
}
