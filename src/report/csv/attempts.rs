//! `attempts.csv`: one row per placed attempt, when it ended or the run did.

use super::{QuotedNames, field};
use crate::world::record::AttemptRecord;

pub(super) fn header() -> String {
    let columns = format!(
        "replication,job_id,array_index,attempt,job_queue,status,status_reason,exit_code,\
         runnable_ms,placed_ms,started_ms,stopped_ms,{}compute_environment,instance_id,\
         instance_type,availability_zone,purchase_option,node_index,\
         checkpoint_ms,staging_ms",
        field::wait_columns()
    );
    columns + "\n"
}

/// Everything behind `replication`, line end included.
pub(super) fn write(row: &mut Vec<u8>, record: &AttemptRecord, names: &QuotedNames) {
    field::job_id(row, record.job_id, record.array_index);
    match record.array_index {
        Some(index) => field::number(row, index),
        None => field::empty(row),
    }
    field::number(row, record.attempt);
    names.job_queues[record.queue.index()].write(row);
    field::status(row, record.status);
    names.status_reason(row, record.reason);
    match record.exit_code {
        Some(code) => field::integer(row, code),
        None => field::empty(row),
    }
    field::number(row, record.runnable.as_millis());
    field::number(row, record.placed.as_millis());
    field::time(row, record.started);
    field::time(row, record.stopped);
    field::waits(row, &record.waits);
    names.place(row, &record.place);
    match record.node {
        Some(node) => field::number(row, node),
        None => field::empty(row),
    }
    field::number(row, record.checkpoint.as_millis());
    field::number(row, (record.stage_in + record.stage_out).as_millis());
    field::end_row(row);
}
