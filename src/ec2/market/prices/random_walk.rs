//! The price model `randomWalk`: daily steps up or down, between a floor and a ceiling
//! (behaviour 9.6).

use crate::ec2::money::Price;
use crate::ec2::price_series::PriceSeries;
use crate::sim::random::RandomKey;
use crate::sim::sampler::standard_normal;
use crate::sim::{SimDuration, SimTime};

/// Parameters of `randomWalk`.
#[derive(Clone, Debug, PartialEq)]
pub struct RandomWalkConfig {
    /// Standard deviation of the logarithm of a step.
    pub sigma: f64,
    /// Hours between two steps.
    pub step_hours: f64,
    /// How many steps are made; then the price stays.
    pub steps: u32,
    /// The lowest price, as a share of the On-Demand price.
    pub floor: f64,
    /// The highest price, as a share of the On-Demand price.
    pub ceiling: f64,
}

impl RandomWalkConfig {
    /// Behaviour 9.6; that a walk ends after four years is an assumption of ours.
    pub const DEFAULT: Self =
        Self { sigma: 0.02, step_hours: 24.0, steps: 1_461, floor: 0.1, ceiling: 1.0 };

    /// The walk of one pool, which starts at `first`.
    pub(super) fn series(&self, first: Price, on_demand: Price, key: RandomKey) -> PriceSeries {
        let nano = on_demand.nano_usd_per_hour() as f64;
        let (least, most) = (self.floor * nano, self.ceiling * nano);
        let period = SimDuration::from_secs_f64(self.step_hours * 3_600.0).as_millis().max(1);
        let mut price = (first.nano_usd_per_hour() as f64).clamp(least, most);
        let steps = (0..=u64::from(self.steps)).map(|step| {
            if step > 0 {
                let factor = libm::exp(self.sigma * standard_normal(&mut key.draw(step)));
                price = (price * factor).clamp(least, most);
            }
            let time = SimTime::from_millis(step * period);
            (time, Price::from_nano_usd_per_hour(price.round_ties_even() as u64))
        });
        // There is always the step at time zero.
        PriceSeries::new(steps).unwrap_or_else(|| unreachable!("a walk has a first price"))
    }

    /// The lowest price that a walk may come to.
    #[must_use]
    pub fn lowest(&self, first: Price, on_demand: Price) -> Price {
        let floor = self.floor * on_demand.nano_usd_per_hour() as f64;
        Price::from_nano_usd_per_hour(floor.floor() as u64).min(first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usd(text: &str) -> Price {
        Price::parse(text).unwrap()
    }

    #[test]
    fn daily_steps_of_a_walk_have_its_sigma_and_no_drift_of_the_logarithm() {
        let walk = RandomWalkConfig { floor: 0.0, ceiling: 1e6, ..RandomWalkConfig::DEFAULT };
        let series = walk.series(usd("1"), usd("3"), RandomKey::new(1, 0));
        let prices: Vec<f64> = series.steps().map(|(_, p)| p.nano_usd_per_hour() as f64).collect();
        let steps: Vec<f64> = prices.windows(2).map(|w| libm::log(w[1] / w[0])).collect();
        let n = steps.len() as f64;
        let mean = steps.iter().sum::<f64>() / n;
        let sigma = (steps.iter().map(|step| step * step).sum::<f64>() / n).sqrt();
        assert!(n > 1_400.0 && mean.abs() < 4.0 * 0.02 / n.sqrt(), "{mean}");
        assert!((sigma / 0.02 - 1.0).abs() < 4.0 / (2.0 * n).sqrt(), "{sigma}");
        assert_eq!(series.steps().nth(1).unwrap().0, SimTime::from_millis(86_400_000));
    }

    #[test]
    fn a_walk_keeps_between_its_floor_and_its_ceiling() {
        let walk = RandomWalkConfig { sigma: 0.5, ..RandomWalkConfig::DEFAULT };
        let series = walk.series(usd("0.4"), usd("1"), RandomKey::new(2, 0));
        assert!(series.steps().all(|(_, price)| (usd("0.1")..=usd("1")).contains(&price)));
        assert_eq!(series.lowest(), usd("0.1"), "it comes to both ends");
        assert_eq!(walk.lowest(usd("0.4"), usd("1")), usd("0.1"));
        assert!(series.first_at_least(usd("1"), SimTime::ZERO).is_some());
    }
}
