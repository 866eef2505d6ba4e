//! Who are you, asked of each protocol without a socket: bytes in, the next step out.
//!
//! A [`Dialog`] never authenticates, never changes anything on the other side and says the least
//! that makes a real server answer. What comes back is hostile until proven otherwise.

use std::time::Duration;

use crate::net::{Credentials, Host, Protocol};

mod cassandra;
mod datagram;
mod dns;
pub mod esp;
mod git;
mod http;
mod http_proxy;
pub mod icmp;
mod ike;
mod ipmi;
mod ldap;
mod looks;
mod memcached;
mod mssql;
mod mysql;
mod nfs;
mod ntp;
mod oracle;
mod postgres;
mod redis;
pub mod responder;
mod smtp;
mod socks5;
mod ssh;
mod stream;
#[cfg(test)]
mod tests;
pub mod tls_hello;
pub mod tunnel;
mod udp;
mod wire;
mod zookeeper;

pub use looks::looks;

/// The most bytes that a dialog reads before it must have decided.
pub const READ_LIMIT: usize = 16 * 1024;

/// The most bytes that a dialog sends, repeats and farewell included; a test holds each to it.
/// Enough to ask for the longest name a dozen times, far too little to be of use in a flood.
pub const SEND_LIMIT: usize = 4096;

/// What a dialog is told before it starts. It has neither clock nor randomness of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context {
    /// The host as asked for: a name, or an address without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
    /// This machine's full name, or its address on this connection; empty if neither is known.
    pub client_name: String,
    /// Fresh random bytes, which every transaction id is taken from.
    pub nonce: [u8; 16],
    /// The name a DNS dialog asks for; `None` asks for the root's name servers.
    pub question: Option<String>,
    /// Whether STARTTLS is asked for; `None` is the protocol's own habit (smtp yes, ldap no).
    pub starttls: Option<bool>,
    /// Whether TLS is wanted where a service may do without it; `None` takes it where it is offered.
    pub tls: Option<bool>,
    /// Set where an HTTP request goes to a proxy whole.
    pub proxied: Option<Proxied>,
}

/// What a request to a proxy holds besides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proxied {
    /// Who the user is to it.
    pub credentials: Option<Credentials>,
}

/// The dialog of `protocol`; `None` where nothing is said on a stream or in a datagram of ours
/// (tcp, tls) or where there is neither (icmp, esp).
#[must_use]
pub fn dialog(protocol: Protocol, context: &Context) -> Option<Box<dyn Dialog>> {
    Some(match protocol {
        Protocol::Tcp | Protocol::Tls | Protocol::Icmp | Protocol::Esp => return None,
        Protocol::Udp => datagram::dialog(udp::Udp),
        Protocol::Http => stream::dialog(http::Http::get(context)),
        Protocol::Https => stream::dialog(http::Http::head(context)),
        Protocol::HttpProxy => stream::dialog(http_proxy::HttpProxy),
        Protocol::Ssh => stream::dialog(ssh::Ssh::default()),
        Protocol::Smtp => stream::dialog(smtp::Smtp::plain(context)),
        Protocol::Smtps => stream::dialog(smtp::Smtp::within_tls(context)),
        Protocol::Git => stream::dialog(git::Git::new(context)),
        Protocol::Dns => datagram::dialog(dns::Dns::new(context)),
        Protocol::DnsTcp => stream::dialog(dns::Dns::new(context)),
        Protocol::Ntp => datagram::dialog(ntp::Ntp::new(context)),
        Protocol::Ldap => stream::dialog(ldap::Ldap::plain(context)),
        Protocol::Ldaps => stream::dialog(ldap::Ldap::within_tls()),
        Protocol::Nfs => stream::dialog(nfs::Nfs::new(context, nfs::VERSION_4)),
        Protocol::NfsUdp => datagram::dialog(nfs::Nfs::new(context, nfs::VERSION_3)),
        Protocol::Ipmi => datagram::dialog(ipmi::Ipmi::new(context)),
        Protocol::Ike => datagram::dialog(ike::Ike::new(context)),
        Protocol::IkeNatt => datagram::dialog(ike::Ike::behind_nat(context)),
        Protocol::Postgres => stream::dialog(postgres::Postgres::new(context)),
        Protocol::Mysql => stream::dialog(mysql::Mysql::new(context)),
        Protocol::Mssql => stream::dialog(mssql::Mssql::new(context)),
        Protocol::Oracle => stream::dialog(oracle::Oracle),
        Protocol::Redis => stream::dialog(redis::Redis),
        Protocol::Memcached => stream::dialog(memcached::Memcached::new(context)),
        Protocol::MemcachedUdp => datagram::dialog(memcached::Memcached::new(context)),
        Protocol::Zookeeper => stream::dialog(zookeeper::Zookeeper),
        Protocol::Cassandra => stream::dialog(cassandra::Cassandra),
        Protocol::Socks5 => stream::dialog(socks5::Socks5),
    })
}

/// The dialog of HTTP behind TLS by GET, for what HEAD does not tell.
#[must_use]
pub fn by_get(context: &Context) -> Box<dyn Dialog> {
    stream::dialog(http::Http::get_within_tls(context))
}

impl Context {
    /// The host, with the port where it is not `default`, as it stands in `Host:`; empty if the
    /// host is none, so that nothing else can slip into a request.
    fn authority(&self, default: u16) -> String {
        match self.host.parse::<Host>() {
            Err(_) => String::new(),
            Ok(host) if self.port != default => host.with_port(self.port),
            Ok(Host::Address(address)) if address.is_ipv6() => format!("[{address}]"),
            Ok(host) => host.to_string(),
        }
    }

    /// The first `N` bytes of the nonce.
    fn id<const N: usize>(&self) -> [u8; N] {
        const { assert!(N <= 16) };
        std::array::from_fn(|index| self.nonce[index])
    }
}

/// One protocol's questions and the recognition of its answers.
///
/// The driver calls [`start`](Dialog::start) once the connection (and TLS, where it comes first)
/// stands, does what the [`Step`] says, and hands over every chunk that arrives. A stream may be
/// cut anywhere; the dialog keeps what it needs. A datagram arrives whole.
pub trait Dialog: Send {
    /// The first step, before anything has arrived.
    fn start(&mut self) -> Step;

    /// The step after these bytes, which were not handed over before; never empty, unless they
    /// are an empty datagram.
    fn receive(&mut self, bytes: &[u8]) -> Step;

    /// The step after the TLS handshake that [`Step::StartTls`] asked for.
    fn secured(&mut self) -> Step {
        Step::Done(Reply::service())
    }

    /// What it means that nothing more will arrive.
    fn end(&mut self, end: End) -> Reply;

    /// The datagram to send when nothing has come back after `sent` sends (1, 2 …); `None` to send no
    /// more.
    fn again(&mut self, sent: u32) -> Option<Vec<u8>> {
        let _ = sent;
        match self.start() {
            Step::Send(bytes) => Some(bytes),
            Step::NeedMore | Step::StartTls | Step::Done(_) => None,
        }
    }

    /// How often a datagram is sent at most, spread over the time that there is.
    fn sends(&self) -> u32 {
        1
    }

    /// What is sent before closing, out of courtesy; its answer is not awaited.
    fn farewell(&self) -> &[u8] {
        &[]
    }

    /// How long the service may take to say its first word; `None` for the run's own limit.
    fn patience(&self) -> Option<Duration> {
        None
    }
}

/// What a dialog wants next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Send these bytes, then wait for an answer.
    Send(Vec<u8>),
    /// Wait for more.
    NeedMore,
    /// Start TLS on this connection; nothing unread may be left.
    StartTls,
    /// It is decided.
    Done(Reply),
}

/// Why nothing more will arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum End {
    /// The other side closed the connection.
    Closed,
    /// The other side reset the connection.
    Reset,
    /// The time is up.
    Silence,
    /// [`READ_LIMIT`] bytes came and it was still not decided.
    TooLong,
}

/// What was learned from a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// Who answered.
    pub speaker: Speaker,
    /// The service's own words and figures, made harmless, each at most 200 characters.
    pub facts: Vec<Fact>,
    /// What only one protocol says.
    pub details: Details,
}

/// Who answered.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Speaker {
    /// The expected service.
    Service,
    /// The expected service, and it says that it will not or cannot serve.
    Unwilling(Complaint),
    /// The expected service showed itself, and then the connection ended before all was said.
    BrokeOff(End),
    /// Something else answered.
    Other(Looks),
    /// The connection ended; `spoke` tells whether anything had arrived before.
    Ended {
        /// How it ended.
        end: End,
        /// Whether any byte had arrived.
        spoke: bool,
        /// Whether any byte had been sent by us.
        asked: bool,
    },
}

/// Why a service that was recognised will not or cannot serve.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Complaint {
    /// It refuses this client.
    AccessDenied,
    /// It has had enough of this client for now.
    RateLimited,
    /// It is starting, full, or has lost its leader.
    NotReady,
    /// STARTTLS was asked for and is not offered.
    NoStartTls,
    /// STARTTLS is offered, and refused when it is asked for.
    StartTlsRefused,
    /// TLS was asked for and is not offered.
    NoTls,
    /// It answers HTTP with an error that says it does not work (5xx).
    HttpError,
    /// A time server that has no time.
    NtpUnsynchronised,
    /// A time server that is too unsure of its time for a client to take it.
    NtpUncertain,
    /// It talks to a balancer only, which says first for whom it connects.
    WantsProxyHeader,
    /// A name server that refuses to answer us.
    DnsRefused,
    /// A name server that fails to answer.
    DnsServerFailure,
    /// The provider says that the service is over.
    Withdrawn,
}

/// What an unexpected answer looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Looks {
    /// A TLS record, where plain text was due.
    Tls,
    /// A protocol we know by its first bytes.
    Known(Protocol),
    /// Nothing we know.
    Unknown,
}

/// One thing a service said.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Fact {
    /// What it is: `banner`, `version`, `status`.
    pub label: &'static str,
    /// What was said, made harmless by [`crate::text::stranger`].
    pub value: String,
}

impl Fact {
    /// Whether the value is a figure or a word of the protocol's own, and no text of a stranger.
    #[must_use]
    pub fn is_figure(&self) -> bool {
        const FIGURES: [&str; 8] = [
            "answers",
            "authentication",
            "length",
            "rcode",
            "result",
            "stratum",
            "tls",
            "truncated",
        ];
        FIGURES.contains(&self.label)
    }
}

/// What only one protocol says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Details {
    /// Nothing more.
    #[default]
    None,
    /// The head of an HTTP answer.
    Http(HttpHead),
    /// A time server's answer.
    Ntp(NtpAnswer),
    /// What our responder said.
    Responder(Box<responder::Responder>),
}

/// The head of an HTTP answer. Source: RFC 9112 §4, §5.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HttpHead {
    /// The status, 100 to 599.
    pub status: u16,
    /// The reason, made harmless.
    pub reason: String,
    /// The fields, names in lower case, values made harmless, in order; at most 64.
    pub fields: Vec<(String, String)>,
    /// Whether it sets a cookie, whose value is nobody's business.
    pub sets_cookie: bool,
    /// The beginning of the page, as text without control characters; often empty. Of what is no page,
    /// what came along with the head.
    pub body: String,
}

impl HttpHead {
    /// The product that answers, as its `Server` field begins: `nginx` of `nginx/1.22.1`.
    /// Source: RFC 9110 §10.2.4.
    fn product(&self) -> Option<&str> {
        let mut fields = self.fields.iter();
        let (_, value) = fields.find(|(name, _)| name == "server")?;
        let end = value.find(['/', ' ', '(']).unwrap_or(value.len());
        Some(&value[..end]).filter(|product| !product.is_empty())
    }
}

/// A time server's answer. Source: RFC 5905 §7.3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NtpAnswer {
    /// 1 to 15; 0 is a kiss of death, 16 unsynchronised.
    pub stratum: u8,
    /// The leap indicator; 3 says unsynchronised.
    pub leap: u8,
    /// How far its time may be from the truth, in milliseconds: half the way to its own source and
    /// what adds up on it.
    pub root_distance_ms: u32,
    /// The server's clock when it answered, in milliseconds since 1970; `None` if it had none.
    pub transmit_unix_ms: Option<i64>,
    /// Our clock minus the server's, in milliseconds; set by the driver, which has a clock.
    pub offset_ms: Option<i64>,
}

/// As facts have it.
const fn yes_or_no(is_so: bool) -> &'static str {
    if is_so { "yes" } else { "no" }
}

impl Reply {
    /// The expected service answered, and there is nothing to tell.
    #[must_use]
    pub const fn service() -> Self {
        Self::from(Speaker::Service)
    }

    /// A reply of that speaker, without facts.
    #[must_use]
    pub const fn from(speaker: Speaker) -> Self {
        Self {
            speaker,
            facts: Vec::new(),
            details: Details::None,
        }
    }

    /// The expected service answered; without TLS that is a complaint where TLS is wanted.
    const fn wanting_tls(is_wanted: bool, is_offered: bool) -> Self {
        if is_wanted && !is_offered {
            Self::from(Speaker::Unwilling(Complaint::NoTls))
        } else {
            Self::service()
        }
    }

    /// Whether anything was said at all.
    #[must_use]
    pub const fn has_words(&self) -> bool {
        !matches!(self.speaker, Speaker::Ended { spoke: false, .. })
    }

    /// Whether the expected service showed itself, whatever it said then.
    #[must_use]
    pub const fn is_recognised(&self) -> bool {
        match self.speaker {
            Speaker::Service | Speaker::Unwilling(_) | Speaker::BrokeOff(_) => true,
            Speaker::Other(_) | Speaker::Ended { .. } => false,
        }
    }

    /// Whether the expected service answered, as far as its words tell: HTTP is spoken by many, so
    /// there a product that names itself must be the one that `service` is.
    #[must_use]
    pub fn is_of(&self, service: &str) -> bool {
        let is_recognised = self.is_recognised();
        let product = self.product();
        let service = service.to_lowercase();
        let is_named = product.is_none_or(|product| match product.to_lowercase().as_str() {
            // Source: Tomcat's documentation, "The HTTP Connector", `server`.
            "apache-coyote" => service.contains("tomcat"),
            product => service.contains(product),
        });
        is_recognised && is_named
    }

    /// The product that answers, where it names itself.
    #[must_use]
    pub fn product(&self) -> Option<&str> {
        match &self.details {
            Details::Http(head) => head.product(),
            Details::None | Details::Ntp(_) | Details::Responder(_) => None,
        }
    }

    /// The same with one more fact, whose bytes come from a stranger. An empty one is left out.
    #[must_use]
    pub fn with(mut self, label: &'static str, bytes: impl AsRef<[u8]>) -> Self {
        let value = crate::text::stranger(bytes.as_ref());
        if !value.is_empty() {
            self.facts.push(Fact { label, value });
        }
        self
    }
}
