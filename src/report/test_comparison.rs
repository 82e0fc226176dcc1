//! A comparison made by hand for tests: a night, cheaper and slower, and hardly different.

use super::test_result::a_result;
use crate::experiment::compare::{Compared, Outcome, compared};
use crate::experiment::verdict::Broken;
use crate::metrics::across::summarise;
use serde_json::json;

/// The same luck for everybody, by replication.
const LUCK: [f64; 10] = [0.3, -0.8, 1.1, 0.1, -0.4, 0.9, -1.2, 0.5, -0.2, -0.3];

/// What an alternative does to a metric: a factor, and how much of its own luck it adds.
type Effect = (&'static str, f64, f64);

fn outcome(name: &str, replications: u32, max: u32, effects: &[Effect]) -> Outcome {
    let mut result = a_result(replications);
    result.resolved = json!({"name": "allocation-strategies", "computeEnvironments":
        [{"computeEnvironmentName": "spot", "computeResources": {"maxvCpus": max}}]});
    for (index, replication) in result.replications.iter_mut().enumerate() {
        for (metric, factor, own) in effects {
            let value = replication.metrics.get(metric).unwrap();
            // What an alternative adds of its own comes in another order.
            let noise = 0.05 * LUCK[index % 10] + own * LUCK[(index + 3) % 10];
            replication.metrics.set(metric, value * (factor + noise));
        }
    }
    let summary = summarise(&result.replications);
    Outcome { name: name.to_owned(), result, summary, broken: Vec::new() }
}

/// `spot-first` and `same-again` against `baseline`.
pub(crate) fn a_comparison(replications: u32) -> Compared {
    let of = |name, max, effects: [f64; 3], own: [f64; 3]| {
        let metric = |index: usize, name| (name, effects[index], own[index]);
        let metrics =
            [metric(0, "cost.total"), metric(1, "queueLatency.p95"), metric(2, "makespan")];
        outcome(name, replications, max, &metrics)
    };
    let mut slower = of("spot-first", 2_000, [0.69, 1.9, 1.0], [0.01, 0.2, 0.05]);
    slower.broken = vec![Broken {
        threshold: "queueLatency.p95 < 15m".to_owned(),
        metric: "queueLatency.p95".to_owned(),
        measured: Some(1_084.5),
        unit: "s",
        unfinished: 0.0,
    }];
    slower.result.warnings.push("Spot prices are those of a day".to_owned());
    let outcomes = vec![
        of("baseline", 500, [1.0; 3], [0.0; 3]),
        slower,
        of("same-again", 500, [1.0; 3], [0.01, 0.03, 0.0]),
    ];
    compared(outcomes, Vec::new()).unwrap()
}
