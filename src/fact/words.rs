//! What can stand in a place of a template, and whose words it is.

use std::{net::IpAddr, time::Duration};

use time::{OffsetDateTime, macros::format_description};

use super::{Origin, Part, Sentence};
use crate::{
    net::{Address, Endpoint, Host, Port, PortRange, Ports, Protocol, ProxyUrl, Transport},
    text,
};

/// What can stand in a place of a template.
pub trait Said {
    /// The parts that stand there.
    fn said(&self) -> Sentence;
}

/// Declares words that are somebody's: a type an origin, so that none is taken for another.
macro_rules! words_of {
    ($($(#[$about:meta])* $name:ident,)*) => {$(
        $(#[$about])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub String);

        impl Said for $name {
            fn said(&self) -> Sentence {
                Part::of(words_of!(@origin $name), &self.0).into()
            }
        }

        impl From<&str> for $name {
            fn from(words: &str) -> Self {
                Self(words.to_owned())
            }
        }

        impl From<String> for $name {
            fn from(words: String) -> Self {
                Self(words)
            }
        }
    )*};
    (@origin Distinguished) => { Origin::Certificate };
    (@origin File) => { Origin::Path };
    (@origin Figure) => { Origin::Number };
    (@origin $name:ident) => { Origin::$name };
}

words_of! {
    /// What somebody else sent, its length bounded by [`crate::text::stranger`].
    Stranger,
    /// A name that a certificate has: of its subject, its issuer, or one that it is for.
    Distinguished,
    /// A program of this site's machines.
    Program,
    /// The id of a rule.
    Rule,
    /// A group of hosts.
    Group,
    /// Any other name that a catalog or this site gave.
    Named,
    /// A path of this machine.
    File,
    /// A figure or a code of a protocol that is written in letters: `SERVFAIL`, `TLS 1.3`.
    Figure,
}

/// How many of what: `1 port`, `2 ports`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    /// How many.
    pub number: usize,
    /// Of what, one of them.
    pub noun: &'static str,
}

impl Said for Count {
    fn said(&self) -> Sentence {
        Part::of(Origin::Number, text::count(self.number, self.noun)).into()
    }
}

/// A day of the calendar in UTC: `2026-11-20`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Day(pub OffsetDateTime);

impl Said for Day {
    fn said(&self) -> Sentence {
        let day = self
            .0
            .format(format_description!("[year]-[month]-[day]"))
            .unwrap_or_else(|_| self.0.unix_timestamp().to_string());
        Part::of(Origin::Number, day).into()
    }
}

/// How far a clock is ahead of the truth, in seconds; negative where it is behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ahead(pub i64);

impl Said for Ahead {
    fn said(&self) -> Sentence {
        let direction = if self.0 > 0 { " ahead" } else { " behind" };
        Sentence::from(Part::of(
            Origin::Number,
            format!("{} s", self.0.unsigned_abs()),
        ))
        .then(direction)
    }
}

/// The name servers that were asked; the system's own resolver where none is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked(pub Vec<IpAddr>);

impl Said for Asked {
    fn said(&self) -> Sentence {
        if self.0.is_empty() {
            "the resolver".said()
        } else {
            self.0.said()
        }
    }
}

/// A name and those that it is an alias of, each of the next; two at least.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Links(pub Vec<Part>);

impl Said for Links {
    /// `a is an alias of b, that of c`.
    fn said(&self) -> Sentence {
        let mut said = Sentence::default();
        for (place, name) in self.0.iter().enumerate() {
            said = match place {
                0 => said,
                1 => said.then(" is an alias of "),
                _ => said.then(", that of "),
            };
            said = said.then(name.clone());
        }
        said
    }
}

/// The names that a certificate is for; from the fifth on they are counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names(pub Vec<String>);

impl Said for Names {
    fn said(&self) -> Sentence {
        let name = |name: &String| Distinguished(name.clone());
        match self.0.as_slice() {
            [] => "no name at all".said(),
            [first, rest @ ..] if rest.len() > 3 => name(first)
                .said()
                .then(" and ")
                .then(Part::of(Origin::Number, rest.len()))
                .then(" more"),
            few => few.iter().map(name).collect::<Vec<_>>().said(),
        }
    }
}

impl Said for &'static str {
    fn said(&self) -> Sentence {
        Part::ours(self).into()
    }
}

impl Said for Part {
    fn said(&self) -> Sentence {
        self.clone().into()
    }
}

impl Said for Sentence {
    fn said(&self) -> Sentence {
        self.clone()
    }
}

impl Said for Host {
    fn said(&self) -> Sentence {
        Part::host(self).into()
    }
}

impl Said for Address {
    fn said(&self) -> Sentence {
        match self.port {
            Some(port) => with_port(&self.host, port),
            None => self.host.said(),
        }
    }
}

impl Said for Endpoint {
    fn said(&self) -> Sentence {
        let transport = self.transport.said();
        match self.ports {
            Ports::None => self.host.said().then(" ").then(transport),
            Ports::One(port) => with_port(&self.host, port).then("/").then(transport),
            Ports::Range(_) => with_ports(&self.host, self.ports.said())
                .then("/")
                .then(transport),
        }
    }
}

impl Said for IpAddr {
    fn said(&self) -> Sentence {
        Part::from(*self).into()
    }
}

impl Said for Duration {
    fn said(&self) -> Sentence {
        Part::of(Origin::Number, text::duration(*self)).into()
    }
}

impl Said for Protocol {
    fn said(&self) -> Sentence {
        self.word().said()
    }
}

impl Said for Transport {
    fn said(&self) -> Sentence {
        self.word().said()
    }
}

/// Declares what is a figure by its own `Display`.
macro_rules! figures {
    ($($figure:ty),*) => {$(
        impl Said for $figure {
            fn said(&self) -> Sentence {
                Part::of(Origin::Number, self).into()
            }
        }
    )*};
}

figures!(u8, u16, u32, u64, usize, i32, i64, Port, PortRange, Ports);

impl Said for ProxyUrl {
    /// `http://proxy.example:3128`.
    fn said(&self) -> Sentence {
        Sentence::from(self.scheme.word())
            .then("://")
            .then(with_port(&self.host, self.port))
    }
}

impl<T: Said> Said for Option<T> {
    fn said(&self) -> Sentence {
        self.as_ref().map(Said::said).unwrap_or_default()
    }
}

impl<T: Said> Said for Vec<T> {
    /// `a, b and c`.
    fn said(&self) -> Sentence {
        let last = self.len().saturating_sub(1);
        let mut said = Sentence::default();
        for (place, item) in self.iter().enumerate() {
            said = match place {
                0 => said,
                _ if place == last => said.then(" and "),
                _ => said.then(", "),
            };
            said = said.then(item.said());
        }
        said
    }
}

/// `host:port`, with brackets around an IPv6 address.
#[must_use]
pub fn with_port(host: &Host, port: Port) -> Sentence {
    with_ports(host, port.said())
}

fn with_ports(host: &Host, ports: Sentence) -> Sentence {
    let host_said = match host {
        Host::Address(IpAddr::V6(_)) | Host::OnLink(_) => {
            Sentence::from("[").then(host.said()).then("]")
        }
        Host::Address(IpAddr::V4(_)) | Host::Name(_) => host.said(),
    };
    host_said.then(":").then(ports)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(said: &impl Said) -> String {
        said.said().to_string()
    }

    #[test]
    fn lists_end_with_and() {
        let figures = |figures: &[u16]| text(&figures.to_vec());
        assert_eq!(figures(&[]), "");
        assert_eq!(figures(&[1]), "1");
        assert_eq!(figures(&[1, 2]), "1 and 2");
        assert_eq!(figures(&[1, 2, 3]), "1, 2 and 3");
    }

    #[test]
    fn many_names_of_a_certificate_are_counted() {
        let names = |count| Names((0..count).map(|name| format!("n{name}")).collect());
        assert_eq!(text(&names(0)), "no name at all");
        assert_eq!(text(&names(2)), "n0 and n1");
        assert_eq!(text(&names(4)), "n0, n1, n2 and n3");
        assert_eq!(text(&names(6)), "n0 and 5 more");
    }

    #[test]
    fn a_proxy_is_its_scheme_its_host_and_its_port() {
        let proxy: ProxyUrl = "http://me:secret@[::1]:3128".parse().unwrap();
        let said = proxy.said();
        assert_eq!(said.to_string(), "http://[::1]:3128");
        let foreign: Vec<&Part> = said
            .0
            .iter()
            .filter(|part| part.origin != Origin::Ours)
            .collect();
        assert_eq!(
            foreign,
            [
                &Part::of(Origin::Address, "::1"),
                &Part::of(Origin::Number, 3128)
            ]
        );
    }

    #[test]
    fn aliases_are_told_link_by_link() {
        let links = |names: &[&str]| text(&Links(names.iter().map(Part::host).collect()));
        assert_eq!(links(&["a", "b"]), "a is an alias of b");
        assert_eq!(
            links(&["a", "b", "c", "d"]),
            "a is an alias of b, that of c, that of d"
        );
    }

    #[test]
    fn a_clock_is_ahead_or_behind() {
        assert_eq!(text(&Ahead(300)), "300 s ahead");
        assert_eq!(text(&Ahead(-7)), "7 s behind");
    }
}
