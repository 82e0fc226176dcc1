//! Simulated time: unsigned milliseconds, the unit of AWS API timestamps.
//!
//! Knows no calendar: instants count from the start of the run. Floating point appears only where a
//! sampled or parsed number becomes a duration, and is rounded there once, half to even.

use std::fmt;
use std::ops::{Add, AddAssign, Sub};

/// An instant: milliseconds since the start of the run.
///
/// ```
/// use batchcast::sim::{SimDuration, SimTime};
/// let start = SimTime::from_millis(500);
/// assert_eq!(start + SimDuration::from_secs(2), SimTime::from_millis(2_500));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SimTime(u64);

/// A length of time in milliseconds.
///
/// ```
/// use batchcast::sim::SimDuration;
/// assert_eq!(SimDuration::from_secs_f64(0.0005), SimDuration::ZERO); // half to even
/// assert_eq!(SimDuration::from_secs_f64(0.0015), SimDuration::from_millis(2));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SimDuration(u64);

impl SimTime {
    /// The start of the run.
    pub const ZERO: Self = Self(0);
    /// Later than every instant of any run.
    pub const MAX: Self = Self(u64::MAX);

    /// The instant `millis` milliseconds after the start.
    ///
    /// ```
    /// assert_eq!(batchcast::sim::SimTime::from_millis(7).as_millis(), 7);
    /// ```
    #[must_use]
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the start.
    ///
    /// ```
    /// assert_eq!(batchcast::sim::SimTime::ZERO.as_millis(), 0);
    /// ```
    #[must_use]
    pub const fn as_millis(self) -> u64 {
        self.0
    }

    /// The time from `earlier` to here, zero if `earlier` is later.
    ///
    /// ```
    /// use batchcast::sim::{SimDuration, SimTime};
    /// let t = SimTime::from_millis(5);
    /// assert_eq!(t.since(SimTime::from_millis(2)), SimDuration::from_millis(3));
    /// assert_eq!(t.since(SimTime::from_millis(9)), SimDuration::ZERO);
    /// ```
    #[must_use]
    pub const fn since(self, earlier: Self) -> SimDuration {
        SimDuration(self.0.saturating_sub(earlier.0))
    }

    /// The first instant of the lattice `phase + k * period` that is not before `self`.
    ///
    /// A zero period is a lattice of every instant.
    ///
    /// ```
    /// use batchcast::sim::{SimDuration, SimTime};
    /// let five = SimDuration::from_millis(5);
    /// let one = SimDuration::from_millis(1);
    /// assert_eq!(SimTime::from_millis(6).ceil_to(five, one), SimTime::from_millis(6));
    /// assert_eq!(SimTime::from_millis(7).ceil_to(five, one), SimTime::from_millis(11));
    /// ```
    #[must_use]
    pub fn ceil_to(self, period: SimDuration, phase: SimDuration) -> Self {
        if period.0 == 0 {
            return self;
        }
        if self.0 <= phase.0 {
            return Self(phase.0);
        }
        Self(phase.0 + (self.0 - phase.0).div_ceil(period.0) * period.0)
    }
}

impl SimDuration {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// A length of `millis` milliseconds.
    ///
    /// ```
    /// assert_eq!(batchcast::sim::SimDuration::from_millis(3).as_millis(), 3);
    /// ```
    #[must_use]
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis)
    }

    /// A length of `secs` whole seconds.
    ///
    /// ```
    /// assert_eq!(batchcast::sim::SimDuration::from_secs(3).as_millis(), 3_000);
    /// ```
    #[must_use]
    pub const fn from_secs(secs: u64) -> Self {
        Self(secs * 1_000)
    }

    /// Seconds rounded half to even; negative and not-a-number become zero, too large saturates.
    ///
    /// ```
    /// use batchcast::sim::SimDuration;
    /// assert_eq!(SimDuration::from_secs_f64(1.25).as_millis(), 1_250);
    /// assert_eq!(SimDuration::from_secs_f64(-1.0), SimDuration::ZERO);
    /// ```
    #[must_use]
    pub fn from_secs_f64(secs: f64) -> Self {
        // A float-to-integer cast saturates and sends NaN to zero.
        Self((secs * 1_000.0).round_ties_even() as u64)
    }

    /// The length in milliseconds.
    ///
    /// ```
    /// assert_eq!(batchcast::sim::SimDuration::from_secs(1).as_millis(), 1_000);
    /// ```
    #[must_use]
    pub const fn as_millis(self) -> u64 {
        self.0
    }

    /// The length in seconds, for statistics and reports only.
    ///
    /// ```
    /// assert_eq!(batchcast::sim::SimDuration::from_millis(1_500).as_secs_f64(), 1.5);
    /// ```
    #[must_use]
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / 1_000.0
    }

    /// The difference, zero if `other` is longer.
    ///
    /// ```
    /// use batchcast::sim::SimDuration;
    /// let one = SimDuration::from_secs(1);
    /// assert_eq!(one.saturating_sub(SimDuration::from_secs(2)), SimDuration::ZERO);
    /// ```
    #[must_use]
    pub const fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Add<SimDuration> for SimTime {
    type Output = Self;
    fn add(self, rhs: SimDuration) -> Self {
        Self(self.0.saturating_add(rhs.0))
    }
}

impl Add for SimDuration {
    type Output = Self;
    fn add(self, rhs: Self) -> Self {
        Self(self.0.saturating_add(rhs.0))
    }
}

impl AddAssign for SimDuration {
    fn add_assign(&mut self, rhs: Self) {
        *self = *self + rhs;
    }
}

impl Sub for SimDuration {
    type Output = Self;
    /// Panics when the result would be negative: a negative length is a programmer's error.
    fn sub(self, rhs: Self) -> Self {
        assert!(self.0 >= rhs.0, "a duration can not be negative: {self} - {rhs}");
        Self(self.0 - rhs.0)
    }
}

impl fmt::Display for SimTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "t={}.{:03}s", self.0 / 1_000, self.0 % 1_000)
    }
}

impl fmt::Display for SimDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:03}s", self.0 / 1_000, self.0 % 1_000)
    }
}
