//! What one waiting job finds on the walk: room, capacity to plan for, or neither (behaviour 5.4).
//!
//! Environments are tried in order, in each registered room before new capacity; an environment is
//! asked about a shape once until its room grows. In a queue with a policy what is held back for
//! shares to come is no room.

use super::fargate::NEW_TASK;
use super::scaling::Resort;
use crate::batch::backlog::{Entry, Plan, RetryKey};
use crate::batch::compute_environment::ComputeEnvironmentId;
use crate::batch::job_queue::JobQueueId;
use crate::batch::shape::ShapeId;
use crate::batch::wait_cause::WaitCause;
use crate::sim::SimDuration;
use crate::world::World;
use crate::world::event::Queue;
use crate::world::state::jobs::NONE;
use crate::world::state::lanes::LaneId;

/// Where an entry of a backlog stands.
#[derive(Clone, Copy, Debug)]
pub(in crate::world) enum Seat {
    Fifo(u64),
    Retry(RetryKey),
}

/// A waiting job on the walk. Read field by field from its entry: a copy of an entry whose state
/// has just changed would wait for the change to reach memory.
#[derive(Clone, Copy, Debug)]
pub(in crate::world) struct Waiter {
    pub(in crate::world) job: u32,
    pub(super) shape: ShapeId,
    plan: Plan,
}

impl Waiter {
    #[inline(always)]
    pub(super) const fn of(entry: &Entry) -> Self {
        Self { job: entry.job, shape: entry.shape, plan: entry.plan }
    }
}

/// What a visit to a waiting job came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::world) enum Visit {
    /// On an instance.
    Placed,
    /// Capacity has just been planned for it.
    Requested,
    /// Capacity is planned for it.
    Planned,
    /// Neither.
    Blocked(WaitCause),
    /// There is room, but the dispatch rate is exhausted.
    RateLimited,
    /// All children of an array that exist have a place; more will be spawned.
    Unspawned,
}

impl Visit {
    /// Whether it has changed what is left for others.
    #[inline(always)]
    pub(super) const fn is_served(self) -> bool {
        matches!(self, Self::Placed | Self::Requested)
    }
}

/// Where one job could go.
enum Choice {
    Room(u8, ComputeEnvironmentId, u32),
    Plan(u8, ComputeEnvironmentId),
    Wait,
    No(WaitCause),
}

impl World {
    /// Tries to place or plan for one job that is no array.
    #[inline(always)]
    pub(super) fn visit<const TURNS: bool>(
        &mut self,
        lane: LaneId,
        seat: Seat,
        waiter: Waiter,
        queue: &mut Queue,
    ) -> Visit {
        let id = self.lanes[lane.index()].queue;
        if TURNS && self.is_held_back(id, waiter.job) {
            self.withdraw_waiting(lane, seat, queue);
            return Visit::Blocked(self.cause_of_held_back(id, waiter.shape));
        }
        if self.lacks_consumables(waiter.job) {
            if waiter.plan.get().is_some() {
                self.withdraw_waiting(lane, seat, queue);
            }
            return Visit::Blocked(WaitCause::Consumable);
        }
        let planned = waiter.plan.get();
        match self.options(id, waiter.shape, planned.map(|(_, rank)| rank)) {
            Choice::Room(_, environment, instance) => {
                if !self.take_dispatch_token(environment) {
                    return Visit::RateLimited;
                }
                self.leave_backlog(lane, seat, waiter);
                self.place(waiter.job, environment, instance, NONE, planned, queue);
                if TURNS {
                    self.note_dispatched(waiter.job);
                }
                Visit::Placed
            }
            Choice::Wait => Visit::Planned,
            Choice::No(cause) if TURNS => Visit::Blocked(self.or_held_back(id, waiter.job, cause)),
            Choice::No(cause) => Visit::Blocked(cause),
            Choice::Plan(..) if TURNS && self.may_not_promise(id, waiter.job) => {
                Visit::Blocked(WaitCause::FairShare)
            }
            Choice::Plan(..) if !self.claim_consumables(waiter.job) => {
                Visit::Blocked(WaitCause::Consumable)
            }
            Choice::Plan(rank, environment) => {
                let plan = Plan::new(self.now, rank);
                let backlog = &mut self.lanes[lane.index()].backlog;
                match seat {
                    Seat::Fifo(position) => backlog.get_mut(position).plan = plan,
                    Seat::Retry(key) => {
                        if let Some(entry) = backlog.retry_mut(key) {
                            entry.plan = plan;
                        }
                    }
                }
                self.assign(id, waiter.shape, environment, queue);
                if TURNS {
                    self.charge_turn(waiter.job);
                }
                Visit::Requested
            }
        }
    }

    /// Places and plans for as many children of an array as there is room; with `TURNS`, for one.
    pub(super) fn visit_array<const TURNS: bool>(
        &mut self,
        lane: LaneId,
        waiter: Waiter,
        queue: &mut Queue,
    ) -> (Visit, u32) {
        let id = self.lanes[lane.index()].queue;
        let array = self.jobs.get(waiter.job).array;
        loop {
            let row = &self.jobs.arrays[array as usize];
            let spawned = row.spawned(self.now, self.config.profile.array_spawn_rate);
            let Some((child, waiting)) = row.waiting(spawned) else {
                return (Visit::Unspawned, NONE);
            };
            if TURNS && self.is_held_back(id, waiter.job) {
                self.withdraw_waiting(lane, Seat::Fifo(self.jobs.get(waiter.job).position), queue);
                return (Visit::Blocked(self.cause_of_held_back(id, waiter.shape)), child);
            }
            if self.lacks_consumables(waiter.job) {
                if self.jobs.arrays[array as usize].planned_count() > 0 {
                    let seat = Seat::Fifo(self.jobs.get(waiter.job).position);
                    self.withdraw_waiting(lane, seat, queue);
                }
                return (Visit::Blocked(WaitCause::Consumable), child);
            }
            let row = &self.jobs.arrays[array as usize];
            let planned = row.planned_count();
            let rank = (0..3).find(|rank| row.planned_in(*rank) > 0).map(|rank| rank as u8);
            let unplanned = waiting > planned;
            let option = self.options(id, waiter.shape, if unplanned { None } else { rank });
            match option {
                Choice::Room(rank, environment, instance) => {
                    if !self.take_dispatch_token(environment) {
                        return (Visit::RateLimited, child);
                    }
                    let (slot, planned) = self.take_child(waiter.job, child, rank.into());
                    let is_last = self.jobs.arrays[array as usize].left() == 0;
                    self.place(slot, environment, instance, NONE, planned, queue);
                    if TURNS {
                        self.note_dispatched(slot);
                    }
                    if TURNS || is_last {
                        return (Visit::Placed, child);
                    }
                }
                Choice::Plan(..) if TURNS && self.may_not_promise(id, waiter.job) => {
                    return (Visit::Blocked(WaitCause::FairShare), child);
                }
                Choice::Plan(..) if !self.claim_consumables(waiter.job) => {
                    return (Visit::Blocked(WaitCause::Consumable), child);
                }
                Choice::Plan(rank, environment) => {
                    let now = self.now;
                    self.jobs.arrays[array as usize].plan(rank as usize, now);
                    self.assign(id, waiter.shape, environment, queue);
                    if TURNS {
                        self.charge_turn(waiter.job);
                        return (Visit::Requested, child);
                    }
                }
                Choice::Wait => return (Visit::Planned, child),
                Choice::No(cause) if unplanned && TURNS => {
                    return (Visit::Blocked(self.or_held_back(id, waiter.job, cause)), child);
                }
                Choice::No(cause) if unplanned => return (Visit::Blocked(cause), child),
                Choice::No(_) => return (Visit::Planned, child),
            }
        }
    }

    /// Why a job waits that has no room within what its queue's shares may use: for its share,
    /// unless it could never run at all.
    pub(super) fn cause_of_held_back(&mut self, id: JobQueueId, shape: ShapeId) -> WaitCause {
        match self.options(id, shape, None) {
            Choice::No(cause @ (WaitCause::Infeasible | WaitCause::Disabled)) => cause,
            _ => WaitCause::FairShare,
        }
    }

    /// A job leaves its place in the backlog to be placed.
    #[inline]
    pub(in crate::world) fn leave_backlog(&mut self, lane: LaneId, seat: Seat, waiter: Waiter) {
        let id = self.lanes[lane.index()].queue;
        let own = self.own_block(lane, waiter.job, NONE);
        if own > SimDuration::ZERO {
            *self.jobs.blocked.entry(waiter.job).or_default() += own;
        }
        self.forget_blocker(lane, waiter.job, NONE);
        self.give_up_claim(waiter.job);
        self.queues[id.index()].runnable -= 1;
        let backlog = &mut self.lanes[lane.index()].backlog;
        match seat {
            Seat::Fifo(position) => backlog.remove(position),
            Seat::Retry(key) => backlog.remove_retry(key),
        }
        self.note_left(lane);
        if let Some((_, rank)) = waiter.plan.get() {
            self.unassign_one(id, waiter.shape, rank);
        }
    }

    /// What is possible for a job: environments in order, in each registered room before new
    /// capacity (behaviour 5.4). `planned` is the environment that has capacity planned for it.
    fn options(&mut self, id: JobQueueId, shape: ShapeId, planned: Option<u8>) -> Choice {
        let environments = self.queues[id.index()].environments.len();
        let mut cause = None;
        let mut disabled_could = false;
        let prefer_idle = self.config.profile.prefer_idle_any;
        let limit = planned.map_or(environments, |rank| rank as usize + 1);
        let reach = if prefer_idle { environments } else { limit };
        let mut last_resort = None;
        for rank in 0..reach {
            let environment = self.queues[id.index()].environments[rank];
            let need = self.shapes.get(shape);
            let row = &mut self.environments[environment.index()];
            if !row.enabled {
                disabled_could |= row.worth(shape, need) > 0;
                continue;
            }
            if let Some(instance) = self.find_room(environment, shape) {
                return Choice::Room(rank as u8, environment, instance);
            }
            if prefer_idle || planned.is_some() {
                continue;
            }
            match self.may_request(environment, shape) {
                Ok(Resort::First) => return self.planned_in(rank, shape, environment, false),
                Ok(Resort::Last) => {
                    last_resort.get_or_insert((rank, environment));
                }
                Err(why) => cause = stronger(cause, why),
            }
        }
        if planned.is_some() {
            return Choice::Wait;
        }
        if let Some((rank, environment)) = last_resort {
            return self.planned_in(rank, shape, environment, true);
        }
        if prefer_idle && let Some(option) = self.first_request(id, shape, &mut cause) {
            return option;
        }
        match cause {
            None | Some(WaitCause::Infeasible) if disabled_could => Choice::No(WaitCause::Disabled),
            cause => Choice::No(cause.unwrap_or(WaitCause::Infeasible)),
        }
    }

    /// The first environment that may request capacity, once idle room was looked for everywhere.
    fn first_request(
        &mut self,
        id: JobQueueId,
        shape: ShapeId,
        cause: &mut Option<WaitCause>,
    ) -> Option<Choice> {
        let mut last_resort = None;
        for rank in 0..self.queues[id.index()].environments.len() {
            let environment = self.queues[id.index()].environments[rank];
            if !self.environments[environment.index()].enabled {
                continue;
            }
            match self.may_request(environment, shape) {
                Ok(Resort::First) => {
                    return Some(self.planned_in(rank, shape, environment, false));
                }
                Ok(Resort::Last) => {
                    last_resort.get_or_insert((rank, environment));
                }
                Err(why) => *cause = stronger(*cause, why),
            }
        }
        last_resort.map(|(rank, environment)| self.planned_in(rank, shape, environment, true))
    }

    /// Capacity can be planned in an environment: as a last resort, or not.
    fn planned_in(
        &mut self,
        rank: usize,
        shape: ShapeId,
        environment: ComputeEnvironmentId,
        last_resort: bool,
    ) -> Choice {
        self.environments[environment.index()].set_last_resort(shape, last_resort);
        Choice::Plan(rank as u8, environment)
    }

    /// A registered instance with room for a job of `shape`; on Fargate, room for a task.
    #[inline]
    fn find_room(&mut self, environment: ComputeEnvironmentId, shape: ShapeId) -> Option<u32> {
        let need = self.shapes.get(shape);
        let rule = self.config.profile.placement;
        let row = &mut self.environments[environment.index()];
        if row.tasks.is_some() {
            return self.may_launch_task(environment, shape).ok().map(|()| NEW_TASK);
        }
        if row.is_misfit(shape) {
            return None;
        }
        let found = row.free.find(need, rule);
        if found.is_none() {
            row.set_misfit(shape);
        }
        found
    }
}

/// The stronger of two causes: capacity > quota > maxvCpus > infeasible.
fn stronger(a: Option<WaitCause>, b: WaitCause) -> Option<WaitCause> {
    let strength = |cause: WaitCause| match cause {
        WaitCause::Capacity => 4,
        WaitCause::Quota => 3,
        WaitCause::MaxVcpus => 2,
        _ => 1,
    };
    match a {
        Some(a) if strength(a) >= strength(b) => Some(a),
        _ => Some(b),
    }
}
