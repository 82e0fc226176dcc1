//! Which size of a type suits a group of jobs, and what a vCPU of it costs.
//!
//! Plain arithmetic on integers; does not know strategies or zones. Smaller keys are better.

use super::candidates::Group;
use super::{InstanceSizing, Offering};

/// On-Demand prices per vCPU are compared in steps of 0.0001 USD an hour: AWS rounds its list
/// prices to that grid, so one family's sizes differ by as much without meaning it.
const LIST_PRICE_STEP_NANO_USD: u64 = 100_000;

/// On-Demand price of a vCPU-hour in steps of the list price grid, half up.
pub(super) fn on_demand_per_vcpu(offering: &Offering) -> u64 {
    let vcpus = u64::from(offering.vcpus.max(1));
    let step = vcpus * LIST_PRICE_STEP_NANO_USD;
    (offering.on_demand.nano_usd_per_hour() + step / 2) / step
}

/// Price of a vCPU-hour here, in thousandths of a nano-USD: Spot prices are compared exactly.
pub(super) fn price_per_vcpu(offering: &Offering) -> u64 {
    offering.price.nano_usd_per_hour() * 1_000 / u64::from(offering.vcpus.max(1))
}

/// The size rule (behaviour 6.2): (class, order within), ascending.
///
/// `half_demand` takes the smallest size that covers half of the need, else the largest.
pub(super) fn size_key(group: &Group<'_>, offering: &Offering) -> (u64, u64) {
    let vcpus = u64::from(offering.vcpus);
    let descending = u64::from(u32::MAX) - vcpus;
    match group.view.sizing {
        InstanceSizing::SmallestFit => (0, vcpus),
        InstanceSizing::Largest => (0, descending),
        InstanceSizing::HalfDemand if 2_000 * vcpus >= need_milli_vcpus(group, offering) => {
            (0, vcpus)
        }
        InstanceSizing::HalfDemand => (1, descending),
    }
}

/// The need of a group in thousandths of a vCPU of this type: a job counts for the largest of its
/// shares of vCPUs, memory and GPUs. No more than the room, since no more will be launched.
fn need_milli_vcpus(group: &Group<'_>, offering: &Offering) -> u64 {
    let milli_vcpus = u64::from(offering.vcpus) * 1_000;
    let share =
        |asked: u32, has: u32| (u64::from(asked) * milli_vcpus).div_ceil(u64::from(has.max(1)));
    let job = group.requirements;
    let per_job = (u64::from(job.vcpus) * 1_000)
        .max(share(job.memory_mib, offering.memory_mib))
        .max(share(job.gpus, offering.gpus));
    let need = per_job.saturating_mul(u64::from(group.count));
    need.min(u64::from(group.room_vcpus) * 1_000)
}

#[cfg(test)]
mod tests {
    use super::super::scene::{Scene, offering};
    use super::*;

    /// The vCPUs of the sizes 2, 4, ..., 64 in order of preference.
    fn preference(sizing: InstanceSizing, jobs: u32, max_vcpus: u32) -> Vec<u32> {
        let mut scene = Scene::new().sizing(sizing).jobs(jobs, 1, 1_024).max_vcpus(max_vcpus);
        scene.room_vcpus = max_vcpus;
        let view = scene.view();
        let group = Group::new(&scene.demand[0], jobs, &scene.need(), max_vcpus, &view);
        let mut sizes = [2, 4, 8, 16, 32, 64].map(|v| offering(v, 0, v, v * 2_048, v * 50));
        sizes.sort_by_key(|size| size_key(&group, size));
        sizes.iter().map(|size| size.vcpus).collect()
    }

    #[test]
    fn half_demand_prefers_the_smallest_size_that_covers_half_of_the_need() {
        assert_eq!(preference(InstanceSizing::HalfDemand, 26, 500), [16, 32, 64, 8, 4, 2]);
    }

    #[test]
    fn half_demand_takes_the_largest_size_when_none_covers_half_of_the_need() {
        assert_eq!(preference(InstanceSizing::HalfDemand, 555, 500)[..2], [64, 32]);
    }

    #[test]
    fn need_beyond_the_room_does_not_enlarge_the_size() {
        assert_eq!(preference(InstanceSizing::HalfDemand, 10_000, 16)[0], 8);
    }

    #[test]
    fn smallest_fit_and_largest_prefer_the_ends() {
        assert_eq!(preference(InstanceSizing::SmallestFit, 100, 500)[0], 2);
        assert_eq!(preference(InstanceSizing::Largest, 1, 500), [64, 32, 16, 8, 4, 2]);
    }

    #[test]
    fn memory_counts_towards_the_need_as_vcpus_of_the_type() {
        let scene = Scene::new().jobs(4, 1, 16_384);
        let view = scene.view();
        let group = Group::new(&scene.demand[0], 4, &scene.need(), 500, &view);
        let size = offering(0, 0, 16, 32_768, 800);
        assert_eq!(need_milli_vcpus(&group, &size), 32_000, "a job is half of such an instance");
    }

    #[test]
    fn list_prices_that_differ_by_rounding_only_are_equal_per_vcpu() {
        let (medium, large) = (offering(0, 0, 1, 2_048, 0), offering(1, 0, 2, 4_096, 0));
        let at = |base: Offering, nano| Offering {
            on_demand: crate::ec2::money::Price::from_nano_usd_per_hour(nano),
            ..base
        };
        let (medium, large) = (at(medium, 36_300_000), at(large, 72_500_000));
        assert_eq!(on_demand_per_vcpu(&medium), on_demand_per_vcpu(&large));
    }
}
