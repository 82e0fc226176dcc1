//! The trace readers: what a row of CSV or SWF costs from bytes in memory to a submission.
//!
//! Keeps true: a trace is read at a rate of millions of rows a second, whatever its length. Knows
//! no files: the bytes are made here, so the disk has no part in the figures.

use batchcast::batch::{job_definition::JobDefinitionId, job_queue::JobQueueId};
use batchcast::workload::WorkloadError;
use batchcast::workload::spec::{TooLarge, TraceFormat, TraceMemory, TraceSpec};
use batchcast::workload::trace;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::fmt::Write;
use std::io::Cursor;
use std::sync::Arc;
use std::time::Duration;

const ROWS: u64 = 200_000;

fn spec(format: TraceFormat) -> TraceSpec {
    TraceSpec {
        path: format!("jobs.{}", format.name()).into(),
        format,
        queue: JobQueueId::new(0),
        definition: JobDefinitionId::new(0),
        queue_names: vec!["day".to_owned(), "night".to_owned()],
        definition_names: vec!["job".to_owned()],
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
    }
}

fn csv() -> String {
    let mut text = "job_id,submit_time,queue,vcpus,memory_mib,run_time\n".to_owned();
    for n in 0..ROWS {
        let (queue, vcpus) = (["day", "night"][(n % 2) as usize], 1 + n % 16);
        let (memory_mib, run_s) = (vcpus * 2_048, 60 + n % 5_000);
        // Writing to a string can not fail.
        let _ = writeln!(text, "job-{n},{},{queue},{vcpus},{memory_mib},{run_s}.25", n / 3);
    }
    text
}

fn swf() -> String {
    let mut text = "; Version: 2.2\n".to_owned();
    for n in 0..ROWS {
        let (submit_s, run_s, processors) = (n / 3, 60 + n % 5_000, 1 + n % 16);
        let id = n + 1;
        // Writing to a string can not fail.
        let _ = writeln!(
            text,
            "{id} {submit_s} 17 {run_s} {processors} -1 -1 {processors} 86400 -1 1 {} 1 4 1 -1 -1 -1",
            n % 200
        );
    }
    text
}

/// Reads to the end and returns how many jobs there were.
fn read(bytes: &Arc<[u8]>, spec: &TraceSpec) -> Result<u64, WorkloadError> {
    let mut source = trace::over(Cursor::new(Arc::clone(bytes)), spec)?;
    let mut jobs = 0;
    while source.next_time()?.is_some() {
        std::hint::black_box(source.take());
        jobs += 1;
    }
    Ok(jobs)
}

fn rows(c: &mut Criterion) {
    let mut group = c.benchmark_group("trace_read");
    group.throughput(Throughput::Elements(ROWS));
    for (format, text) in [(TraceFormat::Csv, csv()), (TraceFormat::Swf, swf())] {
        let bytes: Arc<[u8]> = text.into_bytes().into();
        let spec = spec(format);
        group.bench_function(format.name(), |b| {
            b.iter(|| match read(&bytes, &spec) {
                Ok(jobs) => assert_eq!(jobs, ROWS, "every row is a job"),
                Err(error) => unreachable!("the rows made here are well-formed: {error}"),
            });
        });
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(2));
    targets = rows
}
criterion_main!(benches);
