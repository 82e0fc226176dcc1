//! Capacity that is promised to waiting jobs, and taken back from them (behaviour 5.4).
//!
//! A promise is a job's plan, a count in the demand of its environment, a claim on the consumable
//! resources that it needs, and in a queue with a policy a part of what the shares may use. Whoever
//! loses one remembers how long it had lasted.

use super::visit::Seat;
use super::walk::Blocked;
use crate::batch::backlog::{Entry, EntryState, Plan};
use crate::batch::compute_environment::ComputeEnvironmentId;
use crate::batch::demand::DemandGroup;
use crate::batch::job_queue::JobQueueId;
use crate::batch::shape::ShapeId;
use crate::batch::wait_cause::WaitCause;
use crate::sim::SimTime;
use crate::world::World;
use crate::world::event::Queue;
use crate::world::state::gangs::Gang;
use crate::world::state::jobs::JobTable;
use crate::world::state::lanes::LaneId;

/// Promises that have been taken out of their entries.
#[derive(Debug, Default)]
struct Taken {
    /// Job, shape, rank of the environment, since when it was promised.
    jobs: Vec<(u32, ShapeId, u8, SimTime)>,
    /// Jobs of several nodes: what is kept for them has still to be given back.
    gangs: Vec<u32>,
}

impl Taken {
    const fn len(&self) -> usize {
        self.jobs.len() + self.gangs.len()
    }

    /// Takes up to `most` promises of an entry by environments of these ranks, the last first.
    fn take(
        &mut self,
        jobs: &mut JobTable,
        entry: &mut Entry,
        is_meant: impl Fn(u8) -> bool,
        most: usize,
    ) {
        match entry.state {
            EntryState::Gone => {}
            EntryState::Gang => {
                let plan = jobs.gang(entry.job).plan.filter(|plan| is_meant(plan.rank));
                self.gangs.extend(plan.filter(|_| most > 0).map(|_| entry.job));
            }
            EntryState::Array => {
                let array = jobs.get(entry.job).array;
                let row = &mut jobs.arrays[array as usize];
                let mut left = most;
                for rank in (0..3_u8).filter(|rank| is_meant(*rank)) {
                    while left > 0
                        && let Some(since) = row.unplan(usize::from(rank))
                    {
                        self.jobs.push((entry.job, entry.shape, rank, since));
                        left -= 1;
                    }
                }
            }
            _ => {
                if let Some((since, rank)) = entry.plan.get()
                    && is_meant(rank)
                    && most > 0
                {
                    entry.plan = Plan::NONE;
                    self.jobs.push((entry.job, entry.shape, rank, since));
                }
            }
        }
    }
}

impl World {
    /// Promises capacity of an environment to one job.
    pub(in crate::world) fn assign(
        &mut self,
        id: JobQueueId,
        shape: ShapeId,
        environment: ComputeEnvironmentId,
        queue: &mut Queue,
    ) {
        let need = self.shapes.get(shape);
        let row = &mut self.environments[environment.index()];
        let worth = row.worth(shape, need);
        row.demand.add(id, shape, worth);
        self.promise(id, shape);
        self.ensure_scaling(environment, queue);
    }

    /// A job that capacity was planned for has been placed, or waits no longer.
    pub(in crate::world) fn unassign_one(&mut self, id: JobQueueId, shape: ShapeId, rank: u8) {
        let environment = self.queues[id.index()].environments[rank as usize];
        let need = self.shapes.get(shape);
        let row = &mut self.environments[environment.index()];
        let worth = row.worth(shape, need);
        row.demand.remove(id, shape, worth);
        self.unpromise(id, shape);
    }

    /// Takes the promise back from the last `count` jobs of a group.
    pub(super) fn unassign(
        &mut self,
        environment: ComputeEnvironmentId,
        group: DemandGroup,
        count: u32,
        queue: &mut Queue,
    ) {
        let environments = &self.queues[group.queue.index()].environments;
        let Some(rank) = environments.iter().position(|id| *id == environment) else { return };
        let count = count as usize;
        let mut taken = Taken::default();
        for lane in self.lanes_backwards(group.queue) {
            let Self { lanes, jobs, .. } = self;
            let backlog = &mut lanes[lane.index()].backlog;
            let mut first = None;
            for (position, entry) in backlog.planned_backwards() {
                if taken.len() == count {
                    break;
                }
                // What is planned for a job of several nodes is no demand of this kind.
                if entry.shape != group.shape || entry.state == EntryState::Gang {
                    continue;
                }
                let before = taken.len();
                taken.take(jobs, entry, |of| usize::from(of) == rank, count - before);
                if taken.len() > before {
                    first = position.or(first);
                }
            }
            if let Some(position) = first {
                backlog.reconsider_from(position);
            }
        }
        self.carry_out(group.queue, taken, queue);
    }

    /// Whether a blocked job takes back what has been promised to those behind it: not while its
    /// own capacity is on its way. Of one of several nodes nothing is, while its environment
    /// gathers instances for another one, and that one may wait for the very room that is kept for
    /// those behind.
    pub(super) fn takes_back(&self, blocked: &Blocked) -> bool {
        let is_unplanned = |gang: &Gang| gang.plan.is_none();
        blocked.cause != WaitCause::Provisioning
            || self.jobs.gangs.get(&blocked.job).is_some_and(is_unplanned)
    }

    /// Takes back the promises made to those of a lane who stand behind a job that blocks it,
    /// `None`: to all. They came to it when that job was not evaluated yet or was itself promised
    /// capacity, and can not use it now, while what is kept for them may be the very room that the
    /// job waits for. Says whether there were any.
    pub(super) fn release_behind(
        &mut self,
        lane: LaneId,
        blocker: Option<u32>,
        queue: &mut Queue,
    ) -> bool {
        let id = self.lanes[lane.index()].queue;
        let promised = |id: &ComputeEnvironmentId| {
            let row = &self.environments[id.index()];
            row.demand.vcpus() > 0 || row.gang.is_some()
        };
        if !self.queues[id.index()].environments.iter().any(promised) {
            return false;
        }
        let mut taken = Taken::default();
        let mut stands_at = None;
        let Self { lanes, jobs, .. } = self;
        let backlog = &mut lanes[lane.index()].backlog;
        for (position, entry) in backlog.planned_backwards() {
            if entry.state != EntryState::Gone && Some(entry.job) == blocker {
                stands_at = position;
                break;
            }
            taken.take(jobs, entry, |_| true, usize::MAX);
        }
        let key = |slot: u32| (jobs.get(slot).id.raw(), jobs.get(slot).child);
        backlog.nothing_is_planned_behind(stands_at, blocker.map(key));
        self.carry_out(id, taken, queue)
    }

    /// Takes back the capacity that `environment`, `None`: any, has promised to jobs of a queue;
    /// the next cycle looks at all of them again.
    pub(in crate::world) fn withdraw_promises(
        &mut self,
        id: JobQueueId,
        environment: Option<ComputeEnvironmentId>,
        queue: &mut Queue,
    ) {
        let concerned = |of: &ComputeEnvironmentId| environment.is_none_or(|only| only == *of);
        let ranks: Vec<bool> = self.queues[id.index()].environments.iter().map(concerned).collect();
        let is_meant = |rank: u8| ranks.get(usize::from(rank)).is_some_and(|meant| *meant);
        let mut taken = Taken::default();
        for lane in self.lanes_of(id) {
            let Self { lanes, jobs, .. } = self;
            for (_, entry) in lanes[lane.index()].backlog.planned_backwards() {
                taken.take(jobs, entry, is_meant, usize::MAX);
            }
        }
        self.room_grew_for(id);
        self.carry_out(id, taken, queue);
    }

    /// Takes back what is promised to a job on the walk that may not have it any more.
    pub(super) fn withdraw_waiting(&mut self, lane: LaneId, seat: Seat, queue: &mut Queue) {
        let Self { lanes, jobs, .. } = self;
        let state = &mut lanes[lane.index()];
        let entry = match seat {
            Seat::Fifo(position) => Some(state.backlog.get_mut(position)),
            Seat::Retry(key) => state.backlog.retry_mut(key),
        };
        let mut taken = Taken::default();
        if let Some(entry) = entry {
            taken.take(jobs, entry, |_| true, usize::MAX);
        }
        let id = state.queue;
        self.carry_out(id, taken, queue);
    }

    /// Takes promises back from those whose turn comes last, until what is left is within what the
    /// shares of a queue may use: others have been placed since, or fewer shares are active. Says
    /// whether there were any.
    pub(super) fn release_excess(&mut self, id: JobQueueId, queue: &mut Queue) -> bool {
        let Some(fair_share) = &self.queues[id.index()].fair_share else { return false };
        let Some(limit) = fair_share.limit else { return false };
        let used = fair_share.shares.vcpus() + fair_share.promised;
        let excess = used.saturating_sub(limit).min(fair_share.promised);
        if excess == 0 {
            return false;
        }
        let (mut taken, mut freed) = (Taken::default(), 0);
        for lane in self.lanes_backwards(id) {
            let Self { lanes, jobs, shapes, .. } = self;
            let backlog = &mut lanes[lane.index()].backlog;
            let mut first = None;
            for (position, entry) in backlog.planned_backwards() {
                let before = taken.len();
                let quarters = match entry.state {
                    EntryState::Gang => 4 * u64::from(jobs.gang(entry.job).vcpus()),
                    _ => u64::from(shapes.quarter_vcpus(entry.shape)),
                };
                let left: u64 = excess - freed.min(excess);
                taken.take(jobs, entry, |_| true, left.div_ceil(quarters.max(1)) as usize);
                freed += quarters * (taken.len() - before) as u64;
                if taken.len() > before {
                    first = position.or(first);
                }
                if freed >= excess {
                    break;
                }
            }
            if let Some(position) = first {
                backlog.reconsider_from(position);
            }
            if freed >= excess {
                break;
            }
        }
        self.carry_out(id, taken, queue)
    }

    /// Whose promise has been taken out of its entry is told so, and its environment. Says whether
    /// there was any.
    fn carry_out(&mut self, id: JobQueueId, taken: Taken, queue: &mut Queue) -> bool {
        let any = taken.len() > 0;
        for (job, shape, rank, since) in taken.jobs {
            self.add_lapse(job, since);
            self.give_up_claim(job);
            self.unassign_one(id, shape, rank);
        }
        for job in taken.gangs {
            self.withdraw_gang(job, queue);
        }
        any
    }
}
