//! `jobStateTimeLimitActions`: a job stuck at the head is cancelled (behaviour 1.5).

use crate::batch::job_queue::{JobQueueId, StuckReason};
use crate::batch::wait_cause::WaitCause;
use crate::sim::SimTime;
use crate::world::World;
use crate::world::event::{Queue, WorldEvent};
use crate::world::observer::Observer;
use crate::world::record::StatusReason;
use crate::world::state::jobs::NONE;
use crate::world::state::queues::Blocker;

impl World {
    /// Looks at the head's time limit again when it strikes.
    pub(in crate::world) fn watch_head(&mut self, id: JobQueueId, queue: &mut Queue) {
        let now = self.now;
        let Some(blocker) = self.queues[id.index()].blocker else { return };
        if self.stuck_reason(id, blocker).is_none() {
            return;
        }
        let state = &mut self.queues[id.index()];
        let same = |stuck: &Blocker| {
            (stuck.job, stuck.child, stuck.cause) == (blocker.job, blocker.child, blocker.cause)
        };
        if !state.stuck.as_ref().is_some_and(same) {
            state.stuck = Some(Blocker { since: now, ..blocker });
        }
        let Some((at, _)) = self.head_limit(id, blocker) else { return };
        let at = at.max(self.now);
        let state = &mut self.queues[id.index()];
        if state.head_limit_at.is_none_or(|due| at < due || due < self.now) {
            state.head_limit_at = Some(at);
            queue.push(at, WorldEvent::HeadLimitDue(id));
        }
    }

    /// When the head is to be cancelled, and for what reason, if it stays stuck for the same cause.
    fn head_limit(&self, id: JobQueueId, blocker: Blocker) -> Option<(SimTime, StuckReason)> {
        let reason = self.stuck_reason(id, blocker)?;
        let actions = &self.queues[id.index()].time_limit_actions;
        let action = actions.iter().find(|action| action.reason == reason)?;
        let detected = self.config.profile.stuck_detect;
        let stuck = self.queues[id.index()].stuck?;
        Some((stuck.since + detected + action.max_time, reason))
    }

    /// The `statusReason` that a stuck head gets, where it is one that can be acted on.
    fn stuck_reason(&self, id: JobQueueId, blocker: Blocker) -> Option<StuckReason> {
        match blocker.cause {
            WaitCause::Capacity => Some(StuckReason::InsufficientInstanceCapacity),
            WaitCause::Infeasible => {
                let wanted = if self.jobs.is_gang(blocker.job) {
                    self.jobs.gang(blocker.job).vcpus()
                } else {
                    self.shapes.get(self.jobs.get(blocker.job).shape).vcpus
                };
                let environments = &self.queues[id.index()].environments;
                let too_wide = |id: &crate::batch::compute_environment::ComputeEnvironmentId| {
                    self.environments[id.index()].max_vcpus < wanted
                };
                Some(if environments.iter().all(too_wide) {
                    StuckReason::ComputeEnvironmentMaxResource
                } else {
                    StuckReason::JobResourceRequirement
                })
            }
            _ => None,
        }
    }

    /// The head may have been stuck for too long.
    pub(in crate::world) fn on_head_limit_due<O: Observer>(
        &mut self,
        id: JobQueueId,
        queue: &mut Queue,
        observer: &mut O,
    ) {
        self.queues[id.index()].head_limit_at = None;
        let Some(blocker) = self.queues[id.index()].blocker else { return };
        let Some((at, reason)) = self.head_limit(id, blocker) else { return };
        if at > self.now {
            self.watch_head(id, queue);
            return;
        }
        if self.jobs.is_gang(blocker.job) {
            self.give_up_gang(blocker.job, queue);
        }
        self.cancel_head(id, blocker, StatusReason::TimeLimit(reason), observer);
        self.ensure_cycle(queue);
    }

    /// FAILED without an attempt; an array's next child, or the job itself.
    fn cancel_head<O: Observer>(
        &mut self,
        id: JobQueueId,
        blocker: Blocker,
        reason: StatusReason,
        observer: &mut O,
    ) {
        if blocker.child == NONE {
            self.take_waiting(id, blocker.job);
            self.end_waiting(blocker.job, None, reason, observer);
        } else {
            self.end_child(blocker.job, blocker.child, reason, observer);
        }
    }
}
