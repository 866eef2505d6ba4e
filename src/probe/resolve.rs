//! Names to addresses, as this machine does it, each name once a run.
//!
//! This machine's own look-up decides. hickory only explains what it does not find, or finds late:
//! which server was asked, what each said. With a server of the run's own, hickory decides.

use std::{
    collections::HashMap,
    net::{IpAddr, SocketAddr},
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use hickory_resolver::proto::rr::{Name, RecordType};
use tokio::{
    sync::{OnceCell, Semaphore},
    task::JoinHandle,
    time::{Instant, timeout, timeout_at},
};

use super::{Family, neighbour, sockets::Sockets};
use crate::{
    machine::Switch,
    observation::{ConnectError, Lookup, NameServer, ResolveError},
    text,
};

mod chain;
mod instrument;
mod link;
mod question;
mod server;
mod system;

use chain::Chain;
use instrument::{Found, Instrument, Says, Wanted};
use server::{By, Manner, Server, Told, graver, rank, seen};
use system::System;

/// Where the system's own look-up finds its name servers. Source: resolv.conf(5).
const RESOLV_CONF: &str = "/etc/resolv.conf";

/// How long hickory may take altogether. Source: resolv.conf(5), the default for one server.
const LIMIT: Duration = Duration::from_secs(5);

/// From when on a look-up of the system's is late enough to be looked into.
const LATE: Duration = Duration::from_secs(1);

/// How many rounds are made over all servers at most.
const ROUNDS: usize = 2;

/// The most addresses of a name that are tried. Real names have a dozen.
const ADDRESSES: usize = 64;

/// Sockets that a lookup may have open at once: both questions, the control, and one over TCP.
const SOCKETS: u32 = 4;

/// How many look-ups of the system's wait at once, each on a thread and a descriptor of its own: fewer
/// than are left to files.
const AT_ONCE: usize = 24;

/// What a name came to: its addresses, at least one, or why there are none.
pub(crate) type Resolved = (Lookup, Result<Vec<IpAddr>, ResolveError>);

/// Every name of a run, looked up once.
pub(crate) struct Names {
    system: System,
    servers: Vec<Server>,
    family: Option<Family>,
    /// What decides, unless another server was named or the files are not the system's.
    instrument: Option<Instrument>,
    threads: Semaphore,
    seen: Mutex<HashMap<String, Arc<OnceCell<Resolved>>>>,
}

/// What this machine's own look-up came to.
struct Heard {
    says: Says,
    took: Duration,
    /// What the name servers say beside it, if they were asked.
    known: Option<(Lookup, Told)>,
}

impl Heard {
    fn at_once(says: Says, start: Instant) -> Self {
        Self {
            says,
            took: start.elapsed(),
            known: None,
        }
    }
}

impl Names {
    /// Reads the system's configuration. `server` replaces its servers, not its hosts file.
    pub(crate) fn new(
        (resolv_conf, hosts): (&Path, &Path),
        server: Option<SocketAddr>,
        family: Option<Family>,
    ) -> Self {
        let is_systems = server.is_none() && resolv_conf == Path::new(RESOLV_CONF);
        let instrument = is_systems.then(Instrument::find).flatten();
        let system = System::read(resolv_conf, hosts);
        let system = match server {
            Some(server) => system.with_server(server),
            None => system,
        };
        let rounds = system.rounds.min(ROUNDS);
        let share = LIMIT / u32::try_from(system.servers.len() * rounds).unwrap_or(1);
        let manner = Manner {
            timeout: share.min(system.timeout),
            edns: system.edns,
            by: match &instrument {
                _ if system.by_tcp => By::Tcp,
                Some(_) => By::Udp,
                None => By::Either,
            },
        };
        let addresses = system.servers.iter();
        Self {
            servers: addresses.map(|at| Server::new(*at, manner)).collect(),
            system,
            family,
            instrument,
            threads: Semaphore::new(AT_ONCE),
            seen: Mutex::default(),
        }
    }

    /// The addresses of a name. The first to ask looks it up, the others wait for that.
    pub(crate) async fn resolve(&self, sockets: &Sockets, name: &str) -> Resolved {
        let cell = {
            let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(seen.entry(name.to_owned()).or_default())
        };
        let looked_up = cell.get_or_init(async || {
            let resolved = match &self.instrument {
                // Each is large, and one of them for all that wait.
                Some(instrument) => Box::pin(self.by_system(sockets, instrument, name)).await,
                None => Box::pin(self.by_hickory(sockets, name)).await,
            };
            Box::pin(self.look_closer(sockets, name, resolved)).await
        });
        looked_up.await.clone()
    }

    /// The same with the aliases link by link, where there are any, and whether an answer was too long
    /// for a datagram, where there is none.
    async fn look_closer(&self, sockets: &Sockets, name: &str, resolved: Resolved) -> Resolved {
        let (mut lookup, result) = resolved;
        let is_told = match &result {
            Ok(_) => lookup.aliases.is_empty() || self.instrument.is_none(),
            Err(error) => !may_have_links(error),
        };
        if is_told {
            return (lookup, result);
        }
        let _permit = sockets.permits(1).await;
        let chain = self.chain(sockets, name).await;
        let error = match result {
            Ok(addresses) => {
                let fits = chain.links.last() == lookup.aliases.last();
                if fits {
                    lookup.aliases = chain.links;
                }
                return (lookup, Ok(addresses));
            }
            Err(error) => error,
        };
        lookup.aliases = chain.links;
        let error = match self.servers.first() {
            Some(server) if chain.is_truncated => server.truncates(sockets, name).await,
            Some(_) | None => error,
        };
        (lookup, Err(error))
    }

    /// The aliases of a name at the first server that answers.
    async fn chain(&self, sockets: &Sockets, name: &str) -> Chain {
        let kind = match self.family {
            Some(Family::V6) => RecordType::AAAA,
            Some(Family::V4) | None => RecordType::A,
        };
        let mut chain = Chain::default();
        for candidate in self.system.candidates(name) {
            for server in &self.servers {
                chain = chain::read(sockets, server.address, &candidate, kind).await;
                if chain.is_answered {
                    break;
                }
            }
            if !chain.is_answered || !chain.links.is_empty() {
                break;
            }
        }
        chain
    }

    /// What this machine's own look-up says, with what the name servers say beside it where it finds
    /// nothing or is late.
    async fn by_system(&self, sockets: &Sockets, instrument: &Instrument, name: &str) -> Resolved {
        let start = Instant::now();
        let Ok(_thread) = self.threads.acquire().await else {
            return (Lookup::default(), Err(ResolveError::NoResolver));
        };
        let wanted = self.wanted(name);
        let mut asked = instrument.ask(wanted.clone());
        let heard = match timeout(LATE, &mut asked).await {
            Ok(says) => Heard::at_once(says.unwrap_or(Says::Failed), start),
            Err(_) => self.wait(sockets, name, asked, start).await,
        };
        if let Says::Found(found) = heard.says {
            let mut lookup = self.found(name, &found, heard.took);
            lookup.told = heard.known.map_or_else(Vec::new, |known| known.0.told);
            return (lookup, self.chosen(found.addresses));
        }
        let (lookup, told) = match heard.known {
            Some(known) => known,
            None => self.explain(sockets, name).await,
        };
        if told.is_ok()
            && let Ok(Says::Found(found)) = instrument.ask(wanted).await
        {
            // Nothing is blamed that a repetition clears.
            let lookup = self.found(name, &found, start.elapsed());
            return (lookup, self.chosen(found.addresses));
        }
        let lookup = Lookup {
            elapsed: heard.took,
            ..lookup
        };
        (
            lookup,
            Err(self.verdict(told, heard.says == Says::NoSuchName)),
        )
    }

    /// Waits for a look-up that takes long, and asks the name servers meanwhile.
    async fn wait(
        &self,
        sockets: &Sockets,
        name: &str,
        asked: JoinHandle<Says>,
        start: Instant,
    ) -> Heard {
        let explained = self.explain(sockets, name);
        tokio::pin!(asked, explained);
        let (says, known) = tokio::select! {
            says = &mut asked => (says, None),
            known = &mut explained => (asked.await, Some(known)),
        };
        let (says, took) = (says.unwrap_or(Says::Failed), start.elapsed());
        // A server is not dead that the system did not wait for.
        let is_found = matches!(says, Says::Found(_));
        let known = match known {
            _ if is_found && took < self.system.timeout => None,
            None => Some(explained.await),
            known => known,
        };
        Heard { says, took, known }
    }

    fn wanted(&self, name: &str) -> Wanted {
        Wanted {
            name: name.to_owned(),
            family: self.family,
            canonical: self.system.in_hosts_file(name).is_empty(),
        }
    }

    /// How the system found these addresses.
    fn found(&self, name: &str, found: &Found, elapsed: Duration) -> Lookup {
        let written = self.system.in_hosts_file(name);
        let is_written = found.addresses.iter().all(|it| written.contains(it));
        let servers = self.servers.iter().map(|server| server.address.ip());
        let is_alias = |canonical: &&String| {
            let whole = format!("{}.", canonical.trim_end_matches('.').to_ascii_lowercase());
            let mut candidates = self.system.candidates(name).into_iter();
            candidates.all(|candidate| candidate.to_lowercase().to_ascii() != whole)
        };
        let alias = found.canonical.as_ref().filter(is_alias);
        let alias = alias.map(|name| text::stranger(name.trim_end_matches('.').as_bytes()));
        Lookup {
            servers: servers.filter(|_| !is_written).collect(),
            hosts_file: is_written.then(|| self.system.place_in_hosts_file(name)),
            aliases: alias.into_iter().collect(),
            elapsed,
            ..Lookup::default()
        }
    }

    /// Why the system finds nothing: what it was told itself, as the name servers show it.
    /// `is_certain`: somebody told it that there is no such name.
    fn verdict(&self, told: Told, is_certain: bool) -> ResolveError {
        let switch = Switch::read();
        let asks_dns = switch.as_ref().is_none_or(|switch| switch.asks_dns);
        match told {
            Ok((addresses, _)) => ResolveError::NotAsked { addresses, switch },
            Err(_) if !asks_dns => ResolveError::NotAsked {
                addresses: Vec::new(),
                switch,
            },
            Err(_) if !self.system.is_configured && !is_certain => ResolveError::NoResolver,
            // Whom it asked has an answer, so the silence is not what it met.
            Err(error) if is_certain && rank(&error) > rank(&ResolveError::NoAddress) => {
                ResolveError::NoSuchName
            }
            Err(error) => error,
        }
    }

    /// What the name servers say, by hickory, and what each did.
    async fn explain(&self, sockets: &Sockets, name: &str) -> (Lookup, Told) {
        let _permit = sockets.permits(SOCKETS).await;
        let mut lookup = Lookup {
            ignored: self.system.ignored.clone(),
            ..Lookup::default()
        };
        let told = self.hickory(sockets, name, &mut lookup).await;
        (lookup, told)
    }

    async fn by_hickory(&self, sockets: &Sockets, name: &str) -> Resolved {
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
        let told = self.hickory(sockets, name, &mut lookup).await;
        lookup.elapsed = start.elapsed();
        match told {
            Ok((addresses, aliases)) => {
                lookup.aliases = aliases;
                (lookup, self.chosen(addresses))
            }
            Err(_) if !self.system.is_configured => (lookup, Err(ResolveError::NoResolver)),
            Err(error) => (lookup, Err(error)),
        }
    }

    async fn hickory(&self, sockets: &Sockets, name: &str, lookup: &mut Lookup) -> Told {
        let deadline = Instant::now() + LIMIT;
        timeout_at(deadline, self.search(sockets, name, lookup))
            .await
            .unwrap_or(Err(ResolveError::Timeout))
            .map_err(|error| with_next_hop(error, &lookup.servers))
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
                let told = server.tell(sockets, name, self.family).await;
                self.note(sockets, server, (&told, lookup)).await;
                let error = match told {
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

    /// Keeps what a server did, where that is to explain what the system meets.
    async fn note(&self, sockets: &Sockets, server: &Server, (told, lookup): (&Told, &mut Lookup)) {
        let address = server.address.ip();
        let is_known = lookup.told.iter().any(|known| known.address == address);
        if self.instrument.is_some() && !is_known {
            let seen = seen(sockets, server, told).await;
            lookup.told.push(NameServer { address, seen });
        }
    }
}

/// Whether aliases may be why there is no address, or an answer that is too long.
const fn may_have_links(error: &ResolveError) -> bool {
    match error {
        ResolveError::NoSuchName
        | ResolveError::NoAddress
        | ResolveError::ServerFailure { bogus: false, .. }
        | ResolveError::Timeout => true,
        ResolveError::ServerFailure { bogus: true, .. }
        | ResolveError::Refused
        | ResolveError::Unreachable(_)
        | ResolveError::NoResolver
        | ResolveError::Malformed
        | ResolveError::Truncated(_)
        | ResolveError::NotAsked { .. } => false,
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
