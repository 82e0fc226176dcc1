//! What a run and its inputs look like to a reader: one file per output.
//!
//! Sees records and catalogs, never the state of a run.

pub mod catalog;
