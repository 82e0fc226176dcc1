//! Workflows: an engine submits a task when it has seen those before it succeed. One file a group
//! of rules; what is read from files is checked against an oracle of its own.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod support;

#[path = "workflows/damage.rs"]
mod damage;
#[path = "workflows/engine.rs"]
mod engine;
#[path = "workflows/random_dags.rs"]
mod random_dags;
#[path = "workflows/recorded.rs"]
mod recorded;
#[path = "workflows/reports.rs"]
mod reports;
#[path = "workflows/study.rs"]
mod study;
