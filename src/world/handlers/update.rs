//! UpdateComputeEnvironment: limits and state in place, other instances by replacement
//! (behaviour 6.1, 6.5, 6.7).

use super::api_call::Refused;
use crate::batch::api_call::ComputeEnvironmentUpdate;
use crate::batch::compute_environment::ComputeEnvironmentId;
use crate::world::World;
use crate::world::event::Queue;
use crate::world::observer::Observer;

impl World {
    /// Changes a compute environment, or nothing of it. STARTING and RUNNING jobs go on.
    pub(in crate::world) fn update_compute_environment<O: Observer>(
        &mut self,
        update: &ComputeEnvironmentUpdate,
        queue: &mut Queue,
        observer: &mut O,
    ) -> Result<(), Refused> {
        let id = update.compute_environment;
        let row = &self.environments[id.index()];
        let min_vcpus = update.min_vcpus.unwrap_or(row.min_vcpus);
        let max_vcpus = update.max_vcpus.unwrap_or(row.max_vcpus);
        let enabled = update.enabled.unwrap_or(row.enabled) && !row.invalid;
        let (limits, least) = (min_vcpus..=max_vcpus, row.desired_vcpus());
        let may_be = |desired| limits.contains(&desired) && desired >= least;
        if min_vcpus > max_vcpus || !update.desired_vcpus.is_none_or(may_be) {
            return Err(Refused);
        }
        let has_grown = max_vcpus > row.max_vcpus;
        let replaced = update.infrastructure.is_some();
        if replaced || (enabled, max_vcpus) != (row.enabled, row.max_vcpus) {
            self.withdraw_all_promises(id, queue);
        }
        let now = self.now;
        let row = self.environment(id);
        (row.enabled, row.min_vcpus) = (enabled, min_vcpus);
        row.set_max_vcpus(max_vcpus);
        row.unmanaged_vcpus = update.unmanaged_vcpus.or(row.unmanaged_vcpus);
        if let Some(tasks) = row.tasks.as_mut().filter(|_| has_grown) {
            tasks.note_room(now);
        }
        row.scale_down_delay = update.scale_down_delay.unwrap_or(row.scale_down_delay);
        row.update_policy = update.update_policy.unwrap_or(row.update_policy);
        if replaced {
            let spec = update.apply(&self.config.compute_environments[id.index()]);
            self.replace_infrastructure(id, &spec, queue, observer);
        }
        if let Some(desired) = update.desired_vcpus.filter(|_| enabled) {
            self.request_anything(id, desired, queue);
        }
        self.supply_changed(id, queue);
        self.look_at_idle(id, queue);
        Ok(())
    }

    /// Takes back all capacity that an environment has promised.
    fn withdraw_all_promises(&mut self, id: ComputeEnvironmentId, queue: &mut Queue) {
        for of in self.environments[id.index()].queues.clone() {
            self.withdraw_promises(of, Some(id), queue);
        }
    }
}
