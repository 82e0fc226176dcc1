//! `run --aws`: jobs and their changes of state in AWS's own shapes.

use crate::home::{Home, TINY, assert_same};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A job of a minute, and an array that depends on it and fails: one place, no latencies.
const SHAPES: &str = r#"
name: shapes
start: 2026-01-01T00:00:00Z
profile: ideal
computeEnvironments:
  - computeEnvironmentName: ce
    type: MANAGED
    computeResources:
      {type: EC2, allocationStrategy: BEST_FIT, maxvCpus: 2, instanceTypes: [c6i.large],
       subnets: [use1-az1]}
jobQueues:
  - {jobQueueName: q, priority: 1, computeEnvironmentOrder: [{order: 1, computeEnvironment: ce}]}
jobDefinitions:
  - jobDefinitionName: work
    type: container
    revision: 7
    containerProperties:
      image: registry/work
      resourceRequirements: [{type: VCPU, value: "2"}, {type: MEMORY, value: "1024"}]
    timeout: {attemptDurationSeconds: 3600}
jobModels:
  work: {runtime: 60s, failure: {probability: 1.0, exitCode: 3}}
workload:
  - submit: {jobName: pair, jobQueue: q, jobDefinition: work, arrayProperties: {size: 2}, tags: {a: b}}
    at: 1s
  - submit: {jobName: after, jobQueue: q, jobDefinition: work, dependsOn: [{jobId: pair}]}
    at: 2s
"#;

/// A job of half a vCPU.
const TASK: &str = r#"
name: task
computeEnvironments:
  - computeEnvironmentName: f
    type: MANAGED
    computeResources: {type: FARGATE, maxvCpus: 4, subnets: [use1-az1], securityGroupIds: [g]}
jobQueues:
  - {jobQueueName: q, priority: 1, computeEnvironmentOrder: [{order: 1, computeEnvironment: f}]}
jobDefinitions:
  - jobDefinitionName: d
    type: container
    platformCapabilities: [FARGATE]
    containerProperties:
      image: x
      resourceRequirements: [{type: VCPU, value: "0.5"}, {type: MEMORY, value: "1024"}]
jobModels: {d: {runtime: 60s}}
workload:
  - submit: {jobName: j, jobQueue: q, jobDefinition: d}
    at: 0s
"#;

fn lines(home: &Home, folder: &str, file: &str) -> Vec<Value> {
    let bytes = home.files(folder).remove(file).unwrap();
    let text = String::from_utf8(bytes).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Milliseconds of the Unix epoch, so many seconds after the start.
fn at(seconds: i64) -> i64 {
    1_767_225_600_000 + seconds * 1_000
}

fn shapes(home: &Home) -> (Vec<Value>, Vec<Value>) {
    home.write("shapes.yaml", SHAPES);
    let run = ["run", "shapes.yaml", "--aws", "jobs", "--aws", "events", "--out", "out"];
    home.run(&run).ends_with(0);
    (lines(home, "out", "jobs.describe.ndjson"), lines(home, "out", "events.ndjson"))
}

/// The second child of the pair; names with a hash in them and its cost are those of `seen`.
fn expected_child(id: &str, seen: &Value) -> Value {
    let container = &seen["attempts"][0]["container"];
    let ecs = "arn:aws:ecs:us-east-1:123456789012";
    let task = container["taskArn"].as_str().unwrap();
    let stream = task.strip_prefix(&format!("{ecs}:task/ce/")).unwrap();
    let attempted = json!({
        "containerInstanceArn": container["containerInstanceArn"],
        "taskArn": task,
        "exitCode": 3,
        "logStreamName": format!("work/default/{stream}"),
        "networkInterfaces": [],
    });
    let mut last = attempted.clone();
    last["image"] = json!("registry/work");
    last["resourceRequirements"] =
        json!([{"type": "VCPU", "value": "2"}, {"type": "MEMORY", "value": "1024"}]);
    let mut expected = json!({
        "jobArn": format!("arn:aws:batch:us-east-1:123456789012:job/{id}:1"),
        "jobName": "pair",
        "jobId": format!("{id}:1"),
        "jobQueue": "arn:aws:batch:us-east-1:123456789012:job-queue/q",
        "status": "FAILED",
        "attempts": [{
            "container": attempted,
            "startedAt": at(61),
            "stoppedAt": at(121),
            "statusReason": "Essential container in task exited",
            "taskProperties": [],
        }],
        "statusReason": "Essential container in task exited",
        "createdAt": at(1),
        "retryStrategy": {"attempts": 1, "evaluateOnExit": []},
        "startedAt": at(61),
        "stoppedAt": at(121),
        "dependsOn": [],
        "jobDefinition": "arn:aws:batch:us-east-1:123456789012:job-definition/work:7",
        "parameters": {},
        "container": last,
        "arrayProperties": {"index": 1},
        "timeout": {"attemptDurationSeconds": 3600},
        "tags": {"a": "b"},
        "platformCapabilities": ["EC2"],
        "eksAttempts": [],
    });
    expected["x-sim"] = json!({
        "replication": 0,
        "jobId": "0:1",
        "computeEnvironment": "ce",
        "instanceId": "i-00000000000000000",
        "instanceType": "c6i.large",
        "availabilityZone": "use1-az1",
        "purchaseOption": "on_demand",
        "costUsd": seen["x-sim"]["costUsd"],
        "queueLatencyMs": 60_000,
        "waitBreakdown": {"max_vcpus": 60_000},
        "behindMs": 0,
        "retryWaitMs": 0,
        "lostMs": 0,
    });
    expected
}

/// What AWS prints of an ended job: the ids are not to be foreseen, all else is.
#[test]
fn a_job_is_described_as_describe_jobs_describes_it() {
    let home = Home::new("aws-describe");
    let (jobs, _) = shapes(&home);
    let names: Vec<_> = jobs.iter().map(|job| job["x-sim"]["jobId"].as_str().unwrap()).collect();
    assert_eq!(
        names,
        ["0:0", "0:1", "0", "1"],
        "in completion order, an array behind its children"
    );
    let (child, parent, dependent) = (&jobs[1], &jobs[2], &jobs[3]);
    let id = parent["jobId"].as_str().unwrap();
    assert_eq!(*child, expected_child(id, child));
    assert!(child["x-sim"]["costUsd"].as_f64() > Some(0.0));
    assert_eq!(
        parent["arrayProperties"],
        json!({
            "size": 2,
            "statusSummary": {
                "SUBMITTED": 0, "PENDING": 0, "RUNNABLE": 0, "STARTING": 0, "RUNNING": 0,
                "SUCCEEDED": 0, "FAILED": 2,
            },
            "statusSummaryLastUpdatedAt": at(121),
        })
    );
    let of = |key: &str| (parent[key].clone(), dependent[key].clone());
    assert_eq!(
        of("statusReason"),
        (json!("Array Child Job failed"), json!("Dependent Job failed"))
    );
    assert_eq!(of("startedAt"), (json!(0), json!(0)), "neither ever ran");
    assert_eq!(of("stoppedAt"), (json!(at(121)), json!(at(121))));
    assert_eq!(of("dependsOn"), (json!([]), json!([{"jobId": id}])));
}

#[test]
fn a_change_of_state_is_told_as_eventbridge_tells_it() {
    let home = Home::new("aws-events");
    let (jobs, events) = shapes(&home);
    let of = |job: &Value| {
        let mine = events.iter().filter(|event| event["detail"]["jobId"] == job["jobId"]);
        mine.map(|event| {
            format!("{} {}", event["time"], event["detail"]["status"]).replace('"', "")
        })
        .collect::<Vec<_>>()
    };
    let second = |seconds: &str, status: &str| format!("2026-01-01T00:{seconds}.000Z {status}");
    assert_eq!(
        of(&jobs[1]),
        [
            second("00:01", "PENDING"),
            second("00:01", "RUNNABLE"),
            second("01:01", "STARTING"),
            second("01:01", "RUNNING"),
            second("02:01", "FAILED"),
        ]
    );
    let parent = [("00:01", "SUBMITTED"), ("00:01", "PENDING"), ("02:01", "FAILED")];
    assert_eq!(of(&jobs[2]), parent.map(|(at, status)| second(at, status)));
    let dependent = [("00:02", "SUBMITTED"), ("00:02", "PENDING"), ("02:01", "FAILED")];
    assert_eq!(of(&jobs[3]), dependent.map(|(at, status)| second(at, status)));
    let mut last = events.last().unwrap().clone();
    let mut dependent = jobs[3].clone();
    dependent.as_object_mut().unwrap().remove("x-sim");
    assert_eq!(last["detail"].take(), dependent, "the last event is the job as it is described");
    assert!(last["id"].as_str().is_some_and(|id| id.len() == 36));
    last["id"].take();
    assert_eq!(
        last,
        json!({
            "version": "0",
            "id": null,
            "detail-type": "Batch Job State Change",
            "source": "aws.batch",
            "account": "123456789012",
            "time": "2026-01-01T00:02:01.000Z",
            "region": "us-east-1",
            "resources": [dependent["jobArn"]],
            "detail": null,
        })
    );
}

/// Behaviour 1.2: `isCancelled` meanwhile.
#[test]
fn a_pending_job_that_is_cancelled_says_so_while_it_waits() {
    let home = Home::new("aws-cancelled");
    let calls = "apiCalls:\n  - {at: 10s, cancelJob: {jobId: after, reason: no need}}\n  \
                 - {at: 70s, cancelJob: {jobId: 'pair:1', reason: too late}}\nworkload:";
    home.write("shapes.yaml", SHAPES.replacen("workload:", calls, 1));
    let job = |until: &str, id: &str| {
        let run = ["run", "shapes.yaml", "--aws", "jobs", "--until", until, "--out", "out"];
        home.run(&run).ends_with(0);
        let jobs = lines(&home, "out", "jobs.describe.ndjson");
        jobs.into_iter().find(|job| job["x-sim"]["jobId"] == id).unwrap()
    };
    let of = |job: &Value| ["status", "isCancelled", "statusReason"].map(|key| job[key].clone());
    assert_eq!(of(&job("90s", "1")), [json!("PENDING"), json!(true), Value::Null]);
    let ended = of(&job("10m", "1"));
    assert_eq!(ended[..2], [json!("FAILED"), json!(true)], "after all that it depends on");
    let running = of(&job("90s", "0:1"));
    assert_eq!(running, [json!("RUNNING"), Value::Null, Value::Null], "it has no effect");
}

fn files_of(home: &Home, out: &str, options: &[&str]) -> BTreeMap<String, Vec<u8>> {
    home.run(&[TINY, &["--out", out], options].concat()).ends_with(0);
    home.promised_files(out)
}

#[test]
fn what_aws_would_say_is_the_same_on_any_number_of_threads() {
    let home = Home::new("aws-threads");
    let options = ["--replications", "4", "--aws", "events,jobs", "--jobs"];
    let one = files_of(&home, "one", &[&options[..], &["1"]].concat());
    assert_same(&one, &files_of(&home, "two", &[&options[..], &["3"]].concat()));
    let mut replications: Vec<Value> = lines(&home, "one", "jobs.describe.ndjson")
        .iter()
        .map(|job| job["x-sim"]["replication"].clone())
        .collect();
    replications.dedup();
    assert_eq!(replications, [0, 1, 2, 3]);
    let manifest: Value = serde_json::from_slice(&one["manifest.json"]).unwrap();
    assert_eq!(manifest["aws"], json!(["jobs.describe.ndjson", "events.ndjson"]));
}

#[test]
fn a_run_without_them_takes_the_place_of_one_with_them_and_differs_in_nothing_else() {
    let home = Home::new("aws-replaced");
    let mut with = files_of(&home, "out", &["--aws", "jobs"]);
    assert!(with.remove("jobs.describe.ndjson").is_some_and(|bytes| !bytes.is_empty()));
    assert!(!with.contains_key("events.ndjson"), "only what was asked for");
    let without = files_of(&home, "out", &[]);
    with.remove("manifest.json");
    let manifest: Value = serde_json::from_slice(&without["manifest.json"]).unwrap();
    assert_eq!(manifest.get("aws"), None);
    let without = without.into_iter().filter(|(name, _)| name != "manifest.json").collect();
    assert_same(&with, &without);
}

#[test]
fn a_dry_run_writes_no_jobs() {
    let home = Home::new("aws-dry-run");
    home.run(&[TINY, &["--dry-run", "--aws", "jobs"]].concat()).ends_with(2).says(&["--aws"]);
}

#[test]
fn a_job_on_fargate_is_described_with_the_size_of_its_task() {
    let home = Home::new("aws_fargate");
    home.write("task.yaml", TASK);
    home.run(&["run", "task.yaml", "--aws", "jobs", "--out", "out"]).ends_with(0);
    let job = &lines(&home, "out", "jobs.describe.ndjson")[0];
    assert_eq!(job["platformCapabilities"], json!(["FARGATE"]));
    assert_eq!(job["x-sim"]["instanceType"], "fargate-0.5-1024");
}
