//! `batchcast market`: the models of Spot capacity and prices, and what pools of a scenario do.

use super::options::ReadOptions;
use super::output::{print, say};
use super::scenario;
use super::{Failure, Talk};
use batchcast::experiment::market_sample::{SampleError, sample_market};
use batchcast::report::market::{self, SAMPLE};
use batchcast::report::output_file::OutputFile;
use batchcast::report::{plots, terminal};
use clap::{Args, Subcommand};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List the models, their presets and their parameters
    List,
    /// Show what the Spot pools of a scenario do in one replication, without a run
    Sample(Box<Sample>),
}

#[derive(Debug, Args)]
pub(crate) struct Sample {
    /// A file, a folder, or the name of an embedded study
    scenario: Option<String>,
    /// Pools such as c6i.large or c6i.large/use1-az1 [default: those of SPOT environments]
    #[arg(long, value_name = "POOL", value_delimiter = ',')]
    pools: Vec<String>,
    /// Write every change to a file, .csv, or draw it, .svg
    #[arg(long, value_name = "FILE", value_parser = table_or_figure)]
    out: Option<PathBuf>,
    #[command(flatten)]
    read: ReadOptions,
}

pub(super) fn market(command: &Command, talk: Talk) -> Result<ExitCode, Failure> {
    match command {
        Command::List => print(&market::list())?,
        Command::Sample(arguments) => sample(arguments, talk)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn sample(arguments: &Sample, talk: Talk) -> Result<(), Failure> {
    let opened = scenario::open(arguments.scenario.as_deref(), &arguments.read.load_options())?;
    let out = arguments.out.as_deref();
    let out = out.map(|out| OutputFile::new(out, &SAMPLE, &opened.scenario.files)).transpose()?;
    let sample =
        sample_market(&opened.scenario, &arguments.pools).map_err(|error| match error {
            SampleError::UnknownPool(..) => Failure::usage(error),
            _ => Failure::input(error),
        })?;
    let Some(out) = out else { return print(&terminal::render_market(&sample)) };
    let text = match is_figure(out.path()) {
        true => plots::market_figure(&sample).map_err(Failure::runtime)?,
        false => market::csv(&sample),
    };
    out.write(&text)?;
    if !talk.quiet {
        say(&format!("wrote {}", out.path().display()));
    }
    Ok(())
}

fn is_figure(file: &Path) -> bool {
    file.extension().is_some_and(|extension| extension == "svg")
}

fn table_or_figure(text: &str) -> Result<PathBuf, String> {
    let file = PathBuf::from(text);
    match file.extension().and_then(|extension| extension.to_str()) {
        Some("csv" | "svg") => Ok(file),
        _ => Err("expected a file called .csv or .svg".to_owned()),
    }
}
