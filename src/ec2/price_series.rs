//! A price that changes over time, and what it comes to between two instants.
//!
//! A step function with its integral at every step: what a span costs is one difference, whatever
//! the number of steps within it, and exact. Costs 40 bytes a step, and a binary search a look-up.

use super::money::Price;
use crate::sim::{SimDuration, SimTime};

/// A piecewise constant price from time zero on; the last step holds for ever, or the series starts
/// again after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriceSeries {
    /// Strictly ascending; the first is time zero.
    starts: Vec<SimTime>,
    prices: Vec<Price>,
    /// By step: the integral of the price up to its start, in nano-USD an hour x ms.
    integrals: Vec<u128>,
    /// Of a series that repeats.
    round: Option<Round>,
}

/// What repeats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Round {
    /// Longer than its last step is after its start.
    length_ms: u64,
    /// What it comes to, in nano-USD an hour x ms.
    integral: u128,
}

impl PriceSeries {
    /// The series of `points`, ascending in time; of several at one time the last counts. The
    /// first price holds before its point. `None` without a point.
    #[must_use]
    pub fn new(points: impl IntoIterator<Item = (SimTime, Price)>) -> Option<Self> {
        let (starts, prices, integrals) = (Vec::new(), Vec::new(), Vec::new());
        let mut series = Self { starts, prices, integrals, round: None };
        for (time, price) in points {
            series.push(time, price);
        }
        if series.starts.is_empty() {
            return None;
        }
        series.starts[0] = SimTime::ZERO;
        let mut sum = 0;
        for step in 0..series.starts.len() {
            series.integrals.push(sum);
            if let Some(end) = series.starts.get(step + 1) {
                sum += area(series.prices[step], series.starts[step], *end);
            }
        }
        Some(series)
    }

    /// Appends a step, or changes the last one if it starts at the same time.
    fn push(&mut self, time: SimTime, price: Price) {
        match self.starts.last() {
            Some(last) if *last == time => {
                self.starts.pop();
                self.prices.pop();
            }
            Some(last) => assert!(*last < time, "points of a price ascend in time"),
            None => {}
        }
        if self.prices.last() != Some(&price) {
            self.starts.push(time);
            self.prices.push(price);
        }
    }

    /// The same on a clock that starts at `from` of this one. It must not repeat.
    #[must_use]
    pub fn shifted(&self, from: SimDuration) -> Self {
        assert!(self.round.is_none(), "a series is shifted before it is repeated");
        let at = |start: SimTime| start.as_millis().saturating_sub(from.as_millis());
        let points = self.steps().map(|(start, price)| (SimTime::from_millis(at(start)), price));
        Self::new(points).unwrap_or_else(|| unreachable!("a series has a first price"))
    }

    /// The series that starts again after every `length`, on a clock that starts at `from` of it.
    /// What is later than `length` is left out. It must not repeat already.
    #[must_use]
    pub fn repeated(&self, length: SimDuration, from: SimDuration) -> Self {
        assert!(self.round.is_none(), "a series is repeated once");
        assert!(length > SimDuration::ZERO, "what is repeated has a length");
        let length_ms = length.as_millis();
        let from_ms = from.as_millis() % length_ms;
        let steps = || self.steps().map(|(start, price)| (start.as_millis(), price));
        // A round begins at `from`: what was before it comes last.
        let late = steps().filter(|(ms, _)| (from_ms + 1..length_ms).contains(ms));
        let early = steps().filter(|(ms, _)| *ms < from_ms);
        let first = (0, self.at(SimTime::from_millis(from_ms)));
        let points = std::iter::once(first)
            .chain(late.map(|(ms, price)| (ms - from_ms, price)))
            .chain(early.map(|(ms, price)| (ms + length_ms - from_ms, price)));
        let series = Self::new(points.map(|(ms, price)| (SimTime::from_millis(ms), price)));
        let mut series = series.unwrap_or_else(|| unreachable!("a round has a first price"));
        if series.starts.len() > 1 {
            let integral = series.integral(SimTime::from_millis(length_ms));
            series.round = Some(Round { length_ms, integral });
        }
        series
    }

    /// The price at an instant: that of the step which has begun.
    #[must_use]
    pub fn at(&self, time: SimTime) -> Price {
        self.prices[self.step(self.within(time).1)]
    }

    /// What an hour's price comes to from `from` to `to`, in nano-USD an hour x ms.
    #[must_use]
    pub fn between(&self, from: SimTime, to: SimTime) -> u128 {
        self.integral(to) - self.integral(from)
    }

    /// The same from time zero on.
    #[must_use]
    pub fn integral(&self, time: SimTime) -> u128 {
        let (rounds, within) = self.within(time);
        let before = self.round.map_or(0, |round| u128::from(rounds) * round.integral);
        let step = self.step(within);
        before + self.integrals[step] + area(self.prices[step], self.starts[step], within)
    }

    /// The first instant from `from` on at which the price is `least` or more; `None` if never.
    /// Costs one look at each step between.
    #[must_use]
    pub fn first_at_least(&self, least: Price, from: SimTime) -> Option<SimTime> {
        let (rounds, within) = self.within(from);
        let first = self.step(within);
        let (passed, ahead) = self.prices.split_at(first);
        let search = |prices: &[Price]| prices.iter().position(|price| *price >= least);
        let length_ms = self.round.map_or(0, |round| round.length_ms);
        let at = |rounds: u64, step: usize| {
            SimTime::from_millis(rounds * length_ms + self.starts[step].as_millis())
        };
        if let Some(found) = search(ahead) {
            return Some(at(rounds, first + found).max(from));
        }
        self.round.and_then(|_| search(passed)).map(|found| at(rounds + 1, found))
    }

    /// The lowest price of all time.
    #[must_use]
    pub fn lowest(&self) -> Price {
        self.prices.iter().copied().min().unwrap_or_default()
    }

    /// The steps: since when, and the price. Without an end where the series repeats.
    pub fn steps(&self) -> impl Iterator<Item = (SimTime, Price)> + '_ {
        let length_ms = self.round.map_or(u64::MAX, |round| round.length_ms);
        let goes_on = self.prices.first() == self.prices.last();
        (0..u64::MAX / length_ms).flat_map(move |round| {
            let start =
                move |start: &SimTime| SimTime::from_millis(round * length_ms + start.as_millis());
            let steps = self.starts.iter().map(start).zip(self.prices.iter().copied());
            // The first price of a round is no step where it is the last one of the round before.
            steps.skip(usize::from(round > 0 && goes_on))
        })
    }

    /// How many rounds are over at an instant, and the instant of the round that has begun.
    fn within(&self, time: SimTime) -> (u64, SimTime) {
        self.round.map_or((0, time), |Round { length_ms, .. }| {
            (time.as_millis() / length_ms, SimTime::from_millis(time.as_millis() % length_ms))
        })
    }

    fn step(&self, time: SimTime) -> usize {
        self.starts.partition_point(|start| *start <= time) - 1
    }
}

fn area(price: Price, from: SimTime, to: SimTime) -> u128 {
    u128::from(price.nano_usd_per_hour()) * u128::from(to.since(from).as_millis())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(ms: u64) -> SimTime {
        SimTime::from_millis(ms)
    }

    fn series(points: &[(u64, u64)]) -> PriceSeries {
        let point = |(ms, nano): &(u64, u64)| (at(*ms), Price::from_nano_usd_per_hour(*nano));
        PriceSeries::new(points.iter().map(point)).unwrap()
    }

    #[test]
    fn the_first_price_holds_before_its_point_and_the_last_for_ever() {
        let series = series(&[(1_000, 5), (2_000, 7)]);
        let prices =
            [0, 999, 1_999, 2_000, 1 << 40].map(|ms| series.at(at(ms)).nano_usd_per_hour());
        assert_eq!(prices, [5, 5, 5, 7, 7]);
        assert_eq!(series.between(at(500), at(2_500)), 1_500 * 5 + 500 * 7);
        assert!(PriceSeries::new([]).is_none());
    }

    #[test]
    fn of_two_prices_of_one_instant_the_last_counts() {
        let series = series(&[(0, 5), (1_000, 6), (1_000, 5), (2_000, 9)]);
        assert_eq!(series.steps().count(), 2, "a step without a change is none");
        assert_eq!(series.at(at(1_500)).nano_usd_per_hour(), 5);
    }

    #[test]
    fn the_first_instant_above_a_price_is_found() {
        let series = series(&[(0, 5), (1_000, 9), (2_000, 4)]);
        let first =
            |least, from| series.first_at_least(Price::from_nano_usd_per_hour(least), at(from));
        assert_eq!(first(9, 0), Some(at(1_000)));
        assert_eq!(first(9, 1_500), Some(at(1_500)), "it is there already");
        assert_eq!(first(9, 2_000), None);
        assert_eq!(first(4, 3_000), Some(at(3_000)));
    }

    #[test]
    fn a_series_that_repeats_starts_again_where_its_record_does() {
        let series = series(&[(0, 5), (1_000, 7)]);
        let again = series.repeated(SimDuration::from_secs(2), SimDuration::from_millis(500));
        let steps: Vec<(u64, u64)> =
            again.steps().take(4).map(|(t, p)| (t.as_millis(), p.nano_usd_per_hour())).collect();
        assert_eq!(steps, [(0, 5), (500, 7), (1_500, 5), (2_500, 7)]);
        let constant =
            self::series(&[(0, 5)]).repeated(SimDuration::from_secs(2), SimDuration::ZERO);
        assert_eq!(constant.steps().count(), 1, "what never changes has no rounds");
    }

    proptest! {
        #[test]
        fn a_repeated_series_is_the_record_over_and_over(
            steps in prop::collection::vec((1u64..20, 0u64..4), 1..8),
            length in 1u64..90,
            from in 0u64..200,
            begin in 0u64..300,
            span in 0u64..300,
        ) {
            let mut time = 0;
            let points: Vec<(u64, u64)> = steps.iter().map(|(gap, price)| {
                time += gap;
                (time, *price)
            }).collect();
            let record = series(&points);
            let (length_ms, from_ms) = (length, SimDuration::from_millis(from));
            let again = record.repeated(SimDuration::from_millis(length_ms), from_ms);
            let of = |ms: u64| record.at(at((ms + from) % length_ms)).nano_usd_per_hour();
            let end = begin + span;
            for ms in begin..end {
                prop_assert_eq!(again.at(at(ms)).nano_usd_per_hour(), of(ms));
            }
            let sum: u128 = (begin..end).map(|ms| u128::from(of(ms))).sum();
            prop_assert_eq!(again.between(at(begin), at(end)), sum);
            let changes = (0..end).filter(|ms| *ms == 0 || of(*ms) != of(*ms - 1));
            let seen = again.steps().take_while(|(start, _)| start.as_millis() < end);
            let seen: Vec<u64> = seen.map(|(start, _)| start.as_millis()).collect();
            prop_assert_eq!(seen, changes.collect::<Vec<_>>());
            for least in 0..5 {
                // Two rounds show whatever there ever is.
                let slow = (begin..begin + 2 * length_ms).find(|ms| of(*ms) >= least);
                let found = again.first_at_least(Price::from_nano_usd_per_hour(least), at(begin));
                prop_assert_eq!(found.map(SimTime::as_millis), slow);
            }
        }

        #[test]
        fn integrals_are_sums_over_milliseconds(
            steps in prop::collection::vec((1u64..20, 0u64..1_000_000_000_000_000), 1..12),
            from in 0u64..150,
            length in 0u64..150,
        ) {
            let mut time = 0;
            let points: Vec<(u64, u64)> = steps.iter().map(|(gap, price)| {
                time += gap;
                (time, *price)
            }).collect();
            let of = |ms: u64| points.iter().rev().find(|(start, _)| *start <= ms)
                .map_or(points[0].1, |(_, price)| *price);
            let slow: u128 = (from..from + length).map(|ms| u128::from(of(ms))).sum();
            prop_assert_eq!(series(&points).between(at(from), at(from + length)), slow);
        }
    }
}
