//! The strict FCFS oracle against answers worked out by hand, by ticks, and by other engines.
//!
//! Tests the oracle, not the simulator: conformance tests compare the simulator with it.

mod support;

use proptest::prelude::*;
use support::fcfs_oracle::{PoolJob, makespan_ms, strict_fcfs_starts, total_wait_ms};
use support::{recorded_data, swf};

fn jobs(rows: &[(u64, u64, u32)]) -> Vec<PoolJob> {
    let job = |&(submit_ms, run_ms, processors)| PoolJob { submit_ms, run_ms, processors };
    rows.iter().map(job).collect()
}

#[test]
fn jobs_with_room_start_when_submitted() {
    let jobs = jobs(&[(0, 10, 2), (3, 10, 1), (3, 10, 1)]);
    assert_eq!(strict_fcfs_starts(&jobs, 4), [0, 3, 3]);
}

#[test]
fn a_wide_job_waits_for_room_and_a_narrow_one_behind_it_does_not_overtake() {
    // The second needs all four; the third would fit at 1 and must not start before it.
    let jobs = jobs(&[(0, 10, 3), (1, 5, 4), (1, 2, 1)]);
    let starts = strict_fcfs_starts(&jobs, 4);
    assert_eq!(starts, [0, 10, 15]);
    assert_eq!(total_wait_ms(&jobs, &starts), 9 + 14);
    assert_eq!(makespan_ms(&jobs, &starts), 17);
}

#[test]
fn the_head_starts_as_soon_as_enough_have_finished_and_no_later() {
    let jobs = jobs(&[(0, 4, 1), (0, 6, 1), (0, 9, 2), (0, 1, 2)]);
    assert_eq!(strict_fcfs_starts(&jobs, 4), [0, 0, 0, 4 + 2]);
}

#[test]
fn a_job_may_start_in_the_instant_another_finishes() {
    let jobs = jobs(&[(0, 5, 2), (5, 5, 2), (5, 0, 2), (5, 1, 2)]);
    assert_eq!(strict_fcfs_starts(&jobs, 2), [0, 5, 10, 10]);
}

#[test]
fn an_idle_gap_leaves_the_pool_empty() {
    let jobs = jobs(&[(100, 5, 2), (1_000, 5, 2)]);
    let starts = strict_fcfs_starts(&jobs, 2);
    assert_eq!(starts, [100, 1_000]);
    assert_eq!(makespan_ms(&jobs, &starts), 905);
}

/// The same rule by looking at every millisecond: slower and even plainer.
fn starts_by_ticks(jobs: &[PoolJob], processors: u32) -> Vec<u64> {
    let mut starts: Vec<u64> = Vec::new();
    for now in 0.. {
        while let Some(head) = jobs.get(starts.len()) {
            let runs_now = |(job, start): &(&PoolJob, &u64)| **start + job.run_ms > now;
            let held: u32 =
                jobs.iter().zip(&starts).filter(runs_now).map(|(job, _)| job.processors).sum();
            if head.submit_ms > now || held + head.processors > processors {
                break;
            }
            starts.push(now);
        }
        if starts.len() == jobs.len() {
            break;
        }
    }
    starts
}

proptest! {
    #[test]
    fn looking_at_every_millisecond_gives_the_same_starts(
        rows in prop::collection::vec((0_u64..40, 0_u64..20, 1_u32..=5), 0..25)
    ) {
        let mut jobs = jobs(&rows);
        jobs.sort_by_key(|job| job.submit_ms);
        prop_assert_eq!(strict_fcfs_starts(&jobs, 5), starts_by_ticks(&jobs, 5));
    }
}

#[test]
fn a_log_is_read_by_requested_processors_and_what_never_ran_is_left_out() {
    let record = |id: u32, submit: i64, run: i64, allocated: i64, requested: i64| {
        format!("{id} {submit} -1 {run} {allocated} -1 -1 {requested} {}\n", "-1 ".repeat(10))
    };
    let text = "; Version: 2.2\n\n".to_owned()
        + &record(1, 0, 10, 4, 8)
        + &record(2, 5, 0, 4, -1)
        + &record(3, 6, -1, 4, 4)
        + &record(4, 7, 10, 0, 0)
        + &record(5, -1, 10, 4, 4);
    let read: Vec<_> = swf::parse(&text)
        .iter()
        .map(|job| (job.id, job.submit_ms, job.run_ms, job.processors))
        .collect();
    assert_eq!(read, [(1, 0, 10_000, 8), (2, 5_000, 0, 4)]);
}

/// Six independent engines agree on these totals to the second.
#[test]
fn the_kth_log_waits_as_long_as_other_engines_say() {
    let Some(path) = recorded_data("jobs/swf/KTH-SP2-1996-2.1-cln.swf.gz") else { return };
    let jobs: Vec<PoolJob> = swf::read_gzip(&path)
        .iter()
        .filter(|job| job.run_ms > 0)
        .map(|job| PoolJob {
            submit_ms: job.submit_ms,
            run_ms: job.run_ms,
            processors: job.processors,
        })
        .collect();
    let starts = strict_fcfs_starts(&jobs, 100);
    assert_eq!(jobs.len(), 28_481);
    assert_eq!(total_wait_ms(&jobs, &starts), 11_098_187_964_000);
    assert_eq!(makespan_ms(&jobs, &starts), 29_379_608_000);
}

/// As deep a queue as a day of a grid: the oracle must keep up with the longest log.
#[test]
fn a_hundred_and_ninety_thousand_jobs_at_once_are_served_in_order() {
    let jobs = vec![PoolJob { submit_ms: 0, run_ms: 1_000, processors: 1 }; 190_000];
    let starts = strict_fcfs_starts(&jobs, 100);
    assert!(starts.iter().enumerate().all(|(n, &start)| start == (n as u64 / 100) * 1_000));
}
