//! `nodeProperties`: a job of several instances, and what a submission says of them instead.
//!
//! Nodes are described by ranges; that the ranges are right is checked later (behaviour 3).

use super::consumable::ConsumableResourceProperties;
use super::definition::ContainerProperties;
use super::pod::{EksProperties, EksPropertiesOverride};
use super::submit::ContainerOverrides;
use super::task::{EcsProperties, EcsPropertiesOverride};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `nodeProperties` of a job definition.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NodeProperties {
    #[schemars(range(min = 1, max = 1_000))]
    pub(crate) num_nodes: u32,
    /// From 0, below `numNodes`; the job ends with it.
    pub(crate) main_node: u32,
    #[schemars(length(max = 5))]
    pub(crate) node_range_properties: Vec<NodeRange>,
}

/// One entry of `nodeRangeProperties`.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NodeRange {
    /// `0:3`, `:3` or `4:`, both ends included.
    pub(crate) target_nodes: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) container: Option<ContainerProperties>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) ecs_properties: Option<EcsProperties>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) eks_properties: Option<EksProperties>,
    /// The type of every instance of the job.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 1))]
    pub(crate) instance_types: Vec<String>,
    /// What each of its nodes locks while the job is on its instances.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) consumable_resource_properties: Option<ConsumableResourceProperties>,
}

/// `nodeOverrides` of a submission.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NodeOverrides {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1_000))]
    pub(crate) num_nodes: Option<u32>,
    #[serde(default)]
    pub(crate) node_property_overrides: Vec<NodePropertyOverride>,
}

/// What a submission says of a range of nodes.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NodePropertyOverride {
    /// `0:3`, `:3` or `4:`, both ends included.
    pub(crate) target_nodes: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) container_overrides: Option<ContainerOverrides>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) ecs_properties_override: Option<EcsPropertiesOverride>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) eks_properties_override: Option<EksPropertiesOverride>,
    /// The type of every instance of the job.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 1))]
    pub(crate) instance_types: Vec<String>,
    /// Instead of the range's `consumableResourceProperties`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) consumable_resource_properties_override: Option<ConsumableResourceProperties>,
}
