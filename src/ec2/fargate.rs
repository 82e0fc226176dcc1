//! Fargate as a supplier of tasks: what one costs, how fast they are launched, how many vCPUs an
//! account may have (behaviour 5.6, 8, 9.1, 9.2).
//!
//! Does not know what a task is for. On-Demand and Spot tasks have a launch bucket and a quota
//! each. Invariant: a quota is never exceeded, and what is launched is stopped once.

use super::catalog::Architecture;
use super::fleet::PurchaseOption;
use super::money::Price;
use super::quota::Quotas;
use crate::sim::SimTime;

/// The region of [`X86_64`], [`ARM64`] and [`STORAGE`].
pub const PRICE_REGION: &str = "us-east-1";

/// Nano-USD an hour of Linux tasks in [`PRICE_REGION`]; Fargate's price list is per second.
struct Rates {
    vcpu: u64,
    gib: u64,
}

/// 0.000011244 USD a vCPU-second, 0.000001235 USD a GB-second (behaviour 9.1).
const X86_64: Rates = Rates { vcpu: 40_478_400, gib: 4_446_000 };
/// 0.0000089944 USD a vCPU-second, 0.0000009889 USD a GB-second (behaviour 9.1).
const ARM64: Rates = Rates { vcpu: 32_379_840, gib: 3_560_040 };
/// Ephemeral storage beyond what is included: 0.0000000308 USD a GB-second (behaviour 9.1).
const STORAGE: u64 = 110_880;

/// What a task is billed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TaskResources {
    /// vCPUs in quarters.
    pub quarter_vcpus: u32,
    /// MiB.
    pub memory_mib: u32,
    /// GiB of ephemeral storage beyond what is included.
    pub extra_storage_gib: u32,
    /// The processor.
    pub architecture: Architecture,
}

impl TaskResources {
    /// What an hour of a task costs. Storage costs a Spot task as much as any other.
    ///
    /// ```
    /// use batchcast::ec2::{catalog::Architecture, fargate::TaskResources, fleet::PurchaseOption};
    /// let task = TaskResources {
    ///     quarter_vcpus: 4,
    ///     memory_mib: 2_048,
    ///     extra_storage_gib: 0,
    ///     architecture: Architecture::X86_64,
    /// };
    /// assert_eq!(task.price(PurchaseOption::OnDemand, 320_000).to_string(), "0.0493704");
    /// assert_eq!(task.price(PurchaseOption::Spot, 320_000).to_string(), "0.015798528");
    /// ```
    #[must_use]
    pub fn price(&self, purchase: PurchaseOption, spot_ratio_ppm: u32) -> Price {
        let rates = match self.architecture {
            Architecture::X86_64 => X86_64,
            Architecture::Arm64 => ARM64,
        };
        let vcpus = rates.vcpu * u64::from(self.quarter_vcpus) / 4;
        let memory = rates.gib * u64::from(self.memory_mib) / 1_024;
        let compute = Price::from_nano_usd_per_hour(vcpus + memory);
        let compute = match purchase {
            PurchaseOption::OnDemand => compute,
            PurchaseOption::Spot => compute.scaled_ppm(spot_ratio_ppm),
        };
        let storage = STORAGE * u64::from(self.extra_storage_gib);
        Price::from_nano_usd_per_hour(compute.nano_usd_per_hour() + storage)
    }
}

/// A token bucket of launches: full at first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LaunchRate {
    /// Tasks that a full bucket launches at once, at least 1.
    pub burst: u32,
    /// Tasks a second, at least 1.
    pub per_second: u32,
}

/// Fargate's side of the door.
#[derive(Clone, Debug)]
pub struct Fargate {
    rate: Option<LaunchRate>,
    /// By [`PurchaseOption`], as everything below.
    quota_quarters: [Option<u64>; 2],
    used_quarters: [u64; 2],
    /// When the next launch would be due at the full rate, microseconds.
    clock_us: [u64; 2],
}

impl Fargate {
    /// Nothing is launched yet; `rate: None` launches any number at once.
    #[must_use]
    pub fn new(rate: Option<LaunchRate>, quotas: &Quotas) -> Self {
        Self {
            rate,
            quota_quarters: quotas.fargate_vcpus.map(|quota| quota.map(|q| 4 * u64::from(q))),
            used_quarters: [0; 2],
            clock_us: [0; 2],
        }
    }

    /// Whether the account may have so many vCPUs more, in quarters.
    #[must_use]
    pub fn has_quota(&self, purchase: PurchaseOption, quarter_vcpus: u32) -> bool {
        let option = purchase as usize;
        let wanted = self.used_quarters[option] + u64::from(quarter_vcpus);
        self.quota_quarters[option].is_none_or(|quota| wanted <= quota)
    }

    /// Whether there is a quota: an end of one task may be room for any other.
    #[must_use]
    pub const fn is_limited(&self, purchase: PurchaseOption) -> bool {
        self.quota_quarters[purchase as usize].is_some()
    }

    /// When the bucket has the next launch: `now`, or later.
    #[must_use]
    pub fn next_launch(&self, purchase: PurchaseOption, now: SimTime) -> SimTime {
        let Some(rate) = self.rate else { return now };
        let ahead_us = u64::from(rate.burst - 1) * rate.interval_us();
        let due_us = self.clock_us[purchase as usize].saturating_sub(ahead_us);
        SimTime::from_millis(due_us.div_ceil(1_000)).max(now)
    }

    /// Launches a task, which quota and bucket must allow.
    pub fn launch(&mut self, purchase: PurchaseOption, quarter_vcpus: u32, now: SimTime) {
        assert!(self.has_quota(purchase, quarter_vcpus), "a quota is never exceeded");
        let option = purchase as usize;
        self.used_quarters[option] += u64::from(quarter_vcpus);
        if let Some(rate) = self.rate {
            let clock = &mut self.clock_us[option];
            *clock = (*clock).max(now.as_millis() * 1_000) + rate.interval_us();
        }
    }

    /// A task has stopped.
    pub const fn stop(&mut self, purchase: PurchaseOption, quarter_vcpus: u32) {
        self.used_quarters[purchase as usize] -= quarter_vcpus as u64;
    }
}

impl LaunchRate {
    fn interval_us(self) -> u64 {
        1_000_000 / u64::from(self.per_second)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(quarter_vcpus: u32, memory_mib: u32, architecture: Architecture) -> TaskResources {
        TaskResources { quarter_vcpus, memory_mib, extra_storage_gib: 0, architecture }
    }

    fn nano(task: TaskResources, purchase: PurchaseOption) -> u64 {
        task.price(purchase, 320_000).nano_usd_per_hour()
    }

    /// USD per vCPU-hour and GB-hour of the price list, rounded there to five and six decimals.
    #[test]
    fn an_hour_costs_what_the_price_list_says_per_second() {
        let on_demand = PurchaseOption::OnDemand;
        let x86 = task(4, 0, Architecture::X86_64);
        assert_eq!(nano(x86, on_demand), 11_244 * 3_600, "0.04048 USD");
        let memory = task(0, 1_024, Architecture::X86_64);
        assert_eq!(nano(memory, on_demand), 1_235 * 3_600, "0.004445 USD");
        let arm = task(40, 10_240, Architecture::Arm64);
        assert_eq!(nano(arm, on_demand), (89_944 + 9_889) * 3_600);
        let stored = TaskResources { extra_storage_gib: 10, ..task(0, 0, Architecture::X86_64) };
        assert_eq!(nano(stored, on_demand), 308 * 3_600);
        assert_eq!(nano(stored, PurchaseOption::Spot), 308 * 3_600, "storage has no Spot price");
    }

    #[test]
    fn a_bucket_gives_its_burst_at_once_and_then_its_rate() {
        let rate = LaunchRate { burst: 100, per_second: 20 };
        let mut fargate = Fargate::new(Some(rate), &Quotas::default());
        let (spot, mut now) = (PurchaseOption::Spot, SimTime::ZERO);
        let mut at_ms = Vec::new();
        for _ in 0..140 {
            now = fargate.next_launch(spot, now);
            fargate.launch(spot, 1, now);
            at_ms.push(now.as_millis());
        }
        assert!(at_ms[..100].iter().all(|at| *at == 0));
        let expected: Vec<u64> = (1..=40).map(|n| 50 * n).collect();
        assert_eq!(at_ms[100..], expected);
        let other = fargate.next_launch(PurchaseOption::OnDemand, SimTime::ZERO);
        assert_eq!(other, SimTime::ZERO, "another bucket");
    }
}
