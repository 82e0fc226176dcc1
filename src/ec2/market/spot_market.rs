//! The market of one run: its pools, what they hold, what they cost, what is seen of them.

use super::capacity::{CapacityModel, NewPool, Reclaim, Unlimited, stream};
use super::hazard::Hazard;
use super::pool_on_off::PoolOnOff;
use super::prices::Prices;
use super::signal::{SignalConfig, standard_normal};
use super::trace::TraceReplay;
use super::{CapacityConfig, PoolId, SpotMarketConfig};
use crate::ec2::billing::Rate;
use crate::ec2::catalog::{InstanceType, TypeId, ZoneId};
use crate::ec2::fleet::InstanceId;
use crate::ec2::money::Price;
use crate::sim::random::RandomKey;
use crate::sim::sampler::SamplerError;
use crate::sim::{SimDuration, SimTime};
use rustc_hash::FxHashMap;

/// The market of one run.
#[derive(Clone, Debug)]
pub struct SpotMarket {
    capacity: Capacity,
    signal: SignalConfig,
    prices: Prices,
    root: RandomKey,
    pools: Vec<Pool>,
    ids: FxHashMap<(TypeId, ZoneId), PoolId>,
}

#[derive(Clone, Debug)]
struct Pool {
    key: RandomKey,
    /// Instances in it.
    held: u32,
}

#[derive(Clone, Debug)]
enum Capacity {
    Unlimited(Unlimited),
    PoolOnOff(Box<PoolOnOff>),
    Hazard(Hazard),
    Trace(TraceReplay),
}

impl Capacity {
    fn model(&mut self) -> &mut dyn CapacityModel {
        match self {
            Self::Unlimited(model) => model,
            Self::PoolOnOff(model) => model.as_mut(),
            Self::Hazard(model) => model,
            Self::Trace(model) => model,
        }
    }
}

impl SpotMarket {
    /// The market of `key`.
    ///
    /// # Errors
    /// When a parameter is out of range.
    pub fn new(config: &SpotMarketConfig, key: RandomKey) -> Result<Self, SamplerError> {
        let capacity = match &config.capacity {
            CapacityConfig::Unlimited => Capacity::Unlimited(Unlimited),
            CapacityConfig::PoolOnOff(config) => {
                Capacity::PoolOnOff(Box::new(PoolOnOff::new(config, key)?))
            }
            CapacityConfig::Band(config) => Capacity::Hazard(config.model()),
            CapacityConfig::Poisson(config) => Capacity::Hazard(config.model()),
            CapacityConfig::Trace(config) => Capacity::Trace(TraceReplay::new(config)),
        };
        Ok(Self {
            capacity,
            signal: config.signal.clone(),
            prices: Prices::new(&config.prices),
            root: key,
            pools: Vec::new(),
            ids: FxHashMap::default(),
        })
    }

    /// The pool of a type in a zone.
    pub fn pool(&mut self, id: TypeId, facts: &InstanceType, zone: ZoneId) -> PoolId {
        if let Some(pool) = self.ids.get(&(id, zone)) {
            return *pool;
        }
        // Keys must not depend on the order of the catalog.
        let entity = name_key(&facts.name) ^ (u64::from(zone.raw()) << 56);
        let key = self.root.stream(stream::POOL).entity(entity);
        let pool = NewPool { instance_type: id, facts, zone, key };
        self.capacity.model().add_pool(&pool);
        self.prices.add_pool(&pool);
        let pool = PoolId::from_index(self.pools.len());
        self.pools.push(Pool { key, held: 0 });
        self.ids.insert((id, zone), pool);
        pool
    }

    /// How many instances the pool grants of `wanted` at `now`; they are taken from it.
    pub fn launch(&mut self, pool: PoolId, wanted: u32, now: SimTime) -> u32 {
        let room = self.room(pool, now);
        let held = &mut self.pools[pool.index()].held;
        let granted = room.saturating_sub(*held).min(wanted);
        *held += granted;
        granted
    }

    /// An instance has left the pool.
    pub fn release(&mut self, pool: PoolId) {
        self.pools[pool.index()].held -= 1;
    }

    /// Whether the pool has instances.
    #[must_use]
    pub fn is_used(&self, pool: PoolId) -> bool {
        self.pools[pool.index()].held > 0
    }

    /// How many instances the pool can hold at `now`, those in it included; 0 while it can not be
    /// launched into.
    pub fn room(&mut self, pool: PoolId, now: SimTime) -> u32 {
        self.capacity.model().room(pool, now)
    }

    /// The first instant after `now` at which the room may differ.
    pub fn next_change(&mut self, pool: PoolId, now: SimTime) -> SimTime {
        self.capacity.model().next_change(pool, now)
    }

    /// The pool's first reclaim event that is not past at `now`; the end of time if there is none.
    pub fn next_reclaim(&mut self, pool: PoolId, now: SimTime) -> SimTime {
        self.capacity.model().next_reclaim(pool, now)
    }

    /// The reclaim event that is due now; the pool moves on to its next one.
    pub fn reclaim(&mut self, pool: PoolId, now: SimTime) -> Reclaim {
        self.capacity.model().reclaim(pool, now)
    }

    /// How long an instance is left alone by what hits it and no other; `None` is for ever.
    pub fn life(&mut self, pool: PoolId, instance: InstanceId) -> Option<SimDuration> {
        self.capacity.model().life(pool, instance)
    }

    /// The pool's public placement score at `now`, 1 (shallow) to 10 (deep).
    pub fn placement_score(&mut self, pool: PoolId, now: SimTime) -> u8 {
        let Some(hidden) = self.capacity.model().hidden(pool, now) else { return 10 };
        let key = self.pools[pool.index()].key.stream(stream::SCORE);
        let noise = standard_normal(key, now.as_millis() / self.signal.period_ms());
        self.signal.score(hidden, noise)
    }

    /// Whether any price may change during a run.
    #[must_use]
    pub const fn prices_vary(&self) -> bool {
        self.prices.vary()
    }

    /// What an hour costs in the pool at `now`.
    #[must_use]
    pub fn price(&self, pool: PoolId, now: SimTime) -> Price {
        self.prices.at(pool, now)
    }

    /// What an instance of the pool is billed by.
    #[must_use]
    pub fn rate(&self, pool: PoolId) -> Rate {
        self.prices.rate(pool)
    }
}

/// A stable number of a name.
pub(in crate::ec2) fn name_key(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::super::{PoissonConfig, PoolOnOffConfig};
    use super::*;
    use crate::ec2::catalog::Catalog;

    const REPLICATIONS: u32 = 4_000;

    /// Pearson's correlation of score and hidden state, over the pools of one zone.
    fn correlation(capacity: &CapacityConfig, zone: u32, stated: f64) -> f64 {
        let catalog = Catalog::embedded();
        let id = catalog.find("c6i.large").unwrap();
        let signal = SignalConfig { correlation: stated, ..SignalConfig::DEFAULT };
        let config = SpotMarketConfig { signal, ..SpotMarketConfig::new(capacity.clone()) };
        let now = SimTime::ZERO + SimDuration::from_secs(36_000);
        let pairs: Vec<(f64, f64)> = (0..REPLICATIONS)
            .map(|r| {
                let mut market = SpotMarket::new(&config, RandomKey::new(1, r)).unwrap();
                let pool = market.pool(id, catalog.get(id), ZoneId::new(zone));
                let hidden = market.capacity.model().hidden(pool, now).unwrap();
                (hidden, f64::from(market.placement_score(pool, now)))
            })
            .collect();
        let n = f64::from(REPLICATIONS);
        let mean = |of: &dyn Fn(&(f64, f64)) -> f64| pairs.iter().map(of).sum::<f64>() / n;
        let (x, y) = (mean(&|p| p.0), mean(&|p| p.1));
        let xx = mean(&|p| (p.0 - x) * (p.0 - x));
        let yy = mean(&|p| (p.1 - y) * (p.1 - y));
        mean(&|p| (p.0 - x) * (p.1 - y)) / (xx * yy).sqrt()
    }

    /// Of the zones of `scarceGpu` the first is closed for five sixths of the time: of a state with
    /// one common value and a long tail, the end of the scale takes up to 2 %.
    #[test]
    fn scores_correlate_with_every_model_s_hidden_state_as_stated() {
        let alike = PoissonConfig { pool_sigma: 0.5, ..PoissonConfig::DEFAULT };
        let scarce = CapacityConfig::PoolOnOff(PoolOnOffConfig::scarce_gpu());
        for (capacity, zone, loss) in [
            (CapacityConfig::Poisson(alike), 0, 0.0),
            (CapacityConfig::PoolOnOff(PoolOnOffConfig::NORMAL), 0, 0.0),
            (scarce.clone(), 1, 0.0),
            (scarce.clone(), 2, 0.0),
            (scarce.clone(), 3, 0.0),
            (scarce, 0, 0.02),
        ] {
            for stated in [0.0, 0.3, 0.5, 0.9] {
                let seen = correlation(&capacity, zone, stated);
                let error = (1.0 - stated * stated) / f64::from(REPLICATIONS).sqrt();
                let off = (seen - stated).abs();
                assert!(
                    off < 4.0 * error + loss * stated,
                    "{seen}, stated {stated}: zone {zone} of {capacity:?}"
                );
            }
        }
    }

    /// What a score tells is worth something only if hidden states are on one scale: mean 0 and
    /// variance 1, from the first instant on and later.
    #[test]
    fn hidden_states_of_pools_that_come_and_go_have_mean_0_and_variance_1() {
        let catalog = Catalog::embedded();
        let id = catalog.find("c6i.large").unwrap();
        for (config, zone) in [(PoolOnOffConfig::NORMAL, 0), (PoolOnOffConfig::scarce_gpu(), 1)] {
            let config = SpotMarketConfig::pool_on_off(config);
            for hours in [0_u64, 30] {
                let now = SimTime::from_millis(hours * 3_600_000);
                let states: Vec<f64> = (0..REPLICATIONS)
                    .map(|r| {
                        let mut market = SpotMarket::new(&config, RandomKey::new(3, r)).unwrap();
                        let pool = market.pool(id, catalog.get(id), ZoneId::new(zone));
                        market.capacity.model().hidden(pool, now).unwrap()
                    })
                    .collect();
                let n = states.len() as f64;
                let mean = states.iter().sum::<f64>() / n;
                let squares: Vec<f64> = states.iter().map(|x| (x - mean) * (x - mean)).collect();
                let variance = squares.iter().sum::<f64>() / n;
                let spread = squares.iter().map(|s| (s - variance) * (s - variance)).sum::<f64>();
                let error = (spread / n).sqrt() / n.sqrt();
                assert!(mean.abs() < 4.0 * (variance / n).sqrt(), "mean {mean} at hour {hours}");
                assert!((variance - 1.0).abs() < 4.0 * error, "variance {variance} at {hours}");
            }
        }
    }
}
