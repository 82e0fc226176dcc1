//! UpdateJobQueue: state, priority and order of compute environments (behaviour 5.1, 5.2).

use super::api_call::Refused;
use crate::batch::api_call::JobQueueUpdate;
use crate::batch::job_queue::JobQueueId;
use crate::world::World;
use crate::world::event::Queue;

impl World {
    /// Changes a queue. Its jobs stay where they are; capacity promised by an environment that the
    /// queue may no longer have the same place for is promised anew at the next cycle.
    pub(in crate::world) fn update_job_queue(
        &mut self,
        update: &JobQueueUpdate,
        queue: &mut Queue,
    ) -> Result<(), Refused> {
        let id = update.job_queue;
        if let Some(environments) = &update.compute_environments {
            self.withdraw_promises(id, None, queue);
            self.queues[id.index()].environments.clone_from(environments);
        }
        let state = &mut self.queues[id.index()];
        state.enabled = update.enabled.unwrap_or(state.enabled);
        state.priority = update.priority.unwrap_or(state.priority);
        if let Some(actions) = &update.time_limit_actions {
            state.time_limit_actions.clone_from(actions);
        }
        self.order_queues();
        if self.has_waiting(id) {
            self.ensure_cycle(queue);
        }
        Ok(())
    }

    /// Sorts the queues by descending priority, then name, and tells each environment those that
    /// name it, in that order.
    pub(in crate::world) fn order_queues(&mut self) {
        let Self { queues, environments, config, queue_order, .. } = self;
        let mut order: Vec<JobQueueId> = (0..queues.len()).map(JobQueueId::from_index).collect();
        order.sort_by_key(|id| {
            let priority = std::cmp::Reverse(queues[id.index()].priority);
            (priority, &config.job_queues[id.index()].name)
        });
        for environment in environments.iter_mut() {
            environment.queues.clear();
        }
        for (rank, id) in order.iter().enumerate() {
            let state = &mut queues[id.index()];
            state.rank = rank as u32;
            for environment in &state.environments {
                environments[environment.index()].queues.push(*id);
            }
        }
        *queue_order = order;
    }
}
