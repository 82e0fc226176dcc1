//! What a compute environment remembers of refusals: which pools not to ask again, until when.

use super::wait_cause::WaitCause;
use crate::ec2::catalog::{TypeId, ZoneId};
use crate::ec2::fleet::Refusal;
use crate::sim::SimTime;

/// The refused pools of one compute environment, within their cool-down.
#[derive(Clone, Debug, Default)]
pub struct Refusals {
    pools: Vec<(TypeId, ZoneId, SimTime, Refusal)>,
    version: u32,
}

impl Refusals {
    /// Remembers a refusal until `until`.
    pub fn add(&mut self, pool: (TypeId, ZoneId), until: SimTime, why: Refusal) {
        self.pools.retain(|(t, z, _, _)| (*t, *z) != pool);
        self.pools.push((pool.0, pool.1, until, why));
        self.version += 1;
    }

    /// Forgets what has cooled down at `now`; whether that was anything.
    pub fn expire(&mut self, now: SimTime) -> bool {
        let before = self.pools.len();
        self.pools.retain(|(_, _, until, _)| *until > now);
        let forgotten = self.pools.len() < before;
        self.version += u32::from(forgotten);
        forgotten
    }

    /// Why a pool is not to be asked, if so.
    #[must_use]
    pub fn get(&self, instance_type: TypeId, zone: ZoneId) -> Option<Refusal> {
        let same =
            |(t, z, _, _): &&(TypeId, ZoneId, SimTime, Refusal)| (*t, *z) == (instance_type, zone);
        self.pools.iter().find(same).map(|(_, _, _, why)| *why)
    }

    /// Raised at every change: what was concluded from refusals holds for one version.
    #[must_use]
    pub const fn version(&self) -> u32 {
        self.version
    }

    /// Whether nothing is remembered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pools.is_empty()
    }

    /// What those who wait because of the refusals wait for: capacity, unless quotas alone refuse.
    #[must_use]
    pub fn cause(&self) -> WaitCause {
        let capacity = |(_, _, _, why): &(TypeId, ZoneId, SimTime, Refusal)| {
            *why == Refusal::InsufficientCapacity
        };
        if self.pools.iter().any(capacity) { WaitCause::Capacity } else { WaitCause::Quota }
    }
}
