//! Attempts that do more than work: that read files, write them, or save what they have done.
//!
//! A row lives beside its attempt's while that is RUNNING; attempts of most workloads have none.

use crate::batch::checkpoint::Course;
use crate::sim::{Flow, SimDuration, SimTime};
use rustc_hash::FxHashMap;

/// What an attempt is doing.
#[derive(Clone, Copy, Debug)]
pub(in crate::world) enum Step {
    /// It reads its input.
    Reading(Transfer),
    /// It restores, works and writes checkpoints, until then.
    Working(SimTime),
    /// It writes its output.
    Writing(Transfer),
    /// It has written its output, and exits.
    Written,
}

/// A transfer under way.
#[derive(Clone, Copy, Debug)]
pub(in crate::world) struct Transfer {
    /// The row of the bandwidth that it shares.
    pub(in crate::world) row: u32,
    pub(in crate::world) flow: Flow,
}

/// The way of one attempt.
#[derive(Clone, Debug)]
pub(in crate::world) struct Steps {
    pub(in crate::world) step: Step,
    /// When it began the step that it is at.
    pub(in crate::world) since: SimTime,
    /// How long it has read, once it has.
    pub(in crate::world) stage_in: SimDuration,
    /// What it does between reading and writing.
    pub(in crate::world) course: Course,
    /// MiB that it writes in the end.
    pub(in crate::world) output_mib: u32,
    /// When its timeout strikes.
    pub(in crate::world) deadline: SimTime,
    /// The deadline for which an event is scheduled.
    pub(in crate::world) announced: SimTime,
    /// Its timeout has struck, and is carried out at the deadline.
    pub(in crate::world) has_timed_out: bool,
}

/// How long an attempt was at each of its steps.
#[derive(Clone, Copy, Debug)]
pub(in crate::world) struct StepTimes {
    pub(in crate::world) stage_in: SimDuration,
    pub(in crate::world) course: SimDuration,
    pub(in crate::world) stage_out: SimDuration,
}

impl Steps {
    /// The transfer that is under way.
    pub(in crate::world) const fn transfer(&self) -> Option<Transfer> {
        match self.step {
            Step::Reading(transfer) | Step::Writing(transfer) => Some(transfer),
            Step::Working(_) | Step::Written => None,
        }
    }

    /// How long it has been at each step.
    pub(in crate::world) fn times(&self, now: SimTime) -> StepTimes {
        let (zero, here) = (SimDuration::ZERO, now.since(self.since));
        match self.step {
            Step::Reading(_) => StepTimes { stage_in: here, course: zero, stage_out: zero },
            Step::Working(_) => {
                StepTimes { stage_in: self.stage_in, course: here, stage_out: zero }
            }
            Step::Writing(_) | Step::Written => StepTimes {
                stage_in: self.stage_in,
                course: self.course.duration(),
                stage_out: here,
            },
        }
    }
}

/// By slot of the attempt; looked up, never iterated.
pub(in crate::world) type StepTable = FxHashMap<u32, Steps>;
