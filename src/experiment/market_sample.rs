//! What the pools of a scenario's Spot market do, without a run: their paths in one replication.

use super::scenario::Scenario;
use crate::ec2::catalog::{Catalog, TypeId, ZoneId};
use crate::ec2::fleet::PurchaseOption;
use crate::ec2::market::{CapacityConfig, PoolPath, SpotMarketConfig, sample};
use crate::sim::sampler::SamplerError;
use crate::sim::{SimDuration, SimTime};
use crate::world::RunKey;

/// How long is sampled where a scenario has no horizon.
const DEFAULT_LENGTH: SimDuration = SimDuration::from_secs(7 * 86_400);

/// Paths of pools, with their names. Plain data.
#[derive(Clone, Debug, PartialEq)]
pub struct MarketSample {
    /// The scenario's name.
    pub scenario: String,
    /// From zero to this.
    pub end: SimTime,
    /// In the order in which pools were first named, each once.
    pub pools: Vec<SampledPool>,
}

/// A pool's path.
#[derive(Clone, Debug, PartialEq)]
pub struct SampledPool {
    /// `c6i.large`
    pub instance_type: String,
    /// `use1-az1`
    pub zone: String,
    /// What it does.
    pub path: PoolPath,
}

/// Why pools can not be sampled.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SampleError {
    /// A name that is none of a pool.
    #[error(
        "{0:?} is no pool of {1}; expected a type, or a type and a zone that offers it, such as \
         {2}"
    )]
    UnknownPool(String, String, String),
    /// A scenario that buys no Spot instance.
    #[error("no compute environment buys Spot instances\nhint: name pools with --pools")]
    NoPools,
    /// A parameter of the market is out of range.
    #[error("spotMarket: {0}")]
    Market(#[from] SamplerError),
}

/// The paths of `pools`, by default all that SPOT environments may use, in replication 0 of the
/// scenario, until its horizon or for a week.
///
/// # Errors
/// When a pool is unknown, or none is named or used.
pub fn sample_market(scenario: &Scenario, pools: &[String]) -> Result<MarketSample, SampleError> {
    let model = &scenario.model;
    let catalog = &model.catalog;
    let mut chosen = Vec::new();
    for name in pools {
        chosen.extend(named(name, catalog)?);
    }
    if pools.is_empty() {
        chosen = used(scenario);
    }
    if chosen.is_empty() {
        return Err(SampleError::NoPools);
    }
    // A pool that is named twice is one pool: two of its name would have paths of their own.
    let mut seen = std::collections::BTreeSet::new();
    chosen.retain(|pool| seen.insert(*pool));
    let end = SimTime::ZERO + model.horizon.unwrap_or(DEFAULT_LENGTH);
    let unlimited = SpotMarketConfig::new(CapacityConfig::Unlimited);
    let market = model.spot_market.as_ref().unwrap_or(&unlimited);
    let key = RunKey { seed: scenario.seed, replication: 0 }.market();
    let paths = sample(market, key, catalog, &chosen, end)?;
    let named = |path: PoolPath| SampledPool {
        instance_type: catalog.get(path.instance_type).name.clone(),
        zone: catalog.zones()[path.zone.index()].clone(),
        path,
    };
    let pools = paths.into_iter().map(named).collect();
    Ok(MarketSample { scenario: scenario.name.clone(), end, pools })
}

/// The pools of `type` or `type/zone`.
fn named(name: &str, catalog: &Catalog) -> Result<Vec<(TypeId, ZoneId)>, SampleError> {
    let (type_name, zone_name) = match name.split_once('/') {
        Some((type_name, zone)) => (type_name, Some(zone)),
        None => (name, None),
    };
    let offered = |id: TypeId| {
        let zones = catalog.get(id).zones.iter().copied();
        let wanted = zone_name.map(|zone| catalog.find_zone(zone));
        zones.filter(move |zone| wanted.is_none_or(|wanted| wanted == Some(*zone)))
    };
    let pools: Vec<(TypeId, ZoneId)> = catalog
        .find(type_name)
        .map(|id| offered(id).map(|zone| (id, zone)).collect())
        .unwrap_or_default();
    if pools.is_empty() {
        let zone = catalog.zones().first().map_or("", String::as_str);
        return Err(SampleError::UnknownPool(
            name.to_owned(),
            catalog.region().to_owned(),
            format!("c6i.large/{zone}"),
        ));
    }
    Ok(pools)
}

/// The pools of the SPOT environments, in order.
fn used(scenario: &Scenario) -> Vec<(TypeId, ZoneId)> {
    let model = &scenario.model;
    let mut pools = Vec::new();
    let buys_spot = |purchase| purchase == PurchaseOption::Spot;
    for environment in model.compute_environments.iter().filter(|ce| buys_spot(ce.purchase)) {
        for listed in &environment.instance_types {
            let zones = model.catalog.get(listed.id).zones.iter();
            let within = zones.filter(|zone| environment.zones.contains(zone));
            pools.extend(within.map(|zone| (listed.id, *zone)));
        }
    }
    pools
}

impl SampledPool {
    /// Closings, and the mean hours open and closed; `None` where the pool never did either.
    #[must_use]
    pub fn spells(&self, end: SimTime) -> (u64, Option<f64>, Option<f64>) {
        let ends = self.path.room.iter().skip(1).map(|(since, _)| *since).chain([end]);
        let (mut open, mut closed) = (Vec::new(), Vec::new());
        let mut before = None;
        for ((since, room), until) in self.path.room.iter().zip(ends) {
            let hours = until.since(*since).as_secs_f64() / 3_600.0;
            let is_open = *room > 0;
            let spells = if is_open { &mut open } else { &mut closed };
            match spells.last_mut() {
                Some(last) if before == Some(is_open) => *last += hours,
                _ => spells.push(hours),
            }
            before = Some(is_open);
        }
        let mean = |spells: &[f64]| {
            (!spells.is_empty()).then(|| spells.iter().sum::<f64>() / spells.len() as f64)
        };
        let starts_closed = self.path.room.first().is_some_and(|(_, room)| *room == 0);
        let closings = closed.len() as u64 - u64::from(starts_closed);
        (closings, mean(&open), mean(&closed))
    }

    /// The time-weighted mean price of an hour until `end`, USD; `None` of no time at all.
    #[must_use]
    pub fn mean_price_usd(&self, end: SimTime) -> Option<f64> {
        if end == SimTime::ZERO {
            return None;
        }
        let ends = self.path.prices.iter().skip(1).map(|(since, _)| *since).chain([end]);
        let sum: f64 = self
            .path
            .prices
            .iter()
            .zip(ends)
            .map(|((since, price), until)| {
                price.nano_usd_per_hour() as f64 * until.since(*since).as_millis() as f64
            })
            .sum();
        Some(sum / end.as_millis() as f64 / 1e9)
    }
}
