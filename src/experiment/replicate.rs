//! Replications: one scenario run several times, each with random numbers of its own.
//!
//! Replications share nothing but what is read-only, and results stand in replication order, so
//! the number of threads changes no byte. Knows neither files of results nor the clock on the wall.

mod facts;
mod machine_speed;
mod sources;

use super::embedded::CarriedFile;
use super::scenario::Scenario;
use crate::metrics::names::Names;
use crate::metrics::record_sink::{RecordError, RecordSink};
use crate::metrics::recorder::Recorder;
use crate::metrics::result::RunResult;
use crate::metrics::summary::ReplicationSummary;
use crate::metrics::timeline::Timeline;
use crate::sim::random::RandomKey;
use crate::sim::sampler::SamplerError;
use crate::sim::{SimDuration, SimTime};
use crate::workload::trace::RowFault;
use crate::workload::{JobSource, Tally, WorkloadError};
use crate::world::{RunError, RunKey, TOO_DEAR, Watch};
use sources::{Halted, Sources, Watched};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

/// How replications are run; nothing in here changes a result, but for `samples`.
#[derive(Clone, Copy)]
pub struct Options<'a> {
    /// Worker threads, at least 1.
    pub threads: usize,
    /// The period of state samples; `None` takes none.
    pub samples: Option<SimDuration>,
    /// Files that are not on disk, by the name that the scenario gives them.
    pub carried: &'a [CarriedFile],
    /// Once true, running replications are given up and no more are begun.
    pub stop: &'a AtomicBool,
    /// Told now and then how far the work is, from any thread.
    pub progress: &'a (dyn Fn(Progress) + Sync),
}

/// How far the work is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// So many more submissions were taken from a source of a replication.
    Arrived {
        /// From 0.
        replication: u32,
        /// Since the last report.
        submissions: u64,
        /// Simulated time of the latest.
        time: SimTime,
    },
    /// A replication is done.
    Finished {
        /// From 0.
        replication: u32,
    },
}

/// Why there is no result.
#[derive(Debug, thiserror::Error)]
pub enum ReplicateError {
    /// The workload: invalid input.
    #[error(transparent)]
    Workload(#[from] WorkloadError),
    /// A parameter of the market: invalid input.
    #[error("spotMarket: {0}")]
    Market(#[from] SamplerError),
    /// The bills of a replication come to more than can be told: invalid input.
    #[error("{TOO_DEAR}")]
    Money,
    /// Records could not be written.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// The system gives no threads.
    #[error("{count} threads can not be started: {source}\nhint: ask for fewer with --jobs")]
    Threads {
        /// How many were asked for.
        count: usize,
        /// What the system says.
        source: rayon::ThreadPoolBuildError,
    },
}

impl ReplicateError {
    /// Whether the input is to blame, not the system.
    #[must_use]
    pub const fn is_input(&self) -> bool {
        matches!(self, Self::Workload(_) | Self::Market(_) | Self::Money)
    }
}

/// One replication that ran to its end.
struct Finished {
    summary: ReplicationSummary,
    /// Of every source, in workload order.
    tallies: Vec<Tally>,
}

/// Runs every replication of a scenario; `sink` makes the place for the rows of one.
///
/// When `options.stop` becomes true, the result holds the replications that were done by then and
/// says that it is not complete. `invocation` of the result is left to the caller.
///
/// # Errors
/// [`ReplicateError`], that of the lowest replication: the same at any number of threads.
pub fn replicate<K: RecordSink>(
    scenario: &Scenario,
    options: &Options<'_>,
    sink: &(dyn Fn(u32, &Names) -> K + Sync),
) -> Result<RunResult, ReplicateError> {
    let names = facts::names(&scenario.model);
    let hashes = facts::trace_hashes(scenario, options.carried)?;
    let sources = Sources::prepare(scenario, options.carried)?;
    let (next, failed) = (AtomicU32::new(0), AtomicBool::new(false));
    let outcomes = Mutex::new(Vec::new());
    let work = || loop {
        let replication = next.fetch_add(1, Ordering::Relaxed);
        let enough = failed.load(Ordering::Relaxed) || options.stop.load(Ordering::Relaxed);
        if replication >= scenario.replications || enough {
            break;
        }
        let run = Run { scenario, options, sources: &sources, names: &names, replication };
        let outcome = run.to_the_end(sink(replication, &names));
        match &outcome {
            Ok(Some(_)) => (options.progress)(Progress::Finished { replication }),
            Ok(None) => {}
            Err(_) => failed.store(true, Ordering::Relaxed),
        }
        outcomes.lock().unwrap_or_else(PoisonError::into_inner).push((replication, outcome));
    };
    let count = options.threads.clamp(1, scenario.replications as usize);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(count).build();
    pool.map_err(|source| ReplicateError::Threads { count, source })?.broadcast(|_| work());
    let mut outcomes = outcomes.into_inner().unwrap_or_else(PoisonError::into_inner);
    outcomes.sort_unstable_by_key(|(replication, _)| *replication);
    let mut finished = Vec::new();
    for (_, outcome) in outcomes {
        finished.extend(outcome?);
    }
    Ok(facts::result(scenario, names, hashes, finished))
}

/// Reads every trace of a scenario to its end: what a run would find wrong is found now. Returns
/// what a run would warn of, that of the scenario included.
///
/// # Errors
/// The first error of a trace.
pub fn check_traces(
    scenario: &Scenario,
    carried: &[CarriedFile],
) -> Result<Vec<String>, WorkloadError> {
    Ok(warnings(scenario, &sources::check_traces(scenario, carried)?))
}

/// What the user should know of a scenario whose sources were read so far; `tallies` by position.
pub(super) fn warnings(scenario: &Scenario, tallies: &[Tally]) -> Vec<String> {
    facts::warnings(scenario, tallies)
}

/// Every source of a scenario at its beginning, in workload order, none of them decoded ahead.
pub(super) fn open_streamed(
    scenario: &Scenario,
    carried: &[CarriedFile],
    key: RandomKey,
) -> Result<Vec<Box<dyn JobSource>>, WorkloadError> {
    Sources::streamed(scenario, carried).open(key)
}

/// Shows every row of every trace that is no job, rejected or skipped, in workload and file order,
/// with the trace as the scenario names it.
///
/// Reads each trace to its end once, whatever the horizon, the replications and earlier errors;
/// stops early, without an error, once `stop` is true.
///
/// # Errors
/// The first error of a trace, after the rows of the others were shown too.
pub fn trace_faults(
    scenario: &Scenario,
    carried: &[CarriedFile],
    stop: &AtomicBool,
    show: &mut dyn FnMut(&str, RowFault<'_>),
) -> Result<(), WorkloadError> {
    sources::trace_faults(scenario, carried, stop, show)
}

/// One replication to be run.
struct Run<'a> {
    scenario: &'a Scenario,
    options: &'a Options<'a>,
    sources: &'a Sources<'a>,
    names: &'a Names,
    replication: u32,
}

impl Run<'_> {
    /// `None` when it was stopped on the way.
    fn to_the_end<K: RecordSink>(&self, sink: K) -> Result<Option<Finished>, ReplicateError> {
        let Self { scenario, options, names, replication, .. } = *self;
        let key = RunKey { seed: scenario.seed, replication };
        let watched = |source| Watched::new(source, replication, options);
        let opened = self.sources.open(key.workload())?;
        let mut sources: Vec<Watched<'_>> = opened.into_iter().map(watched).collect();
        let model = &scenario.model;
        let recorder = Recorder::new(names, &model.job_queues, replication, scenario.warm_up);
        let watch = Watch { samples: options.samples, check_invariants: false };
        let mut observer = (recorder, sink);
        match crate::world::run(model, key, watch, &mut sources, &mut observer) {
            Ok(_) => {}
            Err(RunError::Source(Halted::Stopped)) => return Ok(None),
            Err(RunError::Source(Halted::Workload(error))) => return Err(error.into()),
            Err(RunError::Market(error)) => return Err(error.into()),
            Err(RunError::Money) => return Err(ReplicateError::Money),
        }
        let (recorder, sink) = observer;
        sink.finish()?;
        let tallies = sources.iter().map(Watched::tally).collect();
        let mut summary = recorder.into_summary(names);
        if options.samples.is_none() {
            // Zeros that nobody has measured are not drawn.
            summary.timeline = Timeline::default();
        }
        Ok(Some(Finished { summary, tallies }))
    }
}

#[cfg(test)]
mod tests;
