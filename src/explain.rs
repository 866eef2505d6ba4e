//! The fewest statements that explain what fails: boxes over a matrix *source × target × what*.
//! Pure, and it knows nothing of causes or reports.
//!
//! A cell fails, passes, or is not known (nobody tried, the diagonal, a machine without a report).
//! A [`Block`] is *sources × targets × whats* in which nothing passes and something fails;
//! [`cover`] finds the fewest blocks that hold every failing cell. In two dimensions that is the
//! minimum biclique cover, which is hard in general. Real faults are few boxes, and there the way
//! of ESPRESSO works: grow boxes from failing cells, choose among them, prove that fewer do not do.
//!
//! **Source:** R. K. Brayton et al., Logic Minimization Algorithms for VLSI Synthesis, 1984.

pub mod bits;
pub mod cells;
pub mod names;
pub mod spans;

mod alike;
mod choose;
mod connected;
mod grow;
mod proof;
#[cfg(test)]
mod tests;

pub use bits::Bits;
pub use cells::Cells;
pub use connected::{Connected, connected};

use self::{alike::Alike, grow::Pool};

/// One statement: from these sources to these targets none of these whats works.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Block {
    /// The sources.
    pub sources: Bits,
    /// The targets.
    pub targets: Bits,
    /// What fails.
    pub whats: Bits,
    /// Whether it fails the other way round as well: *between* the two.
    pub both_ways: bool,
}

/// The statements that explain every failing cell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cover {
    /// The statements, the one that holds most failing cells first; none is redundant.
    pub blocks: Vec<Block>,
    /// Whether it is proved that fewer do not explain everything.
    pub fewest: bool,
}

/// The fewest blocks that hold every failing cell and no passing one.
#[must_use]
pub fn cover(cells: &Cells) -> Cover {
    // Machines and whats that behave alike are one: a thousand of them become a handful.
    let alike = Alike::of(cells);
    let cells = &alike.cells;
    let pool = Pool::of(cells);
    let chosen = choose::blocks(cells, &pool);
    let is_best = pool.is_complete && chosen.is_best;
    let fewest = is_best || proof::is_fewest(cells, &chosen.blocks);
    let blocks = chosen.blocks.iter();
    let mut blocks: Vec<Block> = blocks
        .map(|block| alike.unfold(&trimmed(cells, block)))
        .collect();
    blocks.sort_by_cached_key(|block| (std::cmp::Reverse(block.size()), block.clone()));
    Cover { blocks, fewest }
}

/// The same without sources, targets and whats of which nothing fails in it.
fn trimmed(cells: &Cells, block: &Block) -> Block {
    let mut trimmed = Block {
        sources: Bits::none(cells.sources()),
        targets: Bits::none(cells.targets()),
        whats: Bits::none(cells.whats()),
        both_ways: block.both_ways,
    };
    for cell in cells.failing() {
        let (near, far) = if block.has(cell.source, cell.target) {
            (cell.source, cell.target)
        } else {
            (cell.target, cell.source)
        };
        if block.holds(cell.source, cell.target, cell.what) {
            trimmed.sources.add(near);
            trimmed.targets.add(far);
            trimmed.whats.add(cell.what);
        }
    }
    trimmed
}

impl Block {
    /// Whether it is said of this source and this target, the mirror left aside.
    fn has(&self, source: usize, target: usize) -> bool {
        self.sources.has(source) && self.targets.has(target)
    }

    fn size(&self) -> usize {
        self.sources.count() * self.targets.count() * self.whats.count()
    }

    /// Whether it holds this cell.
    #[must_use]
    pub fn holds(&self, source: usize, target: usize, what: usize) -> bool {
        let straight = self.has(source, target);
        let mirrored = self.both_ways && self.has(target, source);
        self.whats.has(what) && (straight || mirrored)
    }
}
