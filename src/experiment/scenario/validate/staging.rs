//! Files and checkpoints of jobs, the file systems they share, and the speed of machines.

use super::super::error::{Complaint, Report};
use super::super::path::Path;
use super::super::raw::{Scenario, staging as raw};
use super::{duplicates, names};
use crate::batch::api_call::{ApiAction, ApiCall};
use crate::batch::checkpoint::{Checkpoint, Speed};
use crate::batch::compute_environment::{ComputeEnvironment, ListedType};
use crate::batch::job_definition::JobDefinition;
use crate::batch::staging::{SharedFileSystem, SharedFileSystemId, Staging};
use crate::ec2::catalog::{Catalog, InstanceType};
use crate::ec2::machine_speed::SpeedTable;
use crate::sim::SimDuration;
use std::collections::BTreeMap;

const BYTES_PER_MIB: f64 = 1_048_576.0;
/// A shorter interval would be a checkpoint every few milliseconds for days.
const LEAST_INTERVAL: SimDuration = SimDuration::from_secs(1);

/// The file systems by position, and how fast each type works; mistakes go to the report.
pub(super) fn read(
    scenario: &Scenario,
    catalog: &Catalog,
    report: &mut Report,
) -> (Vec<SharedFileSystem>, Vec<Speed>) {
    (file_systems(scenario, report), machine_speeds(scenario, catalog, report))
}

fn file_systems(scenario: &Scenario, report: &mut Report) -> Vec<SharedFileSystem> {
    let list = Path::default().key("sharedFileSystems");
    duplicates("shared file systems", &known(scenario), &list, "name", report);
    let bytes = |mib: f64| (mib * BYTES_PER_MIB).round_ties_even() as u64;
    scenario
        .shared_file_systems
        .iter()
        .map(|raw| SharedFileSystem {
            name: raw.name.clone(),
            bytes_per_s: bytes(raw.mib_per_second).max(1),
            bytes_per_s_per_client: raw.mib_per_second_per_client.map(|mib| bytes(mib).max(1)),
        })
        .collect()
}

fn known(scenario: &Scenario) -> Vec<String> {
    scenario.shared_file_systems.iter().map(|raw| raw.name.clone()).collect()
}

/// What the jobs of a model read and write, if they do.
pub(super) fn staging(
    (input_mib, output_mib): (u32, u32),
    shared: Option<&str>,
    scenario: &Scenario,
    path: &Path,
    report: &mut Report,
) -> Option<Staging> {
    let shared = shared.map(|name| {
        let found = names::find("shared file system", name, &known(scenario));
        report.ok(&path.key("sharedFileSystem"), found).unwrap_or(0)
    });
    if input_mib == 0 && output_mib == 0 {
        return None;
    }
    Some(Staging { input_mib, output_mib, shared: shared.map(SharedFileSystemId::from_index) })
}

/// How the jobs of a model save their work.
pub(super) fn checkpoint(raw: &raw::Checkpoint, path: &Path, report: &mut Report) -> Checkpoint {
    let interval = raw.interval.0;
    if interval < LEAST_INTERVAL {
        let complaint = Complaint::new(format!("a checkpoint every {interval} keeps no work"));
        let complaint = complaint.accepted("1s or more, as 5m");
        report.error(
            &path.key("interval"),
            complaint.hint("leave checkpoint out for jobs that start again from nothing"),
        );
    }
    Checkpoint { interval, cost: raw.cost.0, restore: raw.restore.0 }
}

/// By type: how fast it works, from what is said and, where the scenario takes that, measured.
fn machine_speeds(scenario: &Scenario, catalog: &Catalog, report: &mut Report) -> Vec<Speed> {
    let root = Path::default().key("machineSpeed");
    let said = &scenario.machine_speed.said;
    for (name, factor) in said {
        let path = root.key(name);
        if !catalog.iter().any(|(_, t)| t.name == *name || t.family == *name) {
            report.key_error(&path, unknown_machine(name, catalog));
        }
        if Speed::new(*factor).is_none() {
            let complaint = Complaint::new(format!("no machine works at {factor} times the speed"));
            let accepted = "a number from 0.000001 to 4000, 1 is the reference machine";
            report.error(&path, complaint.accepted(accepted));
        }
    }
    let measured = scenario.machine_speed.is_measured().then(SpeedTable::embedded);
    speeds_by_type(catalog, said, measured.as_ref())
}

/// What is said of a type goes before what is said of its family, and that before what was
/// measured. Empty when all are as fast as the reference machine.
fn speeds_by_type(
    catalog: &Catalog,
    said: &BTreeMap<String, f64>,
    measured: Option<&SpeedTable>,
) -> Vec<Speed> {
    let figure = |t: &InstanceType| Some(measured?.of_family(&t.family)?.factor());
    let named = |t: &InstanceType| said.get(&t.name).or_else(|| said.get(&t.family)).copied();
    let speed_of = |t: &InstanceType| named(t).or_else(|| figure(t)).and_then(Speed::new);
    let speeds: Vec<Speed> =
        catalog.iter().map(|(_, t)| speed_of(t).unwrap_or(Speed::REFERENCE)).collect();
    let is_plain = speeds.iter().all(|speed| *speed == Speed::REFERENCE);
    if is_plain { Vec::new() } else { speeds }
}

fn unknown_machine(name: &str, catalog: &Catalog) -> Complaint {
    let mut families: Vec<&str> = catalog.iter().map(|(_, t)| t.family.as_str()).collect();
    families.sort_unstable();
    families.dedup();
    Complaint::new(format!("the catalog has no family and no type {name}"))
        .accepted("a family as c6i, or a type as c6i.4xlarge")
        .did_you_mean(name, families)
}

/// Files that are not on a shared file system go over the network of the instance, so its bandwidth
/// must be known wherever such jobs may run.
pub(super) fn check_networks(
    definitions: &[JobDefinition],
    environments: Option<&[ComputeEnvironment]>,
    api_calls: &[ApiCall],
    catalog: &Catalog,
    report: &mut Report,
) {
    let uses_network = |definition: &&JobDefinition| {
        definition.fargate.is_none()
            && definition.model.staging.is_some_and(|files| files.shared.is_none())
    };
    let Some(definition) = definitions.iter().find(uses_network) else { return };
    let updated = api_calls.iter().filter_map(|call| match &call.action {
        ApiAction::UpdateComputeEnvironment(update) => update.infrastructure.as_ref(),
        _ => None,
    });
    let updated = updated.flat_map(|infrastructure| &infrastructure.instance_types);
    let listed =
        environments.into_iter().flatten().flat_map(|environment| &environment.instance_types);
    let unknown = |listed: &&ListedType| catalog.get(listed.id).network.is_none();
    let Some(listed) = listed.chain(updated).find(unknown) else { return };
    let name = &catalog.get(listed.id).name;
    let complaint = Complaint::new(format!(
        "jobs of {} read and write over the network, and that of {name} is not known",
        definition.name
    ));
    let hint = format!(
        "name its bandwidth, catalog.instanceTypes: [{{instanceType: {name}, networkGbps: 10}}], \
         or a sharedFileSystem in the model"
    );
    report.error(&Path::default().key("jobModels"), complaint.hint(hint));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ec2::machine_speed::SpeedFigure;

    #[test]
    fn what_was_measured_goes_behind_what_is_said_of_the_family_and_of_the_type() {
        let catalog = Catalog::embedded();
        let mut table = SpeedTable::embedded();
        let figure = table.of_family("c6id").unwrap().clone();
        let measured = |machine: &str, speed: f64, interval| {
            let machine = machine.to_owned();
            SpeedFigure { machine, speed, interval, ..figure.clone() }
        };
        table.figures = vec![
            measured("c6i", 1.5, (1.4, 1.6)),
            measured("m5", 0.8, (0.7, 0.9)),
            measured("r5", 0.8, (0.5, 1.3)),
            SpeedFigure { site: "elsewhere".to_owned(), ..measured("a1", 0.3, (0.2, 0.4)) },
        ];
        let said = [("m5", 0.9), ("c6i.large", 2.0)];
        let said: BTreeMap<String, f64> = said.map(|(name, f)| (name.to_owned(), f)).into();
        let speeds = speeds_by_type(&catalog, &said, Some(&table));
        let of = |name: &str| speeds[catalog.find(name).unwrap().index()].factor();
        assert_eq!([of("c6i.large"), of("c6i.xlarge"), of("m5.large")], [2.0, 1.5, 0.9]);
        assert_eq!(of("r5.large"), 1.0, "not told apart from the reference");
        assert_eq!(of("a1.large"), 1.0, "a machine of another site that has the same name");
        let nothing = BTreeMap::new();
        assert!(speeds_by_type(&catalog, &nothing, None).is_empty());
    }
}
