//! What is wrong with a workflow or its entry is said before the run, with its place.

use crate::study::{file, loaded, scenario, spec, try_load};
use batchcast::batch::job_definition::Requirements;
use batchcast::experiment::scenario::ScenarioError;
use serde_json::{Value, json};

/// Task t1 asks for 5,000 MiB, t2 for 4 cores.
fn large() -> String {
    let mut flow: Value = serde_json::from_str(&file(&vec![(1.0, vec![]); 3])).unwrap();
    let tasks = &mut flow["workflow"]["execution"]["tasks"];
    tasks[1]["memoryInBytes"] = json!(5_000_u64 << 20);
    tasks[2]["coreCount"] = json!(4);
    flow.to_string()
}

/// An environment whose instances have 2 vCPUs and 4 GiB.
fn small(workflow: Value) -> Value {
    let mut value = scenario(workflow);
    value["computeEnvironments"][0]["computeResources"]["instanceTypes"] = json!(["c6i.large"]);
    value
}

#[track_caller]
fn says(value: &Value, flow: &str, path: &str, words: &[&str]) {
    let errors = try_load(value, flow).expect_err("a mistake");
    println!("{errors}");
    let ScenarioError { path: at, message, accepted, hint, place } = &errors.errors[0];
    assert_eq!(at, path);
    assert!(place.is_some(), "the place in the scenario");
    let text = format!("{message} {accepted:?} {hint:?}");
    for word in words {
        assert!(text.contains(word), "{word:?} is not in {text}");
    }
}

const FILE: &str = "workload[0].workflow.file";

#[test]
fn a_file_that_is_no_workflow_is_a_mistake_of_its_entry() {
    let value = scenario(json!({}));
    says(&value, "{", FILE, &["flow.json", "EOF"]);
    let cycle = file(&[(1.0, vec![1]), (1.0, vec![0])]);
    says(&value, &cycle, FILE, &["flow.json", "task t0 waits for itself: t0 -> t1 -> t0"]);
    let unknown = file(&[(1.0, vec![]), (1.0, vec![0])]).replace("\"id\":\"t0\"", "\"id\":\"x\"");
    says(&value, &unknown, FILE, &["flow.json", "task t1", "parent t0"]);
    says(&value, &file(&[(-2.5, vec![])]), FILE, &["flow.json", "task t0", "run time is -2.5"]);
    let old = file(&[(1.0, vec![])]).replace("1.5", "1.3");
    says(&value, &old, FILE, &["schemaVersion is 1.3", "wfcommons-migrate-instance.py"]);
    let mut missing = scenario(json!({}));
    missing["workload"][0]["workflow"]["file"] = json!("other.json");
    says(&missing, "{}", FILE, &["other.json does not exist"]);
}

#[test]
fn a_mistake_in_the_entry_has_its_place() {
    let flow = file(&[(1.0, vec![])]);
    let entry = "workload[0].workflow";
    let at = |key: &str| format!("{entry}.{key}");
    says(&scenario(json!({"pollIntervall": 1})), &flow, &at("pollIntervall"), &["pollInterval"]);
    says(
        &scenario(json!({"queueSize": 0})),
        &flow,
        &at("queueSize"),
        &["0 is out of range", "1 to"],
    );
    says(&scenario(json!({"client": "airflow"})), &flow, &at("client"), &["nextflow"]);
    says(&scenario(json!({"format": "dax"})), &flow, &at("format"), &["wfcommons"]);
    says(&scenario(json!({"jobQueue": "p"})), &flow, &at("jobQueue"), &["p", "q"]);
    says(&scenario(json!({"jobDefinition": "d"})), &flow, &at("jobDefinition"), &["d"]);
    let mut value = scenario(json!({}));
    value["workload"][0]["arrivals"] =
        json!({"process": "poisson", "perHour": 1, "from": 0, "until": 9});
    says(&value, &flow, "workload[0]", &["a workflow is run once", "at instead of arrivals"]);
    let mut value = scenario(json!({}));
    value["workload"][0]["trace"] = json!({"file": "flow.json", "jobQueue": "q", "format": "csv"});
    says(&value, &flow, "workload[0]", &["a submit, a trace or a workflow"]);
}

#[test]
fn a_task_that_nothing_can_hold_is_an_error_that_names_it_and_the_nearest_type() {
    let words =
        ["task t1", "one of 2 such tasks", "5000 MiB", "c6i.large of ce", "tooLarge: clamp"];
    says(&small(json!({})), &large(), FILE, &words);
    let mut value = small(json!({}));
    value["infeasibleJobs"] = json!("asOnAws");
    let scenario = loaded(&value, &large());
    assert!(scenario.warnings.iter().any(|w| w.contains("task t1")), "{:?}", scenario.warnings);
    assert_eq!(spec(&scenario).requirements[1].memory_mib, 5_000);
}

#[test]
fn clamped_tasks_ask_for_what_the_largest_type_holds() {
    let scenario = loaded(&small(json!({"tooLarge": "clamp"})), &large());
    let spec = spec(&scenario);
    let job = |vcpus, memory_mib| Requirements { vcpus, memory_mib, gpus: 0 };
    assert_eq!(spec.requirements[..], [job(1, 1), job(1, 4_096), job(2, 1)]);
    assert_eq!((spec.clamped, spec.tally().clamped), (2, 2));
}

#[test]
fn memory_that_is_not_recorded_is_that_of_the_entry() {
    let mut flow: Value = serde_json::from_str(&file(&vec![(1.0, vec![]); 2])).unwrap();
    let tasks = &mut flow["workflow"]["execution"]["tasks"];
    tasks[0]["memoryInBytes"] = json!(0);
    tasks[0]["coreCount"] = json!(3);
    let scenario = loaded(&scenario(json!({"memoryMibPerVcpu": 100})), &flow.to_string());
    let memory = |task: usize| spec(&scenario).requirements[task].memory_mib;
    assert_eq!((memory(0), memory(1)), (300, 1));
}
