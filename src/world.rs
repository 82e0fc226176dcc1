//! The model: owns all mutable state and moves it from event to event.

pub mod config;
pub mod observer;
pub mod profile;
pub mod record;
