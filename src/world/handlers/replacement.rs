//! Infrastructure updates: every instance of an environment is replaced (behaviour 6.7).
//!
//! What is on its way or idle goes at once. An instance with jobs takes no more and goes with the
//! last of them, at the latest when the update policy says so. The instances that replace them are
//! launched as demand and minvCpus ask; those that go count below maxvCpus until they have gone.

use crate::batch::compute_environment::{ComputeEnvironment, ComputeEnvironmentId};
use crate::batch::policy::Overshoot;
use crate::world::World;
use crate::world::event::{Queue, WorldEvent};
use crate::world::observer::Observer;
use crate::world::record::Termination;
use crate::world::state::attempts::Ending;
use crate::world::state::instances::Stage;
use crate::world::state::jobs::NONE;

impl World {
    /// From now on the instances of an environment are those of `spec`. All its promises have been
    /// taken back.
    pub(in crate::world) fn replace_infrastructure<O: Observer>(
        &mut self,
        id: ComputeEnvironmentId,
        spec: &ComputeEnvironment,
        queue: &mut Queue,
        observer: &mut O,
    ) {
        self.cancel_orders(id);
        let offerings = crate::world::offerings(&self.config, &mut self.fleet, spec);
        let may_overshoot = self.config.profile.overshoot != Overshoot::Never
            && spec.strategy().is_some_and(|s| s.may_exceed_max_vcpus(spec.purchase));
        self.environment(id).set_infrastructure(spec, offerings, may_overshoot);
        let policy = self.environments[id.index()].update_policy;
        for slot in self.instances.all() {
            let instance = self.instances.get(slot);
            if instance.environment != id {
                continue;
            }
            if instance.reserved_for != NONE {
                let job = instance.reserved_for;
                if policy.terminate_jobs {
                    self.lose_gang(job, queue, observer);
                    self.replace(slot, queue, observer);
                } else {
                    self.retire_later(slot, queue);
                }
                continue;
            }
            if policy.terminate_jobs || instance.tenants == 0 {
                // One with its notice is billed until EC2 takes it, unless its jobs are ended.
                if instance.stage != Stage::Draining || policy.terminate_jobs {
                    self.replace(slot, queue, observer);
                }
            } else if instance.stage == Stage::Registered {
                self.retire(slot, queue);
            } else if instance.stage == Stage::Retiring {
                // Whichever deadline is first counts.
                self.retire_later(slot, queue);
            }
        }
    }

    /// An instance keeps its jobs until the update policy's timeout, and takes no more.
    fn retire(&mut self, slot: u32, queue: &mut Queue) {
        self.unlist(slot);
        let instance = self.instances.get_mut(slot);
        instance.stage = Stage::Retiring;
        self.retire_later(slot, queue);
    }

    /// An instance goes when the update policy says so, at the latest.
    fn retire_later(&mut self, slot: u32, queue: &mut Queue) {
        let id = self.instances.get(slot).environment;
        let stamped = self.instances.stamped(slot);
        let row = &mut self.environments[id.index()];
        let deadline = self.now + row.update_policy.job_execution_timeout;
        if row.retiring.last().is_none_or(|(_, last)| *last != deadline) {
            queue.push(deadline, WorldEvent::UpdateTimeoutDue(id));
        }
        row.retiring.push((stamped, deadline));
    }

    /// Ends an instance and whatever runs there, which is lost like with any host.
    fn replace<O: Observer>(&mut self, slot: u32, queue: &mut Queue, observer: &mut O) {
        self.lose_attempts(slot, Ending::HostLost, queue, observer);
        self.terminate(slot, Termination::Replaced, queue, observer);
    }

    /// A job of several nodes loses the host of its main node: that ends it on all of them.
    fn lose_gang<O: Observer>(&mut self, job: u32, queue: &mut Queue, observer: &mut O) {
        let gang = self.jobs.gang(job);
        let main = gang.held[gang.main as usize];
        self.lose_attempts(main, Ending::HostLost, queue, observer);
    }

    /// Jobs that have gone on for too long after an update end with their instances; instances that
    /// a job of several nodes has left go as well.
    pub(in crate::world) fn on_update_timeout_due<O: Observer>(
        &mut self,
        id: ComputeEnvironmentId,
        queue: &mut Queue,
        observer: &mut O,
    ) {
        for (stamped, deadline) in std::mem::take(&mut self.environment(id).retiring) {
            if !self.instances.is_current(stamped) {
                continue;
            }
            let instance = self.instances.get(stamped.slot);
            let (job, is_left) = (instance.reserved_for, instance.tenants == 0);
            if deadline <= self.now && job != NONE {
                self.lose_gang(job, queue, observer);
            }
            if deadline <= self.now || (job == NONE && is_left) {
                self.replace(stamped.slot, queue, observer);
            } else {
                self.environment(id).retiring.push((stamped, deadline));
            }
        }
    }
}
