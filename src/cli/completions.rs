//! `batchcast completions`: a script for a shell.

use super::Failure;
use super::output::print;
use clap::{Args, Command};
use clap_complete::Shell;
use std::process::ExitCode;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// For which shell
    shell: Shell,
}

pub(super) fn completions(
    arguments: &Arguments,
    mut command: Command,
) -> Result<ExitCode, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut command, "batchcast", &mut script);
    print(&String::from_utf8_lossy(&script))?;
    Ok(ExitCode::SUCCESS)
}
