//! Job definitions and what is ours beside them: how jobs of a definition behave.

use super::checkpoint::Checkpoint;
use super::consumable::ConsumableNeed;
use super::fargate::FargateTask;
use super::staging::Staging;
use crate::sim::{SimDuration, sampler::Sampler};

crate::define_id! {
    /// A job definition, by position in the scenario.
    pub struct JobDefinitionId = "definition";
}

/// What a container asks of its instance (behaviour 4.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Requirements {
    /// Whole vCPUs, at least 1; reserved at placement.
    pub vcpus: u32,
    /// MiB; 0 in traces that ignore memory.
    pub memory_mib: u32,
    /// Whole GPUs, pinned exclusively.
    pub gpus: u32,
}

/// A registered job definition, as far as scheduling is concerned.
#[derive(Clone, Debug)]
pub struct JobDefinition {
    /// `jobDefinitionName`
    pub name: String,
    /// Requirements of its jobs unless a submission overrides them; of several nodes, those of the
    /// main node.
    pub requirements: Requirements,
    /// `schedulingPriority`, 0 to 9999; higher first within a share.
    pub scheduling_priority: Option<u16>,
    /// Where its jobs can run.
    pub platform: Platform,
    /// On Fargate: the task, of whose size `requirements` has the vCPUs rounded up.
    pub fargate: Option<FargateTask>,
    /// Of a multi-node parallel job: its nodes.
    pub nodes: Option<NodeProperties>,
    /// `consumableResourceProperties`: what each of its jobs locks while it is on an instance.
    pub consumables: Vec<ConsumableNeed>,
    /// When a failed attempt is tried again.
    pub retry: RetryStrategy,
    /// `timeout.attemptDurationSeconds`, at least 60 s.
    pub timeout: Option<SimDuration>,
    /// `stopTimeout`: SIGTERM to the stop of its last container, at most; `None` is the profile's.
    pub stop_timeout: Option<SimDuration>,
    /// The container image, or the images of all containers by name; definitions with the same
    /// ones share the pull on an instance.
    pub image: String,
    /// How its jobs behave.
    pub model: JobModel,
}

/// `platformCapabilities` (behaviour 4.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Platform {
    /// On instances of an EC2 or SPOT environment.
    #[default]
    Ec2,
    /// On Fargate only.
    Fargate,
}

/// `nodeProperties`: one job on so many instances of one type, one container on each (behaviour 3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeProperties {
    /// Nodes of the job, at least 1.
    pub num_nodes: u32,
    /// The node that the job ends with, below `num_nodes`.
    pub main_node: u32,
    /// By node: what it asks of its instance. As long as `num_nodes`.
    pub groups: Vec<Requirements>,
    /// The type of every instance, where the definition says one.
    pub instance_type: Option<String>,
}

/// How the jobs of a definition behave; the part AWS's own shape does not say.
#[derive(Clone, Debug)]
pub struct JobModel {
    /// Run time on the reference machine, in seconds, staging and checkpoints apart. `None` for
    /// definitions used by traces only, whose rows carry theirs.
    pub runtime: Option<Sampler>,
    /// Compressed image size in MiB, pulled once an instance.
    pub image_mib: u32,
    /// Failures of the job's own making.
    pub failure: Failure,
    /// How its work is saved, if it is.
    pub checkpoint: Option<Checkpoint>,
    /// What each attempt reads and writes, if it does.
    pub staging: Option<Staging>,
}

impl JobModel {
    /// Whether an attempt does something beside its work.
    #[must_use]
    pub const fn has_steps(&self) -> bool {
        self.checkpoint.is_some() || self.staging.is_some()
    }
}

/// Failures of the job's own making: each attempt that runs to its end fails with this probability.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Failure {
    /// 0.0 to 1.0.
    pub probability: f64,
    /// The exit code of a failed attempt, not 0.
    pub exit_code: i32,
}

/// `retryStrategy` (behaviour 1.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetryStrategy {
    /// 1 to 10.
    pub attempts: u8,
    /// At most 5 conditions in order; the first match decides, no match retries.
    pub evaluate_on_exit: Vec<EvaluateOnExit>,
}

/// One entry of `evaluateOnExit`; the conditions that are present are ANDed.
///
/// A pattern is a literal or a prefix followed by one trailing `*`; `*` alone also matches an
/// absent value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvaluateOnExit {
    /// Matches the attempt's `statusReason`.
    pub on_status_reason: Option<String>,
    /// Matches the container's `reason`.
    pub on_reason: Option<String>,
    /// Matches the decimal exit code.
    pub on_exit_code: Option<String>,
    /// RETRY or EXIT.
    pub action: RetryAction,
}

/// What an `evaluateOnExit` entry does when it matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetryAction {
    /// Try again while attempts remain.
    Retry,
    /// The job is FAILED.
    Exit,
}

impl Default for RetryStrategy {
    fn default() -> Self {
        Self { attempts: 1, evaluate_on_exit: Vec::new() }
    }
}
