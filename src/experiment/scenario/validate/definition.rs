//! Job definitions and their revisions: what they ask for, models, timeouts (behaviour 4.3).

use super::super::error::{Complaint, Report};
use super::super::path::Path;
use super::super::raw::definition as raw;
use super::super::raw::{Scenario, model};
use super::super::source::Files;
use super::{consumable, demand, distribution, names, retry, staging};
use crate::batch::consumable::ConsumableNeed;
use crate::batch::job_definition::{Failure, JobDefinition, JobDefinitionId, JobModel, Platform};
use crate::sim::SimDuration;

/// The definitions of a scenario, as many as there are active revisions, and more for traces.
#[derive(Debug, Default)]
pub(super) struct Definitions {
    /// By id.
    pub(super) list: Vec<JobDefinition>,
    /// By id.
    pub(super) origins: Vec<DefinitionOrigin>,
    /// By id: what of its consumables is for nodes.
    pub(super) of_nodes: Vec<Vec<ConsumableNeed>>,
    revisions: Vec<Revision>,
}

/// What a definition of the model was registered as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DefinitionOrigin {
    /// `jobDefinitionName`
    pub name: String,
    /// `revision`
    pub revision: u32,
    /// Its position in `jobDefinitions`; `None` for that of a trace, which no file names.
    pub position: Option<usize>,
}

#[derive(Debug)]
struct Revision {
    name: String,
    revision: u32,
    active: bool,
    /// Nothing when the definition is wrong, which is in the report.
    id: Option<JobDefinitionId>,
}

/// What a reference to a definition leads to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
    /// Nothing when the definition is wrong, which is in the report.
    pub(super) id: Option<JobDefinitionId>,
    /// Its position in the file.
    pub(super) position: usize,
}

impl Definitions {
    /// The definition that a name, `name:revision` or ARN means.
    pub(super) fn find(&self, reference: &str) -> Result<Found, Complaint> {
        let (name, asked) = names::revision(reference);
        let of_name = || self.revisions.iter().enumerate().filter(|(_, r)| r.name == name);
        let active = || of_name().filter(|(_, r)| r.active);
        let found = match asked {
            Some(revision) => active().find(|(_, r)| r.revision == revision),
            None => active().max_by_key(|(_, r)| r.revision),
        };
        if let Some((position, Revision { id, .. })) = found {
            return Ok(Found { id: *id, position });
        }
        let revisions: Vec<_> = active().map(|(_, r)| format!("{name}:{}", r.revision)).collect();
        let inactive = of_name().any(|(_, r)| asked.is_none_or(|revision| r.revision == revision));
        if inactive {
            let what = if asked.is_some() { "" } else { "every revision of " };
            let complaint = Complaint::new(format!("{what}{reference} is INACTIVE"));
            return Err(match revisions.is_empty() {
                true => complaint.hint(format!("register {name} again; no revision is ACTIVE")),
                false => complaint.accepted(revisions.join(", ")),
            });
        }
        if asked.is_some() && !revisions.is_empty() {
            let complaint = Complaint::new(format!("there is no job definition {reference}"));
            return Err(complaint.accepted(revisions.join(", ")));
        }
        let mut known: Vec<_> =
            self.revisions.iter().filter(|r| r.active).map(|r| r.name.clone()).collect();
        known.dedup();
        Err(names::unknown("job definition", name, &known))
    }

    /// A definition that no file names: a trace's own, or one with another retry strategy. What is
    /// for nodes is a part of its consumables.
    pub(super) fn add(
        &mut self,
        definition: JobDefinition,
        origin: DefinitionOrigin,
        of_nodes: Vec<ConsumableNeed>,
    ) -> JobDefinitionId {
        self.of_nodes.push(of_nodes);
        self.list.push(definition);
        self.origins.push(origin);
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

/// Every active revision; mistakes go to the report. A container that does not say it stops within
/// `stop_timeout`.
pub(super) fn read(
    raw: &Scenario,
    files: &Files,
    stop_timeout: SimDuration,
    report: &mut Report,
) -> Definitions {
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
        let read = read.map(|(read, of_nodes)| {
            (
                JobDefinition {
                    stop_timeout: definition.ecs_properties.as_ref().and_then(|task| {
                        let path = path.key("ecsProperties");
                        demand::task::stop_timeout(task, read.platform, stop_timeout, &path, report)
                    }),
                    ..read
                },
                of_nodes,
            )
        });
        let origin = DefinitionOrigin { name: name.clone(), revision, position: Some(index) };
        let id = read.map(|(read, of_nodes)| definitions.add(read, origin, of_nodes));
        definitions.revisions.push(Revision { name, revision, active, id });
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

/// A revision, and what of its consumables is for nodes.
fn one(
    raw: &raw::JobDefinition,
    revision: u32,
    scenario: &Scenario,
    files: &Files,
    path: &Path,
    report: &mut Report,
) -> Option<(JobDefinition, Vec<ConsumableNeed>)> {
    let before = report.errors.len();
    let platform = platform(raw, path, report);
    let demand = demand::of_definition(raw, platform, path, report);
    let consumables = raw.consumable_resource_properties.as_ref().map(|properties| {
        consumable::needs(properties, scenario, &path.key("consumableResourceProperties"), report)
    });
    let locks = demand.as_ref().map_or(&[][..], |demand| &demand.locks);
    let of_nodes = consumable::of_nodes(locks, scenario, report);
    let retry = retry::read(&raw.retry_strategy, &path.key("retryStrategy"), report);
    let name = raw.job_definition_name.clone();
    let model = match model_of(&name, revision, scenario) {
        Some((key, model)) => {
            let path = Path::default().key("jobModels").key(key);
            job_model(model, scenario, files, &path, report)
        }
        None => Some(bare_model()),
    };
    if report.errors.len() > before {
        return None;
    }
    let demand::Demand { requirements, fargate, nodes, image, .. } = demand?;
    let definition = JobDefinition {
        name,
        requirements,
        scheduling_priority: raw.scheduling_priority,
        platform,
        fargate,
        nodes,
        consumables: consumable::sum(&consumables.unwrap_or_default(), &of_nodes),
        retry,
        timeout: raw.timeout.as_ref().map(timeout),
        stop_timeout: None,
        image,
        model: model?,
    };
    Some((definition, of_nodes))
}

/// Where its jobs can run: on Fargate when it says nothing else (behaviour 4.3).
fn platform(raw: &raw::JobDefinition, path: &Path, report: &mut Report) -> Platform {
    let path = path.key("platformCapabilities");
    let says = |platform: &str| raw.platform_capabilities.iter().any(|said| said == platform);
    let others = [
        ("eksProperties", raw.eks_properties.is_some() && !raw.platform_capabilities.is_empty()),
        ("nodeProperties", raw.node_properties.is_some() && says("FARGATE")),
    ];
    if let Some((key, _)) = others.iter().find(|(_, said)| *said) {
        let (what, hint) = match *key {
            "eksProperties" => ("say no platform", "leave platformCapabilities out"),
            _ => (
                "do not run on Fargate",
                "leave platformCapabilities out, or write containerProperties or ecsProperties",
            ),
        };
        let complaint = Complaint::new(format!("jobs with {key} {what}"));
        report.key_error(&path, complaint.hint(hint));
        return Platform::Ec2;
    }
    if !says("FARGATE") {
        return Platform::Ec2;
    }
    if says("EC2") {
        report.warn(&path, "its jobs run on EC2 only: a definition for both is not modelled");
        return Platform::Ec2;
    }
    Platform::Fargate
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

/// `timeout` as a length of time.
pub(super) fn timeout(raw: &raw::Timeout) -> SimDuration {
    SimDuration::from_secs(u64::from(raw.attempt_duration_seconds))
}

/// A model of which nothing is said.
pub(super) fn bare_model() -> JobModel {
    let failure = model::Failure::default();
    let failure = Failure { probability: failure.probability, exit_code: failure.exit_code };
    JobModel { runtime: None, image_mib: 0, failure, checkpoint: None, staging: None }
}

fn job_model(
    raw: &model::JobModel,
    scenario: &Scenario,
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
    let checkpoint = raw.checkpoint.as_ref();
    let checkpoint =
        checkpoint.map(|raw| staging::checkpoint(raw, &path.key("checkpoint"), report));
    let sizes = (raw.input_mib, raw.output_mib);
    let shared = raw.shared_file_system.as_deref();
    let staging = staging::staging(sizes, shared, scenario, path, report);
    Some(JobModel { runtime, image_mib: raw.image_mib, failure, checkpoint, staging })
}
