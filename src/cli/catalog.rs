//! `batchcast catalog`: the EC2 instance types and prices that come with the program.

use super::Failure;
use super::output::print;
use batchcast::ec2::catalog::Catalog;
use batchcast::report::catalog;
use clap::Subcommand;
use std::process::ExitCode;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List instance types
    List {
        /// Of one family only, such as c6i
        #[arg(long, value_name = "F")]
        family: Option<String>,
    },
    /// Show everything that is known of a type
    Show {
        /// Such as c6i.4xlarge
        #[arg(value_name = "TYPE")]
        instance_type: String,
    },
}

pub(super) fn catalog(command: &Command) -> Result<ExitCode, Failure> {
    let table = Catalog::embedded();
    let text = match command {
        Command::List { family } => {
            let family = family.as_deref();
            if let Some(name) = family.filter(|name| table.iter().all(|(_, t)| t.family != **name))
            {
                return Err(Failure::input(table.unknown(name)));
            }
            catalog::list(&table, family)
        }
        Command::Show { instance_type } => {
            catalog::show(&table, instance_type).map_err(Failure::input)?
        }
    };
    print(&text)?;
    Ok(ExitCode::SUCCESS)
}
