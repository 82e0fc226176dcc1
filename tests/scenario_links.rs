//! `dependsOn` and the jobs of `apiCalls` in scenario files: what they mean, and what is refused.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use batchcast::batch::api_call::{ApiAction, JobEnd, ReasonId};
use batchcast::batch::consumable::{ConsumableChange, ConsumableId, ConsumableNeed};
use batchcast::batch::dependency::{Dependency, JobHandle, Links};
use batchcast::experiment::scenario::{
    LoadOptions, Scenario, ScenarioErrors, ScenarioSource, load,
};
use batchcast::workload::spec::SourceSpec;

const ACCOUNT: &str = r#"name: links
computeEnvironments:
  - computeEnvironmentName: ce
    type: MANAGED
    computeResources: {type: EC2, allocationStrategy: BEST_FIT, maxvCpus: 64, instanceTypes: [c6i]}
jobQueues:
  - {jobQueueName: q, priority: 1, computeEnvironmentOrder: [{order: 1, computeEnvironment: ce}]}
jobDefinitions:
  - jobDefinitionName: sim
    type: container
    containerProperties:
      resourceRequirements: [{type: VCPU, value: "1"}, {type: MEMORY, value: "1024"}]
jobModels: {sim: {runtime: 10m}}
workload:
"#;

/// A submission at `at` with what is written in `rest`.
fn submit(name: &str, at: &str, rest: &str) -> String {
    let comma = if rest.is_empty() { "" } else { ", " };
    format!(
        "  - {{at: {at}, submit: {{jobName: {name}, jobQueue: q, jobDefinition: sim{comma}{rest}}}}}\n"
    )
}

const OF_4: &str = "arrayProperties: {size: 4}";

fn read(workload: &[String], rest: &str) -> Result<Scenario, ScenarioErrors> {
    let text = format!("{ACCOUNT}{}{rest}", workload.concat());
    let source = ScenarioSource::Embedded { name: "links".to_owned(), text, files: Vec::new() };
    load(&source, &LoadOptions::default())
}

fn links(scenario: &Scenario) -> Vec<Option<Links>> {
    let of = |spec: &SourceSpec| match spec {
        SourceSpec::Submit(submit) => submit.submission.links.as_deref().cloned(),
        _ => None,
    };
    scenario.workload.iter().map(of).collect()
}

/// Checks the first mistake: its path and words of what is said.
#[track_caller]
fn refused(workload: &[String], rest: &str, path: &str, words: &[&str]) {
    let errors = read(workload, rest).expect_err("a mistake");
    assert_eq!(errors.errors[0].path, path, "{}", errors.render_plain());
    for word in words {
        assert!(errors.render_plain().contains(word), "{word}:\n{}", errors.render_plain());
    }
}

#[test]
fn a_dependency_names_an_earlier_submission() {
    let workload = [
        submit("a", "0s", OF_4),
        submit("b", "0s", &format!("{OF_4}, dependsOn: [{{jobId: a, type: N_TO_N}}]")),
        submit("c", "0s", "dependsOn: [{jobId: 'a:3'}, {jobId: b}]"),
        submit("d", "1h", &format!("{OF_4}, dependsOn: [{{type: SEQUENTIAL}}]")),
        submit("e", "0s", ""),
    ];
    let a = JobHandle(0);
    let b = JobHandle(1);
    let links = links(&read(&workload, "").unwrap());
    let of = |handle, by_index, depends_on: &[Dependency]| {
        Some(Links { handle, by_index, depends_on: depends_on.to_vec() })
    };
    assert_eq!(links[0], of(Some(a), true, &[]));
    assert_eq!(links[1], of(Some(b), false, &[Dependency::NToN(a)]));
    assert_eq!(links[2], of(None, false, &[Dependency::Child(a, 3), Dependency::Job(b)]));
    assert_eq!(links[3], of(None, false, &[Dependency::Sequential]));
    assert_eq!(links[4], None);
}

#[test]
fn an_unknown_job_says_what_was_meant() {
    let workload =
        [submit("prepare", "0s", ""), submit("b", "0s", "dependsOn: [{jobId: preapre}]")];
    let path = "workload[b].submit.dependsOn[0]";
    refused(&workload, "", path, &["there is no submitted job preapre", "did you mean prepare?"]);
}

#[test]
fn a_cycle_can_not_be_written() {
    let workload = [
        submit("a", "0s", "dependsOn: [{jobId: b}]"),
        submit("b", "0s", "dependsOn: [{jobId: a}]"),
    ];
    let path = "workload[a].submit.dependsOn[0]";
    refused(&workload, "", path, &["b is submitted at 0 s, not before 0 s", "before it"]);
    let itself = [submit("a", "0s", "dependsOn: [{jobId: a}]")];
    refused(&itself, "", path, &["a would wait for itself"]);
}

#[test]
fn a_job_that_is_submitted_later_can_not_be_waited_for() {
    let workload = [submit("late", "2h", ""), submit("b", "1h", "dependsOn: [{jobId: late}]")];
    let path = "workload[b].submit.dependsOn[0]";
    refused(&workload, "", path, &["late is submitted at 7200 s, not before 3600 s"]);
}

#[test]
fn n_to_n_needs_two_arrays_of_one_size() {
    let path = "workload[b].submit.dependsOn[0]";
    let n_to_n = "dependsOn: [{jobId: a, type: N_TO_N}]";
    let job = [submit("a", "0s", OF_4), submit("b", "0s", n_to_n)];
    refused(&job, "", path, &["this is no array and a is an array of 4", "two arrays of one size"]);
    let five = format!("arrayProperties: {{size: 5}}, {n_to_n}");
    refused(&[submit("a", "0s", OF_4), submit("b", "0s", &five)], "", path, &["an array of 5"]);
}

#[test]
fn a_child_must_exist() {
    let path = "workload[b].submit.dependsOn[0]";
    let depends = |id: &str| submit("b", "0s", &format!("dependsOn: [{{jobId: '{id}'}}]"));
    refused(
        &[submit("a", "0s", OF_4), depends("a:4")],
        "",
        path,
        &["a has no child 4", "a:0 to a:3"],
    );
    refused(&[submit("a", "0s", ""), depends("a:0")], "", path, &["a is no array"]);
}

#[test]
fn sequential_is_of_an_arrays_own_children() {
    let path = "workload[a].submit.dependsOn[0]";
    let job = [submit("a", "0s", "dependsOn: [{type: SEQUENTIAL}]")];
    refused(&job, "", path, &["orders the children of an array"]);
    let other = format!("{OF_4}, dependsOn: [{{jobId: a, type: SEQUENTIAL}}]");
    refused(&[submit("a", "0s", &other)], "", path, &["alone, of an array's own children"]);
}

#[test]
fn a_name_must_mean_one_submission() {
    let path = "workload[b].submit.dependsOn[0]";
    let twice = [
        submit("a", "0s", ""),
        submit("a", "1m", ""),
        submit("b", "1h", "dependsOn: [{jobId: a}]"),
    ];
    refused(&twice, "", path, &["several submissions are named a"]);
    let again = "  - submit: {jobName: a, jobQueue: q, jobDefinition: sim}\n    \
        arrivals: {process: poisson, perHour: 10, until: 1h}\n";
    let repeated = [again.to_owned(), submit("b", "1h", "dependsOn: [{jobId: a}]")];
    refused(&repeated, "", "workload[b].submit.dependsOn[0]", &["again and again", "made once"]);
}

#[test]
fn a_job_has_at_most_twenty_dependencies() {
    let mut workload: Vec<String> = (0..21).map(|n| submit(&format!("a{n}"), "0s", "")).collect();
    let all: Vec<String> = (0..21).map(|n| format!("{{jobId: a{n}}}")).collect();
    workload.push(submit("b", "0s", &format!("dependsOn: [{}]", all.join(", "))));
    let errors = read(&workload, "").expect_err("too many");
    assert!(errors.render_plain().contains("20"), "{}", errors.render_plain());
}

#[test]
fn consumable_resources_are_those_of_the_definition_unless_a_submission_says_its_own() {
    let own = "consumableResourcePropertiesOverride: {consumableResourceList: \
        [{consumableResource: disk, quantity: 2}]}";
    let workload = [submit("a", "0s", ""), submit("b", "0s", own)];
    let rest = "consumableResources:\n  \
        - {consumableResourceName: licence, totalQuantity: 5, resourceType: NON_REPLENISHABLE}\n  \
        - {consumableResourceName: disk, totalQuantity: 3, availableQuantity: 3}\n\
        apiCalls: [{at: 1h, updateConsumableResource: \
        {consumableResource: disk, operation: REMOVE, quantity: 1}}]\n";
    let scenario = read(&workload, rest).unwrap();
    let quantities = |index: usize| match &scenario.workload[index] {
        SourceSpec::Submit(submit) => {
            let definition = submit.submission.definition.index();
            scenario.model.job_definitions[definition].consumables.clone()
        }
        _ => panic!("a submit entry"),
    };
    let disk = ConsumableId::new(1);
    assert_eq!(quantities(0), []);
    assert_eq!(quantities(1), [ConsumableNeed { resource: disk, quantity: 2 }]);
    assert_eq!(scenario.model.consumables[0].name, "licence");
    assert!(!scenario.model.consumables[0].replenishable);
    let change = ApiAction::UpdateConsumableResource(disk, ConsumableChange::Remove(1));
    assert_eq!(format!("{:?}", scenario.model.api_calls[0].action), format!("{change:?}"));
    let path = "workload[b].submit.consumableResourcePropertiesOverride.consumableResourceList[0]";
    let too_much = rest.replace("apiCalls", "study: {}\n#");
    let workload = [submit("a", "0s", ""), submit("b", "0s", &own.replace("2}", "9}"))];
    refused(&workload, &too_much, &format!("{path}.quantity"), &["9 of disk", "there are 3"]);
    let unknown = [submit("a", "0s", ""), submit("b", "0s", &own.replace("disk", "disc"))];
    let path = &format!("{path}.consumableResource");
    refused(&unknown, rest, path, &["no consumable resource disc", "did you mean disk?"]);
}

#[test]
fn calls_end_jobs_that_have_been_submitted() {
    let workload = [submit("a", "0s", OF_4)];
    let calls = "apiCalls:\n  - {at: 5m, terminateJob: {jobId: 'a:1', reason: superseded}}\n  \
        - {at: 1m, cancelJob: {jobId: a, reason: no need}}\n";
    let scenario = read(&workload, calls).unwrap();
    let calls = &scenario.model.api_calls;
    let end = |index: usize| match calls[index].action {
        ApiAction::EndJob(end) => end,
        _ => panic!("a call that ends a job"),
    };
    let job = JobHandle(0);
    let reason = ReasonId::new;
    assert_eq!(end(0), JobEnd { job, child: None, terminate: false, reason: reason(0) });
    assert_eq!(end(1), JobEnd { job, child: Some(1), terminate: true, reason: reason(1) });
    assert_eq!(scenario.model.reasons, ["no need", "superseded"]);
    let early = "apiCalls: [{at: 0s, cancelJob: {jobId: a, reason: r}}]\n";
    let path = "apiCalls[0].cancelJob.jobId";
    refused(&[submit("a", "1s", "")], early, path, &["a is submitted at 1 s, not before 0 s"]);
}

/// Behaviour 1.2: at most 50 ids in one call.
#[test]
fn one_call_may_end_up_to_fifty_jobs_for_one_reason() {
    let workload = [submit("a", "0s", OF_4), submit("b", "0s", "")];
    let calls = "apiCalls: [{at: 1m, cancelJobs: {jobs: ['a:2', b], reason: no need}}, \
        {at: 2m, terminateJobs: {jobs: [a], reason: too late}}]\n";
    let scenario = read(&workload, calls).unwrap();
    let ends: Vec<JobEnd> = scenario
        .model
        .api_calls
        .iter()
        .map(|call| match call.action {
            ApiAction::EndJob(end) => end,
            _ => panic!("a call that ends a job"),
        })
        .collect();
    let (first, second) = (ReasonId::new(0), ReasonId::new(1));
    let (a, b) = (JobHandle(0), JobHandle(1));
    assert_eq!(
        ends,
        [
            JobEnd { job: a, child: Some(2), terminate: false, reason: first },
            JobEnd { job: b, child: None, terminate: false, reason: first },
            JobEnd { job: a, child: None, terminate: true, reason: second },
        ]
    );
    assert_eq!(scenario.model.reasons, ["no need", "too late"]);
    let many = |number: usize| {
        let jobs = vec!["b"; number].join(", ");
        format!("apiCalls: [{{at: 1m, cancelJobs: {{jobs: [{jobs}], reason: r}}}}]\n")
    };
    assert_eq!(read(&workload, &many(50)).unwrap().model.api_calls.len(), 50);
    let path = "apiCalls[0].cancelJobs.jobs";
    refused(&workload, &many(51), path, &["51", "50"]);
    let unknown = "apiCalls: [{at: 1m, cancelJobs: {jobs: [b, c], reason: r}}]\n";
    refused(&workload, unknown, "apiCalls[0].cancelJobs.jobs[1]", &["c"]);
    let long =
        format!("apiCalls: [{{at: 1m, cancelJob: {{jobId: b, reason: {}}}}}]\n", "x".repeat(1_025));
    refused(&workload, &long, "apiCalls[0].cancelJob.reason", &["1024"]);
}
