//! SPOT_CAPACITY_OPTIMIZED: the pool least likely to be interrupted, whatever it costs.
//!
//! All of a launch goes into the best pool. A running type is no argument: it would defeat the
//! score.

use super::candidates::{Group, Ranking, obtainable};
use super::draft::{Choice, Zones, plan_by_group};
use super::sizing::{price_per_vcpu, size_key};
use super::{AllocationStrategy, Denial, Offering, Rejected, Rejection};
use crate::ec2::fleet::PurchaseOption;

/// `SPOT_CAPACITY_OPTIMIZED` (behaviour 6.2).
pub(super) static SPOT_CAPACITY_OPTIMIZED: AllocationStrategy = AllocationStrategy {
    name: "SPOT_CAPACITY_OPTIMIZED",
    summary: "the Spot pool that is least likely to be interrupted",
    bought: &[PurchaseOption::Spot],
    keeps_to_max_vcpus: &[],
    waits_for_its_type: false,
    plan: |need, view| plan_by_group(need, view, choose),
};

fn choose<'a>(
    group: &Group<'a>,
    demand_index: usize,
    rejected: &mut Vec<Rejected>,
) -> Result<Choice<'a>, Denial> {
    let ranking = Ranking {
        eligible: |pool: &Offering| obtainable(group, pool),
        key: |pool: &Offering| {
            let score = u64::from(u8::MAX - pool.placement_score);
            let (class, order) = size_key(group, pool);
            [score, u64::from(pool.interruption_band), class, order, price_per_vcpu(pool)]
        },
        reasons: [
            Rejection::LowerPlacementScore,
            Rejection::InterruptedMoreOften,
            Rejection::OtherSizePreferred,
            Rejection::OtherSizePreferred,
            Rejection::DearerPerVcpu,
        ],
    };
    let pool = ranking.choose(group, demand_index, rejected).ok_or_else(|| group.denial())?;
    Ok(Choice { pool, zones: Zones::Best })
}

#[cfg(test)]
mod tests {
    use super::super::scene::{Scene, types};
    use super::*;

    fn two_types() -> Scene {
        Scene::new().offer(0, 4, 8_000, 100).offer(1, 4, 8_000, 300).jobs(8, 1, 1_000)
    }

    #[test]
    fn spot_capacity_optimized_prefers_the_deeper_pool_at_any_price() {
        let plan = two_types().score(0, 5).score(1, 9).plan(&SPOT_CAPACITY_OPTIMIZED);
        assert_eq!(types(&plan), [1]);
        assert_eq!(plan.rejected[0].why, Rejection::LowerPlacementScore);
    }

    #[test]
    fn spot_capacity_optimized_breaks_equal_scores_by_interruptions_then_price() {
        assert_eq!(types(&two_types().band(0, 4).band(1, 1).plan(&SPOT_CAPACITY_OPTIMIZED)), [1]);
        assert_eq!(types(&two_types().plan(&SPOT_CAPACITY_OPTIMIZED)), [0]);
    }

    #[test]
    fn spot_capacity_optimized_launches_all_into_the_best_zone() {
        let plan = two_types().score_in_zone(0, 0, 3).score_in_zone(0, 1, 10).score(1, 3);
        let plan = plan.plan(&SPOT_CAPACITY_OPTIMIZED);
        assert_eq!((plan.launches.len(), plan.launches[0].zone.raw()), (1, 1));
        assert_eq!(plan.launches[0].count, 2);
    }

    #[test]
    fn spot_capacity_optimized_passes_over_refused_pools() {
        let scene = two_types().score(0, 9).score(1, 2).refuse(0);
        assert_eq!(types(&scene.plan(&SPOT_CAPACITY_OPTIMIZED)), [1]);
    }
}
