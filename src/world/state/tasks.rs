//! What an environment has on Fargate: its tasks as a whole.
//!
//! A task itself is an instance that one job has to itself; it is in no index of room, since nobody
//! looks for room on it.

use crate::sim::SimTime;

/// The tasks of one environment.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::world) struct Tasks {
    /// Their vCPUs, in quarters.
    pub(in crate::world) quarter_vcpus: u64,
    /// A job has found no room under maxvCpus or a quota since room last grew.
    pub(in crate::world) is_full: bool,
    /// When room last grew for jobs that had found none.
    pub(in crate::world) room_since: SimTime,
}

impl Tasks {
    /// vCPUs, rounded up to whole ones.
    pub(in crate::world) const fn vcpus(&self) -> u32 {
        self.quarter_vcpus.div_ceil(4) as u32
    }

    /// There may be room again.
    pub(in crate::world) const fn note_room(&mut self, now: SimTime) {
        if self.is_full {
            self.is_full = false;
            self.room_since = now;
        }
    }
}
