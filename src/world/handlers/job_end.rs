//! CancelJob and TerminateJob (behaviour 1.2).
//!
//! What waits for a place FAILS at once. A PENDING job is cancelled only after all that it depends
//! on has ended. CancelJob leaves STARTING and RUNNING jobs alone, and the call succeeds all the
//! same; TerminateJob stops their containers. Neither is ever retried.

use super::api_call::Refused;
use crate::batch::api_call::{JobEnd, ReasonId};
use crate::sim::random::open01;
use crate::sim::{SimDuration, SimTime};
use crate::world::World;
use crate::world::event::{Queue, Stamped, WorldEvent};
use crate::world::observer::Observer;
use crate::world::record::{JobStatus, StatusReason};
use crate::world::state::attempts::Ending;
use crate::world::state::jobs::{NONE, UNACCEPTED};
use crate::world::streams;

impl World {
    /// Ends a job, a child, or all children of an array, as far as the call reaches.
    pub(in crate::world) fn end_by_call<O: Observer>(
        &mut self,
        call: &JobEnd,
        queue: &mut Queue,
        observer: &mut O,
    ) -> Result<(), Refused> {
        let job = self.dependencies.find(call.job).map(|target| self.dependencies.who(target));
        let job = job.ok_or(Refused)?;
        let is_current = self.jobs.is_current(job);
        let is_array = is_current && self.jobs.get(job.slot).array != NONE;
        if is_current && !is_array && call.child.is_none() {
            return self.end_one_by_call(job.slot, call, queue, observer);
        }
        if is_array {
            self.end_waiting_children(job, call, observer)?;
        }
        // Children that are jobs of their own are looked for: a call is rare.
        let target = self.dependencies.target(call.job);
        let is_meant = |child| call.child.is_none_or(|meant| meant == child);
        let placed: Vec<u32> = self
            .jobs
            .iter()
            .filter(|(_, row)| row.target == target && row.child != NONE && is_meant(row.child))
            .map(|(slot, _)| slot)
            .collect();
        for slot in placed {
            self.end_one_by_call(slot, call, queue, observer)?;
        }
        self.ensure_cycle(queue);
        Ok(())
    }

    fn end_one_by_call<O: Observer>(
        &mut self,
        slot: u32,
        call: &JobEnd,
        queue: &mut Queue,
        observer: &mut O,
    ) -> Result<(), Refused> {
        let job = self.jobs.get(slot);
        let (id, lane, status, position) = (job.queue, job.lane, job.status, job.position);
        match status {
            // The API has not answered the SubmitJob call: nobody knows the job's id.
            JobStatus::Submitted if position == UNACCEPTED => return Err(Refused),
            JobStatus::Submitted => {
                self.jobs.pending.remove(&slot);
                self.lanes[lane.index()].backlog.remove(position);
                self.note_left(lane);
                self.end_waiting(slot, None, StatusReason::Requested(call.reason), observer);
            }
            JobStatus::Pending => {
                if let Some(pending) = self.jobs.pending.get_mut(&slot) {
                    pending.cancelled = Some(call.reason);
                }
            }
            JobStatus::Runnable => {
                let planned = self.planned_since(slot);
                if self.jobs.is_gang(slot) {
                    self.give_up_gang(slot, queue);
                }
                self.take_waiting(id, slot);
                self.end_waiting(slot, planned, StatusReason::Requested(call.reason), observer);
                self.ensure_cycle(queue);
            }
            JobStatus::Starting | JobStatus::Running if call.terminate => {
                self.stop_attempt_of(slot, call.reason, queue);
            }
            _ => {}
        }
        Ok(())
    }

    /// Children that are no jobs of their own yet: those that are RUNNABLE end, those that wait for
    /// others are marked.
    fn end_waiting_children<O: Observer>(
        &mut self,
        parent: Stamped,
        call: &JobEnd,
        observer: &mut O,
    ) -> Result<(), Refused> {
        let job = self.jobs.get(parent.slot);
        let (array, status) = (job.array as usize, job.status);
        if job.position == UNACCEPTED {
            return Err(Refused);
        }
        if call.child.is_none() {
            if status == JobStatus::Submitted {
                // It has not come to wait for others yet, and ends at once.
                self.jobs.pending.remove(&parent.slot);
            } else if self.jobs.arrays[array].gate.is_none()
                && let Some(pending) = self.jobs.pending.get_mut(&parent.slot)
            {
                // Where children wait for others too, each ends when its own are there.
                pending.cancelled = Some(call.reason);
                return Ok(());
            }
        }
        let waits_as_a_whole = self.jobs.pending.contains_key(&parent.slot);
        let is_released = status == JobStatus::Pending && !waits_as_a_whole;
        let mut left = self.jobs.arrays[array].left_of(call.child);
        while let Some(child) = left.pop() {
            if !self.jobs.is_current(parent) {
                break;
            }
            let gate = self.jobs.arrays[array].make_gate(is_released);
            if waits_as_a_whole || (is_released && !gate.is_ready(child)) {
                gate.cancel(child, call.reason);
            } else {
                self.end_child(parent.slot, child, StatusReason::Requested(call.reason), observer);
            }
        }
        Ok(())
    }

    /// SIGTERM: the container of a job stops within the time that it is given.
    fn stop_attempt_of(&mut self, job: u32, reason: ReasonId, queue: &mut Queue) {
        let Some(attempt) = self.attempts.of_job(job) else { return };
        if matches!(self.attempts.get_mut(attempt.slot).ending, Ending::Terminated(_)) {
            return;
        }
        self.attempts.get_mut(attempt.slot).ending = Ending::Terminated(reason);
        queue.push(self.stopped_at(job), WorldEvent::AttemptEnded(attempt));
    }

    /// When a container that gets SIGTERM now has stopped.
    fn stopped_at(&self, job: u32) -> SimTime {
        let row = self.jobs.get(job);
        let own = self.config.job_definitions[row.definition.index()].stop_timeout;
        let most = own.unwrap_or(self.config.profile.stop_timeout).as_millis();
        let key = self.attempt_key(row, streams::STOP);
        let ms = (open01(&mut key.draw(0)) * most as f64) as u64;
        self.now + SimDuration::from_millis(ms)
    }
}
