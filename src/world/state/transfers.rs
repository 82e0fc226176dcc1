//! Bandwidth that transfers share: the shared file systems of the account, and the network of each
//! instance on which a job reads or writes.
//!
//! The network of an instance is a row while something uses it. Invariant: of each row at most one
//! event is awaited, at or before the next end of a transfer.

use super::jobs::NONE;
use crate::batch::staging::{SharedFileSystem, SharedFileSystemId};
use crate::sim::{Flow, ProcessorSharing, SimTime};
use rustc_hash::FxHashMap;

/// One bandwidth and its transfers, each on behalf of an attempt.
#[derive(Clone, Debug)]
struct Bandwidth {
    sharing: ProcessorSharing,
    /// The instance whose network it is, [`NONE`] of a file system.
    instance: u32,
    /// When the event is due that is awaited.
    awaited: SimTime,
}

/// All of them: the file systems first, in the order of the scenario.
#[derive(Clone, Debug, Default)]
pub(in crate::world) struct Transfers {
    rows: Vec<Bandwidth>,
    free: Vec<u32>,
    /// By slot of an instance; looked up, never iterated.
    networks: FxHashMap<u32, u32>,
    under_way: u32,
}

impl Transfers {
    /// The file systems of an account, before anybody reads.
    pub(in crate::world) fn new(file_systems: &[SharedFileSystem]) -> Self {
        let bandwidth = |spec: &SharedFileSystem| Bandwidth {
            sharing: ProcessorSharing::new(spec.bytes_per_s, spec.bytes_per_s_per_client),
            instance: NONE,
            awaited: SimTime::MAX,
        };
        Self { rows: file_systems.iter().map(bandwidth).collect(), ..Self::default() }
    }

    /// The row of a shared file system.
    pub(in crate::world) const fn of_file_system(id: SharedFileSystemId) -> u32 {
        id.raw()
    }

    /// The row of the network of an instance, which carries so many bytes a second.
    pub(in crate::world) fn of_network(&mut self, instance: u32, bytes_per_s: u64) -> u32 {
        if let Some(row) = self.networks.get(&instance) {
            return *row;
        }
        let sharing = ProcessorSharing::new(bytes_per_s, None);
        let bandwidth = Bandwidth { sharing, instance, awaited: SimTime::MAX };
        let row = self.free.pop().unwrap_or(self.rows.len() as u32);
        match self.rows.get_mut(row as usize) {
            Some(free) => *free = bandwidth,
            None => self.rows.push(bandwidth),
        }
        self.networks.insert(instance, row);
        row
    }

    /// An attempt begins to transfer `bytes`.
    pub(in crate::world) fn begin(
        &mut self,
        row: u32,
        now: SimTime,
        bytes: u64,
        attempt: u32,
    ) -> Flow {
        self.under_way += 1;
        self.rows[row as usize].sharing.enter(now, bytes, attempt)
    }

    /// A transfer that has not ended is given up.
    pub(in crate::world) fn give_up(&mut self, row: u32, now: SimTime, flow: Flow) {
        self.under_way -= 1;
        self.rows[row as usize].sharing.leave(now, flow);
    }

    /// Whether a transfer of this row ends at `now` or has ended before.
    pub(in crate::world) fn has_ended(&self, row: u32, now: SimTime) -> bool {
        self.rows[row as usize].sharing.next_end().is_some_and(|end| end <= now)
    }

    /// The attempt of a transfer that has ended.
    pub(in crate::world) fn pop_ended(&mut self, row: u32, now: SimTime) -> Option<u32> {
        let attempt = self.rows[row as usize].sharing.pop_ended(now)?;
        self.under_way -= 1;
        Some(attempt)
    }

    /// The event that was awaited is there. One that is not awaited any more says nothing.
    pub(in crate::world) fn has_come(&mut self, row: u32, now: SimTime) {
        let bandwidth = &mut self.rows[row as usize];
        if bandwidth.awaited <= now {
            bandwidth.awaited = SimTime::MAX;
        }
    }

    /// When the next event of a row is to be scheduled, unless one is awaited that comes in time. A
    /// network that nobody uses any more is no row any more.
    pub(in crate::world) fn next_due(&mut self, row: u32) -> Option<SimTime> {
        let bandwidth = &mut self.rows[row as usize];
        let Some(end) = bandwidth.sharing.next_end() else {
            let instance = std::mem::replace(&mut bandwidth.instance, NONE);
            if instance != NONE {
                self.networks.remove(&instance);
                self.free.push(row);
            }
            return None;
        };
        if bandwidth.awaited <= end {
            return None;
        }
        bandwidth.awaited = end;
        Some(end)
    }

    /// Transfers under way.
    pub(in crate::world) const fn under_way(&self) -> u32 {
        self.under_way
    }
}
