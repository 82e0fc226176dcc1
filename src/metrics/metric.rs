//! The metrics by name: what a threshold, a summary and a comparison call the same number.
//!
//! Defined once (design section 4); knows no values. Order here is the order of every report.

/// The unit of a metric's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// US dollars.
    Usd,
    /// Seconds of simulated time.
    Seconds,
    /// Per hour of simulated time.
    PerHour,
    /// vCPU-hours per hour.
    VcpuHoursPerHour,
    /// Between 0 and 1.
    Ratio,
    /// A number of things.
    Count,
    /// US dollars per vCPU-hour of succeeded jobs.
    UsdPerVcpuHour,
}

impl Unit {
    /// As in `summary.json`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Usd => "USD",
            Self::Seconds => "s",
            Self::PerHour => "1/h",
            Self::VcpuHoursPerHour => "vCPU-h/h",
            Self::Ratio => "ratio",
            Self::Count => "count",
            Self::UsdPerVcpuHour => "USD/vCPU-h",
        }
    }
}

/// A named number of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Metric {
    /// `queueLatency.p95`
    pub name: &'static str,
    /// Its unit.
    pub unit: Unit,
    /// Whether the metric of a group that does not occur in a replication is 0 there (sums), or
    /// undefined (means, quantiles, ratios).
    pub is_sum: bool,
}

const fn sum(name: &'static str, unit: Unit) -> Metric {
    Metric { name, unit, is_sum: true }
}

const fn other(name: &'static str, unit: Unit) -> Metric {
    Metric { name, unit, is_sum: false }
}

/// Every metric, in report order.
pub static METRICS: &[Metric] = &[
    sum("cost.total", Unit::Usd),
    sum("cost.work", Unit::Usd),
    sum("cost.starting", Unit::Usd),
    sum("cost.lost", Unit::Usd),
    sum("cost.checkpoint", Unit::Usd),
    sum("cost.packing", Unit::Usd),
    sum("cost.idle", Unit::Usd),
    sum("cost.boot", Unit::Usd),
    sum("cost.minimum", Unit::Usd),
    sum("cost.in_flight", Unit::Usd),
    sum("cost.free_first_hour", Unit::Usd),
    other("cost.perVcpuHour", Unit::UsdPerVcpuHour),
    other("queueLatency.mean", Unit::Seconds),
    other("queueLatency.p50", Unit::Seconds),
    other("queueLatency.p90", Unit::Seconds),
    other("queueLatency.p95", Unit::Seconds),
    other("queueLatency.p99", Unit::Seconds),
    other("queueLatency.max", Unit::Seconds),
    other("completion.mean", Unit::Seconds),
    other("completion.p50", Unit::Seconds),
    other("completion.p95", Unit::Seconds),
    other("wait.evaluation.mean", Unit::Seconds),
    other("wait.dependency.mean", Unit::Seconds),
    other("wait.infeasible.mean", Unit::Seconds),
    other("wait.disabled.mean", Unit::Seconds),
    other("wait.provisioning.mean", Unit::Seconds),
    other("wait.cycle.mean", Unit::Seconds),
    other("wait.dispatch.mean", Unit::Seconds),
    other("wait.fair_share.mean", Unit::Seconds),
    other("wait.consumable.mean", Unit::Seconds),
    other("wait.capacity.mean", Unit::Seconds),
    other("wait.quota.mean", Unit::Seconds),
    other("wait.max_vcpus.mean", Unit::Seconds),
    other("wait.image_pull.mean", Unit::Seconds),
    other("wait.start.mean", Unit::Seconds),
    other("wait.failed_start.mean", Unit::Seconds),
    other("throughput.jobsPerHour", Unit::PerHour),
    other("throughput.vcpuHoursPerHour", Unit::VcpuHoursPerHour),
    other("makespan", Unit::Seconds),
    other("utilisation.vcpu", Unit::Ratio),
    other("utilisation.memory", Unit::Ratio),
    sum("jobs.submitted", Unit::Count),
    sum("jobs.succeeded", Unit::Count),
    sum("jobs.failed", Unit::Count),
    sum("jobs.unfinished", Unit::Count),
    sum("attempts.total", Unit::Count),
    sum("attempts.lost", Unit::Count),
    sum("interruptions", Unit::Count),
    sum("refusals.capacity", Unit::Count),
    sum("refusals.quota", Unit::Count),
    sum("instances.launched", Unit::Count),
    other("instances.peak", Unit::Count),
    other("vcpus.peak", Unit::Count),
    other("submitThrottle.mean", Unit::Seconds),
    sum("refusals.submissions", Unit::Count),
    sum("refusals.apiCalls", Unit::Count),
    sum("refusals.VcpuLimitExceeded", Unit::Count),
    sum("refusals.MaxSpotInstanceCountExceeded", Unit::Count),
];

/// The metric of that name.
///
/// ```
/// use batchcast::metrics::metric::{find, Unit};
/// assert_eq!(find("queueLatency.p95").map(|metric| metric.unit), Some(Unit::Seconds));
/// assert_eq!(find("queueLatency.p42"), None);
/// ```
#[must_use]
pub fn find(name: &str) -> Option<&'static Metric> {
    METRICS.iter().find(|metric| metric.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::wait_cause::WaitCause;
    use crate::world::record::CostLine;

    #[test]
    fn every_cost_line_and_every_wait_cause_is_a_metric() {
        for line in CostLine::ALL {
            assert!(find(&format!("cost.{}", line.as_str())).is_some(), "{line:?}");
        }
        for cause in WaitCause::ALL {
            assert!(find(&format!("wait.{}.mean", cause.as_str())).is_some(), "{cause:?}");
        }
    }

    #[test]
    fn no_two_metrics_share_a_name() {
        let mut names: Vec<_> = METRICS.iter().map(|metric| metric.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), METRICS.len());
    }
}
