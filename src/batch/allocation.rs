//! Allocation strategies: pure policies that turn a need into a plan, one file each.

/// An allocation strategy of a compute environment (behaviour 6.2).
pub trait AllocationStrategy: Sync + std::fmt::Debug {
    /// AWS's name, `BEST_FIT` for instance.
    fn name(&self) -> &'static str;
}

/// Every strategy that can be named in a scenario.
pub static STRATEGIES: &[&dyn AllocationStrategy] = &[];
