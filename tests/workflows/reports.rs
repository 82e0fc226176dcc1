//! What a study says of its workflows: before the run, after it, and at any number of threads.

use crate::study::{failing, loaded, scenario};
use batchcast::experiment::compare::{Alternative, compare};
use batchcast::experiment::embedded::CarriedFile;
use batchcast::experiment::estimate::{Bounds, NoBounds, estimate};
use batchcast::experiment::replicate::{Options, check_traces, replicate};
use batchcast::experiment::scenario::{LoadOptions, Scenario, ScenarioSource, load};
use batchcast::metrics::result::RunResult;
use serde_json::{Value, json};
use std::sync::atomic::AtomicBool;

/// A diamond whose longest path takes 17 s.
const FLOW: &str = r#"{"schemaVersion": "1.6", "workflow": {"specification": {"tasks": [
    {"id": "t0", "children": ["t1", "t2"]}, {"id": "t1"}, {"id": "t2"},
    {"id": "t3", "parents": ["t1", "t2"]}]},
    "execution": {"tasks": [{"id": "t0", "runtimeInSeconds": 1}, {"id": "t1", "runtimeInSeconds": 2},
    {"id": "t2", "runtimeInSeconds": 15}, {"id": "t3", "runtimeInSeconds": 1}]}}}"#;

const CARRIED: &[CarriedFile] = &[CarriedFile { name: "flow.json", bytes: FLOW.as_bytes() }];

fn replicated(scenario: &Scenario, threads: usize) -> RunResult {
    let stop = AtomicBool::new(false);
    let options =
        Options { threads, samples: None, carried: CARRIED, stop: &stop, progress: &|_| {} };
    replicate(scenario, &options, &|_, _| ()).unwrap()
}

/// Profile `aws`, with failures and resubmissions: nearly everything is drawn.
fn eventful() -> Value {
    let mut value = failing(0.3, json!({"maxRetries": 1, "client": "nextflow"}));
    value["profile"] = json!("aws");
    value["replications"] = json!(8);
    value
}

#[test]
fn the_number_of_threads_changes_nothing_of_a_workflow() {
    let scenario = loaded(&eventful(), FLOW);
    let alone = replicated(&scenario, 1);
    for threads in [2, 5] {
        let other = replicated(&scenario, threads);
        assert_eq!(other.replications, alone.replications);
        assert_eq!((&other.warnings, &other.provenance), (&alone.warnings, &alone.provenance));
    }
    let ends: Vec<_> = alone.replications.iter().map(|one| one.end.digest.clone()).collect();
    assert!(ends.iter().any(|digest| *digest != ends[0]), "replications differ");
}

#[test]
fn tasks_that_were_never_submitted_are_counted_in_a_warning() {
    let result = replicated(&loaded(&failing(1.0, json!({})), FLOW), 1);
    let said = "flow.json: 3 tasks were never submitted, in 1 of 1 replications";
    assert!(result.warnings.iter().any(|warning| warning.contains(said)), "{:?}", result.warnings);
    let sound = replicated(&loaded(&scenario(json!({})), FLOW), 1);
    assert!(!sound.warnings.iter().any(|w| w.contains("never")), "{:?}", sound.warnings);
    let facts = &sound.provenance.traces[0];
    assert_eq!((facts.file.as_str(), facts.format.as_str()), ("flow.json", "wfcommons"));
    assert_eq!((facts.accepted, facts.hash.len()), (4, 64));
    assert!(facts.skipped.is_empty() && facts.rejected.is_empty());
}

#[test]
fn a_dry_run_bounds_the_makespan_by_the_critical_path_and_the_polls() {
    let of = |value: &Value| {
        let estimate = estimate(&loaded(value, FLOW), CARRIED).unwrap();
        assert_eq!((estimate.jobs, estimate.submissions, estimate.drawn_jobs), (4, 4, 0));
        estimate
    };
    let ideal = scenario(json!({}));
    let makespan = |value: &Value| of(value).bounds.map(|Bounds { makespan_s, .. }| makespan_s);
    assert_eq!(makespan(&ideal), Ok(17.0));
    assert!((of(&ideal).vcpu_hours - 19.0 / 3_600.0).abs() < 1e-12);
    let mut polled = scenario(json!({"pollInterval": "10s"}));
    polled["workload"][0]["at"] = json!("3s");
    assert_eq!(makespan(&polled), Ok(31.0), "t1 and t2 after 10 s, t3 after 30 s");
    assert_eq!(makespan(&failing(0.5, json!({}))), Err(NoBounds::Failing));
    assert!(makespan(&failing(0.0, json!({}))).is_ok());
}

#[test]
fn what_a_dry_run_bounds_a_run_keeps() {
    for workflow in [json!({}), json!({"pollInterval": "4s", "queueSize": 1})] {
        let scenario = loaded(&scenario(workflow), FLOW);
        let bounds = estimate(&scenario, CARRIED).unwrap().bounds.unwrap();
        let result = replicated(&scenario, 1);
        let summary = batchcast::metrics::across::summarise(&result.replications);
        let makespan = summary.metrics.mean("makespan").unwrap();
        assert!(makespan >= bounds.makespan_s, "{makespan} {bounds:?}");
        assert!(summary.metrics.mean("cost.total").unwrap() >= bounds.cost_usd);
    }
}

#[test]
fn a_workflow_scenario_resolves_to_itself_and_warns_of_shrunk_tasks() {
    let mut value = scenario(json!({"tooLarge": "clamp", "client": "nextflow"}));
    value["computeEnvironments"][0]["computeResources"]["instanceTypes"] = json!(["c6i.large"]);
    let flow =
        FLOW.replace("\"runtimeInSeconds\": 15", "\"runtimeInSeconds\": 15, \"coreCount\": 9");
    let scenario = loaded(&value, &flow);
    let resolved = &scenario.resolved["workload"][0]["workflow"];
    assert_eq!(resolved["queueSize"], json!("unlimited"), "profile ideal");
    assert_eq!(resolved["pollInterval"], json!("0s"));
    let again = loaded(&scenario.resolved, &flow);
    assert_eq!(again.resolved, scenario.resolved);
    let warnings = check_traces(&scenario, CARRIED).unwrap();
    assert!(warnings.contains(&"flow.json: 1 jobs were shrunk to fit".to_owned()), "{warnings:?}");
}

#[test]
fn how_the_engine_goes_about_it_is_no_other_work() {
    let alternative = |name: &str, workflow: Value| Alternative {
        name: name.to_owned(),
        scenario: loaded(&scenario(workflow), FLOW),
        carried: CARRIED,
    };
    let stop = AtomicBool::new(false);
    let options =
        Options { threads: 1, samples: None, carried: CARRIED, stop: &stop, progress: &|_| {} };
    let notes = |other: Value| {
        let pair = [alternative("at-once", json!({})), alternative("other", other)];
        compare(pair.into(), &options).unwrap().unwrap().comparison.notes
    };
    let polled = notes(json!({"pollInterval": "10s", "queueSize": 2, "submitRate": 1}));
    assert!(!polled.iter().any(|note| note.contains("same work")), "{polled:?}");
    let retried = notes(json!({"maxRetries": 1}));
    assert!(retried.iter().any(|note| note.contains("same work")), "{retried:?}");
}

#[test]
fn a_workflow_file_is_read_from_the_folder_of_the_scenario() {
    let folder = std::env::temp_dir().join(format!("batchcast-workflow-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("flow.json"), FLOW).unwrap();
    let source = ScenarioSource::Value { value: scenario(json!({})), base: folder.clone() };
    let loaded = load(&source, &LoadOptions::default()).unwrap_or_else(|e| panic!("{e}"));
    std::fs::remove_dir_all(&folder).unwrap();
    assert_eq!(loaded.model.job_definitions[0].name, "flow", "made for it, called like its file");
}
