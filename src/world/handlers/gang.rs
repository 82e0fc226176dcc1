//! Jobs of several nodes on the walk of their queue: whole idle instances of one type are kept for
//! a job until it has one for every node, and then it starts (behaviour 3).
//!
//! One environment gathers instances for one such job at a time, so no two of them can wait for
//! what the other holds. The first environment of the queue that could ever carry the job is the
//! only one that it waits for. Knows neither how a type is chosen nor how a node starts.

use super::visit::{Seat, Visit, Waiter};
use crate::batch::compute_environment::ComputeEnvironmentId;
use crate::batch::job_queue::JobQueueId;
use crate::batch::wait_cause::WaitCause;
use crate::ec2::catalog::{TypeId, ZoneId};
use crate::ec2::fleet::PurchaseOption;
use crate::sim::SimTime;
use crate::workload::submission::JobSubmission;
use crate::world::World;
use crate::world::event::{Queue, WorldEvent};
use crate::world::state::gangs::{Gang, GangPlan};
use crate::world::state::instances::Stage;
use crate::world::state::jobs::NONE;
use crate::world::state::lanes::LaneId;
use std::collections::BTreeMap;

impl World {
    /// The nodes of a submission, if it is of several.
    pub(in crate::world) fn gang_of(&self, s: &JobSubmission) -> Option<Gang> {
        if s.nodes > 0 {
            return Some(Gang::of_equals(s.nodes, s.requirements));
        }
        let nodes = self.config.job_definitions[s.definition.index()].nodes.as_ref()?;
        let types = nodes.instance_type.as_deref().map(|name| {
            let types = self.config.catalog.expand(name).unwrap_or_default();
            types.into_boxed_slice()
        });
        Some(Gang::new(nodes, types))
    }

    /// Tries to start one job of several nodes, or to plan capacity for it.
    pub(super) fn visit_gang<const TURNS: bool>(
        &mut self,
        lane: LaneId,
        seat: Seat,
        waiter: Waiter,
        queue: &mut Queue,
    ) -> Visit {
        let (job, id) = (waiter.job, self.lanes[lane.index()].queue);
        if TURNS && self.is_held_back(id, job) {
            self.withdraw_waiting(lane, seat, queue);
            let first = self.first_environment(id, job);
            return Visit::Blocked(first.err().unwrap_or(WaitCause::FairShare));
        }
        if self.lacks_consumables(job) {
            if self.jobs.gang(job).plan.is_some() {
                self.withdraw_waiting(lane, seat, queue);
            }
            return Visit::Blocked(WaitCause::Consumable);
        }
        let mut idle = Vec::new();
        let environment = if let Some(plan) = self.jobs.gang(job).plan {
            self.hold_what_has_come(job, queue);
            let gang = self.jobs.gang(job);
            if !gang.is_complete() {
                return plan.denied.map_or(Visit::Planned, Visit::Blocked);
            }
            plan.environment
        } else {
            let (rank, environment) = match self.first_environment(id, job) {
                Ok(first) => first,
                Err(cause) => return Visit::Blocked(cause),
            };
            idle = self.idle_for_all_nodes(job, environment);
            if idle.is_empty() {
                if TURNS && self.may_not_promise(id, job) {
                    return Visit::Blocked(WaitCause::FairShare);
                }
                return self.plan_gang::<TURNS>(job, rank, environment, queue);
            }
            environment
        };
        if !self.take_dispatch_token(environment) {
            return Visit::RateLimited;
        }
        for slot in idle {
            self.hold(job, slot);
        }
        self.leave_backlog(lane, seat, waiter);
        self.start_gang(job, environment, queue);
        if TURNS {
            self.note_dispatched(job);
        }
        Visit::Placed
    }

    /// The first environment of a queue that could ever carry a job of several nodes and is
    /// ENABLED, by rank; why there is none.
    fn first_environment(
        &self,
        id: JobQueueId,
        job: u32,
    ) -> Result<(u8, ComputeEnvironmentId), WaitCause> {
        let gang = self.jobs.gang(job);
        let mut cause = WaitCause::Infeasible;
        for (rank, environment) in self.queues[id.index()].environments.iter().enumerate() {
            let row = &self.environments[environment.index()];
            if !self.could_carry(*environment, gang) {
                continue;
            }
            if row.enabled {
                return Ok((rank as u8, *environment));
            }
            cause = WaitCause::Disabled;
        }
        Err(cause)
    }

    /// Whether an environment could ever carry all nodes of a job at once: On-Demand only, and
    /// within `maxvCpus`, which whole instances count against.
    fn could_carry(&self, environment: ComputeEnvironmentId, gang: &Gang) -> bool {
        let row = &self.environments[environment.index()];
        row.managed
            && row.purchase == PurchaseOption::OnDemand
            && gang.nodes <= row.max_instances
            && row.offerings.iter().any(|offering| {
                gang.fits_on(offering.instance_type, offering.capacity())
                    && gang.nodes.saturating_mul(offering.vcpus) <= row.max_vcpus
            })
    }

    /// Instances are gathered for the job from the next scaling evaluation on, unless they already
    /// are for another one.
    fn plan_gang<const TURNS: bool>(
        &mut self,
        job: u32,
        rank: u8,
        environment: ComputeEnvironmentId,
        queue: &mut Queue,
    ) -> Visit {
        let since = self.now;
        if self.environments[environment.index()].gang.is_some() {
            return Visit::Blocked(WaitCause::Provisioning);
        }
        if !self.claim_consumables(job) {
            return Visit::Blocked(WaitCause::Consumable);
        }
        let row = &mut self.environments[environment.index()];
        row.gang = Some(job);
        let ahead = row.demand.iter().filter(|group| group.count > 0).copied().collect();
        let plan = GangPlan {
            environment,
            rank,
            since,
            denied: None,
            chosen: None,
            order: None,
            asked: 0,
        };
        let gang = self.jobs.gang_mut(job);
        (gang.plan, gang.ahead) = (Some(plan), ahead);
        if TURNS {
            self.promise_gang(job, true);
            self.charge_turn(job);
        }
        self.ensure_scaling(environment, queue);
        Visit::Requested
    }

    /// Idle instances of one type, as many as the job has nodes, or none. Of several types the
    /// smallest; of one type the oldest instances, all in one zone where the environment has a
    /// placement group. Looked for only when room has grown since they were not found.
    fn idle_for_all_nodes(&mut self, job: u32, environment: ComputeEnvironmentId) -> Vec<u32> {
        let Self { jobs, environments, instances, .. } = self;
        let gang = jobs.gang_mut(job);
        let row = &environments[environment.index()];
        let now = Some((environment, row.room_version));
        if gang.looked == now || row.idle.len() < gang.nodes as usize {
            return Vec::new();
        }
        gang.looked = now;
        let mut kinds: BTreeMap<(u32, TypeId, Option<ZoneId>), Vec<u32>> = BTreeMap::new();
        for slot in &row.idle {
            let instance = instances.get(*slot);
            if gang.fits_on(instance.instance_type, instance.capacity) {
                let zone = row.placement_group.then_some(instance.zone);
                let kind = (instance.capacity.vcpus, instance.instance_type, zone);
                kinds.entry(kind).or_default().push(*slot);
            }
        }
        let found = kinds.into_values().find(|slots| slots.len() >= gang.nodes as usize);
        let mut slots = found.unwrap_or_default();
        slots.sort_unstable_by_key(|slot| instances.get(*slot).id);
        slots.truncate(gang.nodes as usize);
        slots
    }

    /// Keeps instances of the job's type that have become idle, once those before it in this walk
    /// have had their choice.
    fn hold_what_has_come(&mut self, job: u32, queue: &mut Queue) {
        let gang = self.jobs.gang_mut(job);
        let Some(GangPlan { environment, chosen: Some(_), .. }) = gang.plan else { return };
        let now = Some((environment, self.environments[environment.index()].room_version));
        if gang.looked != now {
            gang.looked = now;
            self.hold_idle(job, self.now);
            // It lacks fewer than at the last evaluation; others may lack what they counted on.
            self.ensure_scaling(environment, queue);
        }
    }

    /// Keeps idle instances of the job's type, the oldest first, as many as it lacks; only those
    /// that have been idle since `idle_since`.
    pub(in crate::world) fn hold_idle(&mut self, job: u32, idle_since: SimTime) {
        let gang = self.jobs.gang(job);
        let Some(GangPlan { environment, chosen: Some((id, zone)), .. }) = gang.plan else {
            return;
        };
        let is_meant = |slot: &u32| {
            let instance = self.instances.get(*slot);
            instance.instance_type == id
                && zone.is_none_or(|zone| instance.zone == zone)
                && instance.room_since <= idle_since
        };
        let idle = &self.environments[environment.index()].idle;
        let mut found: Vec<u32> = idle.iter().copied().filter(is_meant).collect();
        found.sort_unstable_by_key(|slot| self.instances.get(*slot).id);
        found.truncate(gang.missing() as usize);
        for slot in found {
            self.hold(job, slot);
        }
    }

    /// Keeps an idle instance for a job: it takes no other, and is no idle one any more.
    fn hold(&mut self, job: u32, slot: u32) {
        let instance = self.instances.get_mut(slot);
        assert!(instance.tenants == 0 && instance.reserved_for == NONE, "idle, and nobody's yet");
        assert!(instance.purchase == PurchaseOption::OnDemand, "what is kept is not taken back");
        instance.reserved_for = job;
        let (id, free, at) = (instance.id.raw(), instance.free, instance.listed_at);
        let row = &mut self.environments[instance.environment.index()];
        row.free.remove(free, id, slot);
        self.unlist_idle(slot, at);
        let gang = self.jobs.gang_mut(job);
        gang.held.push(slot);
        gang.registered += 1;
    }

    /// An instance that was kept for a job has registered: with the last one the job can start.
    pub(in crate::world) fn note_registered(&mut self, slot: u32, queue: &mut Queue) {
        let instance = self.instances.get(slot);
        let (job, vcpus, environment) =
            (instance.reserved_for, instance.capacity.vcpus, instance.environment);
        self.environment(environment).gang_incoming_vcpus -= vcpus;
        let gang = self.jobs.gang_mut(job);
        gang.registered += 1;
        if gang.is_complete() {
            self.reconsider_gang(job, queue);
        }
    }

    /// The next cycle looks at the job again.
    pub(in crate::world) fn reconsider_gang(&mut self, job: u32, queue: &mut Queue) {
        let row = self.jobs.get(job);
        let backlog = &mut self.lanes[row.lane.index()].backlog;
        match row.attempts {
            0 => backlog.reconsider_from(row.position),
            _ => backlog.reconsider_retry((row.id.raw(), row.child)),
        }
        self.ensure_cycle(queue);
    }

    /// The job stands behind one that blocks the queue, or its environment has changed: what is
    /// kept for it is given back, and it is looked at as if it were new.
    pub(in crate::world) fn withdraw_gang(&mut self, job: u32, queue: &mut Queue) {
        if let Some(since) = self.jobs.gang(job).planned_since() {
            self.add_lapse(job, since);
        }
        self.give_up_gang(job, queue);
    }

    /// What is kept for a waiting job is given back to the others: it waits no longer.
    pub(in crate::world) fn give_up_gang(&mut self, job: u32, queue: &mut Queue) {
        let gang = self.jobs.gang_mut(job);
        gang.looked = None;
        let Some(plan) = gang.plan.take() else { return };
        gang.ahead.clear();
        gang.registered = 0;
        let held = std::mem::take(&mut gang.held);
        self.promise_gang(job, false);
        self.give_up_claim(job);
        let row = self.environment(plan.environment);
        // What boots or is asked for comes as an instance like any other.
        row.gang_incoming_vcpus = 0;
        self.release_all(held, queue);
        self.next_gang(plan.environment, queue);
    }

    /// Instances are gathered for nobody any more: another job may have its turn.
    pub(in crate::world) fn next_gang(
        &mut self,
        environment: ComputeEnvironmentId,
        queue: &mut Queue,
    ) {
        self.environment(environment).gang = None;
        let waits = |id: &JobQueueId| self.has_waiting(*id);
        if self.environments[environment.index()].queues.iter().any(waits) {
            self.ensure_cycle(queue);
        }
    }

    /// Instances that were kept for a job take others again.
    pub(in crate::world) fn release_all(&mut self, held: Vec<u32>, queue: &mut Queue) {
        for slot in held.into_iter().filter(|slot| *slot != NONE) {
            self.release(slot, queue);
        }
    }

    /// An instance that was kept for a job takes others again.
    pub(in crate::world) fn release(&mut self, slot: u32, queue: &mut Queue) {
        let now = self.now;
        let instance = self.instances.get_mut(slot);
        instance.reserved_for = NONE;
        if instance.stage != Stage::Registered {
            return;
        }
        instance.room_since = now;
        let (id, free) = (instance.id.raw(), instance.free);
        let environment = instance.environment;
        self.list_idle(slot);
        let row = &mut self.environments[environment.index()];
        row.free.insert(free, id, slot);
        if !row.retiring.is_empty() {
            // It may be one that an update has waited for.
            queue.push(now, WorldEvent::UpdateTimeoutDue(environment));
        }
        self.note_room(slot, queue);
    }
}
