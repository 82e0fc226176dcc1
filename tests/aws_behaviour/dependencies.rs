//! Dependencies between jobs and arrays (behaviour 2.1, 2.2).

use crate::support::account::{Account, Outcome, cpus, submission};
use batchcast::batch::dependency::{Dependency, JobHandle, Links};
use batchcast::batch::wait_cause::WaitCause;
use batchcast::sim::SimDuration;
use batchcast::workload::submission::JobSubmission;
use batchcast::world::record::{JobRecord, JobStatus, StatusReason};
use std::sync::Arc;

/// The n-th submission of an account, for those behind it to refer to.
pub(crate) const fn handle(n: u64) -> JobHandle {
    JobHandle(n)
}

/// Jobs of one vCPU that run for `run_s`; an array if it has children.
pub(crate) struct Link {
    children: u32,
    run_s: u64,
    depends_on: Vec<Dependency>,
}

pub(crate) fn job(run_s: u64, depends_on: &[Dependency]) -> Link {
    Link { children: 0, run_s, depends_on: depends_on.to_vec() }
}

pub(crate) fn array(children: u32, run_s: u64, depends_on: &[Dependency]) -> Link {
    Link { children, run_s, depends_on: depends_on.to_vec() }
}

pub(crate) trait Linked {
    /// Submits all at time zero; each may be referred to by its place.
    fn linked(self, list: Vec<Link>) -> Self;
}

impl Linked for Account {
    fn linked(self, list: Vec<Link>) -> Self {
        list.into_iter().enumerate().fold(self, |account, (n, link)| {
            let links = Links {
                handle: Some(handle(n as u64)),
                by_index: link.children > 0,
                depends_on: link.depends_on,
            };
            let job = submission(0, cpus(1, 0), link.run_s * 1_000);
            let links = Some(Arc::new(links));
            account.submit(0, JobSubmission { array_size: link.children, links, ..job })
        })
    }
}

pub(crate) fn child(outcome: &Outcome, array: u32, index: u32) -> &JobRecord {
    let is = |job: &&JobRecord| (job.job_id.raw(), job.array_index) == (array, Some(index));
    outcome.jobs.iter().find(is).expect("a record for every child")
}

fn starts_of(outcome: &Outcome, array: u32) -> Vec<Option<u64>> {
    let mut children: Vec<&JobRecord> =
        outcome.jobs.iter().filter(|job| job.job_id.raw() == array).collect();
    children.sort_by_key(|job| job.array_index);
    children.iter().map(|job| job.started.map(|t| t.as_millis() / 1_000)).collect()
}

/// Job 0 fails, everything else succeeds: it is the only one that runs into its timeout.
fn the_first_fails(account: Account) -> Account {
    let mut account = account;
    account.submissions[0].1.timeout = Some(SimDuration::from_secs(60));
    account.submissions[0].1.run_time = Some(SimDuration::from_secs(100));
    account
}

#[test]
fn a_job_waits_until_all_its_dependencies_have_succeeded() {
    let depends = [Dependency::Job(handle(0)), Dependency::Job(handle(1))];
    let list = vec![job(100, &[]), job(250, &[]), job(10, &depends)];
    let outcome = Account::fixed_cluster(8).linked(list).run();
    assert_eq!(outcome.starts(), [Some(0.0), Some(0.0), Some(250.0)]);
    assert_eq!(outcome.waits(2), [(WaitCause::Dependency, 250_000)]);
}

#[test]
fn a_failure_runs_down_a_chain_of_pending_jobs_that_are_never_runnable() {
    let after = |n| [Dependency::Job(handle(n))];
    let list = vec![job(0, &[]), job(10, &after(0)), job(10, &after(1)), job(10, &after(2))];
    let outcome = the_first_fails(Account::fixed_cluster(8).linked(list)).run();
    for n in 1..4 {
        let job = outcome.job(n);
        assert_eq!((job.status, job.attempts, job.runnable), (JobStatus::Failed, 0, None));
        assert_eq!(job.status_reason, StatusReason::DependencyFailed);
        assert_eq!(job.stopped, outcome.job(0).stopped);
        assert_eq!(outcome.waits(n), [(WaitCause::Dependency, 60_000)]);
    }
}

#[test]
fn a_chain_of_a_hundred_thousand_jobs_fails_in_one_instant() {
    let mut list = vec![job(0, &[])];
    list.extend((1..100_000).map(|n| job(10, &[Dependency::Job(handle(n - 1))])));
    let outcome = the_first_fails(Account::fixed_cluster(8).linked(list)).run_fast();
    let failed = |job: &&JobRecord| job.status == JobStatus::Failed;
    assert_eq!(outcome.jobs.iter().filter(failed).count(), 100_000);
    assert_eq!(outcome.end().time.as_millis(), 60_000);
}

#[test]
fn who_depends_on_what_has_ended_before_does_not_wait() {
    let mut account = Account::fixed_cluster(8).linked(vec![
        job(0, &[]),
        job(10, &[]),
        job(10, &[Dependency::Job(handle(0))]),
        job(10, &[Dependency::Job(handle(1))]),
    ]);
    for late in 2..4 {
        account.submissions[late].0 = 500_000;
    }
    let outcome = the_first_fails(account).run();
    assert_eq!(outcome.job(2).status_reason, StatusReason::DependencyFailed);
    assert_eq!(outcome.job(2).stopped.map(|t| t.as_millis()), Some(500_000));
    assert_eq!(outcome.starts()[3], Some(500.0));
}

#[test]
fn a_job_that_depends_on_an_array_waits_for_all_of_its_children() {
    let list = vec![array(4, 100, &[]), job(10, &[Dependency::Job(handle(0))])];
    let outcome = Account::fixed_cluster(2).linked(list).run();
    assert_eq!(outcome.job(1).started.map(|t| t.as_millis()), Some(200_000));
}

#[test]
fn a_failed_child_fails_its_array_and_who_depends_on_the_whole() {
    let list = vec![
        array(4, 50, &[]),
        job(10, &[Dependency::Job(handle(0))]),
        job(10, &[Dependency::Child(handle(0), 2)]),
    ];
    let account = only_one_child_fails(Account::fixed_cluster(8).linked(list), 2);
    let outcome = account.run();
    assert_eq!(outcome.job(1).status_reason, StatusReason::DependencyFailed);
    assert_eq!(outcome.job(2).status_reason, StatusReason::DependencyFailed);
    assert_eq!(child(&outcome, 0, 3).status, JobStatus::Succeeded);
}

/// Of the children of job 0, this one fails and no other.
fn only_one_child_fails(account: Account, index: u32) -> Account {
    let mut account = account;
    let mut definition = account.config.job_definitions[0].clone();
    definition.model.failure.probability = 0.3;
    account.config.job_definitions.push(definition);
    account.submissions[0].1.definition = batchcast::batch::job_definition::JobDefinitionId::new(1);
    // The seed decides which children fail: take the first under which this one is alone.
    for seed in 1..10_000 {
        account.seed = seed;
        let outcome = account.run_fast();
        let mut failed: Vec<_> = outcome
            .jobs
            .iter()
            .filter(|job| job.job_id.raw() == 0 && job.status == JobStatus::Failed)
            .map(|job| job.array_index)
            .collect();
        failed.sort_unstable();
        if failed == [Some(index)] {
            return account;
        }
    }
    unreachable!("a seed under which only child {index} fails");
}

#[test]
fn an_array_that_depends_on_a_job_waits_with_all_its_children() {
    let list = vec![job(100, &[]), array(3, 10, &[Dependency::Job(handle(0))])];
    let outcome = Account::fixed_cluster(8).linked(list).run();
    assert_eq!(starts_of(&outcome, 1), [Some(100); 3]);
    assert_eq!(child(&outcome, 1, 2).waits.get(WaitCause::Dependency).as_millis(), 100_000);
}

#[test]
fn a_job_may_depend_on_one_child() {
    let list = vec![array(3, 100, &[]), job(10, &[Dependency::Child(handle(0), 1)])];
    let outcome = Account::fixed_cluster(1).linked(list).run();
    assert_eq!(outcome.job(1).started.map(|t| t.as_millis()), Some(300_000));
    let list = vec![array(3, 100, &[]), job(10, &[Dependency::Child(handle(0), 1)])];
    let outcome = Account::fixed_cluster(2).linked(list).run();
    assert_eq!(outcome.job(1).started.map(|t| t.as_millis()), Some(100_000));
}

#[test]
fn n_to_n_children_wait_for_the_child_of_the_same_index() {
    let list = vec![array(4, 100, &[]), array(4, 30, &[Dependency::NToN(handle(0))])];
    let outcome = Account::fixed_cluster(2).linked(list).run();
    assert_eq!(starts_of(&outcome, 0), [Some(0), Some(0), Some(100), Some(100)]);
    assert_eq!(starts_of(&outcome, 1), [Some(200), Some(200), Some(230), Some(230)]);
    // With room for all, each follows its own.
    let list = vec![array(4, 100, &[]), array(4, 30, &[Dependency::NToN(handle(0))])];
    let outcome = Account::fixed_cluster(4).linked(list).run();
    assert_eq!(starts_of(&outcome, 1), [Some(100); 4]);
    assert_eq!(child(&outcome, 1, 3).waits.get(WaitCause::Dependency).as_millis(), 100_000);
}

#[test]
fn an_n_to_n_failure_propagates_to_the_same_index_only() {
    let list = vec![
        array(8, 50, &[]),
        array(8, 20, &[Dependency::NToN(handle(0))]),
        job(1, &[Dependency::Job(handle(1))]),
    ];
    let outcome = only_one_child_fails(Account::fixed_cluster(8).linked(list), 7).run();
    let reasons: Vec<_> = (0..8).map(|n| child(&outcome, 1, n).status_reason).collect();
    assert_eq!(reasons[7], StatusReason::DependencyFailed);
    assert_eq!(reasons[..7], [StatusReason::ContainerExited; 7]);
    assert_eq!(child(&outcome, 1, 7).attempts, 0);
    assert_eq!(outcome.job(2).status_reason, StatusReason::DependencyFailed, "B FAILED as a whole");
}

#[test]
fn sequential_children_run_one_after_the_other() {
    let outcome =
        Account::fixed_cluster(8).linked(vec![array(4, 25, &[Dependency::Sequential])]).run();
    assert_eq!(starts_of(&outcome, 0), [Some(0), Some(25), Some(50), Some(75)]);
}

#[test]
fn in_a_sequence_a_failed_child_fails_all_later_ones() {
    let list = vec![array(4, 50, &[Dependency::Sequential])];
    let mut account = Account::fixed_cluster(8).linked(list);
    account.config.job_definitions[0].model.failure.probability = 0.5;
    for seed in 1..10_000 {
        account.seed = seed;
        let outcome = account.run();
        let status = |n| (child(&outcome, 0, n).status, child(&outcome, 0, n).status_reason);
        if status(0).0 == JobStatus::Succeeded && status(1).0 == JobStatus::Failed {
            assert_eq!(status(1).1, StatusReason::ContainerExited);
            for n in 2..4 {
                assert_eq!(status(n), (JobStatus::Failed, StatusReason::DependencyFailed));
                assert_eq!(child(&outcome, 0, n).stopped, child(&outcome, 0, 1).stopped);
            }
            return;
        }
    }
    unreachable!("a seed under which child 1 is the first to fail");
}

#[test]
fn children_may_wait_by_index_for_two_arrays_and_for_one_another() {
    let both = [Dependency::NToN(handle(0)), Dependency::NToN(handle(1)), Dependency::Sequential];
    let list = vec![array(3, 100, &[]), array(3, 40, &[]), array(3, 50, &both)];
    let outcome = Account::fixed_cluster(9).linked(list).run();
    assert_eq!(starts_of(&outcome, 2), [Some(100), Some(150), Some(200)]);
}

#[test]
fn dependencies_cross_queues() {
    let mut account = Account::fixed_cluster(8)
        .queue(5, &[0])
        .linked(vec![job(100, &[]), job(10, &[Dependency::Job(handle(0))])]);
    account.submissions[1].1.queue = batchcast::batch::job_queue::JobQueueId::new(1);
    assert_eq!(account.run().starts(), [Some(0.0), Some(100.0)]);
}

#[test]
fn a_released_job_stands_where_it_was_submitted() {
    // One vCPU: at 100 s the released job and one submitted after it both wait.
    let list = vec![job(100, &[]), job(10, &[Dependency::Job(handle(0))]), job(10, &[])];
    let mut account = Account::fixed_cluster(1).linked(list);
    account.submissions[2].0 = 1_000;
    assert_eq!(account.run().starts(), [Some(0.0), Some(100.0), Some(110.0)]);
}

#[test]
fn a_pending_job_blocks_nobody_behind_it() {
    let list = vec![job(100, &[]), job(10, &[Dependency::Job(handle(0))]), job(10, &[])];
    let outcome = Account::fixed_cluster(2).linked(list).run();
    assert_eq!(outcome.starts(), [Some(0.0), Some(100.0), Some(0.0)]);
}
