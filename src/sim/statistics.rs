//! Statistics of a run and of replications: thin, exact where integers allow it.
//!
//! Knows nothing of what is measured. Invariant: nothing here feeds back into a run.

mod block_design;
mod histogram;
mod holm;
mod interval;
mod moments;
mod paired;
mod quantile;
mod time_weighted;
mod warm_up;

pub use block_design::{BlockDesign, TreatmentEffect, TreatmentEffects};
pub use histogram::Histogram;
pub use holm::{HolmStep, holm};
pub use interval::{MeanInterval, mean_interval};
pub use moments::Moments;
pub use paired::PairedDifference;
pub use quantile::quantile_sorted;
pub use time_weighted::TimeWeighted;
pub use warm_up::{TooShort, mser5};
