//! Multi-node parallel jobs: what each needs, and the instances that are kept for it (behaviour 3).
//!
//! A row lives beside its job's, from submission to end. Invariant: an instance is in `held` of the
//! job that it is reserved for, and of no other.

use crate::batch::compute_environment::ComputeEnvironmentId;
use crate::batch::demand::DemandGroup;
use crate::batch::job_definition::{NodeProperties, Requirements};
use crate::batch::wait_cause::WaitCause;
use crate::ec2::catalog::{TypeId, ZoneId};
use crate::sim::SimTime;
use crate::world::event::Stamped;

/// A job of several nodes, each with an instance to itself.
#[derive(Clone, Debug)]
pub(in crate::world) struct Gang {
    /// Nodes of the job.
    pub(in crate::world) nodes: u32,
    /// The node that the job ends with.
    pub(in crate::world) main: u32,
    /// What every instance must hold: the most that a node asks for, in each dimension.
    pub(in crate::world) need: Requirements,
    /// What each node asks for: one entry for all, or one by node.
    needs: Box<[Requirements]>,
    /// The types that it may run on; `None` is any.
    types: Option<Box<[TypeId]>>,
    /// While capacity is planned for it.
    pub(in crate::world) plan: Option<GangPlan>,
    /// Whom its environment had promised capacity to when the plan was made: they are evaluated
    /// before it, once.
    pub(in crate::world) ahead: Vec<DemandGroup>,
    /// Slots of the instances that are kept for it, booting or registered; while it runs, by node.
    pub(in crate::world) held: Vec<u32>,
    /// Those of them that have registered.
    pub(in crate::world) registered: u32,
    /// The environment and its room version at which its idle instances were looked at last.
    pub(in crate::world) looked: Option<(ComputeEnvironmentId, u32)>,
    /// Attempts of the nodes other than the main one, as long as they last.
    pub(in crate::world) others: Vec<u32>,
}

/// Capacity that is planned for a job of several nodes.
#[derive(Clone, Copy, Debug)]
pub(in crate::world) struct GangPlan {
    pub(in crate::world) environment: ComputeEnvironmentId,
    /// The environment's rank in the job's queue.
    pub(in crate::world) rank: u8,
    /// Since when; while it is denied, since when it was before.
    pub(in crate::world) since: SimTime,
    /// Why the capacity can not be had at present.
    pub(in crate::world) denied: Option<WaitCause>,
    /// The type of all its instances, once there is one, and their zone where they share one.
    pub(in crate::world) chosen: Option<(TypeId, Option<ZoneId>)>,
    /// The request that EC2 has not answered, and for how many instances it is.
    pub(in crate::world) order: Option<Stamped>,
    pub(in crate::world) asked: u32,
}

impl Gang {
    /// As a definition has it. `types` is what its instance type stands for.
    pub(in crate::world) fn new(nodes: &NodeProperties, types: Option<Box<[TypeId]>>) -> Self {
        let need = nodes.groups.iter().fold(Requirements::default(), |most, node| Requirements {
            vcpus: most.vcpus.max(node.vcpus),
            memory_mib: most.memory_mib.max(node.memory_mib),
            gpus: most.gpus.max(node.gpus),
        });
        let needs = nodes.groups.clone().into_boxed_slice();
        Self { main: nodes.main_node, needs, types, ..Self::of_equals(nodes.num_nodes, need) }
    }

    /// So many equal nodes, the first of which is the main one, on instances of any type.
    pub(in crate::world) fn of_equals(nodes: u32, need: Requirements) -> Self {
        Self {
            nodes,
            main: 0,
            need,
            needs: Box::new([need]),
            types: None,
            plan: None,
            ahead: Vec::new(),
            held: Vec::new(),
            registered: 0,
            looked: None,
            others: Vec::new(),
        }
    }

    /// What a node asks of its instance.
    pub(in crate::world) fn need_of(&self, node: u32) -> Requirements {
        let at = (node as usize).min(self.needs.len() - 1);
        self.needs[at]
    }

    /// The vCPUs of all nodes.
    pub(in crate::world) fn vcpus(&self) -> u32 {
        (0..self.nodes).map(|node| self.need_of(node).vcpus).fold(0, u32::saturating_add)
    }

    /// Whether an instance of this type and size could carry any of its nodes.
    pub(in crate::world) fn fits_on(&self, instance_type: TypeId, size: Requirements) -> bool {
        let allowed = self.types.as_ref().is_none_or(|types| types.contains(&instance_type));
        allowed && size.holds(self.need)
    }

    /// Whether every node has a registered instance.
    pub(in crate::world) const fn is_complete(&self) -> bool {
        self.registered == self.nodes
    }

    /// Instances that are neither kept for it nor asked for.
    pub(in crate::world) fn missing(&self) -> u32 {
        let asked = self.plan.map_or(0, |plan| plan.asked);
        self.nodes - self.held.len() as u32 - asked
    }

    /// Since when capacity is planned for it, if it is and nothing stands against it.
    pub(in crate::world) fn planned_since(&self) -> Option<SimTime> {
        self.plan.filter(|plan| plan.denied.is_none()).map(|plan| plan.since)
    }
}
