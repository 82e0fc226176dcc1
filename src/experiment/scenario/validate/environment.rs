//! Compute environments: strategies, types and zones looked up (behaviour 6.1-6.4).

mod unmanaged;

use super::super::error::{Complaint, Report};
use super::super::path::Path;
use super::super::raw::aws::{ScalingPolicy, State};
use super::super::raw::{self, Scenario, model};
use super::catalog::unknown_zone;
use super::profile::latency;
use super::{duplicates, fargate, moment, names};
use crate::batch::allocation::{self, AllocationStrategy, STRATEGIES};
use crate::batch::compute_environment::{
    ComputeEnvironment, ComputeEnvironmentModel, ListedType, Supplier, UpdatePolicy,
};
use crate::ec2::catalog::{Architecture, Catalog, TypeId, ZoneId};
use crate::ec2::fleet::PurchaseOption;
use crate::sim::SimDuration;

/// What AWS takes where none is named.
pub(super) const DEFAULT_STRATEGY: &str = "BEST_FIT";

/// Every environment by position; nothing where one is wrong, which is in the report.
pub(super) fn read(
    raw: &Scenario,
    catalog: &Catalog,
    report: &mut Report,
) -> Vec<Option<ComputeEnvironment>> {
    let list = Path::default().key("computeEnvironments");
    let known: Vec<_> =
        raw.compute_environments.iter().map(|ce| ce.compute_environment_name.clone()).collect();
    duplicates("compute environments", &known, &list, "computeEnvironmentName", report);
    let models = Path::default().key("computeEnvironmentModels");
    for name in raw.compute_environment_models.keys() {
        if let Err(complaint) = names::find("compute environment", name, &known) {
            report.key_error(&models.key(name), complaint);
        }
    }
    if known.is_empty() {
        let complaint = Complaint::new("computeEnvironments is empty");
        report.error(&list, complaint.accepted("at least one compute environment"));
    }
    let mut all = Vec::new();
    for (index, environment) in raw.compute_environments.iter().enumerate() {
        let path = list.index(index);
        warn_of_status(environment, raw, &path, report);
        all.push(match fargate::resources(environment) {
            Some(resources) => {
                let written = (environment, resources, index);
                Some(fargate::environment(written, raw, catalog, report))
            }
            None => one(environment, raw, catalog, &path, report),
        });
    }
    all
}

/// A status that is not INVALID, but takes no jobs all the same.
fn warn_of_status(
    environment: &raw::aws::ComputeEnvironment,
    raw: &Scenario,
    path: &Path,
    report: &mut Report,
) {
    let name = &environment.compute_environment_name;
    let model = raw.compute_environment_models.get(name);
    if let Some(status) = environment.status.as_deref()
        && status != "INVALID"
        && is_invalid(environment, model)
    {
        let text = format!("taken as INVALID: an environment that is {status} takes no jobs");
        report.warn(&path.key("status"), &text);
    }
}

/// One environment as the scenario at `path` says it; nothing where it is wrong.
pub(super) fn one(
    environment: &raw::aws::ComputeEnvironment,
    raw: &Scenario,
    catalog: &Catalog,
    path: &Path,
    report: &mut Report,
) -> Option<ComputeEnvironment> {
    let name = environment.compute_environment_name.clone();
    let model = raw.compute_environment_models.get(&name);
    if environment.kind == "UNMANAGED" {
        if environment.compute_resources.is_some() {
            report.warn(&path.key("computeResources"), "of MANAGED environments only, ignored");
        }
        return unmanaged::one(environment, model, raw, catalog, report);
    }
    let path = path.key("computeResources");
    let Some(resources) = &environment.compute_resources else {
        let complaint = Complaint::new(format!("{name} is MANAGED and has no computeResources"));
        let hint = "write computeResources, or type: UNMANAGED where Batch launches nothing";
        report.error(&path, complaint.hint(hint));
        return None;
    };
    if model.is_some_and(|model| !model.instances.is_empty()) {
        let complaint = Complaint::new(format!("{name} is MANAGED: Batch launches its instances"));
        let path = Path::default().key("computeEnvironmentModels").key(&name).key("instances");
        report.error(&path, complaint.hint("write type: UNMANAGED, or leave instances out"));
    }
    let purchase = match resources.kind.as_str() {
        "SPOT" => PurchaseOption::Spot,
        _ => PurchaseOption::OnDemand,
    };
    let strategy = resources.allocation_strategy.as_deref().unwrap_or(DEFAULT_STRATEGY);
    let strategy = strategy_of(strategy, purchase, &path, report);
    let min_vcpus = resources.minv_cpus.unwrap_or(0);
    if min_vcpus > resources.maxv_cpus {
        let complaint = Complaint::new(format!(
            "minvCpus {min_vcpus} is above maxvCpus {}",
            resources.maxv_cpus
        ));
        let accepted = format!("minvCpus from 0 to {}", resources.maxv_cpus);
        report.error(&path.key("minvCpus"), complaint.accepted(accepted));
    }
    let scale_down_delay = scale_down_delay(resources.scaling_policy, &path, report);
    let bid_percentage = bid_percentage(resources.bid_percentage, purchase, &path, report);
    let zones = zones(resources, raw, catalog, &path.key("subnets"), report);
    let types = instance_types(resources, &zones, catalog, &path.key("instanceTypes"), report)?;
    let invalid = is_invalid(environment, model);
    let model = model.map(|model| environment_model(&name, model, catalog, report));
    Some(ComputeEnvironment {
        name,
        managed: true,
        enabled: environment.state == State::Enabled && !invalid,
        invalid,
        purchase,
        supplier: Supplier::Ec2(strategy?),
        min_vcpus,
        max_vcpus: resources.maxv_cpus,
        unmanaged_vcpus: None,
        scale_down_delay,
        instance_types: types,
        zones,
        bid_percentage,
        update_policy: environment.update_policy.map(update_policy).unwrap_or_default(),
        placement_group: resources.placement_group.as_ref().is_some_and(|name| !name.is_empty()),
        model: model.unwrap_or_default(),
    })
}

/// Whether it takes no jobs and keeps no instances: by `invalid` of our own model, or by the
/// `status` of a dump.
pub(super) fn is_invalid(
    environment: &raw::aws::ComputeEnvironment,
    model: Option<&model::ComputeEnvironmentModel>,
) -> bool {
    let said = model.and_then(|model| model.invalid.as_ref());
    match said {
        Some(model::Invalid::Flag(invalid)) => *invalid,
        Some(model::Invalid::Reason(_)) => true,
        None => {
            let status = environment.status.as_deref();
            status.is_some_and(|status| !matches!(status, "VALID" | "UPDATING"))
        }
    }
}

pub(super) fn update_policy(raw: raw::aws::UpdatePolicy) -> UpdatePolicy {
    let minutes = u64::from(raw.job_execution_timeout_minutes);
    UpdatePolicy {
        terminate_jobs: raw.terminate_jobs_on_update,
        job_execution_timeout: SimDuration::from_secs(60 * minutes),
    }
}

/// `bidPercentage`, which On-Demand instances have none of.
fn bid_percentage(
    raw: Option<u32>,
    purchase: PurchaseOption,
    path: &Path,
    report: &mut Report,
) -> Option<u32> {
    if purchase == PurchaseOption::Spot {
        return raw;
    }
    // A dump says 0 or 100 where nobody has set it.
    if raw.is_some_and(|percentage| (1..100).contains(&percentage)) {
        report.warn(&path.key("bidPercentage"), "of environments of type SPOT only, ignored");
    }
    None
}

fn strategy_of(
    name: &str,
    purchase: PurchaseOption,
    path: &Path,
    report: &mut Report,
) -> Option<&'static AllocationStrategy> {
    let strategy = allocation::find(name)?;
    if strategy.allowed_on(purchase) {
        return Some(strategy);
    }
    let kind = if purchase == PurchaseOption::Spot { "SPOT" } else { "EC2" };
    let allowed: Vec<_> =
        STRATEGIES.iter().filter(|s| s.allowed_on(purchase)).map(|s| s.name()).collect();
    let complaint = Complaint::new(format!("{name} is not for an environment of type {kind}"));
    report.error(&path.key("allocationStrategy"), complaint.accepted(allowed.join(", ")));
    None
}

/// Says the defaults of an environment with instances.
pub(super) fn say_defaults(resources: &mut raw::aws::ComputeResources) {
    if !fargate::is_fargate(&resources.kind) {
        resources.allocation_strategy.get_or_insert_with(|| DEFAULT_STRATEGY.to_owned());
        resources.minv_cpus.get_or_insert(0);
    }
}

/// The least delay of `minScaleDownDelayMinutes` that is one.
const SHORTEST_DELAY_MINUTES: u32 = 20;

/// `scalingPolicy` of the compute resources at `path`; without one there is no delay.
pub(super) fn scale_down_delay(
    policy: Option<ScalingPolicy>,
    path: &Path,
    report: &mut Report,
) -> SimDuration {
    let minutes = policy.map_or(0, |policy| policy.min_scale_down_delay_minutes);
    if (1..SHORTEST_DELAY_MINUTES).contains(&minutes) {
        let path = path.key("scalingPolicy").key("minScaleDownDelayMinutes");
        let complaint = Complaint::new(format!("a delay of {minutes} minutes is too short"));
        report.error(&path, complaint.accepted("20 to 10080 minutes, or 0 for no delay"));
    }
    SimDuration::from_secs(60 * u64::from(minutes))
}

/// The zones of the subnets, ascending; every zone when none is named or one is unknown.
pub(super) fn zones(
    resources: &raw::aws::ComputeResources,
    raw: &Scenario,
    catalog: &Catalog,
    path: &Path,
    report: &mut Report,
) -> Vec<ZoneId> {
    let mut zones = Vec::new();
    let mut unknown = Vec::new();
    for (index, subnet) in resources.subnets.iter().enumerate() {
        let subnet = names::last_segment(subnet);
        match (catalog.find_zone(subnet), raw.subnet_zones.get(subnet)) {
            (Some(zone), _) => zones.push(zone),
            (None, Some(name)) => {
                let found = catalog.find_zone(name).ok_or_else(|| unknown_zone(name, catalog));
                let path = Path::default().key("subnetZones").key(subnet);
                zones.extend(report.ok(&path, found));
            }
            (None, None) if subnet.contains("-az") || subnet.starts_with(catalog.region()) => {
                report.error(&path.index(index), unknown_zone(subnet, catalog));
            }
            (None, None) => unknown.push(subnet),
        }
    }
    if !unknown.is_empty() {
        let text = format!(
            "{} not in subnetZones, taken as every zone of {}",
            unknown.join(", "),
            catalog.region()
        );
        report.warn(path, &text);
    }
    if zones.is_empty() || !unknown.is_empty() {
        return catalog.zone_ids().collect();
    }
    zones.sort_unstable();
    zones.dedup();
    zones
}

/// The types of all tokens, in order of first mention, once each.
fn instance_types(
    resources: &raw::aws::ComputeResources,
    zones: &[ZoneId],
    catalog: &Catalog,
    path: &Path,
    report: &mut Report,
) -> Option<Vec<ListedType>> {
    let before = report.errors.len();
    let mut types: Vec<ListedType> = Vec::new();
    let mut first: Option<(Architecture, &str)> = None;
    for (index, token) in resources.instance_types.iter().enumerate() {
        let path = path.index(index);
        let expanded = expand(token, zones, catalog);
        let Some(expanded) = report.ok(&path, expanded) else { continue };
        for id in expanded {
            let facts = catalog.get(id);
            let architecture = facts.architecture;
            let (expected, example) = *first.get_or_insert((architecture, token));
            if architecture != expected {
                let complaint = Complaint::new(format!(
                    "{token} and {example} differ in architecture; one environment has one"
                ));
                report.error(&path, complaint.hint("make an environment for each architecture"));
                break;
            }
            if types.iter().all(|listed| listed.id != id) {
                types.push(ListedType::new(id, &facts.name, index, &resources.instance_types));
            }
        }
    }
    if resources.instance_types.is_empty() {
        let complaint = Complaint::new("instanceTypes is empty");
        let accepted = "types, families, optimal, default_x86_64 or default_arm64";
        report.error(path, complaint.accepted(accepted));
    }
    (report.errors.len() == before).then_some(types)
}

/// The types of one token that can be bought in these zones. A type that is named must be one; of
/// a family those that are not are left out.
fn expand(token: &str, zones: &[ZoneId], catalog: &Catalog) -> Result<Vec<TypeId>, Complaint> {
    let offered = |id: &TypeId| catalog.get(*id).zones.iter().any(|zone| zones.contains(zone));
    let listed = |zones: &[ZoneId]| {
        let names: Vec<_> = zones.iter().map(|z| catalog.zones()[z.index()].as_str()).collect();
        names.join(", ")
    };
    if let Some(id) = catalog.find(token) {
        catalog.price(id).map_err(|error| Complaint::of(&error))?;
        if offered(&id) {
            return Ok(vec![id]);
        }
        let found = &catalog.get(id).zones;
        let complaint = Complaint::new(format!("{token} is not offered in {}", listed(zones)));
        let complaint = match found.is_empty() {
            true => complaint.accepted(format!("nothing in {}", catalog.region())),
            false => complaint.accepted(listed(found)),
        };
        return Err(complaint.hint(format!(
            "name another type or zone, or say where it is offered: catalog.instanceTypes: \
             [{{instanceType: {token}, zones: [{}]}}]",
            listed(zones)
        )));
    }
    let mut types = catalog.expand(token).map_err(|error| {
        let complaint = Complaint::of(&error);
        match token.split_once('.').and_then(|(family, _)| catalog.expand(family).ok()) {
            Some(sizes) if complaint.hint.is_none() => {
                let names: Vec<_> = sizes.iter().map(|id| catalog.get(*id).name.as_str()).collect();
                complaint.accepted(names.join(", "))
            }
            _ => complaint,
        }
    })?;
    types.retain(offered);
    if types.is_empty() {
        return Err(Complaint::new(format!("no type of {token} is offered in {}", listed(zones))));
    }
    Ok(types)
}

fn environment_model(
    name: &str,
    model: &model::ComputeEnvironmentModel,
    catalog: &Catalog,
    report: &mut Report,
) -> ComputeEnvironmentModel {
    let path = Path::default().key("computeEnvironmentModels").key(name).key("registeredMemory");
    let mut registered_memory: Vec<(TypeId, u32)> = Vec::new();
    for (instance_type, mib) in &model.registered_memory {
        let path = path.key(instance_type);
        match catalog.find(instance_type) {
            None => report.key_error(&path, Complaint::of(&catalog.unknown(instance_type))),
            Some(id) if *mib > catalog.get(id).memory_mib => {
                let most = catalog.get(id).memory_mib;
                let complaint =
                    Complaint::new(format!("{instance_type} can not register {mib} MiB"));
                report.error(&path, complaint.accepted(format!("at most the advertised {most}")));
            }
            Some(id) => registered_memory.push((id, *mib)),
        }
    }
    registered_memory.sort_unstable();
    ComputeEnvironmentModel {
        user_data: model.user_data.map(|user_data| user_data.0),
        boot_cpu: model.boot_cpu.map(latency),
        boot_gpu: model.boot_gpu.map(latency),
        registered_memory,
        instances: Vec::new(),
    }
}
