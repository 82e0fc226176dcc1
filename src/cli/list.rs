//! `batchcast list`: what can be named in a command or a scenario.

use super::Failure;
use super::output::print;
use batchcast::batch::allocation::STRATEGIES;
use batchcast::ec2::machine_speed::{EC2, SpeedFigure, SpeedTable};
use batchcast::experiment::embedded::{DEFAULT_STUDY, EMBEDDED};
use batchcast::experiment::scenario::{LoadOptions, load};
use batchcast::workload::spec::{TraceFormat, WorkflowFormat};
use batchcast::world::profile::PARAMETERS;
use clap::{Args, ValueEnum};
use std::process::ExitCode;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// One list only
    what: Option<What>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum What {
    /// Studies that come with the program
    Scenarios,
    /// Allocation strategies
    Strategies,
    /// Parameters of the profiles, with the default of aws and of ideal
    Parameters,
    /// Formats of traces
    Formats,
    /// Formats of workflows
    Workflows,
    /// Measured speeds of machines, each against the reference of its site
    Speeds,
}

pub(super) fn list(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let mut text = String::new();
    for what in What::value_variants() {
        if arguments.what.is_some_and(|only| only != *what) {
            continue;
        }
        let (title, rows) = match what {
            What::Scenarios => ("Embedded studies (batchcast run NAME)", scenarios()?),
            What::Strategies => ("Allocation strategies (allocationStrategy)", strategies()),
            What::Parameters => ("Parameters (profile: {base: aws, KEY: VALUE})", parameters()),
            What::Formats => ("Trace formats (trace: {file: ..., format: NAME})", formats()),
            What::Workflows => {
                ("Workflow formats (workflow: {file: ..., format: NAME})", workflow_formats())
            }
            What::Speeds => {
                ("Measured speeds (machineSpeed: {table: embedded} takes those of ec2)", speeds())
            }
        };
        if !text.is_empty() {
            text.push('\n');
        }
        text += &format!("{title}\n{}", table(&rows));
        if what == &What::Speeds {
            let source = |(key, told)| vec![key, told];
            text +=
                &table(&SpeedTable::embedded().sources.into_iter().map(source).collect::<Vec<_>>());
        }
    }
    print(&text)?;
    Ok(ExitCode::SUCCESS)
}

fn scenarios() -> Result<Vec<Vec<String>>, Failure> {
    let mut rows = Vec::new();
    for study in EMBEDDED {
        let question = load(&study.source(), &LoadOptions::default())?.question;
        let default = if study.name == DEFAULT_STUDY { " (default)" } else { "" };
        rows.push(vec![format!("{}{default}", study.name), question.unwrap_or_default()]);
    }
    Ok(rows)
}

fn strategies() -> Vec<Vec<String>> {
    let row = |strategy: &&batchcast::batch::allocation::AllocationStrategy| {
        vec![strategy.name().to_owned(), strategy.summary().to_owned()]
    };
    STRATEGIES.iter().map(row).collect()
}

fn parameters() -> Vec<Vec<String>> {
    let header = ["KEY", "AWS", "IDEAL", "MEANING"].map(str::to_owned).to_vec();
    let row = |parameter: &batchcast::world::profile::Parameter| {
        let meaning = parameter.meaning;
        let unit = match parameter.unit {
            "" => String::new(),
            // Some meanings say it themselves.
            said if meaning.contains(said) => String::new(),
            unit => format!(" ({unit})"),
        };
        vec![
            parameter.key.to_owned(),
            parameter.aws.to_string(),
            parameter.ideal.to_string(),
            format!("{meaning}{unit}"),
        ]
    };
    std::iter::once(header).chain(PARAMETERS.iter().map(row)).collect()
}

fn formats() -> Vec<Vec<String>> {
    let row = |format: &TraceFormat| vec![format.name().to_owned(), format.summary().to_owned()];
    TraceFormat::ALL.iter().map(row).collect()
}

fn workflow_formats() -> Vec<Vec<String>> {
    let row = |format: &WorkflowFormat| vec![format.name().to_owned(), format.summary().to_owned()];
    WorkflowFormat::ALL.iter().map(row).collect()
}

fn speeds() -> Vec<Vec<String>> {
    let header = ["SITE", "MACHINE", "SPEED", "95% INTERVAL", "IN USE AS", "SOURCE"];
    let row = |figure: &SpeedFigure| {
        let (low, high) = figure.interval;
        let factor = if figure.site == EC2 { figure.factor().to_string() } else { "-".to_owned() };
        vec![
            figure.site.clone(),
            figure.machine.clone(),
            figure.speed.to_string(),
            format!("{low} to {high}"),
            factor,
            figure.source.clone(),
        ]
    };
    let table = SpeedTable::embedded();
    std::iter::once(header.map(str::to_owned).to_vec())
        .chain(table.figures.iter().map(row))
        .collect()
}

/// Rows with aligned columns, indented.
fn table(rows: &[Vec<String>]) -> String {
    let mut widths = Vec::new();
    for row in rows {
        for (column, cell) in row.iter().enumerate() {
            widths.resize(widths.len().max(column + 1), 0);
            widths[column] = cell.chars().count().max(widths[column]);
        }
    }
    let mut text = String::new();
    for row in rows {
        let padded = |(cell, width): (&String, &usize)| format!("  {cell:<width$}");
        let line: String = row.iter().zip(&widths).map(padded).collect();
        text += line.trim_end();
        text.push('\n');
    }
    text
}
