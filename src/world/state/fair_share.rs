//! What a queue with a fair-share policy has beside its lanes (behaviour 5.5).
//!
//! vCPUs are counted in quarters, as Fargate sells them. Invariant: `waiting` holds the lanes in
//! which somebody stands, and no other.

use super::lanes::LaneId;
use crate::batch::scheduling_policy::{FairSharePolicy, Lane, ShareId, Shares, UsageRules};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound::{Excluded, Unbounded};

/// The shares of a queue, and where their jobs stand.
#[derive(Clone, Debug)]
pub(in crate::world) struct FairShare {
    pub(in crate::world) shares: Shares,
    /// Every lane that there has been.
    pub(in crate::world) lanes: BTreeMap<Lane, LaneId>,
    /// The lanes in which somebody stands.
    pub(in crate::world) waiting: BTreeMap<Lane, LaneId>,
    /// Quarter vCPUs of waiting jobs that capacity is planned for.
    pub(in crate::world) promised: u64,
    /// Quarter vCPUs that dispatched jobs may have, as the pass found it; `None` where nothing is
    /// held back for shares to come.
    pub(in crate::world) limit: Option<u64>,
    /// Raised whenever room grows: no lane has to be told one by one.
    pub(in crate::world) room_version: u32,
    /// Lanes with a stuck job that time limits count for, and perhaps some that had one.
    pub(in crate::world) stuck: BTreeSet<LaneId>,
}

impl FairShare {
    /// Without a job.
    pub(in crate::world) fn new(policy: FairSharePolicy, rules: UsageRules) -> Self {
        Self {
            shares: Shares::new(policy, rules),
            lanes: BTreeMap::new(),
            waiting: BTreeMap::new(),
            promised: 0,
            limit: None,
            room_version: 0,
            stuck: BTreeSet::new(),
        }
    }

    /// The first lane of a share in which somebody stands, or the first behind `last`.
    pub(in crate::world) fn next_lane(
        &self,
        share: ShareId,
        last: Option<Lane>,
    ) -> Option<(Lane, LaneId)> {
        let from = Excluded(last.unwrap_or(Lane::first_of(share)));
        let (lane, id) = self.waiting.range((from, Unbounded)).next()?;
        (lane.share() == share).then_some((*lane, *id))
    }

    /// The lanes of a share behind `last`, or all, in which somebody stands, in their order.
    pub(in crate::world) fn lanes_behind(&self, share: ShareId, last: Option<Lane>) -> Vec<LaneId> {
        let from = Excluded(last.unwrap_or(Lane::first_of(share)));
        let lanes = self.waiting.range((from, Unbounded));
        lanes.take_while(|(lane, _)| lane.share() == share).map(|(_, id)| *id).collect()
    }

    /// The shares that have a job in some lane, in their order: a look-up for each.
    pub(in crate::world) fn waiting_shares(&self) -> Vec<ShareId> {
        let mut shares = Vec::new();
        let mut next = self.waiting.first_key_value();
        while let Some((lane, _)) = next {
            shares.push(lane.share());
            let last = Lane::last_of(lane.share());
            next = self.waiting.range((Excluded(last), Unbounded)).next();
        }
        shares
    }
}
