//! The model: owns all mutable state and moves it from event to event.
//!
//! One enum of events, one exhaustive match, one function per event. Policies are asked with views
//! and answer with plans; only the world carries them out. Everything is owned by value, cross
//! references are slots, so a world can be cloned and sent.

mod changes;
pub mod config;
pub mod event;
mod handlers;
mod invariants;
mod ledger;
pub mod observer;
pub mod profile;
pub mod record;
mod sampling;
mod settlement;
mod state;
mod streams;
mod tally;

use crate::batch::allocation::Offering;
use crate::batch::compute_environment::{ComputeEnvironment, ComputeEnvironmentId};
use crate::batch::consumable::Consumables;
use crate::batch::dependency::DependencyBook;
use crate::batch::job_definition::JobDefinitionId;
use crate::batch::job_queue::JobQueueId;
use crate::batch::shape::Shapes;
use crate::ec2::fargate::{Fargate, LaunchRate};
use crate::ec2::fleet::Fleet;
use crate::sim::random::{RandomKey, open01};
use crate::sim::sampler::SamplerError;
use crate::sim::{ArrivalSource, Halt, Limits, Model, Notice, SimDuration, SimTime};
use crate::workload::submission::JobSubmission;
use changes::Changes;
use config::{TaskOffer, WorldConfig};
use event::{Queue, Stamped, WorldEvent};
use handlers::dependency::End;
use handlers::fleet::FleetOrders;
use handlers::registration::Registration;
use ledger::Ledger;
use observer::Observer;
use profile::Profile;
use record::{RunEnd, StopReason};
use sampling::Sampling;
use settlement::Settlement;
use state::attempts::AttemptTable;
use state::environments::Environment;
use state::instances::InstanceTable;
use state::jobs::JobTable;
use state::lanes::LaneState;
use state::queues::QueueState;
use state::steps::StepTable;
use state::transfers::Transfers;
use std::collections::VecDeque;
use std::sync::Arc;
use tally::Tally;

/// How long after the last arrival a run that makes no end is stopped.
const PATIENCE: SimDuration = SimDuration::from_secs(366 * 86_400);

/// Which run of a scenario: everything random is a function of this.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunKey {
    /// The scenario's seed.
    pub seed: u64,
    /// From 0.
    pub replication: u32,
}

impl RunKey {
    /// What the workload of this run draws from.
    #[must_use]
    pub const fn workload(self) -> RandomKey {
        RandomKey::new(self.seed, self.replication).stream(streams::WORKLOAD)
    }

    /// What the Spot market of this run draws from.
    #[must_use]
    pub const fn market(self) -> RandomKey {
        RandomKey::new(self.seed, self.replication).stream(streams::MARKET)
    }
}

/// How closely a run is watched; no choice changes what happens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Watch {
    /// The period of state samples; `None` takes none.
    pub samples: Option<SimDuration>,
    /// Whether every invariant is checked after every event: slow, for tests.
    pub check_invariants: bool,
}

/// One account in virtual time.
#[derive(Clone, Debug)]
pub struct World {
    config: Arc<WorldConfig>,
    key: RandomKey,
    watch: Watch,
    now: SimTime,
    shapes: Shapes,
    jobs: JobTable,
    dependencies: DependencyBook<Stamped>,
    /// Ends of jobs that others wait for, still to be carried out.
    ends: VecDeque<End>,
    consumables: Consumables,
    attempts: AttemptTable,
    /// Of attempts that do more than work.
    steps: StepTable,
    transfers: Transfers,
    instances: InstanceTable,
    queues: Vec<QueueState>,
    /// Whether any of them has a policy: others pay this branch.
    has_policies: bool,
    /// Those of queues without a policy first, by queue.
    lanes: Vec<LaneState>,
    /// By descending priority, then name.
    queue_order: Vec<JobQueueId>,
    environments: Vec<Environment>,
    /// By definition: its image, shared by definitions that name the same one.
    images: Vec<u32>,
    fleet: Fleet,
    fargate: Fargate,
    /// By definition: what Fargate sells to its jobs.
    offers: Vec<Option<TaskOffer>>,
    orders: FleetOrders,
    /// The instances that users register themselves, in order of environment and scenario.
    registrations: Vec<Registration>,
    /// By pool: whether its next reclaim is scheduled.
    watched_pools: Vec<bool>,
    cycle_due: bool,
    last_cycle: Option<SimTime>,
    previous_cycle: Option<SimTime>,
    /// Without a lattice of cycles: a cycle that is due later than now.
    wake_up: Option<SimTime>,
    /// When the rate that stopped a walk allows the next dispatch.
    dispatch_again: SimTime,
    /// When the next dispatch would be due at the full rate, microseconds.
    dispatch_clock_us: u64,
    /// When the API accepts the next throttled call, microseconds.
    submit_clock_us: u64,
    /// When the next timeout can be carried out, microseconds.
    timeout_clock_us: u64,
    next_job: u32,
    /// What is still to be told of what an event has changed.
    changes: Changes,
    /// Ends that sources wait for and have not been told.
    notices: VecDeque<Notice>,
    settlement: Settlement,
    ledger: Ledger,
    tally: Tally,
    sampling: Sampling,
}

/// Runs one replication to its end and hands every record to `observer`.
///
/// # Errors
/// The first error of a source, or [`RunError::Money`]; what was observed before stays observed.
///
/// # Panics
/// When an identity of the model breaks: a defect of the model, never of the input.
pub fn run<O: Observer, S: ArrivalSource<Arrival = JobSubmission>>(
    config: &Arc<WorldConfig>,
    key: RunKey,
    watch: Watch,
    sources: &mut [S],
    observer: &mut O,
) -> Result<RunEnd, RunError<S::Error>> {
    let mut world = World::new(Arc::clone(config), key, watch)?;
    world.changes.on = O::STATE_CHANGES;
    let mut queue = Queue::new();
    world.schedule_api_calls(&mut queue);
    world.schedule_registrations(&mut queue);
    world.keep_minimum_capacity(&mut queue);
    let horizon = config.horizon.map_or(SimTime::MAX, |horizon| SimTime::ZERO + horizon);
    let limits = Limits { horizon, patience: PATIENCE };
    let report = crate::sim::run(&mut world, &mut queue, sources, observer, limits)
        .map_err(RunError::Source)?;
    let reason = match report.halt {
        Halt::Drained => StopReason::Drained,
        Halt::Horizon => StopReason::Horizon,
        Halt::Backstop => StopReason::Backstop,
    };
    let end = world.finish(report, reason, observer);
    if world.ledger.is_full() {
        return Err(RunError::Money);
    }
    observer.end(&end);
    Ok(end)
}

/// What is said where bills come to more than [`NanoUsd::MAX`](crate::ec2::money::NanoUsd::MAX).
pub(crate) const TOO_DEAR: &str = "the bills of a run come to more than 9,223,372,036 USD, the \
    most that is told to the nano-dollar\n\
    hint: look at the prices of the catalog and of the Spot market, or end earlier: horizon";

/// Why a run could not be made or finished.
#[derive(Debug, thiserror::Error)]
pub enum RunError<E> {
    /// A parameter of the market is out of range.
    #[error("spotMarket: {0}")]
    Market(#[from] SamplerError),
    /// The bills come to more than can be told: the run is over, and has no result.
    #[error("{TOO_DEAR}")]
    Money,
    /// A source of arrivals could not be read further.
    #[error(transparent)]
    Source(E),
}

impl World {
    fn new(config: Arc<WorldConfig>, key: RunKey, watch: Watch) -> Result<Self, SamplerError> {
        let market_key = key.market();
        let key = RandomKey::new(key.seed, key.replication);
        let keys = (market_key, key.stream(streams::ON_DEMAND));
        let market = config.spot_market.as_ref();
        let mut fleet = Fleet::new(market, &config.on_demand, config.quotas.clone(), keys)?;
        let environments: Vec<Environment> = (0..config.compute_environments.len())
            .map(|index| new_environment(&config, &mut fleet, key, index))
            .collect();
        let queues = new_queues(&config);
        let lanes = (0..queues.len()).map(JobQueueId::from_index);
        let groups = config.job_queues.len() * config.job_definitions.len();
        let mut world = Self {
            key,
            watch,
            now: SimTime::ZERO,
            shapes: Shapes::default(),
            jobs: JobTable::default(),
            dependencies: DependencyBook::default(),
            ends: VecDeque::new(),
            consumables: Consumables::new(&config.consumables),
            attempts: AttemptTable::default(),
            steps: StepTable::default(),
            transfers: Transfers::new(&config.shared_file_systems),
            instances: InstanceTable::default(),
            sampling: Sampling::new(watch.samples, environments.len()),
            has_policies: queues.iter().any(|queue| queue.fair_share.is_some()),
            lanes: lanes.map(|id| LaneState::new(id, None)).collect(),
            queues,
            queue_order: Vec::new(),
            environments,
            images: image_numbers(&config),
            fleet,
            fargate: Fargate::new(launch_rate(&config.profile), &config.quotas),
            offers: task_offers(&config),
            orders: FleetOrders::default(),
            registrations: Vec::new(),
            watched_pools: Vec::new(),
            cycle_due: false,
            last_cycle: None,
            previous_cycle: None,
            wake_up: None,
            dispatch_again: SimTime::ZERO,
            dispatch_clock_us: 0,
            submit_clock_us: 0,
            timeout_clock_us: 0,
            next_job: 0,
            changes: Changes::default(),
            notices: VecDeque::new(),
            settlement: Settlement::new(groups),
            ledger: Ledger::default(),
            tally: Tally::default(),
            config,
        };
        world.order_queues();
        Ok(world)
    }

    fn environment(&mut self, id: ComputeEnvironmentId) -> &mut Environment {
        &mut self.environments[id.index()]
    }
}

impl<O: Observer> Model<O> for World {
    type Event = WorldEvent;
    type Arrival = JobSubmission;

    #[inline]
    fn before(&mut self, now: SimTime, observer: &mut O) {
        self.sample_until(now, observer);
        if O::STATE_CHANGES {
            self.tell_spawned_until(now, observer);
        }
        self.now = now;
    }

    #[inline]
    fn on_arrival(&mut self, arrival: JobSubmission, queue: &mut Queue, observer: &mut O) {
        self.on_job_arrived(arrival, queue);
        if !self.ends.is_empty() {
            self.resolve_dependencies(queue, observer);
        }
        if O::STATE_CHANGES {
            self.tell_changes(observer);
        }
        if self.watch.check_invariants {
            self.check_invariants();
        }
    }

    #[inline]
    fn on_event(&mut self, event: WorldEvent, queue: &mut Queue, observer: &mut O) {
        match event {
            WorldEvent::FleetAnswered(order) => self.on_fleet_answered(order, queue),
            WorldEvent::InstanceRegistered(instance) => {
                self.on_instance_registered(instance, queue);
            }
            WorldEvent::PoolReclaimed(pool) => self.on_pool_reclaimed(pool, queue),
            WorldEvent::InstanceWarned(instance) => self.on_instance_warned(instance, queue),
            WorldEvent::InstanceReclaimed(instance) => {
                self.on_instance_reclaimed(instance, queue, observer);
            }
            WorldEvent::AttemptStarted(attempt) => self.on_attempt_started(attempt, queue),
            WorldEvent::AttemptEnded(attempt) => self.on_attempt_ended(attempt, queue, observer),
            WorldEvent::JobAccepted(job) => self.on_job_accepted(job, queue),
            WorldEvent::JobEvaluated(job) => self.on_job_evaluated(job, queue),
            WorldEvent::CycleDue => self.on_cycle_due(queue),
            WorldEvent::ScalingDue(environment) => self.on_scaling_due(environment, queue),
            WorldEvent::ScaleInDue(environment) => {
                self.on_scale_in_due(environment, queue, observer);
            }
            WorldEvent::CoolDownEnded(environment) => self.on_cool_down_ended(environment, queue),
            WorldEvent::HeadLimitDue(id) => self.on_head_limit_due(id, queue, observer),
            WorldEvent::FirstHourEnded(instance) => self.on_first_hour_ended(instance, observer),
            WorldEvent::ApiCallDue(call) => self.on_api_call_due(call, queue, observer),
            WorldEvent::UpdateTimeoutDue(id) => self.on_update_timeout_due(id, queue, observer),
            WorldEvent::InstancesJoined(number) => self.on_instances_joined(number, queue),
            WorldEvent::InstancesLeft(number) => self.on_instances_left(number, queue, observer),
            WorldEvent::TransferDue(row) => self.on_transfer_due(row, queue, observer),
        }
        if !self.ends.is_empty() {
            self.resolve_dependencies(queue, observer);
        }
        if O::STATE_CHANGES {
            self.tell_changes(observer);
        }
        if self.watch.check_invariants {
            self.check_invariants();
        }
    }

    fn is_drained(&self) -> bool {
        self.tally.live_jobs == 0 && self.environments.iter().all(Environment::is_at_rest)
    }

    #[inline]
    fn next_notice(&mut self) -> Option<Notice> {
        self.notices.pop_front()
    }
}

fn new_environment(
    config: &WorldConfig,
    fleet: &mut Fleet,
    key: RandomKey,
    index: usize,
) -> Environment {
    let spec = &config.compute_environments[index];
    let id = ComputeEnvironmentId::from_index(index);
    let mut environment = Environment::new(id, spec, offerings(config, fleet, spec));
    let profile = &config.profile;
    if profile.overshoot == crate::batch::policy::Overshoot::Never {
        environment.may_overshoot = false;
    }
    environment.max_instances = profile.max_instances_per_ce.unwrap_or(u32::MAX);
    let phase = |stream: u32, period: SimDuration| {
        let mut rng = key.stream(stream).entity(index as u64).draw(0);
        let ms = (open01(&mut rng) * period.as_millis() as f64) as u64;
        SimDuration::from_millis(ms)
    };
    environment.scale_phase = phase(streams::SCALE_PHASE, profile.scale_eval_period);
    environment.scale_in_phase = phase(streams::SCALE_IN_PHASE, profile.idle_scale_in);
    environment
}

/// The pools of a compute environment, types in listed order, zones ascending.
fn offerings(config: &WorldConfig, fleet: &mut Fleet, spec: &ComputeEnvironment) -> Vec<Offering> {
    let mut offerings = Vec::new();
    let start = SimTime::ZERO;
    for listed in &spec.instance_types {
        let facts = config.catalog.get(listed.id);
        let memory_mib = config.registered_memory_mib(spec, listed.id);
        for zone in facts.zones.iter().filter(|zone| spec.zones.contains(zone)) {
            offerings.push(Offering {
                instance_type: listed.id,
                zone: *zone,
                listed_rank: listed.rank,
                vcpus: facts.vcpus,
                memory_mib,
                gpus: facts.gpus,
                price: fleet.price(listed.id, facts, *zone, spec.purchase, start),
                on_demand: facts.on_demand.unwrap_or_default(),
                placement_score: 10,
                interruption_band: facts.interruption_band.unwrap_or(2),
                refused: false,
            });
        }
    }
    offerings
}

/// By definition.
fn task_offers(config: &WorldConfig) -> Vec<Option<TaskOffer>> {
    let ids = (0..config.job_definitions.len()).map(JobDefinitionId::from_index);
    ids.map(|id| config.task_offer(id)).collect()
}

/// How fast Fargate launches tasks; `None` is at once.
fn launch_rate(profile: &Profile) -> Option<LaunchRate> {
    let (burst, per_second) = (profile.fargate_burst?, profile.fargate_rate?);
    Some(LaunchRate { burst, per_second })
}

fn new_queues(config: &WorldConfig) -> Vec<QueueState> {
    let rules = config.profile.usage_rules();
    let queues = config.job_queues.iter().enumerate();
    let queue = |(index, spec)| QueueState::new(JobQueueId::from_index(index), spec, rules);
    queues.map(queue).collect()
}

/// Numbers the images: definitions that name the same image share its pull.
fn image_numbers(config: &WorldConfig) -> Vec<u32> {
    let definitions = &config.job_definitions;
    let same = |image: &String| definitions.iter().position(|other| other.image == *image);
    definitions.iter().map(|definition| same(&definition.image).unwrap_or(0) as u32).collect()
}
