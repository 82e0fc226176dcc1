//! One walk over a lane: retried jobs, then the FIFO (behaviour 5.3).
//!
//! A job is placed on registered room; else capacity is planned for it and it is passed over; else
//! it blocks what is behind it. A walk costs what it dispatches and plans, not what waits: it stops
//! at the first blocked job, and resumes behind those, retried or not, for which capacity is
//! planned unless room has grown. Where consumable resources are modelled, or shares have been
//! promised more than they may use, it looks at all retried jobs. In a queue with a policy it is
//! interrupted whenever somebody has been served, and goes on when the share has its next turn.

use super::visit::{Seat, Visit, Waiter};
use crate::batch::backlog::{EntryState, RetryKey};
use crate::batch::wait_cause::WaitCause;
use crate::sim::SimTime;
use crate::world::World;
use crate::world::event::Queue;
use crate::world::state::jobs::NONE;
use crate::world::state::lanes::LaneId;

/// How far a walk has come.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Walk {
    /// The retried job that was looked at last.
    retry: Option<RetryKey>,
    /// The first of them that has to be looked at again.
    first_unsettled: Option<RetryKey>,
    /// Where in the FIFO it is to go on, once it has come there.
    position: Option<u64>,
    first_blocked: Option<u64>,
    first_unspawned: Option<u64>,
}

/// Why a walk ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    End,
    /// Somebody has been served: it is the turn of another share, perhaps.
    Turn,
    Blocked(Blocked),
    RateLimited,
}

/// A job that can be neither placed nor planned, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::world) struct Blocked {
    pub(in crate::world) job: u32,
    /// The child, for an array.
    pub(in crate::world) child: u32,
    pub(in crate::world) cause: WaitCause,
}

/// The blocked jobs that a walk has met.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Met {
    pub(super) count: u32,
    pub(super) first: Option<Blocked>,
}

impl World {
    /// Walks on over a lane, to its end or to a job at which the walk stops. With `TURNS` it also
    /// stops behind each job that is served.
    #[inline]
    pub(super) fn walk<const TURNS: bool>(
        &mut self,
        lane: LaneId,
        walk: &mut Walk,
        met: &mut Met,
        queue: &mut Queue,
    ) -> Stop {
        match self.walk_retries::<TURNS>(lane, walk, met, queue) {
            Stop::End => self.walk_fifo::<TURNS>(lane, walk, met, queue),
            stop => stop,
        }
    }

    /// Retried jobs come first, in the order of their submission.
    #[inline]
    fn walk_retries<const TURNS: bool>(
        &mut self,
        lane: LaneId,
        walk: &mut Walk,
        met: &mut Met,
        queue: &mut Queue,
    ) -> Stop {
        if walk.retry.is_none() {
            walk.retry = self.settled_retry(lane);
        }
        while let Some((key, entry)) = self.lanes[lane.index()].backlog.retry_after(walk.retry) {
            let (seat, waiter) = (Seat::Retry(key), Waiter::of(&entry));
            let visit = match entry.state {
                EntryState::Gang => self.visit_gang::<TURNS>(lane, seat, waiter, queue),
                _ => self.visit::<TURNS>(lane, seat, waiter, queue),
            };
            walk.retry = Some(key);
            let stop = self.stop_at(visit, (entry.job, NONE), met);
            if stop.is_some() || matches!(visit, Visit::Blocked(_)) {
                walk.first_unsettled = walk.first_unsettled.or(Some(key));
            }
            if let Some(stop) = stop {
                return stop;
            }
            if TURNS && visit.is_served() {
                return Stop::Turn;
            }
        }
        Stop::End
    }

    /// The retried job behind which a walk begins. Those up to it have capacity planned for them,
    /// and nothing but room could change that, unless they also need what others may have taken.
    #[inline]
    fn settled_retry(&self, lane: LaneId) -> Option<RetryKey> {
        let state = &self.lanes[lane.index()];
        let settled = state.backlog.settled_retry()?;
        let may_lose = !self.consumables.is_empty() || self.is_promised_too_much(state.queue);
        (!may_lose).then_some(settled)
    }

    #[inline]
    fn walk_fifo<const TURNS: bool>(
        &mut self,
        lane: LaneId,
        walk: &mut Walk,
        met: &mut Met,
        queue: &mut Queue,
    ) -> Stop {
        let backlog = &self.lanes[lane.index()].backlog;
        let mut position = match walk.position {
            Some(position) if TURNS => position,
            _ => backlog.next_at(backlog.start_of_pass()),
        };
        let mut stop = Stop::End;
        while position < self.lanes[lane.index()].backlog.end() {
            let entry = self.lanes[lane.index()].backlog.get(position);
            let (state, waiter) = (entry.state, Waiter::of(entry));
            let (visit, child) = match state {
                EntryState::Gone | EntryState::Submitted | EntryState::Pending => {
                    position = self.lanes[lane.index()].backlog.next_at(position + 1);
                    continue;
                }
                EntryState::Runnable => {
                    (self.visit::<TURNS>(lane, Seat::Fifo(position), waiter, queue), NONE)
                }
                EntryState::Gang => {
                    (self.visit_gang::<TURNS>(lane, Seat::Fifo(position), waiter, queue), NONE)
                }
                EntryState::Array => self.visit_array::<TURNS>(lane, waiter, queue),
            };
            let is_served_child = TURNS && state == EntryState::Array && visit.is_served();
            if state == EntryState::Array && !is_served_child {
                self.note_unspawned(lane, position, visit, walk, queue);
            }
            // Of an array, children are served one by one before it stops anybody.
            if !is_served_child && let Some(stopped) = self.stop_at(visit, (waiter.job, child), met)
            {
                stop = stopped;
                break;
            }
            if matches!(visit, Visit::Blocked(_)) {
                walk.first_blocked = walk.first_blocked.or(Some(position));
            }
            // Whoever left at the front took the holes behind it along. Of an array another child
            // may be next.
            let backlog = &self.lanes[lane.index()].backlog;
            let next = if is_served_child { position } else { position + 1 };
            position = backlog.next_at(next.max(backlog.front()));
            if TURNS && visit.is_served() {
                stop = Stop::Turn;
                break;
            }
        }
        walk.position = Some(position);
        stop
    }

    /// Children that the array at a position has yet to spawn are looked at when they are there.
    fn note_unspawned(
        &mut self,
        lane: LaneId,
        position: u64,
        visit: Visit,
        walk: &mut Walk,
        queue: &mut Queue,
    ) {
        if let Some(next) = self.next_spawn(lane, position) {
            walk.first_unspawned = walk.first_unspawned.or(Some(position));
            if matches!(visit, Visit::Planned | Visit::Unspawned) {
                self.ensure_cycle_at(next, queue);
            }
        }
    }

    /// When the array at a position spawns its next child, if it is still there and will.
    fn next_spawn(&self, lane: LaneId, position: u64) -> Option<SimTime> {
        let backlog = &self.lanes[lane.index()].backlog;
        let entry = (position >= backlog.front()).then(|| backlog.get(position))?;
        if entry.state != EntryState::Array {
            return None;
        }
        let rate = self.config.profile.array_spawn_rate;
        let row = &self.jobs.arrays[self.jobs.get(entry.job).array as usize];
        let next = row.unspawned(row.spawned(self.now, rate))?;
        Some(row.spawn_time(next, rate))
    }

    /// A walk goes no further in this pass: the next one begins where nothing has been settled.
    #[inline]
    pub(super) fn end_walk(&mut self, lane: LaneId, walk: &Walk) {
        if walk.retry.is_some() {
            let backlog = &mut self.lanes[lane.index()].backlog;
            backlog.end_of_retries(walk.first_unsettled, walk.retry);
        }
        let Some(position) = walk.position else { return };
        let frontier = walk.first_blocked.unwrap_or(position);
        let frontier = walk.first_unspawned.map_or(frontier, |unspawned| frontier.min(unspawned));
        // A job at which the walk stops has been looked at, and an array may be planned in part.
        self.lanes[lane.index()].backlog.end_of_pass(frontier, position + 1);
    }
}
