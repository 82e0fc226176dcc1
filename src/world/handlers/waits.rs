//! Where a job's waiting went, and which job holds up a queue.

use super::walk::Blocked;
use crate::batch::wait_cause::{WaitCause, Waits};
use crate::sim::{SimDuration, SimTime};
use crate::world::World;
use crate::world::record::JobStatus;
use crate::world::state::jobs::{JobTable, Lapse, NONE};
use crate::world::state::lanes::{Blocker, LaneId, LaneState};

/// Causes that mean that a job at or before one's own place holds up the queue.
const BLOCKING: [WaitCause; 7] = [
    WaitCause::Infeasible,
    WaitCause::Disabled,
    WaitCause::FairShare,
    WaitCause::Consumable,
    WaitCause::Capacity,
    WaitCause::Quota,
    WaitCause::MaxVcpus,
];

/// What the breakdown of a wait is made from: a view, so that it can be written where it will stay.
pub(in crate::world) struct Waiting<'a> {
    pub(in crate::world) now: SimTime,
    /// The cycle before this one.
    pub(in crate::world) last_cycle: Option<SimTime>,
    pub(in crate::world) lanes: &'a [LaneState],
    pub(in crate::world) jobs: &'a JobTable,
}

impl Waiting<'_> {
    /// Adds the breakdown of a job's wait from RUNNABLE to now to `waits`, which are empty; it is
    /// placed on room that has been there since `room_since`. Returns the time spent behind another
    /// blocked job.
    pub(in crate::world) fn until_placed(
        &self,
        slot: u32,
        planned: Option<SimTime>,
        room_since: SimTime,
        waits: &mut Waits,
    ) -> SimDuration {
        let now = self.now;
        let job = self.jobs.get(slot);
        if job.waiting_since == now {
            return SimDuration::ZERO;
        }
        let log = &self.lanes[job.lane.index()].log;
        let from = self.add_lapses(slot, job.waiting_since, waits);
        match planned {
            None => {
                // Room that has come since the last cycle waits for nothing but this one. Older
                // room was there for others, or for a queue that was blocked.
                let came_lately = self.last_cycle.is_none_or(|cycle| room_since > cycle);
                let room = if came_lately { room_since.clamp(from, now) } else { now };
                log.add_between(from, room, waits);
                waits.add(WaitCause::Cycle, now.since(room));
            }
            Some(since) => {
                let since = since.max(from);
                log.add_between(from, since, waits);
                let room = room_since.clamp(since, now);
                waits.add(WaitCause::Provisioning, room.since(since));
                let limited = log.time_in(WaitCause::Dispatch, room, now);
                waits.add(WaitCause::Dispatch, limited);
                waits.add(WaitCause::Cycle, now.since(room) - limited);
            }
        }
        let blocked: u64 = BLOCKING.iter().map(|cause| waits.get(*cause).as_millis()).sum();
        if blocked == 0 {
            return SimDuration::ZERO;
        }
        let own = self.jobs.blocked.get(&slot).copied().unwrap_or_default();
        SimDuration::from_millis(blocked).saturating_sub(own)
    }

    /// Adds the spans in which capacity was planned and then refused, and what lay between them;
    /// returns where the last one ended.
    fn add_lapses(&self, slot: u32, waiting_since: SimTime, waits: &mut Waits) -> SimTime {
        let mut from = waiting_since;
        if self.jobs.lapses.is_empty() {
            return from;
        }
        let log = &self.lanes[self.jobs.get(slot).lane.index()].log;
        for lapse in self.jobs.lapses.get(&slot).into_iter().flatten() {
            let start = lapse.from.max(from);
            if lapse.until <= start {
                continue;
            }
            log.add_between(from, start, waits);
            waits.add(WaitCause::Provisioning, lapse.until.since(start));
            from = lapse.until;
        }
        from
    }
}

impl JobTable {
    /// Adds the wait of a job from its submission to the first time that it was RUNNABLE.
    #[inline]
    pub(in crate::world) fn add_wait_before(
        &self,
        slot: u32,
        spawn_rate: Option<u32>,
        waits: &mut Waits,
    ) {
        let job = self.get(slot);
        let before = job.waiting_since.since(job.submitted);
        let dependency = if job.array != NONE {
            let array = &self.arrays[job.array as usize];
            array.dependency_wait(job.child, job.waiting_since, spawn_rate)
        } else if self.pending_since.is_empty() {
            SimDuration::ZERO
        } else {
            let since = self.pending_since.get(&slot);
            since.map_or(SimDuration::ZERO, |since| job.waiting_since.since(*since))
        };
        waits.add(WaitCause::Evaluation, before - dependency);
        waits.add(WaitCause::Dependency, dependency);
    }
}

impl World {
    /// What the breakdowns of waits are made from.
    pub(in crate::world) fn waiting(&self) -> Waiting<'_> {
        let Self { now, previous_cycle: last_cycle, .. } = *self;
        Waiting { now, last_cycle, lanes: &self.lanes, jobs: &self.jobs }
    }

    /// The breakdown of a waiting job's time since it was evaluated, or since it waits again, and
    /// how much of that was spent behind another; it has no place in a queue any more.
    pub(in crate::world) fn waits_so_far(
        &self,
        slot: u32,
        planned: Option<SimTime>,
    ) -> (Waits, SimDuration) {
        let (job, now) = (self.jobs.get(slot), self.now);
        let mut waits = Waits::default();
        let cause = match job.status {
            JobStatus::Submitted => WaitCause::Evaluation,
            JobStatus::Pending => WaitCause::Dependency,
            _ => {
                let behind = self.waiting().until_placed(slot, planned, now, &mut waits);
                return (waits, behind);
            }
        };
        waits.add(cause, now.since(job.waiting_since));
        (waits, SimDuration::ZERO)
    }

    /// Capacity was planned for a job since `from`, and no longer is.
    pub(in crate::world) fn add_lapse(&mut self, slot: u32, from: SimTime) {
        let lapses = self.jobs.lapses.entry(slot).or_default();
        let lapse = Lapse { from, until: self.now };
        if lapses.last().is_none_or(|last| last.until <= lapse.from) {
            lapses.push(lapse);
        }
    }

    /// The job at which the walk over a lane stops, from now on.
    pub(super) fn set_blocker(&mut self, lane: LaneId, stopped: Option<Blocked>) {
        let now = self.now;
        let before = self.lanes[lane.index()].blocker;
        let next = stopped.map(|Blocked { job, child, cause }| match before {
            Some(same) if (same.job, same.child) == (job, child) => Blocker { cause, ..same },
            _ => Blocker { job, child, cause, since: now },
        });
        if let Some(before) = before
            && next.is_none_or(|next| (next.job, next.child) != (before.job, before.child))
        {
            let spell = now.since(before.since);
            match before.child {
                NONE => *self.jobs.blocked.entry(before.job).or_default() += spell,
                child => {
                    *self.jobs.blocked_children.entry((before.job, child)).or_default() += spell
                }
            }
        }
        self.lanes[lane.index()].blocker = next;
    }

    /// How long a job has itself been the one at which the walk stops, this time.
    pub(in crate::world) fn own_block(&self, lane: LaneId, job: u32, child: u32) -> SimDuration {
        match self.lanes[lane.index()].blocker {
            Some(blocker) if (blocker.job, blocker.child) == (job, child) => {
                self.now.since(blocker.since)
            }
            _ => SimDuration::ZERO,
        }
    }

    /// A job, or a child of an array, that is about to leave a lane holds it up no longer.
    pub(in crate::world) fn forget_blocker(&mut self, lane: LaneId, job: u32, child: u32) {
        let state = &mut self.lanes[lane.index()];
        for held in [&mut state.blocker, &mut state.stuck] {
            if held.is_some_and(|blocker| (blocker.job, blocker.child) == (job, child)) {
                *held = None;
            }
        }
    }

    /// Forgets causes older than the oldest waiting job.
    pub(in crate::world) fn prune_log(&mut self, lane: LaneId) {
        let state = &self.lanes[lane.index()];
        let mut oldest = self.now;
        // Waiting begins at submission at the earliest, and the FIFO is in that order.
        let front = state.backlog.next_at(state.backlog.front());
        if front < state.backlog.end() {
            oldest = self.jobs.get(state.backlog.get(front).job).submitted;
        }
        let mut last = None;
        while let Some((key, entry)) = state.backlog.retry_after(last) {
            oldest = oldest.min(self.jobs.get(entry.job).waiting_since);
            last = Some(key);
        }
        self.lanes[lane.index()].log.prune(oldest);
    }
}
