//! The sources of a scenario, opened anew for each replication, and how a run is stopped at them.
//!
//! A trace that several replications read, or whose jobs depend on one another, is decoded once
//! and shared; one that is read once, or is too large to share, is streamed. A workflow was read
//! with the scenario.

use super::{Options, Progress, facts};
use crate::experiment::embedded::CarriedFile;
use crate::experiment::scenario::Scenario;
use crate::sim::random::RandomKey;
use crate::sim::{ArrivalSource, Notice, SimTime};
use crate::workload::spec::{SourceSpec, TraceSpec};
use crate::workload::submission::JobSubmission;
use crate::workload::trace::{self, RowFault, SharedTrace};
use crate::workload::{self, JobSource, Tally, WorkloadError};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

/// Submissions between two reports of progress.
const REPORT_EVERY: u64 = 4_096;

/// A source at its beginning or on its way.
type Source = Box<dyn JobSource>;

/// What every replication opens.
pub(super) struct Sources<'a> {
    specs: &'a [SourceSpec],
    carried: &'a [CarriedFile],
    /// By position: the decoded trace, where there is one to share.
    shared: Vec<Option<SharedTrace>>,
}

impl<'a> Sources<'a> {
    /// Decodes the traces that are worth it.
    pub(super) fn prepare(
        scenario: &'a Scenario,
        carried: &'a [CarriedFile],
    ) -> Result<Self, WorkloadError> {
        let decode = |spec: &SourceSpec| match spec {
            SourceSpec::Trace(spec) => match bytes(&spec.path, carried) {
                Some(bytes) => SharedTrace::read_over(bytes, spec, scenario.replications > 1),
                None => SharedTrace::read(spec, scenario.replications > 1),
            },
            _ => Ok(None),
        };
        let shared = scenario.workload.iter().map(decode).collect::<Result<_, _>>()?;
        Ok(Self { specs: &scenario.workload, carried, shared })
    }

    /// For one reading: nothing is decoded ahead.
    pub(super) fn streamed(scenario: &'a Scenario, carried: &'a [CarriedFile]) -> Self {
        let shared = scenario.workload.iter().map(|_| None).collect();
        Self { specs: &scenario.workload, carried, shared }
    }

    /// Every source at its beginning, in workload order.
    pub(super) fn open(&self, key: RandomKey) -> Result<Vec<Source>, WorkloadError> {
        let source = |position: usize| match (&self.specs[position], &self.shared[position]) {
            (_, Some(shared)) => Ok(shared.source()),
            (SourceSpec::Trace(spec), None) => open_trace(spec, self.carried),
            (spec @ (SourceSpec::Submit(_) | SourceSpec::Workflow(_)), None) => {
                workload::open(spec, key, position as u32)
            }
        };
        (0..self.specs.len()).map(source).collect()
    }
}

/// Reads every trace to its end; by position what it read. Of a workflow, which was read with the
/// scenario, its tasks; of other sources nothing.
pub(super) fn check_traces(
    scenario: &Scenario,
    carried: &[CarriedFile],
) -> Result<Vec<Tally>, WorkloadError> {
    let read = |spec: &SourceSpec| {
        let mut source = match spec {
            SourceSpec::Trace(spec) => open_trace(spec, carried)?,
            SourceSpec::Workflow(spec) => return Ok(spec.tally()),
            SourceSpec::Submit(_) => return Ok(Tally::default()),
        };
        while source.next_time()?.is_some() {
            source.take();
        }
        Ok(source.tally())
    };
    scenario.workload.iter().map(read).collect()
}

/// Shows the rows of every trace that are no jobs.
pub(super) fn trace_faults(
    scenario: &Scenario,
    carried: &[CarriedFile],
    stop: &AtomicBool,
    show: &mut dyn FnMut(&str, RowFault<'_>),
) -> Result<(), WorkloadError> {
    let mut first_error = Ok(());
    for (position, spec) in scenario.workload.iter().enumerate() {
        let SourceSpec::Trace(spec) = spec else { continue };
        let file = facts::file_of(scenario, position, &spec.path);
        let mut show = |fault: RowFault<'_>| show(&file, fault);
        first_error = first_error.and(match bytes(&spec.path, carried) {
            Some(bytes) => trace::faults_over(bytes, spec, stop, &mut show),
            None => trace::faults(spec, stop, &mut show),
        });
    }
    first_error
}

fn open_trace(spec: &TraceSpec, carried: &[CarriedFile]) -> Result<Source, WorkloadError> {
    match bytes(&spec.path, carried) {
        Some(bytes) => trace::over(bytes, spec),
        None => trace::open(spec),
    }
}

/// The bytes of a file, where the program carries them.
pub(super) fn bytes(path: &Path, carried: &[CarriedFile]) -> Option<&'static [u8]> {
    carried.iter().find(|file| Path::new(file.name) == path).map(|file| file.bytes)
}

/// Why a source gives no more.
pub(super) enum Halted {
    /// The run was asked to stop.
    Stopped,
    /// The source can not be read.
    Workload(WorkloadError),
}

/// A source that can be stopped and reports progress.
pub(super) struct Watched<'a> {
    source: Source,
    replication: u32,
    stop: &'a AtomicBool,
    progress: &'a (dyn Fn(Progress) + Sync),
    unreported: u64,
    time: SimTime,
}

impl<'a> Watched<'a> {
    pub(super) fn new(source: Source, replication: u32, options: &'a Options<'a>) -> Self {
        let Options { stop, progress, .. } = *options;
        Self { source, replication, stop, progress, unreported: 0, time: SimTime::ZERO }
    }

    /// The account of the source.
    pub(super) fn tally(&self) -> Tally {
        self.source.tally()
    }
}

impl ArrivalSource for Watched<'_> {
    type Arrival = JobSubmission;
    type Error = Halted;

    #[inline]
    fn next_time(&mut self) -> Result<Option<SimTime>, Halted> {
        self.check()?;
        let next = self.source.next_time().map_err(Halted::Workload)?;
        self.time = next.unwrap_or(self.time);
        Ok(next)
    }

    #[inline]
    fn take(&mut self) -> JobSubmission {
        self.unreported += 1;
        if self.unreported == REPORT_EVERY {
            let submissions = std::mem::take(&mut self.unreported);
            let Self { replication, time, .. } = *self;
            (self.progress)(Progress::Arrived { replication, submissions, time });
        }
        self.source.take()
    }

    #[inline]
    fn check(&mut self) -> Result<(), Halted> {
        if self.stop.load(Ordering::Relaxed) { Err(Halted::Stopped) } else { Ok(()) }
    }

    fn notice(&mut self, now: SimTime, notice: Notice) {
        self.source.notice(now, notice);
    }
}
