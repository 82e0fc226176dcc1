//! What every strategy of the registry promises, on random needs and views. Tests only.

use super::candidates::{capacity, jobs_that_fit};
use super::scene::{Scene, types};
use super::{AllocationStrategy, FleetPlan, InstanceSizing, Rejection, STRATEGIES, find};
use crate::batch::job_definition::Requirements;
use crate::ec2::fleet::PurchaseOption;
use proptest::prelude::*;

prop_compose! {
    fn scene()(
        // vCPUs as a power of two, GiB and milli-USD per vCPU, refused by zone, score, band, rank.
        types in prop::collection::vec(
            (0_u32..7, 1_u32..9, 20_u32..90, 0_u8..4, 1_u8..11, 0_u8..5, 0_u32..4),
            0..9,
        ),
        jobs in prop::collection::vec((1_u32..40, 1_u32..20, 0_u32..40_000), 0..6),
        room in 0_u32..200,
        overshoot in any::<bool>(),
        sticky in any::<bool>(),
        live in 0_u32..9,
        sizing in prop::sample::select(vec![
            InstanceSizing::HalfDemand,
            InstanceSizing::SmallestFit,
            InstanceSizing::Largest,
        ]),
    ) -> Scene {
        let mut scene = Scene::new().room(room).max_vcpus(100.max(room)).sizing(sizing);
        for (id, (power, gib, milli, refused, score, band, rank)) in (0..).zip(types) {
            let vcpus = 1 << power;
            scene = scene.offer(id, vcpus, vcpus * gib * 1_000, vcpus * milli);
            scene = scene.score(id, score).score_in_zone(id, 1, 11 - score).band(id, band);
            scene = scene.rank(id, rank);
            for zone in (0..2).filter(|zone| refused & (1 << zone) != 0) {
                scene = scene.refuse_in_zone(id, zone);
            }
        }
        for (count, vcpus, memory_mib) in jobs {
            scene = scene.jobs(count, vcpus, memory_mib);
        }
        scene = scene.live(live, 3);
        if overshoot { scene = scene.overshoot(); }
        if sticky { scene } else { scene.not_sticky() }
    }
}

/// Replays the plan job by job: every covered job finds room on an instance that is launched for
/// its own demand or for an earlier one, in order of launch.
fn check_capacity(scene: &Scene, plan: &FleetPlan) -> Result<(), TestCaseError> {
    let mut instances: Vec<Requirements> = Vec::new();
    for (index, demand) in scene.demand.iter().enumerate() {
        for launch in plan.launches.iter().filter(|launch| launch.demand_index == index) {
            let pool = scene.offerings.iter().find(|o| o.instance_type == launch.instance_type);
            prop_assert!(pool.is_some(), "{launch:?} is of no offered type");
            let free = pool.map(capacity).unwrap_or_default();
            instances.extend((0..launch.count).map(|_| free));
        }
        let left = plan.uncovered.iter().filter(|u| u.demand_index == index);
        let left: u32 = left.map(|u| u.count).sum();
        prop_assert!(left <= demand.count);
        let job = demand.requirements;
        for _ in left..demand.count {
            let free = instances.iter_mut().find(|free| jobs_that_fit(**free, job) > 0);
            prop_assert!(free.is_some(), "no room for a covered job of demand {index}");
            if let Some(free) = free {
                free.vcpus -= job.vcpus;
                free.memory_mib -= job.memory_mib;
            }
        }
    }
    Ok(())
}

fn check_launches(scene: &Scene, plan: &FleetPlan) -> Result<(), TestCaseError> {
    let (need, mut room) = (scene.need(), i64::from(scene.room_vcpus));
    for launch in &plan.launches {
        let pool = scene
            .offerings
            .iter()
            .find(|o| o.instance_type == launch.instance_type && o.zone == launch.zone);
        let Some(pool) = pool else {
            return Err(TestCaseError::fail(format!("{launch:?} is into no offered pool")));
        };
        prop_assert!(!pool.refused && launch.count > 0);
        room -= i64::from(pool.vcpus) * i64::from(launch.count);
        let limit = if need.may_overshoot { -i64::from(pool.vcpus) } else { -1 };
        prop_assert!(room > limit, "room {room} after {launch:?}");
    }
    let mut keys: Vec<_> =
        plan.launches.iter().map(|l| (l.demand_index, l.instance_type, l.zone)).collect();
    let count = keys.len();
    keys.dedup();
    prop_assert!(keys.len() == count && keys.is_sorted_by_key(|key| key.0));
    Ok(())
}

/// The same pools with the types listed in reverse.
fn listed_backwards(scene: &Scene) -> Scene {
    let mut reversed = scene.clone();
    reversed.offerings.sort_by_key(|o| (std::cmp::Reverse(o.instance_type), o.zone));
    reversed
}

proptest! {
    #[test]
    fn every_strategy_keeps_its_promises(scene in scene()) {
        for strategy in STRATEGIES {
            let plan = scene.plan(strategy);
            check_capacity(&scene, &plan)?;
            check_launches(&scene, &plan)?;
            prop_assert_eq!(&scene.plan(strategy), &plan, "same input, same plan");
            let backwards = listed_backwards(&scene).plan(strategy);
            prop_assert_eq!(&backwards.launches, &plan.launches);
            prop_assert_eq!(&backwards.uncovered, &plan.uncovered);
            let sorted = |plan: &FleetPlan| {
                let mut rejected = plan.rejected.clone();
                rejected.sort_unstable();
                rejected
            };
            prop_assert_eq!(sorted(&backwards), sorted(&plan));
        }
    }
}

#[test]
fn every_strategy_is_found_by_its_name_and_says_what_it_prefers() {
    for strategy in STRATEGIES {
        assert_eq!(find(strategy.name()).map(AllocationStrategy::name), Some(strategy.name()));
        assert!(strategy.summary().len() > 20 && !strategy.summary().ends_with('.'));
        let purchases = [PurchaseOption::OnDemand, PurchaseOption::Spot];
        assert!(purchases.into_iter().any(|purchase| strategy.allowed_on(purchase)));
    }
    assert!(find("best_fit").is_none(), "names are AWS's, to the letter");
}

#[test]
fn every_strategy_but_best_fit_may_exceed_max_vcpus_on_demand() {
    let keeps: Vec<_> = STRATEGIES
        .iter()
        .filter(|s| !s.may_exceed_max_vcpus(PurchaseOption::OnDemand))
        .map(|s| s.name())
        .collect();
    assert_eq!(keeps, ["BEST_FIT"]);
}

#[test]
fn the_guide_shows_the_code_as_it_is() {
    let guide = include_str!("../../../docs/how-to/add-an-allocation-strategy.md");
    let sources = [include_str!("../allocation.rs"), include_str!("spot_capacity_optimized.rs")];
    let blocks: Vec<_> = guide.split("```rust\n").skip(1).map(|b| b.split("```").next()).collect();
    assert!(blocks.len() >= 4);
    for block in blocks.into_iter().flatten() {
        assert!(sources.iter().any(|source| source.contains(block.trim_end())), "{block}");
    }
}

#[test]
fn a_size_that_exceeds_max_vcpus_is_the_last_resort_of_every_strategy() {
    for strategy in STRATEGIES {
        // The large type is cheaper, deeper, calmer and listed first.
        let scene = Scene::new().offer(0, 4, 8_000, 400).offer(1, 128, 256_000, 1_280);
        let scene = scene.score(0, 1).score(1, 10).band(0, 4).rank(0, 1).live(1, 1);
        let scene = scene.max_vcpus(8).room(8).overshoot().jobs(1, 1, 1_000);
        let plan = scene.plan(strategy);
        assert_eq!(types(&plan), [0], "{}", strategy.name());
        assert_eq!(plan.rejected[0].why, Rejection::ExceedsMaxVcpus, "{}", strategy.name());
        let plan = scene.refuse(0).plan(strategy);
        let last: &[u32] = if strategy.waits_for_its_type() { &[] } else { &[1] };
        assert_eq!(types(&plan), last, "{}", strategy.name());
    }
}
