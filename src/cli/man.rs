//! `batchcast man`: manual pages, made from the same texts as the help.

use super::Failure;
use super::output::print;
use clap::{Args, Command};
use std::process::ExitCode;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// A command; without it, the program's own page
    command: Option<String>,
}

pub(super) fn man(arguments: &Arguments, mut program: Command) -> Result<ExitCode, Failure> {
    program.build();
    let page = match &arguments.command {
        None => program,
        Some(name) => {
            let known: Vec<_> = program.get_subcommands().map(Command::get_name).collect();
            let unknown = format!("{name:?} is no command; expected {}", known.join(", "));
            let found = program.find_subcommand(name).cloned();
            let found = found.ok_or_else(|| Failure::usage(unknown))?;
            found.display_name(format!("batchcast-{name}"))
        }
    };
    let mut text = Vec::new();
    clap_mangen::Man::new(page).render(&mut text).map_err(Failure::runtime)?;
    print(&String::from_utf8_lossy(&text))?;
    Ok(ExitCode::SUCCESS)
}
