//! The integral over time of a count that is constant between changes, such as a queue length.
//!
//! Integers only: exact for every run. Invariant: time never goes back.

use crate::sim::SimTime;

/// A count over time: its integral, its mean, its peak.
///
/// ```
/// use batchcast::sim::{SimTime, statistics::TimeWeighted};
/// let mut waiting = TimeWeighted::new(SimTime::ZERO, 0);
/// waiting.set(SimTime::from_millis(10), 3);
/// waiting.set(SimTime::from_millis(15), 1);
/// assert_eq!(waiting.integral(SimTime::from_millis(20)), 3 * 5 + 1 * 5);
/// assert_eq!(waiting.mean(SimTime::from_millis(20)), Some(1.0));
/// assert_eq!(waiting.peak(), 3);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeWeighted {
    start: SimTime,
    since: SimTime,
    value: u64,
    peak: u64,
    integral: u128,
}

impl TimeWeighted {
    /// A count that is `value` from `start` on.
    ///
    /// ```
    /// use batchcast::sim::{SimTime, statistics::TimeWeighted};
    /// assert_eq!(TimeWeighted::new(SimTime::ZERO, 2).integral(SimTime::from_millis(3)), 6);
    /// ```
    #[must_use]
    pub const fn new(start: SimTime, value: u64) -> Self {
        Self { start, since: start, value, peak: value, integral: 0 }
    }

    /// The count is `value` from `now` on. Panics when `now` is before the last change.
    ///
    /// ```
    /// use batchcast::sim::{SimTime, statistics::TimeWeighted};
    /// let mut busy = TimeWeighted::new(SimTime::ZERO, 2);
    /// busy.set(SimTime::from_millis(1), 5);
    /// assert_eq!(busy.value(), 5);
    /// ```
    pub fn set(&mut self, now: SimTime, value: u64) {
        self.integral = self.integral(now);
        self.since = now;
        self.value = value;
        self.peak = self.peak.max(value);
    }

    /// The count now.
    ///
    /// ```
    /// use batchcast::sim::{SimTime, statistics::TimeWeighted};
    /// assert_eq!(TimeWeighted::new(SimTime::ZERO, 2).value(), 2);
    /// ```
    #[must_use]
    pub const fn value(&self) -> u64 {
        self.value
    }

    /// The largest count so far, even one that lasted no time.
    ///
    /// ```
    /// use batchcast::sim::{SimTime, statistics::TimeWeighted};
    /// assert_eq!(TimeWeighted::new(SimTime::ZERO, 2).peak(), 2);
    /// ```
    #[must_use]
    pub const fn peak(&self) -> u64 {
        self.peak
    }

    /// The integral in count-milliseconds up to `now`. Panics when `now` is before the last change.
    ///
    /// ```
    /// use batchcast::sim::{SimTime, statistics::TimeWeighted};
    /// assert_eq!(TimeWeighted::new(SimTime::ZERO, 7).integral(SimTime::from_millis(2)), 14);
    /// ```
    #[must_use]
    pub fn integral(&self, now: SimTime) -> u128 {
        assert!(now >= self.since, "time goes back: {now} after {}", self.since);
        self.integral + u128::from(self.value) * u128::from(now.since(self.since).as_millis())
    }

    /// The mean count up to `now`, `None` when no time has passed.
    ///
    /// ```
    /// use batchcast::sim::{SimTime, statistics::TimeWeighted};
    /// assert_eq!(TimeWeighted::new(SimTime::ZERO, 7).mean(SimTime::ZERO), None);
    /// ```
    #[must_use]
    pub fn mean(&self, now: SimTime) -> Option<f64> {
        let span = now.since(self.start).as_millis();
        (span > 0).then(|| self.integral(now) as f64 / span as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_integral_is_exact_beyond_64_bits() {
        let busy = TimeWeighted::new(SimTime::ZERO, u64::MAX);
        let square = u128::from(u64::MAX) * u128::from(u64::MAX);
        assert_eq!(busy.integral(SimTime::MAX), square);
    }

    #[test]
    fn a_change_without_duration_raises_the_peak_but_not_the_integral() {
        let mut count = TimeWeighted::new(SimTime::ZERO, 0);
        count.set(SimTime::from_millis(5), 100);
        count.set(SimTime::from_millis(5), 1);
        assert_eq!((count.peak(), count.integral(SimTime::from_millis(6))), (100, 1));
    }
}
