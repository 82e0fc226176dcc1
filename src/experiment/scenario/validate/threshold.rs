//! Thresholds: `queueLatency.p95 < 15m`, bounds on the metrics of a summary.

use super::super::error::{Complaint, Report};
use super::super::path::Path;
use super::super::scalar::Duration;
use crate::metrics::metric::{self, METRICS, Metric, Unit};
use serde_json::Value;

/// A bound on a metric; broken, it fails the run.
#[derive(Clone, Debug, PartialEq)]
pub struct Threshold {
    /// `queueLatency.p95`
    pub metric: String,
    /// How the metric must compare with the value.
    pub op: ThresholdOp,
    /// In the metric's unit; durations in seconds.
    pub value: f64,
    /// As it was written.
    pub text: String,
}

/// How a metric must compare with a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ThresholdOp {
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    More,
    /// `>=`
    AtLeast,
}

impl ThresholdOp {
    /// Every comparison with its text; longer texts first, so that a prefix decides.
    pub const ALL: [(&'static str, Self); 4] =
        [("<=", Self::AtMost), (">=", Self::AtLeast), ("<", Self::Less), (">", Self::More)];

    /// Whether `measured` keeps within `bound`.
    #[must_use]
    pub fn holds(self, measured: f64, bound: f64) -> bool {
        match self {
            Self::Less => measured < bound,
            Self::AtMost => measured <= bound,
            Self::More => measured > bound,
            Self::AtLeast => measured >= bound,
        }
    }

    /// Whether more than the bound is too much.
    #[must_use]
    pub const fn is_upper_bound(self) -> bool {
        matches!(self, Self::Less | Self::AtMost)
    }
}

/// Every threshold; mistakes go to the report.
pub(super) fn read(raw: &[String], report: &mut Report) -> Vec<Threshold> {
    let list = Path::default().key("thresholds");
    let entries = raw.iter().enumerate();
    entries.filter_map(|(index, text)| report.ok(&list.index(index), parse(text))).collect()
}

fn parse(text: &str) -> Result<Threshold, Complaint> {
    let at = text.find(['<', '>']).ok_or_else(|| {
        let complaint = Complaint::new(format!("{text:?} is no threshold"));
        complaint.accepted("metric, one of < <= > >=, and a value: queueLatency.p95 < 15m")
    })?;
    let (metric, rest) = (text[..at].trim(), &text[at..]);
    let metric = metric::find(metric).ok_or_else(|| {
        let complaint = Complaint::new(format!("there is no metric {metric}"));
        let complaint = complaint.accepted("cost.total, queueLatency.p95, makespan and so on");
        complaint.did_you_mean(metric, METRICS.iter().map(|known| known.name))
    })?;
    let operator =
        ThresholdOp::ALL.iter().find_map(|(sign, op)| Some((rest.strip_prefix(sign)?, *op)));
    let (value, op) = operator.unwrap_or((&rest[1..], ThresholdOp::Less));
    let value = bound(value.trim(), metric)?;
    Ok(Threshold { metric: metric.name.to_owned(), op, value, text: text.to_owned() })
}

/// A number in the metric's unit; for one in seconds also a duration.
fn bound(text: &str, metric: &Metric) -> Result<f64, Complaint> {
    let wrong = || {
        let complaint = Complaint::new(format!("{text:?} is no bound of {}", metric.name));
        complaint.accepted(match metric.unit {
            Unit::Seconds => "a duration such as 15m, or a number of seconds",
            Unit::Ratio => "a share, 0 to 1",
            Unit::Usd => "a number of USD such as 120",
            Unit::UsdPerVcpuHour => "a number of USD per vCPU-hour such as 0.05",
            Unit::PerHour | Unit::VcpuHoursPerHour => "a number per hour such as 120",
            Unit::Count => "a number such as 120",
        })
    };
    let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
    match (number, metric.unit) {
        (Some(share), Unit::Ratio) if (0.0..=1.0).contains(&share) => Ok(share),
        (Some(percent), Unit::Ratio) if (0.0..=100.0).contains(&percent) => {
            Err(wrong().hint(format!("write {} for {percent} %", percent / 100.0)))
        }
        (Some(number), unit) if unit != Unit::Ratio => Ok(number),
        (None, Unit::Seconds) => {
            let duration = serde_json::from_value::<Duration>(Value::from(text));
            duration.map(|duration| duration.0.as_secs_f64()).map_err(|_| wrong())
        }
        _ => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_threshold_is_a_metric_a_comparison_and_a_bound() {
        let threshold = parse("queueLatency.p95 < 15m").unwrap();
        assert_eq!((threshold.op, threshold.value), (ThresholdOp::Less, 900.0));
        let threshold = parse("wait.max_vcpus.mean>=2").unwrap();
        assert_eq!((threshold.op, threshold.value), (ThresholdOp::AtLeast, 2.0));
        assert!(ThresholdOp::AtMost.holds(1.0, 1.0) && !ThresholdOp::Less.holds(1.0, 1.0));
    }

    #[test]
    fn an_unknown_metric_says_what_was_meant() {
        let complaint = parse("queuelatency.p95 < 1").unwrap_err();
        assert_eq!(complaint.hint.unwrap(), "did you mean queueLatency.p95?");
        assert!(parse("cost.total").is_err() && parse("cost.total < banana").is_err());
    }

    #[test]
    fn a_bound_is_in_the_unit_of_its_metric() {
        for (text, accepted) in [
            ("cost.total < 15m", "USD"),
            ("jobs.failed <= 1s", "a number"),
            ("throughput.jobsPerHour > 1h", "per hour"),
            ("utilisation.vcpu > 50m", "0 to 1"),
            ("utilisation.vcpu > 50", "0 to 1"),
            ("utilisation.memory > -0.1", "0 to 1"),
            ("makespan < inf", "a duration"),
            ("makespan < -1h", "a duration"),
        ] {
            let complaint = parse(text).unwrap_err();
            assert!(complaint.accepted.as_ref().unwrap().contains(accepted), "{complaint:?}");
        }
        let hint = parse("utilisation.vcpu > 50").unwrap_err().hint;
        assert_eq!(hint.as_deref(), Some("write 0.5 for 50 %"));
        assert_eq!(parse("utilisation.vcpu > 0.5").unwrap().value, 0.5);
        for metric in METRICS {
            assert!(parse(&format!("{} > 1", metric.name)).is_ok(), "{}", metric.name);
        }
    }
}
