//! The state of compute environments over time, sampled on a lattice without any event.
//!
//! State is constant between events, so a sample at an instant is the state after the last event
//! before it. A sample equal to the one before is left out.

use super::World;
use super::observer::Observer;
use super::record::Sample;
use crate::sim::{SimDuration, SimTime};

/// Where the lattice stands.
#[derive(Clone, Debug)]
pub(super) struct Sampling {
    period: Option<SimDuration>,
    next: SimTime,
    last: Vec<Option<Sample>>,
}

impl Sampling {
    pub(super) fn new(period: Option<SimDuration>, environments: usize) -> Self {
        let next = if period.is_some() { SimTime::ZERO } else { SimTime::MAX };
        Self { period, next, last: vec![None; environments] }
    }
}

impl World {
    /// Takes the sample that is due before `now`, if one is.
    #[inline]
    pub(super) fn sample_until<O: Observer>(&mut self, now: SimTime, observer: &mut O) {
        if self.sampling.next < now {
            self.take_samples(self.sampling.next, observer);
            if let Some(period) = self.sampling.period {
                self.sampling.next = now.ceil_to(period, SimDuration::ZERO);
            }
        }
    }

    /// Samples every environment that has changed.
    pub(super) fn take_samples<O: Observer>(&mut self, time: SimTime, observer: &mut O) {
        if self.sampling.period.is_none() {
            return;
        }
        for index in 0..self.environments.len() {
            let sample = self.sample(index, time);
            let last = self.sampling.last[index];
            let same = last.is_some_and(|last| Sample { time, ..last } == sample);
            if !same {
                observer.sample(&sample);
                self.sampling.last[index] = Some(sample);
            }
        }
    }

    fn sample(&self, index: usize, time: SimTime) -> Sample {
        let environment = &self.environments[index];
        let queues = || environment.queues.iter().map(|id| &self.queues[id.index()]);
        Sample {
            time,
            compute_environment: environment.id,
            desired_vcpus: environment.desired_vcpus(),
            provisioned_vcpus: environment.provisioned_vcpus,
            registered_vcpus: environment.registered_vcpus,
            allocated_vcpus: environment.allocated_vcpus,
            runnable_jobs: queues().map(|queue| queue.runnable).sum(),
            starting_jobs: environment.starting_jobs,
            running_jobs: environment.running_jobs,
            head_cause: queues()
                .find_map(|queue| self.lanes[queue.head.index()].blocker)
                .map(|blocker| blocker.cause),
        }
    }
}
