//! Doubts about an account that is valid: what AWS would accept and its owner would regret.
//!
//! A check is a pure function of the validated account and its workload, one file each. A finding
//! names its place, what will happen and the smallest change that mends it; it never stops a run.
//! Invariant: a finding is true whatever is drawn, so that none has to be argued with.

mod bid_percentage;
mod definitions;
mod first_environment;
mod max_vcpus;
mod quota;
#[cfg(test)]
mod tests;
mod unused;
mod waiting_strategy;

use super::super::error::Report;
use super::super::path::Path;
use super::feasibility::Feasibility;
use crate::batch::job_definition::{JobDefinitionId, Requirements};
use crate::batch::job_queue::JobQueueId;
use crate::workload::spec::SourceSpec;
use crate::world::config::WorldConfig;

/// What the checks look at.
struct Account<'a> {
    model: &'a WorldConfig,
    workload: &'a [SourceSpec],
    /// Whether it has alternatives: what it does not use, another one may.
    in_study: bool,
    feasibility: Feasibility<'a>,
}

/// One doubt.
struct Finding {
    path: Path,
    /// What will happen.
    message: String,
    /// The smallest change that mends it.
    change: String,
}

type Check = fn(&Account<'_>) -> Vec<Finding>;

/// Every check, in report order.
const CHECKS: &[Check] = &[
    definitions::check,
    first_environment::check,
    max_vcpus::check,
    waiting_strategy::check,
    bid_percentage::check,
    quota::check,
    unused::check,
];

/// Warns of everything that the checks find.
pub(super) fn lint(
    model: &WorldConfig,
    workload: &[SourceSpec],
    in_study: bool,
    report: &mut Report,
) {
    let WorldConfig { job_queues, compute_environments, api_calls, catalog, profile, .. } = model;
    let feasibility =
        Feasibility::new(job_queues, compute_environments, api_calls, catalog, profile);
    let account = Account { model, workload, in_study, feasibility };
    for finding in CHECKS.iter().flat_map(|check| check(&account)) {
        let Finding { path, message, change } = finding;
        report.warn(&path, &format!("{message}; {change}"));
    }
}

impl Account<'_> {
    /// What the calls of the workload submit: each (queue, definition, requirements) once, in
    /// workload order. The rows of traces are not known here, and the tasks of a workflow have each
    /// what was recorded of it: nobody has chosen that for an environment.
    fn submitted(&self) -> Vec<(JobQueueId, JobDefinitionId, Requirements)> {
        let mut submitted = Vec::new();
        for source in self.workload {
            let SourceSpec::Submit(submit) = source else { continue };
            let call = &submit.submission;
            let one = (call.queue, call.definition, call.requirements);
            if !submitted.contains(&one) {
                submitted.push(one);
            }
        }
        submitted
    }
}

/// `a`, `a and b`, `a, b and 3 more`.
fn listed(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [one, two] => format!("{one} and {two}"),
        [one, two, rest @ ..] => format!("{one}, {two} and {} more", rest.len()),
    }
}

/// The place of a key of `computeResources`.
fn resources_path(environment: usize, key: &str) -> Path {
    let list = Path::default().key("computeEnvironments");
    list.index(environment).key("computeResources").key(key)
}
