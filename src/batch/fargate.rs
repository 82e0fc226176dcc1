//! What a job asks of Fargate: a size, of which memory goes with how many vCPUs (behaviour 4.2).
//!
//! A table and what it accepts; knows no job. A [`FargateSize`] is always one of the table.

use super::job_definition::Requirements;
use crate::ec2::catalog::Architecture;
use std::fmt;

/// Every task has so many GiB of ephemeral storage; more of it is asked for and billed.
pub const INCLUDED_STORAGE_GIB: u32 = 20;

/// What a definition for Fargate asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FargateTask {
    /// vCPUs and memory.
    pub size: FargateSize,
    /// GiB of `ephemeralStorage` beyond [`INCLUDED_STORAGE_GIB`].
    pub extra_storage_gib: u32,
    /// `runtimePlatform.cpuArchitecture`
    pub architecture: Architecture,
    /// `networkConfiguration.assignPublicIp`
    pub public_ip: bool,
}

impl FargateTask {
    /// A task on x86_64 of which nothing is said but its size.
    #[must_use]
    pub const fn new(size: FargateSize) -> Self {
        Self { size, extra_storage_gib: 0, architecture: Architecture::X86_64, public_ip: false }
    }
}

/// Memory from a value to another in steps, all in MiB and both ends included.
type Steps = (u32, u32, u32);

/// Quarters of a vCPU, and the memory that may go with them; both ascending.
const TABLE: [(u32, &[Steps]); 8] = [
    (1, &[(512, 512, 512), (1_024, 2_048, 1_024)]),
    (2, &[(1_024, 4_096, 1_024)]),
    (4, &[(2_048, 8_192, 1_024)]),
    (8, &[(4_096, 16_384, 1_024)]),
    (16, &[(8_192, 30_720, 1_024)]),
    (32, &[(16_384, 61_440, 4_096)]),
    (64, &[(32_768, 122_880, 8_192)]),
    (128, &[(61_440, 122_880, 61_440), (249_856, 249_856, 1_024)]),
];

/// A size that Fargate has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FargateSize {
    quarter_vcpus: u32,
    memory_mib: u32,
}

impl FargateSize {
    /// The size of so many quarters of a vCPU and MiB.
    ///
    /// ```
    /// use batchcast::batch::fargate::FargateSize;
    /// assert!(FargateSize::new(16, 8_192).is_ok());
    /// let wrong = FargateSize::new(12, 8_192).unwrap_err();
    /// assert_eq!(wrong.to_string(), "2 vCPUs with 8192 MiB, or 4 vCPUs with 8192 MiB");
    /// ```
    ///
    /// # Errors
    /// When Fargate has no such size; says which it has instead.
    pub fn new(quarter_vcpus: u32, memory_mib: u32) -> Result<Self, NearestSizes> {
        let wanted = Self { quarter_vcpus, memory_mib };
        match Self::all().any(|size| size == wanted) {
            true => Ok(wanted),
            false => Err(NearestSizes::to(wanted)),
        }
    }

    /// Every size, by vCPUs, then memory.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().flat_map(|(quarter_vcpus, memory)| {
            let values =
                memory.iter().flat_map(|(from, to, step)| (*from..=*to).step_by(*step as usize));
            values.map(|memory_mib| Self { quarter_vcpus: *quarter_vcpus, memory_mib })
        })
    }

    /// vCPUs in quarters: 1 is 0.25 vCPU.
    #[must_use]
    pub const fn quarter_vcpus(self) -> u32 {
        self.quarter_vcpus
    }

    /// MiB.
    #[must_use]
    pub const fn memory_mib(self) -> u32 {
        self.memory_mib
    }

    /// What a record says of a job of this size: its vCPUs are rounded up to whole ones.
    #[must_use]
    pub const fn requirements(self) -> Requirements {
        let vcpus = self.quarter_vcpus.div_ceil(4);
        Requirements { vcpus, memory_mib: self.memory_mib, gpus: 0 }
    }

    /// Its place among [`all`](Self::all).
    #[must_use]
    pub fn ordinal(self) -> usize {
        Self::all().take_while(|size| *size != self).count()
    }

    /// What records call a task of this size: `fargate-0.25-512`.
    ///
    /// ```
    /// use batchcast::batch::fargate::FargateSize;
    /// assert_eq!(FargateSize::new(16, 8_192)?.type_name(), "fargate-4-8192");
    /// # Ok::<(), batchcast::batch::fargate::NearestSizes>(())
    /// ```
    #[must_use]
    pub fn type_name(self) -> String {
        format!("fargate-{}-{}", f64::from(self.quarter_vcpus) / 4.0, self.memory_mib)
    }

    const fn holds(self, wanted: Self) -> bool {
        self.quarter_vcpus >= wanted.quarter_vcpus && self.memory_mib >= wanted.memory_mib
    }
}

impl fmt::Display for FargateSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let vcpus = f64::from(self.quarter_vcpus) / 4.0;
        let noun = if self.quarter_vcpus > 4 { "vCPUs" } else { "vCPU" };
        write!(f, "{vcpus} {noun} with {} MiB", self.memory_mib)
    }
}

/// The sizes next to one that Fargate has not: the largest that it holds, and the smallest that
/// holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NearestSizes {
    /// `None` below the smallest size.
    pub smaller: Option<FargateSize>,
    /// `None` where no size is large enough.
    pub larger: Option<FargateSize>,
}

impl NearestSizes {
    fn to(wanted: FargateSize) -> Self {
        Self {
            smaller: FargateSize::all().filter(|size| wanted.holds(*size)).last(),
            larger: FargateSize::all().find(|size| size.holds(wanted)),
        }
    }
}

impl fmt::Display for NearestSizes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.smaller, self.larger) {
            (Some(smaller), Some(larger)) => write!(f, "{smaller}, or {larger}"),
            (Some(only), None) | (None, Some(only)) => write!(f, "{only}"),
            (None, None) => f.write_str("none"),
        }
    }
}

impl std::error::Error for NearestSizes {}

#[cfg(test)]
mod tests {
    use super::*;

    /// The other way round than the table: AWS documents for each memory which vCPUs go with it.
    fn quarters_with(memory_mib: u32) -> &'static [u32] {
        match memory_mib {
            512 => &[1],
            1_024 => &[1, 2],
            2_048 => &[1, 2, 4],
            3_072 => &[2, 4],
            4_096 => &[2, 4, 8],
            5_120 | 6_144 | 7_168 => &[4, 8],
            8_192 => &[4, 8, 16],
            9_216 | 10_240 | 11_264 | 12_288 | 13_312 | 14_336 | 15_360 => &[8, 16],
            16_384 => &[8, 16, 32],
            17_408 | 18_432 | 19_456 | 21_504 | 22_528 | 23_552 | 25_600 | 26_624 | 27_648
            | 29_696 | 30_720 => &[16],
            20_480 | 24_576 | 28_672 => &[16, 32],
            36_864 | 45_056 | 53_248 => &[32],
            61_440 => &[32, 128],
            32_768 | 40_960 | 49_152 | 57_344 => &[32, 64],
            65_536 | 73_728 | 81_920 | 90_112 | 98_304 | 106_496 | 114_688 => &[64],
            122_880 => &[64, 128],
            249_856 => &[128],
            _ => &[],
        }
    }

    #[test]
    fn fargate_has_the_sizes_of_the_documentation_and_no_other() {
        let mut sizes = 0;
        for memory_mib in (0..=262_144).step_by(256).chain([511, 513, 8_191, 249_857]) {
            for quarter_vcpus in 0..=130 {
                let has = FargateSize::new(quarter_vcpus, memory_mib).is_ok();
                let documented = quarters_with(memory_mib).contains(&quarter_vcpus);
                assert_eq!(has, documented, "{quarter_vcpus} quarters with {memory_mib} MiB");
                sizes += u32::from(has);
            }
        }
        assert_eq!((sizes, FargateSize::all().count()), (77, 77));
    }

    #[test]
    fn a_size_that_fargate_has_not_names_its_neighbours() {
        let nearest = |quarters, mib| FargateSize::new(quarters, mib).unwrap_err().to_string();
        assert_eq!(nearest(12, 8_192), "2 vCPUs with 8192 MiB, or 4 vCPUs with 8192 MiB");
        assert_eq!(nearest(4, 1_024), "0.5 vCPU with 1024 MiB, or 1 vCPU with 2048 MiB");
        assert_eq!(nearest(1, 4), "0.25 vCPU with 512 MiB");
        assert_eq!(nearest(200, 8_192), "4 vCPUs with 8192 MiB");
        assert_eq!(nearest(128, 200_000), "32 vCPUs with 122880 MiB, or 32 vCPUs with 249856 MiB");
    }
}
