//! Workflows: tasks that wait for others, and the engine that submits them as those are done.
//!
//! A format turns a file into a `dag` before the run; the `engine` is the source. A queue or an API
//! is not known here: what the jobs ask for and where they go is the specification's. Invariant: a
//! task is submitted only after all its parents were seen to have succeeded.

mod dag;
mod engine;
mod error;
#[cfg(test)]
mod tests;
mod wfcommons;

pub use dag::{Dag, Task};
pub use error::WorkflowError;

use super::JobSource;
use super::spec::{WorkflowFormat, WorkflowSpec};
use std::io::Read;
use std::path::Path;

/// The workflow as a source, at its start. `position` is its place among the sources of the run.
pub(super) fn open(spec: &WorkflowSpec, position: u32) -> Box<dyn JobSource> {
    Box::new(engine::Engine::new(spec, position))
}

/// Reads a workflow from bytes, plain or gzip; `path` is used in messages only.
///
/// ```
/// use batchcast::workload::spec::WorkflowFormat;
/// let text = r#"{"name": "two", "schemaVersion": "1.5", "workflow": {
///     "specification": {"tasks": [
///         {"name": "split", "id": "a", "parents": [], "children": ["b"]},
///         {"name": "count", "id": "b", "parents": ["a"], "children": []}]},
///     "execution": {"tasks": [{"id": "a", "runtimeInSeconds": 2.5}]}}}"#;
/// let (format, path) = (WorkflowFormat::WfCommons, std::path::Path::new("two.json"));
/// let dag = batchcast::workload::workflow::read(text.as_bytes(), format, path)?;
/// assert_eq!((dag.tasks().len(), dag.children(0)), (2, &[1][..]));
/// assert_eq!(dag.tasks()[0].run_time.as_millis(), 2_500);
/// # Ok::<(), batchcast::workload::workflow::WorkflowError>(())
/// ```
///
/// # Errors
/// When the bytes can not be read or are no workflow: the file, the task and the value are named.
pub fn read(
    reader: impl Read + Send + 'static,
    format: WorkflowFormat,
    path: &Path,
) -> Result<Dag, WorkflowError> {
    match format {
        WorkflowFormat::WfCommons => wfcommons::read(reader, path),
    }
}
