//! Which rows become jobs, and what they ask for: memory rules, room, clamping, the tally.
//!
//! Knows no format. Invariant: every row is counted exactly once.

use super::Record;
use super::split::split;
use crate::batch::job_definition::{JobDefinitionId, Requirements};
use crate::batch::job_queue::{JobQueueId, ShareIdentifier};
use crate::workload::corners::largest_part;
use crate::workload::spec::{ShareRule, TooLarge, TraceSpec};
use crate::workload::submission::JobSubmission;
use crate::workload::tally::Fault;
use crate::workload::{Reason, Tally};

/// The rules of one trace.
pub(super) struct Intake {
    pub(super) tally: Tally,
    keeps_its_clock: bool,
    memory_mib_per_vcpu: u32,
    too_large: TooLarge,
    corners: Vec<Vec<Requirements>>,
    share_rules: Vec<ShareRule>,
    definition_priorities: Vec<Option<u16>>,
}

impl Intake {
    pub(super) fn new(spec: &TraceSpec) -> Self {
        Self {
            tally: Tally::default(),
            keeps_its_clock: !spec.origin_first,
            memory_mib_per_vcpu: spec.memory_mib_per_vcpu,
            too_large: spec.too_large.clone(),
            corners: spec.corners.clone(),
            share_rules: spec.share_rules.clone(),
            definition_priorities: spec.definition_priorities.clone(),
        }
    }

    /// Counts a row; returns its time in milliseconds and its submission when it is a job.
    #[inline(always)]
    pub(super) fn take(
        &mut self,
        line: u64,
        content: Result<Record, Fault>,
    ) -> Option<(i64, JobSubmission)> {
        self.take_showing(line, content, |_| ())
    }

    /// As [`take`](Self::take); what is wrong with a row is shown before it is counted.
    #[inline(always)]
    pub(super) fn take_showing(
        &mut self,
        line: u64,
        content: Result<Record, Fault>,
        show: impl FnOnce(&Fault),
    ) -> Option<(i64, JobSubmission)> {
        match content.and_then(|record| self.submission(record)) {
            Ok(job) => {
                self.tally.rows += 1;
                self.tally.accepted += 1;
                Some(job)
            }
            Err(fault) => {
                show(&fault);
                self.tally.count_fault(line, fault);
                None
            }
        }
    }

    #[inline(always)]
    fn submission(&mut self, record: Record) -> Result<(i64, JobSubmission), Fault> {
        if self.keeps_its_clock && record.submit_ms < 0 {
            return Err(Fault::new(Reason::BeforeStart, "submit_time", b""));
        }
        let vcpus = record.vcpus;
        let memory_mib =
            record.memory_mib.unwrap_or_else(|| self.memory_mib_per_vcpu.saturating_mul(vcpus));
        let asked = Requirements { vcpus, memory_mib, gpus: record.gpus };
        let (nodes, requirements) = self.fit(record.queue, asked, record.array_size)?;
        if requirements != asked {
            self.tally.clamped += u64::from(nodes == 0);
            self.tally.split += u64::from(nodes > 0);
        }
        let scheduling_priority =
            self.priority(record.queue, record.definition, record.share.as_ref(), record.priority)?;
        let submission = JobSubmission {
            name: record.name,
            queue: record.queue,
            definition: record.definition,
            requirements,
            run_time: Some(record.run_time),
            array_size: record.array_size,
            nodes,
            attempts: record.attempts,
            timeout: record.timeout,
            share: record.share,
            scheduling_priority,
            // The API accepted it when it was recorded.
            throttled: false,
            links: record.links,
            ticket: None,
            entry: None,
        };
        Ok((record.submit_ms, submission))
    }

    /// The scheduling priority of a job, if its queue takes its share.
    #[inline(always)]
    fn priority(
        &self,
        queue: JobQueueId,
        definition: JobDefinitionId,
        share: Option<&ShareIdentifier>,
        said: Option<u16>,
    ) -> Result<u16, Fault> {
        let rule = self.share_rules.get(queue.index()).copied().unwrap_or(ShareRule::Ignored);
        let priority = match said {
            None => self.definition_priorities.get(definition.index()).copied().flatten(),
            said => said,
        };
        match (rule, share) {
            (ShareRule::Required, None) => Err(Fault::new(Reason::NoShare, "share", b"")),
            (ShareRule::Required, Some(_)) => {
                priority.ok_or_else(|| Fault::new(Reason::NoPriority, "priority", b""))
            }
            (ShareRule::Refused, Some(share)) => {
                Err(Fault::new(Reason::ShareOnFifo, "share", share.as_str().as_bytes()))
            }
            (ShareRule::Refused | ShareRule::Ignored, _) => Ok(priority.unwrap_or(0)),
        }
    }

    /// The nodes, 0 for as the definition says, and their requirements: shrunk or split if the
    /// rules say so. A queue without a list of corners holds everything; an empty list holds
    /// nothing.
    #[inline(always)]
    fn fit(
        &self,
        queue: JobQueueId,
        asked: Requirements,
        array_size: u32,
    ) -> Result<(u32, Requirements), Fault> {
        let Some(corners) = self.corners.get(queue.index()) else { return Ok((0, asked)) };
        let part = largest_part(asked, corners);
        if part == Some(asked) {
            return Ok((0, asked));
        }
        let fitted = match &self.too_large {
            TooLarge::Reject => None,
            TooLarge::Clamp => part.map(|part| (0, part)),
            // An array can not be of several nodes.
            TooLarge::Multinode(nodes) if array_size == 0 => {
                nodes.get(queue.index()).and_then(|corners| split(asked, corners))
            }
            TooLarge::Multinode(_) => None,
        };
        fitted.ok_or_else(|| Fault::new(Reason::TooLarge, "vcpus", b""))
    }
}
