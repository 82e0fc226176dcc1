//! Order and cycles: priorities, FIFO, head of line, rates, stuck jobs (behaviour 1.5 and 5).

use crate::dependencies::child;
use crate::environments::update;
use crate::support::account::{Account, Outcome, cpus};
use batchcast::batch::job_queue::{StuckReason, TimeLimitAction};
use batchcast::batch::policy::HeadOfLine;
use batchcast::sim::{SimDuration, SimTime};
use batchcast::world::record::JobStatus;

fn hol(rule: HeadOfLine) -> impl FnOnce(&mut batchcast::world::profile::Profile) {
    move |profile| profile.hol = rule
}

fn cycle_of_5_s(profile: &mut batchcast::world::profile::Profile) {
    profile.cycle_period = SimDuration::from_secs(5);
}

#[test]
fn the_queue_of_higher_priority_goes_first() {
    let account = Account::fixed_cluster(1).queue(2, &[0]);
    let account = account.jobs_to(0, 0, 1, cpus(1, 0), 10).jobs_to(1, 0, 1, cpus(1, 0), 10);
    assert_eq!(account.run().starts(), [Some(10.0), Some(0.0)]);
}

#[test]
fn queues_of_equal_priority_go_by_name() {
    let account = Account::fixed_cluster(1).queue(1, &[0]).with(|account| {
        account.config.job_queues[0].name = "b".to_owned();
        account.config.job_queues[1].name = "a".to_owned();
    });
    let account = account.jobs_to(0, 0, 1, cpus(1, 0), 10).jobs_to(1, 0, 1, cpus(1, 0), 10);
    assert_eq!(account.run().starts(), [Some(10.0), Some(0.0)]);
}

/// Behaviour 12, scenario 9.
#[test]
fn a_blocked_queue_lets_one_of_lower_priority_dispatch_in_the_same_cycle() {
    let account = Account::fixed_cluster(4).queue(2, &[0]);
    let account = account.profile(cycle_of_5_s).profile(hol(HeadOfLine::Strict));
    let account = account.jobs_to(0, 0, 1, cpus(2, 0), 100).jobs_to(1, 1, 1, cpus(4, 0), 10);
    let outcome = account.jobs_to(0, 1, 1, cpus(2, 0), 20).run();
    assert_eq!(outcome.starts(), [Some(0.0), Some(100.0), Some(5.0)]);
}

#[test]
fn nothing_is_preempted() {
    let account = Account::fixed_cluster(1).queue(9, &[0]);
    let account = account.jobs_to(0, 0, 1, cpus(1, 0), 100).jobs_to(1, 1, 1, cpus(1, 0), 1);
    let outcome = account.run();
    assert_eq!(outcome.starts(), [Some(0.0), Some(100.0)]);
    assert_eq!(outcome.job(0).attempts, 1);
}

#[test]
fn a_queue_is_first_in_first_out_by_submission() {
    let account = Account::fixed_cluster(1).jobs(3, 1, cpus(1, 0), 10);
    let outcome = account.jobs(0, 1, cpus(1, 0), 10).jobs(1, 1, cpus(1, 0), 10).run();
    assert_eq!(outcome.starts(), [Some(0.0), Some(10.0), Some(20.0)], "in order of submission");
}

#[test]
fn jobs_are_dispatched_on_a_lattice_of_five_seconds() {
    let account = Account::fixed_cluster(9).profile(cycle_of_5_s);
    let account = account.jobs(1, 1, cpus(1, 0), 1).jobs(5, 1, cpus(1, 0), 1);
    let outcome = account.jobs(6, 1, cpus(1, 0), 1).jobs(720, 1, cpus(1, 0), 1).run();
    assert_eq!(outcome.starts(), [Some(5.0), Some(5.0), Some(10.0), Some(720.0)]);
}

#[test]
fn a_place_that_becomes_free_is_filled_at_the_next_cycle() {
    let outcome = Account::fixed_cluster(1).profile(cycle_of_5_s).jobs(0, 2, cpus(1, 0), 7).run();
    assert_eq!(outcome.starts(), [Some(0.0), Some(10.0)]);
}

/// One job of two vCPUs runs for 100 s, one of four is blocked, those of two behind it would fit.
fn blocked_head(rule: HeadOfLine, wide: u32) -> Outcome {
    let account = Account::fixed_cluster(4).profile(hol(rule)).jobs(0, 1, cpus(2, 0), 100);
    account.jobs(1, wide, cpus(4, 0), 10).jobs(2, 1, cpus(2, 0), 10).run()
}

#[test]
fn a_job_that_can_be_neither_placed_nor_requested_blocks_those_behind_it() {
    let starts = blocked_head(HeadOfLine::Strict, 1).starts();
    assert_eq!(starts, [Some(0.0), Some(100.0), Some(110.0)]);
}

/// Five vCPUs hold two children of two at a time; one vCPU is left over, and nobody behind them may
/// have it before the last of eight is placed.
#[test]
fn the_children_of_an_array_stand_together_and_block_those_behind_them() {
    for hol in [HeadOfLine::Strict, HeadOfLine::Fcfs] {
        let account = Account::fixed_cluster(5).profile(|profile| profile.hol = hol);
        let account = account.array(0, 8, cpus(2, 0), 60).jobs(0, 1, cpus(1, 0), 10);
        let outcome = account.run();
        assert_eq!(outcome.job(1).started.map(|t| t.as_millis()), Some(180_000), "{hol:?}");
    }
}

#[test]
fn with_lookahead_so_many_blocked_jobs_are_passed_and_no_more() {
    let last = |rule, wide| blocked_head(rule, wide).starts().last().copied().flatten();
    assert_eq!(last(HeadOfLine::Lookahead(1), 1), Some(2.0));
    assert_eq!(last(HeadOfLine::Lookahead(2), 2), Some(2.0));
    assert_eq!(last(HeadOfLine::Lookahead(1), 2), Some(120.0));
}

/// An instance of two vCPUs runs one job of one; the next job needs a second instance.
fn capacity_on_its_way(rule: HeadOfLine) -> Outcome {
    let account = Account::ideal().own_type("m9.large", 2).on_demand("BEST_FIT", &["m9.large"], 4);
    let account = account.queue(1, &[0]).boot(60).profile(hol(rule));
    let account = account.jobs(0, 1, cpus(1, 0), 1_000);
    account.jobs(100, 1, cpus(2, 0), 10).jobs(101, 1, cpus(1, 0), 10).run()
}

#[test]
fn a_job_whose_capacity_is_on_its_way_does_not_block_idle_capacity() {
    let starts = capacity_on_its_way(HeadOfLine::Strict).starts();
    assert_eq!(starts, [Some(60.0), Some(160.0), Some(101.0)]);
}

#[test]
fn under_fcfs_a_job_whose_capacity_is_on_its_way_blocks_too() {
    let starts = capacity_on_its_way(HeadOfLine::Fcfs).starts();
    assert_eq!(starts, [Some(60.0), Some(160.0), Some(160.0)]);
}

#[test]
fn jobs_are_dispatched_at_forty_a_second() {
    let account = Account::fixed_cluster(500).profile(cycle_of_5_s);
    let account = account.profile(|p| p.dispatch_rate_ec2 = Some(40));
    let starts = account.jobs(0, 500, cpus(1, 0), 600).run_fast().starts();
    let until = |s: f64| starts.iter().flatten().filter(|start| **start <= s).count();
    assert_eq!([until(0.0), until(5.0), until(10.0)], [200, 400, 500], "200 in a cycle of 5 s");
}

#[test]
fn without_cycles_the_dispatch_rate_spaces_jobs_evenly() {
    let account = Account::fixed_cluster(9).profile(|p| p.dispatch_rate_ec2 = Some(40));
    let starts = account.jobs(0, 5, cpus(1, 0), 600).run().starts();
    assert_eq!(starts, [0.0, 0.025, 0.05, 0.075, 0.1].map(Some));
}

#[test]
fn the_dispatch_rate_is_that_of_the_account() {
    let account = Account::fixed_cluster(9).queue(2, &[0]);
    let account = account.profile(|p| p.dispatch_rate_ec2 = Some(1));
    let account = account.jobs_to(0, 0, 2, cpus(1, 0), 600).jobs_to(1, 0, 2, cpus(1, 0), 600);
    assert_eq!(account.run().starts(), [2.0, 3.0, 0.0, 1.0].map(Some));
}

/// The first queue cancels a head that is stuck for `reason` for ten minutes.
pub(crate) fn cancelling(account: Account, reason: StuckReason) -> Account {
    let max_time = SimDuration::from_secs(600);
    let detect = |p: &mut batchcast::world::profile::Profile| {
        p.stuck_detect = SimDuration::from_secs(150);
        p.ice_cooldown = SimDuration::from_secs(180);
    };
    account.profile(detect).with(|account| {
        account.config.job_queues[0].time_limit_actions =
            vec![TimeLimitAction { reason, max_time }];
    })
}

fn assert_cancelled(outcome: &Outcome, at_s: u64, reason: &str) {
    let job = outcome.job(0);
    let text = format!("Canceled by JobStateTimeLimit action due to reason: {reason}");
    assert_eq!((job.status, job.attempts), (JobStatus::Failed, 0));
    assert_eq!(job.status_reason.to_string(), text);
    assert_eq!(job.stopped.map(|t| t.as_millis()), Some(at_s * 1_000));
}

/// Behaviour 12, scenario 14: 150 s until the reason is set, then 600 s.
#[test]
fn a_job_that_needs_all_advertised_memory_is_never_placed_and_cancelled_in_time() {
    let account = Account::ideal().own_type("m9.large", 2).on_demand("BEST_FIT", &["m9.large"], 8);
    let account = cancelling(account.queue(1, &[0]), StuckReason::JobResourceRequirement);
    let account = account.profile(|p| p.mem_overhead_mib = 220);
    let outcome = account.jobs(0, 1, cpus(2, 8_192), 10).jobs(1, 1, cpus(2, 7_000), 10).run();
    assert_cancelled(&outcome, 750, "MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT");
    assert_eq!(outcome.starts()[1], Some(750.0), "the next job moves to the head");
}

#[test]
fn a_job_wider_than_every_max_vcpus_is_never_placed_and_cancelled_in_time() {
    for strategy in ["BEST_FIT", "BEST_FIT_PROGRESSIVE"] {
        let account = Account::ideal().own_type("m9.2xlarge", 8).own_type("m9.xlarge", 4);
        let account = account.on_demand(strategy, &["m9.xlarge", "m9.2xlarge"], 4).queue(1, &[0]);
        let account = cancelling(account, StuckReason::ComputeEnvironmentMaxResource);
        let outcome = account.jobs(0, 1, cpus(8, 0), 10).run();
        assert_cancelled(&outcome, 750, "MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE");
    }
}

/// The pool is asked again at every cool-down; the reason stays as long as it refuses.
#[test]
fn a_job_that_no_environment_has_capacity_for_is_cancelled_in_time() {
    let account = Account::ideal().own_type("m9.xlarge", 4).on_demand("BEST_FIT", &["m9"], 8);
    let account = account.queue(1, &[0]).one_zone().pools_of(0);
    let account = cancelling(account, StuckReason::InsufficientInstanceCapacity);
    let outcome = account.jobs(0, 1, cpus(4, 0), 10).run();
    assert_cancelled(&outcome, 750, "CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY");
}

#[test]
fn a_job_that_one_environment_has_no_capacity_for_and_another_no_room_is_not_cancelled() {
    let account = Account::ideal().own_type("m9.xlarge", 4).own_type("n9.xlarge", 4);
    let account = account.on_demand("BEST_FIT", &["m9"], 8).on_demand("BEST_FIT", &["n9"], 4);
    let account = account.on_demand("BEST_FIT", &["m9"], 8).one_zone().pools_of(4);
    let account = account.queue(1, &[0, 1]).queue(2, &[1]).queue(3, &[2]);
    let account = cancelling(account, StuckReason::InsufficientInstanceCapacity);
    // One pool is held, the other environment is full.
    let account = account.jobs_to(1, 0, 1, cpus(4, 0), 5_000).jobs_to(2, 0, 1, cpus(4, 0), 9_000);
    let outcome = account.jobs_to(0, 10, 1, cpus(4, 0), 10).run();
    assert_eq!(outcome.starts()[2], Some(5_000.0));
}

#[test]
fn an_action_for_another_reason_leaves_the_job_alone() {
    let account = cancelling(Account::fixed_cluster(4), StuckReason::JobResourceRequirement);
    let outcome = account.jobs(0, 2, cpus(4, 0), 5_000).run();
    assert!(outcome.jobs.iter().all(|job| job.status == JobStatus::Succeeded), "maxvCpus only");
}

/// Behaviour 1.5: what AWS shows of a job that nothing acts on, 150 s after it got stuck.
#[test]
fn a_head_that_is_stuck_says_why_after_a_while_and_nobody_behind_it_does() {
    let memory = "MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT - The job resource requirement \
                  (vCPU/memory/GPU) is higher than that can be met by the CE(s) attached to the \
                  job queue.";
    let vcpus = "MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE - CE(s) associated with the job \
                 queue cannot meet the CPU requirement of the job.";
    let capacity = "CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY - Service cannot fulfill the capacity \
                    requested for instance type";
    let account = || Account::ideal().own_type("m9.xlarge", 4).on_demand("BEST_FIT", &["m9"], 8);
    for (need, pool_vcpus, text) in
        [(cpus(4, 1_000_000), 8, memory), (cpus(16, 0), 8, vcpus), (cpus(4, 0), 0, capacity)]
    {
        let reasons = |until_s: u64| {
            let account = account().queue(1, &[0]).one_zone().pools_of(pool_vcpus);
            let account = account.profile(|p| {
                p.stuck_detect = SimDuration::from_secs(150);
                p.ice_cooldown = SimDuration::from_secs(180);
            });
            let outcome = account.jobs(0, 2, need, 10).until(until_s).horizon(until_s).run();
            [0, 1].map(|n| outcome.job(n).status_reason.to_string())
        };
        assert_eq!(reasons(149), ["", ""]);
        assert_eq!(reasons(150), [text, ""]);
    }
    let busy = Account::fixed_cluster(4).jobs(0, 2, cpus(4, 0), 5_000).horizon(1_000).run();
    assert_eq!(busy.job(1).status_reason.to_string(), "", "it waits for its turn");
}

/// Behaviour 1.5, the trap: the instance is on its way and would hold the job, but Batch sees none
/// that does.
#[test]
fn a_head_that_waits_too_long_for_the_first_instance_is_taken_for_a_misconfiguration() {
    let scaling_from_zero = |boot_s| {
        let account = Account::ideal().own_type("m9.xlarge", 4).on_demand("BEST_FIT", &["m9"], 8);
        let account = cancelling(account.queue(1, &[0]), StuckReason::JobResourceRequirement);
        account.boot(boot_s)
    };
    let outcome = scaling_from_zero(900).jobs(0, 1, cpus(4, 0), 10).run();
    assert_cancelled(&outcome, 750, "MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT");
    let outcome = scaling_from_zero(700).jobs(0, 1, cpus(4, 0), 10).run();
    assert_eq!(outcome.starts(), [Some(700.0)], "it clears when one registers");
    let outcome = scaling_from_zero(900).array(0, 2, cpus(4, 0), 10).run();
    let starts = [0, 1].map(|index| child(&outcome, 0, index).started.map(SimTime::as_millis));
    assert_eq!(starts, [None, Some(900_000)], "the next child is at the head from 750 s on");
}

/// What a job waited for behind another, or for an environment to be enabled, is no time at the
/// head without an instance.
#[test]
fn the_time_limit_of_a_head_counts_from_when_it_is_the_head() {
    let account = || Account::ideal().own_type("m9.xlarge", 4).on_demand("BEST_FIT", &["m9"], 8);
    let reason = StuckReason::JobResourceRequirement;
    let behind = cancelling(account().queue(1, &[0]), reason).boot(300);
    let behind = behind.profile(hol(HeadOfLine::Strict)).jobs(0, 1, cpus(4, 1_000_000), 10);
    let outcome = behind.jobs(0, 3, cpus(4, 0), 10).run();
    assert_cancelled(&outcome, 750, "MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT");
    assert_eq!(outcome.starts(), [None, Some(1_050.0), Some(1_050.0), Some(1_060.0)]);
    let disabled = cancelling(account().queue(1, &[0]), reason).boot(300);
    let disabled = disabled.change(0, |environment| environment.enabled = false);
    let disabled = disabled.profile(hol(HeadOfLine::Strict));
    let enabled = update(disabled, 2_000, 0, |update| update.enabled = Some(true));
    let outcome = enabled.jobs(0, 3, cpus(4, 0), 10).run();
    assert_eq!(outcome.starts(), [Some(2_300.0), Some(2_300.0), Some(2_310.0)]);
}

/// The pool is held until 700 s and asked again at 720 s; then a queue of higher priority takes
/// the instance, which would have held the stuck job too: its clock starts anew.
#[test]
fn an_instance_that_registers_clears_the_stuck_reason() {
    let account = Account::ideal().own_type("m9.xlarge", 4).on_demand("BEST_FIT", &["m9"], 8);
    let account = account.on_demand("BEST_FIT", &["m9"], 8).one_zone().pools_of(4);
    let account = account.queue(1, &[0]).queue(2, &[0]).queue(3, &[1]);
    let account = cancelling(account, StuckReason::InsufficientInstanceCapacity);
    let account = account.profile(hol(HeadOfLine::Strict)).jobs_to(0, 0, 1, cpus(4, 0), 10);
    let account = account.jobs_to(2, 0, 1, cpus(4, 0), 700).jobs_to(1, 710, 1, cpus(4, 0), 1_000);
    let outcome = account.run();
    assert_eq!(outcome.starts(), [None, Some(0.0), Some(720.0)]);
    assert_cancelled(&outcome, 720 + 750, "CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY");
}
