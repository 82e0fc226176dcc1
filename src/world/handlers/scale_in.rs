//! Scale-in: a periodic check that removes what is idle at that instant (behaviour 6.6).
//!
//! An instance that has had jobs stays for the environment's scale-down delay after the last of
//! them; one that never had any may go at once. The delay has no clock of its own: a check takes
//! place at the first instant of the lattice at which some idle instance may go.

use crate::batch::compute_environment::ComputeEnvironmentId;
use crate::batch::job_definition::Requirements;
use crate::batch::wait_cause::WaitCause;
use crate::sim::{SimDuration, SimTime};
use crate::world::World;
use crate::world::event::{Queue, WorldEvent};
use crate::world::observer::Observer;
use crate::world::record::Termination;

/// A check that finds demand does not look again in the same instant, though the period be zero.
const SHORTEST_PERIOD: SimDuration = SimDuration::from_secs(1);

impl World {
    /// An idle instance is to be looked at by a check, unless minvCpus keep it.
    pub(in crate::world) fn ensure_scale_in(&mut self, slot: u32, queue: &mut Queue) {
        let environment = self.instances.get(slot).environment;
        let row = &self.environments[environment.index()];
        if row.provisioned_vcpus <= row.min_vcpus || !row.managed {
            return;
        }
        // Without a delay a check that is due is early enough for everybody.
        if row.scale_in_at.is_some() && row.scale_down_delay == SimDuration::ZERO {
            return;
        }
        self.check_from(environment, self.may_go_from(slot), queue);
    }

    /// When idle instances may go has changed, or how many of them.
    pub(in crate::world) fn look_at_idle(
        &mut self,
        environment: ComputeEnvironmentId,
        queue: &mut Queue,
    ) {
        let row = &self.environments[environment.index()];
        let first = row.idle.iter().map(|slot| self.may_go_from(*slot)).min();
        if let Some(first) = first.filter(|_| row.managed && row.provisioned_vcpus > row.min_vcpus)
        {
            self.check_from(environment, first, queue);
        }
    }

    /// A check takes place at the first instant of the lattice from `from` on, or before.
    fn check_from(&mut self, environment: ComputeEnvironmentId, from: SimTime, queue: &mut Queue) {
        let row = &mut self.environments[environment.index()];
        let period = self.config.profile.idle_scale_in;
        let at = from.max(self.now).ceil_to(period, row.scale_in_phase);
        if row.scale_in_at.is_none_or(|due| at < due) {
            row.scale_in_at = Some(at);
            queue.push(at, WorldEvent::ScaleInDue(environment));
        }
    }

    /// From when on an idle instance may be removed.
    fn may_go_from(&self, slot: u32) -> SimTime {
        let instance = self.instances.get(slot);
        if instance.attempts_ended == 0 {
            return instance.room_since;
        }
        let delay = self.environments[instance.environment.index()].scale_down_delay;
        instance.room_since + delay
    }

    /// Removes every idle instance that may go and that minvCpus can spare, oldest first. While
    /// jobs wait for the environment's capacity nothing is removed: Batch does not aim below its
    /// demand. A job at maxvCpus that has room at last, and waits for the next cycle only, is
    /// demand too.
    pub(in crate::world) fn on_scale_in_due<O: Observer>(
        &mut self,
        environment: ComputeEnvironmentId,
        queue: &mut Queue,
        observer: &mut O,
    ) {
        let row = &mut self.environments[environment.index()];
        if row.scale_in_at != Some(self.now) {
            return;
        }
        row.scale_in_at = None;
        let demand = row.demand.vcpus() > 0;
        if demand || self.has_room_for_a_blocked_job(environment) {
            let row = &mut self.environments[environment.index()];
            if !row.idle.is_empty() {
                let again = self.now + self.config.profile.idle_scale_in.max(SHORTEST_PERIOD);
                row.scale_in_at = Some(again);
                queue.push(again, WorldEvent::ScaleInDue(environment));
            }
            return;
        }
        let Self { environments, instances, now, .. } = self;
        let row = &mut environments[environment.index()];
        let delay = row.scale_down_delay;
        let mut due = row.idle_order.take_due(*now, delay, |idle| instances.is_idle(idle));
        let next = row.idle_order.next_due(delay, |idle| instances.is_idle(idle));
        due.sort_unstable_by_key(|idle| instances.get(idle.instance.slot).id);
        // It may have had a job, and none again, within an instant.
        due.dedup_by_key(|idle| idle.instance.slot);
        let mut kept = Vec::new();
        for idle in due {
            if self.can_spare(environment, idle.instance.slot) {
                self.environment(environment).scaled_in = Some(self.now);
                self.terminate(idle.instance.slot, Termination::ScaleIn, queue, observer);
            } else {
                kept.push(idle);
            }
        }
        let row = self.environment(environment);
        row.idle_order.put_back(kept);
        if row.provisioned_vcpus > row.min_vcpus
            && let Some(next) = next
        {
            self.check_from(environment, next, queue);
        }
    }

    /// Whether minvCpus hold without an instance.
    fn can_spare(&self, environment: ComputeEnvironmentId, slot: u32) -> bool {
        let row = &self.environments[environment.index()];
        let vcpus = self.instances.get(slot).capacity.vcpus;
        row.provisioned_vcpus.saturating_sub(vcpus) >= row.min_vcpus
    }

    /// Whether an idle instance holds a job at which the walk of a queue stopped.
    fn has_room_for_a_blocked_job(&self, environment: ComputeEnvironmentId) -> bool {
        let row = &self.environments[environment.index()];
        let lanes = row.queues.iter().flat_map(|id| self.lanes_of(*id));
        let blocked = lanes.filter_map(|lane| self.lanes[lane.index()].blocker);
        // A job that waits for a resource, or for its share, needs no instance to be kept.
        let needs_none = [WaitCause::Consumable, WaitCause::FairShare];
        let blocked = blocked.filter(|blocker| !needs_none.contains(&blocker.cause));
        // Idle instances that suit a job of several nodes are kept for it; others may go.
        let blocked = blocked.filter(|blocker| !self.jobs.is_gang(blocker.job));
        let holds = |need: Requirements| {
            row.idle.iter().any(|slot| self.instances.get(*slot).free.holds(need))
        };
        row.enabled
            && blocked.map(|blocker| self.shapes.get(self.jobs.get(blocker.job).shape)).any(holds)
    }
}
