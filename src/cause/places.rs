//! The values of the check at hand, which the remedies name.

use std::net::IpAddr;

use crate::{
    fact::{Said, Sentence},
    net::{Host, Ports, Transport},
};

/// Declares [`Place`], a line a place.
macro_rules! places {
    ($($(#[$about:meta])* $place:ident $word:literal,)*) => {
        /// A place in a remedy, `{host}`, for a value of the check at hand.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Place { $($(#[$about])* $place,)* }

        impl Place {
            /// Every place.
            pub const ALL: &'static [Self] = &[$(Self::$place,)*];

            /// Its name between the braces.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$place => $word,)* }
            }
        }
    };
}

places! {
    /// The host, or the hosts, that the check is about. Always known.
    Host "host",
    /// What must get through, from where to where. Always known.
    Flow "flow",
    /// The protocol that was due. Always known.
    Protocol "protocol",
    /// The name servers that were asked. Always known.
    Server "server",
    /// Who is behind it: the sender of an ICMP message, an issuer.
    Who "who",
    /// That the host is up, and how that is known.
    Alive "alive",
    /// What to use in place of what was withdrawn.
    Instead "instead",
    /// The flag that would say what is not known.
    Flag "flag",
    /// The command to run on another machine.
    Command "command",
    /// The URL of the proxy, without its login.
    Proxy "proxy",
    /// Host and port of the proxy.
    Door "door",
    /// Where the proxy was read from.
    Origin "origin",
    /// What the proxy is asked for.
    Goal "goal",
    /// How the product is told of a proxy.
    Setting "setting",
    /// What is to be known of the product's own trust store.
    TrustStore "trust_store",
    /// A rule of this machine's own firewall.
    OwnRule "rule",
    /// A program of this machine.
    Program "program",
    /// A range of ports, as its setting is written.
    Range "range",
    /// The ports that it is about.
    Ports "ports",
    /// How many are needed.
    Needed "needed",
    /// A processor, as `uname -m` names it.
    Arch "arch",
    /// A line of a configuration file.
    Line "line",
}

/// What must get through. Printed as `tcp to db.example.com port 5432`, or with what is known
/// besides: `tcp from 10.0.0.7 to 203.0.113.9 (db.example.com) port 5432`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flow {
    /// The address it leaves this machine from, if that is known.
    pub source: Option<IpAddr>,
    /// Where to.
    pub host: Host,
    /// The one address of the host that it is about, if it is about one.
    pub address: Option<IpAddr>,
    /// What carries it.
    pub transport: Transport,
    /// Which ports.
    pub ports: Ports,
}

impl Said for Flow {
    fn said(&self) -> Sentence {
        let from = self.source.map_or_else(Sentence::default, |source| {
            Sentence::from(" from ").then(source)
        });
        let to = match (self.address, &self.host) {
            (Some(address), Host::Name(_)) => {
                let name = Sentence::from(" (").then(self.host.said()).then(")");
                address.said().then(name)
            }
            (Some(_) | None, host) => host.said(),
        };
        let port = match self.ports {
            Ports::None => Sentence::default(),
            Ports::One(_) | Ports::Range(_) => Sentence::from(" port ").then(self.ports.said()),
        };
        let transport = self.transport.said();
        transport.then(from).then(" to ").then(to).then(port)
    }
}

/// What stands for the places of a remedy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Places(Vec<(Place, Sentence)>);

impl Places {
    /// The values that every check has.
    #[must_use]
    pub fn new(host: &impl Said, flow: &impl Said, protocol: &impl Said) -> Self {
        Self(vec![
            (Place::Host, host.said()),
            (Place::Flow, flow.said()),
            (Place::Protocol, protocol.said()),
            (Place::Server, "the configured DNS server".into()),
        ])
    }

    /// The same with one more value, or with another one in its place.
    #[must_use]
    pub fn with(mut self, place: Place, value: &impl Said) -> Self {
        self.0.retain(|(known, _)| *known != place);
        self.0.push((place, value.said()));
        self
    }

    /// The same with one more value, where there is one.
    #[must_use]
    pub fn with_some(self, place: Place, value: Option<&impl Said>) -> Self {
        match value {
            Some(value) => self.with(place, value),
            None => self,
        }
    }

    /// Whether something stands for every place of a template.
    pub(super) fn know(&self, template: &str) -> bool {
        words(template).all(|word| self.0.iter().any(|(place, _)| place.word() == word))
    }

    /// The template with its places filled.
    #[must_use]
    pub fn fill(&self, template: &'static str) -> Sentence {
        let places: Vec<(&str, Sentence)> = self
            .0
            .iter()
            .map(|(place, value)| (place.word(), value.clone()))
            .collect();
        Sentence::fill(template, &places)
    }
}

/// The names of the places of a template.
pub(super) fn words(template: &str) -> impl Iterator<Item = &str> {
    template
        .split('{')
        .skip(1)
        .filter_map(|rest| Some(rest.split_once('}')?.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::Port;

    fn flow() -> Flow {
        Flow {
            source: None,
            host: "api.mixpanel.com".parse().unwrap(),
            address: None,
            transport: Transport::Tcp,
            ports: Ports::One(Port::new(443).unwrap()),
        }
    }

    #[test]
    fn a_flow_says_what_is_known_of_its_ends() {
        assert_eq!(
            flow().said().to_string(),
            "tcp to api.mixpanel.com port 443"
        );
        let known = Flow {
            source: Some([10, 99, 0, 11].into()),
            address: Some([203, 0, 113, 9].into()),
            ..flow()
        };
        assert_eq!(
            known.said().to_string(),
            "tcp from 10.99.0.11 to 203.0.113.9 (api.mixpanel.com) port 443"
        );
    }

    #[test]
    fn a_later_value_replaces_an_earlier_one() {
        let places = Places::new(&"a", &flow(), &"https").with(Place::Host, &"b");
        assert_eq!(places.fill("{host} {protocol}").to_string(), "b https");
    }
}
