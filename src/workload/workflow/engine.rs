//! The workflow engine: the source that submits a task when it has seen its parents succeed.
//!
//! Like the engines that drive AWS Batch it polls (behaviour 1.3, 10): it sees an end at the next
//! instant of a lattice that begins with its start, keeps a limited number of jobs in flight, and
//! submits at a limited rate. Tasks that are ready go by the instant at which they became so, then
//! in the order of the file. A failed job is submitted again as a new one, as often as it may be;
//! what depends on a task that has failed for good is never submitted, the rest goes on.
//!
//! Deliberately without events of its own: a poll at which nothing is submitted does not happen.
//! Invariant: in flight are the jobs that were submitted and not seen to have ended.

use super::Dag;
use crate::sim::{ArrivalSource, Notice, SimTime};
use crate::workload::spec::WorkflowSpec;
use crate::workload::submission::{JobSubmission, Ticket};
use crate::workload::tally::Count;
use crate::workload::{JobSource, Reason, Tally, WorkloadError};
use std::collections::{BTreeSet, VecDeque};

/// A workflow under way.
pub(super) struct Engine {
    spec: WorkflowSpec,
    position: u32,
    /// By task: parents that have not been seen to succeed.
    open_parents: Vec<u32>,
    /// By task: how often it was submitted again.
    retries: Vec<u32>,
    /// By task: whether one that it depends on has failed for good.
    given_up: Vec<bool>,
    /// What may be submitted, and from when on.
    ready: BTreeSet<(SimTime, u32)>,
    in_flight: u32,
    /// When the ends of jobs that still count as in flight are seen, ascending.
    seen: VecDeque<SimTime>,
    /// When the rate allows the next submission, microseconds.
    rate_clock_us: u64,
    /// The last submission.
    last: SimTime,
    tally: Tally,
}

impl Engine {
    pub(super) fn new(spec: &WorkflowSpec, position: u32) -> Self {
        let dag: &Dag = &spec.dag;
        let tasks = dag.tasks().len();
        assert!(spec.requirements.len() == tasks, "every task has its requirements");
        Self {
            position,
            open_parents: dag.parents().to_vec(),
            retries: vec![0; tasks],
            given_up: vec![false; tasks],
            ready: dag.roots().map(|task| (spec.at, task)).collect(),
            in_flight: 0,
            seen: VecDeque::new(),
            rate_clock_us: 0,
            last: spec.at,
            tally: spec.tally(),
            spec: spec.clone(),
        }
    }

    /// When the first of the ready tasks can be submitted, as far as is known.
    fn next_instant(&self) -> Option<SimTime> {
        let (ready, _) = *self.ready.first()?;
        let full = self.spec.queue_size.is_some_and(|most| self.in_flight >= most);
        let place = if full { *self.seen.front()? } else { ready };
        Some(ready.max(place).max(self.rate_allows()).max(self.last))
    }

    /// The first millisecond at which the rate allows a submission.
    fn rate_allows(&self) -> SimTime {
        SimTime::from_millis(self.rate_clock_us.div_ceil(1_000))
    }

    fn submit(&mut self, task: u32, now: SimTime) -> JobSubmission {
        while self.seen.front().is_some_and(|seen| *seen <= now) {
            self.seen.pop_front();
            self.in_flight -= 1;
        }
        self.in_flight += 1;
        self.last = now;
        if let Some(rate) = self.spec.submit_rate {
            // Who waited for the rate came up to a millisecond late: that is not lost.
            let waited = now == self.rate_allows();
            let from_us = if waited { self.rate_clock_us } else { now.as_millis() * 1_000 };
            self.rate_clock_us = from_us + 1_000_000_u64.div_ceil(u64::from(rate));
        }
        let ticket = Some(Ticket { source: self.position, number: task });
        JobSubmission { ticket, ..self.spec.submission(task) }
    }

    /// A task has failed for good.
    fn give_up(&mut self, task: u32) {
        for lost in self.spec.dag.descendants(task) {
            if std::mem::replace(&mut self.given_up[lost as usize], true) {
                continue;
            }
            self.tally.accepted -= 1;
            match self.tally.skipped.first_mut() {
                Some(count) => count.count += 1,
                None => self.tally.skipped.push(Count {
                    reason: Reason::AfterFailure,
                    column: "",
                    count: 1,
                    first_line: u64::from(lost) + 1,
                    example: self.spec.dag.tasks()[lost as usize].name.to_string().into(),
                }),
            }
        }
    }
}

impl ArrivalSource for Engine {
    type Arrival = JobSubmission;
    type Error = WorkloadError;

    fn next_time(&mut self) -> Result<Option<SimTime>, WorkloadError> {
        Ok(self.next_instant())
    }

    fn take(&mut self) -> JobSubmission {
        let now = self.next_instant();
        let (Some(now), Some((_, task))) = (now, self.ready.pop_first()) else {
            unreachable!("an arrival is taken only after it was announced");
        };
        self.submit(task, now)
    }

    fn notice(&mut self, now: SimTime, notice: Notice) {
        let task = notice.ticket;
        let start = self.spec.at.since(SimTime::ZERO);
        let seen = now.ceil_to(self.spec.poll_interval, start);
        self.seen.push_back(seen);
        if notice.succeeded {
            for child in self.spec.dag.children(task) {
                let open = &mut self.open_parents[*child as usize];
                *open -= 1;
                // Ends come in order of time, so this is the last that the child has waited for.
                if *open == 0 {
                    self.ready.insert((seen, *child));
                }
            }
        } else if self.retries[task as usize] < self.spec.max_retries {
            self.retries[task as usize] += 1;
            self.ready.insert((seen, task));
        } else {
            self.give_up(task);
        }
    }
}

impl JobSource for Engine {
    fn tally(&self) -> Tally {
        self.tally.clone()
    }
}
