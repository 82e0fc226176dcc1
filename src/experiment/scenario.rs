//! Scenarios: from a file to a validated account and what arrives in it.
//!
//! The way of a file: `load` makes a value and the place of each part, `include` appends other
//! files, `overrides` sets values, `check` compares keys and types with the schema, `raw` reads the
//! shapes, `validate` looks names up and applies AWS's rules. Every mistake carries its place. A
//! validated [`Scenario`] can not be wrong; knows nothing of how it is run.

mod changes;
mod check;
mod error;
mod inactive;
mod include;
mod keys;
mod load;
mod overrides;
mod path;
mod place;
mod raw;
mod scalar;
mod schema;
mod source;
mod validate;
mod variant;

pub use changes::{Change, changes};
pub use error::{ScenarioError, ScenarioErrors};
pub use place::{SourceSpan, SourceText};
pub use schema::schema;
pub use source::ScenarioSource;
pub use validate::{DefinitionOrigin, MarketFile, Threshold, ThresholdOp, innermost_ranges};
pub use variant::{NAME_RULE, Variant, is_name};

use crate::sim::SimDuration;
use crate::workload::spec::SourceSpec;
use crate::world::config::WorldConfig;
use error::{Complaint, Report};
use load::{Document, Syntax};
use path::Path;
use place::{Extent, Sources, Spot};
use raw::choice;
use serde_json::Value;
use source::{FILE_NAMES, Files};
use std::sync::Arc;

/// A validated scenario.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Its name.
    pub name: String,
    /// The question that the study answers.
    pub question: Option<String>,
    /// Wall time of t = 0.
    pub start: jiff::Timestamp,
    /// Seed of all random numbers.
    pub seed: u64,
    /// Runs with different random numbers, at least 1.
    pub replications: u32,
    /// Statistics leave out what happened before.
    pub warm_up: SimDuration,
    /// The account.
    pub model: Arc<WorldConfig>,
    /// What arrives.
    pub workload: Vec<SourceSpec>,
    /// By [`JobDefinitionId`](crate::batch::job_definition::JobDefinitionId): what each was
    /// registered as.
    pub definition_origins: Vec<DefinitionOrigin>,
    /// The files that the Spot market was read from.
    pub market_files: Vec<MarketFile>,
    /// The files on disk that it was read from: its own, and all that it names.
    pub files: Vec<std::path::PathBuf>,
    /// Bounds on metrics.
    pub thresholds: Vec<Threshold>,
    /// Variants and grids, by override path.
    pub study: Value,
    /// The scenario with every default said and includes and overrides applied; loading it again
    /// gives an equal scenario.
    pub resolved: Value,
    /// Doubts that do not stop a run.
    pub warnings: Vec<String>,
}

impl Scenario {
    /// The names of the study's variants, numbers in them by value.
    #[must_use]
    pub fn variants(&self) -> Vec<String> {
        variant::names(&self.study)
    }
}

/// What a caller changes in a scenario, and how strictly it is read.
#[derive(Clone, Debug, Default)]
pub struct LoadOptions {
    /// Override paths and their values in YAML's flow style, in order.
    pub sets: Vec<(String, String)>,
    /// Makes a variant of it, after `sets` and before what replaces single values.
    pub variant: Option<Variant>,
    /// Keys that are not modelled are errors.
    pub strict: bool,
    /// Replaces `seed`.
    pub seed: Option<u64>,
    /// Replaces `replications`.
    pub replications: Option<u32>,
    /// Replaces `horizon`: a duration, as a scenario would say it.
    pub until: Option<String>,
    /// Share of rejected trace rows that is tolerated, 0.01 unless said.
    pub max_rejects: Option<f64>,
}

/// Share of rejected trace rows that is tolerated by default.
const MAX_REJECTS: f64 = 0.01;

/// Reads and validates a scenario.
///
/// ```
/// use batchcast::experiment::scenario::{LoadOptions, ScenarioSource, load};
/// let value = serde_json::json!({
///     "name": "tiny",
///     "computeEnvironments": [{"computeEnvironmentName": "ce", "computeResources":
///         {"type": "EC2", "maxvCpus": 8, "instanceTypes": ["c6i.large"]}}],
///     "jobQueues": [{"jobQueueName": "q",
///         "computeEnvironmentOrder": [{"order": 1, "computeEnvironment": "ce"}]}],
///     "jobDefinitions": [{"jobDefinitionName": "d",
///         "containerProperties": {"vcpus": 1, "memory": 1024}}],
///     "jobModels": {"d": {"runtime": "90s"}},
///     "workload": [{"submit": {"jobName": "j", "jobQueue": "q", "jobDefinition": "d"}}],
/// });
/// let source = ScenarioSource::Value { value, base: ".".into() };
/// let scenario = load(&source, &LoadOptions { seed: Some(7), ..LoadOptions::default() })?;
/// assert_eq!((scenario.name.as_str(), scenario.seed), ("tiny", 7));
/// # Ok::<(), batchcast::experiment::scenario::ScenarioErrors>(())
/// ```
///
/// # Errors
/// Every mistake that can be told apart, each with its place; none of them leaves anything to run.
pub fn load(source: &ScenarioSource, options: &LoadOptions) -> Result<Scenario, ScenarioErrors> {
    let Opened { mut value, files, default_name, mut report } = open(source)?;
    include::resolve(&mut value, &files, &mut report);
    apply_options(&mut value, options, &mut report);
    report.root = value.clone();
    inactive::cut(&mut value);
    check::check(&mut value, &schema::SCHEMA, options.strict, &mut report);
    report.failed()?;
    let mut raw = match serde_path_to_error::deserialize::<_, raw::Scenario>(value) {
        Ok(raw) => raw,
        Err(error) => {
            // The check lets nothing through that the shapes refuse, so no place is looked for.
            report.error(&Path::default(), Complaint::new(error.to_string()));
            return Err(unexplained(report));
        }
    };
    if raw.name.is_empty() {
        raw.name = default_name;
    }
    let max_rejects = options.max_rejects.unwrap_or(MAX_REJECTS);
    if !(0.0..=1.0).contains(&max_rejects) {
        let complaint = Complaint::new(format!("{max_rejects} is no share of rejected rows"));
        report.error(&Path::default(), complaint.accepted("0 to 1"));
    }
    let validated =
        validate::validate(raw, &files, max_rejects, options.variant.is_some(), &mut report);
    report.failed()?;
    let Some(validated) = validated else { return Err(unexplained(report)) };
    let validate::Validated {
        model,
        workload,
        definition_origins,
        thresholds,
        market_files,
        resolved,
    } = validated;
    Ok(Scenario {
        name: resolved.name.clone(),
        question: resolved.question.clone(),
        start: resolved.start.0,
        seed: resolved.seed,
        replications: resolved.replications,
        warm_up: resolved.warm_up.0,
        model: Arc::new(model),
        workload,
        definition_origins,
        thresholds,
        market_files,
        files: files.on_disk(),
        study: serde_json::to_value(&resolved.study).unwrap_or_default(),
        resolved: serde_json::to_value(&resolved).unwrap_or_default(),
        warnings: report.warnings,
    })
}

/// Never empty: says at least that there is something wrong.
fn unexplained(mut report: Report) -> ScenarioErrors {
    if report.errors.is_empty() {
        report.error(&Path::default(), Complaint::new("the scenario can not be used"));
    }
    ScenarioErrors { errors: report.errors, sources: report.sources.0 }
}

/// A scenario that has been read but not understood.
struct Opened {
    value: Value,
    files: Files,
    default_name: String,
    report: Report,
}

fn open(source: &ScenarioSource) -> Result<Opened, ScenarioErrors> {
    match source {
        ScenarioSource::File(path) => open_file(path, None),
        ScenarioSource::Folder(folder) => {
            let named = |name: &&&str| folder.join(**name).is_file();
            let name = FILE_NAMES.iter().find(named).unwrap_or(&FILE_NAMES[0]);
            open_file(&folder.join(name), folder.file_name().and_then(|name| name.to_str()))
        }
        ScenarioSource::Embedded { name, text, files } => {
            let files = Files::Embedded(files.clone());
            parsed(&format!("{name}/scenario.yaml"), text.clone(), files, name.clone())
        }
        ScenarioSource::Value { value, base } => Ok(Opened {
            value: value.clone(),
            files: Files::folder(base.clone()),
            default_name: "scenario".to_owned(),
            report: Report::new(Sources::default(), Spot::default()),
        }),
    }
}

/// Opens a file; without a folder's name, a scenario is called like its file.
fn open_file(path: &std::path::Path, folder: Option<&str>) -> Result<Opened, ScenarioErrors> {
    let name = path.display().to_string();
    let text = source::read_text(path).map_err(|complaint| {
        let mut sources = Sources::default();
        let source = sources.add(name.clone(), String::new());
        let spot = Spot::leaf(None, Extent { source, start: 0, end: 0 });
        let mut report = Report::new(sources, spot);
        report.error(&Path::default(), complaint);
        unexplained(report)
    })?;
    let base = path.parent().map(std::path::Path::to_path_buf).unwrap_or_default();
    let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or("scenario");
    let default_name = named_like(folder.unwrap_or(stem));
    let files = Files::folder(base);
    files.note(path);
    parsed(&name, text, files, default_name)
}

fn parsed(
    name: &str,
    text: String,
    files: Files,
    default_name: String,
) -> Result<Opened, ScenarioErrors> {
    let mut sources = Sources::default();
    let source = sources.add(name.to_owned(), text.clone());
    let failure = |complaint: Complaint, accepted: &str, at: usize, sources: Sources| {
        let spot = Spot::leaf(None, Extent { source, start: at, end: at });
        let mut report = Report::new(sources, spot);
        report.error(&Path::default(), complaint.accepted(accepted));
        unexplained(report)
    };
    let keys = "a map with computeEnvironments, jobQueues and workload at least";
    let syntax = Syntax::of(name);
    match load::parse(&text, source, syntax) {
        _ if text.trim().is_empty() => {
            let complaint = Complaint::new(format!("{name} is empty"));
            Err(failure(complaint, keys, 0, sources))
        }
        Ok(Document { value, .. }) if !value.is_object() => {
            let complaint = Complaint::new(format!("{name} is not a map of keys"));
            Err(failure(complaint, keys, 0, sources))
        }
        Ok(Document { value, spots }) => {
            Ok(Opened { value, files, default_name, report: Report::new(sources, spots) })
        }
        Err(error) => {
            let accepted = format!("{syntax}, the syntax that the file's extension names");
            Err(failure(error.complaint(""), &accepted, error.at.unwrap_or(0), sources))
        }
    }
}

/// A legal scenario name from the name of a file or folder.
fn named_like(name: &str) -> String {
    let legal = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    let name: String = name.chars().map(|c| if legal(c) { c } else { '-' }).take(100).collect();
    let name = name.trim_start_matches(|c: char| !c.is_ascii_alphanumeric());
    if name.is_empty() { "scenario".to_owned() } else { name.to_owned() }
}

fn apply_options(value: &mut Value, options: &LoadOptions, report: &mut Report) {
    let schema = &schema::SCHEMA;
    for (path, text) in &options.sets {
        overrides::set(value, "--set ", (path, text), schema, report);
    }
    let without_variant = value.clone();
    if let Some(variant) = &options.variant {
        variant::apply(value, variant, schema, report);
    }
    let named = [
        ("--seed ", "seed", options.seed.map(|seed| seed.to_string())),
        ("--replications ", "replications", options.replications.map(|n| n.to_string())),
        ("--until ", "horizon", options.until.clone()),
    ];
    for (lead, path, text) in named {
        let Some(text) = text else { continue };
        let of_variant = value[path].clone();
        overrides::set(value, lead, (path, &text), schema, report);
        if of_variant != without_variant[path] && of_variant != value[path] {
            let of_variant = error::quote(&of_variant);
            let text = format!("the variant's {of_variant} is replaced by {lead}{text}");
            report.warn(&Path::default().key(path), &text);
        }
    }
}
