//! A small account built by hand, run on a list of submissions: what most tests of the model need.

use super::identities::assert_identities;
use super::states::States;
use batchcast::batch::allocation;
use batchcast::batch::compute_environment::{
    ComputeEnvironment, ComputeEnvironmentId, ComputeEnvironmentModel, ListedType, Supplier,
    UpdatePolicy,
};
use batchcast::batch::fargate::{FargateSize, FargateTask};
use batchcast::batch::job_definition::{
    Failure, JobDefinition, JobDefinitionId, JobModel, Platform, Requirements, RetryStrategy,
};
use batchcast::batch::job_queue::{JobQueue, JobQueueId};
use batchcast::batch::wait_cause::WaitCause;
use batchcast::ec2::catalog::{Architecture, Catalog, InstanceType};
use batchcast::ec2::fleet::PurchaseOption;
use batchcast::ec2::market::SpotMarketConfig;
use batchcast::ec2::money::{NanoUsd, Price};
use batchcast::ec2::on_demand::OnDemandConfig;
use batchcast::ec2::quota::Quotas;
use batchcast::sim::sampler::LatencyModel;
use batchcast::sim::{ArrivalSource, SimDuration, SimTime};
use batchcast::workload::submission::{JobName, JobSubmission};
use batchcast::world::config::WorldConfig;
use batchcast::world::observer::Observer;
use batchcast::world::profile::Profile;
use batchcast::world::record::{
    AttemptRecord, CostLine, CostRecord, InstanceRecord, JobCostRecord, JobRecord, RunEnd, Sample,
};
use batchcast::world::{RunKey, Watch, run};
use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;

/// The account under test.
#[derive(Clone)]
pub(crate) struct Account {
    pub(crate) config: WorldConfig,
    pub(crate) submissions: Vec<(u64, JobSubmission)>,
    pub(crate) seed: u64,
}

/// Everything that a run recorded.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Outcome {
    pub(crate) jobs: Vec<JobRecord>,
    pub(crate) attempts: Vec<AttemptRecord>,
    pub(crate) instances: Vec<InstanceRecord>,
    pub(crate) costs: Vec<CostRecord>,
    pub(crate) job_costs: Vec<JobCostRecord>,
    pub(crate) samples: Vec<Sample>,
    pub(crate) end: Option<RunEnd>,
}

impl Observer for Outcome {
    fn job(&mut self, record: &JobRecord) {
        self.jobs.push(record.clone());
    }
    fn attempt(&mut self, record: &AttemptRecord) {
        self.attempts.push(record.clone());
    }
    fn instance(&mut self, record: &InstanceRecord) {
        self.instances.push(record.clone());
    }
    fn sample(&mut self, sample: &Sample) {
        self.samples.push(*sample);
    }
    fn cost(&mut self, record: &CostRecord) {
        self.costs.push(*record);
    }
    fn job_cost(&mut self, record: &JobCostRecord) {
        self.job_costs.push(*record);
    }
    fn end(&mut self, end: &RunEnd) {
        self.end = Some(end.clone());
    }
}

impl Outcome {
    pub(crate) fn end(&self) -> &RunEnd {
        self.end.as_ref().expect("the run ended")
    }

    /// First RUNNING in seconds, by job in order of submission (children in order of index).
    pub(crate) fn starts(&self) -> Vec<Option<f64>> {
        let mut jobs: Vec<&JobRecord> = self.jobs.iter().collect();
        jobs.sort_by_key(|job| (job.job_id, job.array_index));
        jobs.iter().map(|job| job.started.map(|t| t.as_millis() as f64 / 1e3)).collect()
    }

    /// The ledger's sum.
    pub(crate) fn cost(&self) -> NanoUsd {
        self.costs.iter().map(|record| record.cost).sum()
    }

    /// Most vCPUs alive at once.
    pub(crate) fn peak_vcpus(&self) -> u64 {
        self.end().peak_vcpus
    }

    /// Instances and tasks that EC2 has taken back.
    pub(crate) fn taken_back(&self) -> usize {
        self.instances.iter().filter(|instance| instance.termination.is_by_ec2()).count()
    }

    /// The attempts of the n-th submission, in order.
    pub(crate) fn attempts_of(&self, n: u32) -> Vec<&AttemptRecord> {
        self.attempts.iter().filter(|attempt| attempt.job_id.raw() == n).collect()
    }

    /// The n-th instance launched.
    pub(crate) fn instance(&self, n: u32) -> &InstanceRecord {
        let found = self.instances.iter().find(|instance| instance.instance_id.raw() == n);
        found.expect("a record for every instance")
    }

    /// The wait of the n-th submission by cause, in milliseconds, zeros left out.
    pub(crate) fn waits(&self, n: u32) -> Vec<(WaitCause, u64)> {
        let waits = self.job(n).waits;
        let of = |cause: WaitCause| (cause, waits.get(cause).as_millis());
        WaitCause::ALL.into_iter().map(of).filter(|(_, ms)| *ms > 0).collect()
    }

    /// What the ledger says of one line, all sources together, in nano-USD.
    pub(crate) fn line(&self, line: CostLine) -> i64 {
        self.costs.iter().filter(|record| record.line == line).map(|record| record.cost.0).sum()
    }

    /// The record of the n-th submission.
    pub(crate) fn job(&self, n: u32) -> &JobRecord {
        self.jobs.iter().find(|job| job.job_id.raw() == n).expect("a record for every job")
    }
}

pub(crate) fn cpus(vcpus: u32, memory_mib: u32) -> Requirements {
    Requirements { vcpus, memory_mib, gpus: 0 }
}

/// A type of our own with this many vCPUs, 4 GiB each, at 0.05 USD per vCPU-hour in all zones.
pub(crate) fn own_type(name: &str, vcpus: u32, zones: &Catalog) -> InstanceType {
    let (family, size) = InstanceType::split_name(name).expect("family.size");
    InstanceType {
        name: name.to_owned(),
        family: family.to_owned(),
        size: size.to_owned(),
        vcpus,
        memory_mib: vcpus * 4_096,
        gpus: 0,
        gpu_model: String::new(),
        architecture: Architecture::X86_64,
        bare_metal: false,
        current_generation: true,
        zones: zones.zone_ids().collect(),
        on_demand: Some(Price::from_nano_usd_per_hour(u64::from(vcpus) * 50_000_000)),
        interruption_band: Some(2),
        spot_ratio_ppm: Some(400_000),
        network: None,
    }
}

impl Account {
    pub(crate) fn new(profile: Profile) -> Self {
        let definition = JobDefinition {
            name: "job".to_owned(),
            requirements: cpus(1, 0),
            scheduling_priority: None,
            platform: Platform::Ec2,
            fargate: None,
            nodes: None,
            consumables: Vec::new(),
            retry: RetryStrategy::default(),
            timeout: None,
            stop_timeout: None,
            image: "image".to_owned(),
            model: JobModel {
                runtime: None,
                image_mib: 100,
                failure: Failure { probability: 0.0, exit_code: 1 },
                checkpoint: None,
                staging: None,
            },
        };
        Self {
            config: WorldConfig {
                profile,
                catalog: Catalog::embedded(),
                compute_environments: Vec::new(),
                job_queues: Vec::new(),
                api_calls: Vec::new(),
                reasons: Vec::new(),
                consumables: Vec::new(),
                shared_file_systems: Vec::new(),
                machine_speeds: Vec::new(),
                job_definitions: vec![definition],
                spot_market: None,
                quotas: Quotas::default(),
                on_demand: OnDemandConfig::default(),
                ebs_gib: 0,
                public_ipv4: false,
                horizon: None,
            },
            submissions: Vec::new(),
            seed: 1,
        }
    }

    pub(crate) fn ideal() -> Self {
        Self::new(Profile::ideal())
    }

    pub(crate) fn aws() -> Self {
        Self::new(Profile::aws())
    }

    /// One On-Demand environment that always has exactly one instance of `vcpus`, and a queue.
    pub(crate) fn fixed_cluster(vcpus: u32) -> Self {
        let mut account = Self::ideal();
        let mut facts = own_type("cluster.all", vcpus, &account.config.catalog);
        facts.memory_mib = u32::MAX;
        account.config.catalog.add(facts);
        account
            .on_demand("BEST_FIT", &["cluster.all"], vcpus)
            .with(|account| account.config.compute_environments[0].min_vcpus = vcpus)
            .queue(1, &[0])
    }

    pub(crate) fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    pub(crate) fn profile(self, change: impl FnOnce(&mut Profile)) -> Self {
        self.with(|account| change(&mut account.config.profile))
    }

    /// A refused pool is left alone for so many seconds, after every refusal.
    pub(crate) fn cool_down(self, secs: u64) -> Self {
        self.profile(|profile| {
            let time = SimDuration::from_secs(secs);
            profile.ice_cooldown = time;
            (profile.ice_backoff_first, profile.ice_backoff_max) = (time, time);
        })
    }

    pub(crate) fn on_demand(self, strategy: &str, types: &[&str], max_vcpus: u32) -> Self {
        self.environment(PurchaseOption::OnDemand, strategy, types, max_vcpus)
    }

    pub(crate) fn spot(self, strategy: &str, types: &[&str], max_vcpus: u32) -> Self {
        self.environment(PurchaseOption::Spot, strategy, types, max_vcpus)
    }

    fn environment(
        self,
        purchase: PurchaseOption,
        strategy: &str,
        types: &[&str],
        max_vcpus: u32,
    ) -> Self {
        let catalog = &self.config.catalog;
        let expand = |(index, token): (usize, &&str)| {
            let ids = catalog.expand(token).expect("a known type").into_iter();
            ids.map(move |id| ListedType::new(id, &catalog.get(id).name, index, types))
        };
        let mut instance_types: Vec<ListedType> = Vec::new();
        for listed in types.iter().enumerate().flat_map(expand) {
            if instance_types.iter().all(|other| other.id != listed.id) {
                instance_types.push(listed);
            }
        }
        let strategy = allocation::find(strategy).expect("a known strategy");
        self.supplied(Supplier::Ec2(strategy), purchase, instance_types, max_vcpus)
    }

    /// A FARGATE environment.
    pub(crate) fn fargate(self, max_vcpus: u32) -> Self {
        self.supplied(Supplier::Fargate, PurchaseOption::OnDemand, Vec::new(), max_vcpus)
    }

    /// A FARGATE_SPOT environment.
    pub(crate) fn fargate_spot(self, max_vcpus: u32) -> Self {
        self.supplied(Supplier::Fargate, PurchaseOption::Spot, Vec::new(), max_vcpus)
    }

    fn supplied(
        mut self,
        supplier: Supplier,
        purchase: PurchaseOption,
        instance_types: Vec<ListedType>,
        max_vcpus: u32,
    ) -> Self {
        self.config.compute_environments.push(ComputeEnvironment {
            name: format!("ce{}", self.config.compute_environments.len()),
            enabled: true,
            purchase,
            supplier,
            min_vcpus: 0,
            max_vcpus,
            instance_types,
            zones: self.config.catalog.zone_ids().collect(),
            scale_down_delay: SimDuration::ZERO,
            managed: true,
            invalid: false,
            unmanaged_vcpus: None,
            bid_percentage: None,
            update_policy: UpdatePolicy::default(),
            placement_group: false,
            model: ComputeEnvironmentModel::default(),
        });
        self
    }

    /// The jobs of the definition are for Fargate, of this size.
    pub(crate) fn tasks_of(self, quarter_vcpus: u32, memory_mib: u32) -> Self {
        let size = FargateSize::new(quarter_vcpus, memory_mib).expect("a size that Fargate has");
        self.with(|account| {
            let definition = &mut account.config.job_definitions[0];
            definition.platform = Platform::Fargate;
            definition.fargate = Some(FargateTask::new(size));
            definition.requirements = size.requirements();
        })
    }

    /// `count` jobs of the definition's size to the n-th queue.
    pub(crate) fn tasks(self, queue: u32, at_s: u64, count: u32, run_s: u64) -> Self {
        let need = self.config.job_definitions[0].requirements;
        self.jobs_to(queue, at_s, count, need, run_s)
    }

    /// A type of our own, before an environment names it.
    pub(crate) fn own_type(mut self, name: &str, vcpus: u32) -> Self {
        let facts = own_type(name, vcpus, &self.config.catalog);
        self.config.catalog.add(facts);
        self
    }

    pub(crate) fn queue(mut self, priority: i32, environments: &[u32]) -> Self {
        self.config.job_queues.push(JobQueue {
            name: format!("q{}", self.config.job_queues.len()),
            priority,
            enabled: true,
            compute_environments: environments
                .iter()
                .map(|index| ComputeEnvironmentId::new(*index))
                .collect(),
            time_limit_actions: Vec::new(),
            fair_share: None,
        });
        self
    }

    pub(crate) fn retry(self, retry: RetryStrategy) -> Self {
        self.with(|account| account.config.job_definitions[0].retry = retry)
    }

    /// Every attempt of every job exits with code 1.
    pub(crate) fn every_attempt_fails(self) -> Self {
        self.with(|account| account.config.job_definitions[0].model.failure.probability = 1.0)
    }

    /// `timeout.attemptDurationSeconds` of the definition.
    pub(crate) fn timeout(self, seconds: u64) -> Self {
        let timeout = Some(SimDuration::from_secs(seconds));
        self.with(|account| account.config.job_definitions[0].timeout = timeout)
    }

    /// Every environment so far has subnets in the first zone only: a type is one pool.
    pub(crate) fn one_zone(self) -> Self {
        self.with(|account| {
            for environment in &mut account.config.compute_environments {
                environment.zones.truncate(1);
            }
        })
    }

    /// Changes the n-th environment.
    pub(crate) fn change(self, n: usize, change: impl FnOnce(&mut ComputeEnvironment)) -> Self {
        self.with(|account| change(&mut account.config.compute_environments[n]))
    }

    pub(crate) fn min_vcpus(self, n: usize, min_vcpus: u32) -> Self {
        self.change(n, |environment| environment.min_vcpus = min_vcpus)
    }

    /// Every instance takes so long from running to registered.
    pub(crate) fn boot(self, seconds: u64) -> Self {
        self.profile(|profile| profile.boot_cpu = latency(seconds))
    }

    /// A pool (type x zone) holds so many On-Demand vCPUs.
    pub(crate) fn pools_of(self, vcpus: u32) -> Self {
        self.with(|account| account.config.on_demand.pool_vcpus = Some(vcpus))
    }

    /// The On-Demand price of a type, nano-USD an hour; before an environment names it.
    pub(crate) fn price(self, name: &str, nano_usd_per_hour: u64) -> Self {
        self.with(|account| {
            let catalog = &mut account.config.catalog;
            let mut facts = catalog.get(catalog.find(name).expect("a known type")).clone();
            facts.on_demand = Some(Price::from_nano_usd_per_hour(nano_usd_per_hour));
            catalog.add(facts);
        })
    }

    pub(crate) fn horizon(self, seconds: u64) -> Self {
        self.with(|account| account.config.horizon = Some(SimDuration::from_secs(seconds)))
    }

    /// Keeps the run going to `seconds`, though nothing may happen until then: a job without work
    /// in a queue and an environment of its own, submitted last.
    pub(crate) fn until(self, seconds: u64) -> Self {
        let (environments, queues) =
            (self.config.compute_environments.len(), self.config.job_queues.len());
        let account = self.own_type("clock.medium", 1);
        let account = account.on_demand("BEST_FIT", &["clock.medium"], 1);
        let account = account.queue(i32::MIN, &[environments as u32]);
        account.jobs_to(queues as u32, seconds, 1, cpus(1, 0), 0)
    }

    /// The name of the type of the n-th instance.
    pub(crate) fn type_of(&self, outcome: &Outcome, n: u32) -> &str {
        &self.config.catalog.get(outcome.instance(n).instance_type).name
    }

    pub(crate) fn market(self, market: SpotMarketConfig) -> Self {
        self.with(|account| account.config.spot_market = Some(market))
    }

    /// `count` equal jobs to the first queue at `at_s`.
    pub(crate) fn jobs(self, at_s: u64, count: u32, need: Requirements, run_s: u64) -> Self {
        self.jobs_to(0, at_s, count, need, run_s)
    }

    pub(crate) fn jobs_to(
        mut self,
        queue: u32,
        at_s: u64,
        count: u32,
        need: Requirements,
        run_s: u64,
    ) -> Self {
        let submission = submission(queue, need, run_s * 1_000);
        let at = at_s * 1_000;
        self.submissions.extend((0..count).map(|_| (at, submission.clone())));
        self
    }

    /// An array of `size` children.
    pub(crate) fn array(mut self, at_s: u64, size: u32, need: Requirements, run_s: u64) -> Self {
        let submission = JobSubmission { array_size: size, ..submission(0, need, run_s * 1_000) };
        self.submissions.push((at_s * 1_000, submission));
        self
    }

    pub(crate) fn submit(mut self, at_ms: u64, submission: JobSubmission) -> Self {
        self.submissions.push((at_ms, submission));
        self
    }

    /// Runs to the end with every invariant checked after every event.
    pub(crate) fn run(&self) -> Outcome {
        self.run_telling().0
    }

    /// As [`run`](Self::run), with what is told of the states of jobs: it agrees with the records.
    pub(crate) fn run_telling(&self) -> (Outcome, States) {
        let watch = Watch { samples: Some(SimDuration::from_secs(60)), check_invariants: true };
        let mut told = (Outcome::default(), States::default());
        self.run_for(watch, &mut told);
        let (outcome, states) = told;
        assert_identities(&outcome, &self.config);
        states.assert_agree(&outcome);
        (outcome, states)
    }

    /// Runs to the end without checking: for large workloads.
    pub(crate) fn run_fast(&self) -> Outcome {
        self.run_watched(Watch::default())
    }

    pub(crate) fn run_watched(&self, watch: Watch) -> Outcome {
        let mut outcome = Outcome::default();
        self.run_for(watch, &mut outcome);
        assert_identities(&outcome, &self.config);
        outcome
    }

    pub(crate) fn run_for<O: Observer>(&self, watch: Watch, observer: &mut O) {
        let mut submissions = self.submissions.clone();
        submissions.sort_by_key(|(at, _)| *at);
        let config = Arc::new(self.config.clone());
        let key = RunKey { seed: self.seed, replication: 0 };
        let mut sources = [Listed(submissions.into())];
        run(&config, key, watch, &mut sources, observer).expect("a list can always be read");
    }
}

/// A latency without spread.
pub(crate) fn latency(seconds: u64) -> LatencyModel {
    LatencyModel { median: SimDuration::from_secs(seconds), sigma: 0.0 }
}

pub(crate) fn submission(queue: u32, need: Requirements, run_ms: u64) -> JobSubmission {
    JobSubmission {
        name: JobName::Number(0),
        queue: JobQueueId::new(queue),
        definition: JobDefinitionId::new(0),
        requirements: need,
        run_time: Some(SimDuration::from_millis(run_ms)),
        array_size: 0,
        nodes: 0,
        attempts: None,
        timeout: None,
        share: None,
        scheduling_priority: 0,
        throttled: false,
        links: None,
        ticket: None,
        entry: None,
    }
}

/// Submissions in order of time.
pub(crate) struct Listed(pub VecDeque<(u64, JobSubmission)>);

impl ArrivalSource for Listed {
    type Arrival = JobSubmission;
    type Error = Infallible;

    fn next_time(&mut self) -> Result<Option<SimTime>, Infallible> {
        Ok(self.0.front().map(|(at, _)| SimTime::from_millis(*at)))
    }

    fn take(&mut self) -> JobSubmission {
        self.0.pop_front().expect("next_time announced it").1
    }
}
