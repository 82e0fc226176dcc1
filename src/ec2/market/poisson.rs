//! The capacity model `poisson`: interruptions at one rate per instance-hour, each instance by
//! itself.

use super::hazard::{Hazard, Rates};

/// Parameters of `poisson`.
#[derive(Clone, Debug, PartialEq)]
pub struct PoissonConfig {
    /// Interruptions per instance-hour, in the mean over the pools.
    pub interruptions_per_instance_hour: f64,
    /// Sigma of the pools' lognormal factors of mean 1; 0 makes all pools alike.
    pub pool_sigma: f64,
}

impl PoissonConfig {
    /// The rate that behaviour 9.6 gives as its example.
    pub const DEFAULT: Self = Self { interruptions_per_instance_hour: 0.02, pool_sigma: 0.0 };

    pub(super) const fn model(&self) -> Hazard {
        Hazard::new(Rates::One(self.interruptions_per_instance_hour), self.pool_sigma)
    }
}
