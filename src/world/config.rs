//! Everything a run needs to know, validated; shared by all replications.

use super::profile::Profile;
use crate::batch::api_call::ApiCall;
use crate::batch::checkpoint::Speed;
use crate::batch::consumable::ConsumableResource;
use crate::batch::fargate::{FargateSize, FargateTask};
use crate::batch::staging::SharedFileSystem;
use crate::batch::{
    compute_environment::ComputeEnvironment,
    job_definition::{JobDefinition, JobDefinitionId},
    job_queue::JobQueue,
};
use crate::ec2::{
    catalog::{Catalog, TypeId},
    fargate::TaskResources,
    fleet::PurchaseOption,
    market::SpotMarketConfig,
    money::Price,
    on_demand::OnDemandConfig,
    quota::Quotas,
};
use crate::sim::SimDuration;

/// A validated account: compute environments, queues, definitions, market, quotas, parameters.
#[derive(Clone, Debug)]
pub struct WorldConfig {
    /// The undocumented behaviours, each a named parameter.
    pub profile: Profile,
    /// What can be bought.
    pub catalog: Catalog,
    /// By [`ComputeEnvironmentId`](crate::batch::compute_environment::ComputeEnvironmentId).
    pub compute_environments: Vec<ComputeEnvironment>,
    /// By [`JobQueueId`](crate::batch::job_queue::JobQueueId).
    pub job_queues: Vec<JobQueue>,
    /// In order of time, those of one instant in the order of the scenario.
    pub api_calls: Vec<ApiCall>,
    /// By [`ReasonId`](crate::batch::api_call::ReasonId): what calls give as their reasons.
    pub reasons: Vec<String>,
    /// By [`JobDefinitionId`](crate::batch::job_definition::JobDefinitionId).
    pub job_definitions: Vec<JobDefinition>,
    /// By [`ConsumableId`](crate::batch::consumable::ConsumableId).
    pub consumables: Vec<ConsumableResource>,
    /// By [`SharedFileSystemId`](crate::batch::staging::SharedFileSystemId).
    pub shared_file_systems: Vec<SharedFileSystem>,
    /// By [`TypeId`]: how fast it works; empty when all are as fast as the reference machine.
    pub machine_speeds: Vec<Speed>,
    /// `None`: no market, Spot capacity is unlimited and never taken back (`ideal`).
    pub spot_market: Option<SpotMarketConfig>,
    /// vCPU quotas of the account.
    pub quotas: Quotas,
    /// When EC2 has no On-Demand capacity.
    pub on_demand: OnDemandConfig,
    /// Root volume in GiB per instance; 0 leaves EBS out.
    pub ebs_gib: u32,
    /// Whether public IPv4 addresses are paid for: one each instance, and one each Fargate task
    /// that asks for it.
    pub public_ipv4: bool,
    /// End of the run, if it is not to drain.
    pub horizon: Option<SimDuration>,
}

/// A Fargate task as it is sold.
#[derive(Clone, Copy, Debug)]
pub struct TaskOffer {
    /// What it is.
    pub task: FargateTask,
    /// What records call its size.
    pub instance_type: TypeId,
    /// By [`PurchaseOption`], with all that belongs to it but a public address.
    pub prices: [Price; 2],
}

impl WorldConfig {
    /// What records call a Fargate task of this size: an id behind those of the catalog.
    #[must_use]
    pub fn task_type(&self, size: FargateSize) -> TypeId {
        TypeId::from_index(self.catalog.len() + size.ordinal())
    }

    /// What Fargate sells to the jobs of a definition; `None` when they are for EC2.
    #[must_use]
    pub fn task_offer(&self, definition: JobDefinitionId) -> Option<TaskOffer> {
        let task = self.job_definitions[definition.index()].fargate?;
        let resources = TaskResources {
            quarter_vcpus: task.size.quarter_vcpus(),
            memory_mib: task.size.memory_mib(),
            extra_storage_gib: task.extra_storage_gib,
            architecture: task.architecture,
        };
        let spot_ratio_ppm = (self.profile.fargate_spot_ratio * 1e6).round_ties_even() as u32;
        let price = |purchase| resources.price(purchase, spot_ratio_ppm);
        let prices = PurchaseOption::ALL.map(price);
        Some(TaskOffer { task, instance_type: self.task_type(task.size), prices })
    }

    /// By [`TypeId`]: the names of instance types and, where something runs on Fargate, of the
    /// sizes of its tasks.
    #[must_use]
    pub fn type_names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.catalog.iter().map(|(_, t)| t.name.clone()).collect();
        if self.compute_environments.iter().any(ComputeEnvironment::is_fargate) {
            names.extend(FargateSize::all().map(FargateSize::type_name));
        }
        names
    }

    /// What an instance of a type registers with its cluster (behaviour 7): what the environment
    /// states, else the advertised memory less the overhead of system and agent.
    #[must_use]
    pub fn registered_memory_mib(&self, spec: &ComputeEnvironment, id: TypeId) -> u32 {
        let stated = spec.model.registered_memory.iter().find(|(stated, _)| *stated == id);
        if let Some((_, memory_mib)) = stated {
            return *memory_mib;
        }
        let advertised = self.catalog.get(id).memory_mib;
        let profile = &self.profile;
        let overhead = f64::from(profile.mem_overhead_mib)
            + profile.mem_overhead_ratio * f64::from(advertised);
        let left = (f64::from(advertised) - overhead).floor().max(0.0) as u32;
        left.saturating_sub(profile.mem_agent_mib)
    }
}
