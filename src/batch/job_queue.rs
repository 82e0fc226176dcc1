//! Job queues: what CreateJobQueue says of one.

mod share_identifier;

pub use share_identifier::ShareIdentifier;

use super::compute_environment::ComputeEnvironmentId;
use super::scheduling_policy::FairSharePolicy;
use crate::sim::SimDuration;

crate::define_id! {
    /// A job queue, by position in the scenario.
    pub struct JobQueueId = "queue";
}

/// A job queue over up to three compute environments (behaviour 5.1).
#[derive(Clone, Debug)]
pub struct JobQueue {
    /// `jobQueueName`
    pub name: String,
    /// Higher first, between queues of one account.
    pub priority: i32,
    /// A DISABLED queue takes no new jobs; those queued finish.
    pub enabled: bool,
    /// In `order`.
    pub compute_environments: Vec<ComputeEnvironmentId>,
    /// What to do with a job stuck at the head.
    pub time_limit_actions: Vec<TimeLimitAction>,
    /// What `schedulingPolicyArn` leads to; `None` is first in, first out.
    pub fair_share: Option<FairSharePolicy>,
}

/// An entry of `jobStateTimeLimitActions`: cancel a head job stuck in RUNNABLE (behaviour 1.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeLimitAction {
    /// The stuck reason it acts on.
    pub reason: StuckReason,
    /// 600 to 86,400 s.
    pub max_time: SimDuration,
}

/// Why the job at the head of a queue is stuck in RUNNABLE (behaviour 1.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StuckReason {
    /// `CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY`
    InsufficientInstanceCapacity,
    /// `MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE`
    ComputeEnvironmentMaxResource,
    /// `MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT`
    JobResourceRequirement,
}

impl StuckReason {
    /// Every reason that an action can name.
    pub const ALL: [Self; 3] = [
        Self::InsufficientInstanceCapacity,
        Self::ComputeEnvironmentMaxResource,
        Self::JobResourceRequirement,
    ];

    /// What AWS says it means, but for the instance type that it names behind a want of capacity.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::InsufficientInstanceCapacity => {
                "Service cannot fulfill the capacity requested for instance type"
            }
            Self::ComputeEnvironmentMaxResource => {
                "CE(s) associated with the job queue cannot meet the CPU requirement of the job."
            }
            Self::JobResourceRequirement => {
                "The job resource requirement (vCPU/memory/GPU) is higher than that can be met by \
                 the CE(s) attached to the job queue."
            }
        }
    }

    /// As AWS spells it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InsufficientInstanceCapacity => "CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY",
            Self::ComputeEnvironmentMaxResource => {
                "MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE"
            }
            Self::JobResourceRequirement => "MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT",
        }
    }
}
