//! A scenario with one workflow in memory, and one run of it with everything recorded.

use crate::support::account::Outcome;
use crate::support::identities::assert_identities;
use batchcast::experiment::scenario::{
    LoadOptions, Scenario, ScenarioErrors, ScenarioSource, load,
};
use batchcast::workload::spec::{SourceSpec, WorkflowSpec};
use batchcast::world::record::JobRecord;
use batchcast::world::{RunKey, Watch, run};
use serde_json::{Value, json};

/// A task: its run time in seconds and the numbers of its parents.
pub(crate) type Task = (f64, Vec<usize>);

/// A workflow file of schema 1.5 with tasks `t0`, `t1`, ...
pub(crate) fn file(tasks: &[Task]) -> String {
    let id = |number: usize| format!("t{number}");
    let specified = tasks.iter().enumerate().map(|(number, (_, parents))| {
        let parents: Vec<String> = parents.iter().map(|parent| id(*parent)).collect();
        json!({"name": "task", "id": id(number), "parents": parents, "children": []})
    });
    let executed = tasks.iter().enumerate().map(|(number, (seconds, _))| {
        json!({"id": id(number), "runtimeInSeconds": seconds, "memoryInBytes": 1_048_576})
    });
    json!({"name": "flow", "schemaVersion": "1.5", "workflow": {
        "specification": {"tasks": specified.collect::<Vec<_>>()},
        "execution": {"tasks": executed.collect::<Vec<_>>()}}})
    .to_string()
}

/// One environment that holds whatever comes at once, under profile `ideal`; `workflow` is the
/// entry's own keys beside file and queue.
pub(crate) fn scenario(workflow: Value) -> Value {
    let mut entry = json!({"file": "flow.json", "jobQueue": "q"});
    for (key, value) in workflow.as_object().expect("a map of keys") {
        entry[key] = value.clone();
    }
    json!({
        "name": "flow",
        "profile": "ideal",
        "catalog": {"instanceTypes": [{"instanceType": "giant.one", "vcpus": 100_000,
            "memoryMib": 1_000_000_000, "onDemandUsdPerHour": "1.00"}]},
        "computeEnvironments": [{"computeEnvironmentName": "ce", "computeResources": {
            "type": "EC2", "maxvCpus": 100_000, "instanceTypes": ["giant.one"]}}],
        "jobQueues": [{"jobQueueName": "q",
            "computeEnvironmentOrder": [{"order": 1, "computeEnvironment": "ce"}]}],
        "workload": [{"workflow": entry}],
    })
}

/// The scenario with a definition `d` whose jobs fail with this probability.
pub(crate) fn failing(probability: f64, mut workflow: Value) -> Value {
    workflow["jobDefinition"] = json!("d");
    let mut value = scenario(workflow);
    value["jobDefinitions"] = json!([{"jobDefinitionName": "d",
        "containerProperties": {"vcpus": 1, "memory": 4}}]);
    value["jobModels"] = json!({"d": {"failure": {"probability": probability, "exitCode": 3}}});
    value
}

pub(crate) fn try_load(value: &Value, flow: &str) -> Result<Scenario, ScenarioErrors> {
    let source = ScenarioSource::Embedded {
        name: "flow".to_owned(),
        text: value.to_string(),
        files: vec![("flow.json".to_owned(), flow.to_owned())],
    };
    load(&source, &LoadOptions::default())
}

pub(crate) fn loaded(value: &Value, flow: &str) -> Scenario {
    try_load(value, flow).unwrap_or_else(|errors| panic!("{errors}"))
}

/// The workflow of the first entry.
pub(crate) fn spec(scenario: &Scenario) -> &WorkflowSpec {
    match &scenario.workload[0] {
        SourceSpec::Workflow(spec) => spec,
        other => panic!("{other:?}"),
    }
}

/// Runs replication 0 with every invariant checked.
pub(crate) fn simulated(scenario: &Scenario) -> Outcome {
    let key = RunKey { seed: scenario.seed, replication: 0 };
    let open = |(position, spec): (usize, &SourceSpec)| {
        batchcast::workload::open(spec, key.workload(), position as u32).expect("a legal source")
    };
    let mut sources: Vec<_> = scenario.workload.iter().enumerate().map(open).collect();
    let mut outcome = Outcome::default();
    let watch = Watch { samples: None, check_invariants: true };
    run(&scenario.model, key, watch, &mut sources, &mut outcome).expect("nothing is read");
    assert_identities(&outcome, &scenario.model);
    outcome
}

/// The jobs of a workflow of [`file`] in order of submission, each with the number of its task.
pub(crate) fn jobs(outcome: &Outcome) -> Vec<(usize, &JobRecord)> {
    let mut jobs: Vec<&JobRecord> = outcome.jobs.iter().collect();
    jobs.sort_by_key(|job| job.job_id);
    let task = |job: &JobRecord| job.name.to_string()[1..].parse().expect("t and a number");
    jobs.into_iter().map(|job| (task(job), job)).collect()
}

/// The first instant of the lattice of polls from `start` on that is not before `at`, milliseconds.
pub(crate) fn seen(at: u64, start: u64, poll: u64) -> u64 {
    if poll == 0 { at } else { start + (at - start).div_ceil(poll) * poll }
}
