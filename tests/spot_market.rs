//! The Spot market against its formulas: availabilities, correlations, rates, shares, presets, and
//! recorded traces (behaviour 9.5, 9.6).
//!
//! Pools are sampled over many replications; a mean must lie within four standard errors of what
//! theory says.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod support;

use batchcast::ec2::catalog::{Catalog, TypeId, ZoneId};
use batchcast::ec2::fleet::InstanceId;
use batchcast::ec2::market::trace::{AfterEnd, TracedPool, read};
use batchcast::ec2::market::{
    BandConfig, CapacityConfig, PoissonConfig, PoolOnOffConfig, PoolPath, SignalConfig, SpotMarket,
    SpotMarketConfig, TraceConfig, sample,
};
use batchcast::sim::random::RandomKey;
use batchcast::sim::{SimDuration, SimTime};
use std::io::Read;
use std::sync::Arc;
use support::recorded_data;

/// Mean and standard error.
fn mean_of(values: impl IntoIterator<Item = f64>) -> (f64, f64) {
    let values: Vec<f64> = values.into_iter().collect();
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / (n - 1.0);
    (mean, (variance / n).sqrt())
}

fn assert_near(what: &str, (mean, error): (f64, f64), expected: f64) {
    assert!(
        (mean - expected).abs() < 4.0 * error,
        "{what}: {mean} +- {error}, expected {expected}"
    );
}

fn hours(hours: f64) -> SimTime {
    SimTime::ZERO + SimDuration::from_secs_f64(hours * 3_600.0)
}

/// A pool of `name` in the zone of that number.
fn pool(catalog: &Catalog, name: &str, zone: u32) -> (TypeId, ZoneId) {
    (catalog.find(name).expect("a known type"), ZoneId::new(zone))
}

/// The paths of two pools of one type, over replications.
fn paths(config: &PoolOnOffConfig, replications: u32, end: SimTime) -> Vec<Vec<PoolPath>> {
    let catalog = Catalog::embedded();
    let pools = [pool(&catalog, "c6i.large", 0), pool(&catalog, "c6i.large", 1)];
    let market = SpotMarketConfig::pool_on_off(config.clone());
    let one = |r| sample(&market, RandomKey::new(17, r), &catalog, &pools, end).unwrap();
    (0..replications).map(one).collect()
}

/// A market whose pools only come and go.
fn coming_and_going() -> PoolOnOffConfig {
    PoolOnOffConfig {
        up_mean_hours: 3.0,
        up_cv: 1.5,
        down_mean_hours: 1.0,
        down_cv: 1.0,
        region_up_mean_hours: 8.0,
        region_down_mean_hours: 2.0,
        reclaim_per_instance_hour: 0.0,
        ..PoolOnOffConfig::NORMAL
    }
}

/// Hours open until `end`, and how often the pool closed before.
fn spells(path: &PoolPath, end: SimTime) -> (f64, f64) {
    let closings = path.room.windows(2).filter(|pair| pair[0].1 > 0 && pair[1].1 == 0).count();
    (path.availability(end) * end.as_millis() as f64 / 3.6e6, closings as f64)
}

#[test]
fn a_pool_is_open_while_its_region_and_its_own_process_are() {
    let (end, region, own) = (hours(40.0), 0.8, 0.75);
    let paths = paths(&coming_and_going(), 1_500, end);
    let open = |n: usize| mean_of(paths.iter().map(|pools| pools[n].availability(end)));
    assert_near("availability", open(0), region * own);
    assert_near("availability", open(1), region * own);
    // Of independent stationary processes the rates of going down add up.
    let rate = region * own * (1.0 / 3.0 + 1.0 / 8.0);
    let closings = mean_of(paths.iter().map(|pools| spells(&pools[0], end).1 / 40.0));
    assert_near("closings an hour", closings, rate);
}

/// A pool that is up while both of two independent processes are: its times up and down, each in
/// progress counted with the part of it that is seen.
#[test]
fn the_mean_times_up_and_down_of_a_pool_are_those_of_its_formula() {
    let (end, length, available) = (hours(400.0), 400.0, 0.8 * 0.75);
    let up = 1.0 / (1.0 / 3.0 + 1.0 / 8.0);
    let down = up * (1.0 - available) / available;
    let paths = paths(&coming_and_going(), 400, end);
    let spells: Vec<(f64, f64)> = paths.iter().map(|pools| spells(&pools[0], end)).collect();
    // A ratio of sums; the error of a ratio r = sum x / sum y is that of x - r y over sum y.
    let ratio = |x: &dyn Fn(&(f64, f64)) -> f64| {
        let closings: f64 = spells.iter().map(|(_, closings)| closings).sum();
        let ratio = spells.iter().map(x).sum::<f64>() / closings;
        let off = |s: &(f64, f64)| (x(s) - ratio * s.1) * (x(s) - ratio * s.1);
        (ratio, spells.iter().map(off).sum::<f64>().sqrt() / closings)
    };
    assert_near("mean hours up", ratio(&|(open, _)| *open), up);
    assert_near("mean hours down", ratio(&|(open, _)| length - open), down);
}

#[test]
fn two_pools_of_a_region_and_family_are_open_together_more_often_than_by_chance() {
    let (region, own, end) = (0.8, 0.75, hours(5.0));
    let paths = paths(&coming_and_going(), 6_000, end);
    let open = |pool: &PoolPath| f64::from(u32::from(pool.room.last().unwrap().1 > 0));
    let (a, b) = (region * own, region * own);
    let both = mean_of(paths.iter().map(|p| (open(&p[0]) - a) * (open(&p[1]) - b)));
    let variance = a * (1.0 - a);
    let correlation = own * (1.0 - region) / (1.0 - region * own);
    assert_near("correlation", (both.0 / variance, both.1 / variance), correlation);
}

/// Moments of the share F ~ Beta(1.5, 10) that a reclaim takes of an open pool.
fn moment(power: u32) -> f64 {
    (0..power).map(|k| (1.5 + f64::from(k)) / (11.5 + f64::from(k))).product()
}

#[test]
fn an_instance_is_reclaimed_at_its_rate_whatever_the_pool_does() {
    let rate = 0.05;
    let config = PoolOnOffConfig {
        reclaim_per_instance_hour: rate,
        band_scaling: false,
        ..coming_and_going()
    };
    let end = hours(100.0);
    let share =
        |path: &PoolPath| -> f64 { path.reclaims.iter().map(|(_, fraction)| fraction).sum() };
    let taken = mean_of(paths(&config, 1_000, end).iter().map(|pools| share(&pools[0]) / 100.0));
    assert_near("reclaims per instance-hour", taken, rate);
}

#[test]
fn a_reclaim_takes_as_many_of_four_as_was_recorded() {
    let catalog = Catalog::embedded();
    let config = PoolOnOffConfig { reclaim_per_instance_hour: 0.5, ..PoolOnOffConfig::NORMAL };
    let market = SpotMarketConfig::pool_on_off(config);
    let mut market = SpotMarket::new(&market, RandomKey::new(3, 0)).unwrap();
    let (id, zone) = pool(&catalog, "c6i.large", 0);
    let pool = market.pool(id, catalog.get(id), zone);
    let members: Vec<_> = (0..4).map(|n| (InstanceId::new(n), false)).collect();
    let mut at = SimTime::ZERO;
    let mut taken = Vec::new();
    let mut fractions = Vec::new();
    for _ in 0..20_000 {
        at = market.next_reclaim(pool, at);
        let reclaim = market.reclaim(pool, at);
        let victims = reclaim.victims(&members);
        assert!(victims.iter().all(|(_, after)| after.as_millis() <= 180_000), "within 3 minutes");
        taken.push(victims.len());
        fractions.push(reclaim.fraction().expect("a share"));
    }
    let open = 1.0 - 0.08;
    let all = 0.08 + open * moment(4);
    let none =
        open * (0..4).map(|k| (10.0 + f64::from(k)) / (11.5 + f64::from(k))).product::<f64>();
    // E[F (1 - F)^3] of a Beta: a B-function quotient.
    let one = open * 4.0 * 1.5 * 10.0 * 11.0 * 12.0 / (11.5 * 12.5 * 13.5 * 14.5);
    let hit: Vec<usize> = taken.into_iter().filter(|victims| *victims > 0).collect();
    let share = |many: &dyn Fn(usize) -> bool| {
        mean_of(hit.iter().map(|victims| f64::from(u32::from(many(*victims)))))
    };
    let (more, every) = ((1.0 - none - one) / (1.0 - none), all / (1.0 - none));
    assert_near("more than one of four", share(&|n| n > 1), more);
    assert_near("all four", share(&|n| n == 4), every);
    // What the four-node trace says of them (behaviour 9.6).
    assert!((more - 0.41).abs() < 0.01 && (every - 0.19).abs() < 0.01, "{more} {every}");
    let partial = mean_of(fractions.into_iter().filter(|fraction| *fraction < 1.0));
    assert_near("mean share of an open pool", partial, moment(1));
}

/// The zones a, c, d and f of us-east-1: availability, mean hours up and down (behaviour 9.5).
const RECORDED: [(f64, f64, f64); 4] =
    [(0.17, 0.72, 3.58), (0.47, 1.48, 1.69), (0.45, 1.66, 2.05), (0.59, 2.26, 1.56)];

#[test]
fn the_preset_made_of_traces_has_their_availability_and_their_mean_times_up_and_down() {
    let catalog = Catalog::embedded();
    let market = SpotMarketConfig::pool_on_off(PoolOnOffConfig::scarce_gpu());
    let pools: Vec<_> = (0..4).map(|zone| pool(&catalog, "g5.xlarge", zone)).collect();
    let (end, length) = (hours(1_000.0), 1_000.0);
    let mut sums = [(0.0, 0.0); 4];
    let mut any = 0.0;
    let replications = 60;
    for r in 0..replications {
        let paths = sample(&market, RandomKey::new(23, r), &catalog, &pools, end).unwrap();
        for (sum, path) in sums.iter_mut().zip(&paths) {
            let (open, closings) = spells(path, end);
            *sum = (sum.0 + open, sum.1 + closings);
        }
        any += any_open(&paths, end);
    }
    let all = length * f64::from(replications);
    let near = |value: f64, expected: f64| (value / expected - 1.0).abs() < 0.1;
    for ((open, closings), (available, up, down)) in sums.into_iter().zip(RECORDED) {
        let (mean_up, mean_down) = (open / closings, (all - open) / closings);
        assert!(near(open / all, available), "available {} of {available}", open / all);
        assert!(near(mean_up, up), "up {mean_up} of {up}");
        assert!(near(mean_down, down), "down {mean_down} of {down}");
    }
    assert!(near(any / f64::from(replications), 0.71), "any zone: {any} of {replications}");
}

/// The share of the time in which any of the pools is open.
fn any_open(paths: &[PoolPath], end: SimTime) -> f64 {
    let mut times: Vec<SimTime> = paths.iter().flat_map(|p| &p.room).map(|(at, _)| *at).collect();
    times.sort_unstable();
    times.push(end);
    let open_at = |path: &PoolPath, at: SimTime| {
        path.room[path.room.partition_point(|(since, _)| *since <= at) - 1].1 > 0
    };
    let open = times.windows(2).filter(|pair| paths.iter().any(|path| open_at(path, pair[0])));
    let ms: u64 = open.map(|pair| pair[1].since(pair[0]).as_millis()).sum();
    ms as f64 / end.as_millis() as f64
}

/// Hours that instances of a type are left alone.
fn lives(capacity: CapacityConfig, band: Option<u8>, instances: u32) -> Vec<f64> {
    let mut catalog = Catalog::embedded();
    let mut facts = catalog.get(catalog.find("c6i.large").unwrap()).clone();
    facts.interruption_band = band;
    let id = catalog.add(facts);
    let market = SpotMarketConfig::new(capacity);
    let mut market = SpotMarket::new(&market, RandomKey::new(5, 0)).unwrap();
    let pool = market.pool(id, catalog.get(id), ZoneId::new(0));
    let life = |n| {
        market
            .life(pool, InstanceId::new(n))
            .map_or(f64::INFINITY, |life| life.as_secs_f64() / 3_600.0)
    };
    (0..instances).map(life).collect()
}

#[test]
fn poisson_interruptions_have_no_memory_and_their_rate() {
    let config = PoissonConfig { interruptions_per_instance_hour: 0.25, pool_sigma: 0.0 };
    let lives = lives(CapacityConfig::Poisson(config), None, 20_000);
    assert_near("mean life", mean_of(lives.iter().copied()), 4.0);
    for after in [0.0, 4.0, 8.0] {
        let old: Vec<f64> = lives.iter().copied().filter(|life| *life > after).collect();
        let soon = old.iter().map(|life| f64::from(u32::from(*life <= after + 1.0)));
        assert_near("lost within an hour", mean_of(soon), 1.0 - libm::exp(-0.25));
    }
    let never = PoissonConfig { interruptions_per_instance_hour: 0.0, pool_sigma: 1.0 };
    assert!(self::lives(CapacityConfig::Poisson(never), None, 3).iter().all(|l| l.is_infinite()));
}

#[test]
fn a_band_s_share_of_instances_is_interrupted_within_a_month() {
    for (band, share) in [(0, 0.025), (1, 0.075), (2, 0.125), (3, 0.175), (4, 0.25)] {
        let lives = lives(CapacityConfig::Band(BandConfig::DEFAULT), Some(band), 20_000);
        let lost = mean_of(lives.iter().map(|life| f64::from(u32::from(*life <= 730.0))));
        assert_near("lost within a month", lost, share);
    }
    let unknown = lives(CapacityConfig::Band(BandConfig::DEFAULT), None, 100);
    assert_eq!(unknown, lives(CapacityConfig::Band(BandConfig::DEFAULT), Some(2), 100));
}

/// The mean score and mean life of many pools that differ by chance alone.
fn scores_and_lives(correlation: f64) -> Vec<(f64, f64)> {
    let catalog = Catalog::embedded();
    let (id, zone) = pool(&catalog, "c6i.large", 0);
    let poisson = PoissonConfig { interruptions_per_instance_hour: 0.1, pool_sigma: 1.0 };
    let signal = SignalConfig { correlation, ..SignalConfig::DEFAULT };
    let config =
        SpotMarketConfig { signal, ..SpotMarketConfig::new(CapacityConfig::Poisson(poisson)) };
    let one = |r| {
        let mut market = SpotMarket::new(&config, RandomKey::new(29, r)).unwrap();
        let pool = market.pool(id, catalog.get(id), zone);
        let score = f64::from(market.placement_score(pool, hours(1.0)));
        // A life is exponential of the pool's rate; its draw is that of the instance's number.
        let many = (0..200).map(|n| market.life(pool, InstanceId::new(n)).unwrap().as_secs_f64());
        (score, libm::log(many.sum::<f64>()))
    };
    (0..2_000).map(one).collect()
}

/// A pool's mean life is lognormal here, so its logarithm is the pool's hidden state.
#[test]
fn the_score_correlates_with_the_hidden_state_as_stated() {
    for stated in [0.0, 0.3, 0.5, 0.9] {
        let pairs = scores_and_lives(stated);
        let (score, life) =
            (mean_of(pairs.iter().map(|p| p.0)), mean_of(pairs.iter().map(|p| p.1)));
        let deviation = |error: f64| error * (pairs.len() as f64).sqrt();
        let product = |p: &(f64, f64)| {
            (p.0 - score.0) * (p.1 - life.0) / deviation(score.1) / deviation(life.1)
        };
        let (correlation, error) = mean_of(pairs.iter().map(product));
        assert_near("correlation", (correlation, error), stated);
    }
}

/// Every recorded trace: what the market shows is the file's intervals and nothing else.
#[test]
fn a_replayed_trace_is_the_recorded_segments_exactly() {
    let Some(path) = recorded_data("spot/spot-availability-preemption.csv.gz") else { return };
    let mut text = String::new();
    let file = std::fs::File::open(path).unwrap();
    flate2::read::GzDecoder::new(file).read_to_string(&mut text).unwrap();
    let catalog = Catalog::embedded();
    let (instance_type, zone) = pool(&catalog, "c6i.large", 0);
    let traces = read(&text).unwrap();
    assert_eq!(traces.len(), 19);
    for trace in traces {
        let end = trace.capacity.end();
        let traced = TracedPool {
            instance_type,
            zone,
            trace: Arc::new(trace.capacity),
            prices: None,
            from: SimDuration::ZERO,
        };
        let market = SpotMarketConfig::new(CapacityConfig::Trace(TraceConfig {
            pools: vec![traced],
            after_end: AfterEnd::Hold,
            drops_interrupt: true,
            untraced_open: false,
        }));
        let key = RandomKey::new(1, 0);
        let pools = [(instance_type, zone)];
        let path = sample(&market, key, &catalog, &pools, end).unwrap().remove(0);
        let (steps, drops) = recorded_steps(&text, &trace.name);
        let shown = |(at, room): &(SimTime, u32)| (at.as_millis(), *room);
        assert_eq!(path.room.iter().map(shown).collect::<Vec<_>>(), steps, "{}", trace.name);
        let reclaims: Vec<u64> = path.reclaims.iter().map(|(at, _)| at.as_millis()).collect();
        assert_eq!(reclaims, drops, "{}", trace.name);
    }
}

/// Where the number of a trace changes and where it falls, in ms, read without the reader under
/// test.
fn recorded_steps(text: &str, name: &str) -> (Vec<(u64, u32)>, Vec<u64>) {
    let (mut steps, mut drops): (Vec<(u64, u32)>, Vec<u64>) = (Vec::new(), Vec::new());
    for line in text.lines().filter(|line| line.split(',').next() == Some(name)) {
        let cells: Vec<&str> = line.split(',').collect();
        let (at, nodes) = (cells[1].parse::<u64>().unwrap() * 1_000, cells[3].parse().unwrap());
        let before = steps.last().map(|(_, nodes)| *nodes);
        if before != Some(nodes) {
            steps.push((at, nodes));
            drops.extend(before.is_some_and(|before| nodes < before).then_some(at));
        }
    }
    (steps, drops)
}
