//! Changes of state, told to who looks (behaviour 1.1, 2.2). Changes nothing but the notes.
//!
//! A child of an array is PENDING when it is spawned, and RUNNABLE in the same instant unless it
//! waits for others by index. The model makes it a job of its own only when it is placed or ends,
//! so here the spawning is followed for itself, without an event of the run.

use crate::sim::SimTime;
use crate::workload::submission::JobSubmission;
use crate::world::World;
use crate::world::changes::Note;
use crate::world::event::Stamped;
use crate::world::observer::Observer;
use crate::world::record::{JobId, JobStatus, Place, StateChange, StatusReason, SubmissionRecord};
use crate::world::state::jobs::NONE;

impl World {
    /// Nothing is told of what the end of the run does to jobs.
    pub(in crate::world) fn stop_noting(&mut self) {
        self.changes.on = false;
    }

    /// A call is not refused, and will be the job `job_id`.
    #[inline]
    pub(in crate::world) fn note_submission(&mut self, job_id: JobId, s: &JobSubmission) {
        if !self.changes.on {
            return;
        }
        let timeout = self.config.job_definitions[s.definition.index()].timeout;
        self.changes.notes.push(Note::Submission(Box::new(SubmissionRecord {
            job_id,
            name: s.name.clone(),
            queue: s.queue,
            definition: s.definition,
            requirements: s.requirements,
            array_size: s.array_size,
            nodes: s.nodes,
            attempts: s.attempts,
            timeout: s.timeout.or(timeout),
            share: s.share.clone(),
            scheduling_priority: s.scheduling_priority,
            links: s.links.clone(),
            entry: s.entry,
        })));
    }

    /// The API has accepted a job.
    #[inline]
    pub(in crate::world) fn note_accepted(&mut self, slot: u32) {
        if self.changes.on {
            let id = self.jobs.get(slot).id;
            self.note(self.now, (id, NONE), None, JobStatus::Submitted);
        }
    }

    /// A job leaves the state that its row still says, for a state that is not final.
    #[inline]
    pub(in crate::world) fn note_change(&mut self, slot: u32, to: JobStatus) {
        if self.changes.on {
            self.note_why(slot, to, StatusReason::None, None);
        }
    }

    /// STARTING.
    #[inline]
    pub(in crate::world) fn note_placed(&mut self, slot: u32, instance: u32) {
        if self.changes.on {
            let place = Some(self.place_of(instance));
            self.note_why(slot, JobStatus::Starting, StatusReason::None, place);
        }
    }

    /// A node that is not the main one changes its state; `why` of one that has FAILED.
    #[cold]
    pub(in crate::world) fn note_node(
        &mut self,
        (job, node): (u32, u32),
        (from, to): (JobStatus, JobStatus),
        why: StatusReason,
        instance: u32,
    ) {
        if !self.changes.on {
            return;
        }
        let place = (to == JobStatus::Starting).then(|| self.place_of(instance));
        let (time, job_id) = (self.now, self.jobs.get(job).id);
        self.changes.notes.push(Note::StateChange(StateChange {
            time,
            job_id,
            array_index: None,
            node: Some(node),
            from: Some(from),
            to,
            reason: why,
            place,
        }));
    }

    /// SUCCEEDED or FAILED: told at once, since the job's record may leave next.
    #[inline]
    pub(in crate::world) fn tell_end_of<O: Observer>(
        &mut self,
        slot: u32,
        status: JobStatus,
        reason: StatusReason,
        observer: &mut O,
    ) {
        if O::STATE_CHANGES && self.changes.on {
            self.note_why(slot, status, reason, None);
            self.tell_changes(observer);
        }
    }

    #[cold]
    fn note_why(&mut self, slot: u32, to: JobStatus, reason: StatusReason, place: Option<Place>) {
        let job = self.jobs.get(slot);
        let from = match job.status {
            // A child that ends before its array was evaluated.
            JobStatus::Submitted if job.child != NONE => JobStatus::Pending,
            status => status,
        };
        if from == to {
            return;
        }
        self.changes.notes.push(Note::StateChange(StateChange {
            time: self.now,
            job_id: job.id,
            array_index: (job.child != NONE).then_some(job.child),
            node: None,
            from: Some(from),
            to,
            reason,
            place,
        }));
    }

    fn note(
        &mut self,
        time: SimTime,
        (job_id, child): (JobId, u32),
        from: Option<JobStatus>,
        to: JobStatus,
    ) {
        self.changes.notes.push(Note::StateChange(StateChange {
            time,
            job_id,
            array_index: (child != NONE).then_some(child),
            node: None,
            from,
            to,
            reason: StatusReason::None,
            place: None,
        }));
    }

    /// An array begins to spawn its children.
    #[inline]
    pub(in crate::world) fn note_spawning(&mut self, array: Stamped) {
        if self.changes.on {
            let id = self.jobs.get(array.slot).id;
            self.changes.spawning.insert((self.now, id), (array, 0));
            self.note_spawned(self.now);
        }
    }

    /// Children that come into being up to `until`, by time.
    #[cold]
    fn note_spawned(&mut self, until: SimTime) {
        while let Some(entry) = self.changes.spawning.first_entry()
            && entry.key().0 <= until
        {
            let ((time, id), (array, child)) = entry.remove_entry();
            if !self.jobs.is_current(array) {
                continue;
            }
            let row = &self.jobs.arrays[self.jobs.get(array.slot).array as usize];
            let (taken, ready) = (row.is_taken(child), row.is_ready(child));
            let next = child + 1;
            if next < row.size {
                let at = row.spawn_time(next, self.config.profile.array_spawn_rate);
                self.changes.spawning.insert((at, id), (array, next));
            }
            if !taken {
                self.note_spawn(time, id, child, ready);
            }
        }
    }

    /// A child comes into being.
    fn note_spawn(&mut self, time: SimTime, id: JobId, child: u32, ready: bool) {
        self.note(time, (id, child), None, JobStatus::Pending);
        if ready {
            self.note(time, (id, child), Some(JobStatus::Pending), JobStatus::Runnable);
        }
    }

    /// A child that others kept waiting waits for a place from now on.
    #[inline]
    pub(in crate::world) fn note_ready(&mut self, parent: u32, child: u32) {
        if self.changes.on && self.spawn_of(parent, child).is_some_and(|at| at <= self.now) {
            let id = self.jobs.get(parent).id;
            self.note(self.now, (id, child), Some(JobStatus::Pending), JobStatus::Runnable);
        }
    }

    /// A child becomes a job of its own: one that was not spawned comes into being now.
    #[inline]
    pub(in crate::world) fn note_taken(&mut self, parent: u32, child: u32) {
        if self.changes.on {
            let spawn = self.spawn_of(parent, child);
            if spawn.is_none_or(|at| at > self.now) {
                let job = self.jobs.get(parent);
                let row = &self.jobs.arrays[job.array as usize];
                let ready = spawn.is_some() && row.is_ready(child);
                self.note_spawn(self.now, job.id, child, ready);
            }
        }
    }

    /// When a child comes into being; `None` while its array waits as a whole.
    fn spawn_of(&self, parent: u32, child: u32) -> Option<SimTime> {
        let job = self.jobs.get(parent);
        let waits = self.jobs.pending.contains_key(&parent);
        let row = &self.jobs.arrays[job.array as usize];
        let at = row.spawn_time(child, self.config.profile.array_spawn_rate);
        (job.status == JobStatus::Pending && !waits).then_some(at)
    }

    /// Time moves on to `now`: what spawns on the way is told of.
    pub(in crate::world) fn tell_spawned_until<O: Observer>(
        &mut self,
        now: SimTime,
        observer: &mut O,
    ) {
        self.note_spawned(now);
        self.tell_changes(observer);
    }

    /// Hands on what was noted.
    pub(in crate::world) fn tell_changes<O: Observer>(&mut self, observer: &mut O) {
        for note in self.changes.notes.drain(..) {
            match note {
                Note::Submission(record) => observer.submission(&record),
                Note::StateChange(change) => observer.state_change(&change),
            }
        }
    }
}
