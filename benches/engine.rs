//! The kernel: what an event costs in the queue and in the loop around it.
//!
//! Keeps true: an event costs O(log n) of the pending ones, and the loop adds little to the queue.
//! Knows no model: the events here carry a number and do nothing.

use batchcast::sim::{
    ArrivalSource, Event, EventQueue, Limits, Model, Phase, SimDuration, SimTime, run,
};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use std::convert::Infallible;
use std::hint::black_box;
use std::time::Duration;

const ARRIVALS: u64 = 100_000;

#[derive(Clone, Copy)]
enum Step {
    Entered(u32),
    Left(u32),
}

impl Event for Step {
    fn phase(self) -> Phase {
        match self {
            Self::Entered(_) => Phase::Supply,
            Self::Left(_) => Phase::Completion,
        }
    }
    fn word(self) -> u64 {
        match self {
            Self::Entered(n) => u64::from(n) << 1,
            Self::Left(n) => u64::from(n) << 1 | 1,
        }
    }
    fn from_word(word: u64) -> Self {
        let n = (word >> 1) as u32;
        if word & 1 == 0 { Self::Entered(n) } else { Self::Left(n) }
    }
}

/// Delays of 1 to 2^20 ms without order (xorshift).
struct Delays(u64);

impl Delays {
    fn next(&mut self) -> SimDuration {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        SimDuration::from_millis((self.0 >> 44) + 1)
    }
}

/// The hold model: the earliest event leaves, another enters, so their number stays.
fn hold(c: &mut Criterion) {
    let mut group = c.benchmark_group("event_queue_hold");
    group.throughput(Throughput::Elements(1));
    for pending in [100_u32, 10_000, 1_000_000] {
        let mut queue = EventQueue::new();
        let mut delays = Delays(0x9E37_79B9_7F4A_7C15);
        for n in 0..pending {
            queue.push(SimTime::ZERO + delays.next(), Step::Left(n));
        }
        group.bench_function(BenchmarkId::from_parameter(pending), |b| {
            b.iter(|| {
                if let Some((now, event)) = queue.pop() {
                    queue.push(now + delays.next(), black_box(event));
                }
            });
        });
    }
    group.finish();
}

/// One arrival every 10 ms.
struct Every {
    next: u32,
    end: u32,
}

impl ArrivalSource for Every {
    type Arrival = u32;
    type Error = Infallible;

    fn next_time(&mut self) -> Result<Option<SimTime>, Infallible> {
        let time = SimTime::from_millis(u64::from(self.next) * 10);
        Ok((self.next < self.end).then_some(time))
    }

    fn take(&mut self) -> u32 {
        self.next += 1;
        self.next
    }
}

/// What arrives enters after a delay and leaves after another.
struct Passage {
    delays: Delays,
    inside: u32,
}

impl Model<()> for Passage {
    type Event = Step;
    type Arrival = u32;

    fn before(&mut self, _: SimTime, _: &mut ()) {}

    fn on_arrival(&mut self, n: u32, queue: &mut EventQueue<Step>, _: &mut ()) {
        queue.push(queue.now() + self.delays.next(), Step::Entered(n));
    }

    fn on_event(&mut self, event: Step, queue: &mut EventQueue<Step>, _: &mut ()) {
        match event {
            Step::Entered(n) => {
                self.inside += 1;
                queue.push(queue.now() + self.delays.next(), Step::Left(n));
            }
            Step::Left(_) => self.inside -= 1,
        }
    }

    fn is_drained(&self) -> bool {
        false
    }
}

fn bare_model(c: &mut Criterion) {
    let limits = Limits { horizon: SimTime::MAX, patience: SimDuration::from_secs(86_400) };
    let mut group = c.benchmark_group("run_of_a_bare_model");
    group.throughput(Throughput::Elements(3 * ARRIVALS));
    group.bench_function("two_events_an_arrival", |b| {
        b.iter(|| {
            let mut model = Passage { delays: Delays(1), inside: 0 };
            let mut source = [Every { next: 0, end: ARRIVALS as u32 }];
            let Ok(report) = run(&mut model, &mut EventQueue::new(), &mut source, &mut (), limits);
            assert_eq!((report.events, model.inside), (3 * ARRIVALS, 0));
            report.digest
        });
    });
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1));
    targets = hold, bare_model
}
criterion_main!(benches);
