//! The life of a job: submissions, attempts, retries, timeouts, arrays (behaviour 1 and 2).

use crate::support::account::{Account, cpus, submission};
use batchcast::batch::job_definition::{EvaluateOnExit, RetryAction, RetryStrategy};
use batchcast::sim::SimDuration;
use batchcast::workload::submission::JobSubmission;
use batchcast::world::record::{JobStatus, StatusReason};

/// `evaluateOnExit` entries of (onStatusReason, onReason, onExitCode, action), "" left out.
pub(crate) fn retry(attempts: u8, entries: &[(&str, &str, &str, RetryAction)]) -> RetryStrategy {
    let text = |s: &str| (!s.is_empty()).then(|| s.to_owned());
    let entry = |(status, reason, code, action): &(&str, &str, &str, RetryAction)| EvaluateOnExit {
        on_status_reason: text(status),
        on_reason: text(reason),
        on_exit_code: text(code),
        action: *action,
    };
    RetryStrategy { attempts, evaluate_on_exit: entries.iter().map(entry).collect() }
}

fn failing(retry: RetryStrategy) -> Account {
    Account::fixed_cluster(1).every_attempt_fails().retry(retry)
}

/// Behaviour 12, scenario 1.
#[test]
fn a_job_that_always_fails_is_tried_as_often_as_attempts_says() {
    let outcome = failing(retry(3, &[])).jobs(0, 1, cpus(1, 0), 10).run();
    let job = outcome.job(0);
    assert_eq!((job.status, job.attempts), (JobStatus::Failed, 3));
    assert_eq!(job.status_reason.to_string(), "Essential container in task exited");
    assert_eq!(job.stopped.map(|t| t.as_millis()), Some(30_000), "three times 10 s");
    assert_eq!(job.lost.as_millis(), 20_000, "the last attempt is not redone");
}

#[test]
fn a_job_is_tried_once_where_nothing_is_said_of_attempts() {
    let outcome = failing(RetryStrategy::default()).jobs(0, 1, cpus(1, 0), 10).run();
    assert_eq!((outcome.job(0).status, outcome.job(0).attempts), (JobStatus::Failed, 1));
}

/// Behaviour 12, scenario 1; its other half is in `spot`.
#[test]
fn a_failure_of_its_own_is_final_where_only_host_losses_are_retried() {
    let rule = [("Host EC2*", "", "", RetryAction::Retry), ("", "*", "", RetryAction::Exit)];
    let outcome = failing(retry(3, &rule)).jobs(0, 1, cpus(1, 0), 10).run();
    assert_eq!((outcome.job(0).status, outcome.job(0).attempts), (JobStatus::Failed, 1));
}

/// Behaviour 12, scenario 2.
#[test]
fn a_job_is_retried_when_no_entry_matches() {
    let rule = [("", "", "137", RetryAction::Exit)];
    let outcome = failing(retry(2, &rule)).jobs(0, 1, cpus(1, 0), 10).run();
    assert_eq!(outcome.job(0).attempts, 2);
}

#[test]
fn the_first_entry_that_matches_decides() {
    let exit_first = [("", "", "1", RetryAction::Exit), ("", "*", "", RetryAction::Retry)];
    let retry_first = [("", "*", "", RetryAction::Retry), ("", "", "1", RetryAction::Exit)];
    let attempts = |rule| failing(retry(2, rule)).jobs(0, 1, cpus(1, 0), 10).run().job(0).attempts;
    assert_eq!((attempts(&exit_first), attempts(&retry_first)), (1, 2));
}

#[test]
fn the_submissions_attempts_replace_the_definitions_whole_strategy() {
    let never = [("", "*", "", RetryAction::Exit)];
    let job = JobSubmission { attempts: Some(2), ..submission(0, cpus(1, 0), 10_000) };
    let outcome = failing(retry(5, &never)).submit(0, job).run();
    assert_eq!(outcome.job(0).attempts, 2);
}

/// Behaviour 12, scenario 10.
#[test]
fn a_retried_job_goes_before_those_that_wait() {
    let outcome = failing(retry(2, &[])).jobs(0, 3, cpus(1, 0), 10).run();
    assert_eq!(outcome.starts(), [Some(0.0), Some(20.0), Some(40.0)]);
}

/// Behaviour 12, scenario 3.
#[test]
fn a_timeout_is_not_retried() {
    let account = Account::fixed_cluster(1).retry(retry(5, &[])).timeout(60);
    let outcome = account.jobs(0, 1, cpus(1, 0), 100).run();
    let job = outcome.job(0);
    assert_eq!((job.status, job.attempts), (JobStatus::Failed, 1));
    assert_eq!(job.status_reason.to_string(), "Job attempt duration exceeded timeout");
    assert_eq!(job.stopped.map(|t| t.as_millis()), Some(60_000));
}

/// Behaviour 12, scenario 3.
#[test]
fn the_timeout_counts_from_the_start_of_each_attempt() {
    let outcome = failing(retry(3, &[])).timeout(60).jobs(0, 1, cpus(1, 0), 50).run();
    assert_eq!(outcome.job(0).attempts, 3);
    assert!(outcome.attempts.iter().all(|a| a.reason == StatusReason::ContainerExited));
    assert_eq!(outcome.job(0).stopped.map(|t| t.as_millis()), Some(150_000));
}

#[test]
fn the_submissions_timeout_replaces_the_definitions() {
    let timeout = Some(SimDuration::from_secs(200));
    let job = JobSubmission { timeout, ..submission(0, cpus(1, 0), 100_000) };
    let outcome = Account::fixed_cluster(1).timeout(60).submit(0, job).run();
    assert_eq!(outcome.job(0).status, JobStatus::Succeeded);
}

#[test]
fn a_timeout_counts_per_child_of_an_array() {
    let outcome = Account::fixed_cluster(1).timeout(60).array(0, 3, cpus(1, 0), 50).run();
    assert!(outcome.jobs.iter().all(|child| child.status == JobStatus::Succeeded));
    assert_eq!(outcome.end().time.as_millis(), 150_000);
}

/// Behaviour 12, scenario 7, as far as order goes.
#[test]
fn array_children_start_in_index_order() {
    let outcome = Account::fixed_cluster(1).array(0, 5, cpus(1, 0), 10).run();
    let expected: Vec<_> = (0..5).map(|child| Some(f64::from(child) * 10.0)).collect();
    assert_eq!(outcome.starts(), expected);
}

#[test]
fn an_array_is_one_place_in_the_queue() {
    let account = Account::fixed_cluster(1).array(0, 3, cpus(1, 0), 10);
    let outcome = account.jobs(0, 1, cpus(1, 0), 10).run();
    assert_eq!(outcome.job(1).started.map(|t| t.as_millis()), Some(30_000));
}

#[test]
fn array_children_are_spawned_at_a_thousand_a_second() {
    let account = Account::fixed_cluster(4_000).profile(|p| p.array_spawn_rate = Some(1_000));
    let outcome = account.array(0, 3_000, cpus(1, 0), 600).run_fast();
    let starts = outcome.starts();
    assert!((0..3_000).all(|child| starts[child] == Some(child as f64 / 1_000.0)));
}

/// Children that do not exist at one cycle are found by the next, though nothing else changes.
#[test]
fn children_that_are_still_to_be_spawned_are_found_by_later_cycles() {
    let account = Account::fixed_cluster(400).profile(|p| {
        p.array_spawn_rate = Some(10);
        p.cycle_period = SimDuration::from_secs(5);
    });
    let starts = account.array(0, 101, cpus(1, 0), 600).run().starts();
    assert_eq!([starts[0], starts[1], starts[50]], [Some(0.0), Some(5.0), Some(5.0)]);
    assert_eq!([starts[51], starts[100]], [Some(10.0), Some(10.0)]);
}

#[test]
fn a_failed_child_does_not_stop_the_others() {
    let half = |account: &mut Account| {
        account.config.job_definitions[0].model.failure.probability = 0.5;
    };
    let outcome = Account::fixed_cluster(1).with(half).array(0, 20, cpus(1, 0), 10).run();
    let failed = outcome.jobs.iter().filter(|child| child.status == JobStatus::Failed).count();
    assert!(failed > 0 && failed < 20, "{failed} of 20 at one half");
    assert!(outcome.jobs.iter().all(|child| child.attempts == 1));
    assert_eq!(outcome.end().time.as_millis(), 200_000);
}

#[test]
fn children_share_the_definitions_retries_and_have_their_own_attempts() {
    let outcome = failing(retry(2, &[])).array(0, 3, cpus(1, 0), 10).run();
    assert!(outcome.jobs.iter().all(|child| child.attempts == 2));
    assert_eq!(outcome.starts(), [Some(0.0), Some(20.0), Some(40.0)]);
}

fn throttled(account: Account, array_size: u32) -> Account {
    let job = JobSubmission { throttled: true, array_size, ..submission(0, cpus(1, 0), 0) };
    account.profile(|p| p.submit_tps = Some(50)).submit(0, job)
}

/// Behaviour 12, scenario 20.
#[test]
fn ten_thousand_submissions_take_two_hundred_seconds() {
    let mut account = throttled(Account::fixed_cluster(1), 0);
    let (at, call) = account.submissions[0].clone();
    account.submissions.extend((1..10_000).map(|_| (at, call.clone())));
    let outcome = account.run_fast();
    let last = outcome.jobs.iter().map(|job| job.submitted.as_millis()).max();
    assert_eq!(last, Some(199_980), "the n-th call is accepted at n / 50 s");
    assert_eq!(outcome.end().submit_throttle_count, 10_000);
}

/// Behaviour 12, scenario 20.
#[test]
fn an_array_of_ten_thousand_is_one_call() {
    let outcome = throttled(Account::fixed_cluster(1), 10_000).run_fast();
    assert_eq!(outcome.jobs.len(), 10_000);
    assert!(outcome.jobs.iter().all(|child| child.submitted.as_millis() == 0));
    assert_eq!(outcome.end().submit_throttle_count, 1);
}

#[test]
fn records_of_a_trace_were_accepted_already() {
    let account = Account::fixed_cluster(1).profile(|p| p.submit_tps = Some(1));
    let outcome = account.jobs(0, 5, cpus(1, 0), 0).run();
    assert!(outcome.jobs.iter().all(|job| job.submitted.as_millis() == 0));
}

#[test]
fn a_job_that_never_fits_waits_without_end() {
    let outcome = Account::fixed_cluster(4).jobs(0, 1, cpus(5, 0), 10).horizon(86_400).run();
    let job = outcome.job(0);
    assert_eq!((job.status, job.stopped, job.attempts), (JobStatus::Runnable, None, 0));
}
