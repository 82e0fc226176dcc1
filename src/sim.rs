//! The discrete-event kernel: time, events in total order, arrivals, keyed randomness, statistics.
//!
//! Knows no word of what it simulates. Everything in it could be published on its own.

mod id;
pub mod random;
pub mod sampler;
mod source;
pub mod statistics;
mod time;

pub use source::ArrivalSource;
pub use time::{SimDuration, SimTime};
