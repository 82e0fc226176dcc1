//! SPOT_CAPACITY_OPTIMIZED_PRIORITIZED: capacity first, the listed order among similar pools.
//!
//! All of a launch goes into the best pool. Price and a running type are no argument.

use super::candidates::{Group, Ranking, obtainable};
use super::draft::{Choice, Zones, plan_by_group};
use super::sizing::size_key;
use super::{AllocationStrategy, Denial, Offering, Rejected, Rejection};
use crate::ec2::fleet::PurchaseOption;

/// `SPOT_CAPACITY_OPTIMIZED_PRIORITIZED` (behaviour 6.2).
pub(super) static SPOT_CAPACITY_OPTIMIZED_PRIORITIZED: AllocationStrategy = AllocationStrategy {
    name: "SPOT_CAPACITY_OPTIMIZED_PRIORITIZED",
    summary: "the Spot pool least likely to be interrupted; of similar ones the first listed",
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
    let similar = group.view.similar_scores.max(1);
    let ranking = Ranking {
        eligible: |pool: &Offering| obtainable(group, pool),
        key: |pool: &Offering| {
            let depth = u32::from(u8::MAX - pool.placement_score) / similar;
            let band = u64::from(pool.interruption_band);
            let (class, order) = size_key(group, pool);
            [u64::from(depth), u64::from(pool.listed_rank), band, class, order]
        },
        reasons: [
            Rejection::LowerPlacementScore,
            Rejection::ListedLater,
            Rejection::InterruptedMoreOften,
            Rejection::OtherSizePreferred,
            Rejection::OtherSizePreferred,
        ],
    };
    let pool = ranking.choose(group, demand_index, rejected).ok_or_else(|| group.denial())?;
    Ok(Choice { pool, zones: Zones::Best })
}

#[cfg(test)]
mod tests {
    use super::super::scene::{Scene, types};
    use super::*;

    /// Type 1 is listed first, though dearer and interrupted more often.
    fn two_types() -> Scene {
        let scene = Scene::new().offer(0, 4, 8_000, 100).offer(1, 4, 8_000, 300).rank(0, 1);
        scene.band(1, 4).jobs(8, 1, 1_000)
    }

    #[test]
    fn spot_capacity_optimized_prioritized_optimizes_for_capacity_first() {
        let plan = two_types().score(1, 8).score(0, 9).plan(&SPOT_CAPACITY_OPTIMIZED_PRIORITIZED);
        assert_eq!(types(&plan), [0]);
        assert_eq!(plan.rejected[0].why, Rejection::LowerPlacementScore);
    }

    #[test]
    fn the_listed_order_is_honoured_among_pools_that_are_similarly_available() {
        let plan = two_types().plan(&SPOT_CAPACITY_OPTIMIZED_PRIORITIZED);
        assert_eq!(types(&plan), [1]);
        assert_eq!(plan.rejected[0].why, Rejection::ListedLater);
    }

    #[test]
    fn neighbouring_scores_may_count_as_similar() {
        // 255 - 9 and 255 - 8 are in one pair of neighbours, 255 - 7 begins the next.
        let at = |first: u8, similar| {
            let scene = two_types().score(1, first).score(0, 9).similar_scores(similar);
            types(&scene.plan(&SPOT_CAPACITY_OPTIMIZED_PRIORITIZED))
        };
        assert_eq!([at(8, 1), at(8, 2), at(7, 2)], [[0], [1], [0]]);
    }

    #[test]
    fn pools_of_one_entry_are_ordered_by_interruptions_then_size() {
        let scene = Scene::new().offer(0, 2, 4_000, 100).offer(1, 4, 8_000, 200).jobs(8, 1, 1_000);
        let plan = |scene: Scene| types(&scene.plan(&SPOT_CAPACITY_OPTIMIZED_PRIORITIZED));
        assert_eq!(plan(scene.clone()), [1], "half of the demand is four vCPUs");
        assert_eq!(plan(scene.band(1, 1)), [0]);
    }

    #[test]
    fn spot_capacity_optimized_prioritized_passes_over_refused_pools() {
        let plan = two_types().refuse(1).plan(&SPOT_CAPACITY_OPTIMIZED_PRIORITIZED);
        assert_eq!(types(&plan), [0]);
    }
}
