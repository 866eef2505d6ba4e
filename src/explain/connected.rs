//! The machines that see each other fully.

use super::{Bits, Cells};

/// How many steps the search for a larger set may take.
const STEPS: usize = 20_000;

/// Machines of which each sees each other one in everything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connected {
    /// The machines.
    pub machines: Bits,
    /// Whether it is proved that no larger set does: otherwise say "at least".
    pub largest: bool,
}

/// The largest set of machines with a report in which nothing fails from one to another. Whoever
/// is taken out stands at one end of everything that fails: a vertex cover.
#[must_use]
pub fn connected(cells: &Cells) -> Connected {
    let machines = cells.sources();
    let mut foes = vec![Bits::none(machines); machines];
    for cell in cells.failing() {
        if cell.target < machines && cell.source != cell.target {
            foes[cell.source].add(cell.target);
            foes[cell.target].add(cell.source);
        }
    }
    let mut search = Search {
        foes,
        best: Bits::none(machines),
        steps: 0,
    };
    search.best = search.greedy();
    search.branch(Bits::all(machines), Bits::none(machines));
    Connected {
        machines: search.best,
        largest: search.steps <= STEPS,
    }
}

struct Search {
    foes: Vec<Bits>,
    best: Bits,
    steps: usize,
}

impl Search {
    /// Takes out whoever fails with most others until nothing fails.
    fn greedy(&self) -> Bits {
        let mut kept = Bits::all(self.foes.len());
        while let Some(worst) = self.worst(&kept) {
            kept.take(worst);
        }
        kept
    }

    /// Of these machines the one that fails with most of the others, if any does.
    fn worst(&self, among: &Bits) -> Option<usize> {
        let quarrels =
            |machine: usize| super::bits::common(self.foes[machine].words(), among.words());
        let (count, worst) = among.iter().map(|it| (quarrels(it), it)).max()?;
        (count > 0).then_some(worst)
    }

    /// Looks for a larger set: `kept` with machines of `open`.
    fn branch(&mut self, open: Bits, kept: Bits) {
        self.steps += 1;
        if self.steps > STEPS || open.count() + kept.count() <= self.best.count() {
            return;
        }
        let Some(worst) = self.worst(&open) else {
            self.best = kept;
            self.best.add_all(open.words());
            return;
        };
        let mut without = open;
        without.take(worst);
        let friends = without.clone().without(&self.foes[worst]);
        let mut with = kept.clone();
        with.add(worst);
        self.branch(without, kept);
        self.branch(friends, with);
    }
}
