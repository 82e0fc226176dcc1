//! The one kind of source the engine sees, and how a `workload` entry becomes one.

use super::spec::SourceSpec;
use super::submission::JobSubmission;
use super::{Tally, WorkloadError, synthetic, trace, workflow};
use crate::sim::ArrivalSource;
use crate::sim::random::RandomKey;

/// A stream of job submissions in time order, with an account of what it read.
///
/// After an error a source has ended: it answers `None`.
pub trait JobSource: ArrivalSource<Arrival = JobSubmission, Error = WorkloadError> + Send {
    /// What was read so far, read-ahead included; of a synthetic source, what it made; of a
    /// workflow, all its tasks.
    fn tally(&self) -> Tally;

    /// Whether jobs of it may depend on one another, and what they depend on is only found out as
    /// they are read.
    fn has_links(&mut self) -> bool {
        false
    }
}

/// Opens the source that stands at `position` in the `workload` list.
///
/// `key` is the key of the run: synthetic gaps depend on it and on `position` only, so another
/// source beside this one does not shift its arrivals. A workflow is told of the ends of its jobs
/// under `position`, so it must stand there among the sources of the run.
///
/// # Errors
/// When a file can not be opened or its header does not fit, or when an arrival process has a
/// parameter outside its range. Rows are read later, by `next_time`.
pub fn open(
    spec: &SourceSpec,
    key: RandomKey,
    position: u32,
) -> Result<Box<dyn JobSource>, WorkloadError> {
    match spec {
        SourceSpec::Submit(submit) => {
            Ok(Box::new(synthetic::Synthetic::new(submit, key, position)?))
        }
        SourceSpec::Trace(spec) => trace::open(spec),
        SourceSpec::Workflow(spec) => Ok(workflow::open(spec, position)),
    }
}
