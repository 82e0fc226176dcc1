//! What arrives: traces, synthetic streams, workflows; all are sources of job submissions.
//!
//! Sees of Batch only job definitions, queues and ids. Invariant: a source is a cursor; it holds
//! its next submissions and never its past ones. A workflow is the source that waits: it is told
//! how its jobs ended.

mod corners;
mod error;
mod input;
mod source;
pub mod spec;
pub mod submission;
mod synthetic;
mod tally;
pub mod task_log;
pub mod trace;
pub mod workflow;

pub use corners::largest_part;
pub use error::{TooManyRejects, WorkloadError};
pub use source::{JobSource, open};
pub use tally::{Count, Reason, Tally};
