//! What a capacity model is asked: how many instances a pool holds, and what it takes back.

use super::PoolId;
use crate::ec2::catalog::{InstanceType, TypeId, ZoneId};
use crate::ec2::fleet::InstanceId;
use crate::sim::random::{RandomKey, open01};
use crate::sim::{SimDuration, SimTime};

/// Draws of a pool, by purpose.
pub(super) mod stream {
    pub(in crate::ec2::market) const REGION: u32 = 1;
    pub(in crate::ec2::market) const POOL: u32 = 2;
    pub(in crate::ec2::market) const OWN: u32 = 3;
    pub(in crate::ec2::market) const CAPACITY: u32 = 4;
    pub(in crate::ec2::market) const RECLAIM: u32 = 5;
    pub(in crate::ec2::market) const VICTIM: u32 = 6;
    pub(in crate::ec2::market) const SCORE: u32 = 7;
    pub(in crate::ec2::market) const LIFE: u32 = 8;
    pub(in crate::ec2::market) const HAZARD: u32 = 9;
    pub(in crate::ec2::market) const PRICE: u32 = 10;
}

/// A pool that is looked at for the first time.
#[derive(Clone, Copy, Debug)]
pub(super) struct NewPool<'a> {
    pub(super) instance_type: TypeId,
    pub(super) facts: &'a InstanceType,
    pub(super) zone: ZoneId,
    /// What everything of the pool is drawn from.
    pub(super) key: RandomKey,
}

/// A capacity model: one file each. Pools are numbered in the order in which they are added; time
/// never goes back.
pub(super) trait CapacityModel {
    /// Adds the next pool.
    fn add_pool(&mut self, pool: &NewPool<'_>);

    /// How many instances the pool holds at most at `now`; 0 while it can not be launched into.
    fn room(&mut self, pool: PoolId, now: SimTime) -> u32;

    /// The pool's first reclaim event that is not past at `now`; the end of time if there is none.
    fn next_reclaim(&mut self, _pool: PoolId, _now: SimTime) -> SimTime {
        SimTime::MAX
    }

    /// The reclaim event that is due now; the pool moves on to its next one.
    fn reclaim(&mut self, pool: PoolId, _now: SimTime) -> Reclaim {
        unreachable!("no reclaim is ever due in {pool}")
    }

    /// How long an instance is left alone by what hits it and no other.
    fn life(&self, _pool: PoolId, _instance: InstanceId) -> Life {
        None
    }

    /// The first instant after `now` at which [`room`](Self::room) may differ.
    fn next_change(&mut self, _pool: PoolId, _now: SimTime) -> SimTime {
        SimTime::MAX
    }

    /// The pool's hidden state, which its public score is a noisy sight of: greater is better, of
    /// mean 0 and variance 1 over all that it may be. `None` where there is nothing to hide.
    fn hidden(&mut self, pool: PoolId, now: SimTime) -> Option<f64>;
}

/// How long an instance is left alone; `None` is for ever.
pub(super) type Life = Option<SimDuration>;

/// What a reclaim event does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reclaim {
    pub(super) key: RandomKey,
    pub(super) ordinal: u64,
    pub(super) kind: ReclaimKind,
}

/// Whom a reclaim event takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum ReclaimKind {
    /// Each instance with one probability, within so many seconds: 1 is the whole pool.
    Share { fraction: f64, spread_seconds: f64 },
    /// As many as are more than the pool still holds, at once.
    AllBut { room: u32 },
}

impl Reclaim {
    /// Which of the pool's instances it takes, by their index in `members`, and how long after the
    /// event. Of a member is said whether it has its notice already.
    #[must_use]
    pub fn victims(&self, members: &[(InstanceId, bool)]) -> Vec<(usize, SimDuration)> {
        let draw = |instance: InstanceId| {
            let key = self.key.stream(stream::VICTIM).entity(u64::from(instance.raw()));
            key.draw(self.ordinal)
        };
        match self.kind {
            ReclaimKind::Share { fraction, spread_seconds } => {
                let taken = |(index, (instance, _)): (usize, &(InstanceId, bool))| {
                    let mut rng = draw(*instance);
                    if open01(&mut rng) >= fraction {
                        return None;
                    }
                    let after = spread_seconds * open01(&mut rng);
                    Some((index, SimDuration::from_secs_f64(after)))
                };
                members.iter().enumerate().filter_map(taken).collect()
            }
            ReclaimKind::AllBut { room } => {
                let mut lots: Vec<(u64, usize)> = members
                    .iter()
                    .enumerate()
                    .filter(|(_, (_, warned))| !warned)
                    .map(|(index, (instance, _))| (open01(&mut draw(*instance)).to_bits(), index))
                    .collect();
                // Bits of positive numbers order as they do; equal lots go by age.
                lots.sort_unstable();
                let excess = lots.len().saturating_sub(room as usize);
                lots.truncate(excess);
                lots.into_iter().map(|(_, index)| (index, SimDuration::ZERO)).collect()
            }
        }
    }

    /// The share of the pool's instances that it takes in the mean, where it takes a share.
    #[must_use]
    pub const fn fraction(&self) -> Option<f64> {
        match self.kind {
            ReclaimKind::Share { fraction, .. } => Some(fraction),
            ReclaimKind::AllBut { .. } => None,
        }
    }
}

/// `none`: pools that are always open and hold any number of instances.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unlimited;

impl CapacityModel for Unlimited {
    fn add_pool(&mut self, _: &NewPool<'_>) {}

    fn room(&mut self, _: PoolId, _: SimTime) -> u32 {
        u32::MAX
    }

    fn hidden(&mut self, _: PoolId, _: SimTime) -> Option<f64> {
        None
    }
}
