//! Compute environments: what CreateComputeEnvironment says of one.

use crate::batch::allocation::AllocationStrategy;
use crate::ec2::catalog::{TypeId, ZoneId};
use crate::ec2::fleet::PurchaseOption;
use crate::sim::{SimDuration, SimTime, sampler::LatencyModel};

crate::define_id! {
    /// A compute environment, by position in the scenario.
    pub struct ComputeEnvironmentId = "ce";
}

/// A compute environment of EC2 or Fargate, or an UNMANAGED one (behaviour 6.1, 6.8).
#[derive(Clone, Debug)]
pub struct ComputeEnvironment {
    /// `computeEnvironmentName`
    pub name: String,
    /// Whether Batch scales it (MANAGED), or has what `model.instances` says (UNMANAGED).
    pub managed: bool,
    /// ENABLED and VALID. A DISABLED environment places and requests nothing, but keeps
    /// `min_vcpus`; an INVALID one does not even keep those.
    pub enabled: bool,
    /// `status: INVALID`
    pub invalid: bool,
    /// `type: EC2` and `FARGATE` are On-Demand, `SPOT` and `FARGATE_SPOT` are Spot; what UNMANAGED
    /// instances are billed as.
    pub purchase: PurchaseOption,
    /// Where its capacity comes from.
    pub supplier: Supplier,
    /// `minvCpus`, kept even when idle or DISABLED; 0 on Fargate.
    pub min_vcpus: u32,
    /// `maxvCpus`; of an UNMANAGED environment: the vCPUs of all its instances.
    pub max_vcpus: u32,
    /// `unmanagedvCpus`: what an UNMANAGED environment counts for where shares reserve capacity.
    pub unmanaged_vcpus: Option<u32>,
    /// `scalingPolicy.minScaleDownDelayMinutes`: how long an instance stays after its last job;
    /// zero is no delay. One that has never had a job does not wait (behaviour 6.6).
    pub scale_down_delay: SimDuration,
    /// `instanceTypes` expanded, each type once, in the order of first mention; empty on Fargate,
    /// and never where Batch scales instances.
    pub instance_types: Vec<ListedType>,
    /// The zones of its subnets, ascending.
    pub zones: Vec<ZoneId>,
    /// `bidPercentage`: no instance is launched where the Spot price is not below this percentage
    /// of the On-Demand price; `None` is no such limit (behaviour 6.4).
    pub bid_percentage: Option<u32>,
    /// `updatePolicy`
    pub update_policy: UpdatePolicy,
    /// Whether it names a `placementGroup`: the nodes of one job are in one zone there.
    pub placement_group: bool,
    /// What AWS's shape does not say.
    pub model: ComputeEnvironmentModel,
}

/// Where the capacity of an environment comes from.
#[derive(Clone, Copy, Debug)]
pub enum Supplier {
    /// EC2: instances, chosen by `allocationStrategy`.
    Ec2(&'static AllocationStrategy),
    /// Fargate: a task for each job, while it runs. Nothing is scaled and nothing is idle.
    Fargate,
}

impl ComputeEnvironment {
    /// `allocationStrategy`; Fargate has nothing to choose.
    #[must_use]
    pub const fn strategy(&self) -> Option<&'static AllocationStrategy> {
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

    /// `type` of its `computeResources`, or `UNMANAGED`.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match (self.is_fargate(), self.purchase) {
            _ if !self.managed => "UNMANAGED",
            (false, PurchaseOption::OnDemand) => "EC2",
            (false, PurchaseOption::Spot) => "SPOT",
            (true, PurchaseOption::OnDemand) => "FARGATE",
            (true, PurchaseOption::Spot) => "FARGATE_SPOT",
        }
    }

    /// What instances it launches; Fargate has none.
    #[must_use]
    pub fn infrastructure(&self) -> Option<Infrastructure> {
        Some(Infrastructure {
            purchase: self.purchase,
            strategy: self.strategy()?,
            instance_types: self.instance_types.clone(),
            zones: self.zones.clone(),
            bid_percentage: self.bid_percentage,
            placement_group: self.placement_group,
        })
    }

    /// The same environment with other instances.
    #[must_use]
    pub fn with_infrastructure(self, infrastructure: &Infrastructure) -> Self {
        let infrastructure = infrastructure.clone();
        Self {
            purchase: infrastructure.purchase,
            supplier: Supplier::Ec2(infrastructure.strategy),
            instance_types: infrastructure.instance_types,
            zones: infrastructure.zones,
            bid_percentage: infrastructure.bid_percentage,
            placement_group: infrastructure.placement_group,
            ..self
        }
    }
}

/// `updatePolicy`: what becomes of running jobs when the instances are replaced (behaviour 6.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UpdatePolicy {
    /// `terminateJobsOnUpdate`: they end at once.
    pub terminate_jobs: bool,
    /// `jobExecutionTimeoutMinutes`: otherwise, how long they may go on.
    pub job_execution_timeout: SimDuration,
}

impl Default for UpdatePolicy {
    /// Jobs go on for half an hour.
    fn default() -> Self {
        let job_execution_timeout = SimDuration::from_secs(1_800);
        Self { terminate_jobs: false, job_execution_timeout }
    }
}

/// What instances an environment launches: a change of it replaces those that it has
/// (behaviour 6.7). The fields are those of [`ComputeEnvironment`].
#[derive(Clone, Debug)]
pub struct Infrastructure {
    /// `type`
    pub purchase: PurchaseOption,
    /// `allocationStrategy`
    pub strategy: &'static AllocationStrategy,
    /// `instanceTypes`
    pub instance_types: Vec<ListedType>,
    /// The zones of `subnets`.
    pub zones: Vec<ZoneId>,
    /// `bidPercentage`
    pub bid_percentage: Option<u32>,
    /// Whether it has a `placementGroup`.
    pub placement_group: bool,
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
    /// The instances that the user registers with an UNMANAGED environment.
    pub instances: Vec<RegisteredInstances>,
}

/// Equal instances that come and go together, whatever Batch needs (behaviour 6.8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RegisteredInstances {
    /// Of which type.
    pub instance_type: TypeId,
    /// In which zone.
    pub zone: ZoneId,
    /// How many.
    pub count: u32,
    /// When they register: they take jobs and are billed from then on.
    pub from: SimTime,
    /// When they are terminated; `None` is the end of the run.
    pub until: Option<SimTime>,
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
