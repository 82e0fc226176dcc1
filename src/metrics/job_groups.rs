//! Jobs tallied once, by everything that a summary breaks them down by.
//!
//! A job is recorded in the one tally of its (queue, definition, environment, share); the
//! breakdowns are sums of these, made once at the end. A run uses few combinations and jobs come in
//! runs of one. Shares are named by the jobs: they are found by name, jobs without one pay nothing.

use super::tally::JobTally;
use crate::batch::job_queue::ShareIdentifier;
use crate::ec2::money::NanoUsd;
use crate::world::record::JobRecord;
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;

/// Queue, definition, the environment of the last attempt, and the share; `u32::MAX` for none.
type Key = (u32, u32, u32, u32);

/// The tallies of one replication, in order of first use.
#[derive(Clone, Debug, Default)]
pub(super) struct JobGroups {
    tallies: Vec<(Key, JobTally)>,
    index: FxHashMap<Key, usize>,
    last: usize,
    shares: Shares,
}

/// The shares that jobs had, by name, in order of first appearance.
#[derive(Clone, Debug, Default)]
struct Shares {
    names: Vec<ShareIdentifier>,
    /// What their jobs have cost, those of the warm-up included.
    costs: Vec<NanoUsd>,
    /// Looked up, never iterated.
    index: FxHashMap<ShareIdentifier, u32>,
}

impl Shares {
    fn number(&mut self, share: &ShareIdentifier) -> u32 {
        if let Some(number) = self.index.get(share) {
            return *number;
        }
        let number = self.names.len() as u32;
        self.names.push(share.clone());
        self.costs.push(NanoUsd::ZERO);
        self.index.insert(share.clone(), number);
        number
    }
}

impl JobGroups {
    #[inline]
    pub(super) fn add(&mut self, record: &JobRecord) {
        let environment = record.place.map_or(u32::MAX, |place| place.compute_environment.raw());
        let share = record.share.as_ref().map_or(u32::MAX, |share| self.shares.number(share));
        let key = (record.queue.raw(), record.definition.raw(), environment, share);
        if self.tallies.get(self.last).is_none_or(|(last, _)| *last != key) {
            let next = self.tallies.len();
            self.last = *self.index.entry(key).or_insert(next);
            if self.last == next {
                self.tallies.push((key, JobTally::default()));
            }
        }
        self.tallies[self.last].1.add(record);
    }

    /// A job of the warm-up or of the time behind it has cost what its record says.
    #[inline]
    pub(super) fn add_cost(&mut self, record: &JobRecord) {
        if let Some(share) = &record.share {
            let number = self.shares.number(share);
            self.shares.costs[number as usize] += record.cost;
        }
    }

    /// Jobs and cost of each share, by its name: queues have shares of their own, but a name means
    /// the same people in all of them.
    pub(super) fn shares(&self) -> BTreeMap<ShareIdentifier, (JobTally, NanoUsd)> {
        let Shares { names, costs, .. } = &self.shares;
        let share = |(name, cost): (&ShareIdentifier, &NanoUsd)| {
            (name.clone(), (JobTally::default(), *cost))
        };
        let mut shares: BTreeMap<_, _> = names.iter().zip(costs).map(share).collect();
        for ((.., number), tally) in &self.tallies {
            let name = names.get(*number as usize);
            if let Some((jobs, _)) = name.and_then(|name| shares.get_mut(name)) {
                jobs.merge(tally);
            }
        }
        shares
    }

    /// Adds every tally to those of its queue, its definition and its environment.
    pub(super) fn distribute(
        &self,
        queues: &mut [JobTally],
        definitions: &mut [JobTally],
        environments: &mut [JobTally],
    ) {
        for ((queue, definition, environment, _), tally) in &self.tallies {
            queues[*queue as usize].merge(tally);
            definitions[*definition as usize].merge(tally);
            if let Some(jobs) = environments.get_mut(*environment as usize) {
                jobs.merge(tally);
            }
        }
    }
}
