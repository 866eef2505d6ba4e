//! Whose machines are whose: hosts and networks of groups that are never reached, only start.

use ipnet::IpNet;

use crate::{
    catalog::{
        Catalogs,
        form::{Form as _, Texts, wrong},
        mistakes::{Reporter, quoted},
        yaml::{Node, Value as Yaml},
    },
    machine::Machine,
    net::Host,
};

/// One machine of a group, or all of a network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Member {
    /// A machine, by its name or address.
    Host(Host),
    /// Every machine whose address is in it. Source: RFC 4632 §3.1.
    Network(IpNet),
}

impl Member {
    /// Whether this machine is meant. Loopback is in no network: every machine has it.
    pub(super) fn is_this_machine(&self, facts: &Machine) -> bool {
        match self {
            Self::Host(host) => facts.is_own_host(host),
            Self::Network(network) => facts
                .addresses
                .iter()
                .map(std::net::IpAddr::to_canonical)
                .any(|own| !own.is_loopback() && network.contains(&own)),
        }
    }
}

/// Whether a rule or a profile starts from that group.
pub(super) fn starts_something(group: &str, catalogs: &Catalogs) -> bool {
    catalogs.iter().any(|catalog| {
        let mut profiles = catalog.profiles.iter();
        let mut rules = catalog.rules.iter();
        profiles.any(|profile| profile.from == group)
            || rules.any(|rule| {
                let reverse = rule.reverse.as_ref();
                rule.from == group || reverse.is_some_and(|reverse| reverse.from == group)
            })
    })
}

/// The members that a group lists; what is none is reported.
pub(super) fn read(node: &Node<'_>, reporter: &mut Reporter<'_>) -> Vec<Member> {
    let items = match &node.value {
        Yaml::List(items) if items.is_empty() => {
            reporter.report(node.span, "got an empty list, expected at least one item");
            return Vec::new();
        }
        Yaml::List(items) => items.as_slice(),
        Yaml::Text(_) | Yaml::Number(_) | Yaml::Bool(_) | Yaml::Null | Yaml::Map(_) => {
            std::slice::from_ref(node)
        }
    };
    items
        .iter()
        .flat_map(|item| member(item, reporter))
        .collect()
}

fn member(node: &Node<'_>, reporter: &mut Reporter<'_>) -> Vec<Member> {
    let Some(text) = node.text() else {
        wrong(node, Texts::EXPECTED, reporter);
        return Vec::new();
    };
    let mut members = Vec::new();
    for part in text.split(',').map(str::trim) {
        match (part.parse(), part.parse()) {
            (Ok(network), _) => members.push(Member::Network(network)),
            (_, Ok(host)) => members.push(Member::Host(host)),
            (Err(_), Err(_)) => {
                let part = quoted(part);
                let message =
                    format!("{part} is neither a host nor a network such as `10.0.0.0/8`");
                reporter.report(node.span, message);
            }
        }
    }
    members
}

/// Whether `text` is a network and no host.
pub(super) fn is_network(text: &str) -> bool {
    text.trim().parse::<IpNet>().is_ok()
}
