//! Why a source can not be opened or read: the place, the value, what would be accepted, a hint.

use super::Tally;
use super::tally::Count;
use std::io;
use std::path::PathBuf;

/// Why a source can not be opened or read further. A run that meets one can not go on.
#[derive(Debug, thiserror::Error)]
pub enum WorkloadError {
    /// The file can not be opened.
    #[error("{}: {source}", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file can not be read further.
    #[error("{}, after line {line}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Last line that was read.
        line: u64,
        /// What the system said.
        source: io::Error,
    },
    /// A gzip stream ends early or is damaged.
    #[error(
        "{}, after line {line}: the gzip stream {what}; expected a complete one\n  hint: \
         `gzip --test` checks the file; copy it again",
        path.display()
    )]
    Gzip {
        /// The file.
        path: PathBuf,
        /// Last line that was read.
        line: u64,
        /// How it is damaged.
        what: &'static str,
    },
    /// The text is not UTF-8.
    #[error(
        "{}, line {line}: {what} is not UTF-8 text\n  hint: save the file as UTF-8",
        path.display()
    )]
    NotUtf8 {
        /// The file.
        path: PathBuf,
        /// Where.
        line: u64,
        /// Which part.
        what: &'static str,
    },
    /// One row is longer than any row should be.
    #[error(
        "{}, line {line}: the row is longer than {limit} bytes\n  hint: a quote that is never \
         closed, or no trace at all",
        path.display()
    )]
    LineTooLong {
        /// The file.
        path: PathBuf,
        /// Where it starts.
        line: u64,
        /// The longest row that is read.
        limit: usize,
    },
    /// A column is missing, doubled, unknown, or mapped with a unit it can not have.
    #[error("{}, line 1: {problem}\n  hint: {hint}", path.display())]
    Header {
        /// The file.
        path: PathBuf,
        /// Which column, and what would be accepted.
        problem: String,
        /// What to do.
        hint: String,
    },
    /// A row is earlier than rows that were already handed out.
    #[error(
        "{}, line {line}: the job was submitted {late_ms} ms before one that stands more than \
         {window} rows earlier; expected rows in order of submit_time\n  hint: sort the rows by \
         their submit times, for example with the command `sort`",
        path.display()
    )]
    OutOfOrder {
        /// The file.
        path: PathBuf,
        /// Where.
        line: u64,
        /// By how much.
        late_ms: i64,
        /// Rows within which any order is accepted.
        window: usize,
    },
    /// A job depends on one that was not submitted before it.
    #[error(
        "{}: job `{job}` depends on `{depends_on}`, {problem}; expected in depends_on the job_id \
         of rows that were submitted earlier, or job_id:3 for a child of an array\n  hint: \
         `batchcast run --rejects FILE` lists the rows that are not replayed",
        path.display()
    )]
    Dependency {
        /// The file.
        path: PathBuf,
        /// The job's id.
        job: String,
        /// The id that it refers to.
        depends_on: String,
        /// What is wrong with that.
        problem: &'static str,
    },
    /// Too large a share of the rows is malformed.
    #[error(transparent)]
    TooManyRejects(Box<TooManyRejects>),
    /// No row became a job.
    #[error(
        "{}: none of {} rows is a job: {} are malformed, {} never ran or can not run here{}\n  \
         hint: `batchcast run --rejects FILE` lists the rows",
        path.display(), tally.rows, tally.rejected_rows(), tally.skipped_rows(), reasons(tally)
    )]
    NoJobs {
        /// The file.
        path: PathBuf,
        /// What was read.
        tally: Box<Tally>,
    },
    /// An arrival process has an impossible parameter.
    #[error("workload[{position}].arrivals: `{parameter}` is {value}; expected {expected}")]
    Process {
        /// Position of the source in the `workload` list.
        position: u32,
        /// As scenarios spell it.
        parameter: &'static str,
        /// What was given.
        value: f64,
        /// What would be accepted.
        expected: &'static str,
    },
}

/// The share of malformed rows exceeds what is tolerated.
#[derive(Debug, thiserror::Error)]
#[error(
    "{}: {} of {} rows are malformed, more than the tolerated share of {tolerated}; most often {}, \
     first in line {}{}; expected {}\n  hint: \
     `batchcast run --rejects FILE` lists the rows; mend them, or raise --max-rejects",
    path.display(), tally.rejected_rows(), tally.rows, commonest.reason.as_str(),
    commonest.first_line, place(commonest), commonest.expectation()
)]
pub struct TooManyRejects {
    /// The file.
    pub path: PathBuf,
    /// What was read.
    pub tally: Tally,
    /// The commonest reason.
    pub commonest: Count,
    /// The tolerated share.
    pub tolerated: f64,
}

fn place(count: &Count) -> String {
    let column =
        if count.column.is_empty() { String::new() } else { format!(", column {}", count.column) };
    if count.example.is_empty() { column } else { format!("{column}: {:?}", count.example) }
}

fn reasons(tally: &Tally) -> String {
    let counts = tally.rejected.iter().chain(&tally.skipped);
    let listed: Vec<String> =
        counts.map(|count| format!("{} {}", count.count, count.reason.as_str())).collect();
    if listed.is_empty() { String::new() } else { format!(" ({})", listed.join(", ")) }
}
