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
    /// `instanceTypes` expanded, deduplicated, in listed order; never empty.
    pub instance_types: Vec<TypeId>,
    /// The zones of its subnets, ascending.
    pub zones: Vec<ZoneId>,
    /// What AWS's shape does not say.
    pub model: ComputeEnvironmentModel,
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
