//! JobDetail as DescribeJobs prints it (behaviour 10): names, nesting and units are AWS's.
//!
//! Times are milliseconds of the Unix epoch. What was never there is absent, save `startedAt`,
//! which AWS requires and which is 0 for a job that never ran.

use super::account::{Run, resource_requirements};
use super::array::Array;
use super::containers::{self, Containers};
use super::live::{Job, State, Who};
use super::nodes::{NodeDetails, need_of};
use super::place::Placement;
use crate::batch::dependency::{self, JobHandle, Links};
use crate::world::record::JobStatus;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// Of an array of which a child has failed (behaviour 2.2).
const CHILD_FAILED: &str = "Array Child Job failed";

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct JobDetail<'a> {
    pub(super) job_arn: String,
    job_name: String,
    job_id: String,
    job_queue: &'a str,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    share_identifier: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scheduling_priority: Option<u16>,
    attempts: Vec<Attempt>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status_reason: Option<String>,
    created_at: i64,
    retry_strategy: RetryStrategy<'a>,
    started_at: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    stopped_at: Option<i64>,
    depends_on: &'a [Dependency],
    job_definition: &'a str,
    parameters: BTreeMap<&'a str, &'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    container: Option<Container<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    node_details: Option<NodeDetails>,
    #[serde(skip_serializing_if = "Option::is_none")]
    node_properties: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    array_properties: Option<ArrayProperties>,
    #[serde(skip_serializing_if = "Option::is_none")]
    timeout: Option<Timeout>,
    tags: BTreeMap<&'a str, &'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    propagate_tags: Option<bool>,
    platform_capabilities: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ecs_properties: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    eks_properties: Option<Value>,
    eks_attempts: Vec<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_cancelled: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_terminated: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    consumable_resource_properties: Option<&'a Value>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Attempt {
    container: AttemptContainer,
    #[serde(skip_serializing_if = "Option::is_none")]
    started_at: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stopped_at: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status_reason: Option<String>,
    task_properties: Vec<Value>,
}

/// Of a task of several containers, all but the last is said of the task.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AttemptContainer {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) container_instance_arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) task_arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) exit_code: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) log_stream_name: Option<String>,
    pub(super) network_interfaces: [Value; 0],
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Container<'a> {
    image: &'a str,
    resource_requirements: Vec<Requirement>,
    #[serde(flatten)]
    last: Option<AttemptContainer>,
}

#[derive(Debug, Serialize)]
pub(super) struct Requirement {
    pub(super) value: String,
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RetryStrategy<'a> {
    pub(super) attempts: u8,
    pub(super) evaluate_on_exit: Vec<EvaluateOnExit<'a>>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct EvaluateOnExit<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) on_status_reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) on_reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) on_exit_code: Option<&'a str>,
    pub(super) action: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Dependency {
    #[serde(skip_serializing_if = "Option::is_none")]
    job_id: Option<String>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ArrayProperties {
    #[serde(skip_serializing_if = "Option::is_none")]
    status_summary: Option<BTreeMap<&'static str, u32>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status_summary_last_updated_at: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    index: Option<u32>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Timeout {
    attempt_duration_seconds: u64,
}

/// What AWS does not say: all that is ours, under one key.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Extras<'a> {
    pub(super) replication: u32,
    /// As in `jobs.csv`.
    pub(super) job_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) compute_environment: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) instance_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) instance_type: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) availability_zone: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) purchase_option: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cost_usd: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) queue_latency_ms: Option<u64>,
    /// By cause, ms; they sum to the queue latency. Zeros are left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) wait_breakdown: Option<BTreeMap<&'static str, u64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) behind_ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) retry_wait_ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) lost_ms: Option<u64>,
}

#[derive(Serialize)]
struct Line<'a> {
    #[serde(flatten)]
    detail: &'a JobDetail<'a>,
    #[serde(rename = "x-sim")]
    extras: &'a Extras<'a>,
}

impl<'a> JobDetail<'a> {
    /// Of a job of the submission `job`; `array` is given for an array as a whole.
    pub(super) fn new(
        run: &Run<'a>,
        job: &'a Job,
        who: Who,
        state: &State,
        array: Option<&Array>,
    ) -> Self {
        let (account, submission) = (run.account, &job.submission);
        let definition = account.definition(submission.definition);
        let said = account.submit(submission.entry);
        let registered = definition.registered;
        let job_id = run.job_id(who);
        let work = Work::of(run, job, who, state);
        let nodes = job.nodes.as_ref();
        let is_whole = nodes.filter(|_| who.node.is_none());
        let consumables = said.get("consumableResourcePropertiesOverride");
        let consumables = consumables.or_else(|| registered.get("consumableResourceProperties"));
        let propagated = said.get("propagateTags").or_else(|| registered.get("propagateTags"));
        let of_share = submission.share.as_ref().map(|_| submission.scheduling_priority);
        Self {
            job_arn: run.job_arn(&job_id),
            job_name: submission.name.to_string(),
            job_id,
            job_queue: account.queue(submission.queue),
            status: state.status.as_str(),
            share_identifier: submission.share.as_ref().map(|share| share.as_str()),
            scheduling_priority: of_share,
            attempts: work.attempts,
            status_reason: match array {
                // Why its last child ended is nothing to say of the whole.
                Some(_) => (state.status == JobStatus::Failed).then(|| CHILD_FAILED.to_owned()),
                None => account.status_reason(state.reason),
            },
            created_at: account.epoch_ms(state.created),
            retry_strategy: match submission.attempts {
                Some(attempts) => RetryStrategy { attempts, evaluate_on_exit: Vec::new() },
                None => definition.retry.clone(),
            },
            started_at: state.started.map_or(0, |time| account.epoch_ms(time)),
            stopped_at: state.stopped.map(|time| account.epoch_ms(time)),
            depends_on: if who.node.is_some() { &[] } else { &job.depends_on },
            job_definition: &definition.arn,
            parameters: parameters(registered, said),
            container: work.container,
            node_details: nodes.zip(who.node).map(|(nodes, node)| nodes.details(node)),
            node_properties: is_whole.map(|nodes| nodes.properties(definition, submission, said)),
            array_properties: array_properties(run, who, state, array),
            timeout: submission
                .timeout
                .map(|timeout| Timeout { attempt_duration_seconds: timeout.as_millis() / 1_000 }),
            tags: texts(&said["tags"]),
            propagate_tags: propagated.and_then(Value::as_bool),
            platform_capabilities: work.platform.into_iter().collect(),
            ecs_properties: work.task,
            eks_properties: work.pod,
            eks_attempts: work.eks_attempts,
            is_cancelled: state.ends.cancelled.then_some(true),
            is_terminated: state.ends.terminated.then_some(true),
            consumable_resource_properties: consumables,
        }
    }

    /// A line of `jobs.describe.ndjson`.
    pub(super) fn write_line(&self, row: &mut Vec<u8>, extras: &Extras<'_>) {
        write_json(row, &Line { detail: self, extras });
    }
}

/// What runs in a job, and what became of it.
struct Work<'a> {
    attempts: Vec<Attempt>,
    container: Option<Container<'a>>,
    task: Option<Value>,
    pod: Option<Value>,
    eks_attempts: Vec<Value>,
    /// A pod has none.
    platform: Option<&'static str>,
}

impl<'a> Work<'a> {
    fn of(run: &Run<'a>, job: &'a Job, who: Who, state: &State) -> Self {
        let (account, submission) = (run.account, &job.submission);
        let definition = account.definition(submission.definition);
        let said = account.submit(submission.entry);
        // A job of several nodes has the attempts of its main node: the same tasks.
        let nodes = job.nodes.as_ref();
        let is_whole = nodes.is_some() && who.node.is_none();
        let who = Who { node: nodes.map(|nodes| who.node.unwrap_or(nodes.main)), ..who };
        let (registered, said) = match nodes.zip(who.node) {
            Some((nodes, node)) => nodes.described(node, definition, said),
            None => (definition.registered, said),
        };
        let containers = Containers { run, who, definition, registered, said };
        let last = state.placement.as_ref();
        let (task, pod) = (containers.task(last), containers.pod(last));
        let attempt = |placement: &Placement| Attempt {
            container: match &task {
                Some(_) => AttemptContainer::default(),
                None => placement.container(run, who, definition.name),
            },
            started_at: placement.started.map(|time| account.epoch_ms(time)),
            stopped_at: placement.stopped.map(|time| account.epoch_ms(time)),
            status_reason: account.status_reason(placement.reason),
            task_properties: task.iter().map(|_| containers.task_attempt(placement)).collect(),
        };
        let (attempts, eks_attempts) = match &pod {
            Some(_) => {
                (Vec::new(), state.attempts.iter().map(|a| containers.pod_attempt(a)).collect())
            }
            None => (state.attempts.iter().map(attempt).collect(), Vec::new()),
        };
        let platform = pod.is_none().then_some(definition.platform);
        if is_whole {
            // What runs is what its nodes run.
            let (container, task, pod) = (None, None, None);
            return Self { attempts, container, task, pod, eks_attempts, platform };
        }
        let need = match who.node {
            Some(node) => need_of(node, definition, submission),
            None => submission.requirements,
        };
        let container = || Container {
            image: containers::image(registered, definition),
            resource_requirements: resource_requirements(need, definition.fargate),
            last: last.map(|last| last.container(run, who, definition.name)),
        };
        let container = (task.is_none() && pod.is_none()).then(container);
        Self { attempts, container, task, pod, eks_attempts, platform }
    }
}

fn array_properties(
    run: &Run<'_>,
    who: Who,
    state: &State,
    array: Option<&Array>,
) -> Option<ArrayProperties> {
    let none = ArrayProperties {
        status_summary: None,
        status_summary_last_updated_at: None,
        size: None,
        index: who.child,
    };
    match array {
        Some(array) => Some(ArrayProperties {
            status_summary: Some(array.summary(state.status)),
            status_summary_last_updated_at: Some(run.account.epoch_ms(array.updated)),
            size: Some(array.size),
            ..none
        }),
        None => who.child.map(|_| none),
    }
}

/// `parameters`: those of the submission go before the definition's.
fn parameters<'a>(registered: &'a Value, said: &'a Value) -> BTreeMap<&'a str, &'a str> {
    let mut parameters = texts(&registered["parameters"]);
    parameters.extend(texts(&said["parameters"]));
    parameters
}

/// A map of texts, as tags are.
fn texts(value: &Value) -> BTreeMap<&str, &str> {
    let entries = value.as_object().into_iter().flatten();
    entries.filter_map(|(key, value)| Some((key.as_str(), value.as_str()?))).collect()
}

/// `dependsOn` of a submission; `job_id` finds the ids of those that it waits for.
pub(super) fn dependencies(
    links: Option<&Links>,
    job_id: impl Fn(JobHandle) -> Option<String>,
) -> Vec<Dependency> {
    let dependency = |entry: &dependency::Dependency| {
        use dependency::Dependency::{Child, Job, NToN, Sequential};
        let id = entry.handle().and_then(&job_id);
        match entry {
            Job(_) => Dependency { job_id: id, kind: None },
            Child(_, child) => {
                Dependency { job_id: id.map(|id| format!("{id}:{child}")), kind: None }
            }
            NToN(_) => Dependency { job_id: id, kind: Some("N_TO_N") },
            Sequential => Dependency { job_id: None, kind: Some("SEQUENTIAL") },
        }
    };
    links.map(|links| links.depends_on.iter().map(dependency).collect()).unwrap_or_default()
}

/// One line of JSON.
pub(super) fn write_json(row: &mut Vec<u8>, value: &impl Serialize) {
    let written = serde_json::to_writer(&mut *row, value);
    assert!(written.is_ok(), "every key is a text and memory takes every byte: {written:?}");
    row.push(b'\n');
}
