//! What a queue with a policy is told of its jobs, and what it lets them have (behaviour 5.5).
//!
//! A job of several nodes counts with the vCPUs of all nodes from its dispatch to the end of its
//! main node, whatever becomes of the others. A queue without a policy pays a branch.

use crate::batch::job_queue::{JobQueueId, ShareIdentifier};
use crate::batch::scheduling_policy::{Lane, ShareId, Shares, TooManyShares};
use crate::batch::shape::ShapeId;
use crate::batch::wait_cause::WaitCause;
use crate::world::World;
use crate::world::event::Queue;
use crate::world::state::fair_share::FairShare;
use crate::world::state::lanes::{LaneId, LaneState};

impl World {
    /// Whether a lane is one of a queue with a policy.
    #[inline(always)]
    fn is_of_share(&self, lane: LaneId) -> bool {
        self.has_policies && lane.index() >= self.queues.len()
    }

    /// The shares of a job's queue and the job's own, if it has one.
    #[cold]
    fn share_of(&mut self, lane: LaneId) -> Option<(&mut Shares, ShareId)> {
        if !self.is_of_share(lane) {
            return None;
        }
        let state = &self.lanes[lane.index()];
        let share = state.lane?.share();
        let fair_share = self.queues[state.queue.index()].fair_share.as_mut()?;
        Some((&mut fair_share.shares, share))
    }

    /// The share of a job by name, as far as its queue asks for one.
    #[inline(always)]
    pub(in crate::world) fn share_identifier(&self, slot: u32) -> Option<ShareIdentifier> {
        if self.has_policies { self.find_share_identifier(slot) } else { None }
    }

    #[cold]
    fn find_share_identifier(&self, slot: u32) -> Option<ShareIdentifier> {
        let lane = self.jobs.get(slot).lane;
        if self.is_of_share(lane) {
            let state = &self.lanes[lane.index()];
            let fair_share = self.queues[state.queue.index()].fair_share.as_ref()?;
            return Some(fair_share.shares.identifier(state.lane?.share()).clone());
        }
        self.jobs.unaccepted.get(&slot).map(|(share, _)| share.clone())
    }

    /// The API accepts a job of a queue with a policy: the lane in which it stands from now on.
    #[inline(always)]
    pub(in crate::world) fn submit_to_share(
        &mut self,
        id: JobQueueId,
        slot: u32,
        jobs: u32,
        queue: &mut Queue,
    ) -> Result<LaneId, TooManyShares> {
        if !self.has_policies {
            return Ok(LaneId::of_queue(id));
        }
        self.enter_share(id, slot, jobs, queue)
    }

    #[cold]
    fn enter_share(
        &mut self,
        id: JobQueueId,
        slot: u32,
        jobs: u32,
        queue: &mut Queue,
    ) -> Result<LaneId, TooManyShares> {
        let now = self.now;
        let Some(fair_share) = &mut self.queues[id.index()].fair_share else {
            return Ok(LaneId::of_queue(id));
        };
        let Some((identifier, priority)) = self.jobs.unaccepted.remove(&slot) else {
            unreachable!("job slot {slot}: a job of a queue with a policy says its share")
        };
        let active = fair_share.shares.active(now);
        let share = fair_share.shares.submit(now, &identifier, u64::from(jobs))?;
        let is_one_more = fair_share.shares.active(now) > active;
        let lane = Lane::new(share, priority);
        let next = LaneId::from_index(self.lanes.len());
        let found = *fair_share.lanes.entry(lane).or_insert(next);
        if found == next {
            self.lanes.push(LaneState::new(id, Some(lane)));
        }
        if is_one_more {
            self.note_more_usable(id, queue);
        }
        Ok(found)
    }

    /// Less of a queue's capacity may be held back from its shares, wherever it is: those who wait
    /// for it are looked at.
    fn note_more_usable(&mut self, id: JobQueueId, queue: &mut Queue) {
        let fair_share = self.queues[id.index()].fair_share.as_ref();
        let is_limited = fair_share.is_some_and(|fair_share| fair_share.limit.is_some());
        if is_limited && self.has_waiting(id) {
            self.room_grew_for(id);
            self.ensure_cycle(queue);
        }
    }

    /// Somebody has come to stand in a lane.
    #[inline(always)]
    pub(in crate::world) fn note_entered(&mut self, lane: LaneId) {
        if self.is_of_share(lane) {
            self.update_waiting(lane, true);
        }
    }

    /// Somebody stands in a lane no more.
    #[inline(always)]
    pub(in crate::world) fn note_left(&mut self, lane: LaneId) {
        if self.is_of_share(lane) && self.lanes[lane.index()].backlog.is_empty() {
            self.update_waiting(lane, false);
        }
    }

    fn update_waiting(&mut self, id: LaneId, waits: bool) {
        let state = &self.lanes[id.index()];
        let fair_share = self.queues[state.queue.index()].fair_share.as_mut();
        let (Some(lane), Some(fair_share)) = (state.lane, fair_share) else { return };
        if waits {
            fair_share.waiting.insert(lane, id);
        } else {
            fair_share.waiting.remove(&lane);
        }
    }

    /// A job of a share has been placed: its vCPUs are in use.
    pub(super) fn note_dispatched(&mut self, slot: u32) {
        let (now, quarters) = (self.now, self.quarters_of(slot));
        if let Some((shares, share)) = self.share_of(self.jobs.get(slot).lane) {
            shares.dispatched(now, share, quarters);
        }
    }

    /// Capacity has been planned for a job of a share: that was its turn.
    pub(super) fn charge_turn(&mut self, slot: u32) {
        let (now, quarters) = (self.now, self.quarters_of(slot));
        if let Some((shares, share)) = self.share_of(self.jobs.get(slot).lane) {
            shares.charge(now, share, quarters);
        }
    }

    /// Whether the share of a lane has had a turn in this instant, in this pass or one before. What
    /// it was promised then would be promised anew in the next instant, if it were taken back.
    pub(super) fn has_had_a_turn(&mut self, lane: LaneId) -> bool {
        let now = self.now;
        self.share_of(lane).is_some_and(|(shares, share)| shares.is_charged(now, share))
    }

    /// The attempt of a job has ended, of several nodes that of the main one.
    #[inline(always)]
    pub(super) fn note_stopped(&mut self, slot: u32, queue: &mut Queue) {
        if self.has_policies {
            let (now, quarters) = (self.now, self.quarters_of(slot));
            let job = self.jobs.get(slot);
            let (id, lane) = (job.queue, job.lane);
            if let Some((shares, share)) = self.share_of(lane) {
                shares.stopped(now, share, quarters);
                self.note_more_usable(id, queue);
            }
        }
    }

    /// A job or child has ended.
    #[inline(always)]
    pub(super) fn note_job_ended(&mut self, lane: LaneId) {
        let now = self.now;
        if self.has_policies
            && let Some((shares, share)) = self.share_of(lane)
        {
            shares.job_ended(now, share);
        }
    }

    /// What a job counts with against its queue's reservation, in quarter vCPUs.
    pub(in crate::world) fn quarters_of(&self, slot: u32) -> u32 {
        if self.jobs.is_gang(slot) {
            return self.jobs.gang(slot).vcpus().saturating_mul(4);
        }
        self.shapes.quarter_vcpus(self.jobs.get(slot).shape)
    }

    /// Capacity has been planned for one more job of a queue.
    #[inline]
    pub(super) fn promise(&mut self, id: JobQueueId, shape: ShapeId) {
        if let Some(fair_share) = &mut self.queues[id.index()].fair_share {
            fair_share.promised += u64::from(self.shapes.quarter_vcpus(shape));
        }
    }

    /// Capacity is planned for one job of a queue less.
    #[inline]
    pub(super) fn unpromise(&mut self, id: JobQueueId, shape: ShapeId) {
        if let Some(fair_share) = &mut self.queues[id.index()].fair_share {
            fair_share.promised -= u64::from(self.shapes.quarter_vcpus(shape));
        }
    }

    /// Capacity has been planned for a job of several nodes, or is no longer.
    pub(super) fn promise_gang(&mut self, slot: u32, is_planned: bool) {
        let quarters = u64::from(self.quarters_of(slot));
        let id = self.jobs.get(slot).queue;
        if let Some(fair_share) = &mut self.queues[id.index()].fair_share {
            let promised = fair_share.promised;
            fair_share.promised =
                if is_planned { promised + quarters } else { promised - quarters };
        }
    }

    /// Quarter vCPUs that the active shares of a queue may use together; `None` where nothing is
    /// reserved for others, and only maxvCpus limit them.
    pub(super) fn limit_of(&mut self, id: JobQueueId) -> Option<u64> {
        let mut total = 0;
        for environment in &self.queues[id.index()].environments {
            let row = &self.environments[environment.index()];
            total += u64::from(if row.managed {
                row.max_vcpus
            } else {
                // AWS: where it is not said, nothing is reserved.
                row.unmanaged_vcpus?
            });
        }
        let fair_share = self.queues[id.index()].fair_share.as_mut()?;
        let usable = fair_share.shares.usable_vcpus(self.now, total);
        (usable < total).then_some(4 * usable)
    }

    /// Whether a job would exceed what the active shares may use.
    pub(super) fn is_held_back(&self, id: JobQueueId, slot: u32) -> bool {
        self.exceeds(id, slot, |_| 0)
    }

    /// Whether it would exceed that together with those that capacity is planned for.
    pub(super) fn may_not_promise(&self, id: JobQueueId, slot: u32) -> bool {
        self.exceeds(id, slot, |fair_share| fair_share.promised)
    }

    /// Whether the active shares of a queue use more, with what they are promised, than they may.
    pub(super) fn is_promised_too_much(&self, id: JobQueueId) -> bool {
        let Some(fair_share) = &self.queues[id.index()].fair_share else { return false };
        let used = fair_share.shares.vcpus() + fair_share.promised;
        fair_share.limit.is_some_and(|limit| used > limit)
    }

    fn exceeds(&self, id: JobQueueId, slot: u32, more: impl Fn(&FairShare) -> u64) -> bool {
        let Some(fair_share) = &self.queues[id.index()].fair_share else { return false };
        let Some(limit) = fair_share.limit else { return false };
        let used = fair_share.shares.vcpus() + more(fair_share);
        used + u64::from(self.quarters_of(slot)) > limit
    }

    /// Why a job waits that is refused capacity for `cause`: for its share, if that would keep it
    /// from being promised any as well.
    pub(super) fn or_held_back(&self, id: JobQueueId, slot: u32, cause: WaitCause) -> WaitCause {
        let is_final = matches!(cause, WaitCause::Infeasible | WaitCause::Disabled);
        if !is_final && self.may_not_promise(id, slot) { WaitCause::FairShare } else { cause }
    }

    /// Room has grown: every lane of a queue begins its next pass at the front.
    #[inline]
    pub(in crate::world) fn room_grew_for(&mut self, id: JobQueueId) {
        match &mut self.queues[id.index()].fair_share {
            None => self.lanes[id.index()].backlog.reconsider_all(),
            Some(fair_share) => fair_share.room_version += 1,
        }
    }

    /// The lanes of a queue in which somebody stands, in the order of shares.
    pub(in crate::world) fn lanes_of(&self, id: JobQueueId) -> Vec<LaneId> {
        match &self.queues[id.index()].fair_share {
            None => vec![LaneId::of_queue(id)],
            Some(fair_share) => fair_share.waiting.values().copied().collect(),
        }
    }

    /// The lanes of a queue in which somebody stands, those first whose turn comes last.
    pub(super) fn lanes_backwards(&mut self, id: JobQueueId) -> Vec<LaneId> {
        let now = self.now;
        let Some(fair_share) = &mut self.queues[id.index()].fair_share else {
            return vec![LaneId::of_queue(id)];
        };
        let shares = fair_share.waiting_shares();
        let mut turns = fair_share.shares.turns(now, shares);
        let mut lanes = Vec::new();
        while let Some(share) = turns.take() {
            lanes.extend(fair_share.lanes_behind(share, None));
        }
        lanes.reverse();
        lanes
    }
}
