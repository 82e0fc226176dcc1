//! Which pools could serve a group of jobs, and the best of them by a strategy's key.
//!
//! A key is an array of criteria, smaller is better, compared in order. Before the first one comes
//! whether the size stays within `maxvCpus`, behind the last one (type, zone), so no two pools are
//! equal. The first criterion in which a type loses is the
//! reason it was not taken. Two passes over the offerings, no allocation.

use super::{Demand, Denial, Dimension, FleetNeed, FleetView, Offering, Rejected, Rejection};
use crate::batch::job_definition::Requirements;

/// Jobs of one shape that need new instances.
#[derive(Clone, Copy, Debug)]
pub(super) struct Group<'a> {
    /// What each asks of its instance.
    pub(super) requirements: Requirements,
    /// How many are still without a place, at least 1.
    pub(super) count: u32,
    /// Room left at this point of the plan.
    pub(super) room_vcpus: u32,
    /// Whether the last instance may exceed the room.
    pub(super) may_overshoot: bool,
    /// What is on offer.
    pub(super) view: &'a FleetView<'a>,
}

impl<'a> Group<'a> {
    /// `count` jobs of `demand` when `room_vcpus` of the need's room are left.
    pub(super) fn new(
        demand: &Demand,
        count: u32,
        need: &FleetNeed<'_>,
        room_vcpus: u32,
        view: &'a FleetView<'a>,
    ) -> Self {
        let requirements = demand.requirements;
        Self { requirements, count, room_vcpus, may_overshoot: need.may_overshoot, view }
    }

    /// Whether one more instance of this size may be launched.
    pub(super) fn has_room_for(&self, offering: &Offering) -> bool {
        if self.may_overshoot { self.room_vcpus > 0 } else { offering.vcpus <= self.room_vcpus }
    }

    /// Whether one instance of this size is more than the environment may have at all.
    pub(super) const fn exceeds_max_vcpus(&self, offering: &Offering) -> bool {
        offering.vcpus > self.view.max_vcpus
    }

    /// What an instance of this type lacks for a single job.
    pub(super) fn shortage(&self, offering: &Offering) -> Option<Dimension> {
        let job = self.requirements;
        if job.vcpus.max(1) > offering.vcpus {
            Some(Dimension::Vcpus)
        } else if job.memory_mib > offering.memory_mib {
            Some(Dimension::Memory)
        } else if job.gpus > offering.gpus {
            Some(Dimension::Gpus)
        } else {
            None
        }
    }

    /// Why nothing could be taken: patience helps before room, room before another shape.
    pub(super) fn denial(&self) -> Denial {
        let mut denial = Denial::NoTypeFits;
        for offering in self.view.offerings.iter().filter(|o| self.shortage(o).is_none()) {
            if self.has_room_for(offering) {
                return Denial::Refused;
            }
            denial = Denial::NoRoom;
        }
        denial
    }
}

/// How many jobs fit in `free`. A job takes at least one vCPU.
pub(super) fn jobs_that_fit(free: Requirements, job: Requirements) -> u32 {
    let quotient = |has: u32, asked: u32| has.checked_div(asked).unwrap_or(u32::MAX);
    (free.vcpus / job.vcpus.max(1))
        .min(quotient(free.memory_mib, job.memory_mib))
        .min(quotient(free.gpus, job.gpus))
}

/// The resources of an empty instance.
pub(super) fn capacity(offering: &Offering) -> Requirements {
    Requirements { vcpus: offering.vcpus, memory_mib: offering.memory_mib, gpus: offering.gpus }
}

/// Not refused, and there is room for it: what every strategy but BEST_FIT asks of a pool.
pub(super) fn obtainable(group: &Group<'_>, pool: &Offering) -> Result<(), Rejection> {
    if pool.refused {
        Err(Rejection::AllZonesRefused)
    } else if group.has_room_for(pool) {
        Ok(())
    } else {
        Err(Rejection::LargerThanRoom)
    }
}

/// The order of a strategy among the pools that it considers.
pub(super) struct Ranking<Eligible, Key, const N: usize> {
    /// Whether a pool that fits is considered, or why not.
    pub(super) eligible: Eligible,
    /// The criteria, smaller is better.
    pub(super) key: Key,
    /// For each criterion, why a pool that loses in it was not taken.
    pub(super) reasons: [Rejection; N],
}

impl<Eligible, Key, const N: usize> Ranking<Eligible, Key, N>
where
    Eligible: Fn(&Offering) -> Result<(), Rejection>,
    Key: Fn(&Offering) -> [u64; N],
{
    /// The best pool for the group, or `None`; adds the reason of every other type to `rejected`.
    pub(super) fn choose<'a>(
        &self,
        group: &Group<'a>,
        demand_index: usize,
        rejected: &mut Vec<Rejected>,
    ) -> Option<&'a Offering> {
        let by_type = || group.view.offerings.chunk_by(|a, b| a.instance_type == b.instance_type);
        let best = by_type()
            .filter_map(|pools| self.best_of_type(group, pools).ok())
            .min_by_key(|pool| self.full_key(group, pool));
        for pools in by_type() {
            let instance_type = pools[0].instance_type;
            if best.is_some_and(|pool| pool.instance_type == instance_type) {
                continue;
            }
            let why = match (self.best_of_type(group, pools), best) {
                (Err(why), _) => why,
                (Ok(pool), Some(best)) => self.first_loss(group, pool, best),
                (Ok(_), None) => continue,
            };
            rejected.push(Rejected { demand_index, instance_type, why });
        }
        best
    }

    /// The best pool of one type, or why there is none: the reason of its last pool.
    fn best_of_type<'a>(
        &self,
        group: &Group<'_>,
        pools: &'a [Offering],
    ) -> Result<&'a Offering, Rejection> {
        let mut best: Result<&Offering, Rejection> = Err(Rejection::AllZonesRefused);
        for pool in pools {
            if let Some(dimension) = group.shortage(pool) {
                return Err(Rejection::TooSmall(dimension));
            }
            match ((self.eligible)(pool), best) {
                (Ok(()), Ok(other)) if self.full_key(group, other) < self.full_key(group, pool) => {
                }
                (Ok(()), _) => best = Ok(pool),
                // A pool that was not refused tells more than one that was.
                (Err(why), Err(Rejection::AllZonesRefused)) => best = Err(why),
                (Err(_), _) => {}
            }
        }
        best
    }

    /// Before every criterion: what does not stay within `maxvCpus` is the last resort.
    fn full_key(&self, group: &Group<'_>, pool: &Offering) -> (bool, [u64; N], u32, u32) {
        let exceeds = group.exceeds_max_vcpus(pool);
        (exceeds, (self.key)(pool), pool.instance_type.raw(), pool.zone.raw())
    }

    fn first_loss(&self, group: &Group<'_>, loser: &Offering, winner: &Offering) -> Rejection {
        if group.exceeds_max_vcpus(loser) && !group.exceeds_max_vcpus(winner) {
            return Rejection::ExceedsMaxVcpus;
        }
        let (lost, won) = ((self.key)(loser), (self.key)(winner));
        let differing = lost.iter().zip(&won).position(|(a, b)| a != b);
        differing.map_or(Rejection::LaterInCatalog, |criterion| self.reasons[criterion])
    }
}

#[cfg(test)]
mod tests {
    use super::super::scene::{Scene, offering};
    use super::*;

    #[test]
    fn an_8192_mib_job_needs_more_than_an_8_gib_instance() {
        let scene = Scene::new().jobs(1, 2, 8_192);
        let view = scene.view();
        let group = Group::new(&scene.demand[0], 1, &scene.need(), 100, &view);
        let (of_8_gib, of_16_gib) = (offering(0, 0, 4, 7_759, 170), offering(1, 0, 4, 15_771, 200));
        assert_eq!(group.shortage(&of_8_gib), Some(Dimension::Memory));
        assert_eq!(group.shortage(&of_16_gib), None);
    }

    #[test]
    fn as_many_jobs_fit_as_the_scarcest_resource_holds() {
        let free = Requirements { vcpus: 16, memory_mib: 30_000, gpus: 2 };
        let fit =
            |vcpus, memory_mib, gpus| jobs_that_fit(free, Requirements { vcpus, memory_mib, gpus });
        assert_eq!([fit(4, 1_000, 0), fit(1, 8_000, 0), fit(1, 1_000, 1)], [4, 3, 2]);
        assert_eq!([fit(1, 0, 0), fit(17, 0, 0)], [16, 0]);
    }

    #[test]
    fn a_denial_blames_refusals_before_room_and_room_before_the_shape() {
        let scene = Scene::new().offer(0, 4, 8_000, 100).jobs(1, 2, 1_000);
        let view = scene.view();
        let denial = |room| Group::new(&scene.demand[0], 1, &scene.need(), room, &view).denial();
        assert_eq!([denial(4), denial(3)], [Denial::Refused, Denial::NoRoom]);
        let scene = Scene::new().offer(0, 4, 8_000, 100).jobs(1, 5, 1_000);
        let view = scene.view();
        let group = Group::new(&scene.demand[0], 1, &scene.need(), 9, &view);
        assert_eq!(group.denial(), Denial::NoTypeFits);
    }
}
