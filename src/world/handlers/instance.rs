//! Instances: registered, warned, taken back, terminated; and the room they make.

use super::attempt::remove_at;
use super::fleet::draw;
use crate::ec2::billing::flat_cost;
use crate::ec2::fleet::{Leaving, PurchaseOption};
use crate::ec2::market::PoolId;
use crate::sim::SimDuration;
use crate::world::World;
use crate::world::event::{Queue, Stamped, WorldEvent};
use crate::world::observer::Observer;
use crate::world::record::{CostSource, InstanceRecord, Place, Termination};
use crate::world::state::attempts::Ending;
use crate::world::state::idle::Idle;
use crate::world::state::instances::{Fate, Instance, Stage, Warning};
use crate::world::state::jobs::NONE;
use crate::world::streams;

/// gp3 root volumes: 0.08 USD per GB-month of 730 hours (behaviour 9.1).
const EBS_NANO_USD_PER_GIB_MONTH: u64 = 80_000_000;
const HOURS_PER_MONTH: u32 = 730;
/// A public IPv4 address: 0.005 USD per hour (behaviour 9.1).
const IPV4_NANO_USD_PER_HOUR: u64 = 5_000_000;

/// So many entries of the order of idle instances may be passed over, whatever is idle.
const FEW: usize = 64;

impl World {
    /// An instance joins the cluster and takes jobs.
    pub(in crate::world) fn on_instance_registered(&mut self, stamped: Stamped, queue: &mut Queue) {
        if !self.instances.is_current(stamped) {
            return;
        }
        let now = self.now;
        let instance = self.instances.get_mut(stamped.slot);
        if instance.stage != Stage::Booting {
            return;
        }
        instance.stage = Stage::Registered;
        instance.registered = Some(now);
        instance.room_since = now;
        instance.account.register(now);
        let (id, free, capacity) = (instance.id.raw(), instance.free, instance.capacity);
        let (environment, at) = (instance.environment, instance.listed_at);
        let is_reserved = instance.reserved_for != NONE;
        let row = &mut self.environments[environment.index()];
        row.incoming_vcpus -= capacity.vcpus;
        row.register(capacity);
        row.room_may_have_grown();
        if let Some(moved) = remove_at(&mut row.booting, at) {
            self.instances.get_mut(moved).listed_at = at;
        }
        if is_reserved {
            return self.note_registered(stamped.slot, queue);
        }
        let row = &mut self.environments[environment.index()];
        row.free.insert(free, id, stamped.slot);
        self.list_idle(stamped.slot);
        self.note_room(stamped.slot, queue);
    }

    /// An instance has more room than before: who waits may go there at the next cycle.
    pub(in crate::world) fn note_room(&mut self, slot: u32, queue: &mut Queue) {
        let instance = self.instances.get(slot);
        if instance.stage != Stage::Registered {
            return;
        }
        let (environment, free, idle) =
            (instance.environment, instance.free, instance.tenants == 0);
        self.environments[environment.index()].room_version += 1;
        let mut waiting = false;
        for index in 0..self.environments[environment.index()].queues.len() {
            let id = self.environments[environment.index()].queues[index];
            if !self.has_waiting(id) {
                continue;
            }
            waiting = true;
            self.room_grew_for(id);
            self.unstick(id, free);
        }
        if waiting {
            self.ensure_cycle(queue);
        }
        if idle {
            self.ensure_scale_in(slot, queue);
            if self.environments[environment.index()].gang.is_some() {
                self.ensure_scaling(environment, queue);
            }
        }
    }

    /// An attempt has left an instance: what it leaves is room, or an update has waited for it, or
    /// it was a task of its own.
    #[inline]
    pub(in crate::world) fn attempt_left<O: Observer>(
        &mut self,
        slot: u32,
        queue: &mut Queue,
        observer: &mut O,
    ) {
        let instance = self.instances.get(slot);
        match instance.stage {
            Stage::Task { .. } => self.terminate(slot, Termination::TaskStopped, queue, observer),
            Stage::Retiring if instance.tenants == 0 => {
                self.terminate(slot, Termination::Replaced, queue, observer);
            }
            Stage::Retiring => {}
            _ => self.note_room(slot, queue),
        }
    }

    /// A reclaim event hits a Spot pool: the instances it takes get their notice.
    pub(in crate::world) fn on_pool_reclaimed(&mut self, pool: PoolId, queue: &mut Queue) {
        self.watched_pools[pool.index()] = false;
        let Some((reclaim, next)) = self.fleet.reclaim(pool, self.now) else { return };
        let members = self.instances.members(pool);
        let of = |slot: &u32| {
            let instance = self.instances.get(*slot);
            (instance.id, instance.warning != Warning::None)
        };
        for (index, offset) in reclaim.victims(&members.iter().map(of).collect::<Vec<_>>()) {
            let stamped = self.instances.stamped(members[index]);
            let fate = Fate { at: self.now + offset, by_price: false };
            let instance = self.instances.get_mut(stamped.slot);
            instance.fate = fate.or(instance.fate);
            queue.push(fate.at, WorldEvent::InstanceWarned(stamped));
        }
        if let Some(next) = next {
            self.watch_pool(pool, next, queue);
        }
    }

    /// A reclaim of `pool` is to be expected at `next`.
    pub(in crate::world) fn watch_pool(
        &mut self,
        pool: PoolId,
        next: crate::sim::SimTime,
        queue: &mut Queue,
    ) {
        if pool.index() >= self.watched_pools.len() {
            self.watched_pools.resize(pool.index() + 1, false);
        }
        if !self.watched_pools[pool.index()] && next < crate::sim::SimTime::MAX {
            self.watched_pools[pool.index()] = true;
            queue.push(next, WorldEvent::PoolReclaimed(pool));
        }
    }

    /// The rebalance recommendation, or the interruption notice: the instance keeps its jobs, and
    /// takes no new ones where its agent drains it (behaviour 9.4).
    pub(in crate::world) fn on_instance_warned(&mut self, stamped: Stamped, queue: &mut Queue) {
        if !self.instances.is_current(stamped) {
            return;
        }
        let instance = self.instances.get(stamped.slot);
        let profile = &self.config.profile;
        let (lead, at_once) = (profile.rebalance_lead, profile.drain_on_rebalance);
        match instance.warning {
            Warning::Noticed => return,
            Warning::Recommended(notice) if self.now < notice => return,
            Warning::Recommended(_) => {}
            Warning::None if self.now < instance.fate.at => {
                return self.await_fate(stamped, instance.fate, queue);
            }
            Warning::None if lead > SimDuration::ZERO && !instance.is_task() => {
                let notice = self.now + lead;
                self.instances.get_mut(stamped.slot).warning = Warning::Recommended(notice);
                if at_once {
                    self.drain(stamped.slot, queue);
                }
                return queue.push(notice, WorldEvent::InstanceWarned(stamped));
            }
            Warning::None => {}
        }
        self.instances.get_mut(stamped.slot).warning = Warning::Noticed;
        if self.config.profile.drain_on_notice {
            self.drain(stamped.slot, queue);
        }
        let at = self.now + self.config.profile.spot_notice;
        queue.push(at, WorldEvent::InstanceReclaimed(stamped));
    }

    /// An instance takes no new jobs. A task takes no other job anyhow.
    fn drain(&mut self, slot: u32, queue: &mut Queue) {
        let instance = self.instances.get(slot);
        if instance.is_task() || instance.stage == Stage::Draining {
            return;
        }
        self.unlist(slot);
        let instance = self.instances.get_mut(slot);
        instance.stage = Stage::Draining;
        let environment = instance.environment;
        self.environment(environment).draining += 1;
        self.note_instances_lost(environment, queue);
    }

    /// A registered instance that is kept for nobody has no job from now on.
    #[inline]
    pub(in crate::world) fn list_idle(&mut self, slot: u32) {
        let stamped = self.instances.stamped(slot);
        let instance = self.instances.get_mut(slot);
        let row = &mut self.environments[instance.environment.index()];
        instance.listed_at = row.idle.len() as u32;
        let (since, is_fresh) = (instance.room_since, instance.attempts_ended == 0);
        row.idle.push(slot);
        row.idle_order.push(Idle { since, instance: stamped, is_fresh });
        if row.idle_order.len() > 2 * row.idle.len() + FEW {
            let Self { environments, instances, .. } = self;
            let row = &mut environments[instances.get(slot).environment.index()];
            row.idle_order.forget(|idle| instances.is_idle(idle));
        }
    }

    /// An instance is no idle one any more; it stood at `at` in its environment's list.
    #[inline]
    pub(in crate::world) fn unlist_idle(&mut self, slot: u32, at: u32) {
        let environment = self.instances.get(slot).environment;
        let row = &mut self.environments[environment.index()];
        if let Some(moved) = remove_at(&mut row.idle, at) {
            self.instances.get_mut(moved).listed_at = at;
        }
    }

    /// Takes an instance out of its environment's indices, before its stage changes.
    pub(in crate::world) fn unlist(&mut self, slot: u32) {
        let instance = self.instances.get(slot);
        assert!(instance.reserved_for == NONE, "what is kept for a job is given back first");
        let (id, free, stage) = (instance.id.raw(), instance.free, instance.stage);
        let (capacity, tenants, at) = (instance.capacity, instance.tenants, instance.listed_at);
        let row = &mut self.environments[instance.environment.index()];
        let moved = match stage {
            Stage::Booting => {
                row.incoming_vcpus -= capacity.vcpus;
                remove_at(&mut row.booting, at)
            }
            Stage::Registered => {
                row.deregister(capacity);
                row.free.remove(free, id, slot);
                if tenants == 0 { remove_at(&mut row.idle, at) } else { None }
            }
            Stage::Draining => {
                row.draining -= 1;
                None
            }
            Stage::Retiring | Stage::Task { .. } => None,
        };
        if let Some(moved) = moved {
            self.instances.get_mut(moved).listed_at = at;
        }
    }

    /// EC2 takes an instance back: the attempts on it are lost.
    pub(in crate::world) fn on_instance_reclaimed<O: Observer>(
        &mut self,
        stamped: Stamped,
        queue: &mut Queue,
        observer: &mut O,
    ) {
        if self.instances.is_current(stamped) {
            self.lose_attempts(stamped.slot, Ending::HostLost, queue, observer);
            let why = match self.instances.get(stamped.slot).fate.by_price {
                true => Termination::ReclaimedByPrice,
                false => Termination::Reclaimed,
            };
            self.terminate(stamped.slot, why, queue, observer);
        }
    }

    /// Ends every attempt on an instance.
    pub(in crate::world) fn lose_attempts<O: Observer>(
        &mut self,
        slot: u32,
        ending: Ending,
        queue: &mut Queue,
        observer: &mut O,
    ) {
        loop {
            let attempt = self.instances.get(slot).attempts;
            if attempt == Instance::NO_ATTEMPT {
                break;
            }
            self.end_attempt(attempt, ending, observer, queue);
        }
    }

    /// Ends an instance without attempts: its bill is closed and its record leaves.
    pub(in crate::world) fn terminate<O: Observer>(
        &mut self,
        slot: u32,
        why: Termination,
        queue: &mut Queue,
        observer: &mut O,
    ) {
        self.unlist(slot);
        let instance = self.instances.remove(slot);
        let (id, is_task) = (instance.environment, instance.is_task());
        let row = self.environment(id);
        row.forget_live(instance.instance_type, instance.zone, 1);
        match instance.stage {
            Stage::Task { quarter_vcpus } => self.stop_task(&instance, quarter_vcpus),
            _ => self.release_instance(&instance),
        }
        let record = self.close_bill(instance, why, observer);
        observer.instance(&record);
        match why {
            Termination::RunEnded => {}
            _ if is_task => self.task_room_grew(id, queue),
            _ => self.supply_changed(id, queue),
        }
    }

    /// EC2, or its user, has an instance back.
    fn release_instance(&mut self, instance: &Instance) {
        let Instance { instance_type, zone, purchase, .. } = *instance;
        // What a user has launched is outside of the quotas and pools that Batch asks.
        if self.environments[instance.environment.index()].managed {
            let key = self.key.stream(streams::BOOT).entity(u64::from(instance.id.raw()));
            let closed = self.now + draw(self.config.profile.shutting_down, key, 2);
            let when = Leaving { now: self.now, closed };
            self.fleet.release((instance_type, zone), purchase, when, &self.config.catalog);
        }
        let vcpus = instance.capacity.vcpus;
        self.tally.alive_vcpus -= u64::from(vcpus);
        let row = &mut self.environments[instance.environment.index()];
        row.provisioned_vcpus -= vcpus;
        row.room_may_have_grown();
        if instance.registered.is_some() {
            row.registered_vcpus -= vcpus;
        }
    }

    /// Closes the books of an instance that has left the tables.
    fn close_bill<O: Observer>(
        &mut self,
        instance: Instance,
        why: Termination,
        observer: &mut O,
    ) -> InstanceRecord {
        let now = self.now;
        let (environment, instance_type) = (instance.environment, instance.instance_type);
        let ran = instance.running <= now;
        let is_task = instance.is_task();
        let memory_mib = match is_task {
            true => instance.capacity.memory_mib,
            false => self.config.catalog.get(instance_type).memory_mib,
        };
        let mut record = InstanceRecord {
            instance_id: instance.id,
            compute_environment: environment,
            instance_type,
            zone: instance.zone,
            purchase: instance.purchase,
            requested: instance.requested,
            running: ran.then_some(instance.running),
            registered: instance.registered,
            terminated: now,
            termination: why,
            billed: SimDuration::ZERO,
            cost: crate::ec2::money::NanoUsd::ZERO,
            quarter_vcpus: instance.quarter_vcpus(),
            memory_mib,
            allocated_quarter_vcpu_ms: instance.allocated_quarter_vcpu_ms(),
            allocated_mib_ms: instance.allocated_mib_ms,
            attempts: instance.attempts_ended,
            attempts_lost: instance.attempts_lost,
        };
        if !ran {
            return record;
        }
        let spot = instance.purchase == PurchaseOption::Spot;
        // Nothing is free of a task that is interrupted.
        let taken_back = spot && !is_task && why.is_by_ec2();
        let bill = instance.account.close(now, taken_back);
        let source = match (is_task, spot) {
            (false, false) => CostSource::OnDemand,
            (false, true) => CostSource::Spot,
            (true, false) => CostSource::Fargate,
            (true, true) => CostSource::FargateSpot,
        };
        record.billed = bill.billed;
        record.cost = self.ledger.book_instance(&bill, source, environment, instance_type);
        let gib = self.config.ebs_gib;
        if gib > 0 && !is_task {
            let per_month = EBS_NANO_USD_PER_GIB_MONTH * u64::from(gib);
            let cost = flat_cost(per_month, HOURS_PER_MONTH, bill.lifetime);
            self.ledger.book_beside(cost, &bill, CostSource::Ebs, environment, instance_type);
        }
        if instance.public_ipv4 {
            let cost = flat_cost(IPV4_NANO_USD_PER_HOUR, 1, bill.lifetime);
            self.ledger.book_beside(cost, &bill, CostSource::Ipv4, environment, instance_type);
        }
        if instance.open_bill != NONE {
            self.settlement.close_bill(instance.open_bill, bill.free);
            self.release_records(observer);
        }
        record
    }

    /// A Spot instance can no longer become free: what ran on it is due.
    pub(in crate::world) fn on_first_hour_ended<O: Observer>(
        &mut self,
        stamped: Stamped,
        observer: &mut O,
    ) {
        if !self.instances.is_current(stamped) {
            return;
        }
        let instance = self.instances.get_mut(stamped.slot);
        let bill = std::mem::replace(&mut instance.open_bill, NONE);
        if bill != NONE {
            self.settlement.close_bill(bill, false);
            self.release_records(observer);
        }
    }

    /// Where an attempt on this instance stands.
    pub(in crate::world) fn place_of(&self, slot: u32) -> Place {
        let instance = self.instances.get(slot);
        Place {
            compute_environment: instance.environment,
            instance: instance.id,
            instance_type: instance.instance_type,
            zone: instance.zone,
            purchase: instance.purchase,
        }
    }
}
