//! The hosts of inventories, each as it is reached.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Ask, HOST_LIMIT, InventorySource, empty,
    files::Shelf,
    rank::Ranked,
    raw::{ALL, Raw, UNGROUPED},
    reached::{Reached, Unknown, reached},
    sources::{self, Read},
};
use crate::{
    catalog::{
        Mistakes,
        mistakes::{Reporter, meant, quoted},
    },
    net::Host,
};

/// The hosts of inventories, each as it is reached. Groups are looked up as they are needed: all
/// of them written out would be far more than the file.
#[derive(Debug)]
pub(super) struct Listed {
    raw: Raw,
    /// What the inventories are called in mistakes.
    file: String,
    /// The hosts by their names.
    reached: BTreeMap<String, Host>,
    /// Those that are no targets.
    local: BTreeSet<String>,
}

impl Listed {
    /// The hosts of these inventories, as one.
    ///
    /// # Errors
    /// Every mistake of every file, or that there is no host.
    pub(super) fn of(sources: &[&InventorySource], ask: Ask<'_>) -> Result<Self, Vec<Mistakes>> {
        let read = match sources::asked(sources, ask) {
            None => sources::own(sources)?,
            Some(Ok(read)) => {
                return Self::reach(read).map_err(|mistakes| {
                    // Ours knows the places, if it reads the same.
                    let own = sources::own(sources).and_then(Self::reach);
                    own.err().unwrap_or(mistakes)
                });
            }
            Some(Err(refused)) => {
                // Ours only explains.
                let own = sources::own(sources).and_then(Self::reach);
                return Err(own.err().unwrap_or_else(|| vec![refused]));
            }
        };
        Self::reach(read)
    }

    fn reach(Read { raw, shelf, file }: Read) -> Result<Self, Vec<Mistakes>> {
        let mut listed = Self {
            raw,
            file,
            reached: BTreeMap::new(),
            local: BTreeSet::new(),
        };
        let count = listed.raw.hosts().count();
        if count == 0 || count > HOST_LIMIT {
            let message = match count {
                0 => "the inventory has no host".to_owned(),
                _ => format!("got {count} hosts, expected at most {HOST_LIMIT}"),
            };
            return Err(vec![listed.wrong(message, None)]);
        }
        let mut unknown = Vec::new();
        match Ranked::of(&listed.raw) {
            Ok(ranked) => {
                for (name, _) in listed.raw.hosts() {
                    match reached(&ranked, name) {
                        Ok(Reached::At(host)) => {
                            listed.reached.insert(name.to_owned(), host);
                        }
                        Ok(Reached::OnlyLocal) => {
                            listed.local.insert(name.to_owned());
                        }
                        Err(why) => unknown.push(why),
                    }
                }
            }
            Err(found) => unknown.push(Unknown {
                at: found.at,
                message: format!("group {} is in itself", quoted(found.group)),
                help: "take it out of one of the groups in it",
            }),
        }
        if unknown.is_empty() {
            Ok(listed)
        } else {
            Err(told(unknown, &shelf, &listed.file))
        }
    }

    /// What the inventories are called.
    pub(super) fn file(&self) -> &str {
        &self.file
    }

    /// A mistake of the whole.
    pub(super) fn wrong(&self, message: String, help: Option<String>) -> Mistakes {
        Mistakes::whole_file(&self.file, message, help)
    }

    /// The names of the groups, but for those that are always there.
    pub(super) fn groups(&self) -> impl Iterator<Item = &str> {
        let names = self.raw.groups().map(|(name, _)| name);
        names.filter(|name| !matches!(*name, ALL | UNGROUPED))
    }

    /// The hosts of a group and of the groups in it, each once.
    pub(super) fn hosts_of(&self, group: &str) -> Vec<Host> {
        let mut seen = BTreeSet::new();
        let names = self.names_of(group).into_iter();
        let hosts = names.filter_map(|name| self.reached.get(name));
        hosts.filter(|host| seen.insert(*host)).cloned().collect()
    }

    /// The hosts of a group that are no targets.
    pub(super) fn left_out(&self, group: &str) -> Vec<String> {
        let names = self.names_of(group).into_iter();
        let local = names.filter(|name| self.local.contains(*name));
        local.map(str::to_owned).collect()
    }

    fn names_of<'l>(&'l self, group: &'l str) -> Vec<&'l str> {
        // It was ranked before.
        Ranked::of(&self.raw).map_or_else(|_| Vec::new(), |ranked| ranked.hosts_of(group))
    }

    /// The hosts of the group that the user names.
    pub(super) fn chosen(&self, name: &str) -> Result<Vec<Host>, Mistakes> {
        if !self.raw.has_group(name) {
            let message = format!("the inventory has no group {}", quoted(name));
            return Err(self.wrong(message, meant(name, self.groups())));
        }
        let hosts = self.hosts_of(name);
        if hosts.is_empty() {
            return Err(self.wrong(empty(name), None));
        }
        Ok(hosts)
    }
}

/// What is wrong, by file; without a place, of the whole.
fn told(unknown: Vec<Unknown>, shelf: &Shelf, file: &str) -> Vec<Mistakes> {
    let mut placed: BTreeMap<usize, Vec<Unknown>> = BTreeMap::new();
    let mut whole = Vec::new();
    for why in unknown {
        match why.at {
            Some(at) => placed.entry(at.file).or_default().push(why),
            None => whole.push(Mistakes::whole_file(
                file,
                why.message,
                Some(why.help.to_owned()),
            )),
        }
    }
    for (place, list) in placed {
        let Some(text) = shelf.text(place) else {
            continue;
        };
        let mut reporter = Reporter::new(&text.name, &text.text);
        for Unknown { at, message, help } in list {
            if let Some(at) = at {
                reporter.report_with(at.span, message, help.to_owned());
            }
        }
        whole.extend(reporter.finish::<()>(None).err());
    }
    whole
}
