//! Whose place in a queue a job has: within a share a higher schedulingPriority is first.
//!
//! Jobs of one lane are first in, first out. Does not order shares: that is a matter of what they
//! have used. Invariant: the lanes of one share are neighbours in the order of their type.

use super::ShareId;
use std::cmp::Reverse;

/// The jobs of one share with one scheduling priority.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lane {
    share: ShareId,
    scheduling_priority: Reverse<u16>,
}

impl Lane {
    /// The lane of jobs of `share` with this priority, 0 to 9,999.
    ///
    /// ```
    /// use batchcast::batch::scheduling_policy::{Lane, ShareId};
    /// let share = ShareId::new(0);
    /// assert!(Lane::new(share, 10) < Lane::new(share, 1), "the higher priority is first");
    /// ```
    #[must_use]
    pub const fn new(share: ShareId, scheduling_priority: u16) -> Self {
        Self { share, scheduling_priority: Reverse(scheduling_priority) }
    }

    /// Before every lane of `share`, and behind those of shares before it.
    #[must_use]
    pub const fn first_of(share: ShareId) -> Self {
        Self::new(share, u16::MAX)
    }

    /// The last lane of `share`, and before those of shares behind it.
    #[must_use]
    pub const fn last_of(share: ShareId) -> Self {
        Self::new(share, 0)
    }

    /// The share.
    #[must_use]
    pub const fn share(self) -> ShareId {
        self.share
    }

    /// The priority of its jobs.
    #[must_use]
    pub const fn scheduling_priority(self) -> u16 {
        self.scheduling_priority.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn within_a_share_a_higher_scheduling_priority_is_first_and_shares_do_not_mix() {
        let lane = |share, priority| Lane::new(ShareId::new(share), priority);
        let mut lanes = [lane(1, 0), lane(0, 0), lane(1, 9_999), lane(0, 7)];
        lanes.sort_unstable();
        assert_eq!(lanes, [lane(0, 7), lane(0, 0), lane(1, 9_999), lane(1, 0)]);
        assert!(lane(0, 0) < Lane::first_of(ShareId::new(1)));
        assert_eq!(lane(0, 0), Lane::last_of(ShareId::new(0)));
        assert_eq!((lanes[2].share(), lanes[2].scheduling_priority()), (ShareId::new(1), 9_999));
    }
}
