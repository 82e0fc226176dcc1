//! One placed attempt, as far as AWS tells of it.

use super::account::Run;
use super::detail::AttemptContainer;
use super::live::Who;
use crate::sim::SimTime;
use crate::world::record::{Place, StatusReason};

/// An attempt and its place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Placement {
    pub(super) place: Place,
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

    pub(super) fn task_arn(&self, run: &Run<'_>, who: Who) -> String {
        run.task_arn(&self.place, &run.task_id(who, self.attempt))
    }

    /// The log stream of a container that has started is named after definition and container; the
    /// only container of a job is called `default`.
    pub(super) fn log_stream(
        &self,
        run: &Run<'_>,
        who: Who,
        definition: &str,
        container: &str,
    ) -> Option<String> {
        let task = run.task_id(who, self.attempt);
        self.started.map(|_| format!("{definition}/{container}/{task}"))
    }

    /// The only container of a job.
    pub(super) fn container(&self, run: &Run<'_>, who: Who, definition: &str) -> AttemptContainer {
        AttemptContainer {
            container_instance_arn: run.container_instance_arn(&self.place),
            task_arn: Some(self.task_arn(run, who)),
            exit_code: self.exit_code,
            log_stream_name: self.log_stream(run, who, definition, "default"),
            network_interfaces: [],
        }
    }
}
