//! What compute environments can ever hold: the largest job of each type that they may launch.
//!
//! A type registers less memory than it advertises; one job never exceeds `maxvCpus`; an instance
//! larger than `maxvCpus` is launched only where the strategy may overshoot. Knows neither jobs nor
//! how a scenario is written.

use crate::batch::api_call::{ApiAction, ApiCall};
use crate::batch::compute_environment::{ComputeEnvironment, ComputeEnvironmentId};
use crate::batch::job_definition::Requirements;
use crate::batch::job_queue::{JobQueue, JobQueueId};
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

/// By queue: what its environments hold, in the queue's order; calls of the API may add to both.
/// DISABLED environments count only where a queue has no other: a job may wait for one to be
/// enabled.
pub(super) fn by_queue(
    queues: &[JobQueue],
    environments: &[ComputeEnvironment],
    api_calls: &[ApiCall],
    catalog: &Catalog,
    profile: &Profile,
) -> Vec<Vec<Hold>> {
    let by_environment: Vec<(bool, Vec<Hold>)> = environments
        .iter()
        .enumerate()
        .map(|(index, environment)| {
            let id = ComputeEnvironmentId::from_index(index);
            let versions = versions(id, environment, api_calls);
            let enabled = versions.iter().any(|version| version.enabled);
            let mut holds: Vec<Hold> = Vec::new();
            for version in &versions {
                let more = of_environment(id, version, catalog, profile);
                for hold in more {
                    if versions.len() == 1 || !holds.contains(&hold) {
                        holds.push(hold);
                    }
                }
            }
            (enabled, holds)
        })
        .collect();
    let of_queue = |(index, queue): (usize, &JobQueue)| {
        let all = environments_of(JobQueueId::from_index(index), queue, api_calls);
        let any_enabled = all.iter().any(|id| by_environment[id.index()].0);
        let counts = |id: &&ComputeEnvironmentId| by_environment[id.index()].0 || !any_enabled;
        all.iter().filter(counts).flat_map(|id| by_environment[id.index()].1.clone()).collect()
    };
    queues.iter().enumerate().map(of_queue).collect()
}

/// What an environment is in the course of a run.
fn versions(
    id: ComputeEnvironmentId,
    environment: &ComputeEnvironment,
    api_calls: &[ApiCall],
) -> Vec<ComputeEnvironment> {
    let mut versions = vec![environment.clone()];
    for call in api_calls {
        if let ApiAction::UpdateComputeEnvironment(update) = &call.action
            && update.compute_environment == id
            && let Some(last) = versions.last()
        {
            versions.push(update.apply(last));
        }
    }
    versions
}

/// The environments that a queue has in the course of a run, in order of first mention.
fn environments_of(
    id: JobQueueId,
    queue: &JobQueue,
    api_calls: &[ApiCall],
) -> Vec<ComputeEnvironmentId> {
    let mut all = queue.compute_environments.clone();
    for call in api_calls {
        if let ApiAction::UpdateJobQueue(update) = &call.action
            && update.job_queue == id
        {
            let later = update.compute_environments.iter().flatten();
            for environment in later {
                if !all.contains(environment) {
                    all.push(*environment);
                }
            }
        }
    }
    all
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
