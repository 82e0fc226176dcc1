//! Scale-in: a periodic check that removes what is idle at that instant (behaviour 6.6).

use crate::batch::compute_environment::ComputeEnvironmentId;
use crate::batch::job_definition::Requirements;
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
    /// environment's capacity nothing is removed: Batch does not aim below its demand. A job at
    /// maxvCpus that has room at last, and waits for the next cycle only, is demand too.
    pub(in crate::world) fn on_scale_in_due<O: Observer>(
        &mut self,
        environment: ComputeEnvironmentId,
        queue: &mut Queue,
        observer: &mut O,
    ) {
        let row = &mut self.environments[environment.index()];
        row.scale_in_due = false;
        let demand = row.demand.vcpus() > 0;
        if demand || self.has_room_for_a_blocked_job(environment) {
            let row = &mut self.environments[environment.index()];
            if !row.idle.is_empty() {
                let period = self.config.profile.idle_scale_in;
                let again = self.now + period.max(crate::sim::SimDuration::from_secs(1));
                row.scale_in_due = true;
                queue.push(again, WorldEvent::ScaleInDue(environment));
            }
            return;
        }
        let mut idle = self.environments[environment.index()].idle.clone();
        idle.sort_unstable_by_key(|slot| self.instances.get(*slot).id);
        for slot in idle {
            let vcpus = self.instances.get(slot).capacity.vcpus;
            let row = &self.environments[environment.index()];
            if row.provisioned_vcpus.saturating_sub(vcpus) >= row.min_vcpus {
                self.terminate(slot, Termination::ScaleIn, queue, observer);
            }
        }
    }

    /// Whether an idle instance holds a job at which the walk of a queue stopped.
    fn has_room_for_a_blocked_job(&self, environment: ComputeEnvironmentId) -> bool {
        let row = &self.environments[environment.index()];
        let blocked = row.queues.iter().filter_map(|id| self.queues[id.index()].blocker);
        // Idle instances that suit a job of several nodes are kept for it; others may go.
        let blocked = blocked.filter(|blocker| !self.jobs.is_gang(blocker.job));
        let holds = |need: Requirements| {
            row.idle.iter().any(|slot| self.instances.get(*slot).free.holds(need))
        };
        row.enabled
            && blocked.map(|blocker| self.shapes.get(self.jobs.get(blocker.job).shape)).any(holds)
    }
}
