//! Compute environments as they stand.

use super::idle::IdleOrder;
use super::tasks::Tasks;
use crate::batch::allocation::Offering;
use crate::batch::compute_environment::{
    ComputeEnvironment, ComputeEnvironmentId, Supplier, UpdatePolicy,
};
use crate::batch::demand::DemandBook;
use crate::batch::job_definition::Requirements;
use crate::batch::job_queue::JobQueueId;
use crate::batch::placement::FreeCapacity;
use crate::batch::refusals::Refusals;
use crate::batch::shape::ShapeId;
use crate::batch::wait_cause::WaitCause;
use crate::ec2::catalog::{TypeId, ZoneId};
use crate::ec2::fleet::PurchaseOption;
use crate::sim::{SimDuration, SimTime};
use crate::world::event::Stamped;
use std::collections::BTreeMap;

/// One compute environment.
#[derive(Clone, Debug)]
pub(in crate::world) struct Environment {
    pub(in crate::world) id: ComputeEnvironmentId,
    /// Whether Batch scales it.
    pub(in crate::world) managed: bool,
    /// ENABLED and VALID.
    pub(in crate::world) enabled: bool,
    pub(in crate::world) invalid: bool,
    pub(in crate::world) purchase: PurchaseOption,
    pub(in crate::world) supplier: Supplier,
    pub(in crate::world) bid_percentage: Option<u32>,
    pub(in crate::world) update_policy: UpdatePolicy,
    pub(in crate::world) min_vcpus: u32,
    pub(in crate::world) max_vcpus: u32,
    /// What an UNMANAGED one counts for where shares reserve capacity.
    pub(in crate::world) unmanaged_vcpus: Option<u32>,
    pub(in crate::world) may_overshoot: bool,
    /// Whether the nodes of one job must share a zone.
    pub(in crate::world) placement_group: bool,
    /// Its pools: what is known of them without asking the market.
    pub(in crate::world) offerings: Vec<Offering>,
    /// The queues that name it.
    pub(in crate::world) queues: Vec<JobQueueId>,
    /// Requested, pending and running.
    pub(in crate::world) provisioned_vcpus: u32,
    /// Requested and pending: not yet registered.
    pub(in crate::world) incoming_vcpus: u32,
    /// The job of several nodes that instances are being gathered for: one at a time.
    pub(in crate::world) gang: Option<u32>,
    /// Those of `incoming_vcpus` that are for it.
    pub(in crate::world) gang_incoming_vcpus: u32,
    /// Of instances that have registered, also of those that take no new jobs any more.
    pub(in crate::world) registered_vcpus: u32,
    pub(in crate::world) allocated_vcpus: u32,
    /// Instances requested, pending and running.
    pub(in crate::world) instances: u32,
    pub(in crate::world) max_instances: u32,
    /// Instances that have their interruption notice.
    pub(in crate::world) draining: u32,
    /// Instances that an update replaces as soon as their jobs have ended, and until when the jobs
    /// may go on.
    pub(in crate::world) retiring: Vec<(Stamped, SimTime)>,
    pub(in crate::world) starting_jobs: u32,
    pub(in crate::world) running_jobs: u32,
    /// Launches that EC2 has not answered, by capacity.
    pub(in crate::world) unanswered: BTreeMap<TypeId, u32>,
    /// Slots of instances that boot.
    pub(in crate::world) booting: Vec<u32>,
    /// Slots of registered instances without a job.
    pub(in crate::world) idle: Vec<u32>,
    pub(in crate::world) idle_order: IdleOrder,
    pub(in crate::world) live_types: BTreeMap<TypeId, u32>,
    /// What instances that take jobs register, by how many do.
    pub(in crate::world) registered: BTreeMap<Requirements, u32>,
    pub(in crate::world) live_zones: BTreeMap<ZoneId, u32>,
    pub(in crate::world) free: FreeCapacity,
    /// On Fargate: what it has instead of instances.
    pub(in crate::world) tasks: Option<Tasks>,
    /// Raised whenever room grows.
    pub(in crate::world) room_version: u32,
    /// RUNNABLE jobs that wait for its capacity.
    pub(in crate::world) demand: DemandBook,
    /// Raised whenever there may be room for instances that there was none for.
    room_epoch: u32,
    pub(in crate::world) refusals: Refusals,
    pub(in crate::world) scaling_due: bool,
    /// When the next check for idle instances takes place; one that is due at another instant is
    /// stale.
    pub(in crate::world) scale_in_at: Option<SimTime>,
    /// When an instance was last scaled in.
    pub(in crate::world) scaled_in: Option<SimTime>,
    pub(in crate::world) scale_down_delay: SimDuration,
    pub(in crate::world) scale_phase: SimDuration,
    pub(in crate::world) scale_in_phase: SimDuration,
    /// What is known of shapes, by shape.
    shapes: Vec<ShapeFacts>,
}

/// What an environment knows of a shape.
#[derive(Clone, Copy, Debug)]
struct ShapeFacts {
    /// The vCPUs of its instances that one job is worth, 0 when none holds it.
    worth: u32,
    /// The room version at which no registered instance held it.
    misfit: u32,
    /// The refusal version for which `outlook` holds.
    asked: u32,
    outlook: Outlook,
    /// Whether capacity has been promised last where it is a last resort.
    last_resort: bool,
    /// The room epoch in which the strategy found no room for it.
    no_room: u32,
}

/// Whether capacity for a shape can be requested, as far as refusals go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::world) enum Outlook {
    /// From a pool that is available.
    Open,
    /// Only from pools that have refused lately.
    LastResort,
    /// Not now.
    Denied(WaitCause),
}

/// When the sizes of a shape are not known yet.
const UNKNOWN: ShapeFacts = ShapeFacts {
    worth: u32::MAX,
    misfit: 0,
    asked: u32::MAX,
    outlook: Outlook::Open,
    last_resort: false,
    no_room: 0,
};

impl Environment {
    /// The vCPUs that may still be provisioned.
    pub(in crate::world) fn room(&self) -> u32 {
        if self.instances >= self.max_instances {
            return 0;
        }
        self.max_vcpus.saturating_sub(self.provisioned_vcpus)
    }

    /// Changes `maxvCpus`. Nothing may be promised: what a job is worth depends on it.
    pub(in crate::world) fn set_max_vcpus(&mut self, max_vcpus: u32) {
        if max_vcpus == self.max_vcpus {
            return;
        }
        assert!(self.demand.vcpus() == 0, "a promise is taken back at the worth it was given");
        self.max_vcpus = max_vcpus;
        self.room_may_have_grown();
        self.shapes.clear();
    }

    /// From now on its instances are those of `spec`, in these pools. Nothing may be promised.
    pub(in crate::world) fn set_infrastructure(
        &mut self,
        spec: &ComputeEnvironment,
        offerings: Vec<Offering>,
        may_overshoot: bool,
    ) {
        assert!(self.demand.vcpus() == 0, "a promise is taken back at the worth it was given");
        self.purchase = spec.purchase;
        self.supplier = spec.supplier;
        self.bid_percentage = spec.bid_percentage;
        self.may_overshoot = may_overshoot;
        self.offerings = offerings;
        self.placement_group = spec.placement_group;
        self.refusals = Refusals::default();
        self.room_may_have_grown();
        self.shapes.clear();
    }

    /// How many of its instances' vCPUs a job of `shape` is worth at least; 0: it can never hold
    /// one. A job never exceeds `maxvCpus`; an instance only where it may overshoot.
    #[inline]
    pub(in crate::world) fn worth(&mut self, shape: ShapeId, need: Requirements) -> u32 {
        let known = self.facts(shape).worth;
        if known != u32::MAX {
            return known;
        }
        let (max_vcpus, may_overshoot) = (self.max_vcpus, self.may_overshoot);
        if self.tasks.is_some() {
            return if need.vcpus <= max_vcpus { need.vcpus } else { 0 };
        }
        let on = |offering: &Offering| {
            let size = offering.capacity();
            let fit = size.fit(need);
            let allowed = need.vcpus <= max_vcpus && (may_overshoot || size.vcpus <= max_vcpus);
            (fit > 0 && allowed).then(|| size.vcpus.div_ceil(fit).max(need.vcpus))
        };
        let worth = self.offerings.iter().filter_map(on).min().unwrap_or(0);
        self.facts(shape).worth = worth;
        worth
    }

    /// Whether no registered instance has room for `shape` since room last grew.
    #[inline]
    pub(in crate::world) fn is_misfit(&mut self, shape: ShapeId) -> bool {
        let version = self.room_version;
        self.facts(shape).misfit == version
    }

    /// Remembers that no registered instance has room for `shape`.
    #[inline]
    pub(in crate::world) fn set_misfit(&mut self, shape: ShapeId) {
        let version = self.room_version;
        self.facts(shape).misfit = version;
    }

    /// Whether the strategy has found no room for an instance that holds `shape`, and nothing has
    /// changed since that could have made some.
    pub(in crate::world) fn has_no_room(&mut self, shape: ShapeId) -> bool {
        let epoch = self.room_epoch;
        self.facts(shape).no_room == epoch
    }

    /// Remembers that the strategy has found no room for an instance that holds `shape`.
    pub(in crate::world) fn set_no_room(&mut self, shape: ShapeId) {
        let epoch = self.room_epoch;
        self.facts(shape).no_room = epoch;
    }

    /// Instances have come or gone, or are not asked for any more.
    pub(in crate::world) const fn room_may_have_grown(&mut self) {
        self.room_epoch += 1;
    }

    /// What was last concluded about requesting capacity for `shape`, if that still holds.
    pub(in crate::world) fn outlook(&self, shape: ShapeId) -> Option<Outlook> {
        let version = self.refusals.version();
        let facts = self.shapes.get(shape.index())?;
        (facts.asked == version).then_some(facts.outlook)
    }

    /// Remembers whether capacity for `shape` can be requested at all.
    pub(in crate::world) fn set_outlook(&mut self, shape: ShapeId, outlook: Outlook) {
        let version = self.refusals.version();
        let facts = self.facts(shape);
        (facts.asked, facts.outlook) = (version, outlook);
    }

    /// Whether the capacity that is promised for `shape` may come from pools that have refused
    /// lately: there was no other environment to go to.
    pub(in crate::world) fn is_last_resort(&mut self, shape: ShapeId) -> bool {
        self.facts(shape).last_resort
    }

    /// Says so, or the contrary.
    pub(in crate::world) fn set_last_resort(&mut self, shape: ShapeId, last_resort: bool) {
        self.facts(shape).last_resort = last_resort;
    }

    #[inline]
    fn facts(&mut self, shape: ShapeId) -> &mut ShapeFacts {
        if shape.index() >= self.shapes.len() {
            self.shapes.resize(shape.index() + 1, UNKNOWN);
        }
        &mut self.shapes[shape.index()]
    }

    /// A fresh environment; the caller fills what the scenario says.
    pub(in crate::world) fn new(
        id: ComputeEnvironmentId,
        spec: &ComputeEnvironment,
        offerings: Vec<Offering>,
    ) -> Self {
        Self {
            id,
            managed: spec.managed,
            enabled: spec.enabled,
            invalid: spec.invalid,
            purchase: spec.purchase,
            supplier: spec.supplier,
            bid_percentage: spec.bid_percentage,
            update_policy: spec.update_policy,
            min_vcpus: spec.min_vcpus,
            max_vcpus: spec.max_vcpus,
            unmanaged_vcpus: spec.unmanaged_vcpus,
            may_overshoot: spec.strategy().is_some_and(|s| s.may_exceed_max_vcpus(spec.purchase)),
            placement_group: spec.placement_group,
            offerings,
            queues: Vec::new(),
            provisioned_vcpus: 0,
            incoming_vcpus: 0,
            gang: None,
            gang_incoming_vcpus: 0,
            registered_vcpus: 0,
            allocated_vcpus: 0,
            instances: 0,
            max_instances: u32::MAX,
            draining: 0,
            retiring: Vec::new(),
            starting_jobs: 0,
            running_jobs: 0,
            unanswered: BTreeMap::new(),
            booting: Vec::new(),
            idle: Vec::new(),
            idle_order: IdleOrder::default(),
            live_types: BTreeMap::new(),
            registered: BTreeMap::new(),
            live_zones: BTreeMap::new(),
            free: FreeCapacity::default(),
            tasks: spec.is_fargate().then(Tasks::default),
            room_version: 1,
            demand: DemandBook::default(),
            room_epoch: 1,
            refusals: Refusals::default(),
            scaling_due: false,
            scale_in_at: None,
            scaled_in: None,
            scale_down_delay: spec.scale_down_delay,
            scale_phase: SimDuration::ZERO,
            scale_in_phase: SimDuration::ZERO,
            shapes: Vec::new(),
        }
    }

    /// What it has on Fargate from now on, all of it in use. Returns the vCPUs that it had and has.
    pub(in crate::world) fn set_tasks(&mut self, tasks: Tasks) -> (u32, u32) {
        let before = self.provisioned_vcpus;
        let vcpus = tasks.vcpus();
        self.provisioned_vcpus = vcpus;
        self.registered_vcpus = vcpus;
        self.allocated_vcpus = vcpus;
        self.tasks = Some(tasks);
        (before, vcpus)
    }

    /// What it aims at: what it has plus what is promised and not yet requested.
    pub(in crate::world) fn desired_vcpus(&self) -> u32 {
        let incoming = self.incoming_vcpus - self.gang_incoming_vcpus;
        let unmet = self.demand.vcpus().saturating_sub(u64::from(incoming)) as u32;
        let wanted = self.provisioned_vcpus.saturating_add(unmet);
        wanted.clamp(self.min_vcpus, self.max_vcpus.max(self.provisioned_vcpus))
    }

    /// Whether nothing of it will change by itself: no instance boots, drains or can be spared.
    pub(in crate::world) fn is_at_rest(&self) -> bool {
        let may_shrink = !self.idle.is_empty() && self.provisioned_vcpus > self.min_vcpus;
        !(self.scale_in_at.is_some() && may_shrink)
            && self.booting.is_empty()
            && self.unanswered.is_empty()
            && self.draining == 0
    }

    /// Instances have been requested.
    pub(in crate::world) fn remember_live(&mut self, id: TypeId, zone: ZoneId, count: u32) {
        self.instances += count;
        *self.live_types.entry(id).or_insert(0) += count;
        *self.live_zones.entry(zone).or_insert(0) += count;
    }

    /// Instances have been refused or have terminated.
    pub(in crate::world) fn forget_live(&mut self, id: TypeId, zone: ZoneId, count: u32) {
        self.instances -= count;
        subtract(&mut self.live_types, id, count);
        subtract(&mut self.live_zones, zone, count);
    }

    /// An instance takes jobs.
    pub(in crate::world) fn register(&mut self, capacity: Requirements) {
        self.registered_vcpus += capacity.vcpus;
        *self.registered.entry(capacity).or_insert(0) += 1;
    }

    /// An instance takes jobs no more; until it terminates it is still one that has registered.
    pub(in crate::world) fn deregister(&mut self, capacity: Requirements) {
        subtract(&mut self.registered, capacity, 1);
    }

    /// Whether a registered instance, empty, would hold a job.
    pub(in crate::world) fn has_registered(&self, need: Requirements) -> bool {
        self.registered.keys().any(|capacity| capacity.holds(need))
    }

    /// EC2 has answered for instances of a type.
    pub(in crate::world) fn answered(&mut self, id: TypeId, count: u32) {
        subtract(&mut self.unanswered, id, count);
    }
}

fn subtract<K: Ord>(counts: &mut BTreeMap<K, u32>, key: K, count: u32) {
    if let Some(present) = counts.get_mut(&key) {
        *present -= count;
        if *present == 0 {
            counts.remove(&key);
        }
    }
}

impl Offering {
    /// What an instance of it registers.
    pub(in crate::world) const fn capacity(&self) -> Requirements {
        Requirements { vcpus: self.vcpus, memory_mib: self.memory_mib, gpus: self.gpus }
    }
}
