//! What has changed within an event and is still to be told.
//!
//! Handlers note changes of state here, and the world hands them on after the event: a handler does
//! not know who watches. Children of an array come into being between events, so those that are
//! still to be spawned are kept by time. Switched off, nothing is ever noted.

use super::event::Stamped;
use super::record::{JobId, StateChange, SubmissionRecord};
use crate::sim::SimTime;
use std::collections::BTreeMap;

/// Notes of what has changed.
#[derive(Clone, Debug, Default)]
pub(super) struct Changes {
    pub(super) on: bool,
    pub(super) notes: Vec<Note>,
    /// Arrays that spawn, by the time of their next child: which array, which child.
    pub(super) spawning: BTreeMap<(SimTime, JobId), (Stamped, u32)>,
}

/// One note, in the order of what happened.
#[derive(Clone, Debug)]
pub(super) enum Note {
    /// A SubmitJob call.
    Submission(Box<SubmissionRecord>),
    /// A change of state.
    StateChange(StateChange),
}
