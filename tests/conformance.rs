//! Exact agreement with an independent oracle where theory leaves no freedom: strict FCFS.
//!
//! On random jobs, and on the real logs of the Parallel Workloads Archive, which the crate's own
//! reader hands to the model while the oracle reads them by itself.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod support;

use batchcast::batch::{job_definition::JobDefinitionId, job_queue::JobQueueId};
use batchcast::sim::SimTime;
use batchcast::workload::spec::{SourceSpec, TooLarge, TraceFormat, TraceMemory, TraceSpec};
use batchcast::world::observer::Observer;
use batchcast::world::record::{JobRecord, StopReason};
use batchcast::world::{RunKey, Watch, run};
use proptest::prelude::*;
use std::path::PathBuf;
use std::sync::Arc;
use support::account::{Account, cpus, submission};
use support::fcfs_oracle::{PoolJob, strict_fcfs_starts};
use support::{recorded_data, swf};

/// Starts in milliseconds of `jobs` on a fixed cluster of `processors`, by the simulator.
fn simulated_starts(jobs: &[PoolJob], processors: u32, watch: Watch) -> Vec<u64> {
    let mut account = Account::fixed_cluster(processors);
    for job in jobs {
        let need = cpus(job.processors, 0);
        account = account.submit(job.submit_ms, submission(0, need, job.run_ms));
    }
    let outcome = account.run_watched(watch);
    let mut starts = vec![u64::MAX; jobs.len()];
    for job in &outcome.jobs {
        let started = job.started.expect("a fixed cluster runs everything");
        starts[job.job_id.index()] = started.as_millis();
    }
    starts
}

proptest! {
    #[test]
    fn fcfs_on_a_fixed_cluster_starts_every_job_when_the_oracle_does(
        jobs in prop::collection::vec((0u64..50, 0u64..40, 1u32..9), 1..60),
    ) {
        let mut jobs: Vec<PoolJob> = jobs
            .into_iter()
            .map(|(submit, run, processors)| PoolJob {
                submit_ms: submit * 1_000,
                run_ms: run * 1_000,
                processors,
            })
            .collect();
        jobs.sort_by_key(|job| job.submit_ms);
        let watch = Watch { samples: None, check_invariants: true };
        prop_assert_eq!(simulated_starts(&jobs, 8, watch), strict_fcfs_starts(&jobs, 8));
    }
}

/// A log as scenarios read it, memory left out.
fn log_of(path: PathBuf) -> SourceSpec {
    SourceSpec::Trace(TraceSpec {
        path,
        format: TraceFormat::Swf,
        queue: JobQueueId::new(0),
        definition: JobDefinitionId::new(0),
        queue_names: vec![],
        definition_names: vec![],
        share_rules: Vec::new(),
        definition_priorities: Vec::new(),
        origin_first: true,
        start_unix_ms: 0,
        memory_mib_per_vcpu: 0,
        memory: TraceMemory::Ignored,
        too_large: TooLarge::Reject,
        corners: vec![],
        max_rejects: 0.0,
        map: vec![],
        first_handle: 0,
    })
}

/// First RUNNING by job.
#[derive(Default)]
struct Starts(Vec<Option<SimTime>>);

impl Observer for Starts {
    fn job(&mut self, record: &JobRecord) {
        let index = record.job_id.index();
        self.0.resize(self.0.len().max(index + 1), None);
        self.0[index] = record.started;
    }
}

/// Replays a log on `processors` and compares every start with the oracle's.
fn check_log(file: &str, processors: u32) {
    let Some(path) = recorded_data(&format!("jobs/swf/{file}")) else { return };
    let mut jobs: Vec<PoolJob> = swf::read_gzip(&path)
        .iter()
        .map(|job| PoolJob {
            submit_ms: job.submit_ms,
            run_ms: job.run_ms,
            processors: job.processors,
        })
        .collect();
    // Equal times keep the order of the rows.
    jobs.sort_by_key(|job| job.submit_ms);
    let origin = jobs[0].submit_ms;
    jobs.iter_mut().for_each(|job| job.submit_ms -= origin);

    let config = Arc::new(Account::fixed_cluster(processors).config);
    let key = RunKey { seed: 1, replication: 0 };
    let source = batchcast::workload::open(&log_of(path), key.workload(), 0).unwrap();
    let mut starts = Starts::default();
    let end = run(&config, key, Watch::default(), &mut [source], &mut starts).unwrap();
    assert_eq!(end.reason, StopReason::Drained);
    assert_eq!(starts.0.len(), jobs.len(), "every job that ran is replayed");

    let expected = strict_fcfs_starts(&jobs, processors);
    let differing = starts
        .0
        .iter()
        .zip(&expected)
        .position(|(start, expected)| start.map(SimTime::as_millis) != Some(*expected));
    if let Some(n) = differing {
        let (start, expected) = (starts.0[n], expected[n]);
        panic!(
            "{file} on {processors}: job {n}, {:?}, starts at {start:?}, not {expected} ms",
            jobs[n]
        );
    }
}

#[test]
fn every_job_of_the_kth_log_starts_when_the_oracle_says() {
    check_log("KTH-SP2-1996-2.1-cln.swf.gz", 100);
}

#[test]
fn every_job_of_the_nasa_log_starts_when_the_oracle_says() {
    check_log("NASA-iPSC-1993-3.1-cln.swf.gz", 128);
}

/// On the whole machine, and on one as large as its largest job, where the queue is long.
#[test]
fn every_job_of_the_gaia_log_starts_when_the_oracle_says() {
    check_log("UniLu-Gaia-2014-2.swf.gz", 2_004);
    check_log("UniLu-Gaia-2014-2.swf.gz", 516);
}

/// On the whole grid, and on one that its load just fills.
#[test]
fn every_job_of_the_lcg_log_starts_when_the_oracle_says() {
    check_log("LCG-2005-1.swf.gz", 24_515);
    check_log("LCG-2005-1.swf.gz", 1_600);
}
