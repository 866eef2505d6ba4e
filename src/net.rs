//! The network's nouns: ports, transports, hosts, protocols and endpoints, parsed once and printed one way.

use std::{
    fmt,
    net::{IpAddr, Ipv6Addr},
    num::NonZeroU16,
    str::FromStr,
};

use thiserror::Error;

mod protocol;
mod proxy;

pub use protocol::Protocol;
pub use proxy::{Credentials, ProxyScheme, ProxyUrl, ProxyUrlError, Secret};

/// A TCP or UDP port, 1 to 65535.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Port(NonZeroU16);

impl Port {
    /// The port of that number; `None` for 0, which is no port.
    #[must_use]
    pub const fn new(number: u16) -> Option<Self> {
        match NonZeroU16::new(number) {
            Some(number) => Some(Self(number)),
            None => None,
        }
    }

    /// The number, 1 to 65535.
    #[must_use]
    pub const fn get(self) -> u16 {
        self.0.get()
    }
}

impl fmt::Display for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Port {
    type Err = NetError;

    fn from_str(text: &str) -> Result<Self, NetError> {
        text.parse()
            .ok()
            .and_then(Self::new)
            .ok_or_else(|| NetError::Port(text.to_owned()))
    }
}

/// An inclusive range of ports; `first` is below `last`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PortRange {
    first: Port,
    last: Port,
}

impl PortRange {
    /// The range from `first` to `last`; `None` unless `first` is below `last`.
    #[must_use]
    pub fn new(first: Port, last: Port) -> Option<Self> {
        (first < last).then_some(Self { first, last })
    }

    /// The lowest port of the range.
    #[must_use]
    pub const fn first(self) -> Port {
        self.first
    }

    /// The highest port of the range.
    #[must_use]
    pub const fn last(self) -> Port {
        self.last
    }

    /// How many ports the range holds, at least 2.
    #[must_use]
    pub fn count(self) -> usize {
        usize::from(self.last.get() - self.first.get()) + 1
    }

    /// Every port of the range, ascending.
    pub fn iter(self) -> impl Iterator<Item = Port> {
        (self.first.get()..=self.last.get()).filter_map(Port::new)
    }
}

impl fmt::Display for PortRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.first, self.last)
    }
}

/// What carries a protocol: an IP protocol, by the contract's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Transport {
    /// TCP, IP protocol 6.
    Tcp,
    /// UDP, IP protocol 17.
    Udp,
    /// ICMP or ICMPv6 echo, IP protocol 1 or 58.
    Icmp,
    /// Encapsulating Security Payload, IP protocol 50.
    Esp,
}

impl Transport {
    /// Every transport, in the order of the contract.
    pub const ALL: [Self; 4] = [Self::Tcp, Self::Udp, Self::Icmp, Self::Esp];

    /// The contract's word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
            Self::Icmp => "icmp",
            Self::Esp => "esp",
        }
    }

    /// Whether its endpoints have a port.
    #[must_use]
    pub const fn has_ports(self) -> bool {
        matches!(self, Self::Tcp | Self::Udp)
    }
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for Transport {
    type Err = NetError;

    fn from_str(text: &str) -> Result<Self, NetError> {
        Self::ALL
            .into_iter()
            .find(|transport| transport.word() == text)
            .ok_or_else(|| NetError::Transport(text.to_owned()))
    }
}

/// A host as it is reached: by name or by address.
///
/// Names are lower case, at most 253 bytes, labels of 1 to 63 bytes out of letters, digits, `-` and
/// `_`. One that ends in a dot is whole: no search list is tried. Source: RFC 1035 §2.3.4,
/// RFC 1123 §2.1, resolv.conf(5).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Host {
    /// A name to resolve.
    Name(String),
    /// A literal address.
    Address(IpAddr),
    /// A literal address of one link.
    OnLink(OnLink),
}

/// An IPv6 address that means somebody on one link only: `fe80::1%eth0`. Source: RFC 4007 §11.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OnLink {
    /// The address, of the link's scope. Source: RFC 4291 §2.5.6, §2.7.
    pub address: Ipv6Addr,
    /// The interface at this end of the link, by name or number; at most 15 bytes, no blank, no
    /// slash. Source: Linux, `dev_valid_name`.
    pub zone: String,
}

impl fmt::Display for OnLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}%{}", self.address, self.zone)
    }
}

impl Host {
    /// The address, if it is one.
    #[must_use]
    pub const fn address(&self) -> Option<IpAddr> {
        match self {
            Self::Name(_) => None,
            Self::Address(address) => Some(*address),
            Self::OnLink(here) => Some(IpAddr::V6(here.address)),
        }
    }

    /// The name without the dot that makes it whole, if it is one.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Name(name) => Some(name.strip_suffix('.').unwrap_or(name)),
            Self::Address(_) | Self::OnLink(_) => None,
        }
    }

    /// `host:port`, with brackets around an IPv6 address.
    #[must_use]
    pub fn with_port(&self, port: impl fmt::Display) -> String {
        match self {
            Self::Address(IpAddr::V6(_)) | Self::OnLink(_) => format!("[{self}]:{port}"),
            Self::Name(_) | Self::Address(IpAddr::V4(_)) => format!("{self}:{port}"),
        }
    }
}

/// An address with its link; `None` for what is no address, or one that counts everywhere.
fn on_link(text: &str) -> Option<OnLink> {
    let (address, zone) = text.split_once('%')?;
    // In a URI the sign is written as `%25`. Source: RFC 6874 §2.
    let name = zone.strip_prefix("25");
    let zone = name
        .filter(|name| name.starts_with(|first: char| first.is_ascii_alphabetic()))
        .unwrap_or(zone);
    let address: Ipv6Addr = address.parse().ok()?;
    let is_of_link = address.is_unicast_link_local() || address.octets()[..2] == [0xff, 0x02];
    let is_interface = |byte: u8| byte.is_ascii_graphic() && !b"/:[]%?#@`".contains(&byte);
    let is_zone = (1..=15).contains(&zone.len()) && zone.bytes().all(is_interface);
    (is_of_link && is_zone).then(|| OnLink {
        address,
        zone: zone.to_owned(),
    })
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Address(address) => address.fmt(f),
            Self::OnLink(here) => here.fmt(f),
        }
    }
}

impl FromStr for Host {
    type Err = NetError;

    fn from_str(text: &str) -> Result<Self, NetError> {
        let bare = text
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
            .unwrap_or(text);
        if let Ok(address) = bare.parse() {
            return Ok(Self::Address(address));
        }
        if let Some(here) = on_link(bare) {
            return Ok(Self::OnLink(here));
        }
        let name = text.to_ascii_lowercase();
        if is_host_name(name.strip_suffix('.').unwrap_or(&name)) {
            Ok(Self::Name(name))
        } else {
            Err(NetError::Host(text.to_owned()))
        }
    }
}

/// Whether `name` may stand in DNS as a host's. All digits and dots is a mistyped address.
fn is_host_name(name: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    };
    name.len() <= 253
        && name.split('.').all(is_label)
        && !name
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'.')
}

/// A host with the port it listens on, where one was given: `mail.example:2525`, `[::1]:53`, `10.0.0.7`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    /// The host.
    pub host: Host,
    /// The port, where one was written.
    pub port: Option<Port>,
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.port {
            Some(port) => f.write_str(&self.host.with_port(port)),
            None => self.host.fmt(f),
        }
    }
}

impl FromStr for Address {
    type Err = NetError;

    fn from_str(text: &str) -> Result<Self, NetError> {
        if text.contains('@') {
            // No part of a login is taken for a port and repeated.
            return Err(NetError::Host(text.to_owned()));
        }
        let whole = text.parse().map(Host::Address).ok();
        if let Some(host) = whole.or_else(|| on_link(text).map(Host::OnLink)) {
            return Ok(Self { host, port: None });
        }
        match text.rsplit_once(':') {
            Some((host, port)) if !text.ends_with(']') => Ok(Self {
                host: host.parse()?,
                port: Some(port.parse()?),
            }),
            Some(_) | None => Ok(Self {
                host: text.parse()?,
                port: None,
            }),
        }
    }
}

/// What is reached: a host, a port where the transport has ports, and the transport.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Endpoint {
    /// The host.
    pub host: Host,
    /// One port, a range of them, or none (ICMP, ESP).
    pub ports: Ports,
    /// What carries it.
    pub transport: Transport,
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.ports {
            Ports::None => write!(f, "{} {}", self.host, self.transport),
            Ports::One(port) => write!(f, "{}/{}", self.host.with_port(port), self.transport),
            Ports::Range(range) => write!(f, "{}/{}", self.host.with_port(range), self.transport),
        }
    }
}

/// The ports of an endpoint or a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ports {
    /// The transport has none (ICMP, ESP).
    None,
    /// One port.
    One(Port),
    /// A range.
    Range(PortRange),
}

impl fmt::Display for Ports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("-"),
            Self::One(port) => port.fmt(f),
            Self::Range(range) => range.fmt(f),
        }
    }
}

/// A word that is none of the network's nouns.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NetError {
    /// Not a port.
    #[error("port `{0}` is not a number from 1 to 65535")]
    Port(String),
    /// Not a transport.
    #[error("unknown transport `{0}`, expected `tcp`, `udp`, `icmp` or `esp`")]
    Transport(String),
    /// Not a protocol.
    #[error("unknown protocol `{0}`")]
    Protocol(String),
    /// Neither a host name nor an address.
    #[error("`{0}` is neither a host name nor an address")]
    Host(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(text: &str) -> Result<String, NetError> {
        text.parse::<Host>().map(|host| host.to_string())
    }

    #[test]
    fn ports_are_1_to_65535() {
        assert_eq!("443".parse::<Port>().map(Port::get), Ok(443));
        for wrong in ["0", "65536", "-1", "", "https"] {
            assert_eq!(wrong.parse::<Port>(), Err(NetError::Port(wrong.into())));
        }
    }

    #[test]
    fn a_range_is_never_upside_down() {
        let (low, high) = (Port::new(1).unwrap(), Port::new(3).unwrap());
        assert_eq!(PortRange::new(high, low), None);
        assert_eq!(PortRange::new(low, low), None);
        let range = PortRange::new(low, high).unwrap();
        assert_eq!(range.count(), 3);
        assert_eq!(range.iter().map(Port::get).collect::<Vec<_>>(), [1, 2, 3]);
    }

    #[test]
    fn host_names_lose_their_case_and_keep_the_dot_that_makes_them_whole() {
        assert_eq!(host("GitHub.com"), Ok("github.com".into()));
        assert_eq!(host("DB."), Ok("db.".into()));
        assert_eq!("DB.".parse::<Host>().unwrap().name(), Some("db"));
        assert_eq!(host("[::1]"), Ok("::1".into()));
        assert_eq!(host("10.0.0.7"), Ok("10.0.0.7".into()));
    }

    #[test]
    fn an_address_of_a_link_says_of_which() {
        for text in [
            "fe80::1%eth0",
            "[fe80::1%eth0]",
            "fe80::1%25eth0",
            "FE80:0::1%eth0",
        ] {
            assert_eq!(host(text), Ok("fe80::1%eth0".into()), "{text}");
        }
        for text in ["fe80::1%2", "fe80::1%25", "fe80::1%251", "ff02::1%br-lan.7"] {
            assert_eq!(host(text), Ok(text.into()));
        }
        for text in ["[fe80::1%eth0]:53", "fe80::1%eth0"] {
            assert_eq!(text.parse::<Address>().unwrap().to_string(), text);
        }
        for wrong in [
            "fe80::1%",
            "fe80::1%a b",
            "2001:db8::1%eth0",
            "10.0.0.1%eth0",
            "x%eth0",
        ] {
            assert_eq!(host(wrong), Err(NetError::Host(wrong.into())), "{wrong}");
        }
    }

    #[test]
    fn what_is_no_host_is_refused() {
        for wrong in [
            "",
            "*.github.com",
            "a b",
            "10.0.0.300",
            "-a.example",
            "a..b",
            ".",
            "a..",
            "x/y",
            "a:1",
        ] {
            assert_eq!(host(wrong), Err(NetError::Host(wrong.into())), "{wrong}");
        }
    }

    #[test]
    fn addresses_carry_a_port_where_one_is_written() {
        for text in ["mail.example:2525", "[::1]:53", "10.0.0.7", "fe80::1"] {
            assert_eq!(text.parse::<Address>().unwrap().to_string(), text);
        }
        assert_eq!("[::1]".parse::<Address>().unwrap().to_string(), "::1");
        assert!("mail.example:0".parse::<Address>().is_err());
    }
}
