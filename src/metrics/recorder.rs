//! The observer that turns records into a [`ReplicationSummary`], and checks that they add up.
//!
//! Cost of a job: one histogram count and a handful of additions, no allocation, and no lookup by
//! name but that of its share, where it has one. Memory: O(queues + definitions + environments +
//! types + shares), not O(jobs).

mod outcome;

use super::identities;
use super::job_groups::JobGroups;
use super::names::Names;
use super::summary::Censored;
use super::tally::{InstanceTally, JobTally};
use super::timeline::TimelineBuilder;
use crate::batch::job_queue::JobQueue;
use crate::batch::wait_cause::Waits;
use crate::ec2::fleet::PurchaseOption;
use crate::ec2::money::NanoUsd;
use crate::sim::{SimDuration, SimTime};
use crate::world::observer::Observer;
use crate::world::record::{
    CostLine, CostRecord, CostSource, InstanceRecord, JobCostRecord, JobRecord, JobStatus, RunEnd,
    Sample,
};

/// Accumulates one replication.
#[derive(Clone, Debug)]
pub struct Recorder {
    replication: u32,
    warm_up: SimTime,
    groups: JobGroups,
    /// Filled from the groups at the end, like the two below.
    queues: Vec<JobTally>,
    definitions: Vec<JobTally>,
    /// Jobs by the environment of their last attempt.
    environment_jobs: Vec<JobTally>,
    environments: Vec<InstanceTally>,
    types: Vec<InstanceTally>,
    queue_costs: Vec<NanoUsd>,
    definition_costs: Vec<NanoUsd>,
    /// By line, then source.
    ledger: [[NanoUsd; CostSource::ALL.len()]; CostLine::ALL.len()],
    /// By purchase option: on_demand, spot.
    bills: [NanoUsd; 2],
    waits: Waits,
    censored: Censored,
    censored_waits: Waits,
    /// All jobs, the warm-up's included: succeeded, failed, unfinished.
    ended: [u64; 3],
    warm_up_jobs: u64,
    first_submit: Option<SimTime>,
    last_stop: Option<SimTime>,
    /// vCPU-ms of kept running time of succeeded jobs: all, and those after the warm-up.
    useful_quarter_vcpu_ms: u128,
    measured_quarter_vcpu_ms: u128,
    timeline: TimelineBuilder,
    end: Option<RunEnd>,
}

impl Recorder {
    /// A recorder of replication `replication` (from 0) of a run over the account of `names` and
    /// `queues`. Jobs submitted before `warm_up` stay outside the job metrics.
    #[must_use]
    pub fn new(names: &Names, queues: &[JobQueue], replication: u32, warm_up: SimDuration) -> Self {
        // Made one by one, not cloned: an untouched histogram costs no memory.
        let tallies = |count: usize| (0..count).map(|_| JobTally::default()).collect();
        let environments = names.compute_environments.len();
        Self {
            replication,
            warm_up: SimTime::ZERO + warm_up,
            groups: JobGroups::default(),
            queues: tallies(names.job_queues.len()),
            definitions: tallies(names.job_definitions.len()),
            environment_jobs: tallies(environments),
            environments: vec![InstanceTally::default(); environments],
            types: Vec::new(),
            queue_costs: vec![NanoUsd::ZERO; names.job_queues.len()],
            definition_costs: vec![NanoUsd::ZERO; names.job_definitions.len()],
            ledger: Default::default(),
            bills: Default::default(),
            waits: Waits::default(),
            censored: Censored::default(),
            censored_waits: Waits::default(),
            ended: [0; 3],
            warm_up_jobs: 0,
            first_submit: None,
            last_stop: None,
            useful_quarter_vcpu_ms: 0,
            measured_quarter_vcpu_ms: 0,
            timeline: TimelineBuilder::new(environments, queues),
            end: None,
        }
    }

    /// The sum of some lines over the sources that instances and tasks are billed by.
    fn instance_lines(&self, lines: &[CostLine]) -> NanoUsd {
        let of = |line: &CostLine| {
            let sources = &self.ledger[*line as usize];
            CostSource::HOSTS.into_iter().map(|source| sources[source as usize]).sum::<NanoUsd>()
        };
        lines.iter().map(of).sum()
    }

    fn check_identities(&self, end: &RunEnd) {
        let [succeeded, failed, unfinished] = self.ended;
        identities::jobs_are_conserved(end.submitted, succeeded, failed, unfinished);
        for option in PurchaseOption::ALL {
            let sources = || CostSource::HOSTS.into_iter().filter(|s| s.purchase() == Some(option));
            let of_line = |line: &[NanoUsd; CostSource::ALL.len()]| {
                sources().map(|source| line[source as usize]).sum::<NanoUsd>()
            };
            let ledger = self.ledger.iter().map(of_line).sum();
            identities::ledger_is_the_bills(option.as_str(), ledger, self.bills[option as usize]);
        }
        let attempts = CostLine::OF_ATTEMPTS;
        identities::jobs_pay_for_their_attempts(
            self.queue_costs.iter().copied().sum(),
            self.instance_lines(&attempts),
            self.instance_lines(&[CostLine::FreeFirstHour]),
        );
    }
}

impl Observer for Recorder {
    // Instances say how many attempts they had.
    const ATTEMPTS: bool = false;

    fn job(&mut self, record: &JobRecord) {
        identities::an_ended_job_has_an_end(record);
        identities::waits_sum_to_latency(record);
        let state = match record.status {
            JobStatus::Succeeded => 0,
            JobStatus::Failed => 1,
            _ => 2,
        };
        self.ended[state] += 1;
        self.first_submit = Some(earliest(self.first_submit, record.submitted));
        self.last_stop = self.last_stop.max(record.stopped);
        let kept = record.run.saturating_sub(record.lost + record.checkpoint);
        let useful = kept.as_millis();
        let useful_quarter_vcpu_ms = if record.status == JobStatus::Succeeded {
            u128::from(useful) * u128::from(record.quarter_vcpus)
        } else {
            0
        };
        self.useful_quarter_vcpu_ms += useful_quarter_vcpu_ms;
        self.groups.add_cost(record);
        if record.submitted < self.warm_up {
            self.warm_up_jobs += 1;
            return;
        }
        self.measured_quarter_vcpu_ms += useful_quarter_vcpu_ms;
        self.groups.add(record);
        if record.queue_latency.is_some() {
            self.waits.add_all(&record.waits);
        } else {
            self.censored.unfinished += u64::from(state == 2);
            self.censored.failed += u64::from(state == 1);
            self.censored_waits.add_all(&record.waits);
        }
    }

    fn instance(&mut self, record: &InstanceRecord) {
        let provisioned = InstanceTally::provisioned(record, record.quarter_vcpus);
        identities::allocated_within_provisioned(record, provisioned);
        self.environments[record.compute_environment.index()].add(record);
        entry(&mut self.types, record.instance_type.index()).add(record);
        self.bills[record.purchase as usize] += record.cost;
    }

    fn sample(&mut self, sample: &Sample) {
        identities::allocated_within_registered(sample);
        self.timeline.sample(sample);
    }

    fn cost(&mut self, record: &CostRecord) {
        self.ledger[record.line as usize][record.source as usize] += record.cost;
        self.environments[record.compute_environment.index()].cost += record.cost;
        entry(&mut self.types, record.instance_type.index()).cost += record.cost;
    }

    fn job_cost(&mut self, record: &JobCostRecord) {
        self.queue_costs[record.queue.index()] += record.cost;
        self.definition_costs[record.definition.index()] += record.cost;
    }

    fn end(&mut self, end: &RunEnd) {
        self.check_identities(end);
        let Self { groups, queues, definitions, environment_jobs, .. } = self;
        groups.distribute(queues, definitions, environment_jobs);
        self.end = Some(end.clone());
    }
}

fn earliest(so_far: Option<SimTime>, time: SimTime) -> SimTime {
    so_far.map_or(time, |earlier| earlier.min(time))
}

/// The tally at `index`; a run uses few of the catalog's types, so the table grows on demand.
fn entry(tallies: &mut Vec<InstanceTally>, index: usize) -> &mut InstanceTally {
    if index >= tallies.len() {
        tallies.resize(index + 1, InstanceTally::default());
    }
    &mut tallies[index]
}

#[cfg(test)]
mod tests;
