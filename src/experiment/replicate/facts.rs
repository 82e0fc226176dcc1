//! What a result says of itself: names behind ids, what it was made from, what to know about it.

use super::Finished;
use super::{machine_speed, sources};
use crate::batch::compute_environment::ComputeEnvironment;
use crate::ec2::fleet::PurchaseOption;
use crate::experiment::embedded::CarriedFile;
use crate::experiment::scenario::{MarketFile, Scenario};
use crate::metrics::names::Names;
use crate::metrics::result::{
    CatalogFacts, Invocation, Parameter, Provenance, RunResult, ScenarioFacts, TraceFacts,
};
use crate::workload::spec::SourceSpec;
use crate::workload::{Count, Reason, Tally, WorkloadError};
use crate::world::config::WorldConfig;
use crate::world::profile::BaseProfile;
use std::fs::File;
use std::path::Path;

/// The names behind the ids of an account.
pub(super) fn names(model: &WorldConfig) -> Names {
    Names {
        compute_environments: model.compute_environments.iter().map(|c| c.name.clone()).collect(),
        job_queues: model.job_queues.iter().map(|queue| queue.name.clone()).collect(),
        job_definitions: model.job_definitions.iter().map(|d| d.name.clone()).collect(),
        instance_types: model.type_names(),
        zones: model.catalog.zones().to_vec(),
        reasons: model.reasons.clone(),
    }
}

/// By position: the hash of the bytes of a trace or a workflow, nothing where there is neither.
pub(super) fn trace_hashes(
    scenario: &Scenario,
    carried: &[CarriedFile],
) -> Result<Vec<Option<String>>, WorkloadError> {
    let hash = |spec: &SourceSpec| file_and_format(spec).map(|(path, _)| hash_of(path, carried));
    scenario.workload.iter().map(|spec| hash(spec).transpose()).collect()
}

/// The file of a source and how it is written, where it has one.
fn file_and_format(spec: &SourceSpec) -> Option<(&Path, &'static str)> {
    match spec {
        SourceSpec::Submit(_) => None,
        SourceSpec::Trace(spec) => Some((&spec.path, spec.format.name())),
        SourceSpec::Workflow(spec) => Some((&spec.path, spec.format.name())),
    }
}

fn hash_of(path: &Path, carried: &[CarriedFile]) -> Result<String, WorkloadError> {
    let mut hasher = blake3::Hasher::new();
    match sources::bytes(path, carried) {
        Some(bytes) => {
            hasher.update(bytes);
        }
        None => {
            let error = |source| WorkloadError::Open { path: path.into(), source };
            let file = File::open(path).map_err(error)?;
            hasher.update_reader(file).map_err(error)?;
        }
    }
    Ok(hasher.finalize().to_hex().to_string())
}

/// The result of the replications that finished, which are in order.
pub(super) fn result(
    scenario: &Scenario,
    names: Names,
    hashes: Vec<Option<String>>,
    finished: Vec<Finished>,
) -> RunResult {
    let model = &scenario.model;
    let tallies = finished.first().map(|first| first.tallies.as_slice()).unwrap_or_default();
    RunResult {
        scenario: ScenarioFacts {
            name: scenario.name.clone(),
            question: scenario.question.clone(),
            region: model.catalog.region().to_owned(),
            start: scenario.start.to_string(),
            seed: scenario.seed,
            replications: scenario.replications,
            profile: model.profile.base.as_str().to_owned(),
            horizon_ms: model.horizon.map(crate::sim::SimDuration::as_millis),
            warm_up_ms: scenario.warm_up.as_millis(),
        },
        provenance: Provenance {
            catalog: CatalogFacts {
                date: model.catalog.date().to_owned(),
                hash: model.catalog.hash().to_owned(),
            },
            traces: [traces(scenario, hashes, tallies), market_files(scenario)].concat(),
            parameters: parameters(scenario),
        },
        warnings: [warnings(scenario, tallies), given_up(scenario, &finished)].concat(),
        names,
        complete: finished.len() == scenario.replications as usize,
        replications: finished.into_iter().map(|finished| finished.summary).collect(),
        resolved: scenario.resolved.clone(),
        invocation: Invocation::default(),
    }
}

/// Every assumption in force: the profile's, the market's where Spot capacity is bought, and the
/// speed of machines where it is said.
fn parameters(scenario: &Scenario) -> Vec<Parameter> {
    let model = &scenario.model;
    let parameter = |(key, value, evidence): (&str, String, &str)| Parameter {
        key: key.to_owned(),
        value,
        evidence: evidence.to_owned(),
    };
    let mut parameters: Vec<Parameter> =
        model.profile.entries().into_iter().map(parameter).collect();
    let buys_spot =
        |spec: &ComputeEnvironment| spec.purchase == PurchaseOption::Spot && !spec.is_fargate();
    if model.spot_market.is_some() && model.compute_environments.iter().any(buys_spot) {
        let market = scenario.resolved.get("spotMarket").and_then(serde_json::Value::as_object);
        for (key, value) in market.into_iter().flatten() {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let key = format!("spotMarket.{key}");
            parameters.push(parameter((&key, value, "behaviour 9.6")));
        }
    }
    parameters.extend(machine_speed::parameters(scenario));
    parameters
}

/// The traces with what became of their rows, and the workflows with their tasks. Every replication
/// reads the same; which tasks of a workflow are given up is its own affair, and a warning.
fn traces(scenario: &Scenario, hashes: Vec<Option<String>>, tallies: &[Tally]) -> Vec<TraceFacts> {
    let mut traces = Vec::new();
    for (position, hash) in hashes.into_iter().enumerate() {
        let spec = &scenario.workload[position];
        let Some((path, format)) = file_and_format(spec) else { continue };
        let tally = match spec {
            SourceSpec::Workflow(spec) => spec.tally(),
            _ => tallies.get(position).cloned().unwrap_or_default(),
        };
        traces.push(TraceFacts {
            file: file_of(scenario, position, path),
            format: format.to_owned(),
            hash: hash.unwrap_or_default(),
            accepted: tally.accepted,
            skipped: reasons(&tally.skipped),
            rejected: reasons(&tally.rejected),
        });
    }
    traces
}

/// What the Spot market was read from.
fn market_files(scenario: &Scenario) -> Vec<TraceFacts> {
    let facts = |file: &MarketFile| TraceFacts {
        file: file.file.clone(),
        format: file.format.to_owned(),
        hash: file.hash.clone(),
        accepted: file.rows,
        skipped: Vec::new(),
        rejected: Vec::new(),
    };
    scenario.market_files.iter().map(facts).collect()
}

/// The file as the scenario names it: a path of this machine is no part of a result.
pub(super) fn file_of(scenario: &Scenario, position: usize, path: &Path) -> String {
    let entry = &scenario.resolved["workload"][position];
    let named = ["trace", "workflow"].iter().find_map(|kind| entry[kind]["file"].as_str());
    let name = || path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    named.map_or_else(name, str::to_owned)
}

/// By reason; columns with the same fault are one reason.
fn reasons(counts: &[Count]) -> Vec<(String, u64)> {
    let mut reasons: Vec<(String, u64)> = Vec::new();
    for count in counts {
        let reason = count.reason.as_str();
        match reasons.iter_mut().find(|(known, _)| known == reason) {
            Some((_, rows)) => *rows += count.count,
            None => reasons.push((reason.to_owned(), count.count)),
        }
    }
    reasons
}

/// Those of the scenario, then what its traces made of their rows.
pub(super) fn warnings(scenario: &Scenario, tallies: &[Tally]) -> Vec<String> {
    let mut warnings = scenario.warnings.clone();
    warnings.extend(machine_speed::warning(scenario));
    let model = &scenario.model;
    let quotas = &model.quotas;
    let of_instances = quotas.on_demand_vcpus.iter().chain(&quotas.spot_vcpus);
    let given = of_instances.chain(&quotas.fargate_vcpus).any(Option::is_some);
    if model.profile.base == BaseProfile::Aws && !given {
        warnings.push("quotas are not given, so the account's vCPUs are unlimited".to_owned());
    }
    for (position, tally) in tallies.iter().enumerate() {
        let Some((path, _)) = file_and_format(&scenario.workload[position]) else { continue };
        let file = file_of(scenario, position, path);
        if tally.clamped > 0 {
            warnings.push(format!("{file}: {} jobs were shrunk to fit", tally.clamped));
        }
        if tally.split > 0 {
            warnings.push(format!("{file}: {} jobs were split over several nodes", tally.split));
        }
        let too_large = tally.skipped.iter().filter(|count| count.reason == Reason::TooLarge);
        for Count { count, first_line, .. } in too_large {
            warnings.push(format!(
                "{file}: jobs that fit no compute environment of their queue are left out: \
                 {count}, the first in line {first_line}; raise maxvCpus, add a larger type, or \
                 shrink or split them with tooLarge: clamp or multinode"
            ));
        }
    }
    warnings
}

/// What became of workflows in which a task has failed for good: how many replications, and how
/// many tasks of theirs were never submitted.
fn given_up(scenario: &Scenario, finished: &[Finished]) -> Vec<String> {
    let mut warnings = Vec::new();
    for (position, spec) in scenario.workload.iter().enumerate() {
        let SourceSpec::Workflow(spec) = spec else { continue };
        let skipped = finished.iter().map(|one| one.tallies[position].skipped_rows());
        let (replications, tasks) = skipped
            .filter(|tasks| *tasks > 0)
            .fold((0, 0), |(replications, all), tasks| (replications + 1, all + tasks));
        if replications > 0 {
            warnings.push(format!(
                "{}: {tasks} tasks were never submitted, in {replications} of {} replications, as \
                 one that they depend on has failed for good; raise maxRetries, or attempts of a \
                 jobDefinition",
                file_of(scenario, position, &spec.path),
                finished.len()
            ));
        }
    }
    warnings
}
