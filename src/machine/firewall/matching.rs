//! Whether a packet is what a rule asks for: yes, no, or not known.

use std::net::IpAddr;

use serde_json::Value;

use super::{ChainName, Packet, listing::Ruleset, verdict::Verdict};
use crate::net::Transport;

/// Yes, no, or not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Truth {
    Yes,
    No,
    Maybe,
}

impl Truth {
    const fn of(is_so: bool) -> Self {
        if is_so { Self::Yes } else { Self::No }
    }

    pub(super) const fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::No, _) | (_, Self::No) => Self::No,
            (Self::Yes, Self::Yes) => Self::Yes,
            (Self::Yes | Self::Maybe, Self::Yes | Self::Maybe) => Self::Maybe,
        }
    }

    const fn or(self, other: Self) -> Self {
        self.not().and(other.not()).not()
    }

    const fn not(self) -> Self {
        match self {
            Self::Yes => Self::No,
            Self::No => Self::Yes,
            Self::Maybe => Self::Maybe,
        }
    }
}

/// What is known of a packet before the rules.
pub(super) struct Known<'a> {
    packet: &'a Packet,
    /// Whether it may have been changed on the way.
    is_changed: bool,
    /// Whether its connection may not be tracked.
    is_untracked: bool,
}

/// What is known of one field.
enum Field {
    /// The packet has none, so that whatever is asked of it does not match.
    Absent,
    Unknown,
    /// A number, and its word where it has one.
    Number(u64, Option<&'static str>),
    Address(IpAddr),
    Name(String),
    /// Bits, each by its word.
    Flags(&'static [&'static str]),
    Several(Vec<Self>),
}

impl<'a> Known<'a> {
    pub(super) const fn new(packet: &'a Packet) -> Self {
        Self {
            packet,
            is_changed: false,
            is_untracked: false,
        }
    }

    /// The packet is another one from now on.
    pub(super) const fn forget(&mut self) {
        self.is_changed = true;
    }

    /// Its connection is not tracked from now on.
    pub(super) const fn untrack(&mut self) {
        self.is_untracked = true;
    }

    /// Whether chains of a family see it. Source: nft(8), address families.
    pub(super) fn is_of(&self, family: &str) -> bool {
        match family {
            "inet" => true,
            "ip" => self.packet.to.is_ipv4(),
            "ip6" => self.packet.to.is_ipv6(),
            _ => false,
        }
    }

    /// Whether a match holds.
    pub(super) fn holds(&self, rules: &Ruleset, chain: &ChainName, body: &Value) -> Truth {
        let (Some(left), Some(right)) = (body.get("left"), body.get("right")) else {
            return Truth::Maybe;
        };
        let field = self.field(left);
        if matches!(field, Field::Absent) {
            return Truth::No;
        }
        let sets = Sets { rules, chain };
        match body.get("op").and_then(Value::as_str) {
            Some("==") => sets.is(&field, right),
            Some("!=") => sets.is(&field, right).not(),
            Some("in") => sets.has(&field, right),
            Some("<") => compares(&field, right, |one, other| one < other),
            Some(">") => compares(&field, right, |one, other| one > other),
            Some("<=") => compares(&field, right, |one, other| one <= other),
            Some(">=") => compares(&field, right, |one, other| one >= other),
            _ => Truth::Maybe,
        }
    }

    /// The verdicts that a map may give it, each with whether it does; the only one where one does
    /// for sure.
    pub(super) fn verdicts(
        &self,
        rules: &Ruleset,
        chain: &ChainName,
        body: &Value,
    ) -> Vec<(Verdict, Truth)> {
        let unknown = || vec![(Verdict::Unknown, Truth::Maybe)];
        let (Some(key), Some(data)) = (body.get("key"), body.get("data")) else {
            return unknown();
        };
        let sets = Sets { rules, chain };
        let field = self.field(key);
        let elements = match data {
            Value::String(name) => name
                .strip_prefix('@')
                .and_then(|name| rules.set(chain, name)),
            data => data.get("set").and_then(Value::as_array).map(Vec::as_slice),
        };
        let (Some(elements), false) = (elements, matches!(field, Field::Absent)) else {
            return if matches!(field, Field::Absent) {
                Vec::new()
            } else {
                unknown()
            };
        };
        let mut verdicts = Vec::new();
        for element in elements {
            let (Some(value), Some(verdict)) = (element.get(0), element.get(1)) else {
                return unknown();
            };
            match sets.is(&field, value) {
                Truth::No => {}
                Truth::Yes => return vec![(Verdict::read(verdict), Truth::Yes)],
                Truth::Maybe => verdicts.push((Verdict::read(verdict), Truth::Maybe)),
            }
        }
        verdicts
    }

    fn field(&self, left: &Value) -> Field {
        let Some((kind, body)) = left.as_object().and_then(|left| left.iter().next()) else {
            return Field::Unknown;
        };
        let word = |key| body.get(key).and_then(Value::as_str).unwrap_or_default();
        match kind.as_str() {
            "payload" => self.payload(word("protocol"), word("field")),
            "meta" => self.meta(word("key")),
            "ct" => self.tracked(word("key")),
            "&" => self.masked(body),
            "concat" => {
                let fields = body.as_array().into_iter().flatten();
                Field::Several(fields.map(|field| self.field(field)).collect())
            }
            _ => Field::Unknown,
        }
    }

    fn payload(&self, protocol: &str, field: &str) -> Field {
        let packet = self.packet;
        let (is_v4, transport) = (packet.to.is_ipv4(), packet.transport);
        let has = match protocol {
            "ip" => is_v4,
            "ip6" => !is_v4,
            "tcp" => transport == Transport::Tcp,
            "udp" => transport == Transport::Udp,
            "th" => transport.has_ports(),
            "icmp" => is_v4 && transport == Transport::Icmp,
            "icmpv6" => !is_v4 && transport == Transport::Icmp,
            "esp" => transport == Transport::Esp,
            "udplite" | "sctp" | "dccp" | "ah" | "comp" | "igmp" | "arp" => false,
            _ => return Field::Unknown,
        };
        if !has {
            return Field::Absent;
        }
        if self.is_changed {
            return Field::Unknown;
        }
        match (protocol, field) {
            ("ip" | "ip6", "daddr") => Field::Address(packet.to),
            ("ip" | "ip6", "saddr") => packet.exit.source.map_or(Field::Unknown, Field::Address),
            ("ip", "protocol") | ("ip6", "nexthdr") => self.carried(),
            ("tcp" | "udp" | "th", "dport") => packet.port.map_or(Field::Unknown, |port| {
                Field::Number(port.get().into(), None)
            }),
            ("tcp", "flags") => Field::Flags(&["syn"]),
            ("icmp", "type") => Field::Number(8, Some("echo-request")),
            ("icmpv6", "type") => Field::Number(128, Some("echo-request")),
            _ => Field::Unknown,
        }
    }

    fn meta(&self, key: &str) -> Field {
        let is_v4 = self.packet.to.is_ipv4();
        let interface = &self.packet.exit.interface;
        match key {
            "l4proto" => self.carried(),
            // Source: linux/netfilter.h, `NFPROTO_IPV4`, `NFPROTO_IPV6`.
            "nfproto" if is_v4 => Field::Number(2, Some("ipv4")),
            "nfproto" => Field::Number(10, Some("ipv6")),
            "protocol" if is_v4 => Field::Number(0x0800, Some("ip")),
            "protocol" => Field::Number(0x86dd, Some("ip6")),
            "oif" | "oifname" => interface.clone().map_or(Field::Unknown, Field::Name),
            "skuid" => self
                .packet
                .user
                .map_or(Field::Unknown, |user| Field::Number(user.into(), None)),
            _ => Field::Unknown,
        }
    }

    /// The first packet of a flow is new to what tracks connections. Source: nft(8), ct state.
    fn tracked(&self, key: &str) -> Field {
        match key {
            "state" if !self.is_untracked => Field::Number(8, Some("new")),
            "direction" if !self.is_untracked => Field::Number(0, Some("original")),
            _ => Field::Unknown,
        }
    }

    /// Source: IANA, Assigned Internet Protocol Numbers.
    fn carried(&self) -> Field {
        let (number, word) = match self.packet.transport {
            Transport::Tcp => (6, "tcp"),
            Transport::Udp => (17, "udp"),
            Transport::Icmp if self.packet.to.is_ipv4() => (1, "icmp"),
            Transport::Icmp => (58, "ipv6-icmp"),
            Transport::Esp => (50, "esp"),
        };
        Field::Number(number, Some(word))
    }

    /// The flags that a mask leaves.
    fn masked(&self, body: &Value) -> Field {
        let (Some(left), Some(mask)) = (body.get(0), body.get(1)) else {
            return Field::Unknown;
        };
        match self.field(left) {
            Field::Absent => Field::Absent,
            Field::Flags(flags) => match mask_has(mask, flags) {
                Truth::Yes => Field::Flags(flags),
                Truth::No => Field::Flags(&[]),
                Truth::Maybe => Field::Unknown,
            },
            Field::Unknown
            | Field::Number(..)
            | Field::Address(_)
            | Field::Name(_)
            | Field::Several(_) => Field::Unknown,
        }
    }
}

/// Whether a mask, a word or a list of them, leaves those flags.
fn mask_has(mask: &Value, flags: &[&str]) -> Truth {
    let words: Option<Vec<&str>> = match mask {
        Value::String(word) => Some(vec![word]),
        Value::Array(words) => words.iter().map(Value::as_str).collect(),
        _ => None,
    };
    words.map_or(Truth::Maybe, |words| {
        Truth::of(flags.iter().all(|flag| words.contains(flag)))
    })
}

/// What a rule compares with, and the sets that it may name.
struct Sets<'a> {
    rules: &'a Ruleset,
    chain: &'a ChainName,
}

impl Sets<'_> {
    /// Whether a field is that value, or one of those.
    fn is(&self, field: &Field, right: &Value) -> Truth {
        match right {
            Value::String(name) if name.starts_with('@') => {
                match self.rules.set(self.chain, &name[1..]) {
                    Some(elements) => self.is_any(field, elements),
                    None => Truth::Maybe,
                }
            }
            Value::Object(object) => match object.iter().next() {
                Some((kind, body)) => self.is_in(field, kind, body),
                None => Truth::Maybe,
            },
            right => equals(field, right),
        }
    }

    fn is_any(&self, field: &Field, elements: &[Value]) -> Truth {
        let each = elements.iter().map(|element| self.is(field, element));
        each.fold(Truth::No, Truth::or)
    }

    fn is_in(&self, field: &Field, kind: &str, body: &Value) -> Truth {
        match (kind, body.as_array()) {
            ("set", Some(elements)) => self.is_any(field, elements),
            ("elem", _) => body
                .get("val")
                .map_or(Truth::Maybe, |value| self.is(field, value)),
            ("prefix", _) => prefix(field, body),
            ("range", Some(ends)) => range(field, ends),
            ("concat", Some(parts)) => match field {
                Field::Several(fields) if fields.len() == parts.len() => fields
                    .iter()
                    .zip(parts)
                    .map(|(field, part)| match field {
                        Field::Absent => Truth::No,
                        field => self.is(field, part),
                    })
                    .fold(Truth::Yes, Truth::and),
                _ => Truth::Maybe,
            },
            _ => Truth::Maybe,
        }
    }

    /// Whether one of those bits is set; each state of a connection is one.
    fn has(&self, field: &Field, right: &Value) -> Truth {
        let bits = match right {
            Value::Array(bits) => bits.as_slice(),
            one => std::slice::from_ref(one),
        };
        match field {
            Field::Flags(flags) => {
                let is_set = |bit: &Value| match bit.as_str() {
                    Some(bit) => Truth::of(flags.contains(&bit)),
                    None => Truth::Maybe,
                };
                bits.iter().map(is_set).fold(Truth::No, Truth::or)
            }
            field => self.is_any(field, bits),
        }
    }
}

fn equals(field: &Field, right: &Value) -> Truth {
    match (field, right) {
        (Field::Address(address), Value::String(word)) => word
            .parse()
            .map_or(Truth::Maybe, |other: IpAddr| Truth::of(*address == other)),
        (Field::Number(number, _), Value::Number(other)) => other
            .as_u64()
            .map_or(Truth::Maybe, |other| Truth::of(*number == other)),
        (Field::Number(_, Some(word)), Value::String(other)) => Truth::of(word == other),
        (Field::Name(name), Value::String(other)) => Truth::of(match other.strip_suffix('*') {
            Some(begin) => name.starts_with(begin),
            None => name == other,
        }),
        (Field::Flags(flags), Value::String(word)) => Truth::of(*flags == [word.as_str()]),
        (Field::Flags(flags), Value::Number(number)) if number.as_u64() == Some(0) => {
            Truth::of(flags.is_empty())
        }
        _ => Truth::Maybe,
    }
}

fn compares(field: &Field, right: &Value, holds: fn(u64, u64) -> bool) -> Truth {
    match (field, right.as_u64()) {
        (Field::Number(number, _), Some(other)) => Truth::of(holds(*number, other)),
        _ => Truth::Maybe,
    }
}

fn prefix(field: &Field, body: &Value) -> Truth {
    let network = body
        .get("addr")
        .and_then(Value::as_str)
        .and_then(|address| address.parse().ok());
    let length = body.get("len").and_then(Value::as_u64);
    let (Field::Address(address), Some(network), Some(length)) = (field, network, length) else {
        return Truth::Maybe;
    };
    let (network, width) = bits(network);
    let (address, own) = bits(*address);
    if own != width || length > u64::from(width) {
        return Truth::of(own == width);
    }
    let host = u32::try_from(u64::from(width) - length).unwrap_or(width);
    let cut = |bits: u128| bits.checked_shr(host).unwrap_or(0);
    Truth::of(cut(address) == cut(network))
}

fn range(field: &Field, ends: &[Value]) -> Truth {
    let [first, last] = ends else {
        return Truth::Maybe;
    };
    match field {
        Field::Number(number, _) => match (first.as_u64(), last.as_u64()) {
            (Some(first), Some(last)) => Truth::of((first..=last).contains(number)),
            _ => Truth::Maybe,
        },
        Field::Address(address) => {
            let end = |end: &Value| end.as_str()?.parse::<IpAddr>().ok();
            match (end(first), end(last)) {
                (Some(first), Some(last)) => {
                    let (address, first, last) = (bits(*address), bits(first), bits(last));
                    let is_within = (first.0..=last.0).contains(&address.0);
                    Truth::of(address.1 == first.1 && is_within)
                }
                _ => Truth::Maybe,
            }
        }
        Field::Absent | Field::Unknown | Field::Name(_) | Field::Flags(_) | Field::Several(_) => {
            Truth::Maybe
        }
    }
}

/// The bits of an address, and how many they are.
const fn bits(address: IpAddr) -> (u128, u32) {
    match address {
        IpAddr::V4(address) => (address.to_bits() as u128, 32),
        IpAddr::V6(address) => (address.to_bits(), 128),
    }
}
