//! Allocation strategies: pure policies that turn a need into a plan, one file each.
//!
//! A strategy sees what AWS shows to everyone (types, zones, registered resources, prices,
//! placement scores) and what Batch itself remembers (refusals), never the state of a market. Same
//! need and view, same plan: nothing is drawn, mutated or scheduled here, and every ranking ends in
//! ids.

mod best_fit;
mod best_fit_progressive;
mod best_fit_progressive_ordered;
mod candidates;
mod draft;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod scene;
mod sizing;
mod spot_capacity_optimized;
mod spot_capacity_optimized_prioritized;
mod spot_price_capacity_optimized;

use super::job_definition::Requirements;
use super::policy::InstanceSizing;
use crate::ec2::catalog::{TypeId, ZoneId};
use crate::ec2::fleet::PurchaseOption;
use crate::ec2::money::Price;

/// An allocation strategy of a compute environment (behaviour 6.2).
#[derive(Debug)]
pub struct AllocationStrategy {
    name: &'static str,
    summary: &'static str,
    /// The compute environments that may name it, by what they buy.
    bought: &'static [PurchaseOption],
    /// Those in which it does not exceed `maxvCpus`.
    keeps_to_max_vcpus: &'static [PurchaseOption],
    waits_for_its_type: bool,
    plan: fn(&FleetNeed<'_>, &FleetView<'_>) -> FleetPlan,
}

impl AllocationStrategy {
    /// AWS's name, `BEST_FIT` for instance.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// What it prefers, in one sentence without a full stop.
    #[must_use]
    pub const fn summary(&self) -> &'static str {
        self.summary
    }

    /// Whether a compute environment that buys so may name it.
    #[must_use]
    pub fn allowed_on(&self, purchase: PurchaseOption) -> bool {
        self.bought.contains(&purchase)
    }

    /// Whether the last instance may exceed `maxvCpus` (behaviour 6.2, "Overshoot").
    #[must_use]
    pub fn may_exceed_max_vcpus(&self, purchase: PurchaseOption) -> bool {
        !self.keeps_to_max_vcpus.contains(&purchase)
    }

    /// Whether a refused type is waited for; otherwise another type is taken.
    #[must_use]
    pub const fn waits_for_its_type(&self) -> bool {
        self.waits_for_its_type
    }

    /// What to launch for `need`. Every demanded job is covered by `launches` or listed in
    /// `uncovered`; no refused pool is launched into.
    #[must_use]
    pub fn plan(&self, need: &FleetNeed<'_>, view: &FleetView<'_>) -> FleetPlan {
        (self.plan)(need, view)
    }
}

/// Every strategy that can be named in a scenario.
pub static STRATEGIES: [&AllocationStrategy; 6] = [
    &best_fit::BEST_FIT,
    &best_fit_progressive::BEST_FIT_PROGRESSIVE,
    &best_fit_progressive_ordered::BEST_FIT_PROGRESSIVE_ORDERED,
    &spot_capacity_optimized::SPOT_CAPACITY_OPTIMIZED,
    &spot_capacity_optimized_prioritized::SPOT_CAPACITY_OPTIMIZED_PRIORITIZED,
    &spot_price_capacity_optimized::SPOT_PRICE_CAPACITY_OPTIMIZED,
];

/// The strategy of that name, as AWS spells it.
#[must_use]
pub fn find(name: &str) -> Option<&'static AllocationStrategy> {
    STRATEGIES.iter().copied().find(|strategy| strategy.name() == name)
}

/// What a compute environment wants capacity for.
#[derive(Clone, Copy, Debug)]
pub struct FleetNeed<'a> {
    /// In queue order, net of capacity that is registered or on its way. Each entry is planned as
    /// one group, so jobs of one shape should be one entry.
    pub demand: &'a [Demand],
    /// `maxvCpus` less the vCPUs requested, pending and running; 0 when exceeded.
    pub room_vcpus: u32,
    /// Whether the last instance may exceed the room.
    pub may_overshoot: bool,
}

/// Jobs of one shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Demand {
    /// What each asks of its instance.
    pub requirements: Requirements,
    /// How many there are.
    pub count: u32,
}

/// A pool (type x zone) that a compute environment may ask for: public facts and its own memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offering {
    /// The type.
    pub instance_type: TypeId,
    /// The zone.
    pub zone: ZoneId,
    /// The place in `instanceTypes` of what brought the type, 0 is the first.
    pub listed_rank: u32,
    /// vCPUs.
    pub vcpus: u32,
    /// Registered memory in MiB: less than advertised (behaviour 7).
    pub memory_mib: u32,
    /// Whole GPUs.
    pub gpus: u32,
    /// What an hour costs here, as the environment buys it.
    pub price: Price,
    /// What an hour costs On-Demand.
    pub on_demand: Price,
    /// 1..=10, higher is deeper; 10 for On-Demand.
    pub placement_score: u8,
    /// Spot Advisor band 0..=4, lower is calmer.
    pub interruption_band: u8,
    /// Remembered as refused.
    pub refused: bool,
}

/// What a strategy may know when it plans.
#[derive(Clone, Copy, Debug)]
pub struct FleetView<'a> {
    /// All pools of one type are neighbours; types in listed order, zones ascending within.
    pub offerings: &'a [Offering],
    /// Instances that the environment has or awaits, by type, ascending.
    pub live_types: &'a [(TypeId, u32)],
    /// The same, by zone, ascending.
    pub live_zones: &'a [(ZoneId, u32)],
    /// Which size of a family is preferred.
    pub sizing: InstanceSizing,
    /// Whether a type that the environment has is requested again (`stickyType`).
    pub sticky_type: bool,
    /// Pools below this quantile of the scores are not considered where price counts
    /// (`scoreQuantile`), 0 to 1.
    pub score_quantile: f64,
    /// How many neighbouring scores count as equal where the list does (`similarScores`).
    pub similar_scores: u32,
    /// Whether zones that a strategy does not tell apart share a launch (`azBalance`); else the
    /// first of them takes it.
    pub balance_zones: bool,
    /// `maxvCpus` of the environment.
    pub max_vcpus: u32,
}

/// What to launch, what stays without capacity, and why other types were not taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FleetPlan {
    /// In order of demand, zones ascending within; each (type, zone, demand) at most once.
    pub launches: Vec<Launch>,
    /// In order of demand.
    pub uncovered: Vec<Uncovered>,
    /// In order of demand, types in listed order within. Demand that found room on instances
    /// planned for earlier demand has no entries: no type was looked for.
    pub rejected: Vec<Rejected>,
}

impl FleetPlan {
    /// Whether jobs are left without capacity because of refusals.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        self.uncovered.iter().any(|uncovered| uncovered.why == Denial::Refused)
    }

    /// Takes out what is left without capacity because of refusals, of some of the demand.
    pub fn take_refused(&mut self, is_meant: impl Fn(usize) -> bool) -> Vec<Uncovered> {
        let all = std::mem::take(&mut self.uncovered);
        let of_them = |u: &Uncovered| u.why == Denial::Refused && is_meant(u.demand_index);
        let (refused, others) = all.into_iter().partition(of_them);
        self.uncovered = others;
        refused
    }

    /// Adds a plan for some of the demand; `index` tells which.
    pub fn append(&mut self, plan: Self, index: impl Fn(usize) -> usize) {
        let of = |launch: Launch| Launch { demand_index: index(launch.demand_index), ..launch };
        self.launches.extend(plan.launches.into_iter().map(of));
        let of = |left: Uncovered| Uncovered { demand_index: index(left.demand_index), ..left };
        self.uncovered.extend(plan.uncovered.into_iter().map(of));
        // Both sorts are stable, and one plan has its demand in order already.
        self.launches.sort_by_key(|launch| launch.demand_index);
        self.uncovered.sort_by_key(|uncovered| uncovered.demand_index);
    }
}

/// Instances to request from one pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Launch {
    /// The type.
    pub instance_type: TypeId,
    /// The zone.
    pub zone: ZoneId,
    /// How many, at least 1.
    pub count: u32,
    /// The demand that they are launched for; later demand may use what it leaves free.
    pub demand_index: usize,
}

/// Jobs that the plan leaves without capacity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Uncovered {
    /// Which demand.
    pub demand_index: usize,
    /// How many of its jobs, at least 1.
    pub count: u32,
    /// Why.
    pub why: Denial,
}

/// Why jobs stay without capacity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Denial {
    /// No offered type is large enough; more room or patience would not help.
    NoTypeFits,
    /// What the strategy would take is refused everywhere, until the cool-down ends.
    Refused,
    /// `maxvCpus` is reached.
    NoRoom,
}

/// A type that was not taken for a demand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rejected {
    /// Which demand.
    pub demand_index: usize,
    /// The type.
    pub instance_type: TypeId,
    /// Why.
    pub why: Rejection,
}

/// Why a type was not taken. The first criterion in which it loses counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rejection {
    /// A job does not fit on an instance.
    TooSmall(Dimension),
    /// Every zone refused it lately.
    AllZonesRefused,
    /// It exceeds the room below `maxvCpus`, which the strategy must not.
    LargerThanRoom,
    /// One instance of it is more than `maxvCpus`, which is the last resort.
    ExceedsMaxVcpus,
    /// Packing the jobs on it costs more (BEST_FIT).
    NotCheapest,
    /// The environment lists it later.
    ListedLater,
    /// A vCPU of it costs more.
    DearerPerVcpu,
    /// Its best placement score is lower.
    LowerPlacementScore,
    /// Its placement score is below the quantile that is considered at all.
    BelowScoreQuantile,
    /// It is interrupted more often.
    InterruptedMoreOften,
    /// Of the same price, the environment has another type already.
    NotYetRunning,
    /// The size rule prefers another size.
    OtherSizePreferred,
    /// Equal in every respect; the order of the catalog decided.
    LaterInCatalog,
}

/// A resource of an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dimension {
    /// vCPUs.
    Vcpus,
    /// Registered memory.
    Memory,
    /// GPUs.
    Gpus,
}
