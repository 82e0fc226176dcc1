//! Live jobs, and arrays whose children have not all ended.

use crate::batch::api_call::ReasonId;
use crate::batch::checkpoint::Work;
use crate::batch::job_definition::JobDefinitionId;
use crate::batch::job_queue::{JobQueueId, ShareIdentifier};
use crate::batch::shape::ShapeId;
use crate::batch::wait_cause::Waits;
use crate::ec2::money::NanoUsd;
use crate::sim::{SimDuration, SimTime, Slots};
use crate::workload::submission::{JobName, Ticket};
use crate::world::event::Stamped;
use crate::world::record::{JobId, JobStatus};
use crate::world::state::arrays::Array;
use crate::world::state::gangs::Gang;
use crate::world::state::lanes::LaneId;
use rustc_hash::FxHashMap;

/// No array, no child.
pub(in crate::world) const NONE: u32 = u32::MAX;

/// The position of a job that the API has not accepted yet.
pub(in crate::world) const UNACCEPTED: u64 = u64::MAX;

/// The position in a row whose slot is free.
const FREE: u64 = u64::MAX - 1;

/// A live job. An array is one until its children are placed; a placed child is another.
#[derive(Clone, Debug)]
pub(in crate::world) struct Job {
    pub(in crate::world) id: JobId,
    /// The child's index, [`NONE`] otherwise.
    pub(in crate::world) child: u32,
    pub(in crate::world) queue: JobQueueId,
    /// Where it stands, or did, once the API has accepted it.
    pub(in crate::world) lane: LaneId,
    pub(in crate::world) definition: JobDefinitionId,
    pub(in crate::world) shape: ShapeId,
    pub(in crate::world) name: JobName,
    /// The recorded run time; `None` draws it.
    pub(in crate::world) run_time: Option<SimDuration>,
    pub(in crate::world) timeout: Option<SimDuration>,
    pub(in crate::world) arrived: SimTime,
    pub(in crate::world) submitted: SimTime,
    /// First RUNNABLE.
    pub(in crate::world) runnable: SimTime,
    /// RUNNABLE for the attempt that it waits for or makes.
    pub(in crate::world) waiting_since: SimTime,
    /// Its place in the backlog, while it is a SUBMITTED or RUNNABLE entry of the FIFO.
    pub(in crate::world) position: u64,
    pub(in crate::world) status: JobStatus,
    /// Attempts made.
    pub(in crate::world) attempts: u32,
    /// `retryStrategy.attempts` of the submission.
    pub(in crate::world) attempts_override: Option<u8>,
    /// The slot of its [`Array`]: for an array itself and for its children.
    pub(in crate::world) array: u32,
    /// What others may wait for, of this job or of its array; [`NONE`] if nobody does.
    pub(in crate::world) target: u32,
    /// What its attempts have cost, as far as nothing can be credited any more.
    pub(in crate::world) cost: NanoUsd,
    /// Costs that may still be credited: the head of a list in the settlement.
    pub(in crate::world) open_charges: u32,
}

impl Job {
    #[inline]
    const fn is_free(&self) -> bool {
        self.position == FREE
    }

    #[inline(always)]
    fn set(&mut self, job: Self) {
        let Self { id, child, queue, lane, definition, shape, name, run_time, timeout, .. } = job;
        let Self { arrived, submitted, runnable, waiting_since, position, status, .. } = job;
        let Self { attempts, attempts_override, array, target, cost, open_charges, .. } = job;
        (self.id, self.child, self.queue, self.definition) = (id, child, queue, definition);
        (self.shape, self.name, self.run_time, self.timeout) = (shape, name, run_time, timeout);
        self.lane = lane;
        (self.arrived, self.submitted, self.runnable) = (arrived, submitted, runnable);
        (self.waiting_since, self.position, self.status) = (waiting_since, position, status);
        (self.attempts, self.attempts_override, self.array) = (attempts, attempts_override, array);
        (self.target, self.cost, self.open_charges) = (target, cost, open_charges);
    }
}

/// A time in which capacity was planned for a job and then refused.
#[derive(Clone, Copy, Debug)]
pub(in crate::world) struct Lapse {
    pub(in crate::world) from: SimTime,
    pub(in crate::world) until: SimTime,
}

/// A job, or an array as a whole, that waits for others before it can be RUNNABLE.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::world) struct Pending {
    /// What it waits for and has not ended.
    pub(in crate::world) open: u32,
    /// Something that it waits for has FAILED.
    pub(in crate::world) failed: bool,
    /// It is to be cancelled as soon as all that it waits for has ended.
    pub(in crate::world) cancelled: Option<ReasonId>,
    /// When its first evaluation found it so.
    pub(in crate::world) since: Option<SimTime>,
}

/// What a job that has lost an attempt carries along; few do.
#[derive(Clone, Debug, Default)]
pub(in crate::world) struct History {
    /// Up to the first RUNNING.
    pub(in crate::world) waits: Waits,
    pub(in crate::world) behind: SimDuration,
    pub(in crate::world) started: Option<SimTime>,
    pub(in crate::world) run: SimDuration,
    pub(in crate::world) lost: SimDuration,
    pub(in crate::world) retry_wait: SimDuration,
    pub(in crate::world) checkpoint: SimDuration,
    pub(in crate::world) staging: SimDuration,
    /// What its last checkpoint keeps.
    pub(in crate::world) kept: Work,
}

/// The live jobs.
#[derive(Clone, Debug, Default)]
pub(in crate::world) struct JobTable {
    slots: Slots,
    /// A free slot keeps what was there, less its name.
    rows: Vec<Job>,
    pub(in crate::world) arrays: Vec<Array>,
    free_arrays: Vec<u32>,
    /// By slot, until all is there that it waits for; looked up, never iterated.
    pub(in crate::world) pending: FxHashMap<u32, Pending>,
    /// By slot, of jobs that are no array and have been PENDING: since when.
    pub(in crate::world) pending_since: FxHashMap<u32, SimTime>,
    /// By slot; looked up, never iterated.
    pub(in crate::world) histories: FxHashMap<u32, History>,
    /// By slot; looked up, never iterated.
    pub(in crate::world) lapses: FxHashMap<u32, Vec<Lapse>>,
    /// By slot: how long it was itself the job that blocked its queue, in earlier spells.
    pub(in crate::world) blocked: FxHashMap<u32, SimDuration>,
    /// The same of children that are no jobs of their own yet, by slot of the parent and index.
    pub(in crate::world) blocked_children: FxHashMap<(u32, u32), SimDuration>,
    /// By slot: who waits for its end. Looked up, never iterated; jobs of most workloads have none.
    pub(in crate::world) tickets: FxHashMap<u32, Ticket>,
    /// By slot, of jobs of queues with a policy that the API has not accepted: share and priority.
    /// Looked up, never iterated.
    pub(in crate::world) unaccepted: FxHashMap<u32, (ShareIdentifier, u16)>,
    /// By slot, of jobs of several nodes; looked up, never iterated.
    pub(in crate::world) gangs: FxHashMap<u32, Gang>,
}

impl JobTable {
    // Inlined, and moved field by field: a row that is made elsewhere and copied here is read
    // before it has reached memory.
    #[inline(always)]
    pub(in crate::world) fn insert(&mut self, job: Job) -> Stamped {
        let (slot, stamp) = self.slots.allocate();
        match self.rows.get_mut(slot as usize) {
            Some(row) => row.set(job),
            None => self.rows.push(job),
        }
        Stamped { slot, stamp }
    }

    #[inline]
    pub(in crate::world) fn is_current(&self, job: Stamped) -> bool {
        self.slots.is_current(job.slot, job.stamp)
    }

    #[inline]
    pub(in crate::world) fn get(&self, slot: u32) -> &Job {
        let job = &self.rows[slot as usize];
        debug_assert!(
            !job.is_free(),
            "job slot {slot} is free: whoever keeps a slot keeps its job"
        );
        job
    }

    #[inline]
    pub(in crate::world) fn get_mut(&mut self, slot: u32) -> &mut Job {
        let job = &mut self.rows[slot as usize];
        debug_assert!(
            !job.is_free(),
            "job slot {slot} is free: whoever keeps a slot keeps its job"
        );
        job
    }

    /// Frees a slot and takes the job's name; the rest of its row can be read until the slot is
    /// used again.
    #[inline]
    pub(in crate::world) fn remove(&mut self, slot: u32) -> (JobName, &Job) {
        self.slots.release(slot);
        if !self.lapses.is_empty() {
            self.lapses.remove(&slot);
        }
        if !self.blocked.is_empty() {
            self.blocked.remove(&slot);
        }
        if !self.pending_since.is_empty() {
            self.pending_since.remove(&slot);
        }
        let job = &mut self.rows[slot as usize];
        assert!(!job.is_free(), "job slot {slot} is released once");
        job.position = FREE;
        (std::mem::replace(&mut job.name, JobName::Number(0)), job)
    }

    /// Whether a job is of several nodes.
    #[inline]
    pub(in crate::world) fn is_gang(&self, slot: u32) -> bool {
        !self.gangs.is_empty() && self.gangs.contains_key(&slot)
    }

    /// The nodes of a job that has some.
    pub(in crate::world) fn gang(&self, slot: u32) -> &Gang {
        match self.gangs.get(&slot) {
            Some(gang) => gang,
            None => unreachable!("job slot {slot} is of one node: whoever asks knows its nodes"),
        }
    }

    /// The nodes of a job that has some.
    pub(in crate::world) fn gang_mut(&mut self, slot: u32) -> &mut Gang {
        match self.gangs.get_mut(&slot) {
            Some(gang) => gang,
            None => unreachable!("job slot {slot} is of one node: whoever asks knows its nodes"),
        }
    }

    /// The nodes of a job that is about to leave, if it has some.
    #[inline]
    pub(in crate::world) fn take_gang(&mut self, slot: u32) -> Option<Gang> {
        if self.gangs.is_empty() { None } else { self.gangs.remove(&slot) }
    }

    pub(in crate::world) fn insert_array(&mut self, array: Array) -> u32 {
        if let Some(slot) = self.free_arrays.pop() {
            self.arrays[slot as usize] = array;
            return slot;
        }
        self.arrays.push(array);
        self.arrays.len() as u32 - 1
    }

    /// One more child has ended; frees the array with its last.
    pub(in crate::world) fn child_ended(&mut self, array: u32) {
        let row = &mut self.arrays[array as usize];
        row.ended += 1;
        if row.ended == row.size {
            *row = Array::default();
            self.free_arrays.push(array);
        }
    }

    /// The live jobs with their slots, in order of slot.
    pub(in crate::world) fn iter(&self) -> impl Iterator<Item = (u32, &Job)> {
        let rows = self.rows.iter().enumerate().filter(|(_, job)| !job.is_free());
        rows.map(|(slot, job)| (slot as u32, job))
    }
}
