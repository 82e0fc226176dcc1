//! The canonical CSV: a header, then one job a row; the header may name its columns differently.
//!
//! Only `submit_time`, `run_time` and `vcpus` are required. `memory_mib` and `gpus` count wherever
//! the column is there, whatever `memory` says. `exit_code` and `status` are accepted and not
//! replayed, and so are columns of any other name. Invariant: no allocation per row, except for
//! names longer than 16 bytes, for a share's first row, and where rows depend on others.

mod cells;
mod header;

use super::field::Field;
use super::links::RowIds;
use super::{Record, Row, Rows, number};
use crate::batch::job_definition::JobDefinitionId;
use crate::batch::job_queue::{JobQueueId, ShareIdentifier};
use crate::sim::SimDuration;
use crate::workload::input::Input;
use crate::workload::spec::TraceSpec;
use crate::workload::submission::JobName;
use crate::workload::tally::Fault;
use crate::workload::{Reason, WorkloadError};
use cells::{Cells, Records};
use header::{Column, Header, Unit};
use rustc_hash::FxHashMap;

/// The rows of a CSV file.
pub(super) struct Csv {
    records: Records,
    fields: Fields,
    rows: u64,
}

/// What the columns mean.
struct Fields {
    header: Header,
    start_unix_ms: i64,
    queue: JobQueueId,
    definition: JobDefinitionId,
    queues: FxHashMap<Box<[u8]>, JobQueueId>,
    definitions: FxHashMap<Box<[u8]>, JobDefinitionId>,
    /// Every share so far, so that its jobs have one text.
    shares: FxHashMap<Box<[u8]>, ShareIdentifier>,
    /// Where the header has `depends_on`.
    ids: Option<RowIds>,
}

impl Csv {
    /// Reads the header.
    pub(super) fn new(reader: Input, spec: &TraceSpec) -> Result<Self, WorkloadError> {
        let mut records = Records::new(reader, &spec.path);
        let header = records.next()?.map(|(_, cells)| Header::new(cells, spec));
        let empty = || Header::new(Cells::default(), spec);
        let header = header.unwrap_or_else(empty)?;
        let row_ids = header.depends_on.is_some().then(|| RowIds::new(spec.first_handle));
        let fields = Fields {
            header,
            start_unix_ms: spec.start_unix_ms,
            queue: spec.queue,
            definition: spec.definition,
            queues: ids(&spec.queue_names, JobQueueId::from_index),
            definitions: ids(&spec.definition_names, JobDefinitionId::from_index),
            shares: FxHashMap::default(),
            ids: row_ids,
        };
        Ok(Self { records, fields, rows: 0 })
    }
}

impl Rows for Csv {
    fn next_row(&mut self) -> Result<Option<Row>, WorkloadError> {
        let Some((line, cells)) = self.records.next()? else { return Ok(None) };
        self.rows += 1;
        if let Some(ids) = &mut self.fields.ids {
            ids.end_row();
        }
        let content = self.fields.record(cells, self.rows);
        Ok(Some(Row { line, content }))
    }

    fn drop_last(&mut self) {
        if let Some(ids) = &mut self.fields.ids {
            ids.drop_last();
        }
    }

    fn ids(&mut self) -> Option<&mut RowIds> {
        self.fields.ids.as_mut()
    }
}

impl Fields {
    #[inline(always)]
    fn record(&mut self, record: Cells<'_>, row: u64) -> Result<Record, Fault> {
        if record.len() != self.header.width {
            return Err(Fault::new(Reason::FieldCount, "", record.len().to_string().as_bytes()));
        }
        let number = match &mut self.ids {
            Some(ids) => Some(begin(ids, self.header.job_id.as_ref(), record, row)?),
            None => None,
        };
        let submit_ms = self.submit_ms(record)?;
        let run_time = millis(record, &self.header.run_time)?.ok_or_else(|| {
            self.header.run_time.fault(Reason::NoRunTime, self.header.run_time.of(record))
        })?;
        let vcpus = count(record, &self.header.vcpus)?;
        if vcpus == 0 {
            return Err(self
                .header
                .vcpus
                .fault(Reason::NoProcessors, self.header.vcpus.of(record)));
        }
        let rest = &self.header;
        let array_size =
            if_there(&rest.array_size, |column| array_size(record, column))?.unwrap_or(0);
        let links = match (&mut self.ids, number, &rest.depends_on) {
            (Some(ids), Some(number), Some(column)) => {
                Some(ids.links(number, array_size, column.of(record))?)
            }
            _ => None,
        };
        let share = match &rest.share {
            Some(column) => share(&mut self.shares, record, column)?,
            None => None,
        };
        Ok(Record {
            name: self.name(record, row)?,
            submit_ms,
            run_time,
            vcpus,
            memory_mib: if_there(&rest.memory_mib, |column| memory_mib(record, column))?,
            gpus: if_there(&rest.gpus, |column| count(record, column).map(Some))?.unwrap_or(0),
            queue: if_there(&rest.queue, |column| {
                id(&self.queues, record, column, Reason::UnknownQueue)
            })?
            .unwrap_or(self.queue),
            definition: if_there(&rest.job_definition, |column| {
                id(&self.definitions, record, column, Reason::UnknownJobDefinition)
            })?
            .unwrap_or(self.definition),
            array_size,
            attempts: if_there(&rest.attempts, |column| attempts(record, column))?,
            timeout: if_there(&rest.timeout, |column| timeout(record, column))?,
            share,
            priority: if_there(&rest.priority, |column| priority(record, column))?,
            links,
        })
    }

    #[inline(always)]
    fn submit_ms(&self, record: Cells<'_>) -> Result<i64, Fault> {
        let column = &self.header.submit_time;
        let text = column.of(record);
        if number::is_date(text.text()) {
            let unix_ms =
                number::instant(text.text()).map_err(|reason| column.fault(reason, text))?;
            return Ok(unix_ms.saturating_sub(self.start_unix_ms));
        }
        let missing = || column.fault(Reason::NoSubmitTime, text);
        if text.is_empty() {
            return Err(missing());
        }
        match number::scaled(text, column.unit.millis_digits()) {
            Ok(submit_ms) if submit_ms >= 0 => Ok(submit_ms),
            Ok(_) => Err(missing()),
            Err(Reason::NotANumber) => Err(column.fault(Reason::NotATime, text)),
            Err(reason) => Err(column.fault(reason, text)),
        }
    }

    /// The trace's own id; a row without one is named by its ordinal, counted from 1.
    #[inline(always)]
    fn name(&self, record: Cells<'_>, row: u64) -> Result<JobName, Fault> {
        let Some(column) = &self.header.job_id else { return Ok(JobName::Number(row)) };
        let field = record.verbatim(column.index);
        if field.is_empty() {
            return Ok(JobName::Number(row));
        }
        if let Some(number) = number::canonical(field) {
            return Ok(JobName::Number(number));
        }
        JobName::from_bytes(field.text()).ok_or_else(|| column.fault(Reason::NotUtf8, field))
    }
}

/// A row begins that others may depend on, by its id, or its ordinal where it has none.
fn begin(
    ids: &mut RowIds,
    column: Option<&Column>,
    record: Cells<'_>,
    row: u64,
) -> Result<u32, Fault> {
    match column.map_or_else(Field::default, |column| column.of(record)) {
        id if id.is_empty() => ids.begin(row.to_string().as_bytes()),
        id => ids.begin(id.text()),
    }
}

/// Applies a parser to a column that the header may not have.
#[inline(always)]
fn if_there<T>(
    column: &Option<Column>,
    parse: impl Fn(&Column) -> Result<Option<T>, Fault>,
) -> Result<Option<T>, Fault> {
    // Not `map_or`: that would stay a call for each column that is not there.
    match column {
        Some(column) => parse(column),
        None => Ok(None),
    }
}

/// A length of time; empty and negative are missing.
#[inline(always)]
fn millis(record: Cells<'_>, column: &Column) -> Result<Option<SimDuration>, Fault> {
    let text = column.of(record);
    if text.is_empty() {
        return Ok(None);
    }
    let millis = number::scaled(text, column.unit.millis_digits())
        .map_err(|reason| column.fault(reason, text))?;
    Ok(u64::try_from(millis).ok().map(SimDuration::from_millis))
}

/// A whole number; empty and negative count as 0.
#[inline(always)]
fn count(record: Cells<'_>, column: &Column) -> Result<u32, Fault> {
    let text = column.of(record);
    if text.is_empty() {
        return Ok(0);
    }
    let count = number::whole(text).map_err(|reason| column.fault(reason, text))?;
    u32::try_from(count.max(0)).map_err(|_| column.fault(Reason::OutOfRange, text))
}

/// Memory of the job in MiB, a fraction rounded up; empty and not positive are unknown.
fn memory_mib(record: Cells<'_>, column: &Column) -> Result<Option<u32>, Fault> {
    let text = column.of(record);
    if text.is_empty() {
        return Ok(None);
    }
    let millionths = number::scaled(text, 6).map_err(|reason| column.fault(reason, text))?;
    let factor = if column.unit == Unit::Gib { 1_024 } else { 1 };
    let mib = u64::try_from(millionths).unwrap_or(0).saturating_mul(factor).div_ceil(1_000_000);
    let mib = u32::try_from(mib).map_err(|_| column.fault(Reason::OutOfRange, text))?;
    Ok((mib > 0).then_some(mib))
}

/// An array has 2 to 10,000 children; a size of 0 or 1 is no array.
fn array_size(record: Cells<'_>, column: &Column) -> Result<Option<u32>, Fault> {
    match count(record, column)? {
        0 | 1 => Ok(None),
        size @ 2..=10_000 => Ok(Some(size)),
        _ => Err(column.fault(Reason::OutOfRange, column.of(record))),
    }
}

/// 1 to 10 attempts; 0 is unknown.
fn attempts(record: Cells<'_>, column: &Column) -> Result<Option<u8>, Fault> {
    match count(record, column)? {
        0 => Ok(None),
        attempts @ 1..=10 => Ok(Some(attempts as u8)),
        _ => Err(column.fault(Reason::OutOfRange, column.of(record))),
    }
}

/// A timeout is at least 60 s; empty and negative are none.
fn timeout(record: Cells<'_>, column: &Column) -> Result<Option<SimDuration>, Fault> {
    match millis(record, column)? {
        Some(timeout) if timeout < SimDuration::from_secs(60) => {
            Err(column.fault(Reason::OutOfRange, column.of(record)))
        }
        timeout => Ok(timeout),
    }
}

/// 0 to 9,999; empty leaves it to the definition.
fn priority(record: Cells<'_>, column: &Column) -> Result<Option<u16>, Fault> {
    let text = column.of(record);
    if text.is_empty() {
        return Ok(None);
    }
    match number::whole(text).map_err(|reason| column.fault(reason, text))? {
        priority @ 0..=9_999 => Ok(Some(priority as u16)),
        _ => Err(column.fault(Reason::OutOfRange, text)),
    }
}

/// The share of a row, one text for all its rows; empty is none.
fn share(
    shares: &mut FxHashMap<Box<[u8]>, ShareIdentifier>,
    record: Cells<'_>,
    column: &Column,
) -> Result<Option<ShareIdentifier>, Fault> {
    let text = column.of(record);
    if text.is_empty() {
        return Ok(None);
    }
    if let Some(known) = shares.get(text.text()) {
        return Ok(Some(known.clone()));
    }
    let share = std::str::from_utf8(text.text()).ok().and_then(ShareIdentifier::new);
    let share = share.ok_or_else(|| column.fault(Reason::NotAShare, text))?;
    shares.insert(text.text().into(), share.clone());
    Ok(Some(share))
}

/// The id of a name; an empty one leaves the choice to the scenario.
#[inline(always)]
fn id<T: Copy>(
    ids: &FxHashMap<Box<[u8]>, T>,
    record: Cells<'_>,
    column: &Column,
    unknown: Reason,
) -> Result<Option<T>, Fault> {
    let name = column.of(record);
    if name.is_empty() {
        return Ok(None);
    }
    ids.get(name.text()).copied().map(Some).ok_or_else(|| column.fault(unknown, name))
}

fn ids<T>(names: &[String], id: fn(usize) -> T) -> FxHashMap<Box<[u8]>, T> {
    // Backwards, so that the first of equal names is the one that stays.
    names.iter().enumerate().rev().map(|(i, name)| (name.as_bytes().into(), id(i))).collect()
}
