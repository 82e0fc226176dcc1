//! Allocation strategies and the order of compute environments, in whole runs (behaviour 5.4, 6.2).

use crate::support::account::{Account, Outcome, cpus, latency};
use batchcast::batch::compute_environment::ListedType;
use batchcast::batch::policy::HeadOfLine;
use batchcast::ec2::quota::QuotaClass;
use batchcast::sim::SimDuration;

/// Two types of four vCPUs, one pool each: `m9` at 0.20 USD an hour, `x9` at 0.30.
fn cheap_and_dear(strategy: &str) -> Account {
    let account = Account::ideal().own_type("m9.xlarge", 4).own_type("x9.xlarge", 4);
    let account = account.price("x9.xlarge", 300_000_000);
    let account = account.on_demand(strategy, &["x9.xlarge", "m9.xlarge"], 8).one_zone();
    account.queue(1, &[0]).profile(|profile| {
        profile.hol = HeadOfLine::Strict;
        profile.ice_cooldown = SimDuration::from_secs(180);
    })
}

fn types(account: &Account, outcome: &Outcome) -> Vec<String> {
    let count = outcome.instances.len() as u32;
    (0..count).map(|n| account.type_of(outcome, n).to_owned()).collect()
}

#[test]
fn best_fit_waits_rather_than_choosing_another_type() {
    let account = cheap_and_dear("BEST_FIT").pools_of(4).jobs(0, 2, cpus(4, 0), 60);
    let outcome = account.run();
    assert_eq!(outcome.starts(), [Some(0.0), Some(60.0)], "until the first job's place is free");
    assert_eq!(types(&account, &outcome), ["m9.xlarge"]);
}

#[test]
fn best_fit_progressive_takes_another_type_when_one_is_refused() {
    let account = cheap_and_dear("BEST_FIT_PROGRESSIVE").pools_of(4).jobs(0, 2, cpus(4, 0), 60);
    let outcome = account.run();
    assert_eq!(outcome.starts(), [Some(0.0), Some(0.0)]);
    assert_eq!(types(&account, &outcome), ["m9.xlarge", "x9.xlarge"]);
}

#[test]
fn best_fit_progressive_moves_on_at_a_vcpu_limit() {
    let account = cheap_and_dear("BEST_FIT_PROGRESSIVE").with(|account| {
        account.config.quotas.on_demand_vcpus[QuotaClass::Standard as usize] = Some(4);
    });
    let account = account.jobs(0, 2, cpus(4, 0), 60);
    let outcome = account.run();
    assert_eq!(outcome.starts(), [Some(0.0), Some(0.0)]);
    assert_eq!(types(&account, &outcome), ["m9.xlarge", "x9.xlarge"]);
    assert_eq!((outcome.end().quota_refusals(), outcome.end().capacity_refusals()), (1, 0));
}

#[test]
fn best_fit_packs_the_jobs_on_the_type_that_costs_least_in_all() {
    // Six jobs of one vCPU: 6 x 0.10 on m9, 1 x 0.35 on the larger and cheaper vCPUs of c9.
    let account = Account::ideal().own_type("m9.medium", 1).own_type("c9.2xlarge", 8);
    let account = account.price("m9.medium", 100_000_000).price("c9.2xlarge", 350_000_000);
    let account = account.on_demand("BEST_FIT", &["m9.medium", "c9.2xlarge"], 64).queue(1, &[0]);
    let account = account.profile(|p| p.hol = HeadOfLine::Strict);
    let six = account.clone().jobs(0, 6, cpus(1, 0), 60);
    assert_eq!(types(&six, &six.run()), ["c9.2xlarge"]);
    let two = account.jobs(0, 2, cpus(1, 0), 60);
    assert_eq!(types(&two, &two.run()), ["m9.medium"; 2]);
}

#[test]
fn best_fit_progressive_prefers_the_lower_price_per_vcpu() {
    let account = cheap_and_dear("BEST_FIT_PROGRESSIVE").jobs(0, 2, cpus(4, 0), 60);
    assert_eq!(types(&account, &account.run()), ["m9.xlarge"; 2]);
}

#[test]
fn best_fit_progressive_ordered_keeps_strictly_to_the_listed_order() {
    let account = cheap_and_dear("BEST_FIT_PROGRESSIVE_ORDERED").jobs(0, 2, cpus(4, 0), 60);
    assert_eq!(types(&account, &account.run()), ["x9.xlarge"; 2]);
}

#[test]
fn best_fit_progressive_ordered_takes_the_next_of_the_list_when_one_is_refused() {
    let account = cheap_and_dear("BEST_FIT_PROGRESSIVE_ORDERED").pools_of(4);
    let account = account.jobs(0, 2, cpus(4, 0), 60);
    let outcome = account.run();
    assert_eq!(outcome.starts(), [Some(0.0), Some(0.0)]);
    assert_eq!(types(&account, &outcome), ["x9.xlarge", "m9.xlarge"]);
}

/// The smaller size of `m9` is named after `x9`; a pool holds four vCPUs.
#[test]
fn an_explicit_type_takes_its_own_place_and_is_removed_from_the_family() {
    let account = Account::ideal().own_type("m9.large", 2).own_type("m9.xlarge", 4);
    let account = account.own_type("x9.large", 2).price("x9.large", 900_000_000);
    let listed = ["m9", "x9.large", "m9.large"];
    let account = account.on_demand("BEST_FIT_PROGRESSIVE_ORDERED", &listed, 99).one_zone();
    let account = account.queue(1, &[0]).pools_of(4).jobs(0, 6, cpus(2, 0), 60);
    let account = account.profile(|p| {
        p.hol = HeadOfLine::Strict;
        p.ice_cooldown = SimDuration::from_secs(180);
    });
    let order = ["m9.xlarge", "x9.large", "x9.large", "m9.large", "m9.large"];
    let outcome = account.run();
    assert_eq!(types(&account, &outcome), order);
    assert_eq!(outcome.starts(), [Some(0.0); 6]);
}

/// Nothing tells the pools apart but their prices and their places in the list.
#[test]
fn spot_capacity_optimized_prioritized_honours_the_listed_order_among_similar_pools() {
    let first = |strategy| {
        let account = Account::ideal().own_type("m9.xlarge", 4).own_type("x9.xlarge", 4);
        let account = account.price("x9.xlarge", 300_000_000);
        let account = account.spot(strategy, &["x9.xlarge", "m9.xlarge"], 8).queue(1, &[0]);
        let account = account.jobs(0, 1, cpus(4, 0), 60);
        account.type_of(&account.run(), 0).to_owned()
    };
    assert_eq!(first("SPOT_CAPACITY_OPTIMIZED_PRIORITIZED"), "x9.xlarge");
    assert_eq!(first("SPOT_CAPACITY_OPTIMIZED"), "m9.xlarge");
}

/// One family in sizes of 2, 8 and 32 vCPUs at one price per vCPU.
fn family() -> Account {
    let account = Account::ideal().own_type("m9.large", 2).own_type("m9.2xlarge", 8);
    let account = account.own_type("m9.8xlarge", 32);
    let account = account.on_demand("BEST_FIT_PROGRESSIVE", &["m9"], 500).queue(1, &[0]);
    account.profile(|profile| profile.hol = HeadOfLine::Strict)
}

#[test]
fn the_smallest_size_with_half_of_the_demand_is_requested() {
    for (jobs, expected) in [(4, "m9.large"), (5, "m9.2xlarge"), (16, "m9.2xlarge")] {
        let account = family().jobs(0, jobs, cpus(1, 0), 60);
        assert_eq!(account.type_of(&account.run(), 0), expected, "{jobs} jobs of one vCPU");
    }
    for jobs in [17, 400] {
        let account = family().jobs(0, jobs, cpus(1, 0), 60);
        assert_eq!(account.type_of(&account.run(), 0), "m9.8xlarge", "{jobs} jobs of one vCPU");
    }
}

#[test]
fn a_type_that_the_environment_runs_is_requested_again_at_an_equal_price() {
    let again = |sticky| {
        let account = family().profile(|profile| profile.sticky_type = sticky);
        let account = account.jobs(0, 1, cpus(2, 0), 600).jobs(1, 16, cpus(1, 0), 60);
        let outcome = account.run();
        types(&account, &outcome)
    };
    assert_eq!(again(true), ["m9.large"; 9]);
    assert_eq!(again(false), ["m9.large", "m9.2xlarge", "m9.2xlarge"]);
}

#[test]
fn one_large_job_narrows_no_others_choice() {
    let account = Account::ideal().own_type("m9.xlarge", 4).own_type("r9.xlarge", 4);
    let account = account.price("r9.xlarge", 260_000_000).with(|account| {
        let catalog = &mut account.config.catalog;
        let mut facts = catalog.get(catalog.find("r9.xlarge").expect("just added")).clone();
        facts.memory_mib = 65_536;
        catalog.add(facts);
    });
    let account = account.on_demand("BEST_FIT_PROGRESSIVE", &["m9", "r9"], 100).queue(1, &[0]);
    let account = account.profile(|profile| profile.hol = HeadOfLine::Strict);
    let account = account.jobs(0, 1, cpus(4, 60_000), 60).jobs(0, 2, cpus(4, 8_000), 60);
    assert_eq!(types(&account, &account.run()), ["r9.xlarge", "m9.xlarge", "m9.xlarge"]);
}

#[test]
fn on_demand_instances_are_balanced_over_the_zones() {
    let account = Account::ideal().own_type("m9.xlarge", 4);
    let account = account.on_demand("BEST_FIT", &["m9.xlarge"], 100).queue(1, &[0]);
    let account = account.change(0, |ce| ce.zones.truncate(3));
    let account = account.profile(|profile| profile.hol = HeadOfLine::Strict);
    let outcome = account.jobs(0, 7, cpus(4, 0), 60).run();
    let mut counts = [0; 3];
    outcome.instances.iter().for_each(|instance| counts[instance.zone.index()] += 1);
    assert_eq!(counts, [3, 2, 2]);
}

/// Two environments of one instance of four vCPUs each, in order behind one queue.
fn two_environments() -> Account {
    let account = Account::ideal().own_type("m9.xlarge", 4).own_type("c9.xlarge", 4);
    let account = account.on_demand("BEST_FIT", &["m9.xlarge"], 4);
    let account = account.on_demand("BEST_FIT", &["c9.xlarge"], 4).one_zone();
    account.queue(1, &[0, 1]).profile(|profile| profile.hol = HeadOfLine::Strict)
}

fn environments(outcome: &Outcome) -> Vec<Option<u32>> {
    let place = |n| outcome.job(n).place.map(|place| place.compute_environment.raw());
    (0..outcome.jobs.len() as u32).map(place).collect()
}

#[test]
fn the_first_environment_in_order_is_used_while_it_has_room() {
    let account = two_environments().jobs(0, 2, cpus(2, 0), 60).jobs(100, 1, cpus(4, 0), 60);
    assert_eq!(environments(&account.run()), [Some(0), Some(0), Some(0)]);
}

#[test]
fn a_second_environment_takes_what_the_first_has_no_vcpus_for() {
    let outcome = two_environments().jobs(0, 3, cpus(4, 0), 60).run();
    assert_eq!(environments(&outcome), [Some(0), Some(1), Some(0)]);
    assert_eq!(outcome.starts(), [Some(0.0), Some(0.0), Some(60.0)]);
}

#[test]
fn a_second_environment_takes_what_the_first_is_refused() {
    let account = two_environments().pools_of(4).own_type("m9.2xlarge", 8);
    let refused = |account: &mut Account| {
        let large = account.config.catalog.find("m9.2xlarge").expect("just added");
        account.config.compute_environments[0].instance_types =
            vec![ListedType { id: large, rank: 0 }];
        account.config.compute_environments[0].max_vcpus = 8;
    };
    let account = account.with(refused).profile(|profile| profile.launch = latency(8));
    let outcome = account.jobs(0, 1, cpus(4, 0), 60).run();
    assert_eq!(environments(&outcome), [Some(1)]);
    assert_eq!(outcome.starts(), [Some(16.0)], "refused after 8 s, granted after 8 more");
}

#[test]
fn a_second_environment_takes_what_the_first_can_never_hold() {
    let account = two_environments().change(0, |ce| ce.max_vcpus = 2);
    assert_eq!(environments(&account.jobs(0, 1, cpus(4, 0), 60).run()), [Some(1)]);
}

#[test]
fn a_slow_request_does_not_spill_to_the_next_environment() {
    let account = two_environments().change(0, |ce| ce.model.boot_cpu = Some(latency(900)));
    let outcome = account.jobs(0, 1, cpus(4, 0), 60).run();
    assert_eq!((environments(&outcome), outcome.starts()), (vec![Some(0)], vec![Some(900.0)]));
}

#[test]
fn a_disabled_environment_is_passed_over() {
    let account = two_environments().change(0, |ce| ce.enabled = false);
    assert_eq!(environments(&account.jobs(0, 1, cpus(4, 0), 60).run()), [Some(1)]);
}

#[test]
fn idle_capacity_of_a_later_environment_is_used_first_only_if_preferred() {
    let idle = two_environments().min_vcpus(1, 4).boot(60).jobs(100, 1, cpus(4, 0), 60);
    assert_eq!(idle.run().starts(), [Some(160.0)], "the first environment may grow");
    let preferred = idle.profile(|profile| profile.prefer_idle_any = true);
    assert_eq!(preferred.run().starts(), [Some(100.0)]);
}
