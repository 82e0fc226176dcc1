//! Exact answers of queueing theory, reproduced by degenerate accounts: `ideal`, a fixed cluster of
//! one-vCPU slots, Poisson arrivals of the library's own synthetic source, drawn run times. And
//! metamorphic relations, exact too: what a change of units, prices or names must do.
//!
//! Every estimate comes from independent replications, and must lie within four standard errors of
//! theory with a standard error of at most 1 %. Each replication discards its first 1,000 jobs: it
//! starts empty, and the slowest queue here (M/M/1 at load 0.8) forgets its start at a rate of
//! (1 - sqrt(0.8))^2 per mean service, within 90 services or 72 arrivals by a factor e; after 1,000
//! jobs less than a millionth of the bias of the start is left.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod support;

use batchcast::batch::allocation::STRATEGIES;
use batchcast::batch::job_definition::JobDefinitionId;
use batchcast::ec2::fleet::PurchaseOption;
use batchcast::ec2::money::Price;
use batchcast::experiment::closed_forms::{md1_wait, mg1_wait, mm_infinity_busy, mmc_wait};
use batchcast::sim::sampler::{LatencyModel, Sampler};
use batchcast::sim::statistics::Moments;
use batchcast::sim::{SimDuration, SimTime};
use batchcast::workload::spec::{ArrivalProcess, SourceSpec, SubmitSpec};
use batchcast::workload::submission::JobSubmission;
use batchcast::world::config::WorldConfig;
use batchcast::world::observer::Observer;
use batchcast::world::record::JobRecord;
use batchcast::world::{RunKey, Watch, run};
use rayon::prelude::*;
use std::sync::Arc;
use support::account::{Account, Outcome, cpus, submission};

/// Mean service in seconds: so long that rounding to milliseconds is nothing.
const SERVICE_S: f64 = 600.0;
const WARM_UP: u32 = 1_000;
const REPLICATIONS: u32 = 40;

/// One queue of theory.
struct Station {
    servers: u32,
    /// Mean number of busy servers.
    load: f64,
    service: Sampler,
    /// Jobs observed in each replication.
    jobs: u32,
}

/// What one replication says.
#[derive(Clone, Copy, Debug)]
struct Estimate {
    mean_wait_s: f64,
    mean_busy: f64,
    mean_stay_s: f64,
}

/// Accumulates over the jobs numbered `WARM_UP` to `WARM_UP + jobs`, and over the time between the
/// submissions of the first and the last of them.
struct Tally {
    from: SimTime,
    until: SimTime,
    jobs: u32,
    seen: u32,
    wait_ms: u64,
    stay_ms: u64,
    /// Spans in service, clipped when the window is known.
    spans: Vec<(SimTime, SimTime)>,
}

impl Observer for Tally {
    fn job(&mut self, job: &JobRecord) {
        let (Some(started), Some(stopped)) = (job.started, job.stopped) else { return };
        let number = job.job_id.raw();
        if number == WARM_UP {
            self.from = job.submitted;
        }
        if number == WARM_UP + self.jobs {
            self.until = job.submitted;
        }
        self.spans.push((started, stopped));
        if (WARM_UP..WARM_UP + self.jobs).contains(&number) {
            self.seen += 1;
            self.wait_ms += started.since(job.submitted).as_millis();
            self.stay_ms += stopped.since(job.submitted).as_millis();
        }
    }
}

impl Tally {
    fn estimate(&self) -> Estimate {
        assert_eq!(self.seen, self.jobs, "the stream is long enough");
        let (from, until) = (self.from, self.until);
        let inside = |(start, stop): &(SimTime, SimTime)| {
            (*stop).min(until).since((*start).max(from)).as_millis()
        };
        let busy_ms: u64 = self.spans.iter().map(inside).sum();
        let jobs = f64::from(self.jobs) * 1e3;
        Estimate {
            mean_wait_s: self.wait_ms as f64 / jobs,
            mean_stay_s: self.stay_ms as f64 / jobs,
            mean_busy: busy_ms as f64 / until.since(from).as_millis() as f64,
        }
    }
}

impl Station {
    /// Instances of one vCPU each, always there.
    fn config(&self) -> WorldConfig {
        let mut config = Account::ideal()
            .own_type("slot.one", 1)
            .on_demand("BEST_FIT", &["slot.one"], self.servers)
            .with(|account| account.config.compute_environments[0].min_vcpus = self.servers)
            .queue(1, &[0])
            .config;
        config.job_definitions[0].model.runtime = Some(self.service.clone());
        config
    }

    fn arrival_rate(&self) -> f64 {
        self.load / SERVICE_S
    }

    fn arrivals(&self) -> SourceSpec {
        let template = JobSubmission {
            run_time: None,
            definition: JobDefinitionId::new(0),
            ..submission(0, cpus(1, 0), 0)
        };
        // Six standard deviations more than are observed.
        let needed = f64::from(WARM_UP + self.jobs);
        let expected = needed + 6.0 * needed.sqrt() + 40.0;
        let until = SimTime::from_millis((expected / self.arrival_rate() * 1e3) as u64);
        SourceSpec::Submit(SubmitSpec {
            submission: template,
            arrivals: ArrivalProcess::Poisson {
                per_hour: self.arrival_rate() * 3_600.0,
                from: SimTime::ZERO,
                until,
            },
        })
    }

    fn replicate(&self) -> Vec<Estimate> {
        let (config, arrivals) = (Arc::new(self.config()), self.arrivals());
        let replication = |replication: u32| {
            let key = RunKey { seed: 4_711, replication };
            let source = batchcast::workload::open(&arrivals, key.workload(), 0).unwrap();
            let mut seen = Tally {
                from: SimTime::MAX,
                until: SimTime::ZERO,
                jobs: self.jobs,
                seen: 0,
                wait_ms: 0,
                stay_ms: 0,
                spans: Vec::with_capacity(self.jobs as usize * 2),
            };
            run(&config, key, Watch::default(), &mut [source], &mut seen).unwrap();
            seen.estimate()
        };
        (0..REPLICATIONS).into_par_iter().map(replication).collect()
    }
}

#[track_caller]
fn assert_near(what: &str, estimates: &[Estimate], of: fn(&Estimate) -> f64, theory: f64) {
    let mut moments = Moments::default();
    estimates.iter().for_each(|estimate| moments.add(of(estimate)));
    let mean = moments.mean().unwrap();
    let error = (moments.variance().unwrap() / moments.count() as f64).sqrt();
    println!("{what}: {mean:.4} +- {error:.4}, theory {theory:.4}");
    assert!((mean - theory).abs() <= 4.0 * error, "{what}: {mean} +- {error}, theory {theory}");
    assert!(error <= 0.01 * theory, "{what}: the standard error {error} is above 1 % of {theory}");
}

/// The mean wait, and a mean number of busy servers equal to the offered load: utilisation = rho.
#[track_caller]
fn check(what: &str, station: &Station, theory_s: Option<f64>) {
    let estimates = station.replicate();
    assert_near(&format!("{what}, wait"), &estimates, |e| e.mean_wait_s, theory_s.unwrap());
    assert_near(&format!("{what}, busy"), &estimates, |e| e.mean_busy, station.load);
}

fn exponential() -> Sampler {
    Sampler::exponential(SERVICE_S).unwrap()
}

#[test]
fn one_server_waits_as_the_mm1_queue_does() {
    for (load, jobs) in [(0.5, 16_000), (0.8, 80_000)] {
        let station = Station { servers: 1, load, service: exponential(), jobs };
        let theory = mmc_wait(station.arrival_rate(), 1.0 / SERVICE_S, 1);
        check(&format!("M/M/1 at {load}"), &station, theory);
    }
}

#[test]
fn four_servers_wait_as_the_mm4_queue_does() {
    for (rho, jobs) in [(0.5, 50_000), (0.8, 140_000)] {
        let station = Station { servers: 4, load: 4.0 * rho, service: exponential(), jobs };
        let theory = mmc_wait(station.arrival_rate(), 1.0 / SERVICE_S, 4);
        check(&format!("M/M/4 at {rho}"), &station, theory);
    }
}

#[test]
fn equal_jobs_wait_as_in_the_md1_queue() {
    for (load, jobs) in [(0.5, 12_000), (0.8, 50_000)] {
        let service = Sampler::constant(SERVICE_S).unwrap();
        let station = Station { servers: 1, load, service, jobs };
        let theory = md1_wait(station.arrival_rate(), SERVICE_S);
        check(&format!("M/D/1 at {load}"), &station, theory);
    }
}

#[test]
fn lognormal_jobs_wait_as_pollaczek_and_khinchine_say() {
    let sigma: f64 = 0.8;
    let median = SERVICE_S / libm::exp(sigma * sigma / 2.0);
    for (load, jobs) in [(0.5, 30_000), (0.8, 110_000)] {
        let service = Sampler::lognormal(median, sigma).unwrap();
        let (mean, second) = (service.mean().unwrap(), service.second_moment().unwrap());
        assert!((mean - SERVICE_S).abs() < 1e-9);
        let station = Station { servers: 1, load, service, jobs };
        let theory = mg1_wait(station.arrival_rate(), mean, second);
        check(&format!("M/G/1 at {load}"), &station, theory);
    }
}

/// A server for everybody: nobody waits, and by Little's law the number in the system is the
/// arrival rate times the time that each stays, here its service.
#[test]
fn unlimited_servers_hold_as_many_jobs_as_little_says() {
    for (load, jobs) in [(0.5, 12_000), (20.0, 12_000)] {
        let station = Station { servers: 120, load, service: exponential(), jobs };
        let estimates = station.replicate();
        assert!(estimates.iter().all(|estimate| estimate.mean_wait_s == 0.0), "nobody waits");
        let busy = mm_infinity_busy(station.arrival_rate(), 1.0 / SERVICE_S);
        assert_near(&format!("M/M/inf at {load}, number"), &estimates, |e| e.mean_busy, busy);
        assert_near(&format!("M/M/inf at {load}, stay"), &estimates, |e| e.mean_stay_s, SERVICE_S);
    }
}

/// A busy account of two environments whose latencies are all constants, `slow` times as long as
/// usual; rates are so much lower.
fn scaled_account(slow: u32) -> Account {
    let double = |time: SimDuration| SimDuration::from_millis(time.as_millis() * u64::from(slow));
    let latency = |l: LatencyModel| LatencyModel { median: double(l.median), sigma: 0.0 };
    let factor = u64::from(slow);
    let mut account = Account::aws()
        .own_type("own.four", 4)
        .own_type("own.eight", 8)
        .on_demand("BEST_FIT_PROGRESSIVE", &["own.four"], 16)
        .on_demand("BEST_FIT", &["own.eight", "own.four"], 24)
        .queue(2, &[0, 1])
        .queue(1, &[1, 0])
        .profile(|profile| {
            profile.submit_eval = latency(profile.submit_eval);
            profile.launch = latency(profile.launch);
            profile.pending = latency(profile.pending);
            profile.boot_cpu = latency(profile.boot_cpu);
            profile.start = latency(profile.start);
            profile.launch_wave_sigma = 0.0;
            profile.pull_sigma = 0.0;
            profile.pull_base = double(profile.pull_base);
            profile.pull_mb_per_s /= f64::from(slow);
            profile.cycle_period = double(profile.cycle_period);
            // A period has a random phase in whole milliseconds, which would not double to the last
            // one; here that matters, while idle instances go when nobody looks.
            profile.scale_eval_period = SimDuration::ZERO;
            profile.idle_scale_in = double(profile.idle_scale_in);
            profile.ice_cooldown = double(profile.ice_cooldown);
            profile.ice_backoff_first = double(profile.ice_backoff_first);
            profile.ice_backoff_max = double(profile.ice_backoff_max);
            profile.dispatch_rate_ec2 = profile.dispatch_rate_ec2.map(|rate| rate / slow);
            profile.array_spawn_rate = profile.array_spawn_rate.map(|rate| rate / slow);
        })
        .with(|account| {
            account.config.on_demand.pool_vcpus = Some(8);
            for environment in &mut account.config.compute_environments {
                environment.zones.truncate(1);
            }
            account.config.job_definitions[0].model.image_mib = 1_875; // 1,966.08 MB: 32.768 s
        });
    for n in 0..60_u64 {
        let (queue, vcpus) = ((n % 2) as u32, 1 + (n * 7 % 4) as u32);
        let need = cpus(vcpus, 512);
        let job = submission(queue, need, (30 + n * 53 % 900) * 1_000 * factor);
        account = account.submit(n * 37_000 * factor, job);
    }
    account.array(400 * factor, 20, cpus(2, 1_000), 200 * factor)
}

#[test]
fn all_times_doubled_double_every_wait() {
    let (once, twice) = (scaled_account(1).run(), scaled_account(2).run());
    assert!(once.end().capacity_refusals() > 0, "refusals and cool-downs are part of it");
    assert_eq!(once.jobs.len(), 80);
    let double = |time: SimDuration| SimDuration::from_millis(2 * time.as_millis());
    let waits = |outcome: &Outcome| {
        let mut waits: Vec<_> = outcome
            .jobs
            .iter()
            .map(|job| (job.job_id, job.array_index, job.queue_latency, job.run))
            .collect();
        waits.sort_unstable();
        waits
    };
    let doubled: Vec<_> = waits(&once)
        .into_iter()
        .map(|(id, child, wait, run)| (id, child, wait.map(double), double(run)))
        .collect();
    assert_eq!(waits(&twice), doubled);
}

/// Types at `dollars` times 0.036 USD per vCPU-hour, 10 nano-USD a millisecond: bills are exact.
fn priced_account(strategy: &str, purchase: PurchaseOption, dollars: u64) -> Account {
    let types = ["own.two", "own.four", "own.eight"];
    let mut account = Account::aws();
    for (name, vcpus) in types.into_iter().zip([2, 4, 8]) {
        account = account.own_type(name, vcpus).with(|account| {
            let catalog = &mut account.config.catalog;
            let mut facts = catalog.get(catalog.find(name).unwrap()).clone();
            let nano = u64::from(vcpus) * 36_000_000 * dollars;
            facts.on_demand = Some(Price::from_nano_usd_per_hour(nano));
            catalog.add(facts);
        });
    }
    account = match purchase {
        PurchaseOption::Spot => account.spot(strategy, &types, 24),
        PurchaseOption::OnDemand => account.on_demand(strategy, &types, 24),
    };
    account = account.queue(1, &[0]);
    for n in 0..40_u64 {
        let need = cpus(1 + (n * 5 % 6) as u32, 900);
        account = account.jobs(n * 45, 1, need, 60 + n * 71 % 1_500);
    }
    account
}

#[test]
fn prices_times_three_cost_three_times_as_much() {
    for strategy in STRATEGIES {
        for purchase in [PurchaseOption::OnDemand, PurchaseOption::Spot] {
            if !strategy.allowed_on(purchase) {
                continue;
            }
            let at = |dollars| priced_account(strategy.name(), purchase, dollars).run();
            let (cheap, dear) = (at(1), at(3));
            assert!(cheap.cost().0 > 0);
            assert_eq!(dear.cost().0, 3 * cheap.cost().0, "{} {purchase:?}", strategy.name());
            assert_eq!(dear.end(), cheap.end(), "nobody looks at the level of prices");
        }
    }
}

#[test]
fn names_that_break_no_tie_change_nothing() {
    let account = scaled_account(1);
    let renamed = account.clone().with(|account| {
        for (n, queue) in account.config.job_queues.iter_mut().enumerate() {
            queue.name = format!("a-queue-by-another-name-{}", 9 - n);
        }
        for (n, environment) in account.config.compute_environments.iter_mut().enumerate() {
            environment.name = format!("z{}", 9 - n);
        }
        account.config.job_definitions[0].name = "another".to_owned();
        account.config.job_definitions[0].image = "another".to_owned();
    });
    assert_eq!(renamed.run(), account.run());
}
