//! What is told of the states of jobs, checked against AWS's paths (behaviour 1.1, 2.2) while it is
//! told, and against the records of the run at its end.

use super::account::Outcome;
use batchcast::sim::SimTime;
use batchcast::world::observer::Observer;
use batchcast::world::record::{JobRecord, JobStatus, StateChange, SubmissionRecord};
use std::collections::BTreeMap;

/// A submission and a child of it.
pub(crate) type JobKey = (u32, Option<u32>);

/// The states of every job, array and child, each with its instant.
#[derive(Clone, Debug, Default)]
pub(crate) struct States {
    pub(crate) paths: BTreeMap<JobKey, Vec<(SimTime, JobStatus)>>,
    /// Of each node that is not the main one: of a submission, its index.
    pub(crate) nodes: BTreeMap<(u32, u32), Vec<(SimTime, JobStatus)>>,
    sizes: BTreeMap<u32, u32>,
    now: SimTime,
}

/// Whether AWS lets a job go from one state to another.
fn is_legal(from: JobStatus, to: JobStatus) -> bool {
    use JobStatus::{Failed, Pending, Runnable, Running, Starting, Submitted, Succeeded};
    matches!(
        (from, to),
        (Submitted, Pending | Runnable | Failed)
            | (Pending, Runnable | Failed)
            | (Runnable, Starting | Failed)
            | (Starting, Running | Runnable | Failed)
            | (Running, Succeeded | Runnable | Failed)
    )
}

impl Observer for States {
    const STATE_CHANGES: bool = true;

    fn submission(&mut self, record: &SubmissionRecord) {
        let before = self.sizes.insert(record.job_id.raw(), record.array_size);
        assert_eq!(before, None, "a submission is told of once");
    }

    fn state_change(&mut self, change: &StateChange) {
        assert!(change.time >= self.now, "changes are told in order of time: {change:?}");
        self.now = change.time;
        if let Some(node) = change.node {
            return self.node_change(node, change);
        }
        let key = (change.job_id.raw(), change.array_index);
        let path = self.paths.entry(key).or_default();
        let last = path.last().map(|(_, status)| *status);
        assert_eq!(last, change.from, "a job leaves the state that it was in: {change:?}");
        let size = self.sizes[&change.job_id.raw()];
        match (change.from, change.array_index) {
            (Some(from), _) => assert!(is_legal(from, change.to), "{change:?}"),
            (None, Some(_)) => assert_eq!(change.to, JobStatus::Pending, "{change:?}"),
            (None, None) => assert_eq!(change.to, JobStatus::Submitted, "{change:?}"),
        }
        let is_array = size > 0 && change.array_index.is_none();
        let of_array = matches!(change.to, JobStatus::Submitted | JobStatus::Pending);
        assert!(of_array || !is_array, "an array is told of up to PENDING: {change:?}");
        assert_eq!(change.place.is_some(), change.to == JobStatus::Starting, "{change:?}");
        path.push((change.time, change.to));
    }

    fn job(&mut self, record: &JobRecord) {
        let path = self.path(record.job_id.raw(), record.array_index);
        let last = path.last().map(|(_, status)| *status);
        assert!(
            record.stopped.is_none() || last == Some(record.status),
            "the end of a job is told before its record: {record:?}"
        );
    }
}

impl States {
    /// A node begins while the main one is RUNNING; what follows from its job is not told of it.
    fn node_change(&mut self, node: u32, change: &StateChange) {
        let job = self.path(change.job_id.raw(), None).last().map(|(_, status)| *status);
        assert_eq!(job, Some(JobStatus::Running), "{change:?}");
        let path = self.nodes.entry((change.job_id.raw(), node)).or_default();
        let from = match change.to {
            JobStatus::Starting => Some(JobStatus::Runnable),
            _ => path.last().map(|(_, status)| *status),
        };
        assert_eq!(from, change.from, "{change:?}");
        assert!(from.is_some_and(|from| is_legal(from, change.to)), "{change:?}");
        assert_eq!(change.place.is_some(), change.to == JobStatus::Starting, "{change:?}");
        path.push((change.time, change.to));
    }

    /// The states of a job or child; none of one that is no job yet.
    pub(crate) fn path(&self, job: u32, child: Option<u32>) -> &[(SimTime, JobStatus)] {
        self.paths.get(&(job, child)).map_or(&[], Vec::as_slice)
    }

    /// Asserts that paths and records tell the same.
    pub(crate) fn assert_agree(&self, outcome: &Outcome) {
        for job in &outcome.jobs {
            let path = self.path(job.job_id.raw(), job.array_index);
            let Some((_, last)) = path.last() else {
                assert_eq!((job.attempts, job.stopped), (0, None), "no job yet: {job:?}");
                continue;
            };
            assert_eq!(*last, job.status, "{job:?}\n{path:?}");
            let first = |wanted| path.iter().find(|(_, s)| *s == wanted).map(|(at, _)| *at);
            let count = |wanted| path.iter().filter(|(_, s)| *s == wanted).count();
            assert_eq!(first(JobStatus::Runnable), job.runnable, "{job:?}\n{path:?}");
            assert_eq!(first(JobStatus::Running), job.started, "{job:?}\n{path:?}");
            assert_eq!(count(JobStatus::Starting), job.attempts as usize, "{job:?}\n{path:?}");
            if job.array_index.is_none() {
                assert_eq!(path[0], (job.submitted, JobStatus::Submitted), "{job:?}");
            }
            if let Some(stopped) = job.stopped {
                assert_eq!(path.last().map(|(at, _)| *at), Some(stopped), "{job:?}\n{path:?}");
            }
        }
    }
}
