//! Lanes: jobs that stand in one order, and what they wait for.
//!
//! A queue without a policy has one lane, with the queue's own number. One with a policy has a lane
//! for each share and scheduling priority, made when the first such job is submitted, and leaves
//! the lane of its own number empty. Knows neither whose turn it is nor what a share has used.

use crate::batch::backlog::Backlog;
use crate::batch::cause_log::CauseLog;
use crate::batch::job_definition::Requirements;
use crate::batch::job_queue::JobQueueId;
use crate::batch::scheduling_policy::Lane;
use crate::batch::wait_cause::WaitCause;
use crate::sim::SimTime;
use crate::world::record::JobId;

crate::define_id! {
    /// A lane of some queue, in order of making.
    pub(in crate::world) struct LaneId = "lane";
}

impl LaneId {
    /// The lane of a queue without a policy.
    #[inline]
    pub(in crate::world) const fn of_queue(id: JobQueueId) -> Self {
        Self::new(id.raw())
    }
}

/// One lane.
#[derive(Clone, Debug)]
pub(in crate::world) struct LaneState {
    pub(in crate::world) queue: JobQueueId,
    /// Whose jobs it holds, in a queue with a policy.
    pub(in crate::world) lane: Option<Lane>,
    pub(in crate::world) backlog: Backlog,
    pub(in crate::world) log: CauseLog,
    /// The job that stops the walk.
    pub(in crate::world) blocker: Option<Blocker>,
    /// The stuck job that time limits count for: it outlives the moments in which its pools are
    /// asked again, and ends when it is placed or an instance that holds it registers.
    pub(in crate::world) stuck: Option<Blocker>,
    /// Its head, while it is that of the queue and no registered instance would hold it though its
    /// capacity is on its way.
    pub(in crate::world) unseen: Option<Unseen>,
    /// Of a queue with a policy: the room version at which its next pass begins at the front.
    pub(in crate::world) room_version: u32,
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

/// A head that Batch sees no instance for.
#[derive(Clone, Copy, Debug)]
pub(in crate::world) struct Unseen {
    pub(in crate::world) job: JobId,
    /// The child, for an array.
    pub(in crate::world) child: u32,
    /// What its instance must hold.
    pub(in crate::world) need: Requirements,
    /// Since when.
    pub(in crate::world) since: SimTime,
}

impl LaneState {
    /// An empty lane.
    pub(in crate::world) fn new(queue: JobQueueId, lane: Option<Lane>) -> Self {
        Self {
            queue,
            lane,
            backlog: Backlog::default(),
            log: CauseLog::default(),
            blocker: None,
            stuck: None,
            unseen: None,
            room_version: 0,
        }
    }
}
