//! An interval of 95 % must hold the truth in 95 of 100 studies: of a mean, and of the paired
//! difference of two alternatives.
//!
//! The truth is known exactly, for a finite run that starts empty: n jobs of exponential run time
//! with mean m arrive together at c servers. All servers are busy while a job waits, so one ends
//! every m / c on average, and the k-th job (from 1) starts after the (k - c)-th end: it waits
//! (k - c) m / c in expectation. With m = 600 s, rounding to milliseconds is nothing.
//!
//! `BATCHCAST_COVERAGE_SEEDS` is the number of studies, 200 unless said; `make trust` asks for
//! 2,000. The number of intervals that hold the truth must lie in the central 99.9 % of the
//! binomial distribution of that many studies, which is summed exactly.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use batchcast::experiment::compare::{Alternative, compare};
use batchcast::experiment::replicate::Options;
use batchcast::experiment::scenario::{LoadOptions, ScenarioSource, load};
use serde_json::json;
use std::ops::RangeInclusive;
use std::sync::atomic::AtomicBool;

const JOBS: u32 = 60;
const SERVERS: u32 = 4;
const REPLICATIONS: u32 = 20;
const MEAN_S: f64 = 600.0;
const CONFIDENCE: f64 = 0.95;

/// A cluster of one-vCPU servers that are always there.
fn cluster(servers: u32) -> Alternative {
    let value = json!({
        "name": "coverage",
        "profile": "ideal",
        "replications": REPLICATIONS,
        "catalog": {"instanceTypes": [{"instanceType": "slot.one", "vcpus": 1, "memoryMib": 4096,
            "onDemandUsdPerHour": "0.05"}]},
        "computeEnvironments": [{"computeEnvironmentName": "ce", "computeResources": {
            "type": "EC2", "minvCpus": servers, "maxvCpus": servers,
            "instanceTypes": ["slot.one"]}}],
        "jobQueues": [{"jobQueueName": "q",
            "computeEnvironmentOrder": [{"order": 1, "computeEnvironment": "ce"}]}],
        "jobDefinitions": [{"jobDefinitionName": "d",
            "containerProperties": {"vcpus": 1, "memory": 1024}}],
        "jobModels": {"d": {"runtime": {"distribution": "exponential", "mean": MEAN_S}}},
        "workload": [{"submit": {"jobName": "j", "jobQueue": "q", "jobDefinition": "d",
            "arrayProperties": {"size": JOBS}}, "at": "0s"}],
    });
    let source = ScenarioSource::Value { value, base: ".".into() };
    let scenario = load(&source, &LoadOptions::default()).unwrap_or_else(|e| panic!("{e}"));
    Alternative { name: format!("{servers}-servers"), scenario, carried: &[] }
}

/// The mean over all jobs of (k - c) m / c, not negative.
fn mean_wait_s(servers: u32) -> f64 {
    let waiting = f64::from(JOBS - servers);
    let sum = waiting * (waiting + 1.0) / 2.0;
    sum * MEAN_S / f64::from(servers) / f64::from(JOBS)
}

/// Whether one study's intervals hold the truth: of either cluster, and of the difference.
fn study(alternatives: &[Alternative; 2], seed: u64) -> [bool; 3] {
    let mut alternatives = alternatives.to_vec();
    alternatives.iter_mut().for_each(|alternative| alternative.scenario.seed = seed);
    let (stop, progress) = (AtomicBool::new(false), |_| ());
    let options =
        Options { threads: 1, samples: None, carried: &[], stop: &stop, progress: &progress };
    let compared = compare(alternatives, &options).unwrap().unwrap();
    let holds = |mean: Option<f64>, half_width: Option<f64>, truth: f64| {
        (mean.unwrap() - truth).abs() <= half_width.unwrap()
    };
    let of = |alternative: usize, servers: u32| {
        let metrics = &compared.outcomes[alternative].summary.metrics;
        let estimate = metrics.get("queueLatency.mean").unwrap();
        holds(estimate.mean, estimate.half_width, mean_wait_s(servers))
    };
    let difference = compared.comparison.variants[0].difference("queueLatency.mean").unwrap();
    assert_eq!(difference.confidence, Some(CONFIDENCE), "one variant needs no correction");
    let truth = mean_wait_s(SERVERS + 1) - mean_wait_s(SERVERS);
    [of(0, SERVERS), of(1, SERVERS + 1), holds(difference.difference, difference.half_width, truth)]
}

/// The central 99.9 % of the binomial distribution of `n` trials with probability 0.95: the
/// numbers with more than 0.05 % of it on either side, themselves included.
fn band(n: u32) -> RangeInclusive<u32> {
    // Weights relative to that of the likeliest number, so that none overflows or matters less
    // than it should: w(k + 1) / w(k) = (n - k) / (k + 1) p / (1 - p).
    let odds = CONFIDENCE / (1.0 - CONFIDENCE);
    let ratio = |k: u32| f64::from(n - k) / f64::from(k + 1) * odds;
    let mode = (f64::from(n) * CONFIDENCE) as u32;
    let mut weights = vec![0.0_f64; n as usize + 1];
    weights[mode as usize] = 1.0;
    for k in mode..n {
        weights[k as usize + 1] = weights[k as usize] * ratio(k);
    }
    for k in (0..mode).rev() {
        weights[k as usize] = weights[k as usize + 1] / ratio(k);
    }
    let tail = 0.000_5 * weights.iter().sum::<f64>();
    beyond(0..=n, &weights, tail)..=beyond((0..=n).rev(), &weights, tail)
}

/// The first of the numbers at which more than `tail` is behind.
fn beyond(mut numbers: impl Iterator<Item = u32>, weights: &[f64], tail: f64) -> u32 {
    let mut sum = 0.0;
    let more = |k: &u32| {
        sum += weights[*k as usize];
        sum > tail
    };
    numbers.find(more).unwrap()
}

#[test]
fn intervals_hold_the_truth_as_often_as_they_say() {
    let seeds = std::env::var("BATCHCAST_COVERAGE_SEEDS").map_or(200, |n| n.parse().unwrap());
    let clusters = [cluster(SERVERS), cluster(SERVERS + 1)];
    let studies: Vec<[bool; 3]> =
        (1..=u64::from(seeds)).map(|seed| study(&clusters, seed)).collect();
    let band = band(seeds);
    for (index, what) in ["mean", "other mean", "paired difference"].into_iter().enumerate() {
        let held = studies.iter().filter(|study| study[index]).count() as u32;
        println!("{what}: {held} of {seeds} intervals hold the truth, {band:?} are allowed");
        assert!(band.contains(&held), "{what}: {held} of {seeds} hold the truth, not {band:?}");
    }
}

#[test]
fn the_band_is_that_of_the_binomial_distribution() {
    // Of 200: P(X <= 178) = 0.00048, P(X <= 179) = 0.00116, P(X >= 199) = 0.00040,
    // P(X >= 198) = 0.00234.
    assert_eq!(band(200), 179..=198);
    let long = band(2_000);
    assert!(*long.start() >= 1_866 && *long.end() <= 1_934, "{long:?} is within 93.3 to 96.7 %");
}
