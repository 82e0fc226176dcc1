//! Instances that are interrupted one by one, each at a constant rate: what `band` and `poisson`
//! have in common.
//!
//! Pools are always open and hold any number of instances. How long an instance is left alone is
//! drawn by its number. Pools may differ by a factor of their own, of mean 1, so that there is
//! something to choose; the pool's hidden state is how far it is below the reference rate.

use super::PoolId;
use super::capacity::{CapacityModel, Life, NewPool, stream};
use super::signal::standard_normal;
use crate::ec2::catalog::InstanceType;
use crate::ec2::fleet::InstanceId;
use crate::sim::random::{RandomKey, open01};
use crate::sim::{SimDuration, SimTime};

/// The pools of one run.
#[derive(Clone, Debug)]
pub(super) struct Hazard {
    rates: Rates,
    pool_sigma: f64,
    pools: Vec<Pool>,
}

/// Interruptions per instance-hour, before the pools' own factors.
#[derive(Clone, Copy, Debug)]
pub(super) enum Rates {
    /// Of every type.
    One(f64),
    /// By Spot Advisor band; a type without one is of band 2.
    ByBand([f64; 5]),
}

#[derive(Clone, Debug)]
struct Pool {
    key: RandomKey,
    per_hour: f64,
    hidden: f64,
}

impl Rates {
    fn of(self, facts: &InstanceType) -> f64 {
        match self {
            Self::One(rate) => rate,
            Self::ByBand(rates) => rates[usize::from(facts.interruption_band.unwrap_or(2).min(4))],
        }
    }

    const fn reference(self) -> f64 {
        match self {
            Self::One(rate) => rate,
            Self::ByBand(rates) => rates[2],
        }
    }
}

impl Hazard {
    pub(super) const fn new(rates: Rates, pool_sigma: f64) -> Self {
        Self { rates, pool_sigma, pools: Vec::new() }
    }
}

impl CapacityModel for Hazard {
    fn add_pool(&mut self, pool: &NewPool<'_>) {
        let (rate, sigma) = (self.rates.of(pool.facts), self.pool_sigma);
        let normal = standard_normal(pool.key.stream(stream::HAZARD), 0);
        let per_hour = rate * libm::exp(sigma * normal - sigma * sigma / 2.0);
        // A rate of one type varies by the pools' factors only: then it is exactly normal.
        let scale = if sigma > 0.0 { sigma } else { 1.0 };
        let band = libm::log((self.rates.reference() / rate).clamp(1e-3, 1e3)) / scale;
        let own = if sigma > 0.0 { -normal } else { 0.0 };
        let hidden = if rate > 0.0 { band + own } else { 2.0 };
        self.pools.push(Pool { key: pool.key, per_hour, hidden });
    }

    fn room(&mut self, _: PoolId, _: SimTime) -> u32 {
        u32::MAX
    }

    fn life(&self, pool: PoolId, instance: InstanceId) -> Life {
        let pool = &self.pools[pool.index()];
        if pool.per_hour <= 0.0 {
            return None;
        }
        let key = pool.key.stream(stream::LIFE).entity(u64::from(instance.raw()));
        let hours = -libm::log(open01(&mut key.draw(0))) / pool.per_hour;
        Some(SimDuration::from_secs_f64(hours * 3_600.0))
    }

    fn hidden(&mut self, pool: PoolId, _: SimTime) -> Option<f64> {
        Some(self.pools[pool.index()].hidden)
    }
}
