//! Counters of one group of jobs or instances: what a recorder adds to at every record.
//!
//! Dense and flat, one per id; a record costs a few additions and no lookup by name.

use super::summary::Values;
use crate::ec2::money::NanoUsd;
use crate::sim::statistics::Histogram;
use crate::world::record::{InstanceRecord, JobRecord, JobStatus};

/// Jobs of one queue, one definition or one compute environment.
#[derive(Clone, Debug, Default)]
pub(super) struct JobTally {
    pub(super) succeeded: u64,
    pub(super) failed: u64,
    pub(super) unfinished: u64,
    pub(super) latency: Histogram,
    /// From submission to the end of the last attempt, of jobs that succeeded: a job that gives up
    /// early has not been quick.
    completion: Histogram,
}

impl JobTally {
    pub(super) fn add(&mut self, record: &JobRecord) {
        match record.status {
            JobStatus::Succeeded => {
                self.succeeded += 1;
                if let Some(stopped) = record.stopped {
                    self.completion.record(stopped.since(record.submitted).as_millis());
                }
            }
            JobStatus::Failed => self.failed += 1,
            _ => self.unfinished += 1,
        }
        if let Some(latency) = record.queue_latency {
            self.latency.record(latency.as_millis());
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.succeeded += other.succeeded;
        self.failed += other.failed;
        self.unfinished += other.unfinished;
        self.latency.merge(&other.latency);
        self.completion.merge(&other.completion);
    }

    pub(super) fn submitted(&self) -> u64 {
        self.succeeded + self.failed + self.unfinished
    }

    pub(super) fn report(&self, values: &mut Values) {
        values.set("jobs.submitted", self.submitted() as f64);
        values.set("jobs.succeeded", self.succeeded as f64);
        values.set("jobs.failed", self.failed as f64);
        values.set("jobs.unfinished", self.unfinished as f64);
        let latency = &self.latency;
        let seconds = |millis: Option<u64>| millis.map(|millis| millis as f64 / 1_000.0);
        values.set_some("queueLatency.mean", latency.mean().map(|millis| millis / 1_000.0));
        values.set_some("queueLatency.p50", seconds(latency.quantile(0.50)));
        values.set_some("queueLatency.p90", seconds(latency.quantile(0.90)));
        values.set_some("queueLatency.p95", seconds(latency.quantile(0.95)));
        values.set_some("queueLatency.p99", seconds(latency.quantile(0.99)));
        values.set_some("queueLatency.max", seconds(latency.max()));
        let completion = &self.completion;
        values.set_some("completion.mean", completion.mean().map(|millis| millis / 1_000.0));
        values.set_some("completion.p50", seconds(completion.quantile(0.50)));
        values.set_some("completion.p95", seconds(completion.quantile(0.95)));
    }
}

/// Instances of one compute environment or one type.
#[derive(Clone, Debug, Default)]
pub(super) struct InstanceTally {
    pub(super) launched: u64,
    pub(super) reclaimed: u64,
    pub(super) attempts: u64,
    pub(super) attempts_lost: u64,
    pub(super) provisioned_quarter_vcpu_ms: u128,
    pub(super) allocated_quarter_vcpu_ms: u128,
    pub(super) provisioned_mib_ms: u128,
    pub(super) allocated_mib_ms: u128,
    pub(super) cost: NanoUsd,
}

impl InstanceTally {
    /// What `amount` of an instance, of quarters of a vCPU or of MiB, makes in ms from `running` to
    /// its end.
    pub(super) fn provisioned(record: &InstanceRecord, amount: u32) -> u128 {
        let alive =
            record.running.map_or(0, |running| record.terminated.since(running).as_millis());
        u128::from(alive) * u128::from(amount)
    }

    pub(super) fn add(&mut self, record: &InstanceRecord) {
        self.launched += 1;
        self.reclaimed += u64::from(record.termination.is_by_ec2());
        self.provisioned_quarter_vcpu_ms += Self::provisioned(record, record.quarter_vcpus);
        self.allocated_quarter_vcpu_ms += record.allocated_quarter_vcpu_ms;
        self.provisioned_mib_ms += Self::provisioned(record, record.memory_mib);
        self.allocated_mib_ms += record.allocated_mib_ms;
        self.attempts += record.attempts;
        self.attempts_lost += record.attempts_lost;
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.launched += other.launched;
        self.reclaimed += other.reclaimed;
        self.attempts += other.attempts;
        self.attempts_lost += other.attempts_lost;
        self.provisioned_quarter_vcpu_ms += other.provisioned_quarter_vcpu_ms;
        self.allocated_quarter_vcpu_ms += other.allocated_quarter_vcpu_ms;
        self.provisioned_mib_ms += other.provisioned_mib_ms;
        self.allocated_mib_ms += other.allocated_mib_ms;
        self.cost += other.cost;
    }

    pub(super) fn is_empty(&self) -> bool {
        self.launched == 0 && self.attempts == 0 && self.cost == NanoUsd::ZERO
    }

    pub(super) fn report(&self, values: &mut Values) {
        values.set("cost.total", self.cost.as_usd());
        values.set("attempts.total", self.attempts as f64);
        values.set("attempts.lost", self.attempts_lost as f64);
        values.set("interruptions", self.reclaimed as f64);
        values.set("instances.launched", self.launched as f64);
        let ratio = |part: u128, whole: u128| (whole > 0).then(|| part as f64 / whole as f64);
        values.set_some(
            "utilisation.vcpu",
            ratio(self.allocated_quarter_vcpu_ms, self.provisioned_quarter_vcpu_ms),
        );
        values
            .set_some("utilisation.memory", ratio(self.allocated_mib_ms, self.provisioned_mib_ms));
    }
}
