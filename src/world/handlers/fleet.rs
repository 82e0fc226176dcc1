//! Fleet requests: sent by a plan, answered by EC2 after the API's latency, booted or refused.

use crate::batch::allocation::Launch;
use crate::batch::compute_environment::ComputeEnvironmentId;
use crate::batch::job_definition::Requirements;
use crate::ec2::billing::Account;
use crate::ec2::catalog::{TypeId, ZoneId};
use crate::ec2::fleet::{FleetRequest, Prospect, PurchaseOption, Refusal};
use crate::ec2::market::PoolId;
use crate::ec2::money::Price;
use crate::sim::random::RandomKey;
use crate::sim::sampler::LatencyModel;
use crate::sim::{SimDuration, SimTime, Slots};
use crate::world::World;
use crate::world::event::{Queue, Stamped, WorldEvent};
use crate::world::state::instances::{Fate, Instance, Stage, Warning};
use crate::world::state::jobs::NONE;
use crate::world::streams;

/// How long before its notice an instance is not thought of.
const LOOK_AHEAD: SimDuration = SimDuration::from_secs(86_400);

/// Requests that EC2 has not answered.
#[derive(Clone, Debug, Default)]
pub(in crate::world) struct FleetOrders {
    slots: Slots,
    rows: Vec<FleetOrder>,
    sent: u64,
}

/// One request on its way.
#[derive(Clone, Debug)]
struct FleetOrder {
    environment: ComputeEnvironmentId,
    launches: Vec<Launch>,
    number: u64,
    requested: SimTime,
}

/// What the instances of one request have in common.
struct Wave {
    environment: ComputeEnvironmentId,
    requested: SimTime,
    /// One factor on pending, boot and user data.
    factor: f64,
    /// The job of several nodes that they are for.
    gang: Option<u32>,
}

/// An instance that comes, and when.
#[derive(Clone, Copy, Debug)]
pub(in crate::world) struct Entry {
    pub(in crate::world) environment: ComputeEnvironmentId,
    pub(in crate::world) instance_type: TypeId,
    pub(in crate::world) zone: ZoneId,
    pub(in crate::world) requested: SimTime,
    pub(in crate::world) running: SimTime,
    pub(in crate::world) registered: SimTime,
    /// The pool whose reclaims concern it.
    pub(in crate::world) pool: Option<PoolId>,
    /// The job of several nodes that it is kept for.
    pub(in crate::world) gang: Option<u32>,
}

impl World {
    /// Sends the launches of one plan as one request, and says which.
    pub(in crate::world) fn order(
        &mut self,
        environment: ComputeEnvironmentId,
        launches: Vec<Launch>,
        queue: &mut Queue,
    ) -> Stamped {
        for launch in &launches {
            let vcpus = self.config.catalog.get(launch.instance_type).vcpus * launch.count;
            let row = &mut self.environments[environment.index()];
            row.provisioned_vcpus += vcpus;
            row.incoming_vcpus += vcpus;
            row.remember_live(launch.instance_type, launch.zone, launch.count);
            *row.unanswered.entry(launch.instance_type).or_insert(0) += launch.count;
        }
        let number = self.orders.sent;
        self.orders.sent += 1;
        let (slot, stamp) = self.orders.slots.allocate();
        let row = FleetOrder { environment, launches, number, requested: self.now };
        if slot as usize == self.orders.rows.len() {
            self.orders.rows.push(row);
        } else {
            self.orders.rows[slot as usize] = row;
        }
        let key = self.key.stream(streams::LAUNCH).entity(number);
        let latency = draw(self.config.profile.launch, key, 0);
        let order = Stamped { slot, stamp };
        queue.push(self.now + latency, WorldEvent::FleetAnswered(order));
        order
    }

    /// EC2 answers: granted instances boot, refused pools are remembered.
    pub(in crate::world) fn on_fleet_answered(&mut self, order: Stamped, queue: &mut Queue) {
        if !self.orders.slots.is_current(order.slot, order.stamp) {
            return;
        }
        let row = &mut self.orders.rows[order.slot as usize];
        let FleetOrder { environment, number, requested, .. } = *row;
        let launches = std::mem::take(&mut row.launches);
        self.orders.slots.release(order.slot);
        let sigma = self.config.profile.launch_wave_sigma;
        let key = self.key.stream(streams::LAUNCH).entity(number);
        let unit = LatencyModel { median: SimDuration::from_secs(1_000), sigma };
        let factor = draw(unit, key, 1).as_secs_f64() / 1_000.0;
        let gang = self.gang_of_order(environment, order);
        let wave = Wave { environment, requested, factor, gang };
        let purchase = self.environments[environment.index()].purchase;
        let mut refused = false;
        let mut refused_vcpus = 0;
        for launch in launches {
            let row = &mut self.environments[environment.index()];
            row.answered(launch.instance_type, launch.count);
            let request = FleetRequest {
                instance_type: launch.instance_type,
                zone: launch.zone,
                purchase,
                count: launch.count,
                max_price: self.max_price(environment, launch),
            };
            let outcome = self.fleet.launch(request, &self.config.catalog, self.now);
            if outcome.granted > 0 {
                let row = &mut self.environments[environment.index()];
                row.refusals.forget((launch.instance_type, launch.zone));
            }
            for _ in 0..outcome.granted {
                self.boot(&wave, launch, request.max_price, queue);
            }
            if let Some(why) = outcome.refusal {
                refused = true;
                let count = launch.count - outcome.granted;
                refused_vcpus += count * self.config.catalog.get(launch.instance_type).vcpus;
                self.note_refusal(environment, launch, count, why, queue);
            }
        }
        if let Some(job) = gang {
            self.note_gang_answered(job, refused_vcpus, queue);
        }
        self.note_peaks();
        if refused {
            self.ensure_scaling_now(environment, queue);
            self.supply_changed(environment, queue);
        }
    }

    /// Instances that will not come: their promise is taken back, their pool not asked for a while.
    fn note_refusal(
        &mut self,
        environment: ComputeEnvironmentId,
        launch: Launch,
        count: u32,
        why: Refusal,
        queue: &mut Queue,
    ) {
        let vcpus = self.config.catalog.get(launch.instance_type).vcpus * count;
        let (now, rules) = (self.now, self.config.profile.back_off());
        let row = &mut self.environments[environment.index()];
        row.provisioned_vcpus -= vcpus;
        row.incoming_vcpus -= vcpus;
        row.room_may_have_grown();
        row.forget_live(launch.instance_type, launch.zone, count);
        let pool = (launch.instance_type, launch.zone);
        let (not_before, unavailable_until) = row.refusals.add(pool, why, now, rules);
        self.tally.refusals[why as usize] += u64::from(count);
        queue.push(not_before, WorldEvent::CoolDownEnded(environment));
        if unavailable_until > not_before {
            queue.push(unavailable_until, WorldEvent::CoolDownEnded(environment));
        }
    }

    /// A granted instance: pending, running, booting, registered.
    fn boot(&mut self, wave: &Wave, launch: Launch, max_price: Option<Price>, queue: &mut Queue) {
        let id = self.instances.coming_id();
        let key = self.key.stream(streams::BOOT).entity(u64::from(id.raw()));
        let environment = wave.environment;
        let spec = &self.config.compute_environments[environment.index()];
        let facts = self.config.catalog.get(launch.instance_type);
        let profile = &self.config.profile;
        let boot = if facts.gpus > 0 {
            spec.model.boot_gpu.unwrap_or(profile.boot_gpu)
        } else {
            spec.model.boot_cpu.unwrap_or(profile.boot_cpu)
        };
        let user_data = spec.model.user_data.unwrap_or(profile.user_data);
        let pending = if facts.bare_metal { profile.pending_metal } else { profile.pending };
        let running = self.now + times(draw(pending, key, 0), wave.factor);
        let registered = running + times(draw(boot, key, 1) + user_data, wave.factor);
        let purchase = self.environments[environment.index()].purchase;
        let (now, Launch { instance_type, zone, .. }) = (self.now, launch);
        let prospect = (purchase == PurchaseOption::Spot)
            .then(|| self.fleet.prospect(id, instance_type, facts, zone, now))
            .flatten();
        let entry = Entry {
            environment,
            instance_type: launch.instance_type,
            zone: launch.zone,
            requested: wave.requested,
            running,
            registered,
            pool: prospect.map(|prospect| prospect.pool),
            gang: wave.gang,
        };
        let stamped = self.enter(entry);
        if let Some(job) = wave.gang {
            self.jobs.gang_mut(job).held.push(stamped.slot);
        }
        queue.push(registered, WorldEvent::InstanceRegistered(stamped));
        if let Some(prospect) = prospect {
            self.watch_pool(prospect.pool, prospect.next_reclaim, queue);
            self.foresee(stamped, prospect, max_price, queue);
        }
    }

    /// Notes what is in store for an instance that was granted.
    fn foresee(
        &mut self,
        stamped: Stamped,
        prospect: Prospect,
        max_price: Option<Price>,
        queue: &mut Queue,
    ) {
        let running = self.instances.get(stamped.slot).running;
        let at = prospect.life.map_or(SimTime::MAX, |life| running + life);
        let by_life = Fate { at, by_price: false };
        let priced_out = max_price
            .map_or(SimTime::MAX, |most| self.fleet.priced_out_at(prospect.pool, most, self.now));
        let fate = by_life.or(Fate { at: priced_out, by_price: true });
        self.instances.get_mut(stamped.slot).fate = fate;
        self.await_fate(stamped, fate, queue);
    }

    /// Schedules the notice that an instance is known to get, or a look ahead before: few instances
    /// live as long as they might, and an event must not outlive its instance for long.
    pub(in crate::world) fn await_fate(&self, stamped: Stamped, fate: Fate, queue: &mut Queue) {
        if fate.at < SimTime::MAX {
            let at = fate.at.min(self.now + LOOK_AHEAD);
            queue.push(at, WorldEvent::InstanceWarned(stamped));
        }
    }
}

impl World {
    /// The most that an hour of what is launched may cost (behaviour 6.4). At 100 per cent the
    /// limit is the one that EC2 has anyway.
    fn max_price(&self, environment: ComputeEnvironmentId, launch: Launch) -> Option<Price> {
        let row = &self.environments[environment.index()];
        let percentage = row.bid_percentage.filter(|percentage| *percentage < 100)?;
        let facts = self.config.catalog.get(launch.instance_type);
        let on_demand = facts.on_demand.unwrap_or_default();
        (row.purchase == PurchaseOption::Spot).then(|| on_demand.scaled_ppm(percentage * 10_000))
    }

    /// Takes back what an environment has requested and EC2 has not answered.
    pub(in crate::world) fn cancel_orders(&mut self, environment: ComputeEnvironmentId) {
        let mut launches = Vec::new();
        for order in &mut self.orders.rows {
            if order.environment == environment {
                launches.append(&mut order.launches);
            }
        }
        let row = &mut self.environments[environment.index()];
        for launch in launches {
            let vcpus = self.config.catalog.get(launch.instance_type).vcpus * launch.count;
            row.answered(launch.instance_type, launch.count);
            row.provisioned_vcpus -= vcpus;
            row.incoming_vcpus -= vcpus;
            row.forget_live(launch.instance_type, launch.zone, launch.count);
        }
    }

    /// Adds an instance to the tables as one that boots; its vCPUs are counted as incoming.
    pub(in crate::world) fn enter(&mut self, entry: Entry) -> Stamped {
        let Entry { environment, instance_type, registered, running, .. } = entry;
        let spec = &self.config.compute_environments[environment.index()];
        let facts = self.config.catalog.get(instance_type);
        let memory_mib = self.config.registered_memory_mib(spec, instance_type);
        let capacity = Requirements { vcpus: facts.vcpus, memory_mib, gpus: facts.gpus };
        let row = &mut self.environments[environment.index()];
        let rate = self.fleet.rate(instance_type, facts, entry.zone, row.purchase);
        let by_gpu = facts.gpus > 0;
        let units = if by_gpu { facts.gpus } else { facts.vcpus };
        let id = self.instances.next_id();
        let stamped = self.instances.insert(Instance {
            id,
            environment,
            instance_type,
            zone: entry.zone,
            purchase: row.purchase,
            stage: Stage::Booting,
            requested: entry.requested,
            running,
            registered: None,
            capacity,
            free: capacity,
            tenants: 0,
            attempts: Instance::NO_ATTEMPT,
            room_since: registered,
            images: Vec::new(),
            public_ipv4: self.config.public_ipv4,
            billed_by_gpu: by_gpu,
            account: Account::open(rate, units, running),
            allocated_vcpu_ms: 0,
            allocated_mib_ms: 0,
            attempts_ended: 0,
            attempts_lost: 0,
            reserved_for: entry.gang.unwrap_or(NONE),
            listed_at: row.booting.len() as u32,
            pool: entry.pool.map(|pool| (pool, 0)),
            fate: Fate::NONE,
            warning: Warning::None,
            open_bill: NONE,
        });
        row.booting.push(stamped.slot);
        self.tally.alive_vcpus += u64::from(capacity.vcpus);
        stamped
    }

    /// What is alive may be more than ever before. What is merely requested may be refused.
    pub(in crate::world) fn note_peaks(&mut self) {
        let alive = u64::from(self.instances.alive());
        self.tally.peak_instances = self.tally.peak_instances.max(alive);
        self.tally.peak_vcpus = self.tally.peak_vcpus.max(self.tally.alive_vcpus);
    }
}

pub(super) fn draw(latency: LatencyModel, key: RandomKey, ordinal: u64) -> SimDuration {
    if latency.median == SimDuration::ZERO {
        return SimDuration::ZERO;
    }
    latency.sample(&mut key.draw(ordinal))
}

fn times(time: SimDuration, factor: f64) -> SimDuration {
    SimDuration::from_secs_f64(time.as_secs_f64() * factor)
}
