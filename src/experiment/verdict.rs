//! Thresholds held against what was measured: the mean over replications decides.
//!
//! A latency, a completion or a makespan is that of the jobs that got so far. Where others did not,
//! nothing is known of how long all take but that it is longer: no upper bound is kept.

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
    /// Jobs a replication that an upper bound is about and that `measured` leaves out, because they
    /// are unfinished; 0 where the value alone decides.
    pub unfinished: f64,
}

/// The thresholds that `summary` breaks, in their order. A metric that is not defined keeps no
/// threshold: nothing ran that could have been measured.
#[must_use]
pub fn broken(thresholds: &[Threshold], summary: &RunSummary) -> Vec<Broken> {
    let verdict = |threshold: &Threshold| {
        let Threshold { metric, op, value, text } = threshold;
        let estimate = summary.metrics.get(metric);
        let measured = estimate.and_then(|estimate| estimate.mean);
        let unfinished = if op.is_upper_bound() { left_out(metric, summary) } else { 0.0 };
        let kept = measured.is_some_and(|measured| ThresholdOp::holds(*op, measured, *value));
        (!kept || unfinished > 0.0).then(|| Broken {
            threshold: text.clone(),
            metric: metric.clone(),
            measured,
            unit: estimate.map_or("", |estimate| estimate.unit),
            unfinished,
        })
    };
    thresholds.iter().filter_map(verdict).collect()
}

/// The mean number of unfinished jobs whose time is not in `metric`: a job that has been RUNNING
/// has its queue latency, but neither its completion nor the makespan. Metrics of all jobs leave
/// out none.
fn left_out(metric: &str, summary: &RunSummary) -> f64 {
    let family = metric.split('.').next().unwrap_or_default();
    let mean = match family {
        "queueLatency" | "wait" => summary.censored.unfinished.mean,
        "completion" | "makespan" => summary.metrics.mean("jobs.unfinished"),
        _ => None,
    };
    mean.unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::across::summarise;
    use crate::metrics::recorder::Recorder;
    use crate::metrics::summary::ReplicationSummary;
    use crate::metrics::test_records::{a_queue_over, an_end, names};
    use crate::sim::SimDuration;
    use crate::world::observer::Observer;

    const TIMES: [&str; 4] = ["queueLatency.p50", "wait.quota.mean", "completion.p95", "makespan"];

    /// A replication in which every time is a second, so many jobs never ran, and so many more ran
    /// and have not ended.
    fn replication(never: u32, running: u32) -> ReplicationSummary {
        let queues = [a_queue_over(&[0, 1]), a_queue_over(&[1])];
        let mut recorder = Recorder::new(&names(), &queues, 0, SimDuration::ZERO);
        recorder.end(&an_end(0));
        let mut summary = recorder.into_summary(&names());
        TIMES.iter().for_each(|metric| summary.metrics.set(metric, 1.0));
        summary.censored.unfinished = u64::from(never);
        summary.metrics.set("jobs.unfinished", f64::from(never + running));
        summary
    }

    fn at_most(metric: &str, value: f64) -> Threshold {
        let text = format!("{metric} <= {value}");
        Threshold { metric: metric.to_owned(), op: ThresholdOp::AtMost, value, text }
    }

    /// What is broken of bounds that are as wide as can be, by metric, with the jobs left out.
    fn broken_of(replications: &[ReplicationSummary], metrics: &[&str]) -> Vec<(String, f64)> {
        let bounds: Vec<Threshold> = metrics.iter().map(|metric| at_most(metric, 1e12)).collect();
        let broken = broken(&bounds, &summarise(replications));
        broken.into_iter().map(|broken| (broken.metric, broken.unfinished)).collect()
    }

    #[test]
    fn what_was_not_measured_keeps_no_threshold() {
        let broken = broken(&[at_most("queueLatency.p95", 900.0)], &summarise(&[]));
        assert_eq!((broken.len(), broken[0].measured), (1, None));
        assert_eq!(broken[0].unit, "s");
    }

    #[test]
    fn an_upper_bound_on_time_is_broken_by_jobs_that_are_unfinished() {
        // The means over two replications, one of which has nothing to hide.
        let replications = [replication(0, 0), replication(4, 1)];
        let left_out = [2.0, 2.0, 2.5, 2.5];
        let expected = TIMES.map(str::to_owned).into_iter().zip(left_out).collect::<Vec<_>>();
        assert_eq!(broken_of(&replications, &TIMES), expected);
        assert_eq!(broken_of(&replications, &["cost.total", "jobs.unfinished"]), []);
        assert_eq!(broken_of(&replications[..1], &TIMES), [], "every job has ended");
    }

    #[test]
    fn a_job_that_runs_has_its_queue_latency_but_no_completion() {
        let broken = broken_of(&[replication(0, 3)], &TIMES);
        assert_eq!(broken, [("completion.p95".to_owned(), 3.0), ("makespan".to_owned(), 3.0)]);
    }

    #[test]
    fn a_lower_bound_is_kept_by_what_was_measured() {
        let bound = Threshold { op: ThresholdOp::AtLeast, ..at_most("makespan", 1.0) };
        assert_eq!(broken(&[bound], &summarise(&[replication(4, 1)])), []);
    }
}
