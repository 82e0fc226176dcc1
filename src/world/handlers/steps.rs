//! Attempts in steps: reading files, restoring, working and saving, writing files.
//!
//! Files move while the job is RUNNING, over a bandwidth that it shares with others, so the end of
//! a transfer is known only when it comes; what lies between is known when it begins. A job without
//! files and checkpoints has no steps and is never here. Of a job of several nodes the main one has
//! the steps.

use crate::batch::checkpoint::{Course, Speed, Stretches, Work};
use crate::ec2::billing::Use;
use crate::ec2::catalog::TypeId;
use crate::sim::{SimDuration, SimTime};
use crate::world::World;
use crate::world::event::{Queue, Stamped, WorldEvent};
use crate::world::observer::Observer;
use crate::world::state::attempts::{Attempt, Ending};
use crate::world::state::jobs::{History, Job};
use crate::world::state::steps::{Step, StepTimes, Steps, Transfer};
use crate::world::state::transfers::Transfers;

const BYTES_PER_MIB: u64 = 1 << 20;
/// Of a megabit.
const BYTES_PER_MBIT: u64 = 125_000;

/// What the RUNNING time of an attempt was.
#[derive(Clone, Debug)]
pub(in crate::world) enum RunUse {
    /// All of it the same.
    All(Use),
    /// Of an attempt that had steps.
    Split(Split),
}

/// What an attempt has made of its steps.
#[derive(Clone, Copy, Debug)]
pub(in crate::world) struct Split {
    /// The use of what nothing keeps.
    rest: Use,
    times: StepTimes,
    course: Course,
}

/// What became of the RUNNING time of an attempt that had steps.
#[derive(Clone, Debug)]
pub(in crate::world) struct Spent {
    /// All of it, in order.
    pub(in crate::world) run: RunUse,
    pub(in crate::world) lost: SimDuration,
    pub(in crate::world) checkpoint: SimDuration,
    pub(in crate::world) stage_in: SimDuration,
    pub(in crate::world) stage_out: SimDuration,
    /// What the next attempt resumes from.
    kept: Work,
}

impl Spent {
    /// What a job keeps of an attempt that it lost.
    pub(in crate::world) fn add_to(&self, history: &mut History) {
        history.kept = self.kept;
        history.lost += self.lost;
        history.checkpoint += self.checkpoint;
        history.staging += self.stage_in + self.stage_out;
    }
}

impl World {
    /// How long the work of a job takes on an instance.
    #[inline]
    pub(in crate::world) fn work_time(&self, job: &Job, instance: u32) -> SimDuration {
        let time = self.run_time(job);
        if self.config.machine_speeds.is_empty() {
            return time;
        }
        self.speed_of(self.instances.get(instance).instance_type).time_for(time)
    }

    /// A Fargate task is as fast as the reference machine.
    fn speed_of(&self, instance_type: TypeId) -> Speed {
        let speeds = &self.config.machine_speeds;
        speeds.get(instance_type.index()).copied().unwrap_or(Speed::REFERENCE)
    }

    /// An attempt that has steps is RUNNING and may go on for `timeout`.
    #[cold]
    pub(in crate::world) fn begin_steps(
        &mut self,
        stamped: Stamped,
        timeout: Option<SimDuration>,
        queue: &mut Queue,
    ) {
        let Attempt { job: slot, instance, .. } = *self.attempts.get_mut(stamped.slot);
        let job = self.jobs.get(slot);
        let exit_code = self.draw_exit_code(job);
        let model = &self.config.job_definitions[job.definition.index()].model;
        let speed = self.speed_of(self.instances.get(instance).instance_type);
        let kept = self.jobs.histories.get(&slot).map_or(Work::NONE, |history| history.kept);
        let work = Work::of(self.run_time(job));
        let course = Course::new(work, kept, model.checkpoint, speed, exit_code != 0);
        let files = model.staging.map_or((0, 0), |files| (files.input_mib, files.output_mib));
        let steps = Steps {
            step: Step::Working(self.now),
            since: self.now,
            stage_in: SimDuration::ZERO,
            course,
            // Who fails has nothing to write.
            output_mib: if exit_code == 0 { files.1 } else { 0 },
            deadline: timeout.map_or(SimTime::MAX, |timeout| self.now + timeout),
            announced: SimTime::MAX,
            has_timed_out: false,
        };
        self.steps.insert(stamped.slot, steps);
        self.attempts.get_mut(stamped.slot).ending = Ending::Exit(exit_code);
        if files.0 == 0 {
            return self.begin_work(stamped, queue);
        }
        let transfer = self.begin_transfer(stamped.slot, files.0, queue);
        self.begin_step(stamped, Step::Reading(transfer), queue);
    }

    fn begin_work(&mut self, stamped: Stamped, queue: &mut Queue) {
        let steps = self.steps_of(stamped.slot);
        let until = steps.course.duration();
        self.begin_step(stamped, Step::Working(self.now + until), queue);
    }

    /// The next step begins now. The earlier of its end, where that is known, and of the timeout is
    /// scheduled.
    fn begin_step(&mut self, stamped: Stamped, step: Step, queue: &mut Queue) {
        let now = self.now;
        let steps = self.steps_of(stamped.slot);
        (steps.step, steps.since) = (step, now);
        self.await_step(stamped, queue);
    }

    fn await_step(&mut self, stamped: Stamped, queue: &mut Queue) {
        let steps = self.steps_of(stamped.slot);
        match steps.step {
            Step::Working(until) if until <= steps.deadline => {
                queue.push(until, WorldEvent::AttemptEnded(stamped));
            }
            _ if steps.deadline < SimTime::MAX && steps.announced != steps.deadline => {
                steps.announced = steps.deadline;
                queue.push(steps.deadline, WorldEvent::AttemptEnded(stamped));
            }
            _ => {}
        }
    }

    fn steps_of(&mut self, attempt: u32) -> &mut Steps {
        match self.steps.get_mut(&attempt) {
            Some(steps) => steps,
            None => unreachable!("attempt slot {attempt} has no steps: whoever asks knows them"),
        }
    }

    /// What is due of an attempt that no call has stopped. How it ends, if it does: an attempt
    /// without steps in any case.
    pub(in crate::world) fn next_step(
        &mut self,
        stamped: Stamped,
        exit: Ending,
        queue: &mut Queue,
    ) -> Option<Ending> {
        let now = self.now;
        let Some(steps) = self.steps.get_mut(&stamped.slot) else { return Some(exit) };
        if let Step::Working(until) = steps.step
            && until <= now
        {
            let output_mib = steps.output_mib;
            if output_mib == 0 {
                return Some(exit);
            }
            let transfer = self.begin_transfer(stamped.slot, output_mib, queue);
            self.begin_step(stamped, Step::Writing(transfer), queue);
            return None;
        }
        if now < steps.deadline {
            return None;
        }
        if let Some(Transfer { row, .. }) = steps.transfer()
            && self.transfers.has_ended(row, now)
        {
            // Its own transfer may end in this very instant: that comes first.
            queue.push(now, WorldEvent::AttemptEnded(stamped));
            return None;
        }
        if !std::mem::replace(&mut steps.has_timed_out, true) {
            let turn = self.timeout_turn();
            if turn > now {
                self.steps_of(stamped.slot).deadline = turn;
                self.await_step(stamped, queue);
                return None;
            }
        }
        Some(Ending::TimedOut)
    }

    /// An attempt begins to read or to write so much.
    fn begin_transfer(&mut self, attempt: u32, mib: u32, queue: &mut Queue) -> Transfer {
        let Attempt { job, instance, .. } = *self.attempts.get_mut(attempt);
        let definition = self.jobs.get(job).definition;
        let files = self.config.job_definitions[definition.index()].model.staging;
        let row = match files.and_then(|files| files.shared) {
            Some(id) => Transfers::of_file_system(id),
            None => self.transfers.of_network(instance, self.network_of(instance)),
        };
        let bytes = u64::from(mib) * BYTES_PER_MIB;
        let flow = self.transfers.begin(row, self.now, bytes, attempt);
        self.await_transfers(row, queue);
        Transfer { row, flow }
    }

    /// Bytes a second that the network of an instance carries.
    fn network_of(&self, slot: u32) -> u64 {
        let (instance, profile) = (self.instances.get(slot), &self.config.profile);
        if instance.is_task() {
            let gbps = profile.fargate_network_gbps;
            return ((gbps * 1_000.0 * BYTES_PER_MBIT as f64).round_ties_even() as u64).max(1);
        }
        let facts = self.config.catalog.get(instance.instance_type);
        let mbps = facts.network_mbps(profile.network_bandwidth);
        let Some(mbps) = mbps else {
            unreachable!("{} has a known bandwidth: a scenario is checked for it", facts.name)
        };
        u64::from(mbps) * BYTES_PER_MBIT
    }

    fn await_transfers(&mut self, row: u32, queue: &mut Queue) {
        if let Some(at) = self.transfers.next_due(row) {
            queue.push(at, WorldEvent::TransferDue(row));
        }
    }

    /// Transfers of one bandwidth end, where they have not been given up or slowed down since.
    pub(in crate::world) fn on_transfer_due<O: Observer>(
        &mut self,
        row: u32,
        queue: &mut Queue,
        observer: &mut O,
    ) {
        self.transfers.has_come(row, self.now);
        while let Some(attempt) = self.transfers.pop_ended(row, self.now) {
            self.transfer_ended(attempt, queue, observer);
        }
        self.await_transfers(row, queue);
    }

    fn transfer_ended<O: Observer>(&mut self, slot: u32, queue: &mut Queue, observer: &mut O) {
        let now = self.now;
        let steps = self.steps_of(slot);
        if matches!(steps.step, Step::Reading(_)) {
            steps.stage_in = now.since(steps.since);
            return self.begin_work(self.attempts.stamped(slot), queue);
        }
        steps.step = Step::Written;
        let Attempt { ending, instance, .. } = *self.attempts.get_mut(slot);
        self.end_attempt(slot, ending, observer, queue);
        self.attempt_left(instance, queue, observer);
    }

    /// An attempt has ended as it did: what its time was, if it had steps, and its transfer is
    /// given up. `rest` is the use of what nothing keeps.
    #[cold]
    pub(in crate::world) fn end_steps(
        &mut self,
        slot: u32,
        rest: Use,
        queue: &mut Queue,
    ) -> Option<Box<Spent>> {
        let now = self.now;
        let steps = self.steps.remove(&slot)?;
        if let Some(Transfer { row, flow }) = steps.transfer() {
            self.transfers.give_up(row, now, flow);
            self.await_transfers(row, queue);
        }
        let times = steps.times(now);
        let StepTimes { stage_in, course, stage_out } = times;
        let Stretches { restored, written, open, .. } =
            steps.course.stretches(SimDuration::ZERO, course);
        let is_lost = rest == Use::Lost;
        let lost = if is_lost { stage_in + open + stage_out } else { SimDuration::ZERO };
        let kept = steps.course.kept(course);
        let run = RunUse::Split(Split { rest, times, course: steps.course });
        let checkpoint = restored + written;
        Some(Box::new(Spent { run, lost, checkpoint, stage_in, stage_out, kept }))
    }
}

/// Starting, and the last `run` of what an attempt with steps has done: a node that started later
/// than the main one has a part of its time only. What its checkpoints keep is one span, and their
/// writing is the next, however many there are.
#[cold]
pub(in crate::world) fn spans_of(
    starting: (Use, SimDuration),
    split: &Split,
    run: SimDuration,
) -> [(Use, SimDuration); 7] {
    let Split { rest, times: StepTimes { stage_in, course, stage_out }, course: steps } = *split;
    let mut before = (stage_in + course + stage_out).saturating_sub(run);
    // How much of a step lies before the node's start.
    let mut cut = |step: SimDuration| {
        let part = step.min(before);
        before = before - part;
        part
    };
    let read = stage_in - cut(stage_in);
    let worked = steps.stretches(cut(course), course);
    let wrote = stage_out - cut(stage_out);
    let is_kept = rest != Use::InFlight;
    let [work, checkpoint] = [Use::Work, Use::Checkpoint].map(|of| if is_kept { of } else { rest });
    [
        starting,
        (rest, read),
        (checkpoint, worked.restored),
        (work, worked.kept),
        (checkpoint, worked.written),
        (rest, worked.open),
        (rest, wrote),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::checkpoint::Checkpoint;

    #[test]
    fn a_node_that_started_later_has_the_end_of_what_the_main_one_did() {
        let ms = SimDuration::from_millis;
        let checkpoint = Checkpoint { interval: ms(10), cost: ms(2), restore: ms(0) };
        let work = Work::of(ms(100));
        let course = Course::new(work, Work::NONE, Some(checkpoint), Speed::REFERENCE, false);
        // 10 work, 2 writing, 10 work, 2 writing, and one more.
        let times = StepTimes { stage_in: ms(10), course: ms(25), stage_out: ms(5) };
        let spans = |rest, run| {
            let spans = spans_of((Use::Starting, ms(7)), &Split { rest, times, course }, ms(run));
            let of = |what: Use| {
                let mine = spans.iter().filter(|(of, _)| *of == what);
                mine.map(|(_, time)| time.as_millis()).sum::<u64>()
            };
            [Use::Starting, Use::Work, Use::Checkpoint, rest].map(of)
        };
        assert_eq!(spans(Use::Lost, 40), [7, 20, 4, 10 + 1 + 5], "the main one");
        assert_eq!(spans(Use::Lost, 20), [7, 10, 4, 1 + 5], "from the first write on");
        assert_eq!(spans(Use::Lost, 3), [7, 0, 0, 3], "while the output is written");
        assert_eq!(spans(Use::InFlight, 40), [7, 0, 0, 40], "nobody knows what is kept yet");
    }
}
