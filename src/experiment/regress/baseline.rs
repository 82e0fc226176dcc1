//! `results/baselines/<name>.json`: the fingerprint of a run, to be committed and read by people.
//!
//! Keys that are not known are passed over, so that an older program reads a newer baseline of the
//! same schema.

use super::fault::BaselineError;
use crate::metrics::result::CatalogFacts;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

/// Raised when a reader could misread it.
const SCHEMA: &str = "batchcast.baseline/1";

/// What a metric may move by, relatively, when nothing is known of its noise.
const TOLERANCE: f64 = 0.05;
/// What it may move by at least.
const LEAST_TOLERANCE: f64 = 0.01;

/// The fingerprint of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Baseline {
    /// `batchcast.baseline/1`
    schema: String,
    /// Of the program that made it.
    pub model_version: u32,
    /// The instance types and prices.
    pub catalog: CatalogFacts,
    /// The scenario.
    pub scenario: ScenarioHash,
    /// Its traces, in workload order.
    pub traces: Vec<TraceHash>,
    /// What happened, in replication order.
    pub replications: Vec<ReplicationDigest>,
    /// BLAKE3 of every file of the result folder; of the manifest without its invocation.
    pub files: BTreeMap<String, String>,
    /// Every metric of the summary.
    pub metrics: BTreeMap<String, MetricBaseline>,
}

/// Which scenario, resolved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ScenarioHash {
    /// `name`
    pub name: String,
    /// `seed`
    pub seed: u64,
    /// `replications`
    pub replications: u32,
    /// BLAKE3 of `scenario.resolved.json`.
    pub hash: String,
}

/// Which trace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TraceHash {
    /// As the scenario names it.
    pub file: String,
    /// BLAKE3 of its bytes.
    pub hash: String,
}

/// What happened in a replication.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplicationDigest {
    /// Events handled.
    pub events: u64,
    /// Of all of them in order.
    pub digest: String,
}

/// A metric and how far it may move.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MetricBaseline {
    /// `None` when it was undefined.
    pub mean: Option<f64>,
    /// Of the 95 % interval; `None` below two replications.
    pub half_width: Option<f64>,
    /// Of both.
    pub unit: String,
    /// What it may move by, as a share of the mean, when the run is made from something else.
    pub tolerance: f64,
}

impl MetricBaseline {
    /// A metric that may move as far as chance alone would have moved it.
    #[must_use]
    pub fn new(mean: Option<f64>, half_width: Option<f64>, unit: &str) -> Self {
        let relative = half_width.zip(mean).map(|(half, mean)| half / mean.abs());
        let relative = relative.filter(|relative| relative.is_finite()).unwrap_or(TOLERANCE);
        // Two digits say enough, and a person can read them.
        let tolerance = ((relative * 100.0).ceil() / 100.0).max(LEAST_TOLERANCE);
        Self { mean, half_width, unit: unit.to_owned(), tolerance }
    }
}

impl Baseline {
    /// The fingerprint of a run of this model; files and metrics are the caller's to add.
    #[must_use]
    pub fn new(catalog: CatalogFacts, scenario: ScenarioHash) -> Self {
        Self {
            schema: SCHEMA.to_owned(),
            model_version: crate::metrics::MODEL_VERSION,
            catalog,
            scenario,
            traces: Vec::new(),
            replications: Vec::new(),
            files: BTreeMap::new(),
            metrics: BTreeMap::new(),
        }
    }

    /// The baseline in a file; `None` when there is no file.
    ///
    /// # Errors
    /// When it can not be read, or is no baseline of this schema.
    pub fn read(path: &Path) -> Result<Option<Self>, BaselineError> {
        match fs::read_to_string(path) {
            Ok(text) => Self::parse(&text, path).map(Some),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(BaselineError::Read { path: path.to_owned(), source }),
        }
    }

    /// The baseline that `text` of the file `path` is.
    pub(super) fn parse(text: &str, path: &Path) -> Result<Self, BaselineError> {
        let syntax = |source| BaselineError::Syntax { path: path.to_owned(), source };
        let value: serde_json::Value = serde_json::from_str(text).map_err(syntax)?;
        if value["schema"] != SCHEMA {
            let found = value["schema"].to_string();
            return Err(BaselineError::Schema { path: path.to_owned(), found, known: SCHEMA });
        }
        let wrong = |at: String, message: String| BaselineError::Shape {
            path: path.to_owned(),
            at,
            message,
        };
        let baseline: Self = serde_path_to_error::deserialize(value)
            .map_err(|error| wrong(error.path().to_string(), error.inner().to_string()))?;
        for (name, metric) in &baseline.metrics {
            if metric.tolerance < 0.0 {
                let message = format!("{} is negative, expected 0 or more", metric.tolerance);
                return Err(wrong(format!("metrics.{name}.tolerance"), message));
            }
        }
        Ok(baseline)
    }

    /// Writes the baseline, in place of an earlier one.
    ///
    /// # Errors
    /// When the file or its folder can not be written; an earlier baseline is then as it was.
    pub fn write(&self, path: &Path) -> Result<(), BaselineError> {
        let partial = path.with_extension(format!("partial-{}", std::process::id()));
        let write = || {
            fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))?;
            fs::write(&partial, self.text()?)?;
            fs::rename(&partial, path)
        };
        write().map_err(|source| BaselineError::Write { path: path.to_owned(), source })
    }

    fn text(&self) -> Result<String, serde_json::Error> {
        let mut text = serde_json::to_string_pretty(self)?;
        text.push('\n');
        Ok(text)
    }

    /// Takes over the tolerances of an earlier baseline: they may have been edited.
    pub fn keep_tolerances(&mut self, earlier: &Self) {
        for (name, metric) in &mut self.metrics {
            if let Some(earlier) = earlier.metrics.get(name) {
                metric.tolerance = earlier.tolerance;
            }
        }
    }
}
