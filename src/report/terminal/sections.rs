//! The parts of the terminal summary, one function each; an empty text has nothing to say.

use super::layout::{Table, shorten, wrapped};
use super::quantity::{bar, duration, number, percent, usd, usd_beside};
use crate::batch::wait_cause::WaitCause;
use crate::metrics::across::{Estimate, Estimates, Groups, RunSummary};
use crate::metrics::result::RunResult;
use crate::metrics::summary::ReplicationSummary;
use crate::world::record::CostLine;
use std::path::Path;

const BAR: usize = 20;
const TYPES_SHOWN: usize = 10;

/// What ran.
pub(super) fn title(result: &RunResult) -> String {
    let scenario = &result.scenario;
    let mut text = shorten(&scenario.name, super::layout::WIDTH) + "\n";
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
    let per_hour = per_hour.map_or(String::new(), |v| format!("{} a vCPU-h done", usd(v)));
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
        "{} jobs: {} succeeded",
        number(of("jobs.submitted"), 1),
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

/// Where the money went.
pub(super) fn money(summary: &RunSummary) -> String {
    let total = summary.metrics.mean("cost.total").unwrap_or(0.0);
    let mut table = Table::new(36, &["Where the money went", "USD", "share"]);
    for line in CostLine::ALL {
        let cost = summary.metrics.mean(&format!("cost.{}", line.as_str())).unwrap_or(0.0);
        if cost != 0.0 {
            let share = if total > 0.0 { cost / total } else { 0.0 };
            let name = format!("{:<15} {}", line.as_str(), line_meaning(line));
            table.row(vec![name, usd_beside(cost, total), percent(share)], bar(share, BAR));
        }
    }
    table.render()
}

const fn line_meaning(line: CostLine) -> &'static str {
    match line {
        CostLine::Work => "jobs running",
        CostLine::Starting => "pull and start",
        CostLine::Lost => "work redone",
        CostLine::Packing => "unfilled room",
        CostLine::Idle => "no job",
        CostLine::Boot => "not yet registered",
        CostLine::Minimum => "billing minimum",
        CostLine::InFlight => "running at the end",
        CostLine::FreeFirstHour => "credit",
    }
}

/// Where the waiting went, jobs that never ran included.
pub(super) fn waiting(result: &RunResult) -> String {
    let of = |cause: WaitCause| -> f64 {
        let waited = |replication: &ReplicationSummary| {
            let at = |waits: &[u64]| waits.get(cause as usize).copied().unwrap_or(0) as f64;
            at(&replication.wait_ms) + at(&replication.censored.wait_ms)
        };
        result.replications.iter().map(waited).sum()
    };
    let total: f64 = WaitCause::ALL.into_iter().map(of).sum();
    let mut causes: Vec<(WaitCause, f64)> =
        WaitCause::ALL.into_iter().map(|cause| (cause, of(cause))).filter(|c| c.1 > 0.0).collect();
    // Equal times keep the order of the causes, which are all different.
    causes.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    let runs = result.replications.len() as f64;
    let mut table = Table::new(36, &["Where the waiting went", "job-hours", "share"]);
    for (cause, millis) in causes {
        let share = millis / total;
        let hours = number(millis / runs / 3.6e6, 1);
        let name = cause.as_str().to_owned();
        table.row(vec![name, hours, percent(share)], bar(share, BAR));
    }
    table.render()
}

/// What each compute environment did.
pub(super) fn compute_environments(summary: &RunSummary) -> String {
    let columns = ["Compute environments", "USD", "launched", "vCPUs used", "attempts", "lost"];
    let mut table = Table::new(26, &columns);
    for (name, values) in &summary.by.compute_environment.0 {
        table.row(
            vec![
                name.clone(),
                cell(values, "cost.total", usd),
                cell(values, "instances.launched", count),
                cell(values, "utilisation.vcpu", percent),
                cell(values, "attempts.total", count),
                cell(values, "attempts.lost", count),
            ],
            String::new(),
        );
    }
    table.render()
}

/// The instance types that cost most.
pub(super) fn instance_types(summary: &RunSummary) -> String {
    let mut types: Vec<&(String, Estimates)> = summary.by.instance_type.0.iter().collect();
    let cost = |group: &(String, Estimates)| group.1.mean("cost.total").unwrap_or(0.0);
    // Names are unique, so the order is total.
    types.sort_by(|a, b| cost(b).total_cmp(&cost(a)).then_with(|| a.0.cmp(&b.0)));
    let columns = ["Instance types", "USD", "launched", "vCPUs used", "taken back"];
    let mut table = Table::new(26, &columns);
    for (name, values) in types.iter().take(TYPES_SHOWN).copied() {
        table.row(
            vec![
                name.clone(),
                cell(values, "cost.total", usd),
                cell(values, "instances.launched", count),
                cell(values, "utilisation.vcpu", percent),
                cell(values, "interruptions", count),
            ],
            String::new(),
        );
    }
    let rest = types.get(TYPES_SHOWN..).unwrap_or_default();
    if !rest.is_empty() {
        let cost = usd(rest.iter().map(|group| cost(group)).sum());
        table.row(vec![format!("{} more", rest.len()), cost], String::new());
    }
    table.render()
}

/// Who waited how long.
pub(super) fn queues(summary: &RunSummary) -> String {
    let mut table = Table::new(20, &["Queues", "jobs", "p50", "p90", "p95", "p99", "max"]);
    for (name, values) in used(&summary.by.job_queue) {
        let mut cells = vec![name.clone(), cell(values, "jobs.submitted", count)];
        for metric in ["p50", "p90", "p95", "p99", "max"] {
            cells.push(cell(values, &format!("queueLatency.{metric}"), duration));
        }
        table.row(cells, String::new());
    }
    table.render()
}

fn used(groups: &Groups) -> impl Iterator<Item = &(String, Estimates)> {
    groups.0.iter().filter(|group| group.1.mean("jobs.submitted") > Some(0.0))
}

/// What was refused, taken back and lost.
pub(super) fn losses(summary: &RunSummary) -> String {
    let of = |name: &str| summary.metrics.mean(name).unwrap_or(0.0);
    let mut parts = Vec::new();
    for (metric, noun, what) in [
        ("interruptions", "Spot interruption", ""),
        ("attempts.lost", "attempt", " lost with the host"),
        ("refusals.capacity", "instance", " refused for want of capacity"),
        ("refusals.quota", "instance", " refused by a quota"),
    ] {
        if of(metric) > 0.0 {
            parts.push(plural(of(metric), noun) + what);
        }
    }
    if parts.is_empty() { String::new() } else { wrapped("", 2, &parts.join(", ")) }
}

/// What became of the rows of the traces.
pub(super) fn traces(result: &RunResult) -> String {
    let mut text = String::new();
    for trace in &result.provenance.traces {
        let mut line = format!("{}: {} accepted", trace.file, plural(trace.accepted as f64, "row"));
        for (what, reasons) in [("skipped", &trace.skipped), ("rejected", &trace.rejected)] {
            let total: u64 = reasons.iter().map(|reason| reason.1).sum();
            if total > 0 {
                let list: Vec<String> =
                    reasons.iter().map(|(reason, rows)| format!("{reason} {rows}")).collect();
                line += &format!(", {} {what} ({})", number(total as f64, 0), list.join(", "));
            }
        }
        text += &wrapped("", 2, &line);
    }
    text
}

/// What the user should know.
pub(super) fn warnings(result: &RunResult) -> String {
    result.warnings.iter().map(|warning| wrapped("warning: ", 9, warning)).collect()
}

/// On what it rests, and where it is.
pub(super) fn footer(result: &RunResult, place: Option<&Path>) -> String {
    let parameters = &result.provenance.parameters;
    let assumed = parameters.iter().filter(|parameter| parameter.evidence != "D").count();
    let mut text = String::new();
    if assumed > 0 {
        let assumptions = plural(assumed as f64, "assumption");
        let listed = if place.is_some() { ", listed in manifest.json" } else { "" };
        text += &format!("These numbers rest on {assumptions} about AWS{listed}\n");
    }
    if let Some(place) = place {
        // Not shortened: a path is there to be copied.
        let path: String = place
            .display()
            .to_string()
            .chars()
            .map(|c| if c.is_control() { '?' } else { c })
            .collect();
        text += &format!("Results: {path}\n");
    }
    text
}

fn cell(values: &Estimates, metric: &str, write: fn(f64) -> String) -> String {
    values.get(metric).and_then(|e: &Estimate| e.mean).map_or("-".to_owned(), write)
}

fn count(value: f64) -> String {
    number(value, 1)
}

fn plural(count: f64, noun: &str) -> String {
    let end = if count == 1.0 { "" } else { "s" };
    format!("{} {noun}{end}", number(count, 1))
}
