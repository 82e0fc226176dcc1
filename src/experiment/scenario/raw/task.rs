//! `ecsProperties`: the containers of one ECS task, and what a submission says of them instead.
//!
//! The task asks for the sum of its containers (behaviour 4.4).

use super::choice;
use super::definition::{
    EphemeralStorage, NetworkConfiguration, ResourceRequirement, RuntimePlatform,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `ecsProperties` of a job definition or of a range of nodes.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EcsProperties {
    /// Exactly one.
    #[schemars(length(max = 1))]
    pub(crate) task_properties: Vec<TaskProperties>,
}

/// The element of `taskProperties`.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TaskProperties {
    #[schemars(length(max = 10))]
    pub(crate) containers: Vec<TaskContainer>,
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

/// One container of a task.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TaskContainer {
    /// What dependencies and overrides call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    /// Definitions with the same images share their pull on an instance.
    #[serde(default)]
    pub(crate) image: String,
    /// When an essential container stops, all of the task do.
    #[serde(default = "essential")]
    pub(crate) essential: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) depends_on: Vec<ContainerDependency>,
    #[serde(default)]
    pub(crate) resource_requirements: Vec<ResourceRequirement>,
    /// Seconds from SIGTERM to SIGKILL, by default the profile's; at most 120 on Fargate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 2, max = 86_400))]
    pub(crate) stop_timeout: Option<u32>,
}

const fn essential() -> bool {
    true
}

/// One entry of `dependsOn` of a container.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ContainerDependency {
    pub(crate) container_name: String,
    #[schemars(schema_with = "choice::container_condition")]
    pub(crate) condition: String,
}

/// `ecsPropertiesOverride` of a submission.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EcsPropertiesOverride {
    #[serde(default)]
    #[schemars(length(max = 1))]
    pub(crate) task_properties: Vec<TaskPropertiesOverride>,
}

/// The element of `taskProperties` of an override.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TaskPropertiesOverride {
    #[serde(default)]
    pub(crate) containers: Vec<TaskContainerOverrides>,
}

/// What a submission says of one container of a task.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TaskContainerOverrides {
    /// The container's; may be left out where there is only one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    #[serde(default)]
    pub(crate) resource_requirements: Vec<ResourceRequirement>,
}
