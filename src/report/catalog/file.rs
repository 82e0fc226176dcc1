//! A table of the catalog as a file of the user's choice.
//!
//! Invariant: no file is ever replaced but an earlier table, and none that the table is made from.

use crate::ec2::catalog::Catalog;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Why a table can not be put where it was asked for.
#[derive(Debug, thiserror::Error)]
pub enum TableFileError {
    /// There is something that is no table.
    #[error(
        "{}: is no table of instance types, so it is not replaced\n\
         hint: choose another name with --out, or move it away",
        path.display()
    )]
    NotOurs {
        /// The file or folder.
        path: PathBuf,
    },
    /// The table is made from it.
    #[error(
        "{}: is what the table is made from, so it is not replaced\n\
         hint: choose another name with --out",
        path.display()
    )]
    Input {
        /// The file.
        path: PathBuf,
    },
    /// The system refused.
    #[error(
        "{}: can not be written: {source}\n\
         hint: choose another place with --out; its folder must exist",
        path.display()
    )]
    Io {
        /// As given.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

impl TableFileError {
    /// Whether the choice of the place is to blame (exit code 2), not the system (1).
    #[must_use]
    pub const fn is_usage(&self) -> bool {
        !matches!(self, Self::Io { .. })
    }
}

/// A place where a table may be written.
#[derive(Debug)]
pub struct TableFile {
    path: PathBuf,
}

impl TableFile {
    /// Checks the place of a table that is made from `inputs`.
    ///
    /// # Errors
    /// [`TableFileError`]. Nothing is touched.
    pub fn new(path: &Path, inputs: &[PathBuf]) -> Result<Self, TableFileError> {
        let path = path.to_owned();
        let Ok(found) = fs::metadata(&path) else { return Ok(Self { path }) };
        let place = fs::canonicalize(&path).ok();
        if place.is_some() && inputs.iter().any(|input| fs::canonicalize(input).ok() == place) {
            return Err(TableFileError::Input { path });
        }
        // A device or a pipe has nothing to lose.
        if found.is_dir() || (found.is_file() && found.len() > 0 && !is_table(&path)) {
            return Err(TableFileError::NotOurs { path });
        }
        Ok(Self { path })
    }

    /// Writes the table.
    ///
    /// # Errors
    /// [`TableFileError::Io`].
    pub fn write(self, text: &str) -> Result<(), TableFileError> {
        fs::write(&self.path, text).map_err(|source| TableFileError::Io { path: self.path, source })
    }
}

fn is_table(path: &Path) -> bool {
    fs::read_to_string(path).is_ok_and(|text| Catalog::from_csv(&text, "").is_ok())
}
