//! What holds in every run, whatever the scenario: asserted of every outcome that a test produces.
//!
//! Works from records alone, the way a reader of the result files would.

use super::account::Outcome;
use batchcast::batch::api_call::ApiAction;
use batchcast::batch::checkpoint::Checkpoint;
use batchcast::batch::fargate::FargateSize;
use batchcast::batch::job_definition::Requirements;
use batchcast::ec2::fleet::PurchaseOption;
use batchcast::sim::SimTime;
use batchcast::world::config::WorldConfig;
use batchcast::world::record::{
    AttemptRecord, CostLine, CostSource, InstanceRecord, JobRecord, JobStatus, StatusReason,
    Termination,
};
use std::collections::BTreeMap;

type JobKey = (u32, Option<u32>);

/// Asserts every identity of an outcome.
pub(crate) fn assert_identities(outcome: &Outcome, config: &WorldConfig) {
    let mut attempts: BTreeMap<JobKey, Vec<&AttemptRecord>> = BTreeMap::new();
    for attempt in &outcome.attempts {
        let key = (attempt.job_id.raw(), attempt.array_index);
        attempts.entry(key).or_default().push(attempt);
    }
    let end = outcome.end().time;
    let mut jobs: BTreeMap<JobKey, &JobRecord> = BTreeMap::new();
    for job in &outcome.jobs {
        let key = (job.job_id.raw(), job.array_index);
        assert!(jobs.insert(key, job).is_none(), "a job has one record: {key:?}");
        let mine = attempts.get(&key).map_or(&[][..], Vec::as_slice);
        let main = main_node(job, config);
        let (mine, others): (Vec<_>, Vec<_>) =
            mine.iter().copied().partition(|attempt| attempt.node == main);
        assert_wait(job, end);
        assert_attempts(job, &mine, config, end);
        assert_other_nodes(job, &mine, &others, end);
    }
    assert_eq!(outcome.jobs.len() as u64, outcome.end().submitted, "every job has a record");
    let ended = |status| outcome.jobs.iter().filter(|job| job.status == status).count();
    let finished = ended(JobStatus::Succeeded) + ended(JobStatus::Failed);
    let unfinished = outcome.jobs.iter().filter(|job| job.stopped.is_none()).count();
    assert_eq!(finished + unfinished, outcome.jobs.len(), "succeeded + failed + unfinished");
    for instance in &outcome.instances {
        assert_instance(instance, is_task(instance, config));
        assert_allocation(instance, outcome, &jobs, config, end);
    }
    assert_tasks(outcome, config);
    assert_money(outcome, config);
}

/// Whether it is a Fargate task.
pub(crate) fn is_task(instance: &InstanceRecord, config: &WorldConfig) -> bool {
    config.compute_environments[instance.compute_environment.index()].is_fargate()
}

/// A task has one attempt, and the tasks of an environment keep within its maxvCpus.
fn assert_tasks(outcome: &Outcome, config: &WorldConfig) {
    let mut changes = Vec::new();
    for task in outcome.instances.iter().filter(|instance| is_task(instance, config)) {
        assert_eq!((task.attempts, task.registered), (1, None), "{task:?}");
        let ordinal = task.instance_type.index() - config.catalog.len();
        let size = FargateSize::all().nth(ordinal).expect("a size");
        let own = (size.quarter_vcpus(), size.memory_mib());
        assert_eq!((task.quarter_vcpus, task.memory_mib), own);
        let quarters = i64::from(size.quarter_vcpus());
        let environment = task.compute_environment.index();
        changes.push((task.requested, quarters, environment));
        changes.push((task.terminated, -quarters, environment));
    }
    // Those that stop in an instant make room for those that start in it; one that does both holds
    // nothing.
    changes.sort_unstable();
    let updated = |environment: usize| {
        config.api_calls.iter().any(|call| match &call.action {
            ApiAction::UpdateComputeEnvironment(update) => {
                update.compute_environment.index() == environment
            }
            _ => false,
        })
    };
    let mut used = vec![0; config.compute_environments.len()];
    for (_, quarters, environment) in changes {
        used[environment] += quarters;
        let most = 4 * i64::from(config.compute_environments[environment].max_vcpus);
        assert!(used[environment] <= most || updated(environment), "maxvCpus of {environment}");
    }
}

/// The causes of a wait add up to it.
fn assert_wait(job: &JobRecord, end: SimTime) {
    assert!(job.arrived <= job.submitted, "{job:?}");
    assert!(job.runnable.is_none_or(|runnable| job.submitted <= runnable), "{job:?}");
    let until = job.started.or(job.stopped).unwrap_or(end);
    let latency = until.since(job.submitted);
    assert_eq!(job.waits.total(), latency, "the causes sum to the wait: {job:?}");
    assert_eq!(job.queue_latency, job.started.map(|_| latency), "{job:?}");
    assert!(job.behind <= latency, "behind is a part of the wait: {job:?}");
}

/// Every attempt ends in one state; all but the last are retried; their times add up.
fn assert_attempts(
    job: &JobRecord,
    attempts: &[&AttemptRecord],
    config: &WorldConfig,
    end: SimTime,
) {
    assert_eq!(attempts.len(), job.attempts as usize, "{job:?}");
    let stop = |attempt: &AttemptRecord| attempt.stopped.unwrap_or(end);
    let (mut run, mut lost, mut retry_wait) = (0, 0, 0);
    let (mut checkpoint, mut staging) = (0, 0);
    let mut saved = Saved::of(job, config);
    let mut first_started = None;
    let mut free_from = job.runnable;
    for (index, attempt) in attempts.iter().enumerate() {
        assert_eq!(attempt.attempt as usize, index + 1, "{attempt:?}");
        assert_eq!(Some(attempt.runnable), free_from, "RUNNABLE again at once: {attempt:?}");
        assert!(attempt.runnable <= attempt.placed && attempt.placed <= stop(attempt));
        let last = index + 1 == attempts.len();
        assert!(attempt.retried || last, "only the last attempt is final: {attempt:?}");
        match attempt.status {
            JobStatus::Succeeded => assert!(!attempt.retried && attempt.exit_code == Some(0)),
            JobStatus::Failed => assert!(attempt.exit_code != Some(0), "{attempt:?}"),
            JobStatus::Starting => assert!(last && attempt.started.is_none(), "{attempt:?}"),
            JobStatus::Running => assert!(last && attempt.started.is_some(), "{attempt:?}"),
            other => panic!("an attempt does not end {other:?}"),
        }
        let ran = attempt.started.map_or(0, |started| stop(attempt).since(started).as_millis());
        run += ran;
        let steps = [attempt.stage_in, attempt.stage_out, attempt.checkpoint];
        let [read, written, saving] = steps.map(|time| time.as_millis());
        assert!(read + written + saving <= ran, "steps are a part of the run: {attempt:?}");
        (checkpoint, staging) = (checkpoint + saving, staging + read + written);
        let kept = saved.after(ran - read - written, saving, attempt);
        lost += if attempt.retried { ran - kept - saving } else { 0 };
        if first_started.is_some() {
            let resumed = attempt.started.unwrap_or(stop(attempt));
            retry_wait += resumed.since(attempt.runnable).as_millis();
        }
        first_started = first_started.or(attempt.started);
        free_from = Some(stop(attempt));
        if last && !attempt.retried {
            assert_eq!((job.status, job.stopped), (attempt.status, attempt.stopped), "{job:?}");
        } else if last && first_started.is_some() {
            retry_wait += job.stopped.unwrap_or(end).since(stop(attempt)).as_millis();
        }
    }
    assert_eq!(job.started, first_started, "{job:?}");
    let sums = (job.run.as_millis(), job.lost.as_millis(), job.retry_wait.as_millis());
    assert_eq!(sums, (run, lost, retry_wait), "run, lost, retry wait: {job:?}");
    let sums = (job.checkpoint.as_millis(), job.staging.as_millis());
    assert_eq!(sums, (checkpoint, staging), "checkpoints, staging: {job:?}");
}

/// What a job has saved, worked out from how long its attempts ran.
struct Saved {
    checkpoint: Option<Checkpoint>,
    has_any: bool,
}

impl Saved {
    fn of(job: &JobRecord, config: &WorldConfig) -> Self {
        let model = &config.job_definitions[job.definition.index()].model;
        Self { checkpoint: model.checkpoint, has_any: false }
    }

    /// Of an attempt that ran for so long besides its transfers, `saving` of which on checkpoints:
    /// the work that they keep.
    fn after(&mut self, ran: u64, saving: u64, attempt: &AttemptRecord) -> u64 {
        let Some(Checkpoint { interval, cost, restore }) = self.checkpoint else {
            assert_eq!(saving, 0, "who has no checkpoints spends nothing on them: {attempt:?}");
            return 0;
        };
        let restore = if self.has_any { restore.as_millis() } else { 0 };
        let round = (interval + cost).as_millis();
        // A checkpoint that falls on the end of the work is not written by who fails there.
        let is_own = attempt.reason == StatusReason::ContainerExited;
        let fails = is_own && attempt.exit_code != Some(0);
        let worked = ran.saturating_sub(restore);
        let writes = if fails { worked.saturating_sub(1) } else { worked } / round;
        let restored = if ran >= restore { restore } else { 0 };
        assert_eq!(saving, restored + writes * cost.as_millis(), "{attempt:?}");
        self.has_any |= writes > 0;
        writes * interval.as_millis()
    }
}

/// The node that a job of several ends with.
fn main_node(job: &JobRecord, config: &WorldConfig) -> Option<u32> {
    let nodes = config.job_definitions[job.definition.index()].nodes.as_ref();
    nodes.map(|nodes| nodes.main_node).or((job.nodes > 1).then_some(0))
}

/// What one node of a job asks of its instance.
fn need_of(job: &JobRecord, node: Option<u32>, config: &WorldConfig) -> Requirements {
    let nodes = config.job_definitions[job.definition.index()].nodes.as_ref();
    match (nodes, node) {
        (Some(nodes), Some(node)) => nodes.groups[node as usize],
        _ => job.requirements,
    }
}

/// The nodes other than the main one start once it is RUNNING, each on an instance of its own of
/// the same type, and do not outlast it.
fn assert_other_nodes(
    job: &JobRecord,
    main: &[&AttemptRecord],
    others: &[&AttemptRecord],
    end: SimTime,
) {
    for (n, of) in main.iter().enumerate() {
        let nodes: Vec<_> =
            others.iter().filter(|attempt| attempt.attempt as usize == n + 1).collect();
        let expected = if of.started.is_some() { job.nodes - 1 } else { 0 };
        assert!(nodes.len() as u32 == expected || nodes.is_empty(), "all nodes or none: {job:?}");
        let mut instances = vec![of.place.instance];
        for attempt in nodes {
            assert_eq!(of.started, Some(attempt.placed), "the main node is first: {attempt:?}");
            assert_eq!(attempt.runnable, attempt.placed, "{attempt:?}");
            let stop = |attempt: &AttemptRecord| attempt.stopped.unwrap_or(end);
            assert!(stop(attempt) <= stop(of), "no node outlasts the main one: {attempt:?}");
            let waited = attempt.started.unwrap_or(stop(attempt)).since(attempt.placed);
            assert_eq!(attempt.waits.total(), waited, "pull and start: {attempt:?}");
            assert_eq!(attempt.place.instance_type, of.place.instance_type, "{attempt:?}");
            instances.push(attempt.place.instance);
        }
        let count = instances.len();
        instances.sort_unstable();
        instances.dedup();
        assert_eq!(instances.len(), count, "an instance for every node: {job:?}");
    }
}

/// At least a minute is billed; a Spot instance taken back in its first hour is free.
fn assert_instance(instance: &InstanceRecord, is_task: bool) {
    let Some(running) = instance.running else {
        assert_eq!((instance.billed.as_millis(), instance.cost.0), (0, 0), "{instance:?}");
        return;
    };
    assert!(instance.requested <= running && running <= instance.terminated, "{instance:?}");
    assert!(instance.registered.is_none_or(|at| running <= at && at <= instance.terminated));
    let age = instance.terminated.since(running).as_millis();
    let taken = instance.termination.is_by_ec2();
    assert!(is_task || instance.termination != Termination::TaskStopped, "{instance:?}");
    assert!(!is_task || instance.termination != Termination::ScaleIn, "{instance:?}");
    assert!(!taken || instance.purchase == PurchaseOption::Spot, "{instance:?}");
    let free = taken && age < 3_600_000 && !is_task;
    assert_eq!(instance.billed.as_millis(), if free { 0 } else { age.max(60_000) });
    assert!(!free || instance.cost.0 == 0, "{instance:?}");
}

/// What an instance held is what its attempts asked for while they were on it.
fn assert_allocation(
    instance: &InstanceRecord,
    outcome: &Outcome,
    jobs: &BTreeMap<JobKey, &JobRecord>,
    config: &WorldConfig,
    end: SimTime,
) {
    let here = |attempt: &&AttemptRecord| attempt.place.instance == instance.instance_id;
    let (mut quarter_ms, mut mib_ms) = (0, 0);
    for attempt in outcome.attempts.iter().filter(here) {
        let job = jobs[&(attempt.job_id.raw(), attempt.array_index)];
        let need = need_of(job, attempt.node, config);
        // A task is there from its image pull on.
        let from = attempt.placed.max(instance.running.unwrap_or(SimTime::MAX));
        let held = u128::from(attempt.stopped.unwrap_or(end).since(from).as_millis());
        let quarters = match is_task(instance, config) {
            true => instance.quarter_vcpus,
            false => 4 * need.vcpus,
        };
        quarter_ms += u128::from(quarters) * held;
        mib_ms += u128::from(need.memory_mib) * held;
    }
    let allocated = (instance.allocated_quarter_vcpu_ms, instance.allocated_mib_ms);
    assert_eq!(allocated, (quarter_ms, mib_ms));
    let lifetime = instance.running.map_or(0, |at| instance.terminated.since(at).as_millis());
    let provisioned = u128::from(instance.quarter_vcpus) * u128::from(lifetime);
    assert!(quarter_ms <= provisioned, "{instance:?}");
}

/// The ledger adds up to the bills, and the jobs' shares to the lines that jobs pay for.
fn assert_money(outcome: &Outcome, config: &WorldConfig) {
    let ledger = |source: CostSource| -> i64 {
        outcome.costs.iter().filter(|cost| cost.source == source).map(|cost| cost.cost.0).sum()
    };
    let instances: i64 = outcome.instances.iter().map(|instance| instance.cost.0).sum();
    assert_eq!(CostSource::HOSTS.into_iter().map(ledger).sum::<i64>(), instances);
    let beside = |nano_usd: u64, hours: u64, pays: &dyn Fn(&InstanceRecord) -> bool| -> i64 {
        let bill = |instance: &InstanceRecord| {
            let age = instance.terminated.since(instance.running?).as_millis().max(60_000);
            let (exact, whole) =
                (u128::from(nano_usd) * u128::from(age), u128::from(hours * 3_600_000));
            let even = (exact / whole).is_multiple_of(2) && exact % whole * 2 == whole;
            Some(((exact + whole / 2) / whole) as i64 - i64::from(even))
        };
        outcome.instances.iter().filter(|instance| pays(instance)).filter_map(bill).sum()
    };
    let has_volume = |instance: &InstanceRecord| !is_task(instance, config);
    let ebs = beside(80_000_000 * u64::from(config.ebs_gib), 730, &has_volume);
    let has_address = |instance: &InstanceRecord| {
        !is_task(instance, config) || asks_for_an_address(instance, outcome, config)
    };
    let ipv4 = if config.public_ipv4 { beside(5_000_000, 1, &has_address) } else { 0 };
    assert_eq!((ledger(CostSource::Ebs), ledger(CostSource::Ipv4)), (ebs, ipv4));
    let jobs: i64 = outcome.jobs.iter().map(|job| job.cost.0).sum();
    let groups: i64 = outcome.job_costs.iter().map(|group| group.cost.0).sum();
    assert_eq!(jobs, groups, "the cost of jobs by definition");
    let of_instances =
        |cost: &&batchcast::world::record::CostRecord| CostSource::HOSTS.contains(&cost.source);
    let paid = |line: CostLine| CostLine::OF_ATTEMPTS.contains(&line);
    let mut costs = outcome.costs.iter().filter(of_instances);
    if costs.clone().all(|cost| cost.line != CostLine::FreeFirstHour) {
        let sum: i64 = costs.clone().filter(|cost| paid(cost.line)).map(|cost| cost.cost.0).sum();
        assert_eq!(jobs, sum, "jobs pay for the time of their attempts");
    }
    assert!(costs.all(|cost| cost.line == CostLine::FreeFirstHour || cost.cost.0 > 0));
}

/// Whether the job of a task has a public address.
fn asks_for_an_address(task: &InstanceRecord, outcome: &Outcome, config: &WorldConfig) -> bool {
    let attempt = outcome.attempts.iter().find(|a| a.place.instance == task.instance_id);
    let attempt = attempt.expect("a task has an attempt");
    let job = outcome.jobs.iter().find(|job| job.job_id == attempt.job_id).expect("its job");
    config.job_definitions[job.definition.index()].fargate.is_some_and(|task| task.public_ip)
}
