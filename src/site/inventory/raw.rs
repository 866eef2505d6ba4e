//! Hosts, groups and variables as inventories have them, whatever they are written in.

use std::collections::{BTreeSet, HashMap};

use super::HOST_LIMIT;
use crate::catalog::mistakes::Span;

/// The group of all hosts. Source: Ansible, "Default groups".
pub(super) const ALL: &str = "all";

/// The group of the hosts of no other group. Source: the same.
pub(super) const UNGROUPED: &str = "ungrouped";

/// How often all ranges of a file may name hosts: some ten groups of a host.
const NAMED_LIMIT: usize = 10 * HOST_LIMIT;

/// A piece of one of the files that were read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct At {
    /// The file, by its place among those that were read.
    pub(super) file: usize,
    /// The piece.
    pub(super) span: Span,
}

/// What a variable says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// This.
    Text(String),
    /// Something that is encrypted. Source: Ansible, "Protecting sensitive data with Ansible vault".
    Sealed,
    /// Nothing, or no plain value.
    Nothing,
}

/// A variable of a host or a group.
#[derive(Clone, Debug)]
pub(super) struct Variable {
    pub(super) said: Said,
    pub(super) at: Option<At>,
}

/// The variables of a host or a group out of one source; the last of a name counts.
#[derive(Debug, Default)]
pub(super) struct Variables {
    known: HashMap<String, Variable>,
    /// A whole file of them that is encrypted.
    sealed: Option<Variable>,
}

impl Variables {
    pub(super) fn set(&mut self, name: &str, variable: Variable) {
        self.known.insert(name.to_owned(), variable);
    }

    /// Says that there are more of them, and nobody can tell which.
    pub(super) fn seal(&mut self, at: Option<At>) {
        let said = Said::Sealed;
        self.sealed = Some(Variable { said, at });
    }

    /// The variable of that name; one that is encrypted where nobody can tell.
    pub(super) fn named(&self, name: &str) -> Option<&Variable> {
        self.sealed.as_ref().or_else(|| self.known.get(name))
    }
}

/// What is known of a host.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// Where it is named first; `None` where the reader does not know.
    pub(super) at: Option<At>,
    /// Its variables in the inventory itself.
    pub(super) own: Variables,
    /// Those of `host_vars`, by source.
    pub(super) filed: Vec<Variables>,
}

/// What is known of a group.
#[derive(Debug, Default)]
pub(super) struct Group {
    pub(super) hosts: Vec<String>,
    pub(super) children: Vec<Child>,
    /// Its variables in the inventory itself.
    pub(super) own: Variables,
    /// Those of `group_vars`, by source.
    pub(super) filed: Vec<Variables>,
}

/// A group in a group.
#[derive(Debug)]
pub(super) struct Child {
    pub(super) name: String,
    pub(super) at: Option<At>,
}

/// Hosts and groups, by their names.
#[derive(Debug, Default)]
pub(super) struct Raw {
    /// The names of the hosts, in the order they come up.
    host_order: Vec<String>,
    hosts: HashMap<String, Known>,
    /// The names of the groups, likewise.
    group_order: Vec<String>,
    groups: HashMap<String, Group>,
    /// How often hosts are named in groups.
    named: usize,
}

impl Raw {
    /// How many hosts one range may stand for.
    pub(super) fn room(&self) -> usize {
        HOST_LIMIT.min(NAMED_LIMIT.saturating_sub(self.named))
    }

    /// The host of that name, in a group if there is one.
    pub(super) fn host(&mut self, name: &str, group: Option<&str>, at: Option<At>) -> &mut Known {
        self.named += 1;
        if let Some(group) = group {
            self.group(group).hosts.push(name.to_owned());
        }
        if !self.hosts.contains_key(name) {
            self.host_order.push(name.to_owned());
        }
        let known = self.hosts.entry(name.to_owned()).or_default();
        known.at = known.at.or(at);
        known
    }

    /// The group of that name, which there is from now on.
    pub(super) fn group(&mut self, name: &str) -> &mut Group {
        if !self.groups.contains_key(name) {
            self.group_order.push(name.to_owned());
        }
        self.groups.entry(name.to_owned()).or_default()
    }

    /// Says that a group has another one in it.
    pub(super) fn nest(&mut self, group: &str, child: &str, at: Option<At>) {
        let name = child.to_owned();
        self.group(group).children.push(Child { name, at });
    }

    pub(super) fn has_group(&self, name: &str) -> bool {
        matches!(name, ALL | UNGROUPED) || self.groups.contains_key(name)
    }

    /// The hosts, in the order they come up.
    pub(super) fn hosts(&self) -> impl Iterator<Item = (&str, &Known)> {
        let names = self.host_order.iter();
        names.filter_map(|name| Some((name.as_str(), self.hosts.get(name)?)))
    }

    /// The groups that are written down, likewise.
    pub(super) fn groups(&self) -> impl Iterator<Item = (&str, &Group)> {
        let names = self.group_order.iter();
        names.filter_map(|name| Some((name.as_str(), self.groups.get(name)?)))
    }

    pub(super) fn known(&self, host: &str) -> Option<&Known> {
        self.hosts.get(host)
    }

    pub(super) fn known_mut(&mut self, host: &str) -> Option<&mut Known> {
        self.hosts.get_mut(host)
    }

    pub(super) fn known_group(&self, name: &str) -> Option<&Group> {
        self.groups.get(name)
    }

    /// The hosts that are in no group but that of all.
    pub(super) fn ungrouped(&self) -> Vec<&str> {
        let groups = self
            .groups()
            .filter(|(name, _)| !matches!(*name, ALL | UNGROUPED));
        let grouped: BTreeSet<&str> = groups
            .flat_map(|(_, group)| group.hosts.iter().map(String::as_str))
            .collect();
        let names = self.host_order.iter().map(String::as_str);
        names.filter(|name| !grouped.contains(name)).collect()
    }
}
