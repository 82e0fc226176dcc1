//! Shares for accounts built by hand: policies, and jobs that name a share.

use super::account::{Account, Outcome, cpus, submission};
use batchcast::batch::job_queue::ShareIdentifier;
use batchcast::batch::scheduling_policy::{FairSharePolicy, ShareAttributes};
use batchcast::sim::SimDuration;
use batchcast::workload::submission::JobSubmission;

/// A share's name.
pub(crate) fn share(text: &str) -> ShareIdentifier {
    ShareIdentifier::new(text).expect("letters and digits")
}

/// A policy that remembers usage for `decay_s`, reserves `reservation` % and weighs some shares.
pub(crate) fn policy(decay_s: u64, reservation: u8, weights: &[(&str, f64)]) -> FairSharePolicy {
    let entry = |(name, weight): &(&str, f64)| ShareAttributes {
        share_identifier: share(name),
        weight_factor: *weight,
    };
    FairSharePolicy {
        share_decay: SimDuration::from_secs(decay_s),
        compute_reservation: reservation,
        share_distribution: weights.iter().map(entry).collect(),
    }
}

impl Account {
    /// Every queue so far has this policy.
    pub(crate) fn policy(self, policy: &FairSharePolicy) -> Self {
        self.with(|account| {
            for queue in &mut account.config.job_queues {
                queue.fair_share = Some(policy.clone());
            }
        })
    }

    /// `count` jobs of a share, of so many vCPUs each, to the first queue.
    pub(crate) fn of_share(
        self,
        name: &str,
        at_s: u64,
        count: u32,
        vcpus: u32,
        run_s: u64,
    ) -> Self {
        let job = job_of(name, vcpus, run_s);
        (0..count).fold(self, |account, _| account.submit(at_s * 1_000, job.clone()))
    }

    /// A job of a share with a scheduling priority.
    pub(crate) fn urgent(self, name: &str, at_s: u64, priority: u16, run_s: u64) -> Self {
        let job = job_of(name, 1, run_s);
        self.submit(at_s * 1_000, JobSubmission { scheduling_priority: priority, ..job })
    }
}

/// A job of a share.
pub(crate) fn job_of(name: &str, vcpus: u32, run_s: u64) -> JobSubmission {
    JobSubmission { share: Some(share(name)), ..submission(0, cpus(vcpus, 0), run_s * 1_000) }
}

impl Outcome {
    /// vCPUs of the placed jobs of a share, `None`: of all, in the instant behind `at_s`.
    pub(crate) fn vcpus_in_use(&self, name: Option<&str>, at_s: u64) -> u32 {
        let at = at_s * 1_000;
        let is_meant = |id| {
            let job = self.jobs.iter().find(|job| job.job_id == id).expect("a record");
            let of = job.share.as_ref().map(ShareIdentifier::as_str);
            (name.is_none() || of == name).then_some(job.quarter_vcpus / 4)
        };
        let placed = self.attempts.iter().filter(|a| {
            a.node.unwrap_or(0) == 0
                && a.placed.as_millis() <= at
                && a.stopped.is_none_or(|stopped| stopped.as_millis() > at)
        });
        placed.filter_map(|attempt| is_meant(attempt.job_id)).sum()
    }
}
