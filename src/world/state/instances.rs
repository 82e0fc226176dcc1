//! Instances, from the grant of a fleet request to their termination; and Fargate tasks, which are
//! instances that hold one job.

use super::idle::Idle;
use super::jobs::NONE;
use crate::batch::compute_environment::ComputeEnvironmentId;
use crate::batch::job_definition::Requirements;
use crate::ec2::billing::Account;
use crate::ec2::catalog::{TypeId, ZoneId};
use crate::ec2::fleet::{InstanceId, PurchaseOption};
use crate::ec2::market::PoolId;
use crate::sim::{SimTime, Slots};
use crate::world::event::Stamped;

/// Where an instance stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::world) enum Stage {
    /// Granted, not yet registered.
    Booting,
    /// Takes jobs.
    Registered,
    /// Has its interruption notice: keeps its jobs, takes none.
    Draining,
    /// Replaced by an update: keeps its jobs, takes none, and ends with the last of them.
    Retiring,
    /// A Fargate task: there for one job, and as long as it.
    Task {
        /// Its vCPUs, in quarters.
        quarter_vcpus: u32,
    },
}

/// What is known to be in store for an instance: when it gets its notice, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::world) struct Fate {
    pub(in crate::world) at: SimTime,
    /// The Spot price reaches what may be paid.
    pub(in crate::world) by_price: bool,
}

impl Fate {
    /// Nothing is known.
    pub(in crate::world) const NONE: Self = Self { at: SimTime::MAX, by_price: false };
    /// A notice is for when it comes.
    pub(in crate::world) const DUE: Self = Self { at: SimTime::ZERO, by_price: false };

    /// Whichever comes first; of two at once, this one.
    pub(in crate::world) fn or(self, other: Self) -> Self {
        if other.at < self.at { other } else { self }
    }
}

/// What EC2 has said of taking an instance back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::world) enum Warning {
    /// Nothing.
    None,
    /// The rebalance recommendation; the notice follows at that time.
    Recommended(SimTime),
    /// The interruption notice.
    Noticed,
}

/// One instance or task.
#[derive(Clone, Debug)]
pub(in crate::world) struct Instance {
    pub(in crate::world) id: InstanceId,
    pub(in crate::world) environment: ComputeEnvironmentId,
    pub(in crate::world) instance_type: TypeId,
    pub(in crate::world) zone: ZoneId,
    pub(in crate::world) purchase: PurchaseOption,
    pub(in crate::world) stage: Stage,
    pub(in crate::world) requested: SimTime,
    pub(in crate::world) running: SimTime,
    pub(in crate::world) registered: Option<SimTime>,
    /// What it registers.
    pub(in crate::world) capacity: Requirements,
    pub(in crate::world) free: Requirements,
    /// Jobs on it.
    pub(in crate::world) tenants: u32,
    /// The first attempt of its list.
    pub(in crate::world) attempts: u32,
    /// Since when it has the room it has.
    pub(in crate::world) room_since: SimTime,
    /// Images on its disk, or being pulled until then.
    pub(in crate::world) images: Vec<(u32, SimTime)>,
    /// Whether it pays for a public IPv4 address.
    pub(in crate::world) public_ipv4: bool,
    /// GPUs on GPU types, else vCPUs.
    pub(in crate::world) billed_by_gpu: bool,
    /// Open from `running` on.
    pub(in crate::world) account: Account,
    pub(in crate::world) allocated_vcpu_ms: u128,
    pub(in crate::world) allocated_mib_ms: u128,
    /// Attempts that have ended on it, and those of them that were lost with it.
    pub(in crate::world) attempts_ended: u64,
    pub(in crate::world) attempts_lost: u64,
    /// The job of several nodes that it is kept for, [`NONE`] if nobody: it takes no other.
    pub(in crate::world) reserved_for: u32,
    /// Index in its environment's list of idle or booting instances.
    pub(in crate::world) listed_at: u32,
    /// Its pool and its index in the pool's members, while a market runs.
    pub(in crate::world) pool: Option<(PoolId, u32)>,
    pub(in crate::world) fate: Fate,
    pub(in crate::world) warning: Warning,
    /// Its line in the settlement, [`NONE`] while it has no charge that may be credited.
    pub(in crate::world) open_bill: u32,
}

/// All instances alive.
#[derive(Clone, Debug, Default)]
pub(in crate::world) struct InstanceTable {
    slots: Slots,
    rows: Vec<Option<Instance>>,
    launched: u32,
    alive: u32,
    /// Slots of the Spot instances of each pool.
    members: Vec<Vec<u32>>,
}

impl InstanceTable {
    /// The number of the next instance.
    pub(in crate::world) fn next_id(&mut self) -> InstanceId {
        self.launched += 1;
        InstanceId::new(self.launched - 1)
    }

    /// The number that the next instance will have.
    pub(in crate::world) const fn coming_id(&self) -> InstanceId {
        InstanceId::new(self.launched)
    }

    pub(in crate::world) const fn alive(&self) -> u32 {
        self.alive
    }

    pub(in crate::world) fn insert(&mut self, mut instance: Instance) -> Stamped {
        let (slot, stamp) = self.slots.allocate();
        if let Some((pool, at)) = &mut instance.pool {
            if pool.index() >= self.members.len() {
                self.members.resize_with(pool.index() + 1, Vec::new);
            }
            let members = &mut self.members[pool.index()];
            *at = members.len() as u32;
            members.push(slot);
        }
        self.alive += 1;
        if slot as usize == self.rows.len() {
            self.rows.push(Some(instance));
        } else {
            self.rows[slot as usize] = Some(instance);
        }
        Stamped { slot, stamp }
    }

    pub(in crate::world) fn remove(&mut self, slot: u32) -> Instance {
        self.slots.release(slot);
        self.alive -= 1;
        let Some(instance) = self.rows[slot as usize].take() else {
            unreachable!("instance slot {slot} is released once");
        };
        if let Some((pool, at)) = instance.pool {
            let members = &mut self.members[pool.index()];
            members.swap_remove(at as usize);
            if let Some(moved) = members.get(at as usize).copied() {
                self.get_mut(moved).pool = Some((pool, at));
            }
        }
        instance
    }

    /// The slots of a pool's instances, oldest first.
    pub(in crate::world) fn members(&self, pool: PoolId) -> Vec<u32> {
        let mut members = self.members.get(pool.index()).cloned().unwrap_or_default();
        members.sort_unstable_by_key(|slot| self.get(*slot).id);
        members
    }

    #[inline]
    pub(in crate::world) fn is_current(&self, instance: Stamped) -> bool {
        self.slots.is_current(instance.slot, instance.stamp)
    }

    /// Whether an instance is still as idle as it was when the entry was made.
    pub(in crate::world) fn is_idle(&self, idle: &Idle) -> bool {
        self.is_current(idle.instance) && {
            let row = self.get(idle.instance.slot);
            row.stage == Stage::Registered
                && row.tenants == 0
                && row.reserved_for == NONE
                && row.room_since == idle.since
        }
    }

    /// The slot with the stamp that it has now.
    pub(in crate::world) fn stamped(&self, slot: u32) -> Stamped {
        Stamped { slot, stamp: self.slots.stamp(slot) }
    }

    #[inline]
    pub(in crate::world) fn get(&self, slot: u32) -> &Instance {
        match &self.rows[slot as usize] {
            Some(instance) => instance,
            None => unreachable!("instance slot {slot} is free: whoever keeps a slot keeps it"),
        }
    }

    #[inline]
    pub(in crate::world) fn get_mut(&mut self, slot: u32) -> &mut Instance {
        match &mut self.rows[slot as usize] {
            Some(instance) => instance,
            None => unreachable!("instance slot {slot} is free: whoever keeps a slot keeps it"),
        }
    }

    /// Slots of all instances alive, oldest first.
    pub(in crate::world) fn all(&self) -> Vec<u32> {
        let rows = self.rows.iter().enumerate();
        let mut slots: Vec<u32> =
            rows.filter(|(_, row)| row.is_some()).map(|(slot, _)| slot as u32).collect();
        slots.sort_unstable_by_key(|slot| self.get(*slot).id);
        slots
    }
}

impl Instance {
    /// Whether it is a Fargate task.
    #[inline]
    pub(in crate::world) const fn is_task(&self) -> bool {
        matches!(self.stage, Stage::Task { .. })
    }

    /// Its vCPUs in quarters.
    pub(in crate::world) const fn quarter_vcpus(&self) -> u32 {
        match self.stage {
            Stage::Task { quarter_vcpus } => quarter_vcpus,
            _ => self.capacity.vcpus * 4,
        }
    }

    /// What of them its attempts held, times ms. The one job of a task is counted with whole vCPUs.
    pub(in crate::world) fn allocated_quarter_vcpu_ms(&self) -> u128 {
        match self.stage {
            Stage::Task { quarter_vcpus } => {
                self.allocated_vcpu_ms / u128::from(self.capacity.vcpus) * u128::from(quarter_vcpus)
            }
            _ => self.allocated_vcpu_ms * 4,
        }
    }

    /// The units of its bill that a job with `requirements` takes.
    pub(in crate::world) const fn units_of(&self, requirements: Requirements) -> u32 {
        if self.billed_by_gpu { requirements.gpus } else { requirements.vcpus }
    }

    /// Nobody, yet: the head of an empty list of attempts.
    pub(in crate::world) const NO_ATTEMPT: u32 = NONE;
}
