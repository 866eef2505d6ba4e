//! What a listing of rules comes to.

use std::{fmt, net::IpAddr};

use crate::{
    net::Transport,
    request::flow::{End, Family, Flow, Ports},
};

/// Every chain of a machine that filters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ruleset {
    pub(crate) chains: Vec<BaseChain>,
}

impl Ruleset {
    /// The chains of both.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.chains.extend(other.chains);
        self
    }

    /// The chain of the same table that is called so.
    pub(crate) fn target(&self, from: &BaseChain, name: &str) -> Option<&BaseChain> {
        self.chains.iter().find(|chain| {
            chain.family == from.family && chain.table == from.table && chain.name == name
        })
    }
}

/// A chain; one that packets come to by themselves has a hook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BaseChain {
    pub(crate) family: ChainFamily,
    pub(crate) table: String,
    pub(crate) name: String,
    /// Where packets come to it; `None` where other chains send them, and where it filters nothing.
    pub(crate) hook: Option<Hook>,
    /// Whether what no rule decides is dropped.
    pub(crate) drops: bool,
    pub(crate) rules: Vec<Rule>,
}

/// The packets that a table is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ChainFamily {
    /// IPv4.
    Ip,
    /// IPv6.
    Ip6,
    /// Both.
    Inet,
}

impl ChainFamily {
    pub(crate) const ALL: [Self; 3] = [Self::Ip, Self::Ip6, Self::Inet];

    /// nft's word.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Ip => "ip",
            Self::Ip6 => "ip6",
            Self::Inet => "inet",
        }
    }

    pub(crate) const fn has(self, family: Family) -> bool {
        match (self, family) {
            (Self::Inet, _) | (Self::Ip, Family::V4) | (Self::Ip6, Family::V6) => true,
            (Self::Ip, Family::V6) | (Self::Ip6, Family::V4) => false,
        }
    }
}

impl fmt::Display for ChainFamily {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// Where on their way packets come to a chain. Source: nft(8), "CHAINS".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Hook {
    Prerouting,
    Input,
    Forward,
    Output,
    Postrouting,
}

impl Hook {
    /// By nft's word, or iptables' in capitals.
    pub(crate) fn from_word(word: &str) -> Option<Self> {
        match word.to_ascii_lowercase().as_str() {
            "prerouting" => Some(Self::Prerouting),
            "input" => Some(Self::Input),
            "forward" => Some(Self::Forward),
            "output" => Some(Self::Output),
            "postrouting" => Some(Self::Postrouting),
            _ => None,
        }
    }
}

/// A rule: what must hold, and what then becomes of the packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rule {
    pub(crate) tests: Vec<Test>,
    pub(crate) verdict: Verdict,
}

/// What becomes of a packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The next rule decides.
    Continue,
    Accept,
    /// It is dropped, or rejected.
    Drop,
    /// Another chain decides, and if it does not, the next rule.
    Jump(String),
    /// Another chain decides, and if it does not, the chain that sent it here.
    Goto(String),
    Return,
    /// Nobody knows from the rules: a program decides, or a map that is not listed.
    Unclear,
}

/// Something that must hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Test {
    pub(crate) asks: Asks,
    /// Whether it must not.
    pub(crate) negated: bool,
}

impl Test {
    pub(crate) const fn of(asks: Asks) -> Self {
        Self {
            asks,
            negated: false,
        }
    }
}

/// What a rule asks of a packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Asks {
    Source(Spans),
    Destination(Spans),
    /// By the words of `/etc/protocols`.
    Transport(Vec<String>),
    SourcePort(Spans),
    DestinationPort(Spans),
    /// The state of its connection, in lower case.
    State(Vec<String>),
    /// The interface that it came in by or goes out by.
    Interface(Vec<String>),
    Family(Family),
    /// The type of an ICMP message, by nft's words.
    Echo(Vec<String>),
    /// What is not understood.
    Unclear,
}

/// Numbers from one to another, both included: of ports, or of addresses of one family.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Spans {
    /// The family of addresses; `None` for ports.
    pub(crate) family: Option<Family>,
    pub(crate) all: Vec<[u128; 2]>,
}

impl Spans {
    pub(crate) fn ports(all: Vec<[u128; 2]>) -> Self {
        Self { family: None, all }
    }

    /// A network's, or an address's.
    pub(crate) fn of(end: &End) -> Option<Self> {
        let network = end.network()?;
        Some(Self {
            family: end.family(),
            all: vec![[number(network.network()), number(network.broadcast())]],
        })
    }
}

pub(crate) const fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => address.to_bits() as u128,
        IpAddr::V6(address) => address.to_bits(),
    }
}

/// The state of a packet's connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum State {
    /// The first packet of one.
    New,
    /// One that answers.
    Established,
}

/// Packets of a flow, or of its answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Packet {
    pub(crate) family: Family,
    pub(crate) source: Spans,
    pub(crate) destination: Spans,
    pub(crate) transport: Transport,
    pub(crate) ports: Option<Ports>,
    pub(crate) state: State,
}

impl Packet {
    /// The first packets of a flow, or their answers; `None` unless both ends are addresses of one
    /// family.
    pub(crate) fn of(flow: &Flow, state: State) -> Option<Self> {
        let family = flow.family().filter(|_| flow.is_by_address())?;
        let (from, to) = match state {
            State::New => (&flow.source, &flow.destination),
            State::Established => (&flow.destination, &flow.source),
        };
        Some(Self {
            family,
            source: Spans::of(from)?,
            destination: Spans::of(to)?,
            transport: flow.transport,
            ports: flow.ports,
            state,
        })
    }
}
