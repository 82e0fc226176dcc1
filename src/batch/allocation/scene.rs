//! A builder of needs and views, so that a test of a strategy is a few lines. Tests only.

use super::{
    AllocationStrategy, Demand, FleetNeed, FleetPlan, FleetView, InstanceSizing, Offering,
};
use crate::batch::job_definition::Requirements;
use crate::ec2::catalog::{TypeId, ZoneId};
use crate::ec2::money::Price;

/// By default: two zones, 1,000 vCPUs of room, no overshoot, half_demand, sticky.
#[derive(Clone, Debug)]
pub(super) struct Scene {
    pub(super) offerings: Vec<Offering>,
    pub(super) demand: Vec<Demand>,
    pub(super) room_vcpus: u32,
    zones: u32,
    may_overshoot: bool,
    live_types: Vec<(TypeId, u32)>,
    live_zones: Vec<(ZoneId, u32)>,
    sizing: InstanceSizing,
    sticky_type: bool,
    score_quantile: f64,
    similar_scores: u32,
    max_vcpus: u32,
}

/// A pool with score 10 and band 0; the price in thousandths of a USD an hour, bought On-Demand.
pub(super) fn offering(
    type_id: u32,
    zone: u32,
    vcpus: u32,
    memory_mib: u32,
    milli_usd: u32,
) -> Offering {
    let price = Price::from_nano_usd_per_hour(u64::from(milli_usd) * 1_000_000);
    Offering {
        instance_type: TypeId::new(type_id),
        zone: ZoneId::new(zone),
        listed_rank: 0,
        vcpus,
        memory_mib,
        gpus: 0,
        price,
        on_demand: price,
        placement_score: 10,
        interruption_band: 0,
        refused: false,
    }
}

/// The types of the launches, in order, without neighbours of the same type.
pub(super) fn types(plan: &FleetPlan) -> Vec<u32> {
    let mut types: Vec<u32> = plan.launches.iter().map(|l| l.instance_type.raw()).collect();
    types.dedup();
    types
}

/// How many instances are launched.
pub(super) fn launched(plan: &FleetPlan) -> u32 {
    plan.launches.iter().map(|l| l.count).sum()
}

impl Scene {
    pub(super) fn new() -> Self {
        Self {
            offerings: Vec::new(),
            demand: Vec::new(),
            room_vcpus: 1_000,
            zones: 2,
            may_overshoot: false,
            live_types: Vec::new(),
            live_zones: Vec::new(),
            sizing: InstanceSizing::HalfDemand,
            sticky_type: true,
            score_quantile: 0.7,
            similar_scores: 1,
            max_vcpus: 1_000,
        }
    }

    /// Adds a type in every zone.
    pub(super) fn offer(mut self, id: u32, vcpus: u32, memory_mib: u32, milli_usd: u32) -> Self {
        let zones = 0..self.zones;
        self.offerings.extend(zones.map(|zone| offering(id, zone, vcpus, memory_mib, milli_usd)));
        self
    }

    fn each(mut self, id: u32, zone: Option<u32>, change: impl Fn(&mut Offering)) -> Self {
        let here = |o: &&mut Offering| {
            o.instance_type.raw() == id && zone.is_none_or(|zone| o.zone.raw() == zone)
        };
        self.offerings.iter_mut().filter(here).for_each(change);
        self
    }

    pub(super) fn rank(self, id: u32, rank: u32) -> Self {
        self.each(id, None, |o| o.listed_rank = rank)
    }

    pub(super) fn refuse(self, id: u32) -> Self {
        self.each(id, None, |o| o.refused = true)
    }

    pub(super) fn refuse_in_zone(self, id: u32, zone: u32) -> Self {
        self.each(id, Some(zone), |o| o.refused = true)
    }

    pub(super) fn score(self, id: u32, score: u8) -> Self {
        self.each(id, None, |o| o.placement_score = score)
    }

    pub(super) fn score_in_zone(self, id: u32, zone: u32, score: u8) -> Self {
        self.each(id, Some(zone), |o| o.placement_score = score)
    }

    pub(super) fn band(self, id: u32, band: u8) -> Self {
        self.each(id, None, |o| o.interruption_band = band)
    }

    pub(super) fn price_in_zone(self, id: u32, zone: u32, milli_usd: u32) -> Self {
        let price = Price::from_nano_usd_per_hour(u64::from(milli_usd) * 1_000_000);
        self.each(id, Some(zone), |o| o.price = price)
    }

    pub(super) fn jobs(mut self, count: u32, vcpus: u32, memory_mib: u32) -> Self {
        let requirements = Requirements { vcpus, memory_mib, gpus: 0 };
        self.demand.push(Demand { requirements, count });
        self
    }

    pub(super) fn live(mut self, id: u32, count: u32) -> Self {
        self.live_types.push((TypeId::new(id), count));
        self
    }

    pub(super) fn live_in_zone(mut self, zone: u32, count: u32) -> Self {
        self.live_zones.push((ZoneId::new(zone), count));
        self
    }

    pub(super) fn zones(self, zones: u32) -> Self {
        Self { zones, ..self }
    }

    pub(super) fn room(self, room_vcpus: u32) -> Self {
        Self { room_vcpus, ..self }
    }

    pub(super) fn max_vcpus(self, max_vcpus: u32) -> Self {
        Self { max_vcpus, ..self }
    }

    pub(super) fn overshoot(self) -> Self {
        Self { may_overshoot: true, ..self }
    }

    pub(super) fn not_sticky(self) -> Self {
        Self { sticky_type: false, ..self }
    }

    pub(super) fn score_quantile(self, score_quantile: f64) -> Self {
        Self { score_quantile, ..self }
    }

    pub(super) fn similar_scores(self, similar_scores: u32) -> Self {
        Self { similar_scores, ..self }
    }

    pub(super) fn sizing(self, sizing: InstanceSizing) -> Self {
        Self { sizing, ..self }
    }

    pub(super) fn need(&self) -> FleetNeed<'_> {
        let (room_vcpus, may_overshoot) = (self.room_vcpus, self.may_overshoot);
        FleetNeed { demand: &self.demand, room_vcpus, may_overshoot }
    }

    pub(super) fn view(&self) -> FleetView<'_> {
        FleetView {
            offerings: &self.offerings,
            live_types: &self.live_types,
            live_zones: &self.live_zones,
            sizing: self.sizing,
            sticky_type: self.sticky_type,
            score_quantile: self.score_quantile,
            similar_scores: self.similar_scores,
            balance_zones: true,
            max_vcpus: self.max_vcpus,
        }
    }

    pub(super) fn plan(&self, strategy: &AllocationStrategy) -> FleetPlan {
        strategy.plan(&self.need(), &self.view())
    }
}
