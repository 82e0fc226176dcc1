//! `batchcast run`: a scenario in, a result folder and a summary out.

mod dry_run;

use super::clock::Clock;
use super::failure::INTERRUPTED;
use super::options::{Format, ReadOptions, RunOptions};
use super::output::{from_here, print, say};
use super::progress::ProgressLine;
use super::scenario::open;
use super::{Failure, Talk, interrupt, rejects};
use batchcast::experiment::replicate::{Options, replicate};
use batchcast::experiment::verdict;
use batchcast::metrics::across::RunSummary;
use batchcast::metrics::names::Names;
use batchcast::metrics::result::{Invocation, RunResult};
use batchcast::report::aws::{Account, AwsFile, AwsSink};
use batchcast::report::csv::{CsvSink, Records};
use batchcast::report::folder::ResultFolder;
use batchcast::report::{self, SAMPLE_EVERY, Written, json, terminal};
use clap::{Args, ValueEnum};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Debug, Default, Args)]
pub(crate) struct Arguments {
    /// A file, a folder with a scenario.yaml, or an embedded study [default: allocation-strategies]
    scenario: Option<String>,
    #[command(flatten)]
    read: ReadOptions,
    #[command(flatten)]
    run: RunOptions,
    /// Where results go [default: results/<name>]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Which record files are written [default: all]
    #[arg(long, value_name = "WHICH")]
    records: Option<RecordsChoice>,
    /// Write jobs and their changes of state as AWS does: jobs.describe.ndjson, events.ndjson
    #[arg(long, value_name = "WHICH", value_delimiter = ',')]
    aws: Vec<AwsChoice>,
    /// What is printed on stdout; json is summary.json [default: table]
    #[arg(long, value_name = "FORMAT")]
    format: Option<Format>,
    /// List the malformed and the skipped rows of every trace in a CSV file
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
    /// Simulate nothing: count jobs and work, bound cost and makespan, estimate the size of records
    #[arg(long, conflicts_with_all = ["rejects", "out", "jobs", "aws"])]
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

#[derive(Clone, Copy, Debug, ValueEnum)]
enum AwsChoice {
    /// A line for every job, as `aws batch describe-jobs` describes it
    Jobs,
    /// A line for every change of a job's state, as EventBridge delivers it
    Events,
}

pub(super) fn run(arguments: &Arguments, talk: Talk) -> Result<ExitCode, Failure> {
    let clock = Clock::start();
    let opened = open(arguments.scenario.as_deref(), &arguments.read.load_options())?;
    let scenario = &opened.scenario;
    let records = arguments.records();
    if arguments.dry_run {
        return dry_run::dry_run(&opened, records, arguments.format.unwrap_or_default());
    }
    let out = arguments.out.clone().unwrap_or_else(|| Path::new("results").join(&scenario.name));
    let folder = ResultFolder::create(&out)?;
    let stop = interrupt::watch("replications that are done are kept")?;
    if let Some(file) = &arguments.rejects {
        rejects::list(&opened, file, folder.target(), stop)?;
    }
    let threads = arguments.run.threads();
    let line = ProgressLine::new(scenario.replications, talk, clock.began);
    let options = Options {
        threads,
        samples: (records != Records::None).then_some(SAMPLE_EVERY),
        carried: opened.carried,
        stop,
        progress: &|progress| line.report(progress),
    };
    let aws = arguments.aws_files();
    let account = Account::new(scenario);
    let csv = |replication, names: &Names| CsvSink::new(folder.path(), replication, names, records);
    let result = match records {
        _ if !aws.is_empty() => replicate(scenario, &options, &|replication, names: &Names| {
            let sink = AwsSink::new(folder.path(), replication, &account, &aws);
            (csv(replication, names), sink)
        }),
        Records::None => replicate(scenario, &options, &|_, _| ()),
        _ => replicate(scenario, &options, &csv),
    };
    line.clear();
    let mut result = result?;
    if result.replications.is_empty() {
        return Err(Failure::Other("interrupted: no replication was done".into(), INTERRUPTED));
    }
    result.invocation = clock.invocation(&opened.place, threads);
    let written = report::write_results(folder, &result, records, &aws)?;
    show(arguments.format.unwrap_or_default(), &result, &written, talk)?;
    if !result.complete {
        return Ok(ExitCode::from(INTERRUPTED));
    }
    let broken = verdict::broken(&scenario.thresholds, &written.summary);
    Failure::unless_kept(broken.iter().map(terminal::broken_threshold).collect())
}

impl Arguments {
    /// Ascending, each once.
    fn aws_files(&self) -> Vec<AwsFile> {
        let file = |choice: &AwsChoice| match choice {
            AwsChoice::Jobs => AwsFile::Jobs,
            AwsChoice::Events => AwsFile::Events,
        };
        let mut files: Vec<AwsFile> = self.aws.iter().map(file).collect();
        files.sort_unstable();
        files.dedup();
        files
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
