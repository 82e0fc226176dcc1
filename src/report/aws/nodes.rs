//! The nodes of a multi-node parallel job: each is a job of its own to who asks (behaviour 3).
//!
//! They come into being RUNNABLE with their job and are RUNNABLE again with it; the main one has
//! its states, and those that are left end with it. What becomes of the others in between is told
//! of each.

use super::account::{Definition, resource_requirements};
use super::live::{Ends, State};
use crate::batch::api_call::JobEnd;
use crate::batch::job_definition::Requirements;
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
    /// By node; empty until the job is RUNNABLE.
    states: Vec<State>,
}

impl Nodes {
    /// Of a submission of this definition; nothing where it is of one node.
    pub(super) fn of(submission: &SubmissionRecord, definition: &Definition<'_>) -> Option<Self> {
        let said = definition.nodes.map(|nodes| (nodes.main_node, nodes.num_nodes));
        let equal = (submission.nodes > 0).then_some((0, submission.nodes));
        let (main, number) = equal.or(said)?;
        Some(Self { main, number, states: Vec::new() })
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
    /// overrides nodes, or no file describes them, by what each of them asks for.
    pub(super) fn properties(
        &self,
        definition: &Definition<'_>,
        submission: &SubmissionRecord,
        said: &Value,
    ) -> Value {
        let overrides = said["nodeOverrides"]["nodePropertyOverrides"].as_array();
        let overridden = overrides.is_some_and(|overrides| !overrides.is_empty());
        if let Some(registered) = definition.registered.get("nodeProperties")
            && !overridden
        {
            let mut properties = registered.clone();
            properties["numNodes"] = self.number.into();
            return properties;
        }
        let mut ranges: Vec<(u32, u32, Requirements)> = Vec::new();
        for node in 0..self.number {
            let need = need_of(node, definition, submission);
            match ranges.last_mut().filter(|(.., other)| *other == need) {
                Some((_, last, _)) => *last = node,
                None => ranges.push((node, node, need)),
            }
        }
        let types = definition.nodes.and_then(|nodes| nodes.instance_type.as_ref());
        let range = |(first, last, need): &(u32, u32, Requirements)| {
            json!({
                "targetNodes": format!("{first}:{last}"),
                "container": {
                    "image": definition.image,
                    "resourceRequirements": resource_requirements(*need, None),
                },
                "instanceTypes": types.into_iter().collect::<Vec<_>>(),
            })
        };
        json!({
            "numNodes": self.number,
            "mainNode": self.main,
            "nodeRangeProperties": ranges.iter().map(range).collect::<Vec<_>>(),
        })
    }
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
