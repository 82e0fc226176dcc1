//! Jobs that pass the first environment of their queue by, for a few MiB.
//!
//! An environment that is too small by design says nothing here: only memory that a type advertises
//! and does not register does, since nobody means that.

use super::{Account, Finding};
use crate::batch::compute_environment::ComputeEnvironmentId;
use crate::experiment::holds::Hold;
use crate::experiment::scenario::path::Path;

pub(super) fn check(account: &Account<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (queue, definition, wanted) in account.submitted() {
        let holds = &account.feasibility.holds[queue.index()];
        let Some(first) = holds.first().map(|hold| hold.environment) else { continue };
        let (in_first, later): (Vec<&Hold>, Vec<&Hold>) =
            holds.iter().partition(|hold| hold.environment == first);
        let Some(taken) = later.iter().find(|hold| hold.can_hold(wanted)) else { continue };
        if in_first.iter().any(|hold| hold.can_hold(wanted)) {
            continue;
        }
        let edge = |hold| Some((hold, account.feasibility.memory_edge(wanted, hold)?));
        // The type that comes closest.
        let nearest = in_first
            .into_iter()
            .filter_map(edge)
            .max_by_key(|(hold, _)| (hold.most.memory_mib, hold.instance_type));
        let Some((hold, edge)) = nearest else { continue };
        let name = |id: ComputeEnvironmentId| &account.model.compute_environments[id.index()].name;
        findings.push(Finding {
            path: Path::default().key("jobQueues").index(queue.index()),
            message: format!(
                "jobs of {} ask for {} MiB; {edge}, so they run in {} and never in {}",
                account.model.job_definitions[definition.index()].name,
                wanted.memory_mib,
                name(taken.environment),
                name(first),
            ),
            change: format!("ask for at most {} MiB", hold.most.memory_mib),
        });
    }
    findings
}
