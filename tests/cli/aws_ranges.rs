//! `run --aws`: nodes whose ranges run different things, in AWS's own shapes (behaviour 3, 4.4).

use crate::home::Home;
use serde_json::{Value, json};

/// The main node has a container of its own; another job has tasks, and another has pods.
const RANGES: &str = r#"
name: ranges
profile: ideal
computeEnvironments:
  - computeEnvironmentName: ce
    type: MANAGED
    computeResources:
      {type: EC2, allocationStrategy: BEST_FIT, maxvCpus: 20, instanceTypes: [c6i.large],
       subnets: [use1-az1]}
jobQueues:
  - {jobQueueName: q, priority: 1, computeEnvironmentOrder: [{order: 1, computeEnvironment: ce}]}
jobDefinitions:
  - jobDefinitionName: containers
    type: multinode
    nodeProperties:
      numNodes: 3
      mainNode: 0
      nodeRangeProperties:
        - {targetNodes: "0:", instanceTypes: [c6i.large],
           container: {image: worker, vcpus: 1, memory: 512}}
        - targetNodes: "0:0"
          container:
            image: main
            resourceRequirements: [{type: VCPU, value: "1"}, {type: MEMORY, value: "1024"}]
  - jobDefinitionName: tasks
    type: multinode
    nodeProperties:
      numNodes: 3
      mainNode: 1
      nodeRangeProperties:
        - targetNodes: "0:2"
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
  - jobDefinitionName: pods
    type: multinode
    nodeProperties:
      numNodes: 2
      mainNode: 0
      nodeRangeProperties:
        - targetNodes: "0:1"
          eksProperties:
            podProperties:
              containers: [{name: work, image: pod, resources: {limits: {cpu: "1", memory: 512Mi}}}]
jobModels: {containers: {runtime: 60s}, tasks: {runtime: 60s}, pods: {runtime: 60s}}
workload:
  - submit: {jobName: plain, jobQueue: q, jobDefinition: containers}
  - submit:
      jobName: more
      jobQueue: q
      jobDefinition: containers
      nodeOverrides:
        nodePropertyOverrides:
          - {targetNodes: "2:2", containerOverrides: {memory: 700}}
  - submit:
      jobName: tasks
      jobQueue: q
      jobDefinition: tasks
      nodeOverrides:
        nodePropertyOverrides:
          - targetNodes: "0:0"
            ecsPropertiesOverride:
              taskProperties:
                - containers:
                    - {name: work, resourceRequirements: [{type: MEMORY, value: "512"}]}
  - submit: {jobName: pods, jobQueue: q, jobDefinition: pods}
"#;

/// The jobs of the scenario and what the last event of each says of it.
fn ranges(name: &str) -> (Vec<Value>, Vec<Value>) {
    let home = Home::new(name);
    home.write("ranges.yaml", RANGES);
    home.run(&["run", "ranges.yaml", "--aws", "jobs,events", "--out", "out"]).ends_with(0);
    let mut files = home.files("out");
    let mut lines = |file: &str| -> Vec<Value> {
        let text = String::from_utf8(files.remove(file).unwrap()).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let jobs = lines("jobs.describe.ndjson");
    let events = lines("events.ndjson");
    let last = |job: &Value| {
        let of_job = |event: &&Value| event["detail"]["jobId"] == job["jobId"];
        events.iter().rfind(of_job).unwrap()["detail"].clone()
    };
    let last = jobs.iter().map(last).collect();
    (jobs, last)
}

fn of<'a>(jobs: &'a [Value], id: &str) -> &'a Value {
    jobs.iter().find(|job| job["x-sim"]["jobId"] == id).unwrap()
}

fn asks(vcpus: &str, memory: &str) -> Value {
    json!([{"type": "VCPU", "value": vcpus}, {"type": "MEMORY", "value": memory}])
}

#[test]
fn a_node_shows_the_container_of_its_innermost_range() {
    let (jobs, _) = ranges("aws-ranges-container");
    for (id, image, memory) in [
        ("0#0", "main", "1024"),
        ("0#1", "worker", "512"),
        ("0#2", "worker", "512"),
        ("1#0", "main", "1024"),
        ("1#1", "worker", "512"),
        ("1#2", "worker", "700"),
    ] {
        let container = &of(&jobs, id)["container"];
        assert_eq!(container["image"], image, "{id}");
        assert_eq!(container["resourceRequirements"], asks("1", memory), "{id}");
        assert!(container["logStreamName"].as_str().unwrap().contains("/default/"), "{id}");
    }
}

#[test]
fn what_a_submission_says_of_nodes_stands_in_the_ranges_of_its_definition() {
    let (jobs, _) = ranges("aws-ranges-override");
    let range = |nodes: &str, image: &str, memory: &str| {
        json!({
            "targetNodes": nodes,
            "container": {"image": image, "resourceRequirements": asks("1", memory)},
            "instanceTypes": ["c6i.large"],
        })
    };
    let expected = json!([
        range("0:0", "main", "1024"),
        range("1:1", "worker", "512"),
        range("2:2", "worker", "700")
    ]);
    assert_eq!(of(&jobs, "1")["nodeProperties"]["nodeRangeProperties"], expected);
    let tasks = &of(&jobs, "2")["nodeProperties"]["nodeRangeProperties"];
    assert_eq!(
        (&tasks[0]["targetNodes"], &tasks[1]["targetNodes"]),
        (&json!("0:0"), &json!("1:2"))
    );
    for (range, memory) in [(0, "512"), (1, "256")] {
        let range = &tasks[range];
        assert_eq!(range.get("container"), None, "{range}");
        let work = &range["ecsProperties"]["taskProperties"][0]["containers"][1];
        assert_eq!(work["image"], "work");
        assert_eq!(work["resourceRequirements"], asks("1", memory));
    }
}

#[test]
fn a_node_with_a_task_or_a_pod_tells_of_its_containers() {
    let (jobs, last) = ranges("aws-ranges-task");
    for node in 0..3 {
        let job = of(&jobs, &format!("2#{node}"));
        assert_eq!(job.get("container"), None);
        let attempt = &job["attempts"][0];
        assert_eq!(attempt["container"], json!({"networkInterfaces": []}));
        let containers = &attempt["taskProperties"][0]["containers"];
        assert_eq!((&containers[0]["name"], containers[0].get("exitCode")), (&json!("log"), None));
        let ended = containers[1].get("exitCode").cloned();
        assert_eq!(ended, (node == 1).then(|| json!(0)), "node {node}");
        let detail = &job["ecsProperties"]["taskProperties"][0];
        assert_eq!(detail["taskArn"], attempt["taskProperties"][0]["taskArn"]);
        let memory = if node == 0 { "512" } else { "256" };
        assert_eq!(detail["containers"][1]["resourceRequirements"], asks("1", memory));
    }
    for node in 0..2 {
        let job = of(&jobs, &format!("3#{node}"));
        assert_eq!((job.get("container"), &job["attempts"]), (None, &json!([])));
        assert_eq!(job["eksAttempts"][0]["containers"][0]["name"], "work");
        let pod = &job["eksProperties"]["podProperties"];
        assert_eq!(pod["podName"], job["eksAttempts"][0]["podName"]);
        assert_eq!(pod["containers"][0]["image"], "pod");
    }
    for (job, mut last) in jobs.into_iter().zip(last) {
        last["x-sim"] = job["x-sim"].clone();
        assert_eq!(job, last, "the last event says the same");
    }
}

#[test]
fn a_job_of_several_nodes_has_the_tasks_of_its_main_node() {
    let (jobs, _) = ranges("aws-ranges-main");
    for (whole, main) in [("0", "0#0"), ("1", "1#0"), ("2", "2#1"), ("3", "3#0")] {
        let (whole, main) = (of(&jobs, whole), of(&jobs, main));
        assert_eq!(whole["attempts"], main["attempts"]);
        assert_eq!(whole["eksAttempts"], main["eksAttempts"]);
        assert_eq!(whole["platformCapabilities"], main["platformCapabilities"]);
        for key in ["container", "ecsProperties", "eksProperties"] {
            assert_eq!(whole.get(key), None, "they are of its nodes");
        }
    }
}
