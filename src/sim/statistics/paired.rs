//! The difference of two samples whose members belong together.
//!
//! Pairs that met the same luck differ less than independent ones, and the t-test of their
//! differences needs no assumption about the two variances (Law, section 10.2.1). Pairs that do
//! not vary together lose nothing but precision: the interval stays right.

use super::Moments;
use super::interval::{student_t_half_width, student_t_two_sided};

/// How much `b` exceeds `a` over pairs `(a, b)`.
///
/// ```
/// use batchcast::sim::statistics::PairedDifference;
/// let difference = PairedDifference::of(&[(1.0, 3.0), (2.0, 4.5), (3.0, 4.5)]);
/// assert_eq!((difference.mean, difference.n), (2.0, 3));
/// assert_eq!(difference.standard_deviation, Some(0.5));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PairedDifference {
    /// Mean of `b - a`; not a number without pairs.
    pub mean: f64,
    /// Sample standard deviation of `b - a`; `None` below two pairs.
    pub standard_deviation: Option<f64>,
    /// Number of pairs.
    pub n: usize,
    /// `(Var a + Var b) / Var (b - a)`: how many times as many independent samples it would take
    /// to be as precise. `None` below two pairs, and when the difference does not vary.
    pub variance_reduction: Option<f64>,
}

impl PairedDifference {
    /// Swapping the members of every pair negates the mean bit for bit and changes nothing else.
    ///
    /// ```
    /// use batchcast::sim::statistics::PairedDifference;
    /// let difference = PairedDifference::of(&[(1.0, 0.9), (5.0, 5.1), (9.0, 8.8)]);
    /// assert!(difference.variance_reduction > Some(500.0), "they vary together");
    /// ```
    #[must_use]
    pub fn of(pairs: &[(f64, f64)]) -> Self {
        let differences: Moments = pairs.iter().map(|(a, b)| b - a).collect();
        let variance = |of: fn(&(f64, f64)) -> f64| {
            pairs.iter().map(of).collect::<Moments>().variance().unwrap_or(f64::NAN)
        };
        let independent = variance(|pair| pair.0) + variance(|pair| pair.1);
        let paired = differences.variance();
        Self {
            mean: differences.mean().unwrap_or(f64::NAN),
            standard_deviation: paired.map(f64::sqrt),
            n: pairs.len(),
            variance_reduction: paired.filter(|v| *v > 0.0).map(|paired| independent / paired),
        }
    }

    /// Half of the Student-t interval of the mean: 0 when all differences are equal, `None` below
    /// two pairs or for a `confidence` outside (0, 1).
    ///
    /// ```
    /// use batchcast::sim::statistics::PairedDifference;
    /// let always = PairedDifference::of(&[(1.0, 3.0), (2.0, 4.0)]);
    /// assert_eq!(always.half_width(0.95), Some(0.0));
    /// ```
    #[must_use]
    pub fn half_width(&self, confidence: f64) -> Option<f64> {
        let deviation = self.standard_deviation?;
        student_t_half_width(deviation * deviation, self.n, confidence)
    }

    /// The probability of a mean at least that far from zero, to either side, if there were no
    /// difference: 1 when all differences are zero, 0 when they are equal but not zero, `None`
    /// below two pairs.
    ///
    /// ```
    /// use batchcast::sim::statistics::PairedDifference;
    /// let none = PairedDifference::of(&[(1.0, 1.0), (2.0, 2.0)]);
    /// assert_eq!(none.p_value(), Some(1.0));
    /// let always = PairedDifference::of(&[(1.0, 3.0), (2.0, 4.0)]);
    /// assert_eq!(always.p_value(), Some(0.0));
    /// ```
    #[must_use]
    pub fn p_value(&self) -> Option<f64> {
        let deviation = self.standard_deviation?;
        if deviation == 0.0 {
            return Some(if self.mean == 0.0 { 1.0 } else { 0.0 });
        }
        let t = self.mean.abs() / (deviation / (self.n as f64).sqrt());
        student_t_two_sided(t, (self.n - 1) as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gosset's own example: hours of sleep gained by ten patients with two drugs (Student, 1908).
    const SLEEP: [(f64, f64); 10] = [
        (0.7, 1.9),
        (-1.6, 0.8),
        (-0.2, 1.1),
        (-1.2, 0.1),
        (-0.1, -0.1),
        (3.4, 4.4),
        (3.7, 5.5),
        (0.8, 1.6),
        (0.0, 4.6),
        (2.0, 3.4),
    ];

    #[test]
    fn the_sleep_of_ten_patients_is_that_of_the_textbooks() {
        // t = 4.0621 with 9 degrees of freedom, p = 0.002833, 95 % interval 0.7001 to 2.4599.
        let difference = PairedDifference::of(&SLEEP);
        assert!((difference.mean - 1.58).abs() < 1e-12);
        assert!((difference.p_value().unwrap() - 0.002_833).abs() < 5e-7);
        let half_width = difference.half_width(0.95).unwrap();
        assert!((difference.mean - half_width - 0.700_114).abs() < 1e-6);
        assert!((difference.mean + half_width - 2.459_886).abs() < 1e-6);
    }

    #[test]
    fn swapped_pairs_are_the_mirror_image() {
        let swapped = SLEEP.map(|(a, b)| (b, a));
        let (there, back) = (PairedDifference::of(&SLEEP), PairedDifference::of(&swapped));
        assert_eq!(back, PairedDifference { mean: -there.mean, ..there });
        assert_eq!(there.p_value(), back.p_value());
        assert_eq!(there.half_width(0.99), back.half_width(0.99));
    }

    #[test]
    fn pairs_that_vary_against_each_other_are_worse_than_independent_ones() {
        let difference = PairedDifference::of(&[(1.0, 9.0), (5.0, 5.0), (9.0, 1.0)]);
        assert_eq!(difference.variance_reduction, Some(0.5));
    }

    #[test]
    fn one_pair_has_a_mean_and_none_has_nothing() {
        let one = PairedDifference::of(&[(1.0, 3.0)]);
        assert_eq!((one.mean, one.half_width(0.95), one.p_value()), (2.0, None, None));
        let none = PairedDifference::of(&[]);
        assert!(none.mean.is_nan() && none.p_value().is_none() && none.n == 0);
    }
}
