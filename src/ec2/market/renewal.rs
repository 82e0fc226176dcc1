//! An alternating renewal process: up, down, up, ... advanced on demand.
//!
//! Its path is a function of its key alone: it starts in equilibrium (the stay in progress at time
//! zero is length-biased) and draws each later stay by its ordinal, so asking it never changes it.

use super::stays::Stays;
use crate::sim::random::{RandomKey, open01};
use crate::sim::{SimDuration, SimTime};

/// One process and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Renewal {
    key: RandomKey,
    up: bool,
    until: SimTime,
    ordinal: u64,
}

impl Renewal {
    /// The process of `key` at time zero.
    pub(super) fn new(key: RandomKey, up: &Stays, down: &Stays) -> Self {
        let mut rng = key.draw(0);
        let availability = up.mean_hours() / (up.mean_hours() + down.mean_hours());
        let is_up = open01(&mut rng) < availability;
        let stay = if is_up { up } else { down };
        let whole = stay.length_biased(&mut rng);
        let left = SimDuration::from_secs_f64(whole.as_secs_f64() * open01(&mut rng));
        Self { key, up: is_up, until: SimTime::ZERO + at_least_one(left), ordinal: 1 }
    }

    /// Moves to `now`, never back.
    pub(super) fn advance(&mut self, now: SimTime, up: &Stays, down: &Stays) {
        while self.until <= now {
            self.up = !self.up;
            let stay = if self.up { up } else { down };
            let length = stay.fresh(&mut self.key.draw(self.ordinal));
            self.until = self.until + at_least_one(length);
            self.ordinal += 1;
        }
    }

    /// Whether it is up, at the instant last advanced to.
    pub(super) const fn is_up(&self) -> bool {
        self.up
    }

    /// When its present stay ends.
    pub(super) const fn until(&self) -> SimTime {
        self.until
    }
}

fn at_least_one(stay: SimDuration) -> SimDuration {
    stay.max(SimDuration::from_millis(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_of_up_time_is_the_availability_from_the_first_instant_on() {
        let (up, down) = (Stays::lognormal(3.0, 1.5).unwrap(), Stays::lognormal(1.0, 1.0).unwrap());
        let processes = 4_000;
        for hours in [0u64, 1, 10] {
            let at = SimTime::from_millis(hours * 3_600_000);
            let share = (0..processes)
                .filter(|entity| {
                    let key = RandomKey::new(7, 0).stream(1).entity(*entity);
                    let mut process = Renewal::new(key, &up, &down);
                    process.advance(at, &up, &down);
                    process.is_up()
                })
                .count() as f64
                / processes as f64;
            let standard_error = (0.75f64 * 0.25 / processes as f64).sqrt();
            assert!((share - 0.75).abs() < 4.0 * standard_error, "{share} at hour {hours}");
        }
    }
}
