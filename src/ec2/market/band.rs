//! The capacity model `band`: what the Spot Advisor says of a type, taken for a hazard rate.
//!
//! A type of which the share `f` was interrupted within the last month has the rate
//! `-ln(1 - f) / 730 h` (behaviour 9.6). Optimistic for batch: bands are means over all users,
//! whose instances are often small, of one kind, and long-lived.

use super::hazard::{Hazard, Rates};

const HOURS_PER_MONTH: f64 = 730.0;

/// Parameters of `band`.
#[derive(Clone, Debug, PartialEq)]
pub struct BandConfig {
    /// By band: the share of instances that is interrupted within a month.
    pub monthly_shares: [f64; 5],
    /// Sigma of the pools' lognormal factors of mean 1.
    pub pool_sigma: f64,
}

impl BandConfig {
    /// The middles of AWS's bands, the last one as if it ended at 30 % (behaviour 9.6).
    pub const DEFAULT: Self =
        Self { monthly_shares: [0.025, 0.075, 0.125, 0.175, 0.25], pool_sigma: 0.0 };

    /// Interruptions per instance-hour, by band.
    #[must_use]
    pub fn rates(&self) -> [f64; 5] {
        self.monthly_shares.map(|share| -libm::log1p(-share) / HOURS_PER_MONTH)
    }

    pub(super) fn model(&self) -> Hazard {
        Hazard::new(Rates::ByBand(self.rates()), self.pool_sigma)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_at_the_rate_of_a_band_interrupts_its_share() {
        for (rate, share) in BandConfig::DEFAULT.rates().iter().zip([0.025, 0.075, 0.125]) {
            assert!((1.0 - libm::exp(-rate * 730.0) - share).abs() < 1e-12);
        }
        // The range that behaviour 9.6 states.
        let rates = BandConfig::DEFAULT.rates();
        assert!((rates[0] - 3.5e-5).abs() < 1e-6 && (rates[4] - 3.9e-4).abs() < 1e-5, "{rates:?}");
    }
}
