//! The rows of a trace that are no jobs, one by one: what to mend, or to know of.
//!
//! A reading of its own, so that a run that only counts them pays nothing, and so that the list is
//! whole and in file order whatever the run does. Keeps no row and no job. Invariant: every row
//! that the tally counts as rejected or skipped is shown once.

use super::{Rows, TraceSource, csv, swf};
use crate::workload::spec::{TraceFormat, TraceSpec};
use crate::workload::{Reason, WorkloadError, input};
use std::io::Read;
use std::sync::atomic::{AtomicBool, Ordering};

/// A row that is no job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowFault<'a> {
    /// Where it begins, counted from 1.
    pub line: u64,
    /// Why it is none; [`Reason::is_skip`] tells skipped rows from malformed ones.
    pub reason: Reason,
    /// The canonical column that is to blame; empty when it is the whole row.
    pub column: &'static str,
    /// What stands there, cut at 200 bytes; in any encoding. Empty when nothing does, or when the
    /// verdict rests on more than one column.
    pub value: &'a [u8],
}

/// Reads a trace to its end and shows every row that is no job, in file order.
///
/// Stops early, without an error, once `stop` is true. Does not see whether the rows are in order
/// of time.
///
/// # Errors
/// As the row-by-row source would report, its verdict at the end of the file included.
pub fn faults(
    spec: &TraceSpec,
    stop: &AtomicBool,
    show: &mut dyn FnMut(RowFault<'_>),
) -> Result<(), WorkloadError> {
    faults_over(input::open(&spec.path)?, spec, stop, show)
}

/// As [`faults`], from bytes; `spec.path` is used in messages only.
///
/// # Errors
/// As [`faults`].
pub fn faults_over(
    reader: impl Read + Send + 'static,
    spec: &TraceSpec,
    stop: &AtomicBool,
    show: &mut dyn FnMut(RowFault<'_>),
) -> Result<(), WorkloadError> {
    let reader = input::decompress(reader, &spec.path)?;
    match spec.format {
        TraceFormat::Swf => {
            show_all(TraceSource::new(swf::Swf::new(reader, spec), spec), stop, show)
        }
        TraceFormat::Csv => {
            show_all(TraceSource::new(csv::Csv::new(reader, spec)?, spec), stop, show)
        }
    }
}

fn show_all<R: Rows>(
    mut source: TraceSource<R>,
    stop: &AtomicBool,
    show: &mut dyn FnMut(RowFault<'_>),
) -> Result<(), WorkloadError> {
    while let Some(row) = source.rows.next_row()? {
        if stop.load(Ordering::Relaxed) {
            return Ok(());
        }
        let line = row.line;
        let job = source.intake.take_showing(line, row.content, |fault| {
            let (reason, column, value) = (fault.reason, fault.column, &*fault.value);
            show(RowFault { line, reason, column, value });
        });
        if job.is_none() {
            source.rows.drop_last();
        }
    }
    source.verdict()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workload::trace::{over, tests::spec};
    use std::sync::atomic::AtomicU64;

    /// The faults as `line reason column length-of-value`, and how the reading ended.
    fn listed(text: &[u8], spec: &TraceSpec) -> (Vec<String>, Result<(), WorkloadError>) {
        let mut rows = Vec::new();
        let bytes = std::io::Cursor::new(text.to_vec());
        let end = faults_over(bytes, spec, &AtomicBool::new(false), &mut |fault| {
            let RowFault { line, reason, column, value } = fault;
            rows.push(format!("{line} {} {column} {}", reason.as_str(), value.len()));
        });
        (rows, end)
    }

    #[test]
    fn every_rejected_and_skipped_row_is_shown_in_file_order() {
        let text = b"job_id,submit_time,run_time,vcpus\n1,0,5,1\n2,x,5,1\n3,9,,1\n4,9\n\
            \xff\xfe-name,3,5,1\n\"a\n,b\",4,\" y,z\",1\n6,1,-1,1\n";
        let tolerant = TraceSpec { max_rejects: 1.0, ..spec(TraceFormat::Csv) };
        let (rows, end) = listed(text, &tolerant);
        assert_eq!(
            rows,
            [
                "3 not_a_time submit_time 1",
                "4 no_run_time run_time 0",
                "5 field_count  1",
                "6 not_utf8 job_id 7",
                "7 not_a_number run_time 3",
                "9 no_run_time run_time 2",
            ]
        );
        assert!(end.is_ok());
        let mut source = over(text.as_slice(), &tolerant).unwrap();
        assert!(source.next_time().unwrap().is_some());
        let tally = source.tally();
        assert_eq!(tally.rejected_rows() + tally.skipped_rows(), rows.len() as u64);
    }

    #[test]
    fn too_many_malformed_rows_are_all_shown_before_the_error() {
        let mut text = "1 10 -1 5 1 -1 -1 1 -1 -1 -1 -1 -1 -1 -1 -1 -1 -1\n".to_owned();
        text.push_str(&"1 2 3\n".repeat(70_000));
        let (rows, end) = listed(text.as_bytes(), &spec(TraceFormat::Swf));
        assert_eq!((rows.len(), rows[0].as_str()), (70_000, "2 field_count  1"));
        assert!(matches!(end, Err(WorkloadError::TooManyRejects(_))));
    }

    #[test]
    fn a_value_is_cut_at_200_bytes_and_never_within_a_character() {
        let tolerant = TraceSpec { max_rejects: 1.0, ..spec(TraceFormat::Csv) };
        for (value, length) in [
            ("x".repeat(200), 200),
            ("x".repeat(201), 200),
            (format!("{}\u{e9}", "x".repeat(199)), 199),
            (format!("{}\u{1f600}", "x".repeat(197)), 197),
            (format!("{}\u{1f600}", "x".repeat(196)), 200),
        ] {
            let text = format!("submit_time,run_time,vcpus\n0,1,1\n0,{value},1\n");
            let (rows, _) = listed(text.as_bytes(), &tolerant);
            assert_eq!(rows, [format!("3 not_a_number run_time {length}")]);
        }
    }

    #[test]
    fn a_reading_that_is_stopped_shows_no_more_and_is_no_error() {
        let (stop, shown) = (AtomicBool::new(false), AtomicU64::new(0));
        let text = b"submit_time,run_time,vcpus\nx,1,1\nx,1,1\nx,1,1\n".as_slice();
        let end = faults_over(text, &spec(TraceFormat::Csv), &stop, &mut |_| {
            shown.fetch_add(1, Ordering::Relaxed);
            stop.store(true, Ordering::Relaxed);
        });
        assert_eq!((end.is_ok(), shown.into_inner()), (true, 1));
    }
}
