//! One accepted or attempted SubmitJob call, whatever made it.

use crate::batch::job_definition::{JobDefinitionId, Requirements};
use crate::batch::job_queue::JobQueueId;
use crate::sim::SimDuration;
use std::sync::Arc;

/// A job or array job entering the account.
#[derive(Clone, Debug)]
pub struct JobSubmission {
    /// `jobName`, or the trace's own id verbatim.
    pub name: JobName,
    /// The queue it is submitted to.
    pub queue: JobQueueId,
    /// Retry strategy, image, failures and run time model come from here.
    pub definition: JobDefinitionId,
    /// After overrides.
    pub requirements: Requirements,
    /// The recorded run time; `None` draws it from the definition's model.
    pub run_time: Option<SimDuration>,
    /// Children, 2 to 10,000; 0 for a job that is no array.
    pub array_size: u32,
    /// `retryStrategy.attempts` of the submission, replacing the definition's whole strategy.
    pub attempts: Option<u8>,
    /// `timeout` of the submission, replacing the definition's.
    pub timeout: Option<SimDuration>,
    /// Whether the call passes the SubmitJob rate limit; records of a trace were accepted already.
    pub throttled: bool,
}

/// A job's name. Kept inline where it is short: a live job carries its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JobName {
    /// A decimal number, the usual id of a trace (no leading zeros).
    Number(u64),
    /// One text shared by many jobs.
    Shared(Arc<str>),
    /// At most 22 bytes: length and UTF-8 text.
    Inline(u8, [u8; 22]),
    /// A longer one.
    Long(Box<str>),
}
