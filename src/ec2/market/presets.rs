//! Named parameter sets of the market `poolOnOff`; every number in them is an assumption.

use super::PoolOnOffConfig;

impl PoolOnOffConfig {
    /// The preset `normal` (behaviour 9.6). The coefficient of variation of down times and the
    /// region-and-family process are assumptions of ours: 300 h up and half an hour down.
    pub const NORMAL: Self = Self {
        up_mean_hours: 30.0,
        up_cv: 2.0,
        down_mean_hours: 0.5,
        down_cv: 2.0,
        region_up_mean_hours: 300.0,
        region_down_mean_hours: 0.5,
        reclaim_per_instance_hour: 0.005,
        band_scaling: true,
        whole_pool_probability: 0.08,
        pool_vcpus_median: 2_000.0,
        gpu_pool_vcpus_median: 200.0,
        pool_vcpus_sigma: 1.0,
        band_factors: [0.3, 0.7, 1.0, 1.4, 2.5],
        fraction_alpha: 1.5,
        fraction_beta: 10.0,
        spread_seconds: 180.0,
        score_correlation: 0.5,
        score_period_seconds: 600.0,
        unknown_spot_ratio: 0.35,
    };

    /// The preset `abundant` (behaviour 9.6).
    pub const ABUNDANT: Self = Self {
        up_mean_hours: 300.0,
        region_up_mean_hours: 3_000.0,
        reclaim_per_instance_hour: 0.002,
        ..Self::NORMAL
    };

    /// The preset `scarceGpu`: the zones of us-east-1 in behaviour 9.5 together (available 0.42 of
    /// the time, any zone 0.71), with durations of the same mean instead of resampled ones.
    pub const SCARCE_GPU: Self = Self {
        up_mean_hours: 2.0,
        down_mean_hours: 1.4,
        region_up_mean_hours: 3.0,
        region_down_mean_hours: 1.2,
        reclaim_per_instance_hour: 0.02,
        band_scaling: false,
        ..Self::NORMAL
    };
}
