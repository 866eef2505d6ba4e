//! How far a statement may shrink: what must be named, and what may be.

use super::{Block, Cells, Cover, bits::Bits, cells::Left};

/// A side of a statement: between these two sets it may be told as whatever is shortest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// Must be in it: only this statement explains what fails there.
    pub least: Bits,
    /// May be in it: nothing passes there.
    pub most: Bits,
}

/// The sources and targets of each statement of a cover. The whats stay as they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spans {
    /// Who looks.
    pub sources: Span,
    /// Who is looked at.
    pub targets: Span,
}

/// The spans of each statement.
#[must_use]
pub fn spans(cells: &Cells, cover: &Cover) -> Vec<Spans> {
    // Each shrinks with the earlier ones shrunk already, so that what two hold stays held by one.
    let mut blocks = cover.blocks.clone();
    for at in 0..blocks.len() {
        let own = super::choose::left_by_others(cells, &blocks, at);
        blocks[at] = shrunk(&blocks[at], &own);
    }
    blocks.iter().map(|block| spans_of(cells, block)).collect()
}

/// The smallest box around the cells that only this one holds.
fn shrunk(block: &Block, own: &Left) -> Block {
    let mut shrunk = Block {
        sources: block.sources.clone(),
        targets: block.targets.clone(),
        whats: block.whats.clone(),
        both_ways: block.both_ways,
    };
    let (mut sources, mut targets) = (Vec::new(), Vec::new());
    for cell in own.iter() {
        let is_straight = block.sources.has(cell.source) && block.targets.has(cell.target);
        let (near, far) = if is_straight {
            (cell.source, cell.target)
        } else {
            (cell.target, cell.source)
        };
        sources.push(near);
        targets.push(far);
    }
    let keep = |set: &mut Bits, kept: Vec<usize>| {
        let mut least = set.clone();
        least.remove_all(set.words());
        for it in kept {
            least.add(it);
        }
        *set = least;
    };
    keep(&mut shrunk.sources, sources);
    keep(&mut shrunk.targets, targets);
    shrunk
}

fn spans_of(cells: &Cells, block: &Block) -> Spans {
    let fits = |sources: &Bits, targets: &Bits| {
        block.whats.iter().all(|what| {
            cells.is_shut(sources, targets, what)
                && (!block.both_ways || cells.is_shut(targets, sources, what))
        })
    };
    let most = |length: usize, fits: &dyn Fn(&Bits) -> bool| {
        Bits::of(
            length,
            (0..length).filter(|it| fits(&Bits::of(length, [*it]))),
        )
    };
    let sources = most(cells.sources(), &|one| fits(one, &block.targets));
    // Both sides cannot grow at once: the second one keeps what the first one may have grown to.
    let targets = most(cells.targets(), &|one| fits(&sources, one));
    Spans {
        sources: Span {
            least: block.sources.clone(),
            most: sources,
        },
        targets: Span {
            least: block.targets.clone(),
            most: targets,
        },
    }
}
