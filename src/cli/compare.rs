//! `batchcast compare`: alternatives under the same luck in, a verdict and a result folder out.

use super::clock::Clock;
use super::failure::INTERRUPTED;
use super::options::{Format, ReadOptions, RunOptions};
use super::output::{from_here, print, say};
use super::progress::ProgressLine;
use super::scenario::{Opened, open};
use super::variant::variant;
use super::{Failure, Talk, interrupt};
use batchcast::experiment::compare::{Alternative, Compared, compare as run_alternatives};
use batchcast::experiment::replicate::Options;
use batchcast::experiment::scenario::{LoadOptions, Variant};
use batchcast::report::comparison::{self, write_comparison};
use batchcast::report::folder::ResultFolder;
use batchcast::report::{json, terminal};
use clap::Args;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// What the scenario itself is called beside its variants.
const BASELINE: &str = "baseline";

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// One scenario with variants, or several scenarios, of which the first is the baseline: files,
    /// folders or embedded studies
    #[arg(required = true, value_name = "SCENARIO")]
    scenarios: Vec<String>,
    /// An alternative to the scenario; replaces those of its study. Values are YAML in flow style
    #[arg(long = "variant", value_name = "NAME:PATH=VALUE[,PATH=VALUE]...", value_parser = variant)]
    variants: Vec<Variant>,
    #[command(flatten)]
    read: ReadOptions,
    #[command(flatten)]
    run: RunOptions,
    /// Where results go [default: results/<name>-compare]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// What is printed on stdout; json is comparison.json [default: table]
    #[arg(long, value_name = "FORMAT")]
    format: Option<Format>,
}

pub(super) fn compare(arguments: &Arguments, talk: Talk) -> Result<ExitCode, Failure> {
    let clock = Clock::start();
    let alternatives = alternatives(arguments)?;
    let first = &alternatives[0].scenario;
    let results = || Path::new("results").join(format!("{}-compare", first.name));
    let stop = interrupt::watch("nothing will be written")?;
    let folder = ResultFolder::create(&arguments.out.clone().unwrap_or_else(results))?;
    let threads = arguments.run.threads();
    let runs = first.replications.saturating_mul(alternatives.len() as u32);
    let line = ProgressLine::new(runs, talk, clock.began);
    let progress = |progress| line.report(progress);
    let options = Options { threads, samples: None, carried: &[], stop, progress: &progress };
    let compared = run_alternatives(alternatives, &options);
    line.clear();
    let Some(compared) = compared? else {
        let message = "interrupted: half a comparison is none, so nothing is written";
        return Err(Failure::Other(message.to_owned(), INTERRUPTED));
    };
    let invocation = clock.invocation(&arguments.scenarios.join(", "), threads);
    let place = from_here(&write_comparison(folder, &compared, &invocation)?);
    show(arguments.format.unwrap_or_default(), &compared, &place, talk)?;
    if talk.verbose {
        say(&format!(
            "{runs} replications on {threads} threads in {:.2} s",
            invocation.wall_time_s
        ));
    }
    Failure::unless_kept(terminal::broken_thresholds(&compared.outcomes))
}

/// What is compared, the baseline first; at least two, all of different names.
fn alternatives(arguments: &Arguments) -> Result<Vec<Alternative>, Failure> {
    let options = arguments.read.load_options();
    let alternatives = match &arguments.scenarios[..] {
        [scenario] => variants(scenario, arguments, options)?,
        _ if !arguments.variants.is_empty() => {
            let message = "--variant changes one scenario, and several are given\n\
                           hint: name one scenario, or leave --variant out";
            return Err(Failure::usage(message));
        }
        scenarios => {
            let open = |scenario: &String| Ok(named(open(Some(scenario), &options)?));
            scenarios.iter().map(open).collect::<Result<Vec<_>, Failure>>()?
        }
    };
    for (index, alternative) in alternatives.iter().enumerate() {
        let name = &alternative.name;
        if let Some(first) = alternatives[..index].iter().position(|other| other.name == *name) {
            return Err(Failure::usage(same_name(name, first, index, arguments)));
        }
    }
    Ok(alternatives)
}

/// The scenario itself and its variants.
fn variants(
    argument: &str,
    arguments: &Arguments,
    options: LoadOptions,
) -> Result<Vec<Alternative>, Failure> {
    let baseline = open(Some(argument), &options)?;
    let mut variants = arguments.variants.clone();
    if variants.is_empty() {
        variants.extend(baseline.scenario.variants().into_iter().map(Variant::OfStudy));
    }
    if variants.is_empty() {
        return Err(Failure::usage(format!(
            "there is nothing to compare {} with\n\
             hint: name a second scenario, or a variant such as \
             --variant 'longer:horizon=2d', or write study.variants into the scenario",
            baseline.scenario.name
        )));
    }
    let mut alternatives = vec![Alternative { name: BASELINE.to_owned(), ..named(baseline) }];
    for variant in variants {
        let name = variant.name().to_owned();
        let options = LoadOptions { variant: Some(variant), ..options.clone() };
        alternatives.push(Alternative { name, ..named(open(Some(argument), &options)?) });
    }
    Ok(alternatives)
}

/// An alternative that is called like its scenario.
fn named(opened: Opened) -> Alternative {
    let Opened { scenario, carried, .. } = opened;
    Alternative { name: scenario.name.clone(), scenario, carried }
}

fn same_name(name: &str, first: usize, second: usize, arguments: &Arguments) -> String {
    match &arguments.scenarios[..] {
        [_] if first == 0 => format!(
            "a variant is called {name}, as the scenario itself is here\n\
             hint: name the variant otherwise"
        ),
        [_] => format!("two variants are called {name}\nhint: name one of them otherwise"),
        files => format!(
            "{} and {} are both called {name}\nhint: give one of them another `name`",
            files[first], files[second]
        ),
    }
}

/// Data to stdout, the rest to stderr.
fn show(format: Format, compared: &Compared, place: &Path, talk: Talk) -> Result<(), Failure> {
    let text = match format {
        Format::Table => return print(&terminal::render_comparison(compared, place)),
        Format::Json => json::comparison(&compared.comparison).map_err(Failure::runtime)?,
        Format::Csv => comparison::csv(&compared.comparison),
    };
    print(&text)?;
    if !talk.quiet {
        for note in &compared.comparison.notes {
            say(&format!("note: {note}"));
        }
        for (warning, about) in terminal::warnings_of(&compared.outcomes) {
            say(&format!("warning: {about}{warning}"));
        }
        say(&format!("Results: {}", place.display()));
    }
    Ok(())
}
