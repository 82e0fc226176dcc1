//! Results on paper: one file per output, each a plain function of records or summaries.
//!
//! Writers never see the world; they know records, names and summaries. Equal runs give equal
//! bytes, save for what stands under `invocation`.

pub mod aws;
pub mod catalog;
pub mod comparison;
pub mod csv;
pub mod fingerprint;
pub mod fit_speed;
pub mod folder;
pub mod json;
pub mod market;
pub mod output_file;
pub mod plots;
pub mod terminal;
mod write;

pub use write::{WriteError, Written, write_results};

use crate::sim::SimDuration;

/// How often the state of a run is sampled, for `timeseries.csv` and the figures.
pub const SAMPLE_EVERY: SimDuration = SimDuration::from_secs(60);

#[cfg(test)]
pub(crate) mod test_comparison;
#[cfg(test)]
pub(crate) mod test_folder;
#[cfg(test)]
pub(crate) mod test_result;
