//! AWS's own shapes of an account, with AWS's own keys: what of them is modelled.
//!
//! Definitions and submissions are in files of their own. Keys that are not here are in
//! [`keys`](super::super::keys) or unknown (behaviour 5.1, 6.1, 10).

use super::choice;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// ENABLED or DISABLED.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum State {
    #[default]
    Enabled,
    Disabled,
}

/// CreateComputeEnvironment.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ComputeEnvironment {
    pub(crate) compute_environment_name: String,
    #[serde(rename = "type", default = "managed")]
    #[schemars(schema_with = "choice::environment_type")]
    pub(crate) kind: String,
    #[serde(default)]
    pub(crate) state: State,
    pub(crate) compute_resources: ComputeResources,
}

fn managed() -> String {
    "MANAGED".to_owned()
}

/// `computeResources` of a compute environment.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ComputeResources {
    /// EC2 is On-Demand, SPOT is Spot.
    #[serde(rename = "type")]
    #[schemars(schema_with = "choice::resources_type")]
    pub(crate) kind: String,
    #[serde(default = "best_fit")]
    #[schemars(schema_with = "choice::strategy")]
    pub(crate) allocation_strategy: String,
    #[serde(rename = "minvCpus", default)]
    #[schemars(range(min = 0, max = 10_000_000))]
    pub(crate) minv_cpus: u32,
    #[serde(rename = "maxvCpus")]
    #[schemars(range(min = 0, max = 10_000_000))]
    pub(crate) maxv_cpus: u32,
    /// Types, families, or `optimal`, `default_x86_64`, `default_arm64`.
    pub(crate) instance_types: Vec<String>,
    /// Subnet ids, or zone ids or names; none is every zone of the region.
    #[serde(default)]
    pub(crate) subnets: Vec<String>,
    /// The nodes of a multi-node parallel job are in one zone then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) placement_group: Option<String>,
}

fn best_fit() -> String {
    "BEST_FIT".to_owned()
}

/// CreateJobQueue.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct JobQueue {
    pub(crate) job_queue_name: String,
    #[serde(default)]
    pub(crate) state: State,
    /// Higher first.
    #[serde(default = "priority")]
    pub(crate) priority: i32,
    pub(crate) compute_environment_order: Vec<ComputeEnvironmentOrder>,
    /// Whose jobs it takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "choice::queue_type")]
    pub(crate) job_queue_type: Option<String>,
    #[serde(default)]
    pub(crate) job_state_time_limit_actions: Vec<TimeLimitAction>,
}

const fn priority() -> i32 {
    1
}

/// One entry of `computeEnvironmentOrder`.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ComputeEnvironmentOrder {
    /// Ascending.
    pub(crate) order: i32,
    /// A name or an ARN.
    pub(crate) compute_environment: String,
}

/// One entry of `jobStateTimeLimitActions`.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TimeLimitAction {
    #[schemars(schema_with = "choice::stuck_reason")]
    pub(crate) reason: String,
    #[serde(default = "runnable")]
    #[schemars(schema_with = "choice::runnable")]
    pub(crate) state: String,
    #[schemars(range(min = 600, max = 86_400))]
    pub(crate) max_time_seconds: u32,
    #[serde(default = "cancel")]
    #[schemars(schema_with = "choice::cancel")]
    pub(crate) action: String,
}

fn runnable() -> String {
    "RUNNABLE".to_owned()
}

fn cancel() -> String {
    "CANCEL".to_owned()
}
