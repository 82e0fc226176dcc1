//! What must hold of every run, whatever the account: identities between its records.
//!
//! Random small accounts run with every invariant checked after every event. What they record is
//! then checked: the identities of every test's run, and beside them what a reader of the records
//! can compute without the model.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod support;

use batchcast::batch::api_call::{ApiAction, ApiCall, JobEnd, ReasonId};
use batchcast::batch::dependency::{Dependency, JobHandle};
use batchcast::batch::policy::HeadOfLine;
use batchcast::batch::wait_cause::WaitCause;
use batchcast::ec2::catalog::Architecture;
use batchcast::ec2::fleet::{InstanceId, PurchaseOption};
use batchcast::ec2::market::prices::PriceModelConfig;
use batchcast::ec2::money::{NanoUsd, Price};
use batchcast::ec2::price_series::PriceSeries;
use batchcast::sim::sampler::LatencyModel;
use batchcast::sim::{SimDuration, SimTime};
use batchcast::workload::submission::JobSubmission;
use batchcast::world::config::WorldConfig;
use batchcast::world::record::{
    AttemptRecord, CostLine, CostSource, InstanceRecord, JobRecord, JobStatus, StatusReason,
    StopReason, Termination,
};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use support::account::{Account, Outcome, cpus, submission};
use support::identities::is_task;
use support::random_account::{Draft, drafts};
use support::shares::{policy, share};

const FREE_PERIOD: SimDuration = SimDuration::from_secs(3_600);

proptest! {
    #[test]
    fn the_records_of_any_account_agree_with_one_another(draft in drafts()) {
        let account = draft.build();
        let outcome = account.run();
        if draft.must_drain() {
            prop_assert_eq!(outcome.end().reason, StopReason::Drained);
        }
        check_jobs(&outcome);
        check_attempts(&outcome);
        check_dependencies(&account, &outcome);
        check_instances(&account.config, &outcome);
        check_ledger(&account.config, &outcome);
        check_job_costs(&outcome);
        check_spared_instances(&account.config, &outcome);
        if draft.is_first_come_first_served() {
            check_order(&account, &outcome);
        }
        check_samples(&outcome);
    }

    /// The states of any run are legal and agree with its records; here jobs are also cancelled
    /// and terminated, arrays among them, before and while their children are spawned.
    #[test]
    fn jobs_take_legal_paths_whatever_calls_end_them(
        draft in drafts(),
        calls in prop::collection::vec(ends_of_jobs(), 1..12),
    ) {
        let mut account = draft.build();
        account.config.reasons = vec!["superseded".to_owned()];
        account.config.api_calls = calls;
        account.config.api_calls.sort_by_key(|call| call.at);
        let unwatched = account.run_fast();
        let (outcome, _) = account.run_telling();
        prop_assert_eq!(unwatched.end(), outcome.end());
        prop_assert_eq!(unwatched.jobs, outcome.jobs);
    }

    /// A share that is alone has every turn.
    #[test]
    fn a_queue_with_one_share_behaves_as_one_without_a_policy(draft in drafts()) {
        let mut fifo = draft.build();
        for queue in &mut fifo.config.job_queues {
            queue.fair_share = None;
        }
        for (_, submission) in &mut fifo.submissions {
            (submission.share, submission.scheduling_priority) = (None, 0);
        }
        let mut shared = fifo.clone().policy(&policy(0, 0, &[]));
        for (_, submission) in &mut shared.submissions {
            submission.share = Some(share("only"));
        }
        let (fifo, mut shared) = (fifo.run(), shared.run());
        prop_assert!(shared.jobs.iter().all(|job| job.share == Some(share("only"))));
        shared.jobs.iter_mut().for_each(|job| job.share = None);
        prop_assert_eq!(fifo, shared);
    }

    #[test]
    fn any_account_runs_the_same_twice_watched_or_not(draft in drafts()) {
        let account = draft.build();
        let (first, second) = (account.run(), account.run());
        prop_assert_eq!(&first, &second);
        let unwatched = account.run_fast();
        prop_assert_eq!(unwatched.end(), first.end());
        prop_assert_eq!(unwatched.jobs, first.jobs);
    }
}

/// A call at a time, often within the seconds in which arrays spawn, for a child or the whole.
fn ends_of_jobs() -> impl Strategy<Value = ApiCall> {
    let at = prop_oneof![0_u64..6_000, 0_u64..4_000_000].prop_map(SimTime::from_millis);
    let child = prop::option::of(0_u32..8);
    (at, 0_u64..25, child, any::<bool>()).prop_map(|(at, job, child, terminate)| {
        let (job, reason) = (JobHandle(job), ReasonId::new(0));
        ApiCall { at, action: ApiAction::EndJob(JobEnd { job, child, terminate, reason }) }
    })
}

type JobKey = (u32, Option<u32>);

fn key_of(job: &JobRecord) -> JobKey {
    (job.job_id.raw(), job.array_index)
}

fn attempt_key(attempt: &AttemptRecord) -> JobKey {
    (attempt.job_id.raw(), attempt.array_index)
}

fn jobs_by_key(outcome: &Outcome) -> BTreeMap<JobKey, &JobRecord> {
    outcome.jobs.iter().map(|job| (key_of(job), job)).collect()
}

fn has_ended(job: &JobRecord) -> bool {
    matches!(job.status, JobStatus::Succeeded | JobStatus::Failed)
}

/// A job that has started runs or waits to run again, until it stops.
fn check_jobs(outcome: &Outcome) {
    let end = outcome.end();
    for job in &outcome.jobs {
        let until = job.stopped.unwrap_or(end.time);
        assert_eq!(job.stopped.is_some(), has_ended(job), "what has stopped has ended: {job:?}");
        assert!(job.submitted <= job.runnable.unwrap_or(until), "{job:?}");
        if let Some(started) = job.started {
            assert_eq!(job.run + job.retry_wait, until.since(started), "{job:?}");
        }
    }
}

fn check_attempts(outcome: &Outcome) {
    let jobs = jobs_by_key(outcome);
    let instances: BTreeMap<InstanceId, &InstanceRecord> =
        outcome.instances.iter().map(|instance| (instance.instance_id, instance)).collect();
    for attempt in &outcome.attempts {
        let (job, host) = (jobs[&attempt_key(attempt)], instances[&attempt.place.instance]);
        check_attempt(attempt, job, host, outcome.end().time);
    }
}

/// A job starts once all that it depends on has succeeded, and fails without an attempt once
/// something has failed.
fn check_dependencies(account: &Account, outcome: &Outcome) {
    let jobs = jobs_by_key(outcome);
    for job in &outcome.jobs {
        let (_, submission) = &account.submissions[job.job_id.raw() as usize];
        let Some(links) = &submission.links else { continue };
        let mut waits_for: Vec<&JobRecord> = Vec::new();
        let (mut has_failed, mut is_held) = (false, false);
        for dependency in &links.depends_on {
            let known = waits_for.len();
            match (*dependency, job.array_index) {
                (Dependency::Job(JobHandle(id)), _) => {
                    waits_for
                        .extend(outcome.jobs.iter().filter(|o| u64::from(o.job_id.raw()) == id));
                }
                (Dependency::Child(JobHandle(id), child), _) => {
                    waits_for.push(jobs[&(id as u32, Some(child))]);
                }
                (Dependency::NToN(JobHandle(id)), index) => {
                    waits_for.push(jobs[&(id as u32, index)])
                }
                (Dependency::Sequential, Some(index)) if index > 0 => {
                    waits_for.push(jobs[&(job.job_id.raw(), Some(index - 1))]);
                }
                (Dependency::Sequential, _) => {}
            }
            // An array fails with the last of its children: some of them may wait for ever.
            let these = &waits_for[known..];
            let have_ended = these.iter().all(|other| has_ended(other));
            has_failed |= have_ended && these.iter().any(|o| o.status == JobStatus::Failed);
            // What an array as a whole waits for comes before what its children wait for.
            let is_of_the_whole = matches!(dependency, Dependency::Job(_) | Dependency::Child(..));
            is_held |= is_of_the_whole && !have_ended;
        }
        let ready = waits_for.iter().all(|other| other.status == JobStatus::Succeeded);
        if let Some(started) = job.started.or(job.runnable) {
            assert!(ready, "{job:?} waits for {waits_for:?}");
            let stopped = |other: &&JobRecord| other.stopped.is_some_and(|stop| stop <= started);
            assert!(waits_for.iter().all(stopped), "{job:?} waits for {waits_for:?}");
        }
        let dependency_failed = job.status_reason == StatusReason::DependencyFailed;
        if dependency_failed {
            assert!(has_failed && job.status == JobStatus::Failed && job.attempts == 0, "{job:?}");
        }
        let is_held = is_held && job.array_index.is_some();
        if has_failed && !is_held && outcome.end().reason == StopReason::Drained {
            assert!(dependency_failed, "{job:?} waits for {waits_for:?}");
        }
        let waited = job.waits.get(WaitCause::Dependency);
        assert!(waits_for.is_empty() <= (waited == SimDuration::ZERO), "{job:?}");
    }
}

/// It waits, then is placed within the life of its instance, starts and ends there.
fn check_attempt(a: &AttemptRecord, job: &JobRecord, host: &InstanceRecord, end: SimTime) {
    let until = a.stopped.unwrap_or(end);
    let is_main = a.node.is_none_or(|node| node == 0);
    let from = if a.attempt == 1 && is_main { job.submitted } else { a.runnable };
    assert!(from <= a.placed && a.placed <= until, "{a:?}");
    assert_eq!(a.waits.total(), a.started.unwrap_or(until).since(from), "{a:?}");
    // A task is launched when its job is placed, and registers nowhere.
    let there = host.registered.unwrap_or(host.requested);
    assert!(there <= a.placed, "{a:?} {host:?}");
    assert!(until <= host.terminated, "{a:?} {host:?}");
    if let Some(started) = a.started {
        assert!(a.placed <= started && started <= until, "{a:?}");
    }
    assert_eq!(
        (a.place.compute_environment, a.place.instance_type, a.place.zone, a.place.purchase),
        (host.compute_environment, host.instance_type, host.zone, host.purchase),
    );
}

fn is_free(config: &WorldConfig, instance: &InstanceRecord) -> bool {
    let Some(running) = instance.running.filter(|_| !is_task(instance, config)) else {
        return false;
    };
    instance.purchase == PurchaseOption::Spot
        && instance.termination.is_by_ec2()
        && instance.terminated.since(running) < FREE_PERIOD
}

/// What an instance is billed for before credits, seconds granted by the minute included.
fn lifetime(instance: &InstanceRecord) -> Option<SimDuration> {
    let running = instance.running?;
    Some(instance.terminated.since(running).max(SimDuration::from_secs(60)))
}

/// The price list per second, by the hour.
fn task_price(config: &WorldConfig, outcome: &Outcome, task: &InstanceRecord) -> Price {
    let attempt = outcome.attempts.iter().find(|a| a.place.instance == task.instance_id);
    let job = attempt.and_then(|a| outcome.jobs.iter().find(|job| job.job_id == a.job_id));
    let asked = config.job_definitions[job.unwrap().definition.index()].fargate.unwrap();
    let (vcpu, gib) = match asked.architecture {
        Architecture::X86_64 => (112_440, 12_350),
        Architecture::Arm64 => (89_944, 9_889),
    };
    let (quarters, mib) = (asked.size.quarter_vcpus(), asked.size.memory_mib());
    let compute = vcpu * 360 * u64::from(quarters) / 4 + gib * 360 * u64::from(mib) / 1_024;
    let mut price = Price::from_nano_usd_per_hour(compute);
    if task.purchase == PurchaseOption::Spot {
        price = price.scaled_ppm(320_000);
    }
    let storage = 308 * 360 * u64::from(asked.extra_storage_gib);
    Price::from_nano_usd_per_hour(price.nano_usd_per_hour() + storage)
}

fn gross_bill(config: &WorldConfig, outcome: &Outcome, instance: &InstanceRecord) -> i64 {
    let Some(lifetime) = lifetime(instance) else { return 0 };
    if is_task(instance, config) {
        let price = task_price(config, outcome, instance);
        return by_the_hour(u128::from(price.nano_usd_per_hour()), lifetime);
    }
    let facts = config.catalog.get(instance.instance_type);
    let list = facts.on_demand.expect("a priced type");
    let price = match instance.purchase {
        PurchaseOption::OnDemand => list,
        PurchaseOption::Spot => {
            let market = config.spot_market.as_ref().map(|market| &market.prices.model);
            if let Some(PriceModelConfig::History(history)) = market
                && let Some(series) = history.get(instance.instance_type, instance.zone)
            {
                return step_by_step(series, instance, lifetime);
            }
            list.scaled_ppm(facts.spot_ratio_ppm.unwrap_or(350_000))
        }
    };
    by_the_hour(u128::from(price.nano_usd_per_hour()), lifetime)
}

/// What an instance costs at a price that changes, step by step, rounded once.
fn step_by_step(series: &PriceSeries, instance: &InstanceRecord, lifetime: SimDuration) -> i64 {
    let steps: Vec<(SimTime, Price)> = series.steps().collect();
    let from = instance.running.expect("it ran").as_millis();
    let until = from + lifetime.as_millis();
    let mut sum = 0;
    for (n, (start, price)) in steps.iter().enumerate() {
        let end = steps.get(n + 1).map_or(u64::MAX, |(next, _)| next.as_millis());
        let within = end.min(until).saturating_sub(start.as_millis().max(from));
        sum += u128::from(price.nano_usd_per_hour()) * u128::from(within);
    }
    by_the_hour(sum, SimDuration::from_millis(1))
}

/// Half to even.
fn by_the_hour(nano: u128, time: SimDuration) -> i64 {
    let (product, hour) = (nano * u128::from(time.as_millis()), 3_600_000);
    let (whole, rest) = (product / hour, 2 * (product % hour));
    let up = rest > hour || (rest == hour && whole % 2 == 1);
    (whole + u128::from(up)) as i64
}

fn check_instances(config: &WorldConfig, outcome: &Outcome) {
    let end = outcome.end();
    let ids: BTreeSet<InstanceId> = outcome.instances.iter().map(|i| i.instance_id).collect();
    assert_eq!(ids.len(), outcome.instances.len(), "one record an instance");
    for instance in &outcome.instances {
        assert!(instance.terminated <= end.time, "{instance:?}");
        let free = is_free(config, instance);
        let due = if free { 0 } else { gross_bill(config, outcome, instance) };
        assert_eq!(instance.cost, NanoUsd(due), "{instance:?}");
    }
}

fn check_ledger(config: &WorldConfig, outcome: &Outcome) {
    for source in CostSource::HOSTS {
        let lines = outcome.costs.iter().filter(|c| c.source == source).map(|c| c.cost.0);
        let on_fargate = matches!(source, CostSource::Fargate | CostSource::FargateSpot);
        let mine = |i: &&InstanceRecord| {
            Some(i.purchase) == source.purchase() && is_task(i, config) == on_fargate
        };
        let bills = outcome.instances.iter().filter(mine).map(|i| i.cost.0);
        assert_eq!(lines.sum::<i64>(), bills.sum::<i64>(), "{source:?} bills");
    }
    let credits: i64 =
        outcome.costs.iter().filter(|c| c.line == CostLine::FreeFirstHour).map(|c| c.cost.0).sum();
    let free = outcome.instances.iter().filter(|i| is_free(config, i));
    assert_eq!(-credits, free.map(|i| gross_bill(config, outcome, i)).sum::<i64>(), "credits");
}

/// Jobs carry what was spent on them; of an instance that turned out free, nothing.
fn check_job_costs(outcome: &Outcome) {
    let jobs: i64 = outcome.jobs.iter().map(|job| job.cost.0).sum();
    let of_jobs = CostLine::OF_ATTEMPTS;
    let lines: i64 = outcome
        .costs
        .iter()
        .filter(|c| CostSource::HOSTS.contains(&c.source))
        .filter(|c| of_jobs.contains(&c.line))
        .map(|c| c.cost.0)
        .sum();
    let credits: i64 =
        outcome.costs.iter().filter(|c| c.line == CostLine::FreeFirstHour).map(|c| -c.cost.0).sum();
    assert!(jobs <= lines && lines <= jobs + credits, "{jobs} of {lines}, {credits} credited");
    for job in &outcome.jobs {
        assert!(job.cost.0 >= 0, "{job:?}");
    }
}

/// A drained run keeps no instance that minvCpus could spare, unless a job of several nodes waits
/// for the others for ever.
fn check_spared_instances(config: &WorldConfig, outcome: &Outcome) {
    let gathers = |job: &JobRecord| job.nodes > 1 && job.status == JobStatus::Runnable;
    if outcome.end().reason != StopReason::Drained || outcome.jobs.iter().any(gathers) {
        return;
    }
    for (index, environment) in config.compute_environments.iter().enumerate() {
        let left: Vec<u32> = outcome
            .instances
            .iter()
            .filter(|i| i.compute_environment.index() == index)
            .filter(|i| i.termination == Termination::RunEnded)
            .map(|i| i.quarter_vcpus / 4)
            .collect();
        let sum: u32 = left.iter().sum();
        for vcpus in left {
            assert!(sum - vcpus < environment.min_vcpus, "{sum} - {vcpus} in {index}");
        }
    }
}

/// Equal jobs of one queue, of one share and priority where it has a policy, are placed in the
/// order in which they became RUNNABLE.
fn check_order(account: &Account, outcome: &Outcome) {
    let priority =
        |job: &JobRecord| account.submissions[job.job_id.raw() as usize].1.scheduling_priority;
    let lane = |job: &JobRecord| (job.queue, job.share.clone(), priority(job), job.requirements);
    let jobs = jobs_by_key(outcome);
    // What a job waits for may end late in the instant in which others have been placed already.
    let is_released = |job: &JobRecord| {
        let (_, submission) = &account.submissions[job.job_id.raw() as usize];
        submission.links.as_ref().is_some_and(|links| !links.depends_on.is_empty())
    };
    let firsts: Vec<&AttemptRecord> =
        outcome.attempts.iter().filter(|a| a.attempt == 1 && a.node.unwrap_or(0) == 0).collect();
    for a in &firsts {
        for b in &firsts {
            let (one, other) = (jobs[&attempt_key(a)], jobs[&attempt_key(b)]);
            let equal = lane(one) == lane(other);
            let first = if is_released(one) {
                one.runnable < other.runnable
            } else {
                one.runnable <= other.runnable
            };
            let ahead = key_of(one) < key_of(other) && first;
            if equal && ahead && one.submitted <= other.submitted {
                assert!(a.placed <= b.placed, "{a:?} is overtaken by {b:?}");
            }
        }
    }
}

fn check_samples(outcome: &Outcome) {
    for sample in &outcome.samples {
        assert!(sample.registered_vcpus <= sample.provisioned_vcpus, "{sample:?}");
        assert!(sample.allocated_vcpus <= sample.provisioned_vcpus, "{sample:?}");
    }
}

/// The generator reaches what the properties speak of, or they would say nothing.
#[test]
fn random_accounts_see_reclaims_retries_refusals_and_horizons() {
    use proptest::strategy::{Strategy, ValueTree};
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let mut seen: BTreeMap<&str, u32> = BTreeMap::new();
    for _ in 0..200 {
        let draft: Draft = drafts().new_tree(&mut runner).expect("a draft").current();
        let account = draft.build();
        let outcome = account.run_fast();
        let end = outcome.end();
        let tasks = || outcome.instances.iter().filter(|i| is_task(i, &account.config));
        let waits_for =
            |cause| outcome.jobs.iter().any(|job| job.waits.get(cause) > SimDuration::ZERO);
        let facts = [
            ("interruptions", outcome.taken_back() > 0),
            ("free instances", outcome.instances.iter().any(|i| is_free(&account.config, i))),
            ("tasks", tasks().count() > 0),
            ("interrupted tasks", tasks().any(|t| t.termination == Termination::Reclaimed)),
            ("tasks and dispatch limits", tasks().count() > 0 && waits_for(WaitCause::Dispatch)),
            ("tasks and maxvCpus", tasks().count() > 0 && waits_for(WaitCause::MaxVcpus)),
            ("capacity refusals", end.capacity_refusals() > 0),
            ("quota refusals", end.quota_refusals() > 0),
            ("retries", outcome.attempts.iter().any(|attempt| attempt.retried)),
            ("successes", outcome.jobs.iter().any(|job| job.status == JobStatus::Succeeded)),
            ("horizons", end.reason == StopReason::Horizon),
            ("drained", end.reason == StopReason::Drained),
            ("nodes", outcome.attempts.iter().any(|a| a.node.is_some_and(|node| node > 0))),
            ("shares", outcome.jobs.iter().any(|job| job.share.is_some())),
            ("fair share waits", waits_for(WaitCause::FairShare)),
            ("children", outcome.jobs.iter().any(|job| job.array_index.is_some())),
        ];
        for (name, holds) in facts {
            *seen.entry(name).or_default() += u32::from(holds);
        }
    }
    for (name, count) in seen {
        assert!(count >= 5, "{name} in {count} of 200 accounts only");
    }
}

/// A job that no type holds, and after it `more` that a cluster of 32 has room for.
fn behind_an_infeasible_job(depth: u32, more: u32) -> Account {
    let huge = cpus(64, 0);
    let account = Account::fixed_cluster(32).profile(|profile| {
        profile.hol = HeadOfLine::Lookahead(depth);
        profile.cycle_period = SimDuration::from_secs(5);
        profile.dispatch_rate_ec2 = Some(1);
    });
    account.jobs(0, 1, huge, 60).jobs(0, more, cpus(1, 0), 7_200)
}

#[test]
fn a_passed_job_does_not_stop_the_dispatch_of_those_behind_it() {
    let starts = behind_an_infeasible_job(1, 20).run().starts();
    assert_eq!(starts[0], None);
    assert!(starts[1..].iter().all(|start| start.unwrap() <= 20.0), "{starts:?}");
}

#[test]
fn nobody_passes_a_blocked_job_at_depth_0() {
    assert_eq!(behind_an_infeasible_job(0, 5).run().starts(), [None; 6]);
}

/// Two jobs fail together, and a better queue takes most of their room: both wait again, at the
/// head, and the room that is left would do for the job behind them.
fn behind_two_retried_jobs(depth: u32) -> Option<f64> {
    let once = |queue, vcpus, run_s: u64| JobSubmission {
        attempts: Some(1),
        ..submission(queue, cpus(vcpus, 0), run_s * 1_000)
    };
    let twice = JobSubmission { attempts: Some(2), ..once(1, 2, 60) };
    let outcome = Account::fixed_cluster(4)
        .queue(0, &[0])
        .profile(|profile| profile.hol = HeadOfLine::Lookahead(depth))
        .with(|account| account.config.job_definitions[0].model.failure.probability = 1.0)
        .submit(0, twice.clone())
        .submit(0, twice)
        .submit(1_000, once(0, 3, 1_000))
        .submit(2_000, once(1, 1, 60))
        .run();
    outcome.starts()[3]
}

#[test]
fn retried_jobs_that_are_passed_are_counted() {
    assert_eq!(behind_two_retried_jobs(2), Some(60.0));
    assert_eq!(behind_two_retried_jobs(1), Some(1_120.0));
}

/// The small job is evaluated first and gets an instance; the large one stands before it and needs
/// all of maxvCpus. Strictly in order, the small one must give way, or neither would ever start.
#[test]
fn capacity_for_a_job_behind_a_blocked_one_does_not_hold_both_up_for_ever() {
    let account = Account::aws()
        .own_type("own.four", 4)
        .own_type("own.eight", 8)
        .on_demand("BEST_FIT", &["own.four", "own.eight"], 8)
        .queue(1, &[0])
        .profile(|profile| {
            profile.submit_eval = LatencyModel { median: SimDuration::from_secs(60), sigma: 1.0 };
        })
        .jobs(0, 1, cpus(8, 0), 60)
        .jobs(0, 1, cpus(1, 0), 60)
        .with(|account| account.config.horizon = Some(SimDuration::from_secs(86_400)));
    let mut inverted = 0;
    for seed in 0..20 {
        let outcome = account.clone().with(|account| account.seed = seed).run();
        let runnable: Vec<_> = (0..2).map(|n| outcome.job(n).runnable).collect();
        inverted += u32::from(runnable[1] < runnable[0]);
        let done = outcome.jobs.iter().all(|job| job.status == JobStatus::Succeeded);
        assert!(done, "seed {seed}: {:?}", outcome.starts());
    }
    assert!(inverted > 3, "evaluated in the other order {inverted} times of 20");
}
