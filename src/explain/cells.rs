//! The matrix: what was seen from each source to each target, what by what.

use super::{
    Block,
    bits::{self, Bits},
};

/// The matrix. Sources and targets are numbered alike: source 3 and target 3 are one machine;
/// targets from [`Cells::sources`] on are machines that nobody looked from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cells {
    sources: usize,
    targets: usize,
    whats: usize,
    fails: Table,
    passes: Table,
}

/// One bit a cell, once by rows (source to targets) and once by columns (target to sources).
#[derive(Clone, Debug, PartialEq, Eq)]
struct Table {
    rows: Grid,
    columns: Grid,
}

/// Rows of bits, all of one length.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Grid {
    stride: usize,
    words: Vec<u64>,
}

impl Grid {
    fn new(rows: usize, length: usize) -> Self {
        let stride = bits::words(length);
        Self {
            stride,
            words: vec![0; rows * stride],
        }
    }

    fn row(&self, row: usize) -> &[u64] {
        &self.words[row * self.stride..][..self.stride]
    }

    fn set(&mut self, row: usize, place: usize, on: bool) {
        let word = &mut self.words[row * self.stride + place / 64];
        let bit = 1 << (place % 64);
        *word = if on { *word | bit } else { *word & !bit };
    }
}

impl Cells {
    /// A matrix of which nothing is known yet. `targets` counts the sources in.
    ///
    /// # Panics
    /// If there are fewer targets than sources, who are targets themselves.
    #[must_use]
    pub fn new(sources: usize, targets: usize, whats: usize) -> Self {
        assert!(targets >= sources, "each source is a target as well");
        let table = Table {
            rows: Grid::new(whats * sources, targets),
            columns: Grid::new(whats * targets, sources),
        };
        Self {
            sources,
            targets,
            whats,
            fails: table.clone(),
            passes: table,
        }
    }

    /// How many machines were looked from.
    #[must_use]
    pub const fn sources(&self) -> usize {
        self.sources
    }

    /// How many machines there are.
    #[must_use]
    pub const fn targets(&self) -> usize {
        self.targets
    }

    /// How many whats there are.
    #[must_use]
    pub const fn whats(&self) -> usize {
        self.whats
    }

    /// Says that a cell fails, unless it passes as well: what was seen to work is not closed.
    pub fn fail(&mut self, source: usize, target: usize, what: usize) {
        if !self.passes(source, target, what) {
            self.set(source, target, what, |cells| &mut cells.fails, true);
        }
    }

    /// Says that a cell passes.
    pub fn pass(&mut self, source: usize, target: usize, what: usize) {
        self.set(source, target, what, |cells| &mut cells.fails, false);
        self.set(source, target, what, |cells| &mut cells.passes, true);
    }

    fn set(
        &mut self,
        source: usize,
        target: usize,
        what: usize,
        table: fn(&mut Self) -> &mut Table,
        on: bool,
    ) {
        let (row, column) = (what * self.sources + source, what * self.targets + target);
        let table = table(self);
        table.rows.set(row, target, on);
        table.columns.set(column, source, on);
    }

    /// Whether a cell fails.
    #[must_use]
    pub fn fails(&self, source: usize, target: usize, what: usize) -> bool {
        bits::has(self.failing_from(source, what), target)
    }

    /// Whether a cell passes.
    #[must_use]
    pub fn passes(&self, source: usize, target: usize, what: usize) -> bool {
        bits::has(self.passing_from(source, what), target)
    }

    pub(super) fn failing_from(&self, source: usize, what: usize) -> &[u64] {
        self.fails.rows.row(what * self.sources + source)
    }

    pub(super) fn passing_from(&self, source: usize, what: usize) -> &[u64] {
        self.passes.rows.row(what * self.sources + source)
    }

    pub(super) fn failing_to(&self, target: usize, what: usize) -> &[u64] {
        self.fails.columns.row(what * self.targets + target)
    }

    pub(super) fn passing_to(&self, target: usize, what: usize) -> &[u64] {
        self.passes.columns.row(what * self.targets + target)
    }

    /// Every failing cell, by what, then source, then target.
    pub(super) fn failing(&self) -> impl Iterator<Item = Cell> + '_ {
        (0..self.whats).flat_map(move |what| {
            (0..self.sources).flat_map(move |source| {
                bits::ones(self.failing_from(source, what)).map(move |target| Cell {
                    source,
                    target,
                    what,
                })
            })
        })
    }

    /// Whether nothing passes from any of the sources to any of the targets, in what.
    pub(super) fn is_shut(&self, sources: &Bits, targets: &Bits, what: usize) -> bool {
        sources
            .iter()
            .take_while(|source| *source < self.sources)
            .all(|source| !bits::meet(self.passing_from(source, what), targets.words()))
    }

    /// Whether something fails from one of the sources to one of the targets, in what.
    pub(super) fn has_failing(&self, sources: &Bits, targets: &Bits, what: usize) -> bool {
        sources
            .iter()
            .take_while(|source| *source < self.sources)
            .any(|source| bits::meet(self.failing_from(source, what), targets.words()))
    }
}

/// The place of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Cell {
    pub(super) source: usize,
    pub(super) target: usize,
    pub(super) what: usize,
}

/// Failing cells that no block holds yet.
#[derive(Clone, Debug)]
pub(super) struct Left {
    sources: usize,
    rows: Vec<Bits>,
    count: usize,
}

impl Left {
    /// Every failing cell.
    pub(super) fn all(cells: &Cells) -> Self {
        let mut rows = Vec::with_capacity(cells.whats * cells.sources);
        for what in 0..cells.whats {
            for source in 0..cells.sources {
                let mut row = Bits::none(cells.targets);
                row.add_all(cells.failing_from(source, what));
                rows.push(row);
            }
        }
        let count = rows.iter().map(Bits::count).sum();
        Self {
            sources: cells.sources,
            rows,
            count,
        }
    }

    pub(super) const fn count(&self) -> usize {
        self.count
    }

    /// How many of them a block holds. A cell on both sides of its mirror counts twice.
    pub(super) fn held_by(&self, block: &Block) -> usize {
        let held = parts(block).into_iter().map(|part| {
            let rows = self.rows_of(&block.whats, part.sources);
            rows.map(|row| bits::common(self.rows[row].words(), part.targets.words()))
                .sum::<usize>()
        });
        held.sum()
    }

    /// Takes out what a block holds.
    pub(super) fn remove(&mut self, block: &Block) {
        for part in parts(block) {
            let rows: Vec<usize> = self.rows_of(&block.whats, part.sources).collect();
            for row in rows {
                let before = self.rows[row].count();
                self.rows[row].remove_all(part.targets.words());
                self.count -= before - self.rows[row].count();
            }
        }
    }

    fn rows_of<'a>(&'a self, whats: &'a Bits, sources: &'a Bits) -> impl Iterator<Item = usize> {
        let own = move || sources.iter().take_while(|source| *source < self.sources);
        whats
            .iter()
            .flat_map(move |what| own().map(move |source| what * self.sources + source))
    }

    /// The cell with so many others before it.
    pub(super) fn nth(&self, mut place: usize) -> Option<Cell> {
        for (row, targets) in self.rows.iter().enumerate() {
            let count = targets.count();
            if place < count {
                return targets.iter().nth(place).map(|target| Cell {
                    source: row % self.sources,
                    target,
                    what: row / self.sources,
                });
            }
            place -= count;
        }
        None
    }

    /// The cells.
    pub(super) fn iter(&self) -> impl Iterator<Item = Cell> + '_ {
        self.rows
            .iter()
            .enumerate()
            .flat_map(move |(row, targets)| {
                targets.iter().map(move |target| Cell {
                    source: row % self.sources,
                    target,
                    what: row / self.sources,
                })
            })
    }
}

/// One direction of a block.
struct Part<'a> {
    sources: &'a Bits,
    targets: &'a Bits,
}

fn parts(block: &Block) -> impl IntoIterator<Item = Part<'_>> {
    let straight = Part {
        sources: &block.sources,
        targets: &block.targets,
    };
    let mirrored = block.both_ways.then_some(Part {
        sources: &block.targets,
        targets: &block.sources,
    });
    [Some(straight), mirrored].into_iter().flatten()
}
