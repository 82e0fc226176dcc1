//! AWS Batch: jobs, queues, compute environments, placement, scaling and allocation strategies.
//!
//! Sees of EC2 only the catalog and the fleet door; does not know why capacity was denied.

pub mod allocation;
pub mod api_call;
pub mod backlog;
pub mod cause_log;
pub mod checkpoint;
pub mod compute_environment;
pub mod consumable;
pub mod demand;
pub mod dependency;
pub mod fargate;
pub mod job_definition;
pub mod job_queue;
pub mod placement;
pub mod policy;
pub mod refusals;
pub mod retry;
pub mod scheduling_policy;
pub mod shape;
pub mod staging;
pub mod wait_cause;
