//! AWS's own shapes, with AWS's own keys: what of them is modelled.
//!
//! Keys that are not here are in [`keys`](super::super::keys) or unknown (behaviour 4.3, 5.1, 6.1,
//! 10).

use super::super::scalar::Whole;
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
    /// Of a MANAGED environment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) compute_resources: Option<ComputeResources>,
    /// Of an UNMANAGED environment: what it counts for where shares reserve capacity.
    #[serde(rename = "unmanagedvCpus", default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 10_000_000))]
    pub(crate) unmanagedv_cpus: Option<u32>,
    /// As DescribeComputeEnvironments prints it: an INVALID one takes no jobs.
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
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) scaling_policy: Option<ScalingPolicy>,
    /// Of type SPOT: launch only below this percentage of the On-Demand price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 100))]
    pub(crate) bid_percentage: Option<u32>,
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
    /// As DescribeJobDefinitions prints it; an INACTIVE revision is left out.
    #[serde(default = "active")]
    #[schemars(schema_with = "choice::definition_status")]
    pub(crate) status: String,
    pub(crate) container_properties: ContainerProperties,
    #[serde(default)]
    pub(crate) retry_strategy: RetryStrategy,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) timeout: Option<Timeout>,
}

fn container() -> String {
    "container".to_owned()
}

fn active() -> String {
    "ACTIVE".to_owned()
}

/// `containerProperties` of a job definition.
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
}

/// One entry of `resourceRequirements`.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ResourceRequirement {
    #[serde(rename = "type")]
    #[schemars(schema_with = "choice::resource_type")]
    pub(crate) kind: String,
    /// vCPUs, MiB or GPUs.
    pub(crate) value: Whole,
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
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) container_overrides: Option<ContainerOverrides>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) retry_strategy: Option<RetryStrategy>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) timeout: Option<Timeout>,
}

/// `arrayProperties` of a submission.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ArrayProperties {
    #[schemars(range(min = 2, max = 10_000))]
    pub(crate) size: u32,
}

/// `containerOverrides` of a submission.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ContainerOverrides {
    #[serde(default)]
    pub(crate) resource_requirements: Vec<ResourceRequirement>,
    /// Deprecated by AWS; ignored where the definition uses `resourceRequirements`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) vcpus: Option<u32>,
    /// MiB. Deprecated by AWS; ignored where the definition uses `resourceRequirements`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) memory: Option<u32>,
}
