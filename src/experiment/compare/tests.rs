//! Comparisons of small queues: with themselves, with each other, and stopped.

use super::*;
use crate::experiment::scenario::{LoadOptions, ScenarioSource, Variant, load};
use crate::metrics::metric::METRICS;
use std::sync::atomic::AtomicBool;

fn alternative(name: &str, sets: &[(&str, &str)]) -> Alternative {
    let value = serde_json::json!({
        "name": "tiny",
        "profile": "ideal",
        "replications": 6,
        "computeEnvironments": [{"computeEnvironmentName": "ce", "computeResources":
            {"type": "EC2", "maxvCpus": 4, "instanceTypes": ["c6i.large"]}}],
        "jobQueues": [{"jobQueueName": "q",
            "computeEnvironmentOrder": [{"order": 1, "computeEnvironment": "ce"}]}],
        "jobDefinitions": [{"jobDefinitionName": "d",
            "containerProperties": {"vcpus": 1, "memory": 1024}}],
        "jobModels": {"d": {"runtime": {"distribution": "exponential", "mean": "90s"}}},
        "workload": [{"submit": {"jobName": "j", "jobQueue": "q", "jobDefinition": "d"},
            "arrivals": {"process": "poisson", "perHour": 120, "until": "2h"}}],
    });
    let source = ScenarioSource::Value { value, base: ".".into() };
    let sets = sets.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    let variant = Some(Variant::Given { name: name.to_owned(), sets });
    let scenario = load(&source, &LoadOptions { variant, ..LoadOptions::default() });
    let scenario = scenario.unwrap_or_else(|errors| panic!("{errors}"));
    Alternative { name: name.to_owned(), scenario, carried: &[] }
}

fn run(alternatives: &[Alternative], threads: usize) -> Compared {
    let (stop, progress) = (AtomicBool::new(false), |_| ());
    let options =
        Options { threads, samples: None, carried: &[], stop: &stop, progress: &progress };
    compare(alternatives.to_vec(), &options).unwrap().unwrap()
}

const MAX: &str = "computeEnvironments[ce].computeResources.maxvCpus";

#[test]
fn a_scenario_does_not_differ_from_itself() {
    let compared = run(&[alternative("a", &[]), alternative("again", &[])], 2);
    let variant = &compared.comparison.variants[0];
    assert!(variant.changes.is_empty() && compared.comparison.notes.is_empty());
    assert_eq!(variant.metrics.len(), METRICS.len());
    for difference in &variant.metrics {
        if difference.n > 0 {
            let zero = (Some(0.0), Some(0.0), Some(1.0));
            let is = (difference.difference, difference.half_width, difference.p_value);
            assert_eq!(is, zero, "{difference:?}");
            assert_eq!(difference.verdict, Verdict::NotDistinguishable, "{difference:?}");
        }
    }
}

#[test]
fn the_comparison_the_other_way_round_is_the_mirror_image() {
    let (a, b) = (alternative("a", &[]), alternative("b", &[(MAX, "2")]));
    let there = run(&[a.clone(), b.clone()], 2).comparison;
    let back = run(&[b, a], 2).comparison;
    for (there, back) in there.variants[0].metrics.iter().zip(&back.variants[0].metrics) {
        assert_eq!(there.difference, back.difference.map(|value| -value));
        assert_eq!((there.baseline_mean, there.half_width), (back.variant_mean, back.half_width));
        assert_eq!(there.variance_reduction, back.variance_reduction);
        let swapped = match back.verdict {
            Verdict::Higher => Verdict::Lower,
            Verdict::Lower => Verdict::Higher,
            other => other,
        };
        assert_eq!(there.verdict, swapped, "{there:?}");
    }
    let latency = there.variants[0].difference("queueLatency.mean").unwrap();
    assert_eq!(latency.verdict, Verdict::Higher, "half the servers: {latency:?}");
    assert_eq!(there.variants[0].changes[0].path, MAX);
}

#[test]
fn threads_change_nothing() {
    let alternatives = [alternative("a", &[]), alternative("b", &[(MAX, "2")])];
    let (one, three) = (run(&alternatives, 1), run(&alternatives, 3));
    assert_eq!(one.comparison, three.comparison);
    for (one, three) in one.outcomes.iter().zip(&three.outcomes) {
        assert_eq!(one.result, three.result);
    }
}

#[test]
fn all_run_with_the_luck_of_the_first_and_other_wishes_are_told() {
    let other = alternative("b", &[("seed", "9"), ("replications", "2")]);
    let compared = run(&[alternative("a", &[]), other], 1);
    let note = &compared.comparison.notes[0];
    assert!(
        note.starts_with("b asks for seed 9 and 2 replications; it runs with seed 1"),
        "{note}"
    );
    assert_eq!(compared.outcomes[1].result.scenario.seed, 1);
    assert!(compared.comparison.variants[0].changes.is_empty(), "and nothing else differs");
}

#[test]
fn other_work_is_told() {
    for (path, value) in [("workload[0].arrivals.perHour", "60"), ("jobModels.d.runtime", "60s")] {
        let compared = run(&[alternative("a", &[]), alternative("b", &[(path, value)])], 1);
        let note = &compared.comparison.notes[0];
        assert!(note.starts_with("b does not do the same work as a: its workload"), "{note}");
    }
}

#[test]
fn how_work_is_saved_is_no_other_work() {
    let saved = alternative("b", &[("jobModels.d.checkpoint.interval", "5m")]);
    let compared = run(&[alternative("a", &[]), saved], 1);
    assert_eq!(compared.comparison.notes, Vec::<String>::new());
}

#[test]
fn unfinished_jobs_of_every_alternative_are_told() {
    let half = alternative("half", &[(MAX, "2"), ("horizon", "1h")]);
    let compared = run(&[alternative("a", &[("horizon", "1h")]), half], 1);
    let unfinished = |outcome: &Outcome| outcome.summary.metrics.mean("jobs.unfinished").unwrap();
    let [a, half] = [0, 1].map(|position| unfinished(&compared.outcomes[position]));
    assert!(0.0 < a && a < half, "half the servers leave more behind: {a} {half}");
    let [note] = &compared.comparison.notes[..] else { panic!("{:?}", compared.comparison.notes) };
    for (told, name) in [(a, " in a"), (half, " in half")] {
        let told = format!("{told:.1}");
        assert!(note.contains(told.trim_end_matches(".0")) && note.contains(name), "{note}");
    }
}

#[test]
fn half_a_comparison_is_none() {
    let (stop, alternatives) =
        (AtomicBool::new(false), [alternative("a", &[]), alternative("b", &[])]);
    let progress = |_| stop.store(true, std::sync::atomic::Ordering::Relaxed);
    let options =
        Options { threads: 1, samples: None, carried: &[], stop: &stop, progress: &progress };
    assert!(compare(alternatives.to_vec(), &options).unwrap().is_none());
}
