//! BEST_FIT_PROGRESSIVE: lowest On-Demand price per vCPU, the next type when one is refused.
//!
//! Among types of equal price, one that the environment has already is requested again
//! (`stickyType`), otherwise the size rule decides; both were observed on On-Demand runs
//! (behaviour 6.2). A running type never outweighs a lower price: that preference is documented.

use super::candidates::{Group, Ranking, obtainable};
use super::draft::{Choice, Zones, plan_by_group};
use super::sizing::{on_demand_per_vcpu, size_key};
use super::{AllocationStrategy, Denial, FleetView, Offering, Rejected, Rejection};
use crate::ec2::catalog::TypeId;
use crate::ec2::fleet::PurchaseOption;

/// `BEST_FIT_PROGRESSIVE` (behaviour 6.2).
pub(super) static BEST_FIT_PROGRESSIVE: AllocationStrategy = AllocationStrategy {
    name: "BEST_FIT_PROGRESSIVE",
    summary: "the lowest On-Demand price per vCPU; the next type when one is refused",
    bought: &[PurchaseOption::OnDemand, PurchaseOption::Spot],
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
        key: |pool: &Offering| progressive_key(group, pool),
        reasons: PROGRESSIVE_REASONS,
    };
    let pool = ranking.choose(group, demand_index, rejected).ok_or_else(|| group.denial())?;
    Ok(Choice { pool, zones: Zones::Balanced })
}

/// Lowest On-Demand price per vCPU, then a type that is running already, then the size rule.
pub(super) fn progressive_key(group: &Group<'_>, pool: &Offering) -> [u64; 4] {
    let new = group.view.sticky_type && !is_live(group.view, pool.instance_type);
    let (class, order) = size_key(group, pool);
    [on_demand_per_vcpu(pool), u64::from(new), class, order]
}

/// Why a type that loses in [`progressive_key`] was not taken.
pub(super) const PROGRESSIVE_REASONS: [Rejection; 4] = [
    Rejection::DearerPerVcpu,
    Rejection::NotYetRunning,
    Rejection::OtherSizePreferred,
    Rejection::OtherSizePreferred,
];

fn is_live(view: &FleetView<'_>, instance_type: TypeId) -> bool {
    let found = view.live_types.binary_search_by_key(&instance_type, |(live, _)| *live);
    found.is_ok_and(|at| view.live_types[at].1 > 0)
}

#[cfg(test)]
mod tests {
    use super::super::scene::{Scene, launched, types};
    use super::*;

    #[test]
    fn best_fit_progressive_prefers_lower_cost_per_vcpu() {
        let scene = Scene::new().offer(0, 4, 8_000, 200).offer(1, 16, 32_000, 700);
        let plan = scene.jobs(1, 1, 1_000).plan(&BEST_FIT_PROGRESSIVE);
        assert_eq!(types(&plan), [1], "dearer for this one job, cheaper per vCPU");
        assert_eq!(plan.rejected[0].why, Rejection::DearerPerVcpu);
    }

    #[test]
    fn best_fit_progressive_takes_the_next_type_when_the_first_is_refused() {
        let scene = Scene::new().offer(0, 4, 8_000, 200).offer(1, 4, 8_000, 300).refuse(0);
        let plan = scene.jobs(1, 1, 1_000).plan(&BEST_FIT_PROGRESSIVE);
        assert_eq!(types(&plan), [1]);
        assert_eq!(plan.rejected[0].why, Rejection::AllZonesRefused);
    }

    #[test]
    fn sizes_of_one_price_per_vcpu_are_chosen_by_half_of_the_demand() {
        let family = Scene::new().offer(0, 4, 8_000, 200).offer(1, 16, 32_000, 800);
        let scene = family.offer(2, 64, 128_000, 3_200);
        assert_eq!(types(&scene.jobs(26, 1, 1_000).plan(&BEST_FIT_PROGRESSIVE)), [1]);
    }

    #[test]
    fn a_type_that_is_running_is_requested_again_at_an_equal_price() {
        let scene = || Scene::new().offer(0, 4, 8_000, 200).offer(1, 16, 32_000, 800).live(0, 1);
        let demand = |scene: Scene| scene.jobs(26, 1, 1_000);
        assert_eq!(types(&demand(scene()).plan(&BEST_FIT_PROGRESSIVE)), [0]);
        assert_eq!(types(&demand(scene().not_sticky()).plan(&BEST_FIT_PROGRESSIVE)), [1]);
    }

    #[test]
    fn a_type_that_is_running_does_not_outweigh_a_lower_price() {
        let scene = Scene::new().offer(0, 4, 8_000, 200).offer(1, 4, 8_000, 300).live(1, 9);
        assert_eq!(types(&scene.jobs(1, 1, 1_000).plan(&BEST_FIT_PROGRESSIVE)), [0]);
    }

    #[test]
    fn one_fat_job_does_not_filter_types_for_the_others() {
        let scene = Scene::new().offer(0, 4, 8_000, 200).offer(1, 4, 32_000, 260);
        let plan = scene.jobs(1, 4, 30_000).jobs(4, 4, 4_000).plan(&BEST_FIT_PROGRESSIVE);
        assert_eq!((types(&plan), launched(&plan)), (vec![1, 0], 5));
    }

    #[test]
    fn an_on_demand_environment_without_room_for_a_type_takes_a_smaller_one() {
        let scene = Scene::new().offer(0, 16, 32_000, 700).offer(1, 4, 8_000, 200).room(10);
        let plan = scene.jobs(16, 1, 1_000).plan(&BEST_FIT_PROGRESSIVE);
        assert_eq!((types(&plan), launched(&plan)), (vec![1], 2));
        assert_eq!(plan.rejected[0].why, Rejection::LargerThanRoom);
    }
}
