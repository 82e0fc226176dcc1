//! Spot markets: when a pool can be launched into, what is taken back, what it costs.
//!
//! A market is a capacity model, a price model and the public signal that strategies see of the
//! capacity. The models are rows of [`MODELS`] and [`PRICE_MODELS`], one file each; what runs is a
//! [`SpotMarket`]. Invariant: a market is exogenous. When pools are open, when they are reclaimed
//! and what they cost is a function of (seed, replication, pool), whatever is launched; it is
//! advanced only where somebody looks.

mod band;
mod capacity;
mod hazard;
mod poisson;
mod pool_on_off;
mod presets;
pub mod prices;
mod registry;
mod renewal;
mod sample;
mod scarce_gpu;
mod signal;
mod spot_market;
mod stays;
pub mod trace;

pub use band::BandConfig;
pub use capacity::Reclaim;
pub use poisson::PoissonConfig;
pub use pool_on_off::PoolOnOffConfig;
pub use registry::{
    MODELS, MarketModel, Number, PRICE_MODELS, Preset, PriceModel, SIGNAL, Setting,
};
pub use sample::{PoolPath, sample};
pub use signal::SignalConfig;
pub use spot_market::SpotMarket;
pub(super) use spot_market::name_key;
pub use stays::{Durations, Segments};
pub use trace::TraceConfig;

use prices::PriceConfig;

crate::define_id! {
    /// A pool of the market (a type in a zone), in the order in which pools were first looked at.
    pub struct PoolId = "pool";
}

/// Which market runs, validated (key `spotMarket` of the scenario).
#[derive(Clone, Debug, PartialEq)]
pub struct SpotMarketConfig {
    /// When pools are open and what is taken back.
    pub capacity: CapacityConfig,
    /// What strategies see of it.
    pub signal: SignalConfig,
    /// What an hour costs.
    pub prices: PriceConfig,
}

/// A capacity model and its parameters.
#[derive(Clone, Debug, PartialEq)]
pub enum CapacityConfig {
    /// `none`: always open, without bounds, never taken back.
    Unlimited,
    /// `poolOnOff`: pools that come and go, and reclaims that hit whole pools.
    PoolOnOff(PoolOnOffConfig),
    /// `band`: each instance by itself, at the rate of its type's Spot Advisor band.
    Band(BandConfig),
    /// `poisson`: each instance by itself, at one rate.
    Poisson(PoissonConfig),
    /// `trace`: what was recorded.
    Trace(TraceConfig),
}

impl SpotMarketConfig {
    /// A market of `capacity` with everything else by default.
    #[must_use]
    pub const fn new(capacity: CapacityConfig) -> Self {
        Self { capacity, signal: SignalConfig::DEFAULT, prices: PriceConfig::DEFAULT }
    }

    /// The market `poolOnOff` with these parameters.
    #[must_use]
    pub const fn pool_on_off(config: PoolOnOffConfig) -> Self {
        Self::new(CapacityConfig::PoolOnOff(config))
    }
}
