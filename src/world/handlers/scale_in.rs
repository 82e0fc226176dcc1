//! Scale-in: a periodic check that removes what is idle at that instant (behaviour 6.6).

use crate::batch::compute_environment::ComputeEnvironmentId;
use crate::world::World;
use crate::world::event::{Queue, WorldEvent};
use crate::world::observer::Observer;
use crate::world::record::Termination;

impl World {
    /// The next check is to take place, if there is anything to remove above minvCpus.
    pub(in crate::world) fn ensure_scale_in(
        &mut self,
        environment: ComputeEnvironmentId,
        queue: &mut Queue,
    ) {
        let row = &mut self.environments[environment.index()];
        if row.scale_in_due || row.provisioned_vcpus <= row.min_vcpus {
            return;
        }
        row.scale_in_due = true;
        let at = self.now.ceil_to(self.config.profile.idle_scale_in, row.scale_in_phase);
        queue.push(at, WorldEvent::ScaleInDue(environment));
    }

    /// Removes every idle instance that minvCpus can spare, oldest first. While jobs wait for the
    /// environment's capacity nothing is removed: Batch does not aim below its demand.
    pub(in crate::world) fn on_scale_in_due<O: Observer>(
        &mut self,
        environment: ComputeEnvironmentId,
        queue: &mut Queue,
        observer: &mut O,
    ) {
        let row = &mut self.environments[environment.index()];
        row.scale_in_due = false;
        if row.demand.vcpus() > 0 {
            if !row.idle.is_empty() {
                let period = self.config.profile.idle_scale_in;
                let again = self.now + period.max(crate::sim::SimDuration::from_secs(1));
                row.scale_in_due = true;
                queue.push(again, WorldEvent::ScaleInDue(environment));
            }
            return;
        }
        let mut idle = row.idle.clone();
        idle.sort_unstable_by_key(|slot| self.instances.get(*slot).id);
        for slot in idle {
            let vcpus = self.instances.get(slot).capacity.vcpus;
            let row = &self.environments[environment.index()];
            if row.provisioned_vcpus.saturating_sub(vcpus) >= row.min_vcpus {
                self.terminate(slot, Termination::ScaleIn, queue, observer);
            }
        }
    }
}
