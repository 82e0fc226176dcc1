//! Definitions that nothing submits yet, and that no queue could ever hold.
//!
//! What is submitted and fits nowhere is an error where it is submitted.

use super::{Account, Finding};
use crate::batch::compute_environment::ComputeEnvironmentId;
use crate::batch::job_definition::JobDefinitionId;
use crate::experiment::scenario::path::Path;
use crate::workload::spec::SourceSpec;

pub(super) fn check(account: &Account<'_>) -> Vec<Finding> {
    // Rows of a trace and tasks of a workflow bring requirements of their own.
    let used = |id: JobDefinitionId| {
        account.workload.iter().any(|source| match source {
            SourceSpec::Submit(submit) => submit.submission.definition == id,
            SourceSpec::Trace(trace) => trace.definition == id,
            SourceSpec::Workflow(workflow) => workflow.definition == id,
        })
    };
    let everywhere = account.feasibility.holds.concat();
    let environments: Vec<ComputeEnvironmentId> =
        account.model.job_queues.iter().flat_map(|q| q.compute_environments.clone()).collect();
    let definitions = account.model.job_definitions.iter().enumerate();
    // What runs on Fargate or on several nodes is not held by one instance.
    let unused = definitions
        .filter(|(index, _)| !used(JobDefinitionId::from_index(*index)))
        .filter(|(_, definition)| definition.fargate.is_none() && definition.nodes.is_none());
    unused
        .filter_map(|(_, definition)| {
            let name = &definition.name;
            let wanted = definition.requirements;
            let complaint =
                account.feasibility.complaint_about(&everywhere, &environments, wanted, name)?;
            Some(Finding {
                path: Path::default().key("jobDefinitions"),
                message: complaint.message,
                change: complaint.hint.unwrap_or_default(),
            })
        })
        .collect()
}
