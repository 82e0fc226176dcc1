//! A file of the user's choice as a place for output.
//!
//! Knows no kind of output: each says what its files are called and tells an earlier one.
//! Invariant: no file is ever replaced but an earlier output of the same kind, and none that the
//! output is made from. An empty file, a device or a pipe has nothing to lose.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// What is written, and how to tell an earlier one from anything else.
#[derive(Debug)]
pub struct OutputKind {
    /// `table of instance types`
    pub name: &'static str,
    /// `--out`
    pub option: &'static str,
    /// Whether a file that is not empty is an earlier output of this kind.
    pub is_earlier: fn(&Path) -> io::Result<bool>,
}

/// Why an output can not be put where it was asked for. Nothing that was there is touched.
#[derive(Debug, thiserror::Error)]
pub enum OutputFileError {
    /// There is something else.
    #[error(
        "{}: is no {}, so it is not replaced\n\
         hint: choose another name with {}, or move it away",
        path.display(),
        kind.name,
        kind.option
    )]
    NotOurs {
        /// The file or folder.
        path: PathBuf,
        /// What was to be written.
        kind: &'static OutputKind,
    },
    /// The output is made from it.
    #[error(
        "{}: is what the {} is made from, so it is not replaced\n\
         hint: choose another name with {}",
        path.display(),
        kind.name,
        kind.option
    )]
    Input {
        /// The file.
        path: PathBuf,
        /// What was to be written.
        kind: &'static OutputKind,
    },
    /// The system refused.
    #[error(
        "{}: can not be written: {source}\n\
         hint: choose another place with {}; its folder must exist",
        path.display(),
        kind.option
    )]
    Io {
        /// As given.
        path: PathBuf,
        /// What was to be written.
        kind: &'static OutputKind,
        /// What the system says.
        source: io::Error,
    },
}

impl OutputFileError {
    /// Whether the choice of the place is to blame (exit code 2), not the system (1).
    #[must_use]
    pub const fn is_usage(&self) -> bool {
        !matches!(self, Self::Io { .. })
    }
}

/// A place where an output may be written.
#[derive(Debug)]
pub struct OutputFile {
    /// As given.
    path: PathBuf,
    kind: &'static OutputKind,
    target: Option<PathBuf>,
}

impl OutputFile {
    /// Checks the place of an output that is made from `inputs`.
    ///
    /// # Errors
    /// [`OutputFileError`]. Nothing is touched.
    pub fn new(
        path: &Path,
        kind: &'static OutputKind,
        inputs: &[PathBuf],
    ) -> Result<Self, OutputFileError> {
        let at = |source| OutputFileError::Io { path: path.to_owned(), kind, source };
        let target = match fs::metadata(path) {
            Ok(found) if found.is_dir() => {
                return Err(OutputFileError::NotOurs { path: path.to_owned(), kind });
            }
            Ok(found) if found.is_file() => {
                // A link is followed, so that the link stays.
                let target = fs::canonicalize(path).map_err(at)?;
                let is_target =
                    |input: &PathBuf| fs::canonicalize(input).is_ok_and(|input| input == target);
                if inputs.iter().any(is_target) {
                    return Err(OutputFileError::Input { path: path.to_owned(), kind });
                }
                if found.len() > 0 && !(kind.is_earlier)(path).map_err(at)? {
                    return Err(OutputFileError::NotOurs { path: path.to_owned(), kind });
                }
                Some(target)
            }
            Ok(_) => None,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Some(path.to_owned()),
            Err(error) => return Err(at(error)),
        };
        Ok(Self { path: path.to_owned(), kind, target })
    }

    /// As given.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The file that may be replaced; nothing for a device or a pipe, which is written directly.
    #[must_use]
    pub fn target(&self) -> Option<&Path> {
        self.target.as_deref()
    }

    /// Writes the whole output.
    ///
    /// # Errors
    /// [`OutputFileError::Io`].
    pub fn write(&self, text: &str) -> Result<(), OutputFileError> {
        fs::write(&self.path, text).map_err(|source| self.error(source))
    }

    /// What the system says of writing here.
    pub(super) fn error(&self, source: io::Error) -> OutputFileError {
        OutputFileError::Io { path: self.path.clone(), kind: self.kind, source }
    }
}

/// Whether a file starts with `text`.
pub(super) fn starts_with(path: &Path, text: &str) -> io::Result<bool> {
    Ok(start_of(path, text.len())? == text.as_bytes())
}

/// The first `bytes` of a file, or all of a shorter one.
pub(super) fn start_of(path: &Path, bytes: usize) -> io::Result<Vec<u8>> {
    let mut start = Vec::new();
    File::open(path)?.take(bytes as u64).read_to_end(&mut start)?;
    Ok(start)
}
