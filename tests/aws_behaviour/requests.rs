//! What AWS takes in a request and what it refuses, where no other file is about it (behaviour
//! 1.4 to 1.6, 2.2, 3, 4.3, 4.4).

use super::definitions::{
    account, container, needs, read, refused, registered, request, submitted,
};
use batchcast::batch::consumable::{ConsumableId, ConsumableNeed};
use batchcast::experiment::scenario::Scenario;
use batchcast::sim::SimDuration;
use batchcast::workload::spec::SourceSpec;
use serde_json::{Value, json};

#[test]
fn an_array_has_two_to_ten_thousand_children() {
    let of = |size: u32| {
        submitted(&container("1", "512"), &[json!({"arrayProperties": {"size": size}})])
    };
    assert!(of(2).is_ok() && of(10_000).is_ok());
    for size in [0, 1, 10_001] {
        refused(of(size), "workload[job0].submit.arrayProperties.size", &["2 to 10000"]);
    }
}

#[test]
fn a_time_limit_cancels_runnable_jobs_after_ten_minutes_to_a_day_for_one_of_three_reasons() {
    let good = json!({"reason": "CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY", "state": "RUNNABLE",
        "maxTimeSeconds": 600, "action": "CANCEL"});
    let of = |key: &str, value: Value| {
        let submit = json!({"jobName": "a", "jobQueue": "q", "jobDefinition": "d"});
        let mut definition = container("1", "512");
        definition["jobDefinitionName"] = json!("d");
        let mut scenario = account("aws", &json!([definition]), &json!([{"submit": submit}]));
        scenario["jobModels"] = json!({"d": {"runtime": "1m"}});
        let mut action = good.clone();
        action[key] = value;
        scenario["jobQueues"][0]["jobStateTimeLimitActions"] = json!([action]);
        read(scenario)
    };
    let at = |key: &str| format!("jobQueues[q].jobStateTimeLimitActions[0].{key}");
    for (key, value) in [
        ("maxTimeSeconds", json!(86_400)),
        ("reason", json!("MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE")),
        ("reason", json!("MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT")),
    ] {
        assert!(of(key, value.clone()).is_ok(), "{value}");
    }
    for seconds in [599, 86_401] {
        refused(of("maxTimeSeconds", json!(seconds)), &at("maxTimeSeconds"), &["600 to 86400"]);
    }
    for (key, value, accepted) in [
        ("state", "STARTING", "RUNNABLE"),
        ("action", "TERMINATE", "CANCEL"),
        ("reason", "MISCONFIGURATION:SERVICE_ROLE_PERMISSIONS", "JOB_RESOURCE_REQUIREMENT"),
        ("reason", "UNDETERMINED", "JOB_RESOURCE_REQUIREMENT"),
    ] {
        refused(of(key, json!(value)), &at(key), &[accepted]);
    }
}

#[test]
fn a_job_has_at_most_a_thousand_nodes_in_five_groups() {
    let of = |key: &str, value: Value| {
        let mut nodes = request("nodes");
        nodes["nodeProperties"][key] = value;
        submitted(&nodes, &[])
    };
    let at = |key: &str| format!("jobDefinitions[d].nodeProperties.{key}");
    let group = |at: u32| {
        json!({"targetNodes": format!("{at}:{at}"), "container": {
        "image": "mpi", "resourceRequirements": needs("1", "512")}})
    };
    let all: Vec<Value> = (0..6).map(group).collect();
    refused(of("numNodes", json!(1_001)), &at("numNodes"), &["1 to 1000"]);
    refused(of("nodeRangeProperties", json!(all)), &at("nodeRangeProperties"), &["5"]);
}

#[test]
fn a_job_of_several_nodes_does_not_run_on_an_unmanaged_environment() {
    let mut definition = request("nodes");
    definition["jobDefinitionName"] = json!("d");
    let submit = json!({"jobName": "a", "jobQueue": "q", "jobDefinition": "d"});
    let mut scenario = account("aws", &json!([definition]), &json!([{"submit": submit}]));
    scenario["jobModels"] = json!({"d": {"runtime": "1m"}});
    assert!(read(scenario.clone()).is_ok());
    scenario["computeEnvironments"] =
        json!([{"computeEnvironmentName": "ce", "type": "UNMANAGED"}]);
    scenario["computeEnvironmentModels"] = json!({"ce": {"instances":
        [{"instanceType": "c5n.18xlarge", "count": 8}]}});
    let words = ["is of 4 nodes", "is of type EC2", "MANAGED"];
    refused(read(scenario), "workload[a].submit.jobDefinition", &words);
}

#[test]
fn a_task_is_the_only_element_of_its_list() {
    let list = "jobDefinitions[d].ecsProperties.taskProperties";
    let mut task = request("task");
    let one = task["ecsProperties"]["taskProperties"][0].clone();
    task["ecsProperties"]["taskProperties"] = json!([one, one]);
    refused(submitted(&task, &[]), list, &["1"]);
    task["ecsProperties"]["taskProperties"] = json!([]);
    refused(submitted(&task, &[]), list, &["exactly one"]);
}

/// AWS's field reads as if both were possible; whether they are, nothing says.
#[test]
fn a_definition_for_both_platforms_runs_on_ec2_and_says_so() {
    let mut both = container("1", "512");
    both["platformCapabilities"] = json!(["EC2", "FARGATE"]);
    let scenario = submitted(&both, &[json!({})]).expect("it runs in a queue of EC2");
    let warned = scenario
        .warnings
        .iter()
        .filter(|text| text.contains("runs on EC2 only") || text.contains("run on EC2 only"));
    assert_eq!(warned.count(), 1, "{:?}", scenario.warnings);
}

#[test]
fn a_pod_says_no_platform() {
    for platform in ["EC2", "FARGATE"] {
        let mut pod = request("pod");
        pod["platformCapabilities"] = json!([platform]);
        let path = "jobDefinitions[d].platformCapabilities";
        refused(submitted(&pod, &[]), path, &["eksProperties", "leave platformCapabilities out"]);
    }
}

/// Two containers of a task, which stop within these seconds.
fn stopping(first: Option<u32>, second: Option<u32>, platform: &str) -> Value {
    let container = |name: &str, seconds: Option<u32>| {
        let mut container = json!({"name": name, "image": name, "essential": true,
            "resourceRequirements": needs("1", "2048")});
        if let Some(seconds) = seconds {
            container["stopTimeout"] = json!(seconds);
        }
        container
    };
    let containers = json!([container("a", first), container("b", second)]);
    json!({"platformCapabilities": [platform],
        "ecsProperties": {"taskProperties": [{"containers": containers}]}})
}

/// Behaviour 1.2: 30 s where nothing is said.
#[test]
fn a_task_stops_within_the_longest_stop_timeout_of_its_containers() {
    for (first, second, expected) in [
        (None, None, None),
        (Some(10), Some(20), Some(20)),
        (Some(10), None, Some(30)),
        (Some(90), None, Some(90)),
    ] {
        let definition = registered(&stopping(first, second, "EC2"));
        assert_eq!(definition.stop_timeout, expected.map(SimDuration::from_secs));
    }
    let path = "jobDefinitions[d].ecsProperties.taskProperties[0].containers";
    let at = format!("{path}[b].stopTimeout");
    assert!(submitted(&stopping(None, Some(120), "FARGATE"), &[]).is_ok());
    refused(submitted(&stopping(None, Some(121), "FARGATE"), &[]), &at, &["2 to 120"]);
    let at = format!("{path}[a].stopTimeout");
    refused(submitted(&stopping(Some(1), None, "EC2"), &[]), &at, &["2"]);
}

/// A number of licences, as an object of AWS says it.
fn licences(quantity: u64) -> Value {
    json!({"consumableResourceList": [{"consumableResource": "licence", "quantity": quantity}]})
}

/// A job of four nodes: the first locks 2 licences, each of the others one, the job itself 3; and
/// what its submission says besides.
fn licensed(total: u64, over: &Value) -> Result<Scenario, String> {
    let group = |nodes: &str, quantity: u64| {
        json!({"targetNodes": nodes, "consumableResourceProperties": licences(quantity),
            "container": {"image": "mpi", "resourceRequirements": needs("1", "512")}})
    };
    let definition = json!({"jobDefinitionName": "d", "type": "multinode",
        "consumableResourceProperties": licences(3), "nodeProperties": {"numNodes": 4,
        "mainNode": 0, "nodeRangeProperties": [group("0:0", 2), group("1:", 1)]}});
    let mut submit = json!({"jobName": "a", "jobQueue": "q", "jobDefinition": "d"});
    for (key, value) in over.as_object().expect("keys of a submission") {
        submit[key] = value.clone();
    }
    let mut scenario = account("aws", &json!([definition]), &json!([{"submit": submit}]));
    scenario["jobModels"] = json!({"d": {"runtime": "1m"}});
    scenario["consumableResources"] =
        json!([{"consumableResourceName": "licence", "totalQuantity": total}]);
    read(scenario)
}

/// Behaviour 4.5: per node.
#[test]
fn a_job_of_several_nodes_locks_what_each_of_its_nodes_needs() {
    let nodes = |over: Value| json!({"nodeOverrides": over});
    let again = json!([{"targetNodes": "1:1",
        "consumableResourcePropertiesOverride": licences(4)}]);
    let whole = json!({"consumableResourcePropertiesOverride": licences(1)});
    for (over, expected) in [
        (json!({}), 3 + 2 + 3),
        (nodes(json!({"numNodes": 6})), 3 + 2 + 5),
        (nodes(json!({"nodePropertyOverrides": again})), 3 + 2 + 4 + 2),
        (whole, 1 + 2 + 3),
    ] {
        let scenario = licensed(20, &over).unwrap_or_else(|errors| panic!("{errors}"));
        let SourceSpec::Submit(submit) = &scenario.workload[0] else { panic!("a submission") };
        let definition = &scenario.model.job_definitions[submit.submission.definition.index()];
        let need = ConsumableNeed { resource: ConsumableId::new(0), quantity: expected };
        assert_eq!(definition.consumables, [need], "{over}");
    }
    let path = "jobDefinitions[d].nodeProperties.nodeRangeProperties[0].\
                consumableResourceProperties";
    refused(licensed(4, &json!({})), path, &["5 of licence for all nodes", "there are 4"]);
}
