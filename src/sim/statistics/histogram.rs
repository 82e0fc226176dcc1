//! Quantiles of millions of durations in constant memory.
//!
//! An HDR histogram: values from 0 to 2^50 in buckets of 3 significant digits, about 340 KiB of
//! address space, touched only where values fall. Recording costs a few nanoseconds. Invariant:
//! count, minimum, maximum and mean are exact; only quantiles between them are rounded.

/// The largest value with its own bucket: 35,000 years in milliseconds. Larger ones share it.
const HIGHEST: u64 = 1 << 50;

/// A histogram of unsigned numbers, milliseconds usually.
///
/// ```
/// use batchcast::sim::statistics::Histogram;
/// let mut waits = Histogram::default();
/// (1..=1_000).for_each(|ms| waits.record(ms));
/// assert_eq!(waits.quantile(0.5), Some(500));
/// assert_eq!((waits.max(), waits.mean()), (Some(1_000), Some(500.5)));
/// ```
#[derive(Clone, Debug)]
pub struct Histogram {
    buckets: hdrhistogram::Histogram<u64>,
    min: u64,
    max: u64,
    sum: u128,
}

impl Default for Histogram {
    fn default() -> Self {
        let Ok(buckets) = hdrhistogram::Histogram::new_with_max(HIGHEST, 3) else {
            unreachable!("the bounds are constants that the library accepts");
        };
        Self { buckets, min: u64::MAX, max: 0, sum: 0 }
    }
}

impl Histogram {
    /// Counts one value.
    ///
    /// ```
    /// let mut waits = batchcast::sim::statistics::Histogram::default();
    /// waits.record(7);
    /// assert_eq!(waits.count(), 1);
    /// ```
    pub fn record(&mut self, value: u64) {
        self.buckets.saturating_record(value);
        self.min = self.min.min(value);
        self.max = self.max.max(value);
        self.sum += u128::from(value);
    }

    /// Adds all values of `other`.
    ///
    /// ```
    /// use batchcast::sim::statistics::Histogram;
    /// let mut all = Histogram::default();
    /// let mut part = Histogram::default();
    /// part.record(7);
    /// all.merge(&part);
    /// assert_eq!(all.max(), Some(7));
    /// ```
    pub fn merge(&mut self, other: &Self) {
        let added = self.buckets.add(&other.buckets);
        assert!(added.is_ok(), "histograms of one shape always add up");
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
        self.sum += other.sum;
    }

    /// How many values were recorded.
    ///
    /// ```
    /// assert_eq!(batchcast::sim::statistics::Histogram::default().count(), 0);
    /// ```
    #[must_use]
    pub fn count(&self) -> u64 {
        self.buckets.len()
    }

    /// The exact maximum, `None` of nothing.
    ///
    /// ```
    /// let mut waits = batchcast::sim::statistics::Histogram::default();
    /// waits.record(u64::MAX);
    /// assert_eq!(waits.max(), Some(u64::MAX));
    /// ```
    #[must_use]
    pub fn max(&self) -> Option<u64> {
        (self.count() > 0).then_some(self.max)
    }

    /// The exact mean, `None` of nothing.
    ///
    /// ```
    /// let mut waits = batchcast::sim::statistics::Histogram::default();
    /// waits.record(1);
    /// waits.record(2);
    /// assert_eq!(waits.mean(), Some(1.5));
    /// ```
    #[must_use]
    pub fn mean(&self) -> Option<f64> {
        (self.count() > 0).then(|| self.sum as f64 / self.count() as f64)
    }

    /// The smallest value with at least a share `q` of all values at or below it, rounded up within
    /// its bucket: at most 0.1 % too large. Exact at the ends; `None` of nothing.
    ///
    /// ```
    /// let mut waits = batchcast::sim::statistics::Histogram::default();
    /// waits.record(123_456);
    /// assert_eq!(waits.quantile(0.95), Some(123_456));
    /// ```
    #[must_use]
    pub fn quantile(&self, q: f64) -> Option<u64> {
        if self.count() == 0 {
            return None;
        }
        let value = self.buckets.value_at_quantile(q);
        // The top bucket holds everything beyond it, and its upper end means nothing.
        let value = if value >= HIGHEST { self.max } else { value };
        Some(value.clamp(self.min, self.max))
    }

    /// The distribution, ascending: a value, rounded as quantiles are, and how many have it.
    ///
    /// ```
    /// let mut waits = batchcast::sim::statistics::Histogram::default();
    /// [7, 7, 3].into_iter().for_each(|ms| waits.record(ms));
    /// assert_eq!(waits.points().collect::<Vec<_>>(), [(3, 1), (7, 2)]);
    /// ```
    pub fn points(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        let (min, max) = (self.min, self.max);
        self.buckets.iter_recorded().map(move |point| {
            let value = point.value_iterated_to();
            let value = if value >= HIGHEST { max } else { value.clamp(min, max) };
            (value, point.count_at_value())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::random::RandomKey;
    use crate::sim::sampler::Sampler;
    use crate::sim::statistics::quantile_sorted;

    #[test]
    fn quantiles_are_within_a_thousandth_of_the_exact_ones() {
        let waits = Sampler::lognormal(600.0, 2.0).unwrap();
        let key = RandomKey::new(3, 0);
        let mut histogram = Histogram::default();
        let mut exact = Vec::new();
        for i in 0..50_000 {
            let value = waits.duration(&mut key.draw(i)).as_millis();
            histogram.record(value);
            exact.push(value);
        }
        exact.sort_unstable();
        for q in [0.0, 0.01, 0.5, 0.9, 0.95, 0.99, 0.999, 1.0] {
            let truth = quantile_sorted(&exact, q).unwrap() as f64;
            let got = histogram.quantile(q).unwrap() as f64;
            assert!(got >= truth && got <= truth * 1.001, "{q}: {got} for {truth}");
        }
        assert_eq!(histogram.max(), exact.last().copied());
        let sum: u64 = exact.iter().sum();
        assert_eq!(histogram.mean(), Some(sum as f64 / 50_000.0));
    }

    #[test]
    fn values_beyond_the_top_saturate_but_keep_the_maximum() {
        let mut histogram = Histogram::default();
        histogram.record(u64::MAX);
        histogram.record(0);
        assert_eq!(histogram.quantile(0.5), Some(0));
        assert_eq!(histogram.quantile(1.0), Some(u64::MAX));
    }

    #[test]
    fn a_merged_histogram_equals_one_that_saw_everything() {
        let (mut all, mut low, mut high) =
            (Histogram::default(), Histogram::default(), Histogram::default());
        for value in 0..2_000 {
            all.record(value * value);
            if value < 700 { &mut low } else { &mut high }.record(value * value);
        }
        low.merge(&high);
        for q in [0.0, 0.3, 0.5, 0.99, 1.0] {
            assert_eq!(low.quantile(q), all.quantile(q));
        }
        assert_eq!((low.count(), low.mean()), (all.count(), all.mean()));
    }
}
