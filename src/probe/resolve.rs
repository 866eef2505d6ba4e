//! Names to addresses, as this machine does it, each name once a run.
//!
//! hickory does the lookups; where it fails, this machine's own look-up has the last word, and hickory
//! only explains. What it does not tell, whether the network refuses a server or the
//! server talks nonsense, one control question a server tells, asked beside the first lookup.

use std::{
    collections::HashMap,
    net::{IpAddr, SocketAddr},
    path::Path,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures_util::future::join_all;
use hickory_resolver::{
    Resolver, TokioResolver,
    config::{ConnectionConfig, NameServerConfig, ResolveHosts, ResolverConfig, ResolverOpts},
    lookup::Lookup as Found,
    net::{DnsError, NetError, runtime::TokioRuntimeProvider},
    proto::{
        op::ResponseCode,
        rr::{Name, RData, RecordType},
    },
};
use tokio::{
    net::lookup_host,
    sync::OnceCell,
    time::{Instant, timeout_at},
};

use super::{Family, fault, neighbour, sockets::Sockets};
use crate::{
    observation::{ConnectError, Lookup, ResolveError},
    text,
};

mod question;
mod system;

use question::{Answer, Question, ask};
use system::System;

/// Where the system's own look-up finds its name servers. Source: resolv.conf(5).
const RESOLV_CONF: &str = "/etc/resolv.conf";

/// How long a lookup may take altogether. Source: resolv.conf(5), the default for one server.
const LIMIT: Duration = Duration::from_secs(5);

/// How many rounds are made over all servers at most.
const ROUNDS: usize = 2;

/// The most addresses of a name that are tried. Real names have a dozen.
const ADDRESSES: usize = 64;

/// The most aliases that are kept.
const ALIASES: usize = 16;

/// Sockets that a lookup may have open at once: both questions, the control, and one over TCP.
const SOCKETS: u32 = 4;

/// What a name came to: its addresses, at least one, or why there are none.
pub(crate) type Resolved = (Lookup, Result<Vec<IpAddr>, ResolveError>);

/// Every name of a run, looked up once.
pub(crate) struct Names {
    system: System,
    servers: Vec<Server>,
    family: Option<Family>,
    /// Whether this machine's own look-up has the last word: the files are the system's, and no
    /// other server was named.
    is_systems: bool,
    seen: Mutex<HashMap<String, Arc<OnceCell<Resolved>>>>,
}

/// A name server.
struct Server {
    address: SocketAddr,
    /// `None` only if hickory refuses its own defaults.
    resolver: Option<TokioResolver>,
    /// Whether it has answered anything, so that no control is needed.
    is_alive: AtomicBool,
    /// What the control question showed.
    control: OnceCell<Answer>,
}

/// What one server says of one name.
type Told = Result<(Vec<IpAddr>, Vec<String>), ResolveError>;

impl Names {
    /// Reads the system's configuration. `server` replaces its servers, not its hosts file.
    pub(crate) fn new(
        (resolv_conf, hosts): (&Path, &Path),
        server: Option<SocketAddr>,
        family: Option<Family>,
    ) -> Self {
        let system = System::read(resolv_conf, hosts);
        let system = match server {
            Some(server) => system.with_server(server),
            None => system,
        };
        let rounds = system.rounds.min(ROUNDS);
        let share = LIMIT / u32::try_from(system.servers.len() * rounds).unwrap_or(1);
        let share = share.min(system.timeout);
        let servers = system
            .servers
            .iter()
            .map(|address| Server::new(*address, share, system.edns))
            .collect();
        Self {
            system,
            servers,
            family,
            is_systems: server.is_none() && resolv_conf == Path::new(RESOLV_CONF),
            seen: Mutex::default(),
        }
    }

    /// The addresses of a name. The first to ask looks it up, the others wait for that.
    pub(crate) async fn resolve(&self, sockets: &Sockets, name: &str) -> Resolved {
        let cell = {
            let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(seen.entry(name.to_owned()).or_default())
        };
        cell.get_or_init(|| self.look_up(sockets, name))
            .await
            .clone()
    }

    async fn look_up(&self, sockets: &Sockets, name: &str) -> Resolved {
        let written: Vec<IpAddr> = self.system.in_hosts_file(name);
        if !written.is_empty() {
            let lookup = Lookup {
                hosts_file: Some(self.system.place_in_hosts_file(name)),
                ..Lookup::default()
            };
            return (lookup, self.chosen(written));
        }
        let _permit = sockets.permits(SOCKETS).await;
        let start = Instant::now();
        let mut lookup = Lookup::default();
        // Asked at once, so that what it takes is what the machine's programs wait.
        let system = self
            .is_systems
            .then(|| tokio::spawn(by_system(name.to_owned())));
        let search = self.search(sockets, name, &mut lookup);
        let told = timeout_at(start + LIMIT, search)
            .await
            .unwrap_or(Err(ResolveError::Timeout))
            .map_err(|error| with_next_hop(error, &lookup.servers));
        lookup.elapsed = start.elapsed();
        // The system has more patience, and more ways than DNS.
        if let (Err(_), Some(system)) = (&told, system)
            && let Ok(Some((addresses, took))) = system.await
        {
            lookup.elapsed = took;
            return (lookup, self.chosen(addresses));
        }
        match told {
            Ok((addresses, aliases)) => {
                lookup.aliases = aliases;
                (lookup, self.chosen(addresses))
            }
            Err(_) if !self.system.is_configured => (lookup, Err(ResolveError::NoResolver)),
            Err(error) => (lookup, Err(error)),
        }
    }

    /// The addresses of the wanted family, each once, in order.
    fn chosen(&self, addresses: Vec<IpAddr>) -> Result<Vec<IpAddr>, ResolveError> {
        let mut chosen = Vec::new();
        for address in addresses {
            let is_wanted = self.family.is_none_or(|family| family.has(address));
            if is_wanted && !chosen.contains(&address) && chosen.len() < ADDRESSES {
                chosen.push(address);
            }
        }
        if chosen.is_empty() {
            Err(ResolveError::NoAddress)
        } else {
            Ok(chosen)
        }
    }

    /// Asks for the name and then for each that the search list makes of it.
    async fn search(&self, sockets: &Sockets, name: &str, lookup: &mut Lookup) -> Told {
        let mut worst = ResolveError::NoSuchName;
        for candidate in self.system.candidates(name) {
            match self.ask_all(sockets, &candidate, lookup).await {
                Ok(told) => return Ok(told),
                Err(error) => {
                    let is_answer = rank(&error) <= rank(&ResolveError::NoAddress);
                    worst = graver(worst, error);
                    if !is_answer {
                        break;
                    }
                }
            }
        }
        Err(worst)
    }

    /// Asks the servers in turn until one knows.
    async fn ask_all(&self, sockets: &Sockets, name: &Name, lookup: &mut Lookup) -> Told {
        let mut worst = None;
        for _ in 0..self.system.rounds.min(ROUNDS) {
            for server in &self.servers {
                let ip = server.address.ip();
                if !lookup.servers.contains(&ip) {
                    lookup.servers.push(ip);
                }
                let error = match server.tell(sockets, name, self.family).await {
                    Ok(told) => return Ok(told),
                    Err(error) => error,
                };
                if rank(&error) <= rank(&ResolveError::NoAddress) {
                    return Err(error);
                }
                worst = Some(match worst {
                    Some(worst) => graver(worst, error),
                    None => error,
                });
            }
            // Only silence may be a lost packet.
            if worst != Some(ResolveError::Timeout) {
                break;
            }
        }
        Err(worst.unwrap_or(ResolveError::NoResolver))
    }
}

impl Server {
    fn new(address: SocketAddr, timeout: Duration, edns: bool) -> Self {
        let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()].map(|mut one| {
            one.port = address.port();
            one
        });
        let server = NameServerConfig::new(address.ip(), true, connections.to_vec());
        let config = ResolverConfig::from_parts(None, Vec::new(), vec![server]);
        let mut builder = Resolver::builder_with_config(config, TokioRuntimeProvider::default());
        *builder.options_mut() = options(timeout, edns);
        Self {
            address,
            resolver: builder.build().ok(),
            is_alive: AtomicBool::new(false),
            control: OnceCell::new(),
        }
    }

    /// What this server says of the name, or why it says nothing.
    async fn tell(&self, sockets: &Sockets, name: &Name, family: Option<Family>) -> Told {
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
            ask(sockets, self.address, Question::control(), LIMIT / 2).await
        });
        asked.await.clone()
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
                let answer = ask(sockets, self.address, question, LIMIT / 2).await;
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

/// What this machine's own look-up finds, and how long it took; `None` where it finds nothing.
/// It waits on a thread of its own, as long as the system is patient, and cannot be called back:
/// a run that ends first leaves it behind.
/// Source: getaddrinfo(3), which the standard library asks.
async fn by_system(name: String) -> Option<(Vec<IpAddr>, Duration)> {
    let start = Instant::now();
    let found = lookup_host((name, 0)).await.ok()?;
    let addresses: Vec<IpAddr> = found.map(|socket| socket.ip()).collect();
    (!addresses.is_empty()).then(|| (addresses, start.elapsed()))
}

fn options(timeout: Duration, edns: bool) -> ResolverOpts {
    let mut options = ResolverOpts::default();
    options.timeout = timeout;
    options.attempts = 0;
    options.edns0 = edns;
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

/// Silence, or why: nobody answers for the next hop to any of the servers.
fn with_next_hop(error: ResolveError, servers: &[IpAddr]) -> ResolveError {
    if error != ResolveError::Timeout {
        return error;
    }
    let hops: Option<Vec<IpAddr>> = servers.iter().copied().map(neighbour::missing).collect();
    match hops.as_deref() {
        Some([hop, ..]) => ResolveError::Unreachable(ConnectError::NoNeighbour(*hop)),
        Some([]) | None => ResolveError::Timeout,
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
        | ResolveError::Malformed => false,
    }
}

/// How much an error says about why there is no address, next to others. A server that could not
/// answer may know what another did not find.
const fn rank(error: &ResolveError) -> u8 {
    match error {
        ResolveError::NoSuchName => 0,
        ResolveError::NoAddress => 1,
        ResolveError::NoResolver => 2,
        ResolveError::Unreachable(_) => 3,
        ResolveError::Timeout => 4,
        ResolveError::Malformed => 5,
        ResolveError::Refused => 6,
        ResolveError::ServerFailure { .. } => 7,
    }
}

fn graver(one: ResolveError, other: ResolveError) -> ResolveError {
    if rank(&other) > rank(&one) {
        other
    } else {
        one
    }
}
