//! What one replication comes down to: plain data, small, whatever the number of jobs.

use super::metric::METRICS;
use super::timeline::Timeline;
use crate::world::record::StopReason;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Values by metric name; an absent name is undefined (no job ran, so no latency).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Values(BTreeMap<String, f64>);

impl Values {
    /// Sets a metric. Its name must be one of [`METRICS`].
    pub fn set(&mut self, name: &str, value: f64) {
        debug_assert!(METRICS.iter().any(|metric| metric.name == name), "{name} is a metric");
        self.0.insert(name.to_owned(), value);
    }

    /// Sets a metric that may be undefined.
    pub fn set_some(&mut self, name: &str, value: Option<f64>) {
        if let Some(value) = value {
            self.set(name, value);
        }
    }

    /// The value of a metric, `None` when undefined.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<f64> {
        self.0.get(name).copied()
    }
}

/// The values of one compute environment, type, queue, share or definition.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Group {
    /// Its name.
    pub name: String,
    /// What applies to it.
    pub values: Values,
}

/// The same run, cut five ways.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Breakdowns {
    /// In scenario order, all of them.
    pub compute_environment: Vec<Group>,
    /// Those used, by name.
    pub instance_type: Vec<Group>,
    /// In scenario order, all of them.
    pub job_queue: Vec<Group>,
    /// Those used, by name.
    pub share_identifier: Vec<Group>,
    /// In scenario order, all of them.
    pub job_definition: Vec<Group>,
}

/// Queue latencies of one queue, to three digits: enough to draw and to merge.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LatencyCurve {
    /// The queue.
    pub job_queue: String,
    /// Ascending: milliseconds, jobs.
    pub points: Vec<(u64, u64)>,
}

/// One sum of the ledger over all compute environments and types.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LedgerEntry {
    /// `work`
    pub line: String,
    /// `on_demand`
    pub source: String,
    /// Nano-USD, exact.
    pub nano_usd: i64,
}

/// Jobs that never reached RUNNING, whose latency is therefore unknown.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Censored {
    /// Unfinished and never RUNNING when the run stopped.
    pub unfinished: u64,
    /// FAILED without ever RUNNING: cancelled or timed out.
    pub failed: u64,
    /// By wait cause, in index order: how long all of them waited, ms.
    pub wait_ms: Vec<u64>,
}

impl Censored {
    /// Jobs of both kinds.
    #[must_use]
    pub fn jobs(&self) -> u64 {
        self.unfinished + self.failed
    }
}

/// How a replication ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReplicationEnd {
    /// `drained`, `horizon` or `backstop`.
    pub stop_reason: String,
    /// The last instant, ms since the start.
    pub time_ms: u64,
    /// Events handled.
    pub events: u64,
    /// 64-bit digest of all of them in order, as 16 hexadecimal digits.
    pub digest: String,
}

/// `drained`, `horizon` or `backstop`, as in `manifest.json`.
#[must_use]
pub const fn stop_reason_name(reason: StopReason) -> &'static str {
    match reason {
        StopReason::Drained => "drained",
        StopReason::Horizon => "horizon",
        StopReason::Backstop => "backstop",
    }
}

/// Everything that is kept of one replication besides its rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReplicationSummary {
    /// From 0.
    pub replication: u32,
    /// How it ended.
    pub end: ReplicationEnd,
    /// The metrics of the whole run.
    pub metrics: Values,
    /// The metrics of its parts.
    pub by: Breakdowns,
    /// Jobs that never ran; outside the latency metrics.
    pub censored: Censored,
    /// Jobs submitted before the end of the warm-up; outside all job metrics.
    pub warm_up_jobs: u64,
    /// By wait cause, in index order: how long the jobs that ran waited, ms.
    pub wait_ms: Vec<u64>,
    /// Where the money went, in ledger order.
    pub ledger: Vec<LedgerEntry>,
    /// By queue, in scenario order.
    pub latency: Vec<LatencyCurve>,
    /// Capacity and demand over time.
    pub timeline: Timeline,
}
