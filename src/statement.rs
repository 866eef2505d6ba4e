//! Statements: one cause over a box *sources × hosts × ports* in which nothing works, told once
//! with one remedy. Pure; the same for one machine and for the reports of many.
//!
//! What fails alike and is mended alike is a family: same cause, same remedy but for host and port.
//! For each family [`explain`] finds the fewest boxes that hold what fails and
//! nothing that works. So a statement's remedy is that of every check it explains, and it never
//! says that a port is closed which was seen open.

mod field;
mod kin;
mod ports;
#[cfg(test)]
mod tests;
mod words;

pub use ports::PortSets;

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    cause::{Cause, Is},
    explain,
    fact::{Part, Sentence},
    net::Transport,
};

use self::{
    field::{Ends, Field},
    kin::Family,
    words::Silence,
};

/// So many checks are worth a statement of their own: with fewer their own lines say it as well.
/// Over several machines nobody reads their lines.
const WORTH: usize = 3;

/// What one check of one machine came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Who looked: the place in the list of machines.
    pub source: usize,
    /// Which host was looked at, as the report has it.
    pub host: String,
    /// What carried it.
    pub transport: Transport,
    /// Which ports.
    pub tried: Tried,
    /// What was seen.
    pub state: State,
    /// What to do about it.
    pub remedy: Remedy,
}

/// What to do about one check, and what of it differs from check to check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remedy {
    /// The host, as the words have it.
    pub host: Part,
    /// What must get through, as the words have it: `tcp to n1 port 22`.
    pub flow: Sentence,
    /// The words; none where nothing is to be done.
    pub words: Sentence,
}

/// The ports of a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tried {
    /// The transport has none.
    NoPorts,
    /// One.
    Port(u16),
    /// Some or all of a range.
    Range(Swept),
}

/// What became of a range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Swept {
    /// The lowest port.
    pub first: u16,
    /// The highest port.
    pub last: u16,
    /// How many of them were tried.
    pub checked: usize,
    /// Those that failed, as pairs of first and last, ascending.
    pub failed: Vec<[u16; 2]>,
}

/// What was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It works.
    Works,
    /// It fails or could not be decided, and why.
    Fails(Cause),
    /// It was not tried, or says nothing about the way.
    Unknown,
}

/// The machines that looked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Machines<'a> {
    /// This one.
    Here,
    /// These, by their names.
    Named(&'a [String]),
}

impl Machines<'_> {
    /// How many checks are worth a statement.
    const fn worth(self) -> usize {
        match self {
            Machines::Here => WORTH,
            Machines::Named(_) => 1,
        }
    }

    /// Whether one of these hosts is one that looked.
    fn any_of(self, hosts: &[String]) -> bool {
        match self {
            Machines::Here => false,
            Machines::Named(names) => hosts.iter().any(|host| names.contains(host)),
        }
    }
}

/// One cause over a box.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// From its contents, the same in two runs.
    pub id: String,
    /// The cause.
    pub cause: Cause,
    /// What is wrong, in one sentence fragment.
    pub title: Sentence,
    /// What to do, in one imperative sentence.
    pub remedy: Sentence,
    /// What must get through, from where to where: `tcp 22, 2888-3888 from here to n1 and n2`.
    pub flow: Sentence,
    /// Who looked: places in the list of machines, ascending.
    pub sources: Vec<usize>,
    /// The hosts that were looked at, in the order of the checks.
    pub hosts: Vec<String>,
    /// What is shut.
    pub ports: PortSets,
    /// The places of the checks that it explains, ascending.
    pub members: Vec<usize>,
    /// Whether it is proved that fewer statements do not explain as much.
    pub fewest: bool,
}

/// The fewest statements about what fails, the widest first. Each check is explained by at most
/// one; what too few checks show is left to their own words.
#[must_use]
pub fn statements(seen: &[Seen], machines: Machines<'_>) -> Vec<Statement> {
    let field = Field::of(seen, machines);
    let mut statements = Vec::new();
    for family in kin::families(seen, machines) {
        statements.extend(of_family(seen, machines, &field, &family));
    }
    statements.sort_by_key(|statement| std::cmp::Reverse(statement.members.len()));
    statements
}

fn of_family(
    seen: &[Seen],
    machines: Machines<'_>,
    field: &Field<'_>,
    family: &Family,
) -> Vec<Statement> {
    let cells = field.cells(seen, family);
    let cover = explain::cover(&cells);
    let spans = explain::spans::spans(&cells, &cover);
    let mut open: BTreeSet<usize> = family.members.iter().copied().collect();
    let mut statements = Vec::new();
    for (block, spans) in cover.blocks.iter().zip(&spans) {
        let held = |member: &usize| field.holds(block, &seen[*member]);
        let members: Vec<usize> = open.iter().copied().filter(held).collect();
        if members.len() < machines.worth() {
            continue;
        }
        for member in &members {
            open.remove(member);
        }
        let told = Told {
            family,
            members,
            ends: field.ends(block, spans, machines),
            both_ways: block.both_ways,
            fewest: cover.fewest,
        };
        statements.push(told.statement(seen, machines));
    }
    statements
}

/// A box and the checks that it explains, before it has words.
struct Told<'a> {
    family: &'a Family,
    members: Vec<usize>,
    ends: Ends,
    both_ways: bool,
    fewest: bool,
}

impl Told<'_> {
    fn statement(self, seen: &[Seen], machines: Machines<'_>) -> Statement {
        let own = || self.members.iter().map(|member| &seen[*member]);
        let sources: BTreeSet<usize> = own().map(|it| it.source).collect();
        let mut hosts: Vec<String> = Vec::new();
        for it in own() {
            if !hosts.contains(&it.host) {
                hosts.push(it.host.clone());
            }
        }
        let scope = words::Scope {
            cause: self.family.cause,
            ends: &self.ends,
            both_ways: self.both_ways,
            hosts: &hosts,
            all_hosts: field::tried_hosts(seen, &sources),
            ports: own().map(ports::shut).collect(),
            tried: own()
                .filter(|it| ports::Sample::of(it).is_none())
                .map(ports::shut)
                .collect(),
            samples: own().filter_map(ports::Sample::of).collect(),
            checks: self.members.len(),
            silence: self.silence(seen, &sources),
            looked: machines.any_of(&hosts),
        };
        Statement {
            id: scope.id(),
            cause: self.family.cause,
            title: scope.title(),
            remedy: scope.remedy(&self.family.mould),
            flow: scope.flow(),
            sources: sources.into_iter().collect(),
            ports: scope.ports,
            hosts,
            members: self.members,
            fewest: self.fewest,
        }
    }

    /// Where nothing at all was heard, in enough checks of each two to tell a host from one of its
    /// ports.
    fn silence(&self, seen: &[Seen], sources: &BTreeSet<usize>) -> Silence {
        let mut pairs: BTreeMap<(usize, &str), usize> = BTreeMap::new();
        for member in &self.members {
            let it = &seen[*member];
            *pairs.entry((it.source, it.host.as_str())).or_default() += 1;
        }
        let mut heard = seen
            .iter()
            .filter(|it| sources.contains(&it.source) && kin::is_heard(it.state));
        let is_between = |it: &Seen| pairs.contains_key(&(it.source, it.host.as_str()));
        if !self.family.cause.is(Is::HostUnheard) || pairs.values().any(|checks| *checks < WORTH) {
            return Silence::Nowhere;
        }
        match heard.next() {
            None => Silence::Everywhere,
            Some(first) if is_between(first) || heard.any(is_between) => Silence::Nowhere,
            Some(_) => Silence::Between,
        }
    }
}
