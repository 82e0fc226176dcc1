//! A finished run: what it was made from, what it was called with, what came out.
//!
//! Plain data, filled by whoever runs replications, read by the report writers.

use super::names::Names;
use super::summary::ReplicationSummary;
use serde::{Deserialize, Serialize};

/// Everything the writers of a result folder need.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunResult {
    /// What was asked for.
    pub scenario: ScenarioFacts,
    /// What it was made from.
    pub provenance: Provenance,
    /// Things the user should know, in order; also those of the scenario's validation.
    pub warnings: Vec<String>,
    /// Names behind ids.
    pub names: Names,
    /// Finished replications, in order.
    pub replications: Vec<ReplicationSummary>,
    /// `false` when the run was interrupted and replications are missing.
    pub complete: bool,
    /// The resolved scenario: defaults filled in, overrides applied.
    pub resolved: serde_json::Value,
    /// How it was called: whatever may differ between equal runs.
    pub invocation: Invocation,
}

/// What was asked for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ScenarioFacts {
    /// `name`
    pub name: String,
    /// `question`
    pub question: Option<String>,
    /// `region`
    pub region: String,
    /// `start`, RFC 3339.
    pub start: String,
    /// `seed`
    pub seed: u64,
    /// Replications asked for.
    pub replications: u32,
    /// `aws` or `ideal`, what the parameters started from.
    pub profile: String,
    /// `horizon`, ms.
    pub horizon_ms: Option<u64>,
    /// `warmUp`, ms.
    pub warm_up_ms: u64,
}

/// What a run was made from, with hashes (BLAKE3, hexadecimal).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Provenance {
    /// The instance types and prices.
    pub catalog: CatalogFacts,
    /// The traces and workflows read, in workload order, and what the Spot market was read from.
    pub traces: Vec<TraceFacts>,
    /// The assumptions in force.
    pub parameters: Vec<Parameter>,
}

/// Which catalog.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CatalogFacts {
    /// The date its facts were taken.
    pub date: String,
    /// Of the table's bytes.
    pub hash: String,
}

/// Which trace, and what became of its rows; or which workflow, whose tasks are its rows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TraceFacts {
    /// The file as the scenario names it.
    pub file: String,
    /// `swf`, `csv` or `wfcommons`.
    pub format: String,
    /// Of the file's bytes.
    pub hash: String,
    /// Rows that became submissions.
    pub accepted: u64,
    /// Well-formed rows that never ran or can not run here, by reason.
    pub skipped: Vec<(String, u64)>,
    /// Malformed rows, by reason.
    pub rejected: Vec<(String, u64)>,
}

/// An assumption of the model: a named parameter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parameter {
    /// `cyclePeriod`
    pub key: String,
    /// As one writes it in a scenario.
    pub value: String,
    /// `D` when AWS documents it, else where its default comes from.
    pub evidence: String,
}

/// How a run was called: nothing in here is promised to be equal between equal runs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Invocation {
    /// Program and arguments.
    pub command_line: Vec<String>,
    /// Version of the program.
    pub version: String,
    /// Where the scenario came from.
    pub scenario_path: String,
    /// Worker threads.
    pub threads: u32,
    /// When it began, RFC 3339.
    pub started_at: String,
    /// Real time, seconds.
    pub wall_time_s: f64,
    /// The machine's name.
    pub host: String,
}
