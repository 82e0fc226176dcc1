//! The Standard Workload Format of the Parallel Workloads Archive, version 2.2: 18 fields a line.
//!
//! Read by hand from bytes. Fields used: 1 job number, 2 submit, 4 run time, 5 and 8 allocated and
//! requested processors, 7 and 10 used and requested memory in KB per processor; -1 is unknown.
//! Deliberately not replayed: status (11), the preceding job and think time (17, 18).

use super::input::{self, Input};
use super::lines::{LONGEST_LINE, LineError, Lines};
use super::{Record, Row, Rows, number};
use crate::batch::{job_definition::JobDefinitionId, job_queue::JobQueueId};
use crate::sim::SimDuration;
use crate::workload::spec::{TraceMemory, TraceSpec};
use crate::workload::submission::JobName;
use crate::workload::tally::Fault;
use crate::workload::{Reason, WorkloadError};
use std::path::PathBuf;

const FIELDS: usize = 18;

/// The rows of an SWF file.
pub(super) struct Swf {
    lines: Lines<Input>,
    path: PathBuf,
    fields: Fields,
}

/// What a row does not say itself.
struct Fields {
    queue: JobQueueId,
    definition: JobDefinitionId,
    memory: TraceMemory,
}

impl Swf {
    pub(super) fn new(reader: Input, spec: &TraceSpec) -> Self {
        let fields = Fields { queue: spec.queue, definition: spec.definition, memory: spec.memory };
        Self { lines: Lines::new(reader), path: spec.path.clone(), fields }
    }
}

impl Rows for Swf {
    fn next_row(&mut self) -> Result<Option<Row>, WorkloadError> {
        loop {
            let line = self.lines.number() + 1;
            let text = match self.lines.next() {
                Ok(Some(text)) => text,
                Ok(None) => return Ok(None),
                Err(LineError::Io(error)) => {
                    return Err(input::read_error(&self.path, line - 1, error));
                }
                Err(LineError::TooLong) => {
                    let (path, limit) = (self.path.clone(), LONGEST_LINE);
                    return Err(WorkloadError::LineTooLong { path, line, limit });
                }
            };
            let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
            let mut fields = [&text[..0]; FIELDS];
            let count = split(text, &mut fields);
            // Blank lines, and comments, which may stand anywhere and in any encoding.
            if count == 0 || fields[0].starts_with(b";") {
                continue;
            }
            let content = if count == FIELDS {
                self.fields.record(&fields)
            } else {
                Err(Fault::new(Reason::FieldCount, "", count.to_string().as_bytes()))
            };
            return Ok(Some(Row { line, content }));
        }
    }
}

impl Fields {
    #[inline]
    fn record(&self, fields: &[&[u8]; FIELDS]) -> Result<Record, Fault> {
        let submit_ms = millis(fields[1], "submit_time", Reason::NoSubmitTime)?;
        let run_ms = millis(fields[3], "run_time", Reason::NoRunTime)?;
        let requested = processors(fields[7])?;
        let vcpus = if requested > 0 { requested } else { processors(fields[4])? };
        if vcpus == 0 {
            return Err(Fault::new(Reason::NoProcessors, "vcpus", fields[4]));
        }
        let name = JobName::from_bytes(fields[0])
            .ok_or_else(|| Fault::new(Reason::NotUtf8, "job_id", fields[0]))?;
        let memory_mib = match self.memory {
            TraceMemory::Ignored => None,
            TraceMemory::Requested => memory_mib(fields[9], vcpus)?,
            TraceMemory::Used => memory_mib(fields[6], vcpus)?,
        };
        Ok(Record {
            name,
            submit_ms: submit_ms as i64,
            run_time: SimDuration::from_millis(run_ms),
            vcpus,
            memory_mib,
            gpus: 0,
            queue: self.queue,
            definition: self.definition,
            array_size: 0,
            attempts: None,
            timeout: None,
        })
    }
}

/// Seconds as milliseconds; a negative number is a missing one.
#[inline]
fn millis(text: &[u8], column: &'static str, missing: Reason) -> Result<u64, Fault> {
    let millis = number::scaled(text, 3).map_err(|reason| Fault::new(reason, column, text))?;
    u64::try_from(millis).map_err(|_| Fault::new(missing, column, text))
}

/// Processors; a negative number is none.
#[inline]
fn processors(text: &[u8]) -> Result<u32, Fault> {
    let fault = |reason| Fault::new(reason, "vcpus", text);
    let count = number::whole(text).map_err(fault)?;
    u32::try_from(count.max(0)).map_err(|_| fault(Reason::OutOfRange))
}

/// KB per processor as MiB of the whole job, rounded up; not positive is unknown.
fn memory_mib(text: &[u8], vcpus: u32) -> Result<Option<u32>, Fault> {
    let fault = |reason| Fault::new(reason, "memory_mib", text);
    let kib = number::scaled(text, 0).map_err(fault)?;
    let total = u64::try_from(kib).unwrap_or(0).saturating_mul(u64::from(vcpus)).div_ceil(1_024);
    let total = u32::try_from(total).map_err(|_| fault(Reason::OutOfRange))?;
    Ok((total > 0).then_some(total))
}

/// Splits at spaces and tabs; returns how many fields there are, of which the first 18 are kept.
#[inline]
fn split<'a>(text: &'a [u8], fields: &mut [&'a [u8]; FIELDS]) -> usize {
    let blank = |byte: u8| byte == b' ' || byte == b'\t';
    let mut count = 0;
    let mut position = 0;
    while position < text.len() {
        if blank(text[position]) {
            position += 1;
            continue;
        }
        let start = position;
        while position < text.len() && !blank(text[position]) {
            position += 1;
        }
        if let Some(field) = fields.get_mut(count) {
            *field = &text[start..position];
        }
        count += 1;
    }
    count
}
