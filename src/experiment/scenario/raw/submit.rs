//! SubmitJob: which definition, which queue, and what is otherwise for this job.
//!
//! Overrides say only what differs from the definition (behaviour 4.1, 10).

use super::choice;
use super::consumable::ConsumableResourceProperties;
use super::definition::{ResourceRequirement, RetryStrategy, Timeout};
use super::node::NodeOverrides;
use super::pod::EksPropertiesOverride;
use super::task::EcsPropertiesOverride;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// SubmitJob.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SubmitJob {
    pub(crate) job_name: String,
    /// A name or an ARN.
    pub(crate) job_queue: String,
    /// A name, `name:revision` or an ARN.
    pub(crate) job_definition: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) array_properties: Option<ArrayProperties>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 20))]
    pub(crate) depends_on: Vec<JobDependency>,
    /// Of a definition with `containerProperties`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) container_overrides: Option<ContainerOverrides>,
    /// Of a definition with `ecsProperties`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) ecs_properties_override: Option<EcsPropertiesOverride>,
    /// Of a definition with `eksProperties`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) eks_properties_override: Option<EksPropertiesOverride>,
    /// Of a definition with `nodeProperties`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) node_overrides: Option<NodeOverrides>,
    /// Instead of the definition's `consumableResourceProperties`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) consumable_resource_properties_override: Option<ConsumableResourceProperties>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) retry_strategy: Option<RetryStrategy>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) timeout: Option<Timeout>,
    /// The share that the job belongs to, in a queue with a scheduling policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) share_identifier: Option<String>,
    /// Instead of the definition's schedulingPriority.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 9_999))]
    pub(crate) scheduling_priority_override: Option<u16>,
    /// Instead of the definition's, one by one.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) parameters: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) propagate_tags: Option<bool>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) tags: BTreeMap<String, String>,
}

/// One entry of `dependsOn` (behaviour 2.1).
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct JobDependency {
    /// The `jobName` of an earlier submission, `name:3` for a child.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) job_id: Option<String>,
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "choice::dependency_type")]
    pub(crate) kind: Option<String>,
}

/// `arrayProperties` of a submission.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ArrayProperties {
    #[schemars(range(min = 2, max = 10_000))]
    pub(crate) size: u32,
}

/// `containerOverrides` of a submission or of a range of nodes.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ContainerOverrides {
    #[serde(default)]
    pub(crate) resource_requirements: Vec<ResourceRequirement>,
    /// Deprecated by AWS; refused where the definition uses `resourceRequirements`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) vcpus: Option<u32>,
    /// MiB. Deprecated by AWS; refused where the definition uses `resourceRequirements`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) memory: Option<u32>,
    /// Of nodes: the type of every instance of the job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) instance_type: Option<String>,
}
