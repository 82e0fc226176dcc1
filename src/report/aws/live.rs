//! Submissions whose jobs are alive: a job, or an array with its children that are.

use super::account::Run;
use super::array::Array;
use super::detail::{Dependency, JobDetail};
use super::nodes::Nodes;
use super::place::Placement;
use crate::batch::api_call::JobEnd;
use crate::ec2::money::NanoUsd;
use crate::sim::SimTime;
use crate::world::record::{
    AttemptRecord, JobId, JobRecord, JobStatus, StateChange, StatusReason, SubmissionRecord,
};

/// A job, a child or a node, or an array or a job of several nodes as a whole.
#[derive(Clone, Copy, Debug)]
pub(super) struct Who {
    pub(super) id: JobId,
    pub(super) child: Option<u32>,
    pub(super) node: Option<u32>,
}

impl Who {
    /// A submission as a whole.
    pub(super) const fn whole(id: JobId) -> Self {
        Self { id, child: None, node: None }
    }
}

/// Who has changed its state with somebody else.
#[derive(Debug, Default)]
pub(super) struct Others {
    /// An array as a whole, which has ended.
    pub(super) array: bool,
    pub(super) nodes: Vec<u32>,
}

/// What has become so far of a job, a child, or an array as a whole.
#[derive(Clone, Debug)]
pub(super) struct State {
    pub(super) created: SimTime,
    pub(super) status: JobStatus,
    pub(super) reason: StatusReason,
    /// The last RUNNING.
    pub(super) started: Option<SimTime>,
    pub(super) stopped: Option<SimTime>,
    /// The attempt that is made, or was made last.
    pub(super) placement: Option<Placement>,
    /// Attempts that have ended.
    pub(super) attempts: Vec<Placement>,
    pub(super) ends: Ends,
}

/// What calls have asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Ends {
    pub(super) cancelled: bool,
    pub(super) terminated: bool,
}

impl Ends {
    pub(super) const fn request(&mut self, call: &JobEnd) {
        self.cancelled |= !call.terminate;
        self.terminated |= call.terminate;
    }
}

impl State {
    /// Of a job that comes into being with a change.
    pub(super) fn new(change: &StateChange, ends: Ends) -> Self {
        Self {
            created: change.time,
            status: change.to,
            reason: StatusReason::None,
            started: None,
            stopped: None,
            placement: None,
            attempts: Vec::new(),
            ends,
        }
    }

    pub(super) fn enter(&mut self, change: &StateChange) {
        (self.status, self.reason) = (change.to, change.reason);
        match change.to {
            JobStatus::Starting => {
                let attempt = 1 + self.placement.map_or(0, |placement| placement.attempt);
                self.placement = change.place.map(|place| Placement::new(place, attempt));
            }
            JobStatus::Running => {
                self.started = Some(change.time);
                if let Some(placement) = &mut self.placement {
                    placement.started = Some(change.time);
                }
            }
            status if status.is_final() => self.stopped = Some(change.time),
            _ => {}
        }
    }

    /// A call reaches a job that waits; only TerminateJob one that is placed.
    pub(super) const fn request_end(&mut self, call: &JobEnd) {
        let is_placed = matches!(self.status, JobStatus::Starting | JobStatus::Running);
        if !self.status.is_final() && (call.terminate || !is_placed) {
            self.ends.request(call);
        }
    }

    pub(super) fn add_attempt(&mut self, record: &AttemptRecord) {
        // One that the end of the run cut off has not ended.
        if let (Some(placement), Some(_)) = (&mut self.placement, record.stopped) {
            placement.stopped = record.stopped;
            placement.exit_code = record.exit_code;
            placement.reason = record.reason;
            self.attempts.push(*placement);
        }
    }
}

/// A submission and what is alive of it.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) submission: SubmissionRecord,
    pub(super) depends_on: Vec<Dependency>,
    /// Of the job, or of the array as a whole; `None` until the API has accepted it.
    own: Option<State>,
    array: Option<Array>,
    pub(super) nodes: Option<Nodes>,
}

impl Job {
    pub(super) fn new(
        submission: &SubmissionRecord,
        depends_on: Vec<Dependency>,
        nodes: Option<Nodes>,
    ) -> Self {
        let size = submission.array_size;
        let array = (size > 0).then(|| Array::new(size));
        Self { submission: submission.clone(), depends_on, own: None, array, nodes }
    }

    /// Takes a change in: who else has changed with it.
    pub(super) fn enter(&mut self, change: &StateChange) -> Others {
        if let (Some(node), Some(nodes)) = (change.node, &mut self.nodes) {
            nodes.enter(node, change);
            return Others::default();
        }
        let array = self.enter_own(change);
        let ends = self.own.as_ref().map_or(Ends::default(), |own| own.ends);
        let nodes = self.nodes.as_mut().map(|nodes| nodes.follow(change, ends));
        Others { array, nodes: nodes.unwrap_or_default() }
    }

    /// Whether an array as a whole has ended.
    fn enter_own(&mut self, change: &StateChange) -> bool {
        match (change.array_index, &mut self.array, &mut self.own) {
            (Some(child), Some(array), Some(own)) => {
                array.enter(child, change, own.ends);
                let Some(to) = array.outcome() else { return false };
                own.enter(&StateChange { to, ..*change });
                true
            }
            (_, array, Some(own)) => {
                own.enter(change);
                if let Some(array) = array {
                    array.updated = change.time;
                }
                false
            }
            _ => {
                self.own = Some(State::new(change, Ends::default()));
                if let Some(array) = &mut self.array {
                    array.updated = change.time;
                }
                false
            }
        }
    }

    pub(super) fn request_end(&mut self, call: &JobEnd) {
        let Some(own) = &mut self.own else { return };
        match &mut self.array {
            Some(array) => {
                array.request_end(call);
                if call.child.is_none() {
                    own.request_end(call);
                }
            }
            None => own.request_end(call),
        }
        if let Some(nodes) = &mut self.nodes {
            nodes.request_end(call);
        }
    }

    /// The attempts of a job of several nodes are those of its main node.
    pub(super) fn add_attempt(&mut self, record: &AttemptRecord) {
        if let (Some(node), Some(nodes)) = (record.node, &mut self.nodes) {
            nodes.add_attempt(node, record);
            if node != nodes.main {
                return;
            }
        }
        if let Some(state) = self.state_mut(record.array_index) {
            state.add_attempt(record);
        }
    }

    /// Takes the record of a job or child in: whether it is the last one of the submission.
    pub(super) fn record(&mut self, record: &JobRecord) -> bool {
        if let Some(state) = self.state_mut(record.array_index) {
            state.reason = record.status_reason;
        }
        self.array.as_mut().is_none_or(|array| array.record(record))
    }

    /// A child whose record has left is forgotten.
    pub(super) fn forget(&mut self, child: Option<u32>) {
        if let (Some(array), Some(child)) = (&mut self.array, child) {
            array.forget(child);
        }
    }

    /// What the children have cost, of those whose records have left.
    pub(super) fn cost(&self) -> NanoUsd {
        self.array.as_ref().map_or(NanoUsd::ZERO, |array| array.cost)
    }

    pub(super) fn state(&self, who: Who) -> Option<&State> {
        match (who.child, who.node) {
            (Some(child), _) => self.array.as_ref()?.state(child),
            (None, Some(node)) => self.nodes.as_ref()?.state(node),
            (None, None) => self.own.as_ref(),
        }
    }

    fn state_mut(&mut self, child: Option<u32>) -> Option<&mut State> {
        match child {
            None => self.own.as_mut(),
            Some(child) => self.array.as_mut()?.state_mut(child),
        }
    }

    /// What AWS would say of it; nothing where it is no job yet.
    pub(super) fn detail<'a>(&'a self, run: &Run<'a>, who: Who) -> Option<JobDetail<'a>> {
        let state = self.state(who)?;
        let array = self.array.as_ref().filter(|_| who.child.is_none());
        Some(JobDetail::new(run, self, who, state, array))
    }
}
