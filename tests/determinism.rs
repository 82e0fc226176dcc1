//! Same scenario, same seed, same bytes: twice, watched or not, on any number of threads; and what
//! is random stays the same when a policy changes.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod support;

use batchcast::batch::allocation::STRATEGIES;
use batchcast::batch::job_definition::{Failure, RetryStrategy};
use batchcast::ec2::catalog::{Catalog, ZoneId};
use batchcast::ec2::fleet::{InstanceId, PurchaseOption};
use batchcast::ec2::market::prices::{PriceConfig, PriceModelConfig, RandomWalkConfig};
use batchcast::ec2::market::trace::{AfterEnd, CapacityTrace, TracedPool};
use batchcast::ec2::market::{
    CapacityConfig, MODELS, PoissonConfig, PoolOnOffConfig, SpotMarket, SpotMarketConfig,
    TraceConfig,
};
use batchcast::ec2::money::Price;
use batchcast::sim::random::RandomKey;
use batchcast::sim::sampler::Sampler;
use batchcast::sim::{SimDuration, SimTime};
use batchcast::workload::spec::{ArrivalProcess, SourceSpec, SubmitSpec};
use batchcast::workload::submission::JobSubmission;
use batchcast::world::observer::Observer;
use batchcast::world::record::{JobRecord, JobStatus, RunEnd};
use batchcast::world::{RunKey, Watch, run};
use rayon::prelude::*;
use std::sync::Arc;
use support::account::{Account, Outcome, cpus, submission};

/// A market that takes much back.
fn hostile() -> PoolOnOffConfig {
    PoolOnOffConfig {
        up_mean_hours: 2.0,
        up_cv: 1.5,
        down_mean_hours: 0.5,
        down_cv: 1.0,
        region_up_mean_hours: 20.0,
        region_down_mean_hours: 0.2,
        reclaim_per_instance_hour: 0.5,
        band_scaling: true,
        whole_pool_probability: 0.3,
        pool_vcpus_median: 48.0,
        gpu_pool_vcpus_median: 8.0,
        ..PoolOnOffConfig::NORMAL
    }
}

/// Spot first, On-Demand second, retries and failures: everything that is drawn is drawn here.
fn account(strategy: &str) -> Account {
    let retry = RetryStrategy { attempts: 10, evaluate_on_exit: Vec::new() };
    Account::aws()
        .spot(strategy, &["c6i", "m5"], 96)
        .on_demand("BEST_FIT_PROGRESSIVE", &["c6i"], 16)
        .queue(1, &[0, 1])
        .retry(retry)
        .market(SpotMarketConfig::pool_on_off(hostile()))
        .with(|account| {
            let model = &mut account.config.job_definitions[0].model;
            model.runtime = Some(Sampler::lognormal(1_200.0, 0.8).expect("valid parameters"));
            model.failure = Failure { probability: 0.05, exit_code: 1 };
        })
}

/// One replication of the account under a Poisson stream of jobs of two vCPUs.
fn replicate_for<O: Observer>(
    account: &Account,
    replication: u32,
    watch: Watch,
    observer: &mut O,
) -> RunEnd {
    let template = JobSubmission { run_time: None, ..submission(0, cpus(2, 2_000), 0) };
    let spec = SourceSpec::Submit(SubmitSpec {
        submission: template,
        arrivals: ArrivalProcess::Poisson {
            per_hour: 60.0,
            from: SimTime::ZERO,
            until: SimTime::from_millis(6 * 3_600_000),
        },
    });
    let config = Arc::new(account.config.clone());
    let key = RunKey { seed: 7, replication };
    let source = batchcast::workload::open(&spec, key.workload(), 0).expect("a legal process");
    run(&config, key, watch, &mut [source], observer).expect("nothing is read")
}

fn replicate(account: &Account, replication: u32, watch: Watch) -> Outcome {
    let mut outcome = Outcome::default();
    replicate_for(account, replication, watch, &mut outcome);
    outcome
}

#[test]
fn equal_runs_record_equal_things() {
    let account = account("SPOT_CAPACITY_OPTIMIZED");
    let first = replicate(&account, 0, Watch::default());
    assert!(first.taken_back() > 0 && first.jobs.len() > 300, "the scenario is eventful");
    assert_eq!(first, replicate(&account, 0, Watch::default()));
    let other = replicate(&account, 1, Watch::default());
    assert_ne!(first.end().digest, other.end().digest, "replications differ");
}

#[test]
fn whoever_watches_changes_nothing() {
    let account = account("SPOT_PRICE_CAPACITY_OPTIMIZED");
    let unobserved = replicate_for(&account, 0, Watch::default(), &mut ());
    for samples in [None, Some(SimDuration::from_secs(1)), Some(SimDuration::from_secs(3_600))] {
        for check_invariants in [false, true] {
            let watched = replicate(&account, 0, Watch { samples, check_invariants });
            assert_eq!(*watched.end(), unobserved);
        }
    }
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let account = account("SPOT_CAPACITY_OPTIMIZED");
    let on_threads = |threads: usize| -> Vec<Outcome> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        let all = || {
            let replications = (0..6_u32).into_par_iter();
            replications.map(|n| replicate(&account, n, Watch::default())).collect()
        };
        pool.install(all)
    };
    let alone = on_threads(1);
    assert_eq!(on_threads(2), alone);
    assert_eq!(on_threads(5), alone);
}

/// When each job came and, where its first attempt ran to an end of its own, for how long.
fn drawn_jobs(outcome: &Outcome) -> Vec<(u32, SimTime, Option<SimDuration>)> {
    let ran = |job: &JobRecord| {
        let undisturbed = job.status == JobStatus::Succeeded && job.attempts == 1;
        undisturbed.then_some(job.run)
    };
    let mut jobs: Vec<_> =
        outcome.jobs.iter().map(|job| (job.job_id.raw(), job.submitted, ran(job))).collect();
    jobs.sort_unstable();
    jobs
}

#[test]
fn every_strategy_meets_the_same_jobs() {
    let outcomes: Vec<Outcome> = STRATEGIES
        .iter()
        .filter(|strategy| strategy.allowed_on(PurchaseOption::Spot))
        .map(|strategy| replicate(&account(strategy.name()), 0, Watch::default()))
        .collect();
    let first = drawn_jobs(&outcomes[0]);
    for other in &outcomes[1..] {
        let other = drawn_jobs(other);
        assert_eq!(first.len(), other.len());
        let mut both = 0;
        for (one, two) in first.iter().zip(&other) {
            assert_eq!((one.0, one.1), (two.0, two.1), "arrivals");
            if let (Some(a), Some(b)) = (one.2, two.2) {
                assert_eq!(a, b, "the run time of job {}", one.0);
                both += 1;
            }
        }
        assert!(both > 100, "run times were compared: {both}");
    }
    let ends: Vec<u64> = outcomes.iter().map(|outcome| outcome.end().digest).collect();
    assert!(ends.iter().any(|digest| *digest != ends[0]), "strategies do differ: {ends:?}");
}

/// Every market that a scenario can name, under prices that move, and some that move much.
fn markets(catalog: &Catalog) -> Vec<SpotMarketConfig> {
    let presets = MODELS.iter().flat_map(|model| model.presets).map(|(_, config)| config());
    let c6i = catalog.find("c6i.large").expect("a known type");
    let at = |minutes: u64| SimTime::from_millis(minutes * 60_000);
    let trace = CapacityTrace::new(&[(at(0), at(40), 9), (at(70), at(90), 1), (at(90), at(91), 4)]);
    let traced = TracedPool {
        instance_type: c6i,
        zone: ZoneId::new(0),
        trace: Arc::new(trace.expect("ascending intervals")),
        prices: None,
        from: SimDuration::from_secs(600),
    };
    let trace = TraceConfig {
        pools: vec![traced],
        after_end: AfterEnd::Repeat,
        drops_interrupt: true,
        untraced_open: false,
    };
    let poisson = PoissonConfig { interruptions_per_instance_hour: 1.0, pool_sigma: 1.0 };
    let busy = [
        CapacityConfig::PoolOnOff(hostile()),
        CapacityConfig::Poisson(poisson),
        CapacityConfig::Trace(trace),
    ];
    let walk = RandomWalkConfig { step_hours: 1.0, ..RandomWalkConfig::DEFAULT };
    let prices = PriceConfig { model: PriceModelConfig::RandomWalk(walk), ..PriceConfig::DEFAULT };
    let market =
        |capacity| SpotMarketConfig { prices: prices.clone(), ..SpotMarketConfig::new(capacity) };
    presets.chain(busy).map(market).collect()
}

/// What the market shows at an instant of each pool: its room, its score, its next reclaim, its
/// price.
fn look(market: &mut SpotMarket, catalog: &Catalog, at: SimTime) -> Vec<(u32, u8, SimTime, Price)> {
    let mut seen = Vec::new();
    for name in ["c6i.large", "c6i.xlarge", "m5.large", "g4dn.xlarge"] {
        let id = catalog.find(name).expect("a known type");
        for zone in [ZoneId::new(0), ZoneId::new(1)] {
            let pool = market.pool(id, catalog.get(id), zone);
            let room = market.room(pool, at);
            let score = market.placement_score(pool, at);
            seen.push((room, score, market.next_reclaim(pool, at), market.price(pool, at)));
        }
    }
    seen
}

#[test]
fn the_market_is_the_same_whoever_looks_and_how_often() {
    let catalog = Catalog::embedded();
    let key = RandomKey::new(11, 3);
    for config in markets(&catalog) {
        let mut dense = SpotMarket::new(&config, key).expect("legal parameters");
        let mut changes = 0;
        let mut last = Vec::new();
        for minute in 0..=36 * 60_u64 {
            let at = SimTime::from_millis(minute * 60_000 + 17);
            let seen = look(&mut dense, &catalog, at);
            // Every 97 minutes: a market that nobody has looked at before agrees.
            if minute % 97 == 0 {
                let mut lazy = SpotMarket::new(&config, key).expect("legal parameters");
                assert_eq!(look(&mut lazy, &catalog, at), seen, "minute {minute} of {config:?}");
            }
            changes += u32::from(seen != last);
            last = seen;
        }
        assert!(changes > 20, "the market moves: {changes} of {config:?}");
    }
}

/// Whether pools are looked at in one order or another, and used or not, changes no path.
#[test]
fn launches_and_the_order_of_looking_do_not_move_the_market() {
    let catalog = Catalog::embedded();
    let key = RandomKey::new(5, 0);
    let (c6i, m5) = (catalog.find("c6i.large"), catalog.find("m5.large"));
    let (c6i, m5) = (c6i.expect("a known type"), m5.expect("a known type"));
    let zone = ZoneId::new(0);
    let members = [(InstanceId::new(8), false), (InstanceId::new(9), false)];
    for config in markets(&catalog) {
        let path = |used: bool, swapped: bool| {
            let mut market = SpotMarket::new(&config, key).expect("legal parameters");
            let other = |market: &mut SpotMarket| market.pool(m5, catalog.get(m5), zone);
            if swapped {
                let pool = other(&mut market);
                market.room(pool, SimTime::from_millis(1));
            }
            let pool = market.pool(c6i, catalog.get(c6i), zone);
            let mut events = Vec::new();
            let mut at = SimTime::ZERO;
            for step in 0..40_u64 {
                let next = market.next_reclaim(pool, at);
                at = if next < SimTime::MAX { next } else { SimTime::from_millis(step * 900_000) };
                let granted = if used { market.launch(pool, 3, at) } else { 0 };
                let taken =
                    (next < SimTime::MAX).then(|| market.reclaim(pool, at).victims(&members));
                let life = market.life(pool, InstanceId::new(9));
                events.push((at, market.room(pool, at), taken, life, market.price(pool, at)));
                (0..granted).for_each(|_| market.release(pool));
                if swapped {
                    let pool = other(&mut market);
                    market.placement_score(pool, at);
                }
            }
            events
        };
        let plain = path(false, false);
        assert_eq!(plain, path(true, false), "{config:?}");
        assert_eq!(plain, path(false, true), "{config:?}");
    }
}
