//! Consumable resources (behaviour 4.5).

use super::cancel::terminate;
use super::dependencies::{Linked, array, child, handle, job};
use super::environments::update;
use crate::support::account::{Account, Outcome, cpus, latency};
use batchcast::batch::api_call::{ApiAction, ApiCall};
use batchcast::batch::consumable::{
    ConsumableChange, ConsumableId, ConsumableNeed, ConsumableResource,
};
use batchcast::batch::dependency::Dependency;
use batchcast::batch::job_definition::{JobDefinition, JobDefinitionId, RetryStrategy};
use batchcast::batch::policy::HeadOfLine;
use batchcast::batch::wait_cause::WaitCause;
use batchcast::sim::{SimDuration, SimTime};
use batchcast::world::record::{InstanceRecord, JobStatus};

/// Every job needs one of `total` licences.
fn licensed(account: Account, total: u64, replenishable: bool) -> Account {
    account.with(|account| {
        let resource = ConsumableResource { name: "licence".to_owned(), total, replenishable };
        account.config.consumables = vec![resource];
        let need = ConsumableNeed { resource: ConsumableId::new(0), quantity: 1 };
        account.config.job_definitions[0].consumables = vec![need];
    })
}

fn starts(outcome: &Outcome) -> Vec<u64> {
    let mut starts: Vec<u64> =
        outcome.jobs.iter().filter_map(|job| job.started).map(|t| t.as_millis() / 1_000).collect();
    starts.sort_unstable();
    starts
}

#[test]
fn a_job_waits_until_what_it_needs_is_free() {
    let outcome = licensed(Account::fixed_cluster(8), 2, true).jobs(0, 4, cpus(1, 0), 100).run();
    assert_eq!(starts(&outcome), [0, 0, 100, 100]);
    assert_eq!(outcome.waits(3), [(WaitCause::Consumable, 100_000)]);
}

#[test]
fn all_quantities_must_be_free() {
    let account = licensed(Account::fixed_cluster(8), 4, true).with(|account| {
        let disk = ConsumableResource { name: "disk".to_owned(), total: 5, replenishable: true };
        account.config.consumables.push(disk);
        let need = ConsumableNeed { resource: ConsumableId::new(1), quantity: 2 };
        account.config.job_definitions[0].consumables.push(need);
    });
    assert_eq!(starts(&account.jobs(0, 4, cpus(1, 0), 100).run()), [0, 0, 100, 100]);
}

#[test]
fn what_is_not_replenished_is_used_up() {
    let account = licensed(Account::fixed_cluster(8), 3, false).horizon(10_000);
    let outcome = account.jobs(0, 5, cpus(1, 0), 100).run();
    assert_eq!(starts(&outcome), [0, 0, 0]);
    let waiting = outcome.jobs.iter().filter(|job| job.status == JobStatus::Runnable).count();
    assert_eq!(waiting, 2);
}

/// The children of the first array run one after another and need no licence; those behind the
/// third never run. Both licences are claimed by then, and nothing is launched for the last job.
#[test]
fn a_child_that_never_runs_gives_up_no_claim_of_another() {
    let account = Account::ideal().own_type("m9.medium", 1).boot(300);
    let account = account.on_demand("BEST_FIT", &["m9.medium"], 64).queue(1, &[0]);
    let account = licensed(account, 2, true).with(|account| {
        let free = account.config.job_definitions[0].clone();
        account.config.job_definitions.push(JobDefinition { consumables: vec![], ..free });
    });
    let account = account.profile(|profile| profile.hol = HeadOfLine::Lookahead(100));
    let first = array(4, 50, &[Dependency::Sequential]);
    let list = vec![first, array(4, 1_000, &[Dependency::NToN(handle(0))])];
    let account = account.linked(list).with(|account| {
        account.submissions[0].1.definition = JobDefinitionId::new(1);
    });
    let outcome = terminate(account, 420, 0, Some(2)).jobs(450, 1, cpus(1, 0), 1_000).run();
    assert_eq!(outcome.instances.len(), 3, "one for the first array, two for licences");
    assert_eq!(outcome.waits(2), [(WaitCause::Consumable, 970_000)]);
}

#[test]
fn resources_come_back_between_retries() {
    let retry = RetryStrategy { attempts: 3, ..RetryStrategy::default() };
    let account = Account::fixed_cluster(8).every_attempt_fails().retry(retry);
    let outcome = licensed(account, 1, true).jobs(0, 2, cpus(1, 0), 10).run();
    assert_eq!(outcome.attempts.len(), 6);
    let mut placed: Vec<u64> = outcome.attempts.iter().map(|a| a.placed.as_millis()).collect();
    placed.sort_unstable();
    assert_eq!(placed, [0, 10_000, 20_000, 30_000, 40_000, 50_000], "one at a time");
}

#[test]
fn a_head_that_waits_for_a_resource_blocks_those_behind_it() {
    let account = licensed(Account::fixed_cluster(8), 1, true).with(|account| {
        let mut free = account.config.job_definitions[0].clone();
        free.consumables.clear();
        account.config.job_definitions.push(free);
    });
    let mut account = account.jobs(0, 3, cpus(1, 0), 100);
    account.submissions[2].1.definition = batchcast::batch::job_definition::JobDefinitionId::new(1);
    let outcome = account.run();
    assert_eq!(outcome.starts(), [Some(0.0), Some(100.0), Some(100.0)]);
}

#[test]
fn children_of_an_array_need_what_the_definition_says_each() {
    let account = licensed(Account::fixed_cluster(8), 3, true);
    let outcome = account.linked(vec![array(7, 100, &[])]).run();
    assert_eq!(starts(&outcome), [0, 0, 0, 100, 100, 100, 200]);
    assert_eq!(child(&outcome, 0, 6).waits.get(WaitCause::Consumable).as_millis(), 200_000);
}

#[test]
fn no_more_capacity_is_requested_than_there_are_resources_for() {
    let account = Account::ideal()
        .own_type("m9.size", 1)
        .on_demand("BEST_FIT", &["m9.size"], 100)
        .queue(1, &[0])
        .boot(60)
        .profile(|profile| profile.idle_scale_in = SimDuration::from_secs(1_000));
    let outcome = licensed(account.clone(), 4, true).jobs(0, 40, cpus(1, 0), 600).run();
    assert_eq!(outcome.end().peak_vcpus, 4);
    let outcome = licensed(account, 4, true).linked(vec![array(40, 600, &[])]).run();
    assert_eq!(outcome.end().peak_vcpus, 4);
}

#[test]
fn a_claim_keeps_nobody_from_starting_who_has_room() {
    // The first queue's job waits for its instance; the second queue has one.
    let account = Account::ideal()
        .own_type("m9.size", 1)
        .on_demand("BEST_FIT", &["m9.size"], 100)
        .on_demand("BEST_FIT", &["m9.size"], 1)
        .min_vcpus(1, 1)
        .queue(9, &[0])
        .queue(1, &[1])
        .profile(|profile| profile.boot_cpu = latency(300));
    let account = licensed(account, 1, true);
    let outcome =
        account.jobs_to(0, 400, 1, cpus(1, 0), 50).jobs_to(1, 500, 1, cpus(1, 0), 10).run();
    assert_eq!(outcome.starts(), [Some(700.0), Some(500.0)]);
}

#[test]
fn an_update_changes_how_much_there_is() {
    let account =
        licensed(Account::fixed_cluster(8), 0, true).linked(vec![job(100, &[]), job(100, &[])]);
    let call = |at_s, change| ApiCall {
        at: SimTime::ZERO + SimDuration::from_secs(at_s),
        action: ApiAction::UpdateConsumableResource(ConsumableId::new(0), change),
    };
    let account = account.with(|account| {
        account.config.api_calls =
            vec![call(30, ConsumableChange::Add(1)), call(40, ConsumableChange::Set(2))];
    });
    assert_eq!(account.run().starts(), [Some(30.0), Some(40.0)]);
}

#[test]
fn an_idle_instance_is_not_kept_for_a_job_that_waits_for_a_resource() {
    let account = Account::ideal()
        .own_type("m9.size", 1)
        .on_demand("BEST_FIT", &["m9.size"], 100)
        .queue(1, &[0])
        .profile(|profile| profile.idle_scale_in = SimDuration::from_secs(60));
    let account = licensed(account, 1, false).horizon(10_000);
    let outcome = account.jobs(0, 2, cpus(1, 0), 30).run();
    assert!(outcome.instance(0).terminated.as_millis() <= 120_000, "{:?}", outcome.instance(0));
}

/// One queue over an environment that scales from zero, another over one with an idle instance.
fn scaling_beside_idle() -> Account {
    let account = Account::ideal().own_type("m9.size", 1).boot(60);
    let account = account.on_demand("BEST_FIT", &["m9.size"], 100);
    let account = account.on_demand("BEST_FIT", &["m9.size"], 1).min_vcpus(1, 1);
    let account = account.queue(9, &[0]).queue(1, &[1]);
    licensed(account.profile(|p| p.idle_scale_in = SimDuration::from_secs(60)), 1, true)
}

#[test]
fn an_instance_that_comes_for_a_job_whose_resource_another_has_taken_is_not_kept() {
    let account = scaling_beside_idle().jobs_to(0, 100, 1, cpus(1, 0), 50);
    let outcome = account.jobs_to(1, 130, 1, cpus(1, 0), 9_000).run();
    assert_eq!(outcome.starts()[1], Some(130.0));
    let comes_for_it = |i: &&InstanceRecord| i.requested.as_millis() == 100_000;
    let instance = outcome.instances.iter().find(comes_for_it).expect("requested at once");
    assert!(instance.terminated.as_millis() <= 220_000, "{instance:?}");
    assert_eq!(outcome.starts()[0], Some(9_130.0 + 60.0), "a new one is requested then");
}

#[test]
fn a_job_that_can_not_run_any_more_claims_no_resource() {
    // What the first job is promised is taken back; the second needs an instance to be requested.
    let account = scaling_beside_idle().min_vcpus(1, 0).horizon(10_000);
    let account = account.jobs_to(0, 0, 1, cpus(1, 0), 50).jobs_to(1, 100, 1, cpus(1, 0), 50);
    let outcome = update(account, 30, 0, |update| update.enabled = Some(false)).run();
    assert_eq!(outcome.starts(), [None, Some(160.0)]);
}
