//! The rows of traces that became no jobs, as a file of the user's choice (`--rejects`).
//!
//! One row each, `rejected` where it is malformed and `skipped` where it never ran or can not run
//! here. Knows no format of traces. Invariant: the file is either what it was or the whole list,
//! and no file but an earlier list is ever replaced.

use super::field;
use crate::report::output_file::{OutputFile, OutputFileError, OutputKind, starts_with};
use crate::workload::trace::RowFault;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

const HEADER: &str = "trace,line,kind,reason,column,value\n";

static LIST: OutputKind = OutputKind {
    name: "list of rejected rows",
    option: "--rejects",
    is_earlier: |path| starts_with(path, HEADER),
};

/// Rows are held back up to this many bytes.
const BUFFER: usize = 64 * 1024;

/// Why there is no list. Results do not depend on it.
#[derive(Debug, thiserror::Error)]
pub enum RejectsError {
    /// The place is taken or can not be written.
    #[error(transparent)]
    Place(#[from] OutputFileError),
    /// The list would go with the earlier results.
    #[error(
        "{}: is in the folder of results, which is replaced as a whole\n\
         hint: choose a place outside {} with --rejects",
        path.display(),
        results.display()
    )]
    InResults {
        /// As given.
        path: PathBuf,
        /// The folder of results.
        results: PathBuf,
    },
}

impl RejectsError {
    /// Whether the choice of the place is to blame (exit code 2), not the system (1).
    #[must_use]
    pub const fn is_usage(&self) -> bool {
        match self {
            Self::Place(error) => error.is_usage(),
            Self::InResults { .. } => true,
        }
    }
}

/// A list in the making. Dropped without a commit, it leaves nothing behind.
///
/// After its first error it drops every row, and the commit tells.
#[derive(Debug)]
pub struct RejectsFile {
    place: OutputFile,
    file: io::Result<File>,
    buffer: Vec<u8>,
    /// The partial file and the name it takes; a device or a pipe is written directly.
    partial: Option<(PathBuf, PathBuf)>,
}

impl RejectsFile {
    /// Begins the list that `path` will hold; `results` is the folder that the run replaces.
    ///
    /// # Errors
    /// [`RejectsError`]. Nothing that was there is touched.
    pub fn create(path: &Path, results: &Path) -> Result<Self, RejectsError> {
        if is_within(path, results) {
            let (path, results) = (path.to_owned(), results.to_owned());
            return Err(RejectsError::InResults { path, results });
        }
        // No trace is an earlier list, so none needs to be named.
        let place = OutputFile::new(path, &LIST, &[])?;
        let partial = place.target().map(|target| (partial_of(target), target.to_owned()));
        let file = match &partial {
            Some((partial, _)) => File::create(partial),
            None => File::options().write(true).open(path),
        };
        let file = Ok(file.map_err(|source| place.error(source))?);
        Ok(Self { place, file, buffer: HEADER.into(), partial })
    }

    /// Appends a row of the trace called `trace`.
    pub fn row(&mut self, trace: &str, fault: RowFault<'_>) {
        let row = &mut self.buffer;
        field::text(row, trace.as_bytes());
        field::integer(row, fault.line);
        field::word(row, if fault.reason.is_skip() { "skipped" } else { "rejected" });
        field::word(row, fault.reason.as_str());
        field::word(row, fault.column);
        field::text(row, escaped(fault.value).as_bytes());
        field::end_row(row);
        if row.len() >= BUFFER {
            self.flush();
        }
    }

    /// Puts the list in its place.
    ///
    /// # Errors
    /// [`OutputFileError::Io`], also of an earlier row; what was there stays.
    pub fn commit(mut self) -> Result<(), OutputFileError> {
        self.flush();
        let written = match (&mut self.file, &self.partial) {
            (Err(error), _) => Err(std::mem::replace(error, io::ErrorKind::Other.into())),
            (Ok(_), Some((partial, target))) => fs::rename(partial, target),
            (Ok(_), None) => Ok(()),
        };
        written.map_err(|source| self.place.error(source))?;
        self.partial = None;
        Ok(())
    }

    fn flush(&mut self) {
        if let Ok(file) = &mut self.file
            && let Err(error) = file.write_all(&self.buffer)
        {
            self.file = Err(error);
        }
        self.buffer.clear();
    }
}

impl Drop for RejectsFile {
    fn drop(&mut self) {
        if let Some((partial, _)) = &self.partial {
            // A destructor has nobody to tell.
            let _ = fs::remove_file(partial);
        }
    }
}

/// Whether a file would stand below a folder; neither needs to exist.
fn is_within(file: &Path, folder: &Path) -> bool {
    let parent = file.parent().filter(|parent| !parent.as_os_str().is_empty());
    let parent = fs::canonicalize(parent.unwrap_or(Path::new(".")));
    let folder = fs::canonicalize(folder);
    matches!((parent, folder), (Ok(parent), Ok(folder)) if parent.starts_with(&folder))
}

fn partial_of(target: &Path) -> PathBuf {
    let mut name = OsString::from(target);
    name.push(format!(".partial-{}", std::process::id()));
    PathBuf::from(name)
}

/// A value as UTF-8 that can be turned back: `\\` for a backslash, `\xff` for a byte that is no
/// part of a character.
fn escaped(value: &[u8]) -> String {
    let mut text = String::with_capacity(value.len());
    for chunk in value.utf8_chunks() {
        text.push_str(&chunk.valid().replace('\\', "\\\\"));
        for byte in chunk.invalid() {
            // A writer into a string can not fail.
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workload::Reason;

    #[test]
    fn a_value_can_be_turned_back_into_its_bytes() {
        assert_eq!(escaped("h\u{e9}, \"x\"\n".as_bytes()), "h\u{e9}, \"x\"\n");
        assert_eq!(escaped(b"\xff\\xff\xe2\x82"), "\\xff\\\\xff\\xe2\\x82");
    }

    #[test]
    fn a_list_replaces_an_earlier_list_and_nothing_else() {
        let folder = crate::report::test_folder::TestFolder::new("rejects");
        let path = folder.path().join("rejects.csv");
        let results = folder.path().join("results");
        let fault = RowFault { line: 7, reason: Reason::TooLarge, column: "vcpus", value: b"" };
        for rows in [2, 0, 1] {
            let mut list = RejectsFile::create(&path, &results).unwrap();
            (0..rows).for_each(|_| list.row("a,b.swf", fault));
            list.commit().unwrap();
            let expected =
                HEADER.to_owned() + &"\"a,b.swf\",7,skipped,too_large,vcpus,\n".repeat(rows);
            assert_eq!(fs::read_to_string(&path).unwrap(), expected);
        }
        drop(RejectsFile::create(&path, &results).unwrap());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left over");
        fs::write(&path, "job_id,submit_time\n").unwrap();
        fs::create_dir(&results).unwrap();
        for path in [&path, &results] {
            let refused = RejectsFile::create(path, &results);
            let taken =
                matches!(refused, Err(RejectsError::Place(OutputFileError::NotOurs { .. })));
            assert!(taken, "{refused:?}");
        }
        let inside = RejectsFile::create(&results.join("rejects.csv"), &results);
        assert!(matches!(inside, Err(RejectsError::InResults { .. })), "{inside:?}");
        let nowhere = RejectsFile::create(&folder.path().join("no/rejects.csv"), &results);
        let absent = matches!(nowhere, Err(RejectsError::Place(OutputFileError::Io { .. })));
        assert!(absent, "{nowhere:?}");
    }
}
