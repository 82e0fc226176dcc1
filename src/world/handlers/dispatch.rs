//! The scheduler cycle: queues by priority, each walked from its head (behaviour 5.2 to 5.4).
//!
//! A job is placed on registered room; else capacity is planned for it and it is passed over; else
//! it blocks what is behind it. A pass costs what it dispatches and plans, not what waits: it stops
//! at the first blocked job, resumes at the frontier unless room has grown, and asks an environment
//! about a shape once until its room grows again.

use super::fargate::NEW_TASK;
use crate::batch::backlog::{Entry, EntryState, Plan, RetryKey};
use crate::batch::compute_environment::ComputeEnvironmentId;
use crate::batch::job_queue::JobQueueId;
use crate::batch::policy::HeadOfLine;
use crate::batch::shape::ShapeId;
use crate::batch::wait_cause::WaitCause;
use crate::sim::{SimDuration, SimTime};
use crate::world::World;
use crate::world::event::{Queue, WorldEvent};
use crate::world::state::jobs::NONE;

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
    shape: ShapeId,
    plan: Plan,
}

impl Waiter {
    #[inline(always)]
    const fn of(entry: &Entry) -> Self {
        Self { job: entry.job, shape: entry.shape, plan: entry.plan }
    }
}

/// What a visit to a waiting job came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::world) enum Visit {
    /// On an instance.
    Placed,
    /// Capacity is planned for it.
    Planned,
    /// Neither.
    Blocked(WaitCause),
    /// There is room, but the dispatch rate is exhausted.
    RateLimited,
    /// All children of an array that exist have a place; more will be spawned.
    Unspawned,
}

/// Why a walk ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stop {
    End,
    Blocked { job: u32, child: u32, cause: WaitCause },
    RateLimited,
}

/// The blocked jobs that a walk has met.
#[derive(Clone, Copy, Debug, Default)]
struct Met {
    count: u32,
    first: Option<Stop>,
}

/// Where one job could go.
enum Choice {
    Room(u8, ComputeEnvironmentId, u32),
    Plan(u8, ComputeEnvironmentId),
    Wait,
    No(WaitCause),
}

impl World {
    /// Something changed that a cycle must look at.
    #[inline]
    pub(in crate::world) fn ensure_cycle(&mut self, queue: &mut Queue) {
        if self.cycle_due {
            return;
        }
        self.cycle_due = true;
        let period = self.config.profile.cycle_period;
        let mut at = self.now.ceil_to(period, SimDuration::ZERO);
        if self.last_cycle == Some(at) && period > SimDuration::ZERO {
            at = at + period;
        }
        queue.push(at, WorldEvent::CycleDue);
    }

    /// A cycle must look at what will be possible at `at`, though nothing else may change.
    fn ensure_cycle_at(&mut self, at: SimTime, queue: &mut Queue) {
        if self.config.profile.cycle_period > SimDuration::ZERO || at <= self.now {
            return self.ensure_cycle(queue);
        }
        // Without a lattice the next cycle would be in this very instant, and find nothing new.
        if self.wake_up.is_none_or(|due| due <= self.now || at < due) {
            self.wake_up = Some(at);
            queue.push(at, WorldEvent::CycleDue);
        }
    }

    /// One cycle over all queues.
    pub(in crate::world) fn on_cycle_due(&mut self, queue: &mut Queue) {
        self.cycle_due = false;
        self.previous_cycle = self.last_cycle.replace(self.now);
        for index in 0..self.queue_order.len() {
            let id = self.queue_order[index];
            if !self.queues[id.index()].backlog.is_empty() {
                self.dispatch_queue(id, queue);
            }
        }
    }

    fn dispatch_queue(&mut self, id: JobQueueId, queue: &mut Queue) {
        let mut met = Met::default();
        let stop = match self.walk_retries(id, &mut met, queue) {
            Stop::End => self.walk_fifo(id, &mut met, queue),
            stop => stop,
        };
        if stop == Stop::RateLimited {
            self.queues[id.index()].backlog.reconsider_all();
            self.ensure_cycle_at(self.dispatch_again, queue);
        }
        if let Stop::Blocked { job, cause, .. } = stop
            && cause != WaitCause::Provisioning
            && self.release_behind(id, job, queue)
        {
            self.ensure_cycle(queue);
        }
        self.note_stop(id, met.first.unwrap_or(stop), queue);
        self.watch_unseen_head(id, queue);
        let Self { queues, jobs, .. } = self;
        let state = &mut queues[id.index()];
        state.backlog.compact(|entry, position| jobs.get_mut(entry.job).position = position);
        if state.log.is_long() {
            self.prune_log(id);
        }
    }

    /// Retried jobs come first, in the order of their submission.
    fn walk_retries(&mut self, id: JobQueueId, met: &mut Met, queue: &mut Queue) -> Stop {
        let mut last = None;
        while let Some((key, entry)) = self.queues[id.index()].backlog.retry_after(last) {
            let (seat, waiter) = (Seat::Retry(key), Waiter::of(&entry));
            let visit = match entry.state {
                EntryState::Gang => self.visit_gang(id, seat, waiter, queue),
                _ => self.visit(id, seat, waiter, queue),
            };
            if let Some(stop) = self.stop_at(visit, entry.job, NONE, met) {
                return stop;
            }
            last = Some(key);
        }
        Stop::End
    }

    fn walk_fifo(&mut self, id: JobQueueId, met: &mut Met, queue: &mut Queue) -> Stop {
        let backlog = &self.queues[id.index()].backlog;
        let mut position = backlog.next_at(backlog.start_of_pass());
        let mut first_blocked = None;
        let mut first_unspawned = None;
        let mut stop = Stop::End;
        while position < self.queues[id.index()].backlog.end() {
            let entry = self.queues[id.index()].backlog.get(position);
            let (state, waiter) = (entry.state, Waiter::of(entry));
            let (visit, child) = match state {
                EntryState::Gone | EntryState::Submitted | EntryState::Pending => {
                    position = self.queues[id.index()].backlog.next_at(position + 1);
                    continue;
                }
                EntryState::Runnable => (self.visit(id, Seat::Fifo(position), waiter, queue), NONE),
                EntryState::Gang => {
                    (self.visit_gang(id, Seat::Fifo(position), waiter, queue), NONE)
                }
                EntryState::Array => {
                    let visited = self.visit_array(id, waiter, queue);
                    if let Some(next) = self.next_spawn(id, position) {
                        first_unspawned = first_unspawned.or(Some(position));
                        if matches!(visited.0, Visit::Planned | Visit::Unspawned) {
                            self.ensure_cycle_at(next, queue);
                        }
                    }
                    visited
                }
            };
            if let Some(stopped) = self.stop_at(visit, waiter.job, child, met) {
                stop = stopped;
                break;
            }
            if matches!(visit, Visit::Blocked(_)) {
                first_blocked = first_blocked.or(Some(position));
            }
            // Whoever left at the front took the holes behind it along.
            let backlog = &self.queues[id.index()].backlog;
            position = backlog.next_at((position + 1).max(backlog.front()));
        }
        let frontier = first_blocked.unwrap_or(position);
        let frontier = first_unspawned.map_or(frontier, |unspawned| frontier.min(unspawned));
        // A job at which the walk stops has been looked at, and an array may be planned in part.
        self.queues[id.index()].backlog.end_of_pass(frontier, position + 1);
        stop
    }

    /// Whether the walk ends at a job, by the head-of-line rule.
    fn stop_at(&self, visit: Visit, job: u32, child: u32, met: &mut Met) -> Option<Stop> {
        let hol = self.config.profile.hol;
        match visit {
            Visit::Placed | Visit::Unspawned => None,
            Visit::Planned if hol == HeadOfLine::Fcfs => {
                Some(Stop::Blocked { job, child, cause: WaitCause::Provisioning })
            }
            Visit::Planned => None,
            Visit::RateLimited => Some(Stop::RateLimited),
            Visit::Blocked(cause) => {
                let blocked = Stop::Blocked { job, child, cause };
                met.first = met.first.or(Some(blocked));
                met.count += 1;
                match hol {
                    HeadOfLine::Lookahead(depth) if met.count <= depth => None,
                    _ => Some(blocked),
                }
            }
        }
    }

    /// Tries to place or plan for one job that is no array.
    #[inline(always)]
    fn visit(&mut self, id: JobQueueId, seat: Seat, waiter: Waiter, queue: &mut Queue) -> Visit {
        if self.lacks_consumables(waiter.job) {
            return Visit::Blocked(WaitCause::Consumable);
        }
        let planned = waiter.plan.get();
        match self.options(id, waiter.shape, planned.map(|(_, rank)| rank)) {
            Choice::Room(_, environment, instance) => {
                if !self.take_dispatch_token(environment) {
                    return Visit::RateLimited;
                }
                self.leave_backlog(id, seat, waiter);
                self.place(waiter.job, environment, instance, NONE, planned, queue);
                Visit::Placed
            }
            Choice::Plan(..) if !self.claim_consumables(waiter.job, 0) => {
                Visit::Blocked(WaitCause::Consumable)
            }
            Choice::Plan(rank, environment) => {
                let plan = Plan::new(self.now, rank);
                match seat {
                    Seat::Fifo(position) => {
                        self.queues[id.index()].backlog.get_mut(position).plan = plan;
                    }
                    Seat::Retry(key) => {
                        if let Some(entry) = self.queues[id.index()].backlog.retry_mut(key) {
                            entry.plan = plan;
                        }
                    }
                }
                self.assign(id, waiter.shape, environment, queue);
                Visit::Planned
            }
            Choice::Wait => Visit::Planned,
            Choice::No(cause) => Visit::Blocked(cause),
        }
    }

    /// Places and plans for as many children of an array as there is room.
    fn visit_array(&mut self, id: JobQueueId, waiter: Waiter, queue: &mut Queue) -> (Visit, u32) {
        let array = self.jobs.get(waiter.job).array;
        loop {
            let row = &self.jobs.arrays[array as usize];
            let spawned = row.spawned(self.now, self.config.profile.array_spawn_rate);
            let Some((child, waiting)) = row.waiting(spawned) else {
                return (Visit::Unspawned, NONE);
            };
            if self.lacks_consumables(waiter.job) {
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
                    let (slot, planned) = self.take_child(id, waiter.job, child, rank.into());
                    let is_last = self.jobs.arrays[array as usize].left() == 0;
                    self.place(slot, environment, instance, NONE, planned, queue);
                    if is_last {
                        return (Visit::Placed, child);
                    }
                }
                Choice::Plan(..) if !self.claim_consumables(waiter.job, planned) => {
                    return (Visit::Blocked(WaitCause::Consumable), child);
                }
                Choice::Plan(rank, environment) => {
                    let now = self.now;
                    self.jobs.arrays[array as usize].plan(rank as usize, now);
                    self.assign(id, waiter.shape, environment, queue);
                }
                Choice::Wait => return (Visit::Planned, child),
                Choice::No(cause) if unplanned => return (Visit::Blocked(cause), child),
                Choice::No(_) => return (Visit::Planned, child),
            }
        }
    }

    /// When the array at a position spawns its next child, if it is still there and will.
    fn next_spawn(&self, id: JobQueueId, position: u64) -> Option<SimTime> {
        let backlog = &self.queues[id.index()].backlog;
        let entry = (position >= backlog.front()).then(|| backlog.get(position))?;
        if entry.state != EntryState::Array {
            return None;
        }
        let rate = self.config.profile.array_spawn_rate;
        let row = &self.jobs.arrays[self.jobs.get(entry.job).array as usize];
        let next = row.unspawned(row.spawned(self.now, rate))?;
        Some(row.spawn_time(next, rate))
    }

    /// A job leaves its place in the backlog to be placed.
    #[inline]
    pub(in crate::world) fn leave_backlog(&mut self, id: JobQueueId, seat: Seat, waiter: Waiter) {
        let own = self.own_block(id, waiter.job, NONE);
        if own > SimDuration::ZERO {
            *self.jobs.blocked.entry(waiter.job).or_default() += own;
        }
        self.forget_blocker(id, waiter.job);
        self.give_up_claim(waiter.job);
        let state = &mut self.queues[id.index()];
        state.runnable -= 1;
        match seat {
            Seat::Fifo(position) => state.backlog.remove(position),
            Seat::Retry(key) => state.backlog.remove_retry(key),
        }
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
                Ok(()) => return Choice::Plan(rank as u8, environment),
                Err(why) => cause = stronger(cause, why),
            }
        }
        if planned.is_some() {
            return Choice::Wait;
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
        for rank in 0..self.queues[id.index()].environments.len() {
            let environment = self.queues[id.index()].environments[rank];
            if !self.environments[environment.index()].enabled {
                continue;
            }
            match self.may_request(environment, shape) {
                Ok(()) => return Some(Choice::Plan(rank as u8, environment)),
                Err(why) => *cause = stronger(*cause, why),
            }
        }
        None
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

    /// The account dispatches to EC2 at a bounded rate: a cycle, what is due until the next one. To
    /// Fargate it dispatches as tasks can be launched.
    #[inline]
    pub(in crate::world) fn take_dispatch_token(
        &mut self,
        environment: ComputeEnvironmentId,
    ) -> bool {
        if self.environments[environment.index()].tasks.is_some() {
            self.dispatch_again = self.next_launch(environment);
            return self.dispatch_again <= self.now;
        }
        let Some(rate) = self.config.profile.dispatch_rate_ec2 else { return true };
        self.dispatch_again = self.next_dispatch();
        if self.dispatch_again > self.now {
            return false;
        }
        let now = self.now.as_millis() * 1_000;
        self.dispatch_clock_us = self.dispatch_clock_us.max(now) + 1_000_000 / u64::from(rate);
        true
    }

    /// When the rate allows the next dispatch.
    fn next_dispatch(&self) -> SimTime {
        let Some(rate) = self.config.profile.dispatch_rate_ec2 else { return self.now };
        let interval = 1_000_000 / u64::from(rate);
        let burst = (self.config.profile.cycle_period.as_millis() * 1_000).max(interval);
        let due_us = (self.dispatch_clock_us + interval).saturating_sub(burst);
        SimTime::from_millis(due_us.div_ceil(1_000))
    }

    /// What the walk's end means for those who still wait.
    fn note_stop(&mut self, id: JobQueueId, stop: Stop, queue: &mut Queue) {
        let now = self.now;
        match stop {
            Stop::End => {
                self.set_blocker(id, None);
                self.queues[id.index()].log.set(now, WaitCause::Cycle);
            }
            Stop::RateLimited => {
                self.set_blocker(id, None);
                self.queues[id.index()].log.set(now, WaitCause::Dispatch);
            }
            Stop::Blocked { job, child, cause } => {
                self.set_blocker(id, Some((job, child, cause)));
                self.queues[id.index()].log.set(now, cause);
                self.watch_head(id, queue);
            }
        }
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
