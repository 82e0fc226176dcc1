//! Spot: reclaims, their notice, what is lost, what is retried (behaviour 1.3, 9.4, 9.6).

use crate::cancel::{REQUESTED, terminate};
use crate::dependencies::{Linked, job};
use crate::jobs::retry;
use crate::support::account::{Account, Outcome, cpus, submission};
use batchcast::batch::job_definition::RetryAction;
use batchcast::ec2::fleet::PurchaseOption;
use batchcast::ec2::market::{
    CapacityConfig, PoissonConfig, PoolOnOffConfig, SignalConfig, SpotMarketConfig,
};
use batchcast::sim::{SimDuration, SimTime};
use batchcast::world::record::{InstanceRecord, JobStatus, Sample, StatusReason, Termination};

/// Pools that are practically always open and without bounds, and are taken back as a whole at
/// `events_per_hour`.
pub(crate) fn reclaiming(events_per_hour: f64) -> SpotMarketConfig {
    SpotMarketConfig::pool_on_off(reclaiming_pools(events_per_hour))
}

/// The pools of [`reclaiming`].
pub(crate) fn reclaiming_pools(events_per_hour: f64) -> PoolOnOffConfig {
    PoolOnOffConfig {
        up_mean_hours: 1e9,
        up_cv: 1.0,
        down_mean_hours: 1e-6,
        down_cv: 1.0,
        region_up_mean_hours: 1e9,
        region_down_mean_hours: 1e-6,
        reclaim_per_instance_hour: events_per_hour,
        band_scaling: false,
        whole_pool_probability: 1.0,
        pool_vcpus_median: 1e6,
        gpu_pool_vcpus_median: 1e6,
        pool_vcpus_sigma: 0.0,
        ..PoolOnOffConfig::NORMAL
    }
}

/// One Spot pool of instances of four vCPUs.
pub(crate) fn one_pool(strategy: &str, events_per_hour: f64) -> Account {
    let account = Account::ideal().own_type("m9.xlarge", 4);
    let account = account.spot(strategy, &["m9.xlarge"], 64).one_zone().queue(1, &[0]);
    account.market(reclaiming(events_per_hour))
}

const DAY: u64 = 86_400;

/// When the first instance of an account is taken back, in ms: the market does not depend on
/// what is launched into it, so other runs of the account can be arranged around it.
pub(crate) fn first_reclaim_ms(account: &Account) -> u64 {
    let outcome = account.clone().jobs(0, 1, cpus(1, 0), 30 * DAY).run();
    assert_eq!(outcome.instance(0).termination, Termination::Reclaimed);
    outcome.instance(0).terminated.as_millis()
}

fn noticed() -> Account {
    let notice = SimDuration::from_secs(120);
    one_pool("SPOT_CAPACITY_OPTIMIZED", 0.1).profile(|profile| profile.spot_notice = notice)
}

#[test]
fn without_a_market_nothing_is_taken_back() {
    let account = Account::ideal().spot("SPOT_CAPACITY_OPTIMIZED", &["c6i.large"], 64);
    let outcome = account.queue(1, &[0]).jobs(0, 8, cpus(2, 0), 30 * DAY).run();
    assert!(outcome.jobs.iter().all(|job| job.status == JobStatus::Succeeded));
    assert_eq!(outcome.taken_back(), 0);
}

/// The other half of behaviour 12, scenario 1.
#[test]
fn a_host_loss_is_retried_and_a_timeout_is_not() {
    let rule = [("Host EC2*", "", "", RetryAction::Retry), ("", "*", "", RetryAction::Exit)];
    let account = one_pool("SPOT_CAPACITY_OPTIMIZED", 1.0).retry(retry(3, &rule));
    let lost = account.clone().jobs(0, 1, cpus(1, 0), 30 * DAY).run();
    let reasons: Vec<_> = lost.attempts_of(0).iter().map(|attempt| attempt.reason).collect();
    assert!(matches!(
        reasons[..],
        [StatusReason::HostTerminated(a), StatusReason::HostTerminated(b),
         StatusReason::HostTerminated(c)] if a < b && b < c
    ));
    assert_eq!(lost.job(0).status, JobStatus::Failed, "three attempts are all it has");
    let timed_out = account.timeout(60).jobs(0, 1, cpus(1, 0), DAY).run();
    assert_eq!((timed_out.job(0).attempts, timed_out.job(0).status), (1, JobStatus::Failed));
}

#[test]
fn a_lost_attempt_names_its_host_as_aws_does() {
    let outcome = one_pool("SPOT_CAPACITY_OPTIMIZED", 1.0).jobs(0, 1, cpus(1, 0), 30 * DAY).run();
    let text = outcome.job(0).status_reason.to_string();
    assert!(text.starts_with("Host EC2 (instance i-") && text.ends_with(") terminated."), "{text}");
}

#[test]
fn a_lost_attempt_has_no_exit_code_or_143() {
    let code = |share| {
        let account = one_pool("SPOT_CAPACITY_OPTIMIZED", 1.0);
        let account = account.profile(|profile| profile.p_exit_null_on_host_loss = share);
        account.jobs(0, 1, cpus(1, 0), 30 * DAY).run().attempts[0].exit_code
    };
    assert_eq!((code(1.0), code(0.0)), (None, Some(143)));
}

/// A job that would end within the two minutes of the notice ends well.
#[test]
fn spot_warning_gives_the_job_two_minutes() {
    let taken = first_reclaim_ms(&noticed());
    let run_for = |ms: u64| noticed().submit(0, submission(0, cpus(1, 0), ms)).run();
    for (ms, status) in [
        (taken - 119_000, JobStatus::Succeeded),
        (taken - 1, JobStatus::Succeeded),
        (taken, JobStatus::Failed),
    ] {
        assert_eq!(run_for(ms).job(0).status, status, "{ms} of {taken} ms");
    }
    let early = first_reclaim_ms(&one_pool("SPOT_CAPACITY_OPTIMIZED", 0.1));
    assert_eq!(taken - early, 120_000, "without notice it goes two minutes earlier");
}

#[test]
fn an_instance_with_notice_takes_no_new_jobs() {
    let taken = first_reclaim_ms(&noticed());
    let beside = |before: u64| -> Outcome {
        let first = noticed().jobs(0, 1, cpus(1, 0), 30 * DAY);
        first.submit(taken - before, submission(0, cpus(1, 0), 1_000)).run()
    };
    let shares =
        |outcome: &Outcome| outcome.attempts_of(1)[0].place == outcome.attempts_of(0)[0].place;
    assert!(shares(&beside(120_001)), "before the notice it shares the instance");
    assert!(!shares(&beside(119_999)), "after it, it does not");
}

/// How an account is told of a reclaim: ten minutes ahead, and then with two minutes' notice.
fn recommended(drain_on_rebalance: bool, drain_on_notice: bool) -> Account {
    noticed().profile(|profile| {
        profile.rebalance_lead = SimDuration::from_secs(600);
        profile.drain_on_rebalance = drain_on_rebalance;
        profile.drain_on_notice = drain_on_notice;
    })
}

#[test]
fn a_rebalance_recommendation_comes_before_the_notice_and_takes_nothing_away() {
    let (noticed, recommended) = (first_reclaim_ms(&noticed()), recommended(false, true));
    let taken = first_reclaim_ms(&recommended);
    assert_eq!(taken - noticed, 600_000, "the event is the recommendation");
    let run = recommended.submit(0, submission(0, cpus(1, 0), taken - 1)).run();
    assert_eq!((run.job(0).status, run.taken_back()), (JobStatus::Succeeded, 1));
}

#[test]
fn an_instance_is_drained_at_the_notice_or_at_the_recommendation_or_never() {
    for (on_rebalance, on_notice, last_shared_s) in
        [(false, true, 120), (true, true, 720), (false, false, 0)]
    {
        let account = recommended(on_rebalance, on_notice);
        let taken = first_reclaim_ms(&account);
        let shares = |before_ms: u64| {
            let first = account.clone().jobs(0, 1, cpus(1, 0), 30 * DAY);
            let run = first.submit(taken - before_ms, submission(0, cpus(1, 0), 1_000)).run();
            run.attempts_of(1)[0].place == run.attempts_of(0)[0].place
        };
        assert!(shares(last_shared_s * 1_000 + 1));
        assert!(last_shared_s == 0 || !shares(last_shared_s * 1_000 - 1));
    }
}

#[test]
fn an_instance_with_its_notice_counts_as_registered_until_it_ends() {
    let outcome = noticed().jobs(0, 1, cpus(1, 0), 30 * DAY).run();
    let taken = outcome.instance(0).terminated;
    // A sample a minute, and two minutes' notice.
    let last = outcome.samples.iter().rev().find(|sample| sample.time < taken);
    let last = last.expect("it was there");
    assert_eq!(
        (last.registered_vcpus, last.allocated_vcpus),
        (outcome.instance(0).quarter_vcpus / 4, 1)
    );
    let within = |sample: &Sample| sample.allocated_vcpus <= sample.registered_vcpus;
    assert!(outcome.samples.iter().all(within), "{:?}", outcome.samples);
}

#[test]
fn a_reclaim_takes_instances_of_one_pool_only() {
    let account = Account::ideal().own_type("m9.xlarge", 4).own_type("c9.xlarge", 4);
    let account = account.spot("SPOT_CAPACITY_OPTIMIZED", &["m9.xlarge"], 64);
    let account = account.spot("SPOT_CAPACITY_OPTIMIZED", &["c9.xlarge"], 64).one_zone();
    let account = account.queue(1, &[0]).queue(1, &[1]).market(reclaiming(0.01));
    let account = account.jobs_to(0, 0, 3, cpus(4, 0), 90 * DAY);
    let outcome = account.jobs_to(1, 0, 3, cpus(4, 0), 90 * DAY).run();
    let span = |pool: u32| {
        let mine = outcome.instances.iter().filter(|i| i.compute_environment.raw() == pool);
        let ends: Vec<u64> = mine.map(|i| i.terminated.as_millis()).collect();
        assert_eq!(ends.len(), 3);
        (ends.iter().copied().min().unwrap_or(0), ends.iter().copied().max().unwrap_or(0))
    };
    let ((a0, a1), (b0, b1)) = (span(0), span(1));
    assert!(a1 - a0 <= 180_000 && b1 - b0 <= 180_000, "within three minutes of one another");
    assert!(a1 < b0 || b1 < a0, "each pool has its own events");
}

#[test]
fn a_reclaim_that_leaves_the_pool_open_takes_a_part_of_it() {
    let mut pools = reclaiming_pools(0.5);
    pools.whole_pool_probability = 0.0;
    let market = SpotMarketConfig::pool_on_off(pools);
    let account = one_pool("SPOT_CAPACITY_OPTIMIZED", 0.5).change(0, |ce| ce.max_vcpus = 400);
    let outcome = account.market(market).jobs(0, 100, cpus(4, 0), 3_600).run();
    let taken = outcome.instances.iter().filter(|i| i.termination == Termination::Reclaimed);
    let taken = taken.count();
    assert!(taken > 0 && taken < 100, "{taken} of 100");
}

#[test]
fn a_spot_pool_that_is_full_refuses_and_the_job_waits() {
    let pools = PoolOnOffConfig { pool_vcpus_median: 8.0, ..reclaiming_pools(0.0) };
    let market = SpotMarketConfig::pool_on_off(pools);
    let account = Account::ideal().own_type("m9.xlarge", 4);
    let account = account.spot("SPOT_CAPACITY_OPTIMIZED", &["m9.xlarge"], 64).queue(1, &[0]);
    let account = account.change(0, |ce| ce.zones.truncate(2)).market(market);
    let outcome = account.jobs(0, 5, cpus(4, 0), 60).run();
    let at_once = outcome.starts().iter().filter(|start| **start == Some(0.0)).count();
    assert_eq!(at_once, 4, "two instances in each of two pools of 8 vCPUs");
    assert_eq!(outcome.starts()[4], Some(60.0));
    assert!(outcome.end().capacity_refusals() > 0);
}

#[test]
fn types_of_a_higher_band_are_reclaimed_more_often() {
    let reclaims = |band: u8| {
        let account = Account::ideal().own_type("m9.xlarge", 4).with(|account| {
            let catalog = &mut account.config.catalog;
            let mut facts = catalog.get(catalog.find("m9.xlarge").expect("just added")).clone();
            facts.interruption_band = Some(band);
            catalog.add(facts);
        });
        let pools = PoolOnOffConfig { band_scaling: true, ..reclaiming_pools(1.0) };
        let market = SpotMarketConfig::pool_on_off(pools);
        let account = account.spot("SPOT_CAPACITY_OPTIMIZED", &["m9.xlarge"], 4).one_zone();
        let account = account.queue(1, &[0]).min_vcpus(0, 4).market(market);
        account.until(1_000 * 3_600).run().taken_back() as f64
    };
    // Events in 1,000 hours at 0.3 and 2.5 an hour: standard deviations of 17 and 50.
    let (low, high) = (reclaims(0), reclaims(4));
    assert!((low - 300.0).abs() < 4.0 * 17.0 + 20.0, "{low}");
    assert!((high - 2_500.0).abs() < 4.0 * 50.0 + 150.0, "{high}");
}

#[test]
fn a_spot_pool_that_is_down_refuses() {
    let pools = reclaiming_pools(0.0);
    let pools = PoolOnOffConfig { up_mean_hours: 1e-6, down_mean_hours: 1e9, ..pools };
    let market = SpotMarketConfig::pool_on_off(pools);
    let account = one_pool("SPOT_CAPACITY_OPTIMIZED", 0.0).market(market).horizon(3_600);
    let outcome = account.jobs(0, 1, cpus(4, 0), 60).run();
    assert_eq!(outcome.starts(), [None]);
    assert!(outcome.end().capacity_refusals() > 0);
}

/// Twelve pools that nothing public tells apart, and that differ in how often they interrupt.
fn alike_in_public(strategy: &str, correlation: f64, seed: u64) -> Account {
    let names: Vec<String> = (0..6).map(|n| format!("m{n}x.xlarge")).collect();
    let account = names.iter().fold(Account::ideal(), |account, name| account.own_type(name, 4));
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut account = account.spot(strategy, &names, 400).queue(1, &[0]).retry(retry(10, &[]));
    account = account.change(0, |ce| ce.zones.truncate(2));
    let poisson = PoissonConfig { interruptions_per_instance_hour: 0.1, pool_sigma: 0.7 };
    let signal = SignalConfig { correlation, ..SignalConfig::DEFAULT };
    account = account.market(SpotMarketConfig {
        signal,
        ..SpotMarketConfig::new(CapacityConfig::Poisson(poisson))
    });
    account.seed = seed;
    for hour in 0..50 {
        account = account.jobs(hour * 3_600, 1, cpus(4, 0), 4 * 3_600);
    }
    account
}

/// Interruptions per instance-hour.
fn interruptions_per_hour(account: &Account) -> f64 {
    let outcome = account.run_fast();
    let hours = |i: &InstanceRecord| {
        i.running.map_or(0.0, |running| i.terminated.since(running).as_secs_f64() / 3_600.0)
    };
    outcome.taken_back() as f64 / outcome.instances.iter().map(hours).sum::<f64>()
}

#[test]
fn a_score_is_worth_what_it_tells_of_interruptions() {
    let seeds = 120_u32;
    // Mean and standard error of the difference to BEST_FIT, seed by seed under the same market.
    let difference = |correlation: f64| {
        let pairs: Vec<f64> = (0..u64::from(seeds))
            .map(|seed| {
                let rate = |strategy| {
                    interruptions_per_hour(&alike_in_public(strategy, correlation, seed))
                };
                rate("SPOT_CAPACITY_OPTIMIZED") - rate("BEST_FIT")
            })
            .collect();
        let n = f64::from(seeds);
        let mean = pairs.iter().sum::<f64>() / n;
        let variance = pairs.iter().map(|d| (d - mean) * (d - mean)).sum::<f64>() / (n - 1.0);
        (mean, (variance / n).sqrt())
    };
    let (blind, error) = difference(0.0);
    assert!(blind.abs() < 4.0 * error, "a score that tells nothing: {blind} +- {error}");
    let (seeing, error) = difference(0.9);
    assert!(seeing < -4.0 * error, "a score that tells much: {seeing} +- {error}");
    assert!(seeing < -0.03, "of 0.1 an hour: {seeing}");
}

#[test]
fn instances_of_model_poisson_are_interrupted_at_its_rate() {
    let rate = 0.2;
    let poisson = PoissonConfig { interruptions_per_instance_hour: rate, pool_sigma: 0.0 };
    let account = one_pool("SPOT_CAPACITY_OPTIMIZED", 0.0);
    let market = SpotMarketConfig::new(CapacityConfig::Poisson(poisson));
    let account = account.market(market).min_vcpus(0, 40).until(200 * 3_600);
    let outcome = account.run();
    let hours = |i: &InstanceRecord| {
        i.running.map_or(0.0, |running| i.terminated.since(running).as_secs_f64() / 3_600.0)
    };
    let spot = outcome.instances.iter().filter(|i| i.purchase == PurchaseOption::Spot);
    let expected = spot.map(hours).sum::<f64>() * rate;
    let seen = outcome.taken_back() as f64;
    assert!(expected > 300.0 && (seen - expected).abs() < 4.0 * expected.sqrt(), "{seen}");
    // One by one: hardly any two go at the same time.
    let mut ends: Vec<SimTime> = outcome.instances.iter().map(|i| i.terminated).collect();
    ends.sort_unstable();
    ends.dedup();
    assert!(ends.len() as f64 > seen);
}

#[test]
fn a_job_whose_promised_instance_drains_gets_another_before_that_one_is_taken() {
    let account = noticed().boot(60);
    let taken = first_reclaim_ms(&account);
    // Its instance is still booting when the notice comes.
    let outcome = account.submit(taken - 130_000, submission(0, cpus(1, 0), 1_000)).run();
    let started = outcome.starts()[0].expect("it runs");
    assert!(started < taken as f64 / 1e3, "at {started} s of {taken} ms");
}

#[test]
fn a_terminated_job_whose_host_goes_before_its_container_stops_is_not_retried() {
    let taken = first_reclaim_ms(&noticed());
    let slow = noticed().retry(retry(3, &[])).profile(|profile| {
        profile.stop_timeout = SimDuration::from_secs(100_000_000);
    });
    let account = slow.linked(vec![job(30 * DAY, &[])]);
    let outcome = terminate(account, taken / 1_000 - 1, 0, None).run();
    let job = outcome.job(0);
    assert_eq!(job.stopped.map(|t| t.as_millis()), Some(taken));
    assert_eq!((job.status, job.status_reason, job.attempts), (JobStatus::Failed, REQUESTED, 1));
    assert_eq!(outcome.attempts[0].exit_code, Some(143));
}
