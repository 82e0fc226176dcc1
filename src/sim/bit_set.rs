//! A set of small numbers that finds its next member fast, however far away it is.
//!
//! A tree of words: a bit of one level says that a word of the level below has a member. Insertion,
//! removal and search touch one word per level, and there are log64(n) levels. It takes n/63 words
//! whatever its members are, so it suits numbers that are dense somewhere in a range.

/// A set of numbers.
///
/// ```
/// use batchcast::sim::BitSet;
/// let mut set = BitSet::default();
/// set.insert(3);
/// set.insert(1_000_000);
/// assert_eq!((set.next(0), set.next(4), set.next(1_000_001)), (Some(3), Some(1_000_000), None));
/// ```
#[derive(Clone, Debug, Default)]
pub struct BitSet {
    /// The members first, the root last.
    levels: Vec<Vec<u64>>,
}

const BITS: usize = 64;

impl BitSet {
    /// Adds a member; whether it was none before.
    ///
    /// ```
    /// let mut set = batchcast::sim::BitSet::default();
    /// assert!(set.insert(7) && !set.insert(7));
    /// ```
    pub fn insert(&mut self, member: usize) -> bool {
        self.reach(member);
        let mut index = member;
        let mut is_new = false;
        for (level, words) in self.levels.iter_mut().enumerate() {
            let word = &mut words[index / BITS];
            let before = *word;
            *word |= 1 << (index % BITS);
            if level == 0 {
                is_new = *word != before;
            }
            if before != 0 {
                break;
            }
            index /= BITS;
        }
        is_new
    }

    /// Removes a member, if it is one.
    ///
    /// ```
    /// let mut set = batchcast::sim::BitSet::default();
    /// set.insert(7);
    /// set.remove(7);
    /// assert_eq!(set.next(0), None);
    /// ```
    pub fn remove(&mut self, member: usize) {
        let mut index = member;
        for words in &mut self.levels {
            let Some(word) = words.get_mut(index / BITS) else { return };
            *word &= !(1 << (index % BITS));
            if *word != 0 {
                break;
            }
            index /= BITS;
        }
    }

    /// Whether a number is a member.
    ///
    /// ```
    /// assert!(!batchcast::sim::BitSet::default().contains(0));
    /// ```
    #[must_use]
    pub fn contains(&self, member: usize) -> bool {
        let word = self.levels.first().and_then(|words| words.get(member / BITS));
        word.is_some_and(|word| word >> (member % BITS) & 1 == 1)
    }

    /// The first member at or after `from`.
    ///
    /// ```
    /// let mut set = batchcast::sim::BitSet::default();
    /// set.insert(70);
    /// assert_eq!((set.next(70), set.next(71)), (Some(70), None));
    /// ```
    #[must_use]
    pub fn next(&self, from: usize) -> Option<usize> {
        let mut index = from;
        for (level, words) in self.levels.iter().enumerate() {
            let word = words.get(index / BITS)? & (!0 << (index % BITS));
            if word != 0 {
                let found = index / BITS * BITS + word.trailing_zeros() as usize;
                return Some(self.descend(level, found));
            }
            // Nothing in what is left of this word: go on behind it, a level higher.
            index = index / BITS + 1;
        }
        None
    }

    /// The first member under a bit of a level.
    fn descend(&self, level: usize, bit: usize) -> usize {
        let below = self.levels[..level].iter().rev();
        below.fold(bit, |bit, words| bit * BITS + words[bit].trailing_zeros() as usize)
    }

    /// Makes room for a member.
    fn reach(&mut self, member: usize) {
        let mut words = member / BITS + 1;
        if self.levels.first().is_some_and(|members| members.len() >= words) {
            return;
        }
        let mut level = 0;
        loop {
            if level == self.levels.len() {
                // A new root knows what the old one has.
                let old = self.levels.last().and_then(|root| root.first());
                self.levels.push(vec![u64::from(old.is_some_and(|word| *word != 0))]);
            }
            let row = &mut self.levels[level];
            if row.len() < words {
                row.resize(words, 0);
            }
            if self.levels[level].len() == 1 {
                return;
            }
            words = words.div_ceil(BITS);
            level += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn it_is_an_ordered_set(
            steps in prop::collection::vec(
                (any::<bool>(), 0..300_000usize, 0..300_000usize),
                0..300,
            )
        ) {
            let (mut set, mut oracle) = (BitSet::default(), BTreeSet::new());
            for (inserts, member, from) in steps {
                if inserts {
                    prop_assert_eq!(set.insert(member), oracle.insert(member));
                } else {
                    set.remove(member);
                    oracle.remove(&member);
                }
                prop_assert_eq!(set.next(from), oracle.range(from..).next().copied());
                prop_assert_eq!(set.contains(from), oracle.contains(&from));
            }
        }
    }
}
