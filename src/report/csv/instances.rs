//! `instances.csv`: one row per instance or Fargate task, when it terminated or the run ended.

use super::{QuotedNames, field};
use crate::world::record::{InstanceRecord, Place, Termination};

pub(super) fn header() -> String {
    "replication,instance_id,compute_environment,instance_type,availability_zone,purchase_option,\
     requested_ms,running_ms,registered_ms,terminated_ms,termination,billed_ms,cost_usd,\
     allocated_vcpu_ms,vcpus\n"
        .to_owned()
}

/// Everything behind `replication`, line end included.
pub(super) fn write(row: &mut Vec<u8>, record: &InstanceRecord, names: &QuotedNames) {
    field::instance(row, record.instance_id);
    names.compute_environments[record.compute_environment.index()].write(row);
    names.instance_types[record.instance_type.index()].write(row);
    names.zones[record.zone.index()].write(row);
    field::word(row, record.purchase.as_str());
    field::number(row, record.requested.as_millis());
    field::time(row, record.running);
    field::time(row, record.registered);
    field::number(row, record.terminated.as_millis());
    field::word(row, termination(record.termination));
    field::number(row, record.billed.as_millis());
    field::usd(row, record.cost);
    field::quarters(row, record.allocated_quarter_vcpu_ms);
    field::quarters(row, record.quarter_vcpus.into());
    field::end_row(row);
}

const fn termination(termination: Termination) -> &'static str {
    match termination {
        Termination::ScaleIn => "scale_in",
        Termination::TaskStopped => "task_stopped",
        Termination::Reclaimed => "reclaimed",
        Termination::ReclaimedByPrice => "reclaimed_by_price",
        Termination::Replaced => "replaced",
        Termination::Deregistered => "deregistered",
        Termination::RunEnded => "run_ended",
    }
}

impl QuotedNames {
    /// The five columns of a place: environment, instance, type, zone, purchase option.
    pub(super) fn place(&self, row: &mut Vec<u8>, place: &Place) {
        self.compute_environments[place.compute_environment.index()].write(row);
        field::instance(row, place.instance);
        self.instance_types[place.instance_type.index()].write(row);
        self.zones[place.zone.index()].write(row);
        field::word(row, place.purchase.as_str());
    }
}
