//! A result made by hand for tests: a night of jobs on Spot and On-Demand, plausible and
//! repeatable.
//!
//! Its records add up, since they pass through the recorder that asserts it.

use crate::batch::compute_environment::ComputeEnvironmentId;
use crate::batch::job_definition::Requirements;
use crate::batch::job_queue::JobQueueId;
use crate::batch::wait_cause::{WaitCause, Waits};
use crate::ec2::catalog::TypeId;
use crate::ec2::fleet::{InstanceId, PurchaseOption};
use crate::ec2::money::NanoUsd;
use crate::metrics::recorder::Recorder;
use crate::metrics::result::{
    CatalogFacts, Invocation, Parameter, Provenance, RunResult, ScenarioFacts, TraceFacts,
};
use crate::metrics::summary::ReplicationSummary;
use crate::metrics::test_records::*;
use crate::sim::{SimDuration, SimTime};
use crate::world::observer::Observer;
use crate::world::record::*;

const JOBS: u64 = 2_000;

/// A small generator of our own: tests must not move when a sampler does.
fn noise(replication: u32, n: u64) -> f64 {
    let mut x = (n + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ (u64::from(replication) << 40);
    x = (x ^ (x >> 31)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    ((x ^ (x >> 29)) >> 11) as f64 / (1u64 << 53) as f64
}

fn a_job_of(replication: u32, n: u64) -> JobRecord {
    let submitted = SimTime::from_millis(n * 9_000);
    let wave = 1.0 + 8.0 * ((n as f64 / JOBS as f64) * 9.0 % 1.0);
    let boot = 20_000.0 + 90_000.0 * noise(replication, n * 5);
    let short = (noise(replication, n * 5 + 1) * 60_000.0 * wave * wave) as u64;
    let quota =
        if n.is_multiple_of(7) { (noise(replication, n * 5 + 2) * 900_000.0) as u64 } else { 0 };
    let mut waits = Waits::default();
    waits.add(WaitCause::Evaluation, SimDuration::from_millis(400));
    waits.add(WaitCause::Provisioning, SimDuration::from_millis(boot as u64));
    waits.add(WaitCause::MaxVcpus, SimDuration::from_millis(short));
    waits.add(WaitCause::Quota, SimDuration::from_millis(quota));
    waits.add(WaitCause::ImagePull, SimDuration::from_millis(7_000));
    waits.add(WaitCause::Start, SimDuration::from_millis(1_500));
    let run = SimDuration::from_millis(60_000 + (noise(replication, n * 5 + 3) * 1.8e6) as u64);
    let started = submitted + waits.total();
    let failed = n.is_multiple_of(211);
    let job = JobRecord {
        job_id: JobId::new(n as u32),
        queue: JobQueueId::new(u32::from(n.is_multiple_of(4))),
        status: if failed { JobStatus::Failed } else { JobStatus::Succeeded },
        requirements: Requirements { vcpus: 2, memory_mib: 4096, gpus: 0 },
        arrived: submitted,
        submitted,
        runnable: Some(submitted),
        started: Some(started),
        stopped: Some(started + run),
        run,
        queue_latency: Some(waits.total()),
        waits,
        place: Some(Place { compute_environment: environment(n), ..a_place() }),
        ..a_job()
    };
    if n % 500 == 499 { JobRecord { submitted, arrived: submitted, ..a_stuck_job() } } else { job }
}

fn environment(n: u64) -> ComputeEnvironmentId {
    ComputeEnvironmentId::new(u32::from(n.is_multiple_of(5)))
}

/// Four jobs share an instance: 8 vCPUs, one bill, split into lines.
fn an_instance_of(replication: u32, n: u64, recorder: &mut Recorder, ledger: &mut Vec<CostRecord>) {
    let running = SimTime::from_millis(n * 9_000);
    let alive = 1_800_000 + (noise(replication, n * 5 + 4) * 3.6e6) as u64;
    let on_demand = environment(n).index() == 1;
    let (purchase, source, price) = if on_demand {
        (PurchaseOption::OnDemand, CostSource::OnDemand, 94)
    } else {
        (PurchaseOption::Spot, CostSource::Spot, 31)
    };
    let bill = (alive * price) as i64;
    let reclaimed = !on_demand && n.is_multiple_of(12);
    let free = reclaimed && n.is_multiple_of(24);
    recorder.instance(&InstanceRecord {
        instance_id: InstanceId::new(n as u32),
        compute_environment: environment(n),
        instance_type: TypeId::new((n / 4 % 2) as u32),
        purchase,
        running: Some(running),
        terminated: running + SimDuration::from_millis(alive),
        termination: if reclaimed { Termination::Reclaimed } else { Termination::ScaleIn },
        cost: NanoUsd(if free { 0 } else { bill }),
        quarter_vcpus: 32,
        memory_mib: 16_384,
        allocated_quarter_vcpu_ms: u128::from(alive) * 24,
        allocated_mib_ms: u128::from(alive) * 9_000,
        attempts: 4,
        attempts_lost: (n..n + 4).filter(|n| n.is_multiple_of(47)).count() as u64,
        ..an_instance()
    });
    let shares = [
        (CostLine::Starting, bill * 3 / 100),
        (CostLine::Lost, if reclaimed { bill / 10 } else { 0 }),
        (CostLine::Packing, bill / 8),
        (CostLine::Idle, bill / 11),
        (CostLine::Boot, bill / 25),
        (CostLine::FreeFirstHour, if free { -bill } else { 0 }),
    ];
    let work = bill - shares[..5].iter().map(|share| share.1).sum::<i64>();
    for (line, nano) in shares.into_iter().chain([(CostLine::Work, work)]) {
        let cost = CostRecord { compute_environment: environment(n), ..a_cost(line, source, nano) };
        ledger.push(CostRecord { instance_type: TypeId::new((n / 4 % 2) as u32), ..cost });
    }
    ledger.push(a_cost(CostLine::Work, CostSource::Ebs, bill / 60));
    ledger.push(a_cost(CostLine::Idle, CostSource::Ipv4, bill / 90));
}

/// A replication of 2,000 jobs over five hours.
pub(crate) fn a_replication(replication: u32) -> ReplicationSummary {
    let queues = [a_queue_over(&[0, 1]), a_queue_over(&[1])];
    let mut recorder = Recorder::new(&names(), &queues, replication, SimDuration::ZERO);
    let mut ledger = Vec::new();
    for n in 0..JOBS {
        recorder.job(&a_job_of(replication, n));
        if n.is_multiple_of(4) {
            an_instance_of(replication, n / 4 * 4, &mut recorder, &mut ledger);
        }
        let wave = 1.0 + 8.0 * ((n as f64 / JOBS as f64) * 9.0 % 1.0);
        let level = (40.0 * wave + 30.0 * noise(replication, n)) as u32;
        recorder.sample(&Sample {
            provisioned_vcpus: level + 40,
            registered_vcpus: level + 16,
            allocated_vcpus: level,
            ..a_sample(n * 9_000, (n % 2) as u32, level, (wave * wave * wave * 3.0) as u32)
        });
    }
    (0..2).for_each(|environment| {
        recorder.sample(&a_sample(JOBS * 9_000 + 600_000, environment, 0, 0));
    });
    let attempts: i64 = ledger
        .iter()
        .filter(|cost| matches!(cost.source, CostSource::OnDemand | CostSource::Spot))
        .filter(|cost| matches!(cost.line, CostLine::Work | CostLine::Starting | CostLine::Lost))
        .map(|cost| cost.cost.0)
        .sum();
    ledger.iter().for_each(|cost| recorder.cost(cost));
    recorder.job_cost(&a_job_cost(attempts));
    let time = SimTime::from_millis(JOBS * 9_000 + 3_600_000);
    let digest = 0xfeed_0000 + u64::from(replication);
    recorder.end(&RunEnd { time, digest, peak_vcpus: 812, peak_instances: 101, ..an_end(JOBS) });
    recorder.into_summary(&names())
}

/// A complete result of `replications` replications.
pub(crate) fn a_result(replications: u32) -> RunResult {
    let text = |text: &str| text.to_owned();
    RunResult {
        scenario: ScenarioFacts {
            name: text("allocation-strategies"),
            question: Some(text("Which allocation strategy clears this queue for least money?")),
            region: text("us-east-1"),
            start: text("2026-07-20T00:00:00Z"),
            seed: 1,
            replications,
            profile: text("aws"),
            horizon_ms: None,
            warm_up_ms: 0,
        },
        provenance: Provenance {
            catalog: CatalogFacts { date: text("2026-07-20"), hash: "5f".repeat(32) },
            traces: vec![TraceFacts {
                file: text("log.swf.gz"),
                format: text("swf"),
                hash: "a0".repeat(32),
                accepted: 51_987,
                skipped: vec![(text("too_large"), 12), (text("negative run time"), 3)],
                rejected: vec![(text("not a number"), 2)],
            }],
            parameters: vec![
                Parameter { key: text("cyclePeriod"), value: text("5s"), evidence: text("A") },
                Parameter { key: text("spotNotice"), value: text("120s"), evidence: text("D") },
            ],
        },
        warnings: vec![text("unknown subnet subnet-0a1 is taken to cover all zones of us-east-1")],
        names: names(),
        replications: (0..replications).map(a_replication).collect(),
        complete: true,
        resolved: serde_json::json!({"name": "allocation-strategies", "seed": 1}),
        invocation: Invocation { threads: 2, ..Invocation::default() },
    }
}
