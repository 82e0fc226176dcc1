//! What must add up in every run (design section 4). A broken identity is a programmer's error.
//!
//! Plain arguments, no state: each function states one identity and stops the run with it.

use crate::ec2::money::NanoUsd;
use crate::world::record::{InstanceRecord, JobRecord, JobStatus, Sample};

/// The causes of a job's wait sum to its queue latency, which is first RUNNING - submitted.
pub(super) fn waits_sum_to_latency(record: &JobRecord) {
    let latency = record.started.map(|started| started.since(record.submitted));
    assert_eq!(
        record.queue_latency, latency,
        "queue latency is first RUNNING - submitted: {} {:?}",
        record.job_id, record.array_index
    );
    if let Some(latency) = latency {
        assert_eq!(
            record.waits.total(),
            latency,
            "the causes of a wait sum to the queue latency: {} {:?}: {:?}",
            record.job_id,
            record.array_index,
            record.waits
        );
    }
}

/// A job that ended knows when; one that did not has no end.
pub(super) fn an_ended_job_has_an_end(record: &JobRecord) {
    let ended = matches!(record.status, JobStatus::Succeeded | JobStatus::Failed);
    assert_eq!(
        ended,
        record.stopped.is_some(),
        "exactly the jobs that ended have an end: {} {:?} is {:?}",
        record.job_id,
        record.array_index,
        record.status
    );
}

/// No instance holds more than it has, nor longer than it lives.
pub(super) fn allocated_within_provisioned(record: &InstanceRecord, provisioned: u128) {
    assert!(
        record.allocated_quarter_vcpu_ms <= provisioned,
        "allocated <= provisioned: {} holds {} quarters of a vCPU, times ms, of {provisioned}",
        record.instance_id,
        record.allocated_quarter_vcpu_ms
    );
}

/// What jobs hold at an instant has registered.
pub(super) fn allocated_within_registered(sample: &Sample) {
    assert!(
        sample.allocated_vcpus <= sample.registered_vcpus,
        "allocated <= registered: {} holds {} of {} vCPUs at {}",
        sample.compute_environment,
        sample.allocated_vcpus,
        sample.registered_vcpus,
        sample.time
    );
}

/// Every submitted job is in exactly one state at the end.
pub(super) fn jobs_are_conserved(submitted: u64, succeeded: u64, failed: u64, unfinished: u64) {
    assert_eq!(
        submitted,
        succeeded + failed + unfinished,
        "submitted = succeeded + failed + unfinished ({succeeded} + {failed} + {unfinished})"
    );
}

/// The ledger's lines of one purchase option are the bills of its instances, credits included.
pub(super) fn ledger_is_the_bills(option: &str, ledger: NanoUsd, bills: NanoUsd) {
    assert_eq!(ledger, bills, "the ledger's {option} lines sum to the {option} instances' bills");
}

/// Jobs pay the lines of their attempts, less at most all credits.
pub(super) fn jobs_pay_for_their_attempts(jobs: NanoUsd, attempts: NanoUsd, credits: NanoUsd) {
    assert!(
        jobs <= attempts && jobs >= attempts + credits,
        "job costs are the work, starting, lost, checkpoint and in_flight lines less a share of \
         the credits: jobs {jobs}, lines {attempts}, credits {credits}"
    );
}
