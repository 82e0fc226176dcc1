//! A step function of time with its integrals over an interval whose two ends only move on.
//!
//! Whole numbers throughout: what is added when the end reaches a step is what is subtracted when
//! the start passes it. A step is pushed once and dropped once. Knows no kernel.

use std::collections::VecDeque;

/// Values over an interval of milliseconds; zero before the first step.
#[derive(Clone, Debug, Default)]
pub(super) struct Steps {
    /// Instants behind the start, and the value from each on.
    steps: VecDeque<(u64, u64)>,
    start: u64,
    first: u64,
    end: u64,
    last: u64,
    /// The integral of the value over the interval.
    area: u128,
    /// Twice the integral of value times instant.
    doubled_moment: u128,
}

impl Steps {
    pub(super) const fn area(&self) -> u128 {
        self.area
    }

    pub(super) const fn doubled_moment(&self) -> u128 {
        self.doubled_moment
    }

    pub(super) const fn end(&self) -> u64 {
        self.end
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.steps.len()
    }

    /// Moves the end to `now`.
    pub(super) fn reach(&mut self, now: u64) {
        assert!(now >= self.end, "time goes on: {now} < {}", self.end);
        let (area, moment) = integrals(self.last, self.end, now);
        self.area += area;
        self.doubled_moment += moment;
        self.end = now;
    }

    /// Moves the end to `now`, from where on the value is another one.
    pub(super) fn set(&mut self, now: u64, value: u64) {
        self.reach(now);
        match self.steps.back_mut() {
            Some((at, last)) if *at == now => *last = value,
            _ if value != self.last => self.steps.push_back((now, value)),
            _ => {}
        }
        self.last = value;
    }

    /// Moves the start to `start`, at most the end.
    pub(super) fn forget(&mut self, start: u64) {
        assert!(start <= self.end, "what is to come can not be forgotten");
        while let Some((at, value)) = self.steps.front().copied()
            && at <= start
        {
            self.start_at(at);
            self.first = value;
            self.steps.pop_front();
        }
        self.start_at(start);
    }

    fn start_at(&mut self, at: u64) {
        let (area, moment) = integrals(self.first, self.start, at);
        self.area -= area;
        self.doubled_moment -= moment;
        self.start = at;
    }
}

/// Of a constant: its integral, and twice that of itself times the instant.
fn integrals(value: u64, from: u64, to: u64) -> (u128, u128) {
    let (value, from, to) = (u128::from(value), u128::from(from), u128::from(to));
    let area = value * (to - from);
    (area, area * (to + from))
}
