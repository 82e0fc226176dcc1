//! The catalog: every EC2 instance type with its size, zones and prices.
//!
//! Facts only. The embedded table is made from public data by a committed step; its date and hash
//! are printed in every report.

use super::money::Price;

crate::define_id! {
    /// An instance type: its row in the [`Catalog`].
    pub struct TypeId = "type";
    /// An availability zone of the catalog's region.
    pub struct ZoneId = "zone";
}

/// The processor architecture of an instance type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Architecture {
    /// Intel and AMD.
    X86_64,
    /// Graviton.
    Arm64,
}

/// One row of the catalog.
#[derive(Clone, Debug, PartialEq)]
pub struct InstanceType {
    /// `c6i.4xlarge`
    pub name: String,
    /// `c6i`
    pub family: String,
    /// `4xlarge`
    pub size: String,
    /// vCPUs.
    pub vcpus: u32,
    /// Advertised memory in MiB; what a container instance registers is less.
    pub memory_mib: u32,
    /// Whole GPUs (a fraction of a GPU counts as none: a job can not ask for one).
    pub gpus: u32,
    /// `V100`, empty without GPUs.
    pub gpu_model: String,
    /// The processor architecture.
    pub architecture: Architecture,
    /// `metal` sizes are left out when a family is named.
    pub bare_metal: bool,
    /// Listed by EC2 as of the current generation.
    pub current_generation: bool,
    /// The zones that offer it, ascending; empty when the region does not offer it.
    pub zones: Vec<ZoneId>,
    /// Linux On-Demand price; `None` when unknown, which is an error only for a type that is used.
    pub on_demand: Option<Price>,
    /// Spot Advisor band 0..=4 (<5, 5-10, 10-15, 15-20, >20 % a month), when known.
    pub interruption_band: Option<u8>,
    /// Spot price as parts per million of the On-Demand price, when known.
    pub spot_ratio_ppm: Option<u32>,
}

/// The instance types of one region.
#[derive(Clone, Debug)]
pub struct Catalog;
