//! Fargate environments: the few keys that they take, and what may be submitted to their queues
//! (behaviour 4.2, 5.1, 6.1).

use super::super::error::{Complaint, Report};
use super::super::path::Path;
use super::super::raw::api_call::ComputeResourceUpdate;
use super::super::raw::aws::{ComputeEnvironmentOrder, State};
use super::super::raw::{self, Scenario};
use super::environment::{is_invalid, zones};
use super::names;
use crate::batch::compute_environment::{
    ComputeEnvironment, ComputeEnvironmentId, ComputeEnvironmentModel, Supplier, UpdatePolicy,
};
use crate::batch::job_definition::{Platform, Requirements};
use crate::batch::job_queue::JobQueue;
use crate::ec2::catalog::Catalog;
use crate::ec2::fargate::PRICE_REGION;
use crate::ec2::fleet::PurchaseOption;
use crate::sim::SimDuration;
use serde_json::{Map, Value};

/// All that AWS takes in `computeResources`.
const KEYS: [&str; 4] = ["type", "maxvCpus", "subnets", "securityGroupIds"];

/// AWS's limit of subnets.
const MOST_SUBNETS: usize = 16;

/// Whether a `type` of `computeResources` is one of Fargate.
pub(super) fn is_fargate(kind: &str) -> bool {
    matches!(kind, "FARGATE" | "FARGATE_SPOT")
}

/// The `computeResources` of a MANAGED environment of Fargate; nothing of any other.
pub(super) fn resources(
    environment: &raw::aws::ComputeEnvironment,
) -> Option<&raw::aws::ComputeResources> {
    let resources = environment.compute_resources.as_ref()?;
    (environment.kind != "UNMANAGED" && is_fargate(&resources.kind)).then_some(resources)
}

/// A Fargate environment with its resources and its position; mistakes go to the report.
pub(super) fn environment(
    (environment, resources, index): (
        &raw::aws::ComputeEnvironment,
        &raw::aws::ComputeResources,
        usize,
    ),
    raw: &Scenario,
    catalog: &Catalog,
    report: &mut Report,
) -> ComputeEnvironment {
    let path = Path::default().key("computeEnvironments").index(index).key("computeResources");
    let written = &report.root["computeEnvironments"][index]["computeResources"];
    let others = others(written.as_object());
    for key in others {
        let complaint = Complaint::new(format!("{key} is not for type {}", resources.kind));
        let accepted = KEYS.join(", ");
        let hint = "leave it out: Fargate has no instances to choose, scale or set up";
        report.key_error(&path.key(&key), complaint.accepted(accepted).hint(hint));
    }
    let subnets = path.key("subnets");
    if resources.subnets.len() > MOST_SUBNETS {
        let complaint = Complaint::new(format!("{} subnets", resources.subnets.len()));
        report.error(&subnets, complaint.accepted(format!("at most {MOST_SUBNETS} on Fargate")));
    }
    let name = environment.compute_environment_name.clone();
    let model = raw.compute_environment_models.get(&name);
    if model.is_some_and(|model| model.invalid.is_none()) {
        let path = Path::default().key("computeEnvironmentModels").key(&name);
        report.warn(&path, "of environments with instances only, ignored on Fargate");
    }
    if catalog.price_from() != PRICE_REGION {
        let text = format!("Fargate's prices are those of {PRICE_REGION}");
        report.warn(&path.key("type"), &text);
    }
    let invalid = is_invalid(environment, model);
    ComputeEnvironment {
        name,
        managed: true,
        enabled: environment.state == State::Enabled && !invalid,
        invalid,
        purchase: match resources.kind.as_str() {
            "FARGATE_SPOT" => PurchaseOption::Spot,
            _ => PurchaseOption::OnDemand,
        },
        supplier: Supplier::Fargate,
        min_vcpus: 0,
        max_vcpus: resources.maxv_cpus,
        unmanaged_vcpus: None,
        scale_down_delay: SimDuration::ZERO,
        instance_types: Vec::new(),
        bid_percentage: None,
        update_policy: UpdatePolicy::default(),
        placement_group: false,
        zones: zones(resources, raw, catalog, &subnets, report),
        model: ComputeEnvironmentModel::default(),
    }
}

/// The keys that say something and that Fargate does not take.
fn others(written: Option<&Map<String, Value>>) -> Vec<String> {
    let says_nothing = |value: &Value| {
        value.is_null()
            || value == ""
            || value.as_array().is_some_and(Vec::is_empty)
            || value.as_object().is_some_and(Map::is_empty)
    };
    let keys = written.into_iter().flatten();
    keys.filter(|(key, value)| !KEYS.contains(&key.as_str()) && !says_nothing(value))
        .map(|(key, _)| key.clone())
        .collect()
}

/// Reports what an update can not change of an environment of type `kind`: it stays with its
/// supplier, and of one of Fargate only maxvCpus changes.
pub(super) fn check_update(
    kind: &str,
    update: &ComputeResourceUpdate,
    path: &Path,
    report: &mut Report,
) {
    if !is_fargate(kind) {
        if let Some(other) = update.kind.as_deref().filter(|other| is_fargate(other)) {
            let complaint = Complaint::new(format!("type {kind} does not become {other}"));
            let hint = "make an environment and a queue of its own";
            report.error(&path.key("type"), complaint.accepted("EC2 or SPOT").hint(hint));
        }
        return;
    }
    let keys = [
        update.minv_cpus.map(|_| "minvCpus"),
        update.desiredv_cpus.map(|_| "desiredvCpus"),
        update.scaling_policy.map(|_| "scalingPolicy"),
        update.replaces(),
    ];
    for key in keys.into_iter().flatten() {
        let complaint = Complaint::new(format!("{key} of an update is not for type {kind}"));
        report.key_error(&path.key(key), complaint.accepted("maxvCpus"));
    }
}

/// Reports environments of EC2 and of Fargate in one queue.
pub(super) fn one_supplier(
    order: &[ComputeEnvironmentId],
    environments: &[Option<ComputeEnvironment>],
    path: &Path,
    report: &mut Report,
) {
    let mut all = order.iter().filter_map(|id| environments[id.index()].as_ref());
    let Some(first) = all.next() else { return };
    if let Some(other) = all.find(|other| other.is_fargate() != first.is_fargate()) {
        let complaint = Complaint::new(format!(
            "{} is of type {} and {} of type {}; a queue has environments of EC2 or of Fargate",
            first.name,
            first.kind(),
            other.name,
            other.kind()
        ));
        let accepted = "EC2 with SPOT, or FARGATE with FARGATE_SPOT";
        report.error(path, complaint.accepted(accepted).hint("make a queue for each"));
    }
}

/// Reports a new order of a queue that would send its jobs to another supplier than `before`.
pub(super) fn same_supplier(
    order: &[ComputeEnvironmentId],
    before: &[ComputeEnvironmentOrder],
    environments: &[Option<ComputeEnvironment>],
    path: &Path,
    report: &mut Report,
) {
    let known = || environments.iter().flatten();
    let named = |entry: &ComputeEnvironmentOrder| {
        let name = names::last_segment(&entry.compute_environment);
        known().find(|environment| environment.name == name)
    };
    let was = before.first().and_then(named);
    let is = order.first().and_then(|id| environments[id.index()].as_ref());
    if let (Some(was), Some(is)) = (was, is)
        && was.is_fargate() != is.is_fargate()
    {
        let complaint = Complaint::new(format!(
            "{} is of type {}, and the jobs of this queue are for environments like {} of type {}",
            is.name,
            is.kind(),
            was.name,
            was.kind()
        ));
        report.error(path, complaint.hint("make a queue of its own"));
    }
}

/// Whether the environments of a queue are of Fargate.
pub(super) fn takes_tasks(queue: &JobQueue, environments: &[ComputeEnvironment]) -> bool {
    queue.compute_environments.first().is_some_and(|id| environments[id.index()].is_fargate())
}

/// Why jobs for `platform` can not be submitted to a queue; nothing when they can.
pub(super) fn wrong_platform(
    queue: &JobQueue,
    environments: &[ComputeEnvironment],
    platform: Platform,
    definition: &str,
) -> Option<Complaint> {
    let queue_name = &queue.name;
    match (platform, takes_tasks(queue, environments)) {
        (Platform::Ec2, false) | (Platform::Fargate, true) => None,
        (Platform::Fargate, false) => {
            let complaint = Complaint::new(format!(
                "{definition} is for Fargate, the compute environments of {queue_name} are not"
            ));
            Some(complaint.hint(format!(
                "submit it to a queue of type FARGATE environments, or give {definition} \
                 platformCapabilities: [EC2]"
            )))
        }
        (Platform::Ec2, true) => {
            let complaint = Complaint::new(format!(
                "{definition} is for EC2, the compute environments of {queue_name} are of Fargate"
            ));
            Some(complaint.hint(format!(
                "give {definition} platformCapabilities: [FARGATE], or submit it to a queue of \
                 type EC2 or SPOT environments"
            )))
        }
    }
}

/// Why a queue of Fargate environments can never run a job of these requirements; nothing when it
/// can. DISABLED environments count only where there is no other.
pub(super) fn too_wide(
    queue: &JobQueue,
    environments: &[ComputeEnvironment],
    wanted: Requirements,
    definition: &str,
) -> Option<Complaint> {
    let all = || queue.compute_environments.iter().map(|id| &environments[id.index()]);
    let any_enabled = all().any(|environment| environment.enabled);
    let counting = all().filter(|environment| environment.enabled || !any_enabled);
    let widest = counting.max_by_key(|environment| environment.max_vcpus)?;
    (widest.max_vcpus < wanted.vcpus).then(|| {
        let complaint = Complaint::new(format!(
            "a job of {definition} asks for {} vCPUs; {}, the widest environment of its queue, has \
             maxvCpus {}",
            wanted.vcpus, widest.name, widest.max_vcpus
        ));
        let (name, vcpus) = (&widest.name, wanted.vcpus);
        complaint.hint(format!("raise maxvCpus of {name} to {vcpus}, or ask for less"))
    })
}
