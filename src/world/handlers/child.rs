//! A child of an array becomes a job of its own: to be placed, or to end while it waits.

use crate::batch::backlog::EntryState;
use crate::sim::{SimDuration, SimTime};
use crate::world::World;
use crate::world::record::JobStatus;
use crate::world::state::jobs::UNACCEPTED;

impl World {
    /// Makes a child a job of its own that waits nowhere. Says since when capacity had been planned
    /// for it and by which environment of its queue, best by the one of rank `prefer`.
    pub(in crate::world) fn take_child(
        &mut self,
        parent: u32,
        child: u32,
        prefer: usize,
    ) -> (u32, Option<(SimTime, u8)>) {
        let mut job = self.jobs.get(parent).clone();
        let (id, lane) = (job.queue, job.lane);
        let is_evaluated = job.status == JobStatus::Pending;
        let is_released = is_evaluated && !self.jobs.pending.contains_key(&parent);
        self.note_taken(parent, child);
        let rate = self.config.profile.array_spawn_rate;
        let row = &mut self.jobs.arrays[job.array as usize];
        job.child = child;
        let since = if is_released { row.take(child, rate) } else { row.leave(child) };
        let mut planned = None;
        if let Some(since) = since {
            let since = since.min(self.now);
            (job.runnable, job.waiting_since, job.status) = (since, since, JobStatus::Runnable);
            self.queues[id.index()].runnable -= 1;
            planned = (prefer..3)
                .chain(0..prefer)
                .find_map(|rank| row.take_planned(rank).map(|since| (since, rank as u8)));
        } else if is_evaluated {
            job.waiting_since = row.evaluated;
        }
        let is_last = row.left() == 0;
        let is_hidden = is_released && row.runnable() == 0;
        let (shape, position) = (job.shape, job.position);
        let mut own = self.own_block(lane, parent, child);
        if !self.jobs.blocked_children.is_empty() {
            own += self.jobs.blocked_children.remove(&(parent, child)).unwrap_or_default();
        }
        let slot = self.jobs.insert(job).slot;
        if let Some(lapses) = self.jobs.lapses.get(&parent).cloned() {
            self.jobs.lapses.insert(slot, lapses);
        }
        if own > SimDuration::ZERO {
            self.jobs.blocked.insert(slot, own);
        }
        self.forget_blocker(lane, parent, child);
        if let Some((_, rank)) = planned {
            self.give_up_claim(parent);
            self.unassign_one(id, shape, rank);
        }
        let backlog = &mut self.lanes[lane.index()].backlog;
        if is_last {
            if position != UNACCEPTED {
                backlog.remove(position);
            }
            self.note_left(lane);
            self.jobs.remove(parent);
        } else if is_hidden {
            backlog.set_state(position, EntryState::Pending);
        }
        (slot, planned)
    }
}
