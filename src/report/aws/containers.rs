//! Tasks and pods: their containers as they were registered, with what a submission says of them
//! instead, and what became of them in an attempt (behaviour 4.4, 10).
//!
//! A job ends with one exit code. It is shown at the first essential container of a task, the first
//! container of a pod: which of them ended the job is not modelled.

use super::account::{Definition, Run};
use super::live::Who;
use super::place::Placement;
use crate::report::csv::instance_name;
use serde_json::{Map, Value, json};

/// One of whose tasks or pods is described.
#[derive(Clone, Copy, Debug)]
pub(super) struct Containers<'a> {
    pub(super) run: &'a Run<'a>,
    pub(super) who: Who,
    pub(super) definition: &'a Definition<'a>,
    /// What describes them: the definition, or a range of its nodes; null where no file says it.
    pub(super) registered: &'a Value,
    /// The submission, or what it says of these nodes; null where no file says it.
    pub(super) said: &'a Value,
}

impl Containers<'_> {
    /// `ecsProperties`, where there are some.
    pub(super) fn task(&self, last: Option<&Placement>) -> Option<Value> {
        let mut properties = task(self.registered, self.said)?;
        let task = properties["taskProperties"].get_mut(0).and_then(Value::as_object_mut);
        let Some(task) = task else { return Some(properties) };
        if let Some(Value::Object(mut ended)) = last.map(|last| self.task_attempt(last)) {
            let outcomes = ended.remove("containers");
            if let Some(Value::Array(containers)) = task.get_mut("containers") {
                add_outcomes(containers, outcomes);
            }
            task.extend(ended);
        }
        Some(properties)
    }

    /// An element of `taskProperties` of an attempt.
    pub(super) fn task_attempt(&self, attempt: &Placement) -> Value {
        let Self { run, who, definition, registered, .. } = *self;
        let registered = &registered["ecsProperties"]["taskProperties"][0];
        let containers = registered["containers"].as_array().map_or(&[][..], Vec::as_slice);
        let main = containers.iter().position(|container| container["essential"] != json!(false));
        let outcome = |(index, container): (usize, &Value)| {
            let name = container["name"].as_str();
            let mut outcome = Map::new();
            insert(&mut outcome, "name", name.map(Into::into));
            let code = attempt.exit_code.filter(|_| main == Some(index));
            insert(&mut outcome, "exitCode", code.map(Into::into));
            let called = name.unwrap_or("default");
            let stream = attempt.log_stream(run, who, definition.name, called);
            insert(&mut outcome, "logStreamName", stream.map(Into::into));
            outcome.insert("networkInterfaces".to_owned(), json!([]));
            Value::Object(outcome)
        };
        let mut task = Map::new();
        let instance = run.container_instance_arn(&attempt.place);
        insert(&mut task, "containerInstanceArn", instance.map(Into::into));
        task.insert("taskArn".to_owned(), attempt.task_arn(run, who).into());
        let outcomes: Vec<Value> = containers.iter().enumerate().map(outcome).collect();
        task.insert("containers".to_owned(), outcomes.into());
        Value::Object(task)
    }

    /// `eksProperties`, where there are some.
    pub(super) fn pod(&self, last: Option<&Placement>) -> Option<Value> {
        let mut properties = pod(self.registered, self.said)?;
        let pod = properties.get_mut("podProperties").and_then(Value::as_object_mut);
        let Some(pod) = pod else { return Some(properties) };
        let Some(last) = last else { return Some(properties) };
        for (key, outcomes) in self.pod_outcomes(last) {
            if let Some(Value::Array(containers)) = pod.get_mut(key) {
                add_outcomes(containers, Some(outcomes));
            }
        }
        let name = self.run.pod_name(self.who, last.attempt);
        pod.insert("podName".to_owned(), name.into());
        pod.insert("nodeName".to_owned(), instance_name(last.place.instance).into());
        Some(properties)
    }

    /// An element of `eksAttempts`.
    pub(super) fn pod_attempt(&self, attempt: &Placement) -> Value {
        let Self { run, who, .. } = *self;
        let account = run.account;
        let mut ended = Map::new();
        for (key, outcomes) in self.pod_outcomes(attempt) {
            ended.insert(key.to_owned(), outcomes);
        }
        ended.insert("eksClusterArn".to_owned(), run.eks_cluster_arn(&attempt.place).into());
        ended.insert("podName".to_owned(), run.pod_name(who, attempt.attempt).into());
        ended.insert("podNamespace".to_owned(), "default".into());
        ended.insert("nodeName".to_owned(), instance_name(attempt.place.instance).into());
        let epoch_ms = |time| Value::from(account.epoch_ms(time));
        insert(&mut ended, "startedAt", attempt.started.map(epoch_ms));
        insert(&mut ended, "stoppedAt", attempt.stopped.map(epoch_ms));
        let reason = account.status_reason(attempt.reason);
        insert(&mut ended, "statusReason", reason.map(Into::into));
        Value::Object(ended)
    }

    /// What became of the containers of a pod, and of those that run before: they have succeeded
    /// when the others run.
    fn pod_outcomes(&self, attempt: &Placement) -> [(&'static str, Value); 2] {
        let pod = &self.registered["eksProperties"]["podProperties"];
        let of = |key: &'static str, code: &dyn Fn(usize) -> Option<i32>| {
            let containers = pod[key].as_array().map_or(&[][..], Vec::as_slice);
            let outcome = |(index, container): (usize, &Value)| {
                let mut outcome = Map::new();
                insert(&mut outcome, "name", container["name"].as_str().map(Into::into));
                insert(&mut outcome, "exitCode", code(index).map(Into::into));
                Value::Object(outcome)
            };
            (key, containers.iter().enumerate().map(outcome).collect::<Vec<_>>().into())
        };
        [
            of("containers", &|index| attempt.exit_code.filter(|_| index == 0)),
            of("initContainers", &|_| attempt.started.map(|_| 0)),
        ]
    }
}

/// `ecsProperties` as they were registered, with what is said of them instead.
pub(super) fn task(registered: &Value, said: &Value) -> Option<Value> {
    let mut properties = registered.get("ecsProperties")?.clone();
    let said = &said["ecsPropertiesOverride"]["taskProperties"][0];
    let task = properties["taskProperties"].get_mut(0);
    if let Some(Value::Array(containers)) = task.and_then(|task| task.get_mut("containers")) {
        for (over, at) in overridden(&said["containers"], containers) {
            containers[at]["resourceRequirements"] = requirements_with(&containers[at], over);
        }
    }
    Some(properties)
}

/// `eksProperties` as they were registered, with what is said of them instead.
pub(super) fn pod(registered: &Value, said: &Value) -> Option<Value> {
    let mut properties = registered.get("eksProperties")?.clone();
    let said = &said["eksPropertiesOverride"]["podProperties"];
    for key in ["containers", "initContainers"] {
        let pod = properties.get_mut("podProperties");
        if let Some(Value::Array(containers)) = pod.and_then(|pod| pod.get_mut(key)) {
            for (over, at) in overridden(&said[key], containers) {
                lay_resources(&mut containers[at], over);
            }
        }
    }
    Some(properties)
}

/// The image of an only container. Those of several ranges of nodes are pulled as one, which is
/// what the definition has.
pub(super) fn image<'a>(registered: &'a Value, definition: &Definition<'a>) -> &'a str {
    registered["container"]["image"].as_str().unwrap_or(definition.image)
}

fn insert(map: &mut Map<String, Value>, key: &str, value: Option<Value>) {
    if let Some(value) = value {
        map.insert(key.to_owned(), value);
    }
}

/// Adds to each container what became of it.
fn add_outcomes(containers: &mut [Value], outcomes: Option<Value>) {
    let Some(Value::Array(outcomes)) = outcomes else { return };
    for (container, outcome) in containers.iter_mut().zip(outcomes) {
        if let (Some(container), Value::Object(outcome)) = (container.as_object_mut(), outcome) {
            container.extend(outcome);
        }
    }
}

/// Each override with the position of the container that it means: the one of its name, or the
/// only one. That there is one was checked when the scenario was read.
fn overridden<'a>(overrides: &'a Value, containers: &[Value]) -> Vec<(&'a Value, usize)> {
    let meant = |over: &Value| match over.get("name") {
        Some(name) => containers.iter().position(|container| container.get("name") == Some(name)),
        None => (containers.len() == 1).then_some(0),
    };
    let overrides = overrides.as_array().map_or(&[][..], Vec::as_slice);
    overrides.iter().filter_map(|over| Some((over, meant(over)?))).collect()
}

/// `resourceRequirements` of a container, those of an override instead of its own of the same type.
fn requirements_with(container: &Value, over: &Value) -> Value {
    let list = |of: &Value| of["resourceRequirements"].as_array().cloned().unwrap_or_default();
    let (mut requirements, said) = (list(container), list(over));
    requirements.retain(|own| said.iter().all(|other| other["type"] != own["type"]));
    requirements.extend(said);
    requirements.into()
}

/// A resource that is said again, as a limit or a request, is wholly as it is said again.
fn lay_resources(container: &mut Value, over: &Value) {
    if let Some(image) = over.get("image") {
        container["image"] = image.clone();
    }
    for kind in ["cpu", "memory", "nvidia.com/gpu"] {
        let said = |key: &str| over["resources"][key].get(kind);
        if said("limits").or(said("requests")).is_none() {
            continue;
        }
        for key in ["limits", "requests"] {
            match (said(key), container["resources"].get_mut(key)) {
                (Some(amount), _) => container["resources"][key][kind] = amount.clone(),
                (None, Some(Value::Object(amounts))) => {
                    amounts.remove(kind);
                }
                (None, _) => {}
            }
        }
    }
}
