//! What each event does: one function per event, grouped by what it is about.

pub(super) mod api_call;
pub(super) mod attempt;
pub(super) mod child;
pub(super) mod consumable;
pub(super) mod dependency;
pub(super) mod dispatch;
pub(super) mod fargate;
pub(super) mod finish;
pub(super) mod fleet;
pub(super) mod gang;
pub(super) mod gang_scaling;
pub(super) mod head_limit;
pub(super) mod instance;
pub(super) mod job;
pub(super) mod job_end;
pub(super) mod nodes;
pub(super) mod queue_update;
pub(super) mod registration;
pub(super) mod replacement;
pub(super) mod scale_in;
pub(super) mod scaling;
pub(super) mod state_change;
pub(super) mod timeout;
pub(super) mod unfinished;
pub(super) mod update;
pub(super) mod waits;
