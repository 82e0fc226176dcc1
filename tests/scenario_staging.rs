//! Checkpoints, files and machines as a scenario says them: what the model makes of the keys, and
//! what it says of mistakes.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use batchcast::batch::checkpoint::{Checkpoint, Speed};
use batchcast::batch::staging::{SharedFileSystem, SharedFileSystemId, Staging};
use batchcast::ec2::catalog::Network;
use batchcast::ec2::machine_speed::{EC2, SpeedTable};
use batchcast::experiment::estimate::estimate;
use batchcast::experiment::replicate::{Options, replicate};
use batchcast::experiment::scenario::{
    LoadOptions, Scenario, ScenarioErrors, ScenarioSource, load,
};
use batchcast::sim::SimDuration;
use std::sync::atomic::AtomicBool;

const GOOD: &str = r#"name: good
computeEnvironments:
  - computeEnvironmentName: spot
    type: MANAGED
    computeResources: {type: SPOT, maxvCpus: 64, instanceTypes: [m5.large, own.big]}
jobQueues:
  - {jobQueueName: q, priority: 1, computeEnvironmentOrder: [{order: 1, computeEnvironment: spot}]}
catalog:
  instanceTypes: [{instanceType: own.big, vcpus: 8, memoryMib: 32768, onDemandUsdPerHour: "0.4"}]
sharedFileSystems:
  - {name: efs, mibPerSecond: 300, mibPerSecondPerClient: 100}
  - {name: fsx, mibPerSecond: 1000.5}
machineSpeed: {m5: 0.8, m5.large: 1.25, own: 2}
jobDefinitions:
  - jobDefinitionName: sim
    type: container
    containerProperties:
      resourceRequirements: [{type: VCPU, value: "2"}, {type: MEMORY, value: "2048"}]
jobModels:
  sim:
    runtime: 10m
    checkpoint: {interval: 5m, cost: 10s, restore: 20s}
    inputMib: 500
    outputMib: 20
    sharedFileSystem: efs
workload:
  - {submit: {jobName: a, jobQueue: q, jobDefinition: sim}, at: 0s}
"#;

fn read(text: &str) -> Result<Scenario, ScenarioErrors> {
    let (name, text, files) = ("good".to_owned(), text.to_owned(), Vec::new());
    load(&ScenarioSource::Embedded { name, text, files }, &LoadOptions::default())
}

/// The first mistake of the good scenario with `from` replaced by `to` has this path; the words
/// are in what is said.
#[track_caller]
fn says(from: &str, to: &str, path: &str, words: &[&str]) {
    assert!(GOOD.contains(from), "{from}");
    let errors = read(&GOOD.replacen(from, to, 1)).expect_err(to);
    assert_eq!(errors.errors[0].path, path, "{}", errors.render_plain());
    let rendered = errors.render_plain();
    for word in words {
        assert!(rendered.contains(word), "{word} is not in:\n{rendered}");
    }
}

#[test]
fn the_keys_are_read_as_they_are_written() {
    let model = read(GOOD).unwrap_or_else(|errors| panic!("{errors}")).model;
    let secs = SimDuration::from_secs;
    let sim = &model.job_definitions[0].model;
    let checkpoint = Checkpoint { interval: secs(300), cost: secs(10), restore: secs(20) };
    assert_eq!(sim.checkpoint, Some(checkpoint));
    let shared = Some(SharedFileSystemId::new(0));
    assert_eq!(sim.staging, Some(Staging { input_mib: 500, output_mib: 20, shared }));
    let fsx = SharedFileSystem {
        name: "fsx".to_owned(),
        bytes_per_s: 1_049_100_288,
        bytes_per_s_per_client: None,
    };
    assert_eq!(model.shared_file_systems[1], fsx);
    assert_eq!(model.shared_file_systems[0].bytes_per_s_per_client, Some(104_857_600));
}

#[test]
fn a_type_s_own_speed_goes_before_that_of_its_family() {
    let model = read(GOOD).unwrap().model;
    let speed = |name: &str| model.machine_speeds[model.catalog.find(name).unwrap().index()];
    let of = |factor: f64| Speed::new(factor).unwrap();
    assert_eq!([speed("m5.large"), speed("m5.xlarge"), speed("own.big")], [1.25, 0.8, 2.0].map(of));
    assert_eq!(speed("c5.large"), Speed::REFERENCE);
    let plain = read(&GOOD.replace("{m5: 0.8, m5.large: 1.25, own: 2}", "{m5: 1}")).unwrap();
    assert!(plain.model.machine_speeds.is_empty(), "nothing is to be divided by 1");
}

#[test]
fn measured_speeds_are_taken_only_where_a_scenario_says_so() {
    let with = |speeds: &str| {
        let text = GOOD.replace("{m5: 0.8, m5.large: 1.25, own: 2}", speeds);
        read(&text).unwrap_or_else(|errors| panic!("{errors}"))
    };
    let table = SpeedTable::embedded();
    let scenario = with("{table: embedded, m5: 0.8}");
    let model = &scenario.model;
    let speed = |name: &str| model.machine_speeds[model.catalog.find(name).unwrap().index()];
    let of = |factor: f64| Speed::new(factor).unwrap();
    for figure in table.figures.iter().filter(|figure| figure.site == EC2) {
        assert_eq!(speed(&format!("{}.large", figure.machine)), of(figure.factor()));
    }
    assert_eq!(speed("m5.large"), of(0.8), "what is said goes before what was measured");
    let none = with("{table: none, m5: 0.8}");
    let nothing_of_it = with("{m5: 0.8}");
    assert_eq!(none.model.machine_speeds, nothing_of_it.model.machine_speeds);
    assert_eq!(nothing_of_it.resolved["machineSpeed"], serde_json::json!({"m5": 0.8}));
    let set = LoadOptions {
        sets: vec![("machineSpeed.table".to_owned(), "embedded".to_owned())],
        ..LoadOptions::default()
    };
    let text = GOOD.replace("machineSpeed: {m5: 0.8, m5.large: 1.25, own: 2}\n", "");
    let (name, files) = ("good".to_owned(), Vec::new());
    let scenario = load(&ScenarioSource::Embedded { name, text, files }, &set);
    let scenario = scenario.unwrap_or_else(|errors| panic!("{errors}"));
    assert_eq!(scenario.resolved["machineSpeed"]["table"], "embedded");
    let path = "machineSpeed.table";
    let words = ["none, embedded", "did you mean embedded"];
    says("m5: 0.8", "table: embeded", path, &words);
    says("m5: 0.8", "table: 2", path, &["none, embedded"]);
    says("m5: 0.8", "tables: embedded", "machineSpeed.tables", &["a number"]);
}

#[test]
fn a_model_without_files_and_checkpoints_has_no_steps() {
    let text = GOOD.replace("    inputMib: 500\n    outputMib: 20\n", "");
    let sim = &read(&text).unwrap().model.job_definitions[0].model;
    assert!(sim.staging.is_none() && sim.has_steps(), "nothing is read, though it says from where");
    let text = text.replace("    checkpoint: {interval: 5m, cost: 10s, restore: 20s}\n", "");
    assert!(!read(&text).unwrap().model.job_definitions[0].model.has_steps());
}

#[test]
fn a_checkpoint_needs_an_interval_of_a_second_or_more() {
    let path = "jobModels.sim.checkpoint.interval";
    says("interval: 5m", "interval: 0s", path, &["keeps no work", "1s or more", "hint"]);
    says("interval: 5m", "interval: 20ms", path, &["1s or more"]);
    let path = "jobModels.sim.checkpoint";
    says("{interval: 5m, cost: 10s, restore: 20s}", "{cost: 10s}", path, &["interval"]);
    says("cost: 10s", "cost: -1s", "jobModels.sim.checkpoint.cost", &["duration"]);
    says("cost: 10s", "kost: 10s", "jobModels.sim.checkpoint.kost", &["did you mean", "cost"]);
}

#[test]
fn a_shared_file_system_is_known_by_its_name() {
    let path = "jobModels.sim.sharedFileSystem";
    says("sharedFileSystem: efs", "sharedFileSystem: esf", path, &["efs, fsx", "did you mean efs"]);
    says("name: fsx", "name: efs", "sharedFileSystems[efs].name", &["two shared file systems efs"]);
}

#[test]
fn a_bandwidth_is_above_zero() {
    let path = "sharedFileSystems[efs].mibPerSecond";
    says("mibPerSecond: 300", "mibPerSecond: 0", path, &["0.001"]);
    let path = "sharedFileSystems[efs].mibPerSecondPerClient";
    says("mibPerSecondPerClient: 100", "mibPerSecondPerClient: fast", path, &["a number"]);
}

#[test]
fn a_machine_is_of_the_catalog_and_works() {
    says("m5: 0.8", "m55: 0.8", "machineSpeed.m55", &["no family and no type m55", "did you mean"]);
    says("m5: 0.8", "m5: 0", "machineSpeed.m5", &["at 0 times the speed", "1 is the reference"]);
    says("m5: 0.8", "m5: -1", "machineSpeed.m5", &["at -1 times the speed"]);
    says("m5: 0.8", "m5: 5000", "machineSpeed.m5", &["from 0.000001 to 4000"]);
}

#[test]
fn whose_files_go_over_the_network_needs_a_known_network() {
    let hint = "catalog.instanceTypes: [{instanceType: own.big, networkGbps: 10}]";
    says("    sharedFileSystem: efs\n", "", "jobModels", &["own.big is not known", hint]);
    let known = GOOD
        .replace("    sharedFileSystem: efs\n", "")
        .replace("vcpus: 8,", "vcpus: 8, networkGbps: 12.5,");
    let model = read(&known).unwrap_or_else(|errors| panic!("{errors}")).model;
    let catalog = &model.catalog;
    let network = |name: &str| catalog.get(catalog.find(name).unwrap()).network.unwrap();
    assert_eq!(network("own.big"), Network { baseline_mbps: 12_500, burst_mbps: 12_500 });
    assert_eq!(network("m5.large"), Network { baseline_mbps: 750, burst_mbps: 10_000 });
}

#[test]
fn the_speed_of_machines_is_listed_among_the_assumptions_of_a_report() {
    let result = |text: &str| {
        let stop = AtomicBool::new(false);
        let options =
            Options { threads: 1, samples: None, carried: &[], stop: &stop, progress: &|_| {} };
        replicate(&read(text).unwrap(), &options, &|_, _| ()).unwrap()
    };
    let keys = |text: &str| -> Vec<(String, String)> {
        let parameters = result(text).provenance.parameters.into_iter();
        let said = parameters.filter(|p| p.key.starts_with("machineSpeed"));
        said.map(|p| (p.key, p.value)).collect()
    };
    let said = [("machineSpeed.m5", "0.8"), ("machineSpeed.m5.large", "1.25")];
    let own = ("machineSpeed.own", "2.0");
    let expected = [said[0], said[1], own].map(|(key, value)| (key.to_owned(), value.to_owned()));
    assert_eq!(keys(GOOD), expected);
    let own = "machineSpeed: {m5: 0.8, m5.large: 1.25, own: 2}\n";
    assert!(keys(&GOOD.replace(own, "")).is_empty());
    // Measured speeds are listed by family in use, with what was found.
    let measured = GOOD
        .replace(own, "machineSpeed: {table: embedded, own: 2}\n")
        .replace("[m5.large, own.big]", "[m5.large, r6id.large, own.big]");
    let listed = keys(&measured);
    let of = |key: &str| {
        let found = listed.iter().find(|(known, _)| known == key);
        found.map(|(_, value)| value.as_str()).unwrap_or_default()
    };
    assert_eq!(of("machineSpeed.table"), "embedded");
    assert_eq!(of("machineSpeed.m5"), "1", "the table has no figure of it");
    assert_eq!(of("machineSpeed.own"), "2.0");
    let table = SpeedTable::embedded();
    let figure = table.of_family("r6id").unwrap();
    let found = format!("{} (measured {}, 95 % interval", figure.factor(), figure.speed);
    assert!(of("machineSpeed.r6id").starts_with(&found), "{listed:?}");
    assert_eq!(listed.len(), 4, "{listed:?}");
    let plain = ["m5", "r6id"].map(|family| {
        table.of_family(family).is_none_or(|figure| figure.factor() == 1.0).then_some(family)
    });
    let plain: Vec<&str> = plain.into_iter().flatten().collect();
    let warnings = result(&measured.replace("r6id.large", "r6id.large, c6id.large")).warnings;
    let said = warnings.iter().find(|warning| warning.starts_with("machineSpeed: "));
    let families = format!("at its speed: {};", plain.join(", "));
    assert!(said.is_some_and(|said| said.contains(&families)), "{families} {warnings:?}");
    assert!(!result(GOOD).warnings.iter().any(|warning| warning.starts_with("machineSpeed")));
}

#[test]
fn the_bounds_before_a_run_are_those_of_the_fastest_machine() {
    let text = GOOD
        .replace("name: good\n", "name: good\nprofile: ideal\n")
        .replace("m5.large, own.big", "m5.large, m5.xlarge");
    // Ten minutes at 1.25 times the speed, whatever is read and saved besides.
    let bounds = estimate(&read(&text).unwrap(), &[]).unwrap().bounds.unwrap();
    assert!((bounds.makespan_s - 480.0).abs() < 1e-6, "{bounds:?}");
}
