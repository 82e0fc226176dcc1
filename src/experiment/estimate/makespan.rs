//! When the last job can stop at the earliest.

use crate::batch::compute_environment::{ComputeEnvironment, ComputeEnvironmentId, ListedType};
use crate::experiment::holds::may_overshoot;
use crate::sim::SimTime;
use crate::world::config::WorldConfig;

/// What arrives, as far as it bounds the end.
pub(super) struct Earliest {
    first: Option<SimTime>,
    /// Seconds since t = 0: the latest instant at which some job, started at once, would stop.
    last_stop_s: f64,
    /// By queue.
    vcpu_seconds: Vec<f64>,
}

impl Earliest {
    pub(super) fn new(queues: usize) -> Self {
        Self { first: None, last_stop_s: 0.0, vcpu_seconds: vec![0.0; queues] }
    }

    /// Adds a submission: when each of its jobs may start, how long one runs, what all work is.
    pub(super) fn add(&mut self, time: SimTime, run_s: f64, queue: usize, vcpu_seconds: f64) {
        self.first = Some(self.first.map_or(time, |first| first.min(time)));
        self.last_stop_s = self.last_stop_s.max(seconds(time) + run_s);
        self.vcpu_seconds[queue] += vcpu_seconds;
    }

    /// From the first arrival to the last stop if every job started as it arrived.
    pub(super) fn span_s(&self) -> f64 {
        self.first.map_or(0.0, |first| self.last_stop_s - seconds(first))
    }

    /// Longer where the environments can not work off so much so fast: those of one queue its own
    /// work, and those of all queues all work.
    pub(super) fn makespan_s(&self, model: &WorldConfig) -> f64 {
        let mut all: Vec<ComputeEnvironmentId> = Vec::new();
        let mut least = self.span_s();
        for (queue, work) in model.job_queues.iter().zip(&self.vcpu_seconds) {
            if *work > 0.0 {
                least = least.max(work / vcpus(model, &queue.compute_environments));
                all.extend(&queue.compute_environments);
            }
        }
        all.sort_unstable();
        all.dedup();
        let work: f64 = self.vcpu_seconds.iter().sum();
        if work > 0.0 { least.max(work / vcpus(model, &all)) } else { least }
    }
}

fn vcpus(model: &WorldConfig, environments: &[ComputeEnvironmentId]) -> f64 {
    let of = |id: &ComputeEnvironmentId| most_vcpus(model, &model.compute_environments[id.index()]);
    environments.iter().map(of).sum::<u64>() as f64
}

/// The most vCPUs that an environment can have: the last instance may exceed its maximum.
fn most_vcpus(model: &WorldConfig, environment: &ComputeEnvironment) -> u64 {
    let most = u64::from(environment.max_vcpus);
    if !may_overshoot(environment, &model.profile) {
        return most;
    }
    let vcpus_of = |listed: &ListedType| model.catalog.get(listed.id).vcpus;
    let vcpus = environment.instance_types.iter().map(vcpus_of);
    most + u64::from(vcpus.max().unwrap_or(0).saturating_sub(1))
}

fn seconds(time: SimTime) -> f64 {
    time.since(SimTime::ZERO).as_secs_f64()
}
