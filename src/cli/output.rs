//! Data to stdout, and which streams are a person's.

use super::Failure;
use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

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

/// A path as one would type it here.
pub(super) fn from_here(path: &Path) -> PathBuf {
    let here = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(&here).unwrap_or(path).to_owned()
}

/// Whether stderr is a terminal on which a line can be drawn anew.
pub(super) fn stderr_is_terminal() -> bool {
    io::stderr().is_terminal() && said("TERM").is_none_or(|term| term != "dumb")
}

/// Whether stderr takes colours.
pub(super) fn stderr_is_rich() -> bool {
    stderr_is_terminal() && said("NO_COLOR").is_none()
}

/// A variable of the environment that is not empty.
fn said(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}
