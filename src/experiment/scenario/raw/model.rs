//! Our own shapes beside AWS's: catalog, models, billing.

use super::super::scalar::{Duration, Moment, Usd};
use super::choice;
use super::staging::Checkpoint;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The instance types to choose from.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Catalog {
    /// Pins the date of the embedded catalog; another one is a warning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) version: Option<String>,
    /// A CSV file that replaces the embedded catalog.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) file: Option<String>,
    /// Types to add, or to replace by name.
    #[serde(default)]
    pub(crate) instance_types: Vec<InstanceType>,
}

/// An instance type beside those of the catalog.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct InstanceType {
    /// `family.size`
    pub(crate) instance_type: String,
    /// May be left out for a type of the catalog, like every key below.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1_000_000))]
    pub(crate) vcpus: Option<u32>,
    /// Advertised memory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub(crate) memory_mib: Option<u32>,
    /// Linux On-Demand price per hour.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) on_demand_usd_per_hour: Option<Usd>,
    /// By default that of the catalog, or x86_64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "choice::architecture")]
    pub(crate) architecture: Option<String>,
    /// By default those of the catalog, or none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) gpus: Option<u32>,
    /// Zones that offer it; by default those of the catalog, or every zone of the region.
    #[serde(default)]
    pub(crate) zones: Vec<String>,
    /// Spot Advisor band, 0 (rarely interrupted) to 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 4))]
    pub(crate) interruption_band: Option<u8>,
    /// Spot price as a share of the On-Demand price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub(crate) spot_ratio: Option<f64>,
    /// Network bandwidth that its transfers share, whatever the profile's `networkBandwidth` says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.001, max = 1e6))]
    pub(crate) network_gbps: Option<f64>,
}

/// What AWS's shape does not say of a compute environment.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ComputeEnvironmentModel {
    /// Time of user data before the agent registers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) user_data: Option<Duration>,
    /// Boot to registration without GPUs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) boot_cpu: Option<Latency>,
    /// Boot to registration with GPUs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) boot_gpu: Option<Latency>,
    /// By instance type: the memory in MiB that it registers, where it is known.
    #[serde(default)]
    pub(crate) registered_memory: BTreeMap<String, u32>,
    /// Whether its status is INVALID, or why it is: it takes no jobs and keeps no instances.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) invalid: Option<Invalid>,
    /// Of an UNMANAGED environment: the instances that its user registers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) instances: Vec<RegisteredInstances>,
}

/// Whether an environment is INVALID, or why.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum Invalid {
    Flag(bool),
    Reason(String),
}

/// Equal instances that come and go together.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RegisteredInstances {
    /// `family.size`
    pub(crate) instance_type: String,
    #[serde(default = "one")]
    #[schemars(range(min = 1, max = 100_000))]
    pub(crate) count: u32,
    /// A zone id or name; by default the first that offers the type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) availability_zone: Option<String>,
    /// When they register.
    #[serde(default)]
    pub(crate) from: Moment,
    /// When they are terminated; by default at the end of the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) until: Option<Moment>,
}

const fn one() -> u32 {
    1
}

/// A lognormal latency.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Latency {
    pub(crate) median: Duration,
    /// Standard deviation of the logarithm; 0 is constant.
    #[serde(default)]
    #[schemars(range(min = 0.0, max = 10.0))]
    pub(crate) sigma: f64,
}

/// How the jobs of a definition behave.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct JobModel {
    /// Work of a job as run time on a machine of speed 1: a distribution, or the same for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) runtime: Option<Runtime>,
    /// Compressed image size; 0 leaves only the fixed part of a pull.
    #[serde(default)]
    pub(crate) image_mib: u32,
    /// Failures of the job's own making.
    #[serde(default)]
    pub(crate) failure: Failure,
    /// How a job saves its work; by default a lost attempt starts again from nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) checkpoint: Option<Checkpoint>,
    /// MiB that each attempt reads before its work, while it is RUNNING.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(crate) input_mib: u32,
    /// MiB that it writes after its work.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(crate) output_mib: u32,
    /// Where the files are, by its name; by default S3, over the network of the instance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) shared_file_system: Option<String>,
}

// The signature is serde's.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands out a reference")]
const fn is_zero(mib: &u32) -> bool {
    *mib == 0
}

/// A run time.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum Runtime {
    Constant(Duration),
    Drawn(Distribution),
}

/// A distribution of durations.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Distribution {
    #[schemars(schema_with = "choice::distribution")]
    pub(crate) distribution: String,
    /// Of `constant`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) value: Option<Duration>,
    /// Of `exponential`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) mean: Option<Duration>,
    /// Of `lognormal`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) median: Option<Duration>,
    /// Of `lognormal`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) sigma: Option<f64>,
    /// Of `weibull`, `pareto` and `gamma`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) shape: Option<f64>,
    /// Of `weibull` and `gamma`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) scale: Option<Duration>,
    /// Of `pareto`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) minimum: Option<Duration>,
    /// Of `empirical`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) values: Option<Vec<Duration>>,
    /// Of `empirical`: a text file with one duration a line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) file: Option<String>,
}

/// Failures of the job's own making.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Failure {
    /// That an attempt which runs to its end fails.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub(crate) probability: f64,
    /// Not 0.
    #[serde(default = "exit_code")]
    pub(crate) exit_code: i32,
}

impl Default for Failure {
    fn default() -> Self {
        Self { probability: 0.0, exit_code: exit_code() }
    }
}

const fn exit_code() -> i32 {
    1
}

/// What is billed beside instances.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Billing {
    /// Root volume of each instance; 0 leaves EBS out. By default 30, in profile `ideal` 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 65_536))]
    pub(crate) ebs_gib: Option<u32>,
    /// Whether instances have public IPv4 addresses. By default true, in profile `ideal` false.
    #[serde(rename = "publicIpv4", default, skip_serializing_if = "Option::is_none")]
    pub(crate) public_ipv4: Option<bool>,
    /// How an instance's bill is shared between its jobs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "choice::cost_share")]
    pub(crate) cost_share: Option<String>,
}
