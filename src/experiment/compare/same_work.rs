//! Whether the alternatives were given the same jobs: if not, a difference may be theirs.

use super::Outcome;
use crate::metrics::result::{RunResult, TraceFacts};
use serde_json::Value;

/// One note for each alternative whose jobs are not those of the first.
pub(super) fn notes(outcomes: &[Outcome]) -> Vec<String> {
    let Some((baseline, others)) = outcomes.split_first() else { return Vec::new() };
    let note = |outcome: &Outcome| {
        let differs = what_differs(&baseline.result, &outcome.result)?;
        Some(format!(
            "{} does not do the same work as {}: {differs}, so a difference may be that of the jobs",
            outcome.name, baseline.name
        ))
    };
    others.iter().filter_map(note).collect()
}

fn what_differs(one: &RunResult, other: &RunResult) -> Option<&'static str> {
    let traces = |result: &RunResult, of: fn(&TraceFacts) -> (String, u64)| {
        result.provenance.traces.iter().map(of).collect::<Vec<_>>()
    };
    if workload(one) != workload(other) || job_models(one) != job_models(other) {
        return Some("its workload is another");
    }
    let hash = |trace: &TraceFacts| (trace.hash.clone(), 0);
    if traces(one, hash) != traces(other, hash) {
        return Some("it reads other files");
    }
    let accepted = |trace: &TraceFacts| (String::new(), trace.accepted);
    (traces(one, accepted) != traces(other, accepted))
        .then_some("other rows of its traces are jobs")
}

/// How jobs behave, without where their files are and how their work is saved: it is the same work.
fn job_models(result: &RunResult) -> Value {
    let mut models = result.resolved["jobModels"].clone();
    for model in models.as_object_mut().into_iter().flat_map(|models| models.values_mut()) {
        if let Some(model) = model.as_object_mut() {
            ["checkpoint", "sharedFileSystem"].iter().for_each(|key| drop(model.remove(*key)));
        }
    }
    models
}

/// What of a workflow is no work but how its engine goes about it.
const ENGINE: [&str; 4] = ["client", "pollInterval", "queueSize", "submitRate"];

/// What arrives, without the names of files, which are told apart by their bytes, without who waits
/// for whom, and without the ways of workflow engines.
fn workload(result: &RunResult) -> Value {
    let mut workload = result.resolved["workload"].clone();
    for entry in workload.as_array_mut().into_iter().flatten() {
        if let Some(trace) = entry.get_mut("trace").and_then(Value::as_object_mut) {
            trace.remove("file");
        }
        if let Some(submit) = entry.get_mut("submit").and_then(Value::as_object_mut) {
            submit.remove("dependsOn");
        }
        if let Some(workflow) = entry.get_mut("workflow").and_then(Value::as_object_mut) {
            workflow.remove("file");
            ENGINE.iter().for_each(|key| drop(workflow.remove(*key)));
        }
    }
    workload
}
