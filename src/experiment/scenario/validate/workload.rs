//! The entries of `workload`: what each submits, and what it refers to.

mod arrivals;
mod share;
mod trace;
mod workflow;

pub(super) use trace::say_defaults as say_trace_defaults;
pub(super) use workflow::say_defaults as say_workflow_defaults;

use super::super::error::{Complaint, Report};
use super::super::path::Path;
use super::super::raw::aws::State;
use super::super::raw::definition as raw_definition;
use super::super::raw::submit::SubmitJob;
use super::super::raw::workload::Entry;
use super::super::raw::{InfeasibleJobs, Scenario};
use super::super::source::Files;
use super::definition::{self, Definitions};
use super::demand::{self, Demand};
use super::feasibility::Feasibility;
use super::{consumable, names, retry};
use crate::batch::api_call::{ApiAction, ApiCall, JobQueueUpdate};
use crate::batch::consumable::ConsumableNeed;
use crate::batch::dependency::Links;
use crate::batch::job_definition::{
    JobDefinition, JobDefinitionId, NodeProperties, Platform, Requirements,
};
use crate::batch::job_queue::JobQueueId;
use crate::sim::SimTime;
use crate::workload::spec::{SourceSpec, SubmitSpec, TraceSpec, WorkflowSpec};
use crate::workload::submission::{EntryId, JobName, JobSubmission};
use crate::world::profile::duration_text;
use std::sync::Arc;

/// What the entries of a workload refer to.
pub(super) struct Reader<'a> {
    pub(super) raw: &'a Scenario,
    pub(super) files: &'a Files,
    pub(super) definitions: &'a mut Definitions,
    /// By entry: what it has to do with others.
    pub(super) links: Vec<Option<Arc<Links>>>,
    pub(super) api_calls: &'a [ApiCall],
    pub(super) max_rejects: f64,
    /// Whether a queue without a scheduling policy refuses jobs with a share.
    pub(super) fifo_refuses_share: bool,
    /// Whether the profile is without limits, as engines then are by default.
    pub(super) ideal: bool,
    /// Nothing while compute environments are wrong: what they can hold is not known.
    pub(super) feasibility: Option<Feasibility<'a>>,
}

impl Reader<'_> {
    /// Every source; mistakes go to the report.
    pub(super) fn read(mut self, report: &mut Report) -> Vec<SourceSpec> {
        let list = Path::default().key("workload");
        if self.raw.workload.is_empty() {
            let complaint = Complaint::new("workload is empty, so nothing would happen");
            let accepted = "at least one submit, trace or workflow entry";
            report.error(&list, complaint.accepted(accepted));
        }
        let entries = self.raw.workload.iter().enumerate();
        let mut sources: Vec<SourceSpec> = entries
            .filter_map(|(index, entry)| {
                let links = self.links[index].take();
                self.entry((index, entry), links, &list.index(index), report)
            })
            .collect();
        // Traces know the names of definitions that later entries make. A row can not name one that
        // a run does not carry.
        let name = |d: &JobDefinition| takes_rows(d).map(|()| d.name.clone()).unwrap_or_default();
        let names: Vec<_> = self.definitions.list.iter().map(name).collect();
        let priorities: Vec<_> =
            self.definitions.list.iter().map(|d| d.scheduling_priority).collect();
        for source in &mut sources {
            if let SourceSpec::Trace(trace) = source {
                trace.definition_names.clone_from(&names);
                trace.definition_priorities.clone_from(&priorities);
            }
        }
        sources
    }

    fn entry(
        &mut self,
        (index, entry): (usize, &Entry),
        links: Option<Arc<Links>>,
        path: &Path,
        report: &mut Report,
    ) -> Option<SourceSpec> {
        match (&entry.submit, &entry.trace, &entry.workflow) {
            (Some(submit), None, None) => {
                let arrivals = self.arrivals(entry, path, report);
                let submission = self.submission(submit, &path.key("submit"), report);
                let (submission, arrivals) = (submission?, arrivals?);
                let entry = Some(EntryId::from_index(index));
                let submission = JobSubmission { links, entry, ..submission };
                self.is_taken(submission.queue, arrivals.first(), path, report);
                Some(SourceSpec::Submit(SubmitSpec { submission, arrivals }))
            }
            (None, Some(trace), None) => {
                if entry.at.is_some() || entry.arrivals.is_some() {
                    let complaint = Complaint::new("a trace has times of its own");
                    report.error(path, complaint.hint("leave out at and arrivals"));
                }
                let trace = self.trace(trace, &path.key("trace"), report)?;
                Some(SourceSpec::Trace(TraceSpec { first_handle: first_handle(index), ..trace }))
            }
            (None, None, Some(workflow)) => {
                if entry.arrivals.is_some() {
                    let complaint = Complaint::new("a workflow is run once");
                    report.error(path, complaint.hint("write at instead of arrivals"));
                }
                let at = entry.at.unwrap_or_default();
                let at = self.instant(at, &path.key("at"), report);
                let workflow = self.workflow(workflow, &path.key("workflow"), report);
                Some(SourceSpec::Workflow(WorkflowSpec { at: at?, ..workflow? }))
            }
            _ => {
                let complaint = Complaint::new("an entry is a submit, a trace or a workflow");
                let accepted = "{submit: {...}, at: 0s}, {submit: {...}, arrivals: {...}}, \
                    {trace: {...}} or {workflow: {...}, at: 0s}";
                report.error(path, complaint.accepted(accepted));
                None
            }
        }
    }

    fn queue(&self, reference: &str, path: &Path, report: &mut Report) -> Option<JobQueueId> {
        let known: Vec<_> = self.raw.job_queues.iter().map(|q| q.job_queue_name.clone()).collect();
        let found = names::find("job queue", names::last_segment(reference), &known);
        let index = report.ok(path, found)?;
        let id = JobQueueId::from_index(index);
        if self.raw.job_queues[index].state == State::Disabled && self.enabled_at(id).is_none() {
            let complaint = Complaint::new(format!("job queue {} is DISABLED", known[index]));
            let hint = "a DISABLED queue takes no new jobs: set its state to ENABLED";
            report.error(path, complaint.hint(hint));
        }
        Some(id)
    }

    /// When a call first enables a queue.
    fn enabled_at(&self, id: JobQueueId) -> Option<SimTime> {
        self.api_calls.iter().find_map(|call| match &call.action {
            ApiAction::UpdateJobQueue(JobQueueUpdate {
                job_queue, enabled: Some(true), ..
            }) if *job_queue == id => Some(call.at),
            _ => None,
        })
    }

    /// A queue that is DISABLED until a call enables it takes nothing before.
    fn is_taken(&self, id: JobQueueId, first: SimTime, path: &Path, report: &mut Report) {
        let queue = &self.raw.job_queues[id.index()];
        let Some(enabled_at) = self.enabled_at(id).filter(|at| first <= *at) else { return };
        if queue.state == State::Disabled {
            let enabled = duration_text(enabled_at.since(SimTime::ZERO));
            let text = format!("job queue {} is DISABLED until {enabled}", queue.job_queue_name);
            let accepted = format!("a first submission after {enabled}");
            report.error(path, Complaint::new(text).accepted(accepted));
        }
    }

    fn submission(
        &mut self,
        submit: &SubmitJob,
        path: &Path,
        report: &mut Report,
    ) -> Option<JobSubmission> {
        let queue = self.queue(&submit.job_queue, &path.key("jobQueue"), report);
        let reference = path.key("jobDefinition");
        let found = report.ok(&reference, self.definitions.find(&submit.job_definition))?;
        // A definition that is wrong has been reported where it stands.
        let mut definition = found.id?;
        let base = &self.definitions.list[definition.index()];
        if base.model.runtime.is_none() {
            let name = &base.name;
            let complaint = Complaint::new(format!("how long a job of {name} runs is not said"));
            let hint = format!("write jobModels: {{{name}: {{runtime: 10m}}}}");
            report.error(&reference, complaint.hint(hint));
        }
        let platform = base.platform;
        let raw = &self.raw.job_definitions[found.position];
        check_tags(raw, submit, path, report);
        let own = demand::of_submission(raw, platform, submit, path, report);
        let requirements = own.as_ref().map_or(base.requirements, |own| own.requirements);
        let nodes = own.as_ref().map_or(&base.nodes, |own| &own.nodes).clone();
        if nodes.is_some() && submit.array_properties.is_some() {
            let complaint = Complaint::new("a job of several nodes is not an array");
            let hint = "submit as many jobs, or a definition of type container";
            report.key_error(&path.key("arrayProperties"), complaint.hint(hint));
        }
        let attempts = self.overridden(submit, own, &mut definition, path, report);
        let queue = queue?;
        let wanted = (platform, requirements);
        self.can_be_held(submit, queue, wanted, nodes.as_ref(), path, report);
        let said = (submit.share_identifier.as_deref(), submit.scheduling_priority_override);
        let (share, scheduling_priority) = self.share(said, queue, definition, path, report);
        Some(JobSubmission {
            name: JobName::Shared(submit.job_name.as_str().into()),
            queue,
            definition,
            requirements,
            run_time: None,
            array_size: submit.array_properties.as_ref().map_or(0, |array| array.size),
            attempts,
            timeout: submit.timeout.as_ref().map(definition::timeout),
            share,
            scheduling_priority,
            throttled: true,
            nodes: 0,
            links: None,
            ticket: None,
            entry: None,
        })
    }

    /// A submission's own attempts; with conditions of its own, or with other images, nodes or size
    /// on Fargate than its definition, it gets a definition of its own.
    fn overridden(
        &mut self,
        submit: &SubmitJob,
        own: Option<Demand>,
        definition: &mut JobDefinitionId,
        path: &Path,
        report: &mut Report,
    ) -> Option<u8> {
        let raw = submit.retry_strategy.as_ref();
        let retry = raw.map(|raw| retry::read(raw, &path.key("retryStrategy"), report));
        let conditions = retry.filter(|retry| !retry.evaluate_on_exit.is_empty());
        let attempts = raw.and_then(|raw| raw.attempts).filter(|_| conditions.is_none());
        let base = &self.definitions.list[definition.index()];
        let of_nodes = &self.definitions.of_nodes[definition.index()];
        let (consumables, of_nodes) =
            self.consumables(submit, own.as_ref(), base, of_nodes, path, report);
        let differs = own.filter(|own| {
            own.fargate != base.fargate || own.nodes != base.nodes || own.image != base.image
        });
        if conditions.is_none() && differs.is_none() && consumables == base.consumables {
            return attempts;
        }
        let mut changed = base.clone();
        let origin = self.definitions.origins[definition.index()].clone();
        changed.name = format!("{} of {}", base.name, submit.job_name);
        changed.retry = conditions.unwrap_or(changed.retry);
        changed.consumables = consumables;
        if let Some(Demand { requirements, fargate, nodes, image, .. }) = differs {
            changed = JobDefinition { requirements, fargate, nodes, image, ..changed };
        }
        *definition = self.definitions.add(changed, origin, of_nodes);
        attempts
    }

    /// What a submission locks in all, and what of it is for its nodes: each as its definition
    /// `base` says, unless the submission says it again.
    fn consumables(
        &self,
        submit: &SubmitJob,
        own: Option<&Demand>,
        base: &JobDefinition,
        of_nodes: &[ConsumableNeed],
        path: &Path,
        report: &mut Report,
    ) -> (Vec<ConsumableNeed>, Vec<ConsumableNeed>) {
        let said = submit.consumable_resource_properties_override.as_ref();
        let said = said.map(|said| {
            let path = path.key("consumableResourcePropertiesOverride");
            consumable::needs(said, self.raw, &path, report)
        });
        let own = own.filter(|_| submit.node_overrides.is_some());
        let nodes = own.map(|own| consumable::of_nodes(&own.locks, self.raw, report));
        if said.is_none() && nodes.is_none() {
            return (base.consumables.clone(), of_nodes.to_vec());
        }
        let said = said.unwrap_or_else(|| consumable::without(&base.consumables, of_nodes));
        let nodes = nodes.unwrap_or_else(|| of_nodes.to_vec());
        (consumable::sum(&said, &nodes), nodes)
    }

    fn can_be_held(
        &self,
        submit: &SubmitJob,
        queue: JobQueueId,
        (platform, requirements): (Platform, Requirements),
        nodes: Option<&NodeProperties>,
        path: &Path,
        report: &mut Report,
    ) {
        let Some(feasibility) = &self.feasibility else { return };
        let name = names::last_segment(&submit.job_definition);
        if let Some(complaint) = feasibility.wrong_platform(queue.index(), platform, name) {
            report.error(&path.key("jobQueue"), complaint);
            return;
        }
        let found = match nodes {
            Some(nodes) => feasibility.complaint_about_nodes(queue.index(), nodes, name),
            None => feasibility.complaint(queue.index(), requirements, name),
        };
        if let Some(complaint) = found {
            self.report_infeasible(complaint, path, &path.key("jobDefinition"), report);
        }
    }

    /// A job that nothing can hold is an error at `place`, or a warning where that is wanted.
    fn report_infeasible(
        &self,
        complaint: Complaint,
        entry: &Path,
        place: &Path,
        report: &mut Report,
    ) {
        if self.raw.infeasible_jobs == InfeasibleJobs::AsOnAws {
            let change = complaint.hint.unwrap_or_default();
            report.warn(entry, &format!("{}, so it stays RUNNABLE; {change}", complaint.message));
            return;
        }
        let hint = complaint.hint.clone().unwrap_or_default();
        let hint = format!("{hint}; infeasibleJobs: asOnAws lets it block its queue as AWS would");
        report.error(place, complaint.hint(hint));
    }
}

/// Whether the rows of a trace, which ask for amounts of their own, can be jobs of a definition.
fn takes_rows(definition: &JobDefinition) -> Result<(), Complaint> {
    let name = &definition.name;
    if definition.platform == Platform::Fargate {
        let text = format!("{name} is for Fargate, which rows of a trace have no size for");
        let hint = "name a definition for EC2, or submit jobs of this one with submit entries";
        return Err(Complaint::new(text).hint(hint));
    }
    if definition.nodes.is_some() {
        let complaint = Complaint::new(format!("{name} is of several nodes, and a row is of one"));
        let hint = "name a definition of type container; tooLarge: multinode splits rows that are \
            wider than any instance";
        return Err(complaint.hint(hint));
    }
    Ok(())
}

/// Handles of rows count from here: an entry of `submit` has its position as its handle, and no
/// trace has as many rows as lie between those of two entries.
const fn first_handle(entry: usize) -> u64 {
    (entry as u64 + 1) << 40
}

/// A job that hands more than so many tags to its task is FAILED (behaviour 1.1).
const MOST_TAGS: usize = 50;

fn check_tags(
    definition: &raw_definition::JobDefinition,
    submit: &SubmitJob,
    path: &Path,
    report: &mut Report,
) {
    let propagates = submit.propagate_tags.or(definition.propagate_tags).unwrap_or(false);
    let more = definition.tags.keys().filter(|key| !submit.tags.contains_key(*key)).count();
    let merged = submit.tags.len() + more;
    if propagates && merged > MOST_TAGS {
        let complaint = Complaint::new(format!(
            "{merged} tags, with those of the definition: AWS fails the job"
        ));
        report.error(&path.key("tags"), complaint.accepted("not more than 50 tags in all"));
    }
}
