//! What a dry run promises: its bounds hold in every simulation, and are tight where nothing is
//! lost; its counts are those of the run.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use batchcast::batch::allocation::STRATEGIES;
use batchcast::ec2::fleet::PurchaseOption;
use batchcast::experiment::embedded::{self, CarriedFile, EMBEDDED};
use batchcast::experiment::estimate::{Bounds, NoBounds, estimate};
use batchcast::experiment::replicate::{Options, replicate};
use batchcast::experiment::scenario::{LoadOptions, Scenario, ScenarioSource, load};
use batchcast::metrics::across::{RunSummary, summarise};
use serde_json::{Value, json};
use std::sync::atomic::AtomicBool;

const LOG: CarriedFile = CarriedFile {
    name: "log.csv",
    bytes: b"submit_time,run_time,vcpus,memory_mib\n0,600,2,1024\n60,30,1,9000\n90,4000,4,2048\n",
};

/// Recorded and constant run times only: nothing about the work is left to chance.
fn account(profile: &str, kind: &str, strategy: &str, max_vcpus: u32) -> Value {
    json!({
        "name": "account",
        "profile": profile,
        "computeEnvironments": [{"computeEnvironmentName": "ce", "computeResources": {
            "type": kind, "allocationStrategy": strategy, "maxvCpus": max_vcpus,
            "instanceTypes": ["c6i", "r6i.2xlarge", "m5"]}}],
        "jobQueues": [{"jobQueueName": "q", "priority": 1,
            "computeEnvironmentOrder": [{"order": 1, "computeEnvironment": "ce"}]}],
        "jobDefinitions": [
            {"jobDefinitionName": "cpu", "retryStrategy": {"attempts": 10},
             "containerProperties": {"vcpus": 3, "memory": 512}},
            {"jobDefinitionName": "memory", "retryStrategy": {"attempts": 10},
             "containerProperties": {"vcpus": 1, "memory": 30000},
             "timeout": {"attemptDurationSeconds": 300}}],
        "jobModels": {"cpu": {"runtime": "20m", "imageMib": 800}, "memory": {"runtime": "10m"}},
        "workload": [
            {"submit": {"jobName": "a", "jobQueue": "q", "jobDefinition": "cpu",
                "arrayProperties": {"size": 40}}, "at": "2m"},
            {"submit": {"jobName": "b", "jobQueue": "q", "jobDefinition": "memory"},
             "arrivals": {"process": "poisson", "perHour": 60, "from": "1m", "until": "1h"}},
            {"trace": {"file": "log.csv", "jobQueue": "q"}}],
    })
}

fn loaded(value: Value) -> Scenario {
    let source = ScenarioSource::Embedded {
        name: "account".to_owned(),
        text: value.to_string(),
        files: vec![("log.csv".to_owned(), String::new())],
    };
    load(&source, &LoadOptions::default()).unwrap_or_else(|errors| panic!("{errors}"))
}

fn simulated(scenario: &Scenario, carried: &[CarriedFile]) -> RunSummary {
    let stop = AtomicBool::new(false);
    let options = Options { threads: 2, samples: None, carried, stop: &stop, progress: &|_| {} };
    summarise(&replicate(scenario, &options, &|_, _| ()).unwrap().replications)
}

/// What instances cost before any credit.
fn charged(summary: &RunSummary) -> f64 {
    let of = |metric: &str| summary.metrics.mean(metric).unwrap();
    of("cost.total") - of("cost.free_first_hour")
}

#[track_caller]
fn holds(scenario: &Scenario, carried: &[CarriedFile]) {
    let estimate = estimate(scenario, carried).unwrap();
    let summary = simulated(scenario, carried);
    let of = |metric: &str| summary.metrics.mean(metric).unwrap();
    let Bounds { cost_usd, makespan_s } = estimate.bounds.unwrap();
    let what = format!("{}: {estimate:?}", scenario.name);
    assert!(charged(&summary) >= cost_usd * (1.0 - 1e-9), "{} USD, {what}", charged(&summary));
    assert!(of("makespan") >= makespan_s - 1e-6, "{} s, {what}", of("makespan"));
    assert!(cost_usd > 0.0 && makespan_s > 0.0, "{what}");
    if scenario.replications == 1 {
        assert_eq!(of("jobs.submitted"), estimate.jobs as f64, "{what}");
    }
}

#[test]
fn no_strategy_and_no_profile_beats_the_bounds() {
    for strategy in STRATEGIES {
        for (kind, purchase) in [("EC2", PurchaseOption::OnDemand), ("SPOT", PurchaseOption::Spot)]
        {
            for max_vcpus in [16, 64, 1_000] {
                for profile in
                    ["ideal", "aws"].into_iter().filter(|_| strategy.allowed_on(purchase))
                {
                    holds(&loaded(account(profile, kind, strategy.name(), max_vcpus)), &[LOG]);
                }
            }
        }
    }
}

#[test]
fn the_embedded_studies_keep_their_bounds() {
    for study in EMBEDDED {
        let options = LoadOptions { replications: Some(2), ..LoadOptions::default() };
        holds(&load(&study.source(), &options).unwrap(), study.files);
    }
}

/// One job of 2 vCPUs that runs for ten minutes on the one type there is.
fn one_job(profile: &str) -> Value {
    let mut value = account(profile, "EC2", "BEST_FIT", 2);
    value["computeEnvironments"][0]["computeResources"]["instanceTypes"] = json!(["c6i.large"]);
    value["workload"] = json!([{"trace": {"file": "one.csv", "jobQueue": "q"}}]);
    value
}

fn one(value: Value, rows: &'static [u8]) -> (Scenario, CarriedFile) {
    let source = ScenarioSource::Embedded {
        name: "one".to_owned(),
        text: value.to_string(),
        files: vec![("one.csv".to_owned(), String::new())],
    };
    let scenario = load(&source, &LoadOptions::default()).unwrap_or_else(|e| panic!("{e}"));
    (scenario, CarriedFile { name: "one.csv", bytes: rows })
}

#[test]
fn the_bounds_of_one_job_on_one_type_without_latencies_are_exact() {
    for rows in [
        b"submit_time,run_time,vcpus,memory_mib\n5,600,2,1024\n".as_slice(),
        b"submit_time,run_time,vcpus,memory_mib\n5,600,1,1024\n",
        b"submit_time,run_time,vcpus,memory_mib\n5,7,1,1024\n",
    ] {
        let (scenario, file) = one(one_job("ideal"), rows);
        let summary = simulated(&scenario, &[file]);
        let bounds = estimate(&scenario, &[file]).unwrap().bounds.unwrap();
        assert!((charged(&summary) - bounds.cost_usd).abs() < 2e-9, "{bounds:?}");
        assert_eq!(summary.metrics.mean("makespan"), Some(bounds.makespan_s));
    }
}

#[test]
fn a_backlog_on_one_instance_takes_exactly_its_work() {
    let rows = b"submit_time,run_time,vcpus,memory_mib\n0,600,2,1024\n0,300,2,1024\n0,60,2,1024\n";
    let (scenario, file) = one(one_job("ideal"), rows);
    let summary = simulated(&scenario, &[file]);
    let estimate = estimate(&scenario, &[file]).unwrap();
    let bounds = estimate.bounds.unwrap();
    assert_eq!((estimate.jobs, estimate.drawn_jobs), (3, 0));
    assert!((estimate.vcpu_hours - 2.0 * 960.0 / 3_600.0).abs() < 1e-12);
    assert_eq!(summary.metrics.mean("makespan"), Some(bounds.makespan_s));
    assert!((charged(&summary) - bounds.cost_usd).abs() < 5e-9, "{bounds:?}");
}

#[test]
fn work_is_the_mean_of_what_is_drawn_and_a_timeout_ends_it() {
    let estimate = estimate(&loaded(account("aws", "EC2", "BEST_FIT", 64)), &[LOG]).unwrap();
    let recorded = 2.0 * 600.0 + 30.0 + 4.0 * 4_000.0;
    let poisson = (estimate.jobs - 43) as f64;
    let expected = (40.0 * 3.0 * 1_200.0 + poisson * 300.0 + recorded) / 3_600.0;
    assert!((estimate.vcpu_hours - expected).abs() < 1e-9, "{estimate:?}");
    assert_eq!(
        (estimate.submissions, estimate.drawn_jobs),
        (estimate.jobs - 39, estimate.jobs - 3)
    );
}

#[test]
fn a_run_time_without_a_mean_is_counted_and_left_out() {
    let mut value = account("aws", "EC2", "BEST_FIT", 64);
    value["jobModels"]["cpu"] =
        json!({"runtime": {"distribution": "pareto", "shape": 1, "minimum": "60s"}});
    assert_eq!(estimate(&loaded(value), &[LOG]).unwrap().jobs_without_mean, 40);
}

#[test]
fn there_are_no_bounds_where_jobs_may_not_run() {
    let bounds = |change: &dyn Fn(&mut Value)| {
        let mut value = account("aws", "EC2", "BEST_FIT", 64);
        change(&mut value);
        estimate(&loaded(value), &[LOG]).unwrap().bounds
    };
    assert_eq!(bounds(&|v| v["horizon"] = json!("1h")), Err(NoBounds::Horizon));
    let infeasible = bounds(&|v| {
        v["infeasibleJobs"] = json!("asOnAws");
        v["jobDefinitions"][0]["containerProperties"]["memory"] = json!(9_000_000);
    });
    assert_eq!(infeasible, Err(NoBounds::Infeasible));
    let cancelled = bounds(&|v| {
        v["jobQueues"][0]["jobStateTimeLimitActions"] = json!([{"state": "RUNNABLE",
            "reason": "CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY", "maxTimeSeconds": 600,
            "action": "CANCEL"}]);
    });
    assert_eq!(cancelled, Err(NoBounds::Cancelled));
}

#[test]
fn only_what_arrives_before_the_horizon_is_counted() {
    let study = embedded::find("fcfs-oracle").unwrap();
    let options = LoadOptions { until: Some("1d".to_owned()), ..LoadOptions::default() };
    let scenario = load(&study.source(), &options).unwrap();
    let jobs = estimate(&scenario, study.files).unwrap().jobs as f64;
    assert_eq!(simulated(&scenario, study.files).metrics.mean("jobs.submitted"), Some(jobs));
}
