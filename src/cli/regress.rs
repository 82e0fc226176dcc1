//! `batchcast regress`: scenarios beside their committed baselines.

use super::failure::{Failure, INTERRUPTED};
use super::options::RunOptions;
use super::output::{print, say};
use super::scenario::open;
use super::{Talk, interrupt};
use batchcast::experiment::embedded::EMBEDDED;
use batchcast::experiment::regress::{self, Baseline, Verdict};
use batchcast::experiment::replicate::Options;
use batchcast::experiment::scenario::LoadOptions;
use batchcast::report::fingerprint::fingerprint;
use batchcast::report::terminal::render_check;
use clap::Args;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::AtomicBool;

const BASELINES: &str = "results/baselines";

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Files, folders or embedded studies [default: every embedded study]
    scenarios: Vec<String>,
    /// Write what the runs give as the new baselines; tolerances are kept
    #[arg(long)]
    update: bool,
    /// Where the baselines are: <name>.json each
    #[arg(long, value_name = "DIR", default_value = BASELINES)]
    baselines: PathBuf,
    #[command(flatten)]
    run: RunOptions,
}

pub(super) fn regress(arguments: &Arguments, talk: Talk) -> Result<ExitCode, Failure> {
    let stop = interrupt::watch("no baseline is written")?;
    let embedded = || EMBEDDED.iter().map(|study| study.name.to_owned()).collect();
    let scenarios = match arguments.scenarios.as_slice() {
        [] => embedded(),
        named => named.to_vec(),
    };
    let (mut broken, mut failed) = (0, None);
    for scenario in &scenarios {
        match check(scenario, arguments, stop, talk) {
            Ok(Verdict::Broken) => broken += 1,
            Ok(Verdict::Same | Verdict::Within) => {}
            Err(failure) if failure.is_interruption() => return Err(failure),
            Err(failure) => {
                failure.print();
                failed.get_or_insert(failure.exit_code());
            }
        }
    }
    match failed {
        Some(code) => Ok(code),
        None if broken > 0 => Err(Failure::broken(format!(
            "{broken} of {} scenarios broke their baseline\n\
             hint: if that is meant, write them anew with --update and commit the difference",
            scenarios.len()
        ))),
        None => Ok(ExitCode::SUCCESS),
    }
}

/// One scenario; an updated baseline is never broken.
fn check(
    scenario: &str,
    arguments: &Arguments,
    stop: &AtomicBool,
    talk: Talk,
) -> Result<Verdict, Failure> {
    let opened = open(Some(scenario), &LoadOptions::default())?;
    let path = arguments.baselines.join(format!("{}.json", opened.scenario.name));
    let baseline = Baseline::read(&path)?;
    if baseline.is_none() && !arguments.update {
        return Err(missing(&path, scenario, &arguments.baselines));
    }
    let options = Options {
        threads: arguments.run.threads(),
        samples: None,
        carried: opened.carried,
        stop,
        progress: &|_| {},
    };
    let interrupted = || {
        let message = format!("interrupted: {} was not checked", opened.scenario.name);
        Failure::Other(message, INTERRUPTED)
    };
    let mut fresh = fingerprint(&opened.scenario, &options)?.ok_or_else(interrupted)?;
    let mut verdict = Verdict::Same;
    if let Some(baseline) = &baseline {
        let check = regress::check(baseline, &fresh);
        print(&render_check(&check))?;
        verdict = check.verdict();
        fresh.keep_tolerances(baseline);
    }
    if arguments.update {
        fresh.write(&path)?;
        print(&format!("{}: wrote {}\n", opened.scenario.name, path.display()))?;
        return Ok(Verdict::Same);
    }
    if verdict == Verdict::Within && !talk.quiet {
        say(&format!("hint: {} is out of date; write it anew with --update", path.display()));
    }
    Ok(verdict)
}

fn missing(path: &Path, scenario: &str, baselines: &Path) -> Failure {
    let elsewhere = match baselines == Path::new(BASELINES) {
        true => String::new(),
        false => format!(" --baselines {}", baselines.display()),
    };
    Failure::input(format!(
        "{}: there is no baseline\nhint: `batchcast regress {scenario}{elsewhere} --update` writes \
         it",
        path.display()
    ))
}
