//! Replications on threads, stopped, and over traces.

use super::*;
use crate::experiment::scenario::{LoadOptions, ScenarioSource, load};
use crate::world::observer::Observer;
use crate::world::record::JobRecord;

const LOG: &[u8] = b"job_id,submit_time,run_time,vcpus\n1,0,60,1\n2,5,60,2\n3,9,x,1\n4,9,-1,1\n";

fn scenario(workload: serde_json::Value, replications: u32) -> Scenario {
    let value = serde_json::json!({
        "name": "tiny",
        "profile": "ideal",
        "replications": replications,
        "computeEnvironments": [{"computeEnvironmentName": "ce", "computeResources":
            {"type": "EC2", "maxvCpus": 8, "instanceTypes": ["c6i.large"]}}],
        "jobQueues": [{"jobQueueName": "q",
            "computeEnvironmentOrder": [{"order": 1, "computeEnvironment": "ce"}]}],
        "jobDefinitions": [{"jobDefinitionName": "d",
            "containerProperties": {"vcpus": 1, "memory": 1024}}],
        "jobModels": {"d": {"runtime": {"distribution": "exponential", "mean": "90s"}}},
        "workload": workload,
    });
    let source = ScenarioSource::Embedded {
        name: "tiny".into(),
        text: value.to_string(),
        files: vec![("log.csv".into(), String::new())],
    };
    let options = LoadOptions { max_rejects: Some(0.5), ..LoadOptions::default() };
    load(&source, &options).unwrap_or_else(|errors| panic!("{errors}"))
}

fn poisson() -> serde_json::Value {
    serde_json::json!([{"submit": {"jobName": "j", "jobQueue": "q", "jobDefinition": "d"},
        "arrivals": {"process": "poisson", "perHour": 60, "until": "3h"}}])
}

fn traced() -> serde_json::Value {
    serde_json::json!([{"trace": {"file": "log.csv", "jobQueue": "q", "jobDefinition": "d"}}])
}

fn run(scenario: &Scenario, threads: usize, stop: &AtomicBool) -> RunResult {
    let options = Options {
        threads,
        samples: None,
        carried: &[CarriedFile { name: "log.csv", bytes: LOG }],
        stop,
        progress: &|progress| {
            if let Progress::Finished { replication: 1 } = progress {
                stop.store(threads == 7, Ordering::Relaxed);
            }
        },
    };
    replicate(scenario, &options, &|_, _| ()).unwrap()
}

#[test]
fn threads_change_nothing() {
    let scenario = scenario(poisson(), 5);
    let one = run(&scenario, 1, &AtomicBool::new(false));
    assert_eq!(one, run(&scenario, 3, &AtomicBool::new(false)));
    assert_eq!((one.replications.len(), one.complete), (5, true));
    assert_ne!(one.replications[0].end.digest, one.replications[1].end.digest);
}

#[test]
fn a_stopped_run_keeps_what_is_done() {
    let scenario = scenario(poisson(), 500);
    let stopped = run(&scenario, 7, &AtomicBool::new(false));
    assert!(!stopped.complete && stopped.replications.len() < 500);
    assert!(stopped.replications.iter().any(|replication| replication.replication == 1));
    let never_begun = run(&scenario, 1, &AtomicBool::new(true));
    assert!(!never_begun.complete && never_begun.replications.is_empty());
}

/// Asks the run to stop when the first job ends.
struct StopAtAnEnd<'a>(&'a AtomicBool);

impl Observer for StopAtAnEnd<'_> {
    fn job(&mut self, _: &JobRecord) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl RecordSink for StopAtAnEnd<'_> {
    fn finish(self) -> Result<(), RecordError> {
        Ok(())
    }
}

#[test]
fn a_run_is_stopped_also_after_its_last_arrival() {
    let submit = serde_json::json!({"jobName": "j", "jobQueue": "q", "jobDefinition": "d",
        "arrayProperties": {"size": 10_000}});
    let scenario = scenario(serde_json::json!([{"submit": submit, "at": "0s"}]), 1);
    let stop = AtomicBool::new(false);
    let options =
        Options { threads: 1, samples: None, carried: &[], stop: &stop, progress: &|_| {} };
    let stopped = replicate(&scenario, &options, &|_, _| StopAtAnEnd(&stop)).unwrap();
    assert!(!stopped.complete && stopped.replications.is_empty());
}

#[test]
fn a_streamed_and_a_shared_trace_are_the_same_jobs() {
    let stop = AtomicBool::new(false);
    let streamed = run(&scenario(traced(), 1), 1, &stop);
    let shared = run(&scenario(traced(), 2), 2, &stop);
    assert_eq!(streamed.replications[0], shared.replications[0]);
    assert_eq!(streamed.provenance.traces, shared.provenance.traces);
    let trace = &streamed.provenance.traces[0];
    assert_eq!((trace.file.as_str(), trace.format.as_str(), trace.accepted), ("log.csv", "csv", 2));
    assert_eq!(trace.rejected, [("not_a_number".to_owned(), 1)]);
    assert_eq!(trace.skipped, [("no_run_time".to_owned(), 1)]);
    assert_eq!(trace.hash, blake3::hash(LOG).to_hex().as_str());
}

#[test]
fn the_error_of_a_workload_ends_the_run() {
    let scenario = scenario(traced(), 1);
    let bad = CarriedFile { name: "log.csv", bytes: b"job_id,submit_time\n1,2\n" };
    assert!(check_traces(&scenario, &[bad]).is_err());
    let options = Options {
        threads: 1,
        samples: None,
        carried: &[bad],
        stop: &AtomicBool::new(false),
        progress: &|_| {},
    };
    let error = replicate(&scenario, &options, &|_, _| ()).unwrap_err();
    assert!(error.is_input(), "{error}");
}
