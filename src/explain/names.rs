//! Short names for sets of machines.

use super::Bits;

/// A set of machines that has a name: a group, a rack, a network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The name, as a sentence may use it: `rack r2`.
    pub name: String,
    /// Who belongs to it.
    pub members: Bits,
}

/// What a set of machines may be called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Name {
    /// A machine.
    One(usize),
    /// All there are.
    All,
    /// By its name, the place of [`Named`] in the list.
    Set(usize),
    /// All but these few.
    AllBut(Vec<usize>),
    /// One by one.
    List(Vec<usize>),
}

/// How many may be left out of "all but".
const FEW: usize = 3;

/// The shortest name of a set that holds all of `least` and nothing outside of `most`: one machine,
/// all, a named set (the first of the list that fits), all but a few, a list. `all` is who could be
/// meant at all.
#[must_use]
pub fn name(least: &Bits, most: &Bits, all: &Bits, sets: &[Named]) -> Name {
    let machines: Vec<usize> = least.iter().collect();
    if let [only] = machines[..] {
        return Name::One(only);
    }
    if all.is_within(most) {
        return Name::All;
    }
    let fits = |set: &Named| least.is_within(&set.members) && set.members.is_within(most);
    if let Some(place) = sets.iter().position(fits) {
        return Name::Set(place);
    }
    let out: Vec<usize> = all.clone().without(most).iter().collect();
    if out.len() <= FEW && out.len() * 2 < machines.len() {
        return Name::AllBut(out);
    }
    Name::List(machines)
}
