//! What can be said of a scenario before it is run: how much arrives, and what it costs at least.
//!
//! Reads traces to their end and draws the arrivals of replication 0; simulates nothing. The tasks
//! of a workflow arrive as early as the run times before them and the engine's polls allow, so its
//! critical path bounds the makespan. Work is what run times say: recorded ones as they are, drawn
//! ones by the mean of their distribution, each once, without retries, on the fastest machine.
//! Invariant: if every job runs to its end, the bounds are bounds, whatever the strategy and the
//! profile; where that can not be taken for granted, there are none ([`NoBounds`]). Spot may take
//! back a job's last attempt: that is left to the reader.

mod cost;
mod makespan;
mod nodes;
mod run_time;

use super::embedded::CarriedFile;
use super::holds::{self, Hold};
use super::replicate::{ReplicateError, open_streamed, warnings};
use super::scenario::Scenario;
use crate::sim::{ArrivalSource, SimDuration, SimTime};
use crate::workload::Tally;
use crate::workload::spec::{SourceSpec, WorkflowSpec};
use crate::workload::submission::JobSubmission;
use crate::world::RunKey;
use crate::world::config::WorldConfig;
use cost::CheapestHours;
use makespan::Earliest;
use nodes::Nodes;
use run_time::RunTimes;

/// A scenario before it is run. Plain data.
#[derive(Clone, Debug, PartialEq)]
pub struct Estimate {
    /// SubmitJob calls, accepted rows of traces and tasks of workflows.
    pub submissions: u64,
    /// Jobs and array children.
    pub jobs: u64,
    /// Those of them whose run time is drawn.
    pub drawn_jobs: u64,
    /// Those of them whose distribution has no finite mean; their work counts as none.
    pub jobs_without_mean: u64,
    /// vCPU-hours of all jobs, each run once.
    pub vcpu_hours: f64,
    /// From the first arrival to the last arrival or the earliest end of a job.
    pub span_s: f64,
    /// What one replication costs and lasts at least.
    pub bounds: Result<Bounds, NoBounds>,
    /// What the user should know before the run, as the run would say it.
    pub warnings: Vec<String>,
}

/// Lower bounds if every job runs to its end, in expectation where run times are drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    /// Instances, if every hour of them were filled by the jobs that need it most, and Fargate
    /// tasks; no volumes, no addresses, and no Spot hour that is free because EC2 took the instance
    /// back.
    pub cost_usd: f64,
    /// From the first submission to the last stop.
    pub makespan_s: f64,
}

/// Why there are no lower bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoBounds {
    /// The run may end before its jobs.
    #[error("the horizon may cut jobs off")]
    Horizon,
    /// Jobs may never run, and keep others from running.
    #[error("jobs that no enabled compute environment can hold may block their queue")]
    Infeasible,
    /// Tasks of a workflow may never be submitted.
    #[error("a task of a workflow may fail, and what depends on it is never submitted then")]
    Failing,
    /// What is there, and what it may cost, changes.
    #[error("calls of the API change the account during the run")]
    ApiCalls,
    /// Jobs may be given up.
    #[error("jobStateTimeLimitActions may cancel jobs")]
    Cancelled,
}

/// Looks at everything that arrives.
///
/// # Errors
/// What a run would say of the workload or the market: invalid input.
pub fn estimate(scenario: &Scenario, carried: &[CarriedFile]) -> Result<Estimate, ReplicateError> {
    let key = RunKey { seed: scenario.seed, replication: 0 };
    let mut count = Count::new(scenario)?;
    let mut tallies: Vec<Tally> = Vec::new();
    let sources = open_streamed(scenario, carried, key.workload())?;
    for (spec, mut source) in scenario.workload.iter().zip(sources) {
        if let SourceSpec::Workflow(spec) = spec {
            count.add_workflow(spec);
        } else {
            while let Some(time) = source.next_time()? {
                count.add(time, &source.take());
            }
        }
        tallies.push(source.tally());
    }
    Ok(count.finish(warnings(scenario, &tallies)))
}

/// Why there are none whatever arrives.
fn no_bounds(model: &WorldConfig) -> Option<NoBounds> {
    match model.horizon {
        Some(_) => Some(NoBounds::Horizon),
        None => (!model.api_calls.is_empty()).then_some(NoBounds::ApiCalls),
    }
}

/// The sums on their way.
struct Count<'a> {
    scenario: &'a Scenario,
    holds: Vec<Vec<Hold>>,
    run_times: RunTimes<'a>,
    cost: CheapestHours<'a>,
    earliest: Earliest,
    no_bounds: Option<NoBounds>,
    submissions: u64,
    jobs: u64,
    drawn_jobs: u64,
    jobs_without_mean: u64,
    vcpu_seconds: f64,
}

impl<'a> Count<'a> {
    fn new(scenario: &'a Scenario) -> Result<Self, ReplicateError> {
        let model = &scenario.model;
        let holds = holds::by_queue(
            &model.job_queues,
            &model.compute_environments,
            &model.api_calls,
            &model.catalog,
            &model.profile,
        );
        Ok(Self {
            scenario,
            holds,
            run_times: RunTimes::new(model),
            cost: CheapestHours::new(model),
            earliest: Earliest::new(model.job_queues.len()),
            no_bounds: no_bounds(model),
            submissions: 0,
            jobs: 0,
            drawn_jobs: 0,
            jobs_without_mean: 0,
            vcpu_seconds: 0.0,
        })
    }

    fn add(&mut self, time: SimTime, submission: &JobSubmission) {
        let model = &self.scenario.model;
        if model.horizon.is_some_and(|horizon| time >= SimTime::ZERO + horizon) {
            return;
        }
        let jobs = u64::from(submission.array_size.max(1));
        self.submissions += 1;
        self.jobs += jobs;
        if submission.run_time.is_none() {
            self.drawn_jobs += jobs;
        }
        let run_s = self.run_times.expected_s(submission).unwrap_or_else(|| {
            self.jobs_without_mean += jobs;
            0.0
        });
        let task = model.job_definitions[submission.definition.index()].fargate;
        let longest_s = model.profile.fargate_max.as_secs_f64();
        let run_s = if task.is_some() && longest_s > 0.0 { run_s.min(longest_s) } else { run_s };
        let nodes = Nodes::of(submission, model);
        let (all, least) = match task.map(|task| f64::from(task.size.quarter_vcpus()) / 4.0) {
            Some(vcpus) => (vcpus, vcpus),
            None => (nodes.vcpus as f64, f64::from(nodes.least.vcpus)),
        };
        self.vcpu_seconds += all * run_s * jobs as f64;
        let lasting = jobs * u64::from(nodes.that_last(submission, model));
        let queue = submission.queue.index();
        let vcpu_seconds = least * run_s * lasting as f64;
        self.earliest.add(time, run_s, queue, vcpu_seconds);
        let holds = &self.holds[queue];
        let fits = |hold: &&Hold| nodes.can_run_on(hold, model);
        let kind = nodes.kind(submission.queue);
        let can_run = match task {
            Some(_) => self.cost.add_tasks(submission, run_s, jobs),
            None => self.cost.add(kind, holds.iter().filter(fits), run_s, lasting),
        };
        if !can_run {
            self.no_bounds.get_or_insert(NoBounds::Infeasible);
        } else if !model.job_queues[queue].time_limit_actions.is_empty() {
            self.no_bounds.get_or_insert(NoBounds::Cancelled);
        }
    }

    /// Adds every task of a workflow, at its earliest.
    fn add_workflow(&mut self, spec: &WorkflowSpec) {
        let earliest = spec.dag.earliest(spec.at, spec.poll_interval);
        let definition = &self.scenario.model.job_definitions[spec.definition.index()];
        let mut may_fail = definition.model.failure.probability > 0.0;
        let is_plain =
            !definition.model.has_steps() && self.scenario.model.machine_speeds.is_empty();
        // Where machines are faster a path takes no less than as much of its time.
        let fastest = self.run_times.fastest().max(1.0);
        let scaled = |time: SimTime| {
            let behind = time.since(spec.at).as_millis() as f64 / fastest;
            if fastest > 1.0 { spec.at + SimDuration::from_millis(behind as u64) } else { time }
        };
        for (task, time) in earliest.into_iter().enumerate() {
            let job = spec.submission(task as u32);
            let is_short = is_plain && definition.timeout >= job.run_time;
            may_fail |= definition.timeout.is_some() && !is_short;
            self.add(scaled(time), &job);
        }
        if may_fail {
            self.no_bounds.get_or_insert(NoBounds::Failing);
        }
    }

    fn finish(self, warnings: Vec<String>) -> Estimate {
        let bounds = Bounds {
            cost_usd: self.cost.at_least_usd(),
            makespan_s: self.earliest.makespan_s(&self.scenario.model),
        };
        Estimate {
            submissions: self.submissions,
            jobs: self.jobs,
            drawn_jobs: self.drawn_jobs,
            jobs_without_mean: self.jobs_without_mean,
            vcpu_hours: self.vcpu_seconds / 3_600.0,
            span_s: self.earliest.span_s(),
            bounds: self.no_bounds.map_or(Ok(bounds), Err),
            warnings,
        }
    }
}
