//! Compute environments and queues over time: calls of the API during a run (behaviour 5.1, 6.1,
//! 6.5, 6.7).

use crate::support::account::{Account, cpus, latency};
use batchcast::batch::allocation::find;
use batchcast::batch::api_call::{ApiAction, ApiCall, ComputeEnvironmentUpdate, JobQueueUpdate};
use batchcast::batch::compute_environment::{
    ComputeEnvironmentId, Infrastructure, ListedType, RegisteredInstances, UpdatePolicy,
};
use batchcast::batch::job_definition::RetryStrategy;
use batchcast::batch::job_queue::JobQueueId;
use batchcast::batch::policy::HeadOfLine;
use batchcast::batch::wait_cause::WaitCause;
use batchcast::ec2::fleet::PurchaseOption;
use batchcast::ec2::quota::QuotaClass;
use batchcast::sim::{SimDuration, SimTime};
use batchcast::world::record::{JobStatus, StatusReason, StopReason, Termination};

/// One On-Demand environment of instances of four vCPUs, without overshoot.
fn account(max_vcpus: u32) -> Account {
    let account = Account::ideal().own_type("m9.size", 4);
    let account = account.on_demand("BEST_FIT", &["m9.size"], max_vcpus).queue(1, &[0]);
    account.profile(|profile| profile.hol = HeadOfLine::Strict)
}

/// UpdateComputeEnvironment of the n-th environment at `at_s`.
pub(crate) fn update(
    account: Account,
    at_s: u64,
    n: u32,
    change: impl FnOnce(&mut ComputeEnvironmentUpdate),
) -> Account {
    let mut update = ComputeEnvironmentUpdate {
        compute_environment: ComputeEnvironmentId::new(n),
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
    call(account, at_s, ApiAction::UpdateComputeEnvironment(update))
}

/// UpdateJobQueue of the n-th queue at `at_s`.
pub(crate) fn update_queue(
    account: Account,
    at_s: u64,
    n: u32,
    change: impl FnOnce(&mut JobQueueUpdate),
) -> Account {
    let mut update = JobQueueUpdate {
        job_queue: JobQueueId::new(n),
        enabled: None,
        priority: None,
        compute_environments: None,
        time_limit_actions: None,
    };
    change(&mut update);
    call(account, at_s, ApiAction::UpdateJobQueue(update))
}

fn call(account: Account, at_s: u64, action: ApiAction) -> Account {
    let at = SimTime::from_millis(at_s * 1_000);
    account.with(|account| account.config.api_calls.push(ApiCall { at, action }))
}

#[test]
fn raising_max_vcpus_lets_blocked_jobs_go_on() {
    let account = account(4).jobs(0, 3, cpus(4, 0), 100);
    let outcome = update(account, 30, 0, |update| update.max_vcpus = Some(8)).run();
    assert_eq!(outcome.starts(), [0.0, 30.0, 100.0].map(Some));
    assert_eq!(outcome.waits(1), [(WaitCause::MaxVcpus, 30_000)]);
}

#[test]
fn a_job_too_wide_for_max_vcpus_runs_once_it_is_raised() {
    let account = Account::ideal().own_type("m9.size", 8).on_demand("BEST_FIT", &["m9.size"], 4);
    let account = account.queue(1, &[0]).jobs(0, 1, cpus(8, 0), 100);
    let outcome = update(account, 30, 0, |update| update.max_vcpus = Some(8)).run();
    assert_eq!(outcome.starts(), [Some(30.0)]);
    assert_eq!(outcome.waits(0), [(WaitCause::Infeasible, 30_000)]);
}

#[test]
fn lowering_max_vcpus_ends_no_job_and_only_idle_instances() {
    let account = account(12).jobs(0, 2, cpus(4, 0), 100).jobs(0, 1, cpus(4, 0), 400);
    let account = account.jobs(20, 1, cpus(4, 0), 50);
    let outcome = update(account, 10, 0, |update| update.max_vcpus = Some(4)).run();
    assert_eq!(outcome.starts(), [0.0, 0.0, 0.0, 100.0].map(Some));
    let ended: Vec<u64> = outcome.instances.iter().map(|i| i.terminated.as_millis()).collect();
    assert_eq!(ended, [100_000, 150_000, 400_000], "one is taken at 100 s, the other is spared");
    assert!(outcome.instances.iter().all(|i| i.termination == Termination::ScaleIn));
    assert_eq!(outcome.end().refused_calls, 0);
}

#[test]
fn a_disabled_environment_lets_its_jobs_go_on_and_takes_no_more() {
    let account = account(8).jobs(0, 1, cpus(4, 0), 100).jobs(20, 1, cpus(4, 0), 50);
    let account = update(account, 10, 0, |update| update.enabled = Some(false));
    let outcome = update(account, 300, 0, |update| update.enabled = Some(true)).run();
    assert_eq!(outcome.starts(), [Some(0.0), Some(300.0)]);
    assert_eq!(outcome.waits(1), [(WaitCause::Disabled, 280_000)]);
    assert_eq!(outcome.instance(0).terminated.as_millis(), 100_000, "idle, so scaled in");
}

#[test]
fn what_a_disabled_environment_had_promised_is_asked_of_the_next() {
    let account = account(8).boot(60).on_demand("BEST_FIT", &["m9.size"], 8);
    let account = account.queue(2, &[0, 1]).jobs_to(1, 0, 1, cpus(4, 0), 100);
    let outcome = update(account, 10, 0, |update| update.enabled = Some(false)).run();
    assert_eq!(outcome.starts(), [Some(70.0)]);
    let environments = |n| outcome.instance(n).compute_environment.raw();
    assert_eq!((environments(0), environments(1)), (0, 1));
    assert_eq!(outcome.instance(0).attempts, 0, "it comes all the same, and goes");
    assert_eq!(outcome.waits(0), [(WaitCause::Provisioning, 70_000)]);
}

#[test]
fn min_vcpus_that_are_raised_are_requested_and_lowered_are_scaled_in() {
    let account = account(8).until(1_000);
    let account = update(account, 100, 0, |update| update.min_vcpus = Some(8));
    let outcome = update(account, 500, 0, |update| update.min_vcpus = Some(4)).run();
    let lives: Vec<_> = outcome
        .instances
        .iter()
        .filter(|i| i.compute_environment.raw() == 0)
        .map(|i| (i.requested.as_millis(), i.terminated.as_millis()))
        .collect();
    assert_eq!(lives, [(100_000, 500_000), (100_000, 1_000_000)]);
}

#[test]
fn desired_vcpus_launch_instances_before_there_is_demand() {
    let account = account(8).boot(60).until(1_000).profile(|profile| {
        profile.idle_scale_in = SimDuration::from_secs(10_000);
    });
    let account = account.jobs(200, 2, cpus(4, 0), 50);
    let outcome = update(account, 100, 0, |update| update.desired_vcpus = Some(8)).run();
    assert_eq!(outcome.starts()[..2], [Some(200.0), Some(200.0)]);
    assert_eq!(outcome.instance(0).requested.as_millis(), 100_000);
}

#[test]
fn desired_vcpus_below_what_the_environment_has_are_refused_with_the_whole_call() {
    let account = account(8).jobs(0, 2, cpus(4, 0), 100).jobs(10, 1, cpus(4, 0), 50);
    let outcome = update(account, 20, 0, |update| {
        (update.desired_vcpus, update.max_vcpus) = (Some(4), Some(100));
    });
    let outcome = outcome.run();
    assert_eq!(outcome.end().refused_calls, 1);
    assert_eq!(outcome.starts()[2], Some(100.0), "maxvCpus is as it was");
}

#[test]
fn a_disabled_queue_refuses_new_jobs_and_finishes_those_it_has() {
    let account = account(4).jobs(0, 2, cpus(4, 0), 100).jobs(20, 3, cpus(4, 0), 100);
    let account = account.array(21, 5, cpus(4, 0), 1).jobs(250, 1, cpus(4, 0), 10);
    let account = update_queue(account, 10, 0, |update| update.enabled = Some(false));
    let outcome = update_queue(account, 240, 0, |update| update.enabled = Some(true)).run();
    assert_eq!(outcome.starts(), [0.0, 100.0, 250.0].map(Some));
    assert!(outcome.jobs.iter().all(|job| job.status == JobStatus::Succeeded));
    assert_eq!((outcome.end().submitted, outcome.end().refused_submissions), (3, 8));
}

#[test]
fn a_queue_that_is_given_a_higher_priority_is_served_first() {
    let account = account(4).queue(2, &[0]).jobs_to(1, 0, 2, cpus(4, 0), 100);
    let account = account.jobs_to(0, 1, 1, cpus(4, 0), 100);
    let outcome = update_queue(account, 50, 0, |update| update.priority = Some(3)).run();
    assert_eq!(outcome.starts(), [0.0, 200.0, 100.0].map(Some));
}

#[test]
fn another_order_of_environments_counts_for_jobs_that_wait() {
    let account = account(4).on_demand("BEST_FIT", &["m9.size"], 8).jobs(0, 3, cpus(4, 0), 100);
    let outcome = update_queue(account, 30, 0, |update| {
        let order = [1, 0].map(ComputeEnvironmentId::new);
        update.compute_environments = Some(order.to_vec());
    });
    let outcome = outcome.run();
    assert_eq!(outcome.starts(), [0.0, 30.0, 30.0].map(Some));
    let place = |n| outcome.job(n).place.map(|place| place.compute_environment.raw());
    assert_eq!([place(0), place(1), place(2)], [Some(0), Some(1), Some(1)]);
}

#[test]
fn promises_survive_a_change_of_the_order_and_are_kept_by_the_new_first() {
    let account = account(8).boot(60).on_demand("BEST_FIT", &["m9.size"], 8);
    let account = account.array(0, 2, cpus(4, 0), 100);
    let outcome = update_queue(account, 30, 0, |update| {
        update.compute_environments = Some(vec![ComputeEnvironmentId::new(1)]);
    });
    let outcome = outcome.run();
    assert_eq!(outcome.starts(), [Some(90.0), Some(90.0)]);
    assert_eq!(outcome.waits(0), [(WaitCause::Provisioning, 90_000)]);
}

#[test]
fn a_call_that_is_due_after_the_run_has_drained_does_not_keep_it_open() {
    let account = account(4).jobs(0, 1, cpus(4, 0), 100);
    let outcome = update(account, 5_000, 0, |update| update.min_vcpus = Some(4)).run();
    assert_eq!(outcome.end().reason, StopReason::Drained);
    assert_eq!(outcome.end().time.as_millis(), 100_000);
}

#[test]
fn a_call_that_frees_a_job_is_waited_for() {
    let account = account(4).change(0, |ce| ce.enabled = false).jobs(0, 1, cpus(4, 0), 100);
    let outcome = update(account, 5_000, 0, |update| update.enabled = Some(true)).run();
    assert_eq!(outcome.starts(), [Some(5_000.0)]);
}

/// Twenty minutes of scale-down delay, checked every five.
fn delayed(max_vcpus: u32) -> Account {
    account(max_vcpus)
        .profile(|profile| profile.idle_scale_in = SimDuration::from_secs(300))
        .change(0, |ce| ce.scale_down_delay = SimDuration::from_secs(1_200))
}

/// Behaviour 12, scenario 16.
#[test]
fn an_instance_idle_at_t_is_not_terminated_before_t_plus_twenty_minutes() {
    let outcome = delayed(8).jobs(0, 1, cpus(4, 0), 100).jobs(0, 1, cpus(4, 0), 1_000).run();
    for (n, idle_from) in [(0, 100), (1, 1_000)] {
        let instance = outcome.instance(n);
        let ended = instance.terminated.as_millis();
        let least = (idle_from + 1_200) * 1_000;
        assert!((least..least + 300_000).contains(&ended), "at the first check after: {ended}");
        assert_eq!(instance.billed.as_millis(), ended, "idle time bills");
    }
    let at = |n| outcome.instance(n).terminated.as_millis();
    assert_eq!((at(1) - at(0)) % 300_000, 0, "on the lattice of the checks");
    assert_eq!(outcome.end().time, outcome.instance(1).terminated);
}

/// Behaviour 12, scenario 16: two are asked for and one is needed, for the other job is gone.
#[test]
fn a_never_used_instance_may_go_at_once() {
    let account = delayed(8).boot(60).jobs(0, 1, cpus(4, 0), 100);
    let account = update(account, 0, 0, |update| update.desired_vcpus = Some(8));
    let outcome = account.run();
    let (used, unused): (Vec<_>, Vec<_>) = outcome.instances.iter().partition(|i| i.attempts > 0);
    assert_eq!((used.len(), unused.len()), (1, 1));
    assert!(unused[0].terminated.as_millis() < 60_000 + 300_000);
    assert!(used[0].terminated.as_millis() >= 160_000 + 1_200_000);
}

/// A check is due late when an instance registers that nobody will use.
#[test]
fn a_never_used_instance_pulls_a_late_check_forward() {
    let account = delayed(8).jobs(0, 1, cpus(4, 0), 100);
    let account = update(account, 500, 0, |update| update.desired_vcpus = Some(8));
    let outcome = account.run();
    let unused = outcome.instance(1);
    assert_eq!((unused.attempts, unused.requested.as_millis()), (0, 500_000));
    assert!(unused.terminated.as_millis() < 500_000 + 300_000);
    assert!(outcome.instance(0).terminated.as_millis() >= 1_300_000, "it keeps its own time");
}

#[test]
fn placing_a_job_resets_the_delay() {
    let account = delayed(4).jobs(0, 1, cpus(4, 0), 100).jobs(1_200, 1, cpus(4, 0), 50);
    let outcome = account.run();
    assert_eq!(outcome.instances.len(), 1);
    let ended = outcome.instance(0).terminated.as_millis();
    assert!((2_450_000..2_750_000).contains(&ended), "idle again from 1,250 s on: {ended}");
}

#[test]
fn min_vcpus_outlast_the_delay() {
    let outcome = delayed(8).min_vcpus(0, 4).jobs(0, 2, cpus(4, 0), 100).until(9_000).run();
    let mine = outcome.instances.iter().filter(|i| i.compute_environment.raw() == 0);
    let ended = |i: &batchcast::world::record::InstanceRecord| i.termination;
    let mut why: Vec<Termination> = mine.map(ended).collect();
    why.sort_unstable();
    assert_eq!(why, [Termination::ScaleIn, Termination::RunEnded]);
}

#[test]
fn a_delay_that_is_taken_away_lets_idle_instances_go() {
    let account = delayed(4).jobs(0, 1, cpus(4, 0), 100);
    let account = update(account, 400, 0, |update| {
        update.scale_down_delay = Some(SimDuration::ZERO);
    });
    let ended = account.run().instance(0).terminated.as_millis();
    assert!((400_000..700_000).contains(&ended), "{ended}");
}

/// One pool that takes everything back once an hour, on average; a delay of a week.
#[test]
fn a_reclaim_does_not_wait_for_the_delay() {
    let week = SimDuration::from_secs(7 * 86_400);
    let account = crate::spot::one_pool("SPOT_CAPACITY_OPTIMIZED", 1.0);
    let account = account.change(0, |ce| ce.scale_down_delay = week);
    let outcome = account.jobs(0, 1, cpus(1, 0), 10).run();
    let last = outcome.instances.last().expect("an instance");
    assert_eq!(last.termination, Termination::Reclaimed);
    assert_eq!(outcome.end().reason, StopReason::Drained);
    assert_eq!(outcome.end().time, last.terminated, "the check of next week is not waited for");
}

/// An environment of four-vCPU instances that can be updated, and types to update it to.
fn replaceable() -> Account {
    let account = Account::ideal().own_type("m9.size", 4).own_type("n9.size", 8);
    let account = account.on_demand("BEST_FIT_PROGRESSIVE", &["m9.size"], 64).queue(1, &[0]);
    account.profile(|profile| profile.hol = HeadOfLine::Strict)
}

/// An infrastructure update of the first environment to `types` at `at_s`.
fn replace(
    account: Account,
    at_s: u64,
    types: &[&str],
    change: impl FnOnce(&mut ComputeEnvironmentUpdate),
) -> Account {
    let environment = &account.config.compute_environments[0];
    let catalog = &account.config.catalog;
    let listed = |(rank, name): (usize, &&str)| ListedType {
        id: catalog.find(name).expect("a known type"),
        rank: rank as u32,
    };
    let instance_types = types.iter().enumerate().map(listed).collect();
    let infrastructure = environment.infrastructure().expect("instances");
    let infrastructure = Infrastructure { instance_types, ..infrastructure };
    update(account, at_s, 0, |update| {
        update.infrastructure = Some(infrastructure);
        change(update);
    })
}

#[test]
fn after_an_infrastructure_update_new_jobs_go_to_new_instances_and_running_jobs_go_on() {
    let account = replaceable().jobs(0, 1, cpus(2, 0), 100).jobs(60, 1, cpus(2, 0), 10);
    let account = replace(account, 50, &["n9.size"], |_| ());
    let outcome = account.run();
    assert_eq!(outcome.starts(), [Some(0.0), Some(60.0)]);
    assert_eq!([0, 1].map(|n| account.type_of(&outcome, n)), ["m9.size", "n9.size"]);
    let [old, new] = [0, 1].map(|n| outcome.instance(n));
    assert_eq!((old.termination, old.terminated.as_millis()), (Termination::Replaced, 100_000));
    assert_eq!(new.termination, Termination::ScaleIn);
    assert!(outcome.jobs.iter().all(|job| job.status == JobStatus::Succeeded));
}

#[test]
fn jobs_that_outlast_the_update_timeout_are_terminated_and_lost() {
    let account = replaceable().jobs(0, 1, cpus(2, 0), 10_000);
    let outcome = replace(account, 50, &["n9.size"], |_| ()).run();
    let job = outcome.job(0);
    assert_eq!(job.status, JobStatus::Failed, "one attempt, and it is gone");
    assert!(matches!(job.status_reason, StatusReason::HostTerminated(_)));
    assert_eq!(job.stopped.map(|t| t.as_millis()), Some(1_850_000), "thirty minutes by default");
    assert_eq!(outcome.instance(0).attempts_lost, 1);
}

/// The first update leaves the job until 1,850 s, the second, with a minute, until 160 s.
#[test]
fn the_timeout_of_a_later_update_holds_for_jobs_on_instances_that_are_replaced_already() {
    let account = replaceable().jobs(0, 1, cpus(2, 0), 10_000);
    let account = replace(account, 50, &["n9.size"], |_| ());
    let account = replace(account, 100, &["m9.size"], |update| {
        let job_execution_timeout = SimDuration::from_secs(60);
        update.update_policy = Some(UpdatePolicy { terminate_jobs: false, job_execution_timeout });
    });
    let outcome = account.run();
    assert_eq!(outcome.job(0).stopped.map(|t| t.as_millis()), Some(160_000));
}

#[test]
fn a_job_that_an_update_terminates_is_retried_if_its_strategy_allows() {
    let retry = RetryStrategy { attempts: 2, evaluate_on_exit: Vec::new() };
    let account = replaceable().retry(retry).jobs(0, 1, cpus(2, 0), 500);
    let account = replace(account, 50, &["n9.size"], |update| {
        let job_execution_timeout = SimDuration::from_secs(60);
        update.update_policy = Some(UpdatePolicy { terminate_jobs: false, job_execution_timeout });
    });
    let outcome = account.run();
    let attempts = outcome.attempts_of(0);
    let stops: Vec<_> = attempts.iter().map(|a| a.stopped.map(|t| t.as_millis())).collect();
    assert_eq!(stops, [Some(110_000), Some(610_000)]);
    assert_eq!(account.type_of(&outcome, 1), "n9.size");
    assert_eq!(outcome.job(0).status, JobStatus::Succeeded);
}

#[test]
fn terminate_jobs_on_update_ends_them_at_once() {
    let account = replaceable().jobs(0, 2, cpus(2, 0), 500);
    let account = account.change(0, |ce| ce.update_policy.terminate_jobs = true);
    let outcome = replace(account, 50, &["n9.size"], |_| ()).run();
    assert!(outcome.jobs.iter().all(|job| job.stopped.map(|t| t.as_millis()) == Some(50_000)));
    assert_eq!(outcome.instance(0).terminated.as_millis(), 50_000);
}

#[test]
fn requested_booting_and_idle_instances_are_replaced_at_once() {
    let account = replaceable().profile(|profile| profile.launch = latency(8)).boot(60);
    let account = account.min_vcpus(0, 4).jobs(30, 1, cpus(4, 0), 500).until(2_000);
    let account = replace(account, 4, &["n9.size"], |_| ());
    let account = replace(account, 20, &["m9.size"], |_| ());
    let account = replace(account, 1_000, &["n9.size"], |_| ());
    let outcome = account.run();
    let lives: Vec<_> = (0..outcome.instances.len() as u32)
        .filter(|n| outcome.instance(*n).compute_environment.raw() == 0)
        .map(|n| {
            let instance = outcome.instance(n);
            let [from, to] = [instance.requested, instance.terminated].map(|t| t.as_millis());
            (account.type_of(&outcome, n).to_owned(), from, to)
        })
        .collect();
    let life = |name: &str, from, to| (name.to_owned(), from, to);
    assert_eq!(
        lives,
        [
            life("n9.size", 4_000, 20_000),
            life("m9.size", 20_000, 1_000_000),
            life("n9.size", 1_000_000, 2_068_000),
        ],
        "the request of 0 s is never granted"
    );
    assert_eq!(outcome.starts()[0], Some(88.0));
}

#[test]
fn an_instance_that_is_replaced_does_not_wait_for_the_scale_down_delay() {
    let account = replaceable().jobs(0, 1, cpus(2, 0), 100).change(0, |ce| {
        ce.scale_down_delay = SimDuration::from_secs(1_200);
    });
    let outcome = replace(account, 50, &["n9.size"], |_| ()).run();
    assert_eq!(outcome.instance(0).terminated.as_millis(), 100_000);
}

#[test]
fn an_update_may_turn_on_demand_into_spot() {
    let account = replaceable().jobs(0, 1, cpus(4, 0), 100).jobs(60, 1, cpus(4, 0), 100);
    let account = replace(account, 50, &["m9.size"], |update| {
        let infrastructure = update.infrastructure.as_mut().expect("an infrastructure update");
        infrastructure.purchase = PurchaseOption::Spot;
        infrastructure.strategy = find("SPOT_CAPACITY_OPTIMIZED").expect("a known strategy");
    });
    let outcome = account.run();
    let purchases = [0, 1].map(|n| outcome.instance(n).purchase);
    assert_eq!(purchases, [PurchaseOption::OnDemand, PurchaseOption::Spot]);
}

/// The market of a pool does not depend on what is launched: its first reclaim is known.
#[test]
fn an_instance_that_is_being_replaced_can_still_be_taken_back() {
    let account = crate::spot::one_pool("SPOT_CAPACITY_OPTIMIZED", 0.1);
    let reclaim = crate::spot::first_reclaim_ms(&account);
    let account = account.jobs(0, 1, cpus(1, 0), 30 * 86_400);
    let outcome = replace(account, reclaim / 1_000 - 600, &["m9.xlarge"], |_| ()).run();
    let first = outcome.instance(0);
    assert_eq!(
        (first.termination, first.terminated.as_millis()),
        (Termination::Reclaimed, reclaim)
    );
}

#[test]
fn an_invalid_environment_is_passed_over_and_keeps_no_instances() {
    let account = account(8).min_vcpus(0, 4).change(0, |ce| {
        (ce.enabled, ce.invalid) = (false, true);
    });
    let account = account.on_demand("BEST_FIT", &["m9.size"], 8).queue(2, &[0, 1]);
    let account = account.jobs_to(1, 0, 1, cpus(4, 0), 100);
    let outcome = update(account, 50, 0, |update| update.enabled = Some(true)).run();
    assert_eq!(outcome.instances.len(), 1);
    assert_eq!(outcome.instance(0).compute_environment.raw(), 1);
}

#[test]
fn jobs_of_a_queue_without_a_valid_environment_wait_and_say_so() {
    let account = account(8).change(0, |ce| (ce.enabled, ce.invalid) = (false, true));
    let outcome = account.jobs(0, 1, cpus(4, 0), 100).until(500).run();
    let job = outcome.job(0);
    assert_eq!((job.status, job.attempts), (JobStatus::Runnable, 0));
    assert_eq!(outcome.waits(0), [(WaitCause::Disabled, 500_000)]);
    let text = "ACTION_REQUIRED - CE(s) associated with the job queue are invalid.";
    assert_eq!(job.status_reason.to_string(), text);
}

/// An UNMANAGED environment of `count` four-vCPU instances.
pub(crate) fn unmanaged(count: u32, from_s: u64, until_s: Option<u64>) -> Account {
    let at = |seconds: u64| SimTime::from_millis(seconds * 1_000);
    let account = account(4 * count).change(0, |ce| {
        ce.managed = false;
        ce.model.instances = vec![RegisteredInstances {
            instance_type: ce.instance_types[0].id,
            zone: ce.zones[0],
            count,
            from: at(from_s),
            until: until_s.map(at),
        }];
    });
    account.profile(|profile| profile.idle_scale_in = SimDuration::ZERO)
}

#[test]
fn an_unmanaged_environment_has_what_its_user_registers_and_never_more() {
    let outcome = unmanaged(2, 0, None).jobs(0, 5, cpus(2, 0), 100).run();
    assert_eq!(outcome.starts(), [0.0, 0.0, 0.0, 0.0, 100.0].map(Some));
    assert_eq!(outcome.waits(4), [(WaitCause::MaxVcpus, 100_000)]);
    assert_eq!(outcome.instances.len(), 2);
    assert!(outcome.instances.iter().all(|i| i.termination == Termination::RunEnded));
    assert!(outcome.instances.iter().all(|i| i.billed.as_millis() == 200_000), "idle or not");
}

#[test]
fn unmanaged_instances_are_billed_from_registration_to_their_end() {
    let account = unmanaged(1, 100, Some(700)).jobs(50, 1, cpus(4, 0), 100).until(1_000);
    let outcome = account.run();
    assert_eq!(outcome.starts()[0], Some(100.0), "it is waited for");
    let instance = outcome.instance(0);
    assert_eq!(instance.purchase, PurchaseOption::OnDemand);
    assert_eq!(instance.termination, Termination::Deregistered);
    assert_eq!((instance.billed.as_millis(), instance.terminated.as_millis()), (600_000, 700_000));
}

#[test]
fn a_job_is_lost_with_the_unmanaged_instance_that_its_user_ends() {
    let outcome = unmanaged(1, 0, Some(60)).jobs(0, 1, cpus(4, 0), 100).run();
    let job = outcome.job(0);
    assert!(matches!(job.status_reason, StatusReason::HostTerminated(_)));
    assert_eq!(job.stopped.map(|t| t.as_millis()), Some(60_000));
    assert_eq!((outcome.instance(0).attempts_lost, outcome.taken_back()), (1, 0));
}

#[test]
fn unmanaged_instances_take_no_part_in_the_quota_that_batch_meets() {
    let account = unmanaged(2, 0, None).with(|account| {
        account.config.quotas.on_demand_vcpus[QuotaClass::Standard as usize] = Some(4);
    });
    let outcome = account.jobs(0, 2, cpus(4, 0), 100).run();
    assert_eq!(outcome.starts(), [Some(0.0), Some(0.0)]);
}

#[test]
fn a_job_larger_than_every_unmanaged_instance_is_infeasible_there() {
    let outcome = unmanaged(2, 0, None).jobs(0, 1, cpus(8, 0), 100).until(50).run();
    assert_eq!(outcome.waits(0), [(WaitCause::Infeasible, 50_000)]);
}

/// A Spot environment at four tenths of the On-Demand price, and an On-Demand one behind it.
fn bidding(percentage: Option<u32>) -> Account {
    let account = Account::ideal().own_type("m9.size", 4);
    let account = account.spot("SPOT_CAPACITY_OPTIMIZED", &["m9.size"], 8);
    let account = account.change(0, |ce| ce.bid_percentage = percentage);
    let account = account.on_demand("BEST_FIT", &["m9.size"], 8).one_zone();
    account.queue(1, &[0, 1]).jobs(0, 1, cpus(4, 0), 100)
}

#[test]
fn a_spot_instance_is_launched_only_below_the_bid_percentage() {
    for (percentage, environment) in [(None, 0), (Some(100), 0), (Some(41), 0), (Some(40), 1)] {
        let outcome = bidding(percentage).run();
        let place = outcome.job(0).place.expect("it ran");
        assert_eq!(place.compute_environment.raw(), environment, "{percentage:?}");
        assert_eq!(outcome.end().capacity_refusals(), u64::from(environment), "{percentage:?}");
    }
}

#[test]
fn a_bid_percentage_does_not_change_what_is_paid() {
    let cost = |percentage| bidding(percentage).run().cost();
    assert_eq!(cost(Some(50)), cost(None));
}

#[test]
fn jobs_that_have_timed_out_are_not_retried_though_an_update_ends_them_first() {
    let account = replaceable().timeout(60).retry(crate::jobs::retry(3, &[]));
    let account = account.profile(|profile| profile.timeout_rate = Some(1));
    let account = account.jobs(0, 8, cpus(1, 0), 1_000);
    // The third of them has its turn at 62 s.
    let account = replace(account, 62, &["n9.size"], |update| {
        update.update_policy = Some(UpdatePolicy { terminate_jobs: true, ..Default::default() });
    });
    let outcome = account.run();
    for job in &outcome.jobs {
        assert_eq!((job.attempts, job.status_reason), (1, StatusReason::TimedOut));
    }
}
