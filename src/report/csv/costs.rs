//! `costs.csv`: the ledger, one row per line, source, compute environment and type; never zero.

use super::{QuotedNames, field};
use crate::world::record::CostRecord;

pub(super) fn header() -> String {
    "replication,line,source,compute_environment,instance_type,cost_usd\n".to_owned()
}

/// Everything behind `replication`, line end included.
pub(super) fn write(row: &mut Vec<u8>, record: &CostRecord, names: &QuotedNames) {
    field::word(row, record.line.as_str());
    field::word(row, record.source.as_str());
    names.compute_environments[record.compute_environment.index()].write(row);
    names.instance_types[record.instance_type.index()].write(row);
    field::usd(row, record.cost);
    field::end_row(row);
}
