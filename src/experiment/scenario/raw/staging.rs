//! What jobs read, write and save: checkpoints and shared file systems; how fast machines are
//! (ours).

use super::super::scalar::Duration;
use super::choice;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How a job saves its work, so that an attempt after a lost one goes on from there.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Checkpoint {
    /// One is written after so much work, by the clock of the machine; at least 1 s.
    pub(crate) interval: Duration,
    /// How long writing one takes; no work is done meanwhile.
    #[serde(default)]
    pub(crate) cost: Duration,
    /// How long an attempt that resumes takes to read the last one.
    #[serde(default)]
    pub(crate) restore: Duration,
}

/// A file system whose bandwidth all transfers of all jobs share, as Amazon EFS.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SharedFileSystem {
    /// What `jobModels.*.sharedFileSystem` calls it.
    pub(crate) name: String,
    /// Of all transfers together.
    #[schemars(range(min = 0.001, max = 1e9))]
    pub(crate) mib_per_second: f64,
    /// Of one transfer at most; by default all of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.001, max = 1e9))]
    pub(crate) mib_per_second_per_client: Option<f64>,
}

/// How fast machines work.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MachineSpeed {
    /// Where the speed of a family is from that is not named here: `none`, the default, or
    /// `embedded`, the measured speeds that come with the program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "choice::speed_table")]
    pub(crate) table: Option<String>,
    /// By family or instance type.
    #[serde(flatten)]
    pub(crate) said: BTreeMap<String, f64>,
}

impl MachineSpeed {
    /// Whether nothing is said.
    pub(crate) fn is_empty(&self) -> bool {
        self.table.is_none() && self.said.is_empty()
    }

    /// Whether measured speeds are used where nothing else is said.
    pub(crate) fn is_measured(&self) -> bool {
        self.table.as_deref() == Some("embedded")
    }
}
