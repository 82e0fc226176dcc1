//! Capacity for a job of several nodes: one type is chosen, and what is missing of it is requested
//! at once or not at all (behaviour 3, 6.2).
//!
//! The strategy is asked for one node, so it chooses as it would for a job of that size; a type
//! once chosen is waited for, whatever the strategy does when it is refused.

use crate::batch::allocation::{Demand, FleetNeed, Offering};
use crate::batch::compute_environment::ComputeEnvironmentId;
use crate::batch::demand::DemandGroup;
use crate::batch::policy::InstanceSizing;
use crate::batch::wait_cause::WaitCause;
use crate::ec2::catalog::{TypeId, ZoneId};
use crate::ec2::fleet::Refusal;
use crate::sim::SimTime;
use crate::world::World;
use crate::world::event::{Queue, Stamped};
use crate::world::state::gangs::GangPlan;

impl World {
    /// Evaluates the demand that was promised before the job of several nodes was planned. What
    /// those jobs can not have may be what they block their queue for: the next cycle says whether
    /// the job still has its turn, and until then nothing is gathered for it.
    pub(in crate::world) fn let_others_go_first(
        &mut self,
        environment: ComputeEnvironmentId,
        queue: &mut Queue,
    ) {
        let Some(job) = self.environments[environment.index()].gang else { return };
        let mut ahead = std::mem::take(&mut self.jobs.gang_mut(job).ahead);
        if ahead.is_empty() {
            return;
        }
        let key = |group: &DemandGroup| (group.queue, group.shape);
        ahead.sort_unstable_by_key(key);
        let mut groups = self.unmet_demand(environment);
        for group in &mut groups {
            let found = ahead.binary_search_by_key(&key(group), key);
            group.count = group.count.min(found.map_or(0, |at| ahead[at].count));
        }
        groups.retain(|group| group.count > 0);
        if !self.request_for(environment, &groups, queue) {
            self.withdraw_gang(job, queue);
            self.reconsider_gang(job, queue);
        }
    }

    /// At the scaling evaluation of an environment, before the demand of those behind it.
    pub(in crate::world) fn gather_for_gang(
        &mut self,
        environment: ComputeEnvironmentId,
        queue: &mut Queue,
    ) {
        let Some(job) = self.environments[environment.index()].gang else { return };
        if self.choose(environment, job) {
            // What has become idle since the last cycle is looked at by the next one.
            self.hold_idle(job, self.last_cycle.unwrap_or(SimTime::ZERO));
        }
        let gang = self.jobs.gang(job);
        let Some(GangPlan { chosen: Some(kind), order: None, .. }) = gang.plan else { return };
        if gang.missing() == 0 {
            self.set_gang_denied(job, None, queue);
        } else if let Err(cause) = self.request_nodes(environment, job, kind, queue) {
            self.set_gang_denied(job, Some(cause), queue);
        }
        if self.jobs.gang(job).is_complete() {
            self.reconsider_gang(job, queue);
        }
    }

    /// Chooses the type of a job's instances, once, and their zone as long as there is none of
    /// them. Whether there is a type.
    fn choose(&mut self, environment: ComputeEnvironmentId, job: u32) -> bool {
        self.refresh_offerings(environment);
        let gang = self.jobs.gang(job);
        let Some(plan) = gang.plan else { return false };
        let is_free = gang.held.is_empty() && plan.order.is_none();
        let chosen = match plan.chosen {
            Some((id, zone)) if zone.is_none() || !is_free => (id, zone),
            Some((id, _)) => (id, self.zone_for(environment, id)),
            None => {
                let Some(id) = self.type_for(environment, job) else { return false };
                (id, self.zone_for(environment, id))
            }
        };
        if let Some(plan) = &mut self.jobs.gang_mut(job).plan {
            plan.chosen = Some(chosen);
        }
        true
    }

    /// The type that the strategy prefers for one node, refused or not.
    fn type_for(&self, environment: ComputeEnvironmentId, job: u32) -> Option<TypeId> {
        let gang = self.jobs.gang(job);
        let row = &self.environments[environment.index()];
        let could_be = |offering: &&Offering| {
            gang.fits_on(offering.instance_type, offering.capacity())
                && gang.nodes.saturating_mul(offering.vcpus) <= row.max_vcpus
        };
        let offerings: Vec<Offering> = row
            .offerings
            .iter()
            .filter(could_be)
            .map(|offering| Offering { refused: false, ..*offering })
            .collect();
        let demand = [Demand { requirements: gang.need, count: 1 }];
        let need = FleetNeed { demand: &demand, room_vcpus: row.max_vcpus, may_overshoot: false };
        let plan = self.ask(environment, &offerings, InstanceSizing::SmallestFit, &need);
        plan.launches.first().map(|launch| launch.instance_type)
    }

    /// The one zone of a placement group: one that does not refuse the type, best where most of its
    /// instances are idle. `None` without such a group.
    fn zone_for(&self, environment: ComputeEnvironmentId, id: TypeId) -> Option<ZoneId> {
        let row = &self.environments[environment.index()];
        if !row.placement_group {
            return None;
        }
        let idle_in = |zone: ZoneId| {
            let instances = row.idle.iter().map(|slot| self.instances.get(*slot));
            instances.filter(|i| i.instance_type == id && i.zone == zone).count()
        };
        let pools = row.offerings.iter().filter(|offering| offering.instance_type == id);
        let standing = |zone: ZoneId| row.refusals.standing((id, zone), self.now);
        let zones = pools.map(|pool| pool.zone);
        zones.min_by_key(|zone| (standing(*zone), std::cmp::Reverse(idle_in(*zone)), *zone))
    }

    /// Requests all instances that a job lacks; why none of them.
    fn request_nodes(
        &mut self,
        environment: ComputeEnvironmentId,
        job: u32,
        (id, zone): (TypeId, Option<ZoneId>),
        queue: &mut Queue,
    ) -> Result<(), WaitCause> {
        let missing = self.jobs.gang(job).missing();
        let row = &self.environments[environment.index()];
        let is_meant = |offering: &&Offering| {
            offering.instance_type == id && zone.is_none_or(|zone| offering.zone == zone)
        };
        let mut pools: Vec<Offering> = row.offerings.iter().filter(is_meant).copied().collect();
        if pools.iter().all(|pool| pool.refused) {
            pools = pools.iter().map(|pool| self.retried(row, pool)).collect();
        }
        let Some(pool) = pools.first() else { return Err(WaitCause::Capacity) };
        let vcpus = missing * pool.vcpus;
        let room = row.max_vcpus.saturating_sub(row.provisioned_vcpus);
        if vcpus > room || row.instances + missing > row.max_instances {
            return Err(WaitCause::MaxVcpus);
        }
        let demand = [Demand { requirements: pool.capacity(), count: missing }];
        let need = FleetNeed { demand: &demand, room_vcpus: room, may_overshoot: false };
        let plan = self.ask(environment, &pools, InstanceSizing::SmallestFit, &need);
        if !plan.uncovered.is_empty() {
            return Err(self.cause_of_refusal(environment, &pools));
        }
        let order = self.order(environment, plan.launches, queue);
        self.environment(environment).gang_incoming_vcpus += vcpus;
        if let Some(plan) = &mut self.jobs.gang_mut(job).plan {
            (plan.order, plan.asked) = (Some(order), missing);
        }
        Ok(())
    }

    /// What a job waits for whose pools are all refused.
    fn cause_of_refusal(&self, environment: ComputeEnvironmentId, pools: &[Offering]) -> WaitCause {
        let row = &self.environments[environment.index()];
        let quota = Refusal::of_quota(row.purchase);
        let of = |pool: &Offering| row.refusals.why((pool.instance_type, pool.zone));
        let by_quota = |pool: &Offering| of(pool) == Some(quota);
        if pools.iter().all(by_quota) { WaitCause::Quota } else { WaitCause::Capacity }
    }

    /// Capacity for a job can not be had, for this reason, or can be had again.
    fn set_gang_denied(&mut self, job: u32, denied: Option<WaitCause>, queue: &mut Queue) {
        let now = self.now;
        let Some(plan) = &mut self.jobs.gang_mut(job).plan else { return };
        let before = plan.denied;
        if before == denied {
            return;
        }
        let since = plan.since;
        plan.denied = denied;
        if before.is_none() {
            self.add_lapse(job, since);
        } else if denied.is_none() {
            plan.since = now;
        }
        self.reconsider_gang(job, queue);
    }

    /// The job that a request of an environment was made for, if it still waits for it.
    pub(in crate::world) fn gang_of_order(
        &self,
        environment: ComputeEnvironmentId,
        order: Stamped,
    ) -> Option<u32> {
        let job = self.environments[environment.index()].gang?;
        let plan = self.jobs.gang(job).plan?;
        (plan.order == Some(order)).then_some(job)
    }

    /// The request for a job has been answered; instances of so many vCPUs will not come. What was
    /// denied before stays so until all of it is granted.
    pub(in crate::world) fn note_gang_answered(
        &mut self,
        job: u32,
        refused_vcpus: u32,
        queue: &mut Queue,
    ) {
        let Some(plan) = &mut self.jobs.gang_mut(job).plan else { return };
        (plan.order, plan.asked) = (None, 0);
        let environment = plan.environment;
        self.environment(environment).gang_incoming_vcpus -= refused_vcpus;
        if refused_vcpus == 0 {
            self.set_gang_denied(job, None, queue);
        }
    }

    /// The instances of a type that are asked for a job and not for others.
    pub(in crate::world) fn asked_for_gang(
        &self,
        environment: ComputeEnvironmentId,
        id: TypeId,
    ) -> u32 {
        let Some(job) = self.environments[environment.index()].gang else { return 0 };
        match self.jobs.gang(job).plan {
            Some(GangPlan { chosen: Some((chosen, _)), asked, .. }) if chosen == id => asked,
            _ => 0,
        }
    }
}
