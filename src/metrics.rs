//! What is measured: records in, one plain summary per replication out, intervals across them.
//!
//! Sees records and observer callbacks only, never the world's state; knows nothing of files. What
//! must hold in every run (design section 4) is asserted here, so a number that does not add up can
//! not reach a report.

pub mod across;
mod identities;
mod job_groups;
pub mod metric;
pub mod names;
pub mod record_sink;
pub mod recorder;
pub mod result;
pub mod summary;
mod tally;
#[cfg(test)]
pub(crate) mod test_records;
pub mod timeline;

/// Raised whenever a simulated number changes for an unchanged scenario.
pub const MODEL_VERSION: u32 = 1;
