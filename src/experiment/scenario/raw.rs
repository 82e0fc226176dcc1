//! A scenario as it is written: the shapes of the file, before anything is looked up.
//!
//! These types say which keys there are, of which type and with which default; the schema, the
//! check of keys and the resolved scenario are made from them. What values mean is decided in
//! [`validate`](super::validate).

pub(super) mod api_call;
pub(super) mod aws;
pub(super) mod choice;
pub(super) mod consumable;
pub(super) mod definition;
pub(super) mod market;
pub(super) mod model;
pub(super) mod node;
pub(super) mod pod;
pub(super) mod staging;
pub(super) mod submit;
pub(super) mod task;
pub(super) mod workload;

use super::scalar::{Duration, Instant};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// A scenario: one account, what arrives, and how it is simulated.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Scenario {
    /// The scenario's name; by default that of its folder or file.
    #[serde(default)]
    #[schemars(regex(pattern = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$"))]
    pub(super) name: String,
    /// The question that the study answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) question: Option<String>,
    /// The AWS region.
    #[serde(default = "default_region")]
    pub(super) region: String,
    /// Take prices from this region where the scenario's own has none; a warning in every report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) price_from: Option<String>,
    /// Wall time of t = 0.
    #[serde(default = "default_start")]
    pub(super) start: Instant,
    /// Seed of all random numbers.
    #[serde(default = "one")]
    pub(super) seed: u64,
    /// Runs with different random numbers.
    #[serde(default = "one_u32")]
    #[schemars(range(min = 1, max = 1_000_000))]
    pub(super) replications: u32,
    /// Undocumented behaviour: `aws`, `ideal`, or a base with overrides.
    #[serde(default = "default_profile")]
    #[schemars(schema_with = "choice::profile")]
    pub(super) profile: Value,
    /// When the run ends if it has not drained before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) horizon: Option<Duration>,
    /// Statistics leave out what happened before.
    #[serde(default)]
    pub(super) warm_up: Duration,
    /// What to do with a submitted job that no compute environment can ever hold.
    #[serde(default)]
    pub(super) infeasible_jobs: InfeasibleJobs,
    /// Instance types.
    #[serde(default)]
    pub(super) catalog: model::Catalog,
    /// Files to take lists from; paths are relative to this file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) include: Vec<Include>,
    /// CreateComputeEnvironment requests.
    pub(super) compute_environments: Vec<aws::ComputeEnvironment>,
    /// By compute environment: what AWS's shape does not say.
    #[serde(default)]
    pub(super) compute_environment_models: BTreeMap<String, model::ComputeEnvironmentModel>,
    /// CreateJobQueue requests.
    pub(super) job_queues: Vec<aws::JobQueue>,
    /// Calls of AWS's update operations at given times.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) api_calls: Vec<api_call::ApiCall>,
    /// CreateConsumableResource requests, which definitions name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) consumable_resources: Vec<consumable::ConsumableResource>,
    /// CreateSchedulingPolicy requests, which queues name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) scheduling_policies: Vec<aws::SchedulingPolicy>,
    /// RegisterJobDefinition requests; several of one name are its revisions.
    #[serde(default)]
    pub(super) job_definitions: Vec<definition::JobDefinition>,
    /// File systems that jobs read and write, which models name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) shared_file_systems: Vec<staging::SharedFileSystem>,
    /// By family or instance type: how fast it works, 1 is the machine that run times are stated
    /// for. A type's own goes before its family's, that before the table's; by default 1.
    #[serde(default, skip_serializing_if = "staging::MachineSpeed::is_empty")]
    pub(super) machine_speed: staging::MachineSpeed,
    /// By job definition: how its jobs behave.
    #[serde(default)]
    pub(super) job_models: BTreeMap<String, model::JobModel>,
    /// What arrives: any number of sources.
    pub(super) workload: Vec<workload::Entry>,
    /// By subnet id: its availability zone.
    #[serde(default)]
    pub(super) subnet_zones: BTreeMap<String, String>,
    /// The Spot market.
    #[serde(default)]
    pub(super) spot_market: market::SpotMarket,
    /// vCPU quotas of the account; absent is unlimited.
    #[serde(default)]
    #[schemars(schema_with = "choice::quotas")]
    pub(super) quotas: BTreeMap<String, u32>,
    /// What is billed beside instances.
    #[serde(default)]
    pub(super) billing: model::Billing,
    /// Limits of On-Demand capacity.
    #[serde(default)]
    pub(super) on_demand_capacity: market::OnDemandCapacity,
    /// Bounds on metrics, such as `queueLatency.p95 < 15m`. Jobs that are unfinished at the horizon
    /// break every upper bound on a latency, a completion or the makespan.
    #[serde(default)]
    pub(super) thresholds: Vec<String>,
    /// Variants and grids of a comparison or sweep.
    #[serde(default)]
    pub(super) study: Study,
}

/// What a study varies: override paths to values.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Study {
    /// By name: overrides that make the variant.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) variants: BTreeMap<String, BTreeMap<String, Value>>,
    /// By override path: the values to try.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) grid: BTreeMap<String, Vec<Value>>,
}

/// What to do with a submitted job that no compute environment can ever hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) enum InfeasibleJobs {
    #[default]
    Error,
    AsOnAws,
}

/// A file whose items are appended to a list of the scenario.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Include {
    /// The file, as written by `aws batch describe-*` or a bare list.
    pub(super) file: String,
    /// The list that takes its items.
    #[serde(rename = "as")]
    #[schemars(schema_with = "choice::include_as")]
    pub(super) list: String,
}

fn default_region() -> String {
    "us-east-1".to_owned()
}

fn default_start() -> Instant {
    // 2026-01-01T00:00:00Z
    Instant(jiff::Timestamp::constant(1_767_225_600, 0))
}

fn default_profile() -> Value {
    Value::from("aws")
}

const fn one() -> u64 {
    1
}

const fn one_u32() -> u32 {
    1
}
