//! `timeseries.csv`: one row per change of a compute environment's state.

use super::{QuotedNames, field};
use crate::world::record::Sample;

pub(super) fn header() -> String {
    "replication,time_ms,compute_environment,desired_vcpus,provisioned_vcpus,registered_vcpus,\
     allocated_vcpus,runnable_jobs,starting_jobs,running_jobs,head_cause\n"
        .to_owned()
}

/// Everything behind `replication`, line end included.
pub(super) fn write(row: &mut Vec<u8>, sample: &Sample, names: &QuotedNames) {
    field::number(row, sample.time.as_millis());
    names.compute_environments[sample.compute_environment.index()].write(row);
    field::number(row, sample.desired_vcpus);
    field::number(row, sample.provisioned_vcpus);
    field::number(row, sample.registered_vcpus);
    field::number(row, sample.allocated_vcpus);
    field::number(row, sample.runnable_jobs);
    field::number(row, sample.starting_jobs);
    field::number(row, sample.running_jobs);
    match sample.head_cause {
        Some(cause) => field::word(row, cause.as_str()),
        None => field::empty(row),
    }
    field::end_row(row);
}
