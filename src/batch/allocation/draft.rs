//! A plan in the making: room left, instances planned so far and the space they leave free.
//!
//! Does not choose types. Invariant: every job of a demand ends on a planned instance or in
//! `uncovered`. Planned instances with equal free space are one entry, so a group costs
//! O(offerings + entries) however many instances it takes.

use super::candidates::{Group, capacity, jobs_that_fit};
use super::{
    Demand, Denial, FleetNeed, FleetPlan, FleetView, Launch, Offering, Rejected, Uncovered,
};
use crate::batch::job_definition::Requirements;
use crate::ec2::catalog::ZoneId;

/// A strategy's answer for one group.
pub(super) struct Choice<'a> {
    /// The best pool; its type is launched.
    pub(super) pool: &'a Offering,
    /// Which pools of the type share the launch.
    pub(super) zones: Zones,
}

/// Which pools of the chosen type share a launch (behaviour 6.9).
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Zones {
    /// All that are not refused, balanced.
    Balanced,
    /// Those of them with the lowest price, balanced: all of them On-Demand.
    CheapestBalanced,
    /// The best pool alone.
    Best,
}

/// Planned instances with equal free space.
#[derive(Clone, Copy)]
struct Planned {
    count: u32,
    free: Requirements,
}

struct Draft<'a> {
    need: &'a FleetNeed<'a>,
    view: &'a FleetView<'a>,
    room_vcpus: u32,
    planned: Vec<Planned>,
    /// Live and planned instances by zone, ascending.
    zones: Vec<(ZoneId, u32)>,
    plan: FleetPlan,
}

/// Plans group by group, in queue order: space left on planned instances first, then as many
/// instances of what `choose` names as the rest needs and the room allows.
pub(super) fn plan_by_group<'a>(
    need: &'a FleetNeed<'a>,
    view: &'a FleetView<'a>,
    choose: impl Fn(&Group<'a>, usize, &mut Vec<Rejected>) -> Result<Choice<'a>, Denial>,
) -> FleetPlan {
    let mut draft = Draft {
        need,
        view,
        room_vcpus: need.room_vcpus,
        planned: Vec::new(),
        zones: view.live_zones.to_vec(),
        plan: FleetPlan::default(),
    };
    for (index, demand) in need.demand.iter().enumerate() {
        let count = draft.fill_free_space(demand);
        if count == 0 {
            continue;
        }
        let group = Group::new(demand, count, need, draft.room_vcpus, view);
        match choose(&group, index, &mut draft.plan.rejected) {
            Ok(choice) => draft.launch(&group, index, &choice),
            Err(why) => draft.leave(index, count, why),
        }
    }
    draft.plan
}

impl Draft<'_> {
    /// Places jobs on planned instances, first fit; how many are left over.
    fn fill_free_space(&mut self, demand: &Demand) -> u32 {
        let mut left = demand.count;
        let mut at = 0;
        while at < self.planned.len() && left > 0 {
            let Planned { count, free } = self.planned[at];
            let each = jobs_that_fit(free, demand.requirements);
            if each == 0 {
                at += 1;
                continue;
            }
            let full = (left / each).min(count);
            let rest = if full < count { left % each } else { 0 };
            let split = [
                (full, each),
                (u32::from(rest > 0), rest),
                (count - full - u32::from(rest > 0), 0),
            ];
            let entries = split.into_iter().filter(|(count, _)| *count > 0).map(|(count, jobs)| {
                Planned { count, free: minus(free, demand.requirements, jobs) }
            });
            let entries = entries.filter(|entry| entry.free.vcpus > 0);
            let before = self.planned.len();
            self.planned.splice(at..=at, entries);
            at += self.planned.len() + 1 - before;
            left -= full * each + rest;
        }
        left
    }

    /// Launches what the group needs of the chosen type, as far as the room allows.
    fn launch(&mut self, group: &Group<'_>, demand_index: usize, choice: &Choice<'_>) {
        let empty = capacity(choice.pool);
        let each = jobs_that_fit(empty, group.requirements);
        let wanted = group.count.div_ceil(each);
        let vcpus = choice.pool.vcpus;
        let allowed = if self.need.may_overshoot {
            self.room_vcpus.div_ceil(vcpus)
        } else {
            self.room_vcpus / vcpus
        };
        let instances = wanted.min(allowed);
        let covered = group.count.min(instances.saturating_mul(each));
        self.leave(demand_index, group.count - covered, Denial::NoRoom);
        self.room_vcpus = self.room_vcpus.saturating_sub(instances.saturating_mul(vcpus));
        self.remember(Planned {
            count: covered / each,
            free: minus(empty, group.requirements, each),
        });
        let rest = covered % each;
        if rest > 0 {
            self.remember(Planned { count: 1, free: minus(empty, group.requirements, rest) });
        }
        self.spread(instances, demand_index, choice);
    }

    /// Divides a launch among zones: each instance goes where the environment has fewest.
    fn spread(&mut self, instances: u32, demand_index: usize, choice: &Choice<'_>) {
        let zones = self.zones_of(choice).into_iter();
        let mut loads: Vec<_> = zones.map(|zone| (zone, self.load_of(zone))).collect();
        // Ascending, so that of equal loads the first zone is taken whatever the offerings' order.
        loads.sort_unstable_by_key(|(zone, _)| *zone);
        for _ in 0..instances {
            if let Some((_, load)) = loads.iter_mut().min_by_key(|(_, load)| *load) {
                *load += 1;
            }
        }
        let instance_type = choice.pool.instance_type;
        for (zone, load) in loads {
            let count = load - self.load_of(zone);
            if count > 0 {
                match self.zones.binary_search_by_key(&zone, |(zone, _)| *zone) {
                    Ok(at) => self.zones[at].1 = load,
                    Err(at) => self.zones.insert(at, (zone, load)),
                }
                self.plan.launches.push(Launch { instance_type, zone, count, demand_index });
            }
        }
    }

    /// Live and planned instances in a zone.
    fn load_of(&self, zone: ZoneId) -> u32 {
        let found = self.zones.binary_search_by_key(&zone, |(zone, _)| *zone);
        found.map_or(0, |at| self.zones[at].1)
    }

    /// The zones that share a launch.
    fn zones_of(&self, choice: &Choice<'_>) -> Vec<ZoneId> {
        if choice.zones == Zones::Best {
            return vec![choice.pool.zone];
        }
        let open = || {
            let same = |o: &&Offering| o.instance_type == choice.pool.instance_type && !o.refused;
            self.view.offerings.iter().filter(same)
        };
        let cheapest = open().map(|o| o.price).min();
        let most = if self.view.balance_zones { usize::MAX } else { 1 };
        open()
            .filter(|o| choice.zones == Zones::Balanced || Some(o.price) == cheapest)
            .map(|o| o.zone)
            .take(most)
            .collect()
    }

    fn remember(&mut self, entry: Planned) {
        if entry.count > 0 && entry.free.vcpus > 0 {
            self.planned.push(entry);
        }
    }

    fn leave(&mut self, demand_index: usize, count: u32, why: Denial) {
        if count > 0 {
            self.plan.uncovered.push(Uncovered { demand_index, count, why });
        }
    }
}

/// What `jobs` jobs that fit leave of `free`.
fn minus(free: Requirements, job: Requirements, jobs: u32) -> Requirements {
    Requirements {
        vcpus: free.vcpus - job.vcpus.max(1) * jobs,
        memory_mib: free.memory_mib - job.memory_mib * jobs,
        gpus: free.gpus - job.gpus * jobs,
    }
}

#[cfg(test)]
mod tests {
    use super::super::best_fit_progressive::BEST_FIT_PROGRESSIVE;
    use super::super::scene::{Scene, launched};
    use super::*;

    #[test]
    fn later_groups_use_the_space_that_planned_instances_leave_free() {
        let scene = Scene::new().offer(0, 8, 16_000, 400).jobs(3, 4, 1_000).jobs(4, 1, 1_000);
        let plan = scene.plan(&BEST_FIT_PROGRESSIVE);
        assert_eq!(launched(&plan), 2, "the second instance holds one of 4 and four of 1");
        assert!(plan.uncovered.is_empty());
    }

    #[test]
    fn space_is_used_once_only() {
        let scene = Scene::new().offer(0, 8, 16_000, 400).jobs(2, 5, 1_000);
        let plan = scene.jobs(4, 3, 1_000).plan(&BEST_FIT_PROGRESSIVE);
        assert_eq!(launched(&plan), 3, "two of 3 fit beside the two of 5, two need a third");
    }

    #[test]
    fn on_demand_instances_go_where_the_environment_has_fewest() {
        let scene = Scene::new().offer(0, 4, 8_000, 200).live_in_zone(0, 3).jobs(5, 4, 1_000);
        let counts: Vec<_> =
            scene.plan(&BEST_FIT_PROGRESSIVE).launches.iter().map(|l| l.count).collect();
        assert_eq!(counts, [1, 4], "3 + 1 in the first zone, 4 in the second");
    }

    #[test]
    fn max_vcpus_is_exceeded_by_at_most_one_instance() {
        let scene = Scene::new().offer(0, 8, 16_000, 400).jobs(3, 8, 1_000).room(10);
        let plan = scene.overshoot().plan(&BEST_FIT_PROGRESSIVE);
        assert_eq!(launched(&plan), 2);
        assert_eq!(plan.uncovered, [Uncovered { demand_index: 0, count: 1, why: Denial::NoRoom }]);
    }

    #[test]
    fn without_overshoot_the_room_is_never_exceeded() {
        let scene = Scene::new().offer(0, 8, 16_000, 400).jobs(3, 8, 1_000).room(15);
        assert_eq!(launched(&scene.plan(&BEST_FIT_PROGRESSIVE)), 1);
    }
}
