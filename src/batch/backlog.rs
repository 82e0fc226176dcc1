//! The waiting jobs of one queue: a FIFO in order of submission, retried jobs before it.
//!
//! A position is absolute and never reused, so the *frontier* (all before it has been examined and
//! is backed by planned capacity) survives removals at the front; retried jobs have one by their
//! keys, the *settled* job. Entries leave a hole when they are dispatched out of order; holes at
//! the front are dropped at once, others when they outnumber the living: every operation is O(1)
//! amortised. From the first PENDING job on, an index of who is visible lets a walk pass over any
//! number of those who are not. Knows neither capacity nor time.

use super::shape::ShapeId;
use crate::sim::{BitSet, SimTime};
use std::collections::{BTreeMap, VecDeque};
use std::ops::Bound;

/// One waiting job, or an array whose children still wait.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// The job's slot.
    pub job: u32,
    /// Its shape.
    pub shape: ShapeId,
    /// Where it stands.
    pub state: EntryState,
    /// For a job: the capacity that is planned for it.
    pub plan: Plan,
}

/// Capacity that is planned for a job: since when, and in which environment of its queue, by rank
/// from 0 to 2. One word, for an entry is read at every step of a walk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan(u64);

impl Plan {
    /// None is planned.
    pub const NONE: Self = Self(u64::MAX);

    /// Planned since `since` in the environment of that rank.
    #[inline]
    #[must_use]
    pub const fn new(since: SimTime, rank: u8) -> Self {
        assert!(rank < 3, "a queue has at most three compute environments");
        Self(since.as_millis() << 2 | rank as u64)
    }

    /// Since when, and the environment's rank.
    #[inline]
    #[must_use]
    pub const fn get(self) -> Option<(SimTime, u8)> {
        match self.0 {
            u64::MAX => None,
            word => Some((SimTime::from_millis(word >> 2), word as u8 & 3)),
        }
    }
}

/// What an entry of the FIFO is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryState {
    /// Submitted, not yet evaluated: passed over.
    Submitted,
    /// Waits for others, or an array none of whose children is ready: passed over.
    Pending,
    /// RUNNABLE.
    Runnable,
    /// An array with children left.
    Array,
    /// RUNNABLE, and of several nodes.
    Gang,
    /// Nobody: dispatched or cancelled.
    Gone,
}

/// The order of retried jobs: that of their submission.
pub type RetryKey = (u32, u32);

/// The waiting jobs of one queue.
#[derive(Clone, Debug, Default)]
pub struct Backlog {
    entries: VecDeque<Entry>,
    base: u64,
    frontier: u64,
    /// No entry at or behind it has planned capacity. The frontier moves back, this does not.
    examined: u64,
    living: usize,
    retries: BTreeMap<RetryKey, Entry>,
    /// Retried jobs up to this one have what they need until room grows; `None`: nobody has.
    settled: Option<RetryKey>,
    /// No retried job behind it has planned capacity. `settled` moves back, this does not.
    examined_retries: Option<RetryKey>,
    rescan: bool,
    visible: Option<Visible>,
}

/// The positions at which a walk has to look.
#[derive(Clone, Debug)]
struct Visible {
    /// The position that is its zero.
    origin: u64,
    set: BitSet,
}

impl Visible {
    fn new(base: u64, entries: &VecDeque<Entry>) -> Self {
        let mut set = BitSet::default();
        for (index, entry) in entries.iter().enumerate() {
            if entry.state.is_visible() {
                set.insert(index);
            }
        }
        Self { origin: base, set }
    }

    fn at(&self, position: u64) -> usize {
        (position - self.origin) as usize
    }
}

impl EntryState {
    const fn is_visible(self) -> bool {
        matches!(self, Self::Runnable | Self::Array | Self::Gang)
    }
}

impl Backlog {
    /// Adds a job at the back and returns its position.
    #[inline]
    pub fn push(&mut self, entry: Entry) -> u64 {
        self.entries.push_back(entry);
        self.living += 1;
        let position = self.end() - 1;
        if self.visible.is_some() {
            self.set_state(position, entry.state);
        }
        position
    }

    /// The first position.
    #[inline]
    #[must_use]
    pub const fn front(&self) -> u64 {
        self.base
    }

    /// One past the last position.
    #[inline]
    #[must_use]
    pub fn end(&self) -> u64 {
        self.base + self.entries.len() as u64
    }

    /// The entry at a position.
    #[inline]
    #[must_use]
    pub fn get(&self, position: u64) -> &Entry {
        &self.entries[(position - self.base) as usize]
    }

    /// The entry at a position.
    #[inline]
    pub fn get_mut(&mut self, position: u64) -> &mut Entry {
        &mut self.entries[(position - self.base) as usize]
    }

    /// What stands at a position is something else from now on, and somebody.
    #[inline]
    pub fn set_state(&mut self, position: u64, state: EntryState) {
        self.get_mut(position).state = state;
        if state == EntryState::Pending && self.visible.is_none() {
            self.visible = Some(Visible::new(self.base, &self.entries));
        }
        if let Some(visible) = &mut self.visible {
            let at = visible.at(position);
            if state.is_visible() {
                visible.set.insert(at);
            } else {
                visible.set.remove(at);
            }
        }
    }

    /// The next position at or after this one at which somebody may stand who waits for a place.
    #[inline]
    #[must_use]
    pub fn next_at(&self, position: u64) -> u64 {
        let Some(visible) = &self.visible else { return position };
        let next = visible.set.next(visible.at(position));
        next.map_or(self.end(), |next| visible.origin + next as u64)
    }

    /// Removes the entry at a position.
    #[inline]
    pub fn remove(&mut self, position: u64) {
        self.get_mut(position).state = EntryState::Gone;
        if let Some(visible) = &mut self.visible {
            visible.set.remove(visible.at(position));
        }
        self.living -= 1;
        while self.entries.front().is_some_and(|entry| entry.state == EntryState::Gone) {
            self.entries.pop_front();
            self.base += 1;
        }
        self.frontier = self.frontier.max(self.base);
    }

    /// Closes the holes when they outnumber the living; `moved` learns each survivor's new
    /// position. Not to be called while positions are held.
    pub fn compact(&mut self, mut moved: impl FnMut(&Entry, u64)) {
        if self.entries.len() < 2 * self.living + 1_024 {
            self.move_index();
            return;
        }
        let (frontier, examined) =
            (self.living_before(self.frontier), self.living_before(self.examined));
        self.entries.retain(|entry| entry.state != EntryState::Gone);
        (self.frontier, self.examined) = (self.base + frontier, self.base + examined);
        for (index, entry) in self.entries.iter().enumerate() {
            moved(entry, self.base + index as u64);
        }
        if self.visible.is_some() {
            self.visible = Some(Visible::new(self.base, &self.entries));
        }
    }

    /// Makes the index begin at the front again once most of it lies before.
    fn move_index(&mut self) {
        if let Some(visible) = &self.visible
            && self.base - visible.origin > 2 * self.entries.len() as u64 + 4_096
        {
            self.visible = Some(Visible::new(self.base, &self.entries));
        }
    }

    /// How many entries before a position are somebody.
    fn living_before(&self, position: u64) -> u64 {
        let before = self.entries.iter().take(position.saturating_sub(self.base) as usize);
        before.filter(|entry| entry.state != EntryState::Gone).count() as u64
    }

    /// Where a pass begins: at the front when room has grown since the last one, else at the
    /// frontier, before which nothing can have become placeable.
    #[inline]
    #[must_use]
    pub fn start_of_pass(&self) -> u64 {
        if self.rescan { self.base } else { self.frontier }
    }

    /// A pass has looked at nothing from `examined` on; everything before `frontier` has what it
    /// needs until room grows.
    #[inline]
    pub fn end_of_pass(&mut self, frontier: u64, examined: u64) {
        self.frontier = frontier.max(self.base);
        self.examined = self.examined.max(examined);
        self.rescan = false;
    }

    /// No entry behind `position` has planned capacity any more. `None`: no entry of the FIFO, nor
    /// any retried job behind `retry`, which is before all when it is `None`.
    pub fn nothing_is_planned_behind(&mut self, position: Option<u64>, retry: Option<RetryKey>) {
        if position.is_none() {
            self.examined_retries = self.examined_retries.min(retry);
        }
        let examined = position.map_or(self.base, |position| position + 1);
        self.examined = self.examined.min(examined).max(self.base);
        self.frontier = self.frontier.min(self.examined);
    }

    /// The next pass begins no later than at `position`.
    #[inline]
    pub fn reconsider_from(&mut self, position: u64) {
        self.frontier = self.frontier.min(position).max(self.base);
    }

    /// Room has grown: the next pass begins at the front.
    #[inline]
    pub const fn reconsider_all(&mut self) {
        self.rescan = true;
        self.settled = None;
    }

    /// Entries that are somebody.
    #[must_use]
    pub fn len(&self) -> usize {
        self.living + self.retries.len()
    }

    /// Whether nobody waits.
    #[inline]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.living == 0 && self.retries.is_empty()
    }

    /// The first entry that waits for a place: a retried job, else the first RUNNABLE one.
    #[must_use]
    pub fn first_waiting(&self) -> Option<&Entry> {
        let visible = |entry: &&Entry| entry.state.is_visible();
        let skipped = (self.next_at(self.base) - self.base) as usize;
        self.retries.values().next().or_else(|| self.entries.iter().skip(skipped).find(visible))
    }

    /// Puts a job back, before the FIFO.
    pub fn push_retry(&mut self, key: RetryKey, entry: Entry) {
        self.reconsider_retry(key);
        self.retries.insert(key, entry);
    }

    /// The retried job behind which a pass begins: up to it nothing can have become placeable.
    #[inline]
    #[must_use]
    pub const fn settled_retry(&self) -> Option<RetryKey> {
        self.settled
    }

    /// A pass has looked at no retried job behind `examined`; those before `unsettled`, `None`: all
    /// that it has looked at, have what they need until room grows.
    #[inline]
    pub fn end_of_retries(&mut self, unsettled: Option<RetryKey>, examined: Option<RetryKey>) {
        self.settled = unsettled.map_or(examined, before);
        self.examined_retries = self.examined_retries.max(examined);
    }

    /// The next pass looks at a retried job again.
    pub fn reconsider_retry(&mut self, key: RetryKey) {
        self.settled = self.settled.min(before(key));
    }

    /// The first retried job after `last`, or the first of all.
    #[inline]
    #[must_use]
    pub fn retry_after(&self, last: Option<RetryKey>) -> Option<(RetryKey, Entry)> {
        if self.retries.is_empty() {
            return None;
        }
        let from = last.map_or(Bound::Unbounded, Bound::Excluded);
        let next = self.retries.range((from, Bound::Unbounded)).next();
        next.map(|(key, entry)| (*key, *entry))
    }

    /// The entry of a retried job.
    #[must_use]
    pub fn retry(&self, key: RetryKey) -> Option<&Entry> {
        self.retries.get(&key)
    }

    /// The entry of a retried job.
    pub fn retry_mut(&mut self, key: RetryKey) -> Option<&mut Entry> {
        self.retries.get_mut(&key)
    }

    /// Removes a retried job.
    pub fn remove_retry(&mut self, key: RetryKey) {
        self.retries.remove(&key);
        if self.retries.is_empty() {
            (self.settled, self.examined_retries) = (None, None);
        }
    }

    /// Whether capacity is planned for all settled retried jobs and for none behind the examined
    /// ones. Looks at all: for checks.
    pub fn knows_retries(&self, is_planned: impl Fn(&Entry) -> bool) -> bool {
        self.retries.iter().all(|(key, entry)| {
            let key = Some(*key);
            if is_planned(entry) { key <= self.examined_retries } else { key > self.settled }
        })
    }

    /// Everybody, in queue order, with the position or retry key.
    pub fn iter(&self) -> impl Iterator<Item = &Entry> {
        let fifo = self.entries.iter().filter(|entry| entry.state != EntryState::Gone);
        self.retries.values().chain(fifo)
    }

    /// Every entry that may have planned capacity, last first: the examined part of the FIFO, then
    /// that of the retried jobs. A retried job that is handed out may lose its capacity, so it is
    /// settled no longer.
    pub fn planned_backwards(&mut self) -> impl Iterator<Item = (Option<u64>, &mut Entry)> {
        let (base, examined) = (self.base, self.examined.saturating_sub(self.base) as usize);
        let fifo = self.entries.iter_mut().take(examined).enumerate().rev();
        let fifo = fifo.map(move |(index, entry)| (Some(base + index as u64), entry));
        let last = self.examined_retries.map_or(Bound::Excluded((0, 0)), Bound::Included);
        let retries = self.retries.range_mut((Bound::Unbounded, last)).rev();
        let settled = &mut self.settled;
        fifo.chain(retries.map(move |(key, entry)| {
            *settled = (*settled).min(before(*key));
            (None, entry)
        }))
    }
}

/// The key right before another, whether anybody has it or not.
const fn before(key: RetryKey) -> Option<RetryKey> {
    match key {
        (0, 0) => None,
        (job, 0) => Some((job - 1, u32::MAX)),
        (job, child) => Some((job, child - 1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(job: u32) -> Entry {
        let shape = ShapeId::new(0);
        Entry { job, shape, state: EntryState::Runnable, plan: Plan::NONE }
    }

    #[test]
    fn positions_survive_removals_and_are_renumbered_only_by_compaction() {
        let mut backlog = Backlog::default();
        let positions: Vec<u64> = (0..5_000).map(|job| backlog.push(entry(job))).collect();
        backlog.end_of_pass(positions[4_000], positions[4_000]);
        for position in &positions[1..4_500] {
            backlog.remove(*position);
        }
        assert_eq!((backlog.len(), backlog.front()), (501, 0));
        let mut moved = Vec::new();
        backlog.compact(|entry, position| moved.push((entry.job, position)));
        assert_eq!(moved[..2], [(0, 0), (4_500, 1)]);
        assert_eq!(backlog.start_of_pass(), 1, "the frontier stays between the same jobs");
        backlog.remove(0);
        assert_eq!((backlog.front(), backlog.get(1).job), (1, 4_500));
    }

    #[test]
    fn what_a_pass_planned_is_found_though_the_frontier_has_moved_back() {
        let mut backlog = Backlog::default();
        let positions: Vec<u64> = (0..9).map(|job| backlog.push(entry(job))).collect();
        backlog.end_of_pass(positions[7], positions[7]);
        backlog.reconsider_from(positions[2]);
        let found: Vec<_> = backlog.planned_backwards().map(|(_, entry)| entry.job).collect();
        assert_eq!(found, [6, 5, 4, 3, 2, 1, 0]);
        assert_eq!(backlog.start_of_pass(), positions[2]);
    }

    #[test]
    fn a_walk_passes_over_those_who_wait_for_others() {
        let mut backlog = Backlog::default();
        let positions: Vec<u64> = (0..10_000).map(|job| backlog.push(entry(job))).collect();
        for position in &positions[1..9_999] {
            backlog.set_state(*position, EntryState::Pending);
        }
        assert_eq!((backlog.next_at(0), backlog.next_at(1)), (0, 9_999));
        backlog.set_state(5_000, EntryState::Runnable);
        backlog.remove(0);
        assert_eq!((backlog.front(), backlog.next_at(backlog.front())), (1, 5_000));
        for position in 1..5_000 {
            backlog.remove(position);
        }
        backlog.push(entry(10_000));
        backlog.compact(|_, _| {});
        assert_eq!(backlog.next_at(backlog.front()), 5_000);
        assert_eq!(backlog.next_at(9_999), 9_999);
        assert_eq!(backlog.next_at(10_000), 10_000);
        assert_eq!(backlog.next_at(10_001), backlog.end());
    }

    #[test]
    fn retried_jobs_stand_before_the_queue_in_the_order_of_their_submission() {
        let mut backlog = Backlog::default();
        backlog.push(entry(9));
        backlog.push_retry((5, 0), entry(5));
        backlog.push_retry((3, 1), entry(3));
        let order: Vec<u32> = backlog.iter().map(|entry| entry.job).collect();
        assert_eq!(order, [3, 5, 9]);
        backlog.push_retry((3, u32::MAX), entry(4));
        let mut walked = Vec::new();
        let mut at = None;
        while let Some((key, entry)) = backlog.retry_after(at) {
            walked.push(entry.job);
            at = Some(key);
        }
        assert_eq!(walked, [3, 4, 5], "a key may be the last of its kind");
    }

    /// Three retried jobs of submissions 3, 5 and 7.
    fn retried() -> Backlog {
        let mut backlog = Backlog::default();
        for job in [3, 5, 7] {
            backlog.push_retry((job, 0), entry(job));
        }
        backlog
    }

    fn next_retry(backlog: &Backlog) -> Option<u32> {
        backlog.retry_after(backlog.settled_retry()).map(|(_, entry)| entry.job)
    }

    #[test]
    fn a_pass_begins_behind_the_retried_jobs_that_have_what_they_need() {
        let mut backlog = retried();
        assert_eq!(next_retry(&backlog), Some(3), "nobody has been looked at");
        backlog.end_of_retries(Some((5, 0)), Some((7, 0)));
        assert_eq!(next_retry(&backlog), Some(5), "one is blocked");
        backlog.end_of_retries(None, Some((7, 0)));
        assert_eq!(next_retry(&backlog), None);
        backlog.push_retry((4, 9), entry(4));
        assert_eq!(next_retry(&backlog), Some(4), "one has come back before others");
        backlog.end_of_retries(None, Some((7, 0)));
        backlog.push_retry((8, 0), entry(8));
        assert_eq!(next_retry(&backlog), Some(8));
        backlog.reconsider_retry((3, 0));
        assert_eq!(next_retry(&backlog), Some(3));
    }

    #[test]
    fn when_room_has_grown_a_pass_begins_at_the_first_retried_job() {
        let mut backlog = retried();
        backlog.end_of_retries(None, Some((7, 0)));
        backlog.reconsider_all();
        assert_eq!(next_retry(&backlog), Some(3));
    }

    #[test]
    fn a_retried_job_whose_promise_may_have_been_taken_back_is_looked_at_again() {
        let mut backlog = retried();
        backlog.end_of_retries(None, Some((5, 0)));
        let first = backlog.planned_backwards().next().map(|(_, entry)| entry.job);
        assert_eq!((first, next_retry(&backlog)), (Some(5), Some(5)), "7 was never examined");
        backlog.nothing_is_planned_behind(None, Some((3, 0)));
        let found: Vec<u32> = backlog.planned_backwards().map(|(_, entry)| entry.job).collect();
        assert_eq!((found, next_retry(&backlog)), (vec![3], Some(3)));
    }
}
