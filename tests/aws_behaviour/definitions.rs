//! Job definitions and submissions: what a job asks for, by each way of saying it, what a
//! submission says instead, and which of it AWS refuses (behaviour 1.3, 1.6, 4.1 to 4.4).

use batchcast::batch::job_definition::{JobDefinition, Platform, Requirements};
use batchcast::experiment::scenario::{LoadOptions, Scenario, ScenarioSource, load};
use batchcast::workload::spec::SourceSpec;
use batchcast::workload::submission::JobSubmission;
use serde_json::{Value, json};

/// An account that holds any job of these tests, without workload.
pub(crate) fn account(profile: &str, definitions: &Value, workload: &Value) -> Value {
    json!({
        "name": "definitions",
        "profile": profile,
        "computeEnvironments": [{"computeEnvironmentName": "ce", "computeResources": {
            "type": "EC2", "maxvCpus": 1_000, "instanceTypes": ["m5", "g5", "c5n"]}}],
        "jobQueues": [{"jobQueueName": "q",
            "computeEnvironmentOrder": [{"order": 1, "computeEnvironment": "ce"}]}],
        "jobDefinitions": definitions,
        "workload": workload,
    })
}

pub(crate) fn read(value: Value) -> Result<Scenario, String> {
    let source = ScenarioSource::Value { value, base: ".".into() };
    load(&source, &LoadOptions::default()).map_err(|errors| errors.render_plain())
}

/// A scenario of one definition called `d`, one model and these submissions; each submission says
/// only what it overrides.
pub(crate) fn submitted(definition: &Value, overrides: &[Value]) -> Result<Scenario, String> {
    let mut definition = definition.clone();
    definition["jobDefinitionName"] = json!("d");
    let mut submits = Vec::new();
    for (index, over) in overrides.iter().enumerate() {
        let name = format!("job{index}");
        let mut submit = json!({"jobName": name, "jobQueue": "q", "jobDefinition": "d"});
        for (key, value) in over.as_object().expect("overrides by key") {
            submit[key] = value.clone();
        }
        submits.push(json!({"submit": submit}));
    }
    if submits.is_empty() {
        let filler = json!({"jobDefinitionName": "filler",
            "containerProperties": {"vcpus": 1, "memory": 1_024}});
        let submit = json!({"jobName": "filler", "jobQueue": "q", "jobDefinition": "filler"});
        let mut value = account("aws", &json!([definition, filler]), &json!([{"submit": submit}]));
        value["jobModels"] = json!({"filler": {"runtime": "1m"}});
        return read(value);
    }
    let mut value = account("aws", &json!([definition]), &Value::Array(submits));
    value["jobModels"] = json!({"d": {"runtime": "1m"}});
    read(value)
}

/// The definition, which nothing submits.
#[track_caller]
pub(crate) fn registered(definition: &Value) -> JobDefinition {
    let scenario = submitted(definition, &[]).unwrap_or_else(|errors| panic!("{errors}"));
    assert_eq!(scenario.warnings, Vec::<String>::new());
    scenario.model.job_definitions[0].clone()
}

/// What the submissions of a definition ask for.
#[track_caller]
fn asked(definition: &Value, overrides: &[Value]) -> Vec<Requirements> {
    let scenario = submitted(definition, overrides).unwrap_or_else(|errors| panic!("{errors}"));
    submissions(&scenario).iter().map(|submission| submission.requirements).collect()
}

fn submissions(scenario: &Scenario) -> Vec<JobSubmission> {
    let submission = |source: &SourceSpec| match source {
        SourceSpec::Submit(submit) => submit.submission.clone(),
        other => panic!("{other:?} is no submission"),
    };
    scenario.workload.iter().map(submission).collect()
}

/// That there is exactly one mistake, with its path and these words.
#[track_caller]
pub(crate) fn refused(result: Result<Scenario, String>, path: &str, words: &[&str]) {
    let text = result.map(|scenario| scenario.warnings).expect_err("a mistake");
    assert_eq!(text.matches("error: ").count(), 1, "{text}");
    assert!(text.contains(&format!("at: {path}\n")), "{path} is not the place in:\n{text}");
    for word in words {
        assert!(text.contains(word), "{word} is not in:\n{text}");
    }
}

fn r(vcpus: u32, memory_mib: u32, gpus: u32) -> Requirements {
    Requirements { vcpus, memory_mib, gpus }
}

/// `resourceRequirements` of so many vCPUs and MiB.
pub(crate) fn needs(vcpus: &str, memory: &str) -> Value {
    json!([{"type": "VCPU", "value": vcpus}, {"type": "MEMORY", "value": memory}])
}

pub(crate) fn container(vcpus: &str, memory: &str) -> Value {
    json!({"containerProperties": {"image": "a", "resourceRequirements": needs(vcpus, memory)}})
}

/// Requests as AWS takes them: one definition of each kind, and submissions that override them.
/// That AWS takes them is checked by a tool of its own.
const REQUESTS: &str = include_str!("requests.json");

fn requests(key: &str) -> Vec<Value> {
    let all: Value = serde_json::from_str(REQUESTS).expect("JSON");
    all[key].as_array().expect("a list").clone()
}

pub(crate) fn request(definition: &str) -> Value {
    let named = |request: &Value| request["jobDefinitionName"] == definition;
    requests("jobDefinitions").into_iter().find(named).expect("a definition of this name")
}

/// A task of a main container and a log router that is not essential.
fn task() -> Value {
    request("task")
}

/// A pod of two containers, and one that runs before them.
fn pod() -> Value {
    request("pod")
}

/// Four nodes, of which the first is larger.
fn nodes() -> Value {
    request("nodes")
}

#[test]
fn requests_as_aws_takes_them_are_read_without_a_warning() {
    let mut value = account("aws", &json!(requests("jobDefinitions")), &json!([]));
    value["jobModels"] = json!({"task": {"runtime": "1m"}, "pod": {"runtime": "1m"}});
    // Jobs of several nodes have tests of their own.
    let submits = requests("workload").into_iter();
    value["workload"] = submits.filter(|s| s["submit"]["jobDefinition"] != "nodes").collect();
    let scenario = read(value).unwrap_or_else(|text| panic!("{text}"));
    assert_eq!(scenario.warnings, Vec::<String>::new());
    let asked: Vec<_> = submissions(&scenario).iter().map(|s| s.requirements).collect();
    assert_eq!(asked, [r(8, 1_536, 1), r(8, 9_216, 0)]);
    let task = &scenario.model.job_definitions[0];
    assert_eq!((task.scheduling_priority, task.platform), (Some(7), Platform::Ec2));
    let again = read(scenario.resolved.clone()).unwrap_or_else(|text| panic!("{text}"));
    assert_eq!(again.resolved, scenario.resolved);
}

#[test]
fn a_task_asks_for_the_sum_of_its_containers() {
    let definition = registered(&task());
    assert_eq!(definition.requirements, r(5, 8_704, 1));
    assert_eq!(definition.image, "router, sim", "all images are pulled as one");
}

#[test]
fn a_task_has_an_essential_container_and_no_circle_of_dependencies() {
    let containers = "jobDefinitions[d].ecsProperties.taskProperties[0].containers";
    let main = "/ecsProperties/taskProperties/0/containers/0";
    let spoiled = |key: &str, value: Value| {
        let mut task = task();
        task.pointer_mut(main).expect("the main container")[key] = value;
        submitted(&task, &[])
    };
    refused(spoiled("essential", json!(false)), containers, &["no container is essential"]);
    let dependency =
        |name: &str, condition: &str| json!([{"containerName": name, "condition": condition}]);
    let path = format!("{containers}[main].dependsOn[0].containerName");
    let on_log = spoiled("dependsOn", dependency("log", "START"));
    refused(on_log, &path, &["no container log", "did you mean logs?"]);
    let on_itself = spoiled("dependsOn", dependency("main", "START"));
    refused(on_itself, &format!("{containers}[main].dependsOn"), &["in a circle"]);
    assert!(spoiled("dependsOn", dependency("logs", "SUCCESS")).is_ok());
    let essential = json!({"ecsProperties": {"taskProperties": [{"containers": [
        {"name": "a", "image": "a", "resourceRequirements": needs("1", "512")},
        {"name": "b", "image": "b", "resourceRequirements": needs("1", "512"),
         "dependsOn": dependency("a", "COMPLETE")}]}]}});
    let path = format!("{containers}[b].dependsOn[0].condition");
    refused(submitted(&essential, &[]), &path, &["a is essential", "condition: START"]);
    refused(
        spoiled("name", json!("logs")),
        &format!("{containers}[logs].name"),
        &["two containers"],
    );
}

#[test]
fn a_pod_asks_for_its_containers_together_or_for_its_largest_init_container() {
    // 1.25 and 0.25 vCPUs are 1.5, rounded up; 2048 + 1024 MiB are less than 4096 of the first.
    let definition = registered(&pod());
    assert_eq!(definition.requirements, r(2, 4_096, 0));
    assert_eq!(definition.image, "side, sim");
}

#[test]
fn limits_of_memory_and_gpus_are_what_is_requested() {
    let resources = "jobDefinitions[d].eksProperties.podProperties.containers[main].resources";
    let with = |key: &str, limit: &str, request: &str| {
        let mut pod = pod();
        let main = pod.pointer_mut("/eksProperties/podProperties/containers/0/resources");
        let main = main.expect("the main container");
        main["limits"][key] = json!(limit);
        main["requests"][key] = json!(request);
        submitted(&pod, &[])
    };
    let memory = format!("{resources}.limits.memory");
    refused(with("memory", "4096Mi", "2048Mi"), &memory, &["4096 is not the request", "2048"]);
    assert!(with("memory", "2Gi", "2048Mi").is_ok());
    let gpu = format!("{resources}.limits[nvidia.com/gpu]");
    refused(with("nvidia.com/gpu", "2", "1"), &gpu, &["2 is not the request"]);
    refused(
        with("cpu", "0.75", "1.25"),
        &format!("{resources}.limits.cpu"),
        &["below the request"],
    );
    let (cpu, wrong) = (format!("{resources}.requests.cpu"), "multiple");
    refused(with("cpu", "2", "0"), &cpu, &["0 vCPUs are asked for", wrong]);
    refused(with("cpu", "2", "0.3"), &cpu, &["\"0.3\" is no amount", "quarters"]);
    let memory = format!("{resources}.requests.memory");
    refused(with("memory", "2Gi", "2048"), &memory, &["no memory of a pod", "2048Mi"]);
}

#[test]
fn the_inner_range_of_nodes_overrides_the_outer_one() {
    let definition = registered(&nodes());
    let nodes = definition.nodes.expect("several nodes");
    assert_eq!((nodes.num_nodes, nodes.main_node), (4, 0));
    let (main, worker) = (r(16, 32_768, 0), r(8, 16_384, 0));
    assert_eq!(nodes.groups, [main, worker, worker, worker]);
    assert_eq!(nodes.instance_type.as_deref(), Some("c5n.18xlarge"));
    assert_eq!((definition.requirements, definition.image.as_str()), (main, "mpi"));
}

#[test]
fn ranges_of_nodes_account_for_all_nodes_on_one_instance_type() {
    let list = "jobDefinitions[d].nodeProperties.nodeRangeProperties";
    let with = |path: &str, value: Value| {
        let mut nodes = nodes();
        *nodes.pointer_mut(&format!("/nodeProperties{path}")).expect("a path") = value;
        submitted(&nodes, &[])
    };
    let outer = "/nodeRangeProperties/0/targetNodes";
    refused(with(outer, json!("0:2")), list, &["node 3 is in no range", "0:3"]);
    let first = format!("{list}[0].targetNodes");
    refused(with(outer, json!("0:4")), &first, &["beyond the last", "0 to 3"]);
    refused(with(outer, json!("all")), &first, &["no range of nodes", "0:3, :3 or 4:"]);
    refused(with(outer, json!("0:0")), &format!("{list}[1].targetNodes"), &["overlaps"]);
    let main = "jobDefinitions[d].nodeProperties.mainNode";
    refused(with("/mainNode", json!(4)), main, &["node 4 is not one of 4"]);
    let other = with(
        "/nodeRangeProperties/1",
        json!({"targetNodes": "0:0",
        "container": {"vcpus": 1, "memory": 512}, "instanceTypes": ["c5.large"]}),
    );
    refused(other, &format!("{list}[1]"), &["c5n.18xlarge and c5.large", "share one type"]);
    let neither = with("/nodeRangeProperties/1", json!({"targetNodes": "0:0"}));
    refused(neither, &format!("{list}[1]"), &["0 keys say", "exactly one of container"]);
    let group = json!({"targetNodes": "0:", "container": {"vcpus": 1, "memory": 512}});
    let six = with("/nodeRangeProperties", json!([group, group, group, group, group, group]));
    assert!(six.is_err_and(|text| text.contains("6 entries are too many")));
}

#[test]
fn exactly_one_key_says_what_a_job_asks_for_and_it_fits_the_type() {
    let mut both = container("1", "512");
    both["ecsProperties"] = task()["ecsProperties"].clone();
    let path = "jobDefinitions[d].ecsProperties";
    refused(submitted(&both, &[]), path, &["exclude each other", "exactly one of"]);
    refused(submitted(&json!({}), &[]), "jobDefinitions[d]", &["nothing says what its jobs ask"]);
    let mut untyped = nodes();
    untyped["type"] = json!("container");
    let path = "jobDefinitions[d].nodeProperties";
    refused(submitted(&untyped, &[]), path, &["not of type container", "write type: multinode"]);
    let mut typed = container("1", "512");
    typed["type"] = json!("multinode");
    let path = "jobDefinitions[d].containerProperties";
    refused(submitted(&typed, &[]), path, &["not of type multinode", "write type: container"]);
}

#[test]
fn too_little_is_reported_where_it_is_said() {
    let list = "jobDefinitions[d].containerProperties.resourceRequirements";
    let (zero, little) =
        (submitted(&container("0", "512"), &[]), submitted(&container("1", "3"), &[]));
    refused(zero, &format!("{list}[0].value"), &["0 vCPUs are asked for", "1 or more"]);
    refused(little, &format!("{list}[1].value"), &["3 MiB are asked for", "4 or more"]);
    let half = submitted(&container("0.5", "512"), &[]);
    refused(half, &format!("{list}[0].value"), &["0.5 vCPUs", "Fargate jobs only"]);
    let deprecated = |vcpus, memory| {
        submitted(&json!({"containerProperties": {"vcpus": vcpus, "memory": memory}}), &[])
    };
    let properties = "jobDefinitions[d].containerProperties";
    refused(deprecated(0, 512), &format!("{properties}.vcpus"), &["0 vCPUs are asked for"]);
    refused(deprecated(1, 3), &format!("{properties}.memory"), &["3 MiB are asked for"]);
    let none = json!({"containerProperties": {"vcpus": 1}});
    refused(submitted(&none, &[]), properties, &["no memory is asked for", "MEMORY"]);
    let over = json!({"containerOverrides": {"resourceRequirements": needs("2", "1")}});
    let path = "workload[job0].submit.containerOverrides.resourceRequirements[1].value";
    refused(submitted(&container("1", "512"), &[over]), path, &["1 MiB are asked for"]);
}

#[test]
fn deprecated_overrides_do_not_override_resource_requirements() {
    let over = |keys: Value| json!({"containerOverrides": keys});
    let path = "workload[job0].submit.containerOverrides.vcpus";
    let result = submitted(&container("2", "512"), &[over(json!({"vcpus": 16}))]);
    refused(result, path, &["does not override", "{type: VCPU, value: \"16\"}"]);
    let modern = asked(
        &container("2", "512"),
        &[over(json!({"resourceRequirements":
        [{"type": "VCPU", "value": "16"}]}))],
    );
    assert_eq!(modern, [r(16, 512, 0)]);
    let old = json!({"containerProperties": {"vcpus": 1, "memory": 1_024}});
    let both = over(json!({"vcpus": 2, "resourceRequirements": needs("4", "2048")}));
    let overridden = asked(&old, &[over(json!({"vcpus": 2})), both]);
    assert_eq!(overridden, [r(2, 1_024, 0), r(4, 2_048, 0)]);
}

#[test]
fn a_submission_overrides_the_containers_of_a_task_by_name() {
    let over = |containers: Value| {
        let task = json!({"containers": containers});
        json!({"ecsPropertiesOverride": {"taskProperties": [task]}})
    };
    let main = over(json!([{"name": "main", "resourceRequirements": needs("7", "1024")}]));
    let both = over(json!([
        {"name": "logs", "resourceRequirements": [{"type": "MEMORY", "value": "1024"}]},
        {"name": "main", "resourceRequirements": [{"type": "GPU", "value": "2"}]}]));
    let command = over(json!([{"name": "main", "command": ["x"]}]));
    let expected = [r(8, 1_536, 1), r(5, 9_216, 2), r(5, 8_704, 1)];
    assert_eq!(asked(&task(), &[main, both, command]), expected);
    let path = "workload[job0].submit.ecsPropertiesOverride.taskProperties[0].containers";
    let other = over(json!([{"name": "min", "resourceRequirements": needs("7", "1024")}]));
    let path_of = |container: &str, key: &str| format!("{path}[{container}]{key}");
    refused(submitted(&task(), &[other]), &path_of("min", ".name"), &["did you mean main?"]);
    let unnamed = over(json!([{"resourceRequirements": needs("7", "1024")}]));
    refused(
        submitted(&task(), &[unnamed]),
        &path_of("0", ""),
        &["name of the container", "main, logs"],
    );
}

#[test]
fn a_submission_overrides_the_containers_of_a_pod_by_name() {
    let over = |key: &str, container: Value| {
        let pod = json!({key: [container]});
        json!({"eksPropertiesOverride": {"podProperties": pod}})
    };
    // What is named is replaced, limit and request; the limit of 2 vCPUs goes with it.
    let more = over(
        "containers",
        json!({"name": "main", "resources": {
        "limits": {"cpu": "7.5", "memory": "8Gi"}}}),
    );
    let memory = over(
        "containers",
        json!({"name": "side", "resources": {
        "requests": {"memory": "4096Mi"}}}),
    );
    let init = over("initContainers", json!({"resources": {"requests": {"cpu": "8"}}}));
    let expected = [r(8, 9_216, 0), r(2, 6_144, 0), r(8, 4_096, 0)];
    assert_eq!(asked(&pod(), &[more, memory, init]), expected);
    let image = over("containers", json!({"name": "side", "image": "other"}));
    let scenario = submitted(&pod(), &[json!({}), image]).unwrap_or_else(|text| panic!("{text}"));
    let images = submissions(&scenario)
        .iter()
        .map(|s| scenario.model.job_definitions[s.definition.index()].image.clone())
        .collect::<Vec<_>>();
    assert_eq!(images, ["side, sim", "other, sim"], "another image is another pull");
}

#[test]
fn an_override_fits_the_way_in_which_its_definition_asks() {
    let containers = [json!({"containerOverrides": {"resourceRequirements": needs("2", "512")}})];
    let path = "workload[job0].submit.containerOverrides";
    let of_task = submitted(&task(), &containers);
    refused(of_task, path, &["do not fit the definition", "ecsPropertiesOverride"]);
    let of_pod = submitted(&pod(), &containers);
    refused(of_pod, path, &["do not fit the definition", "eksPropertiesOverride"]);
    let nodes = json!({"nodeOverrides": {"numNodes": 2}});
    let path = "workload[job0].submit.nodeOverrides";
    refused(submitted(&container("1", "512"), &[nodes]), path, &["nodeProperties"]);
    // A command is of no meaning here, and not every engine leaves it out.
    let command = json!({"containerOverrides": {"command": ["x"]}});
    assert_eq!(asked(&task(), &[command]), [r(5, 8_704, 1)]);
}

/// Of several nodes, a submission is refused as long as a run does not carry it; what else is wrong
/// with it is reported too.
#[track_caller]
fn nodes_refused(overrides: Value, path: &str, words: &[&str]) {
    let result = submitted(&nodes(), &[json!({"nodeOverrides": overrides})]);
    let text = result.map(|scenario| scenario.warnings).err().unwrap_or_default();
    let path = format!("at: workload[job0].submit.nodeOverrides{path}\n");
    let mistakes = text.matches("error: ").count();
    assert_eq!(mistakes, usize::from(!words.is_empty()), "{text}");
    for word in words.iter().chain([&path.as_str()]).filter(|_| !words.is_empty()) {
        assert!(text.contains(word), "{word} is not in:\n{text}");
    }
}

#[test]
fn overrides_of_nodes_are_checked_as_aws_checks_them() {
    let needs_more = json!({"resourceRequirements": needs("12", "16384")});
    let given = |target: &str| json!([{"targetNodes": target, "containerOverrides": needs_more}]);
    nodes_refused(json!({"numNodes": 8, "nodePropertyOverrides": given("1:3")}), "", &[]);
    let target = ".nodePropertyOverrides[0].targetNodes";
    nodes_refused(json!({"nodePropertyOverrides": given("1:4")}), target, &["beyond the last"]);
    nodes_refused(
        json!({"nodePropertyOverrides": [{"targetNodes": "1:", "containerOverrides":
        {"resourceRequirements": [{"type": "VCPU", "value": "0"}]}}]}),
        ".nodePropertyOverrides[0].containerOverrides.resourceRequirements[0].value",
        &["0 vCPUs are asked for"],
    );
    nodes_refused(
        json!({"nodePropertyOverrides": [{"targetNodes": "1:2",
        "instanceTypes": ["c5.large"]}]}),
        ".nodePropertyOverrides[0]",
        &["share one type"],
    );
    let mut closed = nodes();
    closed["nodeProperties"]["nodeRangeProperties"][0]["targetNodes"] = json!("0:3");
    let text = submitted(&closed, &[json!({"nodeOverrides": {"numNodes": 3}})]);
    let text = text.map(|scenario| scenario.warnings).expect_err("a mistake");
    assert!(text.contains("no range of the definition grows"), "{text}");
}

#[test]
fn a_fargate_job_has_one_of_fargates_sizes() {
    let fargate = |vcpus: &str, memory: &str| {
        let mut definition = container(vcpus, memory);
        definition["platformCapabilities"] = json!(["FARGATE"]);
        definition["containerProperties"]["ephemeralStorage"] = json!({"sizeInGiB": 100});
        definition
    };
    let quarter = registered(&fargate("0.25", "2048"));
    let task = quarter.fargate.expect("a size");
    assert_eq!((task.size.quarter_vcpus(), task.size.memory_mib()), (1, 2_048));
    assert_eq!((quarter.platform, quarter.requirements), (Platform::Fargate, r(1, 2_048, 0)));
    let path = "jobDefinitions[d].containerProperties";
    let words = ["3 vCPUs with 8192 MiB are no size", "4 vCPUs with 8192 MiB"];
    refused(submitted(&fargate("3", "8192"), &[]), path, &words);
    let mut gpu = fargate("4", "8192");
    let list = &mut gpu["containerProperties"]["resourceRequirements"];
    list.as_array_mut().expect("a list").push(json!({"type": "GPU", "value": "1"}));
    let at = format!("{path}.resourceRequirements[2].value");
    refused(submitted(&gpu, &[]), &at, &["Fargate has no GPUs"]);
    let mut small = fargate("1", "2048");
    small["containerProperties"]["ephemeralStorage"]["sizeInGiB"] = json!(20);
    let at = format!("{path}.ephemeralStorage.sizeInGiB");
    refused(submitted(&small, &[]), &at, &["21 to 200"]);
    let old = json!({"platformCapabilities": ["FARGATE"], "containerProperties":
        {"vcpus": 1, "resourceRequirements": [{"type": "MEMORY", "value": "2048"}]}});
    refused(submitted(&old, &[]), &format!("{path}.vcpus"), &["not for Fargate"]);
    let mut task = json!({"ecsProperties": {"taskProperties": [{"containers": [
        {"image": "a", "resourceRequirements": needs("0.25", "512")},
        {"image": "b", "resourceRequirements": needs("0.25", "512")}]}]}});
    task["platformCapabilities"] = json!(["FARGATE"]);
    let task = registered(&task).fargate.expect("a size");
    assert_eq!((task.size.quarter_vcpus(), task.size.memory_mib()), (2, 1_024));
    let mut nodes = nodes();
    nodes["platformCapabilities"] = json!(["FARGATE"]);
    let at = "jobDefinitions[d].platformCapabilities";
    refused(submitted(&nodes, &[]), at, &["do not run on Fargate"]);
    let mut managed = container("1", "2048");
    managed["platformCapabilities"] = json!(["MANAGED_INSTANCES"]);
    let at = "jobDefinitions[d].platformCapabilities[0]";
    refused(submitted(&managed, &[]), at, &["not modelled yet", "EC2 or SPOT"]);
}

#[test]
fn a_fargate_job_is_refused_in_a_queue_of_ec2_and_in_traces() {
    let path = "workload[job0].submit.jobQueue";
    let words = ["d is for Fargate, the compute environments of q are not"];
    refused(submitted(&request("fargate"), &[json!({})]), path, &words);
    let trace = json!({"file": "tests/scenarios/log.swf", "jobQueue": "q",
        "jobDefinition": "fargate"});
    let value = account("aws", &json!([request("fargate")]), &json!([{"trace": trace}]));
    let words = ["is for Fargate, which rows of a trace have no size for"];
    refused(read(value), "workload[0].trace.jobDefinition", &words);
}

#[test]
fn a_name_without_a_revision_is_the_latest_that_is_active() {
    let definition = |revision: u32, status: &str| {
        let mut definition = container(&revision.to_string(), "512");
        definition["jobDefinitionName"] = json!("d");
        definition["revision"] = json!(revision);
        definition["status"] = json!(status);
        definition
    };
    let submit = |reference: &str, definitions: Value| {
        let submit = json!({"jobName": "a", "jobQueue": "q", "jobDefinition": reference});
        let mut value = account("aws", &definitions, &json!([{"submit": submit}]));
        value["jobModels"] = json!({"d": {"runtime": "1m"}});
        read(value)
    };
    // What an INACTIVE revision says is not read: it can not be submitted.
    let mut gone = definition(3, "INACTIVE");
    gone["nodeProperties"] = json!("of a kind that is not known any more");
    gone["someKeyOfOldTimes"] = json!(1);
    let all = json!([definition(1, "ACTIVE"), definition(2, "ACTIVE"), gone]);
    let latest = submit("d", all.clone()).unwrap_or_else(|text| panic!("{text}"));
    assert_eq!(submissions(&latest)[0].requirements, r(2, 512, 0));
    let again = read(latest.resolved.clone()).unwrap_or_else(|text| panic!("{text}"));
    assert_eq!(again.resolved, latest.resolved);
    let path = "workload[a].submit.jobDefinition";
    refused(submit("d:3", all.clone()), path, &["d:3 is INACTIVE", "accepted: d:1, d:2"]);
    refused(submit("d:4", all), path, &["no job definition d:4", "accepted: d:1, d:2"]);
    let text = submit("d", json!([definition(1, "INACTIVE")])).expect_err("nothing is active");
    assert!(text.contains("every revision of d is INACTIVE"), "{text}");
}

#[test]
fn a_submission_with_conditions_of_its_own_keeps_what_else_it_overrides() {
    let over = json!({
        "retryStrategy": {"attempts": 3, "evaluateOnExit": [{"onExitCode": "1*", "action": "Exit"}]},
        "containerOverrides": {"resourceRequirements": [{"type": "VCPU", "value": "3"}]},
    });
    let scenario = submitted(&container("2", "512"), &[over]).unwrap_or_else(|t| panic!("{t}"));
    let submission = &submissions(&scenario)[0];
    let retry = &scenario.model.job_definitions[submission.definition.index()].retry;
    assert_eq!((submission.requirements, submission.attempts), (r(3, 512, 0), None));
    assert_eq!((retry.attempts, retry.evaluate_on_exit.len()), (3, 1));
}

#[test]
fn retry_conditions_are_at_most_five_patterns_of_512_characters_in_any_case() {
    let with = |entries: Value| {
        let mut definition = container("1", "512");
        definition["retryStrategy"] = json!({"attempts": 3, "evaluateOnExit": entries});
        submitted(&definition, &[])
    };
    let list = "jobDefinitions[d].retryStrategy.evaluateOnExit";
    let entry = json!({"onReason": "*", "action": "rEtRy"});
    assert!(with(json!([entry, entry, entry, entry, entry])).is_ok());
    let six = with(json!([entry, entry, entry, entry, entry, entry]));
    refused(six, list, &["6 entries are too many", "at most 5"]);
    let action = with(json!([{"onReason": "*", "action": "RETRYY"}]));
    refused(action, &format!("{list}[0].action"), &["RETRY, EXIT", "did you mean RETRY?"]);
    let reason = |pattern: &str| with(json!([{"onReason": pattern, "action": "EXIT"}]));
    assert!(reason(&"é".repeat(512)).is_ok(), "characters, not bytes");
    refused(reason(&"é".repeat(513)), &format!("{list}[0].onReason"), &["up to 512 characters"]);
    let code = |pattern: &str| with(json!([{"onExitCode": pattern, "action": "EXIT"}]));
    assert!(code("13*").is_ok() && code("*").is_ok());
    refused(code("13a"), &format!("{list}[0].onExitCode"), &["digits"]);
}

#[test]
fn more_than_fifty_merged_tags_fail_a_job() {
    let tags = |from: usize, to: usize| -> Value {
        (from..to)
            .map(|tag| (format!("tag{tag}"), json!("x")))
            .collect::<serde_json::Map<_, _>>()
            .into()
    };
    let mut definition = container("1", "512");
    definition["tags"] = tags(0, 30);
    let with = |definition: &Value, over: Value| submitted(definition, &[over]);
    assert!(with(&definition, json!({"tags": tags(20, 51)})).is_ok(), "nothing is propagated");
    definition["propagateTags"] = json!(true);
    assert!(with(&definition, json!({"tags": tags(20, 50)})).is_ok(), "50 names in all");
    assert!(with(&definition, json!({"tags": tags(20, 51), "propagateTags": false})).is_ok());
    let path = "workload[job0].submit.tags";
    refused(with(&definition, json!({"tags": tags(20, 51)})), path, &["51 tags", "50 tags"]);
}

#[test]
fn scheduling_priorities_are_0_to_9999() {
    let with = |priority: u32| {
        let mut definition = container("1", "512");
        definition["schedulingPriority"] = json!(priority);
        definition
    };
    assert_eq!(registered(&with(9_999)).scheduling_priority, Some(9_999));
    assert_eq!(registered(&container("1", "512")).scheduling_priority, None);
    let path = "jobDefinitions[d].schedulingPriority";
    refused(submitted(&with(10_000), &[]), path, &["0 to 9999"]);
}

#[test]
fn parameters_of_placeholders_have_no_effect_and_no_warning() {
    let mut definition = container("1", "512");
    definition["parameters"] = json!({"input": "a"});
    definition["containerProperties"]["command"] = json!(["run", "Ref::input"]);
    let scenario = submitted(&definition, &[json!({"parameters": {"input": "b"}})]);
    let scenario = scenario.unwrap_or_else(|text| panic!("{text}"));
    assert_eq!(scenario.warnings, Vec::<String>::new());
}
