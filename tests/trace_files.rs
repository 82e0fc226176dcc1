//! The four real logs of the Parallel Workloads Archive, read from the folder that
//! `BATCHCAST_DATA` names; without it the tests say so in one line and pass.

use batchcast::batch::{job_definition::JobDefinitionId, job_queue::JobQueueId};
use batchcast::workload::spec::{TooLarge, TraceFormat, TraceMemory, TraceSpec};
use batchcast::workload::trace::{self, SharedTrace};
use batchcast::workload::{JobSource, Tally};
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
        origin_first: true,
        start_unix_ms: 0,
        memory_mib_per_vcpu: 1_024,
        memory: TraceMemory::Ignored,
        too_large: TooLarge::Reject,
        corners: vec![],
        max_rejects: 0.0,
        map: vec![],
    })
}

/// Jobs, those that ran no time at all, total milliseconds of work, and the tally.
fn digest(mut source: Box<dyn JobSource>) -> (usize, usize, u64, Tally) {
    let (mut jobs, mut instant, mut work_ms, mut first, mut last) = (0, 0, 0, None, None);
    while let Some(time) = source.next_time().unwrap() {
        let job = source.take();
        let run_ms = job.run_time.unwrap().as_millis();
        jobs += 1;
        instant += usize::from(run_ms == 0);
        work_ms += run_ms * u64::from(job.requirements.vcpus);
        first.get_or_insert(time);
        assert!(last <= Some(time), "jobs come in order");
        last = Some(time);
    }
    assert_eq!(first.unwrap().as_millis(), 0, "the first job is the origin");
    (jobs, instant, work_ms, source.tally())
}

fn check(file: &str, rows: u64, skipped: u64, instant: usize) {
    let Some(spec) = spec(file) else { return };
    let streamed = digest(trace::open(&spec).unwrap());
    assert_eq!((streamed.3.rows, streamed.3.rejected_rows()), (rows, 0));
    assert_eq!((streamed.3.skipped_rows(), streamed.1), (skipped, instant));
    let shared = SharedTrace::read(&spec).unwrap().unwrap();
    assert_eq!(shared.len(), streamed.0);
    assert_eq!(digest(shared.source()), streamed);
}

#[test]
fn the_kth_log_has_28_489_rows() {
    check("KTH-SP2-1996-2.1-cln.swf.gz", 28_489, 0, 8);
}

#[test]
fn the_gaia_log_has_51_987_rows_of_which_28_never_ran() {
    check("UniLu-Gaia-2014-2.swf.gz", 51_987, 28, 100);
}

#[test]
fn the_lcg_log_has_188_041_rows() {
    check("LCG-2005-1.swf.gz", 188_041, 0, 521);
}

#[test]
fn the_nasa_log_has_18_239_rows() {
    check("NASA-iPSC-1993-3.1-cln.swf.gz", 18_239, 0, 173);
}
