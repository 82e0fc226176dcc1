//! The tables: where money and waiting went, by environment, type, queue and share.
//!
//! A table without rows is an empty text.

use super::layout::Table;
use super::quantity::{bar, duration, number, percent, usd, usd_beside};
use crate::batch::wait_cause::WaitCause;
use crate::metrics::across::{Estimate, Estimates, Groups, RunSummary};
use crate::metrics::result::RunResult;
use crate::metrics::summary::ReplicationSummary;
use crate::world::record::CostLine;

const BAR: usize = 20;
const TYPES_SHOWN: usize = 10;

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
        CostLine::Checkpoint => "checkpoints",
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

/// The same for shares, and what each cost.
pub(super) fn shares(summary: &RunSummary) -> String {
    let mut table = Table::new(20, &["Shares", "jobs", "USD", "p50", "p90", "p95", "max"]);
    for (name, values) in used(&summary.by.share_identifier) {
        let mut cells = vec![name.clone(), cell(values, "jobs.submitted", count)];
        cells.push(cell(values, "cost.total", usd));
        for metric in ["p50", "p90", "p95", "max"] {
            cells.push(cell(values, &format!("queueLatency.{metric}"), duration));
        }
        table.row(cells, String::new());
    }
    table.render()
}

fn used(groups: &Groups) -> impl Iterator<Item = &(String, Estimates)> {
    groups.0.iter().filter(|group| group.1.mean("jobs.submitted") > Some(0.0))
}

fn cell(values: &Estimates, metric: &str, write: fn(f64) -> String) -> String {
    values.get(metric).and_then(|e: &Estimate| e.mean).map_or("-".to_owned(), write)
}

fn count(value: f64) -> String {
    number(value, 1)
}
