//! Where arrivals come from: a cursor in time order, merged with the event queue by the engine.
//!
//! Arrivals are never preloaded into the event queue: a source holds one arrival at a time, so a
//! trace of any length costs the memory of its live part. A source may be told of the ends that it
//! waits for; one that is not costs nothing for it.

use super::SimTime;

/// What became of an arrival, told to the source that it came from.
///
/// ```
/// use batchcast::sim::Notice;
/// let notice = Notice { source: 0, ticket: 17, succeeded: true };
/// assert!(notice.succeeded);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Notice {
    /// The position of the source among those of the run.
    pub source: u32,
    /// What the source calls the arrival.
    pub ticket: u32,
    /// Whether it ended well.
    pub succeeded: bool,
}

/// A stream of arrivals in time order. A *closed-loop* source makes arrivals of what became of
/// earlier ones.
///
/// ```
/// use batchcast::sim::{ArrivalSource, SimTime};
/// struct Every { next: u64, left: u32 }
/// impl ArrivalSource for Every {
///     type Arrival = u32;
///     type Error = std::convert::Infallible;
///     fn next_time(&mut self) -> Result<Option<SimTime>, Self::Error> {
///         Ok((self.left > 0).then_some(SimTime::from_millis(self.next)))
///     }
///     fn take(&mut self) -> u32 {
///         self.next += 10;
///         self.left -= 1;
///         self.left
///     }
/// }
/// let mut source = Every { next: 5, left: 2 };
/// assert_eq!(source.next_time().unwrap(), Some(SimTime::from_millis(5)));
/// assert_eq!(source.take(), 1);
/// ```
pub trait ArrivalSource {
    /// What arrives.
    type Arrival;
    /// Why the source could not be read further.
    type Error;

    /// The instant of the next arrival; `None` when there is none, or none before the next
    /// [`notice`](Self::notice). Idempotent until [`take`](Self::take) or a notice; successive
    /// arrivals never go back in time.
    ///
    /// # Errors
    /// When the underlying input can not be read or breaks its format; the run can not go on.
    fn next_time(&mut self) -> Result<Option<SimTime>, Self::Error>;

    /// Hands out the arrival announced by [`next_time`](Self::next_time), which must have returned
    /// `Some` since the last call.
    fn take(&mut self) -> Self::Arrival;

    /// Asked now and then, also when nothing arrives any more: an error ends the run.
    ///
    /// # Errors
    /// When the run is not to go on.
    fn check(&mut self) -> Result<(), Self::Error> {
        Ok(())
    }

    /// An arrival of this source has ended, now. The next arrival may have become an earlier one,
    /// but none before `now`. A source that does not wait for its arrivals is never told.
    fn notice(&mut self, _now: SimTime, _notice: Notice) {}
}

impl<T: ArrivalSource + ?Sized> ArrivalSource for Box<T> {
    type Arrival = T::Arrival;
    type Error = T::Error;

    #[inline]
    fn next_time(&mut self) -> Result<Option<SimTime>, Self::Error> {
        (**self).next_time()
    }

    #[inline]
    fn take(&mut self) -> Self::Arrival {
        (**self).take()
    }

    fn check(&mut self) -> Result<(), Self::Error> {
        (**self).check()
    }

    fn notice(&mut self, now: SimTime, notice: Notice) {
        (**self).notice(now, notice);
    }
}
