//! `apiCalls`: updates of compute environments and queues during the run (behaviour 5.1, 6.7).
//!
//! Calls are checked in the order in which they are made, each against what those before it leave.

use super::super::error::{Complaint, Report};
use super::super::path::Path;
use super::super::raw::Scenario;
use super::super::raw::api_call::{UpdateComputeEnvironment, UpdateJobQueue};
use super::super::raw::aws::State;
use super::{environment, moment, names, queue};
use crate::batch::api_call::{ApiAction, ApiCall, ComputeEnvironmentUpdate, JobQueueUpdate};
use crate::batch::compute_environment::{ComputeEnvironment, ComputeEnvironmentId};
use crate::batch::job_queue::JobQueueId;
use crate::ec2::catalog::Catalog;

/// Every call, in order of time; mistakes go to the report.
pub(super) fn read(
    raw: &Scenario,
    environments: &[Option<ComputeEnvironment>],
    catalog: &Catalog,
    report: &mut Report,
) -> Vec<ApiCall> {
    let list = Path::default().key("apiCalls");
    let mut timed = Vec::new();
    for (index, call) in raw.api_calls.iter().enumerate() {
        let path = list.index(index);
        let at = moment::instant(raw.start, call.at, &path.key("at"), report);
        timed.extend(at.map(|at| (at, index)));
    }
    // Calls of one instant are made in the order of the scenario.
    timed.sort_unstable();
    let limits = raw.compute_environments.iter().map(|ce| {
        let resources = &ce.compute_resources;
        Limits { min_vcpus: resources.minv_cpus, max_vcpus: resources.maxv_cpus }
    });
    let mut reader = Reader { raw, environments, catalog, limits: limits.collect() };
    let mut calls = Vec::new();
    for (at, index) in timed {
        let action = reader.action(index, &list.index(index), report);
        calls.extend(action.map(|action| ApiCall { at, action }));
    }
    calls
}

/// `minvCpus` and `maxvCpus` of an environment as the calls so far leave them.
#[derive(Clone, Copy)]
struct Limits {
    min_vcpus: u32,
    max_vcpus: u32,
}

struct Reader<'a> {
    raw: &'a Scenario,
    environments: &'a [Option<ComputeEnvironment>],
    catalog: &'a Catalog,
    limits: Vec<Limits>,
}

impl Reader<'_> {
    fn action(&mut self, index: usize, path: &Path, report: &mut Report) -> Option<ApiAction> {
        let call = &self.raw.api_calls[index];
        match (&call.update_compute_environment, &call.update_job_queue) {
            (Some(update), None) => self
                .environment(update, &path.key("updateComputeEnvironment"), report)
                .map(ApiAction::UpdateComputeEnvironment),
            (None, Some(update)) => self
                .queue(update, &path.key("updateJobQueue"), report)
                .map(ApiAction::UpdateJobQueue),
            _ => {
                let complaint = Complaint::new("a call is exactly one operation");
                let accepted = "{at: 10m, updateComputeEnvironment: {...}} or \
                    {at: 10m, updateJobQueue: {...}}";
                report.error(path, complaint.accepted(accepted));
                None
            }
        }
    }

    fn environment(
        &mut self,
        update: &UpdateComputeEnvironment,
        path: &Path,
        report: &mut Report,
    ) -> Option<ComputeEnvironmentUpdate> {
        let known: Vec<_> = self
            .raw
            .compute_environments
            .iter()
            .map(|ce| ce.compute_environment_name.clone())
            .collect();
        let name = names::last_segment(&update.compute_environment);
        let found = names::find("compute environment", name, &known);
        let index = report.ok(&path.key("computeEnvironment"), found)?;
        let resources = update.compute_resources.clone().unwrap_or_default();
        let limits = &mut self.limits[index];
        limits.min_vcpus = resources.minv_cpus.unwrap_or(limits.min_vcpus);
        limits.max_vcpus = resources.maxv_cpus.unwrap_or(limits.max_vcpus);
        let path = path.key("computeResources");
        check_limits(*limits, resources.desiredv_cpus, &path, report);
        let policy = resources.scaling_policy;
        let delay = policy.map(|_| environment::scale_down_delay(policy, &path, report));
        Some(ComputeEnvironmentUpdate {
            compute_environment: ComputeEnvironmentId::from_index(index),
            enabled: update.state.map(|state| state == State::Enabled),
            min_vcpus: resources.minv_cpus,
            max_vcpus: resources.maxv_cpus,
            desired_vcpus: resources.desiredv_cpus,
            scale_down_delay: delay,
        })
    }

    fn queue(
        &self,
        update: &UpdateJobQueue,
        path: &Path,
        report: &mut Report,
    ) -> Option<JobQueueUpdate> {
        let known: Vec<_> = self.raw.job_queues.iter().map(|q| q.job_queue_name.clone()).collect();
        let name = names::last_segment(&update.job_queue);
        let found = names::find("job queue", name, &known);
        let index = report.ok(&path.key("jobQueue"), found)?;
        let compute_environments = update.compute_environment_order.as_ref().map(|entries| {
            let path = path.key("computeEnvironmentOrder");
            let order = queue::order(entries, self.raw, &path, report);
            queue::one_architecture(&order, self.environments, self.catalog, &path, report);
            order
        });
        Some(JobQueueUpdate {
            job_queue: JobQueueId::from_index(index),
            enabled: update.state.map(|state| state == State::Enabled),
            priority: update.priority,
            compute_environments,
            time_limit_actions: update
                .job_state_time_limit_actions
                .as_ref()
                .map(|actions| queue::actions(actions)),
        })
    }
}

/// `desiredvCpus` from `minvCpus` to `maxvCpus` (behaviour 6.5); whether it is below what the
/// environment has is told at its instant.
fn check_limits(limits: Limits, desired: Option<u32>, path: &Path, report: &mut Report) {
    let Limits { min_vcpus, max_vcpus } = limits;
    if min_vcpus > max_vcpus {
        let text = format!("minvCpus {min_vcpus} would be above maxvCpus {max_vcpus}");
        let accepted = format!("minvCpus from 0 to {max_vcpus}");
        report.error(path, Complaint::new(text).accepted(accepted));
    } else if let Some(desired) = desired
        && !(min_vcpus..=max_vcpus).contains(&desired)
    {
        let text = format!("desiredvCpus {desired} is not between minvCpus and maxvCpus");
        let accepted = format!("{min_vcpus} to {max_vcpus}, as they are at that instant");
        report.error(&path.key("desiredvCpus"), Complaint::new(text).accepted(accepted));
    }
}
