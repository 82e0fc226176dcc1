//! Spot markets: when a pool can be launched into, what is taken back, what it costs.

/// Which market model runs, validated (key `spotMarket` of the scenario).
#[derive(Clone, Debug, PartialEq)]
pub struct SpotMarketConfig {
    /// The capacity model and its parameters.
    pub model: PoolOnOffConfig,
}

/// Parameters of the default model `poolOnOff` (behaviour 9.6).
#[derive(Clone, Debug, PartialEq)]
pub struct PoolOnOffConfig {
    /// Mean time a pool's own process stays up, hours.
    pub up_mean_hours: f64,
    /// Coefficient of variation of up times.
    pub up_cv: f64,
    /// Mean time it stays down, hours.
    pub down_mean_hours: f64,
    /// Coefficient of variation of down times.
    pub down_cv: f64,
    /// Mean up time of the region-and-family process, hours.
    pub region_up_mean_hours: f64,
    /// Mean down time of the region-and-family process, hours.
    pub region_down_mean_hours: f64,
    /// Reclaims per instance-hour for a type in Spot Advisor band 2.
    pub reclaim_per_instance_hour: f64,
    /// Whether the type's Spot Advisor band scales the reclaim rate.
    pub band_scaling: bool,
    /// Probability that a reclaim event takes the whole pool.
    pub whole_pool_probability: f64,
    /// Median vCPUs that one pool holds, CPU types.
    pub pool_vcpus_median: f64,
    /// Median vCPUs that one pool holds, GPU types.
    pub gpu_pool_vcpus_median: f64,
    /// Sigma of the pools' sizes.
    pub pool_vcpus_sigma: f64,
}
