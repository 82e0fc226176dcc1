//! `apiCalls`: updates of compute environments and queues during the run (behaviour 5.1, 6.7).
//!
//! Calls are checked in the order in which they are made, each against what those before it leave.

use super::super::error::{Complaint, Report};
use super::super::path::Path;
use super::super::raw::Scenario;
use super::super::raw::api_call::{
    self, ComputeResourceUpdate, UpdateComputeEnvironment, UpdateJobQueue,
};
use super::super::raw::aws::{self, State};
use super::environment::DEFAULT_STRATEGY;
use super::links::Submissions;
use super::{consumable, environment, fargate, moment, names, queue};
use crate::batch::api_call::{
    ApiAction, ApiCall, ComputeEnvironmentUpdate, JobEnd, JobQueueUpdate, ReasonId,
};
use crate::batch::compute_environment::{ComputeEnvironment, ComputeEnvironmentId, Infrastructure};
use crate::batch::job_queue::{JobQueue, JobQueueId};
use crate::ec2::catalog::Catalog;
use crate::sim::{SimDuration, SimTime};

/// Every call, in order of time, and the reasons that they give; mistakes go to the report.
pub(super) fn read(
    raw: &Scenario,
    (environments, job_queues): (&[Option<ComputeEnvironment>], &[JobQueue]),
    catalog: &Catalog,
    submissions: &mut Submissions<'_>,
    report: &mut Report,
) -> (Vec<ApiCall>, Vec<String>) {
    let list = Path::default().key("apiCalls");
    let mut timed = Vec::new();
    for (index, call) in raw.api_calls.iter().enumerate() {
        let path = list.index(index);
        let at = moment::instant(raw.start, call.at, &path.key("at"), report);
        timed.extend(at.map(|at| (at, index)));
    }
    // Calls of one instant are made in the order of the scenario.
    timed.sort_unstable();
    let mut reader = Reader {
        raw,
        catalog,
        staged: raw.compute_environments.clone(),
        environments: environments.to_vec(),
        orders: job_queues.iter().map(|queue| queue.compute_environments.clone()).collect(),
        submissions,
        reasons: Vec::new(),
    };
    let mut calls = Vec::new();
    for (at, index) in timed {
        let actions = reader.actions(index, at, &list.index(index), report);
        calls.extend(actions.into_iter().map(|action| ApiCall { at, action }));
    }
    (calls, reader.reasons)
}

struct Reader<'a, 's> {
    raw: &'a Scenario,
    catalog: &'a Catalog,
    /// The environments as the calls so far leave them, as they would be written.
    staged: Vec<aws::ComputeEnvironment>,
    /// The same, with the instances that they launch.
    environments: Vec<Option<ComputeEnvironment>>,
    /// By queue: its environments as the calls so far leave them.
    orders: Vec<Vec<ComputeEnvironmentId>>,
    submissions: &'a mut Submissions<'s>,
    reasons: Vec<String>,
}

impl Reader<'_, '_> {
    /// What a call does: nothing where a mistake of it is in the report, an end for each job where
    /// it names many.
    fn actions(
        &mut self,
        index: usize,
        at: SimTime,
        path: &Path,
        report: &mut Report,
    ) -> Vec<ApiAction> {
        let call = &self.raw.api_calls[index];
        let given = [
            call.update_compute_environment.is_some(),
            call.update_job_queue.is_some(),
            call.cancel_job.is_some(),
            call.terminate_job.is_some(),
            call.cancel_jobs.is_some(),
            call.terminate_jobs.is_some(),
            call.update_consumable_resource.is_some(),
        ];
        if given.into_iter().filter(|given| *given).count() != 1 {
            let complaint = Complaint::new("a call is exactly one operation");
            let accepted = "at, and one of updateComputeEnvironment, updateJobQueue, cancelJob, \
                terminateJob, cancelJobs, terminateJobs, updateConsumableResource";
            report.error(path, complaint.accepted(accepted));
            return Vec::new();
        }
        let one = [("cancelJob", &call.cancel_job), ("terminateJob", &call.terminate_job)];
        let many = [("cancelJobs", &call.cancel_jobs), ("terminateJobs", &call.terminate_jobs)];
        for (terminate, (key, end)) in [false, true].into_iter().zip(one) {
            let Some(end) = end else { continue };
            let named = (&end.job_id, path.key(key).key("jobId"));
            return self.ends(&[named], &end.reason, terminate, at, report);
        }
        for (terminate, (key, end)) in [false, true].into_iter().zip(many) {
            let Some(end) = end else { continue };
            let list = path.key(key).key("jobs");
            let jobs = end.jobs.iter().enumerate();
            let named: Vec<_> = jobs.map(|(index, job)| (job, list.index(index))).collect();
            return self.ends(&named, &end.reason, terminate, at, report);
        }
        self.update(call, path, report).into_iter().collect()
    }

    /// What a call changes that ends no job.
    fn update(
        &mut self,
        call: &api_call::ApiCall,
        path: &Path,
        report: &mut Report,
    ) -> Option<ApiAction> {
        if let Some(update) = &call.update_compute_environment {
            let update = self.environment(update, &path.key("updateComputeEnvironment"), report);
            return update.map(ApiAction::UpdateComputeEnvironment);
        }
        if let Some(update) = &call.update_job_queue {
            let update = self.queue(update, &path.key("updateJobQueue"), report);
            return update.map(ApiAction::UpdateJobQueue);
        }
        let update = call.update_consumable_resource.as_ref()?;
        let path = path.key("updateConsumableResource");
        let (resource, change) = consumable::change(update, self.raw, &path, report)?;
        Some(ApiAction::UpdateConsumableResource(resource, change))
    }

    /// The end of each job that is named, in the order of the call.
    fn ends(
        &mut self,
        named: &[(&String, Path)],
        reason: &str,
        terminate: bool,
        at: SimTime,
        report: &mut Report,
    ) -> Vec<ApiAction> {
        let id = ReasonId::from_index(self.reasons.len());
        self.reasons.push(reason.to_owned());
        let mut ends = Vec::new();
        for (job, path) in named {
            let found = self.submissions.job_of_call(job, at);
            let Some((job, child)) = report.ok(path, found) else { continue };
            ends.push(ApiAction::EndJob(JobEnd { job, child, terminate, reason: id }));
        }
        ends
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
        if update.unmanagedv_cpus.is_some() && self.staged[index].compute_resources.is_some() {
            let complaint = Complaint::new(format!("{name} is MANAGED: maxvCpus counts"));
            let complaint = complaint.hint("change computeResources.maxvCpus instead");
            report.error(&path.key("unmanagedvCpus"), complaint);
        }
        let delay = match update.compute_resources {
            Some(_) => self.resources(index, &resources, &path.key("computeResources"), report)?,
            None => None,
        };
        let infrastructure = match resources.replaces() {
            Some(_) => Some(self.replacement(index, path, report)?),
            None => None,
        };
        Some(ComputeEnvironmentUpdate {
            compute_environment: ComputeEnvironmentId::from_index(index),
            enabled: update.state.map(|state| state == State::Enabled),
            min_vcpus: resources.minv_cpus,
            max_vcpus: resources.maxv_cpus,
            unmanaged_vcpus: update.unmanagedv_cpus,
            desired_vcpus: resources.desiredv_cpus,
            scale_down_delay: delay,
            infrastructure,
            update_policy: update.update_policy.map(environment::update_policy),
        })
    }

    /// The instances of an environment from now on, those that the call leaves as they were
    /// included; nothing where they are wrong.
    fn replacement(
        &mut self,
        index: usize,
        path: &Path,
        report: &mut Report,
    ) -> Option<Infrastructure> {
        let updated = environment::one(&self.staged[index], self.raw, self.catalog, path, report)?;
        let infrastructure = updated.infrastructure();
        self.environments[index] = Some(updated);
        let id = ComputeEnvironmentId::from_index(index);
        let path = path.key("computeResources").key("instanceTypes");
        for order in self.orders.iter().filter(|order| order.contains(&id)) {
            queue::one_architecture(order, &self.environments, self.catalog, &path, report);
        }
        infrastructure
    }

    /// Writes the change of the compute resources down; the scale-down delay, if that changes.
    /// Nothing where the change is wrong.
    fn resources(
        &mut self,
        index: usize,
        update: &ComputeResourceUpdate,
        path: &Path,
        report: &mut Report,
    ) -> Option<Option<SimDuration>> {
        let staged = &mut self.staged[index];
        let name = &staged.compute_environment_name;
        let Some(resources) = staged.compute_resources.as_mut() else {
            let complaint = Complaint::new(format!("{name} is UNMANAGED: Batch launches nothing"));
            report.error(path, complaint.hint("only its state and unmanagedvCpus can be updated"));
            return None;
        };
        let mistakes = report.errors.len();
        fargate::check_update(&resources.kind, update, path, report);
        if report.errors.len() > mistakes {
            return None;
        }
        if let Some(key) = update.replaces().filter(|_| update.desiredv_cpus.is_some()) {
            // A call is refused as a whole where desiredvCpus is below what there is, which is told
            // at its instant. Later calls build on the instances that this one asks for, so it
            // must not be one that may be refused.
            let text = format!("desiredvCpus scales the environment, {key} replaces its instances");
            let hint = "they are different kinds of update: make a call for each";
            report.error(&path.key("desiredvCpus"), Complaint::new(text).hint(hint));
            return None;
        }
        let present = resources.allocation_strategy.as_deref().unwrap_or(DEFAULT_STRATEGY);
        let strategies = [Some(present), update.allocation_strategy.as_deref()];
        let best_fit = strategies.into_iter().flatten().any(|strategy| strategy == "BEST_FIT");
        if let Some(key) = update.replaces().filter(|_| best_fit) {
            let complaint = Complaint::new(format!("{key} of a BEST_FIT environment is fixed"));
            let hint = "add a second environment that has it, and change computeEnvironmentOrder";
            report.error(&path.key(key), complaint.hint(hint));
        }
        let before = (resources.minv_cpus, resources.maxv_cpus);
        update.write_to(resources);
        let mistakes = report.errors.len();
        check_limits(resources, update.desiredv_cpus, path, report);
        if report.errors.len() > mistakes {
            // What is reported here is not to be reported again at later calls.
            (resources.minv_cpus, resources.maxv_cpus) = before;
        }
        let policy = update.scaling_policy;
        Some(policy.map(|_| environment::scale_down_delay(policy, path, report)))
    }

    fn queue(
        &mut self,
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
            queue::one_architecture(&order, &self.environments, self.catalog, &path, report);
            fargate::one_supplier(&order, &self.environments, &path, report);
            let before = &self.raw.job_queues[index].compute_environment_order;
            fargate::same_supplier(&order, before, &self.environments, &path, report);
            self.orders[index].clone_from(&order);
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
fn check_limits(
    resources: &aws::ComputeResources,
    desired: Option<u32>,
    path: &Path,
    report: &mut Report,
) {
    let (min_vcpus, max_vcpus) = (resources.minv_cpus.unwrap_or(0), resources.maxv_cpus);
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
