//! Whats and machines that behave alike, as one each.

use std::collections::HashMap;

use super::{
    Block, Cells,
    bits::{self, Bits},
};

/// A matrix in which no two whats and no two machines are alike, and who stands for whom.
pub(super) struct Alike {
    pub(super) cells: Cells,
    sources: usize,
    targets: usize,
    whats: usize,
    /// The machines of each class; those of the sources first.
    machines: Vec<Vec<usize>>,
    atoms: Vec<Vec<usize>>,
}

impl Alike {
    pub(super) fn of(cells: &Cells) -> Self {
        let atoms = atoms(cells);
        let firsts: Vec<usize> = atoms.iter().map(|atom| atom[0]).collect();
        let mut machines = alike_sources(cells, &firsts);
        let classes = machines.len();
        machines.extend(alike_targets(cells, &firsts));
        Self {
            cells: folded(cells, &firsts, &machines, classes),
            sources: cells.sources(),
            targets: cells.targets(),
            whats: cells.whats(),
            machines,
            atoms,
        }
    }

    /// The block in the numbers of the matrix that this was made of.
    pub(super) fn unfold(&self, block: &Block) -> Block {
        let members = |places: &Bits, of: &[Vec<usize>], length: usize| {
            Bits::of(length, places.iter().flat_map(|place| of[place].clone()))
        };
        Block {
            sources: members(&block.sources, &self.machines, self.sources),
            targets: members(&block.targets, &self.machines, self.targets),
            whats: members(&block.whats, &self.atoms, self.whats),
            both_ways: block.both_ways,
        }
    }
}

/// Whats that fail and pass alike for all pairs, those that never fail left out.
fn atoms(cells: &Cells) -> Vec<Vec<usize>> {
    let mut places: HashMap<Vec<&[u64]>, usize> = HashMap::new();
    let mut atoms: Vec<Vec<usize>> = Vec::new();
    for what in 0..cells.whats() {
        let fails = (0..cells.sources()).map(|source| cells.failing_from(source, what));
        if fails.clone().all(|row| row.iter().all(|word| *word == 0)) {
            continue;
        }
        let passes = (0..cells.sources()).map(|source| cells.passing_from(source, what));
        let place = *places
            .entry(fails.chain(passes).collect())
            .or_insert_with(|| {
                atoms.push(Vec::new());
                atoms.len() - 1
            });
        atoms[place].push(what);
    }
    atoms
}

/// Machines with a report that see the others alike, are seen alike, and see each other alike.
fn alike_sources(cells: &Cells, whats: &[usize]) -> Vec<Vec<usize>> {
    let mut classes: Vec<Vec<usize>> = Vec::new();
    for machine in 0..cells.sources() {
        let class = classes
            .iter_mut()
            .find(|class| are_alike(cells, whats, class, machine));
        match class {
            Some(class) => class.push(machine),
            None => classes.push(vec![machine]),
        }
    }
    classes
}

/// Whether a machine is like those of a class. Their own cells are compared with each other's:
/// the diagonal says nothing.
fn are_alike(cells: &Cells, whats: &[usize], class: &[usize], machine: usize) -> bool {
    let first = class[0];
    let same = |left: &[u64], right: &[u64]| {
        let mut differing = left
            .iter()
            .zip(right)
            .enumerate()
            .flat_map(|(word, (l, r))| {
                bits::ones(&[l ^ r])
                    .map(|bit| word * 64 + bit)
                    .collect::<Vec<_>>()
            });
        differing.all(|place| place == first || place == machine)
    };
    let state = |source, target, what| {
        (
            cells.fails(source, target, what),
            cells.passes(source, target, what),
        )
    };
    whats.iter().all(|what| {
        let what = *what;
        let between = state(first, machine, what);
        between == state(machine, first, what)
            && class
                .get(1)
                .is_none_or(|second| between == state(first, *second, what))
            && same(
                cells.failing_from(first, what),
                cells.failing_from(machine, what),
            )
            && same(
                cells.passing_from(first, what),
                cells.passing_from(machine, what),
            )
            && same(
                cells.failing_to(first, what),
                cells.failing_to(machine, what),
            )
            && same(
                cells.passing_to(first, what),
                cells.passing_to(machine, what),
            )
    })
}

/// Machines that nobody looked from and that are seen alike.
fn alike_targets(cells: &Cells, whats: &[usize]) -> Vec<Vec<usize>> {
    let mut places: HashMap<Vec<&[u64]>, usize> = HashMap::new();
    let mut classes: Vec<Vec<usize>> = Vec::new();
    for machine in cells.sources()..cells.targets() {
        let columns = whats.iter().flat_map(|what| {
            [
                cells.failing_to(machine, *what),
                cells.passing_to(machine, *what),
            ]
        });
        let place = *places.entry(columns.collect()).or_insert_with(|| {
            classes.push(Vec::new());
            classes.len() - 1
        });
        classes[place].push(machine);
    }
    classes
}

/// The matrix of the classes. On its diagonal stands how the members of a class see each other.
fn folded(cells: &Cells, whats: &[usize], machines: &[Vec<usize>], sources: usize) -> Cells {
    let mut folded = Cells::new(sources, machines.len(), whats.len());
    for (place, what) in whats.iter().enumerate() {
        for (source, class) in machines.iter().take(sources).enumerate() {
            for (target, other) in machines.iter().enumerate() {
                let seen = if source == target {
                    other.get(1)
                } else {
                    other.first()
                };
                let Some(seen) = seen else { continue };
                if cells.fails(class[0], *seen, *what) {
                    folded.fail(source, target, place);
                } else if cells.passes(class[0], *seen, *what) {
                    folded.pass(source, target, place);
                }
            }
        }
    }
    folded
}
