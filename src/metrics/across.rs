//! Replications in, intervals out (design section 5).
//!
//! Each replication counts once; jobs of one run are never taken as independent.

use super::metric::METRICS;
use super::summary::{Group, ReplicationSummary, Values};
use crate::sim::statistics::mean_interval;
use serde::{Serialize, Serializer, ser::SerializeMap};

/// How half widths are made when there is more than one replication.
const CONFIDENCE: f64 = 0.95;
const METHOD_T: &str = "mean of replications, Student t, 95 %";
const METHOD_SINGLE: &str = "single replication";

/// A metric over replications.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Estimate {
    /// Mean over the replications in which the metric is defined; `None` if there is none.
    pub mean: Option<f64>,
    /// Half of the 95 % confidence interval; `None` below two replications.
    pub half_width: Option<f64>,
    /// Replications in which the metric is defined.
    pub n: u32,
    /// The unit of both.
    pub unit: &'static str,
    /// How they were made.
    pub method: &'static str,
}

impl Estimate {
    /// The estimate from one value per replication, in replication order.
    #[must_use]
    pub fn of(values: &[f64], unit: &'static str) -> Self {
        let interval = mean_interval(values, CONFIDENCE);
        Self {
            mean: (interval.n > 0).then_some(interval.mean),
            half_width: interval.half_width,
            n: interval.n as u32,
            unit,
            method: if interval.n > 1 { METHOD_T } else { METHOD_SINGLE },
        }
    }
}

/// Estimates by metric name, in the order of [`METRICS`]; a JSON object.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Estimates(Vec<(&'static str, Estimate)>);

impl Estimates {
    /// The estimate of a metric; `None` when it does not apply.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Estimate> {
        self.0.iter().find(|(metric, _)| *metric == name).map(|(_, estimate)| estimate)
    }

    /// The mean of a metric; `None` when undefined.
    #[must_use]
    pub fn mean(&self, name: &str) -> Option<f64> {
        self.get(name).and_then(|estimate| estimate.mean)
    }

    /// In report order.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &Estimate)> {
        self.0.iter().map(|(name, estimate)| (*name, estimate))
    }
}

impl Serialize for Estimates {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, estimate) in &self.0 {
            map.serialize_entry(name, estimate)?;
        }
        map.end()
    }
}

/// Estimates by group name, in report order; a JSON object.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Groups(pub Vec<(String, Estimates)>);

impl Serialize for Groups {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, estimates) in &self.0 {
            map.serialize_entry(name, estimates)?;
        }
        map.end()
    }
}

/// The same run, cut five ways.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct By {
    /// In scenario order.
    pub compute_environment: Groups,
    /// Those used in some replication, by name.
    pub instance_type: Groups,
    /// In scenario order.
    pub job_queue: Groups,
    /// Those used in some replication, by name.
    pub share_identifier: Groups,
    /// In scenario order.
    pub job_definition: Groups,
}

/// Jobs without a queue latency, over replications.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CensoredEstimate {
    /// Unfinished and never RUNNING.
    pub unfinished: Estimate,
    /// FAILED without ever RUNNING.
    pub failed: Estimate,
    /// How long such a job waited until the end.
    pub mean_wait: Estimate,
}

/// What `summary.json` says.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RunSummary {
    /// Every metric of [`METRICS`].
    pub metrics: Estimates,
    /// Its parts.
    pub by: By,
    /// Jobs that never ran, outside the latency metrics.
    pub censored: CensoredEstimate,
    /// Jobs submitted before the end of the warm-up, outside all job metrics.
    pub warm_up_jobs: Estimate,
}

/// Summarises replications, which must be in replication order.
#[must_use]
pub fn summarise(replications: &[ReplicationSummary]) -> RunSummary {
    let values: Vec<Option<&Values>> = replications.iter().map(|r| Some(&r.metrics)).collect();
    let each = |of: fn(&ReplicationSummary) -> f64, unit| {
        Estimate::of(&replications.iter().map(of).collect::<Vec<_>>(), unit)
    };
    let waits: Vec<f64> = replications.iter().filter_map(mean_censored_wait_s).collect();
    let by = |of: fn(&ReplicationSummary) -> &Vec<Group>| groups(replications, of);
    RunSummary {
        metrics: estimates(&values, true),
        by: By {
            compute_environment: by(|r| &r.by.compute_environment),
            instance_type: sorted(by(|r| &r.by.instance_type)),
            job_queue: by(|r| &r.by.job_queue),
            share_identifier: sorted(by(|r| &r.by.share_identifier)),
            job_definition: by(|r| &r.by.job_definition),
        },
        censored: CensoredEstimate {
            unfinished: each(|r| r.censored.unfinished as f64, "count"),
            failed: each(|r| r.censored.failed as f64, "count"),
            mean_wait: Estimate::of(&waits, "s"),
        },
        warm_up_jobs: each(|r| r.warm_up_jobs as f64, "count"),
    }
}

fn mean_censored_wait_s(replication: &ReplicationSummary) -> Option<f64> {
    let total_ms: u64 = replication.censored.wait_ms.iter().sum();
    let jobs = replication.censored.jobs();
    (jobs > 0).then(|| total_ms as f64 / 1_000.0 / jobs as f64)
}

/// One estimate a metric. A group that is absent from a replication counts as 0 in sums.
/// `all`: metrics that are defined nowhere are listed too.
fn estimates(values: &[Option<&Values>], all: bool) -> Estimates {
    let mut list = Vec::new();
    for metric in METRICS {
        let occurs = values.iter().flatten().any(|values| values.get(metric.name).is_some());
        if !occurs && !all {
            continue;
        }
        let of = |values: &Option<&Values>| match values {
            Some(values) => values.get(metric.name),
            None => metric.is_sum.then_some(0.0),
        };
        let each: Vec<f64> = values.iter().filter_map(of).collect();
        list.push((metric.name, Estimate::of(&each, metric.unit.as_str())));
    }
    Estimates(list)
}

/// Groups in order of first appearance.
fn groups(
    replications: &[ReplicationSummary],
    of: fn(&ReplicationSummary) -> &Vec<Group>,
) -> Groups {
    let mut names: Vec<&str> = Vec::new();
    let mut seen = std::collections::BTreeSet::new();
    for group in replications.iter().flat_map(of) {
        if seen.insert(group.name.as_str()) {
            names.push(&group.name);
        }
    }
    let maps: Vec<std::collections::BTreeMap<&str, &Values>> = replications
        .iter()
        .map(|r| of(r).iter().map(|group| (group.name.as_str(), &group.values)).collect())
        .collect();
    let estimate = |name: &str| {
        let values: Vec<Option<&Values>> = maps.iter().map(|map| map.get(name).copied()).collect();
        (name.to_owned(), estimates(&values, false))
    };
    Groups(names.into_iter().map(estimate).collect())
}

fn sorted(mut groups: Groups) -> Groups {
    // Group names are unique, so the order is total.
    groups.0.sort_unstable_by(|a, b| a.0.cmp(&b.0));
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_half_width_is_that_of_the_t_table() {
        // Mean 5, standard deviation 1.5811, n = 5: t(4, 0.975) = 2.776.
        let estimate = Estimate::of(&[3.0, 4.0, 5.0, 6.0, 7.0], "s");
        assert_eq!((estimate.mean, estimate.n), (Some(5.0), 5));
        assert!((estimate.half_width.unwrap() - 1.963_2).abs() < 1e-3, "{estimate:?}");
    }

    #[test]
    fn one_replication_has_no_half_width_and_none_has_no_mean() {
        assert_eq!(Estimate::of(&[3.0], "s").half_width, None);
        assert_eq!(Estimate::of(&[], "s").mean, None);
    }

    #[test]
    fn a_group_missing_from_a_replication_counts_as_nothing_in_sums_only() {
        let mut values = Values::default();
        values.set("cost.total", 4.0);
        values.set("queueLatency.mean", 10.0);
        let estimates = estimates(&[Some(&values), None], false);
        assert_eq!(estimates.mean("cost.total"), Some(2.0));
        assert_eq!(estimates.mean("queueLatency.mean"), Some(10.0));
        assert_eq!(estimates.get("queueLatency.mean").unwrap().n, 1);
        assert_eq!(estimates.get("makespan"), None);
    }
}
