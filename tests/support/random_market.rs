//! Small random Spot markets, for random accounts.

use batchcast::batch::compute_environment::ComputeEnvironment;
use batchcast::ec2::catalog::Catalog;
use batchcast::ec2::market::prices::{PriceHistory, PriceModelConfig};
use batchcast::ec2::market::{CapacityConfig, PoissonConfig, PoolOnOffConfig, SpotMarketConfig};
use batchcast::ec2::price_series::PriceSeries;
use batchcast::sim::SimTime;
use proptest::prelude::*;
use std::sync::Arc;

/// A market: reclaims an instance-hour, mean hours up, whether instances go one by one, prices as
/// shares of the On-Demand price, one after the other, and what is paid at most.
#[derive(Clone, Debug)]
pub(crate) struct DraftMarket {
    reclaims: f64,
    up_hours: f64,
    one_by_one: bool,
    prices_ppm: Vec<u32>,
    pub(crate) bid: Option<u32>,
}

/// Any small market.
pub(crate) fn markets() -> impl Strategy<Value = DraftMarket> {
    let rates = (prop_oneof![Just(0.0), 0.1..6.0_f64], 0.05..5.0_f64);
    let bid = prop::option::weighted(0.3, 30_u32..60);
    let prices = prop_oneof![Just(Vec::new()), prop::collection::vec(50_000_u32..700_000, 1..9)];
    (rates, prop::bool::weighted(0.2), prices, bid).prop_map(
        |((reclaims, up_hours), one_by_one, prices_ppm, bid)| DraftMarket {
            reclaims,
            up_hours,
            one_by_one,
            prices_ppm,
            bid,
        },
    )
}

impl DraftMarket {
    /// The market, with prices of what the environments may buy.
    pub(crate) fn build(
        &self,
        environments: &[ComputeEnvironment],
        catalog: &Catalog,
    ) -> SpotMarketConfig {
        let pools = PoolOnOffConfig {
            up_mean_hours: self.up_hours,
            up_cv: 1.5,
            down_mean_hours: 0.2,
            down_cv: 1.0,
            region_up_mean_hours: 10.0 * self.up_hours,
            region_down_mean_hours: 0.1,
            reclaim_per_instance_hour: self.reclaims,
            band_scaling: true,
            whole_pool_probability: 0.3,
            pool_vcpus_median: 16.0,
            gpu_pool_vcpus_median: 4.0,
            ..PoolOnOffConfig::NORMAL
        };
        let poisson =
            PoissonConfig { interruptions_per_instance_hour: self.reclaims, pool_sigma: 0.5 };
        let mut market = match self.one_by_one {
            true => SpotMarketConfig::new(CapacityConfig::Poisson(poisson)),
            false => SpotMarketConfig::pool_on_off(pools),
        };
        let mut history = PriceHistory::default();
        for listed in environments.iter().flat_map(|environment| &environment.instance_types) {
            let facts = catalog.get(listed.id);
            let on_demand = facts.on_demand.expect("a priced type");
            for zone in &facts.zones {
                // Each zone is some steps ahead of the one before.
                let step = |(n, ppm): (usize, &u32)| {
                    let at = SimTime::from_millis(n as u64 * 1_500_000);
                    (at, on_demand.scaled_ppm(*ppm + 1_000 * zone.raw()))
                };
                let steps = self.prices_ppm.iter().cycle().skip(zone.index()).take(24);
                if let Some(series) = PriceSeries::new(steps.enumerate().map(step)) {
                    history.add(listed.id, *zone, Arc::new(series));
                }
            }
        }
        if !history.is_empty() {
            market.prices.model = PriceModelConfig::History(Arc::new(history));
        }
        market
    }
}
