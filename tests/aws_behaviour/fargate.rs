//! Fargate: sizes, launches, bills, interruptions (behaviour 4.2, 5.6, 6.1, 8, 9.1, 9.4).

use crate::jobs::retry;
use crate::queues::cancelling;
use crate::support::account::{Account, Outcome, latency};
use batchcast::batch::api_call::{ApiAction, ApiCall, ComputeEnvironmentUpdate};
use batchcast::batch::compute_environment::ComputeEnvironmentId;
use batchcast::batch::fargate::{FargateSize, FargateTask};
use batchcast::batch::job_definition::RetryAction;
use batchcast::batch::job_queue::StuckReason;
use batchcast::batch::wait_cause::WaitCause;
use batchcast::ec2::catalog::Architecture;
use batchcast::ec2::fleet::PurchaseOption;
use batchcast::sim::{SimDuration, SimTime};
use batchcast::world::record::{CostLine, CostSource, JobStatus, Termination};
use std::collections::BTreeMap;

const DAY: u64 = 86_400;
const NOTICE: u64 = 120;

/// One FARGATE environment, and jobs of 0.25 vCPU with 512 MiB.
fn small(max_vcpus: u32) -> Account {
    Account::ideal().fargate(max_vcpus).queue(1, &[0]).tasks_of(1, 512)
}

/// One FARGATE_SPOT environment whose tasks live a second on average before their notice.
fn interrupted() -> Account {
    let account = Account::ideal().fargate_spot(64).queue(1, &[0]).tasks_of(4, 2_048);
    account.profile(|profile| {
        profile.fargate_spot_interruptions_per_hour = 3_600.0;
        profile.spot_notice = SimDuration::from_secs(NOTICE);
    })
}

fn change_task(account: Account, change: impl FnOnce(&mut FargateTask)) -> Account {
    account.with(|account| {
        let task = account.config.job_definitions[0].fargate.as_mut();
        change(task.expect("a definition for Fargate"));
    })
}

fn bucket(account: Account) -> Account {
    account.profile(|profile| {
        (profile.fargate_burst, profile.fargate_rate) = (Some(100), Some(20));
    })
}

fn of_source(outcome: &Outcome, source: CostSource) -> i64 {
    outcome.costs.iter().filter(|cost| cost.source == source).map(|cost| cost.cost.0).sum()
}

/// How many jobs started when, in ms.
fn start_counts(outcome: &Outcome, queue: usize) -> Vec<(u64, usize)> {
    let mut counts = BTreeMap::new();
    for job in outcome.jobs.iter().filter(|job| job.queue.index() == queue) {
        let started = job.started.expect("every job starts").as_millis();
        *counts.entry(started).or_default() += 1;
    }
    counts.into_iter().collect()
}

/// Behaviour 12, scenario 18; what a scenario says of it is in `scenario_fargate`.
#[test]
fn three_vcpus_are_no_size_of_fargate_and_four_with_8192_mib_are() {
    for memory_mib in [6_144, 8_192, 12_288] {
        assert!(FargateSize::new(12, memory_mib).is_err(), "3 vCPUs with {memory_mib} MiB");
    }
    let outcome = Account::ideal().fargate(4).queue(1, &[0]).tasks_of(16, 8_192);
    let outcome = outcome.tasks(0, 0, 1, 60).run();
    assert_eq!((outcome.instance(0).quarter_vcpus, outcome.instance(0).memory_mib), (16, 8_192));
}

/// Behaviour 12, scenario 18: 1 vCPU and 2 GB for a minute are 11,244 x 60 + 1,235 x 2 x 60.
#[test]
fn a_task_of_thirty_seconds_is_billed_sixty() {
    let outcome = Account::ideal().fargate(4).queue(1, &[0]).tasks_of(4, 2_048);
    let outcome = outcome.tasks(0, 0, 1, 30).run();
    let task = outcome.instance(0);
    assert_eq!((task.billed.as_millis(), task.cost.0), (60_000, 822_840));
    let lines = (outcome.line(CostLine::Work), outcome.line(CostLine::Minimum));
    assert_eq!(lines, (411_420, 411_420), "half of it is the minimum");
    assert_eq!(outcome.job(0).cost.0, 411_420);
    assert_eq!(of_source(&outcome, CostSource::Fargate), 822_840);
}

/// 600 s of 0.25 vCPU at 11,244 and of 0.5 GB at 1,235 nano-USD a second.
#[test]
fn ten_minutes_of_a_quarter_vcpu_cost_what_the_price_list_says() {
    let cost = |account: Account| account.tasks(0, 0, 1, 600).run().cost().0;
    assert_eq!(cost(small(1)), 600 * 2_811 + 600 * 1_235 / 2);
    let arm = change_task(small(1), |task| task.architecture = Architecture::Arm64);
    assert_eq!(cost(arm), 600 * 22_486 / 10 + 600 * 9_889 / 20, "8,994.4 and 988.9");
    let storage = change_task(small(1), |task| task.extra_storage_gib = 10);
    assert_eq!(cost(storage), 2_057_100 + 600 * 308, "10 GiB at 30.8");
}

#[test]
fn a_spot_task_costs_its_share_of_the_on_demand_price() {
    let account = Account::ideal().fargate_spot(1).queue(1, &[0]).tasks_of(1, 512);
    let outcome = account.clone().tasks(0, 0, 1, 600).run();
    assert_eq!(outcome.cost().0, 658_272, "32 % of 2,057,100");
    assert_eq!(of_source(&outcome, CostSource::FargateSpot), 658_272);
    let half = account.profile(|profile| profile.fargate_spot_ratio = 0.5);
    assert_eq!(half.tasks(0, 0, 1, 600).run().cost().0, 1_028_550);
}

/// 100 MiB at 1.048576 MB/s take 100 s.
fn slow_start(max_vcpus: u32) -> Account {
    small(max_vcpus).profile(|profile| {
        profile.fargate_provision = latency(30);
        profile.pull_mb_per_s = 1.048_576;
        profile.fargate_start = latency(2);
        // Of instances, and none of a task's business.
        profile.pull_base = SimDuration::from_secs(7);
        profile.start = latency(11);
    })
}

#[test]
fn a_task_is_provisioned_then_pulls_then_starts() {
    let outcome = slow_start(1).tasks(0, 0, 1, 600).run();
    let expected = [
        (WaitCause::Provisioning, 30_000),
        (WaitCause::ImagePull, 100_000),
        (WaitCause::Start, 2_000),
    ];
    assert_eq!(outcome.waits(0), expected);
    let task = outcome.instance(0);
    assert_eq!((task.requested.as_millis(), task.registered), (0, None));
    assert_eq!(task.running.map(|t| t.as_millis()), Some(30_000));
}

/// 12,342,600 nano-USD an hour: 3,428.5 a second.
#[test]
fn a_task_is_billed_from_its_image_pull_to_its_end() {
    let outcome = slow_start(1).tasks(0, 0, 1, 600).run();
    assert_eq!(outcome.instance(0).billed.as_millis(), 702_000);
    assert_eq!(outcome.line(CostLine::Starting), 349_707, "102 s");
    assert_eq!(outcome.line(CostLine::Work), 2_057_100, "600 s");
    assert_eq!(outcome.cost().0, 2_406_807);
}

#[test]
fn a_task_that_has_not_begun_to_pull_costs_nothing() {
    let outcome = slow_start(1).tasks(0, 0, 1, 600).horizon(20).run();
    let task = outcome.instance(0);
    assert_eq!((task.running, task.termination), (None, Termination::RunEnded));
    assert_eq!((outcome.cost().0, task.allocated_quarter_vcpu_ms), (0, 0));
}

#[test]
fn every_task_pulls_its_image_for_itself() {
    let outcome = slow_start(1).tasks(0, 0, 1, 600).tasks(0, 10_000, 1, 600).run();
    for n in 0..2 {
        assert_eq!(outcome.job(n).waits.get(WaitCause::ImagePull).as_millis(), 100_000);
    }
}

#[test]
fn a_task_stops_with_its_job_and_takes_no_other() {
    let outcome = small(1).tasks(0, 0, 1, 100).tasks(0, 150, 1, 100).run();
    let ends: Vec<_> = (0..2)
        .map(|n| (outcome.instance(n).termination, outcome.instance(n).terminated.as_millis()))
        .collect();
    assert_eq!(ends, [(Termination::TaskStopped, 100_000), (Termination::TaskStopped, 250_000)]);
    assert_eq!(outcome.end().peak_instances, 1);
}

#[test]
fn max_vcpus_counts_quarters_of_vcpus_of_tasks() {
    let outcome = small(1).tasks(0, 0, 6, 100).run();
    assert_eq!(start_counts(&outcome, 0), [(0, 4), (100_000, 2)]);
    assert_eq!(outcome.waits(4), [(WaitCause::MaxVcpus, 100_000)]);
    assert_eq!(outcome.peak_vcpus(), 1, "four quarters");
}

#[test]
fn jobs_of_one_whole_vcpu_are_told_apart_by_their_exact_size() {
    let account = small(1).tasks_of(4, 2_048).tasks(0, 0, 1, 100);
    let mut quarter = account.config.job_definitions[0].clone();
    quarter.fargate = Some(FargateTask::new(FargateSize::new(1, 2_048).expect("a size")));
    let mut account = account.with(|account| account.config.job_definitions.push(quarter));
    for (at, job) in account.clone().tasks(0, 0, 4, 100).submissions.drain(1..) {
        let definition = batchcast::batch::job_definition::JobDefinitionId::new(1);
        account = account
            .submit(at, batchcast::workload::submission::JobSubmission { definition, ..job });
    }
    let outcome = account.run();
    assert_eq!(start_counts(&outcome, 0), [(0, 1), (100_000, 4)], "4 x 0.25 after 1 x 1");
}

#[test]
fn a_thousand_tasks_start_a_hundred_at_once_and_then_twenty_a_second() {
    let outcome = bucket(small(1_000)).tasks(0, 0, 1_000, 3_600).run_fast();
    let mut expected = vec![(0, 100)];
    expected.extend((1..=900).map(|n| (50 * n, 1)));
    assert_eq!(start_counts(&outcome, 0), expected);
    assert_eq!(outcome.waits(999), [(WaitCause::Dispatch, 45_000)]);
}

#[test]
fn a_cycle_launches_what_the_bucket_has_gathered() {
    let account = bucket(small(1_000)).profile(|profile| {
        profile.cycle_period = SimDuration::from_secs(2);
        profile.dispatch_rate_ec2 = Some(1);
    });
    let outcome = account.tasks(0, 0, 220, 3_600).run_fast();
    let expected = [(0, 100), (2_000, 40), (4_000, 40), (6_000, 40)];
    assert_eq!(start_counts(&outcome, 0), expected, "the rate of EC2 is another");
}

#[test]
fn spot_and_on_demand_tasks_have_launch_buckets_of_their_own() {
    let account = bucket(Account::ideal().fargate(1_000).fargate_spot(1_000));
    let account = account.queue(1, &[0]).queue(1, &[1]).queue(0, &[0]).tasks_of(1, 512);
    let account = account.tasks(0, 0, 100, 3_600).tasks(1, 0, 100, 3_600).tasks(2, 0, 1, 60);
    let outcome = account.run_fast();
    assert_eq!(start_counts(&outcome, 0), [(0, 100)]);
    assert_eq!(start_counts(&outcome, 1), [(0, 100)]);
    assert_eq!(start_counts(&outcome, 2), [(50, 1)], "queues share a bucket");
}

#[test]
fn fargate_spot_first_spills_over_to_fargate_at_max_vcpus() {
    let account = Account::ideal().fargate_spot(1).fargate(1).queue(1, &[0, 1]).tasks_of(1, 512);
    let outcome = account.tasks(0, 0, 9, 100).run();
    let bought = |n| outcome.job(n).place.expect("placed").purchase;
    assert!((0..4).all(|n| bought(n) == PurchaseOption::Spot));
    assert!((4..8).all(|n| bought(n) == PurchaseOption::OnDemand));
    assert_eq!(outcome.starts()[8], Some(100.0), "both are at their maximum");
}

#[test]
fn an_empty_launch_bucket_does_not_spill_to_the_next_environment() {
    let account = bucket(Account::ideal().fargate_spot(1_000).fargate(1_000));
    let outcome = account.queue(1, &[0, 1]).tasks_of(1, 512).tasks(0, 0, 120, 3_600).run_fast();
    assert_eq!(of_source(&outcome, CostSource::Fargate), 0);
    assert_eq!(outcome.starts()[119], Some(1.0));
}

#[test]
fn a_fargate_quota_counts_the_vcpus_of_all_environments_of_one_purchase_option() {
    let account = Account::ideal().fargate(10).fargate(10).fargate_spot(10);
    let account = account.queue(1, &[0]).queue(1, &[1]).queue(1, &[2]).tasks_of(4, 2_048);
    let account = account.with(|account| account.config.quotas.fargate_vcpus = [Some(2), None]);
    let account = account.tasks(0, 0, 2, 100).tasks(1, 0, 1, 100).tasks(2, 0, 5, 100);
    let outcome = account.run();
    assert_eq!(start_counts(&outcome, 1), [(100_000, 1)]);
    assert_eq!(outcome.waits(2), [(WaitCause::Quota, 100_000)]);
    assert_eq!(start_counts(&outcome, 2), [(0, 5)], "Spot has another quota");
}

#[test]
fn an_interrupted_spot_task_has_two_minutes_and_says_so() {
    let outcome = interrupted().tasks(0, 0, 20, 3_600).run();
    let mut notices_ms = 0;
    for n in 0..20 {
        let job = outcome.job(n);
        assert_eq!(job.status, JobStatus::Failed);
        assert_eq!(job.status_reason.to_string(), "Your Spot Task was interrupted.");
        assert_eq!(outcome.attempts_of(n)[0].exit_code, Some(143));
        let ran_ms = job.run.as_millis();
        assert!(ran_ms > NOTICE * 1_000, "{ran_ms}");
        notices_ms += ran_ms - NOTICE * 1_000;
        assert_eq!(outcome.instance(n).termination, Termination::Reclaimed);
    }
    let mean_ms = notices_ms / 20;
    assert!((300..3_000).contains(&mean_ms), "notices after about 1 s: {mean_ms} ms");
    assert_eq!(outcome.taken_back(), 20);
}

/// 32 % of 49,370,400 nano-USD an hour.
#[test]
fn an_interrupted_task_pays_for_its_time() {
    let outcome = interrupted().tasks(0, 0, 1, 3_600).run();
    let task = outcome.instance(0);
    let ms = task.billed.as_millis();
    assert_eq!(ms, task.terminated.as_millis());
    assert_eq!(task.cost.0, ((15_798_528 * ms + 1_800_000) / 3_600_000) as i64);
    assert_eq!(outcome.line(CostLine::FreeFirstHour), 0, "no hour of a task is free");
}

#[test]
fn a_job_that_ends_within_the_notice_of_its_task_succeeds() {
    let outcome = interrupted().tasks(0, 0, 20, 100).run();
    assert!(outcome.jobs.iter().all(|job| job.status == JobStatus::Succeeded));
    assert_eq!(outcome.taken_back(), 0, "a task stops with its job, whatever its notice says");
}

#[test]
fn an_interruption_is_retried_where_the_strategy_knows_its_text() {
    let rule = |text| [(text, "", "", RetryAction::Retry), ("", "*", "", RetryAction::Exit)];
    let attempts = |text| {
        let account = interrupted().retry(retry(3, &rule(text)));
        account.tasks(0, 0, 1, 3_600).run().job(0).attempts
    };
    assert_eq!([attempts("Your Spot*"), attempts("Host EC2*")], [3, 1]);
}

#[test]
fn on_demand_tasks_are_not_interrupted() {
    let account = interrupted().fargate(64).queue(1, &[1]);
    let outcome = account.tasks(1, 0, 20, 3_600).run();
    assert!(outcome.jobs.iter().all(|job| job.status == JobStatus::Succeeded));
}

#[test]
fn a_task_is_stopped_after_fourteen_days_and_not_retried() {
    let account = small(1).retry(retry(3, &[])).profile(|profile| {
        profile.fargate_max = SimDuration::from_secs(14 * DAY);
    });
    let outcome = account.tasks(0, 0, 1, 15 * DAY).tasks(0, 0, 1, 13 * DAY).run();
    let job = outcome.job(0);
    assert_eq!(
        (job.status, job.attempts, job.run.as_millis()),
        (JobStatus::Failed, 1, 14 * DAY * 1_000)
    );
    assert_eq!(job.status_reason.to_string(), "Job attempt duration exceeded timeout");
    assert_eq!(outcome.job(1).status, JobStatus::Succeeded);
    let own = account_with_timeout(100);
    assert_eq!(own.job(0).run.as_millis(), 100_000, "its own timeout strikes first");
}

fn account_with_timeout(seconds: u64) -> Outcome {
    let account = small(1).timeout(seconds).profile(|profile| {
        profile.fargate_max = SimDuration::from_secs(14 * DAY);
    });
    account.tasks(0, 0, 1, 15 * DAY).run()
}

#[test]
fn in_an_ideal_account_tasks_start_at_once_and_run_without_end() {
    let account = Account::ideal().fargate_spot(1_000).queue(1, &[0]).tasks_of(1, 512);
    let outcome = account.tasks(0, 0, 2_000, 100 * DAY).run_fast();
    assert_eq!(start_counts(&outcome, 0), [(0, 2_000)]);
    assert!(outcome.jobs.iter().all(|job| job.status == JobStatus::Succeeded));
}

/// Provisioning at a median of 25 s, 104,857,600 bytes at 60 MB/s, and 2 s.
#[test]
fn a_task_on_aws_starts_in_half_a_minute() {
    let account = Account::aws().fargate(10).queue(1, &[0]).tasks_of(1, 512);
    let outcome = account.tasks(0, 0, 20, 60).run();
    let of = |cause| outcome.jobs.iter().map(move |job| job.waits.get(cause).as_millis());
    assert!(of(WaitCause::ImagePull).all(|ms| ms == 1_748), "no spread");
    assert!(of(WaitCause::Start).all(|ms| ms == 2_000), "no spread");
    let mut provisioned: Vec<u64> = of(WaitCause::Provisioning).collect();
    provisioned.sort_unstable();
    assert!((20_000..30_000).contains(&provisioned[10]), "{provisioned:?}");
    assert!(provisioned[0] + 2_000 < provisioned[19], "{provisioned:?}");
}

#[test]
fn tasks_are_spread_over_the_zones_of_the_subnets() {
    let account = small(4).change(0, |environment| environment.zones.truncate(3));
    let outcome = account.tasks(0, 0, 6, 100).tasks(0, 0, 6, 200).run();
    let mut zones: BTreeMap<_, u32> = BTreeMap::new();
    for task in &outcome.instances {
        *zones.entry(task.zone.raw()).or_default() += 1;
    }
    assert_eq!(zones.into_iter().collect::<Vec<_>>(), [(0, 4), (1, 4), (2, 4)]);
}

#[test]
fn a_task_pays_for_a_public_address_only_where_it_asks_for_one_and_for_no_volume() {
    let account = small(1).with(|account| {
        account.config.ebs_gib = 30;
        account.config.public_ipv4 = true;
    });
    let beside = |account: &Account| {
        let outcome = account.clone().tasks(0, 0, 1, 3_600).run();
        (of_source(&outcome, CostSource::Ebs), of_source(&outcome, CostSource::Ipv4))
    };
    assert_eq!(beside(&account), (0, 0));
    let public = change_task(account, |task| task.public_ip = true);
    assert_eq!(beside(&public), (0, 5_000_000), "0.005 USD an hour");
}

fn update(
    account: Account,
    at_s: u64,
    change: impl FnOnce(&mut ComputeEnvironmentUpdate),
) -> Account {
    let mut update = ComputeEnvironmentUpdate {
        compute_environment: ComputeEnvironmentId::new(0),
        enabled: None,
        min_vcpus: None,
        max_vcpus: None,
        unmanaged_vcpus: None,
        desired_vcpus: None,
        scale_down_delay: None,
        infrastructure: None,
        update_policy: None,
    };
    change(&mut update);
    let at = SimTime::ZERO + SimDuration::from_secs(at_s);
    let action = ApiAction::UpdateComputeEnvironment(update);
    account.with(|account| account.config.api_calls.push(ApiCall { at, action }))
}

#[test]
fn more_max_vcpus_let_more_tasks_start_at_once() {
    let account = small(1).tasks(0, 0, 8, 100);
    let outcome = update(account, 30, |update| update.max_vcpus = Some(2)).run();
    assert_eq!(start_counts(&outcome, 0), [(0, 4), (30_000, 4)]);
}

#[test]
fn a_disabled_fargate_environment_launches_nothing_and_its_tasks_go_on() {
    let account = small(1).tasks(0, 0, 5, 100);
    let account = update(account, 50, |update| update.enabled = Some(false));
    let outcome = update(account, 300, |update| update.enabled = Some(true)).run();
    assert_eq!(start_counts(&outcome, 0), [(0, 4), (300_000, 1)]);
    assert!(outcome.jobs.iter().all(|job| job.status == JobStatus::Succeeded));
    let expected = [(WaitCause::Disabled, 250_000), (WaitCause::MaxVcpus, 50_000)];
    assert_eq!(outcome.waits(4), expected);
}

/// Behaviour 1.5: its trap is one of instances. The time limit is 750 s, the last job waits longer.
#[test]
fn a_job_that_waits_for_its_launch_is_not_taken_for_a_misconfiguration() {
    let account = cancelling(small(1_000), StuckReason::JobResourceRequirement);
    let account = account.profile(|profile| {
        (profile.fargate_burst, profile.fargate_rate) = (Some(1), Some(1));
    });
    let outcome = account.tasks(0, 0, 900, 10).run_fast();
    assert_eq!(start_counts(&outcome, 0).last(), Some(&(899_000, 1)));
    assert!(outcome.jobs.iter().all(|job| job.status == JobStatus::Succeeded));
}

#[test]
fn an_invalid_fargate_environment_takes_no_jobs() {
    let account = Account::ideal().fargate(8).fargate(8).queue(1, &[0, 1]).tasks_of(1, 512);
    let account = account.change(0, |environment| {
        (environment.enabled, environment.invalid) = (false, true);
    });
    let outcome = account.tasks(0, 0, 4, 100).run();
    assert_eq!(start_counts(&outcome, 0), [(0, 4)]);
    assert!(outcome.instances.iter().all(|task| task.compute_environment.index() == 1));
}
