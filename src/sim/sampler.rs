//! Samplers of run times, latencies and gaps, with transcendental functions from `libm` only.

/// A distribution of non-negative numbers (seconds, usually), validated.
#[derive(Clone, Debug, PartialEq)]
pub struct Sampler;

/// A lognormal latency given by median and sigma; a zero median is always zero.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LatencyModel {
    /// The median.
    pub median: crate::sim::SimDuration,
    /// The standard deviation of the logarithm; 0 is constant.
    pub sigma: f64,
}
