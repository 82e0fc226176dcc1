//! The command line: its shape, and which file answers which command.
//!
//! No logic of its own: commands call the library and print what it says. Data goes to stdout, talk
//! to stderr.

mod catalog;
mod clock;
mod compare;
mod completions;
mod failure;
mod interrupt;
mod list;
mod man;
mod market;
mod options;
mod output;
mod progress;
mod regress;
mod rejects;
mod run;
mod scenario;
mod schema;
mod trace;
mod validate;
mod variant;

pub(crate) use failure::Failure;

use clap::{CommandFactory, Parser, Subcommand};
use std::process::ExitCode;

const EXAMPLES: &str = "\
Examples:
  batchcast                                   run the study that comes with the program
  batchcast run my-study/                     run a scenario of your own
  batchcast run my-study/ --set 'computeEnvironments[spot].computeResources.maxvCpus=500'
  batchcast compare my-study/ --variant 'more:computeEnvironments[spot].computeResources.maxvCpus=500'
  batchcast compare today.yaml tomorrow.yaml  what differs, and whether it is more than luck
  batchcast validate my-study/scenario.yaml   check it without running it
  batchcast run my-study/ --dry-run           count its jobs and bound its cost, without a run
  batchcast regress                           check results against committed baselines
  batchcast catalog show c6i.4xlarge          what an instance type offers and costs
  batchcast market sample my-study/           when its Spot pools are open, and at what price
  batchcast trace fit-speed tasks.csv         how fast machines work, from logs of tasks

Exit codes:
  0 done   1 failed while running   2 wrong usage   3 invalid input
  4 a threshold of the scenario or a baseline is broken   130 interrupted";

/// Simulates AWS Batch: what a workload costs, who waits, and why.
///
/// Replays job traces and synthetic workloads against modelled compute environments, EC2 instance
/// types and Spot markets, in virtual time. Needs no AWS account; no data leaves the machine.
#[derive(Debug, Parser)]
#[command(name = "batchcast", version, after_help = EXAMPLES, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    talk: Talk,
}

/// How much is said on stderr.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
pub(crate) struct Talk {
    /// Say nothing on stderr but errors
    #[arg(short, long, global = true, conflicts_with = "verbose", display_order = 1_000)]
    quiet: bool,
    /// Say more on stderr
    #[arg(short, long, global = true, display_order = 1_001)]
    verbose: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run a scenario and write its results
    Run(Box<run::Arguments>),
    /// Run alternatives under the same luck and say what differs
    Compare(Box<compare::Arguments>),
    /// Check scenarios and the traces they name, without running them
    Validate(validate::Arguments),
    /// Check that scenarios still give the results of their committed baselines
    Regress(regress::Arguments),
    /// Print the JSON schema of scenario files
    Schema,
    /// List embedded studies, allocation strategies, parameters, formats and measured speeds
    List(list::Arguments),
    /// Look at the EC2 instance types and prices
    #[command(subcommand)]
    Catalog(catalog::Command),
    /// Look at the models of Spot capacity and prices, and at what Spot pools do
    #[command(subcommand)]
    Market(market::Command),
    /// Learn from recorded work
    #[command(subcommand)]
    Trace(trace::Command),
    /// Print a completion script for a shell
    Completions(completions::Arguments),
    /// Print the manual page of the program or of one command
    Man(man::Arguments),
}

/// Reads the command line; ends the process with help, or with exit code 2 when it is wrong.
pub(crate) fn parse() -> (Command, Talk) {
    let Cli { command, talk } = Cli::parse();
    (command.unwrap_or_else(|| Command::Run(Box::default())), talk)
}

/// Carries out a command.
pub(crate) fn dispatch(command: Command, talk: Talk) -> Result<ExitCode, Failure> {
    match command {
        Command::Run(arguments) => run::run(&arguments, talk),
        Command::Compare(arguments) => compare::compare(&arguments, talk),
        Command::Validate(arguments) => validate::validate(&arguments, talk),
        Command::Regress(arguments) => regress::regress(&arguments, talk),
        Command::Schema => schema::schema(),
        Command::List(arguments) => list::list(&arguments),
        Command::Catalog(command) => catalog::catalog(&command, talk),
        Command::Market(command) => market::market(&command, talk),
        Command::Trace(command) => trace::trace(&command),
        Command::Completions(arguments) => completions::completions(&arguments, Cli::command()),
        Command::Man(arguments) => man::man(&arguments, Cli::command()),
    }
}
