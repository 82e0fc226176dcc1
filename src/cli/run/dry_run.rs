//! `batchcast run --dry-run`: what can be said of a scenario before it is run.

use crate::cli::Failure;
use crate::cli::options::Format;
use crate::cli::output::print;
use crate::cli::scenario::Opened;
use batchcast::experiment::estimate::estimate;
use batchcast::report::csv::{Records, expected_files};
use batchcast::report::{json, terminal};
use std::process::ExitCode;

pub(super) fn dry_run(
    opened: &Opened,
    records: Records,
    format: Format,
) -> Result<ExitCode, Failure> {
    let scenario = &opened.scenario;
    if matches!(format, Format::Csv) {
        let message = "--format csv is for metrics, and a dry run has none";
        return Err(Failure::usage(format!("{message}\nhint: use --format table or json")));
    }
    let estimate = estimate(scenario, opened.carried)?;
    let files = expected_files(scenario, &estimate, records);
    print(&match format {
        Format::Json => json::estimate(scenario, &estimate, &files).map_err(Failure::runtime)?,
        _ => terminal::render_estimate(scenario, &estimate, &files),
    })?;
    Ok(ExitCode::SUCCESS)
}
