//! The catalog of the scenario's region: embedded or from a file, with additions.

use super::super::error::{Complaint, Report};
use super::super::path::Path;
use super::super::raw::{Scenario, model};
use super::super::source::Files;
use crate::ec2::catalog::{Architecture, Catalog, InstanceType, Network, ZoneId};

/// Days before the start of a scenario after which a catalog or a record of prices is old.
pub(super) const OLDEST_DAYS: i64 = 90;

/// The catalog; where it can not be had, the embedded one and a mistake in the report.
pub(super) fn read(raw: &Scenario, files: &Files, report: &mut Report) -> Catalog {
    let root = Path::default().key("catalog");
    let mut catalog = base(raw, files, &root, report);
    if let Some(version) = &raw.catalog.version
        && version != catalog.date()
    {
        let text = format!("the catalog is of {}, not of {version}", catalog.date());
        report.warn(&root.key("version"), &text);
    }
    warn_of_age(&catalog, raw, &root, report);
    catalog = in_region(catalog, raw, report);
    for (index, addition) in raw.catalog.instance_types.iter().enumerate() {
        let path = root.key("instanceTypes").index(index);
        if let Some(instance_type) = added(addition, &catalog, &path, report) {
            catalog.add(instance_type);
        }
    }
    catalog
}

/// Prices and pools change: a table much older than what is simulated is worth a word.
fn warn_of_age(catalog: &Catalog, raw: &Scenario, root: &Path, report: &mut Report) {
    let Ok(date) = catalog.date().parse::<jiff::civil::Date>() else { return };
    let Ok(midnight) = date.at(0, 0, 0, 0).in_tz("UTC") else { return };
    let days = raw.start.0.duration_since(midnight.timestamp()).as_hours() / 24;
    if days > OLDEST_DAYS {
        let text = format!(
            "the catalog is of {date}, {days} days before the start; `batchcast catalog import` \
             makes one of today's prices"
        );
        report.warn(&root.key("file"), &text);
    }
}

fn base(raw: &Scenario, files: &Files, root: &Path, report: &mut Report) -> Catalog {
    let Some(file) = &raw.catalog.file else { return Catalog::embedded() };
    let read = files
        .text(file)
        .and_then(|text| Catalog::from_csv(&text, file).map_err(|error| Complaint::of(&error)));
    report.ok(&root.key("file"), read).unwrap_or_else(Catalog::embedded)
}

/// Prices are of one region; another one takes them only when the scenario says so.
fn in_region(catalog: Catalog, raw: &Scenario, report: &mut Report) -> Catalog {
    if raw.region == catalog.region() {
        return catalog;
    }
    let path = Path::default().key("region");
    match raw.price_from.as_deref() {
        Some(from) if from == catalog.price_from() => {
            report.warn(&path, &format!("{} is priced and offered as {from}", raw.region));
        }
        Some(from) => {
            let complaint = Complaint::new(format!("prices of {from} are not known"));
            let path = Path::default().key("priceFrom");
            report.error(&path, complaint.accepted(catalog.price_from().to_owned()));
        }
        None => {
            let complaint = Complaint::new(format!("prices of {} are not known", raw.region));
            report.error(
                &path,
                complaint.accepted(catalog.region().to_owned()).hint(format!(
                    "name a table of its prices in catalog.file, or write priceFrom: {}",
                    catalog.region()
                )),
            );
        }
    }
    catalog.for_region(&raw.region)
}

/// An addition, from scratch or on top of the type of that name.
fn added(
    raw: &model::InstanceType,
    catalog: &Catalog,
    path: &Path,
    report: &mut Report,
) -> Option<InstanceType> {
    let name = &raw.instance_type;
    let mut instance_type = match catalog.find(name) {
        Some(id) => catalog.get(id).clone(),
        None => blank(raw, catalog, path, report)?,
    };
    let zones: Vec<ZoneId> = raw
        .zones
        .iter()
        .enumerate()
        .filter_map(|(index, zone)| {
            let found = catalog.find_zone(zone).ok_or_else(|| unknown_zone(zone, catalog));
            report.ok(&path.key("zones").index(index), found)
        })
        .collect();
    if !raw.zones.is_empty() {
        instance_type.zones = zones;
        instance_type.zones.sort_unstable();
        instance_type.zones.dedup();
    }
    instance_type.vcpus = raw.vcpus.unwrap_or(instance_type.vcpus);
    instance_type.memory_mib = raw.memory_mib.unwrap_or(instance_type.memory_mib);
    instance_type.gpus = raw.gpus.unwrap_or(instance_type.gpus);
    match raw.architecture.as_deref() {
        Some("arm64") => instance_type.architecture = Architecture::Arm64,
        Some(_) => instance_type.architecture = Architecture::X86_64,
        None => {}
    }
    instance_type.on_demand =
        raw.on_demand_usd_per_hour.map(|usd| usd.0).or(instance_type.on_demand);
    instance_type.interruption_band = raw.interruption_band.or(instance_type.interruption_band);
    let ratio = raw.spot_ratio.map(|ratio| (ratio * 1e6).round_ties_even() as u32);
    instance_type.spot_ratio_ppm = ratio.or(instance_type.spot_ratio_ppm);
    let network = raw.network_gbps.map(|gbps| {
        let mbps = (gbps * 1e3).round_ties_even().max(1.0) as u32;
        Network { baseline_mbps: mbps, burst_mbps: mbps }
    });
    instance_type.network = network.or(instance_type.network);
    Some(instance_type)
}

/// A new type, which must say what no catalog says for it.
fn blank(
    raw: &model::InstanceType,
    catalog: &Catalog,
    path: &Path,
    report: &mut Report,
) -> Option<InstanceType> {
    let name = &raw.instance_type;
    let Some((family, size)) = InstanceType::split_name(name) else {
        let complaint = Complaint::new(format!("{name:?} is no instance type's name"));
        report.error(&path.key("instanceType"), complaint.accepted("family.size, as cluster.100"));
        return None;
    };
    let missing: Vec<_> = [
        ("vcpus", raw.vcpus.is_none()),
        ("memoryMib", raw.memory_mib.is_none()),
        ("onDemandUsdPerHour", raw.on_demand_usd_per_hour.is_none()),
    ]
    .into_iter()
    .filter_map(|(key, missing)| missing.then_some(key))
    .collect();
    if !missing.is_empty() {
        let complaint = Complaint::new(format!(
            "{name} is not in the catalog, so {} must be said",
            missing.join(" and ")
        ));
        report.error(&path.key("instanceType"), complaint);
        return None;
    }
    Some(InstanceType {
        name: name.clone(),
        family: family.to_owned(),
        size: size.to_owned(),
        vcpus: 0,
        memory_mib: 0,
        gpus: 0,
        gpu_model: String::new(),
        architecture: Architecture::X86_64,
        bare_metal: false,
        current_generation: true,
        zones: catalog.zone_ids().collect(),
        on_demand: None,
        interruption_band: None,
        spot_ratio_ppm: None,
        network: None,
    })
}

/// The complaint about a zone that the region does not have.
pub(super) fn unknown_zone(zone: &str, catalog: &Catalog) -> Complaint {
    Complaint::new(format!("there is no zone {zone} in {}", catalog.region()))
        .accepted(catalog.zones().join(", "))
        .did_you_mean(zone, catalog.zones().iter().map(String::as_str))
}
