//! How a metric of a variant differs from that of the baseline, and whether that is more than luck.
//!
//! Differences are taken replication by replication, where the metric is defined on both sides. For
//! each metric the variants are tested together by Holm's procedure, and each interval is made at
//! the level at which its variant was tested: it excludes zero exactly when the verdict says so.

use crate::metrics::metric::{METRICS, Metric};
use crate::metrics::result::RunResult;
use crate::sim::statistics::{HolmStep, Moments, PairedDifference, holm};
use serde::{Serialize, Serializer};

/// How sure one can be of all verdicts on one metric together.
pub const CONFIDENCE: f64 = 0.95;

/// Whether a difference is more than luck.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Verdict {
    /// More than the baseline's.
    #[serde(rename = "higher")]
    Higher,
    /// Less than the baseline's.
    #[serde(rename = "lower")]
    Lower,
    /// Zero is within the interval, or all differences are zero.
    #[serde(rename = "not distinguishable")]
    NotDistinguishable,
    /// There is a difference, and no way to tell it from luck.
    #[serde(rename = "one replication")]
    OneReplication,
    /// No replication has the metric on both sides.
    #[serde(rename = "undefined")]
    Undefined,
}

impl Verdict {
    /// As in `comparison.json`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Higher => "higher",
            Self::Lower => "lower",
            Self::NotDistinguishable => "not distinguishable",
            Self::OneReplication => "one replication",
            Self::Undefined => "undefined",
        }
    }
}

/// A metric of a variant beside that of the baseline.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Difference {
    /// Its name.
    pub metric: &'static str,
    /// Of the means, the difference and its half-width.
    pub unit: &'static str,
    /// Over the pairs.
    pub baseline_mean: Option<f64>,
    /// Over the pairs.
    pub variant_mean: Option<f64>,
    /// Mean of the paired differences, variant less baseline.
    pub difference: Option<f64>,
    /// Half of the interval of `difference`; `None` below two pairs.
    pub half_width: Option<f64>,
    /// Of that interval: 1 less the level at which the variant was tested.
    pub confidence: Option<f64>,
    /// Replications in which the metric is defined on both sides.
    pub n: u32,
    /// Of this test by itself, two-sided.
    pub p_value: Option<f64>,
    /// Corrected for the number of variants; below 0.05 when there is a difference.
    pub adjusted_p_value: Option<f64>,
    /// What it comes to.
    pub verdict: Verdict,
    /// `difference` as a share of `baseline_mean`; `None` when that is 0.
    pub relative_difference: Option<f64>,
    /// `half_width` as a share of `baseline_mean`; `None` when that is 0.
    pub relative_half_width: Option<f64>,
    /// How many times as many independent replications it would take to be as precise.
    pub variance_reduction: Option<f64>,
}

/// By variant: every metric, in report order.
pub(super) fn differences(baseline: &RunResult, variants: &[&RunResult]) -> Vec<Vec<Difference>> {
    let mut all: Vec<Vec<Difference>> = vec![Vec::new(); variants.len()];
    for metric in METRICS {
        let pairs: Vec<_> =
            variants.iter().map(|variant| pairs(metric, baseline, variant)).collect();
        for (list, difference) in all.iter_mut().zip(of_metric(metric, &pairs)) {
            list.push(difference);
        }
    }
    all
}

fn pairs(metric: &Metric, baseline: &RunResult, variant: &RunResult) -> Vec<(f64, f64)> {
    let each = baseline.replications.iter().zip(&variant.replications);
    each.filter_map(|(a, b)| Some((a.metrics.get(metric.name)?, b.metrics.get(metric.name)?)))
        .collect()
}

/// One difference a variant, all of one metric.
pub(crate) fn of_metric(metric: &Metric, variants: &[Vec<(f64, f64)>]) -> Vec<Difference> {
    let paired: Vec<_> = variants.iter().map(|pairs| PairedDifference::of(pairs)).collect();
    let p_values: Vec<Option<f64>> = paired.iter().map(PairedDifference::p_value).collect();
    let tested: Vec<f64> = p_values.iter().flatten().copied().collect();
    // As many steps as there are p-values, in their order.
    let mut steps = holm(&tested, 1.0 - CONFIDENCE).into_iter();
    let mut differences = Vec::new();
    for ((pairs, paired), p_value) in variants.iter().zip(&paired).zip(p_values) {
        let test = p_value.and_then(|p_value| Some((p_value, steps.next()?)));
        differences.push(difference(metric, pairs, paired, test));
    }
    differences
}

fn difference(
    metric: &Metric,
    pairs: &[(f64, f64)],
    paired: &PairedDifference,
    test: Option<(f64, HolmStep)>,
) -> Difference {
    let mean = |of: fn(&(f64, f64)) -> f64| pairs.iter().map(of).collect::<Moments>().mean();
    let baseline_mean = mean(|pair| pair.0);
    let difference = (paired.n > 0).then_some(paired.mean);
    let confidence = test.map(|(_, step)| 1.0 - step.level);
    let half_width = confidence.and_then(|confidence| paired.half_width(confidence));
    let relative = |value: Option<f64>| {
        let baseline = baseline_mean.filter(|mean| *mean != 0.0)?;
        Some(value? / baseline.abs())
    };
    Difference {
        metric: metric.name,
        unit: metric.unit.as_str(),
        baseline_mean,
        variant_mean: mean(|pair| pair.1),
        difference,
        half_width,
        confidence,
        n: paired.n as u32,
        p_value: test.map(|(p_value, _)| p_value),
        adjusted_p_value: test.map(|(_, step)| step.adjusted_p),
        verdict: verdict(paired, half_width),
        relative_difference: relative(difference),
        relative_half_width: relative(half_width),
        variance_reduction: paired.variance_reduction,
    }
}

/// Read from the interval, so that the two can not disagree.
fn verdict(paired: &PairedDifference, half_width: Option<f64>) -> Verdict {
    match half_width {
        None if paired.n == 0 => Verdict::Undefined,
        None => Verdict::OneReplication,
        Some(half_width) if paired.mean > half_width => Verdict::Higher,
        Some(half_width) if paired.mean < -half_width => Verdict::Lower,
        Some(_) => Verdict::NotDistinguishable,
    }
}

/// A JSON object by metric name.
pub(super) fn by_metric<S: Serializer>(
    differences: &[Difference],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(differences.iter().map(|difference| (difference.metric, difference)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::metric::find;
    use proptest::prelude::*;

    fn of(variants: &[Vec<(f64, f64)>]) -> Vec<Difference> {
        of_metric(find("cost.total").unwrap(), variants)
    }

    #[test]
    fn variants_of_one_metric_are_tested_together() {
        // Four differences around 3, with t = 26, 3.46 and 0.05, so p = 0.0001, 0.04 and 0.96.
        let around = |scale: f64| [-1.0, 1.0, 1.0, -1.0].map(|x| (5.0, 8.0 + scale * x)).to_vec();
        let alone = of(&[around(1.5)]);
        assert_eq!((alone[0].verdict, alone[0].confidence), (Verdict::Higher, Some(0.95)));
        let found = of(&[around(100.0), around(0.2), around(1.5)]);
        let verdicts: Vec<Verdict> = found.iter().map(|d| d.verdict).collect();
        use Verdict::{Higher, NotDistinguishable};
        assert_eq!(verdicts, [NotDistinguishable, Higher, NotDistinguishable]);
        // The smallest at 0.05 / 3; the next at 0.05 / 2, which stops it and holds for the last.
        let levels: Vec<f64> = found.iter().map(|d| 1.0 - d.confidence.unwrap()).collect();
        assert!((levels[1] - 0.05 / 3.0).abs() < 1e-12 && (levels[2] - 0.025).abs() < 1e-12);
        assert_eq!(levels[0], levels[2]);
        assert!((found[1].relative_difference.unwrap() - 0.6).abs() < 1e-12);
    }

    #[test]
    fn equal_differences_are_distinguishable_unless_they_are_zero() {
        let found = of(&[vec![(1.0, 3.0), (2.0, 4.0)], vec![(0.0, 0.0), (0.0, 0.0)]]);
        assert_eq!((found[0].verdict, found[0].half_width), (Verdict::Higher, Some(0.0)));
        assert_eq!(found[1].verdict, Verdict::NotDistinguishable);
        assert_eq!((found[1].p_value, found[1].relative_difference), (Some(1.0), None));
    }

    #[test]
    fn what_can_not_be_tested_takes_no_part_in_the_correction() {
        let found = of(&[vec![], vec![(1.0, 2.0)], vec![(1.0, 2.0), (1.0, 2.5)]]);
        assert_eq!(found[0].verdict, Verdict::Undefined);
        assert_eq!((found[1].verdict, found[1].difference), (Verdict::OneReplication, Some(1.0)));
        assert_eq!(found[2].confidence, Some(0.95));
    }

    proptest! {
        #[test]
        fn an_interval_excludes_zero_exactly_when_the_verdict_says_so(
            variants in prop::collection::vec(
                prop::collection::vec((-10.0..10.0_f64, -9.0..12.0_f64), 0..12), 1..6),
        ) {
            for difference in of(&variants) {
                let (Some(mean), Some(half)) = (difference.difference, difference.half_width) else {
                    prop_assert!(difference.n < 2);
                    continue;
                };
                let excludes = mean.abs() > half;
                let differs = matches!(difference.verdict, Verdict::Higher | Verdict::Lower);
                prop_assert_eq!(differs, excludes);
                prop_assert_eq!(difference.verdict == Verdict::Higher, excludes && mean > 0.0);
                // The interval is the verdict, and the corrected p-value says the same.
                prop_assert_eq!(differs, difference.adjusted_p_value.unwrap() < 1.0 - CONFIDENCE);
            }
        }
    }
}
