//! What a compute environment has promised capacity to: RUNNABLE jobs assigned to it, by shape.
//!
//! Counts only; the jobs themselves know in which environment capacity is planned for them.

use super::job_queue::JobQueueId;
use super::shape::ShapeId;
use crate::batch::job_definition::Requirements;
use rustc_hash::FxHashMap;

/// Jobs of one queue and shape that wait for capacity of one environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DemandGroup {
    /// Their queue.
    pub queue: JobQueueId,
    /// Their shape.
    pub shape: ShapeId,
    /// How many.
    pub count: u32,
}

/// The assigned jobs of one compute environment.
#[derive(Clone, Debug, Default)]
pub struct DemandBook {
    groups: Vec<DemandGroup>,
    index: FxHashMap<(JobQueueId, ShapeId), u32>,
    vcpus: u64,
}

impl DemandBook {
    /// Adds one job that is worth `vcpus` of the environment's instances.
    pub fn add(&mut self, queue: JobQueueId, shape: ShapeId, vcpus: u32) {
        let next = self.groups.len() as u32;
        let index = *self.index.entry((queue, shape)).or_insert(next);
        if index == next {
            self.groups.push(DemandGroup { queue, shape, count: 0 });
        }
        self.groups[index as usize].count += 1;
        self.vcpus += u64::from(vcpus);
    }

    /// Removes one job added with the same arguments.
    pub fn remove(&mut self, queue: JobQueueId, shape: ShapeId, vcpus: u32) {
        if let Some(index) = self.index.get(&(queue, shape)) {
            let group = &mut self.groups[*index as usize];
            group.count -= 1;
            self.vcpus -= u64::from(vcpus);
            if group.count == 0 {
                // Who comes back stands behind those who have come in between.
                self.index.remove(&(queue, shape));
            }
        }
    }

    /// What all of them are worth in vCPUs of the environment's instances.
    #[must_use]
    pub const fn vcpus(&self) -> u64 {
        self.vcpus
    }

    /// The groups, in no promised order, empty ones included.
    pub fn iter(&self) -> impl Iterator<Item = &DemandGroup> {
        self.groups.iter()
    }

    /// The groups in order of `rank` of their queue, then of first assignment; empty ones are
    /// forgotten.
    pub fn groups(&mut self, rank: impl Fn(JobQueueId) -> u32) -> &[DemandGroup] {
        self.groups.retain(|group| group.count > 0);
        // Stable: within a queue, the order of first assignment stays.
        self.groups.sort_by_key(|group| rank(group.queue));
        self.index.clear();
        for (index, group) in self.groups.iter().enumerate() {
            self.index.insert((group.queue, group.shape), index as u32);
        }
        &self.groups
    }
}

/// Free capacity that is on its way, as bins of equal size and their count.
#[derive(Clone, Debug, Default)]
pub struct Bins {
    bins: Vec<(Requirements, u32)>,
}

impl Bins {
    /// Adds `count` bins with `free` capacity each.
    pub fn add(&mut self, free: Requirements, count: u32) {
        if count == 0 || free.vcpus == 0 {
            return;
        }
        // Equal bins come as neighbours or nearly so: looking far would cost more than it saves.
        match self.bins.iter_mut().rev().take(8).find(|(size, _)| *size == free) {
            Some((_, bins)) => *bins += count,
            None => self.bins.push((free, count)),
        }
    }

    /// Takes room for up to `count` jobs, first fit, and returns how many found none.
    #[must_use]
    pub fn take(&mut self, need: Requirements, count: u32) -> u32 {
        let mut left = count;
        for index in 0..self.bins.len() {
            let (free, bins) = self.bins[index];
            let fit = free.fit(need);
            if fit == 0 || bins == 0 {
                continue;
            }
            let full = (left / fit).min(bins);
            self.split(index, need, fit, full);
            left -= full * fit;
            if left > 0 && full < bins && left < fit {
                self.split(index, need, left, 1);
                left = 0;
            }
            if left == 0 {
                break;
            }
        }
        self.bins.retain(|(free, bins)| *bins > 0 && free.vcpus > 0);
        left
    }

    /// `bins` of the bins at `index` take `jobs` jobs each.
    fn split(&mut self, index: usize, need: Requirements, jobs: u32, bins: u32) {
        if bins == 0 {
            return;
        }
        let (free, _) = self.bins[index];
        self.bins[index].1 -= bins;
        let rest = Requirements {
            vcpus: free.vcpus - jobs * need.vcpus,
            memory_mib: free.memory_mib - jobs * need.memory_mib,
            gpus: free.gpus - jobs * need.gpus,
        };
        self.bins.push((rest, bins));
    }
}

impl Requirements {
    /// How many jobs with these requirements a free capacity of `self` holds.
    #[must_use]
    pub fn fit(self, need: Self) -> u32 {
        let per = |free: u32, need: u32| free.checked_div(need).unwrap_or(u32::MAX);
        per(self.vcpus, need.vcpus)
            .min(per(self.memory_mib, need.memory_mib))
            .min(per(self.gpus, need.gpus))
    }

    /// Whether a free capacity of `self` holds one such job.
    #[inline]
    #[must_use]
    pub const fn holds(self, need: Self) -> bool {
        self.vcpus >= need.vcpus && self.memory_mib >= need.memory_mib && self.gpus >= need.gpus
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shape_that_comes_back_stands_behind_those_who_came_in_between() {
        let (queue, one, other) = (JobQueueId::new(0), ShapeId::new(1), ShapeId::new(2));
        let mut book = DemandBook::default();
        book.add(queue, one, 4);
        book.remove(queue, one, 4);
        book.add(queue, other, 2);
        book.add(queue, one, 4);
        let order: Vec<ShapeId> = book.groups(|_| 0).iter().map(|group| group.shape).collect();
        assert_eq!((order, book.vcpus()), (vec![other, one], 6));
    }

    #[test]
    fn bins_are_filled_until_nothing_more_fits() {
        let size = |vcpus| Requirements { vcpus, memory_mib: 1_000, gpus: 0 };
        let mut bins = Bins::default();
        bins.add(size(8), 3);
        let three = Requirements { vcpus: 3, memory_mib: 10, gpus: 0 };
        assert_eq!(bins.take(three, 5), 0, "two a bin, and one");
        let two = Requirements { vcpus: 2, memory_mib: 10, gpus: 0 };
        assert_eq!(bins.take(two, 5), 1, "one in each full bin, two in the third");
    }
}
