//! What the `workload` list of a scenario says, validated: any number of sources.

use super::Tally;
use super::submission::JobSubmission;
use super::workflow::Dag;
use crate::batch::job_definition::{JobDefinitionId, Requirements};
use crate::batch::job_queue::{JobQueueId, ShareIdentifier};
use crate::sim::{SimDuration, SimTime};
use std::path::PathBuf;
use std::sync::Arc;

/// One entry of `workload`.
#[derive(Clone, Debug)]
pub enum SourceSpec {
    /// SubmitJob calls, at one instant or by an arrival process.
    Submit(SubmitSpec),
    /// The records of a trace.
    Trace(TraceSpec),
    /// The tasks of a workflow, submitted as those before them are seen to succeed.
    Workflow(WorkflowSpec),
}

/// SubmitJob calls made from one template.
#[derive(Clone, Debug)]
pub struct SubmitSpec {
    /// What each call submits.
    pub submission: JobSubmission,
    /// When.
    pub arrivals: ArrivalProcess,
}

/// When synthetic submissions arrive. Rates are per hour; `until` is exclusive.
#[derive(Clone, Debug, PartialEq)]
pub enum ArrivalProcess {
    /// Once.
    At(SimTime),
    /// Exponential gaps.
    Poisson {
        /// Mean arrivals per hour.
        per_hour: f64,
        /// First possible instant.
        from: SimTime,
        /// End.
        until: SimTime,
    },
    /// Equal gaps; the first arrival is at `from`.
    Deterministic {
        /// Arrivals per hour.
        per_hour: f64,
        /// First arrival.
        from: SimTime,
        /// End.
        until: SimTime,
    },
    /// Poisson with rate `per_hour * (1 + amplitude * cos(2 pi (hour of day - peak_hour) / 24))`.
    Diurnal {
        /// Mean arrivals per hour over a day.
        per_hour: f64,
        /// 0 to 1.
        amplitude: f64,
        /// Hour of the day (UTC) with most arrivals, 0 to 24.
        peak_hour: f64,
        /// Milliseconds of the day at t = 0.
        day_offset_ms: u64,
        /// First possible instant.
        from: SimTime,
        /// End.
        until: SimTime,
    },
    /// Markov-modulated Poisson: exponential stays in states visited in order, cyclically.
    Mmpp {
        /// Rate and mean stay of each state.
        states: Vec<MmppState>,
        /// First possible instant.
        from: SimTime,
        /// End.
        until: SimTime,
    },
}

impl ArrivalProcess {
    /// No submission is made before this.
    #[must_use]
    pub const fn first(&self) -> SimTime {
        match self {
            Self::At(at) => *at,
            Self::Poisson { from, .. }
            | Self::Deterministic { from, .. }
            | Self::Diurnal { from, .. }
            | Self::Mmpp { from, .. } => *from,
        }
    }
}

/// One state of a Markov-modulated Poisson process.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MmppState {
    /// Arrivals per hour while in it; may be 0.
    pub per_hour: f64,
    /// Mean stay in seconds, exponential.
    pub mean_stay_s: f64,
}

/// A trace file and how its rows become submissions.
#[derive(Clone, Debug)]
pub struct TraceSpec {
    /// The file, plain or gzip (told by content).
    pub path: PathBuf,
    /// Its format.
    pub format: TraceFormat,
    /// The queue of rows that name none.
    pub queue: JobQueueId,
    /// The definition of rows that name none.
    pub definition: JobDefinitionId,
    /// Names that rows may use, by id.
    pub queue_names: Vec<String>,
    /// Names that rows may use, by id.
    pub definition_names: Vec<String>,
    /// By queue: what it says of a row's share; a queue without an entry does not look at it.
    pub share_rules: Vec<ShareRule>,
    /// By definition: the priority of rows that say none.
    pub definition_priorities: Vec<Option<u16>>,
    /// `origin: first` shifts the earliest accepted record to t = 0; `none` keeps the clock.
    pub origin_first: bool,
    /// The scenario's `start` as Unix milliseconds: what RFC 3339 times of rows count from.
    pub start_unix_ms: i64,
    /// Memory of a row that carries none.
    pub memory_mib_per_vcpu: u32,
    /// What to do with the memory a row carries.
    pub memory: TraceMemory,
    /// What to do with a job that fits no compute environment of its queue.
    pub too_large: TooLarge,
    /// By queue: the requirements that some type of the queue's environments can hold, as a set of
    /// maximal corners. A job fits when one corner is at least as large in every dimension.
    pub corners: Vec<Vec<Requirements>>,
    /// Share of rejected rows that is tolerated, 0.01 unless `--max-rejects`.
    pub max_rejects: f64,
    /// Rows that others depend on are told apart by handles that count from here.
    pub first_handle: u64,
    /// Column renames of a CSV: `(canonical, column, unit)`, unit `s`, `ms`, `mib`, `gib` or empty.
    pub map: Vec<(String, String, String)>,
}

/// What a queue says of a job's share (behaviour 5.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShareRule {
    /// It has a scheduling policy: a job has a share and a scheduling priority.
    Required,
    /// It has none: a job must not have a share.
    Refused,
    /// It has none, and a share is carried along without effect.
    Ignored,
}

/// A workflow and the engine that runs it.
#[derive(Clone, Debug)]
pub struct WorkflowSpec {
    /// The file that it was read from.
    pub path: PathBuf,
    /// The format of that file.
    pub format: WorkflowFormat,
    /// Its tasks and what each waits for; shared by all replications.
    pub dag: Arc<Dag>,
    /// By task: what its job asks for.
    pub requirements: Arc<[Requirements]>,
    /// Tasks that were shrunk to fit (`tooLarge: clamp`).
    pub clamped: u64,
    /// The queue of its jobs.
    pub queue: JobQueueId,
    /// The definition of its jobs.
    pub definition: JobDefinitionId,
    /// The share of its jobs, in a queue with a scheduling policy.
    pub share: Option<ShareIdentifier>,
    /// Of its jobs, within their share.
    pub scheduling_priority: u16,
    /// When the engine starts.
    pub at: SimTime,
    /// The engine looks at its jobs at `at` and once every so long; zero sees an end at once.
    pub poll_interval: SimDuration,
    /// Jobs that are submitted and not seen to have ended, at most; `None` is unlimited.
    pub queue_size: Option<u32>,
    /// Submissions per second at most; `None` is unlimited.
    pub submit_rate: Option<u32>,
    /// How often a task whose job failed is submitted again, as a new job.
    pub max_retries: u32,
}

impl WorkflowSpec {
    /// The account of it before its engine starts: all its tasks.
    #[must_use]
    pub fn tally(&self) -> Tally {
        let tasks = self.dag.tasks().len() as u64;
        Tally { rows: tasks, accepted: tasks, clamped: self.clamped, ..Tally::default() }
    }

    /// The job of a task, whoever waits for it.
    pub(crate) fn submission(&self, task: u32) -> JobSubmission {
        let recorded = &self.dag.tasks()[task as usize];
        JobSubmission {
            name: recorded.name.clone(),
            queue: self.queue,
            definition: self.definition,
            requirements: self.requirements[task as usize],
            run_time: Some(recorded.run_time),
            array_size: 0,
            nodes: 0,
            attempts: None,
            timeout: None,
            share: self.share.clone(),
            scheduling_priority: self.scheduling_priority,
            throttled: true,
            links: None,
            ticket: None,
            entry: None,
        }
    }
}

/// The formats of a workflow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WorkflowFormat {
    /// The JSON of WfCommons instances.
    WfCommons,
}

impl WorkflowFormat {
    /// Every format, in documentation order.
    pub const ALL: [Self; 1] = [Self::WfCommons];

    /// As in scenario files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::WfCommons => "wfcommons",
        }
    }

    /// What it is, in one line without a full stop.
    #[must_use]
    pub const fn summary(self) -> &'static str {
        match self {
            Self::WfCommons => "WfCommons JSON, schema 1.4 to 1.6: tasks, parents, run times",
        }
    }
}

/// The formats of a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TraceFormat {
    /// Standard Workload Format, 18 fields.
    Swf,
    /// Batchcast's canonical columns.
    Csv,
}

impl TraceFormat {
    /// Every format, in documentation order.
    pub const ALL: [Self; 2] = [Self::Swf, Self::Csv];

    /// As in scenario files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Swf => "swf",
            Self::Csv => "csv",
        }
    }

    /// What it is, in one line without a full stop.
    #[must_use]
    pub const fn summary(self) -> &'static str {
        match self {
            Self::Swf => "Standard Workload Format of the Parallel Workloads Archive, 18 fields",
            Self::Csv => "a header and at least submit_time, run_time, vcpus; others by map",
        }
    }
}

/// What to do with the memory a row carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TraceMemory {
    /// Every job asks for `memory_mib_per_vcpu` times its vCPUs.
    Ignored,
    /// The requested memory of the row.
    Requested,
    /// The used memory of the row.
    Used,
}

/// What to do with a job that fits no compute environment of its queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TooLarge {
    /// Skip it, counted as `too_large`.
    Reject,
    /// Shrink it to the largest corner that keeps most of its vCPUs.
    Clamp,
    /// Split it over the nodes of a multi-node parallel job; by queue: what carries such nodes,
    /// largest first. A queue without a list has none.
    Multinode(Vec<Vec<NodeCorner>>),
}

/// Instances that the nodes of one job can run on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NodeCorner {
    /// What one of them holds.
    pub size: Requirements,
    /// How many there can be at once.
    pub nodes: u32,
}
