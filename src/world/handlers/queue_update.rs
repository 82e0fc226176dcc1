//! UpdateJobQueue: state, priority and order of compute environments (behaviour 5.1, 5.2).

use super::api_call::Refused;
use crate::batch::api_call::JobQueueUpdate;
use crate::batch::backlog::{EntryState, Plan};
use crate::batch::compute_environment::ComputeEnvironmentId;
use crate::batch::job_queue::JobQueueId;
use crate::batch::shape::ShapeId;
use crate::sim::SimTime;
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
        if !self.queues[id.index()].backlog.is_empty() {
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

    /// Takes back the capacity that `environment`, `None`: any, has promised to jobs of a queue;
    /// the next cycle looks at all of them again.
    pub(in crate::world) fn withdraw_promises(
        &mut self,
        id: JobQueueId,
        environment: Option<ComputeEnvironmentId>,
        queue: &mut Queue,
    ) {
        let state = &mut self.queues[id.index()];
        let concerned = |of: &ComputeEnvironmentId| environment.is_none_or(|only| only == *of);
        let ranks: Vec<bool> = state.environments.iter().map(concerned).collect();
        let mut taken: Vec<(u32, ShapeId, u8, SimTime)> = Vec::new();
        let mut gangs = Vec::new();
        for (_, entry) in state.backlog.planned_backwards() {
            if entry.state == EntryState::Gone {
                continue;
            }
            if entry.state == EntryState::Gang {
                let plan = self.jobs.gang(entry.job).plan;
                let concerned = plan.filter(|plan| ranks[plan.rank as usize]);
                gangs.extend(concerned.map(|_| entry.job));
            } else if entry.state == EntryState::Array {
                let array = self.jobs.get(entry.job).array;
                let row = &mut self.jobs.arrays[array as usize];
                for rank in (0..ranks.len()).filter(|rank| ranks[*rank]) {
                    while let Some(since) = row.unplan(rank) {
                        taken.push((entry.job, entry.shape, rank as u8, since));
                    }
                }
            } else if let Some((since, rank)) = entry.plan.get()
                && ranks[rank as usize]
            {
                entry.plan = Plan::NONE;
                taken.push((entry.job, entry.shape, rank, since));
            }
        }
        state.backlog.reconsider_all();
        for (job, shape, rank, since) in taken {
            self.add_lapse(job, since);
            self.unassign_one(id, shape, rank);
        }
        for job in gangs {
            self.withdraw_gang(job, queue);
        }
    }
}
