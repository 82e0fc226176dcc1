//! What AWS would say of the jobs of a run, in AWS's own shapes: `jobs.describe.ndjson`, one
//! JobDetail of DescribeJobs a line, and `events.ndjson`, one `Batch Job State Change` of
//! EventBridge a line (behaviour 1.1, 10).
//!
//! An [`AwsSink`] follows the states of one replication and writes parts of its own, as the sink of
//! the record files does. A line is written when a job's record leaves, so lines are in completion
//! order, an array behind its last child, a job of several nodes behind its nodes, and what has not
//! ended comes last, by id. Memory follows the jobs that are alive. What is ours stands under
//! `x-sim` alone. A call that the API has not accepted, a child that has not been spawned and the
//! nodes of a job that has not been RUNNABLE are no jobs yet, and have no line.

mod account;
mod array;
mod containers;
mod detail;
mod event;
mod live;
mod nodes;
mod place;

pub use account::Account;

use super::csv::{PartWriter, Table};
use crate::batch::api_call::JobEnd;
use crate::batch::dependency::JobHandle;
use crate::metrics::record_sink::{RecordError, RecordSink};
use crate::world::observer::Observer;
use crate::world::record::{AttemptRecord, JobId, JobRecord, StateChange, SubmissionRecord};
use account::Run;
use live::{Job, Who};
use nodes::Nodes;
use rustc_hash::FxHashMap;
use std::path::Path;

/// One file in AWS's shapes (`--aws`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AwsFile {
    /// `jobs.describe.ndjson`
    Jobs,
    /// `events.ndjson`
    Events,
}

const JOBS: Table = Table { file_name: "jobs.describe.ndjson", header: String::new };
const EVENTS: Table = Table { file_name: "events.ndjson", header: String::new };

impl AwsFile {
    pub(super) const fn table(self) -> Table {
        match self {
            Self::Jobs => JOBS,
            Self::Events => EVENTS,
        }
    }

    /// Its name in the result folder.
    #[must_use]
    pub const fn file_name(self) -> &'static str {
        self.table().file_name
    }
}

/// Follows the jobs of one replication.
#[derive(Debug)]
pub struct AwsSink<'a> {
    run: Run<'a>,
    live: FxHashMap<JobId, Job>,
    /// Looked up, never iterated, and kept for the run: who depends on a job may come late.
    handles: FxHashMap<JobHandle, JobId>,
    jobs: Option<PartWriter>,
    events: Option<PartWriter>,
    /// Events so far.
    number: u64,
}

impl<'a> AwsSink<'a> {
    /// A sink for replication `replication` (from 0) of a run of `account`, writing parts of
    /// `files` into `folder`.
    #[must_use]
    pub fn new(
        folder: &Path,
        replication: u32,
        account: &'a Account<'a>,
        files: &[AwsFile],
    ) -> Self {
        let part = |file: AwsFile| {
            let part = || PartWriter::create(folder, file.table(), replication);
            files.contains(&file).then(part)
        };
        Self {
            run: Run { account, replication },
            live: FxHashMap::default(),
            handles: FxHashMap::default(),
            jobs: part(AwsFile::Jobs),
            events: part(AwsFile::Events),
            number: 0,
        }
    }
}

impl Observer for AwsSink<'_> {
    const STATE_CHANGES: bool = true;

    fn submission(&mut self, record: &SubmissionRecord) {
        let links = record.links.as_deref();
        if let Some(handle) = links.and_then(|links| links.handle) {
            self.handles.insert(handle, record.job_id);
        }
        let depends_on = detail::dependencies(links, |handle| {
            self.handles.get(&handle).map(|id| self.run.job_id(Who::whole(*id)))
        });
        let definition = self.run.account.definition(record.definition);
        let nodes = Nodes::of(record, definition, self.run.account.submit(record.entry));
        self.live.insert(record.job_id, Job::new(record, depends_on, nodes));
    }

    fn state_change(&mut self, change: &StateChange) {
        let Some(job) = self.live.get_mut(&change.job_id) else { return };
        let others = job.enter(change);
        let who = Who { id: change.job_id, child: change.array_index, node: change.node };
        let whole = others.array.then_some(Who::whole(who.id));
        let nodes = others.nodes.into_iter().map(|node| Who { node: Some(node), ..who });
        let Self { run, events: Some(events), number, .. } = self else { return };
        for who in std::iter::once(who).chain(whole).chain(nodes) {
            if let Some(detail) = job.detail(run, who) {
                events.row(|row| event::write(row, run, *number, change.time, &detail));
                *number += 1;
            }
        }
    }

    fn end_requested(&mut self, call: &JobEnd) {
        let job = self.handles.get(&call.job).and_then(|id| self.live.get_mut(id));
        if let Some(job) = job {
            job.request_end(call);
        }
    }

    fn attempt(&mut self, record: &AttemptRecord) {
        if let Some(job) = self.live.get_mut(&record.job_id) {
            job.add_attempt(record);
        }
    }

    fn job(&mut self, record: &JobRecord) {
        let Some(job) = self.live.get_mut(&record.job_id) else { return };
        let is_last = job.record(record);
        let who = Who { child: record.array_index, ..Who::whole(record.job_id) };
        if let Some(jobs) = &mut self.jobs {
            for node in job.nodes.iter().flat_map(Nodes::all) {
                let node = Who { node: Some(node), ..who };
                if let Some(detail) = job.detail(&self.run, node) {
                    let place = job.state(node).and_then(|state| state.placement);
                    let extras = self.run.extras_of_node(node, place.map(|p| p.place).as_ref());
                    jobs.row(|row| detail.write_line(row, &extras));
                }
            }
            if let Some(detail) = job.detail(&self.run, who) {
                jobs.row(|row| detail.write_line(row, &self.run.extras(record)));
            }
            let whole = Who::whole(who.id);
            if is_last
                && record.array_index.is_some()
                && let Some(detail) = job.detail(&self.run, whole)
            {
                let extras = self.run.extras_of_array(record.job_id, job.cost());
                jobs.row(|row| detail.write_line(row, &extras));
            }
        }
        job.forget(record.array_index);
        if is_last {
            self.live.remove(&record.job_id);
        }
    }
}

impl RecordSink for AwsSink<'_> {
    fn finish(self) -> Result<(), RecordError> {
        [self.jobs, self.events].into_iter().flatten().try_for_each(PartWriter::finish)
    }
}
