//! From what was recorded to a summary: every metric of design 3.3, worked out once at the end.

use super::Recorder;
use crate::batch::job_queue::ShareIdentifier;
use crate::batch::wait_cause::{WaitCause, Waits};
use crate::ec2::fleet::Refusal;
use crate::ec2::money::NanoUsd;
use crate::metrics::names::Names;
use crate::metrics::summary::{
    Breakdowns, Group, LatencyCurve, LedgerEntry, ReplicationEnd, ReplicationSummary, Values,
    stop_reason_name,
};
use crate::metrics::tally::{InstanceTally, JobTally};
use crate::world::record::{CostLine, CostSource, RunEnd};

impl Recorder {
    /// The summary of the run that was observed.
    ///
    /// # Panics
    /// When the run has not ended: the world calls [`Observer::end`] once, last.
    #[must_use]
    pub fn into_summary(mut self, names: &Names) -> ReplicationSummary {
        let Some(end) = self.end.take() else {
            unreachable!("a run is summarised after its end, replication {}", self.replication)
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
        values.set("refusals.capacity", end.capacity_refusals() as f64);
        values.set("refusals.quota", end.quota_refusals() as f64);
        for code in [Refusal::VcpuLimitExceeded, Refusal::MaxSpotInstanceCountExceeded] {
            let refused = end.refusals[code as usize];
            values.set(&format!("refusals.{}", code.as_str()), refused as f64);
        }
        values.set("instances.peak", end.peak_instances as f64);
        values.set("vcpus.peak", end.peak_vcpus as f64);
        let throttled = end.submit_throttle_count;
        let throttle = end.submit_throttle_total.as_secs_f64() / throttled as f64;
        values.set("submitThrottle.mean", if throttled > 0 { throttle } else { 0.0 });
        values.set("refusals.submissions", end.refused_submissions as f64);
        values.set("refusals.apiCalls", end.refused_calls as f64);
        values
    }

    fn report_costs(&self, values: &mut Values) {
        for line in CostLine::ALL {
            let cost: NanoUsd = self.ledger[line as usize].iter().copied().sum();
            values.set(&format!("cost.{}", line.as_str()), cost.as_usd());
        }
        let total = self.total_cost().as_usd();
        values.set("cost.total", total);
        let hours = self.useful_quarter_vcpu_ms as f64 / QUARTER_MS_PER_HOUR;
        values.set_some("cost.perVcpuHour", (hours > 0.0).then(|| total / hours));
    }

    /// Per hour from the first submit (or the end of the warm-up) to the last stop.
    fn report_throughput(&self, succeeded: u64, values: &mut Values) {
        let (Some(first), Some(last)) = (self.first_submit, self.last_stop) else { return };
        values.set("makespan", last.since(first).as_secs_f64());
        let hours = last.since(first.max(self.warm_up)).as_secs_f64() / 3_600.0;
        if hours > 0.0 {
            values.set("throughput.jobsPerHour", succeeded as f64 / hours);
            let vcpu_hours = self.measured_quarter_vcpu_ms as f64 / QUARTER_MS_PER_HOUR;
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
            share_identifier: self.shares(),
            job_definition: job_groups(
                &self.definitions,
                &self.definition_costs,
                &names.job_definitions,
            ),
        }
    }

    /// By name.
    fn shares(&self) -> Vec<Group> {
        let shares = self.groups.shares().into_iter();
        let group = |(name, (jobs, cost)): (ShareIdentifier, (JobTally, NanoUsd))| Group {
            name: name.to_string(),
            values: job_values(&jobs, cost),
        };
        shares.map(group).collect()
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
}

const QUARTER_MS_PER_HOUR: f64 = 4.0 * 3_600_000.0;

fn millis(waits: &Waits) -> Vec<u64> {
    WaitCause::ALL.map(|cause| waits.get(cause).as_millis()).to_vec()
}

fn job_groups(tallies: &[JobTally], costs: &[NanoUsd], names: &[String]) -> Vec<Group> {
    let group = |((tally, cost), name): ((&JobTally, &NanoUsd), &String)| Group {
        name: name.clone(),
        values: job_values(tally, *cost),
    };
    tallies.iter().zip(costs).zip(names).map(group).collect()
}

fn job_values(tally: &JobTally, cost: NanoUsd) -> Values {
    let mut values = Values::default();
    tally.report(&mut values);
    values.set("cost.total", cost.as_usd());
    values
}
