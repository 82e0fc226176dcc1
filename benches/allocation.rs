//! The allocation strategies: what one plan costs by the number of offered pools.
//!
//! Keeps true: a plan costs about in proportion to offerings times shapes in demand, for every
//! strategy of the registry. Knows no account: offerings and demand are made up here.

use batchcast::batch::allocation::{Demand, FleetNeed, FleetView, Offering, STRATEGIES};
use batchcast::batch::job_definition::Requirements;
use batchcast::batch::policy::InstanceSizing;
use batchcast::ec2::catalog::{TypeId, ZoneId};
use batchcast::ec2::money::Price;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use std::time::Duration;

/// Types of 2 to 64 vCPUs in five zones each, at prices, scores and bands that differ.
fn offerings(count: u32) -> Vec<Offering> {
    let offering = |n: u32| {
        let instance_type = n / 5;
        let vcpus = 2 << (instance_type % 6);
        let on_demand = u64::from(vcpus) * (40_000_000 + u64::from(instance_type % 17) * 1_000_000);
        Offering {
            instance_type: TypeId::new(instance_type),
            zone: ZoneId::new(n % 5),
            listed_rank: instance_type / 7,
            vcpus,
            memory_mib: vcpus * [2_048, 4_096, 8_192][(instance_type / 6 % 3) as usize],
            gpus: 0,
            price: Price::from_nano_usd_per_hour(on_demand * u64::from(30 + n % 23) / 100),
            on_demand: Price::from_nano_usd_per_hour(on_demand),
            placement_score: (1 + n % 10) as u8,
            interruption_band: (n % 5) as u8,
            refused: n.is_multiple_of(11),
        }
    };
    (0..count).map(offering).collect()
}

/// A hundred jobs of each of ten shapes.
fn demand() -> Vec<Demand> {
    let shape = |n: u32| Requirements { vcpus: 1 + n % 8, memory_mib: 1_024 * (1 + n), gpus: 0 };
    (0..10).map(|n| Demand { requirements: shape(n), count: 100 }).collect()
}

fn plan(c: &mut Criterion) {
    let demand = demand();
    let need = FleetNeed { demand: &demand, room_vcpus: 10_000, may_overshoot: true };
    let mut group = c.benchmark_group("plan");
    for strategy in STRATEGIES {
        for count in [10, 100, 1_000] {
            let offerings = offerings(count);
            let view = FleetView {
                offerings: &offerings,
                live_types: &[],
                live_zones: &[],
                sizing: InstanceSizing::HalfDemand,
                sticky_type: true,
                score_quantile: 0.7,
                similar_scores: 1,
                balance_zones: true,
                max_vcpus: 10_000,
            };
            assert!(!strategy.plan(&need, &view).launches.is_empty(), "a plan worth measuring");
            group.throughput(Throughput::Elements(u64::from(count)));
            group.bench_function(BenchmarkId::new(strategy.name(), count), |b| {
                b.iter(|| strategy.plan(&need, &view));
            });
        }
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_secs(1));
    targets = plan
}
criterion_main!(benches);
