//! Job queues as they stand.

use super::fair_share::FairShare;
use super::lanes::LaneId;
use crate::batch::compute_environment::ComputeEnvironmentId;
use crate::batch::job_queue::{JobQueue, JobQueueId, TimeLimitAction};
use crate::batch::scheduling_policy::UsageRules;
use crate::sim::SimTime;

/// One queue; its waiting jobs stand in its lanes.
#[derive(Clone, Debug)]
pub(in crate::world) struct QueueState {
    /// Whether it takes new jobs.
    pub(in crate::world) enabled: bool,
    pub(in crate::world) priority: i32,
    pub(in crate::world) environments: Vec<ComputeEnvironmentId>,
    pub(in crate::world) time_limit_actions: Vec<TimeLimitAction>,
    /// Order of evaluation: by priority, then name.
    pub(in crate::world) rank: u32,
    /// RUNNABLE jobs and array children.
    pub(in crate::world) runnable: u32,
    /// The lane whose blocker holds up the queue first.
    pub(in crate::world) head: LaneId,
    /// When its head's time limit is to be looked at.
    pub(in crate::world) head_limit_at: Option<SimTime>,
    /// Of a queue with a policy.
    pub(in crate::world) fair_share: Option<Box<FairShare>>,
}

impl QueueState {
    /// An empty queue.
    pub(in crate::world) fn new(id: JobQueueId, spec: &JobQueue, rules: UsageRules) -> Self {
        let fair_share = spec.fair_share.clone().map(|policy| FairShare::new(policy, rules));
        Self {
            enabled: spec.enabled,
            priority: spec.priority,
            environments: spec.compute_environments.clone(),
            time_limit_actions: spec.time_limit_actions.clone(),
            rank: 0,
            runnable: 0,
            head: LaneId::of_queue(id),
            head_limit_at: None,
            fair_share: fair_share.map(Box::new),
        }
    }
}
