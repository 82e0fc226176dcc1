//! Spot prices that change: what is launched, what is billed, who is interrupted by them
//! (behaviour 9.1, 9.4, 9.6).

use crate::spot::reclaiming;
use crate::support::account::{Account, Outcome, cpus, submission};
use batchcast::batch::checkpoint::Checkpoint;
use batchcast::ec2::catalog::ZoneId;
use batchcast::ec2::market::prices::{PriceHistory, PriceModelConfig, RandomWalkConfig};
use batchcast::ec2::market::{CapacityConfig, SpotMarketConfig, sample};
use batchcast::ec2::money::Price;
use batchcast::ec2::price_series::PriceSeries;
use batchcast::sim::{SimDuration, SimTime};
use batchcast::world::RunKey;
use batchcast::world::record::{CostLine, InstanceRecord, JobStatus, Termination};
use proptest::prelude::*;
use std::sync::Arc;

const HOUR: u64 = 3_600;

/// One Spot pool of instances of four vCPUs, 0.2 USD an hour On-Demand.
fn one_pool() -> Account {
    let account = Account::ideal().own_type("m9.xlarge", 4);
    account.spot("SPOT_PRICE_CAPACITY_OPTIMIZED", &["m9.xlarge"], 64).one_zone().queue(1, &[0])
}

/// Prices in 1e-9 USD an hour from instants in seconds on, of one type in one zone.
fn recorded(account: Account, type_name: &str, zone: u32, points: &[(u64, u64)]) -> Account {
    account.with(|account| {
        let id = account.config.catalog.find(type_name).expect("a known type");
        let point = |(secs, nano): &(u64, u64)| {
            (SimTime::from_millis(secs * 1_000), Price::from_nano_usd_per_hour(*nano))
        };
        let series = PriceSeries::new(points.iter().map(point)).expect("a point");
        let unlimited = || SpotMarketConfig::new(CapacityConfig::Unlimited);
        let market = account.config.spot_market.get_or_insert_with(unlimited);
        let mut history = match &market.prices.model {
            PriceModelConfig::History(history) => PriceHistory::clone(history),
            _ => PriceHistory::default(),
        };
        history.add(id, ZoneId::new(zone), Arc::new(series));
        market.prices.model = PriceModelConfig::History(Arc::new(history));
    })
}

fn bid(account: Account, percentage: u32) -> Account {
    account.change(0, |ce| ce.bid_percentage = Some(percentage))
}

#[test]
fn an_instance_is_billed_what_it_costs_at_the_time() {
    let points = [(0, 40_000_000), (600, 80_000_000), (1_800, 20_000_000)];
    let account = recorded(one_pool(), "m9.xlarge", 0, &points);
    let outcome = account.clone().jobs(0, 1, cpus(4, 0), HOUR).run();
    // Ten minutes, twenty minutes and half an hour.
    let nano = (40_000_000 * 600 + 80_000_000 * 1_200 + 20_000_000 * 1_800) / 3_600;
    assert_eq!(outcome.instance(0).cost.0, nano);
    assert_eq!(outcome.job(0).cost.0, nano, "all of it is the job's");
    let two = account.jobs(0, 1, cpus(2, 0), 600).jobs(1_800, 1, cpus(2, 0), 1_800);
    let outcome = two.run();
    let (early, late) = (outcome.job(0).cost.0, outcome.job(1).cost.0);
    assert_eq!(early, 40_000_000 * 600 / 3_600 / 2, "half of a cheap instance");
    assert_eq!(late, 20_000_000 * 1_800 / 3_600 / 2);
}

#[test]
fn an_instance_is_billed_every_round_of_a_price_that_repeats() {
    let account = recorded(one_pool(), "m9.xlarge", 0, &[(0, 100_000_000), (HOUR, 150_000_000)]);
    let account = account.with(|account| {
        let Some(market) = &mut account.config.spot_market else { panic!("prices were recorded") };
        let PriceModelConfig::History(history) = &market.prices.model else { panic!("no record") };
        let id = account.config.catalog.find("m9.xlarge").expect("a known type");
        let once = history.get(id, ZoneId::new(0)).expect("recorded");
        let again = once.repeated(SimDuration::from_secs(2 * HOUR), SimDuration::ZERO);
        let mut history = PriceHistory::default();
        history.add(id, ZoneId::new(0), Arc::new(again));
        market.prices.model = PriceModelConfig::History(Arc::new(history));
    });
    let outcome = account.clone().jobs(0, 1, cpus(4, 0), 5 * HOUR).run();
    assert_eq!(outcome.instance(0).cost.0, 3 * 100_000_000 + 2 * 150_000_000);
    // Three quarters of 0.2 USD: the price is reached in every round.
    let outcome = bid(account, 75).jobs(2 * HOUR, 1, cpus(4, 0), 2 * HOUR).run();
    let instance = outcome.instance(0);
    let taken = (instance.terminated.as_millis(), instance.termination);
    assert_eq!(taken, (3 * HOUR * 1_000, Termination::ReclaimedByPrice));
}

#[test]
fn kept_work_pays_the_earlier_prices_of_an_attempt_and_its_checkpoints_the_later_ones() {
    // 10,000 and then 20,000 nano-USD a second; 100 s of work, 100 s of writing, and once more.
    let account = recorded(one_pool(), "m9.xlarge", 0, &[(0, 36_000_000), (200, 72_000_000)]);
    let secs = SimDuration::from_secs;
    let checkpoint = Checkpoint { interval: secs(100), cost: secs(100), restore: secs(0) };
    let account = account.with(|a| a.config.job_definitions[0].model.checkpoint = Some(checkpoint));
    let outcome = account.jobs(0, 1, cpus(4, 0), 200).run();
    let lines = [CostLine::Work, CostLine::Checkpoint].map(|line| outcome.line(line));
    assert_eq!(lines, [200 * 10_000, 200 * 20_000]);
    assert_eq!(
        outcome.job(0).cost.0,
        400 * 15_000,
        "what the time has cost, however it is divided"
    );
}

#[test]
fn a_strategy_sees_the_price_of_now_in_each_zone() {
    let account = Account::ideal().own_type("m9.xlarge", 4);
    let account = account.spot("SPOT_PRICE_CAPACITY_OPTIMIZED", &["m9.xlarge"], 64).queue(1, &[0]);
    let account = account.change(0, |ce| ce.zones.truncate(2));
    let account = recorded(account, "m9.xlarge", 0, &[(0, 40_000_000), (HOUR, 90_000_000)]);
    let account = recorded(account, "m9.xlarge", 1, &[(0, 60_000_000)]);
    let outcome = account.jobs(0, 1, cpus(4, 0), 60).jobs(2 * HOUR, 1, cpus(4, 0), 60).run();
    let zones: Vec<u32> = (0..2).map(|n| outcome.instance(n).zone.raw()).collect();
    assert_eq!(zones, [0, 1], "the cheaper zone at the time");
}

#[test]
fn a_pool_that_has_become_too_dear_takes_no_launches() {
    // Half of 0.2 USD.
    let points = [(0, 99_999_999), (100, 100_000_000), (1_000, 50_000_000)];
    let account = bid(recorded(one_pool(), "m9.xlarge", 0, &points), 50);
    let outcome = account.jobs(0, 1, cpus(4, 0), 50).jobs(200, 1, cpus(4, 0), 50).run();
    assert_eq!(outcome.starts(), [Some(0.0), Some(1_010.0)], "asked again every 30 s");
    assert!(outcome.end().capacity_refusals() > 0);
}

#[test]
fn an_instance_is_interrupted_when_its_price_reaches_what_may_be_paid() {
    let points = [(0, 50_000_000), (HOUR / 2, 120_000_000), (2 * HOUR, 50_000_000)];
    let account = recorded(one_pool(), "m9.xlarge", 0, &points);
    let account = account.profile(|profile| profile.spot_notice = SimDuration::from_secs(120));
    let run = |percentage| bid(account.clone(), percentage).jobs(0, 1, cpus(4, 0), 2 * HOUR).run();
    let kept = run(100);
    assert_eq!((kept.job(0).status, kept.taken_back()), (JobStatus::Succeeded, 0));
    let kept = run(61);
    assert_eq!(kept.taken_back(), 0, "61 % are 0.122 USD: the price stays below");
    let lost = run(60);
    let instance = lost.instance(0);
    assert_eq!(instance.termination, Termination::ReclaimedByPrice);
    assert_eq!(instance.terminated.as_millis(), (HOUR / 2 + 120) * 1_000, "after its notice");
    assert_eq!((lost.job(0).status, lost.taken_back()), (JobStatus::Failed, 1));
    assert_eq!(instance.cost.0, 0, "EC2 has ended it in its first hour");
}

/// What an instance costs, interval by interval of its price; `steps` are since when and how much.
fn slow_bill(instance: &InstanceRecord, steps: &[(SimTime, Price)]) -> i64 {
    let Some(running) = instance.running else { return 0 };
    let from = running.as_millis();
    let until = instance.terminated.as_millis().max(from + 60_000);
    if instance.termination.is_by_ec2() && until < from + HOUR * 1_000 {
        return 0;
    }
    let mut exact = 0_u128;
    for (index, (start, price)) in steps.iter().enumerate() {
        let end = steps.get(index + 1).map_or(u64::MAX, |(next, _)| next.as_millis());
        let (a, b) = (start.as_millis().max(from), end.min(until));
        if a < b {
            exact += u128::from(price.nano_usd_per_hour()) * u128::from(b - a);
        }
    }
    let (whole, rest) = (exact / 3_600_000, exact % 3_600_000);
    let up = rest * 2 > 3_600_000 || (rest * 2 == 3_600_000 && whole % 2 == 1);
    whole as i64 + i64::from(up)
}

/// Every bill of an outcome is what the slow path makes of its record and its pool's prices.
fn assert_bills(account: &Account, outcome: &Outcome) {
    let config = &account.config;
    let market = config.spot_market.as_ref().expect("a market");
    let key = RunKey { seed: account.seed, replication: 0 }.market();
    let end = outcome.end().time + SimDuration::from_secs(HOUR);
    for instance in &outcome.instances {
        let pool = [(instance.instance_type, instance.zone)];
        let path = sample(market, key, &config.catalog, &pool, end).expect("a legal market");
        assert_eq!(instance.cost.0, slow_bill(instance, &path[0].prices), "{instance:?}");
    }
}

/// Prices that move much, every six minutes.
fn walking(account: &mut Account) {
    let walk = RandomWalkConfig { sigma: 0.3, step_hours: 0.1, ..RandomWalkConfig::DEFAULT };
    if let Some(market) = &mut account.config.spot_market {
        market.prices.model = PriceModelConfig::RandomWalk(walk);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// Nano-dollar by nano-dollar, whatever the prices do and whoever ends the instances.
    #[test]
    fn bills_at_changing_prices_are_those_of_the_slow_path(
        points in prop::collection::vec((1_u64..4_000, 1_u64..2_000_000_000_000), 1..20),
        walks in any::<bool>(),
        reclaims in prop_oneof![Just(0.0), 0.1_f64..2.0],
        percentage in prop_oneof![Just(100_u32), 20_u32..90],
        jobs in prop::collection::vec((0_u64..20_000, 1_u32..5, 0_u64..9_000_000), 1..25),
        seed in 0_u64..1_000,
    ) {
        let mut account = Account::ideal().own_type("m9.xlarge", 4);
        account = account.price("m9.xlarge", 1_000_000_000_000);
        account = account.spot("BEST_FIT_PROGRESSIVE", &["m9.xlarge"], 40).queue(1, &[0]);
        account = account.change(0, |ce| ce.zones.truncate(2)).market(reclaiming(reclaims));
        let mut at = 0;
        let rising: Vec<(u64, u64)> = points.iter().map(|(gap, price)| {
            at += gap;
            (at, *price)
        }).collect();
        account = match walks {
            true => account.with(walking),
            false => recorded(account, "m9.xlarge", 0, &rising),
        };
        account.seed = seed;
        account = bid(account, percentage).horizon(40_000);
        account = account.profile(|profile| profile.spot_notice = SimDuration::from_secs(120));
        for (at, vcpus, run_ms) in jobs {
            account = account.submit(at * 1_000, submission(0, cpus(vcpus.min(4), 0), run_ms));
        }
        let outcome = account.run();
        assert_bills(&account, &outcome);
    }
}
