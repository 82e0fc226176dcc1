//! The step that makes the embedded catalog from the public data, and the proof that it was run.
//!
//! `BATCHCAST_DATA` names the folder with `catalog/ec2-us-east-1.csv` and
//! `catalog/spot-advisor-us-east-1.csv`; with `BATCHCAST_UPDATE_CATALOG=1` the embedded table is
//! rewritten, otherwise it must be what is derived here, byte for byte.

#![allow(clippy::unwrap_used, reason = "a source that can not be read fails the test")]

use std::collections::BTreeMap;
use std::path::Path;

type Row = BTreeMap<String, String>;

const HEAD: &str = "\
# EC2 instance types of us-east-1: sizes, zones, prices. Made by tests/catalog_table.rs.
# Attributes and zones: DescribeInstanceTypes as bundled with moto 5.2.5 of 2026 (Apache-2.0);
#   26 retired types from moto 5.0.18 of 2024-10 and 4.2.0 of 2023-08.
# Linux On-Demand prices: pricing table of karpenter-provider-aws of 2026-07-20 (Apache-2.0).
# Interruption bands and Spot ratios: AWS Spot Advisor as bundled with spotinfo, 2025-06-28
#   (Apache-2.0). Ratio = 1 - savings; nothing where no savings are published. The levels of old
#   Spot prices are not used.
# Networks: baseline and peak bandwidth of all cards, of the same DescribeInstanceTypes.
# GPUs are whole NVIDIA GPUs, the only ones a job can ask for. Zones are digits: 1 is use1-az1.
# region: us-east-1
# date: 2026-07-20
# zones: use1-az1 use1-az2 use1-az3 use1-az4 use1-az5 use1-az6
instance_type,vcpus,memory_mib,gpus,gpu_model,architecture,current,zones,\
on_demand_usd_per_hour,interruption_band,spot_ratio_ppm,network_baseline_mbps,network_burst_mbps
";

fn rows(path: &Path) -> Vec<Row> {
    let mut reader = csv::Reader::from_path(path).unwrap();
    reader.deserialize().map(|row| row.unwrap()).collect()
}

/// A line of our table from a row of each source.
fn line(row: &Row, advice: Option<&Row>) -> String {
    let whole_nvidia = row["gpu_manufacturer"].eq_ignore_ascii_case("nvidia");
    let gpus: u32 = row["gpu_count"].parse().ok().filter(|_| whole_nvidia).unwrap_or(0);
    let gpu_model = if gpus > 0 { row["gpu_model"].as_str() } else { "" };
    let zones = row["az_ids_us_east_1"].replace("use1-az", "").replace('|', "");
    let price = match row["ondemand_linux_usd_hour"].as_str() {
        "" => String::new(),
        price => batchcast::ec2::money::Price::parse(price).unwrap().to_string(),
    };
    let savings: u32 =
        advice.map_or(0, |advice| advice["savings_pct_vs_ondemand"].parse().unwrap());
    let ratio = if savings > 0 { ((100 - savings) * 10_000).to_string() } else { String::new() };
    [
        row["instance_type"].as_str(),
        &row["vcpus"],
        &row["memory_mib"],
        &gpus.to_string(),
        gpu_model,
        row["arch"].trim_end_matches("_mac"),
        &row["current_generation"],
        &zones,
        &price,
        advice.map_or("", |advice| advice["interruption_class"].as_str()),
        &ratio,
        &mbps(&row["network_baseline_gbps"]).to_string(),
        &mbps(&row["network_peak_gbps"]).to_string(),
    ]
    .join(",")
}

/// Gbit/s with at most three decimals as Mbit/s.
fn mbps(gbps: &str) -> u64 {
    (gbps.parse::<f64>().unwrap() * 1_000.0).round() as u64
}

fn derive(data: &Path) -> String {
    let advice: BTreeMap<String, Row> = rows(&data.join("catalog/spot-advisor-us-east-1.csv"))
        .into_iter()
        .map(|row| (row["instance_type"].clone(), row))
        .collect();
    let mut lines: Vec<String> = rows(&data.join("catalog/ec2-us-east-1.csv"))
        .iter()
        .map(|row| line(row, advice.get(&row["instance_type"])))
        .collect();
    // By name: the comma of every line sorts before all that a name holds behind its common part.
    lines.sort_unstable();
    lines.iter().fold(HEAD.to_owned(), |text, line| text + line + "\n")
}

#[test]
fn the_embedded_catalog_is_what_the_public_data_gives() {
    let data = std::env::var_os("BATCHCAST_DATA").filter(|data| !data.is_empty());
    let Some(data) = data else {
        eprintln!(
            "BATCHCAST_DATA is not set: the embedded catalog is not compared with its source"
        );
        return;
    };
    let derived = derive(Path::new(&data));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/ec2/catalog/us-east-1.csv");
    if std::env::var("BATCHCAST_UPDATE_CATALOG").is_ok_and(|value| value == "1") {
        std::fs::write(&path, &derived).unwrap();
    }
    let embedded = std::fs::read_to_string(&path).unwrap();
    let differing = derived.lines().zip(embedded.lines()).find(|(a, b)| a != b);
    assert_eq!(differing, None, "derived and embedded; set BATCHCAST_UPDATE_CATALOG=1 to rewrite");
    assert!(derived == embedded, "the tables differ in length or line ends");
}
