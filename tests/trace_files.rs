//! The four real logs of the Parallel Workloads Archive, read from the folder that
//! `BATCHCAST_DATA` names; without it the tests say so in one line and pass.

use batchcast::batch::{job_definition::JobDefinitionId, job_queue::JobQueueId};
use batchcast::sim::{SimDuration, SimTime};
use batchcast::workload::spec::{TooLarge, TraceFormat, TraceMemory, TraceSpec};
use batchcast::workload::trace::{self, SharedTrace};
use batchcast::workload::{JobSource, Tally, WorkloadError};
use std::path::PathBuf;

fn spec(file: &str) -> Option<TraceSpec> {
    let Some(data) = std::env::var_os("BATCHCAST_DATA") else {
        eprintln!("BATCHCAST_DATA is not set: {file} is not read");
        return None;
    };
    Some(TraceSpec {
        path: PathBuf::from(data).join("jobs/swf").join(file),
        format: TraceFormat::Swf,
        queue: JobQueueId::new(0),
        definition: JobDefinitionId::new(0),
        queue_names: vec![],
        definition_names: vec![],
        share_rules: Vec::new(),
        definition_priorities: Vec::new(),
        origin_first: true,
        start_unix_ms: 0,
        memory_mib_per_vcpu: 1_024,
        memory: TraceMemory::Ignored,
        too_large: TooLarge::Reject,
        corners: vec![],
        max_rejects: 0.0,
        map: vec![],
        first_handle: 0,
    })
}

/// What all jobs of a source come to.
#[derive(Debug, Default, PartialEq)]
struct Sum {
    jobs: usize,
    /// Jobs that ran no time at all.
    instant: usize,
    work_ms: u64,
    tally: Tally,
}

fn sum(mut source: Box<dyn JobSource>) -> Result<Sum, WorkloadError> {
    let mut sum = Sum::default();
    let mut last = SimTime::ZERO;
    while let Some(time) = source.next_time()? {
        let job = source.take();
        let run_ms = job.run_time.map_or(0, SimDuration::as_millis);
        assert!(sum.jobs > 0 || time == SimTime::ZERO, "the first job is the origin");
        assert!(last <= time, "jobs come in order");
        last = time;
        sum.jobs += 1;
        sum.instant += usize::from(run_ms == 0);
        sum.work_ms += run_ms * u64::from(job.requirements.vcpus);
    }
    sum.tally = source.tally();
    Ok(sum)
}

fn check(file: &str, rows: u64, skipped: u64, instant: usize) -> Result<(), WorkloadError> {
    let Some(spec) = spec(file) else { return Ok(()) };
    let streamed = sum(trace::open(&spec)?)?;
    assert_eq!((streamed.tally.rows, streamed.tally.rejected_rows()), (rows, 0));
    assert_eq!((streamed.tally.skipped_rows(), streamed.instant), (skipped, instant));
    let shared = SharedTrace::read(&spec, true)?;
    assert_eq!(shared.as_ref().map(SharedTrace::len), Some(streamed.jobs));
    let replayed = shared.map(|shared| sum(shared.source())).transpose()?;
    assert_eq!(replayed, Some(streamed));
    Ok(())
}

#[test]
fn the_kth_log_has_28_489_rows() -> Result<(), WorkloadError> {
    check("KTH-SP2-1996-2.1-cln.swf.gz", 28_489, 0, 8)
}

#[test]
fn the_gaia_log_has_51_987_rows_of_which_28_never_ran() -> Result<(), WorkloadError> {
    check("UniLu-Gaia-2014-2.swf.gz", 51_987, 28, 100)
}

#[test]
fn the_lcg_log_has_188_041_rows() -> Result<(), WorkloadError> {
    check("LCG-2005-1.swf.gz", 188_041, 0, 521)
}

#[test]
fn the_nasa_log_has_18_239_rows() -> Result<(), WorkloadError> {
    check("NASA-iPSC-1993-3.1-cln.swf.gz", 18_239, 0, 173)
}
