//! What must hold after every event. Checked by tests on random scenarios; too slow for real runs.

use super::World;
use crate::batch::api_call::ApiAction;
use crate::batch::backlog::{Entry, EntryState};
use crate::batch::job_definition::Requirements;
use crate::batch::job_queue::JobQueueId;
use crate::batch::scheduling_policy::ShareId;
use crate::world::record::JobStatus;
use crate::world::state::instances::Stage;
use crate::world::state::jobs::NONE;
use std::collections::{BTreeMap, BTreeSet};

impl World {
    /// Asserts every invariant that relates the tables to one another.
    pub(super) fn check_invariants(&mut self) {
        let slots = self.instances.all();
        for index in 0..self.environments.len() {
            self.check_environment(index, &slots);
        }
        let mut transfers = 0;
        for slot in slots {
            self.check_instance(slot);
            transfers += self.transfers_on(slot);
        }
        assert_eq!(self.transfers.under_way(), transfers, "transfers of attempts that transfer");
        for index in 0..self.queues.len() {
            self.check_queue(index);
        }
        self.check_shares();
        let slots = self.jobs.iter().map(|(slot, _)| slot);
        let gangs: Vec<u32> = slots.filter(|slot| self.jobs.is_gang(*slot)).collect();
        for job in gangs {
            self.check_gang(job);
        }
    }

    /// What is on Fargate is in use, within maxvCpus, and what the tasks say.
    fn check_tasks(&self, index: usize, slots: &[u32]) {
        let row = &self.environments[index];
        let mine = slots.iter().map(|slot| self.instances.get(*slot));
        let mine = mine.filter(|task| task.environment == row.id);
        let mut quarters = 0;
        for task in mine {
            let quarter_vcpus = match task.stage {
                Stage::Task { quarter_vcpus } => quarter_vcpus,
                _ => 0,
            };
            assert!(quarter_vcpus > 0, "on Fargate there are tasks only: {task:?}");
            assert_eq!((task.tenants, task.capacity.vcpus), (1, quarter_vcpus.div_ceil(4)));
            quarters += u64::from(quarter_vcpus);
        }
        assert_eq!(row.tasks.map(|tasks| tasks.quarter_vcpus), Some(quarters), "vCPUs of tasks");
        assert_eq!(u64::from(row.provisioned_vcpus), quarters.div_ceil(4), "provisioned vCPUs");
        assert!(row.provisioned_vcpus <= self.highest_max_vcpus(index).0, "maxvCpus is kept");
        let others = (row.incoming_vcpus, row.idle.len(), row.booting.len(), row.draining);
        assert_eq!((others, row.demand.vcpus()), ((0, 0, 0, 0), 0), "nothing is scaled");
    }

    fn check_environment(&self, index: usize, slots: &[u32]) {
        let row = &self.environments[index];
        if row.tasks.is_some() {
            return self.check_tasks(index, slots);
        }
        let mine = || {
            slots.iter().map(|slot| self.instances.get(*slot)).filter(|i| i.environment == row.id)
        };
        let vcpus = |stage: Stage| -> u32 {
            mine().filter(|i| i.stage == stage).map(|i| i.capacity.vcpus).sum()
        };
        let unanswered: u32 = row
            .unanswered
            .iter()
            .map(|(id, count)| self.config.catalog.get(*id).vcpus * count)
            .sum();
        assert_eq!(row.incoming_vcpus, vcpus(Stage::Booting) + unanswered, "incoming vCPUs");
        let registered = mine().filter(|i| i.registered.is_some());
        let registered: u32 = registered.map(|i| i.capacity.vcpus).sum();
        assert_eq!(row.registered_vcpus, registered, "registered vCPUs");
        let hosts = [Stage::Registered, Stage::Draining, Stage::Retiring].map(vcpus);
        let provisioned = row.incoming_vcpus + hosts.iter().sum::<u32>();
        assert_eq!(row.provisioned_vcpus, provisioned, "provisioned vCPUs");
        let allocated: u32 = mine().map(|i| i.capacity.vcpus - i.free.vcpus).sum();
        assert_eq!(row.allocated_vcpus, allocated, "allocated vCPUs");
        assert!(allocated <= row.registered_vcpus, "allocated <= registered");
        let open = || mine().filter(|i| i.stage == Stage::Registered && i.reserved_for == NONE);
        let idle = open().filter(|i| i.tenants == 0).count();
        assert_eq!(row.idle.len(), idle, "idle instances");
        let ordered = row.idle_order.iter().filter(|idle| self.instances.is_idle(idle));
        let ordered: BTreeSet<u32> = ordered.map(|idle| idle.instance.slot).collect();
        assert_eq!(ordered.len(), idle, "idle instances in the order in which they may go");
        let with_room = open().filter(|i| i.free.vcpus > 0).count();
        assert_eq!(row.free.rooms().count(), with_room, "instances that take jobs");
        let booting = mine().filter(|i| i.stage == Stage::Booting && i.reserved_for != NONE);
        let booting: u32 = booting.map(|i| i.capacity.vcpus).sum();
        let asked: u32 = row
            .unanswered
            .keys()
            .map(|id| self.asked_for_gang(row.id, *id) * self.config.catalog.get(*id).vcpus)
            .sum();
        assert_eq!(row.gang_incoming_vcpus, booting + asked, "vCPUs that come for a gang");
        let (ceiling, replaced) = self.highest_max_vcpus(index);
        let sizes = row.offerings.iter().map(|o| o.vcpus).chain(mine().map(|i| i.capacity.vcpus));
        let largest = sizes.max().unwrap_or(0);
        assert!(
            provisioned < ceiling.max(row.min_vcpus) + largest.max(1),
            "maxvCpus is exceeded by less than one instance: {provisioned}"
        );
        if !row.may_overshoot && !replaced {
            assert!(provisioned <= ceiling, "maxvCpus is never exceeded: {provisioned}");
        }
    }

    /// The highest `maxvCpus` that an environment has in the run, for lowering it ends no instance;
    /// and whether its instances are ever replaced.
    fn highest_max_vcpus(&self, index: usize) -> (u32, bool) {
        let mut highest = self.config.compute_environments[index].max_vcpus;
        let mut replaced = false;
        for call in &self.config.api_calls {
            if let ApiAction::UpdateComputeEnvironment(update) = &call.action
                && update.compute_environment.index() == index
            {
                highest = highest.max(update.max_vcpus.unwrap_or(0));
                replaced |= update.infrastructure.is_some();
            }
        }
        (highest, replaced)
    }

    fn check_instance(&mut self, slot: u32) {
        let instance = self.instances.get(slot);
        let (capacity, free, tenants) = (instance.capacity, instance.free, instance.tenants);
        let mut attempt = instance.attempts;
        let mut used = Requirements::default();
        let mut count = 0;
        while attempt != NONE {
            let row = self.attempts.get_mut(attempt);
            assert_eq!(row.instance, slot, "an attempt knows its instance");
            attempt = row.next();
            let row = row.clone();
            let need = self.need_of(&row);
            used.vcpus += need.vcpus;
            used.memory_mib += need.memory_mib;
            used.gpus += need.gpus;
            count += 1;
        }
        assert_eq!(count, tenants, "tenants of an instance");
        assert!(capacity.holds(used), "an instance holds what is on it");
        assert_eq!(free.vcpus + used.vcpus, capacity.vcpus, "free and used vCPUs");
        assert_eq!(free.memory_mib + used.memory_mib, capacity.memory_mib, "free and used memory");
        assert_eq!(free.gpus + used.gpus, capacity.gpus, "free and used GPUs");
    }

    /// Attempts on an instance that read or write.
    fn transfers_on(&mut self, slot: u32) -> u32 {
        let mut attempt = self.instances.get(slot).attempts;
        let mut transfers = 0;
        while attempt != NONE {
            let steps = self.steps.get(&attempt);
            transfers += u32::from(steps.is_some_and(|steps| steps.transfer().is_some()));
            attempt = self.attempts.get_mut(attempt).next();
        }
        transfers
    }

    fn check_gang(&mut self, job: u32) {
        let gang = self.jobs.gang(job);
        let held = gang.held.iter().copied().filter(|slot| *slot != NONE);
        let held: Vec<u32> = held.collect();
        let registered =
            held.iter().filter(|slot| self.instances.get(**slot).stage == Stage::Registered);
        for instance in held.iter().map(|slot| self.instances.get(*slot)) {
            assert_eq!(instance.reserved_for, job, "an instance is kept for one job");
            assert!(instance.tenants <= 1, "a node has its instance to itself");
        }
        match gang.plan {
            Some(plan) => {
                let row = &self.environments[plan.environment.index()];
                assert_eq!(row.gang, Some(job), "instances are gathered for one job at a time");
                assert!(row.enabled, "a DISABLED environment gathers nothing");
                assert_eq!(gang.registered as usize, registered.count(), "registered nodes");
                assert!(held.len() as u32 + plan.asked <= gang.nodes, "no more than it needs");
                assert!(gang.others.is_empty(), "no node starts before all can");
            }
            None if gang.registered == 0 => assert!(held.is_empty(), "nothing is kept for nothing"),
            None => assert_eq!(gang.held.len() as u32, gang.nodes, "an instance for every node"),
        }
        let mut types: Vec<_> =
            held.iter().map(|slot| self.instances.get(*slot).instance_type).collect();
        types.dedup();
        assert!(types.len() <= 1, "all nodes are on one type: {types:?}");
        let status = self.jobs.get(job).status;
        let others = self.jobs.gang(job).others.clone();
        assert!(others.is_empty() || status == JobStatus::Running, "the main node is first");
        for attempt in others {
            let row = self.attempts.get_mut(attempt);
            assert!(row.job == job && row.is_child_node, "a node of this job");
        }
    }

    /// What the shares of a queue are said to use is what their placed jobs have, and who waits
    /// stands in a lane that is known to.
    fn check_shares(&mut self) {
        let mut vcpus: BTreeMap<(JobQueueId, ShareId), u64> = BTreeMap::new();
        let mut live_jobs = vcpus.clone();
        for (slot, job) in self.jobs.iter() {
            let lane = &self.lanes[job.lane.index()];
            assert_eq!(lane.queue, job.queue, "a job stands in a lane of its queue");
            let Some(place) = lane.lane else { continue };
            let key = (job.queue, place.share());
            let is_placed = matches!(job.status, JobStatus::Starting | JobStatus::Running);
            if is_placed {
                *vcpus.entry(key).or_default() += u64::from(self.quarters_of(slot));
            }
            let is_array = job.child == NONE && job.array != NONE;
            let jobs = if is_array { self.jobs.arrays[job.array as usize].left() } else { 1 };
            *live_jobs.entry(key).or_default() += u64::from(jobs);
        }
        for (index, state) in self.queues.iter().enumerate() {
            let Some(fair_share) = &state.fair_share else { continue };
            let id = JobQueueId::from_index(index);
            let shares: BTreeSet<ShareId> =
                fair_share.lanes.keys().map(|lane| lane.share()).collect();
            for share in &shares {
                let of = |counts: &BTreeMap<_, u64>| counts.get(&(id, *share)).copied();
                let expected = (of(&vcpus).unwrap_or(0), of(&live_jobs).unwrap_or(0));
                let found =
                    (fair_share.shares.vcpus_of(*share), fair_share.shares.live_jobs(*share));
                assert_eq!(found, expected, "vCPUs and live jobs of {share} of {id}");
            }
            let used: u64 = shares.iter().map(|share| fair_share.shares.vcpus_of(*share)).sum();
            assert_eq!(fair_share.shares.vcpus(), used, "vCPUs of all shares of {id}");
            for (lane, found) in &fair_share.lanes {
                let waits = !self.lanes[found.index()].backlog.is_empty();
                assert_eq!(fair_share.waiting.contains_key(lane), waits, "{lane:?} of {id}");
            }
            let own = &self.lanes[index].backlog;
            assert!(own.is_empty(), "nobody stands outside of the shares of {id}");
        }
    }

    fn check_queue(&mut self, index: usize) {
        let mut runnable = 0;
        let mut planned = [0u32; 3];
        let mut promised = 0;
        let id = JobQueueId::from_index(index);
        let lanes = self.lanes_of(id);
        let is_planned = |entry: &Entry| match entry.state {
            EntryState::Gang => self.jobs.gang(entry.job).plan.is_some(),
            _ => entry.plan.get().is_some(),
        };
        for lane in &lanes {
            let backlog = &self.lanes[lane.index()].backlog;
            assert!(backlog.knows_retries(is_planned), "which retried jobs of {id} are settled");
        }
        let entries = lanes.iter().flat_map(|lane| self.lanes[lane.index()].backlog.iter());
        for entry in entries {
            let job = self.jobs.get(entry.job);
            match entry.state {
                EntryState::Runnable => {
                    runnable += 1;
                    if let Some((_, rank)) = entry.plan.get() {
                        planned[rank as usize] += 1;
                        promised += u64::from(self.quarters_of(entry.job));
                    }
                }
                EntryState::Gang => {
                    runnable += 1;
                    if self.jobs.gang(entry.job).plan.is_some() {
                        promised += u64::from(self.quarters_of(entry.job));
                    }
                    assert!(entry.plan.get().is_none(), "a gang's plan is its own");
                }
                EntryState::Array => {
                    let array = &self.jobs.arrays[job.array as usize];
                    runnable += array.runnable();
                    for (rank, count) in planned.iter_mut().enumerate() {
                        *count += array.planned_in(rank);
                    }
                    let quarters = u64::from(self.quarters_of(entry.job));
                    promised += quarters * u64::from(array.planned_count());
                }
                EntryState::Submitted | EntryState::Pending | EntryState::Gone => {}
            }
        }
        assert_eq!(self.queues[index].runnable, runnable, "RUNNABLE jobs of a queue");
        if let Some(fair_share) = &self.queues[index].fair_share {
            assert_eq!(fair_share.promised, promised, "what is promised to jobs of {id}");
        }
        for (rank, environment) in self.queues[index].environments.clone().into_iter().enumerate() {
            let book = &mut self.environments[environment.index()].demand;
            let assigned: u32 =
                book.iter().filter(|group| group.queue == id).map(|group| group.count).sum();
            assert_eq!(assigned, planned[rank], "jobs assigned to an environment");
        }
    }
}
