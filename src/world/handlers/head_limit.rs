//! `jobStateTimeLimitActions`: a job stuck at the head is cancelled (behaviour 1.5).

use super::unfinished::StuckHeads;
use crate::batch::allocation::Offering;
use crate::batch::compute_environment::ComputeEnvironmentId;
use crate::batch::job_definition::Requirements;
use crate::batch::job_queue::{JobQueueId, StuckReason};
use crate::batch::wait_cause::WaitCause;
use crate::sim::SimTime;
use crate::world::World;
use crate::world::event::{Queue, WorldEvent};
use crate::world::observer::Observer;
use crate::world::record::StatusReason;
use crate::world::state::environments::Outlook;
use crate::world::state::jobs::NONE;
use crate::world::state::lanes::{Blocker, LaneId, LaneState};

impl World {
    /// Looks at the head's time limit again when it strikes.
    pub(in crate::world) fn watch_head(&mut self, id: JobQueueId, queue: &mut Queue) {
        let now = self.now;
        let lane = self.queues[id.index()].head;
        let Some(blocker) = self.lanes[lane.index()].blocker else { return };
        if self.stuck_reason(id, blocker).is_none() {
            return;
        }
        if let Some(fair_share) = &mut self.queues[id.index()].fair_share {
            fair_share.stuck.insert(lane);
        }
        let state = &mut self.lanes[lane.index()];
        let same = |stuck: &Blocker| {
            (stuck.job, stuck.child, stuck.cause) == (blocker.job, blocker.child, blocker.cause)
        };
        if !state.stuck.as_ref().is_some_and(same) {
            state.stuck = Some(Blocker { since: now, ..blocker });
        }
        let Some((at, _)) = self.head_limit(id, blocker) else { return };
        self.look_at_head(id, at, queue);
    }

    /// When the head is to be cancelled, and for what reason, if it stays stuck for the same cause.
    fn head_limit(&self, id: JobQueueId, blocker: Blocker) -> Option<(SimTime, StuckReason)> {
        let reason = self.stuck_reason(id, blocker)?;
        let actions = &self.queues[id.index()].time_limit_actions;
        let action = actions.iter().find(|action| action.reason == reason)?;
        let detected = self.config.profile.stuck_detect;
        let stuck = self.lanes[self.queues[id.index()].head.index()].stuck?;
        Some((stuck.since + detected + action.max_time, reason))
    }

    /// The `statusReason` that a stuck head gets, where it is one that can be acted on.
    fn stuck_reason(&self, id: JobQueueId, blocker: Blocker) -> Option<StuckReason> {
        match blocker.cause {
            WaitCause::Capacity if self.is_refused_everywhere(id, blocker.job) => {
                Some(StuckReason::InsufficientInstanceCapacity)
            }
            WaitCause::Infeasible => {
                let wanted = if self.jobs.is_gang(blocker.job) {
                    self.jobs.gang(blocker.job).vcpus()
                } else {
                    self.shapes.get(self.jobs.get(blocker.job).shape).vcpus
                };
                let environments = &self.queues[id.index()].environments;
                let too_wide =
                    |id: &ComputeEnvironmentId| self.environments[id.index()].max_vcpus < wanted;
                Some(if environments.iter().all(too_wide) {
                    StuckReason::ComputeEnvironmentMaxResource
                } else {
                    StuckReason::JobResourceRequirement
                })
            }
            _ => None,
        }
    }

    /// Whether every environment that could hold a job has been refused the capacity for it. One of
    /// several nodes waits for one environment only.
    fn is_refused_everywhere(&self, id: JobQueueId, job: u32) -> bool {
        if self.jobs.is_gang(job) {
            return true;
        }
        let shape = self.jobs.get(job).shape;
        let need = self.shapes.get(shape);
        self.queues[id.index()].environments.iter().all(|id| {
            let row = &self.environments[id.index()];
            let holds = |offering: &Offering| offering.capacity().holds(need);
            !row.enabled
                || row.outlook(shape) == Some(Outlook::Denied(WaitCause::Capacity))
                || !row.offerings.iter().any(holds)
        })
    }

    /// The head may have been stuck for too long.
    pub(in crate::world) fn on_head_limit_due<O: Observer>(
        &mut self,
        id: JobQueueId,
        queue: &mut Queue,
        observer: &mut O,
    ) {
        if self.queues[id.index()].head_limit_at != Some(self.now) {
            // Another instant has been chosen since.
            return;
        }
        self.queues[id.index()].head_limit_at = None;
        let lane = self.queues[id.index()].head;
        let blocked = self.lanes[lane.index()].blocker.and_then(|blocker| {
            let (at, reason) = self.head_limit(id, blocker)?;
            Some((at, reason, blocker))
        });
        let unseen =
            self.unseen_limit(id).map(|(at, head)| (at, StuckReason::JobResourceRequirement, head));
        // The one that blocks need not be the one that is first: whichever limit is first counts.
        match blocked.into_iter().chain(unseen).min_by_key(|(at, ..)| *at) {
            Some((at, reason, head)) if at <= self.now => {
                if self.jobs.is_gang(head.job) {
                    self.give_up_gang(head.job, queue);
                }
                self.cancel_head(id, head, StatusReason::TimeLimit(reason), observer);
                self.ensure_cycle(queue);
            }
            Some(_) => {
                self.watch_head(id, queue);
                self.watch_unseen_head(id, queue);
            }
            None => {}
        }
    }

    /// The heads of all queues that have been stuck for so long that Batch says why.
    pub(super) fn stuck_heads(&mut self) -> StuckHeads {
        let noticed = self.now;
        let detect = self.config.profile.stuck_detect;
        let mut heads = StuckHeads::default();
        for id in (0..self.queues.len()).map(JobQueueId::from_index) {
            let lane = &self.lanes[self.queues[id.index()].head.index()];
            let blocked = lane.blocker.zip(lane.stuck).and_then(|(blocker, stuck)| {
                Some((stuck.since, self.stuck_reason(id, blocker)?, blocker))
            });
            let unseen = self.unseen_head(id);
            let unseen = unseen.map(|head| (head.since, StuckReason::JobResourceRequirement, head));
            let long = |(since, ..): &(SimTime, _, _)| *since + detect <= noticed;
            let all = blocked.into_iter().chain(unseen).filter(long);
            if let Some((_, reason, head)) = all.min_by_key(|(since, ..)| *since) {
                let job = self.jobs.get(head.job);
                let child = if head.child == NONE { job.child } else { head.child };
                heads.insert((job.id.raw(), child), reason);
            }
        }
        heads
    }

    /// A stuck head that an instance with `free` capacity holds is stuck no longer.
    pub(super) fn unstick(&mut self, id: JobQueueId, free: Requirements) {
        let Self { queues, lanes, shapes, jobs, .. } = self;
        let mut look_at = |lane: LaneId| {
            let holds = |blocker: &Blocker| {
                free.holds(shapes.get(jobs.get(blocker.job).shape)) && !jobs.is_gang(blocker.job)
            };
            let LaneState { stuck, unseen, .. } = &mut lanes[lane.index()];
            stuck.take_if(|blocker| holds(blocker));
            unseen.take_if(|head| free.holds(head.need));
            stuck.is_some() || unseen.is_some()
        };
        match &mut queues[id.index()].fair_share {
            None => {
                look_at(LaneId::of_queue(id));
            }
            Some(fair_share) => fair_share.stuck.retain(|lane| look_at(*lane)),
        }
    }

    pub(super) fn look_at_head(&mut self, id: JobQueueId, at: SimTime, queue: &mut Queue) {
        let at = at.max(self.now);
        let state = &mut self.queues[id.index()];
        if state.head_limit_at.is_none_or(|due| at < due || due < self.now) {
            state.head_limit_at = Some(at);
            queue.push(at, WorldEvent::HeadLimitDue(id));
        }
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
            let planned = self.planned_since(blocker.job);
            self.take_waiting(id, blocker.job);
            self.end_waiting(blocker.job, planned, reason, observer);
        } else {
            self.end_child(blocker.job, blocker.child, reason, observer);
        }
    }
}
