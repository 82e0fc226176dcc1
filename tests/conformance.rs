//! Exact agreement with an independent oracle where theory leaves no freedom: strict FCFS.

mod support;

use batchcast::world::Watch;
use proptest::prelude::*;
use support::account::{Account, cpus, submission};
use support::fcfs_oracle::{PoolJob, strict_fcfs_starts};

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
