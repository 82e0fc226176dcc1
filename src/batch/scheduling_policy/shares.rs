//! The shares of one queue: which are active, what each has used, and how much all may use.
//!
//! A share is active from its first submission until the decay period after its last job has
//! passed (behaviour 5.5). It is told of submissions, dispatches, ends of attempts and ends of
//! jobs, in order of time; each costs O(log shares) amortised. Knows neither placement nor waiting
//! jobs, nor in which unit vCPUs are counted: whole ones, or quarters as Fargate sells them.
//! Invariant: `active` counts the shares with live jobs and those that linger.

use super::usage::Usage;
use super::{FairSharePolicy, Turns, reservation};
use crate::batch::job_queue::ShareIdentifier;
use crate::batch::policy::UsageKernel;
use crate::sim::{SimDuration, SimTime};
use rustc_hash::FxHashMap;
use std::collections::BTreeSet;

crate::define_id! {
    /// A share of a queue, in order of first submission.
    pub struct ShareId = "share";
}

/// How usage is measured, where AWS does not say it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct UsageRules {
    /// How usage fades.
    pub kernel: UsageKernel,
    /// How long it is remembered where the policy does not say it; zero remembers nothing, and
    /// only the vCPUs in use count.
    pub default_window: SimDuration,
    /// What a dispatched job is expected to use until usage shows it: until the next cycle.
    pub charge: SimDuration,
    /// Shares that may be active at once; `None` is unlimited.
    pub most_active: Option<u32>,
}

/// A submission that is refused, for its share would be one too many active ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{most_active} shares are active, as many as a queue may have")]
pub struct TooManyShares {
    /// How many may be active.
    pub most_active: u32,
}

/// The shares of one queue.
#[derive(Clone, Debug)]
pub struct Shares {
    policy: FairSharePolicy,
    rules: UsageRules,
    /// D; zero remembers nothing.
    window: SimDuration,
    rows: Vec<Row>,
    /// Looked up, never iterated.
    ids: FxHashMap<ShareIdentifier, ShareId>,
    /// Active shares without a live job, by the instant at which they are no longer.
    lingering: BTreeSet<(SimTime, ShareId)>,
    active: u32,
    vcpus: u64,
    /// When a share was charged, or its vCPUs changed.
    changed: SimTime,
}

#[derive(Clone, Debug)]
struct Row {
    identifier: ShareIdentifier,
    weight_factor: f64,
    /// SUBMITTED to RUNNING.
    live_jobs: u64,
    /// Until when it stays active without a live job.
    lingers_until: Option<SimTime>,
    vcpus: u64,
    /// Nothing while nothing is to be remembered.
    usage: Option<Usage>,
    /// What jobs dispatched at `charged_at` are expected to use, vCPU-ms.
    charged: u64,
    charged_at: SimTime,
}

impl Shares {
    /// A queue to which nothing has been submitted.
    #[must_use]
    pub fn new(policy: FairSharePolicy, rules: UsageRules) -> Self {
        let window = policy.window(rules.default_window);
        Self {
            policy,
            rules,
            window,
            rows: Vec::new(),
            ids: FxHashMap::default(),
            lingering: BTreeSet::new(),
            active: 0,
            vcpus: 0,
            changed: SimTime::ZERO,
        }
    }

    /// Whether a submission of a share would not be one of too many active ones.
    pub fn may_submit(&mut self, now: SimTime, identifier: &ShareIdentifier) -> bool {
        self.expire(now);
        let known = self.ids.get(identifier);
        known.is_some_and(|share| self.rows[share.index()].is_active())
            || self.rules.most_active.is_none_or(|most_active| self.active < most_active)
    }

    /// `jobs` jobs of a share are submitted: a job, or the children of an array.
    ///
    /// # Errors
    /// When the share is not active and as many are as may be; then nothing has changed.
    pub fn submit(
        &mut self,
        now: SimTime,
        identifier: &ShareIdentifier,
        jobs: u64,
    ) -> Result<ShareId, TooManyShares> {
        if !self.may_submit(now, identifier) {
            return Err(TooManyShares { most_active: self.active });
        }
        let known = self.ids.get(identifier).copied();
        if known.is_none_or(|share| !self.rows[share.index()].is_active()) {
            self.active += 1;
        }
        let share = known.unwrap_or_else(|| self.add(identifier));
        let row = &mut self.rows[share.index()];
        row.live_jobs += jobs;
        if let Some(until) = row.lingers_until.take() {
            self.lingering.remove(&(until, share));
        }
        Ok(share)
    }

    fn add(&mut self, identifier: &ShareIdentifier) -> ShareId {
        let share = ShareId::from_index(self.rows.len());
        let remembers = self.window > SimDuration::ZERO;
        self.rows.push(Row {
            identifier: identifier.clone(),
            weight_factor: self.policy.weight_factor(identifier),
            live_jobs: 0,
            lingers_until: None,
            vcpus: 0,
            usage: remembers.then(|| Usage::new(self.rules.kernel, self.window)),
            charged: 0,
            charged_at: SimTime::ZERO,
        });
        self.ids.insert(identifier.clone(), share);
        share
    }

    /// A job of a share has SUCCEEDED or FAILED.
    pub fn job_ended(&mut self, now: SimTime, share: ShareId) {
        self.expire(now);
        let row = &mut self.rows[share.index()];
        assert!(row.live_jobs > 0, "{share}: a job ends once");
        row.live_jobs -= 1;
        if row.live_jobs == 0 {
            let until = now + self.window;
            row.lingers_until = Some(until);
            self.lingering.insert((until, share));
        }
    }

    /// A job of a share is dispatched: its vCPUs are in use, and it is expected to use them on.
    pub fn dispatched(&mut self, now: SimTime, share: ShareId, vcpus: u32) {
        self.charge(now, share, vcpus);
        self.vcpus += u64::from(vcpus);
        let row = &mut self.rows[share.index()];
        row.set(now, row.vcpus + u64::from(vcpus));
    }

    /// A job of a share has had a turn: it counts in this instant as if it used its vCPUs until
    /// usage shows it.
    pub fn charge(&mut self, now: SimTime, share: ShareId, vcpus: u32) {
        self.changed = now;
        let row = &mut self.rows[share.index()];
        if row.charged_at != now {
            (row.charged, row.charged_at) = (0, now);
        }
        row.charged += u64::from(vcpus) * self.rules.charge.as_millis();
    }

    /// An attempt of a share has ended, or its instance is gone.
    pub fn stopped(&mut self, now: SimTime, share: ShareId, vcpus: u32) {
        let row = &mut self.rows[share.index()];
        assert!(row.vcpus >= u64::from(vcpus), "{share}: what stops has been dispatched");
        self.vcpus -= u64::from(vcpus);
        self.changed = now;
        row.set(now, row.vcpus - u64::from(vcpus));
    }

    /// How many shares are active.
    pub fn active(&mut self, now: SimTime) -> u32 {
        self.expire(now);
        self.active
    }

    /// vCPUs of dispatched jobs, all shares together.
    #[must_use]
    pub const fn vcpus(&self) -> u64 {
        self.vcpus
    }

    /// Whether a job of a share has had a turn in this instant.
    #[must_use]
    pub fn is_charged(&self, now: SimTime, share: ShareId) -> bool {
        let row = &self.rows[share.index()];
        row.charged > 0 && row.charged_at == now
    }

    /// vCPUs of dispatched jobs of one share.
    #[must_use]
    pub fn vcpus_of(&self, share: ShareId) -> u64 {
        self.rows[share.index()].vcpus
    }

    /// Jobs of one share that have not ended.
    #[must_use]
    pub fn live_jobs(&self, share: ShareId) -> u64 {
        self.rows[share.index()].live_jobs
    }

    /// Whether one of `others` may come to have used less than `share`, which has used least,
    /// though nothing happens but that time passes.
    pub fn may_turn(
        &self,
        now: SimTime,
        share: ShareId,
        others: impl IntoIterator<Item = ShareId>,
    ) -> bool {
        if self.window == SimDuration::ZERO {
            return false;
        }
        // What was charged in this instant counts no more in the next.
        if self.changed == now {
            return true;
        }
        match self.rules.kernel {
            // Beyond the window nothing is left but what is in use, for ever the same.
            UsageKernel::Linear | UsageKernel::Window => now < self.changed + self.window,
            // Two shares approach their ends at the same pace, so they pass one another at most
            // once: if they end in the other order.
            UsageKernel::Exponential => {
                let end = |share: ShareId| {
                    let row = &self.rows[share.index()];
                    row.weight_factor * row.vcpus as f64
                };
                others.into_iter().any(|other| end(other) < end(share))
            }
        }
    }

    /// vCPUs that dispatched jobs may have, of a sum of maxvCpus.
    pub fn usable_vcpus(&mut self, now: SimTime, total_vcpus: u64) -> u64 {
        self.expire(now);
        reservation::usable_vcpus(total_vcpus, self.policy.compute_reservation, self.active)
    }

    /// What a share has used, times its weight factor, in vCPU-ms.
    pub fn weighted_usage(&mut self, now: SimTime, share: ShareId) -> f64 {
        let charge = self.rules.charge.as_millis();
        let row = &mut self.rows[share.index()];
        let charged = if row.charged_at == now { row.charged } else { 0 };
        let used = match &mut row.usage {
            Some(usage) => usage.value(now) + charged as f64,
            None => (row.vcpus * charge) as f64,
        };
        row.weight_factor * used
    }

    /// The turns of a pass in which the shares `waiting` have jobs.
    pub fn turns(&mut self, now: SimTime, waiting: impl IntoIterator<Item = ShareId>) -> Turns {
        Turns::new(waiting.into_iter().map(|share| (share, self.weighted_usage(now, share))))
    }

    /// The name of a share.
    #[must_use]
    pub fn identifier(&self, share: ShareId) -> &ShareIdentifier {
        &self.rows[share.index()].identifier
    }

    /// Shares that have lingered long enough are no longer active.
    fn expire(&mut self, now: SimTime) {
        while let Some((until, share)) = self.lingering.first().copied()
            && until <= now
        {
            self.lingering.pop_first();
            self.rows[share.index()].lingers_until = None;
            self.active -= 1;
        }
    }
}

impl Row {
    const fn is_active(&self) -> bool {
        self.live_jobs > 0 || self.lingers_until.is_some()
    }

    fn set(&mut self, now: SimTime, vcpus: u64) {
        self.vcpus = vcpus;
        if let Some(usage) = &mut self.usage {
            usage.set(now, vcpus);
        }
    }
}

#[cfg(test)]
mod tests;
