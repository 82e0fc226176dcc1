//! What jobs of a trace have in common: few kinds, many jobs.
//!
//! A job is packed into its name, its run time and the number of its kind, 40 bytes instead of 96:
//! what waits in a reorder buffer or stands in a shared trace is kept so. Knows no format.

use super::links;
use crate::batch::dependency::Links;
use crate::batch::job_definition::{JobDefinitionId, Requirements};
use crate::batch::job_queue::{JobQueueId, ShareIdentifier};
use crate::sim::SimDuration;
use crate::workload::submission::{JobName, JobSubmission};
use rustc_hash::FxHashMap;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// All of a job but its name, its time and its run time.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Kind {
    queue: JobQueueId,
    definition: JobDefinitionId,
    requirements: Requirements,
    array_size: u32,
    nodes: u32,
    attempts: Option<u8>,
    timeout: Option<SimDuration>,
    share: Option<ShareIdentifier>,
    scheduling_priority: u16,
    throttled: bool,
    /// A job that has to do with others is a kind of its own.
    links: Option<Arc<Links>>,
}

impl Hash for Kind {
    // Few words: this is done once a row.
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Requirements { vcpus, memory_mib, gpus } = self.requirements;
        let pair = |a: u32, b: u32| (u64::from(a) << 32) | u64::from(b);
        state.write_u64(pair(self.queue.raw(), self.definition.raw()));
        state.write_u64(pair(vcpus, memory_mib));
        state.write_u64(pair(gpus, self.array_size));
        let timeout = self.timeout.map_or(0, SimDuration::as_millis);
        let nodes_and_attempts = pair(self.nodes, self.attempts.unwrap_or(0).into());
        state.write_u64(timeout ^ nodes_and_attempts ^ (u64::from(self.scheduling_priority) << 48));
        if let Some(share) = &self.share {
            share.hash(state);
        }
        if let Some(handle) = self.links.as_ref().and_then(|links| links.handle) {
            handle.hash(state);
        }
    }
}

/// A job of some kind.
#[derive(Clone, Debug)]
pub(super) struct Packed {
    pub(super) name: JobName,
    pub(super) run_time: SimDuration,
    pub(super) kind: u32,
}

/// The kinds of a trace, numbered in order of first appearance.
#[derive(Debug, Default)]
pub(super) struct Kinds {
    table: Vec<Kind>,
    /// Looked up, never iterated.
    index: FxHashMap<Kind, u32>,
    /// The kinds seen last, by a few bits of what they ask for: most rows find theirs here.
    recent: [u32; RECENT],
}

const RECENT: usize = 16;

impl Kinds {
    #[inline(always)]
    pub(super) fn pack(&mut self, job: JobSubmission) -> Packed {
        let kind = Kind {
            queue: job.queue,
            definition: job.definition,
            requirements: job.requirements,
            array_size: job.array_size,
            nodes: job.nodes,
            attempts: job.attempts,
            timeout: job.timeout,
            share: job.share,
            scheduling_priority: job.scheduling_priority,
            throttled: job.throttled,
            links: job.links,
        };
        let Requirements { vcpus, memory_mib, .. } = kind.requirements;
        let place = (vcpus ^ (memory_mib >> 8)) as usize % RECENT;
        let recent = self.recent[place];
        let number = match self.table.get(recent as usize) {
            Some(known) if *known == kind => recent,
            _ => self.number(kind),
        };
        self.recent[place] = number;
        Packed { name: job.name, run_time: job.run_time.unwrap_or_default(), kind: number }
    }

    fn number(&mut self, kind: Kind) -> u32 {
        let Self { table, index, .. } = self;
        if let Some(known) = index.get(&kind) {
            return *known;
        }
        let number = table.len() as u32;
        table.push(kind.clone());
        index.insert(kind, number);
        number
    }

    #[inline(always)]
    pub(super) fn unpack(&self, job: Packed) -> JobSubmission {
        let kind = &self.table[job.kind as usize];
        JobSubmission {
            name: job.name,
            queue: kind.queue,
            definition: kind.definition,
            requirements: kind.requirements,
            run_time: Some(job.run_time),
            array_size: kind.array_size,
            nodes: kind.nodes,
            attempts: kind.attempts,
            timeout: kind.timeout,
            share: kind.share.clone(),
            scheduling_priority: kind.scheduling_priority,
            throttled: kind.throttled,
            links: kind.links.clone(),
            ticket: None,
            entry: None,
        }
    }

    /// What a job has to do with others.
    pub(super) fn links(&self, job: &Packed) -> Option<&Links> {
        self.table[job.kind as usize].links.as_deref()
    }

    /// All jobs are here: whom none of them refers to need not be found again.
    pub(super) fn forget_unused_links(&mut self) {
        links::without_unused(self.table.iter_mut().map(|kind| &mut kind.links));
        self.index = FxHashMap::default();
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.table.len()
    }

    pub(super) fn bytes(&self) -> usize {
        self.table.len() * size_of::<Kind>()
    }
}
