//! `apiCalls`: requests of AWS's update operations, verbatim, under the operation's name.

use super::super::scalar::Moment;
use super::aws::{ComputeEnvironmentOrder, ScalingPolicy, State, TimeLimitAction};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One call at one instant: exactly one operation.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ApiCall {
    /// When: a time since the start, or RFC 3339.
    pub(crate) at: Moment,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) update_compute_environment: Option<UpdateComputeEnvironment>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) update_job_queue: Option<UpdateJobQueue>,
}

/// UpdateComputeEnvironment.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UpdateComputeEnvironment {
    /// A name or an ARN.
    pub(crate) compute_environment: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) state: Option<State>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) compute_resources: Option<ComputeResourceUpdate>,
}

/// `computeResources` of an update.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ComputeResourceUpdate {
    #[serde(rename = "minvCpus", default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 10_000_000))]
    pub(crate) minv_cpus: Option<u32>,
    #[serde(rename = "maxvCpus", default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 10_000_000))]
    pub(crate) maxv_cpus: Option<u32>,
    /// From minvCpus to maxvCpus, and not below what the environment has at that instant.
    #[serde(rename = "desiredvCpus", default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 10_000_000))]
    pub(crate) desiredv_cpus: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) scaling_policy: Option<ScalingPolicy>,
}

/// UpdateJobQueue.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UpdateJobQueue {
    /// A name or an ARN.
    pub(crate) job_queue: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) state: Option<State>,
    /// Higher first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) priority: Option<i32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) compute_environment_order: Option<Vec<ComputeEnvironmentOrder>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) job_state_time_limit_actions: Option<Vec<TimeLimitAction>>,
}
