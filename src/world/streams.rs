//! The streams of randomness: what is drawn for one purpose never shifts what is drawn for another.

pub(super) const SUBMIT_EVAL: u32 = 1;
pub(super) const RUN_TIME: u32 = 2;
pub(super) const FAILURE: u32 = 3;
pub(super) const PULL: u32 = 4;
pub(super) const START: u32 = 5;
pub(super) const LAUNCH: u32 = 6;
pub(super) const BOOT: u32 = 7;
pub(super) const SCALE_PHASE: u32 = 8;
pub(super) const SCALE_IN_PHASE: u32 = 9;
pub(super) const HOST_LOSS: u32 = 10;
pub(super) const MARKET: u32 = 11;
/// What the workload draws for itself.
pub(super) const WORKLOAD: u32 = 12;
pub(super) const TIMEOUT: u32 = 13;
pub(super) const STOP: u32 = 14;
pub(super) const ENI: u32 = 15;
pub(super) const FARGATE: u32 = 16;
pub(super) const ON_DEMAND: u32 = 17;
