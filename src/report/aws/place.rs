//! One placed attempt, as far as AWS tells of it.

use super::account::Run;
use super::detail::AttemptContainer;
use super::live::Who;
use crate::sim::SimTime;
use crate::world::record::{Place, StatusReason};

/// An attempt and its place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Placement {
    place: Place,
    /// From 1.
    pub(super) attempt: u32,
    /// RUNNING.
    pub(super) started: Option<SimTime>,
    pub(super) stopped: Option<SimTime>,
    pub(super) exit_code: Option<i32>,
    pub(super) reason: StatusReason,
}

impl Placement {
    pub(super) const fn new(place: Place, attempt: u32) -> Self {
        Self {
            place,
            attempt,
            started: None,
            stopped: None,
            exit_code: None,
            reason: StatusReason::None,
        }
    }

    /// Its container; the log stream of a container that has started is named after its definition.
    pub(super) fn container(&self, run: &Run<'_>, who: Who, definition: &str) -> AttemptContainer {
        let task = run.task_id(who.id, who.child, self.attempt);
        AttemptContainer {
            container_instance_arn: run.container_instance_arn(&self.place),
            task_arn: run.task_arn(&self.place, &task),
            exit_code: self.exit_code,
            log_stream_name: self.started.map(|_| format!("{definition}/default/{task}")),
            network_interfaces: [],
        }
    }
}
