//! Job queues as they stand.

use crate::batch::backlog::Backlog;
use crate::batch::cause_log::CauseLog;
use crate::batch::compute_environment::ComputeEnvironmentId;
use crate::batch::job_queue::{JobQueue, TimeLimitAction};
use crate::batch::wait_cause::WaitCause;
use crate::sim::SimTime;

/// One queue.
#[derive(Clone, Debug)]
pub(in crate::world) struct QueueState {
    pub(in crate::world) backlog: Backlog,
    pub(in crate::world) log: CauseLog,
    /// Whether it takes new jobs.
    pub(in crate::world) enabled: bool,
    pub(in crate::world) priority: i32,
    pub(in crate::world) environments: Vec<ComputeEnvironmentId>,
    pub(in crate::world) time_limit_actions: Vec<TimeLimitAction>,
    /// Order of evaluation: by priority, then name.
    pub(in crate::world) rank: u32,
    /// RUNNABLE jobs and array children.
    pub(in crate::world) runnable: u32,
    /// The job that stops the walk.
    pub(in crate::world) blocker: Option<Blocker>,
    /// The stuck job that time limits count for: it outlives the moments in which its pools are
    /// asked again, and ends when it is placed or an instance that holds it registers.
    pub(in crate::world) stuck: Option<Blocker>,
    /// When its time limit is to be looked at.
    pub(in crate::world) head_limit_at: Option<SimTime>,
}

/// The job at which a walk stopped: it can be neither placed nor planned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::world) struct Blocker {
    pub(in crate::world) job: u32,
    /// The child, for an array.
    pub(in crate::world) child: u32,
    pub(in crate::world) cause: WaitCause,
    /// Since when it blocks.
    pub(in crate::world) since: SimTime,
}

impl QueueState {
    /// An empty queue.
    pub(in crate::world) fn new(spec: &JobQueue) -> Self {
        Self {
            backlog: Backlog::default(),
            log: CauseLog::default(),
            enabled: spec.enabled,
            priority: spec.priority,
            environments: spec.compute_environments.clone(),
            time_limit_actions: spec.time_limit_actions.clone(),
            rank: 0,
            runnable: 0,
            blocker: None,
            stuck: None,
            head_limit_at: None,
        }
    }
}
