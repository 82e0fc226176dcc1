//! How large record files are going to be, by what a row of each usually takes.

use super::{ATTEMPTS, JOBS, Records, TIMESERIES, Table};
use crate::experiment::estimate::Estimate;
use crate::experiment::scenario::Scenario;
use crate::report::SAMPLE_EVERY;
use serde::Serialize;

/// Bytes of a usual row; a test measures them.
const JOB_BYTES: u64 = 265;
const ATTEMPT_BYTES: u64 = 200;
const SAMPLE_BYTES: u64 = 42;

/// A record file before it is written: an estimate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExpectedFile {
    /// `jobs.csv`
    pub file: &'static str,
    /// Of all replications.
    pub rows: u64,
    /// Of all rows.
    pub bytes: u64,
}

/// Rows of `timeseries.csv` for a job that has an environment to itself: it comes and it goes.
const SAMPLES_OF_A_JOB: u64 = 2;

/// The record files that grow with the workload. Attempts are counted as if none was lost, samples
/// as if some environment changed all the time, unless there are too few jobs for that.
#[must_use]
pub fn expected_files(
    scenario: &Scenario,
    estimate: &Estimate,
    records: Records,
) -> Vec<ExpectedFile> {
    let replications = u64::from(scenario.replications);
    let shortest_s = estimate.bounds.map_or(estimate.span_s, |bounds| bounds.makespan_s);
    let instants = (shortest_s / SAMPLE_EVERY.as_secs_f64()).ceil() as u64;
    let environments = scenario.model.compute_environments.len() as u64;
    let samples = (instants * environments).min(estimate.jobs * SAMPLES_OF_A_JOB);
    let usual = [
        (JOBS, estimate.jobs, JOB_BYTES),
        (ATTEMPTS, estimate.jobs, ATTEMPT_BYTES),
        (TIMESERIES, samples, SAMPLE_BYTES),
    ];
    let written =
        |table: &Table| records.tables().iter().any(|chosen| chosen.file_name == table.file_name);
    let file = |(table, rows, bytes): (Table, u64, u64)| ExpectedFile {
        file: table.file_name,
        rows: rows * replications,
        bytes: rows * replications * bytes,
    };
    usual.into_iter().filter(|(table, ..)| written(table)).map(file).collect()
}
