//! BEST_FIT_PROGRESSIVE_ORDERED: the first type of the list that can be had.
//!
//! What one entry stands for, a family for instance, is ordered as BEST_FIT_PROGRESSIVE orders it.
//! Neither a lower price nor a running type outweighs the list.

use super::best_fit_progressive::{PROGRESSIVE_REASONS, progressive_key};
use super::candidates::{Group, Ranking, obtainable};
use super::draft::{Choice, Zones, plan_by_group};
use super::{AllocationStrategy, Denial, Offering, Rejected, Rejection};
use crate::ec2::fleet::PurchaseOption;

/// `BEST_FIT_PROGRESSIVE_ORDERED` (behaviour 6.2).
pub(super) static BEST_FIT_PROGRESSIVE_ORDERED: AllocationStrategy = AllocationStrategy {
    name: "BEST_FIT_PROGRESSIVE_ORDERED",
    summary: "the first type in the order of the list; the next type when one is refused",
    bought: &[PurchaseOption::OnDemand],
    keeps_to_max_vcpus: &[],
    waits_for_its_type: false,
    plan: |need, view| plan_by_group(need, view, choose),
};

fn choose<'a>(
    group: &Group<'a>,
    demand_index: usize,
    rejected: &mut Vec<Rejected>,
) -> Result<Choice<'a>, Denial> {
    let [price, running, class, order] = PROGRESSIVE_REASONS;
    let ranking = Ranking {
        eligible: |pool: &Offering| obtainable(group, pool),
        key: |pool: &Offering| {
            let [price, new, class, order] = progressive_key(group, pool);
            [u64::from(pool.listed_rank), price, new, class, order]
        },
        reasons: [Rejection::ListedLater, price, running, class, order],
    };
    let pool = ranking.choose(group, demand_index, rejected).ok_or_else(|| group.denial())?;
    Ok(Choice { pool, zones: Zones::Balanced })
}

#[cfg(test)]
mod tests {
    use super::super::Dimension;
    use super::super::scene::{Scene, types};
    use super::*;

    /// Two types of four vCPUs; the dear one is listed first.
    fn dear_first() -> Scene {
        let scene = Scene::new().offer(0, 4, 8_000, 200).offer(1, 4, 8_000, 300);
        scene.rank(0, 1).rank(1, 0)
    }

    #[test]
    fn best_fit_progressive_ordered_keeps_strictly_to_the_listed_order() {
        let plan = dear_first().live(0, 9).jobs(1, 1, 1_000).plan(&BEST_FIT_PROGRESSIVE_ORDERED);
        assert_eq!(types(&plan), [1], "at any price, whatever is running");
        assert_eq!(plan.rejected[0].why, Rejection::ListedLater);
    }

    #[test]
    fn best_fit_progressive_ordered_takes_the_next_of_the_list_when_one_is_refused() {
        let plan = dear_first().refuse(1).jobs(1, 1, 1_000).plan(&BEST_FIT_PROGRESSIVE_ORDERED);
        assert_eq!(types(&plan), [0]);
        assert_eq!(plan.rejected[0].why, Rejection::AllZonesRefused);
    }

    #[test]
    fn best_fit_progressive_ordered_skips_types_that_do_not_fit() {
        let scene = dear_first().offer(2, 16, 64_000, 9_000).rank(2, 2);
        let plan = scene.jobs(1, 4, 30_000).plan(&BEST_FIT_PROGRESSIVE_ORDERED);
        assert_eq!(types(&plan), [2]);
        assert!(plan.rejected.iter().all(|r| r.why == Rejection::TooSmall(Dimension::Memory)));
    }

    #[test]
    fn a_family_gives_the_sizes_that_best_fit_and_larger_ones_as_a_fallback() {
        // Types 1 to 3 are one family at one price per vCPU, listed before the cheaper type 0.
        let scene = Scene::new().offer(0, 16, 32_000, 100).rank(0, 1).offer(1, 4, 8_000, 200);
        let scene = scene.offer(2, 16, 32_000, 800).offer(3, 64, 128_000, 3_200);
        let scene = scene.jobs(26, 1, 1_000);
        assert_eq!(types(&scene.clone().plan(&BEST_FIT_PROGRESSIVE_ORDERED)), [2]);
        let refused = scene.refuse(2);
        assert_eq!(types(&refused.clone().plan(&BEST_FIT_PROGRESSIVE_ORDERED)), [3]);
        assert_eq!(types(&refused.refuse(3).plan(&BEST_FIT_PROGRESSIVE_ORDERED)), [1]);
    }
}
