//! RegisterJobDefinition, as it is requested and as DescribeJobDefinitions prints it.
//!
//! What a job asks for is said in one of four ways: one container, the containers of a task
//! ([`task`](super::task)), of a pod ([`pod`](super::pod)), or nodes ([`node`](super::node)). That
//! it is exactly one of them is checked later (behaviour 4.1, 4.3).

use super::super::scalar::Amount;
use super::choice;
use super::consumable::ConsumableResourceProperties;
use super::node::NodeProperties;
use super::pod::EksProperties;
use super::task::EcsProperties;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// RegisterJobDefinition.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct JobDefinition {
    pub(crate) job_definition_name: String,
    #[serde(rename = "type", default = "container")]
    #[schemars(schema_with = "choice::definition_type")]
    pub(crate) kind: String,
    /// As DescribeJobDefinitions prints it; by default one more than the last of this name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub(crate) revision: Option<u32>,
    /// As DescribeJobDefinitions prints it; of an INACTIVE revision only its number is read.
    #[serde(default = "active")]
    #[schemars(schema_with = "choice::definition_status")]
    pub(crate) status: String,
    /// Where its jobs can run; EC2 unless said.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "choice::platforms")]
    pub(crate) platform_capabilities: Vec<String>,
    /// Within a share of a queue with a scheduling policy: higher first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 9_999))]
    pub(crate) scheduling_priority: Option<u16>,
    /// One container.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) container_properties: Option<ContainerProperties>,
    /// The containers of one task.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) ecs_properties: Option<EcsProperties>,
    /// The containers of one pod.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) eks_properties: Option<EksProperties>,
    /// Of `type: multinode`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) node_properties: Option<NodeProperties>,
    /// What each of its jobs locks while it is on an instance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) consumable_resource_properties: Option<ConsumableResourceProperties>,
    #[serde(default)]
    pub(crate) retry_strategy: RetryStrategy,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) timeout: Option<Timeout>,
    /// Of `Ref::name` placeholders in commands; of no meaning for scheduling.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) parameters: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) propagate_tags: Option<bool>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) tags: BTreeMap<String, String>,
}

fn container() -> String {
    "container".to_owned()
}

fn active() -> String {
    "ACTIVE".to_owned()
}

/// `containerProperties` of a job definition, `container` of a range of nodes.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ContainerProperties {
    /// Definitions with the same image share its pull on an instance.
    #[serde(default)]
    pub(crate) image: String,
    #[serde(default)]
    pub(crate) resource_requirements: Vec<ResourceRequirement>,
    /// Deprecated by AWS; counts where `resourceRequirements` does not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) vcpus: Option<u32>,
    /// MiB. Deprecated by AWS; counts where `resourceRequirements` does not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) memory: Option<u32>,
    /// Of nodes: the type of every instance of the job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) instance_type: Option<String>,
    /// Of Fargate jobs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) ephemeral_storage: Option<EphemeralStorage>,
    /// Of Fargate jobs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) network_configuration: Option<NetworkConfiguration>,
    /// Of Fargate jobs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) runtime_platform: Option<RuntimePlatform>,
}

/// `ephemeralStorage` of a Fargate task.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
pub(crate) struct EphemeralStorage {
    /// 20 GiB are there unless more is asked for.
    #[serde(rename = "sizeInGiB")]
    #[schemars(range(min = 21, max = 200))]
    pub(crate) size_in_gib: u32,
}

/// `networkConfiguration` of a Fargate task.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NetworkConfiguration {
    /// Whether the task has a public IPv4 address, and pays for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "choice::assign_public_ip")]
    pub(crate) assign_public_ip: Option<String>,
}

/// `runtimePlatform` of a Fargate task.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RuntimePlatform {
    /// By default LINUX, the only one that is modelled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) operating_system_family: Option<String>,
    /// By default X86_64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "choice::cpu_architecture")]
    pub(crate) cpu_architecture: Option<String>,
}

/// One entry of `resourceRequirements`.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ResourceRequirement {
    #[serde(rename = "type")]
    #[schemars(schema_with = "choice::resource_type")]
    pub(crate) kind: String,
    /// vCPUs, MiB or GPUs.
    pub(crate) value: Amount,
}

/// `retryStrategy` (behaviour 1.3).
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RetryStrategy {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 10))]
    pub(crate) attempts: Option<u8>,
    #[serde(default)]
    #[schemars(length(max = 5))]
    pub(crate) evaluate_on_exit: Vec<EvaluateOnExit>,
}

/// One entry of `evaluateOnExit`: present conditions are ANDed.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EvaluateOnExit {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) on_status_reason: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) on_reason: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) on_exit_code: Option<String>,
    /// In any case.
    #[schemars(schema_with = "choice::retry_action")]
    pub(crate) action: String,
}

/// `timeout` of a definition or submission.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Timeout {
    #[schemars(range(min = 60))]
    pub(crate) attempt_duration_seconds: u32,
}
