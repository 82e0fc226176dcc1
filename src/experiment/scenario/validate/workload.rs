//! The entries of `workload`: what each submits, and what it refers to.

mod arrivals;
mod trace;

pub(super) use trace::say_defaults;

use super::super::error::{Complaint, Report};
use super::super::path::Path;
use super::super::raw::aws::{ContainerOverrides, State, SubmitJob};
use super::super::raw::workload::Entry;
use super::super::raw::{InfeasibleJobs, Scenario};
use super::super::source::Files;
use super::definition::{self, Definitions};
use super::feasibility::Feasibility;
use super::{names, retry};
use crate::batch::api_call::{ApiAction, ApiCall, JobQueueUpdate};
use crate::batch::job_definition::{JobDefinition, JobDefinitionId, Requirements};
use crate::batch::job_queue::JobQueueId;
use crate::sim::SimTime;
use crate::workload::spec::{SourceSpec, SubmitSpec};
use crate::workload::submission::{JobName, JobSubmission};
use crate::world::profile::duration_text;

/// What the entries of a workload refer to.
pub(super) struct Reader<'a> {
    pub(super) raw: &'a Scenario,
    pub(super) files: &'a Files,
    pub(super) definitions: &'a mut Definitions,
    pub(super) api_calls: &'a [ApiCall],
    pub(super) max_rejects: f64,
    /// Nothing while compute environments are wrong: what they can hold is not known.
    pub(super) feasibility: Option<Feasibility<'a>>,
}

impl Reader<'_> {
    /// Every source; mistakes go to the report.
    pub(super) fn read(mut self, report: &mut Report) -> Vec<SourceSpec> {
        let list = Path::default().key("workload");
        if self.raw.workload.is_empty() {
            let complaint = Complaint::new("workload is empty, so nothing would happen");
            report.error(&list, complaint.accepted("at least one submit or trace entry"));
        }
        let entries = self.raw.workload.iter().enumerate();
        let mut sources: Vec<SourceSpec> = entries
            .filter_map(|(index, entry)| self.entry(entry, &list.index(index), report))
            .collect();
        // Traces know the names of definitions that later entries make.
        let names: Vec<_> = self.definitions.list.iter().map(|d| d.name.clone()).collect();
        for source in &mut sources {
            if let SourceSpec::Trace(trace) = source {
                trace.definition_names.clone_from(&names);
            }
        }
        sources
    }

    fn entry(&mut self, entry: &Entry, path: &Path, report: &mut Report) -> Option<SourceSpec> {
        match (&entry.submit, &entry.trace) {
            (Some(submit), None) => {
                let arrivals = self.arrivals(entry, path, report);
                let submission = self.submission(submit, &path.key("submit"), report);
                let (submission, arrivals) = (submission?, arrivals?);
                self.is_taken(submission.queue, arrivals.first(), path, report);
                Some(SourceSpec::Submit(SubmitSpec { submission, arrivals }))
            }
            (None, Some(trace)) => {
                if entry.at.is_some() || entry.arrivals.is_some() {
                    let complaint = Complaint::new("a trace has times of its own");
                    report.error(path, complaint.hint("leave out at and arrivals"));
                }
                let trace = self.trace(trace, &path.key("trace"), report)?;
                Some(SourceSpec::Trace(trace))
            }
            _ => {
                let complaint = Complaint::new("an entry is a submit or a trace");
                let accepted = "{submit: {...}, at: 0s}, {submit: {...}, arrivals: {...}} or \
                    {trace: {...}}";
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
        let mut requirements = base.requirements;
        if let Some(overrides) = &submit.container_overrides {
            let path = path.key("containerOverrides");
            apply_overrides(overrides, found.modern, &mut requirements, &path, report);
        }
        let attempts = self.own_retry(submit, &mut definition, path, report);
        let queue = queue?;
        self.can_be_held(submit, queue, requirements, path, report);
        Some(JobSubmission {
            name: JobName::Shared(submit.job_name.as_str().into()),
            queue,
            definition,
            requirements,
            run_time: None,
            array_size: submit.array_properties.as_ref().map_or(0, |array| array.size),
            attempts,
            timeout: submit.timeout.as_ref().map(definition::timeout),
            throttled: true,
        })
    }

    /// A submission's own attempts; with conditions of its own it gets a definition of its own.
    fn own_retry(
        &mut self,
        submit: &SubmitJob,
        definition: &mut JobDefinitionId,
        path: &Path,
        report: &mut Report,
    ) -> Option<u8> {
        let raw = submit.retry_strategy.as_ref()?;
        let retry = retry::read(raw, &path.key("retryStrategy"), report);
        if !retry.evaluate_on_exit.is_empty() {
            let base = self.definitions.list[definition.index()].clone();
            let name = format!("{} of {}", base.name, submit.job_name);
            *definition = self.definitions.add(JobDefinition { name, retry, ..base });
            return None;
        }
        raw.attempts
    }

    fn can_be_held(
        &self,
        submit: &SubmitJob,
        queue: JobQueueId,
        requirements: Requirements,
        path: &Path,
        report: &mut Report,
    ) {
        let Some(feasibility) = &self.feasibility else { return };
        let name = names::last_segment(&submit.job_definition);
        let Some(complaint) = feasibility.complaint(queue.index(), requirements, name) else {
            return;
        };
        if self.raw.infeasible_jobs == InfeasibleJobs::AsOnAws {
            let change = complaint.hint.unwrap_or_default();
            report.warn(path, &format!("{}, so it stays RUNNABLE; {change}", complaint.message));
            return;
        }
        let hint = complaint.hint.clone().unwrap_or_default();
        let hint = format!("{hint}; infeasibleJobs: asOnAws lets it block its queue as AWS would");
        report.error(&path.key("jobDefinition"), complaint.hint(hint));
    }
}

/// `containerOverrides` (behaviour 4.1): the deprecated keys lose against `resourceRequirements`.
fn apply_overrides(
    overrides: &ContainerOverrides,
    modern: bool,
    requirements: &mut Requirements,
    path: &Path,
    report: &mut Report,
) {
    let deprecated = overrides.vcpus.is_some() || overrides.memory.is_some();
    if deprecated && modern {
        let text = "vcpus and memory do not override a definition's resourceRequirements, ignored";
        report.warn(path, text);
    } else {
        requirements.vcpus = overrides.vcpus.unwrap_or(requirements.vcpus);
        requirements.memory_mib = overrides.memory.unwrap_or(requirements.memory_mib);
    }
    definition::apply(&overrides.resource_requirements, requirements, path, report);
    definition::sane(*requirements, path, report);
}
