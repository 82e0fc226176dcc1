//! Part files: each replication writes its own, joined in replication order at the end.
//!
//! Every part begins with the header, so the first part becomes the file by a rename and a run of
//! one replication copies nothing.

use super::{Records, Table};
use crate::metrics::record_sink::RecordError;
use std::fs::{self, File};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// Rows are held back up to this many bytes.
const BUFFER: usize = 256 * 1024;

/// Between the name of a file and the replication of a part of it.
const PART: &str = ".part-";

/// One part of one record file. After its first error it drops every row.
#[derive(Debug)]
pub(crate) struct PartWriter {
    path: PathBuf,
    file: io::Result<File>,
    buffer: Vec<u8>,
}

impl PartWriter {
    pub(crate) fn create(folder: &Path, table: Table, replication: u32) -> Self {
        let path = part_path(folder, table, replication);
        let mut buffer = Vec::with_capacity(BUFFER + BUFFER / 4);
        buffer.extend_from_slice((table.header)().as_bytes());
        Self { file: File::create(&path), path, buffer }
    }

    /// Appends one row.
    pub(crate) fn row(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        write(&mut self.buffer);
        if self.buffer.len() >= BUFFER {
            self.flush();
        }
    }

    pub(crate) fn finish(mut self) -> Result<(), RecordError> {
        self.flush();
        self.file.map(drop).map_err(|source| RecordError { path: self.path, source })
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

fn at(path: &Path) -> impl FnOnce(io::Error) -> RecordError + use<> {
    let path = path.to_owned();
    move |source| RecordError { path, source }
}

fn part_path(folder: &Path, table: Table, replication: u32) -> PathBuf {
    folder.join(format!("{}{PART}{replication}", table.file_name))
}

/// Joins the parts of `replications` (finished ones, ascending) behind one header, for every file
/// of `records`, and removes them. Without replications the files hold their headers only.
///
/// # Errors
/// When a part can not be read or a file not be written; the folder is then incomplete.
pub fn join_parts(
    folder: &Path,
    replications: &[u32],
    records: Records,
) -> Result<(), RecordError> {
    join_files(folder, replications, records.tables().iter().copied())
}

/// Joins the parts of each of `tables`.
///
/// # Errors
/// As [`join_parts`].
pub(crate) fn join_files(
    folder: &Path,
    replications: &[u32],
    mut tables: impl Iterator<Item = Table>,
) -> Result<(), RecordError> {
    tables.try_for_each(|table| join(folder, table, replications))
}

fn join(folder: &Path, table: Table, replications: &[u32]) -> Result<(), RecordError> {
    let whole = folder.join(table.file_name);
    let Some((first, others)) = replications.split_first() else {
        return fs::write(&whole, (table.header)()).map_err(at(&whole));
    };
    fs::rename(part_path(folder, table, *first), &whole).map_err(at(&whole))?;
    let mut target = File::options().append(true).open(&whole).map_err(at(&whole))?;
    let header = (table.header)().len() as u64;
    for replication in others {
        let path = part_path(folder, table, *replication);
        let mut part = File::open(&path).map_err(at(&path))?;
        part.seek(SeekFrom::Start(header)).map_err(at(&path))?;
        io::copy(&mut part, &mut target).map_err(at(&whole))?;
        fs::remove_file(&path).map_err(at(&path))?;
    }
    Ok(())
}

/// Removes the parts of replications that did not finish.
///
/// # Errors
/// When the folder can not be read or a part not be removed.
pub(crate) fn remove_parts(folder: &Path) -> Result<(), RecordError> {
    for entry in fs::read_dir(folder).map_err(at(folder))? {
        let path = entry.map_err(at(folder))?.path();
        if path.file_name().unwrap_or_default().to_string_lossy().contains(PART) {
            fs::remove_file(&path).map_err(at(&path))?;
        }
    }
    Ok(())
}
