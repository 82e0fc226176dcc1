//! Synthetic submissions: one template, submitted by an arrival process.
//!
//! Every gap is drawn under its own key (stream, source position, ordinal), so it depends neither
//! on other sources nor on what the run does. Instants are whole milliseconds of a running sum that
//! carries the rounding of one gap into the next, so rates do not drift. Invariant: instants never
//! go back and stay below `until`.

use super::spec::{ArrivalProcess, MmppState, SubmitSpec};
use super::submission::{JobName, JobSubmission};
use super::{JobSource, Tally, WorkloadError};
use crate::sim::random::{RandomKey, open01};
use crate::sim::{ArrivalSource, SimTime};

/// The stream of gaps and of the thinning of candidates.
const GAPS: u32 = 0x6172_0001;
/// The stream of stays in the states of a modulated process.
const STAYS: u32 = 0x6172_0002;

const HOUR_MS: f64 = 3_600_000.0;
const DAY_MS: u64 = 86_400_000;

/// A thousand arrivals a millisecond: above it instants would pile up without bound.
const HIGHEST_RATE: f64 = 3.6e9;
const RATE: &str = "a rate above 0 and at most 3.6e9 per hour";
const RATE_OR_ZERO: &str = "a rate of at most 3.6e9 per hour; 0 is allowed here";

/// The source made from one `submit` entry.
pub(super) struct Synthetic {
    template: JobSubmission,
    process: Process,
    until: SimTime,
    gaps: RandomKey,
    stays: RandomKey,
    ordinal: u64,
    clock: Clock,
    next: Option<SimTime>,
    made: u64,
}

enum Process {
    Once { spent: bool },
    Deterministic { gap_ms: f64, from: SimTime },
    Poisson { mean_gap_ms: f64 },
    Diurnal { mean_gap_ms: f64, amplitude: f64, peak_hour: f64, day_offset_ms: u64 },
    Mmpp { states: Vec<MmppState>, state: usize, stays_drawn: u64, stay_left_ms: f64 },
}

/// A sum of gaps: whole milliseconds, and the part of one that rounding left over.
struct Clock {
    millis: u64,
    rest: f64,
}

impl Clock {
    fn advance(&mut self, gap_ms: f64) {
        let sum = self.rest + gap_ms;
        let whole = sum.round_ties_even();
        // A gap beyond the clock saturates it, which ends the process.
        self.millis = self.millis.saturating_add(whole as u64);
        self.rest = if whole < 9e15 { sum - whole } else { 0.0 };
    }

    fn now(&self) -> SimTime {
        SimTime::from_millis(self.millis)
    }
}

impl Synthetic {
    /// Errors when a parameter is outside its range.
    pub(super) fn new(
        spec: &SubmitSpec,
        key: RandomKey,
        position: u32,
    ) -> Result<Self, WorkloadError> {
        let (process, from, until) = process(&spec.arrivals, position)?;
        let mut template = spec.submission.clone();
        if let JobName::Long(text) = &template.name {
            // One text for all submissions instead of one allocation each.
            template.name = JobName::Shared(text.as_ref().into());
        }
        let entity = u64::from(position);
        let mut source = Self {
            template,
            process,
            until,
            gaps: key.stream(GAPS).entity(entity),
            stays: key.stream(STAYS).entity(entity),
            ordinal: 0,
            clock: Clock { millis: from.as_millis(), rest: 0.0 },
            next: None,
            made: 0,
        };
        if let Process::Mmpp { states, stay_left_ms, stays_drawn, .. } = &mut source.process {
            *stay_left_ms = exponential(states[0].mean_stay_s * 1_000.0, source.stays, 0);
            *stays_drawn = 1;
        }
        source.advance();
        Ok(source)
    }

    fn advance(&mut self) {
        let instant = match &mut self.process {
            Process::Once { spent } => (!std::mem::replace(spent, true)).then(|| self.clock.now()),
            Process::Deterministic { gap_ms, from } => {
                // A product, not a sum: no rounding error accumulates.
                let offset = (self.ordinal as f64 * *gap_ms).round_ties_even() as u64;
                self.ordinal += 1;
                Some(SimTime::from_millis(from.as_millis().saturating_add(offset)))
            }
            Process::Poisson { mean_gap_ms } => {
                self.clock.advance(exponential(*mean_gap_ms, self.gaps, self.ordinal));
                self.ordinal += 1;
                Some(self.clock.now())
            }
            Process::Diurnal { .. } => Some(self.thin()),
            Process::Mmpp { .. } => Some(self.modulate()),
        };
        self.next = instant.filter(|instant| *instant < self.until);
    }

    /// Thinning (Lewis and Shedler 1979): candidates at the highest rate of the day, each kept with
    /// the probability that the rate of its instant is of the highest.
    fn thin(&mut self) -> SimTime {
        let Process::Diurnal { mean_gap_ms, amplitude, peak_hour, day_offset_ms } = &self.process
        else {
            return SimTime::MAX;
        };
        loop {
            let mut rng = self.gaps.draw(self.ordinal);
            self.ordinal += 1;
            self.clock.advance(-mean_gap_ms * libm::log(1.0 - open01(&mut rng)));
            if self.clock.now() >= self.until {
                return SimTime::MAX;
            }
            let of_day = (self.clock.millis % DAY_MS + day_offset_ms % DAY_MS) % DAY_MS;
            let angle = (of_day as f64 / HOUR_MS - peak_hour) * (std::f64::consts::TAU / 24.0);
            let share = (1.0 + amplitude * libm::cos(angle)) / (1.0 + amplitude);
            if open01(&mut rng) < share {
                return self.clock.now();
            }
        }
    }

    /// The next arrival of a modulated process. A gap that outlasts the stay is drawn anew in the
    /// next state, which the exponential, having no memory, allows.
    fn modulate(&mut self) -> SimTime {
        let Process::Mmpp { states, state, stays_drawn, stay_left_ms } = &mut self.process else {
            return SimTime::MAX;
        };
        while self.clock.now() < self.until {
            let rate = states[*state].per_hour;
            let gap_ms = if rate > 0.0 {
                exponential(HOUR_MS / rate, self.gaps, self.ordinal)
            } else {
                f64::INFINITY
            };
            self.ordinal += 1;
            if gap_ms < *stay_left_ms {
                *stay_left_ms -= gap_ms;
                self.clock.advance(gap_ms);
                return self.clock.now();
            }
            self.clock.advance(*stay_left_ms);
            *state = (*state + 1) % states.len();
            let mean_stay_ms = states[*state].mean_stay_s * 1_000.0;
            *stay_left_ms = exponential(mean_stay_ms, self.stays, *stays_drawn);
            *stays_drawn += 1;
        }
        SimTime::MAX
    }
}

impl ArrivalSource for Synthetic {
    type Arrival = JobSubmission;
    type Error = WorkloadError;

    fn next_time(&mut self) -> Result<Option<SimTime>, WorkloadError> {
        Ok(self.next)
    }

    fn take(&mut self) -> JobSubmission {
        assert!(self.next.is_some(), "an arrival is taken only after it was announced");
        self.made += 1;
        self.advance();
        self.template.clone()
    }
}

impl JobSource for Synthetic {
    fn tally(&self) -> Tally {
        Tally { rows: self.made, accepted: self.made, ..Tally::default() }
    }
}

#[inline]
fn exponential(mean: f64, key: RandomKey, ordinal: u64) -> f64 {
    -mean * libm::log(1.0 - open01(&mut key.draw(ordinal)))
}

fn process(
    arrivals: &ArrivalProcess,
    position: u32,
) -> Result<(Process, SimTime, SimTime), WorkloadError> {
    let check = |ok: bool, parameter, value, expected| {
        let error = || WorkloadError::Process { position, parameter, value, expected };
        if ok { Ok(()) } else { Err(error()) }
    };
    let rate = |per_hour: f64| {
        check(per_hour > 0.0 && per_hour <= HIGHEST_RATE, "perHour", per_hour, RATE)
    };
    match arrivals {
        ArrivalProcess::At(at) => Ok((Process::Once { spent: false }, *at, SimTime::MAX)),
        ArrivalProcess::Poisson { per_hour, from, until } => {
            rate(*per_hour)?;
            Ok((Process::Poisson { mean_gap_ms: HOUR_MS / per_hour }, *from, *until))
        }
        ArrivalProcess::Deterministic { per_hour, from, until } => {
            rate(*per_hour)?;
            let gap_ms = HOUR_MS / per_hour;
            Ok((Process::Deterministic { gap_ms, from: *from }, *from, *until))
        }
        ArrivalProcess::Diurnal { per_hour, amplitude, peak_hour, day_offset_ms, from, until } => {
            rate(*per_hour)?;
            let in_unit = (0.0..=1.0).contains(amplitude);
            check(in_unit, "amplitude", *amplitude, "a number from 0 to 1")?;
            let in_day = (0.0..=24.0).contains(peak_hour);
            check(in_day, "peakHour", *peak_hour, "an hour from 0 to 24")?;
            let process = Process::Diurnal {
                mean_gap_ms: HOUR_MS / (per_hour * (1.0 + amplitude)),
                amplitude: *amplitude,
                peak_hour: *peak_hour,
                day_offset_ms: *day_offset_ms,
            };
            Ok((process, *from, *until))
        }
        ArrivalProcess::Mmpp { states, from, until } => {
            check(!states.is_empty(), "states", 0.0, "at least one state")?;
            for state in states {
                let rate_ok = (0.0..=HIGHEST_RATE).contains(&state.per_hour);
                check(rate_ok, "perHour", state.per_hour, RATE_OR_ZERO)?;
                let stay_ok = state.mean_stay_s >= 0.001 && state.mean_stay_s.is_finite();
                check(stay_ok, "meanStay", state.mean_stay_s, "at least 0.001 s")?;
            }
            let some_rate = states.iter().any(|state| state.per_hour > 0.0);
            check(some_rate, "perHour", 0.0, "a rate above 0 in at least one state")?;
            let (states, state) = (states.clone(), 0);
            let process = Process::Mmpp { states, state, stays_drawn: 0, stay_left_ms: 0.0 };
            Ok((process, *from, *until))
        }
    }
}

#[cfg(test)]
mod tests;
