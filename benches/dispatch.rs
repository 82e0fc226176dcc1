//! The scheduler: what a dispatched job costs while many others wait.
//!
//! Keeps true: with a million waiting jobs, of ten shapes or of a thousand, a dispatched job costs
//! at most 1.5 times what it costs with a thousand. The figure is one job's whole way through
//! `world::run` (arrival, placement, end, record) on a full cluster of 100 x 64 vCPUs, ideal
//! profile. One job enters as another ends, so the number of waiting jobs stays; filling the queue
//! is not measured.

#[path = "../tests/support/mod.rs"]
mod support;

use batchcast::batch::job_definition::Requirements;
use batchcast::sim::{ArrivalSource, SimTime};
use batchcast::workload::submission::JobSubmission;
use batchcast::world::config::WorldConfig;
use batchcast::world::observer::Observer;
use batchcast::world::record::JobRecord;
use batchcast::world::{RunError, RunKey, Watch, run};
use criterion::{
    BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group, criterion_main,
};
use std::cell::Cell;
use std::sync::Arc;
use std::time::{Duration, Instant};
use support::account::{Account, submission};

/// Jobs measured at a time.
const JOBS: u64 = 20_000;
/// Jobs that end before the clock starts: the first waves on the cluster begin and end together.
const WARM_UP: u64 = 20_000;
const INSTANCES: u32 = 100;
/// How often the queue is refilled; two jobs or so end meanwhile.
const GAP_MS: u64 = 1_000;

fn full_cluster() -> Arc<WorldConfig> {
    let vcpus = 64 * INSTANCES;
    let account = Account::ideal()
        .own_type("node.large", 64)
        .on_demand("BEST_FIT", &["node.large"], vcpus)
        .min_vcpus(0, vcpus)
        .queue(1, &[0]);
    Arc::new(account.config)
}

/// The n-th job, of one of so many shapes: 1 to 5 vCPUs with 1 to 4 GiB each, 500 to 1,548 s.
fn job(n: u64, shapes: u64) -> JobSubmission {
    let mixed = n.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let shape = (mixed >> 32) % shapes;
    let vcpus = 1 + (shape % 5) as u32;
    let memory_mib = vcpus * (1_024 + (3_072 * (shape / 5) / (shapes / 5)) as u32);
    submission(0, Requirements { vcpus, memory_mib, gpus: 0 }, 500_000 + (mixed >> 44))
}

/// The end of the measurement.
#[derive(Debug)]
struct Measured;

/// `waiting` jobs at once, then one for each that has ended, until enough have.
struct Refill<'a> {
    ended: &'a Cell<u64>,
    until: u64,
    waiting: u64,
    shapes: u64,
    sent: u64,
    now_ms: u64,
}

impl ArrivalSource for Refill<'_> {
    type Arrival = JobSubmission;
    type Error = Measured;

    fn next_time(&mut self) -> Result<Option<SimTime>, Measured> {
        if self.ended.get() >= self.until {
            return Err(Measured);
        }
        Ok(Some(SimTime::from_millis(self.now_ms)))
    }

    fn take(&mut self) -> JobSubmission {
        self.sent += 1;
        if self.sent > self.waiting + self.ended.get() {
            self.now_ms += GAP_MS;
        }
        job(self.sent, self.shapes)
    }
}

/// Counts jobs that end and looks at the clock twice.
struct Watching<'a> {
    ended: &'a Cell<u64>,
    from: u64,
    until: u64,
    started: Option<Instant>,
    stopped: Option<Instant>,
}

#[expect(clippy::disallowed_methods, reason = "a bench measures time")]
fn clock() -> Instant {
    Instant::now()
}

impl Observer for Watching<'_> {
    fn job(&mut self, _record: &JobRecord) {
        let ended = self.ended.get() + 1;
        self.ended.set(ended);
        if ended == self.from {
            self.started = Some(clock());
        } else if ended == self.until {
            self.stopped = Some(clock());
        }
    }
}

/// How long `jobs` jobs take while `waiting` others wait.
fn time_of(config: &Arc<WorldConfig>, waiting: u64, shapes: u64, jobs: u64) -> Duration {
    let ended = Cell::new(0);
    let until = WARM_UP + jobs;
    // What the cluster holds at once does not wait.
    let waiting = waiting + u64::from(INSTANCES) * 64 / 3;
    let source = Refill { ended: &ended, until, waiting, shapes, sent: 0, now_ms: 0 };
    let mut watching =
        Watching { ended: &ended, from: WARM_UP, until, started: None, stopped: None };
    let key = RunKey { seed: 1, replication: 0 };
    let end = run(config, key, Watch::default(), &mut [source], &mut watching);
    assert!(matches!(end, Err(RunError::Source(Measured))), "it ends when measured: {end:?}");
    match (watching.started, watching.stopped) {
        (Some(started), Some(stopped)) => stopped.duration_since(started),
        _ => unreachable!("the source ends only after the last measured job"),
    }
}

fn dispatch(c: &mut Criterion) {
    let config = full_cluster();
    let mut group = c.benchmark_group("dispatch");
    group.sampling_mode(SamplingMode::Flat);
    group.throughput(Throughput::Elements(JOBS));
    for shapes in [10, 1_000] {
        for waiting in [1_000, 1_000_000] {
            let id = BenchmarkId::new(format!("{shapes}_shapes"), waiting);
            group.bench_function(id, |b| {
                b.iter_custom(|iterations| time_of(&config, waiting, shapes, iterations * JOBS));
            });
        }
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(100))
        .measurement_time(Duration::from_secs(1));
    targets = dispatch
}
criterion_main!(benches);
