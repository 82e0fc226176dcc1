//! Regression benchmarks: what breaks a baseline, what may move, what is refused.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use batchcast::ec2::money::Price;
use batchcast::experiment::embedded::{CarriedFile, EMBEDDED};
use batchcast::experiment::regress::{Baseline, Check, Verdict, check};
use batchcast::experiment::replicate::Options;
use batchcast::experiment::scenario::{LoadOptions, Scenario, ScenarioSource, load};
use batchcast::report::fingerprint::fingerprint;
use batchcast::report::terminal::render_check;
use batchcast::sim::SimDuration;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

const STUDY: &str = include_str!("scenarios/study.yaml");

const UPDATE: &str = "`cargo run --release -- regress --update` writes the baselines anew";

fn study(sets: &[(&str, &str)]) -> Scenario {
    let source = ScenarioSource::Embedded {
        name: "study".to_owned(),
        text: STUDY.to_owned(),
        files: Vec::new(),
    };
    let sets = sets.iter().map(|(path, value)| ((*path).to_owned(), (*value).to_owned()));
    let options = LoadOptions { sets: sets.collect(), ..LoadOptions::default() };
    load(&source, &options).unwrap_or_else(|errors| panic!("{errors}"))
}

fn taken(scenario: &Scenario) -> Baseline {
    taken_with(scenario, &[])
}

fn taken_with(scenario: &Scenario, carried: &[CarriedFile]) -> Baseline {
    let stop = AtomicBool::new(false);
    let options = Options { threads: 2, samples: None, carried, stop: &stop, progress: &|_| {} };
    fingerprint(scenario, &options).unwrap().expect("nobody stops it")
}

fn against(baseline: &Baseline, scenario: &Scenario) -> Check {
    let check = check(baseline, &taken(scenario));
    println!("{}", render_check(&check));
    check
}

fn what_changed(check: &Check) -> Vec<&str> {
    check.inputs.iter().map(|changed| changed.what).collect()
}

#[test]
fn the_embedded_studies_give_every_byte_of_their_committed_baselines() {
    let baselines = Path::new(env!("CARGO_MANIFEST_DIR")).join("results/baselines");
    let mut broken = String::new();
    for study in EMBEDDED {
        let path = baselines.join(format!("{}.json", study.name));
        let baseline = Baseline::read(&path).unwrap_or_else(|error| panic!("{error}"));
        let baseline = baseline.unwrap_or_else(|| panic!("no {}: {UPDATE}", path.display()));
        let scenario = load(&study.source(), &LoadOptions::default()).unwrap();
        let check = check(&baseline, &taken_with(&scenario, study.files));
        if check.verdict() != Verdict::Same {
            broken += &render_check(&check);
        }
    }
    assert!(broken.is_empty(), "{broken}\nif that is meant: {UPDATE}");
}

#[test]
fn a_second_run_of_the_same_is_the_same() {
    let baseline = taken(&study(&[]));
    assert_eq!(against(&baseline, &study(&[])).verdict(), Verdict::Same);
    assert_eq!(baseline.files.len(), 11, "{:?}", baseline.files.keys());
}

#[test]
fn a_changed_constant_of_the_model_breaks_the_baseline_and_names_the_metrics() {
    let baseline = taken(&study(&[]));
    let mut changed = study(&[]);
    Arc::make_mut(&mut changed.model).profile.boot_cpu.median = SimDuration::from_secs(61);
    let check = against(&baseline, &changed);
    assert_eq!((check.verdict(), what_changed(&check)), (Verdict::Broken, vec![]));
    let text = render_check(&check);
    for word in ["BROKEN", "cost.total", "queueLatency.p50", "replication 2", "jobs.csv", "USD"] {
        assert!(text.contains(word), "{word} is not in:\n{text}");
    }
}

#[test]
fn a_change_that_moves_no_metric_breaks_the_baseline_all_the_same() {
    let baseline = taken(&study(&[]));
    let mut changed = study(&[]);
    // Only a name in the records differs.
    Arc::make_mut(&mut changed.model).job_queues[0].name = "renamed".to_owned();
    let check = against(&baseline, &changed);
    assert_eq!((check.verdict(), check.metrics.len()), (Verdict::Broken, 0));
    assert!(check.bytes.contains(&"jobs.csv".to_owned()), "{:?}", check.bytes);
}

#[test]
fn a_changed_price_is_a_changed_catalog_and_is_compared_by_tolerance() {
    let baseline = taken(&study(&[]));
    let priced = |usd: &str| {
        let mut changed = study(&[]);
        let catalog = &mut Arc::make_mut(&mut changed.model).catalog;
        let mut row = catalog.get(catalog.find("c6i.large").unwrap()).clone();
        row.on_demand = Some(Price::parse(usd).unwrap());
        catalog.add(row);
        against(&baseline, &changed)
    };
    let (near, far) = (priced("0.0851"), priced("0.17"));
    assert_eq!((near.verdict(), what_changed(&near)), (Verdict::Within, vec!["catalog"]));
    assert_eq!((far.verdict(), what_changed(&far)), (Verdict::Broken, vec!["catalog"]));
    let out = far.metrics.iter().find(|metric| !metric.is_within()).unwrap();
    assert!(out.name.starts_with("cost."), "{out:?}");
}

#[test]
fn a_changed_scenario_is_named_and_an_updated_baseline_passes() {
    let baseline = taken(&study(&[]));
    let changed = study(&[("computeEnvironments[ce].computeResources.maxvCpus", "8")]);
    let check = against(&baseline, &changed);
    assert_eq!(what_changed(&check), ["scenario"]);
    assert_eq!(check.verdict(), Verdict::Broken, "the queue is eight times as slow");

    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("regress/study.json");
    let mut updated = taken(&changed);
    updated.metrics.get_mut("makespan").unwrap().tolerance = 0.25;
    updated.write(&path).unwrap();
    let read = Baseline::read(&path).unwrap().unwrap();
    assert_eq!(read, updated, "every number is read back as it was written");
    assert_eq!(against(&read, &changed).verdict(), Verdict::Same);
}
