//! Fair-share scheduling policies: which share of a queue is next, and how much all may use.
//!
//! What a policy says stands here; what has been used in `usage`, whose turn it is in `turns`, what
//! is held back in `reservation`, and all of a queue's shares in `shares` (behaviour 5.5). Knows
//! neither placement nor capacity: it is told of jobs that come, start, stop and go.

mod lane;
mod reservation;
mod shares;
mod turns;
mod usage;

pub use lane::Lane;
pub use reservation::usable_vcpus;
pub use shares::{ShareId, Shares, TooManyShares, UsageRules};
pub use turns::Turns;

use super::job_queue::ShareIdentifier;
use crate::sim::SimDuration;

/// The weight factor of a share that no entry of the policy lists (behaviour 5.5).
pub const DEFAULT_WEIGHT_FACTOR: f64 = 1.0;

/// `fairsharePolicy` of a scheduling policy.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FairSharePolicy {
    /// `shareDecaySeconds`, at most 7 days; zero leaves the choice to Batch.
    pub share_decay: SimDuration,
    /// `computeReservation`, 0 to 99 %.
    pub compute_reservation: u8,
    /// `shareDistribution`; no two entries overlap.
    pub share_distribution: Vec<ShareAttributes>,
}

/// One entry of `shareDistribution`.
#[derive(Clone, Debug, PartialEq)]
pub struct ShareAttributes {
    /// A share, or with a trailing asterisk every share whose name begins so.
    pub share_identifier: ShareIdentifier,
    /// 0.0001 to 999.9999; half of it is twice the vCPUs.
    pub weight_factor: f64,
}

impl FairSharePolicy {
    /// What the usage of a share is multiplied with.
    #[must_use]
    pub fn weight_factor(&self, share: &ShareIdentifier) -> f64 {
        let entry = self.share_distribution.iter().find(|entry| entry.covers(share));
        entry.map_or(DEFAULT_WEIGHT_FACTOR, |entry| entry.weight_factor)
    }

    /// How long usage is remembered, `default` where the policy does not say it.
    #[must_use]
    pub const fn window(&self, default: SimDuration) -> SimDuration {
        if self.share_decay.as_millis() == 0 { default } else { self.share_decay }
    }
}

impl ShareAttributes {
    /// Whether the entry is about a share.
    #[must_use]
    pub fn covers(&self, share: &ShareIdentifier) -> bool {
        match self.share_identifier.prefix() {
            Some(prefix) => share.as_str().starts_with(prefix),
            None => self.share_identifier == *share,
        }
    }

    /// Whether a share could be meant by both entries, which AWS refuses.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        // Of two prefixes the longer one is itself a share that both cover.
        self.covers(&other.share_identifier) || other.covers(&self.share_identifier)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(text: &str) -> ShareIdentifier {
        ShareIdentifier::new(text).unwrap()
    }

    fn entry(text: &str, weight_factor: f64) -> ShareAttributes {
        ShareAttributes { share_identifier: share(text), weight_factor }
    }

    #[test]
    fn an_entry_weighs_its_share_and_a_prefix_all_that_begin_so() {
        let share_distribution = vec![entry("teamA", 0.125), entry("user*", 2.5)];
        let policy = FairSharePolicy { share_distribution, ..FairSharePolicy::default() };
        let weights = ["teamA", "teamA1", "user", "user42", "other", "User1"]
            .map(|text| policy.weight_factor(&share(text)));
        assert_eq!(weights, [0.125, 1.0, 2.5, 2.5, 1.0, 1.0]);
    }

    #[test]
    fn two_entries_overlap_when_a_share_could_be_meant_by_both() {
        let overlap = |a: &str, b: &str| {
            assert_eq!(
                entry(a, 1.0).overlaps(&entry(b, 1.0)),
                entry(b, 1.0).overlaps(&entry(a, 1.0))
            );
            entry(a, 1.0).overlaps(&entry(b, 1.0))
        };
        assert!(overlap("UserA*", "UserA1") && overlap("UserA*", "UserA"));
        assert!(overlap("User*", "UserA*") && overlap("a", "a"));
        assert!(
            !overlap("UserA*", "UserB1") && !overlap("UserA*", "UserB*") && !overlap("a", "ab")
        );
    }

    #[test]
    fn a_policy_without_decay_remembers_the_default_window() {
        let ten_minutes = SimDuration::from_secs(600);
        let policy = FairSharePolicy::default();
        assert_eq!(policy.window(ten_minutes), ten_minutes);
        let policy = FairSharePolicy { share_decay: SimDuration::from_secs(60), ..policy };
        assert_eq!(policy.window(ten_minutes), SimDuration::from_secs(60));
    }
}
