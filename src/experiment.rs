//! Studies: from a scenario file to an answer with an interval.

pub mod closed_forms;
pub mod compare;
pub mod embedded;
pub mod estimate;
pub mod fit_speed;
mod holds;
pub mod market_sample;
pub mod regress;
pub mod replicate;
pub mod scenario;
pub mod verdict;
