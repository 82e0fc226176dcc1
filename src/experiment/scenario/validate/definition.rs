//! Job definitions and their revisions: requirements (behaviour 4.1), models, timeouts.

use super::super::error::{Complaint, Report};
use super::super::path::Path;
use super::super::raw::aws::{self, ResourceRequirement};
use super::super::raw::{Scenario, model};
use super::super::source::Files;
use super::{distribution, names, retry};
use crate::batch::job_definition::{
    Failure, JobDefinition, JobDefinitionId, JobModel, Requirements,
};
use crate::sim::SimDuration;

/// The definitions of a scenario, as many as there are active revisions, and more for traces.
#[derive(Debug, Default)]
pub(super) struct Definitions {
    /// By id.
    pub(super) list: Vec<JobDefinition>,
    revisions: Vec<Revision>,
}

#[derive(Debug)]
struct Revision {
    name: String,
    revision: u32,
    active: bool,
    /// Whether `resourceRequirements` is used, which the deprecated overrides do not override.
    modern: bool,
    /// Nothing when the definition is wrong, which is in the report.
    id: Option<JobDefinitionId>,
}

/// What a reference to a definition leads to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
    pub(super) id: Option<JobDefinitionId>,
    pub(super) modern: bool,
}

impl Definitions {
    /// The definition that a name, `name:revision` or ARN means.
    pub(super) fn find(&self, reference: &str) -> Result<Found, Complaint> {
        let (name, asked) = names::revision(reference);
        let of_name = self.revisions.iter().filter(|r| r.name == name);
        let found = match asked {
            Some(revision) => of_name.clone().find(|r| r.revision == revision && r.active),
            None => of_name.clone().filter(|r| r.active).max_by_key(|r| r.revision),
        };
        if let Some(Revision { id, modern, .. }) = found {
            return Ok(Found { id: *id, modern: *modern });
        }
        let revisions: Vec<_> =
            of_name.filter(|r| r.active).map(|r| format!("{name}:{}", r.revision)).collect();
        if asked.is_some() && !revisions.is_empty() {
            let complaint = Complaint::new(format!("there is no job definition {reference}"));
            return Err(complaint.accepted(revisions.join(", ")));
        }
        let mut known: Vec<_> =
            self.revisions.iter().filter(|r| r.active).map(|r| r.name.clone()).collect();
        known.dedup();
        Err(names::unknown("job definition", name, &known))
    }

    /// A definition that no file names: a trace's own, or one with another retry strategy.
    pub(super) fn add(&mut self, definition: JobDefinition) -> JobDefinitionId {
        self.list.push(definition);
        JobDefinitionId::from_index(self.list.len() - 1)
    }

    /// Earlier revisions are told from the latest by their number.
    fn name_revisions(&mut self) {
        for revision in &self.revisions {
            let of_name = self.revisions.iter().filter(|r| r.name == revision.name && r.active);
            let latest = of_name.map(|r| r.revision).max();
            if let Some(id) = revision.id.filter(|_| latest != Some(revision.revision)) {
                self.list[id.index()].name = format!("{}:{}", revision.name, revision.revision);
            }
        }
    }
}

/// Every active revision; mistakes go to the report.
pub(super) fn read(raw: &Scenario, files: &Files, report: &mut Report) -> Definitions {
    let list = Path::default().key("jobDefinitions");
    let mut definitions = Definitions::default();
    for (index, definition) in raw.job_definitions.iter().enumerate() {
        let path = list.index(index);
        let name = definition.job_definition_name.clone();
        let of_name = definitions.revisions.iter().filter(|r| r.name == name);
        let next = of_name.clone().map(|r| r.revision).max().unwrap_or(0) + 1;
        let revision = definition.revision.unwrap_or(next);
        if of_name.clone().any(|r| r.revision == revision) {
            let complaint = Complaint::new(format!("{name}:{revision} is defined twice"));
            report.error(&path, complaint);
        }
        let active = definition.status == "ACTIVE";
        let read = active.then(|| one(definition, revision, raw, files, &path, report)).flatten();
        let id = read.map(|read| definitions.add(read));
        let modern = !definition.container_properties.resource_requirements.is_empty();
        definitions.revisions.push(Revision { name, revision, active, modern, id });
    }
    definitions.name_revisions();
    let models = Path::default().key("jobModels");
    for name in raw.job_models.keys() {
        if let Err(complaint) = definitions.find(name) {
            report.key_error(&models.key(name), complaint);
        }
    }
    definitions
}

fn one(
    raw: &aws::JobDefinition,
    revision: u32,
    scenario: &Scenario,
    files: &Files,
    path: &Path,
    report: &mut Report,
) -> Option<JobDefinition> {
    let before = report.errors.len();
    let container = &raw.container_properties;
    let properties = path.key("containerProperties");
    let mut requirements = Requirements {
        vcpus: container.vcpus.unwrap_or(0),
        memory_mib: container.memory.unwrap_or(0),
        gpus: 0,
    };
    apply(&container.resource_requirements, &mut requirements, &properties, report);
    sane(requirements, &properties, report);
    let retry = retry::read(&raw.retry_strategy, &path.key("retryStrategy"), report);
    let name = raw.job_definition_name.clone();
    let model = match model_of(&name, revision, scenario) {
        Some((key, model)) => {
            job_model(model, files, &Path::default().key("jobModels").key(key), report)
        }
        None => Some(bare_model()),
    };
    if report.errors.len() > before {
        return None;
    }
    Some(JobDefinition {
        name,
        requirements,
        retry,
        timeout: raw.timeout.as_ref().map(timeout),
        scheduling_priority: raw.scheduling_priority,
        image: container.image.clone(),
        model: model?,
    })
}

/// The model of a revision: one that is its own, else that of its name.
fn model_of<'a>(
    name: &str,
    revision: u32,
    scenario: &'a Scenario,
) -> Option<(&'a String, &'a model::JobModel)> {
    let models = &scenario.job_models;
    let of = |wanted| models.iter().find(|(key, _)| names::revision(key) == (name, wanted));
    of(Some(revision)).or_else(|| of(None))
}

/// Lays `resourceRequirements` over what was required before.
pub(super) fn apply(
    list: &[ResourceRequirement],
    requirements: &mut Requirements,
    path: &Path,
    report: &mut Report,
) {
    let path = path.key("resourceRequirements");
    for (index, entry) in list.iter().enumerate() {
        if list[..index].iter().any(|other| other.kind == entry.kind) {
            report
                .error(&path.index(index), Complaint::new(format!("{} is said twice", entry.kind)));
        }
        match entry.kind.as_str() {
            "VCPU" => requirements.vcpus = entry.value.0,
            "MEMORY" => requirements.memory_mib = entry.value.0,
            _ => requirements.gpus = entry.value.0,
        }
    }
}

/// AWS takes no job without a whole vCPU and 4 MiB (behaviour 4.1).
pub(super) fn sane(requirements: Requirements, path: &Path, report: &mut Report) {
    if requirements.vcpus == 0 {
        let complaint = Complaint::new("no vCPUs are asked for");
        let accepted = "resourceRequirements: [{type: VCPU, value: \"1\"}], 1 or more";
        report.error(path, complaint.accepted(accepted));
    }
    if requirements.memory_mib < 4 {
        let complaint = Complaint::new(format!("{} MiB are asked for", requirements.memory_mib));
        let accepted = "resourceRequirements: [{type: MEMORY, value: \"2048\"}], 4 or more";
        report.error(path, complaint.accepted(accepted));
    }
}

/// `timeout` as a length of time.
pub(super) fn timeout(raw: &aws::Timeout) -> SimDuration {
    SimDuration::from_secs(u64::from(raw.attempt_duration_seconds))
}

/// A model of which nothing is said.
pub(super) fn bare_model() -> JobModel {
    let failure = model::Failure::default();
    let failure = Failure { probability: failure.probability, exit_code: failure.exit_code };
    JobModel { runtime: None, image_mib: 0, failure }
}

fn job_model(
    raw: &model::JobModel,
    files: &Files,
    path: &Path,
    report: &mut Report,
) -> Option<JobModel> {
    if raw.failure.exit_code == 0 {
        let path = path.key("failure").key("exitCode");
        let complaint = Complaint::new("exit code 0 is no failure");
        report.error(&path, complaint.accepted("a whole number other than 0"));
    }
    let runtime = match &raw.runtime {
        None => None,
        Some(raw) => Some(distribution::read(raw, files, &path.key("runtime"), report)?),
    };
    let failure =
        Failure { probability: raw.failure.probability, exit_code: raw.failure.exit_code };
    Some(JobModel { runtime, image_mib: raw.image_mib, failure })
}
