//! Compute environments in full and calls of the API, as a scenario writes them.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use batchcast::batch::api_call::{ApiAction, ComputeEnvironmentUpdate, JobQueueUpdate};
use batchcast::batch::compute_environment::{ComputeEnvironmentId, UpdatePolicy};
use batchcast::batch::job_queue::JobQueueId;
use batchcast::ec2::fleet::PurchaseOption;
use batchcast::experiment::replicate::{Options, replicate};
use batchcast::experiment::scenario::{
    LoadOptions, Scenario, ScenarioErrors, ScenarioSource, load, schema,
};
use batchcast::sim::{SimDuration, SimTime};
use serde_json::Value;
use std::sync::atomic::AtomicBool;

/// A Spot and an On-Demand environment, the instances of a user, and calls in no order of time.
const ACCOUNT: &str = r#"
name: account
start: 2026-07-20T00:00:00Z
computeEnvironments:
  - computeEnvironmentName: spot
    updatePolicy: {terminateJobsOnUpdate: true}
    computeResources:
      type: SPOT
      allocationStrategy: SPOT_CAPACITY_OPTIMIZED
      maxvCpus: 64
      instanceTypes: [m5.large]
      subnets: [use1-az1]
      bidPercentage: 60
      placementGroup: group
      scalingPolicy: {minScaleDownDelayMinutes: 20}
  - computeEnvironmentName: demand
    computeResources: {type: EC2, maxvCpus: 8, instanceTypes: [c6i.large], bidPercentage: 100}
  - computeEnvironmentName: own
    type: UNMANAGED
    unmanagedvCpus: 12
  - computeEnvironmentName: broken
    status: INVALID
    computeResources: {type: EC2, maxvCpus: 8, instanceTypes: [c6i.large]}
computeEnvironmentModels:
  own:
    instances:
      - {instanceType: c6i.xlarge, count: 3, from: 10m, until: 2026-07-20T02:00:00Z}
      - {instanceType: c6i.large, availabilityZone: use1-az2}
jobQueues:
  - {jobQueueName: q, priority: 1, computeEnvironmentOrder: [{order: 1, computeEnvironment: spot}]}
  - {jobQueueName: r, priority: 1, state: DISABLED, computeEnvironmentOrder: [{order: 1, computeEnvironment: own}]}
jobDefinitions:
  - {jobDefinitionName: sim, containerProperties: {vcpus: 1, memory: 1024}}
jobModels: {sim: {runtime: 10m}}
workload:
  - {submit: {jobName: a, jobQueue: q, jobDefinition: sim}}
  - {submit: {jobName: b, jobQueue: r, jobDefinition: sim}, at: 2h}
apiCalls:
  - at: 2026-07-20T01:00:00Z
    updateJobQueue:
      jobQueue: arn:aws:batch:us-east-1:123456789012:job-queue/r
      state: ENABLED
      priority: 5
      computeEnvironmentOrder: [{order: 2, computeEnvironment: demand}, {order: 1, computeEnvironment: own}]
  - at: 10m
    updateComputeEnvironment:
      computeEnvironment: spot
      state: DISABLED
      computeResources: {minvCpus: 4, maxvCpus: 500, desiredvCpus: 8, scalingPolicy: {minScaleDownDelayMinutes: 0}}
  - at: 20m
    updateComputeEnvironment:
      computeEnvironment: spot
      serviceRole: role
      updatePolicy: {jobExecutionTimeoutMinutes: 60}
      computeResources: {type: EC2, allocationStrategy: BEST_FIT_PROGRESSIVE, instanceTypes: [m5.xlarge], tags: {a: b}}
  - {at: 2h, updateComputeEnvironment: {computeEnvironment: own, unmanagedvCpus: 10, state: ENABLED}}
"#;

fn source(text: &str) -> ScenarioSource {
    let (name, files) = ("account".to_owned(), Vec::new());
    ScenarioSource::Embedded { name, text: text.to_owned(), files }
}

fn read(text: &str) -> Result<Scenario, ScenarioErrors> {
    load(&source(text), &LoadOptions::default())
}

fn account() -> Scenario {
    read(ACCOUNT).unwrap_or_else(|errors| panic!("{errors}"))
}

/// The account with `from` replaced by `to` has one mistake: its path and words of its rendering.
#[track_caller]
fn says(from: &str, to: &str, path: &str, words: &[&str]) {
    says_of(ACCOUNT, from, to, path, words);
}

/// As `says`, of another account.
#[track_caller]
fn says_of(account: &str, from: &str, to: &str, path: &str, words: &[&str]) {
    assert!(account.contains(from), "{from}");
    let errors = read(&account.replacen(from, to, 1)).expect_err(to);
    let rendered = errors.render_plain();
    let paths: Vec<&str> = errors.errors.iter().map(|error| error.path.as_str()).collect();
    assert_eq!(paths, [path], "{rendered}");
    assert!(errors.errors[0].place.is_some(), "{rendered}");
    for word in words {
        assert!(rendered.contains(word), "{word} is not in:\n{rendered}");
    }
}

#[test]
fn unmanaged_instances_have_no_more_vcpus_than_can_be_counted() {
    let with = |count: u32| {
        let big =
            "{instanceType: big.huge, vcpus: 1000000, memoryMib: 1000000, onDemandUsdPerHour: '1'}";
        let catalog = format!("name: account\ncatalog: {{instanceTypes: [{big}]}}");
        let text = ACCOUNT.replacen("name: account", &catalog, 1);
        let entry = format!("{{instanceType: big.huge, count: {count},");
        read(&text.replacen("{instanceType: c6i.xlarge, count: 3,", &entry, 1))
    };
    let most = with(4_294).unwrap_or_else(|errors| panic!("{errors}"));
    assert_eq!(most.model.compute_environments[2].max_vcpus, 4_294_000_002);
    let errors = with(5_000).expect_err("more than 2^32");
    let rendered = errors.render_plain();
    let paths: Vec<&str> = errors.errors.iter().map(|error| error.path.as_str()).collect();
    assert_eq!(paths, ["computeEnvironmentModels.own.instances"], "{rendered}");
    assert!(errors.errors[0].place.is_some(), "{rendered}");
    for word in ["5000000002 vCPUs", "at most 4294967295", "several environments"] {
        assert!(rendered.contains(word), "{word} is not in:\n{rendered}");
    }
}

#[test]
fn environments_become_what_they_say() {
    let scenario = account();
    let [spot, demand, own, broken] = scenario.model.compute_environments.as_slice() else {
        panic!("four environments")
    };
    assert_eq!(spot.scale_down_delay, SimDuration::from_secs(1_200));
    assert_eq!((spot.bid_percentage, demand.bid_percentage), (Some(60), None));
    assert!(spot.update_policy.terminate_jobs && !demand.update_policy.terminate_jobs);
    assert_eq!(demand.update_policy, UpdatePolicy::default());
    assert_eq!((broken.enabled, broken.invalid), (false, true));
    assert_eq!((own.managed, own.unmanaged_vcpus, own.max_vcpus), (false, Some(12), 14));
    let catalog = &scenario.model.catalog;
    let instances: Vec<_> = own
        .model
        .instances
        .iter()
        .map(|entry| {
            let name = catalog.get(entry.instance_type).name.as_str();
            let zone = catalog.zones()[entry.zone.index()].as_str();
            let ms = |at: SimTime| at.as_millis();
            (name, zone, entry.count, ms(entry.from), entry.until.map(ms))
        })
        .collect();
    let first = catalog.get(own.model.instances[0].instance_type).zones[0];
    let first = catalog.zones()[first.index()].as_str();
    assert_eq!(
        instances,
        [("c6i.xlarge", first, 3, 600_000, Some(7_200_000)), ("c6i.large", "use1-az2", 1, 0, None),]
    );
}

#[test]
fn only_a_valid_or_updating_environment_takes_jobs() {
    let read_as = |status: &str| {
        let text = ACCOUNT.replace("status: INVALID", &format!("status: {status}"));
        let scenario = read(&text).unwrap_or_else(|errors| panic!("{errors}"));
        let broken = &scenario.model.compute_environments[3];
        let path = "computeEnvironments[broken].status: ";
        let warned = scenario.warnings.iter().any(|warning| warning.starts_with(path));
        (broken.enabled, broken.invalid, warned)
    };
    for status in ["VALID", "UPDATING"] {
        assert_eq!(read_as(status), (true, false, false), "{status}");
    }
    for status in ["CREATING", "DELETING", "DELETED"] {
        assert_eq!(read_as(status), (false, true, true), "{status}");
    }
    assert_eq!(read_as("INVALID"), (false, true, false), "it is what it says");
    let text = ACCOUNT
        .replace("status: INVALID", "status: DELETED")
        .replace("  own:\n", "  broken: {invalid: false}\n  own:\n");
    assert!(read(&text).unwrap().model.compute_environments[3].enabled, "our own model goes first");
}

#[test]
fn a_queue_is_valid_or_left_out() {
    let with = |status: &str| format!("jobQueueName: q, status: {status}, priority: 1");
    let path = "jobQueues[q].status";
    for (status, hint) in [
        ("CREATING", "leave status out"),
        ("DELETING", "leave the queue out"),
        ("DELETED", "leave the queue out"),
        ("INVALID", "make its environments INVALID"),
    ] {
        let words = ["not modelled yet", "accepted: VALID, UPDATING", hint];
        says("jobQueueName: q, priority: 1", &with(status), path, &words);
    }
    for status in ["VALID", "UPDATING"] {
        read(&ACCOUNT.replace("jobQueueName: q, priority: 1", &with(status))).unwrap();
    }
}

#[test]
fn a_queue_is_of_the_type_of_its_environments() {
    let with = |kind: &str| format!("jobQueueName: q, jobQueueType: {kind}, priority: 1");
    let words = ["spot is of type SPOT, which a queue of type ECS_FARGATE", "accepted: ECS"];
    let path = "jobQueues[q].jobQueueType";
    says("jobQueueName: q, priority: 1", &with("ECS_FARGATE"), path, &words);
    let warnings = |kind: &str| {
        let text = ACCOUNT.replace("jobQueueName: q, priority: 1", &with(kind));
        read(&text).unwrap_or_else(|errors| panic!("{errors}")).warnings.join("\n")
    };
    assert!(!warnings("ECS").contains(path));
    assert!(warnings("EKS").contains("jobQueues[q].jobQueueType: taken as ECS"));
}

#[test]
fn a_placement_group_without_a_name_is_none() {
    let grouped = |text: &str| read(text).unwrap().model.compute_environments[0].placement_group;
    assert!(grouped(ACCOUNT));
    assert!(!grouped(&ACCOUNT.replace("placementGroup: group", "placementGroup: ''")));
}

#[test]
fn calls_are_made_in_order_of_time_whatever_the_order_of_the_file() {
    let scenario = account();
    let calls = &scenario.model.api_calls;
    let times: Vec<u64> = calls.iter().map(|call| call.at.as_millis()).collect();
    assert_eq!(times, [600_000, 1_200_000, 3_600_000, 7_200_000]);
    let ApiAction::UpdateComputeEnvironment(ComputeEnvironmentUpdate {
        enabled: Some(false),
        min_vcpus: Some(4),
        max_vcpus: Some(500),
        desired_vcpus: Some(8),
        scale_down_delay: Some(SimDuration::ZERO),
        infrastructure: None,
        update_policy: None,
        ..
    }) = &calls[0].action
    else {
        panic!("{:?}", calls[0])
    };
    let ApiAction::UpdateComputeEnvironment(replacement) = &calls[1].action else {
        panic!("{:?}", calls[1])
    };
    assert_eq!((replacement.enabled, replacement.max_vcpus), (None, None));
    let infrastructure = replacement.infrastructure.as_ref().expect("other instances");
    assert_eq!(infrastructure.purchase, PurchaseOption::OnDemand);
    assert_eq!(infrastructure.strategy.name(), "BEST_FIT_PROGRESSIVE");
    assert_eq!(infrastructure.zones.len(), 1, "the subnets are as they were");
    assert_eq!(
        replacement.update_policy.map(|p| p.job_execution_timeout.as_millis()),
        Some(3_600_000)
    );
    let ApiAction::UpdateJobQueue(JobQueueUpdate {
        job_queue,
        enabled: Some(true),
        priority: Some(5),
        compute_environments: Some(order),
        time_limit_actions: None,
    }) = &calls[2].action
    else {
        panic!("{:?}", calls[2])
    };
    let ApiAction::UpdateComputeEnvironment(own) = &calls[3].action else {
        panic!("{:?}", calls[3])
    };
    assert_eq!((own.enabled, own.unmanaged_vcpus), (Some(true), Some(10)));
    assert_eq!(*job_queue, JobQueueId::new(1));
    assert_eq!(*order, [2, 1].map(ComputeEnvironmentId::new), "ascending `order`");
}

#[test]
fn the_account_is_legal_by_the_schema_and_loads_again_as_itself() {
    let scenario = account();
    let validator = jsonschema::validator_for(&schema()).unwrap();
    let written: Value = serde_saphyr::from_str(ACCOUNT).unwrap();
    for value in [&written, &scenario.resolved] {
        let errors: Vec<_> = validator.iter_errors(value).map(|e| e.to_string()).collect();
        assert_eq!(errors, Vec::<String>::new());
    }
    let again = ScenarioSource::Value { value: scenario.resolved.clone(), base: ".".into() };
    let again = load(&again, &LoadOptions::default()).unwrap_or_else(|errors| panic!("{errors}"));
    assert_eq!(again.resolved, scenario.resolved);
    assert_eq!(again.model.api_calls.len(), 4);
}

#[test]
fn strict_reading_finds_nothing_in_it_that_is_not_modelled() {
    let options = LoadOptions { strict: true, ..LoadOptions::default() };
    load(&source(ACCOUNT), &options).unwrap_or_else(|errors| panic!("{errors}"));
}

#[test]
fn refused_submissions_and_calls_are_metrics() {
    // The queue is disabled before the second job, and the desired vCPUs are below those there.
    let text = ACCOUNT
        .replace("state: ENABLED\n      priority: 5", "state: DISABLED\n      priority: 5")
        .replace("state: DISABLED, compute", "state: ENABLED, compute")
        .replace(
            "state: DISABLED\n      computeResources: {minvCpus: 4",
            "computeResources: {minvCpus: 0",
        )
        .replace("desiredvCpus: 8", "desiredvCpus: 0");
    let scenario = read(&text).unwrap_or_else(|errors| panic!("{errors}"));
    let (stop, progress) = (AtomicBool::new(false), |_| ());
    let options =
        Options { threads: 1, samples: None, carried: &[], stop: &stop, progress: &progress };
    let result = replicate(&scenario, &options, &|_, _| ()).unwrap();
    let metrics = &result.replications[0].metrics;
    let of = |name: &str| metrics.get(name).expect("a metric of every run");
    assert_eq!((of("jobs.submitted"), of("refusals.submissions")), (1.0, 1.0));
    assert_eq!(of("refusals.apiCalls"), 1.0, "the job of the first queue runs at 10 m");
}

#[test]
fn a_delay_below_twenty_minutes_is_no_delay() {
    let path = "computeEnvironments[spot].computeResources.scalingPolicy.minScaleDownDelayMinutes";
    says("Minutes: 20}", "Minutes: 19}", path, &["19 minutes is too short", "20 to 10080"]);
}

#[test]
fn limits_are_those_that_the_calls_before_have_left() {
    let path = "apiCalls[1].updateComputeEnvironment.computeResources";
    let desired = format!("{path}.desiredvCpus");
    says("desiredvCpus: 8", "desiredvCpus: 3", &desired, &["4 to 500", "at that instant"]);
    says("minvCpus: 4, maxvCpus: 500", "maxvCpus: 7", &desired, &["0 to 7"]);
    says("minvCpus: 4, maxvCpus: 500, desired", "minvCpus: 65, desired", path, &["0 to 64"]);
    let path = "apiCalls[2].updateComputeEnvironment.computeResources.desiredvCpus";
    let replaces = "{type: EC2, allocationStrategy: BEST_FIT_PROGRESSIVE, \
                    instanceTypes: [m5.xlarge], tags: {a: b}}";
    says(replaces, "{desiredvCpus: 501}", path, &["4 to 500"]);
}

/// Whether it is refused is known at its instant only, and later calls build on its instances.
#[test]
fn a_call_that_may_be_refused_replaces_no_instances() {
    let path = "apiCalls[2].updateComputeEnvironment.computeResources.desiredvCpus";
    let words = ["desiredvCpus scales the environment, type replaces", "a call for each"];
    says("tags: {a: b}", "tags: {a: b}, desiredvCpus: 8", path, &words);
}

#[test]
fn an_update_leaves_the_environments_of_a_queue_one_architecture() {
    let path = "apiCalls[2].updateComputeEnvironment.computeResources.instanceTypes";
    let words = ["spot and demand differ in architecture", "a queue for each architecture"];
    let both = "{order: 1, computeEnvironment: spot}, {order: 2, computeEnvironment: demand}";
    let text = ACCOUNT.replace("{order: 1, computeEnvironment: spot}", both);
    says_of(&text, "[m5.xlarge]", "[m6g.xlarge]", path, &words);
    read(&ACCOUNT.replace("[m5.xlarge]", "[m6g.xlarge]")).expect("it is alone in its queue");
}

#[test]
fn a_new_order_is_of_one_architecture_as_the_calls_before_have_left_its_environments() {
    let text = ACCOUNT.replace("[m5.xlarge]", "[m6g.xlarge]");
    let path = "apiCalls[0].updateJobQueue.computeEnvironmentOrder";
    let words = ["spot and demand differ in architecture"];
    let [from, to] = ["own", "spot"].map(|first| {
        format!("computeEnvironment: demand}}, {{order: 1, computeEnvironment: {first}}}")
    });
    says_of(&text, &from, &to, path, &words);
    read(&ACCOUNT.replace(&from, &to)).expect("both are x86_64");
    let later = text.replace("at: 20m", "at: 3h");
    let path = "apiCalls[2].updateComputeEnvironment.computeResources.instanceTypes";
    says_of(&later, &from, &to, path, &words);
}

#[test]
fn a_call_names_one_operation_and_what_there_is() {
    let path = "apiCalls[0].updateJobQueue.computeEnvironmentOrder[0].computeEnvironment";
    let words = ["there is no compute environment demnd", "did you mean demand"];
    says(
        "{order: 2, computeEnvironment: demand}",
        "{order: 2, computeEnvironment: demnd}",
        path,
        &words,
    );
    let path = "apiCalls[1].updateComputeEnvironment.computeEnvironment";
    says(
        "computeEnvironment: spot\n      state",
        "computeEnvironment: spto\n      state",
        path,
        &["did you mean spot"],
    );
    says("  - at: 10m\n", "  - at: 5m\n  - at: 10m\n", "apiCalls[1]", &["exactly one operation"]);
    says("at: 10m\n", "at: 2026-07-19T00:00:00Z\n", "apiCalls[1].at", &["before the start"]);
    says("priority: 5", "prioritty: 5", "apiCalls[0].updateJobQueue.prioritty", &["priority"]);
}

#[test]
fn a_queue_never_gets_another_scheduling_policy() {
    let path = "apiCalls[0].updateJobQueue.schedulingPolicyArn";
    let to = "      priority: 5\n      schedulingPolicyArn: teams\n";
    says("      priority: 5\n", to, path, &["a queue keeps its policy"]);
}

#[test]
fn a_best_fit_environment_is_not_updated_but_replaced_by_another() {
    let update = "  - at: 20m\n    updateComputeEnvironment:\n      computeEnvironment: spot";
    let demand = update.replace("spot", "demand");
    let path = "apiCalls[2].updateComputeEnvironment.computeResources.type";
    says(update, &demand, path, &["BEST_FIT", "add a second environment"]);
    let path = "apiCalls[2].updateComputeEnvironment.computeResources.type";
    says("BEST_FIT_PROGRESSIVE", "BEST_FIT", path, &["BEST_FIT environment is fixed"]);
}

#[test]
fn an_update_is_checked_like_the_environment_that_it_makes() {
    let path = "apiCalls[2].updateComputeEnvironment.computeResources.instanceTypes[0]";
    says("[m5.xlarge]", "[m5.xlage]", path, &["m5.xlarge"]);
    let path = "apiCalls[2].updateComputeEnvironment.computeResources.allocationStrategy";
    says("BEST_FIT_PROGRESSIVE", "SPOT_CAPACITY_OPTIMIZED", path, &["not for an environment"]);
}

#[test]
fn only_state_and_unmanaged_vcpus_of_an_unmanaged_environment_can_be_updated() {
    let from = "computeEnvironment: spot\n      state";
    let path = "apiCalls[1].updateComputeEnvironment.computeResources";
    let words = ["own is UNMANAGED", "state and unmanagedvCpus"];
    says(from, "computeEnvironment: own\n      state", path, &words);
    let path = "apiCalls[3].updateComputeEnvironment.unmanagedvCpus";
    let words = ["spot is MANAGED", "maxvCpus"];
    says("computeEnvironment: own, unm", "computeEnvironment: spot, unm", path, &words);
}

#[test]
fn the_instances_of_a_user_are_real_and_of_an_unmanaged_environment() {
    let path = "computeEnvironmentModels.own.instances[0]";
    let at = |key: &str| format!("{path}.{key}");
    says("c6i.xlarge, count", "c6i.xlage, count", &at("instanceType"), &["c6i.xlarge"]);
    says("from: 10m", "from: 3h", &at("until"), &["end before they begin"]);
    let path = "computeEnvironmentModels.own.instances[1].availabilityZone";
    says("availabilityZone: use1-az2", "availabilityZone: use1-az9", path, &["use1-az1"]);
    let path = "computeEnvironmentModels.demand.instances";
    says("  own:\n", "  demand:\n", path, &["Batch launches its instances"]);
    let path = "computeEnvironments[demand].computeResources";
    let resources = "{type: EC2, maxvCpus: 8, instanceTypes: [c6i.large], bidPercentage: 100}";
    says(resources, "null", path, &["has no computeResources"]);
}

#[test]
fn a_queue_that_is_disabled_takes_nothing_before_a_call_enables_it() {
    says("at: 2h}", "at: 1h}", "workload[b]", &["DISABLED until 1h", "after 1h"]);
    let path = "workload[b].submit.jobQueue";
    says("      state: ENABLED\n", "", path, &["job queue r is DISABLED"]);
}

#[test]
fn a_job_that_fits_only_after_an_update_is_feasible() {
    let wide = ACCOUNT.replace("{vcpus: 1, memory: 1024}", "{vcpus: 4, memory: 4096}");
    read(&wide).unwrap_or_else(|errors| panic!("m5.xlarge comes after twenty minutes: {errors}"));
    let wider = ACCOUNT.replace("{vcpus: 1, memory: 1024}", "{vcpus: 8, memory: 4096}");
    read(&wider).expect_err("no type has eight vCPUs");
}
