//! Idle instances in the order in which they may go (behaviour 6.6).
//!
//! One that never had a job may go at once, the others a delay after their last one, the same for
//! all of an environment: so each kind goes in the order in which they became idle, and a check for
//! scale-in looks at those that may go and no others. Entries of instances that have jobs again
//! are passed over when their turn comes. Invariant: every idle instance has an entry that is not.

use crate::sim::{SimDuration, SimTime};
use crate::world::event::Stamped;
use std::collections::VecDeque;

/// An instance, and since when it has been idle.
#[derive(Clone, Copy, Debug)]
pub(in crate::world) struct Idle {
    pub(in crate::world) since: SimTime,
    pub(in crate::world) instance: Stamped,
    /// Whether it never had a job.
    pub(in crate::world) is_fresh: bool,
}

/// The idle instances of an environment, and some that are so no more.
#[derive(Clone, Debug, Default)]
pub(in crate::world) struct IdleOrder {
    fresh: VecDeque<Idle>,
    used: VecDeque<Idle>,
}

impl IdleOrder {
    /// An instance is idle from now on, which is not before any other.
    #[inline]
    pub(in crate::world) fn push(&mut self, idle: Idle) {
        if idle.is_fresh { self.fresh.push_back(idle) } else { self.used.push_back(idle) }
    }

    /// Entries, those included that are passed over.
    pub(in crate::world) fn len(&self) -> usize {
        self.fresh.len() + self.used.len()
    }

    /// Forgets the entries that are no idle instances any more.
    #[cold]
    pub(in crate::world) fn forget(&mut self, is_idle: impl Fn(&Idle) -> bool) {
        self.fresh.retain(&is_idle);
        self.used.retain(&is_idle);
    }

    /// Takes out those that may go by `now`.
    pub(in crate::world) fn take_due(
        &mut self,
        now: SimTime,
        delay: SimDuration,
        is_idle: impl Fn(&Idle) -> bool,
    ) -> Vec<Idle> {
        let mut due = Vec::new();
        for (order, delay) in [(&mut self.fresh, SimDuration::ZERO), (&mut self.used, delay)] {
            while order.front().is_some_and(|first| first.since + delay <= now) {
                due.extend(order.pop_front().filter(&is_idle));
            }
        }
        due
    }

    /// Those that were due and have to stay are first again.
    pub(in crate::world) fn put_back(&mut self, mut kept: Vec<Idle>) {
        kept.sort_unstable_by_key(|idle| idle.since);
        for idle in kept.into_iter().rev() {
            if idle.is_fresh { self.fresh.push_front(idle) } else { self.used.push_front(idle) }
        }
    }

    /// When the first of them may go.
    pub(in crate::world) fn next_due(
        &mut self,
        delay: SimDuration,
        is_idle: impl Fn(&Idle) -> bool,
    ) -> Option<SimTime> {
        let mut next = None;
        for (order, delay) in [(&mut self.fresh, SimDuration::ZERO), (&mut self.used, delay)] {
            while order.front().is_some_and(|first| !is_idle(first)) {
                order.pop_front();
            }
            let first = order.front().map(|first| first.since + delay);
            next = next.into_iter().chain(first).min();
        }
        next
    }

    /// Entries, those included that are passed over.
    pub(in crate::world) fn iter(&self) -> impl Iterator<Item = &Idle> {
        self.fresh.iter().chain(&self.used)
    }
}
