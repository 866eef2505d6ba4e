//! The values of the check at hand, which the remedies name.

use std::{fmt, net::IpAddr};

use crate::{
    fact::{Origin, Part, Sentence},
    net::{Host, Ports, Transport},
};

/// A place in a remedy, `{host}`, for a value of the check at hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// The host, or the hosts, that the check is about. Always known.
    Host,
    /// What must get through, from where to where. Always known.
    Flow,
    /// The protocol that was due. Always known.
    Protocol,
    /// The name servers that were asked. Always known.
    Server,
    /// Who is behind it: the sender of an ICMP message, an issuer.
    Who,
    /// What to use in place of what was withdrawn.
    Instead,
    /// The flag that would say what is not known.
    Flag,
    /// The command to run on another machine.
    Command,
    /// The URL of the proxy, without its login.
    Proxy,
    /// Host and port of the proxy.
    Door,
    /// Where the proxy was read from.
    Origin,
    /// What the proxy is asked for.
    Goal,
}

impl Place {
    /// Every place.
    pub const ALL: [Self; 12] = [
        Self::Host,
        Self::Flow,
        Self::Protocol,
        Self::Server,
        Self::Who,
        Self::Instead,
        Self::Flag,
        Self::Command,
        Self::Proxy,
        Self::Door,
        Self::Origin,
        Self::Goal,
    ];

    /// Its name between the braces.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::Flow => "flow",
            Self::Protocol => "protocol",
            Self::Server => "server",
            Self::Who => "who",
            Self::Instead => "instead",
            Self::Flag => "flag",
            Self::Command => "command",
            Self::Proxy => "proxy",
            Self::Door => "door",
            Self::Origin => "origin",
            Self::Goal => "goal",
        }
    }
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

impl From<&Flow> for Sentence {
    fn from(flow: &Flow) -> Self {
        let mut parts = vec![Part::of(Origin::Ours, flow.transport)];
        if let Some(source) = flow.source {
            parts.extend([" from ".into(), source.into()]);
        }
        parts.push(" to ".into());
        if let (Some(address), Host::Name(_)) = (flow.address, &flow.host) {
            parts.extend([
                address.into(),
                " (".into(),
                Part::host(&flow.host),
                ")".into(),
            ]);
        } else {
            parts.push(Part::host(&flow.host));
        }
        if flow.ports != Ports::None {
            parts.extend([" port ".into(), Part::of(Origin::Number, flow.ports)]);
        }
        Self(parts)
    }
}

/// What stands for the places of a remedy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Places(Vec<(Place, Sentence)>);

impl Places {
    /// The values that every check has.
    #[must_use]
    pub fn new(
        host: impl Into<Sentence>,
        flow: impl Into<Sentence>,
        protocol: impl fmt::Display,
    ) -> Self {
        Self(vec![
            (Place::Host, host.into()),
            (Place::Flow, flow.into()),
            (Place::Protocol, Part::of(Origin::Ours, protocol).into()),
            (Place::Server, "the configured DNS server".into()),
        ])
    }

    /// The same with one more value, or with another one in its place.
    #[must_use]
    pub fn with(mut self, place: Place, value: impl Into<Sentence>) -> Self {
        self.0.retain(|(known, _)| *known != place);
        self.0.push((place, value.into()));
        self
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
            Sentence::from(&flow()).to_string(),
            "tcp to api.mixpanel.com port 443"
        );
        let known = Flow {
            source: Some([10, 99, 0, 11].into()),
            address: Some([203, 0, 113, 9].into()),
            ..flow()
        };
        assert_eq!(
            Sentence::from(&known).to_string(),
            "tcp from 10.99.0.11 to 203.0.113.9 (api.mixpanel.com) port 443"
        );
    }

    #[test]
    fn a_later_value_replaces_an_earlier_one() {
        let places = Places::new("a", &flow(), "https").with(Place::Host, "b");
        assert_eq!(places.fill("{host} {protocol}").to_string(), "b https");
    }
}
