//! Hosts out of Ansible inventories: INI, YAML, or JSON as `ansible-inventory --list` prints it.
//!
//! Where Ansible is installed it is asked, so that what it says counts. Else these readers stand in
//! for it: of static files they make what Ansible makes of them, and what they cannot resolve they
//! refuse. Source: Ansible, "How to build your inventory".

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use super::{Member, Value, flags::nodes_variable, members};
use crate::{
    catalog::{Catalogs, Mistakes, VariableKind, mistakes::quoted},
    machine::ansible::Answer,
    net::{Address, Host},
};

mod files;
mod ini;
mod json;
mod listed;
mod range;
mod rank;
mod raw;
mod reached;
mod sources;
#[cfg(test)]
mod tests;
mod tree;
mod words;

use listed::Listed;
pub(super) use range::expand;

/// The most bytes of an inventory. `ansible-inventory --list` repeats the variables of a group at
/// each of its hosts.
const FILE_LIMIT: usize = 8 * 1024 * 1024;

/// The most hosts of an inventory: a range that stands for more is a slip of the pen.
const HOST_LIMIT: usize = 10_000;

/// The most groups that are named where one must be chosen.
const NAMED_GROUPS: usize = 8;

/// What an encrypted value or file begins with. Source: Ansible, "Vault format".
const VAULT: &str = "$ANSIBLE_VAULT;";

/// What to do where only Ansible can tell.
const OTHERWISE: &str = "give what `ansible-inventory --list` prints for it";

/// Who is asked what Ansible makes of inventories.
pub type Ask<'a> = &'a dyn Fn(&[&Path]) -> Answer;

/// An inventory as the user names it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InventorySource {
    /// The group whose hosts are the nodes, where the user named one.
    pub group: Option<String>,
    /// The file or the directory; `-` for what was piped in.
    pub path: PathBuf,
    /// The text, where it was piped in.
    pub text: Option<String>,
}

impl InventorySource {
    /// `GROUP=FILE`, or the file alone.
    #[must_use]
    pub fn typed(&self) -> String {
        match &self.group {
            Some(group) => format!("{group}={}", self.name()),
            None => self.name(),
        }
    }

    /// As it is called in mistakes.
    fn name(&self) -> String {
        match &self.text {
            Some(_) => "stdin".to_owned(),
            None => self.path.display().to_string(),
        }
    }
}

/// What inventories say of the catalogs' groups.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inventory {
    /// The files, as the user named them.
    pub file: String,
    /// The same, each as `FILE` or `GROUP=FILE`.
    pub typed: Vec<String>,
    /// The values they give, by variable.
    pub values: BTreeMap<String, Value>,
    /// Who stands in the groups that no variable binds, by group.
    pub members: BTreeMap<String, Vec<Member>>,
    /// Nodes that are no targets: where Ansible itself runs, and nobody says under which address.
    pub left_out: Vec<String>,
}

impl Inventory {
    /// What the inventories say. Those without a group are one, as Ansible has it: its groups that are
    /// called as a group of the catalogs are that group, and where none is the nodes, the hosts of no
    /// other one are. Of those with a group only that one counts; its hosts are the nodes.
    ///
    /// # Errors
    /// Every mistake of every file; a group that is not there or has no host; several groups, and
    /// nobody says which one is the nodes.
    pub fn read(
        sources: &[InventorySource],
        catalogs: &Catalogs,
        ask: Ask<'_>,
    ) -> Result<Self, Vec<Mistakes>> {
        let name = |source: &InventorySource| source.name();
        let mut inventory = Self {
            file: sources.iter().map(name).collect::<Vec<_>>().join(", "),
            typed: sources.iter().map(InventorySource::typed).collect(),
            ..Self::default()
        };
        let (chosen, plain): (Vec<_>, Vec<_>) = sources.iter().partition(|it| it.group.is_some());
        let mut wrong = Vec::new();
        let mut nodes = Vec::new();
        for source in &chosen {
            let hosts = Listed::of(&[source], ask).and_then(|listed| {
                let group = source.group.as_deref().unwrap_or(raw::ALL);
                let hosts = listed.chosen(group).map_err(|wrong| vec![wrong])?;
                inventory.left_out.extend(listed.left_out(group));
                Ok(hosts)
            });
            match hosts {
                Ok(hosts) => nodes.extend(hosts),
                Err(mistakes) => wrong.extend(mistakes),
            }
        }
        if !chosen.is_empty() {
            inventory.take_nodes(nodes, catalogs);
        }
        if !plain.is_empty() {
            let listed = Listed::of(&plain, ask);
            let taken = listed.and_then(|listed| {
                let taken = inventory.take_groups(&listed, catalogs, chosen.is_empty());
                taken.map_err(|wrong| vec![wrong])
            });
            wrong.extend(taken.err().into_iter().flatten());
        }
        if wrong.is_empty() {
            Ok(inventory)
        } else {
            Err(wrong)
        }
    }

    fn take_nodes(&mut self, hosts: Vec<Host>, catalogs: &Catalogs) {
        let mut seen = BTreeSet::new();
        let hosts: Vec<Host> = hosts
            .into_iter()
            .filter(|host| seen.insert(host.clone()))
            .collect();
        if let Some(variable) = nodes_variable(catalogs).filter(|_| !hosts.is_empty()) {
            self.values
                .insert(variable.to_owned(), Value::Hosts(addresses(hosts)));
        }
    }

    /// Takes the groups that are called as ours; the nodes too unless they are known already.
    fn take_groups(
        &mut self,
        listed: &Listed,
        catalogs: &Catalogs,
        are_nodes_due: bool,
    ) -> Result<(), Mistakes> {
        let nodes = nodes_variable(catalogs).filter(|_| are_nodes_due);
        let mut others = BTreeSet::new();
        let mut taken = BTreeSet::new();
        for name in listed.groups() {
            let known = name.to_ascii_lowercase().replace('_', "-");
            let Some(group) = catalogs.group(&known) else {
                continue;
            };
            let hosts = listed.hosts_of(name);
            match group.bound_by.as_deref() {
                Some(variable) if Some(variable) == nodes_variable(catalogs) => {
                    taken.insert(name);
                    if nodes.is_none() {
                        continue;
                    }
                    self.left_out.extend(listed.left_out(name));
                    if hosts.is_empty() {
                        return Err(listed.wrong(empty(name), None));
                    }
                    self.take_nodes(hosts.clone(), catalogs);
                }
                _ if hosts.is_empty() => continue,
                Some(variable) => {
                    let kind = catalogs.variable(variable).map(|(_, known)| known.kind);
                    if kind == Some(VariableKind::Host) && hosts.len() > 1 {
                        return Err(several(listed, name, hosts.len()));
                    }
                    let value = Value::Hosts(addresses(hosts.clone()));
                    self.values.insert(variable.to_owned(), value);
                }
                None if members::starts_something(&known, catalogs) => {
                    let hosts = hosts.iter().cloned().map(Member::Host).collect();
                    self.members.insert(known, hosts);
                }
                None => continue,
            }
            taken.insert(name);
            others.extend(hosts);
        }
        if nodes.is_some_and(|nodes| !self.values.contains_key(nodes)) {
            self.take_rest(
                listed,
                &Taken {
                    groups: taken,
                    hosts: others,
                },
                catalogs,
            )?;
        }
        Ok(())
    }

    /// Without a group that is called as the nodes: the hosts of the only other one.
    fn take_rest(
        &mut self,
        listed: &Listed,
        taken: &Taken<'_>,
        catalogs: &Catalogs,
    ) -> Result<(), Mistakes> {
        let groups = listed.groups().filter(|name| !taken.groups.contains(name));
        let groups = groups.chain([raw::UNGROUPED]);
        let mut rest: Vec<Rest<'_>> = Vec::new();
        for name in groups {
            let mut hosts = listed.hosts_of(name);
            hosts.retain(|host| !taken.hosts.contains(host));
            if !hosts.is_empty() {
                rest.push(Rest { name, hosts });
            }
        }
        let Some(first) = rest.first() else {
            return Ok(());
        };
        let members = |rest: &Rest<'_>| rest.hosts.iter().cloned().collect::<BTreeSet<Host>>();
        let same = members(first);
        if rest.iter().any(|other| members(other) != same) {
            return Err(undecided(listed, &rest));
        }
        self.left_out.extend(listed.left_out(first.name));
        self.take_nodes(first.hosts.clone(), catalogs);
        Ok(())
    }
}

/// The groups that are called as ours, and their hosts.
struct Taken<'l> {
    groups: BTreeSet<&'l str>,
    hosts: BTreeSet<Host>,
}

/// A group that may be the nodes.
struct Rest<'l> {
    name: &'l str,
    hosts: Vec<Host>,
}

fn several(listed: &Listed, group: &str, count: usize) -> Mistakes {
    let group = quoted(group);
    let message = format!("group {group} has {count} hosts, expected one");
    let help = "name another group as the nodes: `--inventory GROUP=FILE`";
    listed.wrong(message, Some(help.to_owned()))
}

fn undecided(listed: &Listed, rest: &[Rest<'_>]) -> Mistakes {
    let mut named: Vec<String> = rest
        .iter()
        .take(NAMED_GROUPS)
        .map(|it| {
            let count = crate::text::count(it.hosts.len(), "host");
            format!("{} ({count})", quoted(it.name))
        })
        .collect();
    if rest.len() > NAMED_GROUPS {
        named.push(crate::text::count(rest.len() - NAMED_GROUPS, "more group"));
    }
    let message = format!(
        "the inventory has several groups and none is called `nodes`: {}",
        crate::text::list(&named, "and")
    );
    let first = rest.first().map_or(raw::ALL, |it| it.name);
    let file = listed.file();
    let help = format!(
        "name the one with the nodes: {}; {} takes every host",
        quoted(&format!("--inventory {first}={file}")),
        quoted(&format!("--inventory {}={file}", raw::ALL)),
    );
    listed.wrong(message, Some(help))
}

fn empty(group: &str) -> String {
    format!("group {} has no host that can be a target", quoted(group))
}

fn addresses(hosts: Vec<Host>) -> Vec<Address> {
    let bare = |host| Address { host, port: None };
    hosts.into_iter().map(bare).collect()
}
