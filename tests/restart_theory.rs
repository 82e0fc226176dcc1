//! What theory says of work that is lost at a constant rate and done again, with and without
//! checkpoints, reproduced by degenerate accounts: `ideal`, one slot, the market `poisson` without
//! notice.
//!
//! At rate h, work w that starts again from nothing takes (e^{hw} - 1) / h in expectation. Cut into
//! n segments of length tau, each followed by a checkpoint of cost c, and with a restore of length
//! R before whatever is resumed, the first segment takes (e^{h(tau+c)} - 1) / h and each other one
//! e^{hR} times as much. What waits for an instance is no part of it. Every estimate must lie
//! within four standard errors of theory, with a standard error of at most 1 %.
//!
//! Of jobs with at most k attempts, (1 - e^{-hw})^k fail. An attempt, whatever became of those
//! before it, succeeds with probability e^{-hw} and takes (1 - e^{-hw}) / h, so the time that is
//! spent for one success is (e^{hw} - 1) / h at any k.
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

/// What became of each job that may run out of attempts.
#[derive(Default)]
struct Ends {
    /// 1 for a job that failed, 0 for one that succeeded.
    failed: Moments,
    /// Seconds RUNNING, of both.
    run_s: Moments,
}

impl Observer for Ends {
    const ATTEMPTS: bool = false;

    fn job(&mut self, job: &JobRecord) {
        self.failed.add(f64::from(u8::from(job.status == JobStatus::Failed)));
        self.run_s.add(job.run.as_secs_f64());
    }
}

/// Jobs of `work_s` one after the other, of at most `attempts` attempts each.
fn jobs(work_s: u64, attempts: u8, checkpoint: Option<Checkpoint>) -> Account {
    Account::ideal()
        .own_type("slot.one", 1)
        .spot("SPOT_CAPACITY_OPTIMIZED", &["slot.one"], 1)
        .one_zone()
        .queue(1, &[0])
        .profile(|profile| profile.overshoot = Overshoot::Never)
        .retry(RetryStrategy { attempts, evaluate_on_exit: Vec::new() })
        .market(losses())
        .with(|account| account.config.job_definitions[0].model.checkpoint = checkpoint)
        .jobs(0, JOBS, cpus(1, 0), work_s)
}

fn check(what: &str, work_s: u64, checkpoint: Option<Checkpoint>, theory: f64) {
    let mut seen = RunTimes::default();
    jobs(work_s, 10, checkpoint).run_for(Watch::default(), &mut seen);
    let (mean, count) = (seen.0.mean().unwrap(), seen.0.count());
    assert_eq!(count, u64::from(JOBS));
    let error = standard_error(&seen.0);
    println!("{what}: {mean:.2} +- {error:.2} s, theory {theory:.2} s");
    assert!((mean - theory).abs() <= 4.0 * error, "{what}: {mean} +- {error}, theory {theory}");
    assert!(error <= 0.01 * theory, "{what}: the standard error {error} is above 1 % of {theory}");
}

fn standard_error(moments: &Moments) -> f64 {
    (moments.variance().unwrap() / moments.count() as f64).sqrt()
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

/// The probability that `attempts` attempts do not get through `segments` segments, worked out
/// attempt by attempt over what may have been saved before it.
fn share_that_fails(segments: usize, attempts: u8, segment_s: f64, restore_s: f64) -> f64 {
    let (through, restored) = (libm::exp(-RATE * segment_s), libm::exp(-RATE * restore_s));
    // By how many segments are saved: the probability that the job is there and not done.
    let mut at = vec![0.0; segments];
    at[0] = 1.0;
    for _ in 0..attempts {
        let mut after = vec![0.0; segments];
        for (saved, probability) in at.iter().enumerate() {
            let resumed = if saved == 0 { 1.0 } else { restored };
            after[saved] += probability * (1.0 - resumed);
            let mut there = probability * resumed;
            for reached in &mut after[saved..] {
                *reached += there * (1.0 - through);
                there *= through;
            }
        }
        at = after;
    }
    at.iter().sum()
}

/// Half of the jobs of 250 s get through, if nothing is saved: e^{-250/360}.
const LONG_S: u64 = 250;

#[test]
fn as_many_jobs_run_out_of_attempts_as_theory_says() {
    let secs = SimDuration::from_secs;
    let saves = Checkpoint { interval: secs(50), cost: secs(2), restore: secs(6) };
    let cases = [1, 2, 3].map(|attempts| [(attempts, None), (attempts, Some(saves))]);
    cases.as_flattened().par_iter().for_each(|&(attempts, checkpoint)| {
        let theory = match checkpoint {
            None => libm::pow(-libm::expm1(-RATE * LONG_S as f64), f64::from(attempts)),
            Some(_) => share_that_fails(5, attempts, 52.0, 6.0),
        };
        let mut seen = Ends::default();
        jobs(LONG_S, attempts, checkpoint).run_for(Watch::default(), &mut seen);
        let (failed, error) = (seen.failed.mean().unwrap(), standard_error(&seen.failed));
        println!(
            "{attempts} attempts, {checkpoint:?}: {failed:.4} +- {error:.4}, theory {theory:.4}"
        );
        assert!((failed - theory).abs() <= 4.0 * error, "{failed} +- {error}, theory {theory}");
        assert!(error <= 0.1 * theory, "{attempts} attempts: {error} is above 10 % of {theory}");
    });
}

#[test]
fn what_is_spent_for_one_success_is_the_same_at_any_number_of_attempts() {
    let theory = libm::expm1(RATE * LONG_S as f64) / RATE;
    [1, 2, 3, 5, 10].into_par_iter().for_each(|attempts: u8| {
        let mut seen = Ends::default();
        jobs(LONG_S, attempts, None).run_for(Watch::default(), &mut seen);
        let succeeded = 1.0 - seen.failed.mean().unwrap();
        let spent = seen.run_s.mean().unwrap() / succeeded;
        // Of a ratio, by its two parts; they are correlated, so this is no less than the truth.
        let relative = standard_error(&seen.run_s) / seen.run_s.mean().unwrap()
            + standard_error(&seen.failed) / succeeded;
        println!("{attempts} attempts: {spent:.1} s for a success, theory {theory:.1} s");
        assert!((spent / theory - 1.0).abs() <= 4.0 * relative, "{attempts}: {spent}, {theory}");
        assert!(relative <= 0.02, "{attempts} attempts: {relative} is above 2 %");
    });
}
