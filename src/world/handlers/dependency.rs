//! Dependencies: jobs that wait for others, and what the end of a job means for them
//! (behaviour 2.1).
//!
//! Whoever ends is put on a list, and the list is worked off after the event: a failure that runs
//! down a chain of any length is a loop. A failed dependency fails who waits for it; the failure
//! and cancellation of a job count alike.

use crate::batch::backlog::EntryState;
use crate::batch::dependency::{Dependency, Links, Outcome, Wake};
use crate::sim::SimTime;
use crate::world::World;
use crate::world::event::{Queue, Stamped};
use crate::world::observer::Observer;
use crate::world::record::{JobStatus, StatusReason};
use crate::world::state::jobs::{NONE, Pending};

/// What has still to be carried out for those who wait for others.
#[derive(Clone, Copy, Debug)]
pub(in crate::world) enum End {
    /// A job or a child that others may wait for has ended.
    Target { target: u32, child: Option<u32>, succeeded: bool },
    /// What a job, or children of an array, wait for had FAILED before they were evaluated.
    Doomed(Stamped),
}

impl World {
    /// A submission that others refer to, or that refers to others, enters.
    pub(in crate::world) fn link(&mut self, job: Stamped, links: &Links, size: u32) {
        let sequential = links.depends_on.contains(&Dependency::Sequential);
        if links.handle.is_some() || sequential {
            let target = self.dependencies.add(job, links.handle, size, links.by_index);
            self.jobs.get_mut(job.slot).target = target;
            if sequential {
                self.dependencies.wait_in_sequence(target);
            }
        }
        let mut pending = Pending::default();
        for dependency in &links.depends_on {
            let outcome = match *dependency {
                Dependency::Job(handle) => {
                    let target = self.dependencies.target(handle);
                    self.dependencies.wait(target, job)
                }
                Dependency::Child(handle, child) => {
                    let target = self.dependencies.target(handle);
                    self.dependencies.wait_for_child(target, child, job)
                }
                Dependency::NToN(handle) => {
                    let target = self.dependencies.target(handle);
                    let mut ended = Vec::new();
                    let note = |child, succeeded| ended.push((child, succeeded));
                    self.dependencies.wait_by_index(target, job, note);
                    for (child, succeeded) in ended {
                        self.note_child(job, child, succeeded);
                    }
                    continue;
                }
                Dependency::Sequential => {
                    self.note_child(job, 0, true);
                    continue;
                }
            };
            pending.open += u32::from(outcome == Outcome::Open);
            pending.failed |= outcome == Outcome::Failed;
        }
        if pending.open > 0 || pending.failed {
            self.jobs.pending.insert(job.slot, pending);
        }
    }

    /// What a child waits for has ended before its array was evaluated.
    fn note_child(&mut self, parent: Stamped, child: u32, succeeded: bool) {
        let now = self.now;
        let array = self.jobs.get(parent.slot).array;
        if let Some(gate) = &mut self.jobs.arrays[array as usize].gate {
            if succeeded {
                gate.meet(child, now);
            } else {
                gate.doom(child);
            }
        }
    }

    /// At its first evaluation: whether a job has to wait for others, and is PENDING.
    pub(in crate::world) fn waits_for_others(&mut self, job: Stamped) -> bool {
        let now = self.now;
        let Some(pending) = self.jobs.pending.get_mut(&job.slot) else { return false };
        if pending.open == 0 && !pending.failed {
            self.jobs.pending.remove(&job.slot);
            return false;
        }
        pending.since = Some(now);
        if pending.failed {
            self.ends.push_back(End::Doomed(job));
        }
        self.note_change(job.slot, JobStatus::Pending);
        let row = self.jobs.get_mut(job.slot);
        row.status = JobStatus::Pending;
        row.waiting_since = now;
        let (lane, position, array) = (row.lane, row.position, row.array);
        if array != NONE {
            self.jobs.arrays[array as usize].evaluated = now;
        }
        self.lanes[lane.index()].backlog.set_state(position, EntryState::Pending);
        true
    }

    /// A job that others may wait for has ended; what that means for them is carried out after the
    /// event.
    #[inline]
    pub(in crate::world) fn note_end(
        &mut self,
        target: u32,
        child: Option<u32>,
        status: JobStatus,
    ) {
        if target != NONE && matches!(status, JobStatus::Succeeded | JobStatus::Failed) {
            let succeeded = status == JobStatus::Succeeded;
            self.ends.push_back(End::Target { target, child, succeeded });
        }
    }

    /// Works off what the ends of jobs mean for those who wait for them.
    #[cold]
    pub(in crate::world) fn resolve_dependencies<O: Observer>(
        &mut self,
        queue: &mut Queue,
        observer: &mut O,
    ) {
        let mut wakes: Vec<Wake<Stamped>> = Vec::new();
        while let Some(end) = self.ends.pop_front() {
            match end {
                End::Target { target, child, succeeded } => {
                    self.dependencies.end(target, child, succeeded, &mut wakes);
                    for wake in wakes.drain(..) {
                        if self.jobs.is_current(wake.waiter) {
                            self.wake(wake, queue, observer);
                        }
                    }
                }
                End::Doomed(job) => {
                    if self.jobs.is_current(job) {
                        self.carry_out_doom(job, observer);
                    }
                }
            }
        }
    }

    /// Something that a job, or one of its children, waits for has ended.
    fn wake<O: Observer>(&mut self, wake: Wake<Stamped>, queue: &mut Queue, observer: &mut O) {
        let (job, succeeded) = (wake.waiter, wake.succeeded);
        if let Some(child) = wake.child {
            self.wake_child(job, child, succeeded, queue, observer);
            return;
        }
        let Some(pending) = self.jobs.pending.get_mut(&job.slot) else { return };
        pending.open -= 1;
        pending.failed |= !succeeded;
        let Pending { open, failed, cancelled, since } = *pending;
        let Some(since) = since else { return };
        if failed {
            self.fail_pending(job, StatusReason::DependencyFailed, observer);
        } else if open == 0 {
            match cancelled {
                Some(reason) => self.fail_pending(job, StatusReason::Requested(reason), observer),
                None => {
                    self.jobs.pending.remove(&job.slot);
                    self.make_runnable(job, since, queue);
                }
            }
        }
    }

    fn wake_child<O: Observer>(
        &mut self,
        parent: Stamped,
        child: u32,
        succeeded: bool,
        queue: &mut Queue,
        observer: &mut O,
    ) {
        let now = self.now;
        let job = self.jobs.get(parent.slot);
        let (id, lane, position, array) = (job.queue, job.lane, job.position, job.array);
        let row = &mut self.jobs.arrays[array as usize];
        let size = row.size;
        let Some(gate) = row.gate.as_mut().filter(|_| child < size) else { return };
        if !succeeded {
            if gate.doom(child) {
                self.end_child(parent.slot, child, StatusReason::DependencyFailed, observer);
            }
        } else if gate.meet(child, now) && gate.is_open() {
            let cancelled = gate.is_cancelled(child);
            self.note_ready(parent.slot, child);
            self.queues[id.index()].runnable += 1;
            let backlog = &mut self.lanes[lane.index()].backlog;
            backlog.set_state(position, EntryState::Array);
            backlog.reconsider_from(position);
            if let Some(reason) = cancelled {
                self.end_child(parent.slot, child, StatusReason::Requested(reason), observer);
            }
            self.ensure_cycle(queue);
        }
    }

    /// What was found FAILED before a job was evaluated fails it, or those of its children that
    /// waited for it.
    fn carry_out_doom<O: Observer>(&mut self, job: Stamped, observer: &mut O) {
        if self.jobs.pending.contains_key(&job.slot) {
            self.fail_pending(job, StatusReason::DependencyFailed, observer);
            return;
        }
        let array = self.jobs.get(job.slot).array as usize;
        let Some(gate) = &mut self.jobs.arrays[array].gate else { return };
        for (child, reason) in gate.take_ending() {
            if !self.jobs.is_current(job) {
                return;
            }
            // One may be named twice: what it waits for has FAILED, and it was cancelled.
            if !self.jobs.arrays[array].is_taken(child) {
                self.end_child(job.slot, child, reason, observer);
            }
        }
    }

    /// PENDING to FAILED: a job, or all children of an array.
    fn fail_pending<O: Observer>(&mut self, job: Stamped, reason: StatusReason, observer: &mut O) {
        let row = self.jobs.get(job.slot);
        let (lane, position, array) = (row.lane, row.position, row.array);
        if array == NONE {
            self.jobs.pending.remove(&job.slot);
            self.lanes[lane.index()].backlog.remove(position);
            self.note_left(lane);
            self.end_waiting(job.slot, None, reason, observer);
            return;
        }
        let (array, mut next) = (array as usize, 0);
        while self.jobs.is_current(job)
            && let Some(child) = self.jobs.arrays[array].next_left(next)
        {
            self.end_child(job.slot, child, reason, observer);
            next = child + 1;
        }
        self.jobs.pending.remove(&job.slot);
    }

    /// A child that is no job of its own yet becomes FAILED.
    pub(in crate::world) fn end_child<O: Observer>(
        &mut self,
        parent: u32,
        child: u32,
        reason: StatusReason,
        observer: &mut O,
    ) {
        let (slot, planned) = self.take_child(parent, child, 0);
        self.end_waiting(slot, planned.map(|(since, _)| since), reason, observer);
    }

    /// A job that waits, and is no entry of a queue any more, becomes FAILED.
    pub(in crate::world) fn end_waiting<O: Observer>(
        &mut self,
        slot: u32,
        planned: Option<SimTime>,
        reason: StatusReason,
        observer: &mut O,
    ) {
        let job = self.jobs.get(slot);
        let entered = if job.attempts == 0 { job.submitted } else { job.waiting_since };
        self.tally.waiting.leave(self.now, entered);
        let waits = self.waits_so_far(slot, planned);
        self.end_waiting_job(slot, JobStatus::Failed, reason, waits, observer);
    }
}
