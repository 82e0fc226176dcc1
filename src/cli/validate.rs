//! `batchcast validate`: scenarios and the traces they name, checked without a run.

use super::Talk;
use super::failure::Failure;
use super::output::{print, say};
use super::scenario::open;
use batchcast::experiment::replicate::check_traces;
use batchcast::experiment::scenario::{LoadOptions, Scenario};
use clap::Args;
use std::collections::BTreeSet;
use std::process::ExitCode;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Files, folders or embedded studies
    #[arg(required = true, value_name = "FILE")]
    scenarios: Vec<String>,
    /// Take keys of AWS that are not modelled for errors
    #[arg(long)]
    strict: bool,
}

pub(super) fn validate(arguments: &Arguments, talk: Talk) -> Result<ExitCode, Failure> {
    let options = LoadOptions { strict: arguments.strict, ..LoadOptions::default() };
    let mut code = ExitCode::SUCCESS;
    for argument in &arguments.scenarios {
        match check(argument, &options) {
            Ok((scenario, warnings)) => {
                for warning in warnings.iter().filter(|_| !talk.quiet) {
                    say(&format!("warning: {warning}"));
                }
                print(&facts(&scenario))?;
            }
            Err(failure) => {
                failure.print();
                code = failure.exit_code();
            }
        }
    }
    Ok(code)
}

fn check(argument: &str, options: &LoadOptions) -> Result<(Scenario, Vec<String>), Failure> {
    let opened = open(Some(argument), options)?;
    let warnings = check_traces(&opened.scenario, opened.carried).map_err(Failure::input)?;
    Ok((opened.scenario, warnings))
}

fn facts(scenario: &Scenario) -> String {
    let model = &scenario.model;
    // The model has more of them: one for each trace that names none, and for each job that asks
    // for something else than its definition.
    let written = scenario.definition_origins.iter().filter_map(|origin| origin.position);
    let definitions: BTreeSet<usize> = written.collect();
    let counts = [
        (model.compute_environments.len(), "compute environment"),
        (model.job_queues.len(), "job queue"),
        (definitions.len(), "job definition"),
        (scenario.workload.len(), "workload source"),
        (scenario.thresholds.len(), "threshold"),
        (scenario.replications as usize, "replication"),
    ];
    let plural = |(count, noun): (usize, &str)| {
        let s = if count == 1 { "" } else { "s" };
        format!("{count} {noun}{s}")
    };
    format!("ok: {}: {}\n", scenario.name, counts.map(plural).join(", "))
}
