//! The public placement score: a noisy sight of a pool's hidden state.
//!
//! A hidden state has mean 0 and variance 1 over all time, and is standard normal where pools are
//! always open; the score correlates with it by [`SignalConfig::correlation`], what whole numbers
//! and the ends of the scale take of a correlation made good beforehand.

use crate::sim::SimDuration;
use crate::sim::random::RandomKey;
use crate::sim::sampler::{self, inverse_normal_cdf, normal_density};

/// Steps of the score for each standard deviation of what is seen.
const STEPS: f64 = 2.0;
/// The score in the middle of the scale.
const MIDDLE: f64 = 5.5;
/// A standard normal number correlates with its score by so much: the density at all thresholds
/// between scores, over the standard deviation of scores.
const OF_WHOLE_NUMBERS: f64 = 0.987_05;

/// What strategies see of the pools' hidden states.
#[derive(Clone, Debug, PartialEq)]
pub struct SignalConfig {
    /// Correlation of the public placement score with the pool's hidden state, 0 to 1; ten scores
    /// can not tell more than 0.987.
    pub correlation: f64,
    /// The noise of a score is redrawn every so many seconds.
    pub period_seconds: f64,
}

impl SignalConfig {
    /// Behaviour 9.6; how often the noise changes is an assumption of ours.
    pub const DEFAULT: Self = Self { correlation: 0.5, period_seconds: 600.0 };

    /// The score, 1 (shallow) to 10 (deep), of a hidden state under standard normal noise.
    pub(super) fn score(&self, hidden: f64, noise: f64) -> u8 {
        let correlation = (self.correlation / OF_WHOLE_NUMBERS).min(1.0);
        let residual = (1.0 - correlation * correlation).sqrt();
        let seen = correlation * hidden + residual * noise;
        (MIDDLE + STEPS * seen).round_ties_even().clamp(1.0, 10.0) as u8
    }

    pub(super) fn period_ms(&self) -> u64 {
        SimDuration::from_secs_f64(self.period_seconds).as_millis().max(1)
    }
}

/// The hidden state of a pool that is closed, or will be open, for ever; what is beyond it makes no
/// difference to a score.
pub(super) const WORST: f64 = -4.5;

/// Hidden states of pools that come and go: how long one stays open, by its rank among all states
/// in which such a pool may be found. A closed pool is as bad as any, so all closed ones share the
/// mean of the lowest ranks.
#[derive(Clone, Copy, Debug)]
pub(super) struct NormalScores {
    /// The share of the time in which the pool is closed.
    closed: f64,
    of_closed: f64,
    /// Makes up for the variance that the closed states lack.
    scale: f64,
}

impl NormalScores {
    /// Of pools that are closed for this share of the time.
    pub(super) fn new(closed: f64) -> Self {
        let threshold = inverse_normal_cdf(within(closed));
        let mean = -normal_density(threshold) / within(closed);
        // The variance of a normal number that is known to be below the threshold is lost.
        let lost = closed * (1.0 - threshold * -mean - mean * mean);
        let scale = 1.0 / (1.0 - lost).max(1e-6).sqrt();
        Self { closed, of_closed: mean * scale, scale }
    }

    /// Of a pool that is closed.
    pub(super) fn of_closed(&self) -> f64 {
        self.of_closed.max(WORST)
    }

    /// Of an open one, where a share `longer` of the open ones stay open for longer.
    pub(super) fn of_open(&self, longer: f64) -> f64 {
        let rank = within(1.0 - (1.0 - self.closed) * longer);
        (self.scale * inverse_normal_cdf(rank)).clamp(WORST, -WORST)
    }
}

/// A probability off the ends, where there is no normal number.
fn within(probability: f64) -> f64 {
    probability.clamp(1e-12, 1.0 - 1e-12)
}

/// A standard normal number of a key.
pub(super) fn standard_normal(key: RandomKey, ordinal: u64) -> f64 {
    sampler::standard_normal(&mut key.draw(ordinal))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::sampler::normal_cdf;

    #[test]
    fn whole_scores_take_what_the_formula_says_of_a_correlation() {
        let thresholds = (1..10).map(|score| (f64::from(score) + 0.5 - MIDDLE) / STEPS);
        let covariance: f64 = thresholds.map(normal_density).sum();
        let below = |score: f64| normal_cdf((score + 0.5 - MIDDLE) / STEPS);
        let share = |score: u32| match f64::from(score) {
            1.0 => below(1.0),
            10.0 => 1.0 - below(9.0),
            score => below(score) - below(score - 1.0),
        };
        let square = |score: u32| (f64::from(score) - MIDDLE) * (f64::from(score) - MIDDLE);
        let variance: f64 = (1..=10).map(|score| share(score) * square(score)).sum();
        assert!((covariance / variance.sqrt() - OF_WHOLE_NUMBERS).abs() < 1e-5);
    }

    /// The mean and the variance over all states, by the middle of many equally likely ones.
    #[test]
    fn hidden_states_have_mean_0_and_variance_1_whatever_share_is_closed() {
        for closed in [0.0, 1e-6, 0.02, 0.5, 0.83] {
            let scores = NormalScores::new(closed);
            let states = 200_000_u32;
            let (mut sum, mut square) = (0.0, 0.0);
            for state in 0..states {
                let rank = (f64::from(state) + 0.5) / f64::from(states);
                let hidden = match rank < closed {
                    true => scores.of_closed(),
                    false => scores.of_open((1.0 - rank) / (1.0 - closed)),
                };
                (sum, square) = (sum + hidden, square + hidden * hidden);
            }
            let (mean, variance) = (sum / f64::from(states), square / f64::from(states));
            assert!(mean.abs() < 2e-3, "{closed}: mean {mean}");
            assert!((variance - 1.0).abs() < 5e-3, "{closed}: variance {variance}");
        }
    }

    #[test]
    fn who_is_closed_is_worse_than_who_is_open_and_who_stays_open_for_longer_is_better() {
        let scores = NormalScores::new(0.4);
        let open = [1.0, 0.9, 0.5, 0.1, 0.0].map(|longer| scores.of_open(longer));
        assert!(scores.of_closed() < open[0] && open.is_sorted(), "{open:?}");
        let always_closed = NormalScores::new(1.0);
        assert!(
            always_closed.of_closed().is_finite() && NormalScores::new(0.0).of_closed() <= -4.5
        );
    }
}
