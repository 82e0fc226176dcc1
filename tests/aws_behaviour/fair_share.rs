//! Shares take turns: who is next in a queue with a scheduling policy (behaviour 5.5).

use crate::jobs::retry;
use crate::support::account::{Account, Outcome};
use crate::support::shares::{job_of, policy};
use batchcast::batch::policy::{HeadOfLine, UsageKernel};
use batchcast::batch::wait_cause::WaitCause;
use batchcast::sim::sampler::Sampler;
use batchcast::sim::statistics::mean_interval;
use batchcast::sim::{SimDuration, SimTime};
use batchcast::workload::submission::JobSubmission;
use batchcast::world::record::JobStatus;

/// A cluster with a policy that remembers for 1,000 s, reserves nothing and weighs all alike.
fn alike(vcpus: u32) -> Account {
    Account::fixed_cluster(vcpus).policy(&policy(1_000, 0, &[]))
}

/// Submissions in the order in which they were first RUNNING.
fn order(outcome: &Outcome) -> Vec<u32> {
    let mut jobs: Vec<_> =
        outcome.jobs.iter().map(|job| (job.started.expect("it ran"), job.job_id.raw())).collect();
    jobs.sort_unstable();
    jobs.into_iter().map(|(_, id)| id).collect()
}

#[test]
fn shares_that_have_used_nothing_alternate() {
    let account = alike(4).of_share("a", 0, 5, 1, 100).of_share("b", 0, 5, 1, 100);
    let outcome = account.run();
    let in_use = ["a", "b"].map(|name| outcome.vcpus_in_use(Some(name), 0));
    assert_eq!(in_use, [2, 2], "whoever was submitted first");
}

/// Behaviour 5.5: a lower weight factor is more vCPUs. With a half the shares are charged 0.5 and 1
/// a job: first, then other, first, first, other, first.
#[test]
fn a_prefix_weighs_every_share_whose_name_begins_so() {
    let weights = policy(1_000, 0, &[("team*", 0.5)]);
    let account = Account::fixed_cluster(6).policy(&weights);
    let account = account.of_share("teamA", 0, 9, 1, 100).of_share("other", 0, 9, 1, 100);
    let outcome = account.run();
    let in_use = ["teamA", "other"].map(|name| outcome.vcpus_in_use(Some(name), 0));
    assert_eq!(in_use, [4, 2]);
}

#[test]
fn the_share_that_has_used_least_is_next_though_its_job_came_last() {
    let account = alike(1).of_share("a", 0, 3, 1, 10).of_share("b", 1, 1, 1, 10);
    assert_eq!(order(&account.run()), [0, 3, 1, 2]);
}

#[test]
fn running_jobs_count_before_they_have_ended() {
    // One vCPU of two is busy with a job of a; the other becomes free of one of z.
    let account = alike(2).of_share("a", 0, 1, 1, 1_000).of_share("z", 0, 1, 1, 10);
    let account = account.of_share("a", 1, 1, 1, 10).of_share("b", 1, 1, 1, 10);
    assert_eq!(order(&account.run()), [0, 1, 3, 2], "a uses one already");
}

/// What a used for 100 s is forgotten after the window, and then the older share wins the tie.
#[test]
fn a_share_regains_its_turn_as_what_it_has_used_is_forgotten() {
    let with_window = |decay_s| {
        let account = Account::fixed_cluster(1).policy(&policy(decay_s, 0, &[]));
        let account = account.of_share("a", 0, 1, 1, 100).of_share("c", 900, 1, 1, 200);
        let account = account.of_share("a", 1_000, 1, 1, 10).of_share("b", 1_000, 1, 1, 10);
        order(&account.run())
    };
    assert_eq!(with_window(10_000), [0, 1, 3, 2], "remembered: b is next");
    assert_eq!(with_window(500), [0, 1, 2, 3], "forgotten: a was there before b");
}

/// Three shares have used 100, 30 and 70 vCPU-seconds, the first long before the others. At the
/// instant of the choice their ages are about 0.945, 0.395 and 0.385 of the window, so that the
/// linear kernel gives 5.5, 18 and 43, the exponential one 27, 17 and 41, the window all of it.
#[test]
fn each_kernel_makes_the_order_that_its_formula_says() {
    let with_kernel = |kernel| {
        let account = alike(10).profile(|profile| profile.fs_kernel = kernel);
        let account = account.of_share("a", 0, 10, 1, 10).of_share("b", 550, 3, 1, 10);
        let account = account.of_share("c", 560, 7, 1, 10).of_share("z", 900, 1, 10, 50);
        let account = account.of_share("a", 905, 1, 10, 1).of_share("b", 905, 1, 10, 1);
        let outcome = account.of_share("c", 905, 1, 10, 1).run();
        order(&outcome)[21..].to_vec()
    };
    let (a, b, c) = (21, 22, 23);
    assert_eq!(with_kernel(UsageKernel::Linear), [a, b, c]);
    assert_eq!(with_kernel(UsageKernel::Exponential), [b, a, c]);
    assert_eq!(with_kernel(UsageKernel::Window), [b, c, a]);
}

#[test]
fn within_a_share_the_higher_scheduling_priority_is_first_then_the_earlier_submission() {
    let account = alike(1).of_share("a", 0, 1, 1, 10);
    let account = [1, 9, 5, 9].into_iter().fold(account, |a, p| a.urgent("a", 1, p, 10));
    assert_eq!(order(&account.run()), [0, 2, 4, 3, 1]);
}

#[test]
fn a_scheduling_priority_counts_within_its_share_only() {
    let account = alike(1).of_share("a", 0, 1, 1, 10).urgent("a", 1, 9_999, 10);
    let outcome = account.urgent("b", 1, 0, 10).run();
    assert_eq!(order(&outcome), [0, 2, 1]);
}

#[test]
fn a_retried_job_goes_before_its_share_and_not_before_others() {
    let account = alike(1).retry(retry(2, &[])).every_attempt_fails();
    let account = account.of_share("a", 0, 2, 1, 10).of_share("b", 1, 1, 1, 10);
    let outcome = account.run();
    let mut placed: Vec<_> =
        outcome.attempts.iter().map(|a| (a.placed, a.job_id.raw(), a.attempt)).collect();
    placed.sort_unstable();
    let placed: Vec<_> = placed.into_iter().map(|(_, id, attempt)| (id, attempt)).collect();
    // a, b, then by usage: at 20 s a has used 10 s that are older than b's.
    assert_eq!(placed, [(0, 1), (2, 1), (0, 2), (2, 2), (1, 1), (1, 2)]);
}

#[test]
fn children_of_an_array_take_their_turns_one_by_one() {
    let array = JobSubmission { array_size: 6, ..job_of("a", 1, 100) };
    let outcome = alike(4).submit(0, array).of_share("b", 0, 6, 1, 100).run();
    let in_use = ["a", "b"].map(|name| outcome.vcpus_in_use(Some(name), 0));
    assert_eq!(in_use, [2, 2]);
}

/// Planned capacity is a turn as well: the shares of a queue that scales from nothing are promised
/// half each, though their instances differ.
#[test]
fn shares_take_turns_at_being_promised_capacity() {
    let account = Account::ideal().own_type("own.small", 2).own_type("own.big", 4);
    let account = account.on_demand("BEST_FIT", &["own.small", "own.big"], 16).queue(1, &[0]);
    let account = account.policy(&policy(1_000, 0, &[])).boot(60).profile(|profile| {
        profile.hol = HeadOfLine::Strict;
        profile.fs_skip_blocked_share = true;
    });
    let outcome = account.of_share("a", 0, 8, 2, 100).of_share("b", 0, 4, 4, 100).run();
    let in_use = ["a", "b"].map(|name| outcome.vcpus_in_use(Some(name), 60));
    assert_eq!(in_use.iter().sum::<u32>(), 16);
    assert!(in_use.iter().all(|vcpus| *vcpus >= 6), "{in_use:?}");
}

/// The head of a needs more than is free; b would fit.
fn blocked_share(skip: bool) -> Outcome {
    let account = alike(4).profile(|profile| {
        profile.hol = HeadOfLine::Strict;
        profile.fs_skip_blocked_share = skip;
    });
    let account = account.of_share("z", 0, 1, 2, 100).of_share("a", 1, 1, 4, 10);
    account.of_share("b", 1, 1, 1, 10).run()
}

#[test]
fn a_blocked_share_is_passed_over_and_the_others_are_tried() {
    let outcome = blocked_share(true);
    assert_eq!(outcome.starts(), [Some(0.0), Some(100.0), Some(1.0)]);
    assert_eq!(outcome.waits(1), [(WaitCause::MaxVcpus, 99_000)]);
}

#[test]
fn a_blocked_share_may_hold_up_the_others_who_wait_for_their_turn() {
    let outcome = blocked_share(false);
    assert_eq!(outcome.starts(), [Some(0.0), Some(100.0), Some(110.0)]);
    assert_eq!(outcome.waits(1), [(WaitCause::MaxVcpus, 99_000)]);
    let [(WaitCause::FairShare, turn), (WaitCause::MaxVcpus, room)] = outcome.waits(2)[..] else {
        panic!("{:?}", outcome.waits(2))
    };
    assert_eq!((turn, room), (99_000, 10_000), "its turn, then the room that a has taken");
}

/// b is blocked from 2 s on and has used nothing, so it holds up a; once what a had used is
/// forgotten, both are equal, and a, which was known first, goes ahead though nothing has happened.
#[test]
fn where_a_blocked_share_holds_up_others_time_alone_turns_their_order() {
    let account = Account::fixed_cluster(4).policy(&policy(60, 0, &[])).profile(|profile| {
        profile.fs_skip_blocked_share = false;
    });
    let account = account.of_share("a", 0, 1, 4, 1).of_share("z", 1, 1, 2, 1_000);
    let outcome = account.of_share("b", 2, 1, 4, 10).of_share("a", 2, 1, 1, 10).run();
    let start = outcome.starts()[3].expect("it ran");
    assert!((61.0..=63.0).contains(&start), "{start}");
}

#[test]
fn usage_of_one_queue_does_not_count_in_another() {
    let account = Account::fixed_cluster(1).queue(1, &[0]).policy(&policy(1_000, 0, &[]));
    let to = |queue: u32, name| JobSubmission {
        queue: batchcast::batch::job_queue::JobQueueId::new(queue),
        ..job_of(name, 1, 10)
    };
    let account = account.submit(0, to(0, "a")).submit(1_000, to(1, "z"));
    let outcome = account.submit(1_000, to(1, "b")).submit(1_000, to(1, "a")).run();
    // In the second queue a is the last of three that have used nothing.
    assert_eq!(order(&outcome), [0, 1, 2, 3]);
}

/// Behaviour 12, scenario 12: 90 slots that are never free for long, exponential run times of 10 s,
/// a window of 600 s. Over replications, the ratio of vCPU time after the warm-up. Shares are
/// balanced to within a job: 10 vCPU-seconds of the 3,000 that ten slots of the heavy share leave
/// behind in the window, half of which counts.
#[test]
fn an_eighth_of_the_weight_is_eight_times_the_vcpus_in_the_long_run() {
    let weights = policy(600, 0, &[("light", 0.125), ("heavy", 1.0)]);
    let account = Account::fixed_cluster(90).policy(&weights).horizon(2_400).with(|account| {
        let runtime = Sampler::exponential(10.0).expect("a mean");
        account.config.job_definitions[0].model.runtime = Some(runtime);
    });
    let drawn = |name| JobSubmission { run_time: None, array_size: 22_000, ..job_of(name, 1, 0) };
    let account = account.submit(0, drawn("light")).submit(0, drawn("heavy"));
    let ratio = |seed| {
        let outcome = account.clone().with(|account| account.seed = seed).run_fast();
        let (warm, end) = (SimTime::from_millis(900_000), outcome.end().time);
        let mut used = [SimDuration::ZERO; 2];
        for attempt in &outcome.attempts {
            let stopped = attempt.stopped.unwrap_or(end);
            used[attempt.job_id.raw() as usize] =
                used[attempt.job_id.raw() as usize] + stopped.since(attempt.placed.max(warm));
        }
        let [light, heavy] = used.map(|time| time.as_secs_f64());
        assert!(light + heavy > 0.99 * 90.0 * 1_500.0, "saturated: {light} + {heavy}");
        light / heavy
    };
    let ratios: Vec<f64> = (1..=6).map(ratio).collect();
    let interval = mean_interval(&ratios, 0.99);
    let half_width = interval.half_width.expect("several replications");
    let one_job = 8.0 * 10.0 / 3_000.0;
    assert!((interval.mean - 8.0).abs() <= half_width + one_job, "{ratios:?}");
    assert!(half_width < 0.4, "{ratios:?}");
}

/// Behaviour 1.5: the head of the queue is that of the share whose turn is next.
#[test]
fn a_time_limit_acts_on_the_head_of_the_share_whose_turn_is_next() {
    use batchcast::batch::job_queue::{StuckReason, TimeLimitAction};
    let account = alike(4).profile(|profile| {
        profile.hol = HeadOfLine::Strict;
        profile.fs_skip_blocked_share = true;
        profile.stuck_detect = SimDuration::from_secs(150);
    });
    let max_time = SimDuration::from_secs(600);
    let action = |reason| TimeLimitAction { reason, max_time };
    let account = account.with(|account| {
        account.config.job_queues[0].time_limit_actions = StuckReason::ALL.map(action).to_vec();
    });
    // Neither could ever run; b has used nothing, so it is the head, and a after it.
    let account = account.of_share("a", 0, 1, 4, 10).of_share("a", 10, 1, 8, 10);
    let outcome = account.of_share("b", 10, 1, 8, 10).run();
    let stopped = [1, 2].map(|n| outcome.job(n).stopped.map(|at| at.as_millis() / 1_000));
    assert_eq!(outcome.job(2).status, JobStatus::Failed);
    assert_eq!(stopped[1], Some(760));
    assert!(stopped[0] >= Some(760), "{stopped:?}");
}

#[test]
fn a_cancelled_job_of_a_share_leaves_its_lane_and_those_behind_it_go_on() {
    use batchcast::batch::api_call::{ApiAction, ApiCall, JobEnd, ReasonId};
    use batchcast::batch::dependency::{JobHandle, Links};
    let links = Links { handle: Some(JobHandle(7)), ..Links::default() };
    let first = JobSubmission { links: Some(links.into()), ..job_of("a", 8, 10) };
    let account = alike(4).submit(0, first).of_share("a", 1, 1, 4, 10).with(|account| {
        account.config.reasons = vec!["too large".to_owned()];
        let (job, reason) = (JobHandle(7), ReasonId::new(0));
        let end = JobEnd { job, child: None, terminate: false, reason };
        let call = ApiCall { at: SimTime::from_millis(30_000), action: ApiAction::EndJob(end) };
        account.config.api_calls = vec![call];
    });
    let outcome = account.run();
    assert_eq!(outcome.starts(), [None, Some(30.0)]);
    assert_eq!(outcome.waits(1), [(WaitCause::Infeasible, 29_000)]);
}
