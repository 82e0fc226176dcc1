//! `batchcast schema`: what editors check a scenario file against.

use super::Failure;
use super::output::print;
use std::process::ExitCode;

pub(super) fn schema() -> Result<ExitCode, Failure> {
    let schema = batchcast::experiment::scenario::schema();
    print(&format!("{:#}\n", schema))?;
    Ok(ExitCode::SUCCESS)
}
