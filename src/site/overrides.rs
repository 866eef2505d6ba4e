//! What is different of single hosts: variables where the host runs the check, ports where it is
//! reached.

use std::collections::BTreeMap;

use wildmatch::WildMatch;

use super::{Value, file::Reading};
use crate::{
    catalog::{
        mistakes::quoted,
        shape::{Naming, Shape, open, port},
        yaml::{Entry, Node, Value as Yaml},
    },
    net::{Host, Port, Ports},
};

/// What is different of one host.
pub(super) const HOST: Shape = Shape::Keys(&[
    open(
        "variables",
        Shape::Named(Naming::Either, &Shape::Texts),
        "the value of each variable where this host runs the check",
    ),
    open(
        "ports",
        Shape::Named(Naming::Glob, &Shape::Port),
        "the port at which this host is reached instead of the rule's, by rule",
    ),
]);

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

impl Reading<'_, '_, '_> {
    pub(super) fn overrides(&mut self, root: &Node<'_>) {
        for entry in root.entries_at("hosts") {
            let variables = entry.value.entries_at("variables").iter();
            let values = variables.filter_map(|entry| {
                let (name, value) = self.given(entry, &entry.key)?;
                Some((name, value?))
            });
            let values = values.collect();
            let ports = entry.value.entries_at("ports").iter();
            let ports = ports.filter_map(|entry| self.moved(entry)).collect();
            // A key that is no host has been reported by the form.
            if let Ok(host) = entry.key.parse() {
                self.site.overrides.push(Override {
                    host,
                    values,
                    ports,
                });
            }
        }
    }

    /// A rule's port at a host. A range cannot be moved by one number.
    fn moved(&mut self, entry: &Entry<'_>) -> Option<(String, Port)> {
        self.check_glob(entry.span, &entry.key);
        let glob = WildMatch::new(&entry.key);
        let rules = self.catalogs.iter().flat_map(|catalog| &catalog.rules);
        let mut matched = rules.filter(|rule| glob.matches(&rule.id)).peekable();
        if matched.peek().is_some() && !matched.any(|rule| matches!(rule.ports, Ports::One(_))) {
            let message = format!("no rule that {} matches has one port", quoted(&entry.key));
            self.reporter.report(entry.span, message);
        }
        match &entry.value.value {
            Yaml::Number(digits) => Some((entry.key.to_string(), port(digits)?)),
            Yaml::Text(_) | Yaml::Bool(_) | Yaml::Null | Yaml::List(_) | Yaml::Map(_) => None,
        }
    }
}
