//! A trace decoded once and shared by all replications of a sweep.
//!
//! 44 bytes a job: submit and run time, name, and the index of what many jobs have in common.
//! Knows no format: it is filled from the row-by-row source and gives the same jobs in the same
//! order. Invariant: nothing changes after the read.

use super::kinds::{Kinds, Packed};
use crate::sim::{ArrivalSource, SimDuration, SimTime};
use crate::workload::spec::TraceSpec;
use crate::workload::submission::{JobName, JobSubmission};
use crate::workload::{JobSource, Tally, WorkloadError};
use std::io::Read;
use std::sync::Arc;

/// A larger trace is read anew by each replication.
const LARGEST_BYTES: usize = 256 << 20;

/// A decoded trace; a clone costs a reference count.
#[derive(Clone, Debug)]
pub struct SharedTrace(Arc<Columns>);

#[derive(Debug, Default)]
struct Columns {
    submit_ms: Vec<u64>,
    run_ms: Vec<u64>,
    names: Vec<JobName>,
    kinds: Vec<u32>,
    kind_table: Kinds,
    tally: Tally,
}

impl SharedTrace {
    /// Decodes a trace, if it is `wanted` or has jobs that depend on others: what is wrong with
    /// these is to be known before a run. `None` when it is neither, or when it is wanted only and
    /// would take more than 256 MiB, which is found out on the way.
    ///
    /// # Errors
    /// As the row-by-row source would report, at once instead of during the run.
    pub fn read(spec: &TraceSpec, wanted: bool) -> Result<Option<Self>, WorkloadError> {
        Self::collect(super::open(spec)?.as_mut(), wanted, LARGEST_BYTES)
    }

    /// As [`read`](Self::read), from bytes; `spec.path` is used in messages only.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn read_over(
        reader: impl Read + Send + 'static,
        spec: &TraceSpec,
        wanted: bool,
    ) -> Result<Option<Self>, WorkloadError> {
        Self::collect(super::over(reader, spec)?.as_mut(), wanted, LARGEST_BYTES)
    }

    fn collect(
        source: &mut dyn JobSource,
        wanted: bool,
        limit: usize,
    ) -> Result<Option<Self>, WorkloadError> {
        let has_links = source.has_links();
        if !wanted && !has_links {
            return Ok(None);
        }
        let mut columns = Columns::default();
        let mut long_names = 0;
        while let Some(time) = source.next_time()? {
            let job = columns.kind_table.pack(source.take());
            if let JobName::Long(text) = &job.name {
                long_names += text.len();
            }
            columns.submit_ms.push(time.as_millis());
            columns.run_ms.push(job.run_time.as_millis());
            columns.names.push(job.name);
            columns.kinds.push(job.kind);
            if columns.bytes() + long_names > limit && !has_links {
                return Ok(None);
            }
        }
        if has_links {
            columns.kind_table.forget_unused_links();
        }
        columns.tally = source.tally();
        Ok(Some(Self(Arc::new(columns))))
    }

    /// A new source at the first job.
    #[must_use]
    pub fn source(&self) -> Box<dyn JobSource> {
        Box::new(SharedSource { columns: Arc::clone(&self.0), next: 0 })
    }

    /// Jobs in the trace.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.submit_ms.len()
    }

    /// Never: a trace without a job is refused when it is read.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Columns {
    fn bytes(&self) -> usize {
        let per_job = 2 * size_of::<u64>() + size_of::<JobName>() + size_of::<u32>();
        self.submit_ms.len() * per_job + self.kind_table.bytes()
    }
}

/// A cursor over shared columns.
struct SharedSource {
    columns: Arc<Columns>,
    next: usize,
}

impl ArrivalSource for SharedSource {
    type Arrival = JobSubmission;
    type Error = WorkloadError;

    fn next_time(&mut self) -> Result<Option<SimTime>, WorkloadError> {
        Ok(self.columns.submit_ms.get(self.next).copied().map(SimTime::from_millis))
    }

    fn take(&mut self) -> JobSubmission {
        let job = self.next;
        assert!(
            job < self.columns.submit_ms.len(),
            "an arrival is taken only after it was announced"
        );
        self.next += 1;
        self.columns.kind_table.unpack(Packed {
            name: self.columns.names[job].clone(),
            run_time: SimDuration::from_millis(self.columns.run_ms[job]),
            kind: self.columns.kinds[job],
        })
    }
}

impl JobSource for SharedSource {
    fn tally(&self) -> Tally {
        self.columns.tally.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workload::spec::TraceFormat;
    use crate::workload::trace::{over, tests::spec};

    const TEXT: &str = "job_id,submit_time,run_time,vcpus,gpus,array_size,attempts,timeout\n\
        1,100,5,2,0,,,\n\
        a-name-of-more-than-16-bytes,103,0.5,2,1,100,3,60\n\
        1,101,7,2,0,,,\n\
        bad,x,7,2,0,,,\n";

    fn drain(mut source: Box<dyn JobSource>) -> Vec<String> {
        let mut jobs = Vec::new();
        while let Some(time) = source.next_time().unwrap() {
            jobs.push(format!("{time} {:?}", source.take()));
        }
        jobs.push(format!("{:?}", source.tally()));
        jobs
    }

    #[test]
    fn a_shared_trace_gives_the_jobs_of_the_file_to_every_reader() {
        let mut spec = spec(TraceFormat::Csv);
        spec.max_rejects = 0.5;
        let source = || over(TEXT.as_bytes(), &spec).unwrap();
        let shared = SharedTrace::collect(source().as_mut(), true, 1 << 20).unwrap().unwrap();
        assert_eq!((shared.len(), shared.0.kind_table.len()), (3, 2));
        assert_eq!(drain(shared.source()), drain(source()));
        assert_eq!(drain(shared.source()), drain(shared.clone().source()));
    }

    #[test]
    fn a_trace_beyond_the_limit_is_not_shared() {
        let mut spec = spec(TraceFormat::Csv);
        spec.max_rejects = 0.5;
        let mut source = over(TEXT.as_bytes(), &spec).unwrap();
        assert!(SharedTrace::collect(source.as_mut(), true, 100).unwrap().is_none());
    }
}
