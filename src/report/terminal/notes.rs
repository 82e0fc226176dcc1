//! What went wrong, what was left out, what it all rests on.
//!
//! An empty text has nothing to say.

use super::layout::wrapped;
use super::quantity::{number, plural};
use crate::metrics::across::RunSummary;
use crate::metrics::result::RunResult;
use crate::workload::spec::WorkflowFormat;
use std::path::Path;

/// What was refused, taken back and lost.
pub(super) fn losses(summary: &RunSummary) -> String {
    let of = |name: &str| summary.metrics.mean(name).unwrap_or(0.0);
    let mut parts = Vec::new();
    for (metric, noun, what) in [
        ("interruptions", "Spot interruption", ""),
        ("attempts.lost", "attempt", " lost with the host"),
        (
            "refusals.capacity",
            "instance",
            " refused for want of capacity (InsufficientInstanceCapacity)",
        ),
        ("refusals.VcpuLimitExceeded", "instance", " refused by a quota (VcpuLimitExceeded)"),
        (
            "refusals.MaxSpotInstanceCountExceeded",
            "instance",
            " refused by a quota (MaxSpotInstanceCountExceeded)",
        ),
        (
            "refusals.submissions",
            "job",
            " refused (DISABLED queue, one share too many, or dependent on a refused one)",
        ),
        ("refusals.apiCalls", "API call", " refused"),
    ] {
        if of(metric) > 0.0 {
            parts.push(plural(of(metric), noun) + what);
        }
    }
    if parts.is_empty() { String::new() } else { wrapped("", 2, &parts.join(", ")) }
}

/// What became of the rows of the traces and the tasks of the workflows.
pub(super) fn traces(result: &RunResult) -> String {
    let mut text = String::new();
    for trace in &result.provenance.traces {
        let is_workflow = WorkflowFormat::ALL.iter().any(|format| format.name() == trace.format);
        let noun = if is_workflow { "task" } else { "row" };
        let mut line = format!("{}: {} accepted", trace.file, plural(trace.accepted as f64, noun));
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
    if result.scenario.profile == "ideal" {
        text += "Profile ideal leaves out latencies, limits and the market: theory, no forecast\n";
    } else if assumed > 0 {
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
