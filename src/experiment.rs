//! Studies: from a scenario file to an answer with an interval.

pub mod closed_forms;
pub mod embedded;
mod holds;
pub mod replicate;
pub mod scenario;
pub mod verdict;
