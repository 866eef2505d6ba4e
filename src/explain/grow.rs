//! Boxes that cannot grow any more, from failing cells.

use std::collections::BTreeSet;

use super::{
    Block, Cells,
    bits::Bits,
    cells::{Cell, Left},
};

/// How often growing begins anew, each time from other cells: what one round's first boxes hide
/// another round finds.
const ROUNDS: usize = 12;
/// From so many boxes of the first round on, finding others is not worth the time: no reader takes
/// in a hundred statements, and with so many the first ones found are nearly as good.
const MANY: usize = 128;
/// With so many sources and whats together every box is looked at: 1,024 choices of them.
const SMALL: usize = 10;

/// The orders in which the sides of a box may grow.
const ORDERS: [[Side; 3]; 6] = [
    [Side::Sources, Side::Targets, Side::Whats],
    [Side::Sources, Side::Whats, Side::Targets],
    [Side::Targets, Side::Sources, Side::Whats],
    [Side::Targets, Side::Whats, Side::Sources],
    [Side::Whats, Side::Sources, Side::Targets],
    [Side::Whats, Side::Targets, Side::Sources],
];

#[derive(Clone, Copy)]
enum Side {
    Sources,
    Targets,
    Whats,
}

/// Boxes to choose from; together they hold every failing cell.
pub(super) struct Pool {
    /// The boxes, each once.
    pub(super) blocks: Vec<Block>,
    /// Boxes that hold everything, as they were found: the first answer.
    pub(super) greedy: Vec<Block>,
    /// The cells that they were grown from.
    pub(super) seeds: Vec<Cell>,
    /// Whether there is no box that is not in one of these: the best choice of them is the best.
    pub(super) is_complete: bool,
}

impl Pool {
    pub(super) fn of(cells: &Cells) -> Self {
        let all = Left::all(cells);
        let mut blocks = BTreeSet::new();
        let mut seeds = Vec::new();
        let mut greedy: Option<Vec<Block>> = None;
        let mut spread = Spread(0);
        for round in 0..ROUNDS {
            let mut left = all.clone();
            let mut taken = Vec::new();
            while let Some(seed) = left.nth(spread.next(round, left.count())) {
                let is_many = taken.len() >= MANY;
                let grown = grown(cells, seed, is_many);
                let best = grown.iter().max_by_key(|block| left.held_by(block));
                let Some(best) = best.cloned() else { break };
                left.remove(&best);
                taken.push(best);
                seeds.push(seed);
                blocks.extend(grown);
            }
            let is_many = taken.len() >= MANY;
            if greedy.as_ref().is_none_or(|best| taken.len() < best.len()) {
                greedy = Some(taken);
            }
            if is_many || all.count() == 0 {
                break;
            }
        }
        let is_complete = cells.sources() + cells.whats() <= SMALL;
        if is_complete {
            blocks.extend(every(cells));
        }
        Self {
            blocks: blocks.into_iter().collect(),
            is_complete,
            greedy: greedy.unwrap_or_default(),
            seeds,
        }
    }
}

/// Places that are spread over what is left, the same ones in every run.
struct Spread(u64);

impl Spread {
    fn next(&mut self, round: usize, count: usize) -> usize {
        if round == 0 || count == 0 {
            return 0;
        }
        // Knuth's multiplier for 64 bits; the upper half is well mixed.
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or_default() % count
    }
}

/// The largest box of each choice of sources and whats.
fn every(cells: &Cells) -> Vec<Block> {
    let (sources, whats) = (cells.sources(), cells.whats());
    let chosen = |choice: usize, from: usize, length: usize| {
        let is_chosen = move |it: &usize| choice >> (from + it) & 1 == 1;
        Bits::of(length, (0..length).filter(is_chosen))
    };
    let mut blocks = Vec::new();
    for choice in 1..1_usize << (sources + whats) {
        for both_ways in [false, true] {
            let mut growing = Growing {
                cells,
                both_ways,
                over_the_unknown: true,
                block: Block {
                    sources: chosen(choice, 0, sources),
                    targets: Bits::none(cells.targets()),
                    whats: chosen(choice, sources, whats),
                    both_ways: false,
                },
            };
            growing.grow(Side::Targets);
            blocks.push(growing.ended());
        }
    }
    blocks
}

/// The boxes that a cell grows to: each order, alone and together with the mirror.
fn grown(cells: &Cells, seed: Cell, only_first: bool) -> Vec<Block> {
    let mut blocks = BTreeSet::new();
    let what = seed.what;
    for both_ways in [false, true] {
        if both_ways && (only_first || seed.target >= cells.sources()) {
            continue;
        }
        for order in &ORDERS {
            let seed = Growing {
                cells,
                both_ways,
                over_the_unknown: false,
                block: single(cells, seed),
            };
            if both_ways && !seed.is_shut(what) {
                break;
            }
            // Twice, or the columns of the diagonal are missed.
            let mut growing = seed.clone();
            growing.grow_all(order);
            growing.grow_all(order);
            blocks.insert(growing.clone().ended());
            if only_first {
                break;
            }
            // What is not known at all may be the bridge to more that fails.
            growing.over_the_unknown = true;
            growing.grow_all(order);
            blocks.insert(growing.ended());
            let mut growing = seed;
            growing.over_the_unknown = true;
            growing.grow_all(order);
            blocks.insert(growing.ended());
        }
    }
    blocks.into_iter().collect()
}

fn single(cells: &Cells, cell: Cell) -> Block {
    Block {
        sources: Bits::of(cells.sources(), [cell.source]),
        targets: Bits::of(cells.targets(), [cell.target]),
        whats: Bits::of(cells.whats(), [cell.what]),
        both_ways: false,
    }
}

/// A box that grows, and its mirror with it where `both_ways`.
#[derive(Clone)]
struct Growing<'a> {
    cells: &'a Cells,
    both_ways: bool,
    /// Whether it takes in what does not pass, else only what fails somewhere.
    over_the_unknown: bool,
    block: Block,
}

impl Growing<'_> {
    fn grow_all(&mut self, order: &[Side]) {
        for side in order {
            self.grow(*side);
        }
    }

    fn grow(&mut self, side: Side) {
        match side {
            Side::Sources => self.block.sources = self.sources(),
            Side::Targets => self.block.targets = self.targets(),
            Side::Whats => self.block.whats = self.whats(),
        }
    }

    fn none(&self, length: usize) -> Bits {
        if self.over_the_unknown {
            Bits::all(length)
        } else {
            Bits::none(length)
        }
    }

    fn targets(&self) -> Bits {
        let cells = self.cells;
        let mut fails = self.none(cells.targets());
        let mut passes = Bits::none(cells.targets());
        for what in self.block.whats.iter() {
            for source in self.block.sources.iter() {
                fails.add_all(cells.failing_from(source, what));
                passes.add_all(cells.passing_from(source, what));
                if self.both_ways {
                    fails.add_all(cells.failing_to(source, what));
                    passes.add_all(cells.passing_to(source, what));
                }
            }
        }
        fails.without(&passes)
    }

    fn sources(&self) -> Bits {
        let cells = self.cells;
        let mut fails = self.none(cells.sources());
        let mut passes = Bits::none(cells.sources());
        for what in self.block.whats.iter() {
            for target in self.block.targets.iter() {
                fails.add_all(cells.failing_to(target, what));
                passes.add_all(cells.passing_to(target, what));
                if self.both_ways && target < cells.sources() {
                    fails.add_all(cells.failing_from(target, what));
                    passes.add_all(cells.passing_from(target, what));
                }
            }
        }
        fails.clip(cells.sources());
        fails.without(&passes)
    }

    fn whats(&self) -> Bits {
        let fits = |what: &usize| {
            let (sources, targets) = (&self.block.sources, &self.block.targets);
            let fails = self.over_the_unknown
                || self.cells.has_failing(sources, targets, *what)
                || (self.both_ways && self.cells.has_failing(targets, sources, *what));
            fails && self.is_shut(*what)
        };
        Bits::of(self.cells.whats(), (0..self.cells.whats()).filter(fits))
    }

    fn is_shut(&self, what: usize) -> bool {
        let (sources, targets) = (&self.block.sources, &self.block.targets);
        self.cells.is_shut(sources, targets, what)
            && (!self.both_ways || self.cells.is_shut(targets, sources, what))
    }

    /// The box with its mirror, where the mirror fails as a whole.
    fn ended(self) -> Block {
        let Self {
            cells, mut block, ..
        } = self;
        let mut others = block.targets.clone();
        others.clip(cells.sources());
        let is_own_mirror = others == block.sources && block.targets.count() == others.count();
        block.both_ways = !is_own_mirror
            && block
                .whats
                .iter()
                .all(|what| cells.is_shut(&block.targets, &block.sources, what))
            && block
                .whats
                .iter()
                .any(|what| cells.has_failing(&block.targets, &block.sources, what));
        block
    }
}
