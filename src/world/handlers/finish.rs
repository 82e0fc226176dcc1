//! The end of a job, and of the run.

use super::steps::Spent;
use crate::batch::job_definition::JobDefinitionId;
use crate::batch::job_queue::{JobQueueId, ShareIdentifier};
use crate::batch::shape::Shapes;
use crate::batch::wait_cause::{WaitCause, Waits};
use crate::ec2::money::NanoUsd;
use crate::sim::{Notice, RunReport, SimDuration, SimTime};
use crate::workload::submission::{JobName, Ticket};
use crate::world::World;
use crate::world::event::Queue;
use crate::world::observer::Observer;
use crate::world::record::{
    JobCostRecord, JobRecord, JobStatus, RunEnd, StatusReason, StopReason, Termination,
};
use crate::world::state::attempts::Attempt;
use crate::world::state::gangs::Gang;
use crate::world::state::jobs::{History, Job, NONE};
use crate::world::state::lanes::LaneId;

impl World {
    /// A job ends with its attempt.
    pub(in crate::world) fn end_job<O: Observer>(
        &mut self,
        attempt: &Attempt,
        end: JobEnd<'_>,
        observer: &mut O,
    ) {
        let now = self.now;
        let JobEnd { status, reason, stopped, spent } = end;
        let history = self.take_history(attempt.job);
        let place = self.place_of(attempt.instance);
        self.tell_end(attempt.job, status);
        self.tell_end_of(attempt.job, status, reason, observer);
        let gang = self.jobs.take_gang(attempt.job);
        let share = self.share_identifier(attempt.job);
        let (name, job) = self.jobs.remove(attempt.job);
        let (waiting_since, left) = (job.waiting_since, Left::of(job));
        let mut record = job_record((name, share), job, &self.shapes, gang.as_ref());
        record.status = status;
        record.status_reason = reason;
        record.stopped = stopped;
        record.run = attempt.started.map_or(SimDuration::ZERO, |started| now.since(started));
        record.place = Some(place);
        if let Some(spent) = spent {
            (record.checkpoint, record.staging) =
                (spent.checkpoint, spent.stage_in + spent.stage_out);
        }
        match history {
            Some(history) if history.started.is_some() => {
                let resumed = attempt.started.unwrap_or(now);
                record.retry_wait = resumed.since(waiting_since);
                record.add_history(&history);
            }
            history => {
                record.started = attempt.started;
                record.queue_latency =
                    attempt.started.map(|started| started.since(record.submitted));
                record.waits = attempt.waits;
                record.behind = attempt.behind;
                if let Some(history) = history {
                    record.add_history(&history);
                }
            }
        }
        self.leave(&record, left, observer);
    }

    /// A job ends, or the run does, while it waits.
    pub(in crate::world) fn end_waiting_job<O: Observer>(
        &mut self,
        slot: u32,
        status: JobStatus,
        reason: StatusReason,
        (waits, behind): (Waits, SimDuration),
        observer: &mut O,
    ) {
        let now = self.now;
        let history = self.take_history(slot).unwrap_or_default();
        let mut before = Waits::default();
        if self.jobs.get(slot).status == JobStatus::Runnable {
            let rate = self.config.profile.array_spawn_rate;
            self.jobs.add_wait_before(slot, rate, &mut before);
        } else {
            let job = self.jobs.get(slot);
            before.add(WaitCause::Evaluation, job.waiting_since.since(job.submitted));
        }
        self.tell_end(slot, status);
        self.tell_end_of(slot, status, reason, observer);
        let gang = self.jobs.take_gang(slot);
        let share = self.share_identifier(slot);
        let (name, job) = self.jobs.remove(slot);
        let (waiting_since, left) = (job.waiting_since, Left::of(job));
        let mut record = job_record((name, share), job, &self.shapes, gang.as_ref());
        record.status = status;
        record.status_reason = reason;
        if status == JobStatus::Failed {
            record.stopped = Some(now);
        }
        if history.started.is_some() {
            record.retry_wait = now.since(waiting_since);
        } else {
            record.waits = waits;
            if record.attempts == 0 {
                record.waits.add_all(&before);
            }
            record.behind = behind;
        }
        record.add_history(&history);
        self.leave(&record, left, observer);
    }

    /// Whoever waits for a job's end is told, once the event that brought it is over.
    #[inline]
    pub(super) fn tell_end(&mut self, slot: u32, status: JobStatus) {
        if self.jobs.tickets.is_empty() {
            return;
        }
        if let Some(Ticket { source, number }) = self.jobs.tickets.remove(&slot) {
            let succeeded = status == JobStatus::Succeeded;
            self.notices.push_back(Notice { source, ticket: number, succeeded });
        }
    }

    fn take_history(&mut self, slot: u32) -> Option<History> {
        if self.jobs.histories.is_empty() {
            return None;
        }
        self.jobs.histories.remove(&slot)
    }

    /// The record of a job leaves as soon as its cost is final.
    #[inline]
    fn leave<O: Observer>(&mut self, record: &JobRecord, left: Left, observer: &mut O) {
        self.tally.live_jobs -= 1;
        self.note_job_ended(left.lane);
        if left.array != NONE {
            self.jobs.child_ended(left.array);
        }
        self.note_end(left.target, record.array_index, record.status);
        let group = self.cost_group();
        self.settlement.push(record, left.open_charges, group, |record| observer.job(record));
    }

    /// Records whose cost has become final leave.
    pub(in crate::world) fn release_records<O: Observer>(&mut self, observer: &mut O) {
        let group = self.cost_group();
        self.settlement.release(group, |record| observer.job(record));
    }

    /// Job costs are summed by queue and definition.
    fn cost_group(&self) -> impl Fn(&JobRecord) -> usize + use<> {
        let definitions = self.config.job_definitions.len();
        move |record| record.queue.index() * definitions + record.definition.index()
    }

    /// Takes a waiting job out of its backlog.
    pub(in crate::world) fn take_waiting(&mut self, id: JobQueueId, slot: u32) {
        let job = self.jobs.get(slot);
        let (lane, position, key) = (job.lane, job.position, (job.id.raw(), job.child));
        let retried = job.attempts > 0;
        let own = self.own_block(lane, slot, NONE);
        *self.jobs.blocked.entry(slot).or_default() += own;
        self.forget_blocker(lane, slot, NONE);
        self.give_up_claim(slot);
        self.queues[id.index()].runnable -= 1;
        let state = &mut self.lanes[lane.index()];
        let (planned, shape) = if retried {
            let entry = state.backlog.retry(key).copied();
            state.backlog.remove_retry(key);
            (entry.and_then(|entry| entry.plan.get()), entry.map(|entry| entry.shape))
        } else {
            let entry = *state.backlog.get(position);
            state.backlog.remove(position);
            (entry.plan.get(), Some(entry.shape))
        };
        self.note_left(lane);
        if let (Some((_, rank)), Some(shape)) = (planned, shape) {
            self.unassign_one(id, shape, rank);
            let environment = self.queues[id.index()].environments[rank as usize];
            self.environment(environment).room_may_have_grown();
        }
    }

    /// Closes the run: attempts, instances and jobs that are left get their records.
    pub(in crate::world) fn finish<O: Observer>(
        &mut self,
        report: RunReport,
        reason: StopReason,
        observer: &mut O,
    ) -> RunEnd {
        self.sample_until(report.time, observer);
        if O::STATE_CHANGES {
            self.tell_spawned_until(report.time, observer);
        }
        self.stop_noting();
        self.now = report.time;
        self.take_samples(report.time, observer);
        let mut queue = Queue::new();
        queue.advance(self.now);
        self.end_unfinished_jobs(&mut queue, observer);
        for slot in self.instances.all() {
            self.terminate(slot, Termination::RunEnded, &mut queue, observer);
        }
        self.release_records(observer);
        assert!(self.settlement.is_empty(), "every record has left once every bill is closed");
        self.tally.waiting.assert_balanced("jobs waiting");
        self.tally.placed.assert_balanced("jobs on instances");
        assert!(self.tally.live_jobs == 0, "every submitted job has a record");
        self.report_costs(observer);
        RunEnd {
            reason,
            time: report.time,
            events: report.events,
            digest: report.digest,
            submitted: self.tally.submitted,
            refusals: self.tally.refusals,
            peak_vcpus: self.tally.peak_vcpus,
            peak_instances: self.tally.peak_instances,
            submit_throttle_total: self.tally.throttle_total,
            submit_throttle_count: self.tally.throttle_count,
            refused_submissions: self.tally.refused_submissions,
            refused_calls: self.tally.refused_calls,
        }
    }

    fn report_costs<O: Observer>(&self, observer: &mut O) {
        for record in self.ledger.records() {
            observer.cost(&record);
        }
        let definitions = self.config.job_definitions.len();
        for (group, cost) in self.settlement.job_costs().iter().enumerate() {
            if *cost != NanoUsd::ZERO {
                observer.job_cost(&JobCostRecord {
                    queue: JobQueueId::from_index(group / definitions),
                    definition: JobDefinitionId::from_index(group % definitions),
                    cost: *cost,
                });
            }
        }
    }
}

/// How a job ends with its attempt.
#[derive(Clone, Copy)]
pub(in crate::world) struct JobEnd<'a> {
    pub(in crate::world) status: JobStatus,
    pub(in crate::world) reason: StatusReason,
    pub(in crate::world) stopped: Option<SimTime>,
    /// Of an attempt that had steps.
    pub(in crate::world) spent: Option<&'a Spent>,
}

/// What a job that ends leaves to be done.
#[derive(Clone, Copy)]
struct Left {
    lane: LaneId,
    array: u32,
    target: u32,
    open_charges: u32,
}

impl Left {
    #[inline]
    const fn of(job: &Job) -> Self {
        Self {
            lane: job.lane,
            array: job.array,
            target: job.target,
            open_charges: job.open_charges,
        }
    }
}

/// What is known of a job whatever becomes of it.
#[inline]
fn job_record(
    (name, share): (JobName, Option<ShareIdentifier>),
    job: &Job,
    shapes: &Shapes,
    gang: Option<&Gang>,
) -> JobRecord {
    let requirements = shapes.get(job.shape);
    let was_runnable = !matches!(job.status, JobStatus::Submitted | JobStatus::Pending);
    JobRecord {
        job_id: job.id,
        array_index: (job.child != NONE).then_some(job.child),
        name,
        queue: job.queue,
        share,
        definition: job.definition,
        status: job.status,
        status_reason: StatusReason::None,
        requirements,
        nodes: gang.map_or(1, |gang| gang.nodes),
        quarter_vcpus: match gang {
            Some(gang) => gang.vcpus().saturating_mul(4),
            None => shapes.quarter_vcpus(job.shape),
        },
        arrived: job.arrived,
        submitted: job.submitted,
        runnable: was_runnable.then_some(job.runnable),
        started: None,
        stopped: None,
        attempts: job.attempts,
        run: SimDuration::ZERO,
        queue_latency: None,
        waits: Waits::default(),
        behind: SimDuration::ZERO,
        retry_wait: SimDuration::ZERO,
        lost: SimDuration::ZERO,
        checkpoint: SimDuration::ZERO,
        staging: SimDuration::ZERO,
        place: None,
        cost: job.cost,
    }
}

impl JobRecord {
    /// Adds what became of the attempts before the last one.
    #[cold]
    fn add_history(&mut self, history: &History) {
        if let Some(started) = history.started {
            self.started = Some(started);
            self.queue_latency = Some(started.since(self.submitted));
        }
        self.run += history.run;
        self.waits.add_all(&history.waits);
        self.behind += history.behind;
        self.retry_wait += history.retry_wait;
        self.lost += history.lost;
        self.checkpoint += history.checkpoint;
        self.staging += history.staging;
    }
}
