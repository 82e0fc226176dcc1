//! Job queues: their compute environments in order (behaviour 5.1), stuck-job actions (1.5), the
//! scheduling policy (5.5).

use super::super::error::{Complaint, Report};
use super::super::path::Path;
use super::super::raw::Scenario;
use super::super::raw::aws::{self, State};
use super::scheduling_policy::SchedulingPolicies;
use super::{duplicates, fargate, names};
use crate::batch::compute_environment::{ComputeEnvironment, ComputeEnvironmentId};
use crate::batch::job_queue::{JobQueue, StuckReason, TimeLimitAction};
use crate::ec2::catalog::Catalog;
use crate::sim::SimDuration;

/// AWS's limit of environments in a queue, and the model's.
const MOST_ENVIRONMENTS: usize = 3;

/// Every queue by position; mistakes go to the report.
pub(super) fn read(
    raw: &Scenario,
    environments: &[Option<ComputeEnvironment>],
    policies: &SchedulingPolicies,
    catalog: &Catalog,
    report: &mut Report,
) -> Vec<JobQueue> {
    let list = Path::default().key("jobQueues");
    let known: Vec<_> = raw.job_queues.iter().map(|q| q.job_queue_name.clone()).collect();
    duplicates("job queues", &known, &list, "jobQueueName", report);
    if known.is_empty() {
        let complaint = Complaint::new("jobQueues is empty");
        report.error(&list, complaint.accepted("at least one job queue"));
    }
    let mut queues = Vec::new();
    for (index, queue) in raw.job_queues.iter().enumerate() {
        let path = list.index(index);
        let order_path = path.key("computeEnvironmentOrder");
        let order = order(&queue.compute_environment_order, raw, &order_path, report);
        one_architecture(&order, environments, catalog, &order_path, report);
        fargate::one_supplier(&order, environments, &order_path, report);
        check_type(queue, &order, environments, &path.key("jobQueueType"), report);
        let fair_share = queue.scheduling_policy_arn.as_deref().and_then(|reference| {
            let path = path.key("schedulingPolicyArn");
            report.ok(&path, policies.find(reference))
        });
        queues.push(JobQueue {
            name: queue.job_queue_name.clone(),
            priority: queue.priority,
            enabled: queue.state == State::Enabled,
            compute_environments: order,
            time_limit_actions: actions(&queue.job_state_time_limit_actions),
            fair_share,
        });
    }
    queues
}

/// Reports a `jobQueueType` that is not that of its environments; the first stands for all.
fn check_type(
    queue: &aws::JobQueue,
    order: &[ComputeEnvironmentId],
    environments: &[Option<ComputeEnvironment>],
    path: &Path,
    report: &mut Report,
) {
    let first = order.first().and_then(|id| environments[id.index()].as_ref());
    let (Some(said), Some(first)) = (queue.job_queue_type.as_deref(), first) else { return };
    let accepted = if first.is_fargate() { "ECS_FARGATE" } else { "ECS" };
    if said == "EKS" && !first.is_fargate() {
        report.warn(path, "taken as ECS: environments are ECS clusters, and pods run there too");
    } else if said != accepted {
        let (name, kind) = (&first.name, first.kind());
        let text = format!("{name} is of type {kind}, which a queue of type {said} does not take");
        let complaint = Complaint::new(text).accepted(accepted);
        report.error(path, complaint.hint("leave it out: it is that of the environments"));
    }
}

/// The environments of an order, ascending; mistakes go to the report.
pub(super) fn order(
    entries: &[aws::ComputeEnvironmentOrder],
    raw: &Scenario,
    path: &Path,
    report: &mut Report,
) -> Vec<ComputeEnvironmentId> {
    let known: Vec<_> =
        raw.compute_environments.iter().map(|ce| ce.compute_environment_name.clone()).collect();
    if entries.is_empty() || entries.len() > MOST_ENVIRONMENTS {
        let complaint =
            Complaint::new(format!("{} compute environments in one queue", entries.len()));
        report.error(path, complaint.accepted(format!("1 to {MOST_ENVIRONMENTS}")));
    }
    let mut order = Vec::new();
    for (index, entry) in entries.iter().enumerate() {
        let path = path.index(index).key("computeEnvironment");
        let name = names::last_segment(&entry.compute_environment);
        let found = names::find("compute environment", name, &known);
        let Some(position) = report.ok(&path, found) else { continue };
        let id = ComputeEnvironmentId::from_index(position);
        if order.iter().any(|(_, _, other)| *other == id) {
            report.error(&path, Complaint::new(format!("{name} is named twice")));
        }
        order.push((entry.order, index, id));
    }
    // The position decides between equal orders, so that the file alone says the order.
    order.sort_unstable();
    order.into_iter().map(|(_, _, id)| id).collect()
}

/// Reports environments of one queue that differ in architecture.
pub(super) fn one_architecture(
    order: &[ComputeEnvironmentId],
    environments: &[Option<ComputeEnvironment>],
    catalog: &Catalog,
    path: &Path,
    report: &mut Report,
) {
    let mut seen = order.iter().filter_map(|id| {
        let environment = environments[id.index()].as_ref()?;
        let first = environment.instance_types.first()?;
        Some((catalog.get(first.id).architecture, environment.name.as_str()))
    });
    let Some((expected, first)) = seen.next() else { return };
    if let Some((_, other)) = seen.find(|(architecture, _)| *architecture != expected) {
        let complaint = Complaint::new(format!(
            "{first} and {other} differ in architecture; the environments of a queue share one"
        ));
        report.error(path, complaint.hint("make a queue for each architecture"));
    }
}

/// What the entries of `jobStateTimeLimitActions` do.
pub(super) fn actions(raw: &[aws::TimeLimitAction]) -> Vec<TimeLimitAction> {
    raw.iter().filter_map(action).collect()
}

fn action(raw: &aws::TimeLimitAction) -> Option<TimeLimitAction> {
    let reason = match raw.reason.as_str() {
        "CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY" => StuckReason::InsufficientInstanceCapacity,
        "MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE" => {
            StuckReason::ComputeEnvironmentMaxResource
        }
        "MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT" => StuckReason::JobResourceRequirement,
        _ => return None,
    };
    let max_time = SimDuration::from_secs(u64::from(raw.max_time_seconds));
    Some(TimeLimitAction { reason, max_time })
}
