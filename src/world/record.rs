//! Flat records of what happened: the only thing that leaves the model.
//!
//! Plain data with typed ids; names are looked up in the run's [`WorldConfig`](super::config).

mod state_change;

pub use state_change::{StateChange, SubmissionRecord};

use crate::batch::api_call::ReasonId;
use crate::batch::compute_environment::ComputeEnvironmentId;
use crate::batch::job_definition::{JobDefinitionId, Requirements};
use crate::batch::job_queue::{JobQueueId, ShareIdentifier, StuckReason};
use crate::batch::wait_cause::Waits;
use crate::ec2::catalog::{TypeId, ZoneId};
use crate::ec2::fleet::{InstanceId, PurchaseOption, Refusal};
use crate::ec2::money::NanoUsd;
use crate::sim::{SimDuration, SimTime};
use crate::workload::submission::JobName;

crate::define_id! {
    /// A submission, in order of arrival; never reused. An array's children share their parent's.
    pub struct JobId = "job";
}

/// The seven states of a job (behaviour 1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum JobStatus {
    /// Accepted, not yet evaluated.
    Submitted,
    /// Waits for a dependency.
    Pending,
    /// Waits for a place.
    Runnable,
    /// On an instance: pulling, starting.
    Starting,
    /// Its container is up.
    Running,
    /// Exit code 0.
    Succeeded,
    /// No attempt left, timed out, or cancelled.
    Failed,
}

impl JobStatus {
    /// Every state, in the order in which a job meets them.
    pub const ALL: [Self; 7] = [
        Self::Submitted,
        Self::Pending,
        Self::Runnable,
        Self::Starting,
        Self::Running,
        Self::Succeeded,
        Self::Failed,
    ];

    /// As AWS spells it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Submitted => "SUBMITTED",
            Self::Pending => "PENDING",
            Self::Runnable => "RUNNABLE",
            Self::Starting => "STARTING",
            Self::Running => "RUNNING",
            Self::Succeeded => "SUCCEEDED",
            Self::Failed => "FAILED",
        }
    }

    /// Whether nothing comes after it.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed)
    }
}

/// Why an attempt or a job ended; prints as AWS's `statusReason` (behaviour 1.3, 1.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StatusReason {
    /// Nothing to say: not ended.
    None,
    /// `Essential container in task exited`
    ContainerExited,
    /// `Host EC2 (instance i-...) terminated.`
    HostTerminated(InstanceId),
    /// `Your Spot Task was interrupted.`
    SpotTaskInterrupted,
    /// `Job attempt duration exceeded timeout`
    TimedOut,
    /// What a CancelJob or TerminateJob call gave as its reason; the text is in the configuration.
    Requested(ReasonId),
    /// The node was stopped because the main node of its job had ended; the text is ours.
    MainNodeEnded,
    /// `Dependent Job failed`
    DependencyFailed,
    /// `Canceled by JobStateTimeLimit action due to reason: ...`
    TimeLimit(StuckReason),
    /// Of a RUNNABLE job at the head of its queue: the reason and what it means.
    Stuck(StuckReason),
    /// `ACTION_REQUIRED - CE(s) associated with the job queue are invalid.`
    InvalidEnvironments,
}

impl std::fmt::Display for StatusReason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::None => Ok(()),
            Self::ContainerExited => f.write_str("Essential container in task exited"),
            Self::HostTerminated(id) => {
                write!(f, "Host EC2 (instance i-{:017x}) terminated.", id.raw())
            }
            Self::SpotTaskInterrupted => f.write_str("Your Spot Task was interrupted."),
            Self::TimedOut => f.write_str("Job attempt duration exceeded timeout"),
            Self::MainNodeEnded => f.write_str("Main node ended"),
            Self::Requested(_) => f.write_str("Ended by a call"),
            Self::DependencyFailed => f.write_str("Dependent Job failed"),
            Self::InvalidEnvironments => {
                f.write_str("ACTION_REQUIRED - CE(s) associated with the job queue are invalid.")
            }
            Self::Stuck(reason) => write!(f, "{} - {}", reason.as_str(), reason.meaning()),
            Self::TimeLimit(reason) => {
                write!(f, "Canceled by JobStateTimeLimit action due to reason: {}", reason.as_str())
            }
        }
    }
}

/// One job or array child, when it ends or when the run does.
#[derive(Clone, Debug, PartialEq)]
pub struct JobRecord {
    /// The submission.
    pub job_id: JobId,
    /// The child's index; `None` for a job that is no array.
    pub array_index: Option<u32>,
    /// `jobName`
    pub name: JobName,
    /// Its queue.
    pub queue: JobQueueId,
    /// Its share, in a queue with a scheduling policy.
    pub share: Option<ShareIdentifier>,
    /// Its definition.
    pub definition: JobDefinitionId,
    /// The state it ended in, or was in when the run stopped.
    pub status: JobStatus,
    /// Why.
    pub status_reason: StatusReason,
    /// What it asked for; of several nodes, what each instance must hold. The vCPUs of a task on
    /// Fargate are rounded up.
    pub requirements: Requirements,
    /// Its nodes, 1 of a job that is not multi-node parallel.
    pub nodes: u32,
    /// The vCPUs of all its nodes, in quarters: of a task on Fargate there are parts of one.
    pub quarter_vcpus: u32,
    /// When SubmitJob was called.
    pub arrived: SimTime,
    /// When the API accepted it (`createdAt`).
    pub submitted: SimTime,
    /// First RUNNABLE.
    pub runnable: Option<SimTime>,
    /// First RUNNING.
    pub started: Option<SimTime>,
    /// SUCCEEDED or FAILED.
    pub stopped: Option<SimTime>,
    /// Attempts made; of several nodes, those of the main one.
    pub attempts: u32,
    /// Total time RUNNING over all attempts.
    pub run: SimDuration,
    /// First RUNNING - submitted; `None` when it never ran.
    pub queue_latency: Option<SimDuration>,
    /// The causes of that latency; they sum to it. For a job that never ran: of its wait so far.
    pub waits: Waits,
    /// How much of it was spent behind another blocked job.
    pub behind: SimDuration,
    /// Waiting after the first RUNNING.
    pub retry_wait: SimDuration,
    /// Time RUNNING that was thrown away and redone.
    pub lost: SimDuration,
    /// Time RUNNING in which checkpoints were written and restored, completely.
    pub checkpoint: SimDuration,
    /// Time RUNNING in which files were read and written.
    pub staging: SimDuration,
    /// Where its last attempt was placed, of several nodes that of the main one.
    pub place: Option<Place>,
    /// Its share of the instances' bills, less its share of the free first hours.
    pub cost: NanoUsd,
}

/// Where an attempt was placed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The compute environment.
    pub compute_environment: ComputeEnvironmentId,
    /// The instance.
    pub instance: InstanceId,
    /// Its type.
    pub instance_type: TypeId,
    /// Its zone.
    pub zone: ZoneId,
    /// How it was bought.
    pub purchase: PurchaseOption,
}

/// One attempt that was placed, when it ends or when the run does.
#[derive(Clone, Debug, PartialEq)]
pub struct AttemptRecord {
    /// The submission.
    pub job_id: JobId,
    /// The child's index; `None` for a job that is no array.
    pub array_index: Option<u32>,
    /// From 1.
    pub attempt: u32,
    /// Its node, of a multi-node parallel job.
    pub node: Option<u32>,
    /// Its queue.
    pub queue: JobQueueId,
    /// RUNNABLE for this attempt; of a node other than the main one, when that one was RUNNING.
    pub runnable: SimTime,
    /// STARTING.
    pub placed: SimTime,
    /// RUNNING; `None` when it died before.
    pub started: Option<SimTime>,
    /// Its end; `None` when the run stopped before.
    pub stopped: Option<SimTime>,
    /// How it ended: `Succeeded`, `Failed`, or the state it was in when the run stopped.
    pub status: JobStatus,
    /// Why it ended.
    pub reason: StatusReason,
    /// The container's exit code, where there is one.
    pub exit_code: Option<i32>,
    /// Whether the job was put back to RUNNABLE after it.
    pub retried: bool,
    /// Causes of the wait from RUNNABLE (or submission, first attempt) to RUNNING.
    pub waits: Waits,
    /// RUNNING time in which it read its input.
    pub stage_in: SimDuration,
    /// RUNNING time in which it wrote its output.
    pub stage_out: SimDuration,
    /// RUNNING time in which it wrote and restored checkpoints, completely.
    pub checkpoint: SimDuration,
    /// Where it was placed.
    pub place: Place,
}

/// Why an instance ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Termination {
    /// Idle and above minvCpus.
    ScaleIn,
    /// A Fargate task that stopped with its job.
    TaskStopped,
    /// Taken back by EC2, or an interrupted Fargate Spot task.
    Reclaimed,
    /// Taken back by EC2, as the Spot price has reached what may be paid.
    ReclaimedByPrice,
    /// Replaced by an infrastructure update of its environment.
    Replaced,
    /// Of an UNMANAGED environment: its user has ended it.
    Deregistered,
    /// Still alive when the run stopped; billed up to there.
    RunEnded,
}

impl Termination {
    /// Whether EC2 ended it, for want of capacity or by its price.
    #[must_use]
    pub const fn is_by_ec2(self) -> bool {
        matches!(self, Self::Reclaimed | Self::ReclaimedByPrice)
    }
}

/// One instance or Fargate task, when it terminates or when the run ends.
#[derive(Clone, Debug, PartialEq)]
pub struct InstanceRecord {
    /// Which.
    pub instance_id: InstanceId,
    /// For whom.
    pub compute_environment: ComputeEnvironmentId,
    /// Its type.
    pub instance_type: TypeId,
    /// Its zone.
    pub zone: ZoneId,
    /// How it was bought.
    pub purchase: PurchaseOption,
    /// The fleet request; of a task, its launch.
    pub requested: SimTime,
    /// `running`: billing starts. Of a task, the begin of its image pull. `None` when it or the run
    /// ended before.
    pub running: Option<SimTime>,
    /// Registered with the cluster. `None` when it never did; a task does not.
    pub registered: Option<SimTime>,
    /// The end of billing.
    pub terminated: SimTime,
    /// Why.
    pub termination: Termination,
    /// Billed time, floors included; 0 when free.
    pub billed: SimDuration,
    /// Its bill after credits.
    pub cost: NanoUsd,
    /// vCPUs in quarters.
    pub quarter_vcpus: u32,
    /// Advertised memory; that of a task is all its job's.
    pub memory_mib: u32,
    /// Quarters of a vCPU allocated to attempts, times milliseconds.
    pub allocated_quarter_vcpu_ms: u128,
    /// MiB-milliseconds allocated to attempts.
    pub allocated_mib_ms: u128,
    /// Attempts placed on it.
    pub attempts: u64,
    /// Those that were lost with it.
    pub attempts_lost: u64,
}

/// What an instance's money went into (design: the ledger).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CostLine {
    /// Attempts' running time that was kept.
    Work,
    /// Image pull and container start.
    Starting,
    /// Running time thrown away and redone.
    Lost,
    /// Checkpoints written and restored, completely.
    Checkpoint,
    /// Unallocated part of an instance with a job.
    Packing,
    /// Registered without a job.
    Idle,
    /// Billed before registration.
    Boot,
    /// Billing floors.
    Minimum,
    /// Attempts alive when the run stopped.
    InFlight,
    /// Credit: Spot instances taken back in their first hour.
    FreeFirstHour,
}

impl CostLine {
    /// Every line, in ledger order.
    pub const ALL: [Self; 10] = [
        Self::Work,
        Self::Starting,
        Self::Lost,
        Self::Checkpoint,
        Self::Packing,
        Self::Idle,
        Self::Boot,
        Self::Minimum,
        Self::InFlight,
        Self::FreeFirstHour,
    ];

    /// What jobs pay for: the time that their attempts held.
    pub const OF_ATTEMPTS: [Self; 5] =
        [Self::Work, Self::Starting, Self::Lost, Self::Checkpoint, Self::InFlight];

    /// As in `costs.csv` and metric names.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Work => "work",
            Self::Starting => "starting",
            Self::Lost => "lost",
            Self::Checkpoint => "checkpoint",
            Self::Packing => "packing",
            Self::Idle => "idle",
            Self::Boot => "boot",
            Self::Minimum => "minimum",
            Self::InFlight => "in_flight",
            Self::FreeFirstHour => "free_first_hour",
        }
    }
}

/// Where money goes: the supplier's line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CostSource {
    /// EC2 On-Demand.
    OnDemand,
    /// EC2 Spot.
    Spot,
    /// Fargate tasks.
    Fargate,
    /// Fargate Spot tasks.
    FargateSpot,
    /// Root volumes.
    Ebs,
    /// Public IPv4 addresses.
    Ipv4,
}

impl CostSource {
    /// Every source, in ledger order.
    pub const ALL: [Self; 6] =
        [Self::OnDemand, Self::Spot, Self::Fargate, Self::FargateSpot, Self::Ebs, Self::Ipv4];
    /// Those that bill instances and tasks; the others bill what is beside them.
    pub const HOSTS: [Self; 4] = [Self::OnDemand, Self::Spot, Self::Fargate, Self::FargateSpot];

    /// How what is on this bill was bought; `None` of what is beside instances and tasks.
    #[must_use]
    pub const fn purchase(self) -> Option<PurchaseOption> {
        match self {
            Self::OnDemand | Self::Fargate => Some(PurchaseOption::OnDemand),
            Self::Spot | Self::FargateSpot => Some(PurchaseOption::Spot),
            Self::Ebs | Self::Ipv4 => None,
        }
    }

    /// As in `costs.csv`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OnDemand => "on_demand",
            Self::Spot => "spot",
            Self::Fargate => "fargate",
            Self::FargateSpot => "fargate_spot",
            Self::Ebs => "ebs",
            Self::Ipv4 => "ipv4",
        }
    }
}

/// One sum of the ledger, at the end of a run. Never zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CostRecord {
    /// What for.
    pub line: CostLine,
    /// Whose bill.
    pub source: CostSource,
    /// For whom.
    pub compute_environment: ComputeEnvironmentId,
    /// Of which type.
    pub instance_type: TypeId,
    /// How much.
    pub cost: NanoUsd,
}

/// The cost of one queue's jobs of one definition, at the end of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JobCostRecord {
    /// The queue.
    pub queue: JobQueueId,
    /// The definition.
    pub definition: JobDefinitionId,
    /// The jobs' shares, less credits.
    pub cost: NanoUsd,
}

/// The state of one compute environment at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// When.
    pub time: SimTime,
    /// Which.
    pub compute_environment: ComputeEnvironmentId,
    /// What Batch aims at.
    pub desired_vcpus: u32,
    /// Requested, pending and running instances.
    pub provisioned_vcpus: u32,
    /// Registered instances.
    pub registered_vcpus: u32,
    /// Held by attempts.
    pub allocated_vcpus: u32,
    /// RUNNABLE jobs in the queues that name this environment.
    pub runnable_jobs: u32,
    /// STARTING here.
    pub starting_jobs: u32,
    /// RUNNING here.
    pub running_jobs: u32,
    /// What stops the first such queue's head, if anything.
    pub head_cause: Option<crate::batch::wait_cause::WaitCause>,
}

/// Why a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopReason {
    /// No live job can progress and every instance above minvCpus has terminated.
    Drained,
    /// The scenario's `horizon`.
    Horizon,
    /// 366 days after the last arrival.
    Backstop,
}

/// How a run ended, and what only the world counts.
#[derive(Clone, Debug, PartialEq)]
pub struct RunEnd {
    /// Why.
    pub reason: StopReason,
    /// The last instant of the run.
    pub time: SimTime,
    /// Events handled, arrivals included.
    pub events: u64,
    /// 64-bit digest of all of them in order.
    pub digest: u64,
    /// Jobs and array children submitted.
    pub submitted: u64,
    /// By [`Refusal`]: instances that EC2 has not launched.
    pub refusals: [u64; Refusal::ALL.len()],
    /// Most vCPUs of instances and tasks alive at once.
    pub peak_vcpus: u64,
    /// Most instances alive at once.
    pub peak_instances: u64,
    /// Mean of accepted - arrived over throttled submissions.
    pub submit_throttle_total: SimDuration,
    /// How many submissions passed the throttle.
    pub submit_throttle_count: u64,
    /// Jobs and array children that were refused, by a DISABLED queue, for one share too many, or
    /// since they depend on one that was refused: they are no jobs of the run.
    pub refused_submissions: u64,
    /// Calls of the API, other than submissions, that were refused and changed nothing.
    pub refused_calls: u64,
}

impl RunEnd {
    /// Instances refused for want of capacity.
    #[must_use]
    pub const fn capacity_refusals(&self) -> u64 {
        self.refusals[Refusal::InsufficientInstanceCapacity as usize]
    }

    /// Instances refused by a quota, On-Demand and Spot together.
    #[must_use]
    pub const fn quota_refusals(&self) -> u64 {
        self.refusals[Refusal::VcpuLimitExceeded as usize]
            + self.refusals[Refusal::MaxSpotInstanceCountExceeded as usize]
    }
}
