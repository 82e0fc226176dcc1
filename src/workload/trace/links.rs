//! The column `depends_on`: ids of rows that were submitted earlier.
//!
//! Ids are numbered as they are read, and a job refers to others by these numbers. Rows are read in
//! the order of the file, and jobs leave in that of their submission: that a job depends on earlier
//! ones only is checked as it leaves, so there are no cycles. Memory follows the rows, and is
//! spent only where a trace has the column. Knows no format.

use super::field::Field;
use crate::batch::dependency::{Dependency, JobHandle, Links};
use crate::workload::tally::Fault;
use crate::workload::{Reason, WorkloadError};
use rustc_hash::{FxHashMap, FxHashSet};
use std::path::Path;
use std::sync::Arc;

/// The canonical column.
pub(super) const COLUMN: &str = "depends_on";
/// `dependsOn` has at most so many entries (behaviour 2.1).
const MOST: usize = 20;

/// The ids of a trace's rows, and what has become of the rows.
pub(super) struct RowIds {
    /// The handle of the first id.
    first: u64,
    /// Looked up, never iterated.
    numbers: FxHashMap<Box<[u8]>, u32>,
    rows: Vec<Known>,
    /// The row read last.
    last: Option<u32>,
}

/// What is known of an id.
struct Known {
    id: Box<[u8]>,
    fate: Fate,
    array_size: u32,
}

/// What has become of the row with an id.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// Not read yet, or there is none.
    Unread,
    /// A job that has not been submitted.
    Read,
    /// A job.
    Submitted,
    /// Not to be replayed.
    Dropped,
}

impl RowIds {
    /// No row has been read; handles count from `first`.
    pub(super) fn new(first: u64) -> Self {
        Self { first, numbers: FxHashMap::default(), rows: Vec::new(), last: None }
    }

    /// What has been read is settled.
    pub(super) fn end_row(&mut self) {
        self.last = None;
    }

    /// A row of this id begins.
    pub(super) fn begin(&mut self, id: &[u8]) -> Result<u32, Fault> {
        let number = self.number(id);
        let fate = &mut self.rows[number as usize].fate;
        if *fate != Fate::Unread {
            return Err(Fault::new(Reason::TakenId, "job_id", id));
        }
        *fate = Fate::Read;
        self.last = Some(number);
        Ok(number)
    }

    /// The row read last is no job.
    pub(super) fn drop_last(&mut self) {
        if let Some(number) = self.last.take() {
            self.rows[number as usize].fate = Fate::Dropped;
        }
    }

    /// What the row `number` has to do with others, by what its column says.
    pub(super) fn links(
        &mut self,
        number: u32,
        array_size: u32,
        text: Field<'_>,
    ) -> Result<Arc<Links>, Fault> {
        self.rows[number as usize].array_size = array_size;
        let mut depends_on = Vec::new();
        let is_separator = |byte: &u8| *byte == b';' || byte.is_ascii_whitespace();
        for id in text.text().split(is_separator).filter(|id| !id.is_empty()) {
            let dependency = self.dependency(id)?;
            if !depends_on.contains(&dependency) {
                depends_on.push(dependency);
            }
        }
        if depends_on.len() > MOST {
            return Err(Fault::new(Reason::OutOfRange, COLUMN, text.text()));
        }
        let handle = Some(self.handle(number));
        // Which children are waited for one by one is not known before the last row.
        Ok(Arc::new(Links { handle, by_index: array_size > 0, depends_on }))
    }

    /// `id`, or `id:3` for a child of an array.
    fn dependency(&mut self, id: &[u8]) -> Result<Dependency, Fault> {
        if !self.numbers.contains_key(id)
            && let Some((array, child)) = child_of(id)
            && let Some(number) = self.numbers.get(array).copied()
        {
            self.check_replayed(number, id)?;
            if child >= self.rows[number as usize].array_size {
                return Err(Fault::new(Reason::NoSuchChild, COLUMN, id));
            }
            return Ok(Dependency::Child(self.handle(number), child));
        }
        let number = self.number(id);
        self.check_replayed(number, id)?;
        Ok(Dependency::Job(self.handle(number)))
    }

    fn check_replayed(&self, number: u32, id: &[u8]) -> Result<(), Fault> {
        match self.rows[number as usize].fate {
            Fate::Dropped => Err(Fault::new(Reason::DependsOnSkipped, COLUMN, id)),
            _ => Ok(()),
        }
    }

    fn number(&mut self, id: &[u8]) -> u32 {
        if let Some(number) = self.numbers.get(id) {
            return *number;
        }
        let number = self.rows.len() as u32;
        self.rows.push(Known { id: id.into(), fate: Fate::Unread, array_size: 0 });
        self.numbers.insert(id.into(), number);
        number
    }

    const fn handle(&self, number: u32) -> JobHandle {
        JobHandle(self.first + number as u64)
    }

    fn known(&mut self, handle: JobHandle) -> &mut Known {
        &mut self.rows[(handle.0 - self.first) as usize]
    }

    /// A job is submitted.
    ///
    /// # Errors
    /// When something that it depends on has not been submitted before.
    pub(super) fn submit(&mut self, links: &Links, path: &Path) -> Result<(), WorkloadError> {
        for handle in links.depends_on.iter().filter_map(|dependency| dependency.handle()) {
            let is_itself = links.handle == Some(handle);
            let known = self.known(handle);
            let problem = match known.fate {
                Fate::Submitted => continue,
                _ if is_itself => "which is itself",
                Fate::Read => "which is submitted later",
                Fate::Unread => "which no earlier row has",
                Fate::Dropped => "which is not replayed",
            };
            let depends_on = String::from_utf8_lossy(&known.id).into_owned();
            let job = links.handle.map(|handle| self.known(handle).id.to_vec());
            let job = String::from_utf8_lossy(&job.unwrap_or_default()).into_owned();
            return Err(WorkloadError::Dependency { path: path.into(), job, depends_on, problem });
        }
        if let Some(handle) = links.handle {
            self.known(handle).fate = Fate::Submitted;
        }
        Ok(())
    }
}

/// The array and the index in `array:index`.
fn child_of(id: &[u8]) -> Option<(&[u8], u32)> {
    let colon = id.iter().rposition(|byte| *byte == b':')?;
    let child = std::str::from_utf8(&id[colon + 1..]).ok()?;
    Some((&id[..colon], child.parse().ok()?))
}

/// Links in which only those can be referred to that are.
pub(super) fn without_unused<'a>(all: impl Iterator<Item = &'a mut Option<Arc<Links>>> + 'a) {
    let mut all: Vec<_> = all.collect();
    let mut wanted: FxHashSet<JobHandle> = FxHashSet::default();
    let mut by_index: FxHashSet<JobHandle> = FxHashSet::default();
    for dependency in all.iter().filter_map(|links| links.as_deref()).flat_map(|l| &l.depends_on) {
        wanted.extend(dependency.handle());
        if let Dependency::Child(handle, _) = dependency {
            by_index.insert(*handle);
        }
    }
    for links in &mut all {
        let Some(old) = links.as_deref() else { continue };
        let handle = old.handle.filter(|handle| wanted.contains(handle));
        let by_index = handle.is_some_and(|handle| by_index.contains(&handle));
        let new = Links { handle, by_index, depends_on: old.depends_on.clone() };
        **links = (handle.is_some() || !new.depends_on.is_empty()).then(|| Arc::new(new));
    }
}
