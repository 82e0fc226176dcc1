//! Managed compute environments: what CreateComputeEnvironment says of one.

use crate::batch::allocation::AllocationStrategy;
use crate::ec2::catalog::{TypeId, ZoneId};
use crate::ec2::fleet::PurchaseOption;
use crate::sim::{SimDuration, sampler::LatencyModel};

crate::define_id! {
    /// A compute environment, by position in the scenario.
    pub struct ComputeEnvironmentId = "ce";
}

/// A MANAGED compute environment of type EC2 or SPOT (behaviour 6.1).
#[derive(Clone, Debug)]
pub struct ComputeEnvironment {
    /// `computeEnvironmentName`
    pub name: String,
    /// A DISABLED environment places and requests nothing, but keeps `min_vcpus`.
    pub enabled: bool,
    /// `type: EC2` is On-Demand, `SPOT` is Spot.
    pub purchase: PurchaseOption,
    /// `allocationStrategy`
    pub strategy: &'static dyn AllocationStrategy,
    /// `minvCpus`, kept even when idle or DISABLED.
    pub min_vcpus: u32,
    /// `maxvCpus`
    pub max_vcpus: u32,
    /// `instanceTypes` expanded, each type once, in the order of first mention; never empty.
    pub instance_types: Vec<ListedType>,
    /// The zones of its subnets, ascending.
    pub zones: Vec<ZoneId>,
    /// Whether it names a `placementGroup`: the nodes of one job are in one zone there.
    pub placement_group: bool,
    /// What AWS's shape does not say.
    pub model: ComputeEnvironmentModel,
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
