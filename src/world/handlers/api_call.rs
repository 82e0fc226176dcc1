//! Calls of the API: each is carried out at its instant, or refused and counted.

use crate::batch::api_call::ApiAction;
use crate::world::World;
use crate::world::event::{Queue, WorldEvent};
use crate::world::observer::Observer;
use std::sync::Arc;

impl World {
    /// Schedules every call. They are no arrivals: one that is due after all work is done does not
    /// keep the run open.
    pub(in crate::world) fn schedule_api_calls(&self, queue: &mut Queue) {
        for (index, call) in self.config.api_calls.iter().enumerate() {
            queue.push(call.at, WorldEvent::ApiCallDue(index as u32));
        }
    }

    /// A call is made.
    pub(in crate::world) fn on_api_call_due<O: Observer>(
        &mut self,
        index: u32,
        queue: &mut Queue,
        observer: &mut O,
    ) {
        let config = Arc::clone(&self.config);
        let done = match &config.api_calls[index as usize].action {
            ApiAction::UpdateComputeEnvironment(update) => {
                self.update_compute_environment(update, queue, observer)
            }
            ApiAction::UpdateJobQueue(update) => self.update_job_queue(update, queue),
            ApiAction::UpdateConsumableResource(resource, change) => {
                self.update_consumable(*resource, *change, queue);
                Ok(())
            }
            ApiAction::EndJob(call) => {
                observer.end_requested(call);
                self.end_by_call(call, queue, observer)
            }
        };
        self.tally.refused_calls += u64::from(done.is_err());
    }
}

/// AWS refuses a call: it changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::world) struct Refused;
