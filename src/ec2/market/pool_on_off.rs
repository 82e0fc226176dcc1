//! The default capacity model, `poolOnOff` (behaviour 9.6): pools that come and go, and reclaims.
//!
//! A pool (type x zone) can be launched into while its own process and the process of its region
//! and family are both up. Reclaim events hit a pool at a rate of their own: some take the whole
//! pool and close it, the others take each instance with one common probability. A pool holds a
//! bounded number of vCPUs. Its hidden state is how long it will stay open.

use super::PoolId;
use super::capacity::{CapacityModel, NewPool, Reclaim, ReclaimKind, stream};
use super::renewal::Renewal;
use super::signal::{NormalScores, standard_normal};
use super::spot_market::name_key;
use super::stays::{Durations, Segments, Stays};
use crate::ec2::catalog::InstanceType;
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
    /// Recorded stays of pools instead, one row a zone, the zones in turn; empty for lognormal
    /// ones. The pool's own process is then made such that the pool has their means.
    pub segments: Vec<Segments>,
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
}

/// The pools of one run.
#[derive(Clone, Debug)]
pub(super) struct PoolOnOff {
    config: PoolOnOffConfig,
    /// Up and down stays of pools' own processes, by zone in turn.
    own: Vec<[Stays; 2]>,
    region_stays: [Stays; 2],
    gap: Sampler,
    gammas: (Sampler, Sampler),
    root: RandomKey,
    pools: Vec<Pool>,
    regions: Vec<Renewal>,
    region_ids: FxHashMap<String, u32>,
}

#[derive(Clone, Debug)]
struct Pool {
    own: Renewal,
    /// Index of its stays.
    stays: usize,
    region: u32,
    /// Instances.
    capacity: u32,
    key: RandomKey,
    /// Reclaim events per hour.
    rate: f64,
    next_reclaim: SimTime,
    reclaims: u64,
    closed_until: SimTime,
    scores: NormalScores,
}

impl PoolOnOffConfig {
    /// Mean hours up and down of pools' own processes, by zone in turn; `None` when the region's
    /// process leaves nothing to the pools of a row of segments.
    #[must_use]
    pub fn own_means(&self) -> Option<Vec<(f64, f64)>> {
        let (up, down) = (self.region_up_mean_hours, self.region_down_mean_hours);
        if self.segments.is_empty() {
            return Some(vec![(self.up_mean_hours, self.down_mean_hours)]);
        }
        self.segments.iter().map(|row| row.own_means(up, down)).collect()
    }

    fn own_stays(&self) -> Result<Vec<[Stays; 2]>, SamplerError> {
        let Some(means) = self.own_means() else {
            unreachable!("the segments of a validated market outlast its region's")
        };
        if self.segments.is_empty() {
            let up = Stays::lognormal(self.up_mean_hours, self.up_cv)?;
            return Ok(vec![[up, Stays::lognormal(self.down_mean_hours, self.down_cv)?]]);
        }
        let rows = self.segments.iter().zip(means).map(|(row, (up, down))| {
            let (recorded_up, recorded_down) = row.means();
            let stays = |hours, factor| Stays::new(Durations::Empirical { hours, factor });
            Ok([
                stays(&row.up_hours, up / recorded_up)?,
                stays(&row.down_hours, down / recorded_down)?,
            ])
        });
        rows.collect()
    }
}

impl PoolOnOff {
    /// The pools of `key`.
    ///
    /// # Errors
    /// When a parameter is out of range.
    pub(super) fn new(config: &PoolOnOffConfig, key: RandomKey) -> Result<Self, SamplerError> {
        let c = config;
        Ok(Self {
            own: c.own_stays()?,
            region_stays: [
                Stays::lognormal(c.region_up_mean_hours, c.up_cv)?,
                Stays::lognormal(c.region_down_mean_hours, c.down_cv)?,
            ],
            gap: Sampler::exponential(1.0)?,
            gammas: (Sampler::gamma(c.fraction_alpha, 1.0)?, Sampler::gamma(c.fraction_beta, 1.0)?),
            root: key,
            pools: Vec::new(),
            regions: Vec::new(),
            region_ids: FxHashMap::default(),
            config: c.clone(),
        })
    }

    fn is_open(&mut self, pool: PoolId, now: SimTime) -> bool {
        self.advance(pool, now);
        let state = &self.pools[pool.index()];
        state.own.is_up()
            && self.regions[state.region as usize].is_up()
            && now >= state.closed_until
    }

    fn region(&mut self, family: &str) -> u32 {
        if let Some(region) = self.region_ids.get(family) {
            return *region;
        }
        let key = self.root.stream(stream::REGION).entity(name_key(family));
        let region = self.regions.len() as u32;
        self.regions.push(Renewal::new(key, &self.region_stays[0], &self.region_stays[1]));
        self.region_ids.insert(family.to_owned(), region);
        region
    }

    /// Instances that the pool holds at most.
    fn capacity(&self, facts: &InstanceType, key: RandomKey) -> u32 {
        let c = &self.config;
        let median = if facts.gpus > 0 { c.gpu_pool_vcpus_median } else { c.pool_vcpus_median };
        let normal = standard_normal(key.stream(stream::CAPACITY), 0);
        let vcpus = (median * libm::exp(c.pool_vcpus_sigma * normal)).min(1e9) as u32;
        vcpus / facts.vcpus
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

    /// The share of the time in which a pool is open: its own process, that of its region, and no
    /// reclaim, at a rate of events per hour, that has closed it.
    fn availability(&self, stays: usize, events_per_hour: f64) -> f64 {
        let up = |[up, down]: &[Stays; 2]| up.mean_hours() / (up.mean_hours() + down.mean_hours());
        let closings = events_per_hour * self.config.whole_pool_probability;
        let closed_hours = closings * self.own[stays][1].mean_hours();
        up(&self.own[stays]) * up(&self.region_stays) * libm::exp(-closed_hours)
    }

    fn advance(&mut self, pool: PoolId, now: SimTime) {
        let [region_up, region_down] = &self.region_stays;
        let state = &mut self.pools[pool.index()];
        let [up, down] = &self.own[state.stays];
        state.own.advance(now, up, down);
        self.regions[state.region as usize].advance(now, region_up, region_down);
        while self.pools[pool.index()].next_reclaim < now {
            self.take_next_reclaim(pool);
        }
    }

    fn take_next_reclaim(&mut self, pool: PoolId) -> Reclaim {
        let state = &self.pools[pool.index()];
        let (key, ordinal, at) = (state.key, state.reclaims, state.next_reclaim);
        let mut rng = key.stream(stream::RECLAIM).draw(ordinal * 2 + 1);
        let whole = open01(&mut rng) < self.config.whole_pool_probability;
        let fraction = if whole {
            let closed = self.own[state.stays][1].fresh(&mut rng);
            // What one event has closed another does not open.
            let until = &mut self.pools[pool.index()].closed_until;
            *until = (*until).max(at + closed);
            1.0
        } else {
            let (a, b) = (self.gammas.0.sample(&mut rng), self.gammas.1.sample(&mut rng));
            a / (a + b)
        };
        self.pools[pool.index()].reclaims += 1;
        self.draw_next_reclaim(pool);
        let spread_seconds = self.config.spread_seconds;
        Reclaim { key, ordinal, kind: ReclaimKind::Share { fraction, spread_seconds } }
    }

    fn draw_next_reclaim(&mut self, pool: PoolId) {
        let state = &mut self.pools[pool.index()];
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

impl CapacityModel for PoolOnOff {
    fn add_pool(&mut self, pool: &NewPool<'_>) {
        let stays = pool.zone.index() % self.own.len();
        let [up, down] = &self.own[stays];
        let own = Renewal::new(pool.key.stream(stream::OWN), up, down);
        let state = Pool {
            own,
            stays,
            region: self.region(&pool.facts.family),
            capacity: self.capacity(pool.facts, pool.key),
            key: pool.key,
            rate: self.event_rate(pool.facts),
            next_reclaim: SimTime::ZERO,
            reclaims: 0,
            closed_until: SimTime::ZERO,
            scores: NormalScores::new(1.0 - self.availability(stays, self.event_rate(pool.facts))),
        };
        self.pools.push(state);
        self.draw_next_reclaim(PoolId::from_index(self.pools.len() - 1));
    }

    fn room(&mut self, pool: PoolId, now: SimTime) -> u32 {
        if self.is_open(pool, now) { self.pools[pool.index()].capacity } else { 0 }
    }

    fn next_reclaim(&mut self, pool: PoolId, now: SimTime) -> SimTime {
        self.advance(pool, now);
        self.pools[pool.index()].next_reclaim
    }

    fn reclaim(&mut self, pool: PoolId, _: SimTime) -> Reclaim {
        self.take_next_reclaim(pool)
    }

    fn next_change(&mut self, pool: PoolId, now: SimTime) -> SimTime {
        self.advance(pool, now);
        let state = &self.pools[pool.index()];
        let turn = state.own.until().min(self.regions[state.region as usize].until());
        let reopened = if state.closed_until > now { state.closed_until } else { SimTime::MAX };
        turn.min(reopened)
    }

    fn hidden(&mut self, pool: PoolId, now: SimTime) -> Option<f64> {
        let is_open = self.is_open(pool, now);
        let state = &self.pools[pool.index()];
        if !is_open {
            return Some(state.scores.of_closed());
        }
        let left = state.own.until().min(self.regions[state.region as usize].until());
        let left = left.since(now);
        let longer = self.own[state.stays][0].more_ahead_than(left)
            * self.region_stays[0].more_ahead_than(left);
        Some(state.scores.of_open(longer))
    }
}
