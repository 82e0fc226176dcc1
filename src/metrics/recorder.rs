//! The observer that turns records into a [`ReplicationSummary`], and checks that they add up.
//!
//! Cost of a job: two or three histogram counts and a handful of additions, no lookup by name and no
//! allocation. Memory: O(queues + definitions + environments + types), not O(jobs).

use super::identities;
use super::names::Names;
use super::summary::{
    Breakdowns, Censored, Group, LatencyCurve, LedgerEntry, ReplicationEnd, ReplicationSummary,
    Values, stop_reason_name,
};
use super::tally::{InstanceTally, JobTally};
use super::timeline::TimelineBuilder;
use crate::batch::job_queue::JobQueue;
use crate::batch::wait_cause::{WaitCause, Waits};
use crate::ec2::fleet::PurchaseOption;
use crate::ec2::money::NanoUsd;
use crate::sim::{SimDuration, SimTime};
use crate::world::observer::Observer;
use crate::world::record::{
    AttemptRecord, CostLine, CostRecord, CostSource, InstanceRecord, JobCostRecord, JobRecord,
    JobStatus, RunEnd, Sample, StatusReason,
};

/// Accumulates one replication.
#[derive(Clone, Debug)]
pub struct Recorder {
    replication: u32,
    warm_up: SimTime,
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
    useful_vcpu_ms: u128,
    measured_vcpu_ms: u128,
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
            useful_vcpu_ms: 0,
            measured_vcpu_ms: 0,
            timeline: TimelineBuilder::new(environments, queues),
            end: None,
        }
    }

    /// The summary of the run that was observed.
    ///
    /// # Panics
    /// When the run has not ended: the world calls [`Observer::end`] once, last.
    #[must_use]
    pub fn into_summary(mut self, names: &Names) -> ReplicationSummary {
        let Some(end) = self.end.take() else {
            panic!("a run is summarised after its end, replication {}", self.replication)
        };
        self.censored.wait_ms = millis(&self.censored_waits);
        ReplicationSummary {
            replication: self.replication,
            metrics: self.metrics(&end),
            by: self.breakdowns(names),
            warm_up_jobs: self.warm_up_jobs,
            wait_ms: millis(&self.waits),
            ledger: self.ledger_entries(),
            latency: self.latency_curves(names),
            censored: self.censored,
            timeline: self.timeline.finish(end.time),
            end: ReplicationEnd {
                stop_reason: stop_reason_name(end.reason).to_owned(),
                time_ms: end.time.as_millis(),
                events: end.events,
                digest: format!("{:016x}", end.digest),
            },
        }
    }

    fn metrics(&self, end: &RunEnd) -> Values {
        let mut values = Values::default();
        let mut jobs = JobTally::default();
        self.queues.iter().for_each(|tally| jobs.merge(tally));
        jobs.report(&mut values);
        let mut instances = InstanceTally::default();
        self.environments.iter().for_each(|tally| instances.merge(tally));
        instances.report(&mut values);
        self.report_costs(&mut values);
        let started = jobs.latency.count() as f64;
        for cause in WaitCause::ALL {
            let mean = self.waits.get(cause).as_secs_f64() / started;
            let name = format!("wait.{}.mean", cause.as_str());
            values.set_some(&name, (started > 0.0).then_some(mean));
        }
        self.report_throughput(jobs.succeeded, &mut values);
        values.set("interruptions", end.interruptions as f64);
        values.set("refusals.capacity", end.capacity_refusals as f64);
        values.set("refusals.quota", end.quota_refusals as f64);
        values.set("instances.peak", end.peak_instances as f64);
        values.set("vcpus.peak", end.peak_vcpus as f64);
        let throttled = end.submit_throttle_count;
        let throttle = end.submit_throttle_total.as_secs_f64() / throttled as f64;
        values.set("submitThrottle.mean", if throttled > 0 { throttle } else { 0.0 });
        values
    }

    fn report_costs(&self, values: &mut Values) {
        for line in CostLine::ALL {
            let cost: NanoUsd = self.ledger[line as usize].iter().copied().sum();
            values.set(&format!("cost.{}", line.as_str()), cost.as_usd());
        }
        let total = self.total_cost().as_usd();
        values.set("cost.total", total);
        let hours = self.useful_vcpu_ms as f64 / MS_PER_HOUR;
        values.set_some("cost.perVcpuHour", (hours > 0.0).then(|| total / hours));
    }

    /// Per hour from the first submit (or the end of the warm-up) to the last stop.
    fn report_throughput(&self, succeeded: u64, values: &mut Values) {
        let (Some(first), Some(last)) = (self.first_submit, self.last_stop) else { return };
        values.set("makespan", last.since(first).as_secs_f64());
        let hours = last.since(first.max(self.warm_up)).as_secs_f64() / 3_600.0;
        if hours > 0.0 {
            values.set("throughput.jobsPerHour", succeeded as f64 / hours);
            let vcpu_hours = self.measured_vcpu_ms as f64 / MS_PER_HOUR;
            values.set("throughput.vcpuHoursPerHour", vcpu_hours / hours);
        }
    }

    fn breakdowns(&self, names: &Names) -> Breakdowns {
        let environment = |index: usize| {
            let mut values = Values::default();
            self.environment_jobs[index].report(&mut values);
            self.environments[index].report(&mut values);
            Group { name: names.compute_environments[index].clone(), values }
        };
        let of_type = |index: usize| {
            let mut values = Values::default();
            self.types[index].report(&mut values);
            Group { name: names.instance_types[index].clone(), values }
        };
        let used = |index: &usize| !self.types[*index].is_empty();
        let mut instance_type: Vec<Group> =
            (0..self.types.len()).filter(used).map(of_type).collect();
        // Names of types are unique, so the order is total.
        instance_type.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        Breakdowns {
            compute_environment: (0..self.environments.len()).map(environment).collect(),
            instance_type,
            job_queue: job_groups(&self.queues, &self.queue_costs, &names.job_queues),
            share_identifier: Vec::new(),
            job_definition: job_groups(
                &self.definitions,
                &self.definition_costs,
                &names.job_definitions,
            ),
        }
    }

    fn ledger_entries(&self) -> Vec<LedgerEntry> {
        let mut entries = Vec::new();
        for line in CostLine::ALL {
            for source in CostSource::ALL {
                let cost = self.ledger[line as usize][source as usize];
                if cost != NanoUsd::ZERO {
                    entries.push(LedgerEntry {
                        line: line.as_str().to_owned(),
                        source: source.as_str().to_owned(),
                        nano_usd: cost.0,
                    });
                }
            }
        }
        entries
    }

    fn latency_curves(&self, names: &Names) -> Vec<LatencyCurve> {
        let curve = |(tally, name): (&JobTally, &String)| LatencyCurve {
            job_queue: name.clone(),
            points: tally.latency.points().collect(),
        };
        self.queues.iter().zip(&names.job_queues).map(curve).collect()
    }

    fn total_cost(&self) -> NanoUsd {
        self.ledger.iter().flatten().copied().sum()
    }

    /// The sum of some lines over the two sources that instances are billed by.
    fn instance_lines(&self, lines: &[CostLine]) -> NanoUsd {
        let of = |line: &CostLine| {
            let sources = &self.ledger[*line as usize];
            sources[CostSource::OnDemand as usize] + sources[CostSource::Spot as usize]
        };
        lines.iter().map(of).sum()
    }

    fn check_identities(&self, end: &RunEnd) {
        let [succeeded, failed, unfinished] = self.ended;
        identities::jobs_are_conserved(end.submitted, succeeded, failed, unfinished);
        for (option, source) in [
            (PurchaseOption::OnDemand, CostSource::OnDemand),
            (PurchaseOption::Spot, CostSource::Spot),
        ] {
            let ledger = self.ledger.iter().map(|sources| sources[source as usize]).sum();
            identities::ledger_is_the_bills(option.as_str(), ledger, self.bills[option as usize]);
        }
        let attempts = [CostLine::Work, CostLine::Starting, CostLine::Lost, CostLine::InFlight];
        identities::jobs_pay_for_their_attempts(
            self.queue_costs.iter().copied().sum(),
            self.instance_lines(&attempts),
            self.instance_lines(&[CostLine::FreeFirstHour]),
        );
    }
}

impl Observer for Recorder {
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
        let useful = record.run.saturating_sub(record.lost).as_millis();
        let useful_vcpu_ms = if record.status == JobStatus::Succeeded {
            u128::from(useful) * u128::from(record.requirements.vcpus)
        } else {
            0
        };
        self.useful_vcpu_ms += useful_vcpu_ms;
        if record.submitted < self.warm_up {
            self.warm_up_jobs += 1;
            return;
        }
        self.measured_vcpu_ms += useful_vcpu_ms;
        self.queues[record.queue.index()].add(record);
        self.definitions[record.definition.index()].add(record);
        if let Some(place) = record.place {
            self.environment_jobs[place.compute_environment.index()].add(record);
        }
        if record.queue_latency.is_some() {
            self.waits.add_all(&record.waits);
        } else {
            self.censored.unfinished += u64::from(state == 2);
            self.censored.failed += u64::from(state == 1);
            self.censored_waits.add_all(&record.waits);
        }
    }

    fn attempt(&mut self, record: &AttemptRecord) {
        let lost = u64::from(matches!(record.reason, StatusReason::HostTerminated(_)));
        let environment = &mut self.environments[record.place.compute_environment.index()];
        environment.attempts += 1;
        environment.attempts_lost += lost;
        let of_type = entry(&mut self.types, record.place.instance_type.index());
        of_type.attempts += 1;
        of_type.attempts_lost += lost;
    }

    fn instance(&mut self, record: &InstanceRecord) {
        let provisioned = InstanceTally::provisioned(record, record.vcpus);
        identities::allocated_within_provisioned(record, provisioned);
        self.environments[record.compute_environment.index()].add(record);
        entry(&mut self.types, record.instance_type.index()).add(record);
        self.bills[record.purchase as usize] += record.cost;
    }

    fn sample(&mut self, sample: &Sample) {
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
        self.end = Some(end.clone());
    }
}

const MS_PER_HOUR: f64 = 3_600_000.0;

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

fn millis(waits: &Waits) -> Vec<u64> {
    WaitCause::ALL.map(|cause| waits.get(cause).as_millis()).to_vec()
}

fn job_groups(tallies: &[JobTally], costs: &[NanoUsd], names: &[String]) -> Vec<Group> {
    let group = |((tally, cost), name): ((&JobTally, &NanoUsd), &String)| {
        let mut values = Values::default();
        tally.report(&mut values);
        values.set("cost.total", cost.as_usd());
        Group { name: name.clone(), values }
    };
    tallies.iter().zip(costs).zip(names).map(group).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::test_records::*;

    fn recorder(warm_up_s: u64) -> Recorder {
        let queues = [a_queue_over(&[0, 1]), a_queue_over(&[1])];
        Recorder::new(&names(), &queues, 0, SimDuration::from_secs(warm_up_s))
    }

    /// A finished job on one instance, and a job that is still stuck.
    fn a_run(warm_up_s: u64) -> Recorder {
        let mut recorder = recorder(warm_up_s);
        recorder.job(&a_job());
        recorder.job(&a_stuck_job());
        recorder.attempt(&an_attempt());
        recorder.instance(&an_instance());
        recorder.cost(&a_cost(CostLine::Work, CostSource::Spot, 1_500_000_000));
        recorder.cost(&a_cost(CostLine::Idle, CostSource::Spot, 500_000_000));
        recorder.cost(&a_cost(CostLine::Idle, CostSource::Ebs, 100_000_000));
        recorder.job_cost(&a_job_cost(1_500_000_000));
        recorder
    }

    fn summary_of(mut recorder: Recorder) -> ReplicationSummary {
        recorder.end(&an_end(2));
        recorder.into_summary(&names())
    }

    #[test]
    fn every_metric_of_a_small_run_is_what_one_works_out_by_hand() {
        let summary = summary_of(a_run(0));
        let get = |name: &str| summary.metrics.get(name);
        assert_eq!(get("cost.total"), Some(2.1));
        assert_eq!(get("cost.idle"), Some(0.6));
        // 2 vCPUs x 100 s = 1/18 vCPU-hour.
        assert!((get("cost.perVcpuHour").unwrap() - 2.1 * 18.0).abs() < 1e-9);
        assert_eq!((get("queueLatency.mean"), get("queueLatency.max")), (Some(65.0), Some(65.0)));
        assert_eq!(get("wait.provisioning.mean"), Some(60.0));
        assert_eq!(get("wait.capacity.mean"), Some(0.0));
        assert_eq!(get("makespan"), Some(165.0));
        assert!((get("throughput.jobsPerHour").unwrap() - 3_600.0 / 165.0).abs() < 1e-9);
        assert_eq!(get("utilisation.vcpu"), Some(105.0 / 200.0));
        assert_eq!(get("utilisation.memory"), Some(105.0 / 400.0));
        assert_eq!((get("jobs.submitted"), get("jobs.unfinished")), (Some(2.0), Some(1.0)));
        assert_eq!((get("interruptions"), get("refusals.capacity")), (Some(1.0), Some(3.0)));
        let undefined = crate::metrics::metric::METRICS.iter().find(|m| get(m.name).is_none());
        assert_eq!(undefined, None);
    }

    #[test]
    fn a_job_that_never_ran_is_counted_and_its_waiting_kept_apart() {
        let summary = summary_of(a_run(0));
        assert_eq!((summary.censored.unfinished, summary.censored.failed), (1, 0));
        assert_eq!(summary.censored.wait_ms[WaitCause::Capacity as usize], 190_000);
        assert_eq!(summary.wait_ms[WaitCause::Capacity as usize], 0);
    }

    #[test]
    fn the_parts_of_a_run_carry_their_names() {
        let by = summary_of(a_run(0)).by;
        let groups = |groups: &[Group], metric: &str| {
            groups.iter().map(|g| (g.name.clone(), g.values.get(metric))).collect::<Vec<_>>()
        };
        assert_eq!(
            groups(&by.compute_environment, "cost.total"),
            [("spot".to_owned(), Some(2.1)), ("on-demand".to_owned(), Some(0.0))]
        );
        assert_eq!(
            groups(&by.instance_type, "instances.launched"),
            [("c6i.large".to_owned(), Some(1.0))]
        );
        assert_eq!(
            groups(&by.job_queue, "queueLatency.p95"),
            [("night".to_owned(), Some(65.0)), ("day".to_owned(), None)]
        );
        assert_eq!(groups(&by.job_definition, "cost.total")[0], ("sim".to_owned(), Some(1.5)));
    }

    #[test]
    fn jobs_of_the_warm_up_are_outside_the_job_metrics() {
        let summary = summary_of(a_run(11));
        assert_eq!(summary.warm_up_jobs, 2);
        assert_eq!(summary.metrics.get("jobs.submitted"), Some(0.0));
        assert_eq!(summary.metrics.get("queueLatency.mean"), None);
        assert_eq!(summary.metrics.get("cost.total"), Some(2.1));
    }

    #[test]
    fn a_run_without_jobs_has_no_latency_and_no_makespan() {
        let mut recorder = recorder(0);
        recorder.end(&an_end(0));
        let summary = recorder.into_summary(&names());
        assert_eq!(summary.metrics.get("makespan"), None);
        assert_eq!(summary.metrics.get("utilisation.vcpu"), None);
        assert_eq!(summary.metrics.get("cost.total"), Some(0.0));
    }

    #[test]
    #[should_panic(expected = "submitted = succeeded + failed + unfinished")]
    fn a_lost_job_stops_the_run() {
        a_run(0).end(&an_end(3));
    }

    #[test]
    #[should_panic(expected = "the causes of a wait sum to the queue latency")]
    fn a_wait_without_a_cause_stops_the_run() {
        let mut job = a_job();
        job.waits.add(WaitCause::Quota, SimDuration::from_millis(1));
        recorder(0).job(&job);
    }

    #[test]
    #[should_panic(expected = "queue latency is first RUNNING - submitted")]
    fn a_wrong_latency_stops_the_run() {
        recorder(0).job(&JobRecord { queue_latency: None, ..a_job() });
    }

    #[test]
    #[should_panic(expected = "exactly the jobs that ended have an end")]
    fn a_success_without_an_end_stops_the_run() {
        recorder(0).job(&JobRecord { stopped: None, ..a_job() });
    }

    #[test]
    #[should_panic(expected = "allocated <= provisioned")]
    fn an_instance_fuller_than_full_stops_the_run() {
        recorder(0).instance(&InstanceRecord { allocated_vcpu_ms: 400_001, ..an_instance() });
    }

    #[test]
    #[should_panic(expected = "the ledger's spot lines sum to the spot instances' bills")]
    fn a_missing_nano_dollar_stops_the_run() {
        let mut recorder = a_run(0);
        recorder.cost(&a_cost(CostLine::Packing, CostSource::Spot, -1));
        recorder.end(&an_end(2));
    }

    #[test]
    #[should_panic(expected = "job costs are the work, starting, lost and in_flight lines")]
    fn jobs_that_pay_too_little_stop_the_run() {
        let mut recorder = a_run(0);
        recorder.job_cost(&a_job_cost(-1));
        recorder.end(&an_end(2));
    }
}
