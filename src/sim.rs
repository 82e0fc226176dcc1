//! The discrete-event kernel: time, events in total order, arrivals, keyed randomness, statistics.
//!
//! Knows no word of what it simulates. Everything in it could be published on its own.

mod bit_set;
mod engine;
mod event_queue;
mod id;
mod processor_sharing;
pub mod random;
pub mod sampler;
mod slots;
mod source;
pub mod statistics;
mod time;

pub use bit_set::BitSet;
pub use engine::{Halt, Limits, Model, RunReport, run};
pub use event_queue::{Event, EventQueue, Phase};
pub use processor_sharing::{Flow, ProcessorSharing};
pub use slots::Slots;
pub use source::{ArrivalSource, Notice};
pub use time::{SimDuration, SimTime};
