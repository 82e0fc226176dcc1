//! Which instance a job is placed on, and what it finds there (behaviour 4.1, 6.3, 7).

use crate::support::account::{Account, Outcome, cpus};
use batchcast::batch::job_definition::Requirements;
use batchcast::batch::policy::PlacementRule;
use batchcast::sim::SimDuration;

fn one_type(name: &str, max_vcpus: u32) -> Account {
    Account::ideal().on_demand("BEST_FIT", &[name], max_vcpus).queue(1, &[0])
}

fn gpu(vcpus: u32) -> Requirements {
    Requirements { vcpus, memory_mib: 0, gpus: 1 }
}

fn places(outcome: &Outcome) -> Vec<u32> {
    let place = |n| outcome.job(n).place.expect("it was placed").instance.raw();
    (0..outcome.jobs.len() as u32).map(place).collect()
}

/// 8,192 - (220 + 0.022 x 8,192) - 32 = 7,759.8, less a fraction of a MiB.
#[test]
fn registered_memory_is_less_than_advertised() {
    let account = Account::ideal().own_type("m9.large", 2).profile(|profile| {
        profile.mem_overhead_mib = 220;
        profile.mem_overhead_ratio = 0.022;
        profile.mem_agent_mib = 32;
    });
    let account = account.on_demand("BEST_FIT", &["m9.large"], 8).queue(1, &[0]).horizon(100);
    let account = account.jobs(0, 1, cpus(1, 7_759), 10).jobs(20, 1, cpus(1, 7_760), 10);
    assert_eq!(account.run().starts(), [Some(0.0), None]);
}

#[test]
fn known_registered_memory_replaces_the_formula() {
    let account = Account::ideal().own_type("m9.large", 2);
    let account = account.profile(|profile| profile.mem_overhead_mib = 1_000);
    let account = account.on_demand("BEST_FIT", &["m9.large"], 8).queue(1, &[0]).horizon(100);
    let account = account.change(0, |ce| {
        ce.model.registered_memory = vec![(ce.instance_types[0].id, 7_985)];
    });
    let account = account.jobs(0, 1, cpus(1, 7_985), 10).jobs(20, 1, cpus(1, 7_986), 10);
    assert_eq!(account.run().starts(), [Some(0.0), None]);
}

#[test]
fn memory_is_a_hard_limit() {
    let account = Account::ideal().own_type("m9.xlarge", 4);
    let account = account.on_demand("BEST_FIT", &["m9.xlarge"], 4).queue(1, &[0]);
    let outcome = account.jobs(0, 3, cpus(1, 8_192), 10).run();
    assert_eq!(outcome.starts(), [0.0, 0.0, 10.0].map(Some), "two of 8 GiB fit in 16 GiB");
}

#[test]
fn vcpus_are_reserved_whole() {
    let outcome = Account::fixed_cluster(4).jobs(0, 2, cpus(3, 0), 10).run();
    assert_eq!(outcome.starts(), [Some(0.0), Some(10.0)]);
}

/// Two instances of four vCPUs: one with one left, the other with two.
fn two_partly_filled(rule: PlacementRule) -> Outcome {
    let account = Account::ideal().own_type("m9.xlarge", 4);
    let account = account.on_demand("BEST_FIT", &["m9.xlarge"], 8).queue(1, &[0]);
    let account = account.profile(|profile| profile.placement = rule);
    let account = account.jobs(0, 1, cpus(2, 0), 100).jobs(0, 1, cpus(3, 0), 100);
    account.jobs(10, 1, cpus(1, 0), 100).run()
}

#[test]
fn jobs_are_packed_on_the_fullest_instance_that_holds_them() {
    assert_eq!(places(&two_partly_filled(PlacementRule::Binpack)), [0, 1, 1]);
}

#[test]
fn spread_takes_the_emptiest_instance() {
    assert_eq!(places(&two_partly_filled(PlacementRule::Spread)), [0, 1, 0]);
}

#[test]
fn equally_full_instances_are_taken_by_age() {
    let account = Account::ideal().own_type("m9.xlarge", 4);
    let account = account.on_demand("BEST_FIT", &["m9.xlarge"], 8).queue(1, &[0]).min_vcpus(0, 8);
    let outcome = account.jobs(10, 2, cpus(4, 0), 100).run();
    assert_eq!(places(&outcome), [0, 1]);
}

#[test]
fn a_gpu_job_needs_a_gpu_instance() {
    let account = Account::ideal().on_demand("BEST_FIT", &["c6i.large", "g4dn.xlarge"], 64);
    let account = account.queue(1, &[0]).jobs(0, 1, gpu(1), 10).jobs(0, 1, cpus(1, 0), 10);
    let outcome = account.run();
    let name = |n: u32| account.type_of(&outcome, places(&outcome)[n as usize]);
    assert_eq!(name(0), "g4dn.xlarge");
    let none = one_type("c6i.large", 64).jobs(0, 1, gpu(1), 10).horizon(100).run();
    assert_eq!(none.starts(), [None]);
}

#[test]
fn gpus_are_pinned_exclusively() {
    let outcome = one_type("g4dn.xlarge", 4).jobs(0, 2, gpu(1), 10).run();
    assert_eq!(outcome.starts(), [Some(0.0), Some(10.0)], "it has one GPU");
}

/// Behaviour 6.3.
#[test]
fn a_job_without_gpus_may_land_on_a_gpu_instance_and_block_gpu_jobs() {
    let account = one_type("g4dn.xlarge", 4).jobs(0, 1, cpus(4, 0), 100).jobs(1, 1, gpu(1), 10);
    assert_eq!(account.run().starts(), [Some(0.0), Some(100.0)]);
}

/// 100 MiB at 60 MB/s and a fixed 3 s: 3 + 104.8576 / 60 = 4.748 s.
fn pulling(account: Account) -> Account {
    account.profile(|profile| {
        profile.pull_base = SimDuration::from_secs(3);
        profile.pull_mb_per_s = 60.0;
    })
}

#[test]
fn an_image_is_pulled_once_an_instance() {
    let account = pulling(Account::fixed_cluster(2)).jobs(0, 1, cpus(1, 0), 10);
    let account = account.jobs(1, 1, cpus(1, 0), 10).jobs(100, 1, cpus(1, 0), 10);
    let starts = account.run().starts();
    assert_eq!(starts, [4.748, 4.748, 100.0].map(Some), "the second waits for the first's pull");
}

#[test]
fn every_instance_pulls_for_itself() {
    let account = Account::ideal().own_type("m9.xlarge", 4);
    let account = account.on_demand("BEST_FIT", &["m9.xlarge"], 8).queue(1, &[0]);
    let outcome = pulling(account).jobs(0, 2, cpus(4, 0), 10).run();
    assert_eq!(outcome.starts(), [Some(4.748), Some(4.748)]);
}

#[test]
fn definitions_with_one_image_share_its_pull_and_others_do_not() {
    let second = |image: &str| {
        let account = pulling(Account::fixed_cluster(1)).jobs(0, 2, cpus(1, 0), 10);
        let account = account.with(|account| {
            let mut other = account.config.job_definitions[0].clone();
            other.image = image.to_owned();
            account.config.job_definitions.push(other);
            account.submissions[1].1.definition =
                batchcast::batch::job_definition::JobDefinitionId::new(1);
        });
        account.run().starts()[1]
    };
    assert_eq!((second("image"), second("other")), (Some(14.748), Some(14.748 + 4.748)));
}

#[test]
fn a_container_takes_its_time_to_start_at_every_attempt() {
    let account = Account::fixed_cluster(1).every_attempt_fails();
    let account = account.profile(|p| p.start = crate::support::account::latency(4));
    let account = account.retry(crate::jobs::retry(2, &[])).jobs(0, 1, cpus(1, 0), 10);
    let outcome = account.run();
    assert_eq!(outcome.starts(), [Some(4.0)]);
    assert_eq!(outcome.job(0).stopped.map(|t| t.as_millis()), Some(28_000));
}
