//! Where the rows of a run go.
//!
//! A sink is an observer that can fail: observer methods return nothing, so a sink keeps its first
//! error to itself, drops every later row, and tells at [`finish`](RecordSink::finish).

use crate::world::observer::Observer;
use std::io;
use std::path::PathBuf;

/// Takes the rows of one replication.
pub trait RecordSink: Observer {
    /// Writes what is still held back.
    ///
    /// # Errors
    /// The first error since the sink was made. What was written so far is incomplete.
    fn finish(self) -> Result<(), RecordError>;
}

/// Rows could not be written; the replication's rows are incomplete and must be discarded.
#[derive(Debug, thiserror::Error)]
#[error("{}: can not be written: {source}\nhint: check free space and permissions", path.display())]
pub struct RecordError {
    /// The file.
    pub path: PathBuf,
    /// What the system says.
    pub source: io::Error,
}

/// Two sinks of one replication.
impl<A: RecordSink, B: RecordSink> RecordSink for (A, B) {
    fn finish(self) -> Result<(), RecordError> {
        let first = self.0.finish();
        self.1.finish().and(first)
    }
}

/// Keeps nothing.
impl RecordSink for () {
    fn finish(self) -> Result<(), RecordError> {
        Ok(())
    }
}
