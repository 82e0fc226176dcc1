//! `eksProperties`: the containers of one Kubernetes pod, and what a submission says of them
//! instead.
//!
//! Requests count, and limits where nothing is requested (behaviour 4.1).

use super::super::scalar::{Amount, PodMemory, Whole};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `eksProperties` of a job definition or of a range of nodes.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EksProperties {
    pub(crate) pod_properties: PodProperties,
}

/// `podProperties`.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PodProperties {
    /// These run at the same time.
    #[schemars(length(max = 10))]
    pub(crate) containers: Vec<PodContainer>,
    /// These run before, one after another.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 10))]
    pub(crate) init_containers: Vec<PodContainer>,
}

/// One container of a pod.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PodContainer {
    /// What overrides call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    /// Definitions with the same images share their pull on an instance.
    #[serde(default)]
    pub(crate) image: String,
    #[serde(default)]
    pub(crate) resources: PodResources,
}

/// `resources` of a container of a pod.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PodResources {
    #[serde(default)]
    pub(crate) limits: PodAmounts,
    /// By default the limits.
    #[serde(default)]
    pub(crate) requests: PodAmounts,
}

/// Amounts by resource.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, JsonSchema)]
pub(crate) struct PodAmounts {
    /// A multiple of 0.25.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) cpu: Option<Amount>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) memory: Option<PodMemory>,
    #[serde(rename = "nvidia.com/gpu", default, skip_serializing_if = "Option::is_none")]
    pub(crate) gpu: Option<Whole>,
}

/// `eksPropertiesOverride` of a submission.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EksPropertiesOverride {
    #[serde(default)]
    pub(crate) pod_properties: PodPropertiesOverride,
}

/// `podProperties` of an override.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PodPropertiesOverride {
    #[serde(default)]
    pub(crate) containers: Vec<PodContainerOverride>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) init_containers: Vec<PodContainerOverride>,
}

/// What a submission says of one container of a pod.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PodContainerOverride {
    /// The container's; may be left out where there is only one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) image: Option<String>,
    /// A resource that is named here is as it is said here, limit and request.
    #[serde(default)]
    pub(crate) resources: PodResources,
}
