//! `--rejects`: the rows of the traces that became no jobs, listed before the run.
//!
//! Every trace is read to its end for it, so a trace that can not be used ends the run here: after
//! the list is written, because that is when it is needed most.

use super::Failure;
use super::failure::INTERRUPTED;
use super::scenario::Opened;
use batchcast::experiment::replicate::trace_faults;
use batchcast::report::csv::{RejectsError, RejectsFile};
use batchcast::workload::trace::RowFault;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

/// Writes the list to `file`; `results` is the folder that the run will replace.
pub(super) fn list(
    opened: &Opened,
    file: &Path,
    results: &Path,
    stop: &AtomicBool,
) -> Result<(), Failure> {
    let mut list = RejectsFile::create(file, results)?;
    let mut show = |trace: &str, fault: RowFault<'_>| list.row(trace, fault);
    let read = trace_faults(&opened.scenario, opened.carried, stop, &mut show);
    if stop.load(Ordering::Relaxed) {
        return Err(Failure::Other("interrupted: no replication was done".into(), INTERRUPTED));
    }
    list.commit()?;
    read.map_err(Failure::input)
}

impl From<RejectsError> for Failure {
    fn from(error: RejectsError) -> Self {
        if error.is_usage() { Self::usage(error) } else { Self::runtime(error) }
    }
}
