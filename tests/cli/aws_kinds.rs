//! `run --aws`: jobs of several nodes, tasks and pods in AWS's own shapes (behaviour 3, 4.4, 10).

use crate::home::Home;
use serde_json::{Value, json};

/// A job of each kind, one after another, no latencies: every container fails with exit code 3, but
/// those of the last two jobs.
const KINDS: &str = r#"
name: kinds
start: 2026-01-01T00:00:00Z
profile: ideal
computeEnvironments:
  - computeEnvironmentName: ce
    type: MANAGED
    computeResources:
      {type: EC2, allocationStrategy: BEST_FIT, maxvCpus: 8, instanceTypes: [c6i.large],
       subnets: [use1-az1]}
  - computeEnvironmentName: tasks
    type: MANAGED
    computeResources: {type: FARGATE, maxvCpus: 8, subnets: [use1-az1], securityGroupIds: [sg-1]}
jobQueues:
  - {jobQueueName: q, priority: 1, computeEnvironmentOrder: [{order: 1, computeEnvironment: ce}]}
  - {jobQueueName: f, priority: 1, computeEnvironmentOrder: [{order: 1, computeEnvironment: tasks}]}
consumableResources: [{consumableResourceName: licence, totalQuantity: 9}]
jobDefinitions:
  - jobDefinitionName: mpi
    type: multinode
    parameters: {mesh: coarse, solver: cg}
    nodeProperties:
      numNodes: 3
      mainNode: 1
      nodeRangeProperties:
        - targetNodes: "0:"
          container:
            image: mpi
            resourceRequirements: [{type: VCPU, value: "2"}, {type: MEMORY, value: "1024"}]
    consumableResourceProperties:
      consumableResourceList: [{consumableResource: licence, quantity: 2}]
  - jobDefinitionName: calm
    type: multinode
    nodeProperties:
      numNodes: 3
      mainNode: 0
      nodeRangeProperties:
        - targetNodes: "0:"
          container: {image: mpi, vcpus: 2, memory: 1024}
  - jobDefinitionName: task
    type: container
    ecsProperties:
      taskProperties:
        - containers:
            - name: log
              image: log
              essential: false
              resourceRequirements: [{type: VCPU, value: "1"}, {type: MEMORY, value: "64"}]
            - name: work
              image: work
              essential: true
              resourceRequirements: [{type: VCPU, value: "1"}, {type: MEMORY, value: "256"}]
  - jobDefinitionName: pod
    type: container
    eksProperties:
      podProperties:
        containers: [{name: work, image: work, resources: {limits: {cpu: "1", memory: 512Mi}}}]
        initContainers: [{name: init, image: init, resources: {limits: {cpu: "1", memory: 64Mi}}}]
  - jobDefinitionName: small
    type: container
    platformCapabilities: [FARGATE]
    containerProperties:
      image: small
      resourceRequirements: [{type: VCPU, value: "0.25"}, {type: MEMORY, value: "512"}]
jobModels:
  mpi: {runtime: 60s, failure: {probability: 1.0, exitCode: 3}}
  calm: {runtime: 60s}
  task: {runtime: 60s, failure: {probability: 1.0, exitCode: 3}}
  pod: {runtime: 60s, failure: {probability: 1.0, exitCode: 3}}
  small: {runtime: 60s}
workload:
  - submit: {jobName: nodes, jobQueue: q, jobDefinition: mpi, nodeOverrides: {numNodes: 4},
      parameters: {mesh: fine}, retryStrategy: {attempts: 2}}
  - submit:
      jobName: both
      jobQueue: q
      jobDefinition: task
      ecsPropertiesOverride:
        taskProperties:
          - containers:
              - name: work
                resourceRequirements: [{type: MEMORY, value: "1024"}]
    at: 10m
  - submit:
      jobName: inside
      jobQueue: q
      jobDefinition: pod
      eksPropertiesOverride:
        podProperties:
          containers: [{name: work, resources: {requests: {memory: 1024Mi}}}]
    at: 20m
  - {submit: {jobName: quarter, jobQueue: f, jobDefinition: small}, at: 30m}
  - {submit: {jobName: calm, jobQueue: q, jobDefinition: calm}, at: 40m}
"#;

/// The jobs of the scenario and the events of all of them.
fn kinds(name: &str) -> (Vec<Value>, Vec<Value>) {
    let home = Home::new(name);
    home.write("kinds.yaml", KINDS);
    home.run(&["run", "kinds.yaml", "--aws", "jobs,events", "--out", "out"]).ends_with(0);
    let mut files = home.files("out");
    let mut lines = |file: &str| {
        let text = String::from_utf8(files.remove(file).unwrap()).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    (lines("jobs.describe.ndjson"), lines("events.ndjson"))
}

fn of<'a>(jobs: &'a [Value], id: &str) -> &'a Value {
    jobs.iter().find(|job| job["x-sim"]["jobId"] == id).unwrap()
}

/// Milliseconds of the Unix epoch, so many seconds after the start.
fn at(seconds: i64) -> i64 {
    1_767_225_600_000 + seconds * 1_000
}

#[test]
fn a_node_is_a_job_of_its_own_that_says_which_it_is() {
    let (jobs, _) = kinds("aws-nodes");
    let names: Vec<_> = jobs.iter().take(5).map(|job| &job["x-sim"]["jobId"]).collect();
    assert_eq!(names, ["0#0", "0#1", "0#2", "0#3", "0"], "nodes before their job");
    let whole = of(&jobs, "0");
    let properties = &whole["nodeProperties"];
    assert_eq!((&properties["numNodes"], &properties["mainNode"]), (&json!(4), &json!(1)));
    assert_eq!(properties["nodeRangeProperties"][0]["targetNodes"], "0:");
    assert_eq!((whole.get("container"), whole.get("nodeDetails")), (None, None));
    assert_eq!(whole["attempts"].as_array().unwrap().len(), 2, "those of the main node");
    assert_eq!(whole["parameters"], json!({"mesh": "fine", "solver": "cg"}));
    let locked =
        json!({"consumableResourceList": [{"consumableResource": "licence", "quantity": 2}]});
    assert_eq!(whole["consumableResourceProperties"], locked);
    for node in 0..4 {
        let job = of(&jobs, &format!("0#{node}"));
        let id = format!("{}#{node}", whole["jobId"].as_str().unwrap());
        assert_eq!(job["jobId"], id);
        assert_eq!(job["nodeDetails"], json!({"nodeIndex": node, "isMainNode": node == 1}));
        assert_eq!(job.get("nodeProperties"), None);
        let said = json!([{"type": "VCPU", "value": "2"}, {"type": "MEMORY", "value": "1024"}]);
        assert_eq!(job["container"]["resourceRequirements"], said);
        assert_eq!((&job["status"], &job["startedAt"]), (&json!("FAILED"), &json!(at(60))));
        assert_eq!(job["statusReason"], "Essential container in task exited");
        assert_eq!(job["container"]["exitCode"], 3);
        let attempts = job["attempts"].as_array().unwrap();
        let starts: Vec<_> = attempts.iter().map(|attempt| &attempt["startedAt"]).collect();
        assert_eq!(starts, [&json!(at(0)), &json!(at(60))], "it is made again with the main one");
        let stops = attempts.iter().map(|attempt| attempt["stoppedAt"].as_i64().unwrap());
        for (stop, end) in stops.zip([at(60), at(120)]) {
            assert!(stop == end || (node != 1 && stop < end), "node {node}: {stop} of {end}");
        }
        assert!(job["x-sim"]["instanceId"].is_string() && job["x-sim"].get("costUsd").is_none());
    }
}

#[test]
fn every_change_of_a_node_is_told() {
    let (jobs, events) = kinds("aws-node-events");
    let path = |id: &str| {
        let id = &of(&jobs, id)["jobId"];
        let mine = events.iter().filter(|event| event["detail"]["jobId"] == *id);
        mine.map(|event| event["detail"]["status"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let attempt = ["RUNNABLE", "STARTING", "RUNNING"];
    let main = [&attempt[..], &attempt[..], &["FAILED"]].concat();
    assert_eq!(path("0"), [&["SUBMITTED"], &main[..]].concat());
    assert_eq!(path("0#1"), main);
    // Each of the others ends by itself, and is made again when the main one has ended.
    for node in [0, 2, 3] {
        let other = [&attempt[..], &["FAILED"], &attempt[..], &["FAILED"]].concat();
        assert_eq!(path(&format!("0#{node}")), other);
    }
    for node in 0..3 {
        assert_eq!(path(&format!("4#{node}")), [&attempt[..], &["SUCCEEDED"]].concat());
        let job = of(&jobs, &format!("4#{node}"));
        let (reason, code) = match node {
            0 => ("Essential container in task exited", json!(0)),
            _ => ("Main node ended", Value::Null),
        };
        assert_eq!((&job["statusReason"], &job["container"]["exitCode"]), (&json!(reason), &code));
    }
    let starting = events.iter().find(|event| event["detail"]["status"] == "STARTING").unwrap();
    let container = &starting["detail"]["attempts"];
    assert_eq!(*container, json!([]), "an attempt is told of when it has ended");
}

#[test]
fn a_container_has_its_task_from_starting_and_its_log_stream_from_running() {
    let (jobs, events) = kinds("aws-container");
    let quarter = of(&jobs, "3");
    let of_status = |status: &str| {
        let is = |event: &&Value| {
            event["detail"]["jobId"] == quarter["jobId"] && event["detail"]["status"] == status
        };
        events.iter().find(is).unwrap()["detail"]["container"].clone()
    };
    assert_eq!(of_status("RUNNABLE").get("taskArn"), None);
    let (starting, running) = (of_status("STARTING"), of_status("RUNNING"));
    assert!(starting["taskArn"].is_string() && starting.get("logStreamName").is_none());
    assert_eq!(starting["taskArn"], running["taskArn"]);
    let task = running["taskArn"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    assert_eq!(running["logStreamName"], format!("small/default/{task}"));
    assert_eq!(running.get("containerInstanceArn"), None, "a task on Fargate has no instance");
    let said = json!([{"type": "VCPU", "value": "0.25"}, {"type": "MEMORY", "value": "512"}]);
    assert_eq!(running["resourceRequirements"], said);
    assert_eq!(quarter["platformCapabilities"], json!(["FARGATE"]));
}

#[test]
fn a_task_tells_of_its_containers_one_by_one() {
    let (jobs, _) = kinds("aws-task");
    let job = of(&jobs, "1");
    assert_eq!(job.get("container"), None);
    let attempt = &job["attempts"][0];
    assert_eq!(attempt["container"], json!({"networkInterfaces": []}));
    let task = &attempt["taskProperties"][0];
    let arn = task["taskArn"].as_str().unwrap();
    let id = arn.rsplit('/').next().unwrap();
    let ended = json!([
        {"name": "log", "logStreamName": format!("task/log/{id}"), "networkInterfaces": []},
        {"name": "work", "exitCode": 3, "logStreamName": format!("task/work/{id}"),
         "networkInterfaces": []},
    ]);
    assert_eq!(task["containers"], ended, "the essential one has the exit code");
    let detail = &job["ecsProperties"]["taskProperties"][0];
    assert_eq!(
        (&detail["taskArn"], &detail["containerInstanceArn"]),
        (&json!(arn), &task["containerInstanceArn"])
    );
    let work = &detail["containers"][1];
    let said = json!([{"type": "VCPU", "value": "1"}, {"type": "MEMORY", "value": "1024"}]);
    assert_eq!((&work["exitCode"], &work["image"]), (&json!(3), &json!("work")));
    assert_eq!(work["resourceRequirements"], said, "as the submission says");
}

#[test]
fn a_pod_tells_of_its_attempts_for_itself() {
    let (jobs, _) = kinds("aws-pod");
    let job = of(&jobs, "2");
    assert_eq!((&job["attempts"], &job["platformCapabilities"]), (&json!([]), &json!([])));
    let attempt = &job["eksAttempts"][0];
    assert_eq!(attempt["containers"], json!([{"name": "work", "exitCode": 3}]));
    assert_eq!(attempt["initContainers"], json!([{"name": "init", "exitCode": 0}]));
    let times = (&attempt["startedAt"], &attempt["stoppedAt"]);
    assert_eq!(times, (&json!(at(1_200)), &json!(at(1_260))));
    let cluster = "arn:aws:eks:us-east-1:123456789012:cluster/ce";
    assert_eq!(attempt["eksClusterArn"], cluster);
    let pod = &job["eksProperties"]["podProperties"];
    assert_eq!((&pod["podName"], &pod["nodeName"]), (&attempt["podName"], &attempt["nodeName"]));
    assert_eq!(pod["nodeName"], job["x-sim"]["instanceId"]);
    let resources = &pod["containers"][0]["resources"];
    assert_eq!(
        (&resources["limits"]["cpu"], &resources["requests"]["memory"]),
        (&json!("1"), &json!("1024Mi"))
    );
    assert_eq!(resources["limits"].get("memory"), None, "it is wholly as the submission says");
}
