//! Workflows: the file, read here and now, and the engine that runs it.
//!
//! A workflow is small beside a trace and can not be half right, so all of it is read before the
//! run: what is wrong with it is a mistake of the scenario.

use super::Reader;
use crate::batch::job_definition::{JobDefinitionId, Platform, Requirements};
use crate::batch::job_queue::JobQueueId;
use crate::experiment::scenario::error::{Complaint, Report};
use crate::experiment::scenario::path::Path;
use crate::experiment::scenario::raw::workload::Workflow;
use crate::experiment::scenario::scalar::Duration;
use crate::sim::{SimDuration, SimTime};
use crate::workload::largest_part;
use crate::workload::spec::{WorkflowFormat, WorkflowSpec};
use crate::workload::workflow::{self, Dag};
use serde_json::Value;
use std::io::Cursor;
use std::sync::Arc;

/// How often an engine looks at its jobs (behaviour 1.3).
const POLL_INTERVAL: SimDuration = SimDuration::from_secs(10);
/// Jobs that Nextflow keeps in flight (behaviour 1.3).
const NEXTFLOW_QUEUE_SIZE: u32 = 1_000;
/// Submissions of Nextflow per second (behaviour 1.3).
const NEXTFLOW_SUBMIT_RATE: u32 = 50;

/// A task as its job asks for it.
struct Sizes {
    requirements: Vec<Requirements>,
    clamped: u64,
}

impl Reader<'_> {
    /// A workflow whose engine starts at zero; mistakes go to the report.
    pub(super) fn workflow(
        &mut self,
        raw: &Workflow,
        path: &Path,
        report: &mut Report,
    ) -> Option<WorkflowSpec> {
        let file = path.key("file");
        let place = report.ok(&file, self.files.path(&raw.file));
        let dag = place.as_ref().and_then(|_| report.ok(&file, self.dag(raw)));
        let queue = self.queue(&raw.job_queue, &path.key("jobQueue"), report);
        let definition = match &raw.job_definition {
            Some(reference) => {
                let found = self.definitions.find(reference);
                report.ok(&path.key("jobDefinition"), found)?.id
            }
            None => Some(self.own_definition(&raw.file)),
        };
        let (dag, queue) = (dag?, queue?);
        self.refuse_fargate(queue, definition, path, report)?;
        let Sizes { requirements, clamped } = self.sized(&dag, raw, queue, path, report);
        let definition = definition?;
        let said = (raw.share_identifier.as_deref(), raw.scheduling_priority);
        let (share, scheduling_priority) = self.share(said, queue, definition, path, report);
        let mut limits = raw.clone();
        say_defaults(&mut limits, self.ideal);
        Some(WorkflowSpec {
            path: place?,
            format: WorkflowFormat::WfCommons,
            dag: Arc::new(dag),
            requirements: requirements.into(),
            clamped,
            queue,
            definition,
            share,
            scheduling_priority,
            at: SimTime::ZERO,
            poll_interval: limits.poll_interval.unwrap_or_default().0,
            queue_size: limit(limits.queue_size.as_ref()),
            submit_rate: limit(limits.submit_rate.as_ref()),
            max_retries: raw.max_retries,
        })
    }

    /// Tasks ask for amounts of their own, which are no sizes of Fargate.
    fn refuse_fargate(
        &self,
        queue: JobQueueId,
        definition: Option<JobDefinitionId>,
        path: &Path,
        report: &mut Report,
    ) -> Option<()> {
        if self.feasibility.as_ref().is_some_and(|all| all.takes_tasks(queue.index())) {
            let complaint = Complaint::new("the tasks of a workflow have no sizes of Fargate");
            let hint = "run the workflow in a queue of EC2 or SPOT environments";
            report.error(&path.key("jobQueue"), complaint.hint(hint));
            return None;
        }
        let named = definition.map(|id| &self.definitions.list[id.index()]);
        if let Some(named) = named.filter(|named| named.platform == Platform::Fargate) {
            let text =
                format!("{} is for Fargate, the tasks of a workflow are for EC2", named.name);
            let hint = "name a definition for EC2, or none";
            report.error(&path.key("jobDefinition"), Complaint::new(text).hint(hint));
            return None;
        }
        Some(())
    }

    fn dag(&self, raw: &Workflow) -> Result<Dag, Complaint> {
        let bytes = Cursor::new(self.files.bytes(&raw.file)?);
        workflow::read(bytes, WorkflowFormat::WfCommons, raw.file.as_ref())
            .map_err(|error| Complaint::of(&error))
    }

    /// What each task asks for. Of the tasks that fit nowhere the first is reported, with how many
    /// there are, unless they are to be shrunk and a part of them fits.
    fn sized(
        &self,
        dag: &Dag,
        raw: &Workflow,
        queue: JobQueueId,
        path: &Path,
        report: &mut Report,
    ) -> Sizes {
        let corners = self.feasibility.as_ref().map(|all| all.corners_of(queue.index()));
        let part_of = |asked: Requirements| {
            corners.as_ref().map_or(Some(asked), |all| largest_part(asked, all))
        };
        let mut sized = Sizes { requirements: Vec::new(), clamped: 0 };
        let mut unfit: Option<(usize, u64)> = None;
        for (number, task) in dag.tasks().iter().enumerate() {
            let default = raw.memory_mib_per_vcpu.saturating_mul(task.vcpus);
            let memory_mib = task.memory_mib.unwrap_or(default);
            let asked = Requirements { vcpus: task.vcpus, memory_mib, gpus: 0 };
            let part = part_of(asked);
            let is_whole = part == Some(asked);
            match part {
                Some(part) if is_whole || raw.too_large == "clamp" => {
                    sized.clamped += u64::from(!is_whole);
                    sized.requirements.push(part);
                }
                _ => {
                    unfit.get_or_insert((number, 0)).1 += 1;
                    sized.requirements.push(asked);
                }
            }
        }
        if let Some((first, count)) = unfit
            && let Some(feasibility) = &self.feasibility
        {
            let name = format!("{} (task {})", raw.file, dag.tasks()[first].name);
            let wanted = sized.requirements[first];
            if let Some(mut complaint) = feasibility.complaint(queue.index(), wanted, &name) {
                if count > 1 {
                    complaint.message += &format!(" (one of {count} such tasks)");
                }
                if part_of(wanted).is_some()
                    && let Some(change) = complaint.hint.take()
                {
                    complaint = complaint.hint(format!("{change}, or write tooLarge: clamp"));
                }
                self.report_infeasible(complaint, path, &path.key("file"), report);
            }
        }
        sized
    }
}

/// Says the defaults that depend on the client and the profile. An engine without limits is said to
/// be `unlimited`, so that the scenario stays the same under another profile.
pub(in super::super) fn say_defaults(raw: &mut Workflow, ideal: bool) {
    let nextflow = raw.client.as_deref() == Some("nextflow") && !ideal;
    let of_client = |most: u32| if nextflow { Value::from(most) } else { Value::from("unlimited") };
    let poll_interval = if ideal { SimDuration::ZERO } else { POLL_INTERVAL };
    raw.poll_interval.get_or_insert(Duration(poll_interval));
    raw.queue_size.get_or_insert_with(|| of_client(NEXTFLOW_QUEUE_SIZE));
    raw.submit_rate.get_or_insert_with(|| of_client(NEXTFLOW_SUBMIT_RATE));
}

fn limit(value: Option<&Value>) -> Option<u32> {
    value.and_then(Value::as_u64).and_then(|most| u32::try_from(most).ok())
}
