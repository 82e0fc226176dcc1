//! A price that changes over time, and what it comes to between two instants.
//!
//! A step function with its integral at every step: what a span costs is one difference, whatever
//! the number of steps within it, and exact. Costs 40 bytes a step, and a binary search a look-up.

use super::money::Price;
use crate::sim::{SimDuration, SimTime};

/// A piecewise constant price from time zero on; the last step holds for ever.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriceSeries {
    /// Strictly ascending; the first is time zero.
    starts: Vec<SimTime>,
    prices: Vec<Price>,
    /// By step: the integral of the price up to its start, in nano-USD an hour x ms.
    integrals: Vec<u128>,
}

impl PriceSeries {
    /// The series of `points`, ascending in time; of several at one time the last counts. The
    /// first price holds before its point. `None` without a point.
    #[must_use]
    pub fn new(points: impl IntoIterator<Item = (SimTime, Price)>) -> Option<Self> {
        let mut series = Self { starts: Vec::new(), prices: Vec::new(), integrals: Vec::new() };
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

    /// The same on a clock that starts at `from` of this one.
    #[must_use]
    pub fn shifted(&self, from: SimDuration) -> Self {
        let at = |start: SimTime| start.as_millis().saturating_sub(from.as_millis());
        let points = self.steps().map(|(start, price)| (SimTime::from_millis(at(start)), price));
        Self::new(points).unwrap_or_else(|| unreachable!("a series has a first price"))
    }

    /// The price at an instant: that of the step which has begun.
    #[must_use]
    pub fn at(&self, time: SimTime) -> Price {
        self.prices[self.step(time)]
    }

    /// What an hour's price comes to from `from` to `to`, in nano-USD an hour x ms.
    #[must_use]
    pub fn between(&self, from: SimTime, to: SimTime) -> u128 {
        self.integral(to) - self.integral(from)
    }

    /// The same from time zero on.
    #[must_use]
    pub fn integral(&self, time: SimTime) -> u128 {
        let step = self.step(time);
        self.integrals[step] + area(self.prices[step], self.starts[step], time)
    }

    /// The first instant from `from` on at which the price is `least` or more; `None` if never.
    /// Costs one look at each step between.
    #[must_use]
    pub fn first_at_least(&self, least: Price, from: SimTime) -> Option<SimTime> {
        let first = self.step(from);
        let found = self.prices[first..].iter().position(|price| *price >= least)?;
        Some(self.starts[first + found].max(from))
    }

    /// The lowest price of all time.
    #[must_use]
    pub fn lowest(&self) -> Price {
        self.prices.iter().copied().min().unwrap_or_default()
    }

    /// The steps: since when, and the price.
    pub fn steps(&self) -> impl Iterator<Item = (SimTime, Price)> + '_ {
        self.starts.iter().copied().zip(self.prices.iter().copied())
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

    proptest! {
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
