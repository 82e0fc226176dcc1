//! The record files: `jobs.csv`, `attempts.csv`, `instances.csv`, `costs.csv`, `timeseries.csv`.
//!
//! A [`CsvSink`] takes the rows of one replication and writes them to parts of its own, so
//! replications run in any order on any number of threads; [`join_parts`] puts the parts together
//! in replication order, and the bytes are the same. Columns are a contract (design 3.3): they are
//! only ever appended. Times are ms since the start of the run, empty = never.

mod attempts;
mod costs;
mod expected;
mod field;
mod instances;
mod jobs;
mod parts;
mod rejects;
mod timeseries;

pub use expected::{ExpectedFile, expected_files};
pub use field::instance_name;
pub use parts::join_parts;
pub(crate) use parts::{PartWriter, join_files, remove_parts};
pub use rejects::{RejectsError, RejectsFile};

use crate::metrics::names::Names;
use crate::metrics::record_sink::{RecordError, RecordSink};
use crate::world::observer::Observer;
use crate::world::record::{AttemptRecord, CostRecord, InstanceRecord, JobRecord, Sample};
use field::Quoted;
use std::path::Path;

/// Which record files are written (`--records`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Records {
    /// None: summaries only.
    None,
    /// `jobs.csv` and `costs.csv`.
    Jobs,
    /// All five.
    #[default]
    All,
}

/// One record file: its name and its header line, line end included.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Table {
    pub(crate) file_name: &'static str,
    pub(crate) header: fn() -> String,
}

pub(crate) const JOBS: Table = Table { file_name: "jobs.csv", header: jobs::header };
pub(crate) const ATTEMPTS: Table = Table { file_name: "attempts.csv", header: attempts::header };
pub(crate) const INSTANCES: Table = Table { file_name: "instances.csv", header: instances::header };
pub(crate) const COSTS: Table = Table { file_name: "costs.csv", header: costs::header };
pub(crate) const TIMESERIES: Table =
    Table { file_name: "timeseries.csv", header: timeseries::header };

impl Records {
    /// The files of this choice.
    fn tables(self) -> &'static [Table] {
        match self {
            Self::None => &[],
            Self::Jobs => &[JOBS, COSTS],
            Self::All => &[JOBS, ATTEMPTS, INSTANCES, COSTS, TIMESERIES],
        }
    }
}

/// Writes the rows of one replication to part files.
#[derive(Debug)]
pub struct CsvSink {
    /// `<replication>,`: the first field of every row.
    replication: Box<[u8]>,
    names: QuotedNames,
    jobs: Option<PartWriter>,
    attempts: Option<PartWriter>,
    instances: Option<PartWriter>,
    costs: Option<PartWriter>,
    timeseries: Option<PartWriter>,
}

/// The names of a run as fields, quoted once.
#[derive(Debug)]
struct QuotedNames {
    compute_environments: Vec<Quoted>,
    job_queues: Vec<Quoted>,
    job_definitions: Vec<Quoted>,
    instance_types: Vec<Quoted>,
    zones: Vec<Quoted>,
    reasons: Vec<Quoted>,
}

impl CsvSink {
    /// A sink for replication `replication` (from 0) writing parts of `records` into `folder`.
    ///
    /// Files are made here; an error in making one is told at [`RecordSink::finish`].
    #[must_use]
    pub fn new(folder: &Path, replication: u32, names: &Names, records: Records) -> Self {
        let chosen = records.tables();
        let part = |table: Table| {
            let wanted = chosen.iter().any(|other| other.file_name == table.file_name);
            wanted.then(|| PartWriter::create(folder, table, replication))
        };
        let quoted = |names: &[String]| names.iter().map(|name| Quoted::new(name)).collect();
        Self {
            replication: format!("{replication},").into_bytes().into_boxed_slice(),
            names: QuotedNames {
                compute_environments: quoted(&names.compute_environments),
                job_queues: quoted(&names.job_queues),
                job_definitions: quoted(&names.job_definitions),
                instance_types: quoted(&names.instance_types),
                zones: quoted(&names.zones),
                reasons: quoted(&names.reasons),
            },
            jobs: part(JOBS),
            attempts: part(ATTEMPTS),
            instances: part(INSTANCES),
            costs: part(COSTS),
            timeseries: part(TIMESERIES),
        }
    }
}

impl Observer for CsvSink {
    fn job(&mut self, record: &JobRecord) {
        if let Some(part) = &mut self.jobs {
            part.row(|row| {
                row.extend_from_slice(&self.replication);
                jobs::write(row, record, &self.names);
            });
        }
    }

    fn attempt(&mut self, record: &AttemptRecord) {
        if let Some(part) = &mut self.attempts {
            part.row(|row| {
                row.extend_from_slice(&self.replication);
                attempts::write(row, record, &self.names);
            });
        }
    }

    fn instance(&mut self, record: &InstanceRecord) {
        if let Some(part) = &mut self.instances {
            part.row(|row| {
                row.extend_from_slice(&self.replication);
                instances::write(row, record, &self.names);
            });
        }
    }

    fn sample(&mut self, sample: &Sample) {
        if let Some(part) = &mut self.timeseries {
            part.row(|row| {
                row.extend_from_slice(&self.replication);
                timeseries::write(row, sample, &self.names);
            });
        }
    }

    fn cost(&mut self, record: &CostRecord) {
        if let Some(part) = &mut self.costs {
            part.row(|row| {
                row.extend_from_slice(&self.replication);
                costs::write(row, record, &self.names);
            });
        }
    }
}

impl RecordSink for CsvSink {
    fn finish(self) -> Result<(), RecordError> {
        let parts = [self.jobs, self.attempts, self.instances, self.costs, self.timeseries];
        parts.into_iter().flatten().try_for_each(PartWriter::finish)
    }
}

#[cfg(test)]
mod tests;
