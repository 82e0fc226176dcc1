//! Spot markets: when a pool can be launched into, what is taken back, what it costs.

mod pool_on_off;
mod presets;
mod renewal;

pub use pool_on_off::{PoolId, PoolOnOff, PoolOnOffConfig, Reclaim};

/// Which market model runs, validated (key `spotMarket` of the scenario).
#[derive(Clone, Debug, PartialEq)]
pub struct SpotMarketConfig {
    /// The capacity model and its parameters.
    pub model: PoolOnOffConfig,
}
