//! Jobs that the end of the run finds alive: recorded in order of id, never dropped.

use crate::batch::compute_environment::ComputeEnvironmentId;
use crate::batch::job_queue::StuckReason;
use crate::sim::SimTime;
use crate::world::World;
use crate::world::event::Queue;
use crate::world::observer::Observer;
use crate::world::record::{JobStatus, StatusReason};
use crate::world::state::attempts::Ending;
use crate::world::state::jobs::{Job, NONE, UNACCEPTED};
use rustc_hash::FxHashMap;

/// Heads of queues by job and child: why they are stuck. Looked up, never iterated.
pub(in crate::world) type StuckHeads = FxHashMap<(u32, u32), StuckReason>;

impl World {
    /// Gives every live job its record.
    pub(in crate::world) fn end_unfinished_jobs<O: Observer>(
        &mut self,
        queue: &mut Queue,
        observer: &mut O,
    ) {
        let stuck = self.stuck_heads();
        // Room that a job gives back now frees no head any more.
        for state in &mut self.lanes {
            state.stuck = None;
        }
        let mut attempts: FxHashMap<u32, u32> = FxHashMap::default();
        for instance in self.instances.all() {
            let mut attempt = self.instances.get(instance).attempts;
            while attempt != NONE {
                let row = self.attempts.get_mut(attempt);
                if !row.is_child_node {
                    attempts.insert(row.job, attempt);
                }
                attempt = row.next();
            }
        }
        let first_child = |job: &Job| match (job.child, job.array) {
            (NONE, array) if array != NONE => {
                self.jobs.arrays[array as usize].next_left(0).unwrap_or(NONE)
            }
            (child, _) => child,
        };
        let mut live: Vec<((u32, u32), u32)> =
            self.jobs.iter().map(|(slot, job)| ((job.id.raw(), first_child(job)), slot)).collect();
        live.sort_unstable();
        for (_, slot) in live {
            let job = self.jobs.get(slot);
            if let Some(attempt) = attempts.get(&slot) {
                self.end_attempt(*attempt, Ending::RunEnded, observer, queue);
            } else if job.child == NONE && job.array != NONE {
                self.end_unfinished_array(slot, &stuck, observer);
            } else {
                let planned = self.planned_since(slot);
                if self.jobs.is_gang(slot) {
                    self.give_up_gang(slot, queue);
                }
                self.end_unfinished(slot, planned, &stuck, observer);
            }
        }
    }

    fn end_unfinished_array<O: Observer>(
        &mut self,
        parent: u32,
        stuck: &StuckHeads,
        observer: &mut O,
    ) {
        let job = self.jobs.get(parent);
        let array = job.array;
        let mut next = 0;
        while let Some(child) = self.jobs.arrays[array as usize].next_left(next) {
            let is_last = self.jobs.arrays[array as usize].left() == 1;
            let (slot, planned) = self.take_child(parent, child, 0);
            self.end_unfinished(slot, planned.map(|(since, _)| since), stuck, observer);
            if is_last {
                break;
            }
            next = child + 1;
        }
    }

    /// Since when capacity has been planned for a job that is no array.
    pub(in crate::world) fn planned_since(&self, slot: u32) -> Option<SimTime> {
        if self.jobs.is_gang(slot) {
            return self.jobs.gang(slot).planned_since();
        }
        let job = self.jobs.get(slot);
        let backlog = &self.lanes[job.lane.index()].backlog;
        let entry = if job.attempts > 0 {
            backlog.retry((job.id.raw(), job.child)).copied()
        } else if job.status == JobStatus::Runnable {
            Some(*backlog.get(job.position))
        } else {
            None
        };
        entry.and_then(|entry| entry.plan.get()).map(|(since, _)| since)
    }

    fn end_unfinished<O: Observer>(
        &mut self,
        slot: u32,
        planned: Option<SimTime>,
        stuck: &StuckHeads,
        observer: &mut O,
    ) {
        let now = self.now;
        let job = self.jobs.get(slot);
        let (status, first) = (job.status, job.attempts == 0);
        if job.position != UNACCEPTED {
            let entered = if first { job.submitted } else { job.waiting_since };
            self.tally.waiting.leave(now, entered);
        }
        let own = self.own_block(job.lane, slot, NONE);
        *self.jobs.blocked.entry(slot).or_default() += own;
        let waits = self.waits_so_far(slot, planned);
        let reason = self.reason_to_wait(slot, stuck);
        self.end_waiting_job(slot, status, reason, waits, observer);
    }

    /// What AWS says of a RUNNABLE job of a queue without a VALID environment, and of one that is
    /// stuck at the head of its queue (behaviour 1.5).
    fn reason_to_wait(&self, slot: u32, stuck: &StuckHeads) -> StatusReason {
        let job = self.jobs.get(slot);
        let environments = &self.queues[job.queue.index()].environments;
        let invalid = |id: &ComputeEnvironmentId| self.environments[id.index()].invalid;
        if job.status == JobStatus::Runnable && environments.iter().all(invalid) {
            return StatusReason::InvalidEnvironments;
        }
        let reason = stuck.get(&(job.id.raw(), job.child)).copied();
        reason.map_or(StatusReason::None, StatusReason::Stuck)
    }
}
