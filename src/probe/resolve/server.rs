//! One name server, asked by hickory; what hickory does not tell, whether the network refuses the
//! server or the server talks nonsense, a control question tells, asked beside the first lookup.

use std::{
    net::{IpAddr, SocketAddr},
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use futures_util::future::join_all;
use hickory_resolver::{
    Resolver,
    config::{ConnectionConfig, NameServerConfig, ResolveHosts, ResolverConfig, ResolverOpts},
    lookup::Lookup as Found,
    net::{DnsError, NetError},
    proto::{
        op::ResponseCode,
        rr::{Name, RData, RecordType},
    },
};
use tokio::sync::OnceCell;

use super::{
    link::OnLink,
    question::{Answer, Question, ask, ask_by_tcp},
};
use crate::{
    observation::{ConnectError, ResolveError, ServerSeen},
    probe::{Family, fault, sockets::Sockets},
    text,
};

/// How long a control question may take.
const CONTROL: Duration = Duration::from_millis(2500);

/// The most aliases that are kept.
const ALIASES: usize = 16;

/// How a server is asked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Manner {
    /// How long it may take.
    pub(super) timeout: Duration,
    /// Whether extended DNS is used.
    pub(super) edns: bool,
    /// By what.
    pub(super) by: By,
}

/// What carries the questions.
#[derive(Clone, Copy, Debug)]
pub(super) enum By {
    /// UDP, or TCP where an answer is too long for it.
    Either,
    /// UDP alone, so that its silence is seen.
    Udp,
    /// TCP alone. Source: resolv.conf(5), `use-vc`.
    Tcp,
}

/// A name server.
pub(super) struct Server {
    pub(super) address: SocketAddr,
    /// `None` only if hickory refuses its own defaults.
    resolver: Option<Resolver<OnLink>>,
    /// Whether it has answered anything, so that no control is needed.
    is_alive: AtomicBool,
    /// What the control question showed.
    control: OnceCell<Answer>,
}

/// What one server says of one name.
pub(super) type Told = Result<(Vec<IpAddr>, Vec<String>), ResolveError>;

impl Server {
    pub(super) fn new(address: SocketAddr, manner: Manner) -> Self {
        let mut connections = match manner.by {
            By::Either => vec![ConnectionConfig::udp(), ConnectionConfig::tcp()],
            By::Udp => vec![ConnectionConfig::udp()],
            By::Tcp => vec![ConnectionConfig::tcp()],
        };
        for one in &mut connections {
            one.port = address.port();
        }
        let server = NameServerConfig::new(address.ip(), true, connections);
        let config = ResolverConfig::from_parts(None, Vec::new(), vec![server]);
        let mut builder = Resolver::builder_with_config(config, OnLink::to(address));
        *builder.options_mut() = options(manner);
        Self {
            address,
            resolver: builder.build().ok(),
            is_alive: AtomicBool::new(false),
            control: OnceCell::new(),
        }
    }

    /// What this server says of the name, or why it says nothing.
    pub(super) async fn tell(
        &self,
        sockets: &Sockets,
        name: &Name,
        family: Option<Family>,
    ) -> Told {
        let Some(resolver) = &self.resolver else {
            return Err(ResolveError::NoResolver);
        };
        let kinds = match family {
            None => &[RecordType::A, RecordType::AAAA][..],
            Some(Family::V4) => &[RecordType::A],
            Some(Family::V6) => &[RecordType::AAAA],
        };
        let lookups = join_all(
            kinds
                .iter()
                .map(|kind| resolver.lookup(name.clone(), *kind)),
        );
        tokio::pin!(lookups);
        let found = tokio::select! {
            // The control goes first, so that its socket gets the error that a router sends once.
            biased;
            control = self.control(sockets) => match control {
                Answer::Unreachable(error) => return Err(ResolveError::Unreachable(error)),
                Answer::Dns(..) | Answer::Malformed | Answer::Silence => lookups.await,
            },
            found = &mut lookups => found,
        };
        let told = merge(found);
        if told.as_ref().err().is_none_or(is_spoken) {
            self.is_alive.store(true, Ordering::Relaxed);
        }
        match told {
            Ok(told) => Ok(told),
            Err(error) => Err(self.refine(sockets, name, error).await),
        }
    }

    /// What a control question shows, asked once unless the server has answered before.
    async fn control(&self, sockets: &Sockets) -> Answer {
        let asked = self.control.get_or_init(async || {
            if self.is_alive.load(Ordering::Relaxed) {
                return Answer::Dns(ResponseCode::NoError, false);
            }
            ask(sockets, self.address, Question::control(), CONTROL).await
        });
        asked.await.clone()
    }

    /// Why an answer that is too long for a datagram does not come over TCP either.
    pub(super) async fn truncates(&self, sockets: &Sockets, name: &str) -> ResolveError {
        let question = Question {
            name: Name::from_ascii(format!("{name}.")).unwrap_or_else(|_| Name::root()),
            kind: RecordType::A,
            unchecked: false,
        };
        match ask_by_tcp(sockets, self.address, question, CONTROL).await {
            Answer::Unreachable(error) => ResolveError::Truncated(error),
            Answer::Silence => ResolveError::Truncated(ConnectError::NoReply),
            Answer::Malformed => ResolveError::Malformed,
            Answer::Dns(..) => ResolveError::NoAddress,
        }
    }

    /// The same error, told more closely.
    async fn refine(&self, sockets: &Sockets, name: &Name, error: ResolveError) -> ResolveError {
        match error {
            ResolveError::ServerFailure { rcode, bogus: _ } if rcode == "SERVFAIL" => {
                let question = Question {
                    name: name.clone(),
                    kind: RecordType::A,
                    unchecked: true,
                };
                let answer = ask(sockets, self.address, question, CONTROL).await;
                let bogus = answer == Answer::Dns(ResponseCode::NoError, true);
                ResolveError::ServerFailure { rcode, bogus }
            }
            ResolveError::Timeout => match self.control(sockets).await {
                Answer::Malformed => ResolveError::Malformed,
                Answer::Unreachable(error) => ResolveError::Unreachable(error),
                Answer::Dns(..) | Answer::Silence => ResolveError::Timeout,
            },
            other => other,
        }
    }
}

/// What a server did that gave this answer; a silent one is asked over TCP as well.
pub(super) async fn seen(sockets: &Sockets, server: &Server, told: &Told) -> ServerSeen {
    let error = match told {
        Ok(_) => return ServerSeen::Answers,
        Err(error) if is_spoken(error) => return ServerSeen::Answers,
        Err(error) => error,
    };
    if *error != ResolveError::Timeout {
        return ServerSeen::Unreachable;
    }
    match ask_by_tcp(sockets, server.address, Question::control(), CONTROL).await {
        Answer::Dns(..) => ServerSeen::SilentByUdp,
        Answer::Malformed | Answer::Silence | Answer::Unreachable(_) => ServerSeen::Silent,
    }
}

fn options(manner: Manner) -> ResolverOpts {
    let mut options = ResolverOpts::default();
    options.timeout = manner.timeout;
    options.attempts = 0;
    options.edns0 = manner.edns;
    options.cache_size = 0;
    options.use_hosts_file = ResolveHosts::Never;
    options.preserve_intermediates = true;
    options
}

/// Both families' answers as one. One that has addresses outweighs one that has none.
fn merge(found: Vec<Result<Found, NetError>>) -> Told {
    let (mut addresses, mut aliases, mut worst) = (Vec::new(), Vec::new(), None);
    for result in found {
        match result {
            Ok(found) => {
                addresses.extend(found.answers().iter().filter_map(|one| one.data.ip_addr()));
                add_aliases(&mut aliases, &found);
            }
            Err(error) => {
                let error = meaning(&error);
                worst = Some(match worst {
                    Some(worst) => graver(worst, error),
                    None => error,
                });
            }
        }
    }
    if addresses.is_empty() {
        Err(worst.unwrap_or(ResolveError::NoAddress))
    } else {
        Ok((addresses, aliases))
    }
}

fn add_aliases(aliases: &mut Vec<String>, found: &Found) {
    for record in found.answers() {
        if let RData::CNAME(target) = &record.data {
            let target = text::stranger(target.0.to_ascii().trim_end_matches('.').as_bytes());
            if aliases.len() < ALIASES && !aliases.contains(&target) {
                aliases.push(target);
            }
        }
    }
}

/// What hickory's error means.
fn meaning(error: &NetError) -> ResolveError {
    match error {
        NetError::Dns(DnsError::NoRecordsFound(none))
            if none.response_code == ResponseCode::NXDomain =>
        {
            ResolveError::NoSuchName
        }
        NetError::Dns(DnsError::NoRecordsFound(_)) => ResolveError::NoAddress,
        NetError::Dns(DnsError::ResponseCode(ResponseCode::Refused)) => ResolveError::Refused,
        NetError::Dns(DnsError::ResponseCode(code)) => ResolveError::ServerFailure {
            rcode: rcode(*code),
            bogus: false,
        },
        NetError::Dns(_) => ResolveError::ServerFailure {
            rcode: rcode(ResponseCode::ServFail),
            bogus: false,
        },
        NetError::Io(error) if error.raw_os_error().is_some() => {
            ResolveError::Unreachable(fault::local(error, IpAddr::from([0, 0, 0, 0])))
        }
        NetError::Proto(_) | NetError::ForeignClassRecord { .. } | NetError::QueryCaseMismatch => {
            ResolveError::Malformed
        }
        _ => ResolveError::Timeout,
    }
}

/// The mnemonic of an RCODE. Source: IANA, DNS RCODEs.
fn rcode(code: ResponseCode) -> String {
    let number = u16::from(code);
    let name = match number {
        1 => "FORMERR",
        2 => "SERVFAIL",
        3 => "NXDOMAIN",
        4 => "NOTIMP",
        5 => "REFUSED",
        9 => "NOTAUTH",
        10 => "NOTZONE",
        16 => "BADVERS",
        23 => "BADCOOKIE",
        _ => return format!("RCODE {number}"),
    };
    name.to_owned()
}

/// Whether the server itself said it.
const fn is_spoken(error: &ResolveError) -> bool {
    match error {
        ResolveError::NoSuchName
        | ResolveError::NoAddress
        | ResolveError::ServerFailure { .. }
        | ResolveError::Refused => true,
        ResolveError::Timeout
        | ResolveError::Unreachable(_)
        | ResolveError::NoResolver
        | ResolveError::Malformed
        | ResolveError::Truncated(_)
        | ResolveError::NotAsked { .. } => false,
    }
}

/// How much an error says about why there is no address, next to others. A server that could not
/// answer may know what another did not find.
pub(super) const fn rank(error: &ResolveError) -> u8 {
    match error {
        ResolveError::NoSuchName => 0,
        ResolveError::NoAddress => 1,
        ResolveError::NoResolver | ResolveError::NotAsked { .. } => 2,
        ResolveError::Unreachable(_) => 3,
        ResolveError::Timeout | ResolveError::Truncated(_) => 4,
        ResolveError::Malformed => 5,
        ResolveError::Refused => 6,
        ResolveError::ServerFailure { .. } => 7,
    }
}

pub(super) fn graver(one: ResolveError, other: ResolveError) -> ResolveError {
    if rank(&other) > rank(&one) {
        other
    } else {
        one
    }
}
