//! Arrays: one record each until its children are placed (behaviour 2.2).
//!
//! Children that wait for nothing are told from the others by one number, the next fresh index. A
//! *gate* stands before the children of an array that wait for others by index: it costs a bit a
//! child (a byte, where each has several conditions), and more only for those that are ready and
//! not placed.

use crate::batch::api_call::ReasonId;
use crate::sim::{BitSet, SimDuration, SimTime};
use crate::world::record::StatusReason;
use std::collections::{BTreeMap, VecDeque};

/// An array: its children by what has become of them.
#[derive(Clone, Debug, Default)]
pub(in crate::world) struct Array {
    pub(in crate::world) size: u32,
    /// Children that are jobs of their own, or were: without a gate, the next to be placed.
    pub(in crate::world) taken: u32,
    /// Children whose end has been recorded.
    pub(in crate::world) ended: u32,
    /// When it was evaluated first.
    pub(in crate::world) evaluated: SimTime,
    /// When the first child spawned: what the array as a whole waits for was there.
    pub(in crate::world) spawned_from: SimTime,
    /// By environment of its queue: waiting children that capacity is planned for, by when.
    pub(in crate::world) planned: [VecDeque<(u32, SimTime)>; 3],
    /// Before children that wait for others by index.
    pub(in crate::world) gate: Option<Box<Gate>>,
}

/// What stands before children that wait for others by index.
#[derive(Clone, Debug, Default)]
pub(in crate::world) struct Gate {
    /// What each child waits for.
    conditions: u8,
    /// By child: how many have been met. Empty where there is only one.
    met: Vec<u8>,
    /// Children that wait for nothing any more, since when.
    ready: BTreeMap<u32, SimTime>,
    taken: BitSet,
    /// Whether the array as a whole waits for nothing any more.
    is_open: bool,
    /// Children that can never run, found before it was open.
    doomed: Vec<u32>,
    /// Children that are to be cancelled as soon as they wait for nothing else.
    cancelled: BTreeMap<u32, ReasonId>,
}

impl Gate {
    /// Before `size` children with `conditions` each.
    pub(in crate::world) fn new(size: u32, conditions: u8) -> Self {
        let met = if conditions > 1 { vec![0; size as usize] } else { Vec::new() };
        Self { conditions, met, ..Self::default() }
    }

    /// One of a child's conditions is met: whether it is ready now.
    pub(in crate::world) fn meet(&mut self, child: u32, now: SimTime) -> bool {
        if self.is_taken(child) {
            return false;
        }
        if let Some(met) = self.met.get_mut(child as usize) {
            *met += 1;
            if *met < self.conditions {
                return false;
            }
        }
        self.ready.insert(child, now);
        true
    }

    /// What a child waits for has FAILED: whether that is to be carried out now.
    pub(in crate::world) fn doom(&mut self, child: u32) -> bool {
        if !self.is_open {
            self.doomed.push(child);
        }
        self.is_open && !self.is_taken(child)
    }

    /// What the array as a whole waits for is there: whether children are to end already.
    pub(in crate::world) fn open(&mut self) -> bool {
        self.is_open = true;
        !self.doomed.is_empty() || !self.cancelled.is_empty()
    }

    pub(in crate::world) const fn is_open(&self) -> bool {
        self.is_open
    }

    /// The children that are to end already, and why; those that are jobs of their own by then are
    /// to be passed over. Who was doomed is told once.
    pub(in crate::world) fn take_ending(&mut self) -> Vec<(u32, StatusReason)> {
        let doomed = std::mem::take(&mut self.doomed).into_iter().rev();
        let doomed = doomed.map(|child| (child, StatusReason::DependencyFailed));
        let cancelled = self.cancelled.iter().filter(|(child, _)| self.ready.contains_key(child));
        let cancelled = cancelled.map(|(child, reason)| (*child, StatusReason::Requested(*reason)));
        doomed.chain(cancelled).collect()
    }

    /// A child becomes a job of its own. Says since when it was ready, if it was.
    fn take(&mut self, child: u32) -> Option<SimTime> {
        self.taken.insert(child as usize);
        self.cancelled.remove(&child);
        self.ready.remove(&child)
    }

    /// Whether a child is a job of its own, or was.
    pub(in crate::world) fn is_taken(&self, child: u32) -> bool {
        self.taken.contains(child as usize)
    }

    /// A child is to be cancelled as soon as it waits for nothing else.
    pub(in crate::world) fn cancel(&mut self, child: u32, reason: ReasonId) {
        self.cancelled.insert(child, reason);
    }

    /// Whether a child is to be cancelled now that it waits for nothing else.
    pub(in crate::world) fn is_cancelled(&self, child: u32) -> Option<ReasonId> {
        self.cancelled.get(&child).copied()
    }

    /// Whether a child waits for nothing any more.
    pub(in crate::world) fn is_ready(&self, child: u32) -> bool {
        self.ready.contains_key(&child)
    }

    /// Children that wait for nothing any more.
    pub(in crate::world) fn ready(&self) -> u32 {
        self.ready.len() as u32
    }
}

impl Array {
    /// An array of `size` children, each with `conditions` of its own.
    pub(in crate::world) fn new(size: u32, conditions: u8) -> Self {
        let gate = (conditions > 0).then(|| Box::new(Gate::new(size, conditions)));
        Self { size, gate, ..Self::default() }
    }

    /// The gate before its children, made if there is none: children that do not go in order stand
    /// behind one.
    pub(in crate::world) fn make_gate(&mut self, is_open: bool) -> &mut Gate {
        let (taken, size) = (self.taken, self.size);
        self.gate.get_or_insert_with(|| {
            // They wait for nothing but to be spawned.
            let ready = (taken..size).map(|child| (child, SimTime::ZERO)).collect();
            let mut gate = Gate { ready, is_open, ..Gate::default() };
            for child in 0..taken {
                gate.taken.insert(child as usize);
            }
            Box::new(gate)
        })
    }

    /// Children that are no jobs of their own yet, the one that is meant or all, last first.
    pub(in crate::world) fn left_of(&self, meant: Option<u32>) -> Vec<u32> {
        let mut left = Vec::new();
        let mut next = meant.unwrap_or(0);
        while let Some(child) =
            self.next_left(next).filter(|child| meant.is_none_or(|m| m == *child))
        {
            left.push(child);
            next = child + 1;
        }
        left.reverse();
        left
    }

    /// Whether a child is a job of its own, or was.
    pub(in crate::world) fn is_taken(&self, child: u32) -> bool {
        self.gate.as_ref().map_or(child < self.taken, |gate| gate.is_taken(child))
    }

    /// Whether a child waits for nothing but its turn and a place.
    pub(in crate::world) fn is_ready(&self, child: u32) -> bool {
        self.gate.as_ref().is_none_or(|gate| gate.is_ready(child))
    }

    /// Children that are no jobs of their own yet.
    pub(in crate::world) const fn left(&self) -> u32 {
        self.size - self.taken
    }

    /// The children that are no jobs of their own yet, and could be placed once they are spawned.
    pub(in crate::world) fn runnable(&self) -> u32 {
        self.gate.as_ref().map_or(self.left(), |gate| gate.ready())
    }

    /// The first child that waits for a place, if any has spawned by now, and how many do.
    #[inline]
    pub(in crate::world) fn waiting(&self, spawned: u32) -> Option<(u32, u32)> {
        match &self.gate {
            None => (self.taken < spawned).then_some((self.taken, spawned - self.taken)),
            Some(gate) => {
                let (first, _) = gate.ready.first_key_value()?;
                let all = spawned == self.size;
                let count =
                    if all { gate.ready.len() } else { gate.ready.range(..spawned).count() };
                (*first < spawned).then_some((*first, count as u32))
            }
        }
    }

    /// The next child that could be placed once it has spawned.
    pub(in crate::world) fn unspawned(&self, spawned: u32) -> Option<u32> {
        match &self.gate {
            None => (spawned < self.size).then_some(spawned),
            Some(gate) => gate.ready.range(spawned..).next().map(|(child, _)| *child),
        }
    }

    /// The first child from `from` on that is no job of its own yet.
    pub(in crate::world) fn next_left(&self, from: u32) -> Option<u32> {
        let first = match &self.gate {
            None => from.max(self.taken),
            Some(gate) => (from..self.size).find(|child| !gate.is_taken(*child))?,
        };
        (first < self.size).then_some(first)
    }

    /// A child becomes a job of its own. Says since when it waited for nothing but a place; nothing
    /// when it did not.
    pub(in crate::world) fn take(&mut self, child: u32, rate: Option<u32>) -> Option<SimTime> {
        self.taken += 1;
        let spawned = self.spawn_time(child, rate);
        match &mut self.gate {
            None => {
                assert!(child + 1 == self.taken, "children without conditions go in order");
                Some(spawned)
            }
            Some(gate) => gate.take(child).map(|since| since.max(spawned)),
        }
    }

    /// A child becomes a job of its own though its array is not RUNNABLE as a whole.
    pub(in crate::world) fn leave(&mut self, child: u32) -> Option<SimTime> {
        self.taken += 1;
        if let Some(gate) = &mut self.gate {
            gate.take(child);
        }
        None
    }

    /// Children that exist by now, when `rate` are spawned a second.
    pub(in crate::world) fn spawned(&self, now: SimTime, rate: Option<u32>) -> u32 {
        let Some(rate) = rate else { return self.size };
        let elapsed = now.since(self.spawned_from).as_millis();
        let spawned = 1 + elapsed * u64::from(rate) / 1_000;
        spawned.min(u64::from(self.size)) as u32
    }

    /// When a child came into being.
    pub(in crate::world) fn spawn_time(&self, child: u32, rate: Option<u32>) -> SimTime {
        let Some(rate) = rate else { return self.spawned_from };
        let after = (u64::from(child) * 1_000).div_ceil(u64::from(rate));
        self.spawned_from + SimDuration::from_millis(after)
    }

    /// How much of a child's time before it was RUNNABLE went into what it and its array wait for;
    /// it was RUNNABLE, or is looked at, at `until`.
    pub(in crate::world) fn dependency_wait(
        &self,
        child: u32,
        until: SimTime,
        rate: Option<u32>,
    ) -> SimDuration {
        let whole = self.spawned_from.since(self.evaluated);
        let own = match &self.gate {
            Some(_) => until.since(self.spawn_time(child, rate).min(until)),
            None => SimDuration::ZERO,
        };
        whole + own
    }

    /// Waiting children that capacity is planned for.
    pub(in crate::world) fn planned_count(&self) -> u32 {
        self.planned.iter().flatten().map(|(count, _)| count).sum()
    }

    /// In one environment.
    pub(in crate::world) fn planned_in(&self, rank: usize) -> u32 {
        self.planned[rank].iter().map(|(count, _)| count).sum()
    }

    /// One more child has capacity planned for it.
    pub(in crate::world) fn plan(&mut self, rank: usize, now: SimTime) {
        match self.planned[rank].back_mut() {
            Some((count, since)) if *since == now => *count += 1,
            _ => self.planned[rank].push_back((1, now)),
        }
    }

    /// The first planned child of an environment is placed: since when it was planned.
    pub(in crate::world) fn take_planned(&mut self, rank: usize) -> Option<SimTime> {
        let (count, since) = self.planned[rank].front_mut()?;
        let since = *since;
        *count -= 1;
        if *count == 0 {
            self.planned[rank].pop_front();
        }
        Some(since)
    }

    /// The last planned child of an environment is no longer: since when it was.
    pub(in crate::world) fn unplan(&mut self, rank: usize) -> Option<SimTime> {
        let (count, since) = self.planned[rank].back_mut()?;
        let since = *since;
        *count -= 1;
        if *count == 0 {
            self.planned[rank].pop_back();
        }
        Some(since)
    }
}
