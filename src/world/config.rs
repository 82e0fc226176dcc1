//! Everything a run needs to know, validated; shared by all replications.

use super::profile::Profile;
use crate::batch::api_call::ApiCall;
use crate::batch::consumable::ConsumableResource;
use crate::batch::{
    compute_environment::ComputeEnvironment, job_definition::JobDefinition, job_queue::JobQueue,
};
use crate::ec2::{
    catalog::{Catalog, TypeId},
    market::SpotMarketConfig,
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
    /// `None`: no market, Spot capacity is unlimited and never taken back (`ideal`).
    pub spot_market: Option<SpotMarketConfig>,
    /// vCPU quotas of the account.
    pub quotas: Quotas,
    /// Scripted On-Demand refusals: vCPUs that one pool (type x zone) holds at most.
    pub on_demand_pool_vcpus: Option<u32>,
    /// Root volume in GiB per instance; 0 leaves EBS out.
    pub ebs_gib: u32,
    /// Whether each instance pays for a public IPv4 address.
    pub public_ipv4: bool,
    /// End of the run, if it is not to drain.
    pub horizon: Option<SimDuration>,
}

impl WorldConfig {
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
