//! What a compute environment remembers of refusals: which pools not to ask again, until when.
//!
//! Two clocks run from a refusal. While the pool counts as unavailable, whoever has another pool or
//! another environment goes there. Who has none asks the same pool again when its back-off is over;
//! the back-off doubles with every refusal in a row, and the next grant ends the row. Refused pools
//! are sorted, and looked up by binary search.

use super::wait_cause::WaitCause;
use crate::ec2::catalog::{TypeId, ZoneId};
use crate::ec2::fleet::Refusal;
use crate::sim::{SimDuration, SimTime};

/// How long refused pools are left alone (behaviour 9.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BackOff {
    /// How long a refused pool counts as unavailable.
    pub memory: SimDuration,
    /// After the first refusal, how long until the pool can be asked again.
    pub first: SimDuration,
    /// The longest such time, however often the pool refuses.
    pub greatest: SimDuration,
}

impl BackOff {
    /// How long a pool is not asked that has refused so many times in a row, at least once.
    ///
    /// ```
    /// use batchcast::batch::refusals::BackOff;
    /// use batchcast::sim::SimDuration;
    /// let secs = SimDuration::from_secs;
    /// let rules = BackOff { memory: secs(180), first: secs(30), greatest: secs(300) };
    /// let delays = [1, 2, 3, 4, 5, 99].map(|times| rules.delay(times).as_secs_f64());
    /// assert_eq!(delays, [30.0, 60.0, 120.0, 240.0, 300.0, 300.0]);
    /// ```
    #[must_use]
    pub fn delay(&self, times: u32) -> SimDuration {
        let doublings = times.saturating_sub(1).min(u64::BITS - 1);
        let millis = self.first.as_millis().saturating_mul(1 << doublings);
        SimDuration::from_millis(millis).min(self.greatest)
    }
}

/// Whether a pool is to be asked; the less so, the greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// Nothing is held against it.
    Available,
    /// It has refused lately, and can be asked again where nothing else is to be had.
    Unavailable,
    /// It is not to be asked.
    BackingOff,
}

/// The refused pools of one compute environment.
#[derive(Clone, Debug, Default)]
pub struct Refusals {
    /// By pool, ascending.
    pools: Vec<Refused>,
    version: u32,
    /// Up to when the ends of memories and back-offs have been noticed.
    noticed: SimTime,
}

/// A pool that has not granted anything since it refused.
#[derive(Clone, Copy, Debug)]
struct Refused {
    pool: (TypeId, ZoneId),
    why: Refusal,
    in_a_row: u32,
    unavailable_until: SimTime,
    not_before: SimTime,
}

impl Refused {
    fn standing(&self, now: SimTime) -> Standing {
        if now < self.not_before {
            Standing::BackingOff
        } else if now < self.unavailable_until {
            Standing::Unavailable
        } else {
            Standing::Available
        }
    }
}

impl Refusals {
    /// Remembers that a pool has refused at `now`. Returns when it can be asked again, and when it
    /// counts as available again, which is not before.
    pub fn add(
        &mut self,
        pool: (TypeId, ZoneId),
        why: Refusal,
        now: SimTime,
        rules: BackOff,
    ) -> (SimTime, SimTime) {
        let (index, in_a_row) = match self.find(pool) {
            Ok(index) => (index, self.pools[index].in_a_row.saturating_add(1)),
            Err(index) => {
                self.pools.insert(
                    index,
                    Refused { pool, why, in_a_row: 0, unavailable_until: now, not_before: now },
                );
                (index, 1)
            }
        };
        let delay = rules.delay(in_a_row);
        assert!(delay > SimDuration::ZERO, "a pool is not asked twice in one instant");
        let not_before = now + delay;
        let unavailable_until = not_before.max(now + rules.memory);
        self.pools[index] = Refused { pool, why, in_a_row, unavailable_until, not_before };
        self.version += 1;
        (not_before, unavailable_until)
    }

    /// A pool has granted an instance: nothing is held against it any more.
    pub fn forget(&mut self, pool: (TypeId, ZoneId)) {
        if let Ok(index) = self.find(pool) {
            self.pools.remove(index);
            self.version += 1;
        }
    }

    /// Notices what has ended by `now`: whether that was anything.
    pub fn expire(&mut self, now: SimTime) -> bool {
        let since = std::mem::replace(&mut self.noticed, now);
        let ended = |at: SimTime| since < at && at <= now;
        let any =
            self.pools.iter().any(|one| ended(one.not_before) || ended(one.unavailable_until));
        self.version += u32::from(any);
        any
    }

    /// Whether a pool is to be asked at `now`.
    #[must_use]
    pub fn standing(&self, pool: (TypeId, ZoneId), now: SimTime) -> Standing {
        self.find(pool).map_or(Standing::Available, |index| self.pools[index].standing(now))
    }

    /// Why a pool has refused last, if it has granted nothing since.
    #[must_use]
    pub fn why(&self, pool: (TypeId, ZoneId)) -> Option<Refusal> {
        self.find(pool).ok().map(|index| self.pools[index].why)
    }

    /// Raised at every change: what was concluded from refusals holds for one version.
    #[must_use]
    pub const fn version(&self) -> u32 {
        self.version
    }

    /// Whether a pool stands so at `now`.
    #[must_use]
    pub fn any(&self, standing: Standing, now: SimTime) -> bool {
        self.pools.iter().any(|one| one.standing(now) == standing)
    }

    /// What those who wait because of the refusals wait for at `now`: capacity, unless quotas alone
    /// refuse.
    #[must_use]
    pub fn cause(&self, now: SimTime) -> WaitCause {
        let capacity = |one: &Refused| {
            one.why == Refusal::InsufficientInstanceCapacity
                && one.standing(now) != Standing::Available
        };
        if self.pools.iter().any(capacity) { WaitCause::Capacity } else { WaitCause::Quota }
    }

    fn find(&self, pool: (TypeId, ZoneId)) -> Result<usize, usize> {
        self.pools.binary_search_by_key(&pool, |one| one.pool)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: BackOff = BackOff {
        memory: SimDuration::from_secs(180),
        first: SimDuration::from_secs(30),
        greatest: SimDuration::from_secs(300),
    };

    fn pool(zone: u32) -> (TypeId, ZoneId) {
        (TypeId::new(7), ZoneId::new(zone))
    }

    fn secs(secs: u64) -> SimTime {
        SimTime::from_millis(secs * 1_000)
    }

    /// Refuses at once whenever it may be asked; the seconds at which it is.
    fn refuse_on(refusals: &mut Refusals, mut now: SimTime, times: u32) -> Vec<u64> {
        let mut asked = Vec::new();
        for _ in 0..times {
            asked.push(now.as_millis() / 1_000);
            now = refusals.add(pool(0), Refusal::InsufficientInstanceCapacity, now, RULES).0;
        }
        asked
    }

    #[test]
    fn the_back_off_of_a_pool_doubles_up_to_its_greatest_and_starts_again_after_a_grant() {
        let mut refusals = Refusals::default();
        let row = [0, 30, 90, 210, 450, 750, 1_050];
        assert_eq!(refuse_on(&mut refusals, secs(0), 7), row);
        refusals.forget(pool(0));
        assert_eq!(refuse_on(&mut refusals, secs(2_000), 3), [2_000, 2_030, 2_090]);
    }

    #[test]
    fn a_refused_pool_backs_off_then_is_a_last_resort_then_available() {
        let mut refusals = Refusals::default();
        let ends = refusals.add(pool(0), Refusal::VcpuLimitExceeded, secs(10), RULES);
        assert_eq!(ends, (secs(40), secs(190)));
        let at = |at: u64| refusals.standing(pool(0), secs(at));
        assert_eq!([at(10), at(39)], [Standing::BackingOff; 2]);
        assert_eq!([at(40), at(189)], [Standing::Unavailable; 2]);
        assert_eq!(at(190), Standing::Available);
        assert_eq!(refusals.standing(pool(1), secs(10)), Standing::Available);
        let before = refusals.version();
        assert!(!refusals.expire(secs(39)) && refusals.expire(secs(40)));
        assert!(!refusals.expire(secs(189)) && refusals.expire(secs(190)));
        assert_eq!(refusals.version(), before + 2);
    }

    #[test]
    fn a_long_back_off_keeps_a_pool_unavailable_for_longer_than_its_memory() {
        let mut refusals = Refusals::default();
        refuse_on(&mut refusals, secs(0), 5);
        let at = |at: u64| refusals.standing(pool(0), secs(at));
        assert_eq!([at(749), at(750)], [Standing::BackingOff, Standing::Available]);
    }

    #[test]
    fn who_is_refused_by_quotas_alone_waits_for_the_quota() {
        let mut refusals = Refusals::default();
        refusals.add(pool(0), Refusal::MaxSpotInstanceCountExceeded, secs(0), RULES);
        assert_eq!(refusals.cause(secs(1)), WaitCause::Quota);
        refusals.add(pool(1), Refusal::InsufficientInstanceCapacity, secs(0), RULES);
        assert_eq!(refusals.cause(secs(1)), WaitCause::Capacity);
        refusals.add(pool(0), Refusal::VcpuLimitExceeded, secs(200), RULES);
        assert_eq!(refusals.cause(secs(200)), WaitCause::Quota, "the other is available again");
    }
}
