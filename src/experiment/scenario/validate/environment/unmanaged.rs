//! UNMANAGED environments: the instances that their user registers (behaviour 6.8).

use super::{Complaint, Path, Report, Scenario, State, is_invalid, model, moment, unknown_zone};
use super::{environment_model, raw};
use crate::batch::allocation;
use crate::batch::compute_environment::{
    ComputeEnvironment, ListedType, RegisteredInstances, Supplier, UpdatePolicy,
};
use crate::ec2::catalog::{Catalog, TypeId, ZoneId};
use crate::ec2::fleet::PurchaseOption;
use crate::sim::SimDuration;

/// Never asked, for nothing is launched.
const NO_STRATEGY: &str = "BEST_FIT";

/// One UNMANAGED environment; nothing where it is wrong.
pub(super) fn one(
    environment: &raw::aws::ComputeEnvironment,
    model: Option<&model::ComputeEnvironmentModel>,
    raw: &Scenario,
    catalog: &Catalog,
    report: &mut Report,
) -> Option<ComputeEnvironment> {
    let name = environment.compute_environment_name.clone();
    let path = Path::default().key("computeEnvironmentModels").key(&name).key("instances");
    let listed = model.map(|model| model.instances.as_slice()).unwrap_or_default();
    let mut instances = Vec::new();
    for (index, entry) in listed.iter().enumerate() {
        instances.push(registered(entry, raw, catalog, &path.index(index), report)?);
    }
    if instances.is_empty() {
        let text = format!("{name} is UNMANAGED and has no instances, so no job ever runs there");
        report.warn(&path, &text);
    }
    let mut types: Vec<TypeId> = instances.iter().map(|entry| entry.instance_type).collect();
    types.sort_unstable();
    types.dedup();
    let architecture = |id: &TypeId| catalog.get(*id).architecture;
    if types.iter().any(|id| architecture(id) != architecture(&types[0])) {
        let complaint = Complaint::new(format!("the instances of {name} differ in architecture"));
        report.error(&path, complaint.hint("make an environment for each architecture"));
    }
    let max_vcpus = vcpus_of(&instances, &name, catalog, &path, report);
    let mut zones: Vec<ZoneId> = instances.iter().map(|entry| entry.zone).collect();
    zones.sort_unstable();
    zones.dedup();
    let invalid = is_invalid(environment, model);
    let model = model.map(|model| environment_model(&name, model, catalog, report));
    let mut model = model.unwrap_or_default();
    model.instances = instances;
    Some(ComputeEnvironment {
        name,
        managed: false,
        enabled: environment.state == State::Enabled && !invalid,
        invalid,
        purchase: PurchaseOption::OnDemand,
        supplier: Supplier::Ec2(allocation::find(NO_STRATEGY)?),
        min_vcpus: 0,
        max_vcpus,
        unmanaged_vcpus: environment.unmanagedv_cpus,
        scale_down_delay: SimDuration::ZERO,
        instance_types: types.into_iter().map(|id| ListedType { id, rank: 0 }).collect(),
        zones,
        placement_group: false,
        bid_percentage: None,
        update_policy: UpdatePolicy::default(),
        model,
    })
}

/// What all instances have together, whenever they are there; what does not fit the number that an
/// environment's vCPUs are counted in is an error. Nothing adds up memory in so small a number.
fn vcpus_of(
    instances: &[RegisteredInstances],
    name: &str,
    catalog: &Catalog,
    path: &Path,
    report: &mut Report,
) -> u32 {
    let vcpus = |entry: &RegisteredInstances| {
        u64::from(catalog.get(entry.instance_type).vcpus) * u64::from(entry.count)
    };
    let all: u64 = instances.iter().map(vcpus).sum();
    u32::try_from(all).unwrap_or_else(|_| {
        let complaint = Complaint::new(format!("the instances of {name} have {all} vCPUs in all"))
            .accepted(format!("at most {} in one compute environment", u32::MAX))
            .hint("lower count, or make several environments of them");
        report.error(path, complaint);
        u32::MAX
    })
}

fn registered(
    entry: &model::RegisteredInstances,
    raw: &Scenario,
    catalog: &Catalog,
    path: &Path,
    report: &mut Report,
) -> Option<RegisteredInstances> {
    let name = &entry.instance_type;
    let key = path.key("instanceType");
    let found = catalog.find(name).ok_or_else(|| Complaint::of(&catalog.unknown(name)));
    let instance_type = report.ok(&key, found)?;
    report.ok(&key, catalog.price(instance_type).map_err(|error| Complaint::of(&error)))?;
    let from = moment::instant(raw.start, entry.from, &path.key("from"), report)?;
    let until = match entry.until {
        Some(until) => Some(moment::instant(raw.start, until, &path.key("until"), report)?),
        None => None,
    };
    if until.is_some_and(|until| until <= from) {
        let complaint = Complaint::new("these instances end before they begin");
        report.error(&path.key("until"), complaint.accepted("an instant after from"));
    }
    let zone = zone(entry, instance_type, catalog, path, report)?;
    Some(RegisteredInstances { instance_type, zone, count: entry.count, from, until })
}

/// The zone that is named, else the first that offers the type.
fn zone(
    entry: &model::RegisteredInstances,
    instance_type: TypeId,
    catalog: &Catalog,
    path: &Path,
    report: &mut Report,
) -> Option<ZoneId> {
    let offered = &catalog.get(instance_type).zones;
    let names: Vec<&str> = offered.iter().map(|z| catalog.zones()[z.index()].as_str()).collect();
    let name = &entry.instance_type;
    let Some(named) = &entry.availability_zone else {
        let none = || Complaint::new(format!("{name} is not offered in {}", catalog.region()));
        return report.ok(&path.key("instanceType"), offered.first().copied().ok_or_else(none));
    };
    let path = path.key("availabilityZone");
    let found = catalog.find_zone(named).ok_or_else(|| unknown_zone(named, catalog));
    let zone = report.ok(&path, found)?;
    if !offered.contains(&zone) {
        let complaint = Complaint::new(format!("{name} is not offered in {named}"));
        report.error(&path, complaint.accepted(names.join(", ")));
    }
    Some(zone)
}
