//! Strict first come, first served on one pool of processors: the right answer, the obvious way.
//!
//! Strict means that a job never starts before one submitted ahead of it, room or not. Then there
//! is one right start for every job, and any simulator of the same rule must give it exactly.
//! Knows no cycles, no latencies and no instances. O(n log n).

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// A job of the oracle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PoolJob {
    /// When it is submitted.
    pub(crate) submit_ms: u64,
    /// How long it runs; 0 is a job too.
    pub(crate) run_ms: u64,
    /// How many processors it holds while it runs.
    pub(crate) processors: u32,
}

/// The start of each job in milliseconds. `jobs` are in order of submission.
pub(crate) fn strict_fcfs_starts(jobs: &[PoolJob], processors: u32) -> Vec<u64> {
    let mut starts = Vec::with_capacity(jobs.len());
    let mut running: BinaryHeap<Reverse<(u64, u32)>> = BinaryHeap::new(); // (finish, processors)
    let mut free = processors;
    let mut clock = 0;
    for job in jobs {
        assert!(job.processors <= processors, "{job:?} can not run on {processors} processors");
        // The job is at the head once all before it have started, which was at `clock`.
        clock = clock.max(job.submit_ms);
        // It waits for running jobs to finish, the earliest first, until it has room.
        while let Some(&Reverse((finish, held))) = running.peek() {
            if finish > clock && free >= job.processors {
                break;
            }
            running.pop();
            free += held;
            clock = clock.max(finish);
        }
        starts.push(clock);
        free -= job.processors;
        running.push(Reverse((clock + job.run_ms, job.processors)));
    }
    starts
}

/// The sum over all jobs of start - submit, in milliseconds.
pub(crate) fn total_wait_ms(jobs: &[PoolJob], starts: &[u64]) -> u64 {
    jobs.iter().zip(starts).map(|(job, start)| start - job.submit_ms).sum()
}

/// From the first submission to the last finish, in milliseconds.
pub(crate) fn makespan_ms(jobs: &[PoolJob], starts: &[u64]) -> u64 {
    let last = jobs.iter().zip(starts).map(|(job, start)| start + job.run_ms).max().unwrap_or(0);
    last - jobs.first().map_or(0, |job| job.submit_ms)
}
