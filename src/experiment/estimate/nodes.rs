//! How many instances a job takes at once, and what it asks of them.

use super::cost::Kind;
use crate::batch::job_definition::Requirements;
use crate::batch::job_queue::JobQueueId;
use crate::ec2::fleet::PurchaseOption;
use crate::experiment::holds::Hold;
use crate::workload::submission::JobSubmission;
use crate::world::config::WorldConfig;

/// The nodes of a job; one that is not of several is one node.
pub(super) struct Nodes {
    /// How many.
    pub(super) count: u32,
    /// The vCPUs of all.
    pub(super) vcpus: u64,
    /// What each asks for at least, in each dimension.
    pub(super) least: Requirements,
    /// What every instance must hold.
    pub(super) most: Requirements,
    /// Whether the job is multi-node parallel.
    is_multi_node: bool,
}

impl Nodes {
    pub(super) fn of(submission: &JobSubmission, model: &WorldConfig) -> Self {
        let each = submission.requirements;
        let definition = &model.job_definitions[submission.definition.index()];
        let Some(nodes) = definition.nodes.as_ref().filter(|_| submission.nodes == 0) else {
            let count = submission.nodes.max(1);
            let vcpus = u64::from(each.vcpus) * u64::from(count);
            return Self { count, vcpus, least: each, most: each, is_multi_node: count > 1 };
        };
        let fold = |pick: fn(u32, u32) -> u32| {
            nodes.groups.iter().fold(each, |all, node| Requirements {
                vcpus: pick(all.vcpus, node.vcpus),
                memory_mib: pick(all.memory_mib, node.memory_mib),
                gpus: pick(all.gpus, node.gpus),
            })
        };
        Self {
            count: nodes.num_nodes,
            vcpus: nodes.groups.iter().map(|node| u64::from(node.vcpus)).sum(),
            least: fold(u32::min),
            most: fold(u32::max),
            is_multi_node: true,
        }
    }

    /// Those of a queue that cost the same.
    pub(super) const fn kind(&self, queue: JobQueueId) -> Kind {
        Kind { queue, wanted: self.least, is_multi_node: self.is_multi_node }
    }

    /// Whether nodes can run on what a type of an environment holds.
    pub(super) fn can_run_on(&self, hold: &Hold, model: &WorldConfig) -> bool {
        let environment = &model.compute_environments[hold.environment.index()];
        let taken = !self.is_multi_node || environment.purchase == PurchaseOption::OnDemand;
        taken && environment.enabled && hold.can_hold(self.most)
    }

    /// How many of them hold an instance for as long as the main one runs: one that fails gives
    /// it back.
    pub(super) fn that_last(&self, submission: &JobSubmission, model: &WorldConfig) -> u32 {
        let definition = &model.job_definitions[submission.definition.index()];
        if definition.model.failure.probability > 0.0 { 1 } else { self.count }
    }
}
