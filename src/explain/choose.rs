//! The fewest boxes of a pool that hold every failing cell.

use std::cmp::Reverse;

use super::{
    Block, Cells,
    bits::Bits,
    cells::{Cell, Left},
    grow::Pool,
};

/// How many steps the search for a better choice may take: it ends long before on what real
/// networks show, and stays under some milliseconds on what they do not.
const STEPS: usize = 4_000;
/// With so many boxes in the first answer no better one is looked for.
const MANY: usize = 128;
/// So many cells that the last choice left out are asked for in the next one.
const MORE: usize = 16;

/// Boxes that hold every failing cell. None of them is redundant.
pub(super) struct Choice {
    pub(super) blocks: Vec<Block>,
    /// Whether fewer of the pool do not hold every failing cell.
    pub(super) is_best: bool,
}

/// The best choice.
pub(super) fn blocks(cells: &Cells, pool: &Pool) -> Choice {
    let first = || Choice {
        blocks: irredundant(cells, pool.greedy.clone()),
        is_best: false,
    };
    if pool.greedy.len() >= MANY {
        return first();
    }
    // Not every cell is asked for at once: those that the choice so far leaves out are added until
    // it leaves none out.
    let mut asked = pool.seeds.clone();
    asked.sort_unstable();
    asked.dedup();
    let mut steps = STEPS;
    while steps > 0 {
        let search = Search::of(&pool.blocks, &asked, pool.greedy.len(), steps).run();
        steps = search.steps;
        let Some(chosen) = search.best else { break };
        let chosen: Vec<Block> = chosen.iter().map(|at| pool.blocks[*at].clone()).collect();
        let mut left = Left::all(cells);
        for block in &chosen {
            left.remove(block);
        }
        if left.count() == 0 {
            return Choice {
                blocks: irredundant(cells, chosen),
                is_best: steps > 0,
            };
        }
        let step = left.count().div_ceil(MORE);
        asked.extend(left.iter().step_by(step));
    }
    first()
}

/// The same without those whose cells the others hold.
fn irredundant(cells: &Cells, mut blocks: Vec<Block>) -> Vec<Block> {
    let mut at = 0;
    while blocks.len() < MANY && at < blocks.len() {
        let left = left_by_others(cells, &blocks, at);
        if left.count() == 0 {
            blocks.remove(at);
        } else {
            at += 1;
        }
    }
    blocks
}

/// The failing cells that only one of the blocks holds.
pub(super) fn left_by_others(cells: &Cells, blocks: &[Block], own: usize) -> Left {
    let mut left = Left::all(cells);
    for (at, block) in blocks.iter().enumerate() {
        if at != own {
            left.remove(block);
        }
    }
    left
}

/// Branch and bound over the boxes of a pool.
struct Search {
    /// The boxes that hold each cell that is asked for.
    holders: Vec<Bits>,
    /// How many these are.
    counts: Vec<usize>,
    /// The cells that each box holds.
    held: Vec<Bits>,
    best: Option<Vec<usize>>,
    /// Fewer boxes than this are wanted.
    bound: usize,
    /// How many steps may still be taken.
    steps: usize,
}

impl Search {
    /// A search for at most so many boxes in at most so many steps.
    fn of(blocks: &[Block], asked: &[Cell], most: usize, steps: usize) -> Self {
        let held = blocks.iter().map(|block| {
            let held = asked
                .iter()
                .enumerate()
                .filter(|(_, cell)| block.holds(cell.source, cell.target, cell.what));
            Bits::of(asked.len(), held.map(|(place, _)| place))
        });
        let mut held: Vec<Bits> = held.collect();
        drop_dominated(&mut held);
        let holders = (0..asked.len()).map(|cell| {
            let holders = held.iter().enumerate().filter(|(_, held)| held.has(cell));
            Bits::of(blocks.len(), holders.map(|(place, _)| place))
        });
        let holders: Vec<Bits> = holders.collect();
        Self {
            counts: holders.iter().map(Bits::count).collect(),
            holders,
            held,
            best: None,
            bound: most + 1,
            steps,
        }
    }

    fn run(mut self) -> Self {
        let all = Bits::all(self.holders.len());
        self.branch(&all, &mut Vec::new());
        self
    }

    fn branch(&mut self, open: &Bits, taken: &mut Vec<usize>) {
        self.steps = self.steps.saturating_sub(1);
        let Some(rarest) = open.iter().min_by_key(|cell| self.counts[*cell]) else {
            self.bound = taken.len();
            self.best = Some(taken.clone());
            return;
        };
        if self.steps == 0 || taken.len() + self.at_least(open) >= self.bound {
            return;
        }
        let mut choices: Vec<usize> = self.holders[rarest].iter().collect();
        choices.sort_by_key(|block| {
            let mut gained = self.held[*block].clone();
            gained.keep_all(open.words());
            Reverse(gained.count())
        });
        for block in choices {
            taken.push(block);
            let left = open.clone().without(&self.held[block]);
            self.branch(&left, taken);
            taken.pop();
        }
    }

    /// So many boxes are needed for these cells, as no box holds two of those counted.
    fn at_least(&self, open: &Bits) -> usize {
        let mut used = Bits::none(self.held.len());
        let mut count = 0;
        for cell in open.iter() {
            if !self.holders[cell].meets(&used) {
                used.add_all(self.holders[cell].words());
                count += 1;
            }
        }
        count
    }
}

/// Empties the boxes that hold no more than another one does.
fn drop_dominated(held: &mut [Bits]) {
    let mut order: Vec<usize> = (0..held.len()).collect();
    order.sort_by_key(|at| Reverse(held[*at].count()));
    let mut kept: Vec<usize> = Vec::new();
    for at in order {
        if kept.iter().any(|other| held[at].is_within(&held[*other])) {
            held[at] = Bits::default();
        } else {
            kept.push(at);
        }
    }
}
