//! Records made by hand for tests: a plain job that waited and ran, changed field by field.

use super::names::Names;
use crate::batch::compute_environment::ComputeEnvironmentId;
use crate::batch::job_definition::{JobDefinitionId, Requirements};
use crate::batch::job_queue::{JobQueue, JobQueueId};
use crate::batch::wait_cause::{WaitCause, Waits};
use crate::ec2::catalog::{TypeId, ZoneId};
use crate::ec2::fleet::{InstanceId, PurchaseOption};
use crate::ec2::money::NanoUsd;
use crate::sim::{SimDuration, SimTime};
use crate::workload::submission::JobName;
use crate::world::record::*;

pub(crate) fn at(secs: u64) -> SimTime {
    SimTime::ZERO + SimDuration::from_secs(secs)
}

pub(crate) fn names() -> Names {
    let list = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    Names {
        compute_environments: list(&["spot", "on-demand"]),
        job_queues: list(&["night", "day"]),
        job_definitions: list(&["sim", "post"]),
        instance_types: list(&["c6i.large", "m5.xlarge"]),
        zones: list(&["use1-az1", "use1-az2"]),
        reasons: list(&["superseded"]),
    }
}

pub(crate) fn a_queue_over(environments: &[u32]) -> JobQueue {
    JobQueue {
        name: "q".to_owned(),
        priority: 1,
        enabled: true,
        compute_environments: environments.iter().map(|e| ComputeEnvironmentId::new(*e)).collect(),
        time_limit_actions: Vec::new(),
        fair_share: None,
    }
}

pub(crate) fn a_place() -> Place {
    Place {
        compute_environment: ComputeEnvironmentId::new(0),
        instance: InstanceId::new(7),
        instance_type: TypeId::new(0),
        zone: ZoneId::new(1),
        purchase: PurchaseOption::Spot,
    }
}

/// Submitted at 10 s, waited 60 s for an instance and 5 s for its container, ran 100 s on 2 vCPUs.
pub(crate) fn a_job() -> JobRecord {
    let mut waits = Waits::default();
    waits.add(WaitCause::Provisioning, SimDuration::from_secs(60));
    waits.add(WaitCause::Start, SimDuration::from_secs(5));
    JobRecord {
        job_id: JobId::new(17),
        array_index: None,
        name: JobName::Number(4711),
        queue: JobQueueId::new(0),
        share: None,
        definition: JobDefinitionId::new(0),
        status: JobStatus::Succeeded,
        status_reason: StatusReason::ContainerExited,
        requirements: Requirements { vcpus: 2, memory_mib: 2048, gpus: 0 },
        nodes: 1,
        quarter_vcpus: 8,
        arrived: at(10),
        submitted: at(10),
        runnable: Some(at(10)),
        started: Some(at(75)),
        stopped: Some(at(175)),
        attempts: 1,
        run: SimDuration::from_secs(100),
        queue_latency: Some(SimDuration::from_secs(65)),
        waits,
        behind: SimDuration::ZERO,
        retry_wait: SimDuration::ZERO,
        lost: SimDuration::ZERO,
        checkpoint: SimDuration::ZERO,
        staging: SimDuration::ZERO,
        place: Some(a_place()),
        cost: NanoUsd(1_500_000_000),
    }
}

/// Submitted at 10 s and RUNNABLE ever since, until the run stopped at 200 s.
pub(crate) fn a_stuck_job() -> JobRecord {
    let mut waits = Waits::default();
    waits.add(WaitCause::Capacity, SimDuration::from_secs(190));
    JobRecord {
        job_id: JobId::new(18),
        status: JobStatus::Runnable,
        status_reason: StatusReason::None,
        started: None,
        stopped: None,
        attempts: 0,
        run: SimDuration::ZERO,
        queue_latency: None,
        waits,
        place: None,
        cost: NanoUsd::ZERO,
        ..a_job()
    }
}

pub(crate) fn an_attempt() -> AttemptRecord {
    let job = a_job();
    AttemptRecord {
        job_id: job.job_id,
        array_index: None,
        attempt: 1,
        node: None,
        queue: job.queue,
        runnable: at(10),
        placed: at(70),
        started: job.started,
        stopped: job.stopped,
        status: JobStatus::Succeeded,
        reason: StatusReason::ContainerExited,
        exit_code: Some(0),
        retried: false,
        waits: job.waits,
        stage_in: SimDuration::ZERO,
        stage_out: SimDuration::ZERO,
        checkpoint: SimDuration::ZERO,
        place: a_place(),
    }
}

/// Alive from 40 s to 240 s, 2 vCPUs, holding the job of [`a_job`] with its start.
pub(crate) fn an_instance() -> InstanceRecord {
    InstanceRecord {
        instance_id: InstanceId::new(7),
        compute_environment: ComputeEnvironmentId::new(0),
        instance_type: TypeId::new(0),
        zone: ZoneId::new(1),
        purchase: PurchaseOption::Spot,
        requested: at(20),
        running: Some(at(40)),
        registered: Some(at(70)),
        terminated: at(240),
        termination: Termination::ScaleIn,
        billed: SimDuration::from_secs(200),
        cost: NanoUsd(2_000_000_000),
        quarter_vcpus: 8,
        memory_mib: 4096,
        allocated_quarter_vcpu_ms: 8 * 105_000,
        allocated_mib_ms: 2048 * 105_000,
        attempts: 1,
        attempts_lost: 0,
    }
}

pub(crate) fn a_cost(line: CostLine, source: CostSource, nano_usd: i64) -> CostRecord {
    CostRecord {
        line,
        source,
        compute_environment: ComputeEnvironmentId::new(0),
        instance_type: TypeId::new(0),
        cost: NanoUsd(nano_usd),
    }
}

pub(crate) fn a_job_cost(nano_usd: i64) -> JobCostRecord {
    JobCostRecord {
        queue: JobQueueId::new(0),
        definition: JobDefinitionId::new(0),
        cost: NanoUsd(nano_usd),
    }
}

pub(crate) fn a_sample(ms: u64, environment: u32, vcpus: u32, runnable_jobs: u32) -> Sample {
    Sample {
        time: SimTime::from_millis(ms),
        compute_environment: ComputeEnvironmentId::new(environment),
        desired_vcpus: vcpus,
        provisioned_vcpus: vcpus,
        registered_vcpus: vcpus,
        allocated_vcpus: vcpus,
        runnable_jobs,
        starting_jobs: 0,
        running_jobs: 0,
        head_cause: Some(WaitCause::Capacity),
    }
}

pub(crate) fn an_end(submitted: u64) -> RunEnd {
    RunEnd {
        reason: StopReason::Drained,
        time: at(240),
        events: 42,
        digest: 0xfeed,
        submitted,
        refusals: [3, 0, 0],
        peak_vcpus: 2,
        peak_instances: 1,
        submit_throttle_total: SimDuration::ZERO,
        submit_throttle_count: 0,
        refused_submissions: 0,
        refused_calls: 0,
    }
}
