//! The catalog as plain text: a table of types, and one type in full.
//!
//! Pure: a catalog in, text out. No line of the table is wider than 100 columns.

mod lookup;

pub use lookup::LookupError;

use super::output_file::OutputKind;
use crate::ec2::catalog::{Catalog, InstanceType, Network, TypeId};

/// A table as a file of its own.
pub static TABLE: OutputKind = OutputKind {
    name: "table of instance types",
    option: "--out",
    is_earlier: |path| {
        let bytes = std::fs::read(path)?;
        let text = std::str::from_utf8(&bytes);
        Ok(text.is_ok_and(|text| Catalog::from_csv(text, "").is_ok()))
    },
};

const COLUMNS: [&str; 9] =
    ["TYPE", "VCPUS", "GIB", "GPUS", "ARCH", "ZONES", "USD/HOUR", "SPOT", "BAND"];
/// Numbers are right-aligned.
const RIGHT: [bool; 9] = [false, true, true, false, false, false, true, true, true];
/// Spot Advisor bands: interruptions a month.
const BANDS: [&str; 5] = ["<5%", "5-10%", "10-15%", "15-20%", ">20%"];
const UNKNOWN: &str = "-";

/// A table of the types of `family`, or of all, by family and ascending vCPUs.
///
/// # Errors
/// [`LookupError`] when there is no such family, with what was probably meant.
pub fn list(catalog: &Catalog, family: Option<&str>) -> Result<String, LookupError> {
    if let Some(family) = family {
        lookup::family(catalog, family)?;
    }
    let wanted = |t: &InstanceType| family.is_none_or(|family| t.family == family);
    let mut types: Vec<_> =
        catalog.iter().filter(|(_, t)| wanted(t)).map(|(id, t)| (&t.family, t.vcpus, id)).collect();
    types.sort_unstable();
    let rows: Vec<_> = types.iter().map(|(.., id)| row(catalog.get(*id))).collect();
    let mut widths = COLUMNS.map(str::len);
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.len());
        }
    }
    let mut text = format!("{}\n\n{}", heading(catalog), line(&COLUMNS.map(str::to_owned), widths));
    for row in &rows {
        text += &line(row, widths);
    }
    text += "\nZONES: the digits of the zone ids; none: not offered in this region\n\
             SPOT: price in percent of On-Demand; BAND: Spot interruptions a month; -: not known\n";
    if let Some(price) = types.iter().find_map(|(.., id)| unknown_price(catalog, *id)) {
        text += &format!("\n{price}\n");
    }
    Ok(text)
}

/// Everything that the catalog knows about a type.
///
/// # Errors
/// [`LookupError`] when there is no such type, with what was probably meant.
pub fn show(catalog: &Catalog, name: &str) -> Result<String, LookupError> {
    let id = lookup::instance_type(catalog, name)?;
    let t = catalog.get(id);
    let zones: Vec<&str> = t.zones.iter().map(|z| catalog.zones()[z.index()].as_str()).collect();
    let price = t.on_demand.map(|price| {
        let per_vcpu = price.nano_usd_per_hour() as f64 / 1e9 / f64::from(t.vcpus);
        format!("{price} USD an hour, {per_vcpu:.4} per vCPU")
    });
    let spot = t.spot_ratio_ppm.zip(t.on_demand).map(|(ratio, on_demand)| {
        format!(
            "about {} USD an hour, {} of On-Demand",
            on_demand.scaled_ppm(ratio),
            percent(ratio)
        )
    });
    let or_unknown = |text: Option<String>| text.unwrap_or_else(|| UNKNOWN.to_owned());
    let facts = [
        ("family, size", format!("{}, {}", t.family, t.size)),
        ("vCPUs", t.vcpus.to_string()),
        ("memory", format!("{} MiB advertised; an instance registers less", t.memory_mib)),
        ("GPUs", gpus(t)),
        ("architecture", t.architecture.as_str().to_owned()),
        ("generation", if t.current_generation { "current" } else { "previous" }.to_owned()),
        ("zones", if zones.is_empty() { "not offered".to_owned() } else { zones.join(" ") }),
        ("On-Demand", or_unknown(price)),
        ("Spot", or_unknown(spot)),
        ("network", or_unknown(t.network.map(network))),
        ("interruptions", or_unknown(band(t).map(|band| format!("{band} a month")))),
    ];
    let mut text = format!("{name}\n{}\n\n", heading(catalog));
    for (fact, value) in facts {
        text += &format!("  {fact:<15}{value}\n");
    }
    if let Some(price) = unknown_price(catalog, id) {
        text += &format!("\n{price}\n");
    }
    Ok(text)
}

/// Where the facts come from; the hash identifies the table.
fn heading(catalog: &Catalog) -> String {
    let (region, from) = (catalog.region(), catalog.price_from());
    let prices = if region == from { String::new() } else { format!(" of {from}") };
    let (date, hash) = (catalog.date(), catalog.hash());
    format!("EC2 catalog {hash} of {region}, prices{prices} as of {date}")
}

fn row(t: &InstanceType) -> [String; COLUMNS.len()] {
    let or_unknown = |text: Option<String>| text.unwrap_or_else(|| UNKNOWN.to_owned());
    let gib = format!("{:.1}", f64::from(t.memory_mib) / 1_024.0);
    [
        t.name.clone(),
        t.vcpus.to_string(),
        gib.trim_end_matches(".0").to_owned(),
        if t.gpus > 0 { gpus(t) } else { String::new() },
        t.architecture.as_str().to_owned(),
        t.zones.iter().map(|zone| (zone.raw() + 1).to_string()).collect(),
        or_unknown(t.on_demand.map(|price| price.to_string())),
        or_unknown(t.spot_ratio_ppm.map(percent)),
        or_unknown(band(t).map(str::to_owned)),
    ]
}

fn line(cells: &[String; COLUMNS.len()], widths: [usize; COLUMNS.len()]) -> String {
    let mut text = String::new();
    for ((cell, width), right) in cells.iter().zip(widths).zip(RIGHT) {
        text += &if right { format!("{cell:>width$}  ") } else { format!("{cell:<width$}  ") };
    }
    format!("{}\n", text.trim_end())
}

fn network(network: Network) -> String {
    let Network { baseline_mbps, burst_mbps } = network;
    let gbps = |mbps: u32| f64::from(mbps) / 1e3;
    match burst_mbps == baseline_mbps {
        true => format!("{} Gbit/s", gbps(baseline_mbps)),
        false => format!("{} Gbit/s, bursts to {}", gbps(baseline_mbps), gbps(burst_mbps)),
    }
}

fn gpus(t: &InstanceType) -> String {
    format!("{} {}", t.gpus, t.gpu_model).trim_end().to_owned()
}

fn band(t: &InstanceType) -> Option<&'static str> {
    BANDS.get(usize::from(t.interruption_band?)).copied()
}

fn percent(ppm: u32) -> String {
    format!("{:.0}%", f64::from(ppm) / 10_000.0)
}

fn unknown_price(catalog: &Catalog, id: TypeId) -> Option<String> {
    catalog.price(id).err().map(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_family_is_listed_by_ascending_vcpus_under_the_date_and_the_hash() {
        let catalog = Catalog::embedded();
        let text = list(&catalog, Some("c6i")).unwrap();
        let mut lines = text.lines();
        let heading = lines.next().unwrap();
        assert!(heading.contains(catalog.hash()) && heading.contains("us-east-1"), "{heading}");
        assert!(heading.contains(catalog.date()), "{heading}");
        assert!(lines.nth(2).unwrap().starts_with("c6i.large"), "{text}");
        assert!(!text.contains("c6id") && text.contains("c6i.metal"), "{text}");
    }

    #[test]
    fn the_whole_table_keeps_to_100_columns() {
        let text = list(&Catalog::embedded(), None).unwrap();
        assert!(text.lines().count() > 1_400);
        let wide: Vec<_> = text.lines().filter(|l| l.len() > 100 && !l.contains("hint:")).collect();
        assert!(wide.is_empty(), "{wide:#?}");
    }

    #[test]
    fn an_unknown_price_is_a_dash_and_a_hint() {
        let catalog = Catalog::embedded();
        let texts = [list(&catalog, Some("r9g")), show(&catalog, "r9g.large")];
        for text in texts.map(Result::unwrap) {
            assert!(text.contains(" -"), "{text}");
            assert!(text.contains("instanceType: r9g."), "{text}");
        }
    }

    #[test]
    fn a_type_is_shown_with_its_zones_and_prices() {
        let text = show(&Catalog::embedded().for_region("eu-west-1"), "c6i.4xlarge").unwrap();
        assert!(text.contains("0.68 USD an hour, 0.0425 per vCPU"), "{text}");
        assert!(text.contains("eu-west-1-az1") && text.contains("prices of us-east-1"), "{text}");
    }

    #[test]
    fn what_is_not_in_the_catalog_is_answered_with_the_nearest_names() {
        let catalog = Catalog::embedded();
        let error = list(&catalog, Some("c6ii")).unwrap_err().to_string();
        assert!(error.contains("nearest are c6i,"), "{error}");
        let error = show(&catalog, "c6i.4xlrge").unwrap_err().to_string();
        assert!(error.contains("nearest are c6i.4xlarge"), "{error}");
    }

    #[test]
    fn what_is_something_else_is_answered_with_what_it_is() {
        let catalog = Catalog::embedded();
        for (result, words) in [
            (show(&catalog, "c6i"), "it is a family; `batchcast catalog list --family c6i`"),
            (show(&catalog, "optimal"), "it is a set of the families m6i, c6i, r6i, c7i;"),
            (list(&catalog, Some("optimal")), "`batchcast catalog list --family m6i`"),
            (list(&catalog, Some("c6i.large")), "it is a type; `batchcast catalog show c6i.large`"),
        ] {
            let error = result.unwrap_err().to_string();
            assert!(error.contains(words) && !error.contains("nearest"), "{error}");
        }
    }
}
