//! The entries of `workload`.

use super::super::scalar::{Duration, Moment};
use super::{choice, submit};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// One source of jobs: `submit` with `at` or `arrivals`, `trace`, or `workflow` with `at`.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Entry {
    /// A SubmitJob request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) submit: Option<submit::SubmitJob>,
    /// When it is submitted, once, or when the workflow's engine starts: a time since the start, or
    /// RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) at: Option<Moment>,
    /// When it is submitted, again and again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) arrivals: Option<Arrivals>,
    /// A trace file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) trace: Option<Trace>,
    /// A workflow file, run by an engine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) workflow: Option<Workflow>,
}

/// An arrival process.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Arrivals {
    #[schemars(schema_with = "choice::process")]
    pub(crate) process: String,
    /// Mean arrivals per hour; not of `mmpp`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0, max = 1e9))]
    pub(crate) per_hour: Option<f64>,
    /// First possible instant.
    #[serde(default)]
    pub(crate) from: Moment,
    /// End, exclusive; by default the horizon.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) until: Option<Moment>,
    /// Of `diurnal`: how far the rate swings, as a share of its mean.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub(crate) amplitude: Option<f64>,
    /// Of `diurnal`: the hour of the day (UTC) with most arrivals.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0, max = 24.0))]
    pub(crate) peak_hour: Option<f64>,
    /// Of `mmpp`: visited in order, cyclically.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) states: Option<Vec<ArrivalState>>,
}

/// One state of a Markov-modulated process.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ArrivalState {
    /// Arrivals per hour while in it; may be 0.
    #[schemars(range(min = 0.0, max = 1e9))]
    pub(crate) per_hour: f64,
    /// Mean stay, exponential.
    pub(crate) mean_stay: Duration,
}

/// A trace file and how its rows become jobs.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Trace {
    /// Plain or gzip.
    pub(crate) file: String,
    /// By default told by the file's extension.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "choice::trace_format")]
    pub(crate) format: Option<String>,
    /// The queue of rows that name none.
    pub(crate) job_queue: String,
    /// The definition of rows that name none; by default one that is made for the trace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) job_definition: Option<String>,
    /// `first` puts the earliest accepted record at t = 0, `none` keeps the clock.
    #[serde(default = "first")]
    #[schemars(schema_with = "choice::origin")]
    pub(crate) origin: String,
    /// Memory of a row that carries none.
    #[serde(default)]
    pub(crate) memory_mib_per_vcpu: u32,
    /// What to do with the memory that a row carries; by default `ignored` for swf, `requested`
    /// for csv.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "choice::trace_memory")]
    pub(crate) memory: Option<String>,
    /// What to do with a job that fits no compute environment of its queue.
    #[serde(default = "reject")]
    #[schemars(schema_with = "choice::too_large")]
    pub(crate) too_large: String,
    /// By canonical column: the file's column, with `:unit` if it differs (s, ms, mib, gib).
    #[serde(default)]
    pub(crate) map: BTreeMap<String, String>,
}

/// A workflow file, and the engine that submits its tasks as those before them are done.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Workflow {
    /// Plain or gzip.
    pub(crate) file: String,
    #[serde(default = "wfcommons")]
    #[schemars(schema_with = "choice::workflow_format")]
    pub(crate) format: String,
    /// The queue of its jobs.
    pub(crate) job_queue: String,
    /// The share of its jobs, in a queue with a scheduling policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) share_identifier: Option<String>,
    /// Of its jobs, in a queue with a scheduling policy; by default the definition's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 9_999))]
    pub(crate) scheduling_priority: Option<u16>,
    /// The definition of its jobs; by default one that is made for the workflow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) job_definition: Option<String>,
    /// The engine whose limits are the defaults: `nextflow` keeps at most 1,000 jobs in flight and
    /// submits at most 50 a second.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "choice::client")]
    pub(crate) client: Option<String>,
    /// How often the engine looks at its jobs; 0 sees everything at once. By default 10s, with
    /// profile `ideal` 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) poll_interval: Option<Duration>,
    /// Jobs that are submitted and not seen to have ended, at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "choice::limit")]
    pub(crate) queue_size: Option<Value>,
    /// Submissions per second at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "choice::limit")]
    pub(crate) submit_rate: Option<Value>,
    /// How often a task whose job failed is submitted again, as a new job.
    #[serde(default)]
    pub(crate) max_retries: u32,
    /// Memory of a task whose memory is not recorded.
    #[serde(default)]
    pub(crate) memory_mib_per_vcpu: u32,
    /// What to do with a task that fits no compute environment of its queue: an error, or shrink
    /// it.
    #[serde(default = "reject")]
    #[schemars(schema_with = "choice::too_large")]
    pub(crate) too_large: String,
}

fn wfcommons() -> String {
    "wfcommons".to_owned()
}

fn first() -> String {
    "first".to_owned()
}

fn reject() -> String {
    "reject".to_owned()
}
