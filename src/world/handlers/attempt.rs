//! Attempts: placed, started, ended; retried or final (behaviour 1.3, 1.4, 7).

use super::fargate::NEW_TASK;
use super::finish::JobEnd;
use super::nodes::MainEnd;
use super::steps::{RunUse, Spent, spans_of};
use super::waits::Waiting;
use crate::batch::backlog::{Entry, EntryState, Plan};
use crate::batch::compute_environment::ComputeEnvironmentId;
use crate::batch::job_definition::Requirements;
use crate::batch::retry::FailedAttempt;
use crate::batch::wait_cause::WaitCause;
use crate::ec2::billing::{FREE_PERIOD, Use};
use crate::ec2::fleet::PurchaseOption;
use crate::ec2::money::NanoUsd;
use crate::sim::random::{RandomKey, open01};
use crate::sim::sampler::LatencyModel;
use crate::sim::{SimDuration, SimTime};
use crate::world::World;
use crate::world::event::{Queue, Stamped, WorldEvent};
use crate::world::observer::Observer;
use crate::world::record::{AttemptRecord, JobStatus, StatusReason};
use crate::world::state::attempts::{Attempt, Ending};
use crate::world::state::instances::Stage;
use crate::world::state::jobs::{Job, NONE};
use crate::world::streams;

/// The exit code of a container that SIGTERM stops (behaviour 1.3).
const SIGTERM: i32 = 143;

impl Job {
    /// What draws of a job are keyed by: the submission and the child.
    const fn entity(&self) -> u64 {
        ((self.id.raw() as u64) << 32) | self.child as u64
    }
}

impl World {
    /// STARTING: the job, or its main node, takes its place on an instance; image and container
    /// follow.
    pub(in crate::world) fn place(
        &mut self,
        slot: u32,
        environment: ComputeEnvironmentId,
        instance_slot: u32,
        node: u32,
        planned: Option<(SimTime, u8)>,
        queue: &mut Queue,
    ) {
        let now = self.now;
        let is_task = instance_slot == NEW_TASK;
        let instance_slot =
            if is_task { self.launch_task(slot, environment) } else { instance_slot };
        let instance = self.instances.get_mut(instance_slot);
        let room_since = instance.room_since;
        let stamped = self.attempts.insert(slot, instance_slot, now, &mut instance.attempts);
        let last_cycle = self.previous_cycle;
        let Self { lanes, jobs, attempts, config, .. } = self;
        let attempt = attempts.get_mut(stamped.slot);
        attempt.node = node;
        let waiting = Waiting { now, last_cycle, lanes, jobs };
        let planned = planned.map(|(since, _)| since);
        attempt.behind = waiting.until_placed(slot, planned, room_since, &mut attempt.waits);
        let job = jobs.get(slot);
        let since = if job.attempts == 0 { job.submitted } else { job.waiting_since };
        if job.attempts == 0 && job.waiting_since > job.submitted {
            let rate = config.profile.array_spawn_rate;
            jobs.add_wait_before(slot, rate, &mut attempt.waits);
        }
        self.note_placed(slot, instance_slot);
        let job = self.jobs.get_mut(slot);
        job.attempts += 1;
        job.status = JobStatus::Starting;
        let shape = job.shape;
        self.tally.waiting.leave(now, since);
        self.tally.placed.enter(now, 1);
        self.lock_consumables(slot);
        self.environment(environment).starting_jobs += 1;
        let started = if is_task {
            self.task_up_at(stamped, slot, instance_slot, queue)
        } else {
            let need = match node {
                NONE => self.shapes.get(shape),
                node => self.jobs.gang(slot).need_of(node),
            };
            self.take_capacity(instance_slot, need);
            self.note_room_taken(environment, queue);
            self.container_up_at(stamped, slot, instance_slot)
        };
        if started == now {
            self.on_attempt_started(stamped, queue);
        } else {
            queue.push(started, WorldEvent::AttemptStarted(stamped));
        }
    }

    /// When the job's image is on the instance: pulled once, shared by those who come later.
    #[inline]
    pub(in crate::world) fn pulled_at(
        &mut self,
        slot: u32,
        node: u32,
        instance_slot: u32,
    ) -> SimTime {
        let now = self.now;
        let definition = self.jobs.get(slot).definition;
        let key = self.node_key(slot, node, streams::PULL);
        let profile = &self.config.profile;
        let image_mib = self.config.job_definitions[definition.index()].model.image_mib;
        if profile.pull_base == SimDuration::ZERO
            && (image_mib == 0 || profile.pull_mb_per_s <= 0.0)
        {
            return now;
        }
        let image = self.images[definition.index()];
        let instance = self.instances.get_mut(instance_slot);
        if let Some((_, ready)) = instance.images.iter().find(|(cached, _)| *cached == image) {
            return now.max(*ready);
        }
        let time = profile.pull_base + transfer(image_mib, profile.pull_mb_per_s);
        let ready = now + scaled(time, profile.pull_sigma, key);
        instance.images.push((image, ready));
        ready
    }

    #[inline]
    pub(in crate::world) fn draw_start(
        &self,
        slot: u32,
        node: u32,
        start: LatencyModel,
    ) -> SimDuration {
        if start.median == SimDuration::ZERO {
            return SimDuration::ZERO;
        }
        let key = self.node_key(slot, node, streams::START);
        start.sample(&mut key.draw(0))
    }

    /// What one attempt of a job draws from, for one purpose.
    pub(in crate::world) fn attempt_key(&self, job: &Job, stream: u32) -> RandomKey {
        self.key.stream(stream).entity(job.entity()).entity(u64::from(job.attempts))
    }

    /// RUNNING: the earlier of its end and its timeout is due, or it takes its first step.
    pub(in crate::world) fn on_attempt_started(&mut self, stamped: Stamped, queue: &mut Queue) {
        if !self.attempts.is_current(stamped) {
            return;
        }
        let now = self.now;
        let attempt = self.attempts.get_mut(stamped.slot);
        if attempt.is_child_node {
            return self.on_node_started(stamped, queue);
        }
        let (node, instance_slot) = (attempt.node, attempt.instance);
        let instance = self.instances.get(instance_slot);
        attempt.started = Some(now);
        if now > attempt.placed {
            // An instance has been running for long, a task is provisioned first.
            let running = attempt.placed.max(instance.running);
            attempt.waits.add(WaitCause::Provisioning, running.since(attempt.placed));
            attempt.waits.add(WaitCause::ImagePull, attempt.pulled.since(running));
            attempt.waits.add(WaitCause::Start, now.since(attempt.pulled));
        }
        let is_terminated = matches!(attempt.ending, Ending::Terminated(_));
        let (slot, environment, is_task) = (attempt.job, instance.environment, instance.is_task());
        let row = self.environment(environment);
        row.starting_jobs -= 1;
        row.running_jobs += 1;
        self.note_change(slot, JobStatus::Running);
        self.jobs.get_mut(slot).status = JobStatus::Running;
        if is_terminated {
            return;
        }
        let job = self.jobs.get(slot);
        let timeout = job.timeout.map(|timeout| timeout + self.draw_timeout_delay(job));
        let timeout = if is_task { self.task_timeout(timeout) } else { timeout };
        if self.config.job_definitions[job.definition.index()].model.has_steps() {
            self.begin_steps(stamped, timeout, queue);
        } else {
            let run_time = self.work_time(job, instance_slot);
            let (ending, after) = match timeout {
                Some(timeout) if run_time > timeout => (Ending::TimedOut, timeout),
                _ => (Ending::Exit(self.draw_exit_code(job)), run_time),
            };
            self.attempts.get_mut(stamped.slot).ending = ending;
            queue.push(now + after, WorldEvent::AttemptEnded(stamped));
        }
        if node != NONE {
            self.start_other_nodes(slot, queue);
        }
    }

    /// How long a job works on the reference machine, if nothing stops it.
    #[inline]
    pub(in crate::world) fn run_time(&self, job: &Job) -> SimDuration {
        job.run_time.unwrap_or_else(|| self.draw_run_time(job))
    }

    /// A job's work is the same at every attempt.
    fn draw_run_time(&self, job: &Job) -> SimDuration {
        let model = &self.config.job_definitions[job.definition.index()].model;
        let key = self.key.stream(streams::RUN_TIME).entity(job.entity());
        model.runtime.as_ref().map_or(SimDuration::ZERO, |r| r.duration(&mut key.draw(0)))
    }

    pub(in crate::world) fn draw_exit_code(&self, job: &Job) -> i32 {
        let failure = self.config.job_definitions[job.definition.index()].model.failure;
        if failure.probability <= 0.0 {
            return 0;
        }
        let mut rng = self.attempt_key(job, streams::FAILURE).draw(0);
        if open01(&mut rng) < failure.probability { failure.exit_code } else { 0 }
    }

    /// Its container exits, its timeout strikes, or its next step is due.
    pub(in crate::world) fn on_attempt_ended<O: Observer>(
        &mut self,
        stamped: Stamped,
        queue: &mut Queue,
        observer: &mut O,
    ) {
        if !self.attempts.is_current(stamped) {
            return;
        }
        let attempt = self.attempts.get_mut(stamped.slot);
        let (ending, instance) = (attempt.ending, attempt.instance);
        let ending = match ending {
            Ending::TimedOut if self.waits_for_its_turn(stamped, queue) => return,
            Ending::Exit(_) if !self.steps.is_empty() => {
                match self.next_step(stamped, ending, queue) {
                    Some(ending) => ending,
                    None => return,
                }
            }
            ending => ending,
        };
        self.end_attempt(stamped.slot, ending, observer, queue);
        self.attempt_left(instance, queue, observer);
    }

    /// Ends an attempt: its capacity and its money are settled, its record leaves, and its job is
    /// retried or ends.
    pub(in crate::world) fn end_attempt<O: Observer>(
        &mut self,
        slot: u32,
        ending: Ending,
        observer: &mut O,
        queue: &mut Queue,
    ) {
        if self.attempts.get_mut(slot).is_child_node {
            return self.end_child_node(slot, ending, observer, queue);
        }
        let now = self.now;
        let attempt = self.remove_attempt(slot);
        let environment = self.instances.get(attempt.instance).environment;
        let row = self.environment(environment);
        match attempt.started {
            Some(_) => row.running_jobs -= 1,
            None => row.starting_jobs -= 1,
        }
        let ending = self.known_ending(slot, &attempt, ending);
        let (reason, exit_code) = self.outcome(&attempt, ending);
        let instance = self.instances.get_mut(attempt.instance);
        instance.attempts_ended += 1;
        instance.attempts_lost += u64::from(ending == Ending::HostLost);
        let retried = exit_code != Some(0) && self.is_retried(&attempt, reason, exit_code);
        let what = match ending {
            Ending::RunEnded => Use::InFlight,
            _ if retried => Use::Lost,
            _ => Use::Work,
        };
        let spent = if self.steps.is_empty() { None } else { self.end_steps(slot, what, queue) };
        let whole = RunUse::All(what);
        let run = spent.as_ref().map_or(&whole, |spent| &spent.run);
        self.return_capacity(&attempt, run, queue);
        self.note_stopped(attempt.job, queue);
        self.release_consumables(attempt.job, queue);
        let status = match (ending, exit_code) {
            (Ending::RunEnded, _) => self.jobs.get(attempt.job).status,
            (_, Some(0)) => JobStatus::Succeeded,
            _ => JobStatus::Failed,
        };
        let stopped = (ending != Ending::RunEnded).then_some(now);
        if O::ATTEMPTS {
            let mut record = self.attempt_record(&attempt, status, reason, exit_code);
            (record.retried, record.stopped) = (retried, stopped);
            if let Some(spent) = &spent {
                (record.stage_in, record.stage_out) = (spent.stage_in, spent.stage_out);
                record.checkpoint = spent.checkpoint;
            }
            observer.attempt(&record);
        }
        let held = (attempt.node != NONE).then(|| {
            let end = MainEnd { ending, run, status, retried };
            self.end_other_nodes(attempt.job, &end, observer, queue)
        });
        if retried {
            self.retry(&attempt, spent.as_deref(), queue);
        } else {
            let end = JobEnd { status, reason, stopped, spent: spent.as_deref() };
            self.end_job(&attempt, end, observer);
        }
        if let Some(held) = held {
            self.release_all(held, queue);
        }
    }

    /// What ends an attempt: a call or a timeout that has stopped it, though its host goes before
    /// its container has; else what has just happened.
    fn known_ending(&self, slot: u32, attempt: &Attempt, happened: Ending) -> Ending {
        let has_timed_out = || self.steps.get(&slot).is_some_and(|steps| steps.has_timed_out);
        match (happened, attempt.ending) {
            (Ending::HostLost, Ending::Terminated(_) | Ending::TimeoutQueued) => attempt.ending,
            (Ending::HostLost, _) if has_timed_out() => Ending::TimedOut,
            _ => happened,
        }
    }

    // Inlined: a status reason that is returned through memory is read before it is written there.
    #[inline(always)]
    pub(in crate::world) fn outcome(
        &self,
        attempt: &Attempt,
        ending: Ending,
    ) -> (StatusReason, Option<i32>) {
        match ending {
            Ending::Exit(code) => (StatusReason::ContainerExited, Some(code)),
            Ending::TimedOut | Ending::TimeoutQueued => (StatusReason::TimedOut, None),
            Ending::Terminated(reason) => {
                (StatusReason::Requested(reason), attempt.started.map(|_| SIGTERM))
            }
            Ending::RunEnded => (StatusReason::None, None),
            Ending::HostLost if self.instances.get(attempt.instance).is_task() => {
                (StatusReason::SpotTaskInterrupted, attempt.started.map(|_| SIGTERM))
            }
            Ending::HostLost => {
                let job = self.jobs.get(attempt.job);
                let mut rng = self.attempt_key(job, streams::HOST_LOSS).draw(0);
                let absent = open01(&mut rng) < self.config.profile.p_exit_null_on_host_loss;
                let id = self.instances.get(attempt.instance).id;
                let code = (!absent && attempt.started.is_some()).then_some(SIGTERM);
                (StatusReason::HostTerminated(id), code)
            }
        }
    }

    /// Timeouts and terminated jobs are never retried; failures and lost hosts are while the
    /// strategy says so.
    fn is_retried(&self, attempt: &Attempt, reason: StatusReason, exit_code: Option<i32>) -> bool {
        let is_final = |reason| {
            use StatusReason::{None, Requested, TimedOut};
            matches!(reason, TimedOut | Requested(_) | None)
        };
        if is_final(reason) {
            return false;
        }
        let job = self.jobs.get(attempt.job);
        let strategy = &self.config.job_definitions[job.definition.index()].retry;
        let text = reason.to_string();
        let failed =
            FailedAttempt { attempt: job.attempts, status_reason: &text, reason: None, exit_code };
        match job.attempts_override {
            Some(attempts) => job.attempts < u32::from(attempts),
            None => strategy.retries(&failed),
        }
    }

    pub(in crate::world) fn attempt_record(
        &self,
        attempt: &Attempt,
        status: JobStatus,
        reason: StatusReason,
        exit_code: Option<i32>,
    ) -> AttemptRecord {
        let job = self.jobs.get(attempt.job);
        AttemptRecord {
            job_id: job.id,
            array_index: (job.child != NONE).then_some(job.child),
            attempt: job.attempts,
            queue: job.queue,
            node: (attempt.node != NONE).then_some(attempt.node),
            runnable: if attempt.is_child_node { attempt.placed } else { job.waiting_since },
            placed: attempt.placed,
            started: attempt.started,
            stopped: Some(self.now),
            status,
            reason,
            exit_code,
            retried: false,
            waits: attempt.waits,
            stage_in: SimDuration::ZERO,
            stage_out: SimDuration::ZERO,
            checkpoint: SimDuration::ZERO,
            place: self.place_of(attempt.instance),
        }
    }

    /// Back to RUNNABLE, before the queue (behaviour 1.3: "given priority").
    fn retry(&mut self, attempt: &Attempt, spent: Option<&Spent>, queue: &mut Queue) {
        let now = self.now;
        self.add_to_history(attempt, spent);
        self.note_change(attempt.job, JobStatus::Runnable);
        let job = self.jobs.get_mut(attempt.job);
        job.status = JobStatus::Runnable;
        job.waiting_since = now;
        let key = (job.id.raw(), job.child);
        let (shape, id, lane) = (job.shape, job.queue, job.lane);
        let state = if attempt.node == NONE { EntryState::Runnable } else { EntryState::Gang };
        let entry = Entry { job: attempt.job, shape, state, plan: Plan::NONE };
        self.jobs.lapses.remove(&attempt.job);
        self.jobs.blocked.remove(&attempt.job);
        self.tally.waiting.enter(now, 1);
        self.lanes[lane.index()].backlog.push_retry(key, entry);
        self.queues[id.index()].runnable += 1;
        self.note_entered(lane);
        self.ensure_cycle(queue);
    }

    /// What a job keeps of an attempt that it lost.
    fn add_to_history(&mut self, attempt: &Attempt, spent: Option<&Spent>) {
        let now = self.now;
        let since = self.jobs.get(attempt.job).waiting_since;
        let history = self.jobs.histories.entry(attempt.job).or_default();
        let ran = attempt.started.map_or(SimDuration::ZERO, |started| now.since(started));
        history.run += ran;
        match spent {
            Some(spent) => spent.add_to(history),
            None => history.lost += ran,
        }
        if history.started.is_some() {
            history.retry_wait += attempt.started.unwrap_or(now).since(since);
            return;
        }
        history.waits.add_all(&attempt.waits);
        history.behind += attempt.behind;
        history.started = attempt.started;
    }

    /// Takes what an attempt asks for from its instance.
    pub(in crate::world) fn take_capacity(&mut self, slot: u32, need: Requirements) {
        let now = self.now;
        let instance = self.instances.get_mut(slot);
        let units = instance.units_of(need);
        instance.account.allocate(now, units);
        let (id, before) = (instance.id.raw(), instance.free);
        instance.free.vcpus -= need.vcpus;
        instance.free.memory_mib -= need.memory_mib;
        instance.free.gpus -= need.gpus;
        instance.tenants += 1;
        let (after, first) = (instance.free, instance.tenants == 1);
        let (environment, at) = (instance.environment, instance.listed_at);
        let is_reserved = instance.reserved_for != NONE;
        let row = &mut self.environments[environment.index()];
        row.allocated_vcpus += need.vcpus;
        if is_reserved {
            return;
        }
        row.free.update(before, after, id, slot);
        if first {
            self.unlist_idle(slot, at);
        }
    }

    /// Gives back what an attempt held, and charges it.
    pub(in crate::world) fn return_capacity(
        &mut self,
        attempt: &Attempt,
        run: &RunUse,
        queue: &mut Queue,
    ) {
        let now = self.now;
        let slot = attempt.instance;
        let need = self.need_of(attempt);
        let instance = self.instances.get_mut(slot);
        // Only a task is placed on before it runs; until then it is neither there nor paid for.
        let from = attempt.placed.max(instance.running);
        let held = now.since(from);
        let starting = attempt.started.unwrap_or(now).since(from);
        let units = instance.units_of(need);
        let starting = (Use::Starting, starting);
        let (all, split);
        let spans: &[(Use, SimDuration)] = match run {
            RunUse::All(what) => {
                all = [starting, (*what, held - starting.1)];
                &all
            }
            RunUse::Split(steps) => {
                split = spans_of(starting, steps, held - starting.1);
                &split
            }
        };
        let cost = instance.account.release(now.max(from), units, spans);
        instance.allocated_vcpu_ms += u128::from(need.vcpus) * u128::from(held.as_millis());
        instance.allocated_mib_ms += u128::from(need.memory_mib) * u128::from(held.as_millis());
        if instance.is_task() {
            return self.charge_job(attempt.job, slot, cost, queue);
        }
        let (id, before) = (instance.id.raw(), instance.free);
        instance.free.vcpus += need.vcpus;
        instance.free.memory_mib += need.memory_mib;
        instance.free.gpus += need.gpus;
        instance.tenants -= 1;
        instance.room_since = now;
        let after = instance.free;
        let row = &mut self.environments[instance.environment.index()];
        row.allocated_vcpus -= need.vcpus;
        if instance.stage == Stage::Registered && instance.reserved_for == NONE {
            row.free.update(before, after, id, slot);
            if instance.tenants == 0 {
                self.list_idle(slot);
            }
        }
        self.charge_job(attempt.job, slot, cost, queue);
    }

    /// Adds an attempt's cost to its job: for good, or open while the instance may become free.
    fn charge_job(&mut self, job: u32, instance_slot: u32, cost: NanoUsd, queue: &mut Queue) {
        let now = self.now;
        let market = self.config.spot_market.is_some();
        let instance = self.instances.get_mut(instance_slot);
        let row = self.jobs.get_mut(job);
        let may_be_free = market
            && instance.purchase == PurchaseOption::Spot
            && !instance.is_task()
            && instance.account.in_free_period(now);
        if !may_be_free {
            row.cost += cost;
            return;
        }
        if instance.open_bill == NONE {
            instance.open_bill = self.settlement.open_bill();
            let due = instance.account.running() + FREE_PERIOD;
            let stamped = self.instances.stamped(instance_slot);
            queue.push(due, WorldEvent::FirstHourEnded(stamped));
        }
        let bill = self.instances.get(instance_slot).open_bill;
        row.open_charges = self.settlement.charge(bill, cost, row.open_charges);
    }
}

/// How long the transfer of an image takes; 0 MB/s is infinitely fast.
pub(super) fn transfer(image_mib: u32, mb_per_s: f64) -> SimDuration {
    if mb_per_s <= 0.0 {
        return SimDuration::ZERO;
    }
    let bytes = f64::from(image_mib) * 1_048_576.0;
    SimDuration::from_secs_f64(bytes / (mb_per_s * 1e6))
}

/// A time scaled by a lognormal factor of median 1.
fn scaled(time: SimDuration, sigma: f64, key: RandomKey) -> SimDuration {
    let model = LatencyModel { median: time, sigma };
    model.sample(&mut key.draw(0))
}

/// Removes an element by moving the last one there; returns what moved.
pub(in crate::world) fn remove_at(list: &mut Vec<u32>, at: u32) -> Option<u32> {
    list.swap_remove(at as usize);
    list.get(at as usize).copied()
}
