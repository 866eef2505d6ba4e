//! The proof that fewer statements do not do: failing cells of which no two fit into one.

use super::{
    Block, Cells,
    bits::Bits,
    cells::{Cell, Left},
    choose,
};

/// With more statements than this no proof is looked for.
const MANY: usize = 64;
/// How many cells of each statement are tried as its witness.
const WITNESSES: usize = 12;
/// How many pairs may be compared.
const PAIRS: usize = 200_000;

/// Whether there are as many failing cells as statements of which no two fit into one statement.
pub(super) fn is_fewest(cells: &Cells, blocks: &[Block]) -> bool {
    if blocks.len() <= 1 {
        return true;
    }
    if blocks.len() > MANY {
        return false;
    }
    let mut candidates: Vec<Vec<Cell>> = (0..blocks.len())
        .map(|own| spread(&choose::left_by_others(cells, blocks, own)))
        .collect();
    candidates.sort_by_key(Vec::len);
    let mut proof = Proof {
        cells,
        pairs: PAIRS,
        witnesses: Vec::new(),
    };
    proof.extends(&candidates)
}

/// Some of the cells, from all over.
fn spread(left: &Left) -> Vec<Cell> {
    let step = left.count().div_ceil(WITNESSES).max(1);
    left.iter().step_by(step).collect()
}

struct Proof<'a> {
    cells: &'a Cells,
    pairs: usize,
    witnesses: Vec<Cell>,
}

impl Proof<'_> {
    /// Whether each of the rest has a witness as well.
    fn extends(&mut self, rest: &[Vec<Cell>]) -> bool {
        let Some((first, rest)) = rest.split_first() else {
            return true;
        };
        for cell in first {
            if self.pairs < self.witnesses.len() {
                return false;
            }
            self.pairs -= self.witnesses.len();
            if self.witnesses.iter().any(|it| fit(self.cells, *it, *cell)) {
                continue;
            }
            self.witnesses.push(*cell);
            if self.extends(rest) {
                return true;
            }
            self.witnesses.pop();
        }
        false
    }
}

/// Whether one statement could hold both cells: in one box, or in a box and its mirror.
fn fit(cells: &Cells, one: Cell, other: Cell) -> bool {
    let set = |length, numbers| Bits::of(length, numbers);
    let is_shut = |sources: &Bits, targets: &Bits| {
        cells.is_shut(sources, targets, one.what) && cells.is_shut(sources, targets, other.what)
    };
    let straight = is_shut(
        &set(cells.targets(), [one.source, other.source]),
        &set(cells.targets(), [one.target, other.target]),
    );
    if straight {
        return true;
    }
    let near = set(cells.targets(), [one.source, other.target]);
    let far = set(cells.targets(), [one.target, other.source]);
    is_shut(&near, &far) && is_shut(&far, &near)
}
