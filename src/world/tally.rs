//! What the world counts about itself.

use crate::ec2::fleet::Refusal;
use crate::sim::{SimDuration, SimTime};

/// Counters of a run.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    pub(super) submitted: u64,
    /// Jobs and array children that have not ended.
    pub(super) live_jobs: u64,
    /// Instances refused, by why.
    pub(super) refusals: [u64; Refusal::ALL.len()],
    pub(super) refused_submissions: u64,
    pub(super) refused_calls: u64,
    /// Of instances, and of tasks, by the whole vCPU of each environment.
    pub(super) alive_vcpus: u64,
    pub(super) peak_vcpus: u64,
    pub(super) peak_instances: u64,
    pub(super) throttle_total: SimDuration,
    pub(super) throttle_count: u64,
    /// Accepted, not placed.
    pub(super) waiting: Population,
    /// Placed on an instance.
    pub(super) placed: Population,
}

/// How many there are, integrated over time; and how long each stayed, summed. Little's law says
/// that both are one number: an identity that every run asserts.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Population {
    count: u64,
    since: SimTime,
    integral: u128,
    stays: u128,
}

impl Population {
    /// `count` enter.
    #[inline]
    pub(super) fn enter(&mut self, now: SimTime, count: u64) {
        self.integrate(now);
        self.count += count;
    }

    /// One leaves that entered at `entered`.
    #[inline]
    pub(super) fn leave(&mut self, now: SimTime, entered: SimTime) {
        self.integrate(now);
        self.count -= 1;
        self.stays += u128::from(now.since(entered).as_millis());
    }

    fn integrate(&mut self, now: SimTime) {
        self.integral += u128::from(self.count) * u128::from(now.since(self.since).as_millis());
        self.since = now;
    }

    /// Asserts Little's law once everybody has left.
    pub(super) fn assert_balanced(&self, what: &str) {
        assert!(self.count == 0, "{what}: {} never left", self.count);
        assert!(
            self.integral == self.stays,
            "{what}: Little's law: the integral of those present is {} ms, the sum of stays {}",
            self.integral,
            self.stays
        );
    }
}
