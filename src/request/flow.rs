//! What must get through: from whom, to whom, over which ports, and which rules say so.

use std::{fmt, net::IpAddr, str::FromStr};

use ipnet::IpNet;

use crate::net::{Host, Transport};

/// One machine, network or name that reaches another one.
///
/// The order is that of a request: by source, destination, transport, port.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Flow {
    /// Who opens it.
    pub source: End,
    /// Who is reached.
    pub destination: End,
    /// What carries it.
    pub transport: Transport,
    /// The ports that are reached; `None` exactly where the transport has none.
    pub ports: Option<Ports>,
    /// Which way it goes, seen from the machine that the request is made on.
    pub direction: Direction,
    /// What it is for, for people.
    pub purpose: String,
    /// The rules that need it, each once; never empty.
    pub rules: Vec<String>,
    /// The vendor's page; empty where it is not known.
    pub page: String,
}

impl Flow {
    /// The family of addresses that it is of; `None` where it has no address, or one of each.
    #[must_use]
    pub fn family(&self) -> Option<Family> {
        match (self.source.family(), self.destination.family()) {
            (Some(source), Some(destination)) => (source == destination).then_some(source),
            (one, None) | (None, one) => one,
        }
    }

    /// Whether each end is an address or a network, both of one family.
    #[must_use]
    pub fn is_by_address(&self) -> bool {
        let families = (self.source.family(), self.destination.family());
        matches!(families, (Some(source), Some(destination)) if source == destination)
    }

    /// `tcp 443`, `icmp`.
    #[must_use]
    pub fn what(&self) -> String {
        match self.ports {
            Some(ports) => format!("{} {ports}", self.transport),
            None => self.transport.to_string(),
        }
    }

    /// The rules, separated by blanks.
    #[must_use]
    pub fn rules(&self) -> String {
        self.rules.join(" ")
    }
}

/// An end of a flow.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum End {
    /// One address.
    Address(IpAddr),
    /// Every address of a network.
    Network(IpNet),
    /// A name, or with a leading `*.` every name below one. Lower case, out of letters, digits,
    /// `.`, `-` and `_`.
    Name(String),
}

impl End {
    /// The family of the address; `None` for a name.
    #[must_use]
    pub const fn family(&self) -> Option<Family> {
        match self {
            Self::Address(IpAddr::V4(_)) | Self::Network(IpNet::V4(_)) => Some(Family::V4),
            Self::Address(IpAddr::V6(_)) | Self::Network(IpNet::V6(_)) => Some(Family::V6),
            Self::Name(_) => None,
        }
    }

    /// The network that it is, an address as the one of itself; `None` for a name.
    #[must_use]
    pub fn network(&self) -> Option<IpNet> {
        match self {
            Self::Address(address) => Some(IpNet::from(*address)),
            Self::Network(network) => Some(*network),
            Self::Name(_) => None,
        }
    }
}

impl From<&Host> for End {
    fn from(host: &Host) -> Self {
        match host {
            Host::Name(name) => Self::Name(name.trim_end_matches('.').to_owned()),
            Host::Address(address) => Self::Address(address.to_canonical()),
            // No firewall between links knows by which of them.
            Host::OnLink(here) => Self::Address(here.address.into()),
        }
    }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(address) => address.fmt(f),
            Self::Network(network) => network.fmt(f),
            Self::Name(name) => f.write_str(name),
        }
    }
}

impl FromStr for End {
    type Err = NoEnd;

    fn from_str(text: &str) -> Result<Self, NoEnd> {
        if let Ok(network) = text.parse() {
            return Ok(Self::Network(network));
        }
        let (star, name) = match text.strip_prefix("*.") {
            Some(name) => ("*.", name),
            None => ("", text),
        };
        match (star, name.parse::<Host>()) {
            ("", Ok(host)) => Ok(Self::from(&host)),
            (_, Ok(Host::Name(name))) => Ok(Self::Name(format!("{star}{name}"))),
            (_, Ok(Host::Address(_) | Host::OnLink(_)) | Err(_)) => Err(NoEnd),
        }
    }
}

/// What is neither an address, nor a network, nor a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoEnd;

/// A version of IP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// IPv4.
    V4,
    /// IPv6.
    V6,
}

impl Family {
    /// Both.
    pub const ALL: [Self; 2] = [Self::V4, Self::V6];

    /// `IPv4`.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::V4 => "IPv4",
            Self::V6 => "IPv6",
        }
    }
}

/// Neighbouring ports, 1 to 65535; `first` is not above `last`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ports {
    /// The lowest.
    pub first: u16,
    /// The highest.
    pub last: u16,
}

impl Ports {
    /// The ports from `first` to `last`; `None` for none, and where 0 is among them.
    #[must_use]
    pub const fn new(first: u16, last: u16) -> Option<Self> {
        if first == 0 || first > last {
            return None;
        }
        Some(Self { first, last })
    }

    /// Both ends, with this between them; one port alone without it.
    #[must_use]
    pub fn with(self, between: &str) -> String {
        if self.first == self.last {
            self.first.to_string()
        } else {
            format!("{}{between}{}", self.first, self.last)
        }
    }
}

impl fmt::Display for Ports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.with("-"))
    }
}

impl FromStr for Ports {
    type Err = NoEnd;

    fn from_str(text: &str) -> Result<Self, NoEnd> {
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        match (first.parse(), last.parse()) {
            (Ok(first), Ok(last)) => Self::new(first, last).ok_or(NoEnd),
            (Ok(_) | Err(_), _) => Err(NoEnd),
        }
    }
}

/// Which way a flow goes, seen from the machine that the request is made on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// It, or the machine that a report is of, opens it.
    Outbound,
    /// It is what is reached.
    Inbound,
}

impl Direction {
    /// The word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Outbound => "outbound",
            Self::Inbound => "inbound",
        }
    }
}

impl FromStr for Direction {
    type Err = NoEnd;

    fn from_str(text: &str) -> Result<Self, NoEnd> {
        match text {
            "outbound" => Ok(Self::Outbound),
            "inbound" => Ok(Self::Inbound),
            _ => Err(NoEnd),
        }
    }
}
