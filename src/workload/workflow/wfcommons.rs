//! WfCommons instances: the JSON of WfFormat 1.4, 1.5 and 1.6.
//!
//! Up to 1.4 a task is one object in `workflow.tasks` and is referred to by its name; from 1.5 on
//! what it waits for stands in `workflow.specification.tasks`, what was measured in
//! `workflow.execution.tasks`, and references are ids. Either end may say a dependency. A core
//! count that is missing is 1, a run time that is missing is 0, a memory of 0 was not measured.
//! Files, machines and commands are not read: moving data is no part of the model.

use super::{Dag, Task, WorkflowError};
use crate::sim::SimDuration;
use crate::workload::input;
use crate::workload::submission::JobName;
use rustc_hash::FxHashMap;
use serde::Deserialize;
use std::io::Read;
use std::path::Path;

/// A hundred years: longer than any run, and far from the end of the clock.
const LONGEST_S: f64 = 3_155_760_000.0;
const BYTES_PER_MIB: f64 = 1_048_576.0;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Instance {
    schema_version: Option<String>,
    workflow: Workflow,
}

#[derive(Deserialize)]
struct Workflow {
    tasks: Option<Vec<OldTask>>,
    specification: Option<List<Specified>>,
    execution: Option<List<Executed>>,
}

#[derive(Deserialize)]
struct List<T> {
    tasks: Vec<T>,
}

/// A task up to 1.4.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OldTask {
    name: String,
    id: Option<String>,
    parents: Option<Vec<String>>,
    children: Option<Vec<String>>,
    runtime_in_seconds: Option<f64>,
    cores: Option<f64>,
    memory_in_bytes: Option<f64>,
}

/// What a task waits for, from 1.5 on.
#[derive(Deserialize)]
struct Specified {
    id: String,
    parents: Option<Vec<String>>,
    children: Option<Vec<String>>,
}

/// What was measured of a task, from 1.5 on.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Executed {
    id: String,
    runtime_in_seconds: Option<f64>,
    core_count: Option<f64>,
    memory_in_bytes: Option<f64>,
}

/// One task of any version, before its references are looked up.
#[derive(Default)]
struct Raw {
    /// What others call it, and what its jobs are called.
    key: String,
    /// What others may call it too.
    alias: Option<String>,
    parents: Vec<String>,
    children: Vec<String>,
    run_time_s: Option<f64>,
    cores: Option<f64>,
    memory_bytes: Option<f64>,
}

/// Reads an instance; `path` is used in messages only.
pub(super) fn read(reader: impl Read + Send + 'static, path: &Path) -> Result<Dag, WorkflowError> {
    let mut bytes = Vec::new();
    let read = input::decompress(reader, path)?.read_to_end(&mut bytes);
    read.map_err(|error| {
        let lines = bytes.iter().filter(|byte| **byte == b'\n').count();
        input::read_error(path, lines as u64, error)
    })?;
    let file = File { path };
    let raw = file.tasks(file.instance(&bytes)?)?;
    file.dag(raw)
}

struct File<'a> {
    path: &'a Path,
}

impl File<'_> {
    fn instance(&self, bytes: &[u8]) -> Result<Instance, WorkflowError> {
        let json = |place: String, problem: String| {
            let place =
                if matches!(place.as_str(), "." | "?") { "the file".to_owned() } else { place };
            WorkflowError::Json { path: self.path.into(), place, problem }
        };
        let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let mut parser = serde_json::Deserializer::from_slice(text);
        let instance = serde_path_to_error::deserialize(&mut parser)
            .map_err(|error| json(error.path().to_string(), error.inner().to_string()))?;
        parser.end().map_err(|error| json("the end".to_owned(), error.to_string()))?;
        Ok(instance)
    }

    /// The tasks, in the order of the file.
    fn tasks(&self, instance: Instance) -> Result<Vec<Raw>, WorkflowError> {
        let workflow = instance.workflow;
        let (place, tasks) = match instance.schema_version.as_deref() {
            Some("1.4") => {
                let tasks = workflow.tasks.unwrap_or_default();
                ("workflow.tasks", tasks.into_iter().map(Raw::from).collect())
            }
            Some("1.5" | "1.6") => {
                let tasks = workflow.specification.map(|list| list.tasks).unwrap_or_default();
                let tasks: Vec<Raw> = tasks.into_iter().map(Raw::from).collect();
                let measured = workflow.execution.map(|list| list.tasks).unwrap_or_default();
                ("workflow.specification.tasks", self.measured(tasks, measured)?)
            }
            version => {
                let found = version.unwrap_or("missing").to_owned();
                return Err(WorkflowError::Version { path: self.path.into(), found });
            }
        };
        if tasks.is_empty() {
            return Err(WorkflowError::NoTasks { path: self.path.into(), place });
        }
        Ok(tasks)
    }

    /// Adds what was measured to the tasks that it was measured of.
    fn measured(
        &self,
        mut tasks: Vec<Raw>,
        measured: Vec<Executed>,
    ) -> Result<Vec<Raw>, WorkflowError> {
        let numbers: FxHashMap<String, usize> =
            tasks.iter().enumerate().map(|(number, task)| (task.key.clone(), number)).collect();
        let mut seen = vec![false; tasks.len()];
        for execution in measured {
            let Some(number) = numbers.get(&execution.id) else {
                let problem = "workflow.execution knows it, workflow.specification does not";
                let expected = "one of the tasks that are specified";
                return Err(self.task(&execution.id, problem, expected));
            };
            if std::mem::replace(&mut seen[*number], true) {
                let problem = "it stands in workflow.execution twice";
                return Err(self.task(&execution.id, problem, "each task once"));
            }
            let task = &mut tasks[*number];
            task.run_time_s = execution.runtime_in_seconds;
            task.cores = execution.core_count;
            task.memory_bytes = execution.memory_in_bytes;
        }
        Ok(tasks)
    }

    fn dag(&self, raw: Vec<Raw>) -> Result<Dag, WorkflowError> {
        let numbers = self.numbers(&raw)?;
        let mut edges = Vec::new();
        for (number, task) in raw.iter().enumerate() {
            let known = |kind: &str, reference: &String| {
                numbers.get(reference.as_str()).copied().ok_or_else(|| {
                    let problem = format!("its {kind} {reference} is no task of the workflow");
                    self.task(&task.key, &problem, "a task that the file describes")
                })
            };
            for parent in &task.parents {
                edges.push((known("parent", parent)?, number as u32));
            }
            for child in &task.children {
                edges.push((number as u32, known("child", child)?));
            }
        }
        let tasks: Vec<Task> =
            raw.iter().map(|task| self.validated(task)).collect::<Result<_, _>>()?;
        Dag::new(tasks, edges).map_err(|cycle| {
            let name = |number: u32| raw[number as usize].key.clone();
            let tasks = cycle.into_iter().map(name).collect();
            WorkflowError::Cycle { path: self.path.into(), tasks }
        })
    }

    /// The task behind each reference. Where an alias is the key of another task, the key counts.
    fn numbers<'r>(&self, raw: &'r [Raw]) -> Result<FxHashMap<&'r str, u32>, WorkflowError> {
        let mut numbers = FxHashMap::default();
        for (number, task) in raw.iter().enumerate() {
            if numbers.insert(task.key.as_str(), number as u32).is_some() {
                return Err(self.task(&task.key, "there are two of that id", "ids of their own"));
            }
        }
        let mut aliases: FxHashMap<&str, u32> = FxHashMap::default();
        for (number, task) in raw.iter().enumerate() {
            let Some(alias) = task.alias.as_deref() else { continue };
            if aliases.insert(alias, number as u32).is_some() {
                let problem = format!("there are two of id {alias}");
                return Err(self.task(&task.key, &problem, "ids of their own"));
            }
            numbers.entry(alias).or_insert(number as u32);
        }
        Ok(numbers)
    }

    fn validated(&self, raw: &Raw) -> Result<Task, WorkflowError> {
        let within = |what: &str, value: f64, holds: bool, expected: &'static str| {
            // Very large numbers with an exponent, whole ones without a fraction.
            let value_text = format!("{value:?}");
            let problem = || format!("its {what} is {}", value_text.trim_end_matches(".0"));
            if holds { Ok(value) } else { Err(self.task(&raw.key, &problem(), expected)) }
        };
        let run_time = raw.run_time_s.unwrap_or(0.0);
        let holds = (0.0..=LONGEST_S).contains(&run_time);
        let run_time = within("run time", run_time, holds, "0 to 3155760000 seconds")?;
        let cores = raw.cores.unwrap_or(1.0);
        let holds = cores > 0.0 && cores <= f64::from(u32::MAX);
        let cores = within("number of cores", cores, holds, "more than 0 and below 2^32")?;
        let memory = raw.memory_bytes.unwrap_or(0.0);
        let mib = (memory / BYTES_PER_MIB).ceil();
        let holds = memory >= 0.0 && mib <= f64::from(u32::MAX);
        within("memory", memory, holds, "0 or more bytes, below 2^32 MiB")?;
        // A text is UTF-8, so it is a name.
        let name = JobName::from_bytes(raw.key.as_bytes());
        Ok(Task {
            name: name.unwrap_or_else(|| JobName::Long(raw.key.as_str().into())),
            vcpus: cores.ceil() as u32,
            memory_mib: (mib > 0.0).then_some(mib as u32),
            run_time: SimDuration::from_secs_f64(run_time),
        })
    }

    fn task(&self, task: &str, problem: &str, expected: &'static str) -> WorkflowError {
        let (task, problem) = (task.to_owned(), problem.to_owned());
        WorkflowError::Task { path: self.path.into(), task, problem, expected }
    }
}

impl From<OldTask> for Raw {
    fn from(task: OldTask) -> Self {
        Self {
            key: task.name,
            alias: task.id,
            parents: task.parents.unwrap_or_default(),
            children: task.children.unwrap_or_default(),
            run_time_s: task.runtime_in_seconds,
            cores: task.cores,
            memory_bytes: task.memory_in_bytes,
        }
    }
}

impl From<Specified> for Raw {
    fn from(task: Specified) -> Self {
        Self {
            key: task.id,
            parents: task.parents.unwrap_or_default(),
            children: task.children.unwrap_or_default(),
            ..Self::default()
        }
    }
}
