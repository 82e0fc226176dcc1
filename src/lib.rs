//! Batchcast: a discrete-event capacity simulator of AWS Batch.

pub mod batch;
pub mod ec2;
pub mod experiment;
pub mod metrics;
pub mod report;
pub mod sim;
pub mod workload;
pub mod world;
