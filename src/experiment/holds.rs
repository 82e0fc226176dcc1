//! What compute environments can ever hold: the largest job of each type that they may launch.
//!
//! A type registers less memory than it advertises; one job never exceeds `maxvCpus`; an instance
//! larger than `maxvCpus` is launched only where the strategy may overshoot. Knows neither jobs nor
//! how a scenario is written.

use crate::batch::compute_environment::{ComputeEnvironment, ComputeEnvironmentId};
use crate::batch::job_definition::Requirements;
use crate::batch::job_queue::JobQueue;
use crate::ec2::catalog::{Catalog, TypeId};
use crate::world::profile::{Overshoot, Profile};

/// The largest job that one type of one environment can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Hold {
    pub(super) environment: ComputeEnvironmentId,
    pub(super) instance_type: TypeId,
    pub(super) most: Requirements,
}

impl Hold {
    /// Whether a job of these requirements fits on an empty instance.
    pub(super) fn can_hold(&self, wanted: Requirements) -> bool {
        fits(wanted, self.most)
    }
}

/// Whether `wanted` exceeds `most` in no dimension.
pub(super) fn fits(wanted: Requirements, most: Requirements) -> bool {
    wanted.vcpus <= most.vcpus && wanted.memory_mib <= most.memory_mib && wanted.gpus <= most.gpus
}

/// Whether the last instance of an environment may exceed its `maxvCpus`.
pub(super) fn may_overshoot(environment: &ComputeEnvironment, profile: &Profile) -> bool {
    profile.overshoot == Overshoot::OneInstance
        && environment.strategy().is_some_and(|s| s.may_exceed_max_vcpus(environment.purchase))
}

/// By queue: what its environments hold, in the queue's order. DISABLED environments count only
/// where a queue has no other: a job may wait for one to be enabled.
pub(super) fn by_queue(
    queues: &[JobQueue],
    environments: &[ComputeEnvironment],
    catalog: &Catalog,
    profile: &Profile,
) -> Vec<Vec<Hold>> {
    let by_environment: Vec<Vec<Hold>> = environments
        .iter()
        .enumerate()
        .map(|(index, environment)| {
            let id = ComputeEnvironmentId::from_index(index);
            of_environment(id, environment, catalog, profile)
        })
        .collect();
    let of_queue = |queue: &JobQueue| {
        let all = &queue.compute_environments;
        let any_enabled = all.iter().any(|id| environments[id.index()].enabled);
        let counts = |id: &&ComputeEnvironmentId| environments[id.index()].enabled || !any_enabled;
        all.iter().filter(counts).flat_map(|id| by_environment[id.index()].clone()).collect()
    };
    queues.iter().map(of_queue).collect()
}

/// What each type that an environment may launch holds, in listed order.
pub(super) fn of_environment(
    id: ComputeEnvironmentId,
    environment: &ComputeEnvironment,
    catalog: &Catalog,
    profile: &Profile,
) -> Vec<Hold> {
    let overshoot = may_overshoot(environment, profile);
    let known = &environment.model.registered_memory;
    environment
        .instance_types
        .iter()
        .map(|listed| listed.id)
        .filter(|t| overshoot || catalog.get(*t).vcpus <= environment.max_vcpus)
        .filter(|_| environment.max_vcpus > 0)
        .map(|t| {
            let instance_type = catalog.get(t);
            let known = known.iter().find(|(known, _)| *known == t).map(|(_, mib)| *mib);
            let registered = || profile.registered_mib(instance_type.memory_mib);
            let most = Requirements {
                vcpus: instance_type.vcpus.min(environment.max_vcpus),
                memory_mib: known.unwrap_or_else(registered),
                gpus: instance_type.gpus,
            };
            Hold { environment: id, instance_type: t, most }
        })
        .collect()
}
