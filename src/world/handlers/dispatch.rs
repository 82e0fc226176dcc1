//! The scheduler cycle: queues by priority, each from its head (behaviour 5.2, 5.6).
//!
//! A cycle exists only when something has changed that it must look at. How a lane is walked stands
//! in `walk`, what a waiting job finds in `visit`, whose turn it is in a queue with a policy in
//! `turns`.

use super::visit::Visit;
use super::walk::{Blocked, Met, Stop, Walk};
use crate::batch::compute_environment::ComputeEnvironmentId;
use crate::batch::job_queue::JobQueueId;
use crate::batch::policy::HeadOfLine;
use crate::batch::wait_cause::WaitCause;
use crate::sim::{SimDuration, SimTime};
use crate::world::World;
use crate::world::event::{Queue, WorldEvent};
use crate::world::state::lanes::LaneId;

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
    pub(super) fn ensure_cycle_at(&mut self, at: SimTime, queue: &mut Queue) {
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
            if !self.has_waiting(id) {
                continue;
            }
            if self.queues[id.index()].fair_share.is_some() {
                self.dispatch_shares(id, queue);
            } else {
                self.dispatch_fifo(id, queue);
            }
        }
    }

    /// Whether somebody stands in a queue.
    #[inline]
    pub(in crate::world) fn has_waiting(&self, id: JobQueueId) -> bool {
        match &self.queues[id.index()].fair_share {
            None => !self.lanes[id.index()].backlog.is_empty(),
            Some(fair_share) => !fair_share.waiting.is_empty(),
        }
    }

    /// A queue without a policy: one walk over its one lane.
    fn dispatch_fifo(&mut self, id: JobQueueId, queue: &mut Queue) {
        let lane = LaneId::of_queue(id);
        let (mut walk, mut met) = (Walk::default(), Met::default());
        let stop = self.walk::<false>(lane, &mut walk, &mut met, queue);
        self.end_walk(lane, &walk);
        if stop == Stop::RateLimited {
            self.lanes[lane.index()].backlog.reconsider_all();
            self.ensure_cycle_at(self.dispatch_again, queue);
        }
        if let Stop::Blocked(blocked) = stop
            && self.takes_back(&blocked)
            && self.release_behind(lane, Some(blocked.job), queue)
        {
            self.ensure_cycle(queue);
        }
        let stop = met.first.map_or(stop, Stop::Blocked);
        self.note_stop(lane, stop);
        if matches!(stop, Stop::Blocked(_)) {
            self.watch_head(id, queue);
        }
        self.watch_unseen_head(id, queue);
        self.tidy(lane);
    }

    /// Closes the holes of a lane, and forgets what nobody can ask for any more.
    pub(super) fn tidy(&mut self, lane: LaneId) {
        let Self { lanes, jobs, .. } = self;
        let state = &mut lanes[lane.index()];
        state.backlog.compact(|entry, position| jobs.get_mut(entry.job).position = position);
        if state.log.is_long() {
            self.prune_log(lane);
        }
    }

    /// Whether the walk ends at a job, by the head-of-line rule.
    pub(super) fn stop_at(
        &self,
        visit: Visit,
        (job, child): (u32, u32),
        met: &mut Met,
    ) -> Option<Stop> {
        let hol = self.config.profile.hol;
        match visit {
            Visit::Placed | Visit::Unspawned => None,
            Visit::Planned | Visit::Requested if hol == HeadOfLine::Fcfs => {
                Some(Stop::Blocked(Blocked { job, child, cause: WaitCause::Provisioning }))
            }
            Visit::Planned | Visit::Requested => None,
            Visit::RateLimited => Some(Stop::RateLimited),
            Visit::Blocked(cause) => {
                let blocked = Blocked { job, child, cause };
                met.first = met.first.or(Some(blocked));
                met.count += 1;
                match hol {
                    HeadOfLine::Lookahead(depth) if met.count <= depth => None,
                    _ => Some(Stop::Blocked(blocked)),
                }
            }
        }
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

    /// What the end of a walk over a lane means for those who still wait there.
    pub(super) fn note_stop(&mut self, lane: LaneId, stop: Stop) {
        let (blocker, cause) = match stop {
            Stop::End | Stop::Turn => (None, WaitCause::Cycle),
            Stop::RateLimited => (None, WaitCause::Dispatch),
            Stop::Blocked(blocked) => (Some(blocked), blocked.cause),
        };
        self.set_blocker(lane, blocker);
        self.lanes[lane.index()].log.set(self.now, cause);
    }
}
