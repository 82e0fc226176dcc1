//! The nodes of a multi-node parallel job: each is a job of its own to who asks (behaviour 3).
//!
//! They come into being RUNNABLE with their job and are RUNNABLE again with it; the main one has
//! its states, and those that are left end with it. What becomes of the others in between is told
//! of each.

use super::account::{Definition, resource_requirements};
use super::containers;
use super::live::{Ends, State};
use crate::batch::api_call::JobEnd;
use crate::batch::job_definition::Requirements;
use crate::experiment::scenario::innermost_ranges;
use crate::world::record::{AttemptRecord, JobStatus, StateChange, StatusReason, SubmissionRecord};
use serde::Serialize;
use serde_json::{Value, json};

/// `nodeDetails`
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct NodeDetails {
    pub(super) node_index: u32,
    pub(super) is_main_node: bool,
}

/// The nodes of a job.
#[derive(Debug)]
pub(super) struct Nodes {
    pub(super) main: u32,
    number: u32,
    /// By node.
    said_by: Vec<SaidBy>,
    /// By node; empty until the job is RUNNABLE.
    states: Vec<State>,
}

/// What says what runs on a node, by position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct SaidBy {
    /// Of `nodeRangeProperties`; nothing where each node does what a job of one node would.
    range: Option<usize>,
    /// Of `nodePropertyOverrides`.
    over: Option<usize>,
}

impl Nodes {
    /// Of a submission of this definition; nothing where it is of one node.
    pub(super) fn of(
        submission: &SubmissionRecord,
        definition: &Definition<'_>,
        said: &Value,
    ) -> Option<Self> {
        let registered = definition.nodes.map(|nodes| (nodes.main_node, nodes.num_nodes));
        let equal = (submission.nodes > 0).then_some((0, submission.nodes));
        let (main, number) = equal.or(registered)?;
        let ranges = innermost(ranges_of(definition), number);
        let overrides = innermost(overrides_of(said), number);
        let said_by = ranges.into_iter().zip(overrides);
        let said_by = said_by.map(|(range, over)| SaidBy { range, over }).collect();
        Some(Self { main, number, said_by, states: Vec::new() })
    }

    /// What describes a node: its innermost range, or the definition itself, and what the
    /// submission says of it instead.
    pub(super) fn described<'a>(
        &self,
        node: u32,
        definition: &Definition<'a>,
        said: &'a Value,
    ) -> (&'a Value, &'a Value) {
        let SaidBy { range, over } = self.said_by[node as usize];
        let registered = range.map_or(definition.registered, |at| &ranges_of(definition)[at]);
        let over = match (range, over) {
            (_, Some(at)) => &overrides_of(said)[at],
            (Some(_), None) => &Value::Null,
            (None, None) => said,
        };
        (registered, over)
    }

    /// Their job changes its state: the nodes that do so with it.
    pub(super) fn follow(&mut self, change: &StateChange, ends: Ends) -> Vec<u32> {
        let all = 0..self.number;
        match change.to {
            JobStatus::Runnable if self.states.is_empty() => {
                self.states = all.clone().map(|_| State::new(change, ends)).collect();
                all.collect()
            }
            JobStatus::Runnable => all.filter(|node| self.runs_again(*node, change)).collect(),
            JobStatus::Starting | JobStatus::Running => {
                self.enter(self.main, change);
                vec![self.main]
            }
            status if status.is_final() && !self.states.is_empty() => {
                let main = self.states[self.main as usize].status;
                let had_begun = matches!(main, JobStatus::Starting | JobStatus::Running);
                let left = |node: &u32| !self.states[*node as usize].status.is_final();
                let left: Vec<u32> = all.filter(left).collect();
                for &node in &left {
                    let reason = match node != self.main && had_begun {
                        true => StatusReason::MainNodeEnded,
                        false => change.reason,
                    };
                    self.enter(node, &StateChange { reason, ..*change });
                }
                left
            }
            _ => Vec::new(),
        }
    }

    /// Whether a node is made again for the next attempt: not where it has not begun.
    fn runs_again(&mut self, node: u32, change: &StateChange) -> bool {
        let state = &mut self.states[node as usize];
        if state.status == JobStatus::Runnable {
            return false;
        }
        state.enter(change);
        state.stopped = None;
        true
    }

    /// A node changes its state.
    pub(super) fn enter(&mut self, node: u32, change: &StateChange) {
        if let Some(state) = self.states.get_mut(node as usize) {
            state.enter(change);
        }
    }

    pub(super) fn add_attempt(&mut self, node: u32, record: &AttemptRecord) {
        if let Some(state) = self.states.get_mut(node as usize) {
            state.add_attempt(record);
        }
    }

    pub(super) fn request_end(&mut self, call: &JobEnd) {
        self.states.iter_mut().for_each(|state| state.request_end(call));
    }

    pub(super) fn state(&self, node: u32) -> Option<&State> {
        self.states.get(node as usize)
    }

    /// Those that are jobs by now.
    pub(super) fn all(&self) -> std::ops::Range<u32> {
        0..self.states.len() as u32
    }

    pub(super) fn details(&self, node: u32) -> NodeDetails {
        NodeDetails { node_index: node, is_main_node: node == self.main }
    }

    /// `nodeProperties`: as they were registered, for the nodes that there are; where a submission
    /// overrides nodes, or no range describes them, by runs of nodes that are alike.
    pub(super) fn properties(
        &self,
        definition: &Definition<'_>,
        submission: &SubmissionRecord,
        said: &Value,
    ) -> Value {
        let overridden = overrides_of(said).as_array().is_some_and(|all| !all.is_empty());
        if let Some(registered) = definition.registered.get("nodeProperties")
            && !overridden
        {
            let mut properties = registered.clone();
            properties["numNodes"] = self.number.into();
            return properties;
        }
        let mut runs: Vec<(u32, u32)> = Vec::new();
        let said_by = |node: u32| self.said_by[node as usize];
        for node in 0..self.number {
            match runs.last_mut().filter(|(first, _)| said_by(*first) == said_by(node)) {
                Some((_, last)) => *last = node,
                None => runs.push((node, node)),
            }
        }
        let range = |run| self.range(run, definition, submission, said);
        json!({
            "numNodes": self.number,
            "mainNode": self.main,
            "nodeRangeProperties": runs.into_iter().map(range).collect::<Vec<_>>(),
        })
    }

    /// The range of `nodeRangeProperties` that describes nodes from one to another, which are
    /// alike: as it was registered, with what the submission says instead.
    fn range(
        &self,
        (first, last): (u32, u32),
        definition: &Definition<'_>,
        submission: &SubmissionRecord,
        said: &Value,
    ) -> Value {
        let (registered, over) = self.described(first, definition, said);
        let by = self.said_by[first as usize];
        let mut range = by.range.map_or_else(|| json!({}), |_| registered.clone());
        range["targetNodes"] = format!("{first}:{last}").into();
        if let Some(task) = containers::task(registered, over) {
            range["ecsProperties"] = task;
        } else if let Some(pod) = containers::pod(registered, over) {
            range["eksProperties"] = pod;
        } else {
            let need = need_of(first, definition, submission);
            let container = &mut range["container"];
            container["image"] = containers::image(registered, definition).into();
            container["resourceRequirements"] = json!(resource_requirements(need, None));
            if let Some(container) = container.as_object_mut() {
                // Other keys say it here.
                container.retain(|key, _| !["vcpus", "memory", "instanceType"].contains(&&**key));
            }
        }
        if let Some(name) = definition.nodes.and_then(|nodes| nodes.instance_type.as_ref()) {
            range["instanceTypes"] = json!([name]);
        }
        let locks = by.over.and_then(|_| over.get("consumableResourcePropertiesOverride"));
        if let Some(locks) = locks {
            range["consumableResourceProperties"] = locks.clone();
        }
        range
    }
}

fn ranges_of<'a>(definition: &Definition<'a>) -> &'a Value {
    &definition.registered["nodeProperties"]["nodeRangeProperties"]
}

fn overrides_of(said: &Value) -> &Value {
    &said["nodeOverrides"]["nodePropertyOverrides"]
}

/// By node: the position in a list of the innermost of its `targetNodes` that have it.
fn innermost(list: &Value, number: u32) -> Vec<Option<usize>> {
    let entries = list.as_array().map_or(&[][..], Vec::as_slice);
    let targets = entries.iter().map(|entry| entry["targetNodes"].as_str().unwrap_or_default());
    innermost_ranges(targets, number)
}

/// What a node asks of its instance.
pub(super) fn need_of(
    node: u32,
    definition: &Definition<'_>,
    submission: &SubmissionRecord,
) -> Requirements {
    let groups = definition.nodes.filter(|_| submission.nodes == 0);
    let own = groups.and_then(|nodes| nodes.groups.get(node as usize));
    own.copied().unwrap_or(submission.requirements)
}
