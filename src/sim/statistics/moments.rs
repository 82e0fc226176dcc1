//! Mean and variance in one pass, by Welford's recurrence.
//!
//! Keeps three words and no samples. Invariant: adding the same numbers in the same order gives the
//! same bits.

/// Count, mean and variance of a stream of numbers.
///
/// ```
/// use batchcast::sim::statistics::Moments;
/// let moments: Moments = [2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0].into_iter().collect();
/// assert_eq!(moments.mean(), Some(5.0));
/// assert_eq!(moments.variance(), Some(32.0 / 7.0));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Moments {
    count: u64,
    mean: f64,
    squares: f64,
}

impl Moments {
    /// Adds one number.
    ///
    /// ```
    /// let mut moments = batchcast::sim::statistics::Moments::default();
    /// moments.add(3.0);
    /// assert_eq!(moments.mean(), Some(3.0));
    /// ```
    pub fn add(&mut self, value: f64) {
        self.count += 1;
        let before = value - self.mean;
        self.mean += before / self.count as f64;
        self.squares += before * (value - self.mean);
    }

    /// How many numbers were added.
    ///
    /// ```
    /// assert_eq!(batchcast::sim::statistics::Moments::default().count(), 0);
    /// ```
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The mean, `None` of nothing.
    ///
    /// ```
    /// assert_eq!(batchcast::sim::statistics::Moments::default().mean(), None);
    /// ```
    #[must_use]
    pub fn mean(&self) -> Option<f64> {
        (self.count > 0).then_some(self.mean)
    }

    /// The unbiased sample variance (n - 1 in the denominator), `None` of fewer than two numbers.
    ///
    /// ```
    /// use batchcast::sim::statistics::Moments;
    /// let moments: Moments = [1.0, 3.0].into_iter().collect();
    /// assert_eq!(moments.variance(), Some(2.0));
    /// ```
    #[must_use]
    pub fn variance(&self) -> Option<f64> {
        (self.count > 1).then(|| self.squares / (self.count - 1) as f64)
    }
}

impl FromIterator<f64> for Moments {
    fn from_iter<I: IntoIterator<Item = f64>>(values: I) -> Self {
        let mut moments = Self::default();
        values.into_iter().for_each(|value| moments.add(value));
        moments
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_offset_does_not_destroy_the_variance() {
        // The usual counterexample to the sum-of-squares formula: variance 30 at 1e9.
        let moments: Moments = [4.0, 7.0, 13.0, 16.0].map(|x| x + 1e9).into_iter().collect();
        assert_eq!(moments.variance(), Some(30.0));
    }
}
