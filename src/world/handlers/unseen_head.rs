//! The head of a queue that no registered instance would hold though its capacity is on its way:
//! Batch takes it for a misconfiguration, and acts on it after a while (behaviour 1.5).
//!
//! That is the trap of an environment that scales from zero. The time counts from the pass at which
//! the job stands at the head and none is there; what it waited for before is of no account.

use crate::batch::job_queue::{JobQueueId, StuckReason};
use crate::batch::wait_cause::WaitCause;
use crate::sim::SimTime;
use crate::world::World;
use crate::world::event::Queue;
use crate::world::state::environments::Environment;
use crate::world::state::jobs::NONE;
use crate::world::state::lanes::{Blocker, LaneId, Unseen};

impl World {
    /// Looks at the head of a queue at the end of a pass, and again when its time limit strikes.
    #[inline]
    pub(in crate::world) fn watch_unseen_head(&mut self, id: JobQueueId, queue: &mut Queue) {
        let Some(lane) = self.head_lane(id) else { return };
        let unseen = self.unseen(lane).map(|(unseen, _)| unseen);
        self.lanes[lane.index()].unseen = unseen;
        if unseen.is_none() {
            return;
        }
        if let Some(fair_share) = &mut self.queues[id.index()].fair_share {
            fair_share.stuck.insert(lane);
        }
        if self.queues[id.index()].time_limit_actions.is_empty() {
            return;
        }
        if let Some((at, _)) = self.unseen_limit(id) {
            self.look_at_head(id, at, queue);
        }
    }

    /// When the head of a queue is to be cancelled if no instance that holds it registers before.
    pub(super) fn unseen_limit(&mut self, id: JobQueueId) -> Option<(SimTime, Blocker)> {
        let reason = StuckReason::JobResourceRequirement;
        let actions = &self.queues[id.index()].time_limit_actions;
        let max_time = actions.iter().find(|action| action.reason == reason)?.max_time;
        let head = self.unseen_head(id)?;
        Some((head.since + self.config.profile.stuck_detect + max_time, head))
    }

    /// The head of a queue, while no registered instance would hold it though it may be placed.
    pub(super) fn unseen_head(&mut self, id: JobQueueId) -> Option<Blocker> {
        let lane = self.head_lane(id)?;
        let (Unseen { child, since, .. }, job) = self.unseen(lane)?;
        // A child that waits by itself is a row of its own.
        let child = if self.jobs.get(job).child == NONE { child } else { NONE };
        Some(Blocker { job, child, cause: WaitCause::Infeasible, since })
    }

    /// That of a lane, since when it has been so, and its slot.
    fn unseen(&self, lane: LaneId) -> Option<(Unseen, u32)> {
        let lane = &self.lanes[lane.index()];
        let entry = lane.backlog.first_waiting()?;
        // A head that can not be promised anything has a reason of its own.
        let has_own =
            |blocker: Blocker| blocker.job == entry.job && blocker.cause != WaitCause::Provisioning;
        if lane.blocker.is_some_and(has_own) {
            return None;
        }
        let need = self.shapes.get(entry.shape);
        // On Fargate no instance is awaited.
        let sees = |row: &Environment| row.tasks.is_some() || row.has_registered(need);
        let environments = &self.queues[lane.queue.index()].environments;
        if environments.iter().any(|id| sees(&self.environments[id.index()])) {
            return None;
        }
        let row = self.jobs.get(entry.job);
        let (job, mut child) = (row.id, row.child);
        if child == NONE && row.array != NONE {
            let array = &self.jobs.arrays[row.array as usize];
            child = array.waiting(array.spawned(self.now, self.config.profile.array_spawn_rate))?.0;
        }
        let same = |known: &&Unseen| (known.job, known.child) == (job, child);
        let since = lane.unseen.as_ref().filter(same).map_or(self.now, |known| known.since);
        Some((Unseen { job, child, need, since }, entry.job))
    }

    /// The lane in which the head of a queue stands: of the share whose turn is next, the first in
    /// which somebody is RUNNABLE.
    fn head_lane(&mut self, id: JobQueueId) -> Option<LaneId> {
        let now = self.now;
        let Self { queues, lanes, .. } = self;
        let Some(fair_share) = &mut queues[id.index()].fair_share else {
            return Some(LaneId::of_queue(id));
        };
        let waiting = fair_share.waiting_shares();
        let mut turns = fair_share.shares.turns(now, waiting);
        while let Some(share) = turns.take() {
            let waits = |lane: &LaneId| lanes[lane.index()].backlog.first_waiting().is_some();
            if let Some(lane) = fair_share.lanes_behind(share, None).into_iter().find(waits) {
                return Some(lane);
            }
        }
        None
    }
}
