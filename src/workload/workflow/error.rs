//! Why a file is no workflow: the file, the task, the value, and what would be accepted.

use super::super::WorkloadError;
use std::path::PathBuf;

/// Why a workflow can not be read. A run needs all of it, so none begins.
#[derive(Debug, thiserror::Error)]
pub enum WorkflowError {
    /// The bytes can not be read.
    #[error(transparent)]
    Input(#[from] WorkloadError),
    /// The text is no JSON, or a value in it is of another type.
    #[error("{}: {place}: {problem}", path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// Where, such as `workflow.specification.tasks[3].id`.
        place: String,
        /// What is wrong, with line and column.
        problem: String,
    },
    /// The schema is another one.
    #[error(
        "{}: schemaVersion is {found}; expected 1.4, 1.5 or 1.6\nhint: WfFormat's \
         wfcommons-migrate-instance.py brings an older file to the newest schema",
        path.display()
    )]
    Version {
        /// The file.
        path: PathBuf,
        /// What it says, `missing` when it says nothing.
        found: String,
    },
    /// The place of the tasks holds none.
    #[error("{}: {place} holds no task; expected at least one", path.display())]
    NoTasks {
        /// The file.
        path: PathBuf,
        /// Where tasks were looked for.
        place: &'static str,
    },
    /// Something about one task.
    #[error("{}: task {task}: {problem}; expected {expected}", path.display())]
    Task {
        /// The file.
        path: PathBuf,
        /// Its id, or its name up to schema 1.4.
        task: String,
        /// What is wrong, with the value.
        problem: String,
        /// What would be accepted.
        expected: &'static str,
    },
    /// Tasks that wait for one another.
    #[error(
        "{}: task {} waits for itself: {}; expected a workflow without a cycle",
        path.display(), tasks.first().map_or("", String::as_str), shown(tasks)
    )]
    Cycle {
        /// The file.
        path: PathBuf,
        /// The tasks of one cycle, each a parent of the next, the last a parent of the first.
        tasks: Vec<String>,
    },
}

/// Tasks of a cycle that a message names.
const SHOWN: usize = 6;

/// `a -> b -> a`, with a gap where the cycle is long.
fn shown(tasks: &[String]) -> String {
    let mut names: Vec<&str> = tasks.iter().take(SHOWN).map(String::as_str).collect();
    if tasks.len() > SHOWN {
        names.push("...");
    }
    names.extend(tasks.first().map(String::as_str));
    names.join(" -> ")
}
