//! Spot prices: what an hour costs in each pool, whatever its capacity does.
//!
//! One file per model. A price that changes is a [`PriceSeries`] known from the start, shared by
//! whoever is billed by it: no event is needed when it changes.

pub mod history;
mod random_walk;

pub use history::PriceHistory;
pub use random_walk::RandomWalkConfig;

use super::PoolId;
use super::capacity::{NewPool, stream};
use crate::ec2::billing::Rate;
use crate::ec2::catalog::InstanceType;
use crate::ec2::money::Price;
use crate::ec2::price_series::PriceSeries;
use crate::sim::SimTime;
use std::sync::Arc;

/// Spot prices: a model and its parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct PriceConfig {
    /// Spot price of a type whose own ratio is unknown, as a share of the On-Demand price.
    pub unknown_ratio: f64,
    /// How prices move.
    pub model: PriceModelConfig,
}

/// How prices move.
#[derive(Clone, Debug, PartialEq)]
pub enum PriceModelConfig {
    /// `ratio`: never; each type costs its share of the On-Demand price.
    Ratio,
    /// `history`: as recorded, each pool by itself; pools without a record cost their ratio.
    History(Arc<PriceHistory>),
    /// `randomWalk`: up and down from the ratio.
    RandomWalk(RandomWalkConfig),
}

impl PriceConfig {
    /// Constant prices; behaviour 9.5 for types of unknown ratio.
    pub const DEFAULT: Self = Self { unknown_ratio: 0.35, model: PriceModelConfig::Ratio };

    /// The price that a type's ratio makes of its On-Demand price.
    #[must_use]
    pub fn of_ratio(&self, facts: &InstanceType) -> Price {
        let unknown = || (self.unknown_ratio * 1e6).round_ties_even() as u32;
        let ratio = facts.spot_ratio_ppm.unwrap_or_else(unknown);
        facts.on_demand.unwrap_or_default().scaled_ppm(ratio)
    }
}

/// The prices of the pools of one run.
#[derive(Clone, Debug)]
pub(super) struct Prices {
    config: PriceConfig,
    pools: Vec<Rate>,
}

impl Prices {
    pub(super) fn new(config: &PriceConfig) -> Self {
        Self { config: config.clone(), pools: Vec::new() }
    }

    /// Adds the next pool.
    pub(super) fn add_pool(&mut self, pool: &NewPool<'_>) {
        let ratio = self.config.of_ratio(pool.facts);
        let series: Option<Arc<PriceSeries>> = match &self.config.model {
            PriceModelConfig::Ratio => None,
            PriceModelConfig::History(history) => {
                history.get(pool.instance_type, pool.zone).cloned()
            }
            PriceModelConfig::RandomWalk(walk) => {
                let key = pool.key.stream(stream::PRICE);
                Some(Arc::new(walk.series(ratio, pool.facts.on_demand.unwrap_or_default(), key)))
            }
        };
        self.pools.push(series.map_or(Rate::Constant(ratio), Rate::Varying));
    }

    pub(super) const fn vary(&self) -> bool {
        !matches!(self.config.model, PriceModelConfig::Ratio)
    }

    pub(super) fn at(&self, pool: PoolId, now: SimTime) -> Price {
        match &self.pools[pool.index()] {
            Rate::Constant(price) => *price,
            Rate::Varying(series) => series.at(now),
        }
    }

    pub(super) fn rate(&self, pool: PoolId) -> Rate {
        self.pools[pool.index()].clone()
    }
}
