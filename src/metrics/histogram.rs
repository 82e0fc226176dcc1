//! Counts of durations at three significant digits, with exact mean and maximum.
//!
//! Memory is bounded by the range of the values, not by their number; merging is exact and does not
//! depend on order.

use crate::sim::SimDuration;
use hdrhistogram::Histogram as HdrHistogram;

/// A mergeable histogram of durations.
#[derive(Clone, Debug)]
pub(crate) struct Histogram {
    counts: HdrHistogram<u64>,
    sum_ms: u128,
    max_ms: u64,
}

impl Histogram {
    /// An empty one.
    pub(crate) fn new() -> Self {
        let Ok(counts) = HdrHistogram::new(3) else {
            unreachable!("three significant digits are within the histogram's range")
        };
        Self { counts, sum_ms: 0, max_ms: 0 }
    }

    /// Counts one duration.
    pub(crate) fn record(&mut self, duration: SimDuration) {
        let millis = duration.as_millis();
        let counted = self.counts.record(millis).is_ok();
        assert!(counted, "a growing histogram counts every value, but not {millis} ms");
        self.sum_ms += u128::from(millis);
        self.max_ms = self.max_ms.max(millis);
    }

    /// Adds the counts of `other`.
    pub(crate) fn merge(&mut self, other: &Self) {
        let counted = self.counts.add(&other.counts).is_ok();
        assert!(counted, "a growing histogram takes in any other");
        self.sum_ms += other.sum_ms;
        self.max_ms = self.max_ms.max(other.max_ms);
    }

    /// How many durations were counted.
    pub(crate) fn len(&self) -> u64 {
        self.counts.len()
    }

    /// The mean in seconds, exact; `None` when empty.
    pub(crate) fn mean_s(&self) -> Option<f64> {
        (self.len() > 0).then(|| self.sum_ms as f64 / self.len() as f64 / 1_000.0)
    }

    /// The largest duration in seconds, exact; `None` when empty.
    pub(crate) fn max_s(&self) -> Option<f64> {
        (self.len() > 0).then(|| self.max_ms as f64 / 1_000.0)
    }

    /// The `quantile` (0 to 1) in seconds, to three digits; `None` when empty.
    pub(crate) fn quantile_s(&self, quantile: f64) -> Option<f64> {
        let millis = || self.counts.value_at_quantile(quantile).min(self.max_ms);
        (self.len() > 0).then(|| millis() as f64 / 1_000.0)
    }

    /// Every value counted, ascending: (milliseconds, how often).
    pub(crate) fn points(&self) -> Vec<(u64, u64)> {
        let point = |bucket: hdrhistogram::iterators::IterationValue<u64>| {
            (bucket.value_iterated_to().min(self.max_ms), bucket.count_at_value())
        };
        self.counts.iter_recorded().map(point).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(millis: impl IntoIterator<Item = u64>) -> Histogram {
        let mut histogram = Histogram::new();
        millis.into_iter().for_each(|ms| histogram.record(SimDuration::from_millis(ms)));
        histogram
    }

    #[test]
    fn mean_and_maximum_are_exact_and_quantiles_have_three_digits() {
        let histogram = of((1..=100_000).map(|n| n * 1_000));
        assert_eq!(histogram.mean_s(), Some(50_000.5));
        assert_eq!(histogram.max_s(), Some(100_000.0));
        let p95 = histogram.quantile_s(0.95).unwrap();
        assert!((p95 / 95_000.0 - 1.0).abs() < 1e-3, "{p95}");
    }

    #[test]
    fn merging_is_the_same_as_counting_together() {
        let mut left = of([0, 5, 70_000_000]);
        left.merge(&of([12, 5]));
        assert_eq!(left.points(), of([0, 5, 5, 12, 70_000_000]).points());
    }

    #[test]
    fn an_empty_histogram_has_no_quantile() {
        assert_eq!((of([]).mean_s(), of([]).quantile_s(0.5), of([]).max_s()), (None, None, None));
    }
}
