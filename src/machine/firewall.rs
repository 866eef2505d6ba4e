//! This machine's own outgoing packet filter: which of its rules decides a packet, as far as its
//! listing tells. Nothing is changed, and nothing is sent.
//!
//! A rule may ask for what is not known of a packet (a mark, a limit, a module of iptables). So a
//! match is yes, no or maybe, and a rule is named only where every way through the chains that
//! denies the packet ends at it. Source: nft(8), libnftables-json(5).

mod hooks;
mod listing;
mod matching;
mod read;
#[cfg(test)]
mod tests;
mod verdict;

use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
};

use crate::net::{Port, Transport};

pub use listing::Ruleset;

/// The outgoing rules, and by which interface what is looked at would leave.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnFirewall {
    /// The rules.
    pub rules: Ruleset,
    /// How packets to each address leave.
    pub exits: BTreeMap<IpAddr, Exit>,
    /// Who sends them, by number.
    pub user: Option<u32>,
}

/// How packets to an address leave this machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exit {
    /// The interface, if that is known.
    pub interface: Option<String>,
    /// The address they leave from, if that is known.
    pub source: Option<IpAddr>,
}

/// The first packet of a flow from this machine, as far as it is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packet {
    /// Where to.
    pub to: IpAddr,
    /// What carries it.
    pub transport: Transport,
    /// Which port it is for, where it has one.
    pub port: Option<Port>,
    /// How it leaves.
    pub exit: Exit,
    /// Who sends it, by number.
    pub user: Option<u32>,
}

/// What denies a packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denial {
    /// The rule.
    pub rule: OwnRule,
    /// What becomes of the packet.
    pub fate: Fate,
    /// Whether it is denied for sure. Else something in the listing is not known of this packet, and
    /// no other rule but this one can deny it.
    pub is_certain: bool,
}

/// A rule of this machine, as its own listing has it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OwnRule {
    /// Its words: `tcp dport 443 drop`; those of a chain's policy are `policy drop`.
    pub words: String,
    /// Family, table and chain: `inet filter output`.
    pub chain: String,
    /// Its number in the table; `None` for a policy.
    pub handle: Option<u64>,
}

/// What becomes of a packet that is denied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fate {
    /// Nobody is told.
    Dropped,
    /// The sender is told, by a reset or an ICMP error.
    Rejected,
    /// A program of this machine decides.
    Queued,
}

impl OwnFirewall {
    /// Reads the rules; `None` where this user may not, where there is no `nft`, or where rules of
    /// another kind may decide first.
    #[must_use]
    pub fn read(exits: BTreeMap<IpAddr, Exit>) -> Option<Self> {
        Some(Self {
            rules: read::ruleset()?,
            exits,
            user: read::user(),
        })
    }

    /// What denies the first packet of this flow, where that is known.
    #[must_use]
    pub fn denial(&self, to: IpAddr, transport: Transport, port: Option<Port>) -> Option<Denial> {
        let packet = Packet {
            to,
            transport,
            port,
            exit: self.exits.get(&to).cloned().unwrap_or_default(),
            user: self.user,
        };
        self.rules.denial(&packet)
    }
}

impl Ruleset {
    /// What denies a packet, where that is known: its only end, or the only one of its ends that
    /// denies it.
    #[must_use]
    pub fn denial(&self, packet: &Packet) -> Option<Denial> {
        let ends = hooks::Walk::new(self, packet).leave()?;
        let mut denials = ends.denials.into_iter();
        let (Some(denier), None) = (denials.next(), denials.next()) else {
            return None;
        };
        let is_certain = !ends.passes;
        (is_certain || !self.filters_devices()).then(|| Denial {
            rule: self.rule(&denier.place),
            fate: denier.fate,
            is_certain,
        })
    }
}

/// Where a packet may end.
#[derive(Clone, Debug, Default)]
struct Ends {
    /// Whether it may leave.
    passes: bool,
    /// What may deny it.
    denials: BTreeSet<Denier>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Denier {
    place: Place,
    fate: Fate,
}

/// A rule, or the policy of a chain.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    chain: ChainName,
    handle: Option<u64>,
}

/// What a chain is called.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct ChainName {
    family: String,
    table: String,
    chain: String,
}
