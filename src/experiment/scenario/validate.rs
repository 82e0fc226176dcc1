//! From the shapes of the file to the types of the model: names looked up, rules of AWS applied.
//!
//! Each part reports its own mistakes and goes on, so that one reading finds as many as can be told
//! apart; nothing leaves here while there is one.

mod api_call;
mod catalog;
mod consumable;
mod definition;
mod demand;
mod distribution;
mod environment;
mod fargate;
mod feasibility;
mod links;
mod lint;
pub(crate) mod market;
mod moment;
mod names;
mod on_demand;
mod profile;
mod queue;
mod retry;
mod scheduling_policy;
mod service_quotas;
mod staging;
mod threshold;
mod workload;

pub use definition::DefinitionOrigin;
pub use demand::innermost_ranges;
pub use market::MarketFile;
pub use threshold::{Threshold, ThresholdOp};

use super::error::{Complaint, Report};
use super::overrides;
use super::path::Path;
use super::raw::Scenario;
use super::schema::SCHEMA;
use super::source::Files;
use super::variant::{NAME_RULE, is_name};
use crate::ec2::fleet::PurchaseOption;
use crate::ec2::quota::{QuotaClass, Quotas};
use crate::workload::spec::SourceSpec;
use crate::world::config::WorldConfig;
use crate::world::profile::{BaseProfile, Profile};
use feasibility::Feasibility;

/// The root volume of an instance by default, GiB (behaviour 9.1).
const DEFAULT_EBS_GIB: u32 = 30;

/// What validation makes of a scenario; meaningful only while the report has no mistake.
pub(super) struct Validated {
    pub(super) model: WorldConfig,
    pub(super) workload: Vec<SourceSpec>,
    pub(super) definition_origins: Vec<DefinitionOrigin>,
    pub(super) thresholds: Vec<Threshold>,
    pub(super) market_files: Vec<MarketFile>,
    /// The scenario with every default said.
    pub(super) resolved: Scenario,
}

/// Validates; nothing when a mistake is in the report. A variant of a study may leave out what
/// others use.
pub(super) fn validate(
    raw: Scenario,
    files: &Files,
    max_rejects: f64,
    is_variant: bool,
    report: &mut Report,
) -> Option<Validated> {
    report.ok(&Path::default().key("name"), check_name("scenario", &raw.name));
    let profile = profile::checked(&raw.profile, report);
    service_quotas::check(&raw, &profile, report);
    let catalog = catalog::read(&raw, files, report);
    let environments = environment::read(&raw, &catalog, report);
    let policies = scheduling_policy::SchedulingPolicies::read(&raw, report);
    let job_queues = queue::read(&raw, &environments, &policies, &catalog, report);
    let mut submissions = links::Submissions::new(&raw, report);
    let (api_calls, reasons) =
        api_call::read(&raw, (&environments, &job_queues), &catalog, &mut submissions, report);
    let links = submissions.links(raw.workload.len(), report);
    let consumables = consumable::read(&raw, report);
    let (shared_file_systems, machine_speeds) = staging::read(&raw, &catalog, report);
    let mut definitions = definition::read(&raw, files, profile.stop_timeout, report);
    let complete: Option<Vec<_>> = environments.into_iter().collect();
    let known = complete.as_deref();
    staging::check_networks(&definitions.list, known, &api_calls, &catalog, report);
    let sound = known.filter(|_| report.errors.is_empty());
    let reader = workload::Reader {
        raw: &raw,
        files,
        definitions: &mut definitions,
        links,
        api_calls: &api_calls,
        max_rejects,
        fifo_refuses_share: profile.fifo_refuses_share,
        ideal: profile.base == BaseProfile::Ideal,
        feasibility: sound
            .map(|all| Feasibility::new(&job_queues, all, &api_calls, &catalog, &profile)),
    };
    let workload = reader.read(report);
    let thresholds = threshold::read(&raw.thresholds, report);
    let market = market::Reader { raw: &raw, files, catalog: &catalog, environments: known };
    let market = market.read(profile.base, report);
    let on_demand = on_demand::read(&raw, &catalog, report);
    check_study(&raw, report);
    let in_study = is_variant || !raw.study.variants.is_empty() || !raw.study.grid.is_empty();
    if !report.errors.is_empty() {
        return None;
    }
    let resolved = resolve(raw, &profile, market.resolved);
    let model = WorldConfig {
        catalog,
        compute_environments: complete?,
        job_queues,
        api_calls,
        reasons,
        consumables,
        shared_file_systems,
        machine_speeds,
        job_definitions: definitions.list,
        spot_market: market.config,
        quotas: quotas(&resolved),
        on_demand,
        ebs_gib: resolved.billing.ebs_gib.unwrap_or_default(),
        public_ipv4: resolved.billing.public_ipv4.unwrap_or_default(),
        horizon: resolved.horizon.map(|horizon| horizon.0),
        profile,
    };
    lint::lint(&model, &workload, in_study, report);
    let (definition_origins, market_files) = (definitions.origins, market.files);
    Some(Validated { model, workload, definition_origins, thresholds, market_files, resolved })
}

/// Says every default that the types of the file leave open.
fn resolve(
    mut raw: Scenario,
    profile: &Profile,
    market: super::raw::market::SpotMarket,
) -> Scenario {
    let ideal = profile.base == BaseProfile::Ideal;
    raw.profile = profile::write(profile);
    raw.spot_market = market;
    for entry in &mut raw.workload {
        entry.trace.iter_mut().for_each(workload::say_trace_defaults);
        entry.workflow.iter_mut().for_each(|raw| workload::say_workflow_defaults(raw, ideal));
    }
    raw.compute_environments
        .iter_mut()
        .filter_map(|environment| environment.compute_resources.as_mut())
        .for_each(environment::say_defaults);
    let billing = &mut raw.billing;
    billing.ebs_gib.get_or_insert(if ideal { 0 } else { DEFAULT_EBS_GIB });
    billing.public_ipv4.get_or_insert(!ideal);
    billing.cost_share.get_or_insert_with(|| "vcpu".to_owned());
    raw
}

fn quotas(raw: &Scenario) -> Quotas {
    let mut quotas = Quotas::default();
    for (index, class) in QuotaClass::ALL.into_iter().enumerate() {
        let quota =
            |purchase: &str| raw.quotas.get(&format!("{}{purchase}Vcpus", class.key())).copied();
        quotas.on_demand_vcpus[index] = quota("OnDemand");
        quotas.spot_vcpus[index] = quota("Spot");
    }
    quotas.fargate_vcpus =
        PurchaseOption::ALL.map(|bought| raw.quotas.get(Quotas::fargate_key(bought)).copied());
    quotas
}

/// The paths of variants and grids must exist; their values are checked when they are used.
fn check_study(raw: &Scenario, report: &mut Report) {
    let root = Path::default().key("study");
    let variants = root.key("variants");
    let mut paths = Vec::new();
    for (name, sets) in &raw.study.variants {
        if let Err(complaint) = check_name("variant", name) {
            report.key_error(&variants.key(name), complaint);
        }
        paths.extend(sets.keys().map(|key| (variants.key(name).key(key), key)));
    }
    paths.extend(raw.study.grid.keys().map(|key| (root.key("grid").key(key), key)));
    for (path, key) in paths {
        if let Err(complaint) = overrides::resolve(key, &report.root, &SCHEMA) {
            report.key_error(&path, complaint);
        }
    }
    for (key, values) in &raw.study.grid {
        if values.is_empty() {
            let path = root.key("grid").key(key);
            report.error(&path, Complaint::new(format!("no value to try for {key}")));
        }
    }
}

/// A name becomes a folder of results, so it must be able to.
fn check_name(what: &str, name: &str) -> Result<(), Complaint> {
    let complaint = || Complaint::new(format!("{name:?} is no name of a {what}"));
    if is_name(name) { Ok(()) } else { Err(complaint().accepted(NAME_RULE)) }
}

/// Reports the second of two things of one name; `what` is their plural.
fn duplicates(what: &str, names: &[String], list: &Path, key: &str, report: &mut Report) {
    for (index, name) in names.iter().enumerate() {
        if names[..index].contains(name) {
            let complaint = Complaint::new(format!("there are two {what} {name}"));
            report.error(&list.index(index).key(key), complaint.hint("name one of them otherwise"));
        }
    }
}
