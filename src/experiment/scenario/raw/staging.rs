//! What jobs read, write and save: checkpoints and shared file systems (ours).

use super::super::scalar::Duration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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
