//! Why a baseline can not be used.

use std::io;
use std::path::PathBuf;

/// Why a baseline can not be used. The scenario was not run.
#[derive(Debug, thiserror::Error)]
pub enum BaselineError {
    /// The system does not read it.
    #[error("{}: can not be read: {source}\nhint: check its permissions", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The system does not write it.
    #[error(
        "{}: can not be written: {source}\nhint: check free space and permissions",
        path.display()
    )]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// No JSON.
    #[error(
        "{}:{}:{}: is no JSON: {source}\n\
         hint: restore it, or remove it and write it anew with --update",
        path.display(), source.line(), source.column()
    )]
    Syntax {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where.
        source: serde_json::Error,
    },
    /// JSON of another kind, or of another version of the program.
    #[error(
        "{}: schema is {found}, expected {known:?}\n\
         hint: remove it and write it anew with --update, or use the version that wrote it",
        path.display()
    )]
    Schema {
        /// The file.
        path: PathBuf,
        /// As JSON; `null` when there is none.
        found: String,
        /// What this program reads.
        known: &'static str,
    },
    /// A key that is missing or holds something else.
    #[error(
        "{}: {at}: {message}\nhint: restore it, or remove it and write it anew with --update",
        path.display()
    )]
    Shape {
        /// The file.
        path: PathBuf,
        /// Where in it: `metrics.cost.total.tolerance`.
        at: String,
        /// What is wrong.
        message: String,
    },
}

impl BaselineError {
    /// Whether the file is to blame, not the system.
    #[must_use]
    pub const fn is_input(&self) -> bool {
        !matches!(self, Self::Write { .. })
    }
}
