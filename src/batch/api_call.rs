//! Calls of the AWS Batch API at given times: what a user changes while jobs run.
//!
//! A call is validated before the run as far as the scenario tells; what depends on the state at
//! its instant is decided then, and a call that AWS would refuse changes nothing. Knows neither how
//! a call is written nor how the world carries it out.

use super::compute_environment::{
    ComputeEnvironment, ComputeEnvironmentId, Infrastructure, UpdatePolicy,
};
use super::consumable::{ConsumableChange, ConsumableId};
use super::dependency::JobHandle;
use super::job_queue::{JobQueueId, TimeLimitAction};
use crate::sim::{SimDuration, SimTime};

/// A call and its instant.
#[derive(Clone, Debug)]
pub struct ApiCall {
    /// When it is made: after the submissions of the same instant.
    pub at: SimTime,
    /// What it asks for.
    pub action: ApiAction,
}

/// What a call asks for: one variant per operation.
#[derive(Clone, Debug)]
pub enum ApiAction {
    /// `UpdateComputeEnvironment`
    UpdateComputeEnvironment(ComputeEnvironmentUpdate),
    /// `UpdateJobQueue`
    UpdateJobQueue(JobQueueUpdate),
    /// `CancelJob` or `TerminateJob`
    EndJob(JobEnd),
    /// `UpdateConsumableResource`
    UpdateConsumableResource(ConsumableId, ConsumableChange),
}

crate::define_id! {
    /// The `reason` of a CancelJob or TerminateJob call, by position in the configuration.
    pub struct ReasonId = "reason";
}

/// `CancelJob` and `TerminateJob` (behaviour 1.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JobEnd {
    /// Which job, or array.
    pub job: JobHandle,
    /// Which of its children; nothing for all of them.
    pub child: Option<u32>,
    /// `TerminateJob` ends STARTING and RUNNING jobs too.
    pub terminate: bool,
    /// `reason`: the job's `statusReason`.
    pub reason: ReasonId,
}

/// `UpdateComputeEnvironment` (behaviour 6.7): what is absent stays as it is.
#[derive(Clone, Debug)]
pub struct ComputeEnvironmentUpdate {
    /// Which.
    pub compute_environment: ComputeEnvironmentId,
    /// `state`
    pub enabled: Option<bool>,
    /// `minvCpus`
    pub min_vcpus: Option<u32>,
    /// `maxvCpus`
    pub max_vcpus: Option<u32>,
    /// `unmanagedvCpus` of an UNMANAGED environment: what it counts for where shares reserve
    /// capacity.
    pub unmanaged_vcpus: Option<u32>,
    /// `desiredvCpus`: not below what the environment has, or the call is refused.
    pub desired_vcpus: Option<u32>,
    /// `scalingPolicy.minScaleDownDelayMinutes`
    pub scale_down_delay: Option<SimDuration>,
    /// What its instances are from now on, where that changes: those it has are replaced.
    pub infrastructure: Option<Infrastructure>,
    /// `updatePolicy`, in force for this call already.
    pub update_policy: Option<UpdatePolicy>,
}

impl ComputeEnvironmentUpdate {
    /// What the call makes of an environment.
    #[must_use]
    pub fn apply(&self, to: &ComputeEnvironment) -> ComputeEnvironment {
        let updated = ComputeEnvironment {
            enabled: self.enabled.unwrap_or(to.enabled) && !to.invalid,
            min_vcpus: self.min_vcpus.unwrap_or(to.min_vcpus),
            max_vcpus: self.max_vcpus.unwrap_or(to.max_vcpus),
            unmanaged_vcpus: self.unmanaged_vcpus.or(to.unmanaged_vcpus),
            scale_down_delay: self.scale_down_delay.unwrap_or(to.scale_down_delay),
            update_policy: self.update_policy.unwrap_or(to.update_policy),
            ..to.clone()
        };
        match &self.infrastructure {
            Some(infrastructure) => updated.with_infrastructure(infrastructure),
            None => updated,
        }
    }
}

/// `UpdateJobQueue` (behaviour 5.1): what is absent stays as it is.
#[derive(Clone, Debug)]
pub struct JobQueueUpdate {
    /// Which.
    pub job_queue: JobQueueId,
    /// `state`
    pub enabled: Option<bool>,
    /// `priority`
    pub priority: Option<i32>,
    /// `computeEnvironmentOrder`, in order.
    pub compute_environments: Option<Vec<ComputeEnvironmentId>>,
    /// `jobStateTimeLimitActions`
    pub time_limit_actions: Option<Vec<TimeLimitAction>>,
}
