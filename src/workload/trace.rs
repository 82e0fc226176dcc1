//! Traces: recorded jobs, read row by row, or decoded once and shared.
//!
//! A format turns bytes into rows, `intake` decides which rows are jobs, `reorder` puts them in
//! order of time. Knows no account beyond queue and definition
//! ids. Functions that every row passes are always inlined: each call would move a job of 100 bytes
//! through memory once more, and together they are a tenth of the time of a row. Invariant:
//! `rows = accepted + rejected + skipped`, at every moment.

mod bits;
mod columns;
mod csv;
mod faults;
mod field;
mod intake;
mod kinds;
mod lines;
mod links;
mod number;
mod reorder;
mod split;
mod swf;

pub use columns::SharedTrace;
pub use faults::{RowFault, faults, faults_over};

use super::spec::{TraceFormat, TraceSpec};
use super::submission::JobSubmission;
use super::tally::Fault;
use super::{JobSource, Tally, TooManyRejects, WorkloadError, input};
use crate::batch::dependency::Links;
use crate::batch::job_definition::JobDefinitionId;
use crate::batch::job_queue::{JobQueueId, ShareIdentifier};
use crate::sim::{ArrivalSource, SimDuration, SimTime};
use crate::workload::submission::JobName;
use intake::Intake;
use kinds::{Kinds, Packed};
use links::RowIds;
use reorder::Reorder;
use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;

/// Opens a trace to be read row by row, in the memory of its reorder buffer (65,536 rows).
///
/// The end of the file is where the verdict falls: too many malformed rows, or not a single job.
///
/// # Errors
/// When the file can not be opened, or its header does not fit.
pub fn open(spec: &TraceSpec) -> Result<Box<dyn JobSource>, WorkloadError> {
    over(input::open(&spec.path)?, spec)
}

/// Reads a trace from bytes; `spec.path` is used in messages only.
///
/// ```
/// use batchcast::batch::{job_definition::JobDefinitionId, job_queue::JobQueueId};
/// use batchcast::workload::spec::{TooLarge, TraceFormat, TraceMemory, TraceSpec};
/// let spec = TraceSpec {
///     path: "jobs.csv".into(),
///     format: TraceFormat::Csv,
///     queue: JobQueueId::new(0),
///     definition: JobDefinitionId::new(0),
///     queue_names: vec![],
///     definition_names: vec![],
///     share_rules: vec![],
///     definition_priorities: vec![],
///     origin_first: true,
///     start_unix_ms: 0,
///     memory_mib_per_vcpu: 1_024,
///     memory: TraceMemory::Ignored,
///     too_large: TooLarge::Reject,
///     corners: vec![],
///     max_rejects: 0.01,
///     map: vec![],
///     first_handle: 0,
/// };
/// let text = "job_id,submit_time,run_time,vcpus\na,100,60.5,2\nb,101,7,1\n";
/// let mut source = batchcast::workload::trace::over(text.as_bytes(), &spec)?;
/// assert_eq!(source.next_time()?.unwrap().as_millis(), 0);
/// assert_eq!(source.take().run_time.unwrap().as_millis(), 60_500);
/// assert_eq!(source.next_time()?.unwrap().as_millis(), 1_000);
/// # Ok::<(), batchcast::workload::WorkloadError>(())
/// ```
///
/// # Errors
/// When the header does not fit.
pub fn over(
    reader: impl Read + Send + 'static,
    spec: &TraceSpec,
) -> Result<Box<dyn JobSource>, WorkloadError> {
    let reader = input::decompress(reader, &spec.path)?;
    Ok(match spec.format {
        TraceFormat::Swf => Box::new(TraceSource::new(swf::Swf::new(reader, spec), spec)),
        TraceFormat::Csv => Box::new(TraceSource::new(csv::Csv::new(reader, spec)?, spec)),
    })
}

/// The rows of one format.
trait Rows: Send {
    /// The next row, `None` at the end of the file.
    fn next_row(&mut self) -> Result<Option<Row>, WorkloadError>;

    /// The row read last is no job.
    fn drop_last(&mut self) {}

    /// The ids of the rows, where some depend on others.
    fn ids(&mut self) -> Option<&mut RowIds> {
        None
    }
}

/// A row: where it stands, and what it says or what is wrong with it.
struct Row {
    line: u64,
    content: Result<Record, Fault>,
}

/// A well-formed row.
struct Record {
    name: JobName,
    /// Milliseconds on the trace's clock, or since the scenario's start for RFC 3339 times.
    submit_ms: i64,
    run_time: SimDuration,
    vcpus: u32,
    /// `None` where the trace carries none or the scenario ignores it.
    memory_mib: Option<u32>,
    gpus: u32,
    queue: JobQueueId,
    definition: JobDefinitionId,
    array_size: u32,
    attempts: Option<u8>,
    timeout: Option<SimDuration>,
    share: Option<ShareIdentifier>,
    /// `None` leaves it to the definition.
    priority: Option<u16>,
    /// Where rows of the trace depend on others.
    links: Option<Arc<Links>>,
}

/// A trace read row by row.
struct TraceSource<R> {
    rows: R,
    path: PathBuf,
    intake: Intake,
    buffer: Reorder<Packed>,
    kinds: Kinds,
    /// What is subtracted from every time; known once the first job is.
    origin_ms: Option<i64>,
    ended: bool,
    /// Whether the next job may be submitted, as far as others are concerned.
    is_checked: bool,
    max_rejects: f64,
}

impl<R: Rows> TraceSource<R> {
    fn new(rows: R, spec: &TraceSpec) -> Self {
        Self {
            rows,
            path: spec.path.clone(),
            intake: Intake::new(spec),
            buffer: Reorder::default(),
            kinds: Kinds::default(),
            origin_ms: (!spec.origin_first).then_some(0),
            ended: false,
            is_checked: false,
            max_rejects: spec.max_rejects,
        }
    }

    /// Reads until the buffer is full, so that its earliest job is the trace's next.
    fn fill(&mut self) -> Result<(), WorkloadError> {
        while !self.ended && !self.buffer.is_full() {
            let Some(row) = self.rows.next_row()? else {
                self.ended = true;
                return self.verdict();
            };
            let Some((time_ms, submission)) = self.intake.take(row.line, row.content) else {
                self.rows.drop_last();
                continue;
            };
            let packed = self.kinds.pack(submission);
            self.buffer.push(time_ms, packed).map_err(|late_ms| WorkloadError::OutOfOrder {
                path: self.path.clone(),
                line: row.line,
                late_ms,
                window: reorder::WINDOW,
            })?;
        }
        Ok(())
    }

    /// Whether what the next job depends on has been submitted.
    fn check_next(&mut self) -> Result<(), WorkloadError> {
        if std::mem::replace(&mut self.is_checked, true) {
            return Ok(());
        }
        let Some(ids) = self.rows.ids() else { return Ok(()) };
        let links = self.buffer.peek().and_then(|packed| self.kinds.links(packed));
        links.map_or(Ok(()), |links| ids.submit(links, &self.path))
    }

    /// What is said of the whole file at its end.
    fn verdict(&self) -> Result<(), WorkloadError> {
        let tally = &self.intake.tally;
        let rejected = tally.rejected_rows();
        if let Some(commonest) = tally.commonest_rejection()
            && rejected as f64 > self.max_rejects * tally.rows as f64
        {
            return Err(WorkloadError::TooManyRejects(Box::new(TooManyRejects {
                path: self.path.clone(),
                commonest: commonest.clone(),
                tally: tally.clone(),
                tolerated: self.max_rejects,
            })));
        }
        if tally.accepted == 0 {
            let (path, tally) = (self.path.clone(), Box::new(tally.clone()));
            return Err(WorkloadError::NoJobs { path, tally });
        }
        Ok(())
    }
}

impl<R: Rows> ArrivalSource for TraceSource<R> {
    type Arrival = JobSubmission;
    type Error = WorkloadError;

    fn next_time(&mut self) -> Result<Option<SimTime>, WorkloadError> {
        if let Err(error) = self.fill().and_then(|()| self.check_next()) {
            self.ended = true;
            self.buffer.clear();
            return Err(error);
        }
        let Some(time_ms) = self.buffer.next_time() else { return Ok(None) };
        let origin_ms = *self.origin_ms.get_or_insert(time_ms);
        // Jobs leave the buffer in order, so none is earlier than the origin.
        Ok(Some(SimTime::from_millis((time_ms - origin_ms).unsigned_abs())))
    }

    fn take(&mut self) -> JobSubmission {
        let Some(packed) = self.buffer.pop() else {
            unreachable!("an arrival is taken only after it was announced");
        };
        self.is_checked = false;
        self.kinds.unpack(packed)
    }
}

impl<R: Rows> JobSource for TraceSource<R> {
    fn tally(&self) -> Tally {
        self.intake.tally.clone()
    }

    fn has_links(&mut self) -> bool {
        self.rows.ids().is_some()
    }
}

#[cfg(test)]
mod tests;
