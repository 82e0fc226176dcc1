//! Named parameter sets of the market `poolOnOff`; every number in them is an assumption.

use super::PoolOnOffConfig;
use super::scarce_gpu;

impl PoolOnOffConfig {
    /// The preset `normal` (behaviour 9.6). The coefficient of variation of down times and the
    /// region-and-family process are assumptions of ours: 300 h up and half an hour down.
    pub const NORMAL: Self = Self {
        up_mean_hours: 30.0,
        up_cv: 2.0,
        down_mean_hours: 0.5,
        down_cv: 2.0,
        segments: Vec::new(),
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
    };

    /// The preset `abundant` (behaviour 9.6).
    #[must_use]
    pub fn abundant() -> Self {
        Self {
            up_mean_hours: 300.0,
            region_up_mean_hours: 3_000.0,
            reclaim_per_instance_hour: 0.002,
            ..Self::NORMAL
        }
    }

    /// The preset `scarceGpu`: segments of four zones of us-east-1 (behaviour 9.5), one zone after
    /// the other in turn. The region is up 0.73 of the time, so that some zone of the four is up
    /// 0.71 of it as was recorded, and for six hours, longer than any zone.
    #[must_use]
    pub fn scarce_gpu() -> Self {
        Self {
            segments: scarce_gpu::segments(),
            region_up_mean_hours: 6.0,
            region_down_mean_hours: 2.2,
            reclaim_per_instance_hour: 0.02,
            band_scaling: false,
            ..Self::NORMAL
        }
    }
}
