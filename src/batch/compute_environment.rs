//! Managed compute environments: what CreateComputeEnvironment says of one.

use crate::batch::allocation::AllocationStrategy;
use crate::ec2::catalog::{TypeId, ZoneId};
use crate::ec2::fleet::PurchaseOption;
use crate::sim::{SimDuration, sampler::LatencyModel};

crate::define_id! {
    /// A compute environment, by position in the scenario.
    pub struct ComputeEnvironmentId = "ce";
}

/// A MANAGED compute environment of EC2 or Fargate (behaviour 6.1).
#[derive(Clone, Debug)]
pub struct ComputeEnvironment {
    /// `computeEnvironmentName`
    pub name: String,
    /// A DISABLED environment places and requests nothing, but keeps `min_vcpus`.
    pub enabled: bool,
    /// `type: EC2` and `FARGATE` are On-Demand, `SPOT` and `FARGATE_SPOT` are Spot.
    pub purchase: PurchaseOption,
    /// Where its capacity comes from.
    pub supplier: Supplier,
    /// `minvCpus`, kept even when idle or DISABLED; 0 on Fargate.
    pub min_vcpus: u32,
    /// `maxvCpus`
    pub max_vcpus: u32,
    /// `instanceTypes` expanded, each type once, in the order of first mention; empty on
    /// Fargate only.
    pub instance_types: Vec<ListedType>,
    /// The zones of its subnets, ascending.
    pub zones: Vec<ZoneId>,
    /// What AWS's shape does not say.
    pub model: ComputeEnvironmentModel,
}

/// Where the capacity of an environment comes from.
#[derive(Clone, Copy, Debug)]
pub enum Supplier {
    /// EC2: instances, chosen by `allocationStrategy`.
    Ec2(&'static dyn AllocationStrategy),
    /// Fargate: a task for each job, while it runs. Nothing is scaled and nothing is idle.
    Fargate,
}

impl ComputeEnvironment {
    /// `allocationStrategy`; Fargate has nothing to choose.
    #[must_use]
    pub const fn strategy(&self) -> Option<&'static dyn AllocationStrategy> {
        match self.supplier {
            Supplier::Ec2(strategy) => Some(strategy),
            Supplier::Fargate => None,
        }
    }

    /// Whether its jobs run on Fargate.
    #[must_use]
    pub const fn is_fargate(&self) -> bool {
        matches!(self.supplier, Supplier::Fargate)
    }

    /// `type` of its `computeResources`.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match (self.is_fargate(), self.purchase) {
            (false, PurchaseOption::OnDemand) => "EC2",
            (false, PurchaseOption::Spot) => "SPOT",
            (true, PurchaseOption::OnDemand) => "FARGATE",
            (true, PurchaseOption::Spot) => "FARGATE_SPOT",
        }
    }
}

/// A type that an entry of `instanceTypes` stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListedType {
    /// The type.
    pub id: TypeId,
    /// The place of its entry, 0 is the first.
    pub rank: u32,
}

impl ListedType {
    /// The type `id`, called `name`, that `entries[index]` stands for. An entry that names the type
    /// itself is its place, and takes it out of families and sets (behaviour 6.2).
    #[must_use]
    pub fn new(id: TypeId, name: &str, index: usize, entries: &[impl AsRef<str>]) -> Self {
        let named = entries.iter().position(|entry| entry.as_ref() == name);
        Self { id, rank: named.unwrap_or(index) as u32 }
    }
}

/// `computeEnvironmentModels` of the scenario: what AWS's shape does not say (ours).
#[derive(Clone, Debug, Default)]
pub struct ComputeEnvironmentModel {
    /// Time of user data before the agent registers; replaces the profile's `userData`.
    pub user_data: Option<SimDuration>,
    /// Boot to registration without GPUs; replaces the profile's `bootCpu`.
    pub boot_cpu: Option<LatencyModel>,
    /// Boot to registration with GPUs; replaces the profile's `bootGpu`.
    pub boot_gpu: Option<LatencyModel>,
    /// Registered memory in MiB where it is known, by type; replaces the overhead formula.
    pub registered_memory: Vec<(TypeId, u32)>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_explicit_type_takes_its_own_place_and_is_removed_from_the_family() {
        let rank = |name, index, entries: &[&str]| {
            ListedType::new(TypeId::new(0), name, index, entries).rank
        };
        assert_eq!(rank("c5.large", 0, &["c5", "m5", "c5.large"]), 2);
        assert_eq!(rank("c5.xlarge", 0, &["c5", "m5", "c5.large"]), 0);
        assert_eq!(rank("c5.large", 1, &["c5.large", "c5"]), 0);
    }
}
