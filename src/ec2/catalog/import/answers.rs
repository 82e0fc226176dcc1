//! What EC2 answers, and what the Spot Advisor publishes, as far as a catalog is concerned.

use super::ImportError;
use crate::ec2::catalog::{Architecture, InstanceType, Network};
use crate::ec2::money::Price;
use serde::Deserialize;
use std::collections::BTreeMap;

/// A file of JSON: each of the known ones has one of these keys.
#[derive(Debug, Deserialize)]
pub(super) struct Answer {
    #[serde(rename = "InstanceTypes")]
    pub(super) instance_types: Option<Vec<Described>>,
    #[serde(rename = "InstanceTypeOfferings")]
    pub(super) offerings: Option<Vec<Offering>>,
    #[serde(rename = "SpotPriceHistory")]
    pub(super) spot_prices: Option<Vec<SpotPrice>>,
    pub(super) spot_advisor: Option<Advisor>,
}

/// By region, system and type: what the Spot Advisor says.
type Advisor = BTreeMap<String, BTreeMap<String, BTreeMap<String, Advice>>>;

/// An element of DescribeInstanceTypes.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Described {
    instance_type: String,
    #[serde(default)]
    current_generation: bool,
    #[serde(default)]
    bare_metal: bool,
    #[serde(rename = "VCpuInfo")]
    vcpu_info: VcpuInfo,
    memory_info: MemoryInfo,
    #[serde(default)]
    processor_info: ProcessorInfo,
    #[serde(default)]
    gpu_info: GpuInfo,
    #[serde(default)]
    network_info: NetworkInfo,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct VcpuInfo {
    #[serde(rename = "DefaultVCpus")]
    default_vcpus: u32,
}

#[derive(Debug, Deserialize)]
struct MemoryInfo {
    #[serde(rename = "SizeInMiB")]
    size_in_mib: u32,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ProcessorInfo {
    #[serde(default)]
    supported_architectures: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GpuInfo {
    #[serde(default)]
    gpus: Vec<Gpu>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Gpu {
    #[serde(default)]
    name: String,
    #[serde(default)]
    manufacturer: String,
    #[serde(default)]
    count: u32,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct NetworkInfo {
    #[serde(default)]
    network_cards: Vec<NetworkCard>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct NetworkCard {
    #[serde(default)]
    baseline_bandwidth_in_gbps: f64,
    #[serde(default)]
    peak_bandwidth_in_gbps: f64,
}

/// An element of DescribeInstanceTypeOfferings.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Offering {
    pub(super) instance_type: String,
    #[serde(default)]
    location_type: String,
    pub(super) location: String,
}

/// An element of DescribeSpotPriceHistory.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SpotPrice {
    pub(super) instance_type: String,
    #[serde(default)]
    pub(super) availability_zone: String,
    #[serde(default)]
    product_description: String,
    spot_price: String,
    #[serde(default)]
    pub(super) timestamp: String,
}

/// What the Spot Advisor says of a type: saved percent, and its band of interruptions.
#[derive(Debug, Deserialize)]
pub(super) struct Advice {
    s: u32,
    r: u8,
}

impl Described {
    pub(super) fn instance_type(self, origin: &str) -> Result<InstanceType, ImportError> {
        let name = self.instance_type;
        let refuse = |value: String, expected| ImportError::Value {
            origin: origin.to_owned(),
            place: name.clone(),
            value,
            expected,
        };
        let Some((family, size)) = InstanceType::split_name(&name) else {
            return Err(refuse(name.clone(), "family.size, as c6i.4xlarge"));
        };
        let vcpus = self.vcpu_info.default_vcpus;
        if vcpus == 0 || self.memory_info.size_in_mib == 0 {
            return Err(refuse(format!("{vcpus} vCPUs"), "at least one vCPU and one MiB"));
        }
        // A job can ask for whole NVIDIA GPUs only.
        let nvidia = |gpu: &&Gpu| gpu.manufacturer.eq_ignore_ascii_case("nvidia") && gpu.count > 0;
        let gpu = self.gpu_info.gpus.iter().find(nvidia);
        let is_arm = self.processor_info.supported_architectures.iter().any(|a| a == "arm64");
        let cards = &self.network_info.network_cards;
        let mbps = |of: fn(&NetworkCard) -> f64| {
            (cards.iter().map(of).sum::<f64>() * 1_000.0).round_ties_even() as u32
        };
        let baseline_mbps = mbps(|card| card.baseline_bandwidth_in_gbps);
        let burst_mbps = mbps(|card| card.peak_bandwidth_in_gbps).max(baseline_mbps);
        Ok(InstanceType {
            family: family.to_owned(),
            size: size.to_owned(),
            vcpus,
            memory_mib: self.memory_info.size_in_mib,
            gpus: gpu.map_or(0, |gpu| gpu.count),
            gpu_model: gpu.map(|gpu| gpu.name.trim().to_owned()).unwrap_or_default(),
            architecture: if is_arm { Architecture::Arm64 } else { Architecture::X86_64 },
            bare_metal: self.bare_metal || size.starts_with("metal"),
            current_generation: self.current_generation,
            zones: Vec::new(),
            on_demand: None,
            interruption_band: None,
            spot_ratio_ppm: None,
            network: (baseline_mbps > 0).then_some(Network { baseline_mbps, burst_mbps }),
            name,
        })
    }
}

impl Offering {
    /// Offerings by region say nothing of zones.
    pub(super) fn is_of_a_zone(&self) -> bool {
        self.location_type != "region"
    }
}

impl SpotPrice {
    /// Prices of other systems include their licence.
    pub(super) fn is_linux(&self) -> bool {
        ["", "Linux/UNIX", "Linux/UNIX (Amazon VPC)"].contains(&self.product_description.as_str())
    }

    pub(super) fn price(&self, origin: &str) -> Result<Price, ImportError> {
        Price::parse(&self.spot_price).map_err(|_| ImportError::Value {
            origin: origin.to_owned(),
            place: format!("{} at {}", self.instance_type, self.timestamp),
            value: self.spot_price.clone(),
            expected: "a price in USD an hour, such as 0.0312",
        })
    }
}

/// By type, what the Spot Advisor says of Linux in `region`.
pub(super) fn advice(
    mut advisor: Advisor,
    region: &str,
    origin: &str,
) -> Result<BTreeMap<String, (u8, u32)>, ImportError> {
    let Some(mut systems) = advisor.remove(region) else {
        let regions: Vec<_> = advisor.keys().map(String::as_str).collect();
        let has = format!("it has {}", regions.join(", "));
        let (origin, region) = (origin.to_owned(), region.to_owned());
        return Err(ImportError::OtherRegion { origin, region, has });
    };
    let types = systems.remove("Linux").unwrap_or_default();
    types
        .into_iter()
        .map(|(name, Advice { s, r })| {
            if r > 4 || s > 100 {
                return Err(ImportError::Value {
                    origin: origin.to_owned(),
                    place: name,
                    value: format!("r: {r}, s: {s}"),
                    expected: "a band r of 0 to 4 and savings s of 0 to 100 %",
                });
            }
            Ok((name, (r, s)))
        })
        .collect()
}
