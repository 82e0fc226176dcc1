//! Consumable resources: of the account, of definitions and submissions, and changed by calls
//! (behaviour 4.5).

use super::choice;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// CreateConsumableResource.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ConsumableResource {
    pub(crate) consumable_resource_name: String,
    #[serde(default)]
    #[schemars(range(min = 0, max = 1_000_000_000_000_u64))]
    pub(crate) total_quantity: u64,
    /// Whether what a job has locked comes back with its end.
    #[serde(default = "replenishable")]
    #[schemars(schema_with = "choice::consumable_type")]
    pub(crate) resource_type: String,
}

fn replenishable() -> String {
    "REPLENISHABLE".to_owned()
}

/// `consumableResourceProperties` of a definition, and the override of a submission.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ConsumableResourceProperties {
    #[serde(default)]
    pub(crate) consumable_resource_list: Vec<ConsumableResourceRequirement>,
}

/// One entry of `consumableResourceList`.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ConsumableResourceRequirement {
    /// A name or an ARN.
    pub(crate) consumable_resource: String,
    #[schemars(range(min = 1, max = 1_000_000_000_000_u64))]
    pub(crate) quantity: u64,
}

/// UpdateConsumableResource.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UpdateConsumableResource {
    /// A name or an ARN.
    pub(crate) consumable_resource: String,
    #[schemars(schema_with = "choice::consumable_operation")]
    pub(crate) operation: String,
    #[schemars(range(min = 0, max = 1_000_000_000_000_u64))]
    pub(crate) quantity: u64,
}
