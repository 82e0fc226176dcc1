//! What Batch does when EC2 refuses: which pool it asks next, and when it asks one again
//! (behaviour 5.4, 9.2, 9.3).

use crate::support::account::{Account, Outcome, cpus, latency};
use batchcast::batch::policy::HeadOfLine;
use batchcast::ec2::fleet::Refusal;
use batchcast::ec2::on_demand::ClosedInterval;
use batchcast::ec2::quota::QuotaClass;
use batchcast::sim::SimTime;
use batchcast::world::profile::Profile;

/// The memory and the back-off of `profile: aws`; nothing else takes time.
fn as_on_aws(profile: &mut Profile) {
    let aws = Profile::aws();
    profile.hol = HeadOfLine::Strict;
    profile.ice_cooldown = aws.ice_cooldown;
    profile.ice_backoff_first = aws.ice_backoff_first;
    profile.ice_backoff_max = aws.ice_backoff_max;
}

/// `m9`, the cheaper one, and `x9`, both of four vCPUs and one pool each.
fn two_types() -> Account {
    let account = Account::ideal().own_type("m9.xlarge", 4).own_type("x9.xlarge", 4);
    account.price("x9.xlarge", 300_000_000).profile(as_on_aws)
}

/// A type has no capacity from second to second.
fn closed(account: Account, name: &str, intervals: &[(u64, u64)]) -> Account {
    account.with(|account| {
        let instance_type = account.config.catalog.find(name);
        let at = |secs: u64| SimTime::from_millis(secs * 1_000);
        let closed = intervals.iter().map(|(from, until)| ClosedInterval {
            instance_type,
            zone: None,
            from: at(*from),
            until: at(*until),
        });
        account.config.on_demand.closed.extend(closed);
    })
}

fn types<'a>(account: &'a Account, outcome: &Outcome) -> Vec<&'a str> {
    let count = outcome.instances.len() as u32;
    let name = |n| &account.config.catalog.get(outcome.instance(n).instance_type).name;
    (0..count).map(|n| name(n).as_str()).collect()
}

/// Asked after 30, 60, 120, 240 and then always 300 s; the grant at 2,250 s ends the row, so that
/// the next one begins with 30 s again.
#[test]
fn a_pool_without_an_alternative_is_asked_again_with_a_doubling_back_off_until_it_grants() {
    let account = two_types().on_demand("BEST_FIT_PROGRESSIVE", &["m9.xlarge"], 8).one_zone();
    let account = closed(account.queue(1, &[0]), "m9.xlarge", &[(0, 2_000), (3_000, 3_100)]);
    let outcome = account.clone().jobs(0, 1, cpus(4, 0), 10).run();
    assert_eq!(outcome.starts(), [Some(2_250.0)], "0, 30, 90, 210, 450, 750, ... 2,250 s");
    assert_eq!(outcome.end().capacity_refusals(), 10);
    let twice = account.jobs(0, 1, cpus(4, 0), 10).jobs(3_000, 1, cpus(4, 0), 10).run();
    assert_eq!(twice.starts(), [Some(2_250.0), Some(3_210.0)], "3,000, 3,030, 3,090, 3,210 s");
}

#[test]
fn best_fit_keeps_asking_for_the_same_type_as_the_back_off_allows() {
    let account = two_types().on_demand("BEST_FIT", &["m9.xlarge", "x9.xlarge"], 8).one_zone();
    let account = closed(account.queue(1, &[0]), "m9.xlarge", &[(0, 100)]);
    let account = account.jobs(0, 1, cpus(4, 0), 10);
    let outcome = account.run();
    assert_eq!(outcome.starts(), [Some(210.0)], "refused at 0, 30 and 90 s");
    assert_eq!(types(&account, &outcome), ["m9.xlarge"]);
}

#[test]
fn another_type_is_taken_while_the_preferred_one_counts_as_unavailable() {
    let types_at = |second: u64| {
        let account = two_types();
        let account =
            account.on_demand("BEST_FIT_PROGRESSIVE", &["m9.xlarge", "x9.xlarge"], 64).one_zone();
        let account = closed(account.queue(1, &[0]), "m9.xlarge", &[(0, 10)]);
        let account = account.profile(|profile| profile.sticky_type = false);
        let account = account.jobs(0, 1, cpus(4, 0), 5).jobs(second, 1, cpus(4, 0), 5);
        let outcome = account.run();
        assert_eq!(outcome.starts(), [Some(0.0), Some(second as f64)]);
        types(&account, &outcome)[1].to_owned()
    };
    assert_eq!(types_at(60), "x9.xlarge", "the back-off is over, the memory is not");
    assert_eq!(types_at(179), "x9.xlarge");
    assert_eq!(types_at(180), "m9.xlarge");
}

/// The first environment has `m9` only, the second `x9` only.
fn two_environments() -> Account {
    let account = two_types().on_demand("BEST_FIT_PROGRESSIVE", &["m9.xlarge"], 64);
    account.on_demand("BEST_FIT_PROGRESSIVE", &["x9.xlarge"], 4).one_zone().queue(1, &[0, 1])
}

#[test]
fn jobs_spill_to_the_next_environment_while_all_pools_of_the_first_count_as_unavailable() {
    let environment_at = |second: u64| {
        let account = closed(two_environments(), "m9.xlarge", &[(0, 10)]);
        let account = account.jobs(0, 1, cpus(4, 0), 5).jobs(second, 1, cpus(4, 0), 5);
        let outcome = account.run();
        assert_eq!(outcome.starts(), [Some(0.0), Some(second as f64)]);
        outcome.instance(1).compute_environment.raw()
    };
    assert_eq!([60, 179, 180].map(environment_at), [1, 1, 0]);
}

/// Five pools of the first environment refuse, 10 s apart, the last of them at 50 s, when the first
/// could be asked again: the job goes to the second environment, which grants at 60 s.
#[test]
fn a_job_spills_once_every_pool_has_refused_though_some_could_be_asked_again() {
    let names: Vec<String> = (1..6).map(|n| format!("c{n}x.xlarge")).collect();
    let account = names.iter().fold(two_types(), |account, name| account.own_type(name, 4));
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let account = account.on_demand("BEST_FIT_PROGRESSIVE", &names, 64);
    let account = account.on_demand("BEST_FIT_PROGRESSIVE", &["x9.xlarge"], 64).one_zone();
    let account = names
        .iter()
        .fold(account.queue(1, &[0, 1]), |account, name| closed(account, name, &[(0, 10_000)]));
    let account = account.profile(|profile| profile.launch = latency(10));
    let outcome = account.jobs(0, 1, cpus(4, 0), 10).run();
    assert_eq!(outcome.starts(), [Some(60.0)]);
    assert_eq!(outcome.end().capacity_refusals(), 5);
}

#[test]
fn an_unavailable_environment_is_asked_again_where_no_other_can_be() {
    let account = closed(two_environments(), "m9.xlarge", &[(0, 10)]);
    let account = account.jobs(0, 1, cpus(4, 0), 1_000).jobs(20, 1, cpus(4, 0), 5);
    let outcome = account.run();
    assert_eq!(outcome.starts(), [Some(0.0), Some(30.0)], "the other one is at its maxvCpus");
    assert_eq!(outcome.instance(1).compute_environment.raw(), 0);
}

#[test]
fn a_used_up_quota_refuses_with_ec2_s_error_code_of_its_purchase_option() {
    for (spot, code) in
        [(false, Refusal::VcpuLimitExceeded), (true, Refusal::MaxSpotInstanceCountExceeded)]
    {
        let account = two_types();
        let account = match spot {
            false => account.on_demand("BEST_FIT", &["m9.xlarge"], 8),
            true => account.spot("SPOT_CAPACITY_OPTIMIZED", &["m9.xlarge"], 8),
        };
        let account = account.one_zone().queue(1, &[0]).with(|account| {
            let class = QuotaClass::Standard as usize;
            account.config.quotas.on_demand_vcpus[class] = Some(4);
            account.config.quotas.spot_vcpus[class] = Some(4);
        });
        let refusals = account.jobs(0, 2, cpus(4, 0), 25).run().end().refusals;
        let expected = Refusal::ALL.map(|other| u64::from(other == code));
        assert_eq!(refusals, expected, "{}", code.as_str());
    }
}

/// Three instances are refused at 0, 30, 90 and 210 s; at 450 s two are granted, which ends the
/// row, and the third is refused: again at 480 and 540 s, not at 750.
#[test]
fn a_grant_in_part_starts_the_row_of_refusals_again() {
    let account = two_types().on_demand("BEST_FIT_PROGRESSIVE", &["m9.xlarge"], 64).one_zone();
    let account = closed(account.queue(1, &[0]), "m9.xlarge", &[(0, 400)]).pools_of(8);
    let outcome = account.jobs(0, 3, cpus(4, 0), 500).horizon(600).run();
    assert_eq!(outcome.starts(), [Some(450.0), Some(450.0), None]);
    assert_eq!(outcome.end().capacity_refusals(), 4 * 3 + 3);
}

/// The instance of the first job terminates at 100 s; the quota is free 45 s later. Asked for at
/// 110 s, refused, and again at 140 s; the third request is granted.
#[test]
fn an_instance_counts_for_its_quota_until_it_has_shut_down() {
    let starts = |shutting_down: u64| {
        let account = two_types().on_demand("BEST_FIT", &["m9.xlarge"], 8).one_zone();
        let account = account.queue(1, &[0]).with(|account| {
            account.config.quotas.on_demand_vcpus[QuotaClass::Standard as usize] = Some(4);
        });
        let account = account.profile(|p| p.shutting_down = latency(shutting_down));
        account.jobs(0, 1, cpus(4, 0), 100).jobs(110, 1, cpus(4, 0), 10).run().starts()
    };
    assert_eq!(starts(0), [Some(0.0), Some(110.0)]);
    assert_eq!(starts(45), [Some(0.0), Some(200.0)]);
    assert_eq!(starts(10), [Some(0.0), Some(110.0)], "the end is no part of it");
}
