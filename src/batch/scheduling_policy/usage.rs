//! What one share has used, the older the less: `integral of vcpus(s) k(t - s) ds` (behaviour 5.5).
//!
//! A change and a question cost O(1) amortised, whatever has happened before. Memory: nothing for
//! `exp`; for `linear` and `window` the changes within the window, 16 bytes each, which they
//! forget one by one. Those two count in whole numbers, so that shares with the same history have
//! exactly the same usage. Does not know weights. Invariant: asking changes no later answer.

mod steps;

use crate::batch::policy::UsageKernel;
use crate::sim::{SimDuration, SimTime};
use steps::Steps;

/// The vCPUs of a share over time, as far as they are remembered.
#[derive(Clone, Debug)]
pub(super) struct Usage(Past);

/// What is remembered.
#[derive(Clone, Debug)]
enum Past {
    /// `k(a) = max(0, 1 - a / D)`
    Linear(Window),
    /// `k(a) = 1` for `a < D`
    Flat(Window),
    /// `k(a) = 2 ^ (-a / (D / 2))`
    Halving(Halving),
}

#[derive(Clone, Debug)]
struct Window {
    /// D in milliseconds.
    length: u64,
    steps: Steps,
}

#[derive(Clone, Debug)]
struct Halving {
    /// The kernel's rate of decay per millisecond, `ln 2 / (D / 2)`.
    rate: f64,
    /// The usage at `at`, vCPU-ms.
    sum: f64,
    at: SimTime,
    /// In use since `at`.
    vcpus: u64,
}

impl Usage {
    /// A share that has used nothing. `window` is D, above zero.
    ///
    /// # Panics
    /// When nothing is to be remembered.
    pub(super) fn new(kernel: UsageKernel, window: SimDuration) -> Self {
        let length = window.as_millis();
        assert!(length > 0, "usage is remembered for some time");
        let window = Window { length, steps: Steps::default() };
        Self(match kernel {
            UsageKernel::Linear => Past::Linear(window),
            UsageKernel::Window => Past::Flat(window),
            UsageKernel::Exponential => {
                let rate = 2.0 * std::f64::consts::LN_2 / length as f64;
                Past::Halving(Halving { rate, sum: 0.0, at: SimTime::ZERO, vcpus: 0 })
            }
        })
    }

    /// From `now` on so many vCPUs are in use; `now` never goes back.
    pub(super) fn set(&mut self, now: SimTime, vcpus: u64) {
        match &mut self.0 {
            Past::Linear(window) | Past::Flat(window) => {
                window.steps.set(now.as_millis(), vcpus);
                window.forget();
            }
            Past::Halving(past) => {
                (past.sum, past.at, past.vcpus) = (past.value(now), now, vcpus);
            }
        }
    }

    /// The decayed usage in vCPU-ms; `now` never goes back.
    pub(super) fn value(&mut self, now: SimTime) -> f64 {
        match &mut self.0 {
            Past::Linear(window) => {
                window.reach(now);
                window.linear(now)
            }
            Past::Flat(window) => {
                window.reach(now);
                window.steps.area() as f64
            }
            // Only a change moves the sum on: a question leaves no rounding behind.
            Past::Halving(past) => past.value(now),
        }
    }

    #[cfg(test)]
    fn remembered(&self) -> usize {
        match &self.0 {
            Past::Linear(window) | Past::Flat(window) => window.steps.len(),
            Past::Halving(_) => 0,
        }
    }
}

impl Window {
    /// Moves the window's end to `now`.
    fn reach(&mut self, now: SimTime) {
        self.steps.reach(now.as_millis());
        self.forget();
    }

    /// Drops what is older than the window.
    fn forget(&mut self) {
        if let Some(start) = self.steps.end().checked_sub(self.length) {
            self.steps.forget(start);
        }
    }

    /// `integral of vcpus(s) (s - start) ds / D` over the window, which ends at `now`.
    fn linear(&self, now: SimTime) -> f64 {
        // The window may have begun before time did.
        let start = now.as_millis() as i128 - i128::from(self.length);
        let doubled = self.steps.doubled_moment() as i128 - 2 * start * self.steps.area() as i128;
        doubled as f64 / (2.0 * self.length as f64)
    }
}

impl Halving {
    fn value(&self, now: SimTime) -> f64 {
        let decay = -self.rate * now.since(self.at).as_millis() as f64;
        self.sum * libm::exp(decay) - self.vcpus as f64 * libm::expm1(decay) / self.rate
    }
}

#[cfg(test)]
mod tests;
