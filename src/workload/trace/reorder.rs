//! A window that puts rows in order of time: rows may be late by fewer than 65,536 places.
//!
//! Rows that come in order go through a ring at constant cost; only late ones pay for a heap.
//! Invariant: what leaves is in order of (time, row), whatever came in.

use std::cmp::{Ordering, Reverse};
use std::collections::{BinaryHeap, VecDeque};

/// Rows held back before the earliest leaves.
pub(super) const WINDOW: usize = 65_536;

/// The window.
pub(super) struct Reorder<T> {
    /// Time and item, each at or after the one before it. A late row is earlier than the last of
    /// them, so they came before any late one of an equal time, and none are left only when no late
    /// one is.
    in_order: VecDeque<(i64, T)>,
    late: BinaryHeap<Reverse<Entry<T>>>,
    /// Late rows taken in.
    pushed: u64,
    left_at: i64,
}

/// A late row.
struct Entry<T> {
    time: i64,
    row: u64,
    item: T,
}

impl<T> Default for Reorder<T> {
    fn default() -> Self {
        Self { in_order: VecDeque::new(), late: BinaryHeap::new(), pushed: 0, left_at: i64::MIN }
    }
}

impl<T> Reorder<T> {
    pub(super) fn is_full(&self) -> bool {
        self.in_order.len() + self.late.len() >= WINDOW
    }

    /// Takes a row in. Errors with its delay when a later one has already left.
    #[inline(always)]
    pub(super) fn push(&mut self, time: i64, item: T) -> Result<(), i64> {
        if time < self.left_at {
            return Err(self.left_at - time);
        }
        match self.in_order.back() {
            Some((last, _)) if time < *last => {
                self.late.push(Reverse(Entry { time, row: self.pushed, item }));
                self.pushed += 1;
            }
            _ => self.in_order.push_back((time, item)),
        }
        Ok(())
    }

    /// Time of the earliest row.
    #[inline(always)]
    pub(super) fn next_time(&self) -> Option<i64> {
        let late = if self.late.is_empty() { None } else { self.late.peek() };
        match (self.in_order.front(), late) {
            (Some((front, _)), Some(Reverse(late))) => Some((*front).min(late.time)),
            (Some((front, _)), None) => Some(*front),
            (None, late) => late.map(|Reverse(late)| late.time),
        }
    }

    /// The row that is to leave next.
    pub(super) fn peek(&self) -> Option<&T> {
        match (self.in_order.front(), self.late.peek()) {
            (Some((front, _)), Some(Reverse(late))) if late.time < *front => Some(&late.item),
            (Some((_, item)), _) => Some(item),
            (None, late) => late.map(|Reverse(late)| &late.item),
        }
    }

    /// The earliest row; of equal times the one that came first.
    #[inline(always)]
    pub(super) fn pop(&mut self) -> Option<T> {
        let late_first = match (self.in_order.front(), self.late.peek()) {
            (Some((front, _)), Some(Reverse(late))) => late.time < *front,
            (None, Some(_)) => true,
            _ => false,
        };
        let (time, item) = if late_first {
            self.late.pop().map(|Reverse(Entry { time, item, .. })| (time, item))
        } else {
            self.in_order.pop_front()
        }?;
        self.left_at = time;
        Some(item)
    }

    pub(super) fn clear(&mut self) {
        self.in_order.clear();
        self.late.clear();
    }
}

impl<T> Ord for Entry<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.time, self.row).cmp(&(other.time, other.row))
    }
}

impl<T> PartialOrd for Entry<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> PartialEq for Entry<T> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl<T> Eq for Entry<T> {}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn rows_leave_in_the_order_of_a_stable_sort(
            times in prop::collection::vec(0_i64..50, 0..200),
        ) {
            let mut window = Reorder::default();
            for (row, time) in times.iter().enumerate() {
                prop_assert_eq!(window.push(*time, row), Ok(()));
            }
            let mut rows: Vec<usize> = (0..times.len()).collect();
            rows.sort_by_key(|row| (times[*row], *row));
            let left: Vec<usize> = std::iter::from_fn(|| {
                let (announced, peeked) = (window.next_time(), window.peek().copied());
                let row = window.pop()?;
                assert_eq!(peeked, Some(row));
                assert_eq!(announced, Some(times[row]));
                Some(row)
            })
            .collect();
            prop_assert_eq!(left, rows);
        }
    }

    #[test]
    fn a_row_later_than_the_window_is_refused_with_its_delay() {
        let mut window = Reorder::default();
        window.push(100, ()).unwrap();
        window.pop().unwrap();
        assert_eq!(window.push(100, ()), Ok(()));
        assert_eq!(window.push(93, ()), Err(7));
    }
}
