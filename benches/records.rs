//! The record files: what a row of `jobs.csv` costs from the record to the file.
//!
//! Keeps true: rows are written at a rate of millions a second without memory for each. Includes
//! handing the bytes to the system (a folder for temporary files), not waiting for the disk.

use batchcast::batch::compute_environment::ComputeEnvironmentId;
use batchcast::batch::job_definition::{JobDefinitionId, Requirements};
use batchcast::batch::job_queue::JobQueueId;
use batchcast::batch::wait_cause::{WaitCause, Waits};
use batchcast::ec2::catalog::{TypeId, ZoneId};
use batchcast::ec2::fleet::{InstanceId, PurchaseOption};
use batchcast::ec2::money::NanoUsd;
use batchcast::metrics::names::Names;
use batchcast::metrics::record_sink::RecordSink;
use batchcast::report::csv::{CsvSink, Records};
use batchcast::sim::{SimDuration, SimTime};
use batchcast::workload::submission::JobName;
use batchcast::world::observer::Observer;
use batchcast::world::record::{JobId, JobRecord, JobStatus, Place, StatusReason};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::time::Duration;

const ROWS: u32 = 200_000;

fn names() -> Names {
    let one = |name: &str| vec![name.to_owned()];
    Names {
        compute_environments: one("spot"),
        job_queues: one("night"),
        job_definitions: one("simulate"),
        instance_types: one("c6i.large"),
        zones: one("use1-az1"),
        reasons: Vec::new(),
    }
}

/// The n-th job: submitted, provisioned for, started, succeeded.
fn record(n: u32) -> JobRecord {
    let at = |seconds: u32| Some(SimTime::from_millis(u64::from(n + seconds) * 1_000 + 7));
    let submitted = SimTime::from_millis(u64::from(n) * 1_000);
    let mut waits = Waits::default();
    waits.add(WaitCause::Provisioning, SimDuration::from_secs(60));
    waits.add(WaitCause::Start, SimDuration::from_millis(5_007));
    JobRecord {
        job_id: JobId::new(n),
        array_index: None,
        name: JobName::Number(u64::from(n)),
        queue: JobQueueId::new(0),
        definition: JobDefinitionId::new(0),
        status: JobStatus::Succeeded,
        status_reason: StatusReason::ContainerExited,
        requirements: Requirements { vcpus: 2, memory_mib: 2_048, gpus: 0 },
        share: None,
        nodes: 1,
        quarter_vcpus: 8,
        arrived: submitted,
        submitted,
        runnable: Some(submitted),
        started: at(65),
        stopped: at(165),
        attempts: 1,
        run: SimDuration::from_secs(100),
        queue_latency: Some(SimDuration::from_millis(65_007)),
        waits,
        behind: SimDuration::ZERO,
        retry_wait: SimDuration::ZERO,
        lost: SimDuration::ZERO,
        checkpoint: SimDuration::ZERO,
        staging: SimDuration::ZERO,
        place: Some(Place {
            compute_environment: ComputeEnvironmentId::new(0),
            instance: InstanceId::new(n / 8),
            instance_type: TypeId::new(0),
            zone: ZoneId::new(0),
            purchase: PurchaseOption::Spot,
        }),
        cost: NanoUsd(1_234_567 + i64::from(n)),
    }
}

fn job_rows(c: &mut Criterion) {
    let folder = std::env::temp_dir().join(format!("batchcast-bench-{}", std::process::id()));
    if let Err(error) = std::fs::create_dir_all(&folder) {
        eprintln!("{}: can not be made, nothing is measured: {error}", folder.display());
        return;
    }
    let names = names();
    let records: Vec<JobRecord> = (0..ROWS).map(record).collect();
    let mut group = c.benchmark_group("records");
    group.throughput(Throughput::Elements(u64::from(ROWS)));
    group.bench_function("jobs_csv", |b| {
        b.iter(|| {
            let mut sink = CsvSink::new(&folder, 0, &names, Records::Jobs);
            records.iter().for_each(|record| sink.job(record));
            let finished = sink.finish();
            assert!(finished.is_ok(), "{finished:?}");
        });
    });
    group.finish();
    if let Err(error) = std::fs::remove_dir_all(&folder) {
        eprintln!("{}: can not be removed: {error}", folder.display());
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(2));
    targets = job_rows
}
criterion_main!(benches);
