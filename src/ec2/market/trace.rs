//! The capacity model `trace`: pools hold what was recorded of them, second by second.
//!
//! A trace says how many instances could be had, or were held, in each interval. A pool can be
//! launched into up to that number; when the number falls, so many instances are warned that the
//! rest fits, at that instant. A pool's hidden state is how long it will hold any.

mod read;

pub use read::{Recorded, TraceError, read};

use super::PoolId;
use super::capacity::{CapacityModel, NewPool, Reclaim, ReclaimKind};
use super::signal::{NormalScores, WORST};
use super::stays::{Durations, Stays};
use crate::ec2::catalog::{TypeId, ZoneId};
use crate::ec2::price_series::PriceSeries;
use crate::sim::random::RandomKey;
use crate::sim::{SimDuration, SimTime};
use std::sync::Arc;

/// Parameters of `trace`.
#[derive(Clone, Debug, PartialEq)]
pub struct TraceConfig {
    /// What was recorded, by pool; each pool once.
    pub pools: Vec<TracedPool>,
    /// What a pool holds after the end of its trace.
    pub after_end: AfterEnd,
    /// Whether instances are warned when the number falls below those in the pool; else it only
    /// bounds launches.
    pub drops_interrupt: bool,
    /// Whether pools without a trace are open and without bounds; else they are closed.
    pub untraced_open: bool,
}

/// A pool and what was recorded of it.
#[derive(Clone, Debug, PartialEq)]
pub struct TracedPool {
    /// Its type.
    pub instance_type: TypeId,
    /// Its zone.
    pub zone: ZoneId,
    /// What was recorded.
    pub trace: Arc<CapacityTrace>,
    /// The prices that were recorded with it, on the run's clock.
    pub prices: Option<Arc<PriceSeries>>,
    /// The instant of the trace at which the run starts.
    pub from: SimDuration,
}

/// What happens after the end of a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AfterEnd {
    /// It starts again.
    Repeat,
    /// Its last number stays.
    Hold,
}

/// How many instances of one pool there were, over time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CapacityTrace {
    /// Since when, ascending from zero; neighbours differ in their numbers.
    starts: Vec<SimTime>,
    nodes: Vec<u32>,
    /// After the last start.
    end: SimTime,
}

impl CapacityTrace {
    /// The trace of intervals `(from, until, instances)`, ascending and apart from one another;
    /// between them there are none. `None` when they are not so, or there is none.
    #[must_use]
    pub fn new(intervals: &[(SimTime, SimTime, u32)]) -> Option<Self> {
        let end = intervals.last()?.1;
        let mut trace = Self { starts: Vec::new(), nodes: Vec::new(), end };
        let mut until = SimTime::ZERO;
        for (from, to, nodes) in intervals {
            if *from < until || to <= from {
                return None;
            }
            if *from > until {
                trace.push(until, 0);
            }
            trace.push(*from, *nodes);
            until = *to;
        }
        Some(trace)
    }

    fn push(&mut self, start: SimTime, nodes: u32) {
        if self.nodes.last() != Some(&nodes) {
            self.starts.push(start);
            self.nodes.push(nodes);
        }
    }

    /// The numbers and since when each holds.
    pub fn steps(&self) -> impl Iterator<Item = (SimTime, u32)> + '_ {
        self.starts.iter().copied().zip(self.nodes.iter().copied())
    }

    /// Where it ends.
    #[must_use]
    pub const fn end(&self) -> SimTime {
        self.end
    }

    /// Hours from each rise above zero to the next fall to zero.
    fn up_hours(&self) -> Vec<f64> {
        let mut spells: Vec<f64> = Vec::new();
        for step in (0..self.nodes.len()).filter(|step| self.nodes[*step] > 0) {
            let end = self.starts.get(step + 1).copied().unwrap_or(self.end);
            let hours = end.since(self.starts[step]).as_secs_f64() / 3_600.0;
            match spells.last_mut().filter(|_| step > 0 && self.nodes[step - 1] > 0) {
                Some(spell) => *spell += hours,
                None => spells.push(hours),
            }
        }
        spells
    }
}

/// How long the pool of a trace stays open, as the trace says it of any instant.
#[derive(Clone, Debug)]
struct Outlook {
    scores: NormalScores,
    up: Stays,
}

impl Outlook {
    /// `None` where the trace is never open.
    fn of(trace: &CapacityTrace) -> Option<Self> {
        let hours = trace.up_hours();
        let up = Stays::new(Durations::Empirical { hours: &hours, factor: 1.0 }).ok()?;
        let all = trace.end.since(SimTime::ZERO).as_secs_f64() / 3_600.0;
        let open = hours.iter().sum::<f64>() / all;
        (open > 0.0).then(|| Self { scores: NormalScores::new((1.0 - open).max(0.0)), up })
    }
}

/// The pools of one run.
#[derive(Clone, Debug)]
pub(super) struct TraceReplay {
    config: TraceConfig,
    pools: Vec<Pool>,
}

#[derive(Clone, Debug)]
struct Pool {
    key: RandomKey,
    replay: Option<Replay>,
    outlook: Option<Outlook>,
    /// Reclaims so far.
    reclaims: u64,
}

#[derive(Clone, Debug)]
struct Replay {
    trace: Arc<CapacityTrace>,
    from: SimDuration,
    repeats: bool,
}

/// A step of a replay: which of the trace, in which round of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct At {
    round: u64,
    step: usize,
}

impl Replay {
    /// The step that has begun at `now`, and how much of the trace's clock has passed before its
    /// round.
    fn at(&self, now: SimTime) -> At {
        let time = (now + self.from).as_millis();
        let length = self.trace.end.as_millis();
        let round = if self.repeats { time / length } else { 0 };
        let within = SimTime::from_millis(time - round * length);
        let step = self.trace.starts.partition_point(|start| *start <= within) - 1;
        At { round, step }
    }

    fn nodes(&self, at: At) -> u32 {
        self.trace.nodes[at.step]
    }

    /// The step after `at`; `None` at the end.
    fn after(&self, at: At) -> Option<At> {
        if at.step + 1 < self.trace.starts.len() {
            return Some(At { step: at.step + 1, ..at });
        }
        self.repeats.then_some(At { round: at.round + 1, step: 0 })
    }

    /// When a step begins.
    fn start(&self, at: At) -> SimTime {
        let start = self.trace.starts[at.step].as_millis();
        let time = at.round * self.trace.end.as_millis() + start;
        SimTime::from_millis(time.saturating_sub(self.from.as_millis()))
    }

    /// The start of the first step after `now` that `is_it`, given the number before and its own;
    /// the end of time if there is none.
    fn next(&self, now: SimTime, is_it: impl Fn(u32, u32) -> bool) -> SimTime {
        let mut at = self.at(now);
        // Each step once, even where a trace repeats.
        for _ in 0..=self.trace.starts.len() {
            let Some(next) = self.after(at) else { break };
            if is_it(self.nodes(at), self.nodes(next)) {
                return self.start(next);
            }
            at = next;
        }
        SimTime::MAX
    }
}

impl TraceReplay {
    pub(super) fn new(config: &TraceConfig) -> Self {
        Self { config: config.clone(), pools: Vec::new() }
    }

    fn pool(&self, pool: PoolId) -> &Pool {
        &self.pools[pool.index()]
    }
}

impl CapacityModel for TraceReplay {
    fn add_pool(&mut self, pool: &NewPool<'_>) {
        let this = |traced: &&TracedPool| {
            (traced.instance_type, traced.zone) == (pool.instance_type, pool.zone)
        };
        let traced = self.config.pools.iter().find(this);
        let replay = traced.map(|traced| Replay {
            trace: Arc::clone(&traced.trace),
            from: traced.from,
            repeats: self.config.after_end == AfterEnd::Repeat,
        });
        let outlook = traced.and_then(|traced| Outlook::of(&traced.trace));
        self.pools.push(Pool { key: pool.key, replay, outlook, reclaims: 0 });
    }

    fn room(&mut self, pool: PoolId, now: SimTime) -> u32 {
        match &self.pool(pool).replay {
            Some(replay) => replay.nodes(replay.at(now)),
            None if self.config.untraced_open => u32::MAX,
            None => 0,
        }
    }

    fn next_reclaim(&mut self, pool: PoolId, now: SimTime) -> SimTime {
        match &self.pool(pool).replay {
            Some(replay) if self.config.drops_interrupt => {
                replay.next(now, |before, after| after < before)
            }
            _ => SimTime::MAX,
        }
    }

    fn reclaim(&mut self, pool: PoolId, now: SimTime) -> Reclaim {
        let room = self.room(pool, now);
        let state = &mut self.pools[pool.index()];
        let ordinal = state.reclaims;
        state.reclaims += 1;
        Reclaim { key: state.key, ordinal, kind: ReclaimKind::AllBut { room } }
    }

    fn next_change(&mut self, pool: PoolId, now: SimTime) -> SimTime {
        let replay = &self.pool(pool).replay;
        replay.as_ref().map_or(SimTime::MAX, |replay| replay.next(now, |a, b| a != b))
    }

    fn hidden(&mut self, pool: PoolId, now: SimTime) -> Option<f64> {
        let state = self.pool(pool);
        let Some(replay) = &state.replay else {
            return (!self.config.untraced_open).then_some(WORST);
        };
        let Some(Outlook { scores, up }) = &state.outlook else { return Some(WORST) };
        if replay.nodes(replay.at(now)) == 0 {
            return Some(scores.of_closed());
        }
        let closes = replay.next(now, |_, after| after == 0);
        if closes == SimTime::MAX {
            return Some(-WORST);
        }
        Some(scores.of_open(up.more_ahead_than(closes.since(now))))
    }
}
