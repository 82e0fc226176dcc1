//! Multi-node parallel jobs: whole instances for all nodes at once, the main node first, one end
//! for all (behaviour 3, 1.5, 6.2).

use crate::dependencies::handle;
use crate::environments::update;
use crate::jobs::retry;
use crate::support::account::{Account, Outcome, cpus, latency, submission};
use crate::support::shares::{job_of, policy};
use batchcast::batch::api_call::{ApiAction, ApiCall, ComputeEnvironmentUpdate, JobEnd, ReasonId};
use batchcast::batch::compute_environment::{ComputeEnvironmentId, Infrastructure};
use batchcast::batch::consumable::{ConsumableId, ConsumableNeed, ConsumableResource};
use batchcast::batch::dependency::{Dependency, Links};
use batchcast::batch::job_definition::{JobDefinitionId, NodeProperties, Requirements};
use batchcast::batch::job_queue::{StuckReason, TimeLimitAction};
use batchcast::batch::policy::HeadOfLine;
use batchcast::batch::wait_cause::WaitCause;
use batchcast::ec2::on_demand::ClosedInterval;
use batchcast::sim::{SimDuration, SimTime};
use batchcast::workload::submission::JobSubmission;
use batchcast::world::record::{AttemptRecord, CostLine, JobStatus, StatusReason};
use std::sync::Arc;

/// One On-Demand environment of instances of four vCPUs, 60 s from request to registration.
fn account(max_vcpus: u32) -> Account {
    fours("BEST_FIT_PROGRESSIVE", max_vcpus).queue(1, &[0]).boot(60)
}

fn fours(strategy: &str, max_vcpus: u32) -> Account {
    let account = Account::ideal().profile(|profile| profile.hol = HeadOfLine::Strict);
    account.own_type("m9.xlarge", 4).on_demand(strategy, &["m9.xlarge"], max_vcpus)
}

/// What a definition without nodes is called once there is one with.
const PLAIN: JobDefinitionId = JobDefinitionId::new(1);

/// A job of so many nodes of four vCPUs.
fn gang(queue: u32, nodes: u32, run_s: u64) -> JobSubmission {
    JobSubmission { nodes, ..submission(queue, cpus(4, 0), run_s * 1_000) }
}

trait MultiNode {
    fn gang(self, at_s: u64, nodes: u32, run_s: u64) -> Self;
    fn nodes(self, needs: &[Requirements], main_node: u32, instance_type: Option<&str>) -> Self;
    fn call(self, at_s: u64, action: ApiAction) -> Self;
}

impl MultiNode for Account {
    /// To the first queue.
    fn gang(self, at_s: u64, nodes: u32, run_s: u64) -> Self {
        self.submit(at_s * 1_000, gang(0, nodes, run_s))
    }

    /// Jobs of the definition have these nodes; there is one without as well.
    fn nodes(self, needs: &[Requirements], main_node: u32, instance_type: Option<&str>) -> Self {
        self.with(|account| {
            let plain = account.config.job_definitions[0].clone();
            account.config.job_definitions.push(plain);
            account.config.job_definitions[0].nodes = Some(NodeProperties {
                num_nodes: needs.len() as u32,
                main_node,
                groups: needs.to_vec(),
                instance_type: instance_type.map(str::to_owned),
            });
        })
    }

    fn call(self, at_s: u64, action: ApiAction) -> Self {
        let at = SimTime::from_millis(at_s * 1_000);
        self.with(|account| {
            account.config.api_calls.push(ApiCall { at, action });
            account.config.reasons = vec!["superseded".to_owned()];
        })
    }
}

fn end_job(n: u64, terminate: bool) -> ApiAction {
    let reason = ReasonId::new(0);
    ApiAction::EndJob(JobEnd { job: handle(n), child: None, terminate, reason })
}

/// `submission`, which others and calls can refer to as the n-th.
fn linked(n: u64, depends_on: &[u64], submission: JobSubmission) -> JobSubmission {
    let depends_on = depends_on.iter().map(|n| Dependency::Job(handle(*n))).collect();
    let links = Links { handle: Some(handle(n)), by_index: false, depends_on };
    JobSubmission { links: Some(Arc::new(links)), ..submission }
}

/// What becomes of the nodes of the n-th submission: (node, placed, RUNNING, stopped) in seconds.
fn nodes_of(outcome: &Outcome, n: u32) -> Vec<(u32, u64, u64, u64)> {
    let seconds = |time: Option<SimTime>| time.expect("it was").as_millis() / 1_000;
    let row = |attempt: &&AttemptRecord| {
        let node = attempt.node.expect("a node");
        let times = (Some(attempt.placed), attempt.started, attempt.stopped);
        (node, seconds(times.0), seconds(times.1), seconds(times.2))
    };
    let mut rows: Vec<_> = outcome.attempts_of(n).iter().map(row).collect();
    rows.sort_unstable();
    rows
}

#[test]
fn a_job_of_several_nodes_starts_when_all_its_instances_are_registered() {
    // One instance is there; the other two are registered 60 s after they were asked for.
    let outcome = account(16).min_vcpus(0, 4).gang(100, 3, 50).run();
    assert_eq!(outcome.starts(), [Some(160.0)]);
    assert_eq!(outcome.waits(0), [(WaitCause::Provisioning, 60_000)]);
    let job = outcome.job(0);
    assert_eq!((job.nodes, job.quarter_vcpus, job.attempts), (3, 48, 1));
}

#[test]
fn instances_that_are_kept_for_a_job_of_several_nodes_take_no_other_and_bill() {
    let account = account(12).min_vcpus(0, 4).queue(9, &[0]).gang(100, 3, 50);
    let outcome = account.jobs_to(1, 110, 1, cpus(1, 0), 10).run();
    assert_eq!(outcome.starts(), [Some(160.0), Some(210.0)], "one instance waited for the others");
    // 160 - 60 of the first instance: idle, and paid for.
    assert!(outcome.line(CostLine::Idle) >= 100 * 200_000_000 / 3_600);
}

#[test]
fn a_job_of_several_nodes_starts_at_once_on_idle_instances() {
    let outcome = account(16).min_vcpus(0, 12).gang(100, 3, 50).run();
    assert_eq!(outcome.starts(), [Some(100.0)]);
    assert_eq!(outcome.instances.len(), 3);
}

#[test]
fn every_node_has_an_instance_to_itself() {
    let account = account(8).nodes(&[cpus(1, 0), cpus(1, 0)], 0, None).queue(2, &[0]);
    let small = JobSubmission { definition: PLAIN, ..submission(1, cpus(1, 0), 10_000) };
    let outcome = account.gang(0, 0, 100).submit(70_000, small).run();
    assert_eq!(outcome.instances.len(), 2);
    assert_eq!(outcome.starts(), [Some(60.0), Some(160.0)], "three vCPUs of each stay empty");
    // 200 instance-seconds, of which a quarter is work.
    let second = 200_000_000 / 3_600;
    let packing = outcome.line(CostLine::Packing) - 3 * 10 * second / 4;
    assert!((packing - 3 * 200 * second / 4).abs() < second, "{packing}");
}

#[test]
fn the_main_node_starts_first_and_the_others_when_it_is_running() {
    let account = account(12).nodes(&[cpus(4, 0); 3], 1, None);
    let account = account.profile(|profile| profile.start = latency(10)).gang(0, 0, 100);
    let outcome = account.run();
    let expected = [(0, 70, 80, 170), (1, 60, 70, 170), (2, 70, 80, 170)];
    assert_eq!(nodes_of(&outcome, 0), expected, "node 1 is the main one");
    let job = outcome.job(0);
    assert_eq!(
        job.place,
        outcome.attempts_of(0).iter().find(|a| a.node == Some(1)).map(|a| a.place)
    );
}

#[test]
fn the_network_interface_of_every_node_takes_its_time() {
    let outcome =
        account(8).profile(|profile| profile.eni_attach = latency(15)).gang(0, 2, 100).run();
    assert_eq!(nodes_of(&outcome, 0), [(0, 60, 75, 175), (1, 75, 90, 175)]);
    assert_eq!(outcome.waits(0), [(WaitCause::Provisioning, 60_000), (WaitCause::Start, 15_000)]);
}

#[test]
fn every_node_starts_at_its_own_pace() {
    let account = account(40).profile(|profile| {
        profile.start = latency(20);
        profile.start.sigma = 0.5;
    });
    let outcome = account.gang(0, 10, 1_000).run();
    let mut starts: Vec<_> = outcome.attempts_of(0).iter().map(|a| a.started).collect();
    starts.sort_unstable();
    starts.dedup();
    assert_eq!(starts.len(), 10);
    let by_node = nodes_of(&outcome, 0);
    assert!(!by_node[1..].is_sorted_by_key(|(_, _, started, _)| *started), "in no order");
}

#[test]
fn the_end_of_the_main_node_is_that_of_the_job_and_stops_the_others() {
    let outcome = account(12).gang(0, 3, 100).run();
    let job = outcome.job(0);
    assert_eq!((job.status, job.run.as_millis()), (JobStatus::Succeeded, 100_000));
    for attempt in outcome.attempts_of(0) {
        assert_eq!(attempt.stopped, job.stopped);
        let expected = match attempt.node {
            Some(0) => (StatusReason::ContainerExited, Some(0)),
            _ => (StatusReason::MainNodeEnded, None),
        };
        assert_eq!((attempt.reason, attempt.exit_code), expected);
    }
}

#[test]
fn the_death_of_another_node_has_no_effect_on_the_job() {
    let account = account(16).with(|account| {
        account.config.job_definitions[0].model.failure.probability = 0.4;
    });
    let outcome = (0..30).fold(account, |account, n| account.gang(n * 1_000, 4, 500)).run();
    let mut survived = 0;
    for n in 0..30 {
        let attempts = outcome.attempts_of(n);
        let main = attempts.iter().find(|attempt| attempt.node == Some(0)).expect("a main node");
        let job = outcome.job(n);
        assert_eq!((job.status, job.stopped), (main.status, main.stopped));
        assert_eq!(job.run.as_millis(), 500_000);
        let died = |a: &&&AttemptRecord| a.node != Some(0) && a.exit_code == Some(1);
        let early = attempts.iter().filter(died).filter(|a| a.stopped < main.stopped).count();
        survived += u32::from(early > 0 && job.status == JobStatus::Succeeded);
    }
    assert!(survived > 5, "{survived} jobs succeeded though a node of theirs had died");
}

#[test]
fn only_the_failure_of_the_main_node_consumes_an_attempt_and_all_nodes_are_made_again() {
    let outcome = account(12)
        .min_vcpus(0, 12)
        .retry(retry(3, &[]))
        .every_attempt_fails()
        .gang(0, 3, 100)
        .run();
    let job = outcome.job(0);
    assert_eq!((job.status, job.attempts), (JobStatus::Failed, 3));
    for n in 1..=3 {
        let of = outcome.attempts.iter().filter(|attempt| attempt.attempt == n);
        let mut nodes: Vec<_> = of.filter_map(|attempt| attempt.node).collect();
        nodes.sort_unstable();
        assert_eq!(nodes, [0, 1, 2]);
    }
    assert_eq!(outcome.instances.len(), 3, "the instances are there for the next attempt");
}

#[test]
fn a_timeout_counts_for_the_whole_job() {
    let outcome = account(8).timeout(60).gang(0, 2, 100).run();
    assert_eq!(nodes_of(&outcome, 0), [(0, 60, 60, 120), (1, 60, 60, 120)]);
    assert_eq!(outcome.job(0).status_reason, StatusReason::TimedOut);
}

#[test]
fn a_job_of_several_nodes_is_never_placed_on_spot() {
    let spot = || Account::ideal().own_type("m9.xlarge", 4).spot("BEST_FIT", &["m9.xlarge"], 100);
    let outcome = spot().queue(1, &[0]).gang(0, 2, 100).until(5_000).run();
    assert_eq!(outcome.job(0).status, JobStatus::Runnable);
    assert_eq!(outcome.waits(0), [(WaitCause::Infeasible, 5_000_000)]);
    let both = spot().on_demand("BEST_FIT", &["m9.xlarge"], 100).queue(1, &[0, 1]);
    let outcome = both.gang(0, 2, 100).run();
    let place = outcome.job(0).place.expect("it ran");
    assert_eq!(place.compute_environment, ComputeEnvironmentId::new(1));
}

#[test]
fn the_whole_instances_of_all_nodes_stay_within_max_vcpus() {
    let outcome = account(11).gang(0, 3, 100).gang(0, 2, 100).until(5_000).run();
    assert_eq!(outcome.starts()[..2], [None, None], "twelve vCPUs would be needed, and it blocks");
    assert_eq!(outcome.waits(0), [(WaitCause::Infeasible, 5_060_000)]);
    let outcome = account(11).jobs(0, 1, cpus(4, 0), 1_000).gang(0, 2, 100).run();
    assert_eq!(outcome.starts(), [Some(60.0), Some(1_120.0)]);
    assert_eq!(outcome.peak_vcpus(), 8, "its two would be one too many");
}

#[test]
fn an_environment_that_could_never_hold_all_nodes_is_passed_over() {
    let account = fours("BEST_FIT", 8).on_demand("BEST_FIT", &["m9.xlarge"], 12);
    let outcome = account.queue(1, &[0, 1]).gang(0, 3, 100).run();
    let place = outcome.job(0).place.expect("it ran");
    assert_eq!(place.compute_environment, ComputeEnvironmentId::new(1));
}

/// Two types of four vCPUs, the first the cheaper one; each pool of them holds one instance.
fn scarce(strategy: &str) -> Account {
    let account = Account::ideal().own_type("m9.xlarge", 4).own_type("c9.xlarge", 4);
    let account = account.price("c9.xlarge", 300_000_000).pools_of(4);
    let account = account.profile(|profile| profile.hol = HeadOfLine::Strict);
    account.on_demand(strategy, &["m9.xlarge", "c9.xlarge"], 100)
}

#[test]
fn no_other_type_is_launched_for_a_job_of_several_nodes_when_its_type_is_refused() {
    let plain = scarce("BEST_FIT_PROGRESSIVE").one_zone().queue(1, &[0]).jobs(0, 2, cpus(4, 0), 10);
    assert_eq!(plain.run().starts(), [Some(0.0), Some(0.0)], "other jobs take the next type");
    for strategy in ["BEST_FIT", "BEST_FIT_PROGRESSIVE", "BEST_FIT_PROGRESSIVE_ORDERED"] {
        let account = scarce(strategy).one_zone().queue(1, &[0]).gang(0, 2, 10).horizon(5_000);
        let outcome = account.run();
        assert_eq!(outcome.starts(), [None]);
        assert_eq!(outcome.waits(0), [(WaitCause::Capacity, 5_000_000)]);
        assert_eq!(account.type_of(&outcome, 0), "m9.xlarge");
        assert_eq!(outcome.instances.len(), 1, "what came is kept");
        assert_eq!(outcome.instance(0).billed.as_millis(), 5_000_000);
        assert!(outcome.end().capacity_refusals() > 1, "the same type is asked for again");
    }
}

#[test]
fn another_zone_of_the_type_is_asked_unless_the_nodes_must_share_one() {
    let two_zones = |group: bool| {
        scarce("BEST_FIT_PROGRESSIVE").queue(1, &[0]).gang(0, 2, 10).horizon(5_000).change(
            0,
            |ce| {
                ce.zones.truncate(2);
                ce.placement_group = group;
            },
        )
    };
    assert_eq!(two_zones(false).run().starts(), [Some(0.0)]);
    assert_eq!(two_zones(true).run().starts(), [None]);
}

#[test]
fn the_nodes_of_a_job_share_a_zone_where_there_is_a_placement_group() {
    let zones = |group: bool| {
        let account = account(16).change(0, |ce| ce.placement_group = group).gang(0, 4, 10);
        let mut zones: Vec<_> = account.run().instances.iter().map(|i| i.zone).collect();
        zones.sort_unstable();
        zones.dedup();
        zones.len()
    };
    assert_eq!(zones(true), 1);
    assert!(zones(false) > 1);
}

#[test]
fn a_refusal_of_the_first_environment_blocks_the_queue_though_a_later_one_has_capacity() {
    let account = scarce("BEST_FIT").on_demand("BEST_FIT", &["c9.xlarge"], 100).one_zone();
    let account = account.with(|account| {
        account.config.compute_environments[1].zones = account.config.catalog.zone_ids().collect()
    });
    let account = account.queue(1, &[0, 1]).gang(0, 2, 10).jobs(0, 1, cpus(4, 0), 10);
    let outcome = account.horizon(5_000).run();
    assert_eq!(outcome.starts(), [None, None]);
    assert_eq!(outcome.waits(1), [(WaitCause::Capacity, 5_000_000)]);
}

#[test]
fn a_quota_that_is_too_small_leaves_a_job_of_several_nodes_runnable() {
    let account = account(100).gang(0, 4, 10).horizon(5_000).with(|account| {
        account.config.quotas.on_demand_vcpus[0] = Some(12);
    });
    let outcome = account.run();
    assert_eq!(outcome.starts(), [None]);
    let quota = outcome.job(0).waits.get(WaitCause::Quota);
    assert_eq!(quota, SimDuration::from_secs(5_000));
}

#[test]
fn jobs_of_two_queues_that_fit_one_at_a_time_both_finish() {
    let account = account(16).queue(1, &[0]).gang(0, 3, 100);
    let account = account.submit(0, gang(1, 3, 100)).submit(0, gang(1, 4, 100));
    let outcome = account.run();
    assert_eq!(outcome.starts(), [Some(60.0), Some(160.0), Some(320.0)]);
}

/// Instances of two and of eight vCPUs.
fn twos_and_eights(max_vcpus: u32) -> Account {
    let account = Account::ideal().own_type("m9.large", 2).own_type("m9.2xlarge", 8);
    let account = account.profile(|profile| profile.hol = HeadOfLine::Strict);
    account.on_demand("BEST_FIT_PROGRESSIVE", &["m9.large", "m9.2xlarge"], max_vcpus).boot(60)
}

/// A job of so many nodes of two vCPUs.
fn twos(queue: u32, nodes: u32) -> JobSubmission {
    JobSubmission { nodes, ..submission(queue, cpus(2, 0), 50_000) }
}

#[test]
fn jobs_before_one_of_several_nodes_have_the_first_claim_on_what_may_be_launched() {
    let account = twos_and_eights(40).queue(1, &[0]);
    let account = account.profile(|profile| profile.max_instances_per_ce = Some(2));
    let outcome = account.jobs(0, 2, cpus(8, 0), 100).submit(0, twos(0, 2)).run();
    assert_eq!(outcome.starts(), [Some(60.0), Some(60.0), Some(160.0)]);
}

/// A promise that was taken back and given again counts once, and is kept.
#[test]
fn a_job_of_several_nodes_and_one_of_another_share_do_not_take_turns_for_ever() {
    let account = Account::ideal().own_type("m9.large", 2).own_type("m9.xlarge", 4);
    let account = account.on_demand("BEST_FIT", &["m9.large", "m9.xlarge"], 4).one_zone();
    let account = account.queue(1, &[0]).policy(&policy(3_600, 0, &[("A", 0.125)]));
    let account = account.profile(|profile| {
        profile.hol = HeadOfLine::Strict;
        profile.cycle_period = SimDuration::from_secs(7);
        profile.scale_eval_period = SimDuration::from_secs(300);
    });
    let account = account.with(|account| {
        account.config.on_demand.closed = vec![ClosedInterval {
            instance_type: None,
            zone: None,
            from: SimTime::from_millis(100_000),
            until: SimTime::from_millis(2_000_000),
        }];
    });
    let job = |name, vcpus, nodes, scheduling_priority| JobSubmission {
        nodes,
        scheduling_priority,
        ..job_of(name, vcpus, 60)
    };
    let account = account.submit(0, job("B1", 2, 0, 0)).submit(0, job("C", 1, 2, 5));
    let account = account.submit(102_000, job("C", 1, 2, 0)).submit(399_000, job("B1", 3, 0, 5));
    let starts = account.horizon(20_000).run().starts();
    assert!(starts.iter().all(Option::is_some), "{starts:?}");
}

#[test]
fn nothing_is_kept_for_jobs_behind_one_of_several_nodes_that_waits_for_its_turn() {
    let account = twos_and_eights(16).queue(1, &[0]).queue(2, &[0]).every_attempt_fails();
    let account = account.retry(retry(2, &[])).horizon(5_000);
    // The first one comes back at 110 s and finds instances gathered for the last, which needs ten
    // of sixteen vCPUs, of which eight were promised to the job in between.
    let account = account.submit(0, twos(0, 2)).jobs(55, 1, cpus(8, 0), 50);
    let outcome = account.submit(70_000, twos(1, 5)).run();
    let starts = outcome.starts();
    assert_eq!(starts[0], Some(60.0));
    assert!(starts.iter().all(Option::is_some), "{starts:?}");
    assert!(outcome.jobs.iter().all(|job| job.attempts == 2), "and all of them end");
}

#[test]
fn idle_instances_of_another_type_make_way_for_the_nodes() {
    let account = Account::ideal().own_type("m9.xlarge", 4).own_type("m9.2xlarge", 8);
    let account = account.on_demand("BEST_FIT", &["m9.xlarge", "m9.2xlarge"], 16).queue(1, &[0]);
    let account = account.profile(|profile| {
        profile.hol = HeadOfLine::Strict;
        profile.idle_scale_in = SimDuration::from_secs(300);
    });
    let big = JobSubmission { nodes: 2, ..submission(0, cpus(8, 0), 100_000) };
    let outcome = account.gang(0, 4, 100).submit(10_000, big).run();
    let started = outcome.starts()[1].expect("it runs at last");
    assert!((100.0..=400.0).contains(&started), "at the next check for idle ones: {started}");
    assert!(outcome.job(1).waits.get(WaitCause::MaxVcpus) > SimDuration::ZERO);
}

#[test]
fn what_min_vcpus_keep_does_not_make_way_for_another_type() {
    let started = |max_vcpus| {
        let account = Account::ideal().own_type("m9.xlarge", 4).own_type("m9.2xlarge", 8);
        let account = account.on_demand("BEST_FIT", &["m9.xlarge", "m9.2xlarge"], max_vcpus);
        let account = account.min_vcpus(0, 4).queue(1, &[0]);
        let big = JobSubmission { nodes: 2, ..submission(0, cpus(8, 0), 100_000) };
        let outcome = account.gang(0, 4, 100).submit(10_000, big).run();
        outcome.starts()[1]
    };
    assert_eq!(started(16), None, "four of the sixteen are kept for ever");
    assert!(started(20).is_some());
}

#[test]
fn jobs_behind_one_whose_instances_are_on_their_way_use_what_is_free() {
    let account = account(20).min_vcpus(0, 4).jobs(100, 1, cpus(1, 0), 500).gang(110, 3, 50);
    let outcome = account.jobs(120, 1, cpus(1, 0), 10).run();
    assert_eq!(outcome.starts(), [Some(100.0), Some(170.0), Some(120.0)]);
}

#[test]
fn a_job_of_several_nodes_gives_back_what_is_kept_for_it_when_it_is_cancelled() {
    let account = scarce("BEST_FIT").one_zone().queue(1, &[0]);
    let account = account.submit(0, linked(0, &[], gang(0, 2, 10))).jobs(0, 1, cpus(4, 0), 10);
    let outcome = account.call(1_000, end_job(0, false)).run();
    let job = outcome.job(0);
    assert_eq!((job.status, job.attempts), (JobStatus::Failed, 0));
    assert_eq!(outcome.starts(), [None, Some(1_000.0)]);
    assert_eq!(outcome.job(1).place.expect("it ran").instance.raw(), 0);
}

#[test]
fn terminating_a_job_of_several_nodes_stops_them_all() {
    let account = account(8).submit(0, linked(0, &[], gang(0, 2, 1_000)));
    let outcome = account.retry(retry(3, &[])).call(100, end_job(0, true)).run();
    assert_eq!(nodes_of(&outcome, 0), [(0, 60, 60, 100), (1, 60, 60, 100)]);
    let reason = StatusReason::Requested(ReasonId::new(0));
    assert_eq!((outcome.job(0).status_reason, outcome.job(0).attempts), (reason, 1));
}

#[test]
fn a_job_of_several_nodes_waits_for_others_and_others_for_it() {
    let account = account(12).submit(0, linked(0, &[], submission(0, cpus(4, 0), 100_000)));
    let account = account.submit(0, linked(1, &[0], gang(0, 3, 100)));
    let outcome = account.submit(0, linked(2, &[1], submission(0, cpus(4, 0), 10_000))).run();
    // The first instance has gone by the time that its job has ended.
    assert_eq!(outcome.starts(), [Some(60.0), Some(220.0), Some(320.0)]);
}

#[test]
fn a_job_of_several_nodes_that_has_no_capacity_is_cancelled_in_time() {
    let account = scarce("BEST_FIT").one_zone().queue(1, &[0]).with(|account| {
        let max_time = SimDuration::from_secs(600);
        let action = |reason| TimeLimitAction { reason, max_time };
        account.config.job_queues[0].time_limit_actions = StuckReason::ALL.map(action).to_vec();
    });
    let outcome = account.gang(0, 2, 10).jobs(0, 1, cpus(4, 0), 10).run();
    let reason = StatusReason::TimeLimit(StuckReason::InsufficientInstanceCapacity);
    assert_eq!(outcome.job(0).status_reason, reason);
    assert_eq!(outcome.starts(), [None, Some(600.0)]);
}

#[test]
fn nodes_run_on_the_type_that_their_definition_names() {
    let account = Account::ideal().own_type("m9.xlarge", 4).own_type("m9.2xlarge", 8);
    let account = account.on_demand("BEST_FIT", &["m9"], 100).queue(1, &[0]);
    let account = account.nodes(&[cpus(2, 0); 2], 0, Some("m9.2xlarge")).gang(0, 0, 10);
    let outcome = account.run();
    assert_eq!(
        (account.type_of(&outcome, 0), account.type_of(&outcome, 1)),
        ("m9.2xlarge", "m9.2xlarge")
    );
}

#[test]
fn every_instance_holds_the_largest_node() {
    let account = Account::ideal().own_type("m9.xlarge", 4).own_type("m9.2xlarge", 8);
    let account = account.on_demand("BEST_FIT", &["m9"], 100).queue(1, &[0]);
    let account = account.nodes(&[cpus(1, 0), cpus(7, 0), cpus(2, 0)], 0, None).gang(0, 0, 10);
    let outcome = account.run();
    assert_eq!(outcome.peak_vcpus(), 24);
    let job = outcome.job(0);
    assert_eq!((job.requirements.vcpus, job.quarter_vcpus), (7, 40), "each node holds its own");
}

#[test]
fn an_environment_that_is_disabled_gives_back_what_it_gathers() {
    let account = fours("BEST_FIT", 12).on_demand("BEST_FIT", &["m9.xlarge"], 12).boot(60);
    let disable = ApiAction::UpdateComputeEnvironment(ComputeEnvironmentUpdate {
        compute_environment: ComputeEnvironmentId::new(0),
        enabled: Some(false),
        min_vcpus: None,
        max_vcpus: None,
        unmanaged_vcpus: None,
        desired_vcpus: None,
        scale_down_delay: None,
        infrastructure: None,
        update_policy: None,
    });
    let outcome = account.queue(1, &[0, 1]).gang(0, 3, 50).call(30, disable).run();
    assert_eq!(outcome.starts(), [Some(90.0)], "in the second, from the start");
    assert_eq!(outcome.instances.len(), 6);
}

#[test]
fn jobs_of_several_nodes_wait_for_what_their_nodes_lock() {
    let account = account(16).min_vcpus(0, 16).gang(100, 2, 50).gang(100, 2, 50);
    let outcome = account
        .with(|account| {
            let (name, replenishable) = ("licence".to_owned(), true);
            account.config.consumables = vec![ConsumableResource { name, total: 3, replenishable }];
            let need = ConsumableNeed { resource: ConsumableId::new(0), quantity: 2 };
            account.config.job_definitions[0].consumables = vec![need];
        })
        .run();
    assert_eq!(outcome.starts(), [Some(100.0), Some(150.0)]);
    assert_eq!(outcome.waits(1), [(WaitCause::Consumable, 50_000)]);
}

/// The main node's states are the job's, so the others are told of for themselves.
#[test]
fn what_becomes_of_a_node_is_told_while_its_job_runs() {
    let account = account(12).profile(|profile| profile.start = latency(10));
    let (_, states) = account.gang(0, 3, 100).run_telling();
    let second = |(at, status): &(SimTime, JobStatus)| (at.as_millis() / 1_000, *status);
    let expected = [(70, JobStatus::Starting), (80, JobStatus::Running)];
    for node in [1, 2] {
        let path: Vec<_> = states.nodes[&(0, node)].iter().map(second).collect();
        assert_eq!(path, expected, "its end is that of the main node");
    }
    assert!(!states.nodes.contains_key(&(0, 0)));
}

#[test]
fn an_update_gives_an_environment_a_placement_group() {
    let zones = |group: bool| {
        let account = account(16);
        let spec = &account.config.compute_environments[0];
        let infrastructure = spec.infrastructure().expect("instances");
        let infrastructure = Infrastructure { placement_group: group, ..infrastructure };
        let account = update(account, 10, 0, |u| u.infrastructure = Some(infrastructure));
        let outcome = account.gang(100, 4, 10).run();
        let mut zones: Vec<_> = outcome.instances.iter().map(|i| i.zone).collect();
        zones.sort_unstable();
        zones.dedup();
        zones.len()
    };
    assert_eq!(zones(true), 1);
    assert!(zones(false) > 1);
}
