//! A pass over a queue with a fair-share policy: shares take turns, the one that has used least
//! first, and each turn serves one job (behaviour 5.5).
//!
//! A pass costs a look-up for each share and lane that waits, and O(log shares) for each job that
//! it serves; it does not depend on how many wait. What a share has used stands in its `Shares`,
//! who of a lane is next in its walk.

use super::walk::{Blocked, Met, Stop, Walk};
use crate::batch::job_queue::JobQueueId;
use crate::batch::scheduling_policy::{Lane, ShareId, Turns};
use crate::batch::wait_cause::WaitCause;
use crate::sim::SimDuration;
use crate::world::World;
use crate::world::event::Queue;
use crate::world::state::lanes::LaneId;
use std::collections::BTreeMap;

/// How far a pass has come.
#[derive(Debug)]
struct Pass {
    turns: Turns,
    /// By share that has had a turn.
    walks: BTreeMap<ShareId, ShareWalk>,
    /// The lane of the job that was found blocked first.
    head: Option<LaneId>,
    /// Why those wait who have not had their turn; `None` when everybody has.
    cut_short: Option<WaitCause>,
}

/// How far a pass has come within a share.
#[derive(Debug)]
struct ShareWalk {
    /// The lanes that it has come to; it stands in the last one.
    lanes: Vec<LaneId>,
    /// The place of the last one.
    lane: Option<Lane>,
    walk: Walk,
    met: Met,
    /// The lane of the job that the share is blocked by, or would be if nobody was passed.
    held_at: Option<LaneId>,
    /// Why its last turn ended.
    stop: Stop,
}

impl Default for ShareWalk {
    fn default() -> Self {
        Self {
            lanes: Vec::new(),
            lane: None,
            walk: Walk::default(),
            met: Met::default(),
            held_at: None,
            stop: Stop::Turn,
        }
    }
}

impl ShareWalk {
    /// The job that blocks the share.
    fn blocked(&self) -> Option<Blocked> {
        match (self.met.first, self.stop) {
            (Some(first), _) => Some(first),
            (None, Stop::Blocked(blocked)) => Some(blocked),
            _ => None,
        }
    }
}

impl World {
    /// One pass over a queue with a policy.
    pub(super) fn dispatch_shares(&mut self, id: JobQueueId, queue: &mut Queue) {
        let mut pass = self.open_pass(id);
        while let Some(share) = pass.turns.take() {
            let walk = pass.walks.entry(share).or_default();
            self.take_turn(share, id, walk, queue);
            let stop = walk.stop;
            if stop == Stop::Turn {
                self.give_back(id, share, &mut pass.turns);
                continue;
            }
            pass.head = pass.head.or(walk.held_at);
            match stop {
                Stop::RateLimited => pass.cut_short = Some(WaitCause::Dispatch),
                Stop::Blocked(_) if !self.config.profile.fs_skip_blocked_share => {
                    pass.cut_short = Some(WaitCause::FairShare);
                }
                _ => continue,
            }
            break;
        }
        self.close_pass(id, &pass, queue);
    }

    fn open_pass(&mut self, id: JobQueueId) -> Pass {
        let (now, limit) = (self.now, self.limit_of(id));
        let mut turns = Turns::default();
        if let Some(fair_share) = &mut self.queues[id.index()].fair_share {
            fair_share.limit = limit;
            let waiting = fair_share.waiting_shares();
            turns = fair_share.shares.turns(now, waiting);
        }
        Pass { turns, walks: BTreeMap::new(), head: None, cut_short: None }
    }

    /// A share goes on, through its lanes, until somebody is served or stops it.
    fn take_turn(
        &mut self,
        share: ShareId,
        id: JobQueueId,
        walk: &mut ShareWalk,
        queue: &mut Queue,
    ) {
        loop {
            let lane = match walk.lanes.last() {
                Some(lane) if walk.stop == Stop::Turn => *lane,
                _ => match self.enter_next_lane(share, id, walk) {
                    Some(lane) => lane,
                    None => return,
                },
            };
            walk.stop = self.walk::<true>(lane, &mut walk.walk, &mut walk.met, queue);
            let held = walk.met.first.is_some() || matches!(walk.stop, Stop::Blocked(_));
            if held && walk.held_at.is_none() {
                walk.held_at = Some(lane);
            }
            if walk.stop != Stop::End {
                return;
            }
            self.end_walk(lane, &walk.walk);
        }
    }

    /// The walk of a share comes to its next lane; at its end there is none.
    fn enter_next_lane(
        &mut self,
        share: ShareId,
        id: JobQueueId,
        walk: &mut ShareWalk,
    ) -> Option<LaneId> {
        walk.stop = Stop::End;
        let fair_share = self.queues[id.index()].fair_share.as_ref()?;
        let (place, lane) = fair_share.next_lane(share, walk.lane)?;
        let room_version = fair_share.room_version;
        let state = &mut self.lanes[lane.index()];
        if state.room_version != room_version {
            state.room_version = room_version;
            state.backlog.reconsider_all();
        }
        walk.lanes.push(lane);
        (walk.lane, walk.walk) = (Some(place), Walk::default());
        Some(lane)
    }

    /// A share has served a job: its next turn comes when it has used least again.
    fn give_back(&mut self, id: JobQueueId, share: ShareId, turns: &mut Turns) {
        let now = self.now;
        if let Some(fair_share) = &mut self.queues[id.index()].fair_share {
            turns.give_back(share, fair_share.shares.weighted_usage(now, share));
        }
    }

    /// What the end of a pass means for those who still wait.
    fn close_pass(&mut self, id: JobQueueId, pass: &Pass, queue: &mut Queue) {
        for walk in pass.walks.values() {
            if let (Some(lane), true) = (walk.lanes.last(), walk.stop != Stop::End) {
                self.end_walk(*lane, &walk.walk);
            }
        }
        if pass.cut_short == Some(WaitCause::Dispatch) {
            self.room_grew_for(id);
            self.ensure_cycle_at(self.dispatch_again, queue);
        }
        let mut released = false;
        for (share, walk) in &pass.walks {
            released |= self.release_behind_share(id, *share, walk, queue);
        }
        let unvisited = self.unvisited(id, pass);
        let is_blocked = |walk: &ShareWalk| match walk.stop {
            Stop::Blocked(blocked) => self.takes_back(&blocked),
            _ => false,
        };
        if pass.cut_short == Some(WaitCause::FairShare) && pass.walks.values().any(is_blocked) {
            // Their turn does not come while the job blocks that they may keep capacity from.
            for lane in &unvisited {
                if !self.has_had_a_turn(*lane) {
                    released |= self.release_behind(*lane, None, queue);
                }
            }
        }
        released |= self.release_excess(id, queue);
        if released {
            self.ensure_cycle(queue);
        }
        for (share, walk) in &pass.walks {
            self.note_share(id, *share, walk, pass.cut_short);
        }
        for lane in &unvisited {
            self.note_behind(*lane, pass.cut_short.unwrap_or(WaitCause::Cycle));
        }
        self.queues[id.index()].head = pass.head.unwrap_or(LaneId::of_queue(id));
        self.watch_head(id, queue);
        self.watch_unseen_head(id, queue);
        self.watch_order(id, pass, queue);
        let touched = pass.walks.values().flat_map(|walk| &walk.lanes);
        touched.for_each(|lane| self.tidy(*lane));
    }

    /// The lanes of shares that have had no turn.
    fn unvisited(&self, id: JobQueueId, pass: &Pass) -> Vec<LaneId> {
        let Some(fair_share) = &self.queues[id.index()].fair_share else { return Vec::new() };
        let waiting = fair_share.waiting.iter();
        let unvisited = waiting.filter(|(lane, _)| !pass.walks.contains_key(&lane.share()));
        unvisited.map(|(_, id)| *id).collect()
    }

    /// The lanes of a share that its walk has not come to.
    fn lanes_behind(&self, id: JobQueueId, share: ShareId, walk: &ShareWalk) -> Vec<LaneId> {
        let fair_share = self.queues[id.index()].fair_share.as_ref();
        fair_share.map_or(Vec::new(), |fair_share| fair_share.lanes_behind(share, walk.lane))
    }

    /// Takes back what was promised to those who stand behind the job that blocks a share.
    fn release_behind_share(
        &mut self,
        id: JobQueueId,
        share: ShareId,
        walk: &ShareWalk,
        queue: &mut Queue,
    ) -> bool {
        let (Stop::Blocked(blocked), Some(lane)) = (walk.stop, walk.lanes.last()) else {
            return false;
        };
        if !self.takes_back(&blocked) {
            return false;
        }
        let mut released = self.release_behind(*lane, Some(blocked.job), queue);
        for lane in self.lanes_behind(id, share, walk) {
            released |= self.release_behind(lane, None, queue);
        }
        released
    }

    /// Why those of a share wait from now on.
    fn note_share(
        &mut self,
        id: JobQueueId,
        share: ShareId,
        walk: &ShareWalk,
        cut_short: Option<WaitCause>,
    ) {
        let mut lanes = walk.lanes.clone();
        lanes.extend(self.lanes_behind(id, share, walk));
        let is_over = matches!(walk.stop, Stop::End | Stop::Blocked(_));
        let mut behind = None;
        for (index, lane) in lanes.into_iter().enumerate() {
            let stands_here = index + 1 == walk.lanes.len();
            match (behind, walk.blocked()) {
                (None, Some(blocked)) if walk.held_at == Some(lane) => {
                    self.note_stop(lane, Stop::Blocked(blocked));
                    behind = Some(blocked.cause);
                }
                (None, _) if stands_here && !is_over => {
                    behind = cut_short;
                    self.note_behind(lane, behind.unwrap_or(WaitCause::Cycle));
                }
                (None, _) => self.note_stop(lane, Stop::End),
                (Some(cause), _) => self.note_behind(lane, cause),
            }
        }
    }

    /// Those of a lane wait for what holds up others before them.
    fn note_behind(&mut self, lane: LaneId, cause: WaitCause) {
        self.set_blocker(lane, None);
        self.lanes[lane.index()].log.set(self.now, cause);
    }

    /// Where one share holds up others, time alone may turn their order: the next cycle looks.
    fn watch_order(&mut self, id: JobQueueId, pass: &Pass, queue: &mut Queue) {
        let now = self.now;
        let by = pass.walks.iter().find(|(_, walk)| matches!(walk.stop, Stop::Blocked(_)));
        let (Some((by, _)), Some(WaitCause::FairShare)) = (by, pass.cut_short) else { return };
        let Some(fair_share) = &self.queues[id.index()].fair_share else { return };
        let is_over =
            |share: &ShareId| pass.walks.get(share).is_some_and(|walk| walk.stop != Stop::Turn);
        let mut held_up = fair_share.waiting_shares();
        held_up.retain(|share| !is_over(share));
        let period = match self.config.profile.cycle_period {
            SimDuration::ZERO => self.config.profile.fs_charge_without_cycles,
            period => period,
        };
        if !held_up.is_empty()
            && period > SimDuration::ZERO
            && fair_share.shares.may_turn(now, *by, held_up)
        {
            self.ensure_cycle_at(now + period, queue);
        }
    }
}
