//! Options that several commands share.

use batchcast::experiment::scenario::LoadOptions;
use clap::{Args, ValueEnum};

/// How a scenario is read, and what is changed in it.
#[derive(Debug, Default, Args)]
pub(super) struct ReadOptions {
    /// Change a value: computeEnvironments[spot].computeResources.maxvCpus=500
    #[arg(long = "set", value_name = "PATH=VALUE", value_parser = path_and_value)]
    sets: Vec<(String, String)>,
    /// Seed of all random numbers
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Runs with different random numbers
    #[arg(long, value_name = "N")]
    replications: Option<u32>,
    /// Stop the simulated clock after this long: 12h, 7d
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// Take keys of AWS that are not modelled for errors
    #[arg(long)]
    strict: bool,
    /// Share of malformed trace rows that is tolerated, 0 to 1 [default: 0.01]
    #[arg(long, value_name = "SHARE", value_parser = share)]
    max_rejects: Option<f64>,
}

impl ReadOptions {
    pub(super) fn load_options(&self) -> LoadOptions {
        LoadOptions {
            sets: self.sets.clone(),
            variant: None,
            strict: self.strict,
            seed: self.seed,
            replications: self.replications,
            until: self.until.clone(),
            max_rejects: self.max_rejects,
        }
    }
}

/// How replications are run.
#[derive(Debug, Default, Args)]
pub(super) struct RunOptions {
    /// Worker threads; changes no result [default: all processors]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    jobs: Option<u16>,
}

impl RunOptions {
    pub(super) fn threads(&self) -> usize {
        let processors = || std::thread::available_parallelism().map_or(1, usize::from);
        self.jobs.map_or_else(processors, usize::from)
    }
}

/// What is printed on stdout.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(super) enum Format {
    /// A summary to read
    #[default]
    Table,
    /// The bytes of the summary's file
    Json,
    /// Its numbers, one metric a line
    Csv,
}

/// Splits `PATH=VALUE`.
pub(super) fn path_and_value(text: &str) -> Result<(String, String), String> {
    let (path, value) =
        text.split_once('=').ok_or("expected PATH=VALUE, such as seed=7, in one argument")?;
    Ok((path.trim().to_owned(), value.to_owned()))
}

fn share(text: &str) -> Result<f64, String> {
    let share = text.parse::<f64>().ok().filter(|share| (0.0..=1.0).contains(share));
    share.ok_or_else(|| "expected a number from 0 to 1".to_owned())
}
