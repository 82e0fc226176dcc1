//! CancelJob, TerminateJob (behaviour 1.2) and how late a timeout is (1.4).

use super::dependencies::{Linked, array, child, handle, job};
use super::queues::cancelling;
use crate::support::account::{Account, cpus, latency};
use batchcast::batch::api_call::{ApiAction, ApiCall, JobEnd, ReasonId};
use batchcast::batch::dependency::Dependency;
use batchcast::batch::job_definition::RetryStrategy;
use batchcast::batch::job_queue::StuckReason;
use batchcast::sim::{SimDuration, SimTime};
use batchcast::world::record::{JobStatus, StatusReason};

pub(crate) const REQUESTED: StatusReason = StatusReason::Requested(ReasonId::new(0));

fn call(account: Account, at_s: u64, n: u64, child: Option<u32>, terminate: bool) -> Account {
    account.with(|account| {
        let reason = ReasonId::new(0);
        let action = ApiAction::EndJob(JobEnd { job: handle(n), child, terminate, reason });
        let at = SimTime::ZERO + SimDuration::from_secs(at_s);
        account.config.api_calls.push(ApiCall { at, action });
        account.config.reasons = vec!["superseded".to_owned()];
    })
}

pub(crate) fn cancel(account: Account, at_s: u64, n: u64, child: Option<u32>) -> Account {
    call(account, at_s, n, child, false)
}

pub(crate) fn terminate(account: Account, at_s: u64, n: u64, child: Option<u32>) -> Account {
    call(account, at_s, n, child, true)
}

#[test]
fn cancelling_a_running_job_is_a_successful_call_without_effect() {
    let account = Account::fixed_cluster(1).linked(vec![job(100, &[])]);
    let outcome = cancel(account, 50, 0, None).run();
    assert_eq!(outcome.job(0).status, JobStatus::Succeeded);
    assert_eq!(outcome.end().refused_calls, 0);
}

#[test]
fn a_cancelled_runnable_job_fails_at_once_with_the_reason_of_the_call() {
    let account = Account::fixed_cluster(1).linked(vec![job(100, &[]), job(100, &[])]);
    let outcome = cancel(account, 40, 1, None).run();
    let job = outcome.job(1);
    assert_eq!((job.status, job.status_reason, job.attempts), (JobStatus::Failed, REQUESTED, 0));
    assert_eq!(job.stopped.map(|t| t.as_millis()), Some(40_000));
}

#[test]
fn the_head_that_is_cancelled_lets_the_next_one_go() {
    let account = Account::fixed_cluster(2)
        .linked(vec![job(100, &[]), job(10, &[]), job(10, &[])])
        .with(|account| account.submissions[1].1.requirements = cpus(2, 0));
    let outcome = cancel(account, 30, 1, None).run();
    assert_eq!(outcome.starts(), [Some(0.0), None, Some(30.0)]);
}

#[test]
fn a_pending_job_is_cancelled_only_after_what_it_depends_on_has_ended() {
    let list = vec![job(100, &[]), job(10, &[Dependency::Job(handle(0))])];
    let outcome = cancel(Account::fixed_cluster(1).linked(list), 40, 1, None).run();
    let job = outcome.job(1);
    assert_eq!((job.status, job.status_reason), (JobStatus::Failed, REQUESTED));
    assert_eq!(job.stopped.map(|t| t.as_millis()), Some(100_000));
    assert_eq!(job.runnable, None);
}

#[test]
fn a_cancelled_job_fails_who_depends_on_it() {
    let list = vec![job(100, &[]), job(100, &[]), job(10, &[Dependency::Job(handle(1))])];
    let outcome = cancel(Account::fixed_cluster(1).linked(list), 40, 1, None).run();
    assert_eq!(outcome.job(2).status_reason, StatusReason::DependencyFailed);
}

#[test]
fn cancelling_an_array_cancels_the_children_that_wait_and_no_others() {
    let account = Account::fixed_cluster(2).linked(vec![array(5, 100, &[])]);
    let outcome = cancel(account, 150, 0, None).run();
    let status: Vec<_> = (0..5).map(|n| child(&outcome, 0, n).status_reason).collect();
    let ran = StatusReason::ContainerExited;
    assert_eq!(status, [ran, ran, ran, ran, REQUESTED]);
}

#[test]
fn one_child_can_be_cancelled_without_its_siblings() {
    let account = Account::fixed_cluster(1).linked(vec![array(4, 10, &[])]);
    let outcome = cancel(account, 5, 0, Some(2)).run();
    let starts: Vec<_> = (0..4).map(|n| child(&outcome, 0, n).started).collect();
    let at = |s: u64| Some(SimTime::ZERO + SimDuration::from_secs(s));
    assert_eq!(starts, [at(0), at(10), None, at(20)]);
    assert_eq!(child(&outcome, 0, 2).status_reason, REQUESTED);
}

#[test]
fn a_child_that_waits_for_another_is_cancelled_after_it() {
    let list = vec![array(2, 100, &[]), array(2, 10, &[Dependency::NToN(handle(0))])];
    let outcome = cancel(Account::fixed_cluster(4).linked(list), 40, 1, Some(1)).run();
    assert_eq!(child(&outcome, 1, 0).status, JobStatus::Succeeded);
    let cancelled = child(&outcome, 1, 1);
    assert_eq!((cancelled.status_reason, cancelled.attempts), (REQUESTED, 0));
    assert_eq!(cancelled.stopped.map(|t| t.as_millis()), Some(100_000));
}

#[test]
fn an_array_that_waits_as_a_whole_is_cancelled_after_what_it_waits_for() {
    let list = vec![job(100, &[]), array(3, 10, &[Dependency::Job(handle(0))])];
    let outcome = cancel(Account::fixed_cluster(4).linked(list), 40, 1, None).run();
    for n in 0..3 {
        let cancelled = child(&outcome, 1, n);
        assert_eq!((cancelled.status_reason, cancelled.attempts), (REQUESTED, 0));
        assert_eq!(cancelled.stopped.map(|t| t.as_millis()), Some(100_000));
    }
}

#[test]
fn an_array_whose_children_wait_too_is_cancelled_after_all_that_it_waits_for() {
    let on_both = [Dependency::Job(handle(0)), Dependency::NToN(handle(1))];
    let list = vec![job(100, &[]), array(2, 300, &[]), array(2, 10, &on_both)];
    let outcome = cancel(Account::fixed_cluster(4).linked(list), 40, 2, None).run();
    for n in 0..2 {
        let cancelled = child(&outcome, 2, n);
        assert_eq!((cancelled.status_reason, cancelled.attempts), (REQUESTED, 0));
        assert_eq!(cancelled.stopped.map(|t| t.as_millis()), Some(300_000));
    }
}

#[test]
fn cancelling_a_child_leaves_the_time_limit_of_its_sibling_alone() {
    let account = Account::ideal().own_type("m9.large", 2).on_demand("BEST_FIT", &["m9"], 8);
    let account = account.queue(1, &[0]).one_zone().pools_of(0);
    let account = cancelling(account, StuckReason::InsufficientInstanceCapacity);
    let account = account.linked(vec![array(3, 10, &[])]);
    let outcome = cancel(account, 700, 0, Some(2)).run();
    let stopped = |n| child(&outcome, 0, n).stopped.map(|t| t.as_millis() / 1_000);
    assert_eq!([0, 1, 2].map(stopped), [Some(750), Some(1_500), Some(700)]);
}

#[test]
fn a_terminated_running_job_fails_and_is_never_retried() {
    let retry = RetryStrategy { attempts: 5, ..RetryStrategy::default() };
    let account = Account::fixed_cluster(1).retry(retry).linked(vec![job(100, &[])]);
    let outcome = terminate(account, 60, 0, None).run();
    let job = outcome.job(0);
    assert_eq!((job.status, job.status_reason, job.attempts), (JobStatus::Failed, REQUESTED, 1));
    assert_eq!(job.stopped.map(|t| t.as_millis()), Some(60_000));
    assert_eq!(outcome.attempts[0].exit_code, Some(143), "SIGTERM");
}

#[test]
fn a_terminated_container_stops_within_its_stop_timeout() {
    let list = (0..50).map(|_| job(1_000, &[])).collect();
    let mut account = Account::fixed_cluster(50)
        .profile(|profile| profile.stop_timeout = SimDuration::from_secs(30))
        .linked(list);
    for n in 0..50 {
        account = terminate(account, 100, n, None);
    }
    let outcome = account.run();
    let stops: Vec<u64> =
        outcome.jobs.iter().map(|job| job.stopped.expect("ended").as_millis()).collect();
    assert!(stops.iter().all(|stop| (100_000..130_000).contains(stop)), "{stops:?}");
    let mean = stops.iter().sum::<u64>() as f64 / 50.0 - 100_000.0;
    assert!((9_000.0..21_000.0).contains(&mean), "uniform, five standard errors: {mean}");
}

#[test]
fn terminating_an_array_ends_the_children_that_run_and_those_that_wait() {
    let account = Account::fixed_cluster(2).linked(vec![array(4, 100, &[])]);
    let outcome = terminate(account, 50, 0, None).run();
    for n in 0..4 {
        assert_eq!(child(&outcome, 0, n).status_reason, REQUESTED);
        assert_eq!(child(&outcome, 0, n).stopped.map(|t| t.as_millis()), Some(50_000));
    }
}

#[test]
fn a_timeout_is_found_a_few_seconds_late_and_a_job_that_ends_before_has_not_timed_out() {
    let late = SimDuration::from_secs(10);
    let account = Account::fixed_cluster(200).timeout(60).profile(|p| p.timeout_jitter = late);
    let outcome = account.clone().jobs(0, 200, cpus(1, 0), 100).run();
    let runs: Vec<u64> = outcome.jobs.iter().map(|job| job.run.as_millis()).collect();
    assert!(runs.iter().all(|run| (60_000..70_000).contains(run)), "{runs:?}");
    assert!(runs.iter().any(|run| *run > 65_000) && runs.iter().any(|run| *run < 65_000));
    let outcome = account.jobs(0, 200, cpus(1, 0), 61).run();
    let exited = outcome.jobs.iter().filter(|job| job.status == JobStatus::Succeeded).count();
    assert!((150..200).contains(&exited), "nine of ten are found later than 61 s: {exited}");
}

#[test]
fn a_mass_of_timeouts_is_carried_out_in_order_at_a_bounded_rate() {
    let account = Account::fixed_cluster(200).timeout(60).profile(|p| p.timeout_rate = Some(50));
    let outcome = account.clone().jobs(0, 200, cpus(1, 0), 100).run();
    let mut stops: Vec<u64> = outcome.jobs.iter().map(|job| job.run.as_millis()).collect();
    stops.sort_unstable();
    assert_eq!(stops, (0..200).map(|n| 60_000 + 20 * n).collect::<Vec<u64>>());
    // Who exits while it waits for its turn has not timed out.
    let outcome = account.jobs(0, 200, cpus(1, 0), 62).run();
    let exited = outcome.jobs.iter().filter(|job| job.status == JobStatus::Succeeded).count();
    assert_eq!(exited, 100, "the hundredth has its turn at 62 s");
}

#[test]
fn an_array_that_is_cancelled_before_it_waits_for_others_ends_at_once() {
    let list = vec![job(1_000, &[]), array(3, 10, &[Dependency::Job(handle(0))])];
    let account = Account::fixed_cluster(4).linked(list);
    let account = account.profile(|profile| profile.submit_eval = latency(100));
    let outcome = cancel(account, 50, 1, None).run();
    for n in 0..3 {
        let job = child(&outcome, 1, n);
        assert_eq!((job.status, job.status_reason), (JobStatus::Failed, REQUESTED));
        assert_eq!(job.stopped.map(|t| t.as_millis()), Some(50_000));
    }
}

#[test]
fn a_definition_s_own_stop_timeout_goes_before_the_profile_s() {
    let account = Account::fixed_cluster(50)
        .profile(|profile| profile.stop_timeout = SimDuration::from_secs(30))
        .with(|account| {
            let definition = &mut account.config.job_definitions[0];
            definition.stop_timeout = Some(SimDuration::from_secs(120));
        })
        .linked((0..50).map(|_| job(1_000, &[])).collect());
    let outcome = (0..50).fold(account, |account, n| terminate(account, 100, n, None)).run();
    let took: Vec<u64> =
        outcome.jobs.iter().map(|job| job.stopped.expect("ended").as_millis() - 100_000).collect();
    assert!(took.iter().all(|ms| *ms < 120_000), "{took:?}");
    assert!(took.iter().any(|ms| *ms > 30_000), "of fifty, uniform up to 120 s: {took:?}");
}
