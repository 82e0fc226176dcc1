//! The limits of On-Demand capacity.

use super::super::error::{Complaint, Report};
use super::super::path::Path;
use super::super::raw::Scenario;
use super::super::raw::market::ClosedInterval as RawInterval;
use super::catalog::unknown_zone;
use super::moment::instant;
use crate::ec2::catalog::Catalog;
use crate::ec2::on_demand::{ClosedInterval, OnDemandConfig};

/// The limits; mistakes go to the report.
pub(super) fn read(raw: &Scenario, catalog: &Catalog, report: &mut Report) -> OnDemandConfig {
    let capacity = &raw.on_demand_capacity;
    let list = Path::default().key("onDemandCapacity").key("closed");
    let closed = capacity.closed.iter().enumerate();
    OnDemandConfig {
        pool_vcpus: capacity.pool_vcpus,
        refusal_probability: capacity.refusal_probability.unwrap_or_default(),
        closed: closed
            .filter_map(|(index, one)| interval(one, raw, catalog, &list.index(index), report))
            .collect(),
    }
}

fn interval(
    closed: &RawInterval,
    raw: &Scenario,
    catalog: &Catalog,
    path: &Path,
    report: &mut Report,
) -> Option<ClosedInterval> {
    let from = instant(raw.start, closed.from, &path.key("from"), report)?;
    let until = instant(raw.start, closed.until, &path.key("until"), report)?;
    if until <= from {
        let complaint = Complaint::new("the interval ends before it begins");
        report.error(&path.key("until"), complaint.accepted("an instant after from"));
    }
    let of_type = closed.instance_type.as_ref().map(|name| {
        let found = catalog.find(name).ok_or_else(|| Complaint::of(&catalog.unknown(name)));
        report.ok(&path.key("instanceType"), found)
    });
    let of_zone = closed.availability_zone.as_ref().map(|zone| {
        let found = catalog.find_zone(zone).ok_or_else(|| unknown_zone(zone, catalog));
        report.ok(&path.key("availabilityZone"), found)
    });
    Some(ClosedInterval { instance_type: of_type.flatten(), zone: of_zone.flatten(), from, until })
}
