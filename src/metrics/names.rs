//! The names behind the ids of a run's records.
//!
//! Records carry ids only; reports print names. Kept apart from the configuration, so that results
//! can be read without it.

use serde::{Deserialize, Serialize};

/// Names by id: `compute_environments[ComputeEnvironmentId::index()]` and so on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Names {
    /// `computeEnvironmentName`
    pub compute_environments: Vec<String>,
    /// `jobQueueName`
    pub job_queues: Vec<String>,
    /// `jobDefinitionName`
    pub job_definitions: Vec<String>,
    /// `c6i.4xlarge`
    pub instance_types: Vec<String>,
    /// `use1-az1`
    pub zones: Vec<String>,
    /// What calls of the API gave as their reasons.
    pub reasons: Vec<String>,
}
