//! Fargate: a task is launched for a job and stops with it (behaviour 5.6, 6.1, 8, 9.4).
//!
//! Nothing is scaled and nothing is idle. An environment has room for a task while the vCPUs of its
//! tasks stay within maxvCpus and those of the account within its quota; how fast tasks are
//! launched is a matter of the launch bucket. Invariant: a task has exactly one attempt while it is
//! there.

use super::fleet::draw;
use crate::batch::compute_environment::ComputeEnvironmentId;
use crate::batch::job_definition::Requirements;
use crate::batch::shape::ShapeId;
use crate::batch::wait_cause::WaitCause;
use crate::ec2::billing::{Account, Rate};
use crate::ec2::catalog::ZoneId;
use crate::ec2::fleet::PurchaseOption;
use crate::sim::random::open01;
use crate::sim::{SimDuration, SimTime};
use crate::world::World;
use crate::world::event::{Queue, Stamped, WorldEvent};
use crate::world::state::instances::{Fate, Instance, Stage, Warning};
use crate::world::state::jobs::NONE;
use crate::world::streams;

/// What the search for room finds on Fargate: an instance that the placement is yet to make.
pub(in crate::world) const NEW_TASK: u32 = NONE;

// What an attempt draws from its stream.
const PROVISION: u64 = 0;
const INTERRUPTION: u64 = 1;

impl World {
    /// Whether there is room for a task for a job of `shape`; if not, why.
    pub(in crate::world) fn may_launch_task(
        &mut self,
        environment: ComputeEnvironmentId,
        shape: ShapeId,
    ) -> Result<(), WaitCause> {
        let row = &mut self.environments[environment.index()];
        let (Some(size), Some(tasks)) = (self.shapes.size(shape), &mut row.tasks) else {
            return Err(WaitCause::Infeasible);
        };
        let quarter_vcpus = u64::from(size.quarter_vcpus());
        let most = 4 * u64::from(row.max_vcpus);
        let cause = if quarter_vcpus > most {
            return Err(WaitCause::Infeasible);
        } else if !self.fargate.has_quota(row.purchase, size.quarter_vcpus()) {
            WaitCause::Quota
        } else if tasks.quarter_vcpus + quarter_vcpus > most {
            WaitCause::MaxVcpus
        } else {
            return Ok(());
        };
        tasks.is_full = true;
        Err(cause)
    }

    /// When the launch bucket of an environment has the next task: now, or later.
    pub(in crate::world) fn next_launch(&self, environment: ComputeEnvironmentId) -> SimTime {
        self.fargate.next_launch(self.environments[environment.index()].purchase, self.now)
    }

    /// Launches the task that a job is about to be placed on, in the zone with fewest tasks. There
    /// must be room.
    pub(in crate::world) fn launch_task(
        &mut self,
        slot: u32,
        environment: ComputeEnvironmentId,
    ) -> u32 {
        let now = self.now;
        let job = self.jobs.get(slot);
        let Some(offer) = self.offers[job.definition.index()] else {
            unreachable!("only a job for Fargate has a size: job slot {slot}")
        };
        let key = self.attempt_key(job, streams::FARGATE);
        let running = now + draw(self.config.profile.fargate_provision, key, PROVISION);
        let (size, quarter_vcpus) = (offer.task.size, offer.task.size.quarter_vcpus());
        let row = &mut self.environments[environment.index()];
        let purchase = row.purchase;
        self.fargate.launch(purchase, quarter_vcpus, now);
        let mut tasks = row.tasks.unwrap_or_default();
        tasks.quarter_vcpus += u64::from(quarter_vcpus);
        let (before, after) = row.set_tasks(tasks);
        let spec = &self.config.compute_environments[environment.index()];
        let live = |zone: &ZoneId| row.live_zones.get(zone).copied().unwrap_or(0);
        let zone = spec.zones.iter().min_by_key(|zone| (live(zone), **zone)).copied();
        let zone = zone.unwrap_or(ZoneId::new(0));
        row.remember_live(offer.instance_type, zone, 1);
        self.tally.alive_vcpus += u64::from(after - before);
        let capacity = size.requirements();
        let price = Rate::Constant(offer.prices[purchase as usize]);
        let mut account = Account::open(price, capacity.vcpus, running);
        account.allocate(running, capacity.vcpus);
        let id = self.instances.next_id();
        let task = self.instances.insert(Instance {
            id,
            environment,
            instance_type: offer.instance_type,
            zone,
            purchase,
            stage: Stage::Task { quarter_vcpus },
            requested: now,
            running,
            registered: None,
            capacity,
            free: Requirements::default(),
            tenants: 1,
            reserved_for: NONE,
            attempts: Instance::NO_ATTEMPT,
            room_since: tasks.room_since,
            images: Vec::new(),
            public_ipv4: self.config.public_ipv4 && offer.task.public_ip,
            billed_by_gpu: false,
            account,
            allocated_vcpu_ms: 0,
            allocated_mib_ms: 0,
            attempts_ended: 0,
            attempts_lost: 0,
            listed_at: 0,
            pool: None,
            fate: Fate::DUE,
            warning: Warning::None,
            open_bill: NONE,
        });
        self.note_peaks();
        task.slot
    }

    /// When the image of a job's task is there: no task finds it there, each pulls for itself.
    fn task_pulled_at(&self, slot: u32, task: u32) -> SimTime {
        let definition = self.jobs.get(slot).definition;
        let image_mib = self.config.job_definitions[definition.index()].model.image_mib;
        let transfer = super::attempt::transfer(image_mib, self.config.profile.pull_mb_per_s);
        self.instances.get(task).running + transfer
    }

    /// When the container of an attempt on a task is up, and when its image is there, which is
    /// noted.
    pub(in crate::world) fn task_up_at(
        &mut self,
        stamped: Stamped,
        slot: u32,
        task: u32,
        queue: &mut Queue,
    ) -> SimTime {
        let pulled = self.task_pulled_at(slot, task);
        self.attempts.get_mut(stamped.slot).pulled = pulled;
        let started = pulled + self.draw_start(slot, NONE, self.config.profile.fargate_start);
        self.expect_interruption(slot, task, started, queue);
        started
    }

    /// Schedules the notice of a Spot task that is to be interrupted before its job, which is
    /// RUNNING at `started`, has ended by itself.
    fn expect_interruption(&self, slot: u32, task: u32, started: SimTime, queue: &mut Queue) {
        let per_hour = self.config.profile.fargate_spot_interruptions_per_hour;
        let instance = self.instances.get(task);
        if per_hour <= 0.0 || instance.purchase != PurchaseOption::Spot {
            return;
        }
        let job = self.jobs.get(slot);
        let mut rng = self.attempt_key(job, streams::FARGATE).draw(INTERRUPTION);
        let hours = -libm::log(open01(&mut rng)) / per_hour;
        let warned = instance.running + SimDuration::from_secs_f64(hours * 3_600.0);
        // How long a job reads and writes is not known beforehand.
        let has_steps = self.config.job_definitions[job.definition.index()].model.has_steps();
        if has_steps || warned < started + self.run_time(job) {
            queue.push(warned, WorldEvent::InstanceWarned(self.instances.stamped(task)));
        }
    }

    /// How long an attempt on Fargate may run, whatever its own timeout is.
    pub(in crate::world) fn task_timeout(&self, own: Option<SimDuration>) -> Option<SimDuration> {
        let most = self.config.profile.fargate_max;
        let most = (most > SimDuration::ZERO).then_some(most);
        [own, most].into_iter().flatten().min()
    }

    /// A task has left the tables: its vCPUs are free again.
    pub(in crate::world) fn stop_task(&mut self, task: &Instance, quarter_vcpus: u32) {
        self.fargate.stop(task.purchase, quarter_vcpus);
        let row = &mut self.environments[task.environment.index()];
        let mut tasks = row.tasks.unwrap_or_default();
        tasks.quarter_vcpus -= u64::from(quarter_vcpus);
        tasks.note_room(self.now);
        let (before, after) = row.set_tasks(tasks);
        self.tally.alive_vcpus -= u64::from(before - after);
    }

    /// Who waits for a task in this environment is looked at again, and who waits for the same
    /// quota in another.
    pub(in crate::world) fn task_room_grew(
        &mut self,
        environment: ComputeEnvironmentId,
        queue: &mut Queue,
    ) {
        self.supply_changed(environment, queue);
        let purchase = self.environments[environment.index()].purchase;
        if !self.fargate.is_limited(purchase) {
            return;
        }
        for index in 0..self.environments.len() {
            let now = self.now;
            let row = &mut self.environments[index];
            if let Some(tasks) = &mut row.tasks
                && row.purchase == purchase
            {
                tasks.note_room(now);
                self.supply_changed(ComputeEnvironmentId::from_index(index), queue);
            }
        }
    }
}
