//! What theory says of work that is lost at a constant rate and done again, with and without
//! checkpoints, reproduced by degenerate accounts: `ideal`, one slot, the market `poisson` without
//! notice.
//!
//! At rate h, work w that starts again from nothing takes (e^{hw} - 1) / h in expectation. Cut into
//! n segments of length tau, each followed by a checkpoint of cost c, and with a restore of length
//! R before whatever is resumed, the first segment takes (e^{h(tau+c)} - 1) / h and each other one
//! e^{hR} times as much. What waits for an instance is no part of it. Every estimate must lie
//! within four standard errors of theory, with a standard error of at most 1 %.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod support;

use batchcast::batch::checkpoint::Checkpoint;
use batchcast::batch::job_definition::RetryStrategy;
use batchcast::batch::policy::Overshoot;
use batchcast::ec2::market::{CapacityConfig, PoissonConfig, SpotMarketConfig};
use batchcast::sim::SimDuration;
use batchcast::sim::statistics::Moments;
use batchcast::world::Watch;
use batchcast::world::observer::Observer;
use batchcast::world::record::{JobRecord, JobStatus};
use rayon::prelude::*;
use support::account::{Account, cpus};

/// Jobs of one estimate: one after the other on one slot, so that no two share a loss.
const JOBS: u32 = 20_000;

/// Losses per second: ten an hour. So fast, as a run is stopped after a year.
const RATE: f64 = 1.0 / 360.0;

/// A market that takes each instance at one rate, and always has another.
fn losses() -> SpotMarketConfig {
    SpotMarketConfig::new(CapacityConfig::Poisson(PoissonConfig {
        interruptions_per_instance_hour: RATE * 3_600.0,
        pool_sigma: 0.0,
    }))
}

/// Seconds RUNNING of each job, whatever became of its attempts.
#[derive(Default)]
struct RunTimes(Moments);

impl Observer for RunTimes {
    const ATTEMPTS: bool = false;

    fn job(&mut self, job: &JobRecord) {
        assert_eq!(job.status, JobStatus::Succeeded, "ten attempts are as good as any number");
        self.0.add(job.run.as_secs_f64());
    }
}

fn check(what: &str, work_s: u64, checkpoint: Option<Checkpoint>, theory: f64) {
    let account = Account::ideal()
        .own_type("slot.one", 1)
        .spot("SPOT_CAPACITY_OPTIMIZED", &["slot.one"], 1)
        .one_zone()
        .queue(1, &[0])
        .profile(|profile| profile.overshoot = Overshoot::Never)
        .retry(RetryStrategy { attempts: 10, evaluate_on_exit: Vec::new() })
        .market(losses())
        .with(|account| account.config.job_definitions[0].model.checkpoint = checkpoint)
        .jobs(0, JOBS, cpus(1, 0), work_s);
    let mut seen = RunTimes::default();
    account.run_for(Watch::default(), &mut seen);
    let (mean, count) = (seen.0.mean().unwrap(), seen.0.count());
    assert_eq!(count, u64::from(JOBS));
    let error = (seen.0.variance().unwrap() / count as f64).sqrt();
    println!("{what}: {mean:.2} +- {error:.2} s, theory {theory:.2} s");
    assert!((mean - theory).abs() <= 4.0 * error, "{what}: {mean} +- {error}, theory {theory}");
    assert!(error <= 0.01 * theory, "{what}: the standard error {error} is above 1 % of {theory}");
}

#[test]
fn work_that_starts_again_from_nothing_takes_what_theory_says() {
    [12, 36, 72, 108].into_par_iter().for_each(|work_s: u64| {
        let theory = libm::expm1(RATE * work_s as f64) / RATE;
        check(&format!("{work_s} s of work"), work_s, None, theory);
    });
}

#[test]
fn work_with_checkpoints_takes_what_theory_says_at_any_interval() {
    // Young's interval, sqrt(2 c / h), is 38 s.
    const WORK_S: u64 = 180;
    let (cost_s, restore_s) = (2, 6);
    [15, 30, 45, 60, 90].into_par_iter().for_each(|interval_s: u64| {
        let secs = SimDuration::from_secs;
        let checkpoint =
            Checkpoint { interval: secs(interval_s), cost: secs(cost_s), restore: secs(restore_s) };
        let segments = (WORK_S / interval_s) as f64;
        let first = libm::expm1(RATE * (interval_s + cost_s) as f64) / RATE;
        let resumed = libm::exp(RATE * restore_s as f64) * first;
        let theory = first + (segments - 1.0) * resumed;
        check(&format!("a checkpoint every {interval_s} s"), WORK_S, Some(checkpoint), theory);
    });
}
