//! `batchcast catalog`: the EC2 instance types and prices that come with the program, or that a
//! user imports.

use super::clock::today;
use super::output::{print, say};
use super::{Failure, Talk};
use batchcast::ec2::catalog::{Catalog, Import, ImportError};
use batchcast::report::catalog::{self, TABLE};
use batchcast::report::output_file::OutputFile;
use clap::{Args, Subcommand};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List instance types
    List {
        /// Of one family only, such as c6i
        #[arg(long, value_name = "F")]
        family: Option<String>,
        /// Of an imported table instead
        #[arg(long, value_name = "CSV")]
        file: Option<PathBuf>,
    },
    /// Show everything that is known of a type
    Show {
        /// Such as c6i.4xlarge
        #[arg(value_name = "TYPE")]
        instance_type: String,
        /// Of an imported table instead
        #[arg(long, value_name = "CSV")]
        file: Option<PathBuf>,
    },
    /// Make a table from what AWS answered: for `catalog: {file: ...}` of a scenario
    ///
    /// Files are told by their content and may be given in any order: the JSON of aws ec2
    /// describe-instance-types, describe-instance-type-offerings and describe-spot-price-history,
    /// the Spot Advisor's JSON, a price list as CSV.
    Import(Files),
}

#[derive(Debug, Args)]
pub(crate) struct Files {
    /// What AWS answered
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// The region that they are of
    #[arg(long, value_name = "REGION", default_value = "us-east-1")]
    region: String,
    /// The date of the prices, by default today's: 2026-11-26
    #[arg(long, value_name = "DATE")]
    date: Option<jiff::civil::Date>,
    /// Where the table is written, by default to stdout
    #[arg(long, value_name = "CSV")]
    out: Option<PathBuf>,
}

pub(super) fn catalog(command: &Command, talk: Talk) -> Result<ExitCode, Failure> {
    let text = match command {
        Command::List { family, file } => {
            catalog::list(&table(file.as_deref())?, family.as_deref()).map_err(Failure::input)?
        }
        Command::Show { instance_type, file } => {
            catalog::show(&table(file.as_deref())?, instance_type).map_err(Failure::input)?
        }
        Command::Import(files) => return import(files, talk),
    };
    print(&text)?;
    Ok(ExitCode::SUCCESS)
}

/// The table of a file, or the one that comes with the program.
fn table(file: Option<&Path>) -> Result<Catalog, Failure> {
    let Some(file) = file else { return Ok(Catalog::embedded()) };
    let origin = file.display().to_string();
    let text = std::fs::read_to_string(file)
        .map_err(|error| Failure::input(format!("{origin}: {error}")))?;
    Catalog::from_csv(&text, &origin).map_err(Failure::input)
}

fn import(arguments: &Files, talk: Talk) -> Result<ExitCode, Failure> {
    let date = arguments.date.map_or_else(today, |date| date.to_string());
    let mut import = Import::new(&arguments.region, &date).map_err(Failure::usage)?;
    let out = arguments.out.as_deref().map(|out| OutputFile::new(out, &TABLE, &arguments.files));
    let out = out.transpose()?;
    for path in &arguments.files {
        // A comment of the table names the file, wherever it was.
        let origin = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
        let file = File::open(path).map_err(|source| {
            Failure::input(ImportError::Read { origin: path.display().to_string(), source })
        })?;
        import.read(file, &origin).map_err(Failure::input)?;
    }
    let imported = import.finish().map_err(Failure::input)?;
    let Some(file) = out else {
        print(&imported.to_csv())?;
        return Ok(ExitCode::SUCCESS);
    };
    file.write(&imported.to_csv())?;
    if !talk.quiet {
        imported.notes.iter().for_each(|note| say(note));
    }
    let (types, hash) = (imported.catalog.len(), imported.catalog.hash());
    print(&format!("Catalog {hash} of {types} types: {}\n", file.path().display()))?;
    Ok(ExitCode::SUCCESS)
}
