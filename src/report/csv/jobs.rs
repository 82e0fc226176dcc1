//! `jobs.csv`: one row per job or array child, never the array's parent.

use super::{QuotedNames, field};
use crate::world::record::{JobRecord, StatusReason};

pub(super) fn header() -> String {
    format!(
        "replication,job_id,job_name,array_parent,array_index,job_queue,job_definition,\
         share_identifier,status,status_reason,vcpus,memory_mib,gpus,arrived_ms,submitted_ms,\
         runnable_ms,started_ms,stopped_ms,attempts,run_ms,queue_latency_ms,{}behind_ms,\
         retry_wait_ms,lost_ms,compute_environment,instance_id,instance_type,availability_zone,\
         purchase_option,cost_usd,nodes,checkpoint_ms,staging_ms\n",
        field::wait_columns()
    )
}

impl QuotedNames {
    /// Why a job or an attempt ended: AWS's text, or what a call gave as its reason.
    pub(super) fn status_reason(&self, row: &mut Vec<u8>, reason: StatusReason) {
        match reason {
            StatusReason::Requested(id) => self.reasons[id.index()].write(row),
            reason => field::status_reason(row, reason),
        }
    }
}

/// Everything behind `replication`, line end included.
pub(super) fn write(row: &mut Vec<u8>, record: &JobRecord, names: &QuotedNames) {
    field::job_id(row, record.job_id, record.array_index);
    field::job_name(row, &record.name);
    match record.array_index {
        Some(index) => {
            field::job_id(row, record.job_id, None);
            field::number(row, index);
        }
        None => row.extend_from_slice(b",,"),
    }
    names.job_queues[record.queue.index()].write(row);
    names.job_definitions[record.definition.index()].write(row);
    match &record.share {
        Some(share) => field::word(row, share.as_str()),
        None => field::empty(row),
    }
    field::status(row, record.status);
    names.status_reason(row, record.status_reason);
    match record.quarter_vcpus % 4 {
        0 => field::number(row, record.requirements.vcpus),
        _ => field::quarters(row, record.quarter_vcpus.into()),
    }
    field::number(row, record.requirements.memory_mib);
    field::number(row, record.requirements.gpus);
    field::number(row, record.arrived.as_millis());
    field::number(row, record.submitted.as_millis());
    field::time(row, record.runnable);
    field::time(row, record.started);
    field::time(row, record.stopped);
    field::number(row, record.attempts);
    field::number(row, record.run.as_millis());
    match record.queue_latency {
        Some(latency) => field::number(row, latency.as_millis()),
        None => field::empty(row),
    }
    field::waits(row, &record.waits);
    field::number(row, record.behind.as_millis());
    field::number(row, record.retry_wait.as_millis());
    field::number(row, record.lost.as_millis());
    match &record.place {
        Some(place) => names.place(row, place),
        None => row.extend_from_slice(b",,,,,"),
    }
    field::usd(row, record.cost);
    field::number(row, record.nodes);
    field::number(row, record.checkpoint.as_millis());
    field::number(row, record.staging.as_millis());
    field::end_row(row);
}
