//! The index of free capacity: what placing one job and freeing another costs.
//!
//! Keeps true: a search and an update never walk the instances, so 16,000 of them cost little more
//! than ten. Knows no jobs: rooms are taken and given back in a fixed pattern.

use batchcast::batch::job_definition::Requirements;
use batchcast::batch::placement::FreeCapacity;
use batchcast::batch::policy::PlacementRule;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use std::collections::VecDeque;
use std::time::Duration;

const WHOLE: Requirements = Requirements { vcpus: 64, memory_mib: 262_144, gpus: 0 };

/// Instances of 64 vCPUs, about half of their room in use by jobs that leave in order of entry.
struct Cluster {
    index: FreeCapacity,
    free: Vec<Requirements>,
    running: VecDeque<(u32, Requirements)>,
    next: u32,
    rule: PlacementRule,
}

impl Cluster {
    fn half_full(instances: u32, rule: PlacementRule) -> Self {
        let mut index = FreeCapacity::default();
        for slot in 0..instances {
            index.insert(WHOLE, slot, slot);
        }
        let free = vec![WHOLE; instances as usize];
        let mut cluster = Self { index, free, running: VecDeque::new(), next: 0, rule };
        let mut used = 0;
        while used < instances * WHOLE.vcpus / 2 {
            used += cluster.place();
        }
        cluster
    }

    /// Places the next job and returns its vCPUs, 1 to 8 with 1 to 7 GiB each.
    fn place(&mut self) -> u32 {
        self.next = self.next.wrapping_add(1);
        let vcpus = 1 + self.next % 8;
        let memory_mib = vcpus * 1_024 * (1 + self.next % 7);
        let need = Requirements { vcpus, memory_mib, gpus: 0 };
        let Some(slot) = self.index.find(need, self.rule) else { return 0 };
        self.change(slot, |free| Requirements {
            vcpus: free.vcpus - need.vcpus,
            memory_mib: free.memory_mib - need.memory_mib,
            gpus: 0,
        });
        self.running.push_back((slot, need));
        vcpus
    }

    /// The job that was placed first leaves.
    fn release(&mut self) {
        let Some((slot, need)) = self.running.pop_front() else { return };
        self.change(slot, |free| Requirements {
            vcpus: free.vcpus + need.vcpus,
            memory_mib: free.memory_mib + need.memory_mib,
            gpus: 0,
        });
    }

    fn change(&mut self, slot: u32, change: impl Fn(Requirements) -> Requirements) {
        let free = &mut self.free[slot as usize];
        self.index.remove(*free, slot, slot);
        *free = change(*free);
        self.index.insert(*free, slot, slot);
    }
}

fn place_and_release(c: &mut Criterion) {
    let mut group = c.benchmark_group("place_and_release");
    group.throughput(Throughput::Elements(1));
    for (name, rule) in [("binpack", PlacementRule::Binpack), ("spread", PlacementRule::Spread)] {
        for instances in [10, 1_000, 16_000] {
            let mut cluster = Cluster::half_full(instances, rule);
            group.bench_function(BenchmarkId::new(name, instances), |b| {
                b.iter(|| {
                    cluster.release();
                    cluster.place()
                });
            });
        }
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1));
    targets = place_and_release
}
criterion_main!(benches);
