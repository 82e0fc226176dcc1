//! AWS Batch: jobs, queues, compute environments, placement, scaling and allocation strategies.
//!
//! Sees of EC2 only the catalog and the fleet door; does not know why capacity was denied.

pub mod allocation;
pub mod compute_environment;
pub mod job_definition;
pub mod job_queue;
pub mod policy;
pub mod wait_cause;
