//! `manifest.json`, `summary.json`, `comparison.json`, `scenario.resolved.json`: stable key order,
//! two spaces, a line end at the end.
//!
//! Whatever may differ between equal runs stands under `invocation` of the manifest; all other
//! bytes are promised.

mod estimate;

pub use estimate::estimate;

use super::aws::AwsFile;
use crate::experiment::compare::{Compared, Comparison};
use crate::metrics::MODEL_VERSION;
use crate::metrics::across::RunSummary;
use crate::metrics::result::{CatalogFacts, Invocation, Parameter, RunResult, TraceFacts};
use crate::metrics::summary::ReplicationEnd;
use serde::Serialize;

/// What a result folder is written in; raised when a reader could misread it.
pub const SCHEMA: &str = "batchcast.result/1";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Manifest<'a> {
    schema: &'static str,
    complete: bool,
    model_version: u32,
    #[serde(flatten)]
    facts: Facts<'a>,
    /// The files in AWS's shapes, where there are any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    aws: Vec<&'static str>,
    invocation: &'a Invocation,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ComparisonManifest<'a> {
    schema: &'static str,
    complete: bool,
    model_version: u32,
    alternatives: Vec<Alternative<'a>>,
    invocation: &'a Invocation,
}

#[derive(Serialize)]
struct Alternative<'a> {
    name: &'a str,
    #[serde(flatten)]
    facts: Facts<'a>,
}

/// What a result was made from and what it came to, as far as equal runs do not differ in it.
#[derive(Serialize)]
struct Facts<'a> {
    scenario: Scenario<'a>,
    seed: u64,
    replications: Vec<Replication<'a>>,
    catalog: &'a CatalogFacts,
    traces: &'a [TraceFacts],
    parameters: &'a [Parameter],
    warnings: &'a [String],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Scenario<'a> {
    name: &'a str,
    question: Option<&'a str>,
    region: &'a str,
    start: &'a str,
    profile: &'a str,
    replications: u32,
    /// Of the bytes of `scenario.resolved.json`.
    hash: String,
}

#[derive(Serialize)]
struct Replication<'a> {
    replication: u32,
    #[serde(flatten)]
    end: &'a ReplicationEnd,
}

#[derive(Serialize)]
struct Summary<'a> {
    schema: &'static str,
    complete: bool,
    #[serde(flatten)]
    summary: &'a RunSummary,
}

#[derive(Serialize)]
struct Compares<'a> {
    schema: &'static str,
    #[serde(flatten)]
    comparison: &'a Comparison,
}

/// The bytes of `manifest.json` of a run that was written with the files `aws`.
///
/// # Errors
/// None in practice: every key is a string.
pub fn manifest(result: &RunResult, aws: &[AwsFile]) -> Result<String, serde_json::Error> {
    pretty(&Manifest {
        schema: SCHEMA,
        complete: result.complete,
        model_version: MODEL_VERSION,
        facts: facts(result)?,
        aws: aws.iter().map(|file| file.file_name()).collect(),
        invocation: &result.invocation,
    })
}

/// The bytes of the `manifest.json` of a comparison.
///
/// # Errors
/// None in practice: every key is a string.
pub fn comparison_manifest(
    compared: &Compared,
    invocation: &Invocation,
) -> Result<String, serde_json::Error> {
    let mut alternatives = Vec::new();
    for outcome in &compared.outcomes {
        alternatives.push(Alternative { name: &outcome.name, facts: facts(&outcome.result)? });
    }
    let (schema, model_version) = (SCHEMA, MODEL_VERSION);
    pretty(&ComparisonManifest { schema, complete: true, model_version, alternatives, invocation })
}

fn facts(result: &RunResult) -> Result<Facts<'_>, serde_json::Error> {
    let scenario = &result.scenario;
    Ok(Facts {
        scenario: Scenario {
            name: &scenario.name,
            question: scenario.question.as_deref(),
            region: &scenario.region,
            start: &scenario.start,
            profile: &scenario.profile,
            replications: scenario.replications,
            hash: blake3::hash(resolved(result)?.as_bytes()).to_hex().to_string(),
        },
        seed: scenario.seed,
        replications: result
            .replications
            .iter()
            .map(|r| Replication { replication: r.replication, end: &r.end })
            .collect(),
        catalog: &result.provenance.catalog,
        traces: &result.provenance.traces,
        parameters: &result.provenance.parameters,
        warnings: &result.warnings,
    })
}

/// The bytes of `summary.json`.
///
/// # Errors
/// None in practice: every key is a string.
pub fn summary(result: &RunResult, summary: &RunSummary) -> Result<String, serde_json::Error> {
    pretty(&Summary { schema: SCHEMA, complete: result.complete, summary })
}

/// The bytes of `comparison.json`.
///
/// # Errors
/// None in practice: every key is a string.
pub fn comparison(comparison: &Comparison) -> Result<String, serde_json::Error> {
    pretty(&Compares { schema: SCHEMA, comparison })
}

/// The bytes of `scenario.resolved.json`.
///
/// # Errors
/// None in practice: every key is a string.
pub fn resolved(result: &RunResult) -> Result<String, serde_json::Error> {
    pretty(&result.resolved)
}

fn pretty<T: Serialize>(value: &T) -> Result<String, serde_json::Error> {
    let mut text = serde_json::to_string_pretty(value)?;
    text.push('\n');
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::across::summarise;
    use crate::report::test_result::a_result;
    use serde_json::Value;

    fn parsed(text: &str) -> Value {
        assert!(text.ends_with("}\n"));
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn a_manifest_says_what_a_run_was_made_from() {
        let result = a_result(2);
        let manifest = parsed(&manifest(&result, &[]).unwrap());
        assert_eq!(manifest["schema"], "batchcast.result/1");
        assert_eq!(manifest["modelVersion"], MODEL_VERSION);
        assert_eq!(manifest["replications"][1]["stopReason"], "drained");
        assert_eq!(manifest["replications"][1]["digest"].as_str().unwrap().len(), 16);
        assert_eq!(manifest["catalog"]["date"], result.provenance.catalog.date);
        assert_eq!(manifest["parameters"][0]["evidence"], "A");
        let hash = blake3::hash(resolved(&result).unwrap().as_bytes()).to_hex();
        assert_eq!(manifest["scenario"]["hash"], hash.as_str());
    }

    #[test]
    fn equal_runs_differ_only_under_invocation() {
        let (first, mut second) = (a_result(2), a_result(2));
        second.invocation.threads = 7;
        second.invocation.wall_time_s = 3.5;
        let mut first = parsed(&manifest(&first, &[]).unwrap());
        let mut second = parsed(&manifest(&second, &[]).unwrap());
        assert_ne!(first, second);
        first["invocation"].take();
        second["invocation"].take();
        assert_eq!(first, second);
    }

    #[test]
    fn a_summary_lists_every_metric_once_with_its_unit() {
        let result = a_result(3);
        let text = summary(&result, &summarise(&result.replications)).unwrap();
        let summary = parsed(&text);
        let metrics = summary["metrics"].as_object().unwrap();
        assert_eq!(metrics.len(), crate::metrics::metric::METRICS.len());
        let cost = &metrics["cost.total"];
        assert_eq!((cost["unit"].as_str(), cost["n"].as_u64()), (Some("USD"), Some(3)));
        assert!(cost["mean"].as_f64() > Some(0.0) && cost["halfWidth"].as_f64() > Some(0.0));
        assert!(summary["by"]["jobQueue"]["night"]["queueLatency.p95"]["mean"].is_f64());
        assert!(summary["by"]["shareIdentifier"].as_object().unwrap().is_empty());
        assert!(text.find("cost.total") < text.find("queueLatency.mean"));
    }
}
