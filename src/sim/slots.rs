//! Slots: dense reusable indices, each with a stamp that tells one tenant from the next.
//!
//! A finished entity gives its slot back, so memory follows what is alive. Whoever keeps a slot for
//! later (an event, an instance) keeps its stamp too; a stamp that no longer matches is stale.

/// Hands out slots and their stamps.
///
/// ```
/// use batchcast::sim::Slots;
/// let mut slots = Slots::default();
/// let (slot, stamp) = slots.allocate();
/// assert!(slots.is_current(slot, stamp));
/// slots.release(slot);
/// assert!(!slots.is_current(slot, stamp));
/// assert_eq!(slots.allocate().0, slot); // reused, with another stamp
/// ```
#[derive(Clone, Debug, Default)]
pub struct Slots {
    stamps: Vec<u32>,
    free: Vec<u32>,
}

impl Slots {
    /// A free slot and its stamp. The slot is either one given back or the next new one.
    ///
    /// ```
    /// assert_eq!(batchcast::sim::Slots::default().allocate().0, 0);
    /// ```
    #[inline]
    pub fn allocate(&mut self) -> (u32, u32) {
        if let Some(slot) = self.free.pop() {
            return (slot, self.stamps[slot as usize]);
        }
        let slot = self.stamps.len() as u32;
        self.stamps.push(0);
        (slot, 0)
    }

    /// Gives a slot back: everything that carries its stamp is stale from now on.
    ///
    /// ```
    /// let mut slots = batchcast::sim::Slots::default();
    /// let (slot, _) = slots.allocate();
    /// slots.release(slot);
    /// assert_eq!(slots.len(), 1);
    /// ```
    #[inline]
    pub fn release(&mut self, slot: u32) {
        self.restamp(slot);
        self.free.push(slot);
    }

    /// A new stamp for a slot that stays in use.
    ///
    /// ```
    /// let mut slots = batchcast::sim::Slots::default();
    /// let (slot, stamp) = slots.allocate();
    /// assert!(slots.restamp(slot) != stamp);
    /// ```
    #[inline]
    pub fn restamp(&mut self, slot: u32) -> u32 {
        let stamp = &mut self.stamps[slot as usize];
        *stamp = stamp.wrapping_add(1);
        *stamp
    }

    /// Whether `stamp` is the slot's present one.
    ///
    /// ```
    /// let mut slots = batchcast::sim::Slots::default();
    /// let (slot, stamp) = slots.allocate();
    /// assert!(slots.is_current(slot, stamp));
    /// ```
    #[inline]
    #[must_use]
    pub fn is_current(&self, slot: u32, stamp: u32) -> bool {
        self.stamps[slot as usize] == stamp
    }

    /// The slot's present stamp.
    ///
    /// ```
    /// let mut slots = batchcast::sim::Slots::default();
    /// let (slot, stamp) = slots.allocate();
    /// assert_eq!(slots.stamp(slot), stamp);
    /// ```
    #[inline]
    #[must_use]
    pub fn stamp(&self, slot: u32) -> u32 {
        self.stamps[slot as usize]
    }

    /// Slots ever handed out at once: the length of the columns beside.
    ///
    /// ```
    /// assert_eq!(batchcast::sim::Slots::default().len(), 0);
    /// ```
    #[must_use]
    pub fn len(&self) -> usize {
        self.stamps.len()
    }

    /// Whether no slot was ever handed out.
    ///
    /// ```
    /// assert!(batchcast::sim::Slots::default().is_empty());
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.stamps.is_empty()
    }
}
