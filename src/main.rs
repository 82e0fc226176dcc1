//! The binary: parses, dispatches, prints the error, sets the exit code.

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    let (command, talk) = cli::parse();
    match cli::dispatch(command, talk) {
        Ok(code) => code,
        Err(failure) => {
            failure.print();
            failure.exit_code()
        }
    }
}
