//! Baselines made by hand: read, compared, and what is wrong with them.

use super::*;
use crate::metrics::result::CatalogFacts;
use std::path::Path;

fn a_baseline() -> Baseline {
    let catalog = CatalogFacts { date: "2026-07-20".to_owned(), hash: "c0ffee".repeat(3) };
    let scenario = ScenarioHash {
        name: "study".to_owned(),
        seed: 1,
        replications: 2,
        hash: "5ce7a410".repeat(8),
    };
    let mut baseline = Baseline::new(catalog, scenario);
    let digest = |digest: &str| ReplicationDigest { events: 100, digest: digest.to_owned() };
    baseline.replications = vec![digest("aa"), digest("bb")];
    baseline.files.insert("jobs.csv".to_owned(), "11".to_owned());
    baseline.metrics.insert("cost.total".to_owned(), MetricBaseline::new(Some(100.0), None, "USD"));
    baseline.metrics.insert("interruptions".to_owned(), MetricBaseline::new(Some(0.0), None, ""));
    baseline
}

fn moved(baseline: &Baseline, cost: f64) -> Baseline {
    let mut fresh = baseline.clone();
    fresh.metrics.get_mut("cost.total").unwrap().mean = Some(cost);
    fresh
}

fn parsed(text: &str) -> Result<Baseline, BaselineError> {
    Baseline::parse(text, Path::new("b.json"))
}

fn written(baseline: &Baseline) -> serde_json::Value {
    serde_json::to_value(baseline).unwrap()
}

#[test]
fn equal_fingerprints_are_the_same() {
    let baseline = a_baseline();
    assert_eq!(check(&baseline, &baseline).verdict(), Verdict::Same);
}

#[test]
fn one_byte_is_enough_to_break_a_baseline_even_when_every_metric_is_equal() {
    let baseline = a_baseline();
    let mut fresh = baseline.clone();
    fresh.files.insert("jobs.csv".to_owned(), "12".to_owned());
    fresh.replications[1].digest = "bc".to_owned();
    let check = check(&baseline, &fresh);
    assert_eq!(check.verdict(), Verdict::Broken);
    let differ = ["the digest of replication 1 (100 events, now 100)", "jobs.csv"];
    assert_eq!((check.bytes.as_slice(), check.metrics.len()), (&differ.map(str::to_owned)[..], 0));
}

#[test]
fn a_metric_may_move_within_its_tolerance_only_when_something_else_changed() {
    let baseline = a_baseline();
    assert_eq!(check(&baseline, &moved(&baseline, 101.0)).verdict(), Verdict::Broken);
    for (cost, verdict) in [(104.9, Verdict::Within), (94.9, Verdict::Broken)] {
        let mut fresh = moved(&baseline, cost);
        fresh.model_version += 1;
        let check = check(&baseline, &fresh);
        assert_eq!(check.verdict(), verdict, "{cost}");
        assert_eq!(check.inputs[0].what, "model");
    }
}

#[test]
fn a_metric_that_leaves_zero_or_is_no_more_defined_is_out_of_tolerance() {
    let baseline = a_baseline();
    for change in [Some(0.1), None] {
        let mut fresh = baseline.clone();
        fresh.model_version += 1;
        fresh.metrics.get_mut("interruptions").unwrap().mean = change;
        assert_eq!(check(&baseline, &fresh).verdict(), Verdict::Broken, "{change:?}");
    }
}

#[test]
fn new_files_and_metrics_of_the_program_are_no_regression() {
    let baseline = a_baseline();
    let mut fresh = baseline.clone();
    fresh.files.insert("report.html".to_owned(), "13".to_owned());
    fresh.metrics.insert("cost.tax".to_owned(), MetricBaseline::new(None, None, "USD"));
    assert_eq!(check(&baseline, &fresh).verdict(), Verdict::Same);
}

#[test]
fn a_tolerance_is_the_relative_half_width_in_whole_percents_and_edits_are_kept() {
    let tolerance = |mean, half| MetricBaseline::new(mean, half, "s").tolerance;
    assert_eq!(tolerance(Some(100.0), Some(7.1)), 0.08);
    assert_eq!(tolerance(Some(100.0), Some(0.0)), 0.01);
    assert_eq!([tolerance(Some(0.0), Some(0.0)), tolerance(None, None)], [0.05; 2]);
    let mut edited = a_baseline();
    edited.metrics.get_mut("cost.total").unwrap().tolerance = 0.5;
    let mut fresh = a_baseline();
    fresh.metrics.insert("makespan".to_owned(), MetricBaseline::new(Some(1.0), None, "s"));
    fresh.keep_tolerances(&edited);
    assert_eq!(fresh.metrics["cost.total"].tolerance, 0.5);
    assert_eq!(fresh.metrics["makespan"].tolerance, 0.05);
}

#[test]
fn a_baseline_reads_back_and_passes_over_keys_of_the_future() {
    let mut value = written(&a_baseline());
    value["colour"] = "blue".into();
    assert_eq!(parsed(&value.to_string()).unwrap(), a_baseline());
}

#[test]
fn what_is_no_baseline_is_refused_with_its_place_and_a_hint() {
    let mut other = written(&a_baseline());
    other["schema"] = "batchcast.baseline/9".into();
    let mut negative = written(&a_baseline());
    negative["metrics"]["cost.total"]["tolerance"] = (-1.0).into();
    let mut text = written(&a_baseline());
    text["replications"][1]["events"] = "many".into();
    for (text, words) in [
        ("{\n  \"schema\": ".to_owned(), ["b.json:2:12: is no JSON", "EOF", "--update"]),
        ("{}".to_owned(), ["b.json: schema is null", "\"batchcast.baseline/1\"", "--update"]),
        (other.to_string(), ["batchcast.baseline/9", "\"batchcast.baseline/1\"", "--update"]),
        (negative.to_string(), ["metrics.cost.total.tolerance", "-1", "0 or more"]),
        (text.to_string(), ["replications[1].events", "\"many\"", "u64"]),
    ] {
        let message = parsed(&text).unwrap_err().to_string();
        for word in words {
            assert!(message.contains(word), "{word} is not in:\n{message}");
        }
    }
}
