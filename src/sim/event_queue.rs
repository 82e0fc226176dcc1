//! The future event set: a 4-ary heap in a total order, with a short cut for the current instant.
//!
//! Order is (time, phase, sequence number). Sequence numbers make it total, so a run never depends
//! on how the heap happens to be laid out. Cost: O(log n) per event with four children a node,
//! which halves the cache misses of a binary heap; an event scheduled for the current instant never
//! enters the heap but a first-in-first-out lane of its phase, O(1). Events are never cancelled:
//! the model tells a stale one by the stamp it carries.

use super::SimTime;
use std::collections::VecDeque;

/// The order of events of one instant: what changes the supply comes before what frees it, both
/// before arrivals, and decisions see all of them.
///
/// ```
/// use batchcast::sim::Phase;
/// assert!(Phase::Supply < Phase::Completion && Phase::Arrival < Phase::Decision);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Phase {
    /// Capacity appears or disappears.
    Supply,
    /// Work starts or ends.
    Completion,
    /// Work arrives.
    Arrival,
    /// Policies decide.
    Decision,
    /// Bookkeeping that nothing depends on.
    Observation,
}

const PHASES: usize = 5;

/// What a model schedules: small, copied, with a phase and an encoding as one word.
///
/// The queue keeps words: they move through registers, and the digest is made of them.
pub trait Event: Copy {
    /// Where it stands among the events of its instant.
    fn phase(self) -> Phase;
    /// Its content as one word, equal for equal events on every machine.
    fn word(self) -> u64;
    /// The event of a word that [`word`](Self::word) gave.
    fn from_word(word: u64) -> Self;
}

/// The future event set of a simulation.
///
/// ```
/// use batchcast::sim::{Event, EventQueue, Phase, SimTime};
/// #[derive(Clone, Copy, Debug, PartialEq)]
/// enum Tick { Supply(u32), Decide }
/// impl Event for Tick {
///     fn phase(self) -> Phase {
///         match self { Tick::Supply(_) => Phase::Supply, Tick::Decide => Phase::Decision }
///     }
///     fn word(self) -> u64 {
///         match self { Tick::Supply(n) => u64::from(n), Tick::Decide => u64::MAX }
///     }
///     fn from_word(word: u64) -> Self {
///         if word == u64::MAX { Tick::Decide } else { Tick::Supply(word as u32) }
///     }
/// }
/// let mut queue = EventQueue::new();
/// let t = SimTime::from_millis(10);
/// queue.push(t, Tick::Decide);
/// queue.push(t, Tick::Supply(7));
/// assert_eq!(queue.pop(), Some((t, Tick::Supply(7)))); // the earlier phase first
/// assert_eq!(queue.pop(), Some((t, Tick::Decide)));
/// assert_eq!(queue.pop(), None);
/// ```
#[derive(Clone, Debug)]
pub struct EventQueue<E> {
    heap: Vec<(u128, u64)>,
    lanes: [VecDeque<(u64, u64)>; PHASES],
    occupied: u8,
    now: SimTime,
    sequence: u64,
    events: std::marker::PhantomData<E>,
}

const fn key(time: SimTime, phase: u8, sequence: u64) -> u128 {
    ((time.as_millis() as u128) << 64) | ((phase as u128) << 60) | sequence as u128
}

const fn time_of(key: u128) -> SimTime {
    SimTime::from_millis((key >> 64) as u64)
}

impl<E: Event> Default for EventQueue<E> {
    fn default() -> Self {
        Self::new()
    }
}

impl<E: Event> EventQueue<E> {
    /// An empty set at time zero.
    ///
    /// ```
    /// # use batchcast::sim::{Event, EventQueue, Phase};
    /// # #[derive(Clone, Copy)] struct E;
    /// # impl Event for E { fn phase(self) -> Phase { Phase::Supply } fn word(self) -> u64 { 0 }
    /// #     fn from_word(_: u64) -> Self { E } }
    /// assert!(EventQueue::<E>::new().next_key().is_none());
    /// ```
    #[must_use]
    pub fn new() -> Self {
        Self {
            heap: Vec::new(),
            lanes: std::array::from_fn(|_| VecDeque::new()),
            occupied: 0,
            now: SimTime::ZERO,
            sequence: 0,
            events: std::marker::PhantomData,
        }
    }

    /// The current instant: that of the last event popped or the last [`advance`](Self::advance).
    ///
    /// ```
    /// # use batchcast::sim::{Event, EventQueue, Phase, SimTime};
    /// # #[derive(Clone, Copy)] struct E;
    /// # impl Event for E { fn phase(self) -> Phase { Phase::Supply } fn word(self) -> u64 { 0 }
    /// #     fn from_word(_: u64) -> Self { E } }
    /// let mut queue = EventQueue::<E>::new();
    /// queue.advance(SimTime::from_millis(3));
    /// assert_eq!(queue.now(), SimTime::from_millis(3));
    /// ```
    #[must_use]
    pub const fn now(&self) -> SimTime {
        self.now
    }

    /// Schedules `event` at `time`, which must not lie in the past.
    ///
    /// ```
    /// # use batchcast::sim::{Event, EventQueue, Phase, SimTime};
    /// # #[derive(Clone, Copy)] struct E;
    /// # impl Event for E { fn phase(self) -> Phase { Phase::Supply } fn word(self) -> u64 { 0 }
    /// #     fn from_word(_: u64) -> Self { E } }
    /// let mut queue = EventQueue::new();
    /// queue.push(SimTime::from_millis(4), E);
    /// assert_eq!(queue.next_key(), Some((SimTime::from_millis(4), Phase::Supply as u8)));
    /// ```
    #[inline]
    pub fn push(&mut self, time: SimTime, event: E) {
        assert!(
            time >= self.now,
            "an event can not be scheduled in the past: {time} < {}",
            self.now
        );
        let (phase, event) = (event.phase() as u8, event.word());
        let sequence = self.sequence;
        self.sequence += 1;
        if time == self.now {
            self.lanes[phase as usize].push_back((sequence, event));
            self.occupied |= 1 << phase;
        } else {
            self.heap.push((key(time, phase, sequence), event));
            self.sift_up(self.heap.len() - 1);
        }
    }

    /// Time and phase of the next event.
    ///
    /// ```
    /// # use batchcast::sim::{Event, EventQueue, Phase};
    /// # #[derive(Clone, Copy)] struct E;
    /// # impl Event for E { fn phase(self) -> Phase { Phase::Supply } fn word(self) -> u64 { 0 }
    /// #     fn from_word(_: u64) -> Self { E } }
    /// assert_eq!(EventQueue::<E>::new().next_key(), None);
    /// ```
    #[inline]
    #[must_use]
    pub fn next_key(&self) -> Option<(SimTime, u8)> {
        let heap = self.heap.first().map(|(key, _)| *key);
        let key = match (self.lane_key(), heap) {
            (Some(lane), Some(heap)) => lane.min(heap),
            (lane, heap) => lane.or(heap)?,
        };
        Some((time_of(key), (key >> 60) as u8 & 0xf))
    }

    /// Removes the next event and moves the clock to it.
    ///
    /// ```
    /// # use batchcast::sim::{Event, EventQueue, Phase};
    /// # #[derive(Clone, Copy, Debug, PartialEq)] struct E;
    /// # impl Event for E { fn phase(self) -> Phase { Phase::Supply } fn word(self) -> u64 { 0 }
    /// #     fn from_word(_: u64) -> Self { E } }
    /// assert_eq!(EventQueue::<E>::new().pop(), None);
    /// ```
    #[inline]
    pub fn pop(&mut self) -> Option<(SimTime, E)> {
        self.pop_word().map(|(time, word)| (time, E::from_word(word)))
    }

    /// As [`pop`](Self::pop), the event still as its word.
    #[inline]
    pub(super) fn pop_word(&mut self) -> Option<(SimTime, u64)> {
        let heap = self.heap.first().map(|(key, _)| *key);
        match (self.lane_key(), heap) {
            (Some(lane), Some(heap)) if heap < lane => self.pop_heap(),
            (Some(_), _) => self.pop_lane(),
            (None, Some(_)) => self.pop_heap(),
            (None, None) => None,
        }
    }

    /// Moves the clock forward to an arrival that precedes every pending event.
    ///
    /// ```
    /// # use batchcast::sim::{Event, EventQueue, Phase, SimTime};
    /// # #[derive(Clone, Copy)] struct E;
    /// # impl Event for E { fn phase(self) -> Phase { Phase::Supply } fn word(self) -> u64 { 0 }
    /// #     fn from_word(_: u64) -> Self { E } }
    /// let mut queue = EventQueue::<E>::new();
    /// queue.advance(SimTime::from_millis(1));
    /// ```
    #[inline]
    pub fn advance(&mut self, time: SimTime) {
        assert!(time >= self.now, "the clock can not run backwards: {time} < {}", self.now);
        debug_assert!(time == self.now || self.occupied == 0, "events of this instant are pending");
        self.now = time;
    }

    #[inline]
    fn lane_key(&self) -> Option<u128> {
        if self.occupied == 0 {
            return None;
        }
        let phase = self.occupied.trailing_zeros() as u8;
        let (sequence, _) = self.lanes[phase as usize].front()?;
        Some(key(self.now, phase, *sequence))
    }

    fn pop_lane(&mut self) -> Option<(SimTime, u64)> {
        let phase = self.occupied.trailing_zeros() as usize;
        let (_, event) = self.lanes[phase].pop_front()?;
        if self.lanes[phase].is_empty() {
            self.occupied &= !(1 << phase);
        }
        Some((self.now, event))
    }

    fn pop_heap(&mut self) -> Option<(SimTime, u64)> {
        let last = self.heap.pop()?;
        let (key, event) = match self.heap.first_mut() {
            Some(root) => std::mem::replace(root, last),
            None => last,
        };
        self.sift_down();
        self.now = time_of(key);
        Some((self.now, event))
    }

    fn sift_up(&mut self, mut index: usize) {
        let item = self.heap[index];
        while index > 0 {
            let parent = (index - 1) / 4;
            if self.heap[parent].0 <= item.0 {
                break;
            }
            self.heap[index] = self.heap[parent];
            index = parent;
        }
        self.heap[index] = item;
    }

    fn sift_down(&mut self) {
        let Some(item) = self.heap.first().copied() else { return };
        let mut index = 0;
        while let Some(child) = self.least_child(index) {
            let candidate = self.heap[child];
            if item.0 <= candidate.0 {
                break;
            }
            self.heap[index] = candidate;
            index = child;
        }
        self.heap[index] = item;
    }

    /// The child of a node with the least key: three comparisons where all four are there.
    #[inline]
    fn least_child(&self, node: usize) -> Option<usize> {
        let first = node * 4 + 1;
        if let Some([a, b, c, d]) = self.heap.get(first..first + 4) {
            let (left, low) = if b.0 < a.0 { (1, b.0) } else { (0, a.0) };
            let (right, high) = if d.0 < c.0 { (3, d.0) } else { (2, c.0) };
            return Some(first + if high < low { right } else { left });
        }
        let children = self.heap.get(first..)?;
        let least = children.iter().enumerate().min_by_key(|(_, (key, _))| *key)?;
        Some(first + least.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[derive(Clone, Copy, Debug, PartialEq)]
    struct Mark(u8, u32);

    impl Event for Mark {
        fn phase(self) -> Phase {
            [Phase::Supply, Phase::Completion, Phase::Arrival, Phase::Decision, Phase::Observation]
                [self.0 as usize]
        }
        fn word(self) -> u64 {
            (u64::from(self.0) << 32) | u64::from(self.1)
        }
        fn from_word(word: u64) -> Self {
            Self((word >> 32) as u8, word as u32)
        }
    }

    proptest! {
        /// Against the obvious oracle: a list sorted by (time, phase, sequence) at every step, with
        /// new events scheduled, some for the current instant, while others are being popped.
        #[test]
        fn events_come_in_the_order_of_time_phase_and_scheduling(
            steps in prop::collection::vec((0u64..4, 0u8..5, 0u8..3), 1..200)
        ) {
            let mut queue = EventQueue::new();
            let mut oracle: Vec<(u64, u8, u32)> = Vec::new();
            let mut now = 0;
            for (n, (delay, phase, pops)) in steps.into_iter().enumerate() {
                queue.push(SimTime::from_millis(now + delay), Mark(phase, n as u32));
                oracle.push((now + delay, phase, n as u32));
                for _ in 0..pops {
                    oracle.sort_unstable();
                    let expected = (!oracle.is_empty()).then(|| oracle.remove(0));
                    let got = queue.pop().map(|(t, m)| (t.as_millis(), m.0, m.1));
                    prop_assert_eq!(got, expected);
                    now = got.map_or(now, |g| g.0);
                }
            }
        }
    }
}
