//! Who watches a run. Observers see records; they can not influence the run.

use super::record::{
    AttemptRecord, CostRecord, InstanceRecord, JobCostRecord, JobRecord, RunEnd, Sample,
    StateChange, SubmissionRecord,
};
use crate::batch::api_call::JobEnd;

/// Receives what happened, in simulated order. Every method may be left out.
pub trait Observer {
    /// Whether it looks at attempts. Where nobody does, no record of one is made.
    const ATTEMPTS: bool = true;
    /// Whether it looks at the states of jobs. Where nobody does, no change is noted.
    const STATE_CHANGES: bool = false;
    /// A SubmitJob call is made and not refused; only where states are looked at, as the next two.
    fn submission(&mut self, _record: &SubmissionRecord) {}
    /// A job, an array or a child changes its state. In order of time, and before the record of a
    /// job that ends; none is told of when the run stops.
    fn state_change(&mut self, _change: &StateChange) {}
    /// CancelJob or TerminateJob is called, whether or not it reaches anything.
    fn end_requested(&mut self, _call: &JobEnd) {}
    /// A job or array child ended, in completion order; unfinished ones last, by id.
    fn job(&mut self, _record: &JobRecord) {}
    /// A placed attempt ended.
    fn attempt(&mut self, _record: &AttemptRecord) {}
    /// An instance terminated.
    fn instance(&mut self, _record: &InstanceRecord) {}
    /// A compute environment's state changed since its last sample.
    fn sample(&mut self, _sample: &Sample) {}
    /// A sum of the ledger, at the end of the run.
    fn cost(&mut self, _record: &CostRecord) {}
    /// A sum of job costs, at the end of the run.
    fn job_cost(&mut self, _record: &JobCostRecord) {}
    /// The run is over; called once, last.
    fn end(&mut self, _end: &RunEnd) {}
}

/// Watches nothing.
impl Observer for () {
    const ATTEMPTS: bool = false;
}

/// Two observers of one run.
impl<A: Observer, B: Observer> Observer for (A, B) {
    const ATTEMPTS: bool = A::ATTEMPTS || B::ATTEMPTS;
    const STATE_CHANGES: bool = A::STATE_CHANGES || B::STATE_CHANGES;

    fn submission(&mut self, record: &SubmissionRecord) {
        self.0.submission(record);
        self.1.submission(record);
    }
    fn state_change(&mut self, change: &StateChange) {
        self.0.state_change(change);
        self.1.state_change(change);
    }
    fn end_requested(&mut self, call: &JobEnd) {
        self.0.end_requested(call);
        self.1.end_requested(call);
    }
    fn job(&mut self, record: &JobRecord) {
        self.0.job(record);
        self.1.job(record);
    }
    fn attempt(&mut self, record: &AttemptRecord) {
        self.0.attempt(record);
        self.1.attempt(record);
    }
    fn instance(&mut self, record: &InstanceRecord) {
        self.0.instance(record);
        self.1.instance(record);
    }
    fn sample(&mut self, sample: &Sample) {
        self.0.sample(sample);
        self.1.sample(sample);
    }
    fn cost(&mut self, record: &CostRecord) {
        self.0.cost(record);
        self.1.cost(record);
    }
    fn job_cost(&mut self, record: &JobCostRecord) {
        self.0.job_cost(record);
        self.1.job_cost(record);
    }
    fn end(&mut self, end: &RunEnd) {
        self.0.end(end);
        self.1.end(end);
    }
}
