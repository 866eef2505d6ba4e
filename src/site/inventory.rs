//! Hosts out of an Ansible inventory: INI, YAML, or JSON as `ansible-inventory --list` prints it.
//!
//! Only hosts and groups are read; variables are passed over but for `ansible_host`, the address of
//! a host that the inventory calls otherwise. Source: Ansible, "How to build your inventory".

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use super::{Member, Value, flags::nodes_variable, members};
use crate::{
    catalog::{
        Catalogs, Mistakes, VariableKind,
        mistakes::{Reporter, Span, meant, quoted},
        yaml,
    },
    net::{Address, Host},
};

mod ini;
mod json;
mod range;
mod raw;
#[cfg(test)]
mod tests;
mod tree;

use raw::Raw;

/// The most bytes of an inventory. `ansible-inventory --list` repeats the variables of a group at
/// each of its hosts.
const FILE_LIMIT: usize = 8 * 1024 * 1024;

/// The most hosts of an inventory: a range that stands for more is a slip of the pen.
const HOST_LIMIT: usize = 10_000;

/// What an inventory says of the catalogs' groups.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inventory {
    /// The file, as the user named it.
    pub file: String,
    /// The group whose hosts are the nodes, where the user named one.
    pub group: Option<String>,
    /// The values it gives, by variable.
    pub values: BTreeMap<String, Value>,
    /// Who stands in the groups that no variable binds, by group.
    pub members: BTreeMap<String, Vec<Member>>,
}

impl Inventory {
    /// The inventory at `path`. Its groups that are called as a group of the catalogs are that
    /// group; where none is the nodes, the hosts of no other one are. With `group` only that one
    /// counts, as the nodes.
    ///
    /// # Errors
    /// A file that cannot be read, is no text or is over 8 MiB; else as [`Inventory::parse`].
    pub fn read_file(
        path: &Path,
        group: Option<&str>,
        catalogs: &Catalogs,
    ) -> Result<Self, Mistakes> {
        if path.is_dir() {
            return Err(foreign(&path.display().to_string(), "a directory"));
        }
        let text = yaml::read_text_up_to(path, FILE_LIMIT)?;
        Self::parse(&path.display().to_string(), &text, (group, catalogs))
    }

    /// The inventory that `text` holds; `file` is what it is called in mistakes.
    ///
    /// # Errors
    /// Every mistake of the text, a group that it does not have, or that it has no host.
    pub fn parse(
        file: &str,
        text: &str,
        (group, catalogs): (Option<&str>, &Catalogs),
    ) -> Result<Self, Mistakes> {
        if text.starts_with("#!") {
            return Err(foreign(file, "a program"));
        }
        let raw = match Form::of(file, text) {
            Form::Json => json::read(file, text)?,
            Form::Yaml => yaml::parse_with_tags(file, text, tree::read)?,
            Form::Ini => {
                let mut reporter = Reporter::new(file, text);
                let raw = ini::read(text, &mut reporter);
                reporter.finish(Some(raw))?
            }
        };
        let listed = Listed::of(&raw, file, text)?;
        let mut inventory = Self {
            file: file.to_owned(),
            group: group.map(str::to_owned),
            ..Self::default()
        };
        match group {
            Some(group) => inventory.take_nodes(listed.chosen(group, file)?, catalogs),
            None => inventory.take_groups(&listed, catalogs)?,
        }
        Ok(inventory)
    }

    /// `GROUP=FILE`, or the file alone.
    pub(super) fn typed(&self) -> String {
        match &self.group {
            Some(group) => format!("{group}={}", self.file),
            None => self.file.clone(),
        }
    }

    fn take_nodes(&mut self, hosts: Vec<Host>, catalogs: &Catalogs) {
        if let Some(variable) = nodes_variable(catalogs) {
            self.values
                .insert(variable.to_owned(), Value::Hosts(addresses(hosts)));
        }
    }

    fn take_groups(&mut self, listed: &Listed<'_>, catalogs: &Catalogs) -> Result<(), Mistakes> {
        let nodes = nodes_variable(catalogs);
        let mut others = BTreeSet::new();
        for name in listed.raw.groups() {
            let known = name.to_ascii_lowercase().replace('_', "-");
            let Some(group) = catalogs.group(&known) else {
                continue;
            };
            let hosts = listed.hosts_of(name);
            if hosts.is_empty() {
                continue;
            }
            match &group.bound_by {
                Some(variable) => {
                    let kind = catalogs.variable(variable).map(|(_, known)| known.kind);
                    if kind == Some(VariableKind::Host) && hosts.len() > 1 {
                        return Err(self.several(name, hosts.len()));
                    }
                    let value = Value::Hosts(addresses(hosts.clone()));
                    self.values.insert(variable.clone(), value);
                }
                None if members::starts_something(&known, catalogs) => {
                    let hosts = hosts.iter().cloned().map(Member::Host).collect();
                    self.members.insert(known, hosts);
                }
                None => continue,
            }
            others.extend(hosts);
        }
        if nodes.is_some_and(|nodes| !self.values.contains_key(nodes)) {
            let mut rest = listed.hosts();
            rest.retain(|host| !others.contains(host));
            if !rest.is_empty() {
                self.take_nodes(rest, catalogs);
            }
        }
        Ok(())
    }

    fn several(&self, group: &str, count: usize) -> Mistakes {
        let group = quoted(group);
        let message = format!("group {group} has {count} hosts, expected one");
        let help = "name another group as the nodes: `--inventory GROUP=FILE`".to_owned();
        Mistakes::whole_file(&self.file, message, Some(help))
    }
}

/// What Ansible takes as an inventory and is not read here.
fn foreign(file: &str, what: &str) -> Mistakes {
    let message = format!("got {what}, expected a file of hosts");
    let help = "give what `ansible-inventory --list` prints for it".to_owned();
    Mistakes::whole_file(file, message, Some(help))
}

fn addresses(hosts: Vec<Host>) -> Vec<Address> {
    let bare = |host| Address { host, port: None };
    hosts.into_iter().map(bare).collect()
}

/// How an inventory is written.
enum Form {
    Json,
    Yaml,
    Ini,
}

impl Form {
    /// By the file's ending, else by how it begins: no host of an INI file ends in a colon.
    fn of(file: &str, text: &str) -> Self {
        let text = text.trim_start_matches('\u{feff}').trim_start();
        let ending = Path::new(file)
            .extension()
            .and_then(|ending| ending.to_str());
        let lines = text.lines().map(str::trim);
        let mut telling = lines.filter(|line| !line.is_empty() && !line.starts_with(['#', ';']));
        let first = telling.next().unwrap_or_default();
        if text.starts_with('{') {
            Self::Json
        } else if matches!(ending, Some("yml" | "yaml"))
            || first.starts_with("---")
            || first.ends_with(':')
        {
            Self::Yaml
        } else {
            Self::Ini
        }
    }
}

/// The hosts of an inventory, each as it is reached. Groups are looked up as they are needed: all
/// of them written out would be far more than the file.
struct Listed<'r> {
    raw: &'r Raw,
    /// The hosts by their names.
    reached: BTreeMap<&'r str, Host>,
}

impl<'r> Listed<'r> {
    fn of(raw: &'r Raw, file: &str, text: &str) -> Result<Self, Mistakes> {
        let mut reporter = Reporter::new(file, text);
        let mut reached = BTreeMap::new();
        for (name, known) in raw.hosts() {
            match known.reached_at(name) {
                Ok(host) => drop(reached.insert(name, host)),
                Err(message) => {
                    let help = "give it `ansible_host=ADDRESS`".to_owned();
                    let span = known.span.unwrap_or_else(|| place(name, text));
                    reporter.report_with(span, message, help);
                }
            }
        }
        let listed = reporter.finish(Some(Self { raw, reached }))?;
        let count = listed.reached.len();
        if count == 0 || count > HOST_LIMIT {
            let message = match count {
                0 => "the inventory has no host".to_owned(),
                _ => format!("got {count} hosts, expected at most {HOST_LIMIT}"),
            };
            return Err(Mistakes::whole_file(file, message, None));
        }
        Ok(listed)
    }

    /// All hosts, each once, in the order of the file.
    fn hosts(&self) -> Vec<Host> {
        self.named(self.raw.hosts().map(|(name, _)| name))
    }

    /// The hosts of a group and of the groups in it, likewise.
    fn hosts_of(&self, group: &str) -> Vec<Host> {
        self.named(self.raw.hosts_of(group).into_iter())
    }

    fn named<'n>(&self, names: impl Iterator<Item = &'n str>) -> Vec<Host> {
        let mut seen = BTreeSet::new();
        let hosts = names.filter_map(|name| self.reached.get(name));
        hosts.filter(|host| seen.insert(*host)).cloned().collect()
    }

    /// The hosts of the group that the user names.
    fn chosen(&self, name: &str, file: &str) -> Result<Vec<Host>, Mistakes> {
        if name == raw::ALL {
            return Ok(self.hosts());
        }
        let (message, help) = if self.raw.groups().any(|known| known == name) {
            let hosts = self.hosts_of(name);
            if !hosts.is_empty() {
                return Ok(hosts);
            }
            (format!("group {} has no host", quoted(name)), None)
        } else {
            let message = format!("the inventory has no group {}", quoted(name));
            (message, meant(name, self.raw.groups()))
        };
        Err(Mistakes::whole_file(file, message, help))
    }
}

/// Where a host of a JSON file is named first.
fn place(name: &str, text: &str) -> Span {
    Span::at(text, text.find(name).unwrap_or(0))
}
