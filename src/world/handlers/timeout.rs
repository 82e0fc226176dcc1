//! Timeouts: a container that has run for too long is stopped, a little late (behaviour 1.4).

use crate::sim::random::open01;
use crate::sim::{SimDuration, SimTime};
use crate::world::World;
use crate::world::event::{Queue, Stamped, WorldEvent};
use crate::world::state::attempts::Ending;
use crate::world::state::jobs::Job;
use crate::world::streams;

impl World {
    /// How much later than its timeout an attempt is found to have timed out.
    #[inline]
    pub(in crate::world) fn draw_timeout_delay(&self, job: &Job) -> SimDuration {
        let most = self.config.profile.timeout_jitter.as_millis();
        if most == 0 {
            return SimDuration::ZERO;
        }
        let mut rng = self.attempt_key(job, streams::TIMEOUT).draw(0);
        SimDuration::from_millis((open01(&mut rng) * most as f64) as u64)
    }

    /// When a timeout that strikes now is carried out: at a bounded rate, in the order in which
    /// they strike.
    pub(in crate::world) fn timeout_turn(&mut self) -> SimTime {
        let Some(rate) = self.config.profile.timeout_rate else { return self.now };
        let now_us = self.now.as_millis() * 1_000;
        let turn_us = self.timeout_clock_us.max(now_us);
        self.timeout_clock_us = turn_us + 1_000_000 / u64::from(rate);
        SimTime::from_millis(turn_us.div_ceil(1_000))
    }

    /// Whether an attempt that has timed out has to wait for its turn. It may exit before.
    pub(in crate::world) fn waits_for_its_turn(
        &mut self,
        attempt: Stamped,
        queue: &mut Queue,
    ) -> bool {
        let turn = self.timeout_turn();
        if turn == self.now {
            return false;
        }
        let row = self.attempts.get_mut(attempt.slot);
        let (slot, started, instance) = (row.job, row.started.unwrap_or(self.now), row.instance);
        let job = self.jobs.get(slot);
        let exits = started + self.work_time(job, instance);
        let (ending, at) = if exits <= turn {
            (Ending::Exit(self.draw_exit_code(job)), exits.max(self.now))
        } else {
            (Ending::TimeoutQueued, turn)
        };
        self.attempts.get_mut(attempt.slot).ending = ending;
        queue.push(at, WorldEvent::AttemptEnded(attempt));
        true
    }
}
