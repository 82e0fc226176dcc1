//! What nothing in the scenario leads to: environments without a queue, queues without jobs.
//!
//! One finding for all of a kind, as whole accounts are pasted in. Silent in a study: what one
//! alternative leaves out is there for another.

use super::{Account, Finding, listed};
use crate::batch::compute_environment::ComputeEnvironmentId;
use crate::batch::job_queue::JobQueueId;
use crate::experiment::scenario::path::Path;
use crate::workload::spec::{SourceSpec, TraceFormat};

pub(super) fn check(account: &Account<'_>) -> Vec<Finding> {
    if account.in_study {
        return Vec::new();
    }
    [environments(account), queues(account)].into_iter().flatten().collect()
}

fn environments(account: &Account<'_>) -> Option<Finding> {
    let model = account.model;
    let used = |index: usize| {
        let id = ComputeEnvironmentId::from_index(index);
        model.job_queues.iter().any(|queue| queue.compute_environments.contains(&id))
    };
    let all = model.compute_environments.iter().enumerate();
    let unused: Vec<_> = all.filter(|(index, _)| !used(*index)).map(|(_, ce)| ce).collect();
    if unused.is_empty() {
        return None;
    }
    let names: Vec<&str> = unused.iter().map(|environment| environment.name.as_str()).collect();
    let kept: Vec<&str> =
        unused.iter().filter(|ce| ce.min_vcpus > 0).map(|ce| ce.name.as_str()).collect();
    let cost = match kept.is_empty() {
        true => String::new(),
        false => format!(", and minvCpus of {} is paid for", listed(&kept)),
    };
    Some(Finding {
        path: Path::default().key("computeEnvironments"),
        message: format!("no queue leads to {}{cost}", listed(&names)),
        change: "add it to a computeEnvironmentOrder, or leave it out".to_owned(),
    })
}

fn queues(account: &Account<'_>) -> Option<Finding> {
    // The rows of a table may name any queue.
    let is_table = |source: &SourceSpec| match source {
        SourceSpec::Submit(_) | SourceSpec::Workflow(_) => false,
        SourceSpec::Trace(trace) => trace.format == TraceFormat::Csv,
    };
    if account.workload.iter().any(is_table) {
        return None;
    }
    let used = |index: usize| {
        let id = JobQueueId::from_index(index);
        account.workload.iter().any(|source| match source {
            SourceSpec::Submit(submit) => submit.submission.queue == id,
            SourceSpec::Trace(trace) => trace.queue == id,
            SourceSpec::Workflow(workflow) => workflow.queue == id,
        })
    };
    let all = account.model.job_queues.iter().enumerate();
    let unused: Vec<&str> =
        all.filter(|(index, _)| !used(*index)).map(|(_, queue)| queue.name.as_str()).collect();
    (!unused.is_empty()).then(|| Finding {
        path: Path::default().key("jobQueues"),
        message: format!("no workload entry submits to {}", listed(&unused)),
        change: "name it as a jobQueue, or leave it out".to_owned(),
    })
}
