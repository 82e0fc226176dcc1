//! Jobs that no instance of their queue can ever hold, and the smallest change that mends it.

mod nodes;

use super::super::error::Complaint;
use super::fargate;
use crate::batch::api_call::ApiCall;
use crate::batch::compute_environment::{ComputeEnvironment, ComputeEnvironmentId};
use crate::batch::job_definition::{Platform, Requirements};
use crate::batch::job_queue::JobQueue;
use crate::ec2::catalog::Catalog;
use crate::experiment::holds::{self, Hold, fits, may_overshoot};
use crate::world::profile::Profile;

/// What each queue can hold.
#[derive(Debug)]
pub(super) struct Feasibility<'a> {
    catalog: &'a Catalog,
    queues: &'a [JobQueue],
    environments: &'a [ComputeEnvironment],
    profile: &'a Profile,
    /// By queue.
    pub(super) holds: Vec<Vec<Hold>>,
}

impl<'a> Feasibility<'a> {
    /// Looks at every type of every environment of every queue.
    pub(super) fn new(
        queues: &'a [JobQueue],
        environments: &'a [ComputeEnvironment],
        api_calls: &[ApiCall],
        catalog: &'a Catalog,
        profile: &'a Profile,
    ) -> Self {
        let holds = holds::by_queue(queues, environments, api_calls, catalog, profile);
        Self { catalog, queues, environments, profile, holds }
    }

    /// By queue: the maximal jobs that some type can hold, largest first.
    pub(super) fn corners(&self) -> Vec<Vec<Requirements>> {
        (0..self.holds.len()).map(|queue| self.corners_of(queue)).collect()
    }

    /// The maximal jobs that some type of one queue can hold, largest first.
    pub(super) fn corners_of(&self, queue: usize) -> Vec<Requirements> {
        maximal(self.holds[queue].iter().map(|hold| hold.most).collect())
    }

    /// Whether the environments of a queue are of Fargate: they hold nothing, they run tasks.
    pub(super) fn takes_tasks(&self, queue: usize) -> bool {
        fargate::takes_tasks(&self.queues[queue], self.environments)
    }

    /// Why jobs for `platform` can not be submitted to a queue; nothing when they can.
    pub(super) fn wrong_platform(
        &self,
        queue: usize,
        platform: Platform,
        definition: &str,
    ) -> Option<Complaint> {
        fargate::wrong_platform(&self.queues[queue], self.environments, platform, definition)
    }

    /// Why a queue can never hold a job of these requirements; nothing when it can.
    pub(super) fn complaint(
        &self,
        queue: usize,
        wanted: Requirements,
        definition: &str,
    ) -> Option<Complaint> {
        if self.takes_tasks(queue) {
            return fargate::too_wide(&self.queues[queue], self.environments, wanted, definition);
        }
        let environments = &self.queues[queue].compute_environments;
        self.complaint_about(&self.holds[queue], environments, wanted, definition)
    }

    /// Why none of `holds`, those of `environments`, can hold a job of these requirements; nothing
    /// when one can.
    pub(super) fn complaint_about(
        &self,
        holds: &[Hold],
        environments: &[ComputeEnvironmentId],
        wanted: Requirements,
        definition: &str,
    ) -> Option<Complaint> {
        if holds.iter().any(|hold| hold.can_hold(wanted)) {
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
            let raised = environments.iter().filter_map(|id| self.raised(wanted, *id)).min();
            let hint = raised.map_or("raise maxvCpus".to_owned(), |(most, id)| {
                let name = &self.environments[id.index()].name;
                format!("raise maxvCpus of {name} to {most}")
            });
            return Some(complaint(rest).hint(hint));
        };
        let environment = &self.environments[nearest.environment.index()];
        let rest = self.memory_edge(wanted, nearest).unwrap_or_else(|| {
            let name = &self.catalog.get(nearest.instance_type).name;
            format!(
                "no instance of its queue can hold it: the nearest, {name} of {}, holds at most {}",
                environment.name,
                text(nearest.most)
            )
        });
        Some(complaint(rest).hint(self.smallest_change(wanted, nearest, environment)))
    }

    /// The edge that surprises: a type advertises the memory that is asked for, and registers less.
    pub(super) fn memory_edge(&self, wanted: Requirements, hold: &Hold) -> Option<String> {
        let facts = self.catalog.get(hold.instance_type);
        let advertised = Requirements { memory_mib: facts.memory_mib, ..hold.most };
        let registered = hold.most.memory_mib;
        (!hold.can_hold(wanted) && fits(wanted, advertised)).then(|| {
            format!(
                "{} of {} advertises {} MiB but registers {registered} MiB",
                facts.name,
                self.environments[hold.environment.index()].name,
                facts.memory_mib,
            )
        })
    }

    /// The least `maxvCpus` with which some type of an environment holds a job; nothing when none
    /// does whatever the maximum is.
    fn raised(
        &self,
        wanted: Requirements,
        id: ComputeEnvironmentId,
    ) -> Option<(u32, ComputeEnvironmentId)> {
        let environment = &self.environments[id.index()];
        if !environment.managed {
            return None;
        }
        let overshoots = may_overshoot(environment, self.profile);
        let limitless = ComputeEnvironment { max_vcpus: u32::MAX, ..environment.clone() };
        holds::of_environment(id, &limitless, self.catalog, self.profile)
            .iter()
            .filter(|hold| hold.can_hold(wanted))
            .map(|hold| if overshoots { wanted.vcpus } else { hold.most.vcpus })
            .min()
            .map(|most| (most, id))
    }

    fn smallest_change(
        &self,
        wanted: Requirements,
        nearest: &Hold,
        environment: &ComputeEnvironment,
    ) -> String {
        if let Some((most, _)) = self.raised(wanted, nearest.environment) {
            return format!("raise maxvCpus of {} to {most}, or ask for less", environment.name);
        }
        let lower = lower(wanted, nearest.most);
        let family = &self.catalog.get(nearest.instance_type).family;
        let architecture = self.catalog.get(nearest.instance_type).architecture;
        let large_enough =
            |memory_mib: u32| self.profile.registered_mib(memory_mib) >= wanted.memory_mib;
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
