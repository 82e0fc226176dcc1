//! What the engine does when: polls, limits, resubmissions, and who hears of what.

use crate::study::{Task, failing, file, jobs, loaded, scenario, simulated, spec};
use batchcast::sim::{SimDuration, SimTime};
use batchcast::world::record::{JobStatus, StopReason};
use serde_json::json;

/// A diamond of 1 s, 2 s and 15 s, and 1 s.
fn diamond() -> String {
    file(&[(1.0, vec![]), (2.0, vec![0]), (15.0, vec![0]), (1.0, vec![1, 2])])
}

/// When each job arrived, in milliseconds, by its task.
fn arrivals(value: &serde_json::Value, flow: &str) -> Vec<(usize, u64)> {
    let outcome = simulated(&loaded(value, flow));
    jobs(&outcome).into_iter().map(|(task, job)| (task, job.arrived.as_millis())).collect()
}

#[test]
fn a_task_is_submitted_when_its_parents_are_seen_to_have_succeeded() {
    let at_once = arrivals(&scenario(json!({})), &diamond());
    assert_eq!(at_once, [(0, 0), (1, 1_000), (2, 1_000), (3, 16_000)]);
}

#[test]
fn an_end_is_acted_on_at_the_next_poll() {
    let polled = arrivals(&scenario(json!({"pollInterval": "10s"})), &diamond());
    assert_eq!(polled, [(0, 0), (1, 10_000), (2, 10_000), (3, 30_000)]);
}

#[test]
fn polls_are_counted_from_the_start_of_the_engine() {
    let mut value = scenario(json!({"pollInterval": "10s"}));
    value["workload"][0]["at"] = json!("7s");
    let arrivals = arrivals(&value, &diamond());
    assert_eq!(arrivals, [(0, 7_000), (1, 17_000), (2, 17_000), (3, 37_000)]);
}

#[test]
fn an_end_at_a_poll_is_seen_by_it() {
    let flow = file(&[(10.0, vec![]), (0.0, vec![0]), (0.0, vec![1])]);
    let arrivals = arrivals(&scenario(json!({"pollInterval": 10})), &flow);
    assert_eq!(arrivals, [(0, 0), (1, 10_000), (2, 10_000)]);
}

#[test]
fn no_more_jobs_are_in_flight_than_the_queue_size() {
    let six = vec![(3.0, vec![]); 6];
    let value = scenario(json!({"pollInterval": "10s", "queueSize": 2}));
    let arrived = arrivals(&value, &file(&six));
    let expected = [(0, 0), (1, 0), (2, 10_000), (3, 10_000), (4, 20_000), (5, 20_000)];
    assert_eq!(arrived, expected);
}

#[test]
fn no_more_jobs_are_submitted_in_a_second_than_the_rate() {
    let ten = vec![(1.0, vec![]); 10];
    let arrived = arrivals(&scenario(json!({"submitRate": 4})), &file(&ten));
    let expected: Vec<(usize, u64)> = (0..10).map(|n| (n, n as u64 * 250)).collect();
    assert_eq!(arrived, expected);
}

#[test]
fn submissions_of_a_workflow_pass_the_rate_limit_of_the_api() {
    let hundred = vec![(1.0, vec![]); 100];
    let mut value = scenario(json!({}));
    value["profile"] = json!({"base": "ideal", "submitTps": 50});
    let outcome = simulated(&loaded(&value, &file(&hundred)));
    let accepted: Vec<u64> = jobs(&outcome).iter().map(|(_, j)| j.submitted.as_millis()).collect();
    let expected: Vec<u64> = (0..100).map(|n| n * 20).collect();
    assert_eq!(accepted, expected);
    assert!(outcome.jobs.iter().all(|job| job.arrived == SimTime::ZERO));
}

#[test]
fn a_failed_job_is_submitted_again_as_a_new_job() {
    let value = failing(1.0, json!({"maxRetries": 2, "pollInterval": "10s"}));
    let outcome = simulated(&loaded(&value, &diamond()));
    let said = |(task, job): (usize, &batchcast::world::record::JobRecord)| {
        (task, job.job_id.raw(), job.arrived.as_millis(), job.attempts, job.status)
    };
    let all: Vec<_> = jobs(&outcome).into_iter().map(said).collect();
    let failed = JobStatus::Failed;
    assert_eq!(all, [(0, 0, 0, 1, failed), (0, 1, 10_000, 1, failed), (0, 2, 20_000, 1, failed)]);
    assert_eq!(outcome.end().reason, StopReason::Drained);
}

#[test]
fn without_retries_a_failed_task_is_tried_once_and_nothing_behind_it() {
    // t1 fails by its timeout; t2 does not depend on it and goes on.
    let flow = file(&[(1.0, vec![]), (90.0, vec![0]), (2.0, vec![0]), (1.0, vec![1, 2])]);
    let mut value = failing(0.0, json!({}));
    value["jobDefinitions"][0]["timeout"] = json!({"attemptDurationSeconds": 60});
    let outcome = simulated(&loaded(&value, &flow));
    let all: Vec<_> = jobs(&outcome).into_iter().map(|(task, job)| (task, job.status)).collect();
    let (good, bad) = (JobStatus::Succeeded, JobStatus::Failed);
    assert_eq!(all, [(0, good), (1, bad), (2, good)]);
    assert_eq!(outcome.end().reason, StopReason::Drained);
}

#[test]
fn attempts_of_the_definition_are_no_resubmissions() {
    let mut value = failing(1.0, json!({"maxRetries": 1}));
    value["jobDefinitions"][0]["retryStrategy"] = json!({"attempts": 3});
    let outcome = simulated(&loaded(&value, &file(&[(1.0, vec![])])));
    let attempts: Vec<u32> = jobs(&outcome).iter().map(|(_, job)| job.attempts).collect();
    assert_eq!(attempts, [3, 3]);
}

#[test]
fn each_of_several_workflows_hears_of_its_own_jobs() {
    let mut value = scenario(json!({}));
    value["jobDefinitions"] = json!([{"jobDefinitionName": "d",
        "containerProperties": {"vcpus": 1, "memory": 4}}]);
    value["jobModels"] = json!({"d": {"runtime": "1s"}});
    let first = value["workload"][0].clone();
    let mut second = first.clone();
    second["at"] = json!("500ms");
    let submit = json!({"submit": {"jobName": "t9", "jobQueue": "q", "jobDefinition": "d"}});
    value["workload"] = json!([first, submit, second]);
    let chain: Vec<Task> = vec![(1.0, vec![]), (1.0, vec![0]), (1.0, vec![1])];
    let arrived = arrivals(&value, &file(&chain));
    let expected = [(0, 0), (9, 0), (0, 500), (1, 1_000), (1, 1_500), (2, 2_000), (2, 2_500)];
    assert_eq!(arrived, expected);
}

#[test]
fn at_the_horizon_the_rest_of_a_workflow_is_not_submitted() {
    let mut value = scenario(json!({}));
    value["horizon"] = json!("10s");
    let outcome = simulated(&loaded(&value, &diamond()));
    let all: Vec<_> = jobs(&outcome).into_iter().map(|(task, job)| (task, job.status)).collect();
    let good = JobStatus::Succeeded;
    assert_eq!(all, [(0, good), (1, good), (2, JobStatus::Running)]);
    assert_eq!(outcome.end().reason, StopReason::Horizon);
}

#[test]
fn the_limits_are_those_of_the_client_unless_the_profile_has_none_or_the_entry_says_them() {
    let limits = |profile: &str, workflow: serde_json::Value| {
        let mut value = scenario(workflow);
        value["profile"] = json!(profile);
        let scenario = loaded(&value, &diamond());
        let spec = spec(&scenario);
        (spec.poll_interval, spec.queue_size, spec.submit_rate)
    };
    let ten = SimDuration::from_secs(10);
    let nextflow = || json!({"client": "nextflow"});
    assert_eq!(limits("aws", json!({})), (ten, None, None));
    assert_eq!(limits("aws", nextflow()), (ten, Some(1_000), Some(50)));
    assert_eq!(limits("ideal", nextflow()), (SimDuration::ZERO, None, None));
    let said = json!({"client": "nextflow", "pollInterval": "1s", "queueSize": 7,
        "submitRate": "unlimited"});
    for profile in ["aws", "ideal"] {
        let one = SimDuration::from_secs(1);
        assert_eq!(limits(profile, said.clone()), (one, Some(7), None));
    }
}
