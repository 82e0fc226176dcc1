//! How long an alternating process stays up or down: lognormal, or resampled from what was
//! recorded.
//!
//! Knows the two laws of a renewal process: a fresh stay, and the length-biased one that is in
//! progress at an arbitrary instant.

use crate::sim::SimDuration;
use crate::sim::random::open01;
use crate::sim::sampler::{Sampler, SamplerError, normal_cdf};

const SECS_PER_HOUR: f64 = 3_600.0;

/// What stays are drawn from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Durations<'a> {
    /// Lognormal, of this mean in hours and coefficient of variation.
    Lognormal {
        /// Mean, hours.
        mean_hours: f64,
        /// Coefficient of variation.
        cv: f64,
    },
    /// Recorded ones, hours, scaled by a factor.
    Empirical {
        /// Hours, each above 0; at least one.
        hours: &'a [f64],
        /// What they are multiplied with.
        factor: f64,
    },
}

/// What was recorded of a pool: how long it stayed up and down, in no order.
#[derive(Clone, Debug, PartialEq)]
pub struct Segments {
    /// Hours, each above 0; at least one.
    pub up_hours: Vec<f64>,
    /// Hours, each above 0; at least one.
    pub down_hours: Vec<f64>,
}

impl Segments {
    /// Mean hours up and down.
    #[must_use]
    pub fn means(&self) -> (f64, f64) {
        (mean(&self.up_hours), mean(&self.down_hours))
    }

    /// The mean hours up and down of a process of the pool's own, such that the pool, which is up
    /// while that process and the one of its region are up, has the means that were recorded.
    ///
    /// Of two independent stationary processes the rates of going down add up, and availabilities
    /// multiply. `None` when the region alone goes down more often, or is down more, than the
    /// pool.
    #[must_use]
    pub fn own_means(&self, region_up: f64, region_down: f64) -> Option<(f64, f64)> {
        let (up, down) = self.means();
        let (available, region) = (up / (up + down), region_up / (region_up + region_down));
        let (own_available, rate) = (available / region, 1.0 / up - 1.0 / region_up);
        if rate <= 0.0 || own_available >= 1.0 {
            return None;
        }
        let own_up = 1.0 / rate;
        Some((own_up, own_up * (1.0 - own_available) / own_available))
    }
}

pub(super) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Stays that can be drawn.
#[derive(Clone, Debug)]
pub(super) struct Stays {
    mean_hours: f64,
    kind: Kind,
}

#[derive(Clone, Debug)]
enum Kind {
    Lognormal {
        fresh: Sampler,
        length_biased: Sampler,
        /// Mean and standard deviation of the logarithm of seconds.
        log_mean: f64,
        sigma: f64,
    },
    /// Seconds, ascending, and their running sum.
    Empirical { seconds: Vec<f64>, sums: Vec<f64> },
}

impl Stays {
    /// # Errors
    /// When a mean or a coefficient of variation is out of range.
    pub(super) fn new(durations: Durations<'_>) -> Result<Self, SamplerError> {
        match durations {
            Durations::Lognormal { mean_hours, cv } => Self::lognormal(mean_hours, cv),
            Durations::Empirical { hours, factor } => {
                let mut seconds: Vec<f64> =
                    hours.iter().map(|hours| hours * factor * SECS_PER_HOUR).collect();
                seconds.sort_by(f64::total_cmp);
                let sums = seconds.iter().scan(0.0, |sum, stay| {
                    *sum += stay;
                    Some(*sum)
                });
                let kind = Kind::Empirical { sums: sums.collect(), seconds };
                Ok(Self { mean_hours: mean(hours) * factor, kind })
            }
        }
    }

    pub(super) fn lognormal(mean_hours: f64, cv: f64) -> Result<Self, SamplerError> {
        let variance = libm::log1p(cv * cv);
        let median = mean_hours * SECS_PER_HOUR / libm::exp(variance / 2.0);
        let sigma = variance.sqrt();
        let kind = Kind::Lognormal {
            fresh: Sampler::lognormal(median, sigma)?,
            // Length-biasing a lognormal shifts the mean of its logarithm by the variance.
            length_biased: Sampler::lognormal(median * libm::exp(variance), sigma)?,
            log_mean: libm::log(median),
            sigma,
        };
        Ok(Self { mean_hours, kind })
    }

    pub(super) const fn mean_hours(&self) -> f64 {
        self.mean_hours
    }

    /// The probability that of the stay in progress at an arbitrary instant more than `time` is
    /// still ahead: the mean of what stays are longer than that, over their mean.
    pub(super) fn more_ahead_than(&self, time: SimDuration) -> f64 {
        let time = time.as_secs_f64();
        let mean = self.mean_hours * SECS_PER_HOUR;
        let share = match &self.kind {
            Kind::Lognormal { sigma, .. } if *sigma <= 0.0 => 1.0 - time / mean,
            Kind::Lognormal { log_mean, sigma, .. } if time > 0.0 => {
                let deviations = (log_mean - libm::log(time)) / sigma;
                normal_cdf(deviations + sigma) - time / mean * normal_cdf(deviations)
            }
            Kind::Lognormal { .. } => 1.0,
            Kind::Empirical { seconds, sums } => {
                let shorter = seconds.partition_point(|stay| *stay <= time);
                let total = sums.last().copied().unwrap_or_default();
                let before = shorter.checked_sub(1).map_or(0.0, |last| sums[last]);
                (total - before - time * (seconds.len() - shorter) as f64) / total
            }
        };
        share.clamp(0.0, 1.0)
    }

    /// A whole stay.
    pub(super) fn fresh(&self, rng: &mut impl rand::Rng) -> SimDuration {
        match &self.kind {
            Kind::Lognormal { fresh, .. } => fresh.duration(rng),
            Kind::Empirical { seconds, .. } => {
                let index = (open01(rng) * seconds.len() as f64) as usize;
                SimDuration::from_secs_f64(seconds[index.min(seconds.len() - 1)])
            }
        }
    }

    /// The whole length of the stay in progress at an arbitrary instant.
    pub(super) fn length_biased(&self, rng: &mut impl rand::Rng) -> SimDuration {
        match &self.kind {
            Kind::Lognormal { length_biased, .. } => length_biased.duration(rng),
            Kind::Empirical { seconds, sums } => {
                let total = sums.last().copied().unwrap_or_default();
                let at = open01(rng) * total;
                let index = sums.partition_point(|sum| *sum <= at);
                SimDuration::from_secs_f64(seconds[index.min(seconds.len() - 1)])
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::random::RandomKey;

    #[test]
    fn resampled_stays_have_the_recorded_mean_and_those_in_progress_are_longer() {
        let hours = [1.0, 2.0, 6.0];
        let stays = Stays::new(Durations::Empirical { hours: &hours, factor: 2.0 }).unwrap();
        assert!((stays.mean_hours() - 6.0).abs() < 1e-12);
        let draws = 20_000_u32;
        let mean_of = |biased: bool| {
            let drawn = (0..draws).map(|n| {
                let mut rng = RandomKey::new(1, 0).stream(u32::from(biased)).draw(u64::from(n));
                let stay =
                    if biased { stays.length_biased(&mut rng) } else { stays.fresh(&mut rng) };
                stay.as_secs_f64() / 3_600.0
            });
            drawn.sum::<f64>() / f64::from(draws)
        };
        // Of 2, 4 and 12 hours: mean 6, standard deviation 4.3; biased mean 164 / 18, 3.8.
        let bound = |deviation: f64| 4.0 * deviation / f64::from(draws).sqrt();
        assert!((mean_of(false) - 6.0).abs() < bound(4.32), "{}", mean_of(false));
        assert!((mean_of(true) - 164.0 / 18.0).abs() < bound(3.75), "{}", mean_of(true));
    }

    #[test]
    fn what_is_still_ahead_of_a_stay_in_progress_has_the_law_of_equilibrium() {
        let hours = [0.5, 1.0, 1.0, 4.0];
        let empirical = Stays::new(Durations::Empirical { hours: &hours, factor: 1.5 }).unwrap();
        for stays in [Stays::lognormal(2.0, 1.5).unwrap(), empirical] {
            let draws = 20_000_u32;
            let ahead = |n: u32| {
                let mut rng = RandomKey::new(2, 0).draw(u64::from(n));
                stays.length_biased(&mut rng).as_secs_f64() * open01(&mut rng)
            };
            let ahead: Vec<f64> = (0..draws).map(ahead).collect();
            for seconds in [0_u64, 900, 3_600, 9_000, 20_000] {
                let seen = ahead.iter().filter(|left| **left > seconds as f64).count();
                let seen = seen as f64 / f64::from(draws);
                let expected = stays.more_ahead_than(SimDuration::from_secs(seconds));
                let error = (expected * (1.0 - expected) / f64::from(draws)).sqrt();
                assert!((seen - expected).abs() <= 4.0 * error, "{seconds} s: {seen}, {expected}");
            }
        }
    }

    #[test]
    fn a_pool_s_own_process_and_its_region_s_together_have_the_recorded_means() {
        let recorded = Segments { up_hours: vec![1.0, 3.0], down_hours: vec![1.5, 0.5] };
        let (up, down) = recorded.own_means(20.0, 2.0).unwrap();
        let available = up / (up + down) * 20.0 / 22.0;
        assert!((available - 2.0 / 3.0).abs() < 1e-12);
        assert!((1.0 / (1.0 / up + 1.0 / 20.0) - 2.0).abs() < 1e-12);
        assert_eq!(recorded.own_means(2.0, 0.1), None, "the region goes down as often");
        assert_eq!(recorded.own_means(20.0, 10.0), None, "the region is down as much");
    }
}
