//! The states of jobs, arrays and children, as AWS tells of them (behaviour 1.1, 2.2).

use super::cancel::cancel;
use super::dependencies::{Linked, array, handle, job};
use super::jobs::retry;
use crate::support::account::{Account, cpus};
use crate::support::states::States;
use batchcast::batch::dependency::Dependency;
use batchcast::world::record::JobStatus::{
    self, Failed, Pending, Runnable, Running, Starting, Submitted, Succeeded,
};

/// The path of a job or child, in seconds.
fn path(states: &States, job: u32, child: Option<u32>) -> Vec<(u64, JobStatus)> {
    let of = |(at, status): &(_, _)| (batchcast::sim::SimTime::as_millis(*at) / 1_000, *status);
    states.path(job, child).iter().map(of).collect()
}

#[test]
fn a_retried_job_goes_back_to_runnable() {
    let account = Account::fixed_cluster(1).retry(retry(2, &[]));
    let account = account.with(|a| a.config.job_definitions[0].model.failure.probability = 1.0);
    let (_, states) = account.jobs(0, 1, cpus(1, 0), 10).run_telling();
    assert_eq!(
        path(&states, 0, None),
        [
            (0, Submitted),
            (0, Runnable),
            (0, Starting),
            (0, Running),
            (10, Runnable),
            (10, Starting),
            (10, Running),
            (20, Failed),
        ]
    );
}

#[test]
fn a_job_that_depends_on_another_is_pending_until_then() {
    let list = vec![job(30, &[]), job(10, &[Dependency::Job(handle(0))])];
    let (_, states) = Account::fixed_cluster(1).linked(list).run_telling();
    let expected = [
        (0, Submitted),
        (0, Pending),
        (30, Runnable),
        (30, Starting),
        (30, Running),
        (40, Succeeded),
    ];
    assert_eq!(path(&states, 1, None), expected);
}

#[test]
fn a_child_is_created_when_its_array_spawns_it() {
    let account = Account::fixed_cluster(1).profile(|p| p.array_spawn_rate = Some(1));
    let (_, states) = account.array(5, 3, cpus(1, 0), 100).run_telling();
    assert_eq!(path(&states, 0, None), [(5, Submitted), (5, Pending)]);
    for child in 0..3 {
        let path = path(&states, 0, Some(child));
        let spawned = 5 + u64::from(child);
        assert_eq!(path[..2], [(spawned, Pending), (spawned, Runnable)], "child {child}");
        assert_eq!(path.last(), Some(&(105 + 100 * u64::from(child), Succeeded)));
    }
}

#[test]
fn a_child_that_waits_for_the_one_before_is_pending_until_then() {
    let list = vec![array(3, 10, &[Dependency::Sequential])];
    let (_, states) = Account::fixed_cluster(3).linked(list).run_telling();
    assert_eq!(path(&states, 0, Some(2))[..2], [(0, Pending), (20, Runnable)]);
}

#[test]
fn a_child_that_is_cancelled_before_it_is_spawned_is_created_and_fails() {
    let account = Account::fixed_cluster(1).profile(|p| p.array_spawn_rate = Some(1));
    let account = account.linked(vec![array(20, 100, &[])]);
    let (_, states) = cancel(account, 3, 0, None).run_telling();
    assert_eq!(path(&states, 0, Some(2)), [(2, Pending), (2, Runnable), (3, Failed)]);
    assert_eq!(path(&states, 0, Some(9)), [(3, Pending), (3, Runnable), (3, Failed)]);
    assert_eq!(path(&states, 0, Some(0)).last(), Some(&(100, Succeeded)));
}
