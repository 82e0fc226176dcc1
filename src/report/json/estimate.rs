//! What `run --dry-run --format json` prints.

use super::pretty;
use crate::batch::compute_environment::ComputeEnvironment;
use crate::experiment::estimate::Estimate;
use crate::experiment::scenario::Scenario;
use crate::report::csv::ExpectedFile;
use serde::Serialize;
use serde_json::Value;

/// Raised when a reader could misread it.
const SCHEMA: &str = "batchcast.estimate/1";

/// What a dry run says, in a schema of its own.
///
/// # Errors
/// None in practice: every key is a string.
pub fn estimate(
    scenario: &Scenario,
    estimate: &Estimate,
    files: &[ExpectedFile],
) -> Result<String, serde_json::Error> {
    let model = &scenario.model;
    let environment = |environment: &ComputeEnvironment| EnvironmentFacts {
        name: environment.name.clone(),
        kind: environment.kind(),
        purchase: environment.purchase.as_str(),
        allocation_strategy: environment.strategy().map(|strategy| strategy.name()),
        minv_cpus: environment.min_vcpus,
        maxv_cpus: environment.max_vcpus,
        instance_types: environment.instance_types.len(),
    };
    let bounds = estimate.bounds.ok();
    pretty(&DryRun {
        schema: SCHEMA,
        name: &scenario.name,
        question: scenario.question.as_deref(),
        seed: scenario.seed,
        replications: scenario.replications,
        profile: model.profile.base.as_str(),
        compute_environments: model.compute_environments.iter().map(environment).collect(),
        submissions: estimate.submissions,
        jobs: estimate.jobs,
        drawn_jobs: estimate.drawn_jobs,
        jobs_without_mean: estimate.jobs_without_mean,
        vcpu_hours: estimate.vcpu_hours,
        cost_at_least_usd: bounds.map(|bounds| bounds.cost_usd),
        makespan_at_least_s: bounds.map(|bounds| bounds.makespan_s),
        no_bounds: estimate.bounds.err().map(|why| why.to_string()),
        files,
        warnings: &estimate.warnings,
        resolved: &scenario.resolved,
    })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DryRun<'a> {
    schema: &'static str,
    name: &'a str,
    question: Option<&'a str>,
    seed: u64,
    replications: u32,
    profile: &'static str,
    compute_environments: Vec<EnvironmentFacts>,
    submissions: u64,
    jobs: u64,
    drawn_jobs: u64,
    jobs_without_mean: u64,
    vcpu_hours: f64,
    cost_at_least_usd: Option<f64>,
    makespan_at_least_s: Option<f64>,
    /// Why there are no bounds.
    no_bounds: Option<String>,
    files: &'a [ExpectedFile],
    warnings: &'a [String],
    /// With every default said and every override applied, as in `scenario.resolved.json`.
    resolved: &'a Value,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct EnvironmentFacts {
    name: String,
    #[serde(rename = "type")]
    kind: &'static str,
    purchase: &'static str,
    /// Nothing on Fargate.
    allocation_strategy: Option<&'static str>,
    #[serde(rename = "minvCpus")]
    minv_cpus: u32,
    #[serde(rename = "maxvCpus")]
    maxv_cpus: u32,
    instance_types: usize,
}
