//! Consumable resources of jobs: waited for, locked, given back (behaviour 4.5).

use crate::batch::consumable::{ConsumableChange, ConsumableId, ConsumableNeed};
use crate::batch::job_queue::JobQueueId;
use crate::world::World;
use crate::world::event::Queue;

impl World {
    /// Whether something that a waiting job needs is not free. Then it plans for nothing.
    #[inline]
    pub(in crate::world) fn lacks_consumables(&mut self, job: u32) -> bool {
        if self.consumables.is_empty() {
            return false;
        }
        let lacks = !self.consumables.has(self.needs_of(job));
        if lacks {
            self.give_up_claims(job);
        }
        lacks
    }

    /// Claims what a waiting job needs before capacity is planned for it; false when others have.
    #[inline]
    pub(in crate::world) fn claim_consumables(&mut self, job: u32) -> bool {
        if self.consumables.is_empty() {
            return true;
        }
        let Self { consumables, jobs, config, .. } = self;
        let needs = &config.job_definitions[jobs.get(job).definition.index()].consumables;
        consumables.claim(job, needs)
    }

    /// A job, or a child of the array `waiting`, is STARTING.
    #[inline]
    pub(in crate::world) fn lock_consumables(&mut self, job: u32) {
        if !self.consumables.is_empty() {
            let Self { consumables, jobs, config, .. } = self;
            let row = jobs.get(job);
            consumables.lock(&config.job_definitions[row.definition.index()].consumables);
        }
    }

    /// One job of an entry of a queue needs no claim any more: it starts, or ends.
    #[inline]
    pub(in crate::world) fn give_up_claim(&mut self, entry: u32) {
        if !self.consumables.is_empty() {
            let Self { consumables, jobs, config, .. } = self;
            let definition = jobs.get(entry).definition;
            consumables.give_up_one(entry, &config.job_definitions[definition.index()].consumables);
        }
    }

    fn give_up_claims(&mut self, entry: u32) {
        let Self { consumables, jobs, config, .. } = self;
        let definition = jobs.get(entry).definition;
        consumables.give_up(entry, &config.job_definitions[definition.index()].consumables);
    }

    /// An attempt has ended: who waits for what it held is looked at again.
    #[inline]
    pub(in crate::world) fn release_consumables(&mut self, job: u32, queue: &mut Queue) {
        if self.consumables.is_empty() {
            return;
        }
        let Self { consumables, jobs, config, .. } = self;
        let definition = jobs.get(job).definition;
        if consumables.release(&config.job_definitions[definition.index()].consumables) {
            self.look_again(queue);
        }
    }

    /// `UpdateConsumableResource`.
    pub(in crate::world) fn update_consumable(
        &mut self,
        resource: ConsumableId,
        change: ConsumableChange,
        queue: &mut Queue,
    ) {
        self.consumables.change(resource, change);
        self.look_again(queue);
    }

    fn look_again(&mut self, queue: &mut Queue) {
        let mut waits = false;
        for id in (0..self.queues.len()).map(JobQueueId::from_index) {
            if self.has_waiting(id) {
                self.room_grew_for(id);
                waits = true;
            }
        }
        if waits {
            self.ensure_cycle(queue);
        }
    }

    fn needs_of(&self, job: u32) -> &[ConsumableNeed] {
        &self.config.job_definitions[self.jobs.get(job).definition.index()].consumables
    }
}
