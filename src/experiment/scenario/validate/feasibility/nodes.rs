//! Multi-node parallel jobs that no environment of their queue can ever carry (behaviour 3).
//!
//! All nodes are on instances of one type of one On-Demand environment, one each, and whole
//! instances count against `maxvCpus`, which they never exceed.

use super::Feasibility;
use crate::batch::compute_environment::ComputeEnvironment;
use crate::batch::job_definition::{NodeProperties, Requirements};
use crate::ec2::catalog::TypeId;
use crate::ec2::fleet::PurchaseOption;
use crate::experiment::holds::{Hold, fits};
use crate::experiment::scenario::error::Complaint;
use crate::workload::spec::NodeCorner;

impl Feasibility<'_> {
    /// Why a queue can never carry all nodes of a job at once; nothing when it can.
    pub(in super::super) fn complaint_about_nodes(
        &self,
        queue: usize,
        nodes: &NodeProperties,
        definition: &str,
    ) -> Option<Complaint> {
        let complaint = |rest: String| {
            Complaint::new(format!("{definition} is of {} nodes; {rest}", nodes.num_nodes))
        };
        let holds = self.holds_of_nodes(queue);
        let environments = &self.queues[queue].compute_environments;
        let on_demand = environments.iter().filter(|id| self.takes_nodes(id.index()));
        if on_demand.count() == 0 {
            let rest = "no compute environment of its queue is of type EC2".to_owned();
            let hint = "AWS runs multi-node parallel jobs On-Demand on EC2 only: add a \
                MANAGED environment of type EC2 to the queue";
            return Some(complaint(rest).hint(hint));
        }
        let types = nodes.instance_type.as_deref().map(|name| self.catalog.expand(name));
        let types: Option<Vec<TypeId>> = types.map(Result::unwrap_or_default);
        let meant = |hold: &&Hold| types.as_ref().is_none_or(|t| t.contains(&hold.instance_type));
        let meant: Vec<Hold> = holds.iter().filter(meant).copied().collect();
        if let (Some(name), true) = (&nodes.instance_type, meant.is_empty()) {
            let rest = format!("no environment of its queue that takes it launches {name}");
            let hint = format!("add {name} to instanceTypes of one of type EC2, or name another");
            return Some(complaint(rest).hint(hint));
        }
        let largest = largest_of(&nodes.groups);
        if let Some(why) = self.complaint_about(&meant, environments, largest, definition) {
            return Some(why);
        }
        let holding = meant.iter().filter(|hold| hold.can_hold(largest));
        let all = |hold: &Hold| {
            let vcpus = self.catalog.get(hold.instance_type).vcpus;
            (vcpus.saturating_mul(nodes.num_nodes), hold.environment)
        };
        let most = |hold: &Hold| self.environments[hold.environment.index()].max_vcpus;
        let short = |hold: &Hold| all(hold).0.saturating_sub(most(hold));
        let nearest = holding.min_by_key(|hold| (short(hold), all(hold)))?;
        if short(nearest) > 0 {
            let (vcpus, environment) =
                (all(nearest).0, &self.environments[nearest.environment.index()]);
            let (name, has) = (&environment.name, environment.max_vcpus);
            let rest =
                format!("an instance for each makes {vcpus} vCPUs, {name} has at most {has}");
            let hint = format!("raise maxvCpus of {name} to {vcpus}, or ask for fewer nodes");
            return Some(complaint(rest).hint(hint));
        }
        let limit = self.profile.max_instances_per_ce.filter(|most| nodes.num_nodes > *most)?;
        let rest = format!("a compute environment has at most {limit} instances");
        Some(complaint(rest).hint("ask for fewer nodes, or raise maxInstancesPerCe of the profile"))
    }

    /// By queue: what nodes of one job can run on, largest first.
    pub(in super::super) fn node_corners(&self) -> Vec<Vec<NodeCorner>> {
        let limit = self.profile.max_instances_per_ce.unwrap_or(u32::MAX);
        let of_hold = |hold: &Hold| {
            let vcpus = self.catalog.get(hold.instance_type).vcpus;
            let most = self.environments[hold.environment.index()].max_vcpus / vcpus;
            NodeCorner { size: hold.most, nodes: most.min(limit) }
        };
        let of_queue = |queue: usize| {
            let mut corners: Vec<_> = self.holds_of_nodes(queue).iter().map(of_hold).collect();
            corners.retain(|corner| corner.nodes > 1);
            corners.sort_unstable();
            corners.dedup();
            let all = corners.clone();
            let within = |one: &NodeCorner, other: &NodeCorner| {
                one != other && one.nodes <= other.nodes && fits(one.size, other.size)
            };
            corners.retain(|one| !all.iter().any(|other| within(one, other)));
            corners.reverse();
            corners
        };
        (0..self.queues.len()).map(of_queue).collect()
    }

    /// What the environments of a queue hold that take jobs of several nodes.
    fn holds_of_nodes(&self, queue: usize) -> Vec<Hold> {
        let takes = |hold: &&Hold| self.takes_nodes(hold.environment.index());
        self.holds[queue].iter().filter(takes).copied().collect()
    }

    fn takes_nodes(&self, environment: usize) -> bool {
        let environment: &ComputeEnvironment = &self.environments[environment];
        let on_demand = environment.purchase == PurchaseOption::OnDemand;
        environment.managed && on_demand && !environment.is_fargate()
    }
}

/// The most that a node asks for, in each dimension.
fn largest_of(nodes: &[Requirements]) -> Requirements {
    nodes.iter().fold(Requirements::default(), |most, node| Requirements {
        vcpus: most.vcpus.max(node.vcpus),
        memory_mib: most.memory_mib.max(node.memory_mib),
        gpus: most.gpus.max(node.gpus),
    })
}
