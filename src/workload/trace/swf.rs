//! The Standard Workload Format of the Parallel Workloads Archive, version 2.2: 18 fields a line.
//!
//! Read by hand from bytes. Fields used: 1 job number, 2 submit, 4 run time, 5 and 8 allocated and
//! requested processors, 7 and 10 used and requested memory in KB per processor; -1 is unknown.
//! Deliberately not replayed: status (11), the preceding job and think time (17, 18).

use super::field::Field;
use super::lines::{LONGEST_LINE, LineError, Lines};
use super::{Record, Row, Rows, bits, number};
use crate::batch::{job_definition::JobDefinitionId, job_queue::JobQueueId};
use crate::sim::SimDuration;
use crate::workload::input::{self, Input};
use crate::workload::spec::{TraceMemory, TraceSpec};
use crate::workload::submission::JobName;
use crate::workload::tally::Fault;
use crate::workload::{Reason, WorkloadError};
use std::path::PathBuf;

const FIELDS: usize = 18;
/// The edges of the first ten fields; those behind are only counted.
const EDGES: usize = 20;

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
            let edges = Edges::of(text);
            // Blank lines, and comments, which may stand anywhere and in any encoding.
            if edges.fields() == 0 || edges.field(text, 1).starts_with(b";") {
                continue;
            }
            let content = if edges.fields() == FIELDS {
                self.fields.record(|number| edges.field(text, number))
            } else {
                Err(Fault::new(Reason::FieldCount, "", edges.fields().to_string().as_bytes()))
            };
            return Ok(Some(Row { line, content }));
        }
    }
}

impl Fields {
    #[inline(always)]
    fn record<'a>(&self, field: impl Fn(usize) -> &'a [u8]) -> Result<Record, Fault> {
        let submit_ms = millis(field(2), "submit_time", Reason::NoSubmitTime)?;
        let run_ms = millis(field(4), "run_time", Reason::NoRunTime)?;
        let requested = processors(field(8))?;
        let vcpus = if requested > 0 { requested } else { processors(field(5))? };
        if vcpus == 0 {
            return Err(Fault::new(Reason::NoProcessors, "vcpus", field(5)));
        }
        let name = JobName::from_bytes(field(1))
            .ok_or_else(|| Fault::new(Reason::NotUtf8, "job_id", field(1)))?;
        let memory_mib = match self.memory {
            TraceMemory::Ignored => None,
            TraceMemory::Requested => memory_mib(field(10), vcpus)?,
            TraceMemory::Used => memory_mib(field(7), vcpus)?,
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
            share: None,
            priority: None,
            links: None,
        })
    }
}

/// Seconds as milliseconds; a negative number is a missing one.
#[inline(always)]
fn millis(text: &[u8], column: &'static str, missing: Reason) -> Result<u64, Fault> {
    let millis = number::scaled(Field::trimmed(text), 3)
        .map_err(|reason| Fault::new(reason, column, text))?;
    u64::try_from(millis).map_err(|_| Fault::new(missing, column, text))
}

/// Processors; a negative number is none.
#[inline(always)]
fn processors(text: &[u8]) -> Result<u32, Fault> {
    let fault = |reason| Fault::new(reason, "vcpus", text);
    let count = number::whole(Field::trimmed(text)).map_err(fault)?;
    u32::try_from(count.max(0)).map_err(|_| fault(Reason::OutOfRange))
}

/// KB per processor as MiB of the whole job, rounded up; not positive is unknown.
fn memory_mib(text: &[u8], vcpus: u32) -> Result<Option<u32>, Fault> {
    let fault = |reason| Fault::new(reason, "memory_mib", text);
    let kib = number::scaled(Field::trimmed(text), 0).map_err(fault)?;
    let total = u64::try_from(kib).unwrap_or(0).saturating_mul(u64::from(vcpus)).div_ceil(1_024);
    let total = u32::try_from(total).map_err(|_| fault(Reason::OutOfRange))?;
    Ok((total > 0).then_some(total))
}

/// Where the fields of a line begin and end.
struct Edges {
    places: [u32; EDGES],
    /// How many edges there are, of which the first 20 are kept.
    count: usize,
}

impl Edges {
    /// Splits at spaces, tabs and other control characters.
    ///
    /// 64 bytes at a time as one word of bits, so that the length of a field is no branch to guess.
    #[inline(always)]
    fn of(text: &[u8]) -> Self {
        let mut edges = Self { places: [0; EDGES], count: 0 };
        let mut open = 0;
        let (blocks, rest) = text.as_chunks::<64>();
        for (index, block) in blocks.iter().enumerate() {
            open = edges.add(bits::solid(block), open, 64 * index);
        }
        // The padding closes the last field, unless that fills its block to the end.
        let mut padded = [b' '; 64];
        padded[..rest.len()].copy_from_slice(rest);
        edges.add(bits::solid(&padded), open, text.len() - rest.len());
        edges
    }

    /// Adds the edges of one block at `base`; returns whether a field is still open after it.
    #[inline(always)]
    fn add(&mut self, solid: u64, open: u64, base: usize) -> u64 {
        // A bit where a field begins, and one where it has just ended.
        let mut bits = solid ^ (solid << 1 | open);
        while bits != 0 && self.count < EDGES {
            self.places[self.count] = base as u32 + bits.trailing_zeros();
            self.count += 1;
            bits &= bits - 1;
        }
        self.count += bits.count_ones() as usize;
        solid >> 63
    }

    fn fields(&self) -> usize {
        self.count / 2
    }

    /// One of the first ten fields, by its number in the format, counted from 1.
    #[inline(always)]
    fn field<'a>(&self, text: &'a [u8], number: usize) -> &'a [u8] {
        &text[self.places[2 * number - 2] as usize..self.places[2 * number - 1] as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn fields_are_split_as_by_the_standard_library(
            text in "[ \t]{0,3}([!-~é]{1,40}[ \t\r]{1,30}){0,25}[x]{0,70}",
        ) {
            let edges = Edges::of(text.as_bytes());
            let expected: Vec<&str> =
                text.split(|c: char| c <= ' ').filter(|field| !field.is_empty()).collect();
            prop_assert_eq!(edges.fields(), expected.len());
            for (index, field) in expected.iter().take(10).enumerate() {
                prop_assert_eq!(edges.field(text.as_bytes(), index + 1), field.as_bytes());
            }
        }
    }
}
