//! The default Spot market, `poolOnOff` (behaviour 9.6): pools that come and go, and reclaims.
//!
//! A pool (type x zone) can be launched into while its own process and the process of its region
//! and family are both up. Reclaim events hit a pool at a rate of their own: some take the whole
//! pool and close it, the others take each instance with one common probability. A pool holds a
//! bounded number of vCPUs. The market is exogenous: every path is a function of (seed,
//! replication, pool), whatever is launched; it is advanced only where somebody looks.

use super::renewal::{Renewal, Stays};
use crate::ec2::catalog::{InstanceType, TypeId, ZoneId};
use crate::ec2::fleet::InstanceId;
use crate::sim::random::{RandomKey, open01};
use crate::sim::sampler::{Sampler, SamplerError};
use crate::sim::{SimDuration, SimTime};
use rand_distr::Distribution;
use rustc_hash::FxHashMap;

/// Parameters of `poolOnOff`.
#[derive(Clone, Debug, PartialEq)]
pub struct PoolOnOffConfig {
    /// Mean time a pool's own process stays up, hours.
    pub up_mean_hours: f64,
    /// Coefficient of variation of up times.
    pub up_cv: f64,
    /// Mean time it stays down, hours.
    pub down_mean_hours: f64,
    /// Coefficient of variation of down times.
    pub down_cv: f64,
    /// Mean up time of the region-and-family process, hours.
    pub region_up_mean_hours: f64,
    /// Mean down time of the region-and-family process, hours.
    pub region_down_mean_hours: f64,
    /// Reclaims per instance-hour for a type in Spot Advisor band 2.
    pub reclaim_per_instance_hour: f64,
    /// Whether the type's Spot Advisor band scales the reclaim rate.
    pub band_scaling: bool,
    /// Probability that a reclaim event takes the whole pool.
    pub whole_pool_probability: f64,
    /// Median vCPUs that one pool holds, CPU types.
    pub pool_vcpus_median: f64,
    /// Median vCPUs that one pool holds, GPU types.
    pub gpu_pool_vcpus_median: f64,
    /// Sigma of the pools' sizes.
    pub pool_vcpus_sigma: f64,
    /// Reclaim rate of a type by its Spot Advisor band, relative to band 2.
    pub band_factors: [f64; 5],
    /// An event that leaves the pool open takes each instance with one probability,
    /// Beta(alpha, beta): its alpha.
    pub fraction_alpha: f64,
    /// Its beta.
    pub fraction_beta: f64,
    /// The instances of one event go within so many seconds of one another.
    pub spread_seconds: f64,
    /// Correlation of the public placement score with the pool's hidden state, 0 to 1.
    pub score_correlation: f64,
    /// The noise of a score is redrawn every so many seconds.
    pub score_period_seconds: f64,
    /// Spot price of a type whose own ratio is unknown, as a share of the On-Demand price.
    pub unknown_spot_ratio: f64,
}

crate::define_id! {
    /// A pool of the market, in the order in which pools were first looked at.
    pub struct PoolId = "pool";
}

/// The market of one run.
#[derive(Clone, Debug)]
pub struct PoolOnOff {
    config: PoolOnOffConfig,
    stays: [Stays; 4],
    gap: Sampler,
    gammas: (Sampler, Sampler),
    normal: Sampler,
    root: RandomKey,
    pools: Vec<Pool>,
    regions: Vec<Renewal>,
    pool_ids: FxHashMap<(TypeId, ZoneId), PoolId>,
    region_ids: FxHashMap<String, u32>,
}

#[derive(Clone, Debug)]
struct Pool {
    own: Renewal,
    region: u32,
    capacity_vcpus: u32,
    used_vcpus: u32,
    key: RandomKey,
    /// Reclaim events per hour.
    rate: f64,
    next_reclaim: SimTime,
    reclaims: u64,
    closed_until: SimTime,
}

/// What a reclaim event does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reclaim {
    key: RandomKey,
    ordinal: u64,
    spread_seconds: f64,
    /// The probability with which it takes each instance: 1 for the whole pool.
    pub fraction: f64,
}

impl Reclaim {
    /// Whether and how long after the event it takes `instance`.
    #[must_use]
    pub fn takes(&self, instance: InstanceId) -> Option<SimDuration> {
        let key = self.key.stream(stream::VICTIM).entity(u64::from(instance.raw()));
        let mut rng = key.draw(self.ordinal);
        if open01(&mut rng) >= self.fraction {
            return None;
        }
        Some(SimDuration::from_secs_f64(self.spread_seconds * open01(&mut rng)))
    }
}

mod stream {
    pub(super) const REGION: u32 = 1;
    pub(super) const POOL: u32 = 2;
    pub(super) const OWN: u32 = 3;
    pub(super) const CAPACITY: u32 = 4;
    pub(super) const RECLAIM: u32 = 5;
    pub(super) const VICTIM: u32 = 6;
    pub(super) const SCORE: u32 = 7;
}

impl PoolOnOff {
    /// The market of `key`.
    ///
    /// # Errors
    /// When a parameter is out of range.
    pub fn new(config: &PoolOnOffConfig, key: RandomKey) -> Result<Self, SamplerError> {
        let c = config;
        Ok(Self {
            config: c.clone(),
            stays: [
                Stays::new(c.up_mean_hours, c.up_cv)?,
                Stays::new(c.down_mean_hours, c.down_cv)?,
                Stays::new(c.region_up_mean_hours, c.up_cv)?,
                Stays::new(c.region_down_mean_hours, c.down_cv)?,
            ],
            gap: Sampler::exponential(1.0)?,
            gammas: (Sampler::gamma(c.fraction_alpha, 1.0)?, Sampler::gamma(c.fraction_beta, 1.0)?),
            normal: Sampler::lognormal(1.0, 1.0)?,
            root: key,
            pools: Vec::new(),
            regions: Vec::new(),
            pool_ids: FxHashMap::default(),
            region_ids: FxHashMap::default(),
        })
    }

    /// Spot price of a type whose own ratio is unknown, as a share of the On-Demand price.
    #[must_use]
    pub const fn unknown_spot_ratio(&self) -> f64 {
        self.config.unknown_spot_ratio
    }

    /// The pool of a type in a zone.
    pub fn pool(&mut self, id: TypeId, facts: &InstanceType, zone: ZoneId) -> PoolId {
        if let Some(pool) = self.pool_ids.get(&(id, zone)) {
            return *pool;
        }
        let region = self.region(&facts.family);
        let entity = name_key(&facts.name) ^ (u64::from(zone.raw()) << 56);
        let key = self.root.stream(stream::POOL).entity(entity);
        let pool = Pool {
            own: Renewal::new(key.stream(stream::OWN), &self.stays[0], &self.stays[1]),
            region,
            capacity_vcpus: self.capacity(facts, key),
            used_vcpus: 0,
            key,
            rate: self.event_rate(facts),
            next_reclaim: SimTime::ZERO,
            reclaims: 0,
            closed_until: SimTime::ZERO,
        };
        let pool_id = PoolId::from_index(self.pools.len());
        self.pools.push(pool);
        self.draw_next_reclaim(pool_id);
        self.pool_ids.insert((id, zone), pool_id);
        pool_id
    }

    /// How many instances of `vcpus` the pool grants of `wanted` at `now`; they are taken from it.
    pub fn launch(&mut self, pool: PoolId, vcpus: u32, wanted: u32, now: SimTime) -> u32 {
        if !self.is_open(pool, now) {
            return 0;
        }
        let state = &mut self.pools[pool.index()];
        let granted = (state.capacity_vcpus.saturating_sub(state.used_vcpus) / vcpus).min(wanted);
        state.used_vcpus += granted * vcpus;
        granted
    }

    /// An instance of `vcpus` has left the pool.
    pub fn release(&mut self, pool: PoolId, vcpus: u32) {
        self.pools[pool.index()].used_vcpus -= vcpus;
    }

    /// Whether the pool has instances.
    #[must_use]
    pub fn is_used(&self, pool: PoolId) -> bool {
        self.pools[pool.index()].used_vcpus > 0
    }

    /// Whether the pool can be launched into at `now`.
    pub fn is_open(&mut self, pool: PoolId, now: SimTime) -> bool {
        self.advance(pool, now);
        let state = &self.pools[pool.index()];
        state.own.is_up()
            && self.regions[state.region as usize].is_up()
            && now >= state.closed_until
    }

    /// The pool's first reclaim event after `now`.
    pub fn next_reclaim(&mut self, pool: PoolId, now: SimTime) -> SimTime {
        self.advance(pool, now);
        self.pools[pool.index()].next_reclaim
    }

    /// The reclaim event that is due now; the pool moves on to its next one.
    pub fn reclaim(&mut self, pool: PoolId) -> Reclaim {
        let state = &self.pools[pool.index()];
        let (key, ordinal, at) = (state.key, state.reclaims, state.next_reclaim);
        let mut rng = key.stream(stream::RECLAIM).draw(ordinal * 2 + 1);
        let whole = open01(&mut rng) < self.config.whole_pool_probability;
        let fraction = if whole {
            let closed = self.stays[1].fresh(&mut rng);
            self.pools[pool.index()].closed_until = at + closed;
            1.0
        } else {
            let (a, b) = (self.gammas.0.sample(&mut rng), self.gammas.1.sample(&mut rng));
            a / (a + b)
        };
        self.draw_next_reclaim(pool);
        Reclaim { key, ordinal, spread_seconds: self.config.spread_seconds, fraction }
    }

    /// The pool's public placement score at `now`, 1 (shallow) to 10 (deep): a noisy sight of how
    /// long the pool will stay open.
    pub fn placement_score(&mut self, pool: PoolId, now: SimTime) -> u8 {
        let open = self.is_open(pool, now);
        let state = &self.pools[pool.index()];
        let noise_key = state.key.stream(stream::SCORE);
        let noise = self.standard_normal(noise_key, now.as_millis() / self.score_period_ms());
        let hidden = if open {
            let left = state.own.until().min(self.regions[state.region as usize].until());
            let hours = left.since(now).as_secs_f64() / 3_600.0;
            libm::log(hours.max(1e-3) / self.config.up_mean_hours).clamp(-2.0, 2.0)
        } else {
            -2.0
        };
        let correlation = self.config.score_correlation;
        let residual = (1.0 - correlation * correlation).sqrt();
        let score = correlation * hidden + residual * noise;
        (5.5 + 2.0 * score).round_ties_even().clamp(1.0, 10.0) as u8
    }

    fn score_period_ms(&self) -> u64 {
        SimDuration::from_secs_f64(self.config.score_period_seconds).as_millis().max(1)
    }

    fn standard_normal(&self, key: RandomKey, ordinal: u64) -> f64 {
        libm::log(self.normal.sample(&mut key.draw(ordinal)))
    }

    fn region(&mut self, family: &str) -> u32 {
        if let Some(region) = self.region_ids.get(family) {
            return *region;
        }
        let key = self.root.stream(stream::REGION).entity(name_key(family));
        let region = self.regions.len() as u32;
        self.regions.push(Renewal::new(key, &self.stays[2], &self.stays[3]));
        self.region_ids.insert(family.to_owned(), region);
        region
    }

    fn capacity(&self, facts: &InstanceType, key: RandomKey) -> u32 {
        let c = &self.config;
        let median = if facts.gpus > 0 { c.gpu_pool_vcpus_median } else { c.pool_vcpus_median };
        let normal = self.standard_normal(key.stream(stream::CAPACITY), 0);
        (median * libm::exp(c.pool_vcpus_sigma * normal)).min(1e9) as u32
    }

    /// Reclaim events per hour, so that an instance is taken at the configured rate.
    fn event_rate(&self, facts: &InstanceType) -> f64 {
        let c = &self.config;
        let band = usize::from(facts.interruption_band.unwrap_or(2).min(4));
        let factor = if c.band_scaling { c.band_factors[band] } else { 1.0 };
        let mean_fraction = c.fraction_alpha / (c.fraction_alpha + c.fraction_beta);
        let taken = c.whole_pool_probability + (1.0 - c.whole_pool_probability) * mean_fraction;
        c.reclaim_per_instance_hour * factor / taken
    }

    fn advance(&mut self, pool: PoolId, now: SimTime) {
        let [up, down, region_up, region_down] = &self.stays;
        let state = &mut self.pools[pool.index()];
        state.own.advance(now, up, down);
        self.regions[state.region as usize].advance(now, region_up, region_down);
        while self.pools[pool.index()].next_reclaim < now {
            self.reclaim(pool);
        }
    }

    fn draw_next_reclaim(&mut self, pool: PoolId) {
        let first = self.pools[pool.index()].next_reclaim == SimTime::ZERO;
        let state = &mut self.pools[pool.index()];
        if !first {
            state.reclaims += 1;
        }
        if state.rate <= 0.0 {
            state.next_reclaim = SimTime::MAX;
            return;
        }
        let mut rng = state.key.stream(stream::RECLAIM).draw(state.reclaims * 2);
        let hours = self.gap.sample(&mut rng) / state.rate;
        let gap = SimDuration::from_secs_f64(hours * 3_600.0).max(SimDuration::from_millis(1));
        state.next_reclaim = state.next_reclaim + gap;
    }
}

/// A stable number of a name: keys must not depend on the order of the catalog.
fn name_key(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}
