//! Placement: the free capacity of registered instances, indexed so that a search never walks them.
//!
//! One ordered set per number of free GPUs, keyed by (free vCPUs, free memory, age). A search costs
//! one descent per distinct level of free vCPUs that has too little memory, usually one; an update
//! costs two. Few instances stand in a sorted list, many in a tree. Instances without free vCPUs
//! are not kept. The rule is behaviour 7 (an assumption: `placement`).
//!
//! How many instances have the same left is counted when it is asked for, and kept up to date as
//! long as that is cheaper than to count again: asking costs the distinct rooms and the changes
//! since the last time, and many changes without a question cost nothing.

use super::job_definition::Requirements;
use super::policy::PlacementRule;
use std::collections::{BTreeMap, BTreeSet};

/// The free capacity of one compute environment's registered instances.
#[derive(Clone, Debug, Default)]
pub struct FreeCapacity {
    /// By free GPUs.
    levels: Vec<Level>,
    /// Of many instances, once it has been asked for.
    census: Option<Box<Census>>,
}

/// How many instances have the same left.
#[derive(Clone, Debug, Default)]
struct Census {
    /// By free GPUs, vCPUs and memory, as in the order of the instances themselves.
    rooms: BTreeMap<(u32, u32, u32), u32>,
    /// What has come and gone since then.
    changes: Vec<(Requirements, Change)>,
    /// As many changes as it is worth to remember: to count again costs no more.
    limit: usize,
}

#[derive(Clone, Copy, Debug)]
enum Change {
    Come,
    Gone,
}

impl Census {
    fn come(&mut self, room: Requirements) {
        *self.rooms.entry((room.gpus, room.vcpus, room.memory_mib)).or_default() += 1;
    }

    /// Carries out what has come and gone.
    fn catch_up(&mut self) {
        for (room, change) in std::mem::take(&mut self.changes) {
            let key = (room.gpus, room.vcpus, room.memory_mib);
            match (change, self.rooms.get_mut(&key)) {
                (Change::Come, _) => self.come(room),
                (Change::Gone, Some(count)) if *count > 1 => *count -= 1,
                (Change::Gone, _) => {
                    self.rooms.remove(&key);
                }
            }
        }
    }
}

/// Up to this many instances, moving a sorted list's tail is cheaper than descending a tree.
const LIST_LIMIT: usize = 32;

/// Up to this many instances are looked at one by one whenever they are counted.
const CENSUS_LIMIT: usize = 64;

/// The instances with one number of free GPUs, in order of key.
#[derive(Clone, Debug)]
enum Level {
    List(Vec<Key>),
    Tree(BTreeSet<Key>),
}

impl Level {
    #[inline]
    fn insert(&mut self, key: Key) {
        match self {
            Self::List(keys) if keys.len() < LIST_LIMIT => {
                let at = keys.partition_point(|other| *other < key);
                keys.insert(at, key);
            }
            Self::List(keys) => {
                let mut tree: BTreeSet<Key> = keys.iter().copied().collect();
                tree.insert(key);
                *self = Self::Tree(tree);
            }
            Self::Tree(tree) => {
                tree.insert(key);
            }
        }
    }

    #[inline]
    fn remove(&mut self, key: Key) -> bool {
        match self {
            Self::List(keys) => match keys.binary_search(&key) {
                Ok(at) => {
                    keys.remove(at);
                    true
                }
                Err(_) => false,
            },
            Self::Tree(tree) => tree.remove(&key),
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::List(keys) => keys.len(),
            Self::Tree(tree) => tree.len(),
        }
    }

    /// All keys, ascending.
    fn keys(&self) -> impl Iterator<Item = Key> {
        let (list, tree) = match self {
            Self::List(keys) => (Some(keys), None),
            Self::Tree(tree) => (None, Some(tree)),
        };
        list.into_iter().flatten().chain(tree.into_iter().flatten()).copied()
    }

    fn is_empty(&self) -> bool {
        match self {
            Self::List(keys) => keys.is_empty(),
            Self::Tree(tree) => tree.is_empty(),
        }
    }

    /// The first key at or after `from`.
    #[inline]
    fn at_or_after(&self, from: Key) -> Option<Key> {
        match self {
            Self::List(keys) => keys.get(keys.partition_point(|key| *key < from)).copied(),
            Self::Tree(tree) => tree.range(from..).next().copied(),
        }
    }

    /// The last key before `below`.
    fn before(&self, below: Key) -> Option<Key> {
        match self {
            Self::List(keys) => keys[..keys.partition_point(|key| *key < below)].last().copied(),
            Self::Tree(tree) => tree.range(..below).next_back().copied(),
        }
    }
}

/// (free vCPUs, free memory, age, slot), packed so that one comparison orders it.
type Key = u128;

fn key(free: Requirements, age: u32, slot: u32) -> Key {
    (u128::from(free.vcpus) << 96)
        | (u128::from(free.memory_mib) << 64)
        | (u128::from(age) << 32)
        | u128::from(slot)
}

fn floor(vcpus: u32, memory_mib: u32) -> Key {
    key(Requirements { vcpus, memory_mib, gpus: 0 }, 0, 0)
}

const fn vcpus_of(key: Key) -> u32 {
    (key >> 96) as u32
}

const fn memory_of(key: Key) -> u32 {
    (key >> 64) as u32
}

impl FreeCapacity {
    /// Adds an instance. `age` is its launch order: the older one wins a tie.
    #[inline]
    pub fn insert(&mut self, free: Requirements, age: u32, slot: u32) {
        if free.vcpus == 0 {
            return;
        }
        let level = free.gpus as usize;
        if level >= self.levels.len() {
            self.levels.resize_with(level + 1, || Level::List(Vec::new()));
        }
        self.levels[level].insert(key(free, age, slot));
        self.note(free, Change::Come);
    }

    /// Removes an instance that was inserted with the same arguments.
    #[inline]
    pub fn remove(&mut self, free: Requirements, age: u32, slot: u32) {
        if free.vcpus == 0 {
            return;
        }
        let removed = self.levels[free.gpus as usize].remove(key(free, age, slot));
        debug_assert!(removed, "an instance is removed as it was inserted");
        self.note(free, Change::Gone);
    }

    /// An instance that was inserted with `before` has `after` left.
    #[inline]
    pub fn update(&mut self, before: Requirements, after: Requirements, age: u32, slot: u32) {
        // Alone on its level, an instance needs no new place in the order.
        if before.gpus == after.gpus
            && before.vcpus > 0
            && after.vcpus > 0
            && let Level::List(keys) = &mut self.levels[before.gpus as usize]
            && let [only] = keys.as_mut_slice()
        {
            debug_assert_eq!(*only, key(before, age, slot), "an instance is known as inserted");
            *only = key(after, age, slot);
            self.note(before, Change::Gone);
            self.note(after, Change::Come);
            return;
        }
        self.remove(before, age, slot);
        self.insert(after, age, slot);
    }

    /// What every instance has left; equal rooms are neighbours.
    pub fn rooms(&self) -> impl Iterator<Item = Requirements> {
        self.levels.iter().enumerate().flat_map(|(gpus, set)| {
            set.keys().map(move |key| Requirements {
                vcpus: vcpus_of(key),
                memory_mib: memory_of(key),
                gpus: gpus as u32,
            })
        })
    }

    /// The distinct rooms in the order of [`rooms`](Self::rooms), and how many instances have each
    /// of them.
    pub fn count_rooms(&mut self) -> Vec<(Requirements, u32)> {
        let instances: usize = self.levels.iter().map(Level::len).sum();
        if instances <= CENSUS_LIMIT {
            let mut counts: Vec<(Requirements, u32)> = Vec::new();
            for room in self.rooms() {
                match counts.last_mut() {
                    Some((last, count)) if *last == room => *count += 1,
                    _ => counts.push((room, 1)),
                }
            }
            return counts;
        }
        let mut census = self.census.take().unwrap_or_else(|| {
            let mut census = Box::<Census>::default();
            self.rooms().for_each(|room| census.come(room));
            census
        });
        census.catch_up();
        census.limit = instances;
        let room = |((gpus, vcpus, memory_mib), count): (&(u32, u32, u32), &u32)| {
            (Requirements { vcpus: *vcpus, memory_mib: *memory_mib, gpus: *gpus }, *count)
        };
        let counts = census.rooms.iter().map(room).collect();
        self.census = Some(census);
        counts
    }

    /// The census, if there is one, is told of a change.
    #[inline]
    fn note(&mut self, room: Requirements, change: Change) {
        if let Some(census) = &mut self.census {
            if census.changes.len() < census.limit {
                census.changes.push((room, change));
            } else {
                self.census = None;
            }
        }
    }

    /// The slot of the instance that the rule chooses for `need`.
    #[inline]
    #[must_use]
    pub fn find(&self, need: Requirements, rule: PlacementRule) -> Option<u32> {
        let levels = self.levels.get(need.gpus as usize..)?.iter().filter(|set| !set.is_empty());
        let best = match rule {
            PlacementRule::Binpack => levels.filter_map(|set| tightest(set, need)).min(),
            PlacementRule::Spread => levels.filter_map(|set| loosest(set, need)).min_by_key(spread),
        };
        best.map(|key| key as u32)
    }
}

/// Most vCPUs, then most memory, then the oldest.
fn spread(key: &Key) -> (std::cmp::Reverse<(u32, u32)>, u64) {
    (std::cmp::Reverse((vcpus_of(*key), memory_of(*key))), *key as u64)
}

fn tightest(set: &Level, need: Requirements) -> Option<Key> {
    let mut from = floor(need.vcpus, need.memory_mib);
    loop {
        let found = set.at_or_after(from)?;
        if memory_of(found) >= need.memory_mib {
            return Some(found);
        }
        // Too little memory: on this level of vCPUs, more memory stands further on.
        from = floor(vcpus_of(found), need.memory_mib);
    }
}

fn loosest(set: &Level, need: Requirements) -> Option<Key> {
    let mut below = Key::MAX;
    loop {
        let top = set.before(below)?;
        if vcpus_of(top) < need.vcpus {
            return None;
        }
        if memory_of(top) >= need.memory_mib {
            // The oldest of those with as much of both.
            return set.at_or_after(floor(vcpus_of(top), memory_of(top)));
        }
        below = floor(vcpus_of(top), 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn free(vcpus: u32, memory_mib: u32, gpus: u32) -> Requirements {
        Requirements { vcpus, memory_mib, gpus }
    }

    #[test]
    fn a_job_goes_to_the_fullest_instance_that_holds_it() {
        let mut index = FreeCapacity::default();
        index.insert(free(8, 900, 0), 0, 10);
        index.insert(free(4, 500, 0), 1, 11);
        index.insert(free(4, 700, 0), 2, 12);
        assert_eq!(index.find(free(2, 100, 0), PlacementRule::Binpack), Some(11));
        assert_eq!(index.find(free(4, 600, 0), PlacementRule::Binpack), Some(12));
        assert_eq!(index.find(free(2, 100, 0), PlacementRule::Spread), Some(10));
        assert_eq!(index.find(free(2, 1_000, 0), PlacementRule::Binpack), None);
    }

    proptest! {
        /// Asked once, often, and after more changes than it remembers; by up to 400 instances.
        #[test]
        fn rooms_are_counted_as_if_every_instance_were_looked_at(
            steps in prop::collection::vec(
                (0usize..400, (0u32..6, 0u32..4, 0u32..3), prop::bool::weighted(0.8), 0u32..40),
                0..1_500,
            ),
        ) {
            let mut index = FreeCapacity::default();
            let mut rooms: Vec<Option<Requirements>> = vec![None; 400];
            for (slot, (vcpus, memory, gpus), is_there, ask) in steps {
                let after = is_there.then(|| free(vcpus, memory, gpus));
                let id = slot as u32;
                match (rooms[slot], after) {
                    (None, Some(after)) => index.insert(after, id, id),
                    (Some(before), None) => index.remove(before, id, id),
                    (Some(before), Some(after)) => index.update(before, after, id, id),
                    (None, None) => {}
                }
                rooms[slot] = after;
                if ask > 0 {
                    continue;
                }
                let mut expected: Vec<Requirements> =
                    rooms.iter().flatten().copied().filter(|room| room.vcpus > 0).collect();
                expected.sort_unstable_by_key(|room| (room.gpus, room.vcpus, room.memory_mib));
                let mut counts: Vec<(Requirements, u32)> = Vec::new();
                for room in expected {
                    match counts.iter_mut().find(|(known, _)| *known == room) {
                        Some((_, count)) => *count += 1,
                        None => counts.push((room, 1)),
                    }
                }
                prop_assert_eq!(index.count_rooms(), counts);
            }
        }

        /// Against the obvious oracle: look at every instance.
        #[test]
        fn the_index_chooses_what_a_walk_over_all_instances_would(
            instances in prop::collection::vec((0u32..6, 0u32..6, 0u32..3), 0..80),
            need in (1u32..5, 0u32..5, 0u32..3),
        ) {
            let mut index = FreeCapacity::default();
            for (age, (v, m, g)) in instances.iter().enumerate() {
                index.insert(free(*v, *m, *g), age as u32, age as u32);
            }
            let fitting = || instances.iter().enumerate().filter(|(_, (v, m, g))| {
                *v > 0 && *v >= need.0 && *m >= need.1 && *g >= need.2
            });
            let tight = fitting().min_by_key(|(age, (v, m, _))| (*v, *m, *age));
            let loose = fitting().min_by_key(|(age, (v, m, _))| {
                (std::cmp::Reverse((*v, *m)), *age)
            });
            let need = free(need.0, need.1, need.2);
            let slot = |found: Option<(usize, &(u32, u32, u32))>| found.map(|(age, _)| age as u32);
            prop_assert_eq!(index.find(need, PlacementRule::Binpack), slot(tight));
            prop_assert_eq!(index.find(need, PlacementRule::Spread), slot(loose));
        }
    }
}
