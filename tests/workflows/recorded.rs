//! Recorded workflows on an environment that holds everything at once: the makespan is the critical
//! path, to the millisecond.
//!
//! The oracle reads the JSON by itself and walks the longest path; it shares no code with the
//! simulator.

use crate::study::{scenario, simulated};
use crate::support::recorded_data;
use batchcast::experiment::estimate::estimate;
use batchcast::experiment::scenario::{LoadOptions, ScenarioSource, load};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

/// By task: when it starts and stops, if nothing ever waits, in milliseconds.
fn longest_paths(file: &Path) -> BTreeMap<String, (u64, u64)> {
    let mut text = String::new();
    let file = std::fs::File::open(file).expect("a recorded workflow");
    flate2::read::GzDecoder::new(file).read_to_string(&mut text).expect("a sound file");
    let instance: Value = serde_json::from_str(&text).expect("JSON");
    let list = |part: &str| instance["workflow"][part]["tasks"].as_array().unwrap().clone();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let run_ms: BTreeMap<String, u64> = list("execution")
        .iter()
        .map(|task| {
            let seconds = task["runtimeInSeconds"].as_f64().unwrap();
            (text(&task["id"]), (seconds * 1_000.0).round_ties_even() as u64)
        })
        .collect();
    let mut open: Vec<(String, Vec<String>)> = list("specification")
        .iter()
        .map(|task| {
            let parents = task["parents"].as_array().unwrap().iter().map(text).collect();
            (text(&task["id"]), parents)
        })
        .collect();
    let mut spans: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    while !open.is_empty() {
        let before = open.len();
        open.retain(|(id, parents)| {
            let stops = parents.iter().map(|parent| spans.get(parent).map(|span| span.1));
            let Some(stops) = stops.collect::<Option<Vec<u64>>>() else { return true };
            let start = stops.into_iter().max().unwrap_or(0);
            spans.insert(id.clone(), (start, start + run_ms[id]));
            false
        });
        assert!(open.len() < before, "a cycle");
    }
    spans
}

#[test]
fn the_makespan_of_every_recorded_workflow_is_its_critical_path_if_nothing_waits() {
    let Some(index) = recorded_data("workflows/wfinstances/index.csv") else { return };
    let folder = index.parent().unwrap();
    let mut count = 0;
    for line in std::fs::read_to_string(&index).unwrap().lines().skip(1) {
        let name = format!("{}.gz", line.split(',').next().unwrap());
        let mut value = scenario(json!({}));
        value["workload"][0]["workflow"]["file"] = json!(name);
        let source = ScenarioSource::Value { value, base: folder.to_owned() };
        let loaded = load(&source, &LoadOptions::default()).unwrap_or_else(|e| panic!("{e}"));
        let outcome = simulated(&loaded);
        let spans = longest_paths(&folder.join(&name));
        let ran: BTreeMap<String, (u64, u64)> = outcome
            .jobs
            .iter()
            .map(|job| {
                let span = (job.started.unwrap().as_millis(), job.stopped.unwrap().as_millis());
                (job.name.to_string(), span)
            })
            .collect();
        assert_eq!(outcome.jobs.len(), spans.len(), "{name}: every task once");
        assert_eq!(ran, spans, "{name}");
        let critical_ms = spans.values().map(|span| span.1).max().unwrap();
        let bounds = estimate(&loaded, &[]).unwrap().bounds.unwrap();
        assert!((bounds.makespan_s - critical_ms as f64 / 1e3).abs() < 1e-9, "{name}");
        count += 1;
    }
    assert_eq!(count, 20, "workflows");
}
