//! The account of a source: every row it read was accepted, rejected or skipped, and why.
//!
//! Rejected rows are malformed; skipped rows are well-formed but never ran, or can not run here.
//! Invariant: `rows = accepted + rejected + skipped`.

use crate::batch::job_queue::ShareIdentifier;

/// What a source read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Rows read, or tasks of a workflow; comments, blank lines and the header are none.
    pub rows: u64,
    /// Rows that became submissions; tasks that were submitted or still may be.
    pub accepted: u64,
    /// Accepted rows that were shrunk to fit (`tooLarge: clamp`).
    pub clamped: u64,
    /// Accepted rows that became jobs of several nodes (`tooLarge: multinode`).
    pub split: u64,
    /// Malformed rows by reason and column, in order of first appearance.
    pub rejected: Vec<Count>,
    /// Rows that never ran or can not run here, by reason, in order of first appearance.
    pub skipped: Vec<Count>,
}

/// How often one thing was wrong, and where first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Count {
    /// What was wrong.
    pub reason: Reason,
    /// The canonical column it was wrong in; empty when it concerns the whole row.
    pub column: &'static str,
    /// Rows.
    pub count: u64,
    /// Line of the first one, counted from 1; of a task of a workflow, its place among the tasks.
    pub first_line: u64,
    /// The value of the first one, shortened.
    pub example: Box<str>,
}

impl Count {
    /// What would have been accepted.
    #[must_use]
    pub fn expectation(&self) -> &'static str {
        match (self.reason, self.column) {
            (Reason::FieldCount, _) => "18 fields in SWF, as many as the header in CSV",
            (Reason::NotANumber, _) => "a decimal number without exponent",
            (Reason::NotWhole, _) => "a whole number",
            (Reason::NotATime, _) => "decimal seconds or a time such as 2026-01-31T12:00:00Z",
            (Reason::OutOfRange, "depends_on") => "at most 20 ids",
            (Reason::OutOfRange, "array_size") => "0 to 10,000 children",
            (Reason::OutOfRange, "attempts") => "0 to 10 attempts",
            (Reason::OutOfRange, "priority") => "0 to 9,999",
            (Reason::OutOfRange, "timeout") => "at least 60 s and below 35,000 years",
            (Reason::OutOfRange, "submit_time" | "run_time") => "a time below 35,000 years",
            (Reason::OutOfRange, _) => "a number of at most 32 bits",
            (Reason::NotUtf8, _) => "UTF-8 text",
            (Reason::UnknownQueue, _) => "the name of a job queue of the scenario",
            (Reason::UnknownJobDefinition, _) => "the name of a job definition of the scenario",
            (Reason::NotAShare, _) => ShareIdentifier::EXPECTED,
            (Reason::NoShare, _) => "a share: the row's queue has a scheduling policy",
            (Reason::NoPriority, _) => {
                "a priority, or a job definition with a schedulingPriority: the row's queue has a \
                 scheduling policy"
            }
            (Reason::ShareOnFifo, _) => {
                "no share: the row's queue has no scheduling policy (profile: \
                 {fifoRefusesShare: false} ignores shares)"
            }
            (Reason::NoSubmitTime | Reason::NoRunTime, _) => "0 or more seconds",
            (Reason::NoProcessors, _) => "at least one processor",
            (Reason::BeforeStart, _) => "a time from the scenario's start on, or `origin: first`",
            (Reason::TooLarge, _) => "a job that a compute environment of its queue can hold",
            (Reason::TakenId, _) => "an id that no other row has: rows depend on ids",
            (Reason::NoSuchChild, _) => "the index of a child of that array, from 0",
            (Reason::DependsOnSkipped, _) => "the id of a row that is replayed",
            (Reason::AfterFailure, _) => "a task whose parents succeed",
        }
    }
}

/// Why a row is not a submission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// Rejected: too few or too many fields.
    FieldCount,
    /// Rejected: no decimal number.
    NotANumber,
    /// Rejected: a fraction where only whole numbers make sense.
    NotWhole,
    /// Rejected: neither decimal seconds nor an RFC 3339 time.
    NotATime,
    /// Rejected: outside what the API or the simulator's clock can hold.
    OutOfRange,
    /// Rejected: no UTF-8 text.
    NotUtf8,
    /// Rejected: a queue that the scenario does not have.
    UnknownQueue,
    /// Rejected: a job definition that the scenario does not have.
    UnknownJobDefinition,
    /// Rejected: a share that AWS would not take.
    NotAShare,
    /// Rejected: no share, and its queue has a scheduling policy.
    NoShare,
    /// Rejected: no scheduling priority, and its queue has a scheduling policy.
    NoPriority,
    /// Rejected: a share, and its queue has no scheduling policy.
    ShareOnFifo,
    /// Rejected: an id that another row has, where rows depend on ids.
    TakenId,
    /// Rejected: depends on a child that its array does not have.
    NoSuchChild,
    /// Skipped: no submit time, or a negative one.
    NoSubmitTime,
    /// Skipped: no run time, or a negative one.
    NoRunTime,
    /// Skipped: no processors.
    NoProcessors,
    /// Skipped: submitted before the scenario's start, and the trace keeps its clock.
    BeforeStart,
    /// Skipped: fits no compute environment of its queue.
    TooLarge,
    /// Skipped: depends on a row that is not replayed.
    DependsOnSkipped,
    /// Skipped: a task of the workflow that it depends on has failed for good.
    AfterFailure,
}

impl Reason {
    /// The name in reports, such as `too_large`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FieldCount => "field_count",
            Self::NotANumber => "not_a_number",
            Self::NotWhole => "not_whole",
            Self::NotATime => "not_a_time",
            Self::OutOfRange => "out_of_range",
            Self::NotUtf8 => "not_utf8",
            Self::UnknownQueue => "unknown_queue",
            Self::UnknownJobDefinition => "unknown_job_definition",
            Self::NotAShare => "not_a_share",
            Self::NoShare => "no_share",
            Self::NoPriority => "no_priority",
            Self::ShareOnFifo => "share_on_fifo",
            Self::TakenId => "taken_id",
            Self::NoSuchChild => "no_such_child",
            Self::NoSubmitTime => "no_submit_time",
            Self::NoRunTime => "no_run_time",
            Self::NoProcessors => "no_processors",
            Self::BeforeStart => "before_start",
            Self::TooLarge => "too_large",
            Self::DependsOnSkipped => "depends_on_skipped",
            Self::AfterFailure => "after_failure",
        }
    }

    /// Whether the row is well-formed and merely not to be run.
    #[must_use]
    pub const fn is_skip(self) -> bool {
        matches!(
            self,
            Self::NoSubmitTime
                | Self::NoRunTime
                | Self::NoProcessors
                | Self::BeforeStart
                | Self::TooLarge
                | Self::DependsOnSkipped
                | Self::AfterFailure
        )
    }
}

/// What is wrong with one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) reason: Reason,
    pub(super) column: &'static str,
    /// As it stands in the file, cut at 200 bytes.
    pub(super) value: Box<[u8]>,
}

impl Fault {
    /// A fault of one value.
    #[cold]
    pub(super) fn new(reason: Reason, column: &'static str, value: &[u8]) -> Self {
        Self { reason, column, value: cut(value, LONGEST_VALUE).into() }
    }
}

/// Longest value that a list of faults shows, in bytes.
const LONGEST_VALUE: usize = 200;
/// Longest value that a message shows, in bytes.
const LONGEST_EXAMPLE: usize = 40;

/// At most `limit` bytes of a value, ending with a whole character where it is UTF-8.
fn cut(value: &[u8], limit: usize) -> &[u8] {
    let is_inside = |end: &usize| value.get(*end).is_some_and(|byte| byte & 0xc0 == 0x80);
    // A character has at most three bytes behind its first; longer runs are no UTF-8 anyway.
    let end = (limit - 3..=limit).rev().find(|end| !is_inside(end)).unwrap_or(limit);
    &value[..end.min(value.len())]
}

impl Tally {
    /// Malformed rows.
    #[must_use]
    pub fn rejected_rows(&self) -> u64 {
        self.rejected.iter().map(|count| count.count).sum()
    }

    /// Rows that never ran or can not run here.
    #[must_use]
    pub fn skipped_rows(&self) -> u64 {
        self.skipped.iter().map(|count| count.count).sum()
    }

    /// Counts a row that is no submission.
    #[cold]
    pub(super) fn count_fault(&mut self, line: u64, fault: Fault) {
        self.rows += 1;
        let list = if fault.reason.is_skip() { &mut self.skipped } else { &mut self.rejected };
        let same =
            |count: &&mut Count| count.reason == fault.reason && count.column == fault.column;
        if let Some(known) = list.iter_mut().find(same) {
            known.count += 1;
            return;
        }
        let Fault { reason, column, value } = fault;
        let example = String::from_utf8_lossy(cut(&value, LONGEST_EXAMPLE)).into();
        list.push(Count { reason, column, count: 1, first_line: line, example });
    }

    /// The most frequent rejection; of equally frequent ones the first in the file.
    pub(super) fn commonest_rejection(&self) -> Option<&Count> {
        self.rejected.iter().min_by_key(|count| (u64::MAX - count.count, count.first_line))
    }
}
