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
    let half_width = moments.variance().and_then(|variance| {
        let t = student_t_quantile(confidence, (n - 1) as f64)?;
        Some(t * (variance / n as f64).sqrt())
    });
    MeanInterval { mean: moments.mean().unwrap_or(f64::NAN), half_width, n }
}

/// The two-sided critical value of Student's distribution.
fn student_t_quantile(confidence: f64, freedom: f64) -> Option<f64> {
    if !(confidence > 0.0 && confidence < 1.0) {
        return None;
    }
    let student = StudentsT::new(0.0, 1.0, freedom).ok()?;
    Some(student.inverse_cdf(0.5 + confidence / 2.0))
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
