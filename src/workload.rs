//! What arrives: traces, synthetic streams, workflows; all are sources of job submissions.
//!
//! Sees of Batch only job definitions, queues and ids.

pub mod spec;
pub mod submission;
