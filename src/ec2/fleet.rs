//! The door between those who want capacity and EC2: requests in, outcomes out.
//!
//! EC2 grants what its pools and the account's quotas allow, names the refusal of the rest, and
//! later warns of what it takes back. It does not know what the instances are for.

use super::catalog::{Catalog, InstanceType, TypeId, ZoneId};
use super::market::{PoolId, PoolOnOff, Reclaim, SpotMarketConfig};
use super::money::Price;
use super::quota::{QuotaClass, Quotas};
use crate::sim::SimTime;
use crate::sim::random::RandomKey;
use crate::sim::sampler::SamplerError;
use rustc_hash::FxHashMap;

crate::define_id! {
    /// An instance, in order of launch; never reused.
    pub struct InstanceId = "i";
}

/// How an instance is bought.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PurchaseOption {
    /// At the list price, kept until terminated.
    OnDemand,
    /// At the market's price, may be taken back.
    Spot,
}

impl PurchaseOption {
    /// Both, in index order.
    pub const ALL: [Self; 2] = [Self::OnDemand, Self::Spot];

    /// `on_demand` or `spot`, as in result columns.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OnDemand => "on_demand",
            Self::Spot => "spot",
        }
    }
}

/// Instances wanted from one pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FleetRequest {
    /// Of which type.
    pub instance_type: TypeId,
    /// In which zone.
    pub zone: ZoneId,
    /// How bought.
    pub purchase: PurchaseOption,
    /// How many.
    pub count: u32,
    /// Not where an hour costs as much or more; `None` is at any price.
    pub max_price: Option<Price>,
}

/// What EC2 answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FleetOutcome {
    /// Instances that will boot.
    pub granted: u32,
    /// Why the rest will not.
    pub refusal: Option<Refusal>,
}

/// Why EC2 does not launch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Refusal {
    /// `InsufficientInstanceCapacity`: the pool has no more, or none below the maximum price.
    InsufficientCapacity,
    /// `VcpuLimitExceeded` (On-Demand), `MaxSpotInstanceCountExceeded` (Spot).
    VcpuLimitExceeded,
}

/// Without a market: the Spot price of a type whose own ratio to On-Demand is unknown.
const UNKNOWN_SPOT_RATIO: f64 = 0.35;

/// EC2's side of the door.
#[derive(Clone, Debug)]
pub struct Fleet {
    market: Option<PoolOnOff>,
    unknown_spot_ratio_ppm: u32,
    quotas: Quotas,
    used: [[u32; QuotaClass::COUNT]; 2],
    on_demand_pool_vcpus: Option<u32>,
    on_demand_used: FxHashMap<(TypeId, ZoneId), u32>,
}

impl Fleet {
    /// `market: None` is unlimited Spot capacity that is never taken back;
    /// `on_demand_pool_vcpus: None` is unlimited On-Demand capacity.
    #[must_use]
    pub fn new(
        market: Option<PoolOnOff>,
        quotas: Quotas,
        on_demand_pool_vcpus: Option<u32>,
    ) -> Self {
        let ratio = market.as_ref().map_or(UNKNOWN_SPOT_RATIO, PoolOnOff::unknown_spot_ratio);
        Self {
            market,
            unknown_spot_ratio_ppm: (ratio * 1e6).round_ties_even() as u32,
            quotas,
            used: [[0; QuotaClass::COUNT]; 2],
            on_demand_pool_vcpus,
            on_demand_used: FxHashMap::default(),
        }
    }

    /// A fleet to ask for prices, which do not depend on what is drawn.
    ///
    /// # Errors
    /// When a parameter of the market is out of range.
    pub fn of_prices(market: Option<&SpotMarketConfig>) -> Result<Self, SamplerError> {
        let market = market.map(|market| PoolOnOff::new(&market.model, RandomKey::new(0, 0)));
        Ok(Self::new(market.transpose()?, Quotas::default(), None))
    }

    /// Launches what quota and pool allow of `request`.
    pub fn launch(
        &mut self,
        request: FleetRequest,
        catalog: &Catalog,
        now: SimTime,
    ) -> FleetOutcome {
        let facts = catalog.get(request.instance_type);
        if request.max_price.is_some_and(|most| self.price(facts, request.purchase) >= most) {
            return FleetOutcome { granted: 0, refusal: Some(Refusal::InsufficientCapacity) };
        }
        let class = QuotaClass::of_family(&facts.family) as usize;
        let option = request.purchase as usize;
        let quota = match request.purchase {
            PurchaseOption::OnDemand => self.quotas.on_demand_vcpus[class],
            PurchaseOption::Spot => self.quotas.spot_vcpus[class],
        };
        let allowed = quota.map_or(request.count, |quota| {
            (quota.saturating_sub(self.used[option][class]) / facts.vcpus).min(request.count)
        });
        let granted = self.take_from_pool(request, facts, allowed, now);
        self.used[option][class] += granted * facts.vcpus;
        let refusal = if granted < allowed {
            Some(Refusal::InsufficientCapacity)
        } else if allowed < request.count {
            Some(Refusal::VcpuLimitExceeded)
        } else {
            None
        };
        FleetOutcome { granted, refusal }
    }

    fn take_from_pool(
        &mut self,
        request: FleetRequest,
        facts: &InstanceType,
        wanted: u32,
        now: SimTime,
    ) -> u32 {
        match (request.purchase, &mut self.market, self.on_demand_pool_vcpus) {
            (PurchaseOption::Spot, Some(market), _) => {
                let pool = market.pool(request.instance_type, facts, request.zone);
                market.launch(pool, facts.vcpus, wanted, now)
            }
            (PurchaseOption::OnDemand, _, Some(depth)) => {
                let key = (request.instance_type, request.zone);
                let used = self.on_demand_used.entry(key).or_insert(0);
                let granted = (depth.saturating_sub(*used) / facts.vcpus).min(wanted);
                *used += granted * facts.vcpus;
                granted
            }
            _ => wanted,
        }
    }

    /// An instance has terminated: its pool and quota have room again.
    pub fn release(
        &mut self,
        instance_type: TypeId,
        zone: ZoneId,
        purchase: PurchaseOption,
        catalog: &Catalog,
    ) {
        let facts = catalog.get(instance_type);
        let class = QuotaClass::of_family(&facts.family) as usize;
        self.used[purchase as usize][class] -= facts.vcpus;
        match (purchase, &mut self.market, self.on_demand_pool_vcpus) {
            (PurchaseOption::Spot, Some(market), _) => {
                let pool = market.pool(instance_type, facts, zone);
                market.release(pool, facts.vcpus);
            }
            (PurchaseOption::OnDemand, _, Some(_)) => {
                if let Some(used) = self.on_demand_used.get_mut(&(instance_type, zone)) {
                    *used -= facts.vcpus;
                }
            }
            _ => {}
        }
    }

    /// What an hour of `instance_type` costs, bought as `purchase`.
    #[must_use]
    pub fn price(&self, facts: &InstanceType, purchase: PurchaseOption) -> Price {
        let on_demand = facts.on_demand.unwrap_or_default();
        match purchase {
            PurchaseOption::OnDemand => on_demand,
            PurchaseOption::Spot => {
                on_demand.scaled_ppm(facts.spot_ratio_ppm.unwrap_or(self.unknown_spot_ratio_ppm))
            }
        }
    }

    /// The pool's public placement score, 1 to 10; 10 where nothing is ever refused.
    pub fn placement_score(
        &mut self,
        instance_type: TypeId,
        facts: &InstanceType,
        zone: ZoneId,
        now: SimTime,
    ) -> u8 {
        let Some(market) = &mut self.market else { return 10 };
        let pool = market.pool(instance_type, facts, zone);
        market.placement_score(pool, now)
    }

    /// The pool whose reclaims concern a Spot instance, and its next one; `None` without a market.
    pub fn next_reclaim(
        &mut self,
        instance_type: TypeId,
        facts: &InstanceType,
        zone: ZoneId,
        now: SimTime,
    ) -> Option<(PoolId, SimTime)> {
        let market = self.market.as_mut()?;
        let pool = market.pool(instance_type, facts, zone);
        Some((pool, market.next_reclaim(pool, now)))
    }

    /// The reclaim event of `pool` that is due now, and the instant of the next one while the pool
    /// has instances.
    pub fn reclaim(&mut self, pool: PoolId, now: SimTime) -> Option<(Reclaim, Option<SimTime>)> {
        let market = self.market.as_mut()?;
        let reclaim = market.reclaim(pool);
        let next = market.is_used(pool).then(|| market.next_reclaim(pool, now));
        Some((reclaim, next))
    }
}
