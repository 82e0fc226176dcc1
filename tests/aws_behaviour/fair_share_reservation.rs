//! What a scheduling policy holds back for shares to come, and which shares are active
//! (behaviour 5.5).

use crate::environments::{unmanaged, update, update_queue};
use crate::support::account::{Account, Outcome};
use crate::support::shares::{job_of, policy};
use batchcast::batch::compute_environment::ComputeEnvironmentId;
use batchcast::batch::dependency::{Dependency, JobHandle, Links};
use batchcast::batch::policy::HeadOfLine;
use batchcast::batch::scheduling_policy::FairSharePolicy;
use batchcast::batch::wait_cause::WaitCause;
use batchcast::workload::submission::JobSubmission;
use batchcast::world::record::{JobStatus, StatusReason};
use std::sync::Arc;

/// Half of all vCPUs for one share, three quarters for two; usage is remembered for 1,000 s.
fn half() -> FairSharePolicy {
    policy(1_000, 50, &[])
}

/// Blocked shares are passed over, planned jobs too.
fn skipping(account: Account) -> Account {
    account.profile(|profile| {
        profile.hol = HeadOfLine::Strict;
        profile.fs_skip_blocked_share = true;
    })
}

fn in_use(outcome: &Outcome, times: &[u64]) -> Vec<u32> {
    times.iter().map(|at| outcome.vcpus_in_use(None, *at)).collect()
}

/// Behaviour 12, scenario 11: computeReservation 50 of 100 vCPUs.
#[test]
fn one_active_share_has_50_of_100_vcpus_and_two_have_75() {
    let account = Account::fixed_cluster(100).policy(&half());
    let account = account.of_share("a", 0, 100, 1, 100).of_share("b", 30, 40, 1, 100);
    let outcome = account.run();
    assert_eq!(in_use(&outcome, &[0, 29, 30, 99, 100]), [50, 50, 75, 75, 75]);
    assert_eq!(outcome.vcpus_in_use(Some("b"), 30), 25, "b had used nothing");
    assert_eq!(outcome.waits(50)[0], (WaitCause::FairShare, 100_000), "the first that must wait");
}

/// What is held back is no demand: half of maxvCpus are launched for one share, a quarter more
/// for the second.
#[test]
fn nothing_is_launched_for_what_is_held_back() {
    let account = Account::ideal().own_type("own.ten", 10);
    let account = account.on_demand("BEST_FIT", &["own.ten"], 100).queue(1, &[0]);
    let account = skipping(account.policy(&half()).boot(60));
    let account = account.of_share("a", 0, 100, 1, 1_000);
    assert_eq!(account.run().peak_vcpus(), 50);
    let outcome = account.of_share("b", 100, 100, 1, 1_000).run();
    assert_eq!(in_use(&outcome, &[59, 60, 159]), [0, 50, 50]);
    assert_eq!(outcome.vcpus_in_use(Some("b"), 160), 25);
    let planned = outcome.waits(60);
    assert_eq!(planned[0].0, WaitCause::FairShare, "{planned:?}");
}

/// b is active for 1,000 s behind its last job: so long two shares are, and a has three quarters.
#[test]
fn a_share_counts_as_active_for_the_decay_period_after_its_last_job() {
    let account = Account::fixed_cluster(8).policy(&half()).of_share("b", 0, 1, 1, 10);
    let account = account.of_share("a", 1_000, 8, 1, 5).of_share("a", 1_010, 8, 1, 5);
    assert_eq!(in_use(&account.run(), &[1_000, 1_010]), [6, 4]);
}

/// The queue has left the environment in which the first job runs: nothing grows in the new one
/// when it ends, but two of four vCPUs may be used again.
#[test]
fn the_end_of_a_job_elsewhere_lets_those_in_that_were_held_back() {
    let account = Account::ideal().own_type("own.two", 2);
    let account = account.on_demand("BEST_FIT", &["own.two"], 4);
    let account = account.on_demand("BEST_FIT", &["own.two"], 4).queue(1, &[0]);
    let account = skipping(account.policy(&half())).of_share("a", 0, 2, 2, 600);
    let account = update_queue(account, 400, 0, |update| {
        update.compute_environments = Some(vec![ComputeEnvironmentId::new(1)]);
    });
    let outcome = account.run();
    assert_eq!(outcome.starts(), [Some(0.0), Some(600.0)]);
    assert_eq!(outcome.waits(1), [(WaitCause::FairShare, 600_000)]);
}

/// A share is active from SUBMITTED on: that its job waits for another makes no difference.
#[test]
fn a_share_that_only_waits_for_others_leaves_more_to_use_at_once() {
    let account = Account::fixed_cluster(16).policy(&half());
    let depends_on = vec![Dependency::Job(JobHandle(0))];
    let linked = |handle, depends_on| {
        let links = Links { handle: Some(JobHandle(handle)), by_index: false, depends_on };
        Some(Arc::new(links))
    };
    let first = JobSubmission { links: linked(0, vec![]), ..job_of("a", 4, 10_000) };
    let last = JobSubmission { links: linked(1, depends_on), ..job_of("b", 4, 10) };
    let account = account.submit(0, first).of_share("a", 0, 2, 4, 10_000).submit(100_000, last);
    assert_eq!(account.run().starts()[..3], [Some(0.0), Some(0.0), Some(100.0)]);
}

#[test]
fn without_a_reservation_one_share_has_all_and_may_exceed_maxvcpus_by_an_instance() {
    let account = Account::ideal().own_type("own.eight", 8);
    let account = account.on_demand("BEST_FIT_PROGRESSIVE", &["own.eight"], 10).queue(1, &[0]);
    let account = skipping(account.policy(&policy(1_000, 0, &[])));
    let outcome = account.of_share("a", 0, 2, 8, 10).run();
    assert_eq!(outcome.starts(), [Some(0.0), Some(0.0)]);
}

/// Each node counts: two jobs of two nodes of 4 vCPUs are more than the 12 that one share may use.
#[test]
fn a_job_of_several_nodes_counts_with_all_its_nodes_against_the_reservation() {
    let gang = JobSubmission { nodes: 2, ..job_of("a", 4, 100) };
    let account = Account::ideal().own_type("own.four", 4);
    let account = account.on_demand("BEST_FIT", &["own.four"], 24).queue(1, &[0]);
    let account = skipping(account.policy(&half()).boot(60));
    let account = account.submit(0, gang.clone()).submit(0, gang.clone());
    let outcome = account.run();
    let first = outcome.starts()[0].expect("it ran");
    assert_eq!(outcome.starts()[1], Some(first + 100.0), "on the instances of the first");
    assert_eq!(in_use(&outcome, &[first as u64, first as u64 + 100]), [8, 8]);
    assert_eq!(outcome.waits(1)[0].0, WaitCause::FairShare);
    let outcome = account.submit(0, JobSubmission { share: job_of("b", 1, 1).share, ..gang }).run();
    let all = outcome.attempts.iter().map(|attempt| attempt.placed.as_millis() / 1_000);
    let most = all.map(|at| outcome.vcpus_in_use(None, at)).max();
    assert_eq!(most, Some(16), "of 18 for two shares");
}

/// Three instances of 4 vCPUs that their user has registered.
#[test]
fn an_unmanaged_environment_counts_with_its_unmanaged_vcpus_or_reserves_nothing() {
    let with = |vcpus| {
        let account = unmanaged(3, 0, None).change(0, |ce| ce.unmanaged_vcpus = vcpus);
        let outcome = account.policy(&half()).of_share("a", 0, 12, 1, 100).run();
        outcome.vcpus_in_use(None, 0)
    };
    assert_eq!([Some(12), Some(8), None].map(with), [6, 4, 12]);
}

#[test]
fn an_update_of_unmanaged_vcpus_changes_what_one_share_may_use() {
    let from_to = |before, after| {
        let account = unmanaged(3, 0, None).change(0, |ce| ce.unmanaged_vcpus = before);
        let account = account.policy(&half()).of_share("a", 0, 30, 1, 100);
        let account = update(account, 50, 0, |update| update.unmanaged_vcpus = Some(after));
        in_use(&account.run(), &[0, 50, 100])
    };
    assert_eq!(from_to(Some(8), 12), [4, 6, 6]);
    assert_eq!(from_to(Some(12), 4), [6, 6, 2], "what runs goes on");
    assert_eq!(from_to(None, 12), [12, 12, 6]);
}

/// Quarter vCPUs are counted as such: eight tasks of 0.25 are half of 4 vCPUs.
#[test]
fn tasks_on_fargate_count_with_their_quarter_vcpus() {
    let account = Account::ideal().tasks_of(1, 512).fargate(4).queue(1, &[0]).policy(&half());
    let need = account.config.job_definitions[0].requirements;
    let task = JobSubmission { requirements: need, ..job_of("a", 1, 100) };
    let account = (0..20).fold(account, |account, _| account.submit(0, task.clone()));
    let outcome = account.run();
    let first = outcome.starts().into_iter().filter(|start| *start < Some(100.0)).count();
    assert_eq!(first, 8);
}

#[test]
fn a_submission_that_would_make_one_share_too_many_active_is_refused() {
    let account = Account::fixed_cluster(8).policy(&policy(100, 0, &[]));
    let account = account.profile(|profile| profile.fs_max_active_shares = Some(2));
    let account = account.of_share("a", 0, 1, 1, 10).of_share("b", 0, 1, 1, 10);
    // At 110 s the others are no longer active.
    let account = account.of_share("c", 50, 3, 1, 10).of_share("a", 50, 1, 1, 10);
    let outcome = account.of_share("c", 170, 1, 1, 10).run();
    assert_eq!(outcome.end().refused_submissions, 3);
    assert_eq!(outcome.end().submitted, 4);
    assert_eq!(outcome.starts(), [Some(0.0), Some(0.0), Some(50.0), Some(170.0)]);
}

#[test]
fn a_queue_takes_jobs_of_500_active_shares() {
    let account = Account::aws().own_type("own.one", 1);
    let account = account.on_demand("BEST_FIT", &["own.one"], 8).queue(1, &[0]).horizon(600);
    let account = account.policy(&policy(100, 0, &[]));
    let account = (0..501).fold(account, |a, n| a.of_share(&format!("s{n}"), 0, 1, 1, 1_000));
    let end = account.run_fast();
    assert_eq!((end.end().submitted, end.end().refused_submissions), (500, 1));
}

/// A throttled call is refused when its turn comes; who depends on it can not run.
#[test]
fn a_throttled_submission_is_refused_when_the_api_comes_to_it() {
    let links = |handle: u64, depends_on| {
        Some(Links { handle: Some(JobHandle(handle)), by_index: false, depends_on }.into())
    };
    let job = |name, links| JobSubmission { throttled: true, links, ..job_of(name, 1, 10) };
    let account = Account::fixed_cluster(8).policy(&policy(100, 0, &[])).profile(|profile| {
        (profile.submit_tps, profile.fs_max_active_shares) = (Some(1), Some(1));
    });
    let array = JobSubmission { array_size: 3, ..job("b", links(1, Vec::new())) };
    let account = account.submit(0, job("a", None)).submit(0, array);
    let account = account.submit(0, job("a", links(2, vec![Dependency::Job(JobHandle(1))])));
    let outcome = account.run();
    assert_eq!((outcome.end().submitted, outcome.end().refused_submissions), (2, 3));
    let waited = outcome.job(2);
    assert_eq!((waited.status, waited.attempts), (JobStatus::Failed, 0));
    assert_eq!(waited.status_reason, StatusReason::DependencyFailed);
}

/// A job of a share that is larger than what one share may have waits for a second one.
#[test]
fn a_job_beyond_the_limit_of_its_share_waits_until_another_is_active() {
    let account = Account::fixed_cluster(8).policy(&half()).of_share("a", 0, 1, 5, 10);
    let outcome = account.of_share("b", 40, 1, 1, 10).run();
    assert_eq!(outcome.starts(), [Some(40.0), Some(40.0)]);
    assert_eq!(outcome.waits(0), [(WaitCause::FairShare, 40_000)]);
    let never = Account::fixed_cluster(8).policy(&half()).of_share("a", 0, 1, 9, 10).until(50);
    assert_eq!(never.run().waits(0), [(WaitCause::Infeasible, 50_000)], "it could never run");
}
