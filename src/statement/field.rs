//! The checks as a matrix: who looked × which host × which piece of the ports.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{
    Machines, Seen, State, Tried,
    kin::{Family, is_unheard, reaches_the_host},
    ports,
};
use crate::{
    explain::{
        Bits, Block, Cells,
        names::{self, Name},
        spans::Spans,
    },
    net::Transport,
};

/// Who and what there is.
pub(super) struct Field<'a> {
    /// The hosts by their names; those that looked come first.
    hosts: HashMap<&'a str, usize>,
    sources: usize,
    pieces: Pieces,
}

impl<'a> Field<'a> {
    pub(super) fn of(seen: &'a [Seen], machines: Machines<'a>) -> Self {
        let mut hosts = HashMap::new();
        let sources = match machines {
            Machines::Here => 1,
            Machines::Named(names) => {
                for (place, name) in names.iter().enumerate() {
                    hosts.entry(name.as_str()).or_insert(place);
                }
                names.len()
            }
        };
        let mut next = sources;
        for it in seen {
            hosts.entry(it.host.as_str()).or_insert_with(|| {
                next += 1;
                next - 1
            });
        }
        Self {
            hosts,
            sources,
            pieces: Pieces::of(seen),
        }
    }

    /// What the checks say about a family: a cell fails where one of the family does, and passes
    /// where something works, or fails in another way than by silence.
    pub(super) fn cells(&self, seen: &[Seen], family: &Family) -> Cells {
        let targets = self.sources + self.hosts.len();
        let mut cells = Cells::new(self.sources, targets, self.pieces.count());
        let mut likely = Vec::new();
        let members: BTreeSet<usize> = family.members.iter().copied().collect();
        for (place, it) in seen.iter().enumerate() {
            let target = self.hosts[it.host.as_str()];
            let is_member = members.contains(&place);
            for (piece, is_shut) in self.pieces.of_check(it) {
                let says = match says(it, is_member, is_shut, family) {
                    // What a machine may do to itself says nothing about the way to it.
                    Says::Passes | Says::LikelyPasses if it.source == target => Says::Nothing,
                    says => says,
                };
                match says {
                    Says::Fails => cells.fail(it.source, target, piece),
                    Says::Passes => cells.pass(it.source, target, piece),
                    Says::LikelyPasses => likely.push((it.source, target, piece)),
                    Says::Nothing => {}
                }
            }
        }
        for (source, target, piece) in likely {
            if !cells.fails(source, target, piece) {
                cells.pass(source, target, piece);
            }
        }
        cells
    }

    /// Whether a box holds what a check says is shut.
    pub(super) fn holds(&self, block: &Block, seen: &Seen) -> bool {
        let target = self.hosts[seen.host.as_str()];
        let mut shut = self.pieces.of_check(seen).filter(|(_, is_shut)| *is_shut);
        shut.any(|(piece, _)| block.holds(seen.source, target, piece))
    }

    /// What the two ends of a statement are called; nothing where this machine looked.
    pub(super) fn ends(&self, block: &Block, spans: &Spans, machines: Machines<'_>) -> Ends {
        let Machines::Named(names) = machines else {
            return Ends::default();
        };
        let all = Bits::all(self.sources);
        let (near, far) = (&block.sources, &block.targets);
        let end = |least: &Bits, most: &Bits, has_others: bool| {
            let told = |places: &[usize]| -> Vec<String> {
                places.iter().map(|place| names[*place].clone()).collect()
            };
            match names::name(least, most, &all, &[]) {
                Name::One(place) => End::These(told(&[place])),
                Name::All | Name::Set(_) if has_others => End::AllOthers,
                Name::All | Name::Set(_) => End::All(self.sources),
                Name::AllBut(places) => End::AllBut(told(&places)),
                Name::List(places) => End::These(told(&places)),
            }
        };
        let least = &spans.targets.least;
        let is_of_machines = least.is_within(&all);
        Ends {
            sources: Some(end(
                &spans.sources.least,
                &with_only(near, far),
                far.count() == 1 && far.is_within(&all),
            )),
            targets: is_of_machines.then(|| {
                let has_others = near.count() == 1 || all.is_within(near);
                end(least, &with_only(far, near), has_others)
            }),
        }
    }
}

/// The set, and with it the only one of the other: nobody looks at itself, so of one alone it makes
/// no difference.
fn with_only(set: &Bits, other: &Bits) -> Bits {
    let mut both = set.clone();
    if let (1, Some(only)) = (other.count(), other.first()) {
        both.add(only);
    }
    both
}

/// What the two ends of a statement are called.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Ends {
    /// Who looked; `None` where it is this machine.
    pub(super) sources: Option<End>,
    /// Who was looked at; `None` where they are not all of those that looked.
    pub(super) targets: Option<End>,
}

/// What some of the machines are called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// One by one.
    These(Vec<String>),
    /// All there are, so many.
    All(usize),
    /// All but the one at the other end.
    AllOthers,
    /// All but these.
    AllBut(Vec<String>),
}

/// How many hosts something was sent to by these.
pub(super) fn tried_hosts(seen: &[Seen], sources: &BTreeSet<usize>) -> usize {
    let own = seen.iter().filter(|it| sources.contains(&it.source));
    let tried = own.filter(|it| match it.state {
        State::Works => true,
        State::Fails(cause) => reaches_the_host(cause),
        State::Unknown => false,
    });
    let hosts: BTreeSet<&str> = tried.map(|it| it.host.as_str()).collect();
    hosts.len()
}

/// What a check says about a piece of its ports.
enum Says {
    Fails,
    Passes,
    /// It was not tried, and others of the range work.
    LikelyPasses,
    Nothing,
}

fn says(seen: &Seen, is_member: bool, is_shut: bool, family: &Family) -> Says {
    let is_sampled = match &seen.tried {
        Tried::Range(swept) => !swept.is_full(),
        Tried::NoPorts | Tried::Port(_) => false,
    };
    let works = if is_sampled {
        Says::LikelyPasses
    } else {
        Says::Passes
    };
    match seen.state {
        State::Works => works,
        State::Fails(_) if is_member && is_shut => Says::Fails,
        State::Fails(cause) if !reaches_the_host(cause) => Says::Nothing,
        State::Fails(_) if !is_shut => works,
        // Silence beside silence: it may well have the same reason.
        State::Fails(_)
            if is_unheard(seen.state) && family.cause.is(crate::cause::Is::HostUnheard) =>
        {
            Says::Nothing
        }
        State::Fails(_) => Says::Passes,
        State::Unknown => Says::Nothing,
    }
}

/// The ports of all checks, cut wherever a check begins or ends.
struct Pieces {
    /// Where the pieces of each transport begin, and where the last one ends; and the number of
    /// the first of them. A transport without ports has one piece.
    cuts: BTreeMap<Transport, Cuts>,
    count: usize,
}

#[derive(Default)]
struct Cuts {
    at: Vec<u32>,
    first: usize,
}

impl Pieces {
    fn of(seen: &[Seen]) -> Self {
        let mut cuts: BTreeMap<Transport, BTreeSet<u32>> = BTreeMap::new();
        for it in seen {
            let own = cuts.entry(it.transport).or_default();
            let [first, last] = span(&it.tried);
            own.extend([first, last + 1]);
            for range in ports::shut(it).1 {
                own.extend([u32::from(range[0]), u32::from(range[1]) + 1]);
            }
        }
        let mut count = 0;
        let cuts = cuts
            .into_iter()
            .map(|(transport, at)| {
                let own = Cuts {
                    at: at.into_iter().collect(),
                    first: count,
                };
                count += own.at.len();
                (transport, own)
            })
            .collect();
        Self { cuts, count }
    }

    const fn count(&self) -> usize {
        self.count
    }

    /// The pieces of a check's ports, and whether it says that they are shut, if it fails at all.
    fn of_check<'a>(&'a self, seen: &'a Seen) -> impl Iterator<Item = (usize, bool)> + 'a {
        let cuts = &self.cuts[&seen.transport];
        let [first, last] = span(&seen.tried);
        let shut = ports::shut(seen).1;
        let from = cuts.at.partition_point(|cut| *cut < first);
        let to = cuts.at.partition_point(|cut| *cut <= last);
        (from..to).map(move |place| {
            let start = cuts.at[place];
            let after = shut.partition_point(|range| u32::from(range[0]) <= start);
            let is_shut = shut.is_empty()
                || after
                    .checked_sub(1)
                    .is_some_and(|at| start <= u32::from(shut[at][1]));
            (cuts.first + place, is_shut)
        })
    }
}

/// The ports of a check from first to last; of a transport without ports port 0.
const fn span(tried: &Tried) -> [u32; 2] {
    match tried {
        Tried::NoPorts => [0, 0],
        Tried::Port(port) => [*port as u32, *port as u32],
        Tried::Range(swept) => [swept.first as u32, swept.last as u32],
    }
}
