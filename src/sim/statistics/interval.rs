//! Confidence intervals of a mean over independent replications.
//!
//! For one number per replication, never for correlated observations of one run.

use super::Moments;
use statrs::distribution::{ContinuousCDF, StudentsT};

/// A mean with the half-width of its confidence interval.
///
/// ```
/// use batchcast::sim::statistics::mean_interval;
/// let interval = mean_interval(&[1.0, 3.0], 0.95);
/// assert_eq!((interval.mean, interval.n), (2.0, 2));
/// assert!((interval.half_width.unwrap() - 12.706).abs() < 1e-3);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MeanInterval {
    /// The sample mean; not a number for an empty sample.
    pub mean: f64,
    /// Half the width of the interval; `None` below two samples.
    pub half_width: Option<f64>,
    /// Sample size.
    pub n: usize,
}

/// The Student-t interval of the mean of `samples` (Law, chapter 4): `t(n-1, 1-a/2) * s / sqrt(n)`.
///
/// A `confidence` outside (0, 1) gives no half-width.
///
/// ```
/// use batchcast::sim::statistics::mean_interval;
/// assert_eq!(mean_interval(&[5.0], 0.95).half_width, None);
/// assert_eq!(mean_interval(&[5.0, 5.0, 5.0], 0.95).half_width, Some(0.0));
/// ```
#[must_use]
pub fn mean_interval(samples: &[f64], confidence: f64) -> MeanInterval {
    let moments: Moments = samples.iter().copied().collect();
    let n = samples.len();
    let half_width =
        moments.variance().and_then(|variance| student_t_half_width(variance, n, confidence));
    MeanInterval { mean: moments.mean().unwrap_or(f64::NAN), half_width, n }
}

/// Half of the interval of the mean of `n` samples, at least 2, of that variance.
pub(super) fn student_t_half_width(variance: f64, n: usize, confidence: f64) -> Option<f64> {
    let t = student_t_quantile(confidence, (n - 1) as f64)?;
    Some(t * (variance / n as f64).sqrt())
}

/// The two-sided critical value of Student's distribution.
pub(super) fn student_t_quantile(confidence: f64, freedom: f64) -> Option<f64> {
    if !(confidence > 0.0 && confidence < 1.0) {
        return None;
    }
    let student = StudentsT::new(0.0, 1.0, freedom).ok()?;
    Some(stable(student.inverse_cdf(0.5 + confidence / 2.0)))
}

/// The probability that Student's variable is farther from zero than `t`, which is not negative.
pub(super) fn student_t_two_sided(t: f64, freedom: f64) -> Option<f64> {
    let student = StudentsT::new(0.0, 1.0, freedom).ok()?;
    Some(stable(2.0 * student.cdf(-t)))
}

/// Twelve significant digits. The distributions come from a crate that uses the standard library's
/// `ln` and `exp`, whose last bits differ between hosts; what is promised to be equal everywhere
/// must not see them, and nobody reads more digits of an interval.
fn stable(value: f64) -> f64 {
    // Decimal notation rounds exactly; scaling by a power of ten would not.
    format!("{value:.11e}").parse().unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn critical_values_are_those_of_the_table() {
        for (confidence, freedom, t) in [
            (0.95, 1.0, 12.706_205),
            (0.95, 9.0, 2.262_157),
            (0.90, 9.0, 1.833_113),
            (0.99, 29.0, 2.756_386),
            (0.95, 1_000.0, 1.962_339),
        ] {
            let got = student_t_quantile(confidence, freedom).unwrap();
            assert!((got - t).abs() < 2e-6, "{confidence} {freedom}: {got}");
        }
    }

    #[test]
    fn the_last_bits_of_a_host_are_rounded_away() {
        let (t, up) = (2.262_157_162_798_205_f64, 2.262_157_162_798_21_f64);
        assert_eq!((stable(t), stable(up)), (2.262_157_162_80, 2.262_157_162_80));
        assert_eq!(student_t_two_sided(0.0, 9.0), Some(1.0));
    }

    #[test]
    fn the_textbook_interval_of_ten_observations_is_reproduced() {
        // Law, example 4.26: 1.34 +- 0.24 at 90 percent.
        let samples = [1.20, 1.50, 1.68, 1.89, 0.95, 1.49, 1.58, 1.55, 0.50, 1.09];
        let interval = mean_interval(&samples, 0.90);
        assert!((interval.mean - 1.343).abs() < 1e-12);
        assert!((interval.half_width.unwrap() - 0.24).abs() < 0.005);
    }

    #[test]
    fn impossible_confidence_and_empty_samples_give_no_half_width() {
        assert_eq!(mean_interval(&[1.0, 2.0], 1.0).half_width, None);
        assert_eq!(mean_interval(&[1.0, 2.0], f64::NAN).half_width, None);
        assert!(mean_interval(&[], 0.95).mean.is_nan());
    }
}
