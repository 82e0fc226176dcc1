//! Fargate in scenario files: what AWS takes, and what is refused (behaviour 4.2, 5.1, 6.1).

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use batchcast::batch::fargate::FargateTask;
use batchcast::batch::job_definition::JobDefinition;
use batchcast::ec2::catalog::Architecture;
use batchcast::ec2::fleet::PurchaseOption;
use batchcast::experiment::estimate::estimate;
use batchcast::experiment::replicate::{Options, replicate};
use batchcast::experiment::scenario::{
    LoadOptions, Scenario, ScenarioErrors, ScenarioSource, load,
};
use batchcast::metrics::across::summarise;
use batchcast::workload::spec::SourceSpec;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

/// Requests as AWS takes them, and one queue of EC2 beside those of Fargate.
const GOOD: &str = r#"name: fargate
computeEnvironments:
  - computeEnvironmentName: spot
    type: MANAGED
    computeResources:
      type: FARGATE_SPOT
      maxvCpus: 16
      subnets: [use1-az1, use1-az2]
      securityGroupIds: [sg-1]
  - computeEnvironmentName: tasks
    computeResources: {type: FARGATE, maxvCpus: 8, subnets: [use1-az1]}
  - computeEnvironmentName: instances
    computeResources: {type: EC2, maxvCpus: 64, instanceTypes: [c6i]}
jobQueues:
  - jobQueueName: q
    jobQueueType: ECS_FARGATE
    priority: 1
    computeEnvironmentOrder:
      - {order: 1, computeEnvironment: spot}
      - {order: 2, computeEnvironment: tasks}
  - jobQueueName: ec2
    priority: 1
    computeEnvironmentOrder: [{order: 1, computeEnvironment: instances}]
jobDefinitions:
  - jobDefinitionName: small
    type: container
    platformCapabilities: [FARGATE]
    containerProperties:
      image: app
      resourceRequirements: [{type: VCPU, value: "0.25"}, {type: MEMORY, value: "512"}]
      ephemeralStorage: {sizeInGiB: 30}
      runtimePlatform: {operatingSystemFamily: LINUX, cpuArchitecture: ARM64}
      networkConfiguration: {assignPublicIp: ENABLED}
      fargatePlatformConfiguration: {platformVersion: LATEST}
  - jobDefinitionName: large
    type: container
    containerProperties:
      resourceRequirements: [{type: VCPU, value: "2"}, {type: MEMORY, value: "2048"}]
jobModels: {small: {runtime: 10m}, large: {runtime: 10m}}
quotas: {fargateOnDemandVcpus: 6, fargateSpotVcpus: 12}
workload:
  - submit: {jobName: a, jobQueue: q, jobDefinition: small}
  - submit: {jobName: b, jobQueue: ec2, jobDefinition: large}
"#;

/// A workflow of one task.
const DAG: &str = r#"{"name": "dag", "schemaVersion": "1.5", "workflow": {
  "specification": {"tasks": [{"id": "a", "name": "a", "parents": [], "children": []}]},
  "execution": {"tasks": [{"id": "a", "runtimeInSeconds": 60, "coreCount": 1}]}}}"#;

fn read(text: &str) -> Result<Scenario, ScenarioErrors> {
    let files = [("log.csv", "submit_time,run_time,vcpus\n0,60,1\n"), ("dag.json", DAG)];
    let files = files.map(|(name, text)| (name.to_owned(), text.to_owned())).to_vec();
    let (name, text) = ("fargate".to_owned(), text.to_owned());
    load(&ScenarioSource::Embedded { name, text, files }, &LoadOptions::default())
}

fn good(from: &str, to: &str) -> Scenario {
    assert!(GOOD.contains(from), "{from}");
    read(&GOOD.replacen(from, to, 1)).unwrap_or_else(|errors| panic!("{errors}"))
}

/// Checks the first mistake: its path and words of what is said.
#[track_caller]
fn refused(from: &str, to: &str, path: &str, words: &[&str]) {
    assert!(GOOD.contains(from), "{from}");
    let errors = read(&GOOD.replacen(from, to, 1)).expect_err(to);
    let text = errors.render_plain();
    assert_eq!(errors.errors[0].path, path, "{text}");
    for word in words {
        assert!(text.contains(word), "{word}:\n{text}");
    }
}

/// What the first submission leads to.
fn definition(scenario: &Scenario) -> &JobDefinition {
    let SourceSpec::Submit(submit) = &scenario.workload[0] else { panic!("a submit entry") };
    &scenario.model.job_definitions[submit.submission.definition.index()]
}

const SPOT: &str = "computeEnvironments[spot].computeResources";

#[test]
fn requests_for_fargate_are_read_as_they_stand() {
    let scenario = good("name: fargate", "name: fargate");
    let model = &scenario.model;
    let kinds: Vec<_> = model.compute_environments.iter().map(|ce| ce.kind()).collect();
    assert_eq!(kinds, ["FARGATE_SPOT", "FARGATE", "EC2"]);
    let spot = &model.compute_environments[0];
    assert_eq!((spot.purchase, spot.max_vcpus), (PurchaseOption::Spot, 16));
    assert_eq!((spot.min_vcpus, spot.zones.len(), spot.instance_types.len()), (0, 2, 0));
    let task = definition(&scenario).fargate.unwrap();
    let expected = FargateTask {
        extra_storage_gib: 10,
        architecture: Architecture::Arm64,
        public_ip: true,
        ..FargateTask::new(task.size)
    };
    assert_eq!((task, task.size.quarter_vcpus(), task.size.memory_mib()), (expected, 1, 512));
    assert_eq!(model.quotas.fargate_vcpus, [Some(6), Some(12)]);
    let [on_demand, spot] = scenario.warnings.as_slice() else { panic!("{:?}", scenario.warnings) };
    assert!(on_demand.contains("maxvCpus of tasks is 8, the quota is 6"), "{on_demand}");
    assert!(spot.contains("maxvCpus of spot is 16, the quota is 12"), "{spot}");
}

#[test]
fn what_is_resolved_reads_back() {
    let scenario = good("name: fargate", "name: fargate");
    let source =
        ScenarioSource::Value { value: scenario.resolved.clone(), base: PathBuf::from(".") };
    let again = load(&source, &LoadOptions::default()).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(again.resolved, scenario.resolved);
    let resources = &scenario.resolved["computeEnvironments"][2]["computeResources"];
    assert_eq!(
        (&resources["minvCpus"], &resources["allocationStrategy"]),
        (&0.into(), &"BEST_FIT".into())
    );
}

#[test]
fn a_fargate_environment_takes_four_keys() {
    for (key, value) in [
        ("minvCpus", "0"),
        ("allocationStrategy", "BEST_FIT"),
        ("instanceTypes", "[c6i]"),
        ("bidPercentage", "50"),
        ("ec2KeyPair", "key"),
        ("tags", "{a: b}"),
    ] {
        let to = format!("type: FARGATE_SPOT\n      {key}: {value}");
        let words = ["is not for type FARGATE_SPOT", "type, maxvCpus, subnets, securityGroupIds"];
        refused("type: FARGATE_SPOT", &to, &format!("{SPOT}.{key}"), &words);
    }
    good("type: FARGATE_SPOT", "type: FARGATE_SPOT\n      instanceTypes: []\n      tags: {}");
    let subnets = (0..17).map(|n| format!("subnet-{n}")).collect::<Vec<_>>().join(", ");
    let to = format!("subnets: [{subnets}]");
    refused("subnets: [use1-az1, use1-az2]", &to, &format!("{SPOT}.subnets"), &["at most 16"]);
}

#[test]
fn fargate_and_ec2_are_never_mixed_in_a_queue() {
    let path = "jobQueues[q].computeEnvironmentOrder";
    let words = ["spot is of type FARGATE_SPOT and instances of type EC2", "FARGATE with"];
    refused(
        "{order: 2, computeEnvironment: tasks}",
        "{order: 2, computeEnvironment: instances}",
        path,
        &words,
    );
}

#[test]
fn jobs_and_queues_are_of_one_platform() {
    let path = "workload[a].submit.jobQueue";
    let words = ["small is for Fargate", "environments of ec2 are not", "type FARGATE"];
    refused("jobName: a, jobQueue: q", "jobName: a, jobQueue: ec2", path, &words);
    let path = "workload[b].submit.jobQueue";
    let words = ["large is for EC2", "of q are of Fargate", "platformCapabilities: [FARGATE]"];
    refused("jobName: b, jobQueue: ec2", "jobName: b, jobQueue: q", path, &words);
}

/// Behaviour 12, scenario 18.
#[test]
fn a_size_that_fargate_has_not_is_refused_in_a_definition_and_in_a_submission() {
    let from = r#"{type: VCPU, value: "0.25"}, {type: MEMORY, value: "512"}"#;
    let path = "jobDefinitions[small].containerProperties";
    let three = r#"{type: VCPU, value: "3"}, {type: MEMORY, value: "8192"}"#;
    refused(from, three, path, &["3 vCPUs with 8192 MiB are no size", "4 vCPUs with 8192 MiB"]);
    let four = r#"{type: VCPU, value: "4"}, {type: MEMORY, value: "8192"}"#;
    assert_eq!(definition(&good(from, four)).fargate.unwrap().size.quarter_vcpus(), 16);
    let overrides = |vcpus: &str| {
        format!(
            "jobDefinition: small, containerOverrides: {{resourceRequirements: [{{type: VCPU, \
             value: \"{vcpus}\"}}]}}"
        )
    };
    let path = "workload[a].submit.containerOverrides";
    refused("jobDefinition: small", &overrides("1"), path, &["1 vCPUs with 512 MiB"]);
    let own = good("value: \"512\"", "value: \"2048\"");
    assert_eq!(definition(&own).fargate.unwrap().size.quarter_vcpus(), 1);
    let text = GOOD.replacen("value: \"512\"", "value: \"2048\"", 1);
    let text = text.replacen("jobDefinition: small", &overrides("0.5"), 1);
    let own = read(&text).unwrap();
    let task = definition(&own).fargate.unwrap();
    assert_eq!((task.size.quarter_vcpus(), task.extra_storage_gib), (2, 10));
}

#[test]
fn a_task_wider_than_max_vcpus_is_infeasible() {
    let from = r#"{type: VCPU, value: "0.25"}, {type: MEMORY, value: "512"}"#;
    let to = r#"{type: VCPU, value: "32"}, {type: MEMORY, value: "61440"}"#;
    let path = "workload[a].submit.jobDefinition";
    refused(from, to, path, &["maxvCpus 16", "raise maxvCpus of spot to 32"]);
}

#[test]
fn windows_is_not_modelled() {
    let path = "jobDefinitions[small].containerProperties.runtimePlatform.operatingSystemFamily";
    refused("LINUX", "WINDOWS_SERVER_2022_CORE", path, &["not modelled yet", "LINUX"]);
}

#[test]
fn calls_keep_a_queue_with_its_supplier_and_a_fargate_environment_without_minimum() {
    let calls = |call: &str| format!("apiCalls: [{{at: 1h, {call}}}]\nworkload:");
    let to = calls(
        "updateJobQueue: {jobQueue: q, computeEnvironmentOrder: [{order: 1, \
         computeEnvironment: instances}]}",
    );
    let path = "apiCalls[0].updateJobQueue.computeEnvironmentOrder";
    refused("workload:", &to, path, &["instances is of type EC2", "spot of type FARGATE_SPOT"]);
    let update = |resources: &str| {
        calls(&format!(
            "updateComputeEnvironment: {{computeEnvironment: spot, computeResources: {resources}}}"
        ))
    };
    let path = "apiCalls[0].updateComputeEnvironment.computeResources.minvCpus";
    refused("workload:", &update("{minvCpus: 1}"), path, &["not for type FARGATE_SPOT"]);
    assert_eq!(good("workload:", &update("{maxvCpus: 4}")).model.api_calls.len(), 1);
}

#[test]
fn an_update_changes_max_vcpus_of_a_fargate_environment_only_and_no_supplier() {
    let update = |name: &str, resources: &str| {
        format!(
            "apiCalls: [{{at: 1h, updateComputeEnvironment: {{computeEnvironment: {name}, \
             computeResources: {{{resources}}}}}}}]\nworkload:"
        )
    };
    let path = "apiCalls[0].updateComputeEnvironment.computeResources";
    for (key, value) in [
        ("desiredvCpus", "1"),
        ("scalingPolicy", "{minScaleDownDelayMinutes: 20}"),
        ("type", "FARGATE"),
        ("instanceTypes", "[c6i]"),
        ("subnets", "[use1-az1]"),
    ] {
        let to = update("spot", &format!("{key}: {value}"));
        let words = [key, "not for type FARGATE_SPOT", "maxvCpus"];
        refused("workload:", &to, &format!("{path}.{key}"), &words);
    }
    let to = update("instances", "type: FARGATE");
    let words = ["type EC2 does not become FARGATE", "EC2 or SPOT"];
    refused("workload:", &to, &format!("{path}.type"), &words);
}

#[test]
fn a_fargate_environment_may_be_invalid() {
    let from = "computeEnvironmentName: spot\n";
    let scenario = good(from, &format!("{from}    status: INVALID\n"));
    let spot = &scenario.model.compute_environments[0];
    assert_eq!((spot.invalid, spot.enabled), (true, false));
    let model = "computeEnvironmentModels: {spot: {invalid: true}}\nworkload:";
    let spot = &good("workload:", model).model.compute_environments[0];
    assert_eq!((spot.invalid, spot.enabled), (true, false));
}

#[test]
fn a_queue_of_fargate_is_of_its_type() {
    for kind in ["ECS", "EKS"] {
        let words = ["spot is of type FARGATE_SPOT, which", kind, "accepted: ECS_FARGATE"];
        let path = "jobQueues[q].jobQueueType";
        refused("jobQueueType: ECS_FARGATE", &format!("jobQueueType: {kind}"), path, &words);
    }
}

#[test]
fn a_workflow_is_not_run_on_fargate() {
    let to = "workload:\n  - workflow: {file: dag.json, jobQueue: q}";
    let words = ["have no sizes of Fargate", "EC2 or SPOT environments"];
    refused("workload:", to, "workload[0].workflow.jobQueue", &words);
    let to = "workload:\n  - workflow: {file: dag.json, jobQueue: ec2, jobDefinition: small}";
    refused("workload:", to, "workload[0].workflow.jobDefinition", &["small is for Fargate"]);
}

#[test]
fn a_trace_is_not_replayed_on_fargate() {
    let to = "workload:\n  - trace: {file: log.csv, jobQueue: q}";
    refused(
        "workload:",
        to,
        "workload[0].trace.jobQueue",
        &["of q are of Fargate", "submit entries"],
    );
    let to = "workload:\n  - trace: {file: log.csv, jobQueue: ec2, jobDefinition: small}";
    refused("workload:", to, "workload[0].trace.jobDefinition", &["small is for Fargate"]);
}

/// 32 % of 9,874,980 nano-USD an hour, and 10 GiB at 110,880 each, for ten minutes.
#[test]
fn the_cost_of_a_task_is_known_before_the_run() {
    let alone = "workload:\n  - submit: {jobName: a, jobQueue: q, jobDefinition: small}\n";
    let text = &GOOD[..GOOD.find("workload:").unwrap()];
    let scenario = read(&format!("{text}{alone}")).unwrap();
    let estimate = estimate(&scenario, &[]).unwrap();
    let bounds = estimate.bounds.unwrap();
    let close = |is: f64, expected: f64| assert!((is / expected - 1.0).abs() < 1e-9, "{is}");
    close(bounds.cost_usd, (3_159_994.0 + 1_108_800.0) / 6.0 / 1e9);
    close(bounds.makespan_s, 600.0);
    close(estimate.vcpu_hours, 0.25 / 6.0);
}

/// Two tasks side by side for ten minutes: half a vCPU, whatever whole vCPUs the sizes round to.
#[test]
fn vcpu_hours_count_parts_of_a_vcpu_exactly() {
    let jobs = "workload:\n  - submit: {jobName: a, jobQueue: q, jobDefinition: small}\n  \
                - submit: {jobName: b, jobQueue: q, jobDefinition: small}\n";
    let text = &GOOD[..GOOD.find("workload:").unwrap()];
    let scenario = read(&format!("profile: ideal\n{text}{jobs}")).unwrap();
    let stop = AtomicBool::new(false);
    let options =
        Options { threads: 1, samples: None, carried: &[], stop: &stop, progress: &|_| {} };
    let summary = summarise(&replicate(&scenario, &options, &|_, _| ()).unwrap().replications);
    let value = |name: &str| summary.metrics.mean(name).unwrap();
    let close = |is: f64, expected: f64| assert!((is / expected - 1.0).abs() < 1e-9, "{is}");
    close(value("throughput.vcpuHoursPerHour"), 0.5);
    close(value("cost.perVcpuHour"), value("cost.total") / (0.5 / 6.0));
}
