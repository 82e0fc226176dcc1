//! Attempts that hold a place on an instance.

use super::jobs::NONE;
use crate::batch::api_call::ReasonId;
use crate::batch::wait_cause::Waits;
use crate::sim::{SimDuration, SimTime, Slots};
use crate::world::event::Stamped;

/// How an attempt will end if nothing comes before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::world) enum Ending {
    /// Its container exits with this code.
    Exit(i32),
    /// Its timeout strikes.
    TimedOut,
    /// It has timed out, and is ended when its turn comes.
    TimeoutQueued,
    /// A call has stopped its container.
    Terminated(ReasonId),
    /// Its host is taken away.
    HostLost,
    /// The run stops.
    RunEnded,
}

/// One placed attempt.
#[derive(Clone, Debug)]
pub(in crate::world) struct Attempt {
    pub(in crate::world) job: u32,
    pub(in crate::world) instance: u32,
    pub(in crate::world) placed: SimTime,
    /// When the image is there.
    pub(in crate::world) pulled: SimTime,
    /// RUNNING.
    pub(in crate::world) started: Option<SimTime>,
    pub(in crate::world) ending: Ending,
    /// From RUNNABLE (first attempt: submission) to placement.
    pub(in crate::world) waits: Waits,
    pub(in crate::world) behind: SimDuration,
    /// The node of a job of several, [`NONE`] of any other.
    pub(in crate::world) node: u32,
    /// Whether it is a node other than the main one: its end is not that of its job.
    pub(in crate::world) is_child_node: bool,
    /// The attempts of one instance are a list.
    previous: u32,
    next: u32,
}

impl Attempt {
    /// The next attempt on the same instance.
    pub(in crate::world) const fn next(&self) -> u32 {
        self.next
    }

    #[inline]
    fn new(job: u32, instance: u32, placed: SimTime, next: u32) -> Self {
        Self {
            job,
            instance,
            placed,
            pulled: placed,
            started: None,
            ending: Ending::Exit(0),
            waits: Waits::default(),
            behind: SimDuration::ZERO,
            node: NONE,
            is_child_node: false,
            previous: NONE,
            next,
        }
    }
}

/// The placed attempts.
#[derive(Clone, Debug, Default)]
pub(in crate::world) struct AttemptTable {
    slots: Slots,
    rows: Vec<Attempt>,
}

impl AttemptTable {
    /// Adds an attempt to the list that starts at `head`.
    #[inline]
    pub(in crate::world) fn insert(
        &mut self,
        job: u32,
        instance: u32,
        placed: SimTime,
        head: &mut u32,
    ) -> Stamped {
        let (slot, stamp) = self.slots.allocate();
        let attempt = Attempt::new(job, instance, placed, *head);
        if *head != NONE {
            self.rows[*head as usize].previous = slot;
        }
        *head = slot;
        if slot as usize == self.rows.len() {
            self.rows.push(attempt);
        } else {
            self.rows[slot as usize] = attempt;
        }
        Stamped { slot, stamp }
    }

    /// Removes an attempt from its list and hands it out.
    #[inline]
    pub(in crate::world) fn remove(&mut self, slot: u32, head: &mut u32) -> Attempt {
        self.slots.release(slot);
        let attempt = self.rows[slot as usize].clone();
        if attempt.previous == NONE {
            *head = attempt.next;
        } else {
            self.rows[attempt.previous as usize].next = attempt.next;
        }
        if attempt.next != NONE {
            self.rows[attempt.next as usize].previous = attempt.previous;
        }
        self.rows[slot as usize].job = NONE;
        attempt
    }

    #[inline]
    pub(in crate::world) fn is_current(&self, attempt: Stamped) -> bool {
        self.slots.is_current(attempt.slot, attempt.stamp)
    }

    /// The attempt that a job makes, of several nodes that of the main one, looked for among all.
    pub(in crate::world) fn of_job(&self, job: u32) -> Option<Stamped> {
        let slot = self.rows.iter().position(|row| row.job == job && !row.is_child_node)? as u32;
        Some(self.stamped(slot))
    }

    /// The slot with the stamp that it has now.
    pub(in crate::world) fn stamped(&self, slot: u32) -> Stamped {
        Stamped { slot, stamp: self.slots.stamp(slot) }
    }

    #[inline]
    pub(in crate::world) fn get_mut(&mut self, slot: u32) -> &mut Attempt {
        &mut self.rows[slot as usize]
    }
}
