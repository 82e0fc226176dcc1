//! Thresholds held against what was measured: the mean over replications decides.

use super::scenario::{Threshold, ThresholdOp};
use crate::metrics::across::RunSummary;

/// A threshold that a run did not keep.
#[derive(Clone, Debug, PartialEq)]
pub struct Broken {
    /// As it was written.
    pub threshold: String,
    /// Its metric.
    pub metric: String,
    /// The mean over replications, in the metric's unit; `None` when it is not defined.
    pub measured: Option<f64>,
    /// `USD`, `s` and so on.
    pub unit: &'static str,
}

/// The thresholds that `summary` breaks, in their order. A metric that is not defined keeps no
/// threshold: nothing ran that could have been measured.
#[must_use]
pub fn broken(thresholds: &[Threshold], summary: &RunSummary) -> Vec<Broken> {
    let verdict = |threshold: &Threshold| {
        let Threshold { metric, op, value, text } = threshold;
        let estimate = summary.metrics.get(metric);
        let measured = estimate.and_then(|estimate| estimate.mean);
        let kept = measured.is_some_and(|measured| ThresholdOp::holds(*op, measured, *value));
        (!kept).then(|| Broken {
            threshold: text.clone(),
            metric: metric.clone(),
            measured,
            unit: estimate.map_or("", |estimate| estimate.unit),
        })
    };
    thresholds.iter().filter_map(verdict).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::across::summarise;

    #[test]
    fn what_was_not_measured_keeps_no_threshold() {
        let threshold = Threshold {
            metric: "queueLatency.p95".to_owned(),
            op: ThresholdOp::Less,
            value: 900.0,
            text: "queueLatency.p95 < 15m".to_owned(),
        };
        let broken = broken(&[threshold], &summarise(&[]));
        assert_eq!((broken.len(), broken[0].measured), (1, None));
        assert_eq!(broken[0].unit, "s");
    }
}
