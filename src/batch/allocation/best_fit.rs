//! BEST_FIT: the one type on which the jobs cost least, waited for when it is refused.
//!
//! The choice looks at neither refusals nor the room left, so that it does not change with them.

use super::candidates::{Group, Ranking, capacity, jobs_that_fit};
use super::draft::{Choice, Zones, plan_by_group};
use super::{AllocationStrategy, Denial, Offering, Rejected, Rejection};
use crate::ec2::fleet::PurchaseOption;

/// `BEST_FIT` (behaviour 6.2).
pub(super) static BEST_FIT: AllocationStrategy = AllocationStrategy {
    name: "BEST_FIT",
    summary: "the one type on which the jobs cost least; waits for it when it is refused",
    bought: &[PurchaseOption::OnDemand, PurchaseOption::Spot],
    // The only strategy that keeps to `maxvCpus`, and On-Demand only.
    keeps_to_max_vcpus: &[PurchaseOption::OnDemand],
    waits_for_its_type: true,
    plan: |need, view| plan_by_group(need, view, choose),
};

/// Fewest dollars an hour for the whole group, then the smaller type.
fn choose<'a>(
    group: &Group<'a>,
    demand_index: usize,
    rejected: &mut Vec<Rejected>,
) -> Result<Choice<'a>, Denial> {
    let ranking = Ranking {
        eligible: |pool: &Offering| match pool.vcpus <= group.view.max_vcpus || group.may_overshoot
        {
            true => Ok(()),
            false => Err(Rejection::LargerThanRoom),
        },
        key: |pool: &Offering| {
            [packing_cost(group, pool), u64::from(pool.vcpus), u64::from(pool.memory_mib)]
        },
        reasons: [
            Rejection::NotCheapest,
            Rejection::OtherSizePreferred,
            Rejection::OtherSizePreferred,
        ],
    };
    let pool = ranking.choose(group, demand_index, rejected).ok_or_else(|| group.denial())?;
    let instance_type = pool.instance_type;
    if !group.has_room_for(pool) {
        return Err(Denial::NoRoom);
    }
    if group.view.offerings.iter().all(|o| o.instance_type != instance_type || o.refused) {
        rejected.push(Rejected { demand_index, instance_type, why: Rejection::AllZonesRefused });
        return Err(Denial::Refused);
    }
    Ok(Choice { pool, zones: Zones::CheapestBalanced })
}

/// Nano-USD an hour of the instances that hold the group, or what of it the room lets start.
fn packing_cost(group: &Group<'_>, pool: &Offering) -> u64 {
    let each = jobs_that_fit(capacity(pool), group.requirements).max(1);
    let startable = group.room_vcpus.div_ceil(group.requirements.vcpus.max(1)).max(1);
    let instances = group.count.min(startable).div_ceil(each);
    pool.price.nano_usd_per_hour().saturating_mul(u64::from(instances))
}

#[cfg(test)]
mod tests {
    use super::super::scene::{Scene, launched, types};
    use super::*;

    #[test]
    fn best_fit_packs_the_group_on_the_type_that_costs_least() {
        // 6 jobs: three instances of type 0 for 0.30, one of type 1 for 0.28.
        let scene = Scene::new().offer(0, 2, 4_000, 100).offer(1, 8, 16_000, 280);
        assert_eq!(types(&scene.jobs(6, 1, 1_000).plan(&BEST_FIT)), [1]);
    }

    #[test]
    fn best_fit_prefers_the_smaller_type_at_equal_cost() {
        let scene = Scene::new().offer(0, 16, 32_000, 800).offer(1, 4, 8_000, 200);
        assert_eq!(types(&scene.jobs(16, 1, 1_000).plan(&BEST_FIT)), [1]);
    }

    #[test]
    fn best_fit_waits_rather_than_choosing_another_type() {
        let scene = Scene::new().offer(0, 4, 8_000, 200).offer(1, 4, 8_000, 300).refuse(0);
        let plan = scene.jobs(1, 1, 1_000).plan(&BEST_FIT);
        assert_eq!(launched(&plan), 0);
        assert_eq!(plan.uncovered[0].why, Denial::Refused);
    }

    #[test]
    fn best_fit_uses_the_zones_that_do_not_refuse_its_type() {
        let scene = Scene::new().offer(0, 4, 8_000, 200).refuse_in_zone(0, 0);
        let plan = scene.jobs(8, 1, 1_000).plan(&BEST_FIT);
        assert_eq!(plan.launches.iter().map(|l| l.zone.raw()).collect::<Vec<_>>(), [1]);
    }

    #[test]
    fn best_fit_on_demand_never_exceeds_max_vcpus() {
        let scene = Scene::new().offer(0, 8, 16_000, 400).jobs(2, 8, 1_000).room(10);
        let plan = scene.plan(&BEST_FIT);
        assert_eq!((launched(&plan), plan.uncovered[0].why), (1, Denial::NoRoom));
        assert!(!BEST_FIT.may_exceed_max_vcpus(PurchaseOption::OnDemand));
        assert!(BEST_FIT.may_exceed_max_vcpus(PurchaseOption::Spot));
    }

    #[test]
    fn best_fit_does_not_wait_for_a_type_that_max_vcpus_excludes_for_ever() {
        let scene = Scene::new().offer(0, 16, 32_000, 100).offer(1, 4, 8_000, 200);
        let plan = scene.max_vcpus(8).room(8).jobs(4, 1, 1_000).plan(&BEST_FIT);
        assert_eq!(types(&plan), [1]);
    }

    #[test]
    fn best_fit_on_spot_launches_into_the_cheapest_zone() {
        let scene = Scene::new().offer(0, 4, 8_000, 200).price_in_zone(0, 1, 50);
        let plan = scene.jobs(8, 4, 1_000).plan(&BEST_FIT);
        assert_eq!((plan.launches[0].zone.raw(), plan.launches[0].count), (1, 8));
    }
}
