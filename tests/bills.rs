//! Every bill of `instances.csv`, worked out again from the file, the price list and the market's
//! prices: nano-dollar by nano-dollar, and `costs.csv` adds up to them (behaviour 9.1).
//!
//! Nothing of the billing under test is used: a price series is walked interval by interval.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use batchcast::ec2::market::sample;
use batchcast::experiment::replicate::{Options, replicate};
use batchcast::experiment::scenario::{LoadOptions, Scenario, ScenarioSource, load};
use batchcast::report::csv::{CsvSink, Records};
use batchcast::report::folder::ResultFolder;
use batchcast::report::write_results;
use batchcast::sim::{SimDuration, SimTime};
use batchcast::world::RunKey;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

const HOUR_MS: u64 = 3_600_000;
/// EBS gp3, nano-USD per GiB and month of 730 hours; a public IPv4 address, nano-USD per hour.
const EBS_GIB_MONTH: u64 = 80_000_000;
const IPV4_HOUR: u64 = 5_000_000;

/// What differs between the cases.
#[derive(Clone, Debug)]
struct Draft {
    seed: u64,
    jobs: Vec<(u32, u32, u32)>,
    sigma: f64,
    reclaims: f64,
    bid: u32,
    ebs_gib: u32,
    ipv4: bool,
    horizon_h: u32,
}

fn drafts() -> impl Strategy<Value = Draft> {
    let jobs = prop::collection::vec((0_u32..30_000, 1_u32..5, 1_u32..20_000), 1..30);
    let market = (0.0_f64..0.4, 0.0_f64..2.0, prop_oneof![Just(100_u32), 25_u32..60]);
    (any::<u32>(), jobs, market, 0_u32..200, any::<bool>(), 2_u32..14).prop_map(
        |(seed, jobs, (sigma, reclaims, bid), ebs_gib, ipv4, horizon_h)| Draft {
            seed: seed.into(),
            jobs,
            sigma,
            reclaims,
            bid,
            ebs_gib,
            ipv4,
            horizon_h,
        },
    )
}

fn scenario(draft: &Draft) -> Scenario {
    let (mut jobs, mut definitions, mut models) = (String::new(), String::new(), String::new());
    for (n, (at, vcpus, run)) in draft.jobs.iter().enumerate() {
        let queue = if n % 3 == 0 { "demand" } else { "spot" };
        jobs += &format!(
            "  - {{submit: {{jobName: j{n}, jobQueue: {queue}, jobDefinition: d{n}}}, at: {at}s}}\n"
        );
        definitions += &format!(
            "  - {{jobDefinitionName: d{n}, retryStrategy: {{attempts: 3}}, \
             containerProperties: {{vcpus: {vcpus}, memory: 1024}}}}\n"
        );
        models += &format!("  d{n}: {{runtime: {run}s}}\n");
    }
    let Draft { seed, sigma, reclaims, bid, ebs_gib, ipv4, horizon_h, .. } = draft;
    let text = format!(
        "name: bills\nseed: {seed}\nreplications: 2\nhorizon: {horizon_h}h\n\
         computeEnvironments:\n\
         \x20 - computeEnvironmentName: spot\n    computeResources: {{type: SPOT, \
         allocationStrategy: BEST_FIT_PROGRESSIVE, maxvCpus: 64, instanceTypes: [c6i, m6i], \
         bidPercentage: {bid}}}\n\
         \x20 - computeEnvironmentName: demand\n    computeResources: {{type: EC2, \
         allocationStrategy: BEST_FIT_PROGRESSIVE, maxvCpus: 32, instanceTypes: [c6i]}}\n\
         jobQueues:\n\
         \x20 - {{jobQueueName: spot, priority: 1, \
         computeEnvironmentOrder: [{{order: 1, computeEnvironment: spot}}]}}\n\
         \x20 - {{jobQueueName: demand, priority: 1, \
         computeEnvironmentOrder: [{{order: 1, computeEnvironment: demand}}]}}\n\
         jobDefinitions:\n{definitions}jobModels:\n{models}workload:\n{jobs}\
         billing: {{ebsGib: {ebs_gib}, publicIpv4: {ipv4}}}\n\
         spotMarket: {{reclaimPerInstanceHour: {reclaims}, \
         prices: {{model: randomWalk, sigma: {sigma}, stepHours: 0.1}}}}\n"
    );
    let source = ScenarioSource::Embedded {
        name: "bills".to_owned(),
        text: text.clone(),
        files: Vec::new(),
    };
    load(&source, &LoadOptions::default()).unwrap_or_else(|errors| panic!("{text}\n{errors}"))
}

/// Runs a scenario and writes its results, as the command line does.
fn written(scenario: &Scenario) -> PathBuf {
    static RUNS: AtomicU32 = AtomicU32::new(0);
    let run = format!("bills-{}-{}", std::process::id(), RUNS.fetch_add(1, Ordering::Relaxed));
    let folder = ResultFolder::create(&Path::new(env!("CARGO_TARGET_TMPDIR")).join(run)).unwrap();
    let stop = AtomicBool::new(false);
    let options =
        Options { threads: 1, samples: None, carried: &[], stop: &stop, progress: &|_| {} };
    let result = replicate(scenario, &options, &|replication, names| {
        CsvSink::new(folder.path(), replication, names, Records::All)
    });
    write_results(folder, &result.unwrap(), Records::All, &[]).unwrap().place
}

/// The rows of a record file by column; the names in it need no quotes.
fn rows(folder: &Path, file: &str) -> Vec<BTreeMap<String, String>> {
    let text = std::fs::read_to_string(folder.join(file)).unwrap();
    let mut lines = text.lines();
    let header: Vec<String> = lines.next().unwrap().split(',').map(str::to_owned).collect();
    let row = |line: &str| header.iter().cloned().zip(line.split(',').map(str::to_owned)).collect();
    lines.map(row).collect()
}

/// A decimal number of USD in nano-dollars.
fn nano(text: &str) -> i64 {
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |digits| (-1, digits));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    assert!(fraction.len() <= 9, "{text}");
    sign * format!("{whole}{fraction:0<9}").parse::<i64>().unwrap()
}

/// The quotient, rounded half to even.
fn rounded(exact: u128, whole: u128) -> i64 {
    let (quotient, rest) = (exact / whole, exact % whole);
    let up = rest * 2 > whole || (rest * 2 == whole && quotient % 2 == 1);
    i64::try_from(quotient).unwrap() + i64::from(up)
}

/// What one row is billed for the instance, its volume and its address.
fn bill(row: &BTreeMap<String, String>, scenario: &Scenario) -> [i64; 3] {
    let Ok(from) = row["running_ms"].parse::<u64>() else { return [0; 3] };
    let age = row["terminated_ms"].parse::<u64>().unwrap() - from;
    let until = from + age.max(60_000);
    let model = &scenario.model;
    let id = model.catalog.find(&row["instance_type"]).unwrap();
    let zone = model.catalog.find_zone(&row["availability_zone"]).unwrap();
    let on_demand = model.catalog.get(id).on_demand.unwrap();
    let is_spot = row["purchase_option"] == "spot";
    let steps = if is_spot {
        let replication = row["replication"].parse().unwrap();
        let key = RunKey { seed: scenario.seed, replication }.market();
        let end = SimTime::ZERO + SimDuration::from_millis(until + HOUR_MS);
        let market = model.spot_market.as_ref().unwrap();
        sample(market, key, &model.catalog, &[(id, zone)], end).unwrap().remove(0).prices
    } else {
        vec![(SimTime::ZERO, on_demand)]
    };
    let mut exact = 0_u128;
    for (index, (start, price)) in steps.iter().enumerate() {
        let end = steps.get(index + 1).map_or(u64::MAX, |(next, _)| next.as_millis());
        let held = end.min(until).saturating_sub(start.as_millis().max(from));
        exact += u128::from(price.nano_usd_per_hour()) * u128::from(held);
    }
    let is_free = row["termination"].starts_with("reclaimed") && age < HOUR_MS;
    let instance = if is_free { 0 } else { rounded(exact, HOUR_MS.into()) };
    let held = u128::from(until - from);
    let volume = u128::from(EBS_GIB_MONTH * u64::from(model.ebs_gib)) * held;
    let address = u128::from(if model.public_ipv4 { IPV4_HOUR } else { 0 }) * held;
    [instance, rounded(volume, u128::from(730 * HOUR_MS)), rounded(address, HOUR_MS.into())]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn every_bill_is_what_its_row_and_the_prices_of_its_pool_make(draft in drafts()) {
        let scenario = scenario(&draft);
        let folder = written(&scenario);
        let mut expected: BTreeMap<&str, i64> = BTreeMap::new();
        for row in rows(&folder, "instances.csv") {
            let [instance, volume, address] = bill(&row, &scenario);
            prop_assert_eq!(nano(&row["cost_usd"]), instance, "{:?}", row);
            let source = if row["purchase_option"] == "spot" { "spot" } else { "on_demand" };
            for (source, amount) in [(source, instance), ("ebs", volume), ("ipv4", address)] {
                *expected.entry(source).or_default() += amount;
            }
        }
        let mut ledger: BTreeMap<&str, i64> = expected.keys().map(|source| (*source, 0)).collect();
        for row in rows(&folder, "costs.csv") {
            let sources = ["spot", "on_demand", "ebs", "ipv4"];
            let source = sources.into_iter().find(|source| *source == row["source"]);
            let source = source.expect("a source of instances");
            *ledger.entry(source).or_default() += nano(&row["cost_usd"]);
        }
        std::fs::remove_dir_all(&folder).unwrap();
        prop_assert_eq!(ledger, expected);
    }
}

/// The cases reach what they are about.
#[test]
fn the_bills_are_of_both_purchase_options_and_some_are_free() {
    let draft = Draft {
        seed: 5,
        jobs: (0..40).map(|n| (n * 500, 1 + n % 4, 9_000)).collect(),
        sigma: 0.2,
        reclaims: 1.0,
        bid: 100,
        ebs_gib: 30,
        ipv4: true,
        horizon_h: 10,
    };
    let scenario = scenario(&draft);
    let folder = written(&scenario);
    let instances = rows(&folder, "instances.csv");
    let some = |is: &dyn Fn(&BTreeMap<String, String>) -> bool| instances.iter().any(is);
    assert!(some(&|row| row["purchase_option"] == "on_demand" && nano(&row["cost_usd"]) > 0));
    assert!(some(&|row| row["purchase_option"] == "spot" && nano(&row["cost_usd"]) > 0));
    assert!(some(&|row| row["termination"] == "reclaimed" && nano(&row["cost_usd"]) == 0));
    assert!(some(&|row| row["replication"] == "1"));
    std::fs::remove_dir_all(&folder).unwrap();
}
