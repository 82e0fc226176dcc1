//! Scenarios.
mod error;
mod load;
mod path;
mod place;
