//! Hosts and groups as an inventory has them, whatever it is written in.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::HOST_LIMIT;
use crate::{
    catalog::mistakes::{Span, quoted},
    net::Host,
};

/// The group of all hosts. Source: Ansible, "Default groups".
pub(super) const ALL: &str = "all";

/// How often all ranges of a file may name hosts: some ten groups of a host.
const NAMED_LIMIT: usize = 10 * HOST_LIMIT;

/// Hosts and groups, by their names.
#[derive(Default)]
pub(super) struct Raw {
    /// The names of the hosts, in the order they come up.
    order: Vec<String>,
    hosts: HashMap<String, Known>,
    groups: BTreeMap<String, Group>,
    /// How often hosts are named in groups.
    named: usize,
}

/// What is known of a host.
#[derive(Default)]
pub(super) struct Known {
    /// Where it is named first; `None` where the reader does not know.
    pub(super) span: Option<Span>,
    /// Its `ansible_host`.
    pub(super) address: Option<String>,
    /// Whether Ansible does not reach it over the network: `ansible_connection=local`.
    pub(super) is_local: bool,
}

/// A group's own hosts and the groups in it, by their names.
#[derive(Default)]
struct Group {
    hosts: Vec<String>,
    children: Vec<String>,
}

impl Known {
    /// The host as it is reached. What Ansible would have to work out first (`{{ … }}`) says nothing.
    ///
    /// # Errors
    /// What is wrong, where it is no host.
    pub(super) fn reached_at(&self, name: &str) -> Result<Host, String> {
        let given = self.address.as_deref();
        let given = given.map(str::trim).filter(|text| !text.contains("{{"));
        let text = given.unwrap_or(name);
        text.parse()
            .map_err(|_| format!("{} is neither a host name nor an address", quoted(text)))
    }

    /// Takes in one of the host's variables.
    pub(super) fn set(&mut self, key: &str, value: &str) {
        match key {
            "ansible_host" | "ansible_ssh_host" if !value.is_empty() => {
                self.address = Some(value.to_owned());
            }
            "ansible_connection" => self.is_local = value == "local",
            _ => {}
        }
    }
}

impl Raw {
    /// How many hosts one range may stand for.
    pub(super) fn room(&self) -> usize {
        HOST_LIMIT.min(NAMED_LIMIT.saturating_sub(self.named))
    }

    /// The host of that name, in a group if there is one.
    pub(super) fn host(&mut self, name: &str, group: Option<&str>) -> &mut Known {
        self.named += 1;
        if let Some(group) = group {
            let group = self.group(group);
            group.hosts.push(name.to_owned());
        }
        if !self.hosts.contains_key(name) {
            self.order.push(name.to_owned());
        }
        self.hosts.entry(name.to_owned()).or_default()
    }

    /// Says that there is a group of that name, with another one in it if there is one.
    pub(super) fn nest(&mut self, group: &str, child: Option<&str>) {
        let children = child.map(str::to_owned);
        self.group(group).children.extend(children);
    }

    fn group(&mut self, name: &str) -> &mut Group {
        self.groups.entry(name.to_owned()).or_default()
    }

    /// Every host that is reached over the network, by name, in the order they come up.
    pub(super) fn hosts(&self) -> impl Iterator<Item = (&str, &Known)> {
        let known = self
            .order
            .iter()
            .filter_map(|name| Some((name.as_str(), self.hosts.get(name)?)));
        known.filter(|(_, known)| !known.is_local)
    }

    /// The names of the groups, but for that of all hosts.
    pub(super) fn groups(&self) -> impl Iterator<Item = &str> {
        let names = self.groups.keys().map(String::as_str);
        names.filter(|name| *name != ALL)
    }

    /// The names of a group's hosts and of those of the groups in it. Each group is looked at once,
    /// so one that contains itself is no trap.
    pub(super) fn hosts_of(&self, group: &str) -> Vec<&str> {
        let mut hosts = Vec::new();
        let mut seen = BTreeSet::new();
        let mut waiting = vec![group];
        while let Some(name) = waiting.pop() {
            let Some(group) = self.groups.get(name).filter(|_| seen.insert(name)) else {
                continue;
            };
            hosts.extend(group.hosts.iter().map(String::as_str));
            waiting.extend(group.children.iter().rev().map(String::as_str));
        }
        hosts
    }
}
