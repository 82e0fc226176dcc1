//! Regression benchmarks: a committed baseline, a fresh run, and what differs between them.
//!
//! A run is known by its fingerprint: what it was made from, the hashes of everything that it
//! promises, and its metrics. A [`Baseline`] is a fingerprint in a file, with a tolerance for each
//! metric. Made from the same, a run must give the same bytes; made from something else, its
//! metrics must stay within their tolerances. Knows neither how a run is made nor how a verdict is
//! printed.

mod baseline;
mod check;
mod fault;
#[cfg(test)]
mod tests;

pub use baseline::{Baseline, MetricBaseline, ReplicationDigest, ScenarioHash, TraceHash};
pub use check::{Changed, Check, MetricChange, Verdict, check};
pub use fault::BaselineError;
