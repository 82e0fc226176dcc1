//! The engine: one loop that merges arrivals with the event queue and digests what happens.
//!
//! Arrivals are a stream already in order, so they never enter the queue: at each step the engine
//! takes whichever comes first by (time, phase), arrivals before events of the arrival phase. What
//! sources wait for is told to them after the event or arrival that brought it, before anything
//! else happens; that costs one test an event. Every few thousand events sources are asked whether
//! to go on, for a run may last long after their last arrival. The engine knows neither what
//! arrives nor what an event means.

use super::{ArrivalSource, Event, EventQueue, Notice, Phase, SimTime};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Sources are asked whether to go on once in so many arrivals and events; a power of two.
const CHECK_EVERY: u64 = 4_096;

/// What the engine runs. `O` watches and can not influence the run.
pub trait Model<O> {
    /// What is scheduled.
    type Event: Event;
    /// What arrives.
    type Arrival;
    /// Time is about to move to `now`; the state is still that of the instants before.
    fn before(&mut self, now: SimTime, observer: &mut O);
    /// Something arrives.
    fn on_arrival(
        &mut self,
        arrival: Self::Arrival,
        queue: &mut EventQueue<Self::Event>,
        observer: &mut O,
    );
    /// Something scheduled is due.
    fn on_event(
        &mut self,
        event: Self::Event,
        queue: &mut EventQueue<Self::Event>,
        observer: &mut O,
    );
    /// Whether nothing that is still scheduled matters once arrivals have ended.
    fn is_drained(&self) -> bool;
    /// The oldest end that a source waits for and has not been told, once.
    fn next_notice(&mut self) -> Option<Notice> {
        None
    }
}

/// Where a run ends that does not drain.
///
/// ```
/// use batchcast::sim::{Limits, SimDuration, SimTime};
/// let limits = Limits { horizon: SimTime::MAX, patience: SimDuration::from_secs(60) };
/// assert_eq!(limits.patience.as_millis(), 60_000);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Nothing at or after this instant happens.
    pub horizon: SimTime,
    /// How long after the last arrival a run that makes no end is stopped.
    pub patience: super::SimDuration,
}

/// Why the loop ended.
///
/// ```
/// use batchcast::sim::Halt;
/// assert_ne!(Halt::Drained, Halt::Horizon);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Halt {
    /// Nothing is left to happen, or the model says that nothing left matters. Sources that wait
    /// for an end that can not come any more do not hold it up.
    Drained,
    /// The horizon was reached.
    Horizon,
    /// Patience ran out.
    Backstop,
}

/// How a run went.
///
/// ```
/// use batchcast::sim::{Halt, RunReport, SimTime};
/// let report = RunReport { halt: Halt::Drained, time: SimTime::ZERO, events: 0, digest: 0 };
/// assert_eq!(report.events, 0);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunReport {
    /// Why it ended.
    pub halt: Halt,
    /// Its last instant: that of the last event, or the limit that stopped it.
    pub time: SimTime,
    /// Arrivals and events handled.
    pub events: u64,
    /// A 64-bit mix of (time, phase, event word) of all of them, in order.
    pub digest: u64,
}

/// Runs `model` on `sources` until nothing is left or a limit is reached.
///
/// ```
/// use batchcast::sim::{
///     ArrivalSource, Event, EventQueue, Halt, Limits, Model, Phase, SimDuration, SimTime, run,
/// };
/// struct Every(u64, u64); // (next, end)
/// impl ArrivalSource for Every {
///     type Arrival = ();
///     type Error = std::convert::Infallible;
///     fn next_time(&mut self) -> Result<Option<SimTime>, Self::Error> {
///         Ok((self.0 < self.1).then_some(SimTime::from_millis(self.0)))
///     }
///     fn take(&mut self) { self.0 += 10; }
/// }
/// #[derive(Clone, Copy)] struct Left;
/// impl Event for Left {
///     fn phase(self) -> Phase { Phase::Completion }
///     fn word(self) -> u64 { 0 }
///     fn from_word(_: u64) -> Self { Left }
/// }
/// struct Counter { inside: u32, most: u32 }
/// impl Model<()> for Counter {
///     type Event = Left;
///     type Arrival = ();
///     fn before(&mut self, _: SimTime, _: &mut ()) {}
///     fn on_arrival(&mut self, _: (), queue: &mut EventQueue<Left>, _: &mut ()) {
///         self.inside += 1;
///         self.most = self.most.max(self.inside);
///         queue.push(queue.now() + SimDuration::from_millis(25), Left);
///     }
///     fn on_event(&mut self, _: Left, _: &mut EventQueue<Left>, _: &mut ()) { self.inside -= 1; }
///     fn is_drained(&self) -> bool { false }
/// }
/// let mut model = Counter { inside: 0, most: 0 };
/// let limits = Limits { horizon: SimTime::MAX, patience: SimDuration::from_secs(60) };
/// let mut queue = EventQueue::new();
/// let report = run(&mut model, &mut queue, &mut [Every(0, 100)], &mut (), limits).unwrap();
/// assert_eq!((report.halt, report.events, model.most), (Halt::Drained, 20, 3));
/// ```
///
/// # Errors
/// The first error of a source.
pub fn run<M, O, S>(
    model: &mut M,
    queue: &mut EventQueue<M::Event>,
    sources: &mut [S],
    observer: &mut O,
    limits: Limits,
) -> Result<RunReport, S::Error>
where
    M: Model<O>,
    S: ArrivalSource<Arrival = M::Arrival>,
{
    let mut arrivals = Merge::new(sources)?;
    let mut digest = Digest::default();
    let mut last_arrival = SimTime::ZERO;
    let halt = loop {
        let event = queue.next_key();
        let arrival = arrivals.next_time();
        let arrival_first = match (arrival, event) {
            (Some(a), Some((t, phase))) => (a, Phase::Arrival as u8) <= (t, phase),
            (Some(_), None) => true,
            (None, Some(_)) => false,
            (None, None) => break Halt::Drained,
        };
        let next = if arrival_first { arrival } else { event.map(|(t, _)| t) };
        let Some(time) = next else { break Halt::Drained };
        if time >= limits.horizon {
            break Halt::Horizon;
        }
        if arrival.is_none() {
            if model.is_drained() {
                break Halt::Drained;
            }
            if time > last_arrival + limits.patience {
                break Halt::Backstop;
            }
        }
        if time > queue.now() {
            model.before(time, observer);
        }
        if arrival_first {
            queue.advance(time);
            let position = arrivals.position();
            digest.add(time, Phase::Arrival as u8, u64::from(position));
            last_arrival = time;
            // Handed on from where it was made: an arrival is too large to be passed along.
            model.on_arrival(arrivals.sources[position as usize].take(), queue, observer);
            arrivals.advance()?;
        } else if let (Some((_, phase)), Some((time, word))) = (event, queue.pop_word()) {
            digest.add(time, phase, word);
            model.on_event(M::Event::from_word(word), queue, observer);
        }
        while let Some(notice) = model.next_notice() {
            arrivals.tell(queue.now(), notice)?;
        }
        if digest.count.is_multiple_of(CHECK_EVERY) {
            arrivals.check()?;
        }
    };
    let time = match halt {
        Halt::Drained => queue.now(),
        Halt::Horizon => limits.horizon,
        Halt::Backstop => last_arrival + limits.patience,
    };
    Ok(RunReport { halt, time, events: digest.count, digest: digest.state })
}

/// The running mix of all events.
#[derive(Default)]
struct Digest {
    state: u64,
    count: u64,
}

impl Digest {
    #[inline]
    fn add(&mut self, time: SimTime, phase: u8, word: u64) {
        const K: u64 = 0x9E37_79B9_7F4A_7C15;
        let a = (self.state ^ time.as_millis() ^ (u64::from(phase) << 56)).wrapping_mul(K);
        self.state = (a.rotate_left(29) ^ word).wrapping_mul(K) ^ (a >> 32);
        self.count += 1;
    }
}

/// The earliest arrival of several sources; ties go to the lower position.
struct Merge<'a, S> {
    sources: &'a mut [S],
    heads: BinaryHeap<Reverse<(SimTime, u32)>>,
}

impl<'a, S: ArrivalSource> Merge<'a, S> {
    fn new(sources: &'a mut [S]) -> Result<Self, S::Error> {
        let mut heads = BinaryHeap::with_capacity(sources.len());
        for (position, source) in sources.iter_mut().enumerate() {
            if let Some(time) = source.next_time()? {
                heads.push(Reverse((time, position as u32)));
            }
        }
        Ok(Self { sources, heads })
    }

    #[inline]
    fn next_time(&self) -> Option<SimTime> {
        self.heads.peek().map(|Reverse((time, _))| *time)
    }

    /// The source of the earliest arrival; [`Self::next_time`] has just returned `Some`.
    #[inline]
    fn position(&self) -> u32 {
        self.heads.peek().map_or(0, |Reverse((_, position))| *position)
    }

    /// Looks for the next arrival of the source whose arrival has just been taken.
    #[inline]
    fn advance(&mut self) -> Result<(), S::Error> {
        let Some(mut head) = self.heads.peek_mut() else { return Ok(()) };
        let Reverse((time, position)) = *head;
        match self.sources[position as usize].next_time()? {
            Some(next) => {
                assert!(next >= time, "a source went back in time: {next} after {time}");
                *head = Reverse((next, position));
            }
            None => {
                std::collections::binary_heap::PeekMut::pop(head);
            }
        }
        Ok(())
    }

    /// Asks every source whether to go on.
    #[cold]
    fn check(&mut self) -> Result<(), S::Error> {
        self.sources.iter_mut().try_for_each(ArrivalSource::check)
    }

    /// Tells a source and asks it anew: its next arrival may have become another. Costs a look at
    /// every source, once for each end that one waits for.
    #[cold]
    fn tell(&mut self, now: SimTime, notice: Notice) -> Result<(), S::Error> {
        let position = notice.source;
        let source = &mut self.sources[position as usize];
        source.notice(now, notice);
        let next = source.next_time()?;
        let of_source = |Reverse((_, known)): &&Reverse<(SimTime, u32)>| *known == position;
        let announced = self.heads.iter().find(of_source).map(|Reverse((time, _))| *time);
        if next != announced {
            self.heads.retain(|Reverse((_, known))| *known != position);
            if let Some(time) = next {
                assert!(time >= now, "a source went back in time: {time} at {now}");
                self.heads.push(Reverse((time, position)));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
