//! SPOT_PRICE_CAPACITY_OPTIMIZED: the cheapest vCPU among the deepest pools.
//!
//! "Deepest" is the upper part of the scores of the pools that fit and are not refused: a quantile,
//! so that it means something in good and in bad times. All of a launch goes into the best pool.

use super::candidates::{Group, Ranking, obtainable};
use super::draft::{Choice, Zones, plan_by_group};
use super::sizing::{price_per_vcpu, size_key};
use super::{AllocationStrategy, Denial, Offering, Rejected, Rejection};
use crate::ec2::fleet::PurchaseOption;

/// `SPOT_PRICE_CAPACITY_OPTIMIZED` (behaviour 6.2).
pub(super) static SPOT_PRICE_CAPACITY_OPTIMIZED: AllocationStrategy = AllocationStrategy {
    name: "SPOT_PRICE_CAPACITY_OPTIMIZED",
    summary: "the lowest price per vCPU among the Spot pools least likely to be interrupted",
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
    let threshold = score_threshold(group);
    let ranking = Ranking {
        eligible: |pool: &Offering| {
            obtainable(group, pool)?;
            let deep = pool.placement_score >= threshold;
            if deep { Ok(()) } else { Err(Rejection::BelowScoreQuantile) }
        },
        key: |pool: &Offering| {
            let score = u64::from(u8::MAX - pool.placement_score);
            let (class, order) = size_key(group, pool);
            [price_per_vcpu(pool), score, class, order]
        },
        reasons: [
            Rejection::DearerPerVcpu,
            Rejection::LowerPlacementScore,
            Rejection::OtherSizePreferred,
            Rejection::OtherSizePreferred,
        ],
    };
    let pool = ranking.choose(group, demand_index, rejected).ok_or_else(|| group.denial())?;
    Ok(Choice { pool, zones: Zones::Best })
}

/// The nearest-rank quantile of the scores of the pools that can be had.
fn score_threshold(group: &Group<'_>) -> u8 {
    let mut by_score = [0_usize; u8::MAX as usize + 1];
    let mut pools = 0_u32;
    let can_be_had =
        |pool: &&Offering| group.shortage(pool).is_none() && obtainable(group, pool).is_ok();
    let all = || group.view.offerings.iter().filter(can_be_had);
    // A size that is the last resort does not raise the bar for the others.
    let exceed = all().all(|pool| group.exceeds_max_vcpus(pool));
    for pool in all().filter(|pool| group.exceeds_max_vcpus(pool) == exceed) {
        by_score[usize::from(pool.placement_score)] += 1;
        pools += 1;
    }
    // A product that should be whole may be a little more, and would be rounded up to the next.
    let rank = (f64::from(pools) * group.view.score_quantile - 1e-9).ceil() as usize;
    let mut seen = 0;
    let reaches = |count: &usize| {
        seen += count;
        seen >= rank
    };
    by_score.iter().position(reaches).map_or(0, |score| score as u8)
}

#[cfg(test)]
mod tests {
    use super::super::scene::{Scene, types};
    use super::*;

    /// Ten types of one zone each, scores 1 to 10; the deeper the dearer.
    fn ten_types() -> Scene {
        let scene = (0..10).fold(Scene::new().zones(1), |scene, id| {
            scene.offer(id, 4, 8_000, 100 + id).score(id, id as u8 + 1)
        });
        scene.jobs(8, 1, 1_000)
    }

    #[test]
    fn spot_price_capacity_optimized_takes_the_cheapest_of_the_deepest_pools() {
        let plan = ten_types().plan(&SPOT_PRICE_CAPACITY_OPTIMIZED);
        assert_eq!(types(&plan), [6], "scores 7 to 10 are considered, 7 is the cheapest");
        let why: Vec<_> = plan.rejected.iter().map(|r| r.why).collect();
        assert_eq!(why[0], Rejection::BelowScoreQuantile);
        assert_eq!(why[8], Rejection::DearerPerVcpu);
    }

    #[test]
    fn the_quantile_says_how_deep_a_pool_must_be() {
        let at = |quantile| {
            types(&ten_types().score_quantile(quantile).plan(&SPOT_PRICE_CAPACITY_OPTIMIZED))
        };
        assert_eq!([at(0.0), at(0.3), at(1.0)], [[0], [2], [9]], "ten scores, 1 to 10");
    }

    #[test]
    fn the_quantile_is_of_the_pools_that_can_be_had() {
        let scene = (6..10).fold(ten_types(), Scene::refuse);
        assert_eq!(types(&scene.plan(&SPOT_PRICE_CAPACITY_OPTIMIZED)), [4], "0.7 of 1..=6 is 5");
    }

    #[test]
    fn spot_price_capacity_optimized_breaks_equal_prices_by_score() {
        let scene = Scene::new().offer(0, 4, 8_000, 100).offer(1, 8, 16_000, 200);
        let scene = scene.score_in_zone(0, 0, 8).score_in_zone(0, 1, 8).jobs(2, 1, 1_000);
        let scene = scene.score_in_zone(1, 0, 9).score_in_zone(1, 1, 8);
        assert_eq!(types(&scene.plan(&SPOT_PRICE_CAPACITY_OPTIMIZED)), [1]);
    }
}
