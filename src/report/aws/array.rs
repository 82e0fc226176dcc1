//! An array as a whole, put together from what is told of its children (behaviour 2.2).
//!
//! A child is kept from its spawning to its record. Those that are still to be spawned count for
//! the state of their array, so the counts add up to its size at any time.

use super::live::{Ends, State};
use crate::batch::api_call::JobEnd;
use crate::ec2::money::NanoUsd;
use crate::sim::SimTime;
use crate::world::record::{JobRecord, JobStatus, StateChange};
use std::collections::BTreeMap;

/// The children of an array.
#[derive(Debug)]
pub(super) struct Array {
    pub(super) size: u32,
    children: BTreeMap<u32, State>,
    /// Spawned children by state, in the order of [`JobStatus::ALL`].
    counts: [u32; JobStatus::ALL.len()],
    /// The last change of the counts.
    pub(super) updated: SimTime,
    /// Children whose records have left, and what they cost.
    recorded: u32,
    pub(super) cost: NanoUsd,
    /// By child that was not spawned: what calls have asked for.
    ends: BTreeMap<u32, Ends>,
}

impl Array {
    pub(super) const fn new(size: u32) -> Self {
        Self {
            size,
            children: BTreeMap::new(),
            counts: [0; JobStatus::ALL.len()],
            updated: SimTime::ZERO,
            recorded: 0,
            cost: NanoUsd::ZERO,
            ends: BTreeMap::new(),
        }
    }

    /// A child changes its state; `whole` is what calls have asked for of the array.
    pub(super) fn enter(&mut self, child: u32, change: &StateChange, whole: Ends) {
        self.updated = change.time;
        self.counts[change.to as usize] += 1;
        if let Some(from) = change.from {
            self.counts[from as usize] -= 1;
        }
        if let Some(state) = self.children.get_mut(&child) {
            state.enter(change);
        } else {
            let ends = self.ends.remove(&child).unwrap_or(whole);
            self.children.insert(child, State::new(change, ends));
        }
    }

    /// How the array ends, once all its children have.
    pub(super) fn outcome(&self) -> Option<JobStatus> {
        let [.., succeeded, failed] = self.counts;
        (succeeded + failed == self.size).then_some(match failed {
            0 => JobStatus::Succeeded,
            _ => JobStatus::Failed,
        })
    }

    pub(super) fn request_end(&mut self, call: &JobEnd) {
        match call.child {
            None => self.children.values_mut().for_each(|state| state.request_end(call)),
            Some(child) => match self.children.get_mut(&child) {
                Some(state) => state.request_end(call),
                None => self.ends.entry(child).or_default().request(call),
            },
        }
    }

    /// Takes the record of a child in: whether it is the last one.
    pub(super) fn record(&mut self, record: &JobRecord) -> bool {
        self.recorded += 1;
        self.cost += record.cost;
        self.recorded == self.size
    }

    pub(super) fn forget(&mut self, child: u32) {
        self.children.remove(&child);
    }

    pub(super) fn state(&self, child: u32) -> Option<&State> {
        self.children.get(&child)
    }

    pub(super) fn state_mut(&mut self, child: u32) -> Option<&mut State> {
        self.children.get_mut(&child)
    }

    /// `statusSummary`, of an array that is in the state `whole`.
    pub(super) fn summary(&self, whole: JobStatus) -> BTreeMap<&'static str, u32> {
        let unspawned = self.size - self.counts.iter().sum::<u32>();
        let count = |status: JobStatus| {
            let waiting = if status == whole { unspawned } else { 0 };
            (status.as_str(), self.counts[status as usize] + waiting)
        };
        JobStatus::ALL.into_iter().map(count).collect()
    }
}
