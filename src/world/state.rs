//! The tables of the world: jobs, attempts, instances, compute environments, queues, lanes.
//!
//! Rows refer to one another by slot. A job's row lives from its submission to its end, an
//! attempt's from placement to its end: memory follows what is alive.

pub(super) mod arrays;
pub(super) mod attempts;
pub(super) mod environments;
pub(super) mod fair_share;
pub(super) mod gangs;
pub(super) mod idle;
pub(super) mod instances;
pub(super) mod jobs;
pub(super) mod lanes;
pub(super) mod queues;
pub(super) mod steps;
pub(super) mod tasks;
pub(super) mod transfers;
