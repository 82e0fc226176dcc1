//! Jobs tallied once, by everything that a summary breaks them down by.
//!
//! A job is recorded in the one tally of its (queue, definition, environment); the breakdowns are
//! sums of these, made once at the end. A run uses few combinations and jobs come in runs of one.

use super::tally::JobTally;
use crate::world::record::JobRecord;
use rustc_hash::FxHashMap;

/// Queue, definition, and the environment of the last attempt; `u32::MAX` for none.
type Key = (u32, u32, u32);

/// The tallies of one replication, in order of first use.
#[derive(Clone, Debug, Default)]
pub(super) struct JobGroups {
    tallies: Vec<(Key, JobTally)>,
    index: FxHashMap<Key, usize>,
    last: usize,
}

impl JobGroups {
    #[inline]
    pub(super) fn add(&mut self, record: &JobRecord) {
        let environment = record.place.map_or(u32::MAX, |place| place.compute_environment.raw());
        let key = (record.queue.raw(), record.definition.raw(), environment);
        if self.tallies.get(self.last).is_none_or(|(last, _)| *last != key) {
            let next = self.tallies.len();
            self.last = *self.index.entry(key).or_insert(next);
            if self.last == next {
                self.tallies.push((key, JobTally::default()));
            }
        }
        self.tallies[self.last].1.add(record);
    }

    /// Adds every tally to those of its queue, its definition and its environment.
    pub(super) fn distribute(
        &self,
        queues: &mut [JobTally],
        definitions: &mut [JobTally],
        environments: &mut [JobTally],
    ) {
        for ((queue, definition, environment), tally) in &self.tallies {
            queues[*queue as usize].merge(tally);
            definitions[*definition as usize].merge(tally);
            if let Some(jobs) = environments.get_mut(*environment as usize) {
                jobs.merge(tally);
            }
        }
    }
}
