//! Sets of small numbers, as rows of bits.

/// A set of numbers below a length that its user knows. Sets of different lengths may meet: what
/// the shorter one has no place for is not in it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bits(Vec<u64>);

/// How many numbers a word holds.
const WORD: usize = u64::BITS as usize;

/// How many words a set of numbers below `length` needs.
pub(super) const fn words(length: usize) -> usize {
    length.div_ceil(WORD)
}

impl Bits {
    /// The empty set of numbers below `length`.
    #[must_use]
    pub fn none(length: usize) -> Self {
        Self(vec![0; words(length)])
    }

    /// All numbers below `length`.
    #[must_use]
    pub fn all(length: usize) -> Self {
        let mut bits = Self(vec![u64::MAX; words(length)]);
        bits.clip(length);
        bits
    }

    /// These numbers, of those below `length`.
    #[must_use]
    pub fn of(length: usize, numbers: impl IntoIterator<Item = usize>) -> Self {
        let mut bits = Self::none(length);
        for number in numbers {
            bits.add(number);
        }
        bits
    }

    /// Takes a number in, which must be below the length.
    pub fn add(&mut self, number: usize) {
        self.0[number / WORD] |= 1 << (number % WORD);
    }

    /// Takes a number out.
    pub fn take(&mut self, number: usize) {
        self.0[number / WORD] &= !(1 << (number % WORD));
    }

    /// Whether a number is in it.
    #[must_use]
    pub fn has(&self, number: usize) -> bool {
        has(&self.0, number)
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    /// The numbers, ascending.
    pub fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        ones(&self.0)
    }

    /// The lowest number.
    #[must_use]
    pub fn first(&self) -> Option<usize> {
        self.iter().next()
    }

    /// Whether all of it is in the other.
    #[must_use]
    pub fn is_within(&self, other: &Self) -> bool {
        self.iter().all(|number| other.has(number))
    }

    /// Whether both have a number in common.
    #[must_use]
    pub fn meets(&self, other: &Self) -> bool {
        meet(&self.0, &other.0)
    }

    /// The same without those of the other.
    #[must_use]
    pub fn without(mut self, other: &Self) -> Self {
        self.remove_all(&other.0);
        self
    }

    pub(super) fn words(&self) -> &[u64] {
        &self.0
    }

    pub(super) fn add_all(&mut self, words: &[u64]) {
        for (own, word) in self.0.iter_mut().zip(words) {
            *own |= word;
        }
    }

    pub(super) fn remove_all(&mut self, words: &[u64]) {
        for (own, word) in self.0.iter_mut().zip(words) {
            *own &= !word;
        }
    }

    pub(super) fn keep_all(&mut self, words: &[u64]) {
        for (own, word) in self.0.iter_mut().zip(words) {
            *own &= word;
        }
    }

    /// Forgets what is not below `length`.
    pub(super) fn clip(&mut self, length: usize) {
        self.0.truncate(words(length));
        if let (Some(last), rest @ 1..) = (self.0.last_mut(), length % WORD) {
            *last &= (1 << rest) - 1;
        }
    }
}

pub(super) fn has(words: &[u64], number: usize) -> bool {
    words
        .get(number / WORD)
        .is_some_and(|word| word >> (number % WORD) & 1 == 1)
}

pub(super) fn meet(left: &[u64], right: &[u64]) -> bool {
    left.iter()
        .zip(right)
        .any(|(left, right)| left & right != 0)
}

pub(super) fn common(left: &[u64], right: &[u64]) -> usize {
    let both = left.iter().zip(right).map(|(left, right)| left & right);
    both.map(|word| word.count_ones() as usize).sum()
}

pub(super) fn ones(words: &[u64]) -> impl Iterator<Item = usize> + '_ {
    words.iter().enumerate().flat_map(|(place, word)| {
        let mut left = *word;
        std::iter::from_fn(move || {
            let lowest = (left != 0).then(|| left.trailing_zeros() as usize)?;
            left &= left - 1;
            Some(place * WORD + lowest)
        })
    })
}
