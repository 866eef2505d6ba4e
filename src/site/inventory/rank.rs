//! Who is in which group, and which variable of a host counts.
//!
//! Source: Ansible, "Using variables", "Variable precedence"; `VARIABLE_PRECEDENCE`.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::raw::{ALL, At, Raw, Said, UNGROUPED, Variable, Variables};

/// Hosts and groups, with the groups of each.
pub(super) struct Ranked<'r> {
    pub(super) raw: &'r Raw,
    /// The hosts of no group.
    ungrouped: Vec<&'r str>,
    /// The groups that a group is in.
    parents: HashMap<&'r str, Vec<&'r str>>,
    /// The groups that a host is named in.
    direct: HashMap<&'r str, Vec<&'r str>>,
    /// How far a group is from that of all, at most.
    depths: BTreeMap<&'r str, usize>,
}

/// A group that is in itself, and where that is said.
pub(super) struct Loop<'r> {
    pub(super) group: &'r str,
    pub(super) at: Option<At>,
}

impl<'r> Ranked<'r> {
    /// # Errors
    /// The first group that is in itself: Ansible refuses it.
    pub(super) fn of(raw: &'r Raw) -> Result<Self, Loop<'r>> {
        let mut ranked = Self {
            raw,
            ungrouped: raw.ungrouped(),
            parents: HashMap::new(),
            direct: HashMap::new(),
            depths: BTreeMap::new(),
        };
        for (name, group) in raw.groups() {
            let hosts = group
                .hosts
                .iter()
                .filter(|_| !matches!(name, ALL | UNGROUPED));
            for host in hosts {
                ranked.direct.entry(host).or_default().push(name);
            }
            for child in &group.children {
                ranked.parents.entry(&child.name).or_default().push(name);
            }
        }
        for host in &ranked.ungrouped {
            ranked.direct.entry(host).or_default().push(UNGROUPED);
        }
        ranked.measure()?;
        Ok(ranked)
    }

    /// How far each group is from that of all.
    fn measure(&mut self) -> Result<(), Loop<'r>> {
        let mut open: Vec<(&'r str, usize)> = self.roots().iter().map(|name| (*name, 1)).collect();
        let most = self.raw.groups().count() + 1;
        while let Some((name, depth)) = open.pop() {
            let known = self.depths.entry(name).or_default();
            if *known >= depth {
                continue;
            }
            *known = depth;
            for child in self.children(name) {
                open.push((child, depth + 1));
            }
            if depth > most {
                break;
            }
        }
        match self.looping() {
            Some(found) => Err(found),
            None => Ok(()),
        }
    }

    /// A group that is in itself.
    fn looping(&self) -> Option<Loop<'r>> {
        let mut done = BTreeSet::new();
        for (start, _) in self.raw.groups() {
            // The way down to here, each group with those in it that are still to be looked at.
            let mut way = vec![(start, self.nested(start))];
            while let Some((name, rest)) = way.last_mut() {
                let name = *name;
                let Some(child) = rest.next() else {
                    done.insert(name);
                    way.pop();
                    continue;
                };
                let inner = child.name.as_str();
                if inner == ALL || way.iter().any(|(above, _)| *above == inner) {
                    let (group, at) = (inner, child.at);
                    return Some(Loop { group, at });
                }
                if !done.contains(inner) {
                    way.push((inner, self.nested(inner)));
                }
            }
        }
        None
    }

    fn nested(&self, group: &str) -> std::slice::Iter<'r, super::raw::Child> {
        let known = self.raw.known_group(group);
        known.map_or(&[][..], |group| &group.children).iter()
    }

    /// The groups right in that of all, in Ansible's order.
    fn roots(&self) -> Vec<&'r str> {
        let named = self.raw.known_group(ALL);
        let named = named.into_iter().flat_map(|all| &all.children);
        let named = named.map(|child| child.name.as_str());
        let free = self.raw.groups().map(|(name, _)| name);
        let free = free.filter(|name| *name != ALL && !self.parents.contains_key(name));
        let mut roots = vec![UNGROUPED];
        for name in named.chain(free) {
            if !roots.contains(&name) {
                roots.push(name);
            }
        }
        roots
    }

    fn children(&self, group: &str) -> Vec<&'r str> {
        if group == ALL {
            return self.roots();
        }
        let known = self.raw.known_group(group).into_iter();
        let children = known.flat_map(|group| &group.children);
        children.map(|child| child.name.as_str()).collect()
    }

    /// The names of a group's hosts and of those of the groups in it, each once.
    pub(super) fn hosts_of(&self, group: &'r str) -> Vec<&'r str> {
        self.hosts_and_groups(group).0
    }

    /// The same, and the groups. Each group is looked at once, so one that contains itself is no trap.
    fn hosts_and_groups(&self, group: &'r str) -> (Vec<&'r str>, BTreeSet<&'r str>) {
        let mut hosts = Vec::new();
        let mut told = BTreeSet::new();
        let mut seen = BTreeSet::new();
        let mut waiting = vec![group];
        while let Some(name) = waiting.pop() {
            if !seen.insert(name) {
                continue;
            }
            hosts.extend(
                self.own_hosts(name)
                    .into_iter()
                    .filter(|host| told.insert(*host)),
            );
            waiting.extend(self.children(name).into_iter().rev());
        }
        (hosts, seen)
    }

    fn own_hosts(&self, group: &str) -> Vec<&'r str> {
        match group {
            ALL => Vec::new(),
            UNGROUPED => self.ungrouped.clone(),
            _ => {
                let known = self.raw.known_group(group).into_iter();
                known
                    .flat_map(|it| it.hosts.iter().map(String::as_str))
                    .collect()
            }
        }
    }

    /// The variable of that name that counts for a host.
    pub(super) fn variable(&self, host: &str, name: &str) -> Option<&'r Variable> {
        let mut layers = self.layers(host).into_iter();
        layers.find_map(|layer| layer.named(name))
    }

    /// All that is said of a host, what counts most first.
    fn layers(&self, host: &str) -> Vec<&'r Variables> {
        let mut layers = Vec::new();
        let groups = self.groups_of(host);
        let known = self.raw.known(host);
        let all = self.raw.known_group(ALL);
        layers.extend(known.iter().flat_map(|host| host.filed.iter().rev()));
        layers.extend(known.iter().map(|host| &host.own));
        let groups: Vec<_> = groups
            .iter()
            .rev()
            .filter_map(|name| self.raw.known_group(name))
            .collect();
        let sources = groups
            .iter()
            .map(|group| group.filed.len())
            .max()
            .unwrap_or(0);
        for source in (0..sources).rev() {
            layers.extend(groups.iter().filter_map(|group| group.filed.get(source)));
        }
        layers.extend(all.iter().flat_map(|all| all.filed.iter().rev()));
        layers.extend(groups.iter().map(|group| &group.own));
        layers.extend(all.iter().map(|all| &all.own));
        layers
    }

    /// The groups of a host but that of all, what counts least first.
    fn groups_of(&self, host: &str) -> Vec<&'r str> {
        let mut seen = BTreeSet::new();
        let mut waiting = self.direct.get(host).cloned().unwrap_or_default();
        while let Some(name) = waiting.pop() {
            if name != ALL && seen.insert(name) {
                waiting.extend(self.parents.get(name).into_iter().flatten());
            }
        }
        let mut groups: Vec<&str> = seen.into_iter().collect();
        groups.sort_by_key(|name| (self.depths.get(name), self.priority(name), *name));
        groups
    }

    fn priority(&self, group: &str) -> i64 {
        let known = self.raw.known_group(group);
        let variable = known.and_then(|group| group.own.named("ansible_group_priority"));
        match variable.map(|variable| &variable.said) {
            Some(Said::Text(text)) => text.parse().unwrap_or(1),
            Some(Said::Sealed | Said::Nothing) | None => 1,
        }
    }
}
