//! Data to stdout, and which streams are a person's.

use super::Failure;
use std::io::{self, IsTerminal, Write};

/// Prints data. A reader that has seen enough (`| head`) is no error.
pub(super) fn print(text: &str) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::runtime(format!("stdout can not be written: {error}")))
        }
        _ => Ok(()),
    }
}

/// Says something beside the data; nobody listening is no error.
pub(super) fn say(text: &str) {
    let mut stderr = io::stderr().lock();
    let _ = stderr.write_all(text.as_bytes()).and_then(|()| stderr.write_all(b"\n"));
}

/// Whether stderr is a terminal that takes colours and lines of progress.
pub(super) fn stderr_is_rich() -> bool {
    let says = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let dumb = says("TERM").is_some_and(|term| term == "dumb");
    io::stderr().is_terminal() && says("NO_COLOR").is_none() && !dumb
}
