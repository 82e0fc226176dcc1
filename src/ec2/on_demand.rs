//! On-Demand capacity: when EC2 has none of a type in a zone (behaviour 9.3).
//!
//! Nothing is ever taken back. Refusals are scripted (a depth, closed intervals) or drawn; a drawn
//! one is a function of (seed, replication, pool, instant), so that the answer to a request does
//! not depend on those before it.

use super::catalog::{InstanceType, TypeId, ZoneId};
use crate::sim::SimTime;
use crate::sim::random::{RandomKey, open01};
use rustc_hash::FxHashMap;

/// Limits of On-Demand capacity, validated (key `onDemandCapacity` of the scenario).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OnDemandConfig {
    /// vCPUs that one pool holds at most; `None` is unlimited.
    pub pool_vcpus: Option<u32>,
    /// Probability that a pool has nothing to grant to a request.
    pub refusal_probability: f64,
    /// When pools have nothing to grant.
    pub closed: Vec<ClosedInterval>,
}

/// When pools can not be launched into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClosedInterval {
    /// Of this type; `None` is any.
    pub instance_type: Option<TypeId>,
    /// In this zone; `None` is any.
    pub zone: Option<ZoneId>,
    /// Since then.
    pub from: SimTime,
    /// Not at or after that.
    pub until: SimTime,
}

impl OnDemandConfig {
    /// Whether nothing is ever refused.
    #[must_use]
    pub fn is_unlimited(&self) -> bool {
        self.pool_vcpus.is_none() && self.refusal_probability <= 0.0 && self.closed.is_empty()
    }
}

/// The On-Demand pools of one run.
#[derive(Clone, Debug)]
pub(super) struct OnDemandPools {
    config: OnDemandConfig,
    key: RandomKey,
    used_vcpus: FxHashMap<(TypeId, ZoneId), u32>,
}

impl OnDemandPools {
    pub(super) fn new(config: &OnDemandConfig, key: RandomKey) -> Self {
        Self { config: config.clone(), key, used_vcpus: FxHashMap::default() }
    }

    /// How many of `wanted` instances the pool grants at `now`; they are taken from it.
    pub(super) fn launch(
        &mut self,
        (id, zone): (TypeId, ZoneId),
        facts: &InstanceType,
        wanted: u32,
        now: SimTime,
    ) -> u32 {
        if self.is_closed(id, zone, now) || self.is_refused(facts, zone, now) {
            return 0;
        }
        let Some(depth) = self.config.pool_vcpus else { return wanted };
        let used = self.used_vcpus.entry((id, zone)).or_insert(0);
        let granted = (depth.saturating_sub(*used) / facts.vcpus).min(wanted);
        *used += granted * facts.vcpus;
        granted
    }

    /// An instance has left the pool.
    pub(super) fn release(&mut self, pool: (TypeId, ZoneId), vcpus: u32) {
        if let Some(used) = self.used_vcpus.get_mut(&pool) {
            *used -= vcpus;
        }
    }

    fn is_closed(&self, id: TypeId, zone: ZoneId, now: SimTime) -> bool {
        self.config.closed.iter().any(|closed| {
            closed.instance_type.is_none_or(|this| this == id)
                && closed.zone.is_none_or(|this| this == zone)
                && closed.from <= now
                && now < closed.until
        })
    }

    fn is_refused(&self, facts: &InstanceType, zone: ZoneId, now: SimTime) -> bool {
        let probability = self.config.refusal_probability;
        if probability <= 0.0 {
            return false;
        }
        let entity = super::market::name_key(&facts.name) ^ (u64::from(zone.raw()) << 56);
        open01(&mut self.key.entity(entity).draw(now.as_millis())) < probability
    }
}
