//! AWS's fixed limits of an account and of one request, which `profile: ideal` has not
//! (behaviour 1.6).

use batchcast::experiment::scenario::{LoadOptions, ScenarioSource, load};
use serde_json::{Value, json};

/// An account within every limit.
fn account() -> Value {
    json!({
        "name": "quotas",
        "computeEnvironments": [environment("ce")],
        "jobQueues": [queue("q", &["ce"])],
        "jobDefinitions": [{"jobDefinitionName": "d", "containerProperties": {
            "resourceRequirements": [
                {"type": "VCPU", "value": "1"}, {"type": "MEMORY", "value": "512"}]}}],
        "jobModels": {"d": {"runtime": "1m"}},
        "workload": [{"submit": {"jobName": "j", "jobQueue": "q", "jobDefinition": "d"}}],
    })
}

fn environment(name: &str) -> Value {
    json!({"computeEnvironmentName": name, "computeResources": {
        "type": "EC2", "maxvCpus": 8, "instanceTypes": ["c6i.large"]}})
}

fn queue(name: &str, environments: &[&str]) -> Value {
    let order: Vec<Value> = environments
        .iter()
        .enumerate()
        .map(|(order, name)| json!({"order": order, "computeEnvironment": name}))
        .collect();
    json!({"jobQueueName": name, "computeEnvironmentOrder": order})
}

fn errors(mut value: Value, profile: impl Into<Value>) -> String {
    value["profile"] = profile.into();
    let source = ScenarioSource::Value { value, base: ".".into() };
    load(&source, &LoadOptions::default()).map_or_else(|e| e.render_plain(), |_| String::new())
}

/// That a limit of AWS is broken at a path, and only there; without AWS's limits there is none.
#[track_caller]
fn over(value: Value, path: &str, words: &[&str]) {
    let text = errors(value.clone(), "aws");
    assert_eq!(text.matches("error: ").count(), 1, "{text}");
    let place = format!("at: {path}\n");
    for word in words.iter().chain([&place.as_str(), &"serviceQuotas: false"]) {
        assert!(text.contains(word), "{word} is not in:\n{text}");
    }
    assert_eq!(errors(value, "ideal"), "");
}

fn with(key: &str, items: impl Iterator<Item = Value>) -> Value {
    let mut value = account();
    value[key].as_array_mut().expect("a list").extend(items);
    value
}

#[test]
fn an_account_has_at_most_fifty_queues_and_fifty_environments() {
    let queues = |n: usize| with("jobQueues", (0..n).map(|i| queue(&format!("q{i}"), &["ce"])));
    assert_eq!(errors(queues(49), "aws"), "");
    over(queues(50), "jobQueues", &["51 job queues", "at most 50"]);
    let environments =
        |n: usize| with("computeEnvironments", (0..n).map(|i| environment(&format!("ce{i}"))));
    assert_eq!(errors(environments(49), "aws"), "");
    over(environments(50), "computeEnvironments", &["51 compute environments", "at most 50"]);
}

#[test]
fn a_queue_has_at_most_three_environments() {
    let names = ["ce", "b", "c", "d"];
    let mut value = with("computeEnvironments", names[1..].iter().map(|name| environment(name)));
    value["jobQueues"] = json!([queue("q", &names[..3])]);
    assert_eq!(errors(value.clone(), "aws"), "");
    value["jobQueues"] = json!([queue("q", &names)]);
    for profile in ["aws", "ideal"] {
        let errors = errors(value.clone(), profile);
        assert!(errors.contains("4 compute environments in one queue"), "{errors}");
        assert!(errors.contains("1 to 3"), "the model knows no more either: {errors}");
    }
}

#[test]
fn names_are_at_most_128_letters_digits_hyphens_and_underscores() {
    let renamed = |name: &str| {
        let mut value = account();
        value["workload"][0]["submit"]["jobName"] = json!(name);
        value
    };
    let longest = "a-Z_0".repeat(25) + "abc";
    assert_eq!((longest.len(), errors(renamed(&longest), "aws").as_str()), (128, ""));
    let words = ["is no name that AWS takes", "1 to 128 letters"];
    let long = format!("{longest}d");
    for name in [long.as_str(), "a.b", "a b", "ä"] {
        over(renamed(name), &format!("workload[{name}].submit.jobName"), &words);
    }
    let mut value = account();
    value["computeEnvironments"][0]["computeEnvironmentName"] = json!("c e");
    value["jobQueues"] = json!([queue("q/", &["c e"])]);
    value["jobDefinitions"][0]["jobDefinitionName"] = json!("d.d");
    value["jobModels"] = json!({"d.d": {"runtime": "1m"}});
    value["workload"][0]["submit"]["jobDefinition"] = json!("d.d");
    value["schedulingPolicies"] = json!([{"name": "p p"}]);
    value["consumableResources"] = json!([{
        "consumableResourceName": "r.r", "resourceType": "REPLENISHABLE", "totalQuantity": 1,
    }]);
    let text = errors(value, "aws");
    for path in [
        "computeEnvironments[c e].computeEnvironmentName",
        "jobQueues[q/].jobQueueName",
        "schedulingPolicies[p p].name",
        "consumableResources[r.r].consumableResourceName",
        "jobDefinitions[d.d].jobDefinitionName",
    ] {
        assert!(text.contains(&format!("at: {path}\n")), "{path} is not in:\n{text}");
    }
}

#[test]
fn a_definition_is_at_most_24_kib_and_a_submission_30_kib_as_json() {
    let padded = |pointer: &str, filler: Value| {
        let mut value = account();
        *value.pointer_mut(pointer).expect("an object").as_object_mut().expect("an object") = {
            let mut map =
                value.pointer(pointer).expect("an object").as_object().expect("an object").clone();
            map.extend(filler.as_object().expect("an object").clone());
            map
        };
        value
    };
    let definition = |bytes: usize| {
        padded("/jobDefinitions/0/containerProperties", json!({"command": ["x".repeat(bytes)]}))
    };
    assert_eq!(errors(definition(24_000), "aws"), "");
    over(definition(24_576), "jobDefinitions[d]", &["a job definition of 24", "24576 bytes"]);
    let printed =
        |bytes: usize| padded("/jobDefinitions/0", json!({"jobDefinitionArn": "x".repeat(bytes)}));
    assert_eq!(errors(printed(24_576), "aws"), "", "what AWS adds is no part of the request");
    let submission = |bytes: usize| {
        padded("/workload/0/submit", json!({"parameters": {"p": "x".repeat(bytes)}}))
    };
    assert_eq!(errors(submission(30_000), "aws"), "");
    over(submission(30_720), "workload[j].submit", &["a SubmitJob request of 30", "30720 bytes"]);
    let overrides = |bytes: usize| {
        let command = json!({"containerOverrides": {"command": ["x".repeat(bytes)]}});
        padded("/workload/0/submit", command)
    };
    assert_eq!(errors(overrides(8_000), "aws"), "");
    let path = "workload[j].submit.containerOverrides";
    over(overrides(8_192), path, &["characters", "at most 8192"]);
}

#[test]
fn a_million_jobs_may_be_submitted_at_once() {
    let at = |rate: u32| {
        let submit_eval = json!({"median": "1000s", "sigma": 0});
        errors(account(), json!({"base": "aws", "submitTps": rate, "submitEval": submit_eval}))
    };
    let (good, over) = (at(1_000), at(1_001));
    assert_eq!(good, "");
    assert!(over.contains("1001000 SUBMITTED jobs") && over.contains("submitEval"), "{over}");
}
