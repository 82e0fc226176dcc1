//! The recorder: metrics worked out by hand, and identities that stop a run that lies.

use super::*;
use crate::batch::job_queue::{JobQueueId, ShareIdentifier};
use crate::batch::wait_cause::WaitCause;
use crate::metrics::summary::{Group, ReplicationSummary, Values};
use crate::metrics::test_records::*;
use crate::world::record::Termination;

fn recorder(warm_up_s: u64) -> Recorder {
    let queues = [a_queue_over(&[0, 1]), a_queue_over(&[1])];
    Recorder::new(&names(), &queues, 0, SimDuration::from_secs(warm_up_s))
}

/// A finished job on one instance, and a job that is still stuck.
fn a_run(warm_up_s: u64) -> Recorder {
    let mut recorder = recorder(warm_up_s);
    recorder.job(&a_job());
    recorder.job(&a_stuck_job());
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
    assert_eq!((get("completion.mean"), get("completion.p50")), (Some(165.0), Some(165.0)));
    assert_eq!(get("completion.p95"), Some(165.0));
    assert_eq!(get("wait.provisioning.mean"), Some(60.0));
    assert_eq!(get("wait.capacity.mean"), Some(0.0));
    assert_eq!(get("makespan"), Some(165.0));
    assert!((get("throughput.jobsPerHour").unwrap() - 3_600.0 / 165.0).abs() < 1e-9);
    assert_eq!(get("utilisation.vcpu"), Some(105.0 / 200.0));
    assert_eq!(get("utilisation.memory"), Some(105.0 / 400.0));
    assert_eq!((get("jobs.submitted"), get("jobs.unfinished")), (Some(2.0), Some(1.0)));
    assert_eq!((get("interruptions"), get("refusals.capacity")), (Some(0.0), Some(3.0)));
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
fn a_job_completes_at_the_end_of_its_last_attempt_if_it_succeeds() {
    let mut recorder = recorder(0);
    recorder.job(&JobRecord { stopped: Some(at(410)), attempts: 3, ..a_job() });
    recorder.job(&JobRecord { status: JobStatus::Failed, stopped: Some(at(30)), ..a_job() });
    recorder.end(&an_end(2));
    let summary = recorder.into_summary(&names());
    // Submitted at 10 s; the other one has never completed.
    assert_eq!(summary.metrics.get("completion.mean"), Some(400.0));
    assert_eq!(summary.by.job_definition[0].values.get("completion.mean"), Some(400.0));
    assert_eq!(summary.by.job_definition[1].values.get("completion.mean"), None);
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
fn interruptions_are_the_instances_that_were_taken_back_in_all_and_by_part() {
    let mut recorder = recorder(0);
    let ends = [Termination::Reclaimed, Termination::ReclaimedByPrice, Termination::ScaleIn];
    for termination in ends {
        recorder.instance(&InstanceRecord { termination, cost: NanoUsd::ZERO, ..an_instance() });
    }
    recorder.end(&an_end(0));
    let summary = recorder.into_summary(&names());
    let of = |values: &Values| values.get("interruptions");
    assert_eq!(of(&summary.metrics), Some(2.0));
    assert_eq!(of(&summary.by.compute_environment[0].values), Some(2.0));
    assert_eq!(of(&summary.by.instance_type[0].values), Some(2.0));
}

#[test]
fn the_jobs_of_a_share_are_summed_by_its_name_whatever_their_queue() {
    let share = |name: &str| ShareIdentifier::new(name);
    let mut recorder = a_run(0);
    let job = JobRecord { share: share("teamB"), cost: NanoUsd::ZERO, ..a_job() };
    recorder.job(&job);
    recorder.job(&JobRecord { queue: JobQueueId::new(1), ..job.clone() });
    recorder.job(&JobRecord { share: share("teamA"), ..job });
    recorder.end(&an_end(5));
    let shares = recorder.into_summary(&names()).by.share_identifier;
    let jobs = |group: &Group| (group.name.clone(), group.values.get("jobs.succeeded"));
    let found: Vec<_> = shares.iter().map(jobs).collect();
    assert_eq!(found, [("teamA".to_owned(), Some(1.0)), ("teamB".to_owned(), Some(2.0))]);
}

#[test]
fn what_a_share_has_cost_is_the_cost_of_its_jobs_the_warm_ups_included() {
    let mut recorder = recorder(11);
    let share = ShareIdentifier::new("team");
    let job = JobRecord { share, cost: NanoUsd(1_500_000_000), ..a_job() };
    let later = JobRecord { submitted: SimTime::from_millis(11_000), ..job.clone() };
    recorder.job(&job);
    recorder.job(&JobRecord {
        queue_latency: None,
        started: None,
        stopped: None,
        status: JobStatus::Runnable,
        waits: Waits::default(),
        ..later
    });
    recorder.end(&an_end(2));
    let shares = recorder.into_summary(&names()).by.share_identifier;
    let of = |metric| shares[0].values.get(metric);
    assert_eq!((of("cost.total"), of("jobs.submitted")), (Some(3.0), Some(1.0)));
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
    recorder(0).instance(&InstanceRecord { allocated_quarter_vcpu_ms: 1_600_001, ..an_instance() });
}

#[test]
#[should_panic(expected = "allocated <= registered")]
fn jobs_on_what_has_not_registered_stop_the_run() {
    recorder(0).sample(&Sample { allocated_vcpus: 3, ..a_sample(60_000, 0, 2, 0) });
}

#[test]
#[should_panic(expected = "the ledger's spot lines sum to the spot instances' bills")]
fn a_missing_nano_dollar_stops_the_run() {
    let mut recorder = a_run(0);
    recorder.cost(&a_cost(CostLine::Packing, CostSource::Spot, -1));
    recorder.end(&an_end(2));
}

#[test]
#[should_panic(expected = "job costs are the work, starting, lost, checkpoint and in_flight lines")]
fn jobs_that_pay_too_little_stop_the_run() {
    let mut recorder = a_run(0);
    recorder.job_cost(&a_job_cost(-1));
    recorder.end(&an_end(2));
}
