//! Scaling: what is promised and not on its way is turned into fleet requests (behaviour 5.4, 6.2).

use crate::batch::allocation::{
    Demand, Denial, FleetNeed, FleetPlan, FleetView, Launch, Offering, Uncovered,
};
use crate::batch::compute_environment::{ComputeEnvironmentId, Supplier};
use crate::batch::demand::{Bins, DemandGroup};
use crate::batch::job_definition::Requirements;
use crate::batch::job_queue::JobQueueId;
use crate::batch::policy::InstanceSizing;
use crate::batch::refusals::Standing;
use crate::batch::shape::ShapeId;
use crate::batch::wait_cause::WaitCause;
use crate::ec2::fleet::PurchaseOption;
use crate::sim::SimTime;
use crate::world::World;
use crate::world::event::{Queue, WorldEvent};
use crate::world::state::environments::{Environment, Outlook};
use crate::world::state::jobs::NONE;

/// What minvCpus are launched for: any instance will do.
const ANYTHING: Requirements = Requirements { vcpus: 1, memory_mib: 0, gpus: 0 };

/// Where an environment stands that may be asked for capacity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::world) enum Resort {
    /// It has pools that count as available.
    First,
    /// All pools have refused lately: it is asked again where no other environment can be.
    Last,
}

impl World {
    /// Whether an environment can be asked for capacity for one more job of `shape`, and whether
    /// that is a last resort; if not, why.
    pub(in crate::world) fn may_request(
        &mut self,
        environment: ComputeEnvironmentId,
        shape: ShapeId,
    ) -> Result<Resort, WaitCause> {
        let need = self.shapes.get(shape);
        let row = &mut self.environments[environment.index()];
        if row.tasks.is_some() {
            return self.may_launch_task(environment, shape).map(|()| Resort::First);
        }
        let worth = row.worth(shape, need);
        if worth == 0 {
            return Err(WaitCause::Infeasible);
        }
        // Batch adds nothing to an UNMANAGED environment: its instances are all there is.
        if row.has_no_room(shape) || !row.managed {
            return Err(WaitCause::MaxVcpus);
        }
        let outlook = match row.outlook(shape) {
            Some(known) => known,
            None => self.ask_strategy(environment, shape),
        };
        let resort = match outlook {
            Outlook::Open => Resort::First,
            Outlook::LastResort => Resort::Last,
            Outlook::Denied(cause) => return Err(cause),
        };
        let row = &self.environments[environment.index()];
        let incoming = row.incoming_vcpus - row.gang_incoming_vcpus;
        let supply = u64::from(incoming) + u64::from(row.room());
        let fits = if row.may_overshoot {
            row.demand.vcpus() < supply
        } else {
            row.demand.vcpus() + u64::from(worth) <= supply
        };
        if fits { Ok(resort) } else { Err(WaitCause::MaxVcpus) }
    }

    /// Asks whether capacity for one job of `shape` is to be had, and remembers it.
    fn ask_strategy(&mut self, environment: ComputeEnvironmentId, shape: ShapeId) -> Outlook {
        let outlook = self.look_ahead(environment, shape);
        self.environments[environment.index()].set_outlook(shape, outlook);
        outlook
    }

    /// Whether what the strategy would take for `shape` is refused at present.
    fn look_ahead(&mut self, environment: ComputeEnvironmentId, shape: ShapeId) -> Outlook {
        let (index, now) = (environment.index(), self.now);
        let refusals = &self.environments[index].refusals;
        let [waits, last] =
            [Standing::BackingOff, Standing::Unavailable].map(|s| refusals.any(s, now));
        if !waits && !last {
            return Outlook::Open;
        }
        let demand = [Demand { requirements: self.shapes.get(shape), count: 1 }];
        let room_vcpus = self.environments[index].max_vcpus;
        let need = FleetNeed { demand: &demand, room_vcpus, may_overshoot: true };
        self.refresh_offerings(environment);
        let mut plan = self.ask_available(environment, &need);
        if !plan.is_refused() {
            return Outlook::Open;
        }
        self.ask_again(environment, &need, &mut plan, |_| true);
        match plan.is_refused() {
            true => Outlook::Denied(self.environments[index].refusals.cause(now)),
            false => Outlook::LastResort,
        }
    }

    /// The environment's next scaling evaluation is to take place.
    pub(in crate::world) fn ensure_scaling(
        &mut self,
        environment: ComputeEnvironmentId,
        queue: &mut Queue,
    ) {
        let row = &mut self.environments[environment.index()];
        if row.scaling_due {
            return;
        }
        row.scaling_due = true;
        let at = self.now.ceil_to(self.config.profile.scale_eval_period, row.scale_phase);
        queue.push(at, WorldEvent::ScalingDue(environment));
    }

    /// Room has been taken that may have been promised to others: whether they need an instance
    /// more is found out at the next evaluation.
    #[inline]
    pub(in crate::world) fn note_room_taken(
        &mut self,
        environment: ComputeEnvironmentId,
        queue: &mut Queue,
    ) {
        if self.environments[environment.index()].demand.vcpus() > 0 {
            self.ensure_scaling(environment, queue);
        }
    }

    /// Instances are lost to those who were promised their room.
    pub(in crate::world) fn note_instances_lost(
        &mut self,
        environment: ComputeEnvironmentId,
        queue: &mut Queue,
    ) {
        let row = &self.environments[environment.index()];
        if row.demand.vcpus() > 0 || row.gang.is_some() {
            self.ensure_scaling(environment, queue);
        }
    }

    /// The environment is evaluated in this instant: its last request was refused.
    pub(in crate::world) fn ensure_scaling_now(
        &mut self,
        environment: ComputeEnvironmentId,
        queue: &mut Queue,
    ) {
        self.environment(environment).scaling_due = true;
        queue.push(self.now, WorldEvent::ScalingDue(environment));
    }

    /// Until when an environment that has been scaled in lately launches nothing (behaviour 6.6).
    fn pauses_until(&self, environment: ComputeEnvironmentId) -> Option<SimTime> {
        let last = self.environments[environment.index()].scaled_in?;
        let until = last + self.config.profile.asg_cooldown;
        (self.now < until).then_some(until)
    }

    /// Requests what minvCpus demand, before anything else happens.
    pub(in crate::world) fn keep_minimum_capacity(&mut self, queue: &mut Queue) {
        for index in 0..self.environments.len() {
            if self.environments[index].min_vcpus > 0 {
                self.on_scaling_due(ComputeEnvironmentId::from_index(index), queue);
            }
        }
    }

    /// One scaling evaluation: demand less what is on its way, planned by the strategy.
    pub(in crate::world) fn on_scaling_due(
        &mut self,
        environment: ComputeEnvironmentId,
        queue: &mut Queue,
    ) {
        let index = environment.index();
        self.environments[index].scaling_due = false;
        if let Some(until) = self.pauses_until(environment) {
            self.environments[index].scaling_due = true;
            queue.push(until, WorldEvent::ScalingDue(environment));
            return;
        }
        let now = self.now;
        self.environments[index].refusals.expire(now);
        self.request_minimum(environment, queue);
        self.let_others_go_first(environment, queue);
        self.gather_for_gang(environment, queue);
        let groups = self.unmet_demand(environment);
        self.request_for(environment, &groups, queue);
    }

    /// Requests capacity for promised jobs; who gets none is looked at by the next cycle. Whether
    /// all get theirs.
    pub(in crate::world) fn request_for(
        &mut self,
        environment: ComputeEnvironmentId,
        groups: &[DemandGroup],
        queue: &mut Queue,
    ) -> bool {
        let index = environment.index();
        if groups.is_empty() || !self.environments[index].enabled {
            return true;
        }
        let demand = self.demand_of(groups);
        let (room, overshoot) =
            (self.environments[index].room(), self.environments[index].may_overshoot);
        let need = FleetNeed { demand: &demand, room_vcpus: room, may_overshoot: overshoot };
        self.refresh_offerings(environment);
        let mut plan = self.ask_available(environment, &need);
        if plan.is_refused() {
            // Who could go to another environment is not kept here for a pool that has refused.
            let row = &mut self.environments[index];
            let last: Vec<bool> = groups.iter().map(|g| row.is_last_resort(g.shape)).collect();
            self.ask_again(environment, &need, &mut plan, |demand| last[demand]);
        }
        for uncovered in &plan.uncovered {
            let group = groups[uncovered.demand_index];
            self.unassign(environment, group, uncovered.count, queue);
            match uncovered.why {
                Denial::Refused => self.note_denied(environment, group.shape),
                Denial::NoRoom | Denial::NoTypeFits => {
                    self.environments[index].set_no_room(group.shape);
                }
            }
        }
        let is_covered = plan.uncovered.is_empty();
        if !is_covered {
            self.ensure_cycle(queue);
        }
        self.order_within_limit(environment, plan.launches, queue) && is_covered
    }

    /// Sends the launches of a plan, as many instances as the environment may still have. What is
    /// left out finds no room at the evaluation that follows. Whether all of them were sent.
    fn order_within_limit(
        &mut self,
        environment: ComputeEnvironmentId,
        mut launches: Vec<Launch>,
        queue: &mut Queue,
    ) -> bool {
        let row = &self.environments[environment.index()];
        let mut left = row.max_instances.saturating_sub(row.instances);
        let wanted: u32 = launches.iter().map(|launch| launch.count).sum();
        for launch in &mut launches {
            launch.count = launch.count.min(left);
            left -= launch.count;
        }
        launches.retain(|launch| launch.count > 0);
        let sent: u32 = launches.iter().map(|launch| launch.count).sum();
        if sent > 0 {
            self.order(environment, launches, queue);
            if sent < wanted {
                self.ensure_scaling(environment, queue);
            }
        }
        sent == wanted
    }

    /// minvCpus are kept even when idle, and even when the environment is DISABLED.
    fn request_minimum(&mut self, environment: ComputeEnvironmentId, queue: &mut Queue) {
        let min_vcpus = self.environments[environment.index()].min_vcpus;
        self.request_anything(environment, min_vcpus, queue);
    }

    /// Requests instances of any kind until the environment has `vcpus`.
    pub(in crate::world) fn request_anything(
        &mut self,
        environment: ComputeEnvironmentId,
        vcpus: u32,
        queue: &mut Queue,
    ) {
        let row = &self.environments[environment.index()];
        let missing = vcpus.saturating_sub(row.provisioned_vcpus);
        if missing == 0 || !row.managed || row.invalid || row.tasks.is_some() {
            return;
        }
        let room = row.max_vcpus.saturating_sub(row.provisioned_vcpus);
        let demand = [Demand { requirements: ANYTHING, count: missing }];
        let overshoot = row.may_overshoot;
        let plan = self.plan(environment, &demand, room, overshoot);
        self.order_within_limit(environment, plan.launches, queue);
    }

    /// Promised jobs that nothing registered or on its way will hold, by group.
    pub(in crate::world) fn unmet_demand(
        &mut self,
        environment: ComputeEnvironmentId,
    ) -> Vec<DemandGroup> {
        let mut bins = self.capacity_to_come(environment);
        let Self { environments, queues, shapes, .. } = self;
        let rank = |id: JobQueueId| queues[id.index()].rank;
        let groups = environments[environment.index()].demand.groups(rank);
        let unmet = |group: &DemandGroup| {
            let count = bins.take(shapes.get(group.shape), group.count);
            DemandGroup { count, ..*group }
        };
        let mut unmet: Vec<DemandGroup> = groups.iter().map(unmet).collect();
        unmet.retain(|group| group.count > 0);
        unmet
    }

    /// Room that waits for the next cycle or a dispatch, and instances on their way.
    fn capacity_to_come(&mut self, environment: ComputeEnvironmentId) -> Bins {
        let mut bins = Bins::default();
        for (room, count) in self.environments[environment.index()].free.count_rooms() {
            bins.add(room, count);
        }
        let row = &self.environments[environment.index()];
        for slot in &row.booting {
            let instance = self.instances.get(*slot);
            if instance.reserved_for == NONE {
                bins.add(instance.capacity, 1);
            }
        }
        for (instance_type, count) in &row.unanswered {
            let count = count - self.asked_for_gang(environment, *instance_type);
            if let Some(offering) =
                row.offerings.iter().find(|offering| offering.instance_type == *instance_type)
            {
                bins.add(offering.capacity(), count);
            }
        }
        bins
    }

    /// One entry per shape, in the order of the groups' queues.
    fn demand_of(&self, groups: &[DemandGroup]) -> Vec<Demand> {
        groups
            .iter()
            .map(|group| Demand { requirements: self.shapes.get(group.shape), count: group.count })
            .collect()
    }

    /// Asks the strategy.
    fn plan(
        &mut self,
        environment: ComputeEnvironmentId,
        demand: &[Demand],
        room_vcpus: u32,
        may_overshoot: bool,
    ) -> FleetPlan {
        self.refresh_offerings(environment);
        let need = FleetNeed { demand, room_vcpus, may_overshoot };
        let mut plan = self.ask_available(environment, &need);
        if plan.is_refused() {
            self.ask_again(environment, &need, &mut plan, |_| true);
        }
        plan
    }

    /// What was promised for `shape` is refused, so that it is looked for elsewhere first.
    fn note_denied(&mut self, environment: ComputeEnvironmentId, shape: ShapeId) {
        let (index, now) = (environment.index(), self.now);
        let outlook = match self.environments[index].is_last_resort(shape) {
            false => self.look_ahead(environment, shape),
            true => Outlook::Open,
        };
        let row = &mut self.environments[index];
        // What the strategy would take for a single job it does not take for all of them.
        let outlook = match outlook {
            Outlook::Open => Outlook::Denied(row.refusals.cause(now)),
            other => other,
        };
        row.set_outlook(shape, outlook);
    }

    /// Asks the strategy about the pools that count as available.
    fn ask_available(&self, environment: ComputeEnvironmentId, need: &FleetNeed<'_>) -> FleetPlan {
        let offerings = &self.environments[environment.index()].offerings;
        self.ask(environment, offerings, self.config.profile.instance_sizing, need)
    }

    /// What is refused of a plan, of the demand that is meant, is asked of the pools whose back-off
    /// is over (behaviour 9.3).
    fn ask_again(
        &self,
        environment: ComputeEnvironmentId,
        need: &FleetNeed<'_>,
        plan: &mut FleetPlan,
        is_meant: impl Fn(usize) -> bool,
    ) {
        let row = &self.environments[environment.index()];
        if !row.refusals.any(Standing::Unavailable, self.now) {
            return;
        }
        let offerings: Vec<Offering> = row.offerings.iter().map(|o| self.retried(row, o)).collect();
        let launched: u32 = plan.launches.iter().map(|l| l.count * self.vcpus_of(l)).sum();
        let refused = plan.take_refused(is_meant);
        if refused.is_empty() {
            return;
        }
        let again = |u: &Uncovered| Demand { count: u.count, ..need.demand[u.demand_index] };
        let demand: Vec<Demand> = refused.iter().map(again).collect();
        let room_vcpus = need.room_vcpus.saturating_sub(launched);
        let rest = FleetNeed { demand: &demand, room_vcpus, may_overshoot: need.may_overshoot };
        let answer = self.ask(environment, &offerings, self.config.profile.instance_sizing, &rest);
        plan.append(answer, |index| refused[index].demand_index);
    }

    /// A pool of an environment, refused only while its back-off lasts.
    pub(in crate::world) fn retried(&self, row: &Environment, offering: &Offering) -> Offering {
        let standing = row.refusals.standing((offering.instance_type, offering.zone), self.now);
        Offering { refused: standing == Standing::BackingOff, ..*offering }
    }

    fn vcpus_of(&self, launch: &Launch) -> u32 {
        self.config.catalog.get(launch.instance_type).vcpus
    }

    /// Asks the strategy of an environment about some of its pools.
    pub(in crate::world) fn ask(
        &self,
        environment: ComputeEnvironmentId,
        offerings: &[Offering],
        sizing: InstanceSizing,
        need: &FleetNeed<'_>,
    ) -> FleetPlan {
        let row = &self.environments[environment.index()];
        let live_types: Vec<_> = row.live_types.iter().map(|(t, n)| (*t, *n)).collect();
        let live_zones: Vec<_> = row.live_zones.iter().map(|(z, n)| (*z, *n)).collect();
        let view = FleetView {
            offerings,
            live_types: &live_types,
            live_zones: &live_zones,
            sizing,
            sticky_type: self.config.profile.sticky_type,
            score_quantile: self.config.profile.score_quantile,
            similar_scores: self.config.profile.similar_scores,
            balance_zones: self.config.profile.az_balance,
            max_vcpus: row.max_vcpus,
        };
        match row.supplier {
            Supplier::Ec2(strategy) => strategy.plan(need, &view),
            Supplier::Fargate => unreachable!("nothing is planned on Fargate: {environment}"),
        }
    }

    /// Brings scores and refusals of an environment's pools up to now.
    pub(in crate::world) fn refresh_offerings(&mut self, environment: ComputeEnvironmentId) {
        let Self { environments, fleet, config, now, .. } = self;
        let row = &mut environments[environment.index()];
        let spot = row.purchase == PurchaseOption::Spot;
        for offering in &mut row.offerings {
            let Offering { instance_type, zone, .. } = *offering;
            let standing = row.refusals.standing((instance_type, zone), *now);
            offering.refused = standing != Standing::Available;
            if spot {
                let facts = config.catalog.get(instance_type);
                let (score, price) = fleet.look(instance_type, facts, zone, *now);
                offering.placement_score = score;
                offering.price = price.unwrap_or(offering.price);
            }
        }
    }

    /// A pool may be asked again, or counts as available again.
    pub(in crate::world) fn on_cool_down_ended(
        &mut self,
        environment: ComputeEnvironmentId,
        queue: &mut Queue,
    ) {
        // An evaluation in the same instant may have forgotten the refusal already: what is blocked
        // has to be looked at all the same.
        let now = self.now;
        self.environment(environment).refusals.expire(now);
        self.supply_changed(environment, queue);
    }

    /// Capacity may be had that could not be had before: who is blocked is looked at again.
    pub(in crate::world) fn supply_changed(
        &mut self,
        environment: ComputeEnvironmentId,
        queue: &mut Queue,
    ) {
        let row = &self.environments[environment.index()];
        if row.provisioned_vcpus < row.min_vcpus {
            self.ensure_scaling(environment, queue);
        }
        self.note_instances_lost(environment, queue);
        let waits = |id: &JobQueueId| self.has_waiting(*id);
        if self.environments[environment.index()].queues.iter().any(waits) {
            self.ensure_cycle(queue);
        }
    }
}
