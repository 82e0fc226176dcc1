//! Processor sharing: a capacity that all flows present share equally, each up to a cap.
//!
//! All flows have the same rate at any instant, so one virtual clock serves them all: it runs at
//! the rate of a flow, and a flow that enters at `V` with `size` units to go ends when the clock
//! shows `V + size`. Entering, leaving and ending cost O(log n) whatever else is under way; nothing
//! is done for the flows that stay. One timer is enough: that of the flow that ends first.
//!
//! Rounding: the clock counts in units of 2^-32, rounded down at each change. A flow ends at the
//! first whole millisecond at which less than a thousandth of a unit is left of it, and holds its
//! share up to there. So equal inputs give equal ends on every machine, and an end that falls on a
//! whole millisecond is found there, however often the number of flows has changed before.

use super::{SimDuration, SimTime};
use std::collections::BTreeMap;

/// Parts of a unit that the virtual clock tells apart.
const SCALE: u128 = 1 << 32;
/// A flow of which less is left has ended: more than all rounding comes to, and nothing to anybody.
const SLACK: u128 = SCALE / 1_000;
const MS_PER_S: u128 = 1_000;

/// A flow that is under way: what [`enter`](ProcessorSharing::enter) gave, for
/// [`leave`](ProcessorSharing::leave).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Flow {
    /// What the virtual clock shows at its end.
    end: u128,
    /// Flows that end together end in the order in which they entered.
    number: u64,
}

/// A shared capacity and the flows that use it.
///
/// ```
/// use batchcast::sim::{ProcessorSharing, SimTime};
/// let at = SimTime::from_millis;
/// let mut link = ProcessorSharing::new(100, None); // 100 units a second
/// link.enter(at(0), 100, 7);
/// link.enter(at(500), 100, 8); // half of the first one is left
/// assert_eq!(link.next_end(), Some(at(1_500)));
/// assert_eq!(link.pop_ended(at(1_500)), Some(7));
/// assert_eq!(link.next_end(), Some(at(2_000))); // alone again
/// assert_eq!(link.pop_ended(at(1_999)), None);
/// assert_eq!(link.pop_ended(at(2_000)), Some(8));
/// ```
#[derive(Clone, Debug)]
pub struct ProcessorSharing {
    /// Units a second, of all flows together and of one.
    capacity: u64,
    cap: Option<u64>,
    /// The virtual clock when it was last looked at, and when that was.
    clock: u128,
    since: SimTime,
    entered: u64,
    /// Who is behind each flow, the flow that ends first at the front.
    flows: BTreeMap<Flow, u32>,
}

impl ProcessorSharing {
    /// `capacity` units a second for all flows together, at most `cap` of them for one; both at
    /// least 1.
    ///
    /// ```
    /// use batchcast::sim::{ProcessorSharing, SimTime};
    /// let mut server = ProcessorSharing::new(300, Some(100));
    /// server.enter(SimTime::ZERO, 200, 1);
    /// assert_eq!(server.next_end(), Some(SimTime::from_millis(2_000)));
    /// ```
    #[must_use]
    pub fn new(capacity: u64, cap: Option<u64>) -> Self {
        assert!(capacity > 0 && cap != Some(0), "a flow that never gets anything never ends");
        let (clock, since, entered) = (0, SimTime::ZERO, 0);
        Self { capacity, cap, clock, since, entered, flows: BTreeMap::new() }
    }

    /// Whether nothing is under way.
    ///
    /// ```
    /// assert!(batchcast::sim::ProcessorSharing::new(1, None).is_empty());
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.flows.is_empty()
    }

    /// A flow of `size` units enters on behalf of `owner`. Flows that have ended by `now` must have
    /// been popped.
    ///
    /// ```
    /// use batchcast::sim::{ProcessorSharing, SimTime};
    /// let mut link = ProcessorSharing::new(1, None);
    /// link.enter(SimTime::ZERO, 0, 3);
    /// assert_eq!(link.pop_ended(SimTime::ZERO), Some(3)); // of nothing nothing is left
    /// ```
    pub fn enter(&mut self, now: SimTime, size: u64, owner: u32) -> Flow {
        self.advance(now);
        let flow = Flow { end: self.clock + u128::from(size) * SCALE, number: self.entered };
        self.entered += 1;
        self.flows.insert(flow, owner);
        flow
    }

    /// A flow is given up; nothing happens when it is not under way any more.
    ///
    /// ```
    /// use batchcast::sim::{ProcessorSharing, SimTime};
    /// let mut link = ProcessorSharing::new(10, None);
    /// let flow = link.enter(SimTime::ZERO, 100, 1);
    /// link.enter(SimTime::ZERO, 100, 2);
    /// link.leave(SimTime::from_millis(10_000), flow);
    /// assert_eq!(link.next_end(), Some(SimTime::from_millis(15_000)));
    /// ```
    pub fn leave(&mut self, now: SimTime, flow: Flow) {
        self.advance(now);
        self.flows.remove(&flow);
    }

    /// When the first flow ends if none enters or leaves before; `None` without flows.
    ///
    /// ```
    /// assert_eq!(batchcast::sim::ProcessorSharing::new(1, None).next_end(), None);
    /// ```
    #[must_use]
    pub fn next_end(&self) -> Option<SimTime> {
        let (first, _) = self.flows.first_key_value()?;
        let needed = (first.end + 1).saturating_sub(self.clock + SLACK);
        let (rate, sharers) = self.rate();
        let ms = (needed * MS_PER_S * sharers).div_ceil(rate * SCALE);
        Some(self.since + SimDuration::from_millis(u64::try_from(ms).unwrap_or(u64::MAX)))
    }

    /// The owner of a flow that has ended by `now`, which leaves; one that entered earlier first
    /// where several end together.
    ///
    /// ```
    /// use batchcast::sim::{ProcessorSharing, SimTime};
    /// let mut link = ProcessorSharing::new(10, None);
    /// link.enter(SimTime::ZERO, 10, 1);
    /// assert_eq!(link.pop_ended(SimTime::from_millis(1_000)), Some(1));
    /// assert_eq!(link.pop_ended(SimTime::from_millis(1_000)), None);
    /// ```
    pub fn pop_ended(&mut self, now: SimTime) -> Option<u32> {
        if self.next_end().is_none_or(|end| end > now) {
            return None;
        }
        self.advance(now);
        self.flows.pop_first().map(|(_, owner)| owner)
    }

    /// Moves the virtual clock to `now`. It starts again where nothing is under way.
    fn advance(&mut self, now: SimTime) {
        let elapsed = u128::from(now.since(self.since).as_millis());
        self.since = now;
        if self.flows.is_empty() {
            self.clock = 0;
            return;
        }
        let (rate, sharers) = self.rate();
        self.clock += rate * elapsed * SCALE / (MS_PER_S * sharers);
    }

    /// The rate of one flow in units a second, as a fraction: the cap, or an equal share.
    fn rate(&self) -> (u128, u128) {
        let (capacity, flows) = (u128::from(self.capacity), self.flows.len() as u128);
        match self.cap.map(u128::from) {
            Some(cap) if cap * flows <= capacity => (cap, 1),
            _ => (capacity, flows),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A multiple of every number of flows in a test, of the milliseconds of a second besides: what
    /// a flow gets in a millisecond is a whole number of such parts.
    const PARTS: u128 = 840 * 1_000;

    /// One flow of a test: it enters, and may leave before its end.
    #[derive(Clone, Debug)]
    struct Drawn {
        enters: u64,
        size: u64,
        stays: Option<u64>,
    }

    fn flows() -> impl Strategy<Value = Vec<Drawn>> {
        let one = (0_u64..3_000, 0_u64..2_000, prop::option::weighted(0.3, 0_u64..3_000));
        let one = one.prop_map(|(enters, size, stays)| Drawn { enters, size, stays });
        prop::collection::vec(one, 1..8)
    }

    /// The slow way: every flow's rest, millisecond by millisecond, without a rounding error.
    fn ends_step_by_step(flows: &[Drawn], capacity: u64, cap: Option<u64>) -> Vec<Option<u64>> {
        let mut left: Vec<Option<u128>> = vec![None; flows.len()];
        let mut ends = vec![None; flows.len()];
        for now in 0_u64.. {
            for (n, flow) in flows.iter().enumerate() {
                if left[n].is_some_and(|left| left < PARTS / 1_000) {
                    (left[n], ends[n]) = (None, Some(now));
                }
                if flow.stays.is_some_and(|stays| flow.enters + stays == now) {
                    left[n] = None;
                }
            }
            for (n, flow) in flows.iter().enumerate() {
                if flow.enters == now && flow.stays != Some(0) {
                    left[n] = Some(u128::from(flow.size) * PARTS);
                    if flow.size == 0 {
                        (left[n], ends[n]) = (None, Some(now));
                    }
                }
            }
            let present = left.iter().flatten().count() as u128;
            if present == 0 && flows.iter().all(|flow| flow.enters < now) {
                return ends;
            }
            for rest in left.iter_mut().flatten() {
                let share = u128::from(capacity) * (PARTS / 1_000) / present;
                let most = cap.map_or(share, |cap| u128::from(cap) * (PARTS / 1_000));
                *rest = rest.saturating_sub(share.min(most));
            }
        }
        ends
    }

    /// The same with one timer and a look only when something changes.
    fn ends_by_events(flows: &[Drawn], capacity: u64, cap: Option<u64>) -> Vec<Option<u64>> {
        let mut sharing = ProcessorSharing::new(capacity, cap);
        let mut ends = vec![None; flows.len()];
        let mut under_way = vec![None; flows.len()];
        // Who leaves does so before others enter.
        let mut changes: Vec<(u64, bool, usize)> = Vec::new();
        for (n, flow) in flows.iter().enumerate().filter(|(_, flow)| flow.stays != Some(0)) {
            changes.push((flow.enters, true, n));
            changes.extend(flow.stays.map(|stays| (flow.enters + stays, false, n)));
        }
        changes.sort_unstable();
        let mut pop_until = |sharing: &mut ProcessorSharing, until: u64| {
            while let Some(end) = sharing.next_end().filter(|end| end.as_millis() <= until) {
                let owner = sharing.pop_ended(end).unwrap();
                ends[owner as usize] = Some(end.as_millis());
            }
        };
        for (at, is_entry, n) in changes {
            pop_until(&mut sharing, at);
            let now = SimTime::from_millis(at);
            match under_way[n] {
                None if is_entry => {
                    under_way[n] = Some(sharing.enter(now, flows[n].size, n as u32));
                }
                Some(flow) => sharing.leave(now, flow),
                None => {}
            }
        }
        pop_until(&mut sharing, u64::MAX);
        assert!(sharing.is_empty());
        ends
    }

    proptest! {
        #[test]
        fn flows_end_where_a_millisecond_by_millisecond_account_ends_them(
            flows in flows(),
            capacity in 1_000_u64..9_000,
            cap in prop::option::of(1_000_u64..5_000),
        ) {
            let slow = ends_step_by_step(&flows, capacity, cap);
            prop_assert_eq!(ends_by_events(&flows, capacity, cap), slow);
        }

        #[test]
        fn what_is_shared_is_used_up_as_long_as_anybody_wants_it(
            sizes in prop::collection::vec(1_u64..1 << 40, 1..60),
            capacity in 1_u64..1 << 40,
        ) {
            let mut sharing = ProcessorSharing::new(capacity, None);
            for (n, size) in sizes.iter().enumerate() {
                sharing.enter(SimTime::ZERO, *size, n as u32);
            }
            let mut last = SimTime::ZERO;
            while let Some(end) = sharing.next_end() {
                last = end;
                sharing.pop_ended(end);
            }
            // Each end may be held up to a millisecond longer than it lasts.
            let exact = sizes.iter().map(|s| u128::from(*s)).sum::<u128>() * 1_000;
            let exact = exact / u128::from(capacity);
            let took = u128::from(last.as_millis());
            prop_assert!(took <= exact + sizes.len() as u128 + 1, "{took} instead of {exact}");
            prop_assert!(took + 1 + sizes.len() as u128 >= exact, "{took} instead of {exact}");
        }
    }

    #[test]
    fn two_flows_take_twice_as_long_as_one() {
        let mut sharing = ProcessorSharing::new(10, None);
        sharing.enter(SimTime::ZERO, 100, 0);
        assert_eq!(sharing.next_end(), Some(SimTime::from_millis(10_000)));
        sharing.enter(SimTime::ZERO, 100, 1);
        assert_eq!(sharing.next_end(), Some(SimTime::from_millis(20_000)));
    }

    #[test]
    fn flows_that_end_together_end_in_the_order_in_which_they_entered() {
        let mut sharing = ProcessorSharing::new(3_000, None);
        for owner in [5, 2, 9] {
            sharing.enter(SimTime::ZERO, 777, owner);
        }
        let end = sharing.next_end().unwrap();
        let order: Vec<_> = std::iter::from_fn(|| sharing.pop_ended(end)).collect();
        assert_eq!(order, [5, 2, 9]);
    }

    #[test]
    fn an_end_on_a_whole_millisecond_is_found_there_after_many_changes() {
        // A long flow that shares with two others for every second second: ends as if it had been
        // computed at once.
        let mut sharing = ProcessorSharing::new(7_000, None);
        sharing.enter(SimTime::ZERO, 7_000 * 20_000, 0);
        let mut now = 0;
        for _ in 0..9_999 {
            let enter = |owner| sharing.enter(SimTime::from_millis(now), 1 << 40, owner);
            let others = [1, 2].map(enter);
            now += 1_000;
            for flow in others {
                sharing.leave(SimTime::from_millis(now), flow);
            }
            now += 1_000;
        }
        // 9,999 s alone and as much of a third: 13,332 of 20,000 s are done.
        assert_eq!(sharing.next_end(), Some(SimTime::from_millis(now + 6_668_000)));
    }
}
