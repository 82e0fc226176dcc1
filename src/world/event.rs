//! Everything that can be due: one enum, handled by one exhaustive match.

use crate::batch::compute_environment::ComputeEnvironmentId;
use crate::batch::job_queue::JobQueueId;
use crate::ec2::market::PoolId;
use crate::sim::{Event, EventQueue, Phase};

/// The model's future events.
pub type Queue = EventQueue<WorldEvent>;

/// A slot and the stamp it had when the event was scheduled: stale when the slot's has moved on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stamped {
    /// The slot.
    pub slot: u32,
    /// Its stamp.
    pub stamp: u32,
}

/// What is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WorldEvent {
    /// EC2 answers a fleet request.
    FleetAnswered(Stamped),
    /// An instance joins the cluster.
    InstanceRegistered(Stamped),
    /// A reclaim event of a Spot pool.
    PoolReclaimed(PoolId),
    /// An instance gets its interruption notice.
    InstanceWarned(Stamped),
    /// EC2 takes an instance back.
    InstanceReclaimed(Stamped),
    /// An attempt's container is up.
    AttemptStarted(Stamped),
    /// An attempt's container exits, its timeout strikes, or its work ends and its output follows.
    AttemptEnded(Stamped),
    /// The API accepts a throttled submission.
    JobAccepted(Stamped),
    /// A job has been evaluated and becomes RUNNABLE.
    JobEvaluated(Stamped),
    /// A scheduler cycle.
    CycleDue,
    /// A scaling evaluation.
    ScalingDue(ComputeEnvironmentId),
    /// A check for idle instances.
    ScaleInDue(ComputeEnvironmentId),
    /// A refused pool may be asked again.
    CoolDownEnded(ComputeEnvironmentId),
    /// The head of a queue may have been stuck for too long.
    HeadLimitDue(JobQueueId),
    /// A Spot instance has outlived the period in which a reclaim makes it free.
    FirstHourEnded(Stamped),
    /// A call of the API is made, by its index in the configuration.
    ApiCallDue(u32),
    /// Jobs on instances that an update replaces may have gone on for too long.
    UpdateTimeoutDue(ComputeEnvironmentId),
    /// Instances register with their UNMANAGED environment, by their number in the run.
    InstancesJoined(u32),
    /// The same are terminated by their user.
    InstancesLeft(u32),
    /// A transfer of a shared bandwidth ends, by the row of the bandwidth.
    TransferDue(u32),
}

impl Event for WorldEvent {
    #[inline]
    fn phase(self) -> Phase {
        match self {
            Self::FleetAnswered(_)
            | Self::InstanceRegistered(_)
            | Self::PoolReclaimed(_)
            | Self::InstanceWarned(_)
            | Self::InstanceReclaimed(_)
            | Self::UpdateTimeoutDue(_)
            | Self::InstancesJoined(_)
            | Self::InstancesLeft(_) => Phase::Supply,
            Self::AttemptStarted(_) | Self::AttemptEnded(_) | Self::TransferDue(_) => {
                Phase::Completion
            }
            Self::JobAccepted(_) | Self::JobEvaluated(_) | Self::ApiCallDue(_) => Phase::Arrival,
            Self::CycleDue
            | Self::ScalingDue(_)
            | Self::ScaleInDue(_)
            | Self::CoolDownEnded(_)
            | Self::HeadLimitDue(_) => Phase::Decision,
            Self::FirstHourEnded(_) => Phase::Observation,
        }
    }

    #[inline]
    fn word(self) -> u64 {
        let (kind, value) = match self {
            Self::FleetAnswered(s) => (1, s.word()),
            Self::InstanceRegistered(s) => (2, s.word()),
            Self::PoolReclaimed(pool) => (3, u64::from(pool.raw())),
            Self::InstanceWarned(s) => (4, s.word()),
            Self::InstanceReclaimed(s) => (5, s.word()),
            Self::AttemptStarted(s) => (6, s.word()),
            Self::AttemptEnded(s) => (7, s.word()),
            Self::JobAccepted(s) => (8, s.word()),
            Self::JobEvaluated(s) => (9, s.word()),
            Self::CycleDue => (10, 0),
            Self::ScalingDue(ce) => (11, u64::from(ce.raw())),
            Self::ScaleInDue(ce) => (12, u64::from(ce.raw())),
            Self::CoolDownEnded(ce) => (13, u64::from(ce.raw())),
            Self::HeadLimitDue(queue) => (14, u64::from(queue.raw())),
            Self::FirstHourEnded(s) => (15, s.word()),
            Self::ApiCallDue(call) => by_id(API_CALL_DUE, call),
            Self::UpdateTimeoutDue(ce) => by_id(UPDATE_TIMEOUT_DUE, ce.raw()),
            Self::InstancesJoined(number) => by_id(INSTANCES_JOINED, number),
            Self::InstancesLeft(number) => by_id(INSTANCES_LEFT, number),
            Self::TransferDue(row) => by_id(TRANSFER_DUE, row),
        };
        value | (kind << 60)
    }

    #[inline]
    fn from_word(word: u64) -> Self {
        let stamped = Stamped::from_word(word);
        let id = word as u32;
        match word >> 60 {
            1 => Self::FleetAnswered(stamped),
            2 => Self::InstanceRegistered(stamped),
            3 => Self::PoolReclaimed(PoolId::new(id)),
            4 => Self::InstanceWarned(stamped),
            5 => Self::InstanceReclaimed(stamped),
            6 => Self::AttemptStarted(stamped),
            7 => Self::AttemptEnded(stamped),
            8 => Self::JobAccepted(stamped),
            9 => Self::JobEvaluated(stamped),
            11 => Self::ScalingDue(ComputeEnvironmentId::new(id)),
            12 => Self::ScaleInDue(ComputeEnvironmentId::new(id)),
            13 => Self::CoolDownEnded(ComputeEnvironmentId::new(id)),
            14 => Self::HeadLimitDue(JobQueueId::new(id)),
            15 => Self::FirstHourEnded(stamped),
            0 => Self::from_id(word >> ID_BITS, id),
            kind => {
                assert!(kind == 10, "a word of the queue is one that an event gave: {word:x}");
                Self::CycleDue
            }
        }
    }
}

/// Events that carry no more than an id share the kind 0: the upper half of the word says which.
const ID_BITS: u32 = 32;
const API_CALL_DUE: u64 = 1;
const UPDATE_TIMEOUT_DUE: u64 = 2;
const INSTANCES_JOINED: u64 = 3;
const INSTANCES_LEFT: u64 = 4;
const TRANSFER_DUE: u64 = 5;

#[inline]
const fn by_id(which: u64, id: u32) -> (u64, u64) {
    (0, which << ID_BITS | id as u64)
}

impl WorldEvent {
    fn from_id(which: u64, id: u32) -> Self {
        match which {
            UPDATE_TIMEOUT_DUE => Self::UpdateTimeoutDue(ComputeEnvironmentId::new(id)),
            INSTANCES_JOINED => Self::InstancesJoined(id),
            INSTANCES_LEFT => Self::InstancesLeft(id),
            TRANSFER_DUE => Self::TransferDue(id),
            _ => {
                let known = which == API_CALL_DUE;
                assert!(known, "a word of the queue is one that an event gave: {which}");
                Self::ApiCallDue(id)
            }
        }
    }
}

/// Slots take 28 bits of an event's word: more can not be alive at once.
const SLOT_BITS: u32 = 28;

impl Stamped {
    #[inline]
    const fn word(self) -> u64 {
        assert!(self.slot < 1 << SLOT_BITS, "more than 268 million jobs are alive at once");
        ((self.stamp as u64) << SLOT_BITS) | self.slot as u64
    }

    #[inline]
    const fn from_word(word: u64) -> Self {
        let slot = word as u32 & ((1 << SLOT_BITS) - 1);
        Self { slot, stamp: (word >> SLOT_BITS) as u32 }
    }
}

const _: () =
    assert!(size_of::<WorldEvent>() <= 16, "an event is copied everywhere: keep it small");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_comes_back_from_its_word() {
        let stamped = Stamped { slot: (1 << 28) - 1, stamp: u32::MAX };
        let id = u32::MAX;
        for event in [
            WorldEvent::FleetAnswered(stamped),
            WorldEvent::InstanceRegistered(stamped),
            WorldEvent::PoolReclaimed(PoolId::new(id)),
            WorldEvent::InstanceWarned(stamped),
            WorldEvent::InstanceReclaimed(stamped),
            WorldEvent::AttemptStarted(stamped),
            WorldEvent::AttemptEnded(stamped),
            WorldEvent::JobAccepted(stamped),
            WorldEvent::JobEvaluated(stamped),
            WorldEvent::CycleDue,
            WorldEvent::ScalingDue(ComputeEnvironmentId::new(id)),
            WorldEvent::ScaleInDue(ComputeEnvironmentId::new(id)),
            WorldEvent::CoolDownEnded(ComputeEnvironmentId::new(id)),
            WorldEvent::HeadLimitDue(JobQueueId::new(id)),
            WorldEvent::FirstHourEnded(stamped),
            WorldEvent::ApiCallDue(id),
            WorldEvent::UpdateTimeoutDue(ComputeEnvironmentId::new(id)),
            WorldEvent::InstancesJoined(id),
            WorldEvent::InstancesLeft(id),
            WorldEvent::TransferDue(id),
        ] {
            assert_eq!(WorldEvent::from_word(event.word()), event);
        }
    }
}
