//! The door between those who want capacity and EC2: requests in, outcomes out.
//!
//! EC2 grants what its pools and the account's quotas allow, names the refusal of the rest, and
//! later warns of what it takes back. It does not know what the instances are for.

use super::billing::Rate;
use super::catalog::{Catalog, InstanceType, TypeId, ZoneId};
use super::market::prices::{PriceConfig, PriceModelConfig};
use super::market::{PoolId, Reclaim, SpotMarket, SpotMarketConfig};
use super::money::Price;
use super::on_demand::{OnDemandConfig, OnDemandPools};
use super::quota::{QuotaClass, Quotas};
use crate::sim::random::RandomKey;
use crate::sim::sampler::SamplerError;
use crate::sim::{SimDuration, SimTime};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

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

/// Why EC2 does not launch: its error codes (behaviour 9.2, 9.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Refusal {
    /// The pool has no more, or none below the maximum price.
    InsufficientInstanceCapacity,
    /// The On-Demand quota of the type's class is used up.
    VcpuLimitExceeded,
    /// The Spot quota of the type's class is used up.
    MaxSpotInstanceCountExceeded,
}

impl Refusal {
    /// Every one, in index order.
    pub const ALL: [Self; 3] = [
        Self::InsufficientInstanceCapacity,
        Self::VcpuLimitExceeded,
        Self::MaxSpotInstanceCountExceeded,
    ];

    /// EC2's error code.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InsufficientInstanceCapacity => "InsufficientInstanceCapacity",
            Self::VcpuLimitExceeded => "VcpuLimitExceeded",
            Self::MaxSpotInstanceCountExceeded => "MaxSpotInstanceCountExceeded",
        }
    }

    /// What a quota answers when it is used up.
    #[must_use]
    pub const fn of_quota(purchase: PurchaseOption) -> Self {
        match purchase {
            PurchaseOption::OnDemand => Self::VcpuLimitExceeded,
            PurchaseOption::Spot => Self::MaxSpotInstanceCountExceeded,
        }
    }
}

/// When an instance leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leaving {
    /// When it is no longer billed.
    pub now: SimTime,
    /// When it has shut down, and counts for no quota.
    pub closed: SimTime,
}

/// What the market has in store for an instance that it grants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prospect {
    /// The pool whose reclaims concern it.
    pub pool: PoolId,
    /// The pool's first reclaim that is not past; the end of time if there is none.
    pub next_reclaim: SimTime,
    /// How long after it runs it is interrupted by itself; `None` if never.
    pub life: Option<SimDuration>,
}

/// EC2's side of the door.
#[derive(Clone, Debug)]
pub struct Fleet {
    market: Option<SpotMarket>,
    prices: PriceConfig,
    quotas: Quotas,
    used: [[u32; QuotaClass::COUNT]; 2],
    /// What `used` counts of instances that are shutting down, and until when.
    shutting_down: BinaryHeap<Reverse<(SimTime, usize, usize, u32)>>,
    /// `None` while nothing is ever refused.
    on_demand: Option<OnDemandPools>,
}

impl Fleet {
    /// The EC2 of one run: `spot: None` is unlimited Spot capacity that is never taken back.
    /// `keys` are what the market and the On-Demand pools are drawn from.
    ///
    /// # Errors
    /// When a parameter of the market is out of range.
    pub fn new(
        spot: Option<&SpotMarketConfig>,
        on_demand: &OnDemandConfig,
        quotas: Quotas,
        (spot_key, on_demand_key): (RandomKey, RandomKey),
    ) -> Result<Self, SamplerError> {
        let market = spot.map(|config| SpotMarket::new(config, spot_key)).transpose()?;
        let pools = || OnDemandPools::new(on_demand, on_demand_key);
        Ok(Self {
            market,
            prices: spot.map_or(PriceConfig::DEFAULT, |config| config.prices.clone()),
            quotas,
            used: [[0; QuotaClass::COUNT]; 2],
            shutting_down: BinaryHeap::new(),
            on_demand: (!on_demand.is_unlimited()).then(pools),
        })
    }

    /// Launches what quota and pool allow of `request`.
    pub fn launch(
        &mut self,
        request: FleetRequest,
        catalog: &Catalog,
        now: SimTime,
    ) -> FleetOutcome {
        let facts = catalog.get(request.instance_type);
        if let Some(most) = request.max_price
            && self.price(request.instance_type, facts, request.zone, request.purchase, now) >= most
        {
            let refusal = Some(Refusal::InsufficientInstanceCapacity);
            return FleetOutcome { granted: 0, refusal };
        }
        self.close_until(now);
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
            Some(Refusal::InsufficientInstanceCapacity)
        } else if allowed < request.count {
            Some(Refusal::of_quota(request.purchase))
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
        match (request.purchase, &mut self.market, &mut self.on_demand) {
            (PurchaseOption::Spot, Some(market), _) => {
                let pool = market.pool(request.instance_type, facts, request.zone);
                market.launch(pool, wanted, now)
            }
            (PurchaseOption::OnDemand, _, Some(pools)) => {
                pools.launch((request.instance_type, request.zone), facts, wanted, now)
            }
            _ => wanted,
        }
    }

    /// What has shut down by `now` counts for no quota.
    fn close_until(&mut self, now: SimTime) {
        while let Some(Reverse((closed, option, class, vcpus))) = self.shutting_down.peek().copied()
            && closed <= now
        {
            self.shutting_down.pop();
            self.used[option][class] -= vcpus;
        }
    }

    /// An instance terminates: its pool has room again, its quota once it has shut down.
    pub fn release(
        &mut self,
        (instance_type, zone): (TypeId, ZoneId),
        purchase: PurchaseOption,
        when: Leaving,
        catalog: &Catalog,
    ) {
        let facts = catalog.get(instance_type);
        let class = QuotaClass::of_family(&facts.family) as usize;
        let option = purchase as usize;
        let quotas = [&self.quotas.on_demand_vcpus, &self.quotas.spot_vcpus];
        if when.closed > when.now && quotas[option][class].is_some() {
            self.shutting_down.push(Reverse((when.closed, option, class, facts.vcpus)));
        } else {
            self.used[option][class] -= facts.vcpus;
        }
        match (purchase, &mut self.market, &mut self.on_demand) {
            (PurchaseOption::Spot, Some(market), _) => {
                let pool = market.pool(instance_type, facts, zone);
                market.release(pool);
            }
            (PurchaseOption::OnDemand, _, Some(pools)) => {
                pools.release((instance_type, zone), facts.vcpus);
            }
            _ => {}
        }
    }

    /// What an hour costs at `now`, bought as `purchase`.
    #[must_use]
    pub fn price(
        &mut self,
        instance_type: TypeId,
        facts: &InstanceType,
        zone: ZoneId,
        purchase: PurchaseOption,
        now: SimTime,
    ) -> Price {
        match (purchase, &mut self.market) {
            (PurchaseOption::OnDemand, _) => facts.on_demand.unwrap_or_default(),
            (PurchaseOption::Spot, Some(market)) if market.prices_vary() => {
                let pool = market.pool(instance_type, facts, zone);
                market.price(pool, now)
            }
            (PurchaseOption::Spot, _) => self.prices.of_ratio(facts),
        }
    }

    /// What an instance is billed by.
    #[must_use]
    pub fn rate(
        &mut self,
        instance_type: TypeId,
        facts: &InstanceType,
        zone: ZoneId,
        purchase: PurchaseOption,
    ) -> Rate {
        match (purchase, &mut self.market) {
            (PurchaseOption::Spot, Some(market)) if market.prices_vary() => {
                let pool = market.pool(instance_type, facts, zone);
                market.rate(pool)
            }
            _ => Rate::Constant(self.price(instance_type, facts, zone, purchase, SimTime::ZERO)),
        }
    }

    /// What is public of a Spot pool at `now`: its placement score, 1 to 10 (10 where nothing is
    /// ever refused), and its price where prices change.
    pub fn look(
        &mut self,
        instance_type: TypeId,
        facts: &InstanceType,
        zone: ZoneId,
        now: SimTime,
    ) -> (u8, Option<Price>) {
        let Some(market) = &mut self.market else { return (10, None) };
        let pool = market.pool(instance_type, facts, zone);
        let price = market.prices_vary().then(|| market.price(pool, now));
        (market.placement_score(pool, now), price)
    }

    /// What the market has in store for `instance`, a Spot instance of a type in a zone; `None`
    /// without a market.
    pub fn prospect(
        &mut self,
        instance: InstanceId,
        instance_type: TypeId,
        facts: &InstanceType,
        zone: ZoneId,
        now: SimTime,
    ) -> Option<Prospect> {
        let market = self.market.as_mut()?;
        let pool = market.pool(instance_type, facts, zone);
        let next_reclaim = market.next_reclaim(pool, now);
        Some(Prospect { pool, next_reclaim, life: market.life(pool, instance) })
    }

    /// When the price of `pool` first is `most` or more, from `now` on; the end of time if never.
    #[must_use]
    pub fn priced_out_at(&self, pool: PoolId, most: Price, now: SimTime) -> SimTime {
        let rate = self.market.as_ref().map(|market| market.rate(pool));
        let Some(Rate::Varying(series)) = rate else { return SimTime::MAX };
        series.first_at_least(most, now).unwrap_or(SimTime::MAX)
    }

    /// The reclaim event of `pool` that is due now, and the instant of the next one while the pool
    /// has instances.
    pub fn reclaim(&mut self, pool: PoolId, now: SimTime) -> Option<(Reclaim, Option<SimTime>)> {
        let market = self.market.as_mut()?;
        let reclaim = market.reclaim(pool, now);
        let next = market.is_used(pool).then(|| market.next_reclaim(pool, now));
        Some((reclaim, next))
    }
}

/// The lowest price that an hour of a type may come to in any of its zones, whatever is drawn.
#[must_use]
pub fn lowest_price(
    spot: Option<&SpotMarketConfig>,
    instance_type: TypeId,
    facts: &InstanceType,
    purchase: PurchaseOption,
) -> Price {
    let on_demand = facts.on_demand.unwrap_or_default();
    if purchase == PurchaseOption::OnDemand {
        return on_demand;
    }
    let prices = spot.map_or(&PriceConfig::DEFAULT, |spot| &spot.prices);
    let ratio = prices.of_ratio(facts);
    match &prices.model {
        PriceModelConfig::Ratio => ratio,
        PriceModelConfig::RandomWalk(walk) => walk.lowest(ratio, on_demand),
        PriceModelConfig::History(history) => match history.lowest(instance_type, &facts.zones) {
            (Some(lowest), true) => lowest,
            (Some(lowest), false) => lowest.min(ratio),
            (None, _) => ratio,
        },
    }
}
