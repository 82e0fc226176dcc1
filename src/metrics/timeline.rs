//! Capacity and demand over time, in bounded memory: what the capacity plot shows.
//!
//! Time-weighted means over equal bins. When a run outgrows its bins, neighbours are merged and the
//! bins double in width, so any run of any length keeps between half and all of [`BINS`] bins. A
//! sample costs a few additions. Spikes shorter than a bin are averaged, by design.

use crate::batch::job_queue::JobQueue;
use crate::sim::SimTime;
use crate::world::record::Sample;
use serde::{Deserialize, Serialize};

/// Bins at most.
pub const BINS: usize = 512;

/// How many quantities are kept.
const SERIES: usize = 4;

/// Means over bins of equal width, summed over all compute environments.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Timeline {
    /// Width of a bin, ms; the last one may be shorter.
    pub bin_ms: u64,
    /// The end of the last bin, ms.
    pub end_ms: u64,
    /// vCPUs of requested, pending and running instances.
    pub provisioned_vcpus: Vec<f64>,
    /// vCPUs of registered instances.
    pub registered_vcpus: Vec<f64>,
    /// vCPUs held by attempts.
    pub allocated_vcpus: Vec<f64>,
    /// RUNNABLE jobs.
    pub runnable_jobs: Vec<f64>,
}

/// Builds a [`Timeline`] from samples in time order.
#[derive(Clone, Debug)]
pub(super) struct TimelineBuilder {
    /// By compute environment: provisioned, registered, allocated, runnable.
    current: Vec<[u64; SERIES]>,
    /// By compute environment: the group that shares queues with it.
    groups: Vec<usize>,
    /// Sums over environments, runnable jobs counted once a group.
    totals: [u64; SERIES],
    now_ms: u64,
    bin_ms: u64,
    /// Value x milliseconds.
    integrals: Vec<[u128; SERIES]>,
}

impl TimelineBuilder {
    /// A timeline of `environments` compute environments served by `queues`.
    pub(super) fn new(environments: usize, queues: &[JobQueue]) -> Self {
        Self {
            current: vec![[0; SERIES]; environments],
            groups: groups_by_shared_queue(environments, queues),
            totals: [0; SERIES],
            now_ms: 0,
            bin_ms: 1_000,
            integrals: Vec::with_capacity(BINS),
        }
    }

    pub(super) fn sample(&mut self, sample: &Sample) {
        self.advance(sample.time);
        let new = [
            u64::from(sample.provisioned_vcpus),
            u64::from(sample.registered_vcpus),
            u64::from(sample.allocated_vcpus),
            u64::from(sample.runnable_jobs),
        ];
        let environment = sample.compute_environment.index();
        let old = std::mem::replace(&mut self.current[environment], new);
        for series in 0..SERIES - 1 {
            self.totals[series] = self.totals[series] + new[series] - old[series];
        }
        if old[SERIES - 1] != new[SERIES - 1] {
            self.totals[SERIES - 1] = self.runnable_jobs();
        }
    }

    pub(super) fn finish(mut self, end: SimTime) -> Timeline {
        self.advance(end);
        let mut timeline =
            Timeline { bin_ms: self.bin_ms, end_ms: self.now_ms, ..Timeline::default() };
        for (bin, integrals) in self.integrals.iter().enumerate() {
            let start = bin as u64 * self.bin_ms;
            let width = self.bin_ms.min(self.now_ms - start) as f64;
            let [provisioned, registered, allocated, runnable] =
                integrals.map(|integral| integral as f64 / width);
            timeline.provisioned_vcpus.push(provisioned);
            timeline.registered_vcpus.push(registered);
            timeline.allocated_vcpus.push(allocated);
            timeline.runnable_jobs.push(runnable);
        }
        timeline
    }

    /// A job is RUNNABLE in one queue but seen by all of the queue's environments, so within a
    /// group of environments that share queues the largest count stands for the group.
    fn runnable_jobs(&self) -> u64 {
        let mut largest = vec![0; self.current.len()];
        for (environment, &group) in self.groups.iter().enumerate() {
            largest[group] = self.current[environment][SERIES - 1].max(largest[group]);
        }
        largest.iter().sum()
    }

    /// Adds the current totals from `now` to `time`.
    fn advance(&mut self, time: SimTime) {
        let until = time.as_millis();
        while self.now_ms < until {
            let bin = (self.now_ms / self.bin_ms) as usize;
            if bin >= BINS {
                self.double_bins();
                continue;
            }
            if bin >= self.integrals.len() {
                self.integrals.resize(bin + 1, [0; SERIES]);
            }
            let bin_end = (bin as u64 + 1) * self.bin_ms;
            let step = until.min(bin_end) - self.now_ms;
            for (integral, &total) in self.integrals[bin].iter_mut().zip(&self.totals) {
                *integral += u128::from(total) * u128::from(step);
            }
            self.now_ms += step;
        }
    }

    fn double_bins(&mut self) {
        let merge = |pair: &[[u128; SERIES]]| {
            let second = pair.get(1).copied().unwrap_or_default();
            std::array::from_fn(|series| pair[0][series] + second[series])
        };
        self.integrals = self.integrals.chunks(2).map(merge).collect();
        self.bin_ms *= 2;
    }
}

/// Environments that some queue names together get one number.
fn groups_by_shared_queue(environments: usize, queues: &[JobQueue]) -> Vec<usize> {
    let mut groups: Vec<usize> = (0..environments).collect();
    for queue in queues {
        let Some(first) = queue.compute_environments.first() else { continue };
        for other in &queue.compute_environments {
            let (from, to) = (groups[other.index()], groups[first.index()]);
            groups.iter_mut().filter(|group| **group == from).for_each(|group| *group = to);
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::test_records::{a_queue_over, a_sample};

    #[test]
    fn a_bin_holds_the_mean_weighted_by_time() {
        let mut builder = TimelineBuilder::new(1, &[]);
        builder.sample(&a_sample(0, 0, 4, 0));
        builder.sample(&a_sample(250, 0, 8, 0));
        let timeline = builder.finish(SimTime::from_millis(1_500));
        assert_eq!(timeline.provisioned_vcpus, [7.0, 8.0]);
    }

    #[test]
    fn a_year_keeps_its_integral_in_bounded_bins() {
        let mut builder = TimelineBuilder::new(1, &[]);
        let year = 366 * 86_400_000;
        for day in 0..366 {
            builder.sample(&a_sample(day * 86_400_000, 0, (day % 7) as u32, 0));
        }
        let timeline = builder.finish(SimTime::from_millis(year));
        let bins = timeline.provisioned_vcpus.len();
        assert!((BINS / 2..=BINS).contains(&bins), "{bins}");
        let width = |bin: usize| timeline.bin_ms.min(year - bin as u64 * timeline.bin_ms) as f64;
        let total: f64 =
            timeline.provisioned_vcpus.iter().enumerate().map(|(i, v)| v * width(i)).sum();
        let expected: f64 = (0..366).map(|day| f64::from(day % 7) * 86_400_000.0).sum();
        assert!((total / expected - 1.0).abs() < 1e-12);
    }

    #[test]
    fn a_job_seen_by_two_environments_of_its_queue_counts_once() {
        let queues = [a_queue_over(&[0, 1]), a_queue_over(&[2])];
        let mut builder = TimelineBuilder::new(3, &queues);
        builder.sample(&a_sample(0, 0, 0, 5));
        builder.sample(&a_sample(0, 1, 0, 5));
        builder.sample(&a_sample(0, 2, 0, 3));
        assert_eq!(builder.finish(SimTime::from_millis(1_000)).runnable_jobs, [8.0]);
    }
}
