//! Bills and the ledger, in whole runs (behaviour 9.1).

use crate::spot::{first_reclaim_ms, one_pool};
use crate::support::account::{Account, Outcome, cpus, submission};
use batchcast::batch::job_definition::Requirements;
use batchcast::world::record::{CostLine, CostSource, InstanceRecord, Termination};

const MINUTE: u64 = 60_000;
/// Four vCPUs at 0.05 USD an hour, at 40 % of it on Spot.
const SPOT_NANO_USD_PER_HOUR: i64 = 80_000_000;

/// One instance that is taken back at the age of `minutes`.
fn reclaimed_at_the_age_of(minutes: u64) -> Outcome {
    let account = one_pool("SPOT_CAPACITY_OPTIMIZED", 0.05);
    let taken = first_reclaim_ms(&account);
    assert!(taken > minutes * MINUTE, "the pool's first reclaim comes late enough: {taken} ms");
    let job = submission(0, cpus(1, 0), 30 * 86_400_000);
    account.submit(taken - minutes * MINUTE, job).run()
}

fn billed(instance: &InstanceRecord) -> (Termination, u64, i64) {
    (instance.termination, instance.billed.as_millis(), instance.cost.0)
}

/// Behaviour 12, scenario 15.
#[test]
fn a_reclaimed_instance_is_free_in_its_first_hour() {
    let outcome = reclaimed_at_the_age_of(45);
    assert_eq!(billed(outcome.instance(0)), (Termination::Reclaimed, 0, 0));
    assert_eq!(outcome.line(CostLine::FreeFirstHour), -SPOT_NANO_USD_PER_HOUR * 45 / 60);
    assert_eq!((outcome.cost().0, outcome.job(0).cost.0), (0, 0), "its job pays nothing either");
}

/// Behaviour 12, scenario 15.
#[test]
fn a_reclaimed_instance_is_billed_its_seconds_after_its_first_hour() {
    let outcome = reclaimed_at_the_age_of(75);
    let cost = SPOT_NANO_USD_PER_HOUR * 75 / 60;
    assert_eq!(billed(outcome.instance(0)), (Termination::Reclaimed, 75 * MINUTE, cost));
    assert_eq!(outcome.job(0).cost.0, cost / 4, "one of four vCPUs");
}

/// Behaviour 12, scenario 15.
#[test]
fn a_spot_instance_ended_by_scale_in_is_billed_in_its_first_hour() {
    let account = one_pool("SPOT_CAPACITY_OPTIMIZED", 0.0);
    let outcome = account.jobs(0, 1, cpus(4, 0), 45 * 60).run();
    let cost = SPOT_NANO_USD_PER_HOUR * 45 / 60;
    assert_eq!(billed(outcome.instance(0)), (Termination::ScaleIn, 45 * MINUTE, cost));
    assert_eq!(outcome.job(0).cost.0, cost);
}

fn on_demand() -> Account {
    let account = Account::ideal().own_type("m9.xlarge", 4);
    account.on_demand("BEST_FIT", &["m9.xlarge"], 64).queue(1, &[0])
}

/// Behaviour 12, scenario 15: 0.20 USD an hour for 60 s are 3,333,333 nano-USD.
#[test]
fn twenty_seconds_are_billed_as_sixty() {
    let outcome = on_demand().jobs(0, 1, cpus(1, 0), 20).run();
    assert_eq!(billed(outcome.instance(0)), (Termination::ScaleIn, MINUTE, 3_333_333));
    assert_eq!(outcome.line(CostLine::Work), 277_778, "a quarter of 20 s");
    assert_eq!(outcome.line(CostLine::Packing), 833_333, "three quarters of 20 s");
    assert_eq!(outcome.line(CostLine::Minimum), 2_222_222, "40 s");
    assert_eq!(outcome.job(0).cost.0, 277_778);
}

/// 0.20 USD an hour are 55,555.6 nano-USD a second.
#[test]
fn the_ledger_says_what_the_money_went_into() {
    let account = on_demand().boot(36).profile(|profile| {
        profile.idle_scale_in = batchcast::sim::SimDuration::from_secs(300);
        profile.start = crate::support::account::latency(18);
    });
    let account = account.every_attempt_fails().retry(crate::jobs::retry(2, &[]));
    let outcome = account.jobs(0, 1, cpus(4, 0), 180).run();
    assert_eq!(outcome.line(CostLine::Boot), 2_000_000, "36 s");
    assert_eq!(outcome.line(CostLine::Starting), 2_000_000, "twice 18 s");
    assert_eq!(outcome.line(CostLine::Lost), 10_000_000, "180 s that were redone");
    assert_eq!(outcome.line(CostLine::Work), 10_000_000, "180 s that were kept");
    let idle_ms = outcome.instance(0).terminated.as_millis() as i64 - 432_000;
    assert!((outcome.line(CostLine::Idle) - idle_ms * 500 / 9).abs() <= 1, "{idle_ms} ms idle");
    assert_eq!(outcome.line(CostLine::Packing), 0);
}

#[test]
fn what_runs_at_the_horizon_is_in_flight() {
    let outcome = on_demand().jobs(0, 1, cpus(4, 0), 7_200).horizon(3_600).run();
    assert_eq!(outcome.line(CostLine::InFlight), 200_000_000, "one hour");
    assert_eq!(outcome.instance(0).termination, Termination::RunEnded);
    assert_eq!((outcome.line(CostLine::Work), outcome.cost().0), (0, 200_000_000));
}

#[test]
fn volumes_and_addresses_are_lines_of_their_own() {
    let account = on_demand().with(|account| {
        account.config.ebs_gib = 73;
        account.config.public_ipv4 = true;
    });
    let outcome = account.jobs(0, 1, cpus(4, 0), 3_600).run();
    let of = |source: CostSource| -> i64 {
        let mine = outcome.costs.iter().filter(|cost| cost.source == source);
        mine.map(|cost| cost.cost.0).sum()
    };
    assert_eq!(of(CostSource::OnDemand), 200_000_000);
    assert_eq!(of(CostSource::Ebs), 8_000_000, "73 GiB at 0.08 USD for a month of 730 hours");
    assert_eq!(of(CostSource::Ipv4), 5_000_000);
}

#[test]
fn jobs_pay_for_their_vcpus_and_the_rest_is_packing() {
    let account = on_demand().jobs(0, 1, cpus(1, 0), 3_600).jobs(0, 1, cpus(2, 0), 3_600);
    let outcome = account.run();
    assert_eq!([outcome.job(0).cost.0, outcome.job(1).cost.0], [50_000_000, 100_000_000]);
    assert_eq!(outcome.line(CostLine::Packing), 50_000_000);
}

/// 0.526 USD an hour for one GPU: the job that holds it pays all, the other one nothing.
#[test]
fn on_a_gpu_instance_jobs_pay_for_their_gpus() {
    let account = Account::ideal().on_demand("BEST_FIT", &["g4dn.xlarge"], 4).queue(1, &[0]);
    let gpu = Requirements { vcpus: 1, memory_mib: 0, gpus: 1 };
    let outcome = account.jobs(0, 1, gpu, 3_600).jobs(0, 1, cpus(3, 0), 3_600).run();
    assert_eq!([outcome.job(0).cost.0, outcome.job(1).cost.0], [526_000_000, 0]);
}

/// Three jobs of one vCPU for 1 s, 0.10 USD an hour in all: shares of 27,777.8 nano-USD.
#[test]
fn a_bill_is_rounded_once_and_its_shares_add_up() {
    let account = Account::ideal().own_type("m9.xlarge", 4).price("m9.xlarge", 1_000_000_007);
    let account = account.on_demand("BEST_FIT", &["m9.xlarge"], 4).queue(1, &[0]);
    let outcome = account.jobs(0, 3, cpus(1, 0), 61).run();
    assert_eq!(outcome.cost().0, 16_944_445, "1,000,000,007 x 61 / 3,600 = 16,944,444.56");
    let jobs: i64 = outcome.jobs.iter().map(|job| job.cost.0).sum();
    assert_eq!(jobs, 12_708_333, "three quarters of it, 12,708,333.42");
}
