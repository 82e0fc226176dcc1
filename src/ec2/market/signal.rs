//! The public placement score: a noisy sight of a pool's hidden state.
//!
//! With a standard normal hidden state the score before rounding correlates with it by
//! [`SignalConfig::correlation`]; the models' states are near enough to that, within -2 and 2.

use crate::sim::SimDuration;
use crate::sim::random::RandomKey;
use crate::sim::sampler;

/// What strategies see of the pools' hidden states.
#[derive(Clone, Debug, PartialEq)]
pub struct SignalConfig {
    /// Correlation of the public placement score with the pool's hidden state, 0 to 1.
    pub correlation: f64,
    /// The noise of a score is redrawn every so many seconds.
    pub period_seconds: f64,
}

impl SignalConfig {
    /// Behaviour 9.6; how often the noise changes is an assumption of ours.
    pub const DEFAULT: Self = Self { correlation: 0.5, period_seconds: 600.0 };

    /// The score, 1 (shallow) to 10 (deep), of a hidden state under standard normal noise.
    pub(super) fn score(&self, hidden: f64, noise: f64) -> u8 {
        let residual = (1.0 - self.correlation * self.correlation).sqrt();
        let score = self.correlation * hidden + residual * noise;
        (5.5 + 2.0 * score).round_ties_even().clamp(1.0, 10.0) as u8
    }

    pub(super) fn period_ms(&self) -> u64 {
        SimDuration::from_secs_f64(self.period_seconds).as_millis().max(1)
    }
}

/// The hidden state of a pool that is closed.
pub(super) const WORST: f64 = -2.0;

/// The hidden state of a pool that stays open for `left`, where the mean is `mean_hours`.
pub(super) fn of_time_left(left: SimDuration, mean_hours: f64) -> f64 {
    let hours = left.as_secs_f64() / 3_600.0;
    libm::log(hours.max(1e-3) / mean_hours).clamp(WORST, -WORST)
}

/// A standard normal number of a key.
pub(super) fn standard_normal(key: RandomKey, ordinal: u64) -> f64 {
    sampler::standard_normal(&mut key.draw(ordinal))
}
