//! Small random accounts: a draft that prints itself, shrinks, and is built into an [`Account`].
//!
//! Everything that the model can be told is drawn: purchase options, strategies, types, sizes,
//! shared queues, a hostile market, quotas, scripted refusals, arrays, dependencies, retries,
//! timeouts, failures, jobs of several nodes, shares; beside them jobs on Fargate, in a queue of
//! their own.

use super::account::{Account, own_type, submission};
use super::random_fargate::{DraftFargate, fargate};
use super::random_market::{DraftMarket, markets};
use super::random_shares::{DraftShares, shares};
use batchcast::batch::allocation::STRATEGIES;
use batchcast::batch::checkpoint::Checkpoint;
use batchcast::batch::compute_environment::{
    ComputeEnvironment, ComputeEnvironmentId, ComputeEnvironmentModel, ListedType, Supplier,
    UpdatePolicy,
};
use batchcast::batch::dependency::{Dependency, JobHandle, Links};
use batchcast::batch::job_definition::{
    EvaluateOnExit, Failure, JobDefinition, JobDefinitionId, JobModel, Platform, Requirements,
    RetryAction, RetryStrategy,
};
use batchcast::batch::job_queue::{JobQueue, JobQueueId, StuckReason, TimeLimitAction};
use batchcast::batch::policy::{HeadOfLine, InstanceSizing, Overshoot, PlacementRule};
use batchcast::batch::staging::{SharedFileSystem, SharedFileSystemId, Staging};
use batchcast::ec2::catalog::{Catalog, InstanceType, Network};
use batchcast::ec2::fleet::PurchaseOption;
use batchcast::ec2::quota::QuotaClass;
use batchcast::sim::{SimDuration, sampler::Sampler};
use batchcast::workload::submission::JobSubmission;
use batchcast::world::profile::Profile;
use proptest::prelude::*;
use std::sync::Arc;

/// What waits for capacity that never comes would be looked at for a year; what must drain has done
/// so within days.
const PATIENCE_S: u64 = 1_000_000;

/// What environments may name; own types are `own.small` (3 vCPUs) and `own.big` (7).
const TOKENS: [&str; 9] = [
    "c6i.large",
    "m6i.large",
    "r6i.xlarge",
    "c6i.2xlarge",
    "c6i",
    "r5",
    "own.small",
    "own.big",
    "g4dn.xlarge",
];

/// An account as it was drawn: every number of it is printed when a property fails.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    seed: u64,
    rules: Rules,
    environments: Vec<DraftEnvironment>,
    queues: Vec<DraftQueue>,
    definitions: Vec<DraftDefinition>,
    submissions: Vec<DraftSubmission>,
    supply: Supply,
    horizon_s: Option<u64>,
    fargate: DraftFargate,
    shares: DraftShares,
}

#[derive(Clone, Debug)]
struct Rules {
    aws: bool,
    head_of_line: HeadOfLine,
    prefer_idle_any: bool,
    cycle_s: u64,
    scale_s: u64,
    idle_s: u64,
    cooldown_s: u64,
    dispatch_rate: Option<u32>,
    spawn_rate: Option<u32>,
    submit_tps: Option<u32>,
    spread: bool,
    sizing: InstanceSizing,
    sticky: bool,
    overshoot: bool,
    max_instances: Option<u32>,
}

#[derive(Clone, Debug)]
struct DraftEnvironment {
    enabled: bool,
    spot: bool,
    strategy: usize,
    min_vcpus: u32,
    more_vcpus: u32,
    tokens: Vec<usize>,
    zones: usize,
    placement_group: bool,
}

#[derive(Clone, Debug)]
struct DraftQueue {
    priority: i32,
    environments: Vec<usize>,
    limit_s: Option<u64>,
}

#[derive(Clone, Debug)]
struct DraftDefinition {
    attempts: u8,
    exit_on: Option<&'static str>,
    timeout_s: Option<u64>,
    failure: f64,
    image_mib: u32,
    /// Interval, cost and restore of its checkpoints, in milliseconds.
    checkpoint_ms: Option<(u64, u64, u64)>,
    /// MiB that it reads and writes, and whether on the shared file system.
    files: Option<(u32, u32, bool)>,
}

#[derive(Clone, Debug)]
struct DraftSubmission {
    at_ms: u64,
    queue: usize,
    definition: usize,
    need: Requirements,
    run_ms: Option<u64>,
    children: u32,
    nodes: u32,
    attempts: Option<u8>,
    throttled: bool,
    depends_on: Vec<(usize, DraftDependency)>,
    /// Of a job on Fargate, where there are environments: which task.
    task: Option<usize>,
    share: usize,
    scheduling_priority: u16,
}

#[derive(Clone, Copy, Debug)]
enum DraftDependency {
    Job,
    Child,
    NToN,
    Sequential,
}

#[derive(Clone, Debug)]
struct Supply {
    /// Reclaims per instance-hour and mean up time in hours.
    market: Option<DraftMarket>,
    on_demand_quota: Option<u32>,
    spot_quota: Option<u32>,
    on_demand_pool: Option<u32>,
    ebs_gib: u32,
    ipv4: bool,
}

/// Any small account.
pub(crate) fn drafts() -> impl Strategy<Value = Draft> {
    let parts = (
        rules(),
        prop::collection::vec(environments(), 1..4),
        prop::collection::vec(queues(), 1..4),
        prop::collection::vec(definitions(), 1..3),
        prop::collection::vec(submissions(), 0..25),
    );
    let horizon = prop::option::weighted(0.3, 1_u64..40_000);
    (any::<u64>(), parts, supplies(), horizon, (fargate(), shares())).prop_map(
        |(seed, parts, supply, horizon_s, (fargate, shares))| {
            let (rules, environments, queues, definitions, submissions) = parts;
            Draft {
                seed,
                rules,
                environments,
                queues,
                definitions,
                submissions,
                supply,
                horizon_s,
                fargate,
                shares,
            }
        },
    )
}

fn rules() -> impl Strategy<Value = Rules> {
    let head = prop_oneof![
        Just(HeadOfLine::Fcfs),
        Just(HeadOfLine::Strict),
        (0_u32..4).prop_map(HeadOfLine::Lookahead)
    ];
    let sizing = prop_oneof![
        Just(InstanceSizing::HalfDemand),
        Just(InstanceSizing::SmallestFit),
        Just(InstanceSizing::Largest)
    ];
    let periods = (0_u64..8, 0_u64..90, 0_u64..400, 0_u64..200);
    let rates = (limit(1, 50), limit(1, 1_000), limit(1, 50), limit(1, 5));
    let flags = (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>());
    (head, sizing, periods, rates, flags).prop_map(
        |(head_of_line, sizing, periods, rates, flags)| Rules {
            aws: flags.0,
            head_of_line,
            prefer_idle_any: flags.1,
            cycle_s: periods.0,
            scale_s: periods.1,
            idle_s: periods.2,
            cooldown_s: periods.3,
            dispatch_rate: rates.0,
            spawn_rate: rates.1,
            submit_tps: rates.2,
            max_instances: rates.3,
            spread: flags.2,
            sizing,
            sticky: flags.3,
            overshoot: flags.4,
        },
    )
}

fn limit(from: u32, until: u32) -> impl Strategy<Value = Option<u32>> {
    prop::option::of(from..until)
}

fn environments() -> impl Strategy<Value = DraftEnvironment> {
    let sizes = (prop_oneof![4 => Just(0), 1 => 1_u32..12], 0_u32..40);
    let tokens = prop::sample::subsequence((0..TOKENS.len()).collect::<Vec<_>>(), 1..4);
    let enabled = prop::bool::weighted(0.9);
    let zones = (1_usize..4, any::<bool>());
    (enabled, any::<bool>(), 0..STRATEGIES.len(), sizes, tokens, zones).prop_map(
        |(enabled, spot, strategy, (min_vcpus, more_vcpus), tokens, zones)| DraftEnvironment {
            enabled,
            spot,
            strategy,
            min_vcpus,
            more_vcpus,
            tokens,
            zones: zones.0,
            placement_group: zones.1,
        },
    )
}

fn queues() -> impl Strategy<Value = DraftQueue> {
    let order = prop::sample::subsequence(vec![0, 1, 2], 1..=3).prop_shuffle();
    (0..3, order, prop::option::weighted(0.3, 600_u64..2_000)).prop_map(
        |(priority, environments, limit_s)| DraftQueue { priority, environments, limit_s },
    )
}

fn definitions() -> impl Strategy<Value = DraftDefinition> {
    let exit_on = prop::option::of(prop::sample::select(vec!["Host EC2*", "Essential*"]));
    let failure = prop_oneof![Just(0.0), Just(1.0), Just(0.3)];
    let timeout = prop::option::of(60_u64..2_000);
    let image = prop_oneof![Just(0), Just(900_u32)];
    let checkpoint = (1_000_u64..900_000, 0_u64..30_000, 0_u64..60_000);
    let files = (0_u32..20_000, 0_u32..5_000, any::<bool>());
    let steps = (prop::option::weighted(0.4, checkpoint), prop::option::weighted(0.4, files));
    (1_u8..5, exit_on, timeout, failure, image, steps).prop_map(
        |(attempts, exit_on, timeout_s, failure, image_mib, steps)| DraftDefinition {
            attempts,
            exit_on,
            timeout_s,
            failure,
            image_mib,
            checkpoint_ms: steps.0,
            files: steps.1,
        },
    )
}

fn submissions() -> impl Strategy<Value = DraftSubmission> {
    let memory = prop::sample::select(vec![0, 512, 2_048, 9_000]);
    let gpus = prop_oneof![12 => Just(0_u32), 1 => Just(1)];
    let need = (1_u32..7, memory, gpus).prop_map(|(vcpus, memory_mib, gpus)| Requirements {
        vcpus,
        memory_mib,
        gpus,
    });
    let at = prop_oneof![Just(0_u64), 0_u64..6_000, 0_u64..4_000_000];
    let run = prop::option::of(prop_oneof![Just(0_u64), 0_u64..90_000, 0_u64..5_000_000]);
    // Children of an array, nodes.
    let parts = prop_oneof![
        8 => Just((0_u32, 0_u32)),
        2 => (2_u32..8).prop_map(|children| (children, 0)),
        1 => (2_u32..5).prop_map(|nodes| (0, nodes)),
    ];
    let overrides = (prop::option::weighted(0.2, 1_u8..4), any::<bool>(), dependencies());
    let places = (0_usize..3, 0_usize..2, prop::option::weighted(0.3, 0_usize..2));
    let places = (places, 0_usize..4, prop_oneof![2 => Just(0_u16), 1 => 0_u16..3]);
    (at, places, need, run, parts, overrides).prop_map(
        |(at_ms, places, need, run_ms, parts, (attempts, throttled, depends_on))| {
            let ((queue, definition, task), share, scheduling_priority) = places;
            let (children, nodes) = parts;
            DraftSubmission {
                task,
                share,
                scheduling_priority,
                at_ms,
                queue,
                definition,
                need,
                run_ms,
                children,
                nodes,
                attempts,
                throttled,
                depends_on,
            }
        },
    )
}

fn dependencies() -> impl Strategy<Value = Vec<(usize, DraftDependency)>> {
    let kind = prop::sample::select(vec![
        DraftDependency::Job,
        DraftDependency::Child,
        DraftDependency::NToN,
        DraftDependency::Sequential,
    ]);
    prop_oneof![2 => Just(Vec::new()), 1 => prop::collection::vec((0_usize..40, kind), 1..4)]
}

fn supplies() -> impl Strategy<Value = Supply> {
    let market = prop::option::of(markets());
    let scarce = |until| prop::option::weighted(0.25, 0..until);
    let quotas = (scarce(40_u32), scarce(40), scarce(20));
    (market, quotas, prop_oneof![Just(0_u32), Just(30)], any::<bool>()).prop_map(
        |(market, (on_demand_quota, spot_quota, on_demand_pool), ebs_gib, ipv4)| Supply {
            market,
            on_demand_quota,
            spot_quota,
            on_demand_pool,
            ebs_gib,
            ipv4,
        },
    )
}

impl Supply {
    const fn is_scarce(&self) -> bool {
        self.market.is_some()
            || self.on_demand_quota.is_some()
            || self.spot_quota.is_some()
            || self.on_demand_pool.is_some()
    }
}

impl Draft {
    /// Whether a blocked job holds up everybody behind it.
    pub(crate) fn is_first_come_first_served(&self) -> bool {
        self.rules.head_of_line == HeadOfLine::Fcfs
    }

    /// Whether nothing but infeasibility can keep a job waiting: the run must drain.
    pub(crate) fn must_drain(&self) -> bool {
        self.horizon_s.is_none() && !self.supply.is_scarce() && !self.fargate.is_scarce()
    }

    /// The account, every reference within bounds.
    pub(crate) fn build(&self) -> Account {
        let mut account = Account::new(self.profile());
        account.seed = self.seed;
        let mut catalog = Catalog::embedded();
        for (name, vcpus) in [("own.small", 3), ("own.big", 7)] {
            let network = Some(Network { baseline_mbps: 640, burst_mbps: 10_000 });
            catalog.add(InstanceType { network, ..own_type(name, vcpus, &catalog) });
        }
        let config = &mut account.config;
        config.compute_environments = (0..self.environments.len())
            .map(|index| self.environments[index].build(index, &catalog))
            .collect();
        config.catalog = catalog;
        let count = self.environments.len();
        config.job_queues =
            self.queues.iter().enumerate().map(|(n, queue)| queue.build(n, count)).collect();
        config.job_definitions =
            self.definitions.iter().enumerate().map(|(n, d)| d.build(n)).collect();
        config.shared_file_systems = vec![SharedFileSystem {
            name: "efs".to_owned(),
            bytes_per_s: 314_572_800,
            bytes_per_s_per_client: self.rules.sticky.then_some(104_857_600),
        }];
        let draft = self.supply.market.as_ref();
        config.spot_market =
            draft.map(|draft| draft.build(&config.compute_environments, &config.catalog));
        for environment in &mut config.compute_environments {
            if environment.purchase == PurchaseOption::Spot && !environment.is_fargate() {
                environment.bid_percentage = draft.and_then(|market| market.bid);
            }
        }
        let standard = QuotaClass::Standard as usize;
        config.quotas.on_demand_vcpus[standard] = self.supply.on_demand_quota;
        config.quotas.spot_vcpus[standard] = self.supply.spot_quota;
        config.on_demand.pool_vcpus = self.supply.on_demand_pool;
        config.ebs_gib = self.supply.ebs_gib;
        config.public_ipv4 = self.supply.ipv4;
        config.horizon = Some(SimDuration::from_secs(self.horizon_s.unwrap_or(PATIENCE_S)));
        let (queues, definitions) = (self.queues.len(), self.definitions.len());
        let mut build = |(n, definition): (usize, &DraftDefinition)| definition.build(n);
        let like: Vec<JobDefinition> =
            self.definitions.iter().enumerate().map(&mut build).collect();
        self.fargate.add_to(&mut account.config, &like);
        self.shares.add_to(&mut account.config);
        let mut drafts: Vec<&DraftSubmission> = self.submissions.iter().collect();
        drafts.sort_by_key(|draft| draft.at_ms);
        account.submissions = (0..drafts.len())
            .map(|index| {
                let (at, mut job) = drafts[index].build(queues, definitions, &drafts[..index]);
                if let Some(task) = drafts[index].task {
                    self.fargate.take(&mut job, task, &account.config, (queues, definitions));
                }
                let DraftSubmission { share, scheduling_priority, .. } = *drafts[index];
                DraftShares::take(&mut job, share, scheduling_priority, &account.config);
                (at, job)
            })
            .collect();
        account
    }

    fn profile(&self) -> Profile {
        let rules = &self.rules;
        let mut profile = if rules.aws { Profile::aws() } else { Profile::ideal() };
        profile.hol = rules.head_of_line;
        profile.prefer_idle_any = rules.prefer_idle_any;
        profile.cycle_period = SimDuration::from_secs(rules.cycle_s);
        profile.scale_eval_period = SimDuration::from_secs(rules.scale_s);
        profile.idle_scale_in = SimDuration::from_secs(rules.idle_s);
        profile.ice_cooldown = SimDuration::from_secs(rules.cooldown_s);
        profile.ice_backoff_max = SimDuration::from_secs(30.max(rules.cooldown_s));
        profile.dispatch_rate_ec2 = rules.dispatch_rate;
        profile.array_spawn_rate = rules.spawn_rate;
        profile.submit_tps = rules.submit_tps;
        profile.max_instances_per_ce = rules.max_instances;
        self.fargate.set(&mut profile);
        self.shares.set(&mut profile);
        profile.placement =
            if rules.spread { PlacementRule::Spread } else { PlacementRule::Binpack };
        profile.instance_sizing = rules.sizing;
        profile.sticky_type = rules.sticky;
        profile.overshoot = if rules.overshoot { Overshoot::OneInstance } else { Overshoot::Never };
        profile
    }
}

impl DraftEnvironment {
    fn build(&self, index: usize, catalog: &Catalog) -> ComputeEnvironment {
        let purchase = if self.spot { PurchaseOption::Spot } else { PurchaseOption::OnDemand };
        let allowed: Vec<_> = STRATEGIES.iter().filter(|s| s.allowed_on(purchase)).collect();
        let tokens: Vec<_> = self.tokens.iter().map(|token| TOKENS[*token]).collect();
        let mut instance_types = Vec::new();
        for (index, token) in tokens.iter().enumerate() {
            for id in catalog.expand(token).expect("a known token") {
                if instance_types.iter().all(|listed: &ListedType| listed.id != id) {
                    let name = &catalog.get(id).name;
                    instance_types.push(ListedType::new(id, name, index, &tokens));
                }
            }
        }
        ComputeEnvironment {
            name: format!("ce{index}"),
            enabled: self.enabled,
            purchase,
            supplier: Supplier::Ec2(allowed[self.strategy % allowed.len()]),
            min_vcpus: self.min_vcpus,
            max_vcpus: self.min_vcpus + self.more_vcpus,
            instance_types,
            zones: catalog.zone_ids().take(self.zones).collect(),
            scale_down_delay: SimDuration::ZERO,
            managed: true,
            invalid: false,
            unmanaged_vcpus: None,
            bid_percentage: None,
            update_policy: UpdatePolicy::default(),
            placement_group: self.placement_group,
            model: ComputeEnvironmentModel::default(),
        }
    }
}

impl DraftQueue {
    fn build(&self, index: usize, environments: usize) -> JobQueue {
        let mut order = Vec::new();
        for environment in &self.environments {
            let id = ComputeEnvironmentId::from_index(environment % environments);
            if !order.contains(&id) {
                order.push(id);
            }
        }
        let action = |max_time: u64| {
            let max_time = SimDuration::from_secs(max_time);
            StuckReason::ALL.map(|reason| TimeLimitAction { reason, max_time }).to_vec()
        };
        JobQueue {
            name: format!("q{index}"),
            priority: self.priority,
            enabled: true,
            compute_environments: order,
            time_limit_actions: self.limit_s.map(action).unwrap_or_default(),
            fair_share: None,
        }
    }
}

impl DraftDefinition {
    fn build(&self, index: usize) -> JobDefinition {
        let exit = |pattern: &str| EvaluateOnExit {
            on_status_reason: Some(pattern.to_owned()),
            on_reason: None,
            on_exit_code: None,
            action: RetryAction::Exit,
        };
        JobDefinition {
            name: format!("definition{index}"),
            requirements: Requirements { vcpus: 1, memory_mib: 0, gpus: 0 },
            scheduling_priority: None,
            platform: Platform::Ec2,
            fargate: None,
            nodes: None,
            consumables: Vec::new(),
            retry: RetryStrategy {
                attempts: self.attempts,
                evaluate_on_exit: self.exit_on.map(exit).into_iter().collect(),
            },
            timeout: self.timeout_s.map(SimDuration::from_secs),
            stop_timeout: None,
            image: format!("image{index}"),
            model: JobModel {
                runtime: Some(Sampler::lognormal(500.0, 1.0).expect("valid parameters")),
                image_mib: self.image_mib,
                failure: Failure { probability: self.failure, exit_code: 1 },
                checkpoint: self.checkpoint_ms.map(|(interval, cost, restore)| Checkpoint {
                    interval: SimDuration::from_millis(interval),
                    cost: SimDuration::from_millis(cost),
                    restore: SimDuration::from_millis(restore),
                }),
                staging: self.files.map(|(input_mib, output_mib, is_shared)| Staging {
                    input_mib,
                    output_mib,
                    shared: is_shared.then_some(SharedFileSystemId::new(0)),
                }),
            },
        }
    }
}

impl DraftSubmission {
    fn build(&self, queues: usize, definitions: usize, earlier: &[&Self]) -> (u64, JobSubmission) {
        let submission = JobSubmission {
            definition: JobDefinitionId::from_index(self.definition % definitions),
            run_time: self.run_ms.map(SimDuration::from_millis),
            array_size: self.children,
            nodes: self.nodes,
            attempts: self.attempts,
            throttled: self.throttled,
            links: Some(Arc::new(self.links(earlier))),
            queue: JobQueueId::from_index(self.queue % queues),
            ..submission(0, self.need, 0)
        };
        (self.at_ms, submission)
    }

    /// Every submission may be referred to; it refers to earlier ones, as far as it can.
    fn links(&self, earlier: &[&Self]) -> Links {
        let mut depends_on = Vec::new();
        for (back, kind) in &self.depends_on {
            if matches!(kind, DraftDependency::Sequential) && self.children > 0 {
                depends_on.push(Dependency::Sequential);
            }
            let Some(index) = back.checked_rem(earlier.len()) else { continue };
            let (handle, children) = (JobHandle(index as u64), earlier[index].children);
            depends_on.push(match kind {
                DraftDependency::Child if children > 0 => {
                    Dependency::Child(handle, *back as u32 % children)
                }
                DraftDependency::NToN if children > 0 && children == self.children => {
                    Dependency::NToN(handle)
                }
                _ => Dependency::Job(handle),
            });
        }
        let sequential = |d: &Dependency| *d == Dependency::Sequential;
        if let Some(first) = depends_on.iter().position(sequential) {
            let mut index = 0;
            depends_on.retain(|d| {
                index += 1;
                !sequential(d) || index - 1 == first
            });
        }
        let handle = Some(JobHandle(earlier.len() as u64));
        Links { handle, by_index: self.children > 0, depends_on }
    }
}
