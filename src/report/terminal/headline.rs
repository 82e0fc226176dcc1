//! What ran, and the numbers one came for.

use super::layout::{WIDTH, shorten, wrapped};
use super::quantity::{duration, number, percent, plural, usd, usd_beside};
use crate::metrics::across::RunSummary;
use crate::metrics::result::RunResult;
use crate::metrics::summary::ReplicationSummary;

/// What ran.
pub(super) fn title(result: &RunResult) -> String {
    let scenario = &result.scenario;
    let mut text = shorten(&scenario.name, WIDTH) + "\n";
    if let Some(question) = &scenario.question {
        text += &wrapped("", 0, question);
    }
    if !result.complete {
        let (done, asked) = (result.replications.len(), scenario.replications);
        text += &format!("INTERRUPTED: {done} of {asked} replications are in these results\n");
    }
    let replications = plural(result.replications.len() as f64, "replication");
    text += &wrapped(
        "  ",
        2,
        &format!(
            "{}, profile {}, catalog {}, seed {}, {replications}",
            scenario.region, scenario.profile, result.provenance.catalog.date, scenario.seed
        ),
    );
    text += &wrapped("  ", 2, &format!("from {}; {}", scenario.start, ends(&result.replications)));
    text
}

/// `drained after 13h 04m`, or how many replications ended how.
fn ends(replications: &[ReplicationSummary]) -> String {
    let mut parts = Vec::new();
    for reason in ["drained", "horizon", "backstop"] {
        let times: Vec<f64> = replications
            .iter()
            .filter(|replication| replication.end.stop_reason == reason)
            .map(|replication| replication.end.time_ms as f64 / 1_000.0)
            .collect();
        if times.is_empty() {
            continue;
        }
        let mean = duration(times.iter().sum::<f64>() / times.len() as f64);
        let how = match reason {
            "drained" => format!("drained after {mean}"),
            "horizon" => format!("stopped at the horizon after {mean}"),
            _ => format!("stopped after {mean}, a year beyond the last arrival"),
        };
        let all = times.len() == replications.len();
        parts.push(if all { how } else { format!("{how} ({})", times.len()) });
    }
    parts.join(", ")
}

/// The numbers one came for.
pub(super) fn headline(result: &RunResult, summary: &RunSummary) -> String {
    let metrics = &summary.metrics;
    let mut lines = String::new();
    let mut line = |name: &str, metric: &str, write: &dyn Fn(f64) -> String, note: String| {
        let Some(estimate) = metrics.get(metric) else { return };
        let value = estimate.mean.map_or("-".to_owned(), write);
        let width = estimate.half_width.map_or(String::new(), |half| format!("+- {}", write(half)));
        let text = match result.replications.len() {
            1 => format!("  {name:<20}{value:>14}    {note}"),
            _ => format!("  {name:<20}{value:>14}  {width:<16}  {note}"),
        };
        lines += text.trim_end();
        lines.push('\n');
    };
    let total = metrics.mean("cost.total").unwrap_or(0.0);
    let dollars = |value: f64| usd_beside(value, total) + " USD";
    let rate = |value: f64| number(value, 1) + " /h";
    let per_hour = metrics.mean("cost.perVcpuHour");
    let per_hour = per_hour.map_or(String::new(), |v| format!("{} USD/vCPU-h", usd(v)));
    line("Cost", "cost.total", &dollars, per_hour);
    line("Makespan", "makespan", &duration, String::new());
    line("Queue latency p50", "queueLatency.p50", &duration, String::new());
    line("              p95", "queueLatency.p95", &duration, never_ran(summary));
    let vcpu_hours = metrics.mean("throughput.vcpuHoursPerHour");
    let vcpu_hours = vcpu_hours.map_or(String::new(), |v| number(v, 1) + " vCPU-h /h");
    line("Jobs done", "throughput.jobsPerHour", &rate, vcpu_hours);
    line("vCPUs used", "utilisation.vcpu", &percent, String::new());
    lines += &jobs(summary);
    lines
}

fn never_ran(summary: &RunSummary) -> String {
    let censored = &summary.censored;
    let jobs = censored.unfinished.mean.unwrap_or(0.0) + censored.failed.mean.unwrap_or(0.0);
    String::from(if jobs > 0.0 { "never-run jobs left out" } else { "" })
}

fn jobs(summary: &RunSummary) -> String {
    let of = |name: &str| summary.metrics.mean(name).unwrap_or(0.0);
    let mut text = format!(
        "{}: {} succeeded",
        plural(of("jobs.submitted"), "job"),
        number(of("jobs.succeeded"), 1)
    );
    for (metric, word) in [("jobs.failed", "failed"), ("jobs.unfinished", "unfinished")] {
        if of(metric) > 0.0 {
            text += &format!(", {} {word}", number(of(metric), 1));
        }
    }
    if let Some(wait) = summary.censored.mean_wait.mean {
        let censored = &summary.censored;
        let never = censored.unfinished.mean.unwrap_or(0.0) + censored.failed.mean.unwrap_or(0.0);
        text += &format!(
            "; {} never ran and had waited {} on average",
            number(never, 1),
            duration(wait)
        );
    }
    if summary.warm_up_jobs.mean > Some(0.0) {
        let jobs = number(summary.warm_up_jobs.mean.unwrap_or(0.0), 1);
        text += &format!("; {jobs} more in the warm-up");
    }
    wrapped("  ", 2, &text)
}
