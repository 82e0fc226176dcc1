//! Checkpoints: what an attempt does between its input and its output, and what is left of it when
//! the attempt is lost.
//!
//! Pure arithmetic on durations. Work is measured on a reference machine, so that what one machine
//! has kept can be resumed on a faster one; checkpoints are written by the clock. Does not know why
//! an attempt ends, nor what its time costs.

use crate::sim::SimDuration;

/// How the jobs of a definition save what they have done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// One is written after so much work, above zero.
    pub interval: SimDuration,
    /// How long writing one takes; no work is done meanwhile.
    pub cost: SimDuration,
    /// How long an attempt takes to read the last one before it goes on from there.
    pub restore: SimDuration,
}

/// How fast a machine works, in parts per million of the reference machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Speed(u32);

impl Speed {
    /// That of the machine that run times are stated for.
    pub const REFERENCE: Self = Self(1_000_000);

    /// `factor` times the speed of the reference machine; nothing unless it is from 0.000001 to
    /// 4,000.
    ///
    /// ```
    /// use batchcast::batch::checkpoint::Speed;
    /// assert_eq!(Speed::new(1.0), Some(Speed::REFERENCE));
    /// assert_eq!(Speed::new(0.0), None);
    /// ```
    #[must_use]
    pub fn new(factor: f64) -> Option<Self> {
        let ppm = (factor * 1e6).round_ties_even();
        (1.0..=4e9).contains(&ppm).then_some(Self(ppm as u32))
    }

    /// As a factor of the reference machine.
    #[must_use]
    pub fn factor(self) -> f64 {
        f64::from(self.0) / 1e6
    }

    /// How long `reference` takes on this machine, to the next whole millisecond.
    ///
    /// ```
    /// use batchcast::{batch::checkpoint::Speed, sim::SimDuration};
    /// let fast = Speed::new(1.5).unwrap();
    /// assert_eq!(fast.time_for(SimDuration::from_secs(3)), SimDuration::from_secs(2));
    /// ```
    #[must_use]
    pub fn time_for(self, reference: SimDuration) -> SimDuration {
        Work::of(reference).time_at(self)
    }
}

/// Work, whatever machine does it: milliseconds of the reference machine, to the millionth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Work(u64);

impl Work {
    /// None.
    pub const NONE: Self = Self(0);

    /// What the reference machine does in `time`.
    #[must_use]
    pub const fn of(time: SimDuration) -> Self {
        Self(time.as_millis().saturating_mul(1_000_000))
    }

    const fn time_at(self, speed: Speed) -> SimDuration {
        SimDuration::from_millis(self.0.div_ceil(speed.0 as u64))
    }
}

/// What a time on a course has come to, by kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stretches {
    /// A checkpoint was read, completely.
    pub restored: SimDuration,
    /// Work that a complete checkpoint keeps.
    pub kept: SimDuration,
    /// Checkpoints were written, completely.
    pub written: SimDuration,
    /// Work since then, and what was not completed: gone if the attempt is to be made again.
    pub open: SimDuration,
}

/// What an attempt has before it: to restore, to work, to write checkpoints.
///
/// A checkpoint follows every whole interval of work, also one that ends with the work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Course {
    kept: Work,
    speed: Speed,
    restore: SimDuration,
    interval: SimDuration,
    cost: SimDuration,
    /// On this machine.
    work: SimDuration,
    writes: u64,
}

impl Course {
    /// The course of an attempt at `all` work of which `kept` is done, on a machine of this speed.
    /// One that `fails` does so at the end of its work, before a checkpoint that falls there.
    #[must_use]
    pub fn new(
        all: Work,
        kept: Work,
        checkpoint: Option<Checkpoint>,
        speed: Speed,
        fails: bool,
    ) -> Self {
        let work = Work(all.0.saturating_sub(kept.0)).time_at(speed);
        let Some(Checkpoint { interval, cost, restore }) = checkpoint else {
            let none = SimDuration::ZERO;
            return Self {
                kept,
                speed,
                restore: none,
                interval: none,
                cost: none,
                work,
                writes: 0,
            };
        };
        assert!(interval > SimDuration::ZERO, "a checkpoint keeps some work");
        let restore = if kept == Work::NONE { SimDuration::ZERO } else { restore };
        let until = if fails { work.as_millis().saturating_sub(1) } else { work.as_millis() };
        let writes = until / interval.as_millis();
        Self { kept, speed, restore, interval, cost, work, writes }
    }

    /// From its begin to the end of its work and its last checkpoint.
    #[must_use]
    pub fn duration(&self) -> SimDuration {
        let writing = self.cost.as_millis().saturating_mul(self.writes);
        self.restore + self.work + SimDuration::from_millis(writing)
    }

    /// Checkpoints that are complete when it has gone on for `elapsed`.
    fn written(&self, elapsed: SimDuration) -> u64 {
        let round = (self.interval + self.cost).as_millis();
        let worked = elapsed.saturating_sub(self.restore).as_millis();
        worked.checked_div(round).unwrap_or(0).min(self.writes)
    }

    /// What can be resumed from, should it end after `elapsed`.
    #[must_use]
    pub fn kept(&self, elapsed: SimDuration) -> Work {
        let time = self.interval.as_millis().saturating_mul(self.written(elapsed));
        Work(self.kept.0.saturating_add(time.saturating_mul(u64::from(self.speed.0))))
    }

    /// What the time from `from` to `elapsed` after its begin has come to, should it end then. A
    /// course has any number of checkpoints, so they are not told one by one.
    ///
    /// # Panics
    ///
    /// When `from` lies behind `elapsed`.
    #[must_use]
    pub fn stretches(&self, from: SimDuration, elapsed: SimDuration) -> Stretches {
        assert!(from <= elapsed, "what is asked for begins before it ends");
        let (all, before) = (self.begin(elapsed, elapsed), self.begin(from, elapsed));
        Stretches {
            restored: all.restored - before.restored,
            kept: all.kept - before.kept,
            written: all.written - before.written,
            open: all.open - before.open,
        }
    }

    /// What the first `part` of `elapsed` has come to.
    fn begin(&self, part: SimDuration, elapsed: SimDuration) -> Stretches {
        let is_restored = elapsed >= self.restore;
        let restored = if is_restored { part.min(self.restore) } else { SimDuration::ZERO };
        let rest = (part - restored).as_millis();
        let (interval, cost) = (self.interval.as_millis(), self.cost.as_millis());
        let complete = self.written(elapsed);
        let rounds = rest.checked_div(interval + cost).unwrap_or(0).min(complete);
        // Of the round that `part` ends in, where it is one that was completed.
        let more = if rounds < complete { rest - rounds * (interval + cost) } else { 0 };
        let kept = rounds * interval + more.min(interval);
        let written = rounds * cost + more.saturating_sub(interval);
        Stretches {
            restored,
            kept: SimDuration::from_millis(kept),
            written: SimDuration::from_millis(written),
            open: SimDuration::from_millis(rest - kept - written),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const fn ms(ms: u64) -> SimDuration {
        SimDuration::from_millis(ms)
    }

    fn course(work: u64, kept: u64, (interval, cost, restore): (u64, u64, u64)) -> Course {
        let checkpoint =
            Checkpoint { interval: ms(interval), cost: ms(cost), restore: ms(restore) };
        let (all, kept) = (Work::of(ms(work)), Work::of(ms(kept)));
        Course::new(all, kept, Some(checkpoint), Speed::REFERENCE, false)
    }

    #[test]
    fn work_of_n_intervals_takes_n_intervals_and_n_costs() {
        assert_eq!(course(30, 0, (10, 2, 5)).duration(), ms(36));
        assert_eq!(course(29, 0, (10, 2, 5)).duration(), ms(33));
        assert_eq!(course(0, 0, (10, 2, 5)).duration(), ms(0));
    }

    #[test]
    fn only_who_has_something_to_resume_restores() {
        assert_eq!(course(30, 10, (10, 2, 5)).duration(), ms(5 + 24));
        assert_eq!(course(30, 30, (10, 2, 5)).duration(), ms(5));
    }

    #[test]
    fn a_checkpoint_counts_once_it_is_completely_written() {
        let course = course(30, 10, (10, 2, 5));
        assert_eq!(course.kept(ms(5 + 11)), Work::of(ms(10)));
        assert_eq!(course.kept(ms(5 + 12)), Work::of(ms(20)));
        assert_eq!(course.kept(ms(1_000)), Work::of(ms(30)));
    }

    #[test]
    fn who_fails_resumes_from_the_last_checkpoint_before_the_end_of_the_work() {
        let checkpoint = Some(Checkpoint { interval: ms(10), cost: ms(2), restore: ms(5) });
        let all = Work::of(ms(30));
        let course = Course::new(all, Work::NONE, checkpoint, Speed::REFERENCE, true);
        assert_eq!(course.duration(), ms(34));
        assert_eq!(course.kept(course.duration()), Work::of(ms(20)));
    }

    #[test]
    fn what_a_slow_machine_keeps_is_less() {
        let half = Speed::new(0.5).unwrap();
        let checkpoint = Some(Checkpoint { interval: ms(10), cost: ms(2), restore: ms(5) });
        let all = Work::of(ms(30));
        let slow = Course::new(all, Work::NONE, checkpoint, half, false);
        assert_eq!(slow.duration(), ms(60 + 12), "an interval is ten milliseconds of its own");
        assert_eq!(slow.kept(ms(12)), Work::of(ms(5)));
        let fast = Speed::new(2.0).unwrap();
        let resumed = Course::new(all, Work::of(ms(5)), checkpoint, fast, false);
        assert_eq!(resumed.duration(), ms(5 + 13 + 2));
    }

    /// The slow way: millisecond by millisecond.
    fn step_by_step(
        (work, kept): (u64, u64),
        (interval, cost, restore): (u64, u64, u64),
        elapsed: u64,
    ) -> (u64, [u64; 3]) {
        let mut saved = kept;
        let (mut done, mut since) = (kept, 0);
        // Restored, kept and written.
        let mut sums = [0; 3];
        let mut clock = if kept > 0 { restore } else { 0 };
        if elapsed < clock {
            return (saved, sums);
        }
        sums[0] = clock;
        while clock < elapsed && done < work {
            (done, since, clock) = (done + 1, since + 1, clock + 1);
            if since < interval {
                continue;
            }
            if clock + cost > elapsed {
                break;
            }
            (saved, since, clock) = (done, 0, clock + cost);
            sums[1] += interval;
            sums[2] += cost;
        }
        (saved, sums)
    }

    /// The stretches of a course up to `elapsed`, in order: 0 restored, 1 kept, 2 written, 3 open.
    fn one_by_one(course: &Course, elapsed: u64) -> Vec<(usize, u64)> {
        let (mut stretches, mut open) = (Vec::new(), elapsed);
        let restore = course.restore.as_millis();
        if open >= restore {
            stretches.push((0, restore));
            open -= restore;
        }
        let (interval, cost) = (course.interval.as_millis(), course.cost.as_millis());
        for _ in 0..course.written(ms(elapsed)) {
            stretches.extend([(1, interval), (2, cost)]);
            open -= interval + cost;
        }
        stretches.push((3, open));
        stretches
    }

    proptest! {
        #[test]
        fn a_course_is_what_a_millisecond_by_millisecond_account_says(
            work in 0_u64..200,
            resumed in 0_u64..8,
            interval in 1_u64..40,
            cost in 0_u64..9,
            restore in 0_u64..30,
            elapsed in 0_u64..400,
        ) {
            let kept = (resumed * interval).min(work / interval * interval);
            let course = course(work, kept, (interval, cost, restore));
            let elapsed = elapsed.min(course.duration().as_millis());
            let (saved, sums) = step_by_step((work, kept), (interval, cost, restore), elapsed);
            prop_assert_eq!(course.kept(ms(elapsed)), Work::of(ms(saved)));
            let found = course.stretches(SimDuration::ZERO, ms(elapsed));
            let parts = [found.restored, found.kept, found.written].map(SimDuration::as_millis);
            prop_assert_eq!(parts, sums);
            prop_assert_eq!(parts.iter().sum::<u64>() + found.open.as_millis(), elapsed);
        }

        #[test]
        fn a_part_of_a_course_is_what_its_stretches_say_when_they_are_cut_one_by_one(
            work in 0_u64..200,
            resumed in 0_u64..8,
            interval in 1_u64..40,
            cost in 0_u64..9,
            restore in 0_u64..30,
            elapsed in 0_u64..400,
            from in 0_u64..400,
        ) {
            let kept = (resumed * interval).min(work / interval * interval);
            let course = course(work, kept, (interval, cost, restore));
            let elapsed = elapsed.min(course.duration().as_millis());
            let from = from.min(elapsed);
            let mut sums = [0; 4];
            let mut before = from;
            for (kind, time) in one_by_one(&course, elapsed) {
                sums[kind] += time - time.min(before);
                before -= time.min(before);
            }
            let found = course.stretches(ms(from), ms(elapsed));
            let found = [found.restored, found.kept, found.written, found.open];
            prop_assert_eq!(found.map(SimDuration::as_millis), sums);
        }
    }
}
