//! From SubmitJob to RUNNABLE, and from the last attempt to the record.

use crate::batch::backlog::{Entry, EntryState, Plan};
use crate::ec2::money::NanoUsd;
use crate::sim::{Notice, SimDuration, SimTime};
use crate::workload::submission::{JobSubmission, Ticket};
use crate::world::World;
use crate::world::event::{Queue, Stamped, WorldEvent};
use crate::world::handlers::dependency::End;
use crate::world::record::{JobId, JobStatus};
use crate::world::state::arrays::Array;
use crate::world::state::jobs::{Job, NONE, UNACCEPTED};
use crate::world::state::lanes::LaneId;
use crate::world::streams;

impl World {
    /// A job enters: through the API's rate limit if its call passes there, else at once.
    pub(in crate::world) fn on_job_arrived(&mut self, s: JobSubmission, queue: &mut Queue) {
        let children = u64::from(s.array_size.max(1));
        if self.is_refused(&s) {
            self.tally.refused_submissions += children;
            return;
        }
        self.tally.submitted += children;
        self.tally.live_jobs += children;
        let array = if s.array_size > 0 {
            let conditions = s.links.as_ref().map_or(0, |links| links.conditions_by_index());
            self.jobs.insert_array(Array::new(s.array_size, conditions))
        } else {
            NONE
        };
        let gang = self.gang_of(&s);
        assert!(gang.is_none() || array == NONE, "an array is not of several nodes");
        self.note_submission(JobId::new(self.next_job), &s);
        let definition = &self.config.job_definitions[s.definition.index()];
        let shape = match definition.fargate {
            None => self.shapes.intern(gang.as_ref().map_or(s.requirements, |gang| gang.need)),
            Some(task) => self.shapes.intern_size(task.size),
        };
        let job = self.jobs.insert(Job {
            id: JobId::new(self.next_job),
            child: NONE,
            queue: s.queue,
            lane: LaneId::of_queue(s.queue),
            definition: s.definition,
            shape,
            name: s.name,
            run_time: s.run_time,
            timeout: s.timeout.or(definition.timeout),
            arrived: self.now,
            submitted: self.now,
            runnable: self.now,
            waiting_since: self.now,
            position: UNACCEPTED,
            status: JobStatus::Submitted,
            attempts: 0,
            attempts_override: s.attempts,
            array,
            target: NONE,
            cost: NanoUsd::ZERO,
            open_charges: NONE,
        });
        self.next_job += 1;
        if let Some(gang) = gang {
            self.jobs.gangs.insert(job.slot, gang);
        }
        if let Some(links) = &s.links {
            self.link(job, links, s.array_size.max(1));
        }
        if let Some(share) = s.share
            && self.queues[s.queue.index()].fair_share.is_some()
        {
            self.jobs.unaccepted.insert(job.slot, (share, s.scheduling_priority));
        }
        if let Some(ticket) = s.ticket {
            self.jobs.tickets.insert(job.slot, ticket);
        }
        match self.config.profile.submit_tps {
            Some(tps) if s.throttled => self.accept_in_turn(job, tps, queue),
            _ => self.accept(job, queue),
        }
    }

    /// A call passes the API's rate limit, now or later.
    fn accept_in_turn(&mut self, job: Stamped, tps: u32, queue: &mut Queue) {
        let accepted = self.accept_at(tps);
        if accepted > self.now {
            queue.push(accepted, WorldEvent::JobAccepted(job));
        } else {
            self.accept(job, queue);
        }
    }

    /// Whether AWS takes no such job: its queue is DISABLED, nobody has the ids that it depends on,
    /// or its share would be one too many active ones. Who waits for its end is told that there is
    /// none.
    fn is_refused(&mut self, s: &JobSubmission) -> bool {
        let links = s.links.as_deref();
        let refers_to_nobody = links.is_some_and(|links| !self.dependencies.knows(links));
        let is_refused = refers_to_nobody
            || !self.queues[s.queue.index()].enabled
            || (self.has_policies && !self.is_throttled(s) && self.has_too_many_shares(s));
        if let Some(Ticket { source, number }) = s.ticket.filter(|_| is_refused) {
            self.notices.push_back(Notice { source, ticket: number, succeeded: false });
        }
        is_refused
    }

    /// Whether a call passes through the API's rate limit.
    fn is_throttled(&self, s: &JobSubmission) -> bool {
        s.throttled && self.config.profile.submit_tps.is_some()
    }

    /// Whether the share of a submission would be one too many active ones of its queue.
    fn has_too_many_shares(&mut self, s: &JobSubmission) -> bool {
        let now = self.now;
        match (&mut self.queues[s.queue.index()].fair_share, &s.share) {
            (Some(fair_share), Some(share)) => !fair_share.shares.may_submit(now, share),
            _ => false,
        }
    }

    /// When the API takes one more call, `tps` a second without a burst.
    fn accept_at(&mut self, tps: u32) -> SimTime {
        let now_us = self.now.as_millis() * 1_000;
        let at_us = self.submit_clock_us.max(now_us);
        self.submit_clock_us = at_us + 1_000_000 / u64::from(tps);
        let at = SimTime::from_millis(at_us.div_ceil(1_000));
        self.tally.throttle_total += at.since(self.now);
        self.tally.throttle_count += 1;
        at
    }

    /// The API has accepted a throttled call.
    pub(in crate::world) fn on_job_accepted(&mut self, job: Stamped, queue: &mut Queue) {
        if self.jobs.is_current(job) {
            self.accept(job, queue);
        }
    }

    /// SUBMITTED: it has its place in the queue; the first evaluation follows.
    fn accept(&mut self, stamped: Stamped, queue: &mut Queue) {
        let now = self.now;
        let job = self.jobs.get(stamped.slot);
        let (queue_id, array) = (job.queue, job.array);
        let size = if array == NONE { 1 } else { self.jobs.arrays[array as usize].size };
        let Ok(lane) = self.submit_to_share(queue_id, stamped.slot, size, queue) else {
            return self.refuse(stamped.slot, size);
        };
        self.note_accepted(stamped.slot);
        let job = self.jobs.get_mut(stamped.slot);
        job.submitted = now;
        job.waiting_since = now;
        let key = self.key.stream(streams::SUBMIT_EVAL).entity(u64::from(job.id.raw()));
        let shape = job.shape;
        let entry =
            Entry { job: stamped.slot, shape, state: EntryState::Submitted, plan: Plan::NONE };
        job.lane = lane;
        job.position = self.lanes[lane.index()].backlog.push(entry);
        self.note_entered(lane);
        self.tally.waiting.enter(now, u64::from(size));
        let delay = self.config.profile.submit_eval;
        let delay = if delay.median == SimDuration::ZERO {
            SimDuration::ZERO
        } else {
            delay.sample(&mut key.draw(0))
        };
        if delay == SimDuration::ZERO {
            self.on_job_evaluated(stamped, queue);
        } else {
            queue.push(now + delay, WorldEvent::JobEvaluated(stamped));
        }
    }

    /// A throttled call is refused when its turn comes, for its share would be one too many active
    /// ones: there is no job. Whoever has referred to it in the meantime waits in vain.
    #[cold]
    fn refuse(&mut self, slot: u32, size: u32) {
        let children = u64::from(size);
        self.tally.submitted -= children;
        self.tally.live_jobs -= children;
        self.tally.refused_submissions += children;
        self.tell_end(slot, JobStatus::Failed);
        let Job { array, target, .. } = *self.jobs.get(slot);
        for child in 0..size {
            self.note_end(target, (array != NONE).then_some(child), JobStatus::Failed);
            if array != NONE {
                self.jobs.child_ended(array);
            }
        }
        self.jobs.pending.remove(&slot);
        self.jobs.take_gang(slot);
        self.jobs.remove(slot);
    }

    /// Its first evaluation: it is PENDING while it waits for others, else RUNNABLE.
    pub(in crate::world) fn on_job_evaluated(&mut self, stamped: Stamped, queue: &mut Queue) {
        if !self.jobs.is_current(stamped) {
            return;
        }
        if !self.jobs.pending.is_empty() && self.waits_for_others(stamped) {
            return;
        }
        self.make_runnable(stamped, self.now, queue);
    }

    /// RUNNABLE: the next cycle sees it. An array's children spawn from here on. It was evaluated
    /// at `evaluated`, and waited for others since.
    pub(in crate::world) fn make_runnable(
        &mut self,
        stamped: Stamped,
        evaluated: SimTime,
        queue: &mut Queue,
    ) {
        let now = self.now;
        let is_gang = self.jobs.is_gang(stamped.slot);
        let is_array = self.jobs.get(stamped.slot).array != NONE;
        let to = if is_array { JobStatus::Pending } else { JobStatus::Runnable };
        self.note_change(stamped.slot, to);
        let job = self.jobs.get_mut(stamped.slot);
        job.runnable = now;
        job.waiting_since = now;
        let (queue_id, lane, position, array) = (job.queue, job.lane, job.position, job.array);
        let state = &mut self.queues[queue_id.index()];
        let backlog = &mut self.lanes[lane.index()].backlog;
        backlog.reconsider_from(position);
        if array == NONE {
            job.status = JobStatus::Runnable;
            state.runnable += 1;
            let to = if is_gang { EntryState::Gang } else { EntryState::Runnable };
            backlog.set_state(position, to);
            if evaluated < now {
                self.jobs.pending_since.insert(stamped.slot, evaluated);
            }
        } else {
            job.status = JobStatus::Pending;
            let row = &mut self.jobs.arrays[array as usize];
            (row.evaluated, row.spawned_from) = (evaluated, now);
            state.runnable += row.runnable();
            let is_ready = row.runnable() > 0;
            let to = if is_ready { EntryState::Array } else { EntryState::Pending };
            backlog.set_state(position, to);
            if row.gate.as_mut().is_some_and(|gate| gate.open()) {
                self.ends.push_back(End::Doomed(stamped));
            }
            self.note_spawning(stamped);
        }
        self.ensure_cycle(queue);
    }
}
