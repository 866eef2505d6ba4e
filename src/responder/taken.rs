//! Doors that another program holds: which one, whether it is what is meant to stand there, and
//! whether anybody else reaches it.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    time::Duration,
};

use futures_util::future::join_all;

use super::{Bound, bind::doors_of};
use crate::{
    engine::Prober as _,
    machine::holders::{self, Holder},
    net::{Host, Port},
    observation::{Observation, Reached},
    plan::{Probe, ProbeOptions, Stand},
    probe::{NetProber, ProbeConfig},
    protocol::responder::{Door, State},
};

/// How long a holder may take to say who it is, each way; the responder is not ready before.
const PATIENCE: Duration = Duration::from_millis(500);

/// A door that another program holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// The door.
    pub door: Door,
    /// The service that is to stand there, for people.
    pub service: String,
    /// Who holds it; empty if it cannot be seen.
    pub holders: Vec<Holder>,
    /// Whether that is what is to stand there.
    pub verdict: Verdict,
    /// The addresses that could not be bound there.
    pub addresses: Vec<IpAddr>,
}

/// Whether what holds a door is what is to stand there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It answers as the service does.
    Expected,
    /// It answers otherwise, or not at all.
    Unexpected,
    /// Nothing is known of how the service answers.
    Unknown,
}

impl Taken {
    /// Whether nobody but this machine reaches what holds the door.
    #[must_use]
    pub fn is_loopback_only(&self) -> bool {
        !self.holders.is_empty() && self.holders.iter().all(Holder::is_loopback_only)
    }

    /// What probes that ask about the door are told.
    pub(super) fn state(&self) -> State {
        let processes = self
            .holders
            .iter()
            .filter_map(|holder| holder.process.as_ref());
        State::Taken(processes.map(|process| process.name.clone()).next())
    }
}

impl Bound {
    /// Looks who holds the doors that were taken, and asks them, on this machine alone, who they
    /// are. A door that nobody holds any more is opened after all.
    pub async fn look_at_the_taken(&mut self, stands: &[Stand]) -> Vec<Taken> {
        let mut holders = holders_of(self.unbound.taken.keys());
        let freed: Vec<Door> = self.unbound.taken.keys().copied().collect();
        for door in freed.into_iter().filter(|door| !holders.contains_key(door)) {
            self.try_again(door);
        }
        let stand_at = |door: &Door| {
            stands
                .iter()
                .find(|stand| doors_of(stand).any(|at| at == *door))
        };
        let looks = self.unbound.taken.iter().map(|(door, addresses)| {
            let holders = holders.remove(door).unwrap_or_default();
            look(*door, stand_at(door), holders, addresses.clone())
        });
        join_all(looks).await
    }
}

fn holders_of<'a>(doors: impl Iterator<Item = &'a Door>) -> BTreeMap<Door, Vec<Holder>> {
    let ports: BTreeSet<_> = doors
        .filter_map(|door| Some((door.transport, Port::new(door.port)?)))
        .collect();
    let mut holders: BTreeMap<Door, Vec<Holder>> = BTreeMap::new();
    if ports.is_empty() {
        return holders;
    }
    let own = std::process::id();
    let is_own = |holder: &Holder| {
        holder
            .process
            .as_ref()
            .is_some_and(|process| process.pid == own)
    };
    for holder in holders::of_ports(&ports)
        .into_iter()
        .filter(|holder| !is_own(holder))
    {
        let door = Door {
            transport: holder.transport,
            port: holder.port.get(),
        };
        holders.entry(door).or_default().push(holder);
    }
    holders
}

async fn look(
    door: Door,
    stand: Option<&Stand>,
    mut holders: Vec<Holder>,
    addresses: Vec<IpAddr>,
) -> Taken {
    if holders.iter().any(|holder| holder.listens) {
        holders.retain(|holder| holder.listens);
    }
    let verdict = match (stand, holders.first()) {
        (Some(stand), Some(holder)) if !stand.protocol.is_bare() => ask(stand, holder).await,
        (Some(_) | None, Some(_) | None) => Verdict::Unknown,
    };
    Taken {
        door,
        service: stand.map_or_else(String::new, |stand| stand.service.clone()),
        holders,
        verdict,
        addresses,
    }
}

/// Asks a holder as `run` would ask the service.
async fn ask(stand: &Stand, holder: &Holder) -> Verdict {
    let config = ProbeConfig {
        timeout: PATIENCE,
        answer: Some(PATIENCE),
        ..ProbeConfig::default()
    };
    let Ok(prober) = NetProber::new(config) else {
        return Verdict::Unknown;
    };
    let probe = Probe {
        host: Host::Address(address_of(holder)),
        ports: vec![holder.port],
        protocol: stand.protocol,
        options: ProbeOptions::default(),
    };
    let seen = prober.probe(&probe).await;
    if is_the_service(&seen, &stand.service) {
        Verdict::Expected
    } else {
        Verdict::Unexpected
    }
}

/// An address of this machine that the holder answers at.
fn address_of(holder: &Holder) -> IpAddr {
    match holder.address {
        IpAddr::V4(address) if address.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(address) if address.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        address => address.to_canonical(),
    }
}

fn is_the_service(seen: &Observation, service: &str) -> bool {
    let Observation::Tried { addresses, .. } = seen else {
        return false;
    };
    let mut ports = addresses.iter().flat_map(|address| &address.ports);
    ports.any(|port| match &port.reached {
        Reached::Replied { reply, .. } => reply.is_of(service),
        Reached::Tls { tls, reply: None } => tls.is_spoken(),
        Reached::Tls {
            tls,
            reply: Some(reply),
        } => tls.is_spoken() && reply.is_of(service),
        Reached::NotConnected(_)
        | Reached::NotRelayed { .. }
        | Reached::Connected
        | Reached::Silence => false,
    })
}
