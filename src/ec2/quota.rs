//! vCPU quotas per region and class, separate for On-Demand and Spot (behaviour 9.2).

use super::fleet::PurchaseOption;

/// The account's vCPU quotas; `None` is unlimited.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Quotas {
    /// By [`QuotaClass`] index: On-Demand vCPUs.
    pub on_demand_vcpus: [Option<u32>; QuotaClass::COUNT],
    /// By [`QuotaClass`] index: Spot vCPUs.
    pub spot_vcpus: [Option<u32>; QuotaClass::COUNT],
    /// By [`PurchaseOption`]: vCPUs of Fargate tasks.
    pub fargate_vcpus: [Option<u32>; 2],
}

/// The class whose quota an instance type counts against.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum QuotaClass {
    /// A, C, D, H, I, M, R, T, Z.
    Standard,
    /// F.
    F,
    /// G and VT.
    GVt,
    /// P.
    P,
    /// X.
    X,
    /// DL.
    Dl,
    /// Inf.
    Inf,
    /// Trn.
    Trn,
    /// U (High Memory).
    HighMemory,
    /// HPC.
    Hpc,
}

impl Quotas {
    /// The key of the scenario file for the vCPUs of Fargate tasks bought so.
    #[must_use]
    pub const fn fargate_key(purchase: PurchaseOption) -> &'static str {
        match purchase {
            PurchaseOption::OnDemand => "fargateOnDemandVcpus",
            PurchaseOption::Spot => "fargateSpotVcpus",
        }
    }
}

impl QuotaClass {
    /// How many classes there are.
    pub const COUNT: usize = 10;
    /// Every class, in index order.
    pub const ALL: [Self; Self::COUNT] = [
        Self::Standard,
        Self::F,
        Self::GVt,
        Self::P,
        Self::X,
        Self::Dl,
        Self::Inf,
        Self::Trn,
        Self::HighMemory,
        Self::Hpc,
    ];

    /// The key stem of the scenario file: `standard` of `standardOnDemandVcpus`.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::F => "f",
            Self::GVt => "g",
            Self::P => "p",
            Self::X => "x",
            Self::Dl => "dl",
            Self::Inf => "inf",
            Self::Trn => "trn",
            Self::HighMemory => "highMemory",
            Self::Hpc => "hpc",
        }
    }

    /// The class of a family such as `c6i` or `u-6tb1`.
    #[must_use]
    pub fn of_family(family: &str) -> Self {
        let letters: &str =
            &family[..family.find(|c: char| !c.is_ascii_lowercase()).unwrap_or(family.len())];
        match letters {
            "f" => Self::F,
            "g" | "gr" | "vt" => Self::GVt,
            "p" => Self::P,
            "x" => Self::X,
            "dl" => Self::Dl,
            "inf" => Self::Inf,
            "trn" => Self::Trn,
            "u" => Self::HighMemory,
            "hpc" => Self::Hpc,
            _ => Self::Standard,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_family_counts_against_the_class_of_its_letters() {
        let of = QuotaClass::of_family;
        assert_eq!([of("c6i"), of("is4gen"), of("mac2")], [QuotaClass::Standard; 3]);
        assert_eq!([of("g4dn"), of("gr6"), of("vt1")], [QuotaClass::GVt; 3]);
        assert_eq!(
            [of("p4d"), of("x2idn"), of("u-6tb1")],
            [QuotaClass::P, QuotaClass::X, QuotaClass::HighMemory]
        );
    }
}
