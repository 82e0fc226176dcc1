//! The nodes of a job that has its instances: the main one starts first, the others once it is
//! RUNNING, and all end with it (behaviour 3).
//!
//! Every node is an attempt on an instance of its own. The job's status and times are those of the
//! main node; what becomes of another node before changes nothing.

use super::steps::RunUse;
use crate::batch::compute_environment::ComputeEnvironmentId;
use crate::batch::job_definition::Requirements;
use crate::batch::wait_cause::WaitCause;
use crate::ec2::billing::Use;
use crate::sim::random::{RandomKey, open01};
use crate::sim::{SimDuration, SimTime};
use crate::world::World;
use crate::world::event::{Queue, Stamped, WorldEvent};
use crate::world::observer::Observer;
use crate::world::record::{JobStatus, StatusReason};
use crate::world::state::attempts::{Attempt, Ending};
use crate::world::state::jobs::NONE;
use crate::world::streams;

/// How the nodes of a job end with its main node.
#[derive(Clone, Copy, Debug)]
pub(in crate::world) struct MainEnd<'a> {
    pub(in crate::world) ending: Ending,
    pub(in crate::world) run: &'a RunUse,
    pub(in crate::world) status: JobStatus,
    pub(in crate::world) retried: bool,
}

impl World {
    /// STARTING: every node has its instance, and the main one begins.
    pub(in crate::world) fn start_gang(
        &mut self,
        job: u32,
        environment: ComputeEnvironmentId,
        queue: &mut Queue,
    ) {
        let Self { jobs, instances, .. } = self;
        let gang = jobs.gang_mut(job);
        gang.held.sort_unstable_by_key(|slot| instances.get(*slot).id);
        let planned = gang.planned_since().zip(gang.plan.map(|plan| plan.rank));
        let was_planned = gang.plan.take().is_some();
        if was_planned {
            self.promise_gang(job, false);
        }
        let Self { jobs, instances, .. } = self;
        let gang = jobs.gang(job);
        let (node, main) = (gang.main, gang.held[gang.main as usize]);
        // There is room for it since the last of its instances had room.
        let room_since = gang.held.iter().map(|slot| instances.get(*slot).room_since).max();
        instances.get_mut(main).room_since = room_since.unwrap_or(self.now);
        self.place(job, environment, main, node, planned, queue);
        if was_planned {
            self.next_gang(environment, queue);
        }
    }

    /// The main node is RUNNING: the others start, each at its own pace.
    #[cold]
    pub(in crate::world) fn start_other_nodes(&mut self, job: u32, queue: &mut Queue) {
        let now = self.now;
        let Self { jobs, attempts, instances, .. } = self;
        let gang = jobs.gang_mut(job);
        for node in (0..gang.nodes).filter(|node| *node != gang.main) {
            let slot = gang.held[node as usize];
            let attempt = attempts.insert(job, slot, now, &mut instances.get_mut(slot).attempts);
            let row = attempts.get_mut(attempt.slot);
            (row.node, row.is_child_node) = (node, true);
            gang.others.push(attempt.slot);
        }
        for attempt in gang.others.clone() {
            let Attempt { instance, node, .. } = *self.attempts.get_mut(attempt);
            self.tally.placed.enter(now, 1);
            self.take_capacity(instance, self.jobs.gang(job).need_of(node));
            let change = (JobStatus::Runnable, JobStatus::Starting);
            self.note_node((job, node), change, StatusReason::None, instance);
            let stamped = self.attempts.stamped(attempt);
            let started = self.container_up_at(stamped, job, instance);
            if started == now {
                self.on_node_started(stamped, queue);
            } else {
                queue.push(started, WorldEvent::AttemptStarted(stamped));
            }
        }
    }

    /// A node other than the main one is up. It fails as often as the container of any job, at an
    /// instant of its main node's run time; whoever does not is stopped with the main node.
    #[cold]
    pub(in crate::world) fn on_node_started(&mut self, stamped: Stamped, queue: &mut Queue) {
        let now = self.now;
        let attempt = self.attempts.get_mut(stamped.slot);
        attempt.started = Some(now);
        attempt.waits.add(WaitCause::ImagePull, attempt.pulled.since(attempt.placed));
        attempt.waits.add(WaitCause::Start, now.since(attempt.pulled));
        let (job, node, instance) = (attempt.job, attempt.node, attempt.instance);
        let change = (JobStatus::Starting, JobStatus::Running);
        self.note_node((job, node), change, StatusReason::None, instance);
        let row = self.jobs.get(job);
        let failure = self.config.job_definitions[row.definition.index()].model.failure;
        let mut rng = self.node_key(job, node, streams::FAILURE).draw(0);
        if open01(&mut rng) >= failure.probability {
            return;
        }
        let run_time = self.work_time(row, instance).as_millis();
        let after = SimDuration::from_millis((open01(&mut rng) * run_time as f64) as u64);
        self.attempts.get_mut(stamped.slot).ending = Ending::Exit(failure.exit_code);
        queue.push(now + after, WorldEvent::AttemptEnded(stamped));
    }

    /// A node other than the main one ends by itself: its job goes on, and its instance takes
    /// others.
    #[cold]
    pub(in crate::world) fn end_child_node<O: Observer>(
        &mut self,
        slot: u32,
        ending: Ending,
        observer: &mut O,
        queue: &mut Queue,
    ) {
        let attempt = self.remove_attempt(slot);
        let (reason, exit_code) = self.outcome(&attempt, ending);
        self.settle_node(&attempt, &RunUse::All(Use::Work), ending, queue);
        if O::ATTEMPTS {
            let record = self.attempt_record(&attempt, JobStatus::Failed, reason, exit_code);
            observer.attempt(&record);
        }
        let node = (attempt.job, attempt.node);
        let from = attempt.started.map_or(JobStatus::Starting, |_| JobStatus::Running);
        self.note_node(node, (from, JobStatus::Failed), reason, attempt.instance);
        let gang = self.jobs.gang_mut(attempt.job);
        gang.others.retain(|other| *other != slot);
        gang.held[attempt.node as usize] = NONE;
        self.release(attempt.instance, queue);
    }

    /// The main node has ended, and with it all others. Returns the instances that are to take
    /// others again.
    #[cold]
    pub(in crate::world) fn end_other_nodes<O: Observer>(
        &mut self,
        job: u32,
        end: &MainEnd<'_>,
        observer: &mut O,
        queue: &mut Queue,
    ) -> Vec<u32> {
        for slot in std::mem::take(&mut self.jobs.gang_mut(job).others) {
            let attempt = self.remove_attempt(slot);
            self.settle_node(&attempt, end.run, end.ending, queue);
            if O::ATTEMPTS {
                let unfinished = end.ending == Ending::RunEnded;
                let (status, reason) = match (unfinished, attempt.started) {
                    (true, Some(_)) => (JobStatus::Running, StatusReason::None),
                    (true, None) => (JobStatus::Starting, StatusReason::None),
                    (false, _) => (end.status, StatusReason::MainNodeEnded),
                };
                let mut record = self.attempt_record(&attempt, status, reason, None);
                record.retried = end.retried;
                if unfinished {
                    record.stopped = None;
                }
                observer.attempt(&record);
            }
        }
        let gang = self.jobs.gang_mut(job);
        gang.registered = 0;
        std::mem::take(&mut gang.held)
    }

    /// Capacity and money of a node other than the main one.
    fn settle_node(&mut self, attempt: &Attempt, run: &RunUse, ending: Ending, queue: &mut Queue) {
        let instance = self.instances.get_mut(attempt.instance);
        instance.attempts_ended += 1;
        instance.attempts_lost += u64::from(ending == Ending::HostLost);
        self.return_capacity(attempt, run, queue);
    }

    /// Takes an attempt that ends now out of its tables.
    #[inline(always)]
    pub(in crate::world) fn remove_attempt(&mut self, slot: u32) -> Attempt {
        let now = self.now;
        let instance_slot = self.attempts.get_mut(slot).instance;
        let instance = self.instances.get_mut(instance_slot);
        let mut attempt = self.attempts.remove(slot, &mut instance.attempts);
        if attempt.started.is_none() {
            attempt.waits.add(WaitCause::FailedStart, now.since(attempt.placed));
        }
        self.tally.placed.leave(now, attempt.placed);
        attempt
    }

    /// What an attempt asks of its instance.
    #[inline(always)]
    pub(in crate::world) fn need_of(&self, attempt: &Attempt) -> Requirements {
        if attempt.node == NONE {
            return self.shapes.get(self.jobs.get(attempt.job).shape);
        }
        self.jobs.gang(attempt.job).need_of(attempt.node)
    }

    /// What one attempt of one node draws from, for one purpose; the main node draws what a job of
    /// one node would.
    pub(in crate::world) fn node_key(&self, job: u32, node: u32, stream: u32) -> RandomKey {
        let key = self.attempt_key(self.jobs.get(job), stream);
        if node == NONE || node == self.jobs.gang(job).main {
            return key;
        }
        key.entity(u64::from(node))
    }

    /// How long a node's network interface takes.
    #[cold]
    pub(in crate::world) fn draw_eni(&self, job: u32, node: u32) -> SimDuration {
        let attach = self.config.profile.eni_attach;
        if attach.median == SimDuration::ZERO {
            return SimDuration::ZERO;
        }
        attach.sample(&mut self.node_key(job, node, streams::ENI).draw(0))
    }

    /// When the container of an attempt is up, and when its image is there, which is noted.
    #[inline(always)]
    pub(in crate::world) fn container_up_at(
        &mut self,
        stamped: Stamped,
        job: u32,
        instance: u32,
    ) -> SimTime {
        let node = self.attempts.get_mut(stamped.slot).node;
        let pulled = self.pulled_at(job, node, instance);
        self.attempts.get_mut(stamped.slot).pulled = pulled;
        let started = pulled + self.draw_start(job, node, self.config.profile.start);
        if node == NONE { started } else { started + self.draw_eni(job, node) }
    }
}
