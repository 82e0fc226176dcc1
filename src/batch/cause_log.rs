//! Why a queue's waiting jobs wait, over time, so that one job's breakdown is a difference.
//!
//! A log of (instant, cause from here on, cumulative time by cause) that grows only when the cause
//! changes. A job keeps nothing but the instant it began to wait. Entries older than the oldest
//! waiter are dropped. Lookup is a binary search, skipped for spans within the last entry.

use super::wait_cause::{WaitCause, Waits};
use crate::sim::{SimDuration, SimTime};
use std::collections::VecDeque;

#[derive(Clone, Debug)]
struct Entry {
    since: SimTime,
    cause: WaitCause,
    before: Waits,
}

/// The causes of one queue's waiting jobs over time.
#[derive(Clone, Debug)]
pub struct CauseLog {
    entries: VecDeque<Entry>,
    prune_at: usize,
}

impl Default for CauseLog {
    fn default() -> Self {
        let start =
            Entry { since: SimTime::ZERO, cause: WaitCause::Cycle, before: Waits::default() };
        Self { entries: VecDeque::from([start]), prune_at: 64 }
    }
}

impl CauseLog {
    /// The cause in force.
    #[must_use]
    pub fn current(&self) -> WaitCause {
        self.last().cause
    }

    /// From `now` on, jobs wait for `cause`.
    #[inline]
    pub fn set(&mut self, now: SimTime, cause: WaitCause) {
        let last = self.last();
        if last.cause == cause {
            return;
        }
        let mut before = last.before;
        before.add(last.cause, now.since(last.since));
        let entry = Entry { since: now, cause, before };
        if last.since == now && self.entries.len() > 1 {
            // A cause that lasted no time leaves no trace.
            self.entries.pop_back();
        }
        self.entries.push_back(entry);
    }

    /// Adds what the log says of the time from `from` to `to` to `waits`.
    #[inline]
    pub fn add_between(&self, from: SimTime, to: SimTime, waits: &mut Waits) {
        if from >= to {
            return;
        }
        // The span usually lies within the last entry or starts there.
        let last = self.last();
        if from >= last.since {
            waits.add(last.cause, to.since(from));
            return;
        }
        let (start, end) = (self.at(from), self.at(to));
        for cause in WaitCause::ALL {
            waits.add(cause, end.get(cause) - start.get(cause));
        }
    }

    /// How much of the time from `from` to `to` the log gives to `cause`.
    #[must_use]
    pub fn time_in(&self, cause: WaitCause, from: SimTime, to: SimTime) -> SimDuration {
        let mut waits = Waits::default();
        self.add_between(from, to, &mut waits);
        waits.get(cause)
    }

    /// Whether it is time to [`prune`](Self::prune): the log has doubled since the last time.
    #[must_use]
    pub fn is_long(&self) -> bool {
        self.entries.len() >= self.prune_at
    }

    /// Forgets what lies before `oldest`, the first instant that anyone can still ask for.
    pub fn prune(&mut self, oldest: SimTime) {
        while self.entries.get(1).is_some_and(|next| next.since <= oldest) {
            self.entries.pop_front();
        }
        self.prune_at = (self.entries.len() * 2).max(64);
    }

    fn last(&self) -> &Entry {
        &self.entries[self.entries.len() - 1]
    }

    /// Cumulative time by cause up to `instant`.
    fn at(&self, instant: SimTime) -> Waits {
        let index = self.entries.partition_point(|entry| entry.since <= instant);
        let entry = &self.entries[index.saturating_sub(1)];
        let mut waits = entry.before;
        waits.add(entry.cause, instant.since(entry.since));
        waits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_breakdown_is_what_the_log_said_in_between() {
        let t = SimTime::from_millis;
        let mut log = CauseLog::default();
        log.set(t(10), WaitCause::MaxVcpus);
        log.set(t(10), WaitCause::Capacity);
        log.set(t(40), WaitCause::Cycle);
        let mut waits = Waits::default();
        log.add_between(t(5), t(50), &mut waits);
        assert_eq!(waits.total().as_millis(), 45);
        assert_eq!(waits.get(WaitCause::Capacity).as_millis(), 30);
        assert_eq!(waits.get(WaitCause::Cycle).as_millis(), 15);
        assert_eq!(log.time_in(WaitCause::Capacity, t(20), t(45)).as_millis(), 20);
        log.prune(t(39));
        assert_eq!(log.time_in(WaitCause::Capacity, t(39), t(60)).as_millis(), 1);
    }
}
