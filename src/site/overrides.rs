//! What is different of single hosts: variables where the host runs the check, ports where it is
//! reached.

use std::collections::BTreeMap;

use wildmatch::WildMatch;

use super::{
    Value,
    reading::{Given, Reading},
};
use crate::{
    catalog::{
        form::{Either, Glob, Hollow, Map, Named, Texts},
        keys::keys,
        mistakes::quoted,
    },
    net::{Host, Port, Ports},
};

keys! {
    /// What is different of one host.
    HostKeys {
        may "variables" variables: Hollow<Map<Either, Texts>>, "the value of each variable where this host runs the check", "VARIABLE: VALUE";
        may "ports" ports: Hollow<Map<Glob, Port>>, "the port at which this host is reached instead of the rule's, by rule", "{rule}: 8443";
    }
}

/// What is different of one host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Override {
    /// The host, by its name or address.
    pub host: Host,
    /// The values of variables where it runs the check, by name.
    pub values: BTreeMap<String, Value>,
    /// The ports at which it is reached, each with the rule's id or a glob, in the file's order; of
    /// several that match the last counts.
    pub ports: Vec<(String, Port)>,
}

/// What the file says of single hosts.
pub(super) fn read(
    hosts: &[Named<'_, HostKeys<'_>>],
    reading: &mut Reading<'_, '_, '_>,
) -> Vec<Override> {
    hosts
        .iter()
        .filter_map(|host| of_host(host, reading))
        .collect()
}

fn of_host(host: &Named<'_, HostKeys<'_>>, reading: &mut Reading<'_, '_, '_>) -> Option<Override> {
    let keys = host.read()?;
    let variables = keys.variables.items().iter();
    let given = variables.filter_map(|entry| reading.given(entry, entry.name));
    let values = given.filter_map(|Given { variable, value }| Some((variable, value?)));
    let values = values.collect();
    let ports = keys.ports.items().iter();
    let ports = ports.filter_map(|entry| moved(entry, reading)).collect();
    Some(Override {
        // A key that is no host has been reported by the form.
        host: host.name.parse().ok()?,
        values,
        ports,
    })
}

/// A rule's port at a host. A range cannot be moved by one number.
fn moved(entry: &Named<'_, Port>, reading: &mut Reading<'_, '_, '_>) -> Option<(String, Port)> {
    reading.check_glob(entry.span, entry.name);
    let glob = WildMatch::new(entry.name);
    let rules = reading.catalogs.iter().flat_map(|catalog| &catalog.rules);
    let mut matched = rules.filter(|rule| glob.matches(&rule.id)).peekable();
    if matched.peek().is_some() && !matched.any(|rule| matches!(rule.ports, Ports::One(_))) {
        let message = format!("no rule that {} matches has one port", quoted(entry.name));
        reading.reporter.report(entry.span, message);
    }
    Some((entry.name.to_owned(), entry.value?))
}
