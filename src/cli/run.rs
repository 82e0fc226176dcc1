//! `batchcast run`: a scenario in, a result folder and a summary out.

mod dry_run;

use super::failure::INTERRUPTED;
use super::output::{print, say};
use super::progress::ProgressLine;
use super::scenario::{Opened, open};
use super::{Failure, Talk, interrupt, rejects, threads};
use batchcast::experiment::replicate::{Options, replicate};
use batchcast::experiment::scenario::LoadOptions;
use batchcast::experiment::verdict;
use batchcast::metrics::across::RunSummary;
use batchcast::metrics::names::Names;
use batchcast::metrics::result::{Invocation, RunResult};
use batchcast::report::csv::{CsvSink, Records};
use batchcast::report::folder::ResultFolder;
use batchcast::report::{self, SAMPLE_EVERY, Written, json, terminal};
use clap::{Args, ValueEnum};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

#[derive(Debug, Default, Args)]
pub(crate) struct Arguments {
    /// A file, a folder with a scenario.yaml, or an embedded study [default: allocation-strategies]
    scenario: Option<String>,
    /// Change a value: computeEnvironments[spot].computeResources.maxvCpus=500
    #[arg(long = "set", value_name = "PATH=VALUE", value_parser = path_and_value)]
    sets: Vec<(String, String)>,
    /// Seed of all random numbers
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Runs with different random numbers
    #[arg(long, value_name = "N")]
    replications: Option<u32>,
    /// Worker threads; changes no result [default: all processors]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    jobs: Option<u16>,
    /// Where results go [default: results/<name>]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Which record files are written [default: all]
    #[arg(long, value_name = "WHICH")]
    records: Option<RecordsChoice>,
    /// What is printed on stdout [default: table]
    #[arg(long, value_name = "FORMAT")]
    format: Option<Format>,
    /// Stop the simulated clock after this long: 12h, 7d
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// Take keys of AWS that are not modelled for errors
    #[arg(long)]
    strict: bool,
    /// Share of malformed trace rows that is tolerated, 0 to 1 [default: 0.01]
    #[arg(long, value_name = "SHARE", value_parser = share)]
    max_rejects: Option<f64>,
    /// List the malformed and the skipped rows of every trace in a CSV file
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
    /// Simulate nothing: count jobs and work, bound cost and makespan, estimate the size of records
    #[arg(long, conflicts_with_all = ["rejects", "out", "jobs"])]
    dry_run: bool,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum RecordsChoice {
    /// Summaries and figures only
    None,
    /// jobs.csv and costs.csv too
    Jobs,
    /// Everything
    #[default]
    All,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Format {
    /// A summary to read
    #[default]
    Table,
    /// The bytes of summary.json
    Json,
    /// metric,mean,half_width,n,unit
    Csv,
}

pub(super) fn run(arguments: &Arguments, talk: Talk) -> Result<ExitCode, Failure> {
    let clock = Clock::start();
    let opened = open(arguments.scenario.as_deref(), &arguments.load_options())?;
    let scenario = &opened.scenario;
    let records = arguments.records();
    if arguments.dry_run {
        return dry_run::dry_run(&opened, records, arguments.format.unwrap_or_default());
    }
    let out = arguments.out.clone().unwrap_or_else(|| Path::new("results").join(&scenario.name));
    let folder = ResultFolder::create(&out)?;
    let stop = interrupt::watch()?;
    if let Some(file) = &arguments.rejects {
        rejects::list(&opened, file, folder.target(), stop)?;
    }
    let threads = threads(arguments.jobs);
    let line = ProgressLine::new(scenario.replications, talk, clock.began);
    let options = Options {
        threads,
        samples: (records != Records::None).then_some(SAMPLE_EVERY),
        carried: opened.carried,
        stop,
        progress: &|progress| line.report(progress),
    };
    let result = match records {
        Records::None => replicate(scenario, &options, &|_, _| ()),
        _ => replicate(scenario, &options, &|replication, names: &Names| {
            CsvSink::new(folder.path(), replication, names, records)
        }),
    };
    line.clear();
    let mut result = result?;
    if result.replications.is_empty() {
        return Err(Failure::Other("interrupted: no replication was done".into(), INTERRUPTED));
    }
    result.invocation = clock.invocation(&opened, threads);
    let written = report::write_results(folder, &result, records)?;
    show(arguments.format.unwrap_or_default(), &result, &written, talk)?;
    if !result.complete {
        return Ok(ExitCode::from(INTERRUPTED));
    }
    let broken = verdict::broken(&scenario.thresholds, &written.summary);
    if broken.is_empty() { Ok(ExitCode::SUCCESS) } else { Err(Failure::Thresholds(broken)) }
}

impl Arguments {
    fn load_options(&self) -> LoadOptions {
        LoadOptions {
            sets: self.sets.clone(),
            strict: self.strict,
            seed: self.seed,
            replications: self.replications,
            until: self.until.clone(),
            max_rejects: self.max_rejects,
        }
    }

    fn records(&self) -> Records {
        match self.records.unwrap_or_default() {
            RecordsChoice::None => Records::None,
            RecordsChoice::Jobs => Records::Jobs,
            RecordsChoice::All => Records::All,
        }
    }
}

/// Data to stdout, the rest to stderr.
fn show(format: Format, result: &RunResult, written: &Written, talk: Talk) -> Result<(), Failure> {
    let place = from_here(&written.place);
    match format {
        Format::Table => print(&terminal::render(result, &written.summary, Some(&place)))?,
        Format::Json => print(&json::summary(result, &written.summary).map_err(Failure::runtime)?)?,
        Format::Csv => print(&metrics_csv(&written.summary))?,
    }
    if !talk.quiet && !matches!(format, Format::Table) {
        for warning in &result.warnings {
            say(&format!("warning: {warning}"));
        }
        say(&format!("Results: {}", place.display()));
    }
    if talk.verbose {
        let events: u64 = result.replications.iter().map(|r| r.end.events).sum();
        let Invocation { threads, wall_time_s, .. } = result.invocation;
        say(&format!("{events} events on {threads} threads in {wall_time_s:.2} s"));
    }
    Ok(())
}

fn metrics_csv(summary: &RunSummary) -> String {
    let mut text = "metric,mean,half_width,n,unit\n".to_owned();
    for (name, estimate) in summary.metrics.iter() {
        let number = |value: Option<f64>| value.map_or(String::new(), |value| value.to_string());
        let (mean, half_width) = (number(estimate.mean), number(estimate.half_width));
        text += &format!("{name},{mean},{half_width},{},{}\n", estimate.n, estimate.unit);
    }
    text
}

/// A path as one would type it here.
fn from_here(path: &Path) -> PathBuf {
    let here = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(&here).unwrap_or(path).to_owned()
}

/// The clock on the wall: what equal runs may differ in.
struct Clock {
    began: Instant,
    started_at: String,
}

impl Clock {
    #[expect(clippy::disallowed_methods, reason = "stands under `invocation`, not in a result")]
    fn start() -> Self {
        let started_at = format!("{:.0}", jiff::Timestamp::now());
        Self { began: Instant::now(), started_at }
    }

    fn invocation(&self, opened: &Opened, threads: usize) -> Invocation {
        let argument = |argument: std::ffi::OsString| argument.to_string_lossy().into_owned();
        Invocation {
            command_line: std::env::args_os().map(argument).collect(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            scenario_path: opened.place.clone(),
            threads: threads as u32,
            started_at: self.started_at.clone(),
            wall_time_s: self.began.elapsed().as_secs_f64(),
            host: host(),
        }
    }
}

/// The machine's name, empty where it is not told.
fn host() -> String {
    let told = || std::env::var("HOSTNAME").or_else(|_| std::env::var("COMPUTERNAME")).ok();
    let kernel = std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
    kernel.or_else(told).unwrap_or_default().trim().to_owned()
}

fn path_and_value(text: &str) -> Result<(String, String), String> {
    let (path, value) =
        text.split_once('=').ok_or("expected PATH=VALUE, such as seed=7, in one argument")?;
    Ok((path.trim().to_owned(), value.to_owned()))
}

fn share(text: &str) -> Result<f64, String> {
    let share = text.parse::<f64>().ok().filter(|share| (0.0..=1.0).contains(share));
    share.ok_or_else(|| "expected a number from 0 to 1".to_owned())
}
