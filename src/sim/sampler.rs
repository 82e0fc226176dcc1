//! Samplers of run times, latencies and gaps: distributions of non-negative numbers, validated.
//!
//! Inverse CDF where there is one, so one uniform number makes one sample and common random numbers
//! stay aligned; transcendental functions from `libm` only, whose bits are the same on every host.
//! Knows nothing of units: [`Sampler::duration`] is the one place where samples are seconds.

mod normal;
#[cfg(test)]
mod tests;

use super::SimDuration;
use super::random::open01;
pub(crate) use normal::{inverse_normal_cdf, normal_cdf, normal_density};
use rand::Rng;
use rand_distr::Distribution;
use std::sync::Arc;

/// A distribution of non-negative numbers (seconds, usually), validated.
///
/// ```
/// use batchcast::sim::{random::RandomKey, sampler::Sampler};
/// use rand_distr::Distribution;
/// let service = Sampler::lognormal(600.0, 0.8)?;
/// let seconds: f64 = service.sample(&mut RandomKey::new(1, 0).draw(0));
/// assert!(seconds > 0.0);
/// # Ok::<(), batchcast::sim::sampler::SamplerError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Sampler(Kind);

#[derive(Clone, Debug, PartialEq)]
enum Kind {
    Constant(f64),
    Exponential { mean: f64 },
    Lognormal { median: f64, sigma: f64 },
    Weibull { inverse_shape: f64, scale: f64 },
    Pareto { shape: f64, minimum: f64 },
    Gamma { shape: f64, scale: f64 },
    // Sorted; shared, because every replication carries its samplers.
    Empirical(Arc<[f64]>),
}

/// Why a distribution can not be built. The caller may go on with another one.
///
/// ```
/// use batchcast::sim::sampler::Sampler;
/// let error = Sampler::exponential(-3.0).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "`mean` of an exponential distribution is -3; expected a finite number above 0"
/// );
/// ```
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SamplerError {
    /// A parameter is outside its range.
    #[error("`{parameter}` of {distribution} is {value}; expected {expected}")]
    Parameter {
        /// With its article, such as "a gamma distribution".
        distribution: &'static str,
        /// As scenarios spell it.
        parameter: &'static str,
        /// What was given.
        value: f64,
        /// What would be accepted.
        expected: &'static str,
    },
    /// An empirical distribution without a single value.
    #[error("an empirical distribution has no `values`; expected at least one")]
    NoValues,
    /// A value of an empirical distribution is negative or not finite.
    #[error(
        "value {position} of an empirical distribution is {value}; expected a finite number, 0 or \
         more"
    )]
    Value {
        /// Counted from 1.
        position: usize,
        /// What was given.
        value: f64,
    },
}

const POSITIVE: &str = "a finite number above 0";
const NOT_NEGATIVE: &str = "a finite number, 0 or more";

impl Sampler {
    /// Always `value`.
    ///
    /// ```
    /// use batchcast::sim::sampler::Sampler;
    /// assert_eq!(Sampler::constant(3.0)?.mean(), Some(3.0));
    /// # Ok::<(), batchcast::sim::sampler::SamplerError>(())
    /// ```
    ///
    /// # Errors
    /// When `value` is negative or not finite.
    pub fn constant(value: f64) -> Result<Self, SamplerError> {
        not_negative("a constant", "value", value).map(Kind::Constant).map(Self)
    }

    /// Exponential with the given mean.
    ///
    /// ```
    /// use batchcast::sim::sampler::Sampler;
    /// assert_eq!(Sampler::exponential(2.0)?.second_moment(), Some(8.0));
    /// # Ok::<(), batchcast::sim::sampler::SamplerError>(())
    /// ```
    ///
    /// # Errors
    /// When `mean` is not a finite number above 0.
    pub fn exponential(mean: f64) -> Result<Self, SamplerError> {
        positive("an exponential distribution", "mean", mean)?;
        Ok(Self(Kind::Exponential { mean }))
    }

    /// Lognormal: `median * exp(sigma * Z)` with a standard normal `Z`.
    ///
    /// ```
    /// use batchcast::sim::sampler::Sampler;
    /// assert_eq!(Sampler::lognormal(600.0, 0.0)?.mean(), Some(600.0));
    /// # Ok::<(), batchcast::sim::sampler::SamplerError>(())
    /// ```
    ///
    /// # Errors
    /// When `median` is not a finite number above 0, or `sigma` is negative or not finite.
    pub fn lognormal(median: f64, sigma: f64) -> Result<Self, SamplerError> {
        positive("a lognormal distribution", "median", median)?;
        not_negative("a lognormal distribution", "sigma", sigma)?;
        Ok(Self(Kind::Lognormal { median, sigma }))
    }

    /// Weibull: `P(X > x) = exp(-(x / scale)^shape)`.
    ///
    /// ```
    /// use batchcast::sim::sampler::Sampler;
    /// let memoryless = Sampler::weibull(1.0, 5.0)?;
    /// assert!((memoryless.mean().unwrap() - 5.0).abs() < 1e-12);
    /// # Ok::<(), batchcast::sim::sampler::SamplerError>(())
    /// ```
    ///
    /// # Errors
    /// When a parameter is not a finite number above 0.
    pub fn weibull(shape: f64, scale: f64) -> Result<Self, SamplerError> {
        positive("a weibull distribution", "shape", shape)?;
        positive("a weibull distribution", "scale", scale)?;
        Ok(Self(Kind::Weibull { inverse_shape: 1.0 / shape, scale }))
    }

    /// Pareto: `P(X > x) = (minimum / x)^shape` for `x >= minimum`.
    ///
    /// ```
    /// use batchcast::sim::sampler::Sampler;
    /// assert_eq!(Sampler::pareto(3.0, 2.0)?.mean(), Some(3.0));
    /// assert_eq!(Sampler::pareto(1.0, 2.0)?.mean(), None); // infinite
    /// # Ok::<(), batchcast::sim::sampler::SamplerError>(())
    /// ```
    ///
    /// # Errors
    /// When a parameter is not a finite number above 0.
    pub fn pareto(shape: f64, minimum: f64) -> Result<Self, SamplerError> {
        positive("a pareto distribution", "shape", shape)?;
        positive("a pareto distribution", "minimum", minimum)?;
        Ok(Self(Kind::Pareto { shape, minimum }))
    }

    /// Gamma with mean `shape * scale`.
    ///
    /// ```
    /// use batchcast::sim::sampler::Sampler;
    /// assert_eq!(Sampler::gamma(2.0, 3.0)?.mean(), Some(6.0));
    /// # Ok::<(), batchcast::sim::sampler::SamplerError>(())
    /// ```
    ///
    /// # Errors
    /// When a parameter is not a finite number above 0.
    pub fn gamma(shape: f64, scale: f64) -> Result<Self, SamplerError> {
        positive("a gamma distribution", "shape", shape)?;
        positive("a gamma distribution", "scale", scale)?;
        Ok(Self(Kind::Gamma { shape, scale }))
    }

    /// One of `values`, each with equal probability; no interpolation.
    ///
    /// ```
    /// use batchcast::sim::sampler::Sampler;
    /// assert_eq!(Sampler::empirical(vec![1.0, 4.0, 4.0])?.mean(), Some(3.0));
    /// # Ok::<(), batchcast::sim::sampler::SamplerError>(())
    /// ```
    ///
    /// # Errors
    /// When there is no value, or one is negative or not finite.
    pub fn empirical(mut values: Vec<f64>) -> Result<Self, SamplerError> {
        if values.is_empty() {
            return Err(SamplerError::NoValues);
        }
        let bad = values.iter().position(|value| !(value.is_finite() && *value >= 0.0));
        if let Some(index) = bad {
            return Err(SamplerError::Value { position: index + 1, value: values[index] });
        }
        // Equal values are interchangeable, so the order needs no further key.
        values.sort_unstable_by(f64::total_cmp);
        Ok(Self(Kind::Empirical(values.into())))
    }

    /// The mean, `None` where it is infinite or beyond a float.
    ///
    /// ```
    /// use batchcast::sim::sampler::Sampler;
    /// assert_eq!(Sampler::exponential(2.0)?.mean(), Some(2.0));
    /// # Ok::<(), batchcast::sim::sampler::SamplerError>(())
    /// ```
    #[must_use]
    pub fn mean(&self) -> Option<f64> {
        let mean = match &self.0 {
            Kind::Constant(value) => *value,
            Kind::Exponential { mean } => *mean,
            Kind::Lognormal { median, sigma } => median * libm::exp(sigma * sigma / 2.0),
            Kind::Weibull { inverse_shape, scale } => scale * libm::tgamma(1.0 + inverse_shape),
            Kind::Pareto { shape, .. } if *shape <= 1.0 => f64::INFINITY,
            Kind::Pareto { shape, minimum } => shape * minimum / (shape - 1.0),
            Kind::Gamma { shape, scale } => shape * scale,
            Kind::Empirical(values) => values.iter().sum::<f64>() / values.len() as f64,
        };
        mean.is_finite().then_some(mean)
    }

    /// The second moment `E[X^2]`, `None` where it is infinite or beyond a float.
    ///
    /// ```
    /// use batchcast::sim::sampler::Sampler;
    /// assert_eq!(Sampler::constant(3.0)?.second_moment(), Some(9.0));
    /// # Ok::<(), batchcast::sim::sampler::SamplerError>(())
    /// ```
    #[must_use]
    pub fn second_moment(&self) -> Option<f64> {
        let moment = match &self.0 {
            Kind::Constant(value) => value * value,
            Kind::Exponential { mean } => 2.0 * mean * mean,
            Kind::Lognormal { median, sigma } => median * median * libm::exp(2.0 * sigma * sigma),
            Kind::Weibull { inverse_shape, scale } => {
                scale * scale * libm::tgamma(1.0 + 2.0 * inverse_shape)
            }
            Kind::Pareto { shape, .. } if *shape <= 2.0 => f64::INFINITY,
            Kind::Pareto { shape, minimum } => shape * minimum * minimum / (shape - 2.0),
            Kind::Gamma { shape, scale } => shape * (shape + 1.0) * scale * scale,
            Kind::Empirical(values) => {
                values.iter().map(|value| value * value).sum::<f64>() / values.len() as f64
            }
        };
        moment.is_finite().then_some(moment)
    }

    /// A sample taken as seconds and rounded to milliseconds, half to even; too large saturates.
    ///
    /// ```
    /// use batchcast::sim::{SimDuration, random::RandomKey, sampler::Sampler};
    /// let boot = Sampler::constant(1.5)?;
    /// let mut rng = RandomKey::new(1, 0).draw(0);
    /// assert_eq!(boot.duration(&mut rng), SimDuration::from_millis(1_500));
    /// # Ok::<(), batchcast::sim::sampler::SamplerError>(())
    /// ```
    #[inline]
    pub fn duration<R: Rng + ?Sized>(&self, rng: &mut R) -> SimDuration {
        SimDuration::from_secs_f64(self.sample(rng))
    }
}

impl Distribution<f64> for Sampler {
    #[inline]
    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> f64 {
        match &self.0 {
            Kind::Constant(value) => *value,
            Kind::Exponential { mean } => mean * standard_exponential(rng),
            Kind::Lognormal { median, sigma } => {
                median * libm::exp(sigma * inverse_normal_cdf(open01(rng)))
            }
            Kind::Weibull { inverse_shape, scale } => {
                scale * libm::pow(standard_exponential(rng), *inverse_shape)
            }
            Kind::Pareto { shape, minimum } => {
                minimum * libm::exp(standard_exponential(rng) / shape)
            }
            Kind::Gamma { shape, scale } => scale * standard_gamma(*shape, rng),
            Kind::Empirical(values) => {
                // Below the length even after rounding: u is at most 1 - 2^-53.
                let index = (open01(rng) * values.len() as f64) as usize;
                values[index.min(values.len() - 1)]
            }
        }
    }
}

/// A standard normal number, by the inverse CDF: one uniform number each.
///
/// ```
/// use batchcast::sim::{random::RandomKey, sampler::standard_normal};
/// let key = RandomKey::new(1, 0);
/// let mean = (0..1_000).map(|n| standard_normal(&mut key.draw(n))).sum::<f64>() / 1_000.0;
/// assert!(mean.abs() < 4.0 / 1_000.0_f64.sqrt());
/// ```
pub fn standard_normal<R: Rng + ?Sized>(rng: &mut R) -> f64 {
    inverse_normal_cdf(open01(rng))
}

/// A lognormal latency given by median and sigma; a zero median is always zero.
///
/// ```
/// use batchcast::sim::{SimDuration, sampler::LatencyModel};
/// let boot = LatencyModel { median: SimDuration::from_secs(45), sigma: 0.15 };
/// assert_eq!(boot.median.as_secs_f64(), 45.0);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LatencyModel {
    /// The median.
    pub median: SimDuration,
    /// The standard deviation of the logarithm; 0 is constant.
    pub sigma: f64,
}

impl LatencyModel {
    /// The mean in seconds.
    ///
    /// ```
    /// use batchcast::sim::{SimDuration, sampler::LatencyModel};
    /// let latency = LatencyModel { median: SimDuration::from_secs(10), sigma: 1.0 };
    /// assert!((latency.mean_secs() - 16.487).abs() < 1e-3);
    /// ```
    #[must_use]
    pub fn mean_secs(&self) -> f64 {
        self.median.as_secs_f64() * libm::exp(self.sigma * self.sigma / 2.0)
    }

    /// One latency in whole milliseconds, rounded half to even. Draws nothing when it is constant.
    ///
    /// ```
    /// use batchcast::sim::{SimDuration, random::RandomKey, sampler::LatencyModel};
    /// let fixed = LatencyModel { median: SimDuration::from_secs(45), sigma: 0.0 };
    /// assert_eq!(fixed.sample(&mut RandomKey::new(1, 0).draw(0)), SimDuration::from_secs(45));
    /// ```
    #[inline]
    pub fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> SimDuration {
        if self.median == SimDuration::ZERO || self.sigma == 0.0 {
            return self.median;
        }
        let factor = libm::exp(self.sigma * inverse_normal_cdf(open01(rng)));
        // A float-to-integer cast saturates and sends NaN to zero.
        let millis = (self.median.as_millis() as f64 * factor).round_ties_even() as u64;
        SimDuration::from_millis(millis)
    }
}

#[inline]
fn standard_exponential<R: Rng + ?Sized>(rng: &mut R) -> f64 {
    // 1 - u is exact, so this is the inverse CDF itself and grows with u.
    -libm::log(1.0 - open01(rng))
}

/// Marsaglia and Tsang, "A simple method for generating gamma variables" (2000), with normals by
/// inverse CDF; shapes below 1 by the boost of their section 6.
fn standard_gamma<R: Rng + ?Sized>(shape: f64, rng: &mut R) -> f64 {
    // At least 95 % of the tries are accepted: the bound is reached once in 10^83 samples.
    const TRIES: u32 = 64;
    if shape < 1.0 {
        let boost = libm::pow(open01(rng), 1.0 / shape);
        return boost * standard_gamma_from_1(shape + 1.0, TRIES, rng);
    }
    standard_gamma_from_1(shape, TRIES, rng)
}

fn standard_gamma_from_1<R: Rng + ?Sized>(shape: f64, tries: u32, rng: &mut R) -> f64 {
    let d = shape - 1.0 / 3.0;
    let c = 1.0 / libm::sqrt(9.0 * d);
    for _ in 0..tries {
        let x = inverse_normal_cdf(open01(rng));
        let root = 1.0 + c * x;
        if root <= 0.0 {
            continue;
        }
        let v = root * root * root;
        if libm::log(open01(rng)) < 0.5 * x * x + d - d * v + d * libm::log(v) {
            return d * v;
        }
    }
    d
}

fn positive(
    distribution: &'static str,
    parameter: &'static str,
    value: f64,
) -> Result<f64, SamplerError> {
    if value.is_finite() && value > 0.0 {
        return Ok(value);
    }
    Err(SamplerError::Parameter { distribution, parameter, value, expected: POSITIVE })
}

fn not_negative(
    distribution: &'static str,
    parameter: &'static str,
    value: f64,
) -> Result<f64, SamplerError> {
    if value.is_finite() && value >= 0.0 {
        return Ok(value);
    }
    Err(SamplerError::Parameter { distribution, parameter, value, expected: NOT_NEGATIVE })
}
