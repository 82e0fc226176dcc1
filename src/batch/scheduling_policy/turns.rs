//! Whose turn it is in one pass over a queue: the share with the lowest weighted usage first.
//!
//! A heap: a pass costs O(s log s) for s shares that wait, and O(log s) for each job. Whoever does
//! not give a share back has skipped it for the rest of the pass. Invariant: one entry a share.

use super::ShareId;
use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

/// The shares that wait, by weighted usage; ties go to the share that was known first.
///
/// ```
/// use batchcast::batch::scheduling_policy::{ShareId, Turns};
/// let (a, b) = (ShareId::new(0), ShareId::new(1));
/// let mut turns = Turns::new([(a, 20.0), (b, 10.0)]);
/// assert_eq!(turns.take(), Some(b));
/// turns.give_back(b, 30.0); // it has dispatched a job
/// assert_eq!(turns.take(), Some(a)); // it is blocked, and skipped
/// assert_eq!(turns.take(), Some(b));
/// assert_eq!(turns.take(), None);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Turns(BinaryHeap<Reverse<Turn>>);

/// A share and what it has used.
#[derive(Clone, Copy, Debug)]
struct Turn {
    weighted_usage: f64,
    share: ShareId,
}

impl Turns {
    /// Of shares with a waiting job, each with its weighted usage.
    #[must_use]
    pub fn new(waiting: impl IntoIterator<Item = (ShareId, f64)>) -> Self {
        let turn = |(share, weighted_usage)| Reverse(Turn { weighted_usage, share });
        Self(waiting.into_iter().map(turn).collect())
    }

    /// The share with the lowest weighted usage, which has its turn now.
    pub fn take(&mut self) -> Option<ShareId> {
        self.0.pop().map(|Reverse(turn)| turn.share)
    }

    /// A share that has had its turn and has more jobs, with what it has used by now.
    pub fn give_back(&mut self, share: ShareId, weighted_usage: f64) {
        self.0.push(Reverse(Turn { weighted_usage, share }));
    }
}

impl Ord for Turn {
    fn cmp(&self, other: &Self) -> Ordering {
        // The share decides between equal usages, so that the order is total.
        let by_usage = self.weighted_usage.total_cmp(&other.weighted_usage);
        by_usage.then(self.share.cmp(&other.share))
    }
}

impl PartialOrd for Turn {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Turn {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Turn {}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Against a search of all shares at every turn. Small numbers, so that many are equal.
        #[test]
        fn the_share_with_the_lowest_usage_has_its_turn(
            usages in prop::collection::vec(0_u32..6, 1..9),
            rounds in prop::collection::vec((0_u32..4, any::<bool>()), 0..40),
        ) {
            let start = usages.iter().enumerate();
            let start = start.map(|(index, usage)| (ShareId::from_index(index), f64::from(*usage)));
            let mut known: Vec<Option<f64>> = usages.iter().map(|u| Some(f64::from(*u))).collect();
            let mut turns = Turns::new(start);
            for (step, gives_back) in rounds {
                let waiting = known.iter().enumerate().filter_map(|(i, u)| u.map(|u| (i, u)));
                let lowest = waiting.min_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
                let taken = turns.take();
                prop_assert_eq!(taken.map(ShareId::index), lowest.map(|(index, _)| index));
                let (Some(share), Some((index, usage))) = (taken, lowest) else { continue };
                known[index] = gives_back.then(|| usage + f64::from(step));
                if let Some(usage) = known[index] {
                    turns.give_back(share, usage);
                }
            }
        }
    }
}
