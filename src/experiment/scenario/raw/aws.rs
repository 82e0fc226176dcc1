//! AWS's own shapes of an account, with AWS's own keys: what of them is modelled.
//!
//! Definitions and submissions are in files of their own. Keys that are not here are in
//! [`keys`](super::super::keys) or unknown (behaviour 5.1, 6.1, 10).

use super::choice;
use crate::batch::scheduling_policy::DEFAULT_WEIGHT_FACTOR;
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
    /// Of a MANAGED environment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) compute_resources: Option<ComputeResources>,
    /// Of an UNMANAGED environment: what it counts for where shares reserve capacity.
    #[serde(rename = "unmanagedvCpus", default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 10_000_000))]
    pub(crate) unmanagedv_cpus: Option<u32>,
    /// As DescribeComputeEnvironments prints it: only a VALID or UPDATING one takes jobs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "choice::environment_status")]
    pub(crate) status: Option<String>,
    /// What becomes of running jobs when an update replaces the instances.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) update_policy: Option<UpdatePolicy>,
}

fn managed() -> String {
    "MANAGED".to_owned()
}

/// `updatePolicy` of a compute environment.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UpdatePolicy {
    /// Whether running jobs end at once.
    #[serde(default)]
    pub(crate) terminate_jobs_on_update: bool,
    /// Otherwise, how long they may go on.
    #[serde(default = "half_an_hour")]
    #[schemars(range(min = 1, max = 7_200))]
    pub(crate) job_execution_timeout_minutes: u32,
}

const fn half_an_hour() -> u32 {
    30
}

/// `computeResources` of a compute environment.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ComputeResources {
    /// EC2 is On-Demand, SPOT is Spot; FARGATE and FARGATE_SPOT are tasks without instances, and
    /// take besides this key only maxvCpus, subnets and securityGroupIds.
    #[serde(rename = "type")]
    #[schemars(schema_with = "choice::resources_type")]
    pub(crate) kind: String,
    /// By default BEST_FIT.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "choice::strategy")]
    pub(crate) allocation_strategy: Option<String>,
    /// By default 0.
    #[serde(rename = "minvCpus", default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 10_000_000))]
    pub(crate) minv_cpus: Option<u32>,
    #[serde(rename = "maxvCpus")]
    #[schemars(range(min = 0, max = 10_000_000))]
    pub(crate) maxv_cpus: u32,
    /// Types, families, or `optimal`, `default_x86_64`, `default_arm64`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) instance_types: Vec<String>,
    /// Subnet ids, or zone ids or names; none is every zone of the region.
    #[serde(default)]
    pub(crate) subnets: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) scaling_policy: Option<ScalingPolicy>,
    /// Of type SPOT: launch only below this percentage of the On-Demand price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 100))]
    pub(crate) bid_percentage: Option<u32>,
    /// The nodes of a multi-node parallel job are in one zone then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) placement_group: Option<String>,
}

/// `scalingPolicy` of compute resources.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ScalingPolicy {
    /// How long an instance stays after its last job: 0, or 20 to 10,080.
    #[serde(default)]
    #[schemars(range(min = 0, max = 10_080))]
    pub(crate) min_scale_down_delay_minutes: u32,
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
    /// Whose jobs it takes; that of its environments.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "choice::queue_type")]
    pub(crate) job_queue_type: Option<String>,
    /// As DescribeJobQueues prints it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "choice::queue_status")]
    pub(crate) status: Option<String>,
    #[serde(default)]
    pub(crate) job_state_time_limit_actions: Vec<TimeLimitAction>,
    /// A name or an ARN of `schedulingPolicies`; without one the queue is first in, first out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) scheduling_policy_arn: Option<String>,
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

/// CreateSchedulingPolicy.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SchedulingPolicy {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) fairshare_policy: FairsharePolicy,
}

/// `fairsharePolicy` of a scheduling policy (behaviour 5.5).
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FairsharePolicy {
    /// How long usage is remembered; 0 is Batch's own choice.
    #[serde(default)]
    #[schemars(range(min = 0, max = 604_800))]
    pub(crate) share_decay_seconds: u32,
    /// Percent of the vCPUs that are kept for shares to come: this, to the power of active shares.
    #[serde(default)]
    #[schemars(range(min = 0, max = 99))]
    pub(crate) compute_reservation: u8,
    #[serde(default)]
    pub(crate) share_distribution: Vec<ShareAttributes>,
}

/// One entry of `shareDistribution`.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ShareAttributes {
    /// A share, or the beginning of several with a trailing asterisk.
    pub(crate) share_identifier: String,
    /// Half of it is twice the vCPUs.
    #[serde(default = "weight_factor")]
    #[schemars(range(min = 0.0001, max = 999.9999))]
    pub(crate) weight_factor: f64,
}

const fn weight_factor() -> f64 {
    DEFAULT_WEIGHT_FACTOR
}
