//! What the compute environments of a queue can ever hold, and jobs that they can not.
//!
//! A type registers less memory than it advertises; one job never exceeds `maxvCpus`; an instance
//! larger than `maxvCpus` is launched only where the strategy may overshoot.

use super::super::error::Complaint;
use crate::batch::compute_environment::{ComputeEnvironment, ComputeEnvironmentId};
use crate::batch::job_definition::Requirements;
use crate::batch::job_queue::JobQueue;
use crate::ec2::catalog::{Catalog, TypeId};
use crate::world::profile::{Overshoot, Profile};

/// The largest job that one type of one environment can hold.
#[derive(Clone, Copy, Debug)]
struct Hold {
    environment: ComputeEnvironmentId,
    instance_type: TypeId,
    most: Requirements,
}

/// What each queue can hold.
#[derive(Debug)]
pub(super) struct Feasibility<'a> {
    catalog: &'a Catalog,
    environments: &'a [ComputeEnvironment],
    /// By queue.
    holds: Vec<Vec<Hold>>,
}

impl<'a> Feasibility<'a> {
    /// Looks at every type of every environment of every queue. DISABLED environments count only
    /// where a queue has no other: a job may wait for one to be enabled.
    pub(super) fn new(
        queues: &[JobQueue],
        environments: &'a [ComputeEnvironment],
        catalog: &'a Catalog,
        profile: &Profile,
    ) -> Self {
        let by_environment: Vec<Vec<Hold>> = environments
            .iter()
            .enumerate()
            .map(|(index, environment)| {
                let id = ComputeEnvironmentId::from_index(index);
                holds_of(id, environment, catalog, profile)
            })
            .collect();
        let holds = queues
            .iter()
            .map(|queue| {
                let all = &queue.compute_environments;
                let any_enabled = all.iter().any(|id| environments[id.index()].enabled);
                let counts =
                    |id: &&ComputeEnvironmentId| environments[id.index()].enabled || !any_enabled;
                all.iter()
                    .filter(counts)
                    .flat_map(|id| by_environment[id.index()].clone())
                    .collect()
            })
            .collect();
        Self { catalog, environments, holds }
    }

    /// By queue: the maximal jobs that some type can hold, largest first.
    pub(super) fn corners(&self) -> Vec<Vec<Requirements>> {
        self.holds.iter().map(|holds| maximal(holds.iter().map(|h| h.most).collect())).collect()
    }

    /// Why a queue can never hold a job of these requirements; nothing when it can.
    pub(super) fn complaint(
        &self,
        queue: usize,
        wanted: Requirements,
        definition: &str,
    ) -> Option<Complaint> {
        let holds = &self.holds[queue];
        if holds.iter().any(|hold| fits(wanted, hold.most)) {
            return None;
        }
        let complaint = |rest: String| {
            Complaint::new(format!("a job of {definition} asks for {}; {rest}", text(wanted)))
        };
        let Some(nearest) = holds.iter().min_by(|a, b| {
            let key = |h: &Hold| shortfall(wanted, h.most);
            key(a).total_cmp(&key(b)).then(a.instance_type.cmp(&b.instance_type))
        }) else {
            let rest = "no compute environment of its queue can launch an instance".to_owned();
            return Some(complaint(rest).hint("raise maxvCpus"));
        };
        let environment = &self.environments[nearest.environment.index()];
        let name = &self.catalog.get(nearest.instance_type).name;
        Some(
            complaint(format!(
                "no instance of its queue can hold it: the nearest, {name} of {}, holds at most {}",
                environment.name,
                text(nearest.most)
            ))
            .hint(self.smallest_change(wanted, nearest, environment)),
        )
    }

    fn smallest_change(
        &self,
        wanted: Requirements,
        nearest: &Hold,
        environment: &ComputeEnvironment,
    ) -> String {
        if wanted.vcpus > environment.max_vcpus {
            return format!(
                "raise maxvCpus of {} to {}, or ask for less",
                environment.name, wanted.vcpus
            );
        }
        let lower = lower(wanted, nearest.most);
        let family = &self.catalog.get(nearest.instance_type).family;
        let architecture = self.catalog.get(nearest.instance_type).architecture;
        // Registered memory is at least nine tenths of what is advertised, except on tiny types.
        let large_enough =
            |memory_mib: u32| u64::from(memory_mib) * 9 / 10 >= u64::from(wanted.memory_mib);
        let larger = self
            .catalog
            .iter()
            .filter(|(_, t)| t.architecture == architecture && t.on_demand.is_some())
            .filter(|(_, t)| !t.zones.is_empty() && !t.bare_metal)
            .filter(|(_, t)| t.vcpus >= wanted.vcpus && t.gpus >= wanted.gpus)
            .filter(|(_, t)| large_enough(t.memory_mib))
            .min_by_key(|(id, t)| (&t.family != family, t.on_demand, *id));
        match larger {
            Some((_, t)) => format!("{lower}, or add a larger type such as {}", t.name),
            None => lower,
        }
    }
}

fn holds_of(
    id: ComputeEnvironmentId,
    environment: &ComputeEnvironment,
    catalog: &Catalog,
    profile: &Profile,
) -> Vec<Hold> {
    let may_overshoot = profile.overshoot == Overshoot::OneInstance
        && environment.strategy.may_exceed_max_vcpus(environment.purchase);
    let known = &environment.model.registered_memory;
    environment
        .instance_types
        .iter()
        .filter(|t| may_overshoot || catalog.get(**t).vcpus <= environment.max_vcpus)
        .filter(|_| environment.max_vcpus > 0)
        .map(|t| {
            let instance_type = catalog.get(*t);
            let known = known.iter().find(|(known, _)| known == t).map(|(_, mib)| *mib);
            let registered = || profile.registered_mib(instance_type.memory_mib);
            let most = Requirements {
                vcpus: instance_type.vcpus.min(environment.max_vcpus),
                memory_mib: known.unwrap_or_else(registered),
                gpus: instance_type.gpus,
            };
            Hold { environment: id, instance_type: *t, most }
        })
        .collect()
}

fn fits(wanted: Requirements, most: Requirements) -> bool {
    wanted.vcpus <= most.vcpus && wanted.memory_mib <= most.memory_mib && wanted.gpus <= most.gpus
}

/// The requirements that no other dominates, largest first, once each.
fn maximal(mut all: Vec<Requirements>) -> Vec<Requirements> {
    all.sort_unstable();
    all.dedup();
    let dominated = |one: &Requirements| all.iter().any(|other| other != one && fits(*one, *other));
    all.iter().rev().filter(|one| !dominated(one)).copied().collect()
}

/// How far a job is from fitting: the sum over dimensions of what is missing, relatively.
fn shortfall(wanted: Requirements, most: Requirements) -> f64 {
    let part =
        |wanted: u32, most: u32| f64::from(wanted.saturating_sub(most)) / f64::from(wanted.max(1));
    part(wanted.vcpus, most.vcpus)
        + part(wanted.memory_mib, most.memory_mib)
        + part(wanted.gpus, most.gpus)
}

fn lower(wanted: Requirements, most: Requirements) -> String {
    let mut parts = Vec::new();
    if wanted.vcpus > most.vcpus {
        parts.push(format!("{} vCPUs", most.vcpus));
    }
    if wanted.memory_mib > most.memory_mib {
        parts.push(format!("{} MiB", most.memory_mib));
    }
    if wanted.gpus > most.gpus {
        parts.push(format!("{} GPUs", most.gpus));
    }
    format!("ask for at most {}", parts.join(" and "))
}

fn text(requirements: Requirements) -> String {
    let Requirements { vcpus, memory_mib, gpus } = requirements;
    let gpus = if gpus == 0 { String::new() } else { format!(", {gpus} GPUs") };
    format!("{vcpus} vCPUs, {memory_mib} MiB{gpus}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_requirements_that_no_other_dominates_are_corners() {
        let r = |vcpus, memory_mib, gpus| Requirements { vcpus, memory_mib, gpus };
        let corners = maximal(vec![r(2, 10, 0), r(4, 8, 0), r(2, 8, 0), r(4, 8, 0), r(1, 1, 1)]);
        assert_eq!(corners, [r(4, 8, 0), r(2, 10, 0), r(1, 1, 1)]);
    }
}
