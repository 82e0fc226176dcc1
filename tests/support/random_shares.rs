//! The part of a random account that is about shares: policies of its queues, how usage is
//! measured, the shares and priorities of its jobs.

use super::shares::{policy, share};
use batchcast::batch::policy::UsageKernel;
use batchcast::sim::SimDuration;
use batchcast::workload::submission::JobSubmission;
use batchcast::world::config::WorldConfig;
use batchcast::world::profile::Profile;
use proptest::prelude::*;

/// What policies weigh; the last one is a prefix of two of the names.
const WEIGHTED: [&str; 2] = ["a", "b*"];
const NAMES: [&str; 4] = ["a", "b1", "b2", "c"];

/// Which queues have a policy, and which.
#[derive(Clone, Debug)]
pub(crate) struct DraftShares {
    /// By queue, in turn.
    policies: Vec<Option<DraftPolicy>>,
    kernel: UsageKernel,
    default_window_s: u64,
    charge_s: u64,
    skip_blocked: bool,
}

#[derive(Clone, Debug)]
struct DraftPolicy {
    decay_s: u64,
    reservation: u8,
    weights: [f64; 2],
}

/// Any shares; half of the queues have none.
pub(crate) fn shares() -> impl Strategy<Value = DraftShares> {
    let kernel = prop::sample::select(vec![
        UsageKernel::Linear,
        UsageKernel::Exponential,
        UsageKernel::Window,
    ]);
    let reservation = prop_oneof![Just(0), 1_u8..100];
    let weights = (0.01..20.0_f64, 0.01..20.0_f64);
    let policy = (0_u64..600, reservation, weights).prop_map(|(decay_s, reservation, w)| {
        DraftPolicy { decay_s, reservation, weights: [w.0, w.1] }
    });
    let policies = prop::collection::vec(prop::option::of(policy), 4);
    (policies, kernel, 0_u64..600, 0_u64..3, any::<bool>()).prop_map(
        |(policies, kernel, default_window_s, charge_s, skip_blocked)| DraftShares {
            policies,
            kernel,
            default_window_s,
            charge_s,
            skip_blocked,
        },
    )
}

impl DraftShares {
    /// Gives the queues their policies.
    pub(crate) fn add_to(&self, config: &mut WorldConfig) {
        for (queue, draft) in config.job_queues.iter_mut().zip(&self.policies) {
            queue.fair_share = draft.as_ref().map(|draft| {
                let [a, b] = WEIGHTED;
                let weights = [(a, draft.weights[0]), (b, draft.weights[1])];
                policy(draft.decay_s, draft.reservation, &weights)
            });
        }
    }

    /// How usage is measured, and what a blocked share does to others.
    pub(crate) fn set(&self, profile: &mut Profile) {
        profile.fs_kernel = self.kernel;
        profile.fs_default_window = SimDuration::from_secs(self.default_window_s);
        profile.fs_charge_without_cycles = SimDuration::from_secs(self.charge_s);
        profile.fs_skip_blocked_share = self.skip_blocked;
    }

    /// Makes a job one of a share, where its queue has a policy.
    pub(crate) fn take(job: &mut JobSubmission, n: usize, priority: u16, config: &WorldConfig) {
        if config.job_queues[job.queue.index()].fair_share.is_some() {
            job.share = Some(share(NAMES[n % NAMES.len()]));
            job.scheduling_priority = priority;
        }
    }
}
