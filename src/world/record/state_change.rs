//! What AWS tells the world while a job lives: that it was submitted, and each change of its state.
//!
//! Handed out only to who looks ([`Observer::STATE_CHANGES`](super::super::observer::Observer)). An
//! array as a whole is told of up to PENDING: what becomes of it follows from its children.

use super::{JobId, JobStatus, Place, StatusReason};
use crate::batch::dependency::Links;
use crate::batch::job_definition::{JobDefinitionId, Requirements};
use crate::batch::job_queue::{JobQueueId, ShareIdentifier};
use crate::sim::{SimDuration, SimTime};
use crate::workload::submission::{EntryId, JobName};
use std::sync::Arc;

/// A SubmitJob call that was not refused, before the API has accepted it.
#[derive(Clone, Debug)]
pub struct SubmissionRecord {
    /// The job or array that it makes.
    pub job_id: JobId,
    /// `jobName`
    pub name: JobName,
    /// Its queue.
    pub queue: JobQueueId,
    /// Its definition.
    pub definition: JobDefinitionId,
    /// After overrides.
    pub requirements: Requirements,
    /// Children; 0 for a job that is no array.
    pub array_size: u32,
    /// Equal nodes that each ask for `requirements`; 0: as many as the definition says.
    pub nodes: u32,
    /// `retryStrategy.attempts` of the submission, replacing the definition's whole strategy.
    pub attempts: Option<u8>,
    /// `timeout` of the submission, else of its definition.
    pub timeout: Option<SimDuration>,
    /// `shareIdentifier`
    pub share: Option<ShareIdentifier>,
    /// Of the submission, else of its definition, 0 to 9,999.
    pub scheduling_priority: u16,
    /// What it has to do with other submissions.
    pub links: Option<Arc<Links>>,
    /// The `submit` entry of the workload that it comes from, by position.
    pub entry: Option<EntryId>,
}

/// A job, an array or a child changes its state (behaviour 1.1, 2.2), or a node does.
///
/// Nodes are RUNNABLE with their job and end with it at the latest. Told of those that are not the
/// main one is what does not follow from the job's changes: STARTING, RUNNING, and FAILED of one
/// that ends by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StateChange {
    /// When.
    pub time: SimTime,
    /// The submission.
    pub job_id: JobId,
    /// The child's index; `None` for a job that is no array, and for the array as a whole.
    pub array_index: Option<u32>,
    /// A node other than the main one, whose states are those of its job; `None` for the job.
    pub node: Option<u32>,
    /// The state that it leaves; `None` where it comes into being.
    pub from: Option<JobStatus>,
    /// The state that it enters.
    pub to: JobStatus,
    /// Why, where it FAILED or SUCCEEDED.
    pub reason: StatusReason,
    /// Where it was placed, when STARTING.
    pub place: Option<Place>,
}
