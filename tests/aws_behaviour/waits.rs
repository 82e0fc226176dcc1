//! Where a job's waiting goes, to the millisecond (design: queue latency and its causes).

use crate::spot::{first_reclaim_ms, one_pool};
use crate::support::account::{Account, cpus, latency};
use batchcast::batch::policy::HeadOfLine;
use batchcast::batch::wait_cause::WaitCause;
use batchcast::ec2::quota::QuotaClass;
use batchcast::sim::SimDuration;
use batchcast::world::record::JobStatus;

fn instances_of_four(strategy: &str, max_vcpus: u32) -> Account {
    let account = Account::ideal().own_type("m9.xlarge", 4);
    let account = account.on_demand(strategy, &["m9.xlarge"], max_vcpus).one_zone();
    account.queue(1, &[0]).profile(|profile| profile.hol = HeadOfLine::Strict)
}

fn cycle_of_5_s(account: Account) -> Account {
    account.profile(|profile| profile.cycle_period = SimDuration::from_secs(5))
}

#[test]
fn until_it_is_evaluated_a_job_waits_for_its_evaluation() {
    let account = Account::fixed_cluster(1).profile(|profile| profile.submit_eval = latency(2));
    let outcome = account.jobs(7, 1, cpus(1, 0), 10).run();
    assert_eq!(outcome.waits(0), [(WaitCause::Evaluation, 2_000)]);
    assert_eq!(outcome.job(0).runnable.map(|t| t.as_millis()), Some(9_000));
}

#[test]
fn a_job_that_no_instance_can_hold_is_infeasible_and_so_is_the_wait_behind_it() {
    let account = instances_of_four("BEST_FIT", 64);
    let outcome = account.jobs(0, 1, cpus(5, 0), 10).jobs(40, 1, cpus(1, 0), 10).until(100).run();
    assert_eq!(outcome.waits(0), [(WaitCause::Infeasible, 100_000)]);
    assert_eq!(outcome.waits(1), [(WaitCause::Infeasible, 60_000)]);
    assert_eq!([0, 1].map(|n| outcome.job(n).behind.as_millis()), [0, 60_000]);
}

#[test]
fn a_type_larger_than_max_vcpus_is_infeasible_where_it_may_not_be_exceeded() {
    let outcome = instances_of_four("BEST_FIT", 2).jobs(0, 1, cpus(1, 0), 10).until(100).run();
    assert_eq!(outcome.waits(0), [(WaitCause::Infeasible, 100_000)]);
}

#[test]
fn a_job_whose_environments_are_disabled_waits_for_them() {
    let account = instances_of_four("BEST_FIT", 64).change(0, |ce| ce.enabled = false);
    let outcome = account.jobs(0, 1, cpus(1, 0), 10).until(100).run();
    assert_eq!(outcome.waits(0), [(WaitCause::Disabled, 100_000)]);
    assert_eq!(outcome.job(0).status, JobStatus::Runnable);
}

#[test]
fn from_the_plan_to_the_registration_a_job_waits_for_provisioning() {
    let account = instances_of_four("BEST_FIT", 64).profile(|profile| {
        profile.launch = latency(8);
        profile.pending = latency(25);
        profile.boot_cpu = latency(60);
    });
    let outcome = account.jobs(0, 1, cpus(4, 0), 10).run();
    assert_eq!(outcome.waits(0), [(WaitCause::Provisioning, 93_000)]);
}

#[test]
fn with_room_for_it_a_job_waits_for_the_next_cycle() {
    let outcome = cycle_of_5_s(Account::fixed_cluster(1)).jobs(1, 1, cpus(1, 0), 10).run();
    assert_eq!(outcome.waits(0), [(WaitCause::Cycle, 4_000)]);
}

#[test]
fn a_cold_start_is_cycle_provisioning_cycle_pull_and_start() {
    let account = cycle_of_5_s(instances_of_four("BEST_FIT", 64)).boot(62).profile(|profile| {
        profile.submit_eval = latency(1);
        profile.pull_base = SimDuration::from_secs(3);
        profile.start = latency(4);
    });
    let outcome = account.jobs(1, 1, cpus(4, 0), 10).run();
    // Submitted at 1, RUNNABLE at 2, planned at 5, registered at 67, placed at 70, started at 77.
    let expected = [
        (WaitCause::Evaluation, 1_000),
        (WaitCause::Provisioning, 62_000),
        (WaitCause::Cycle, 3_000 + 3_000),
        (WaitCause::ImagePull, 3_000),
        (WaitCause::Start, 4_000),
    ];
    assert_eq!(outcome.waits(0), expected);
    assert_eq!(outcome.starts(), [Some(77.0)]);
}

#[test]
fn with_room_for_it_a_job_waits_for_the_dispatch_rate() {
    let account = Account::fixed_cluster(9).profile(|profile| profile.dispatch_rate_ec2 = Some(1));
    let outcome = account.jobs(0, 3, cpus(1, 0), 10).run();
    assert_eq!(outcome.waits(1), [(WaitCause::Dispatch, 1_000)]);
    assert_eq!(outcome.waits(2), [(WaitCause::Dispatch, 2_000)]);
    assert_eq!(outcome.job(2).behind.as_millis(), 0);
}

/// The instance of two vCPUs makes way at 100 s, and one of four registers at 160 s.
#[test]
fn a_child_at_the_head_is_behind_nobody_though_capacity_was_planned_for_it_since() {
    let account = Account::ideal().own_type("m9.large", 2).own_type("m9.xlarge", 4);
    let account = account.on_demand("BEST_FIT", &["m9"], 4).queue(1, &[0]).boot(60);
    let outcome = account.jobs(0, 1, cpus(2, 0), 40).array(1, 2, cpus(4, 0), 10).run();
    let children: Vec<_> = outcome.jobs.iter().filter(|job| job.array_index.is_some()).collect();
    let first = children.iter().find(|job| job.array_index == Some(0)).expect("a record");
    assert_eq!(first.started.map(|t| t.as_millis()), Some(160_000));
    assert!(first.waits.get(WaitCause::MaxVcpus) > SimDuration::ZERO);
    assert_eq!(first.behind, SimDuration::ZERO);
}

#[test]
fn at_max_vcpus_the_first_job_waits_for_it_and_those_behind_take_its_cause() {
    let outcome = instances_of_four("BEST_FIT", 4).jobs(0, 3, cpus(4, 0), 100).run();
    assert_eq!(outcome.waits(1), [(WaitCause::MaxVcpus, 100_000)]);
    assert_eq!(outcome.waits(2), [(WaitCause::MaxVcpus, 200_000)]);
    let behind = [0, 1, 2].map(|n| outcome.job(n).behind.as_millis());
    assert_eq!(behind, [0, 0, 100_000], "the third is behind the second for 100 s");
}

/// One instance is all that the pool, or the quota, has; another queue's job holds it for 100 s;
/// the cool-down ends at 180 s.
fn refused(account: Account) -> Account {
    let account = account.on_demand("BEST_FIT", &["m9.xlarge"], 8).one_zone().queue(0, &[1]);
    account.cool_down(180).jobs_to(0, 0, 1, cpus(4, 0), 100).jobs_to(1, 0, 1, cpus(4, 0), 10)
}

#[test]
fn what_is_refused_for_want_of_capacity_waits_for_capacity() {
    let outcome = refused(instances_of_four("BEST_FIT", 8).pools_of(4)).run();
    assert_eq!(outcome.waits(1), [(WaitCause::Capacity, 180_000)]);
    assert_eq!(outcome.job(1).behind.as_millis(), 0);
}

#[test]
fn what_is_refused_by_a_quota_waits_for_the_quota() {
    let account = instances_of_four("BEST_FIT", 8).with(|account| {
        account.config.quotas.on_demand_vcpus[QuotaClass::Standard as usize] = Some(4);
    });
    let outcome = refused(account).run();
    assert_eq!(outcome.waits(1), [(WaitCause::Quota, 180_000)]);
}

/// Planned at 0, refused at 8, asked again at 188, granted at 196.
#[test]
fn the_time_of_a_request_that_is_refused_is_provisioning_too() {
    let account = instances_of_four("BEST_FIT", 8).pools_of(4);
    let outcome = refused(account.profile(|profile| profile.launch = latency(8))).run();
    let expected = [(WaitCause::Provisioning, 16_000), (WaitCause::Capacity, 180_000)];
    assert_eq!(outcome.waits(1), expected);
}

#[test]
fn on_its_instance_a_job_waits_for_its_image_and_its_container() {
    let account = Account::fixed_cluster(2).profile(|profile| {
        profile.pull_base = SimDuration::from_secs(3);
        profile.pull_mb_per_s = 60.0;
        profile.start = latency(4);
    });
    let outcome = account.jobs(0, 1, cpus(1, 0), 10).jobs(1, 1, cpus(1, 0), 10).run();
    assert_eq!(outcome.waits(0), [(WaitCause::ImagePull, 4_748), (WaitCause::Start, 4_000)]);
    assert_eq!(outcome.waits(1), [(WaitCause::ImagePull, 3_748), (WaitCause::Start, 4_000)]);
}

#[test]
fn an_attempt_that_dies_before_running_is_a_failed_start() {
    let account = one_pool("SPOT_CAPACITY_OPTIMIZED", 0.1);
    let taken = first_reclaim_ms(&account);
    let never = account.clone().profile(|profile| profile.start = latency(30 * 86_400));
    let outcome = never.jobs(0, 1, cpus(1, 0), 10).run();
    assert_eq!(outcome.waits(0), [(WaitCause::FailedStart, taken)]);
    let job = outcome.job(0);
    assert_eq!((job.status, job.attempts, job.started), (JobStatus::Failed, 1, None));
}

#[test]
fn waiting_after_the_first_start_is_no_part_of_the_queue_latency() {
    let account = cycle_of_5_s(Account::fixed_cluster(1)).every_attempt_fails();
    let account = account.retry(crate::jobs::retry(2, &[])).jobs(0, 1, cpus(1, 0), 7);
    let outcome = account.run();
    assert_eq!(outcome.job(0).queue_latency.map(|t| t.as_millis()), Some(0));
    assert_eq!(outcome.job(0).retry_wait.as_millis(), 3_000, "from 7 s to the cycle at 10 s");
    let second = outcome.attempts_of(0)[1].waits;
    assert_eq!(second.get(WaitCause::Cycle).as_millis(), 3_000);
}

#[test]
fn a_job_that_has_not_started_at_the_horizon_keeps_its_wait_so_far() {
    let outcome = instances_of_four("BEST_FIT", 64).boot(600).horizon(100);
    let outcome = outcome.jobs(30, 1, cpus(4, 0), 10).run();
    assert_eq!(outcome.waits(0), [(WaitCause::Provisioning, 70_000)]);
    assert_eq!(outcome.job(0).queue_latency, None);
}

/// A room that becomes free between two cycles ends the blocked head's wait for maxvCpus.
#[test]
fn from_the_moment_room_is_free_the_head_waits_for_the_cycle_only() {
    let account = cycle_of_5_s(instances_of_four("BEST_FIT", 4)).min_vcpus(0, 4);
    let outcome = account.jobs(0, 2, cpus(4, 0), 102).run();
    assert_eq!(outcome.starts(), [Some(0.0), Some(105.0)]);
    assert_eq!(outcome.waits(1), [(WaitCause::Cycle, 3_000), (WaitCause::MaxVcpus, 102_000)]);
}

#[test]
fn those_behind_the_head_do_not_wait_for_its_cycle() {
    let account = cycle_of_5_s(Account::fixed_cluster(1));
    let outcome = account.jobs(0, 3, cpus(1, 0), 7).run();
    // Room comes at 7 and at 17, and is given away at 10 and at 20.
    assert_eq!(outcome.waits(1), [(WaitCause::Cycle, 3_000), (WaitCause::MaxVcpus, 7_000)]);
    assert_eq!(outcome.waits(2), [(WaitCause::Cycle, 3_000), (WaitCause::MaxVcpus, 17_000)]);
}

#[test]
fn old_room_that_a_blocked_head_kept_from_a_job_is_no_wait_for_the_cycle() {
    let account = cycle_of_5_s(Account::fixed_cluster(4));
    let account = account.profile(|profile| profile.hol = HeadOfLine::Strict);
    let account = account.jobs(0, 1, cpus(2, 0), 98).jobs(1, 1, cpus(4, 0), 9);
    let outcome = account.jobs(1, 1, cpus(2, 0), 10).run();
    // The head starts at 100 and ends at 109; the third job could have run beside the first.
    assert_eq!(outcome.starts(), [Some(0.0), Some(100.0), Some(110.0)]);
    assert_eq!(outcome.waits(1), [(WaitCause::Cycle, 6_000), (WaitCause::MaxVcpus, 93_000)]);
    assert_eq!(outcome.waits(2), [(WaitCause::Cycle, 5_000), (WaitCause::MaxVcpus, 104_000)]);
}

#[test]
fn an_array_child_waits_for_its_evaluation_until_it_is_spawned() {
    let account = Account::fixed_cluster(3).profile(|profile| {
        profile.array_spawn_rate = Some(1);
        profile.submit_eval = latency(1);
    });
    let outcome = account.array(0, 3, cpus(1, 0), 10).run();
    let waits: Vec<_> =
        outcome.jobs.iter().map(|j| j.waits.get(WaitCause::Evaluation).as_millis()).collect();
    assert_eq!(waits, [1_000, 2_000, 3_000]);
    assert!(outcome.jobs.iter().all(|child| child.behind.as_millis() == 0));
}
