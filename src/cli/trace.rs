//! `batchcast trace`: what can be learnt from recorded work.

use super::Failure;
use super::output::{print, say};
use batchcast::ec2::catalog::Catalog;
use batchcast::experiment::fit_speed::{FitOptions, fit_speeds};
use batchcast::report::fit_speed::{self, MAPPING};
use batchcast::report::output_file::OutputFile;
use batchcast::report::terminal;
use batchcast::workload::task_log::{Columns, RunTimeColumn};
use clap::{Args, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Fit how fast machines work from logs of tasks that ran on several of them
    ///
    /// Reads CSV or tab-separated text, plain or gzip, and compares each task with itself on other
    /// machines: a `machineSpeed` for scenarios. Columns that are not named are looked for: the
    /// task in task, process or name, with workflow, cpus and WorkflowInputSize where they are;
    /// the machine in machine, machine_type, instance_type, node or hostname; the run time in
    /// run_time, seconds, or realtime, milliseconds. Tasks that did not succeed are left out.
    FitSpeed(Box<FitSpeed>),
}

#[derive(Debug, Args)]
pub(crate) struct FitSpeed {
    /// Logs of tasks; those of several runs are taken together
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Columns that rows of the same work share, the task's name first
    #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
    task: Vec<String>,
    /// The column of the machine or the instance type
    #[arg(long, value_name = "COLUMN")]
    machine: Option<String>,
    /// The column of the run time, and its unit: took:s, realtime:ms
    #[arg(long, value_name = "COLUMN[:UNIT]")]
    run_time: Option<RunTimeColumn>,
    /// Leave out shorter run times, in seconds
    #[arg(long, value_name = "S", default_value = "1", value_parser = seconds)]
    min_run_time: f64,
    /// Take the instance types of a family together
    #[arg(long)]
    by_family: bool,
    /// The machine whose speed is 1 [default: that with the most rows]
    #[arg(long, value_name = "MACHINE")]
    reference: Option<String>,
    /// Print the mapping for a scenario instead of the table
    #[arg(long)]
    yaml: bool,
    /// Write the mapping for a scenario to a file
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

pub(super) fn trace(command: &Command) -> Result<ExitCode, Failure> {
    match command {
        Command::FitSpeed(arguments) => fit(arguments)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn fit(arguments: &FitSpeed) -> Result<(), Failure> {
    let options = FitOptions {
        columns: Columns {
            task: arguments.task.clone(),
            machine: arguments.machine.clone(),
            run_time: arguments.run_time.clone(),
        },
        by_family: arguments.by_family,
        reference: arguments.reference.clone(),
        least_s: arguments.min_run_time,
    };
    let out = arguments.out.as_deref().map(|out| OutputFile::new(out, &MAPPING, &arguments.files));
    let out = out.transpose()?;
    let fitted = fit_speeds(&arguments.files, &options).map_err(Failure::input)?;
    let catalog = Catalog::embedded();
    let mapping = fit_speed::yaml(&fitted, &catalog);
    if let Some(out) = out {
        out.write(&mapping)?;
        say(&format!("wrote {}", out.path().display()));
    }
    let table = || terminal::render_speeds(&fitted, &catalog);
    print(&if arguments.yaml { mapping.clone() } else { table() })
}

fn seconds(text: &str) -> Result<f64, String> {
    let seconds = text.parse::<f64>().ok().filter(|seconds| (0.0..=1e9).contains(seconds));
    seconds.ok_or_else(|| "expected seconds, 0 or more".to_owned())
}
