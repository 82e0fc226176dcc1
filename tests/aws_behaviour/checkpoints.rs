//! Checkpoints: what an attempt after a lost one resumes from, and what the time was spent on; and
//! machines that are faster than the one that run times are stated for. Ours: AWS knows neither.

use crate::dependencies::handle;
use crate::support::account::{Account, Outcome, cpus, submission};
use batchcast::batch::api_call::{ApiAction, ApiCall, JobEnd, ReasonId};
use batchcast::batch::checkpoint::{Checkpoint, Speed};
use batchcast::batch::compute_environment::RegisteredInstances;
use batchcast::batch::dependency::Links;
use batchcast::batch::job_definition::RetryStrategy;
use batchcast::ec2::catalog::Network;
use batchcast::sim::{SimDuration, SimTime};
use batchcast::workload::submission::JobSubmission;
use batchcast::world::record::{CostLine, JobStatus};
use std::sync::Arc;

/// Machines of one vCPU and 128,000,000 bytes a second that are there from one second on and, if
/// they go, up to another. A job may be tried ten times.
pub(crate) fn machines(lives: &[(u64, Option<u64>)]) -> Account {
    let at = |seconds: u64| SimTime::from_millis(seconds * 1_000);
    let account = Account::ideal().own_type("m9.slot", 1).with(|account| {
        let catalog = &mut account.config.catalog;
        let mut facts = catalog.get(catalog.find("m9.slot").expect("added")).clone();
        facts.network = Some(Network { baseline_mbps: 1_024, burst_mbps: 2_048 });
        catalog.add(facts);
    });
    let count = lives.len() as u32;
    let account = account.on_demand("BEST_FIT", &["m9.slot"], count).change(0, |ce| {
        ce.managed = false;
        let machine = |(from, until): &(u64, Option<u64>)| RegisteredInstances {
            instance_type: ce.instance_types[0].id,
            zone: ce.zones[0],
            count: 1,
            from: at(*from),
            until: until.map(at),
        };
        ce.model.instances = lives.iter().map(machine).collect();
    });
    let retry = RetryStrategy { attempts: 10, evaluate_on_exit: Vec::new() };
    account.queue(1, &[0]).retry(retry)
}

/// Every 100 s, in 10 s, read in 20 s.
pub(crate) fn saving(account: Account) -> Account {
    let secs = SimDuration::from_secs;
    let checkpoint = Checkpoint { interval: secs(100), cost: secs(10), restore: secs(20) };
    account.with(|a| a.config.job_definitions[0].model.checkpoint = Some(checkpoint))
}

fn job(account: Account, work_s: u64) -> Account {
    account.jobs(0, 1, cpus(1, 0), work_s)
}

/// Seconds of the n-th job: of all its attempts, of what was redone, of checkpoints.
fn seconds(outcome: &Outcome, n: u32) -> (u64, u64, u64) {
    let job = outcome.job(n);
    let seconds = |time: SimDuration| time.as_millis() / 1_000;
    (seconds(job.run), seconds(job.lost), seconds(job.checkpoint))
}

/// Seconds RUNNING of each attempt of the n-th job.
pub(crate) fn attempts(outcome: &Outcome, n: u32) -> Vec<f64> {
    let run = |attempt: &&batchcast::world::record::AttemptRecord| {
        let ran = attempt.stopped?.since(attempt.started?);
        Some(ran.as_secs_f64())
    };
    outcome.attempts_of(n).iter().filter_map(run).collect()
}

/// What a line comes to in seconds of a machine.
fn line_s(outcome: &Outcome, line: CostLine) -> f64 {
    worth_s(outcome.line(line))
}

/// Seconds of a machine, which is 0.05 USD an hour: to a millisecond, as bills are whole nano-USD.
fn worth_s(nano_usd: i64) -> f64 {
    (nano_usd as f64 * 3.6e6 / 50_000_000.0).round() / 1e3
}

#[test]
fn a_checkpoint_follows_every_whole_interval_of_work_also_the_last() {
    for (work, run) in [(99, 99), (100, 110), (250, 270), (300, 330), (0, 0)] {
        let outcome = job(saving(machines(&[(0, None)])), work).run();
        assert_eq!(outcome.job(0).run, SimDuration::from_secs(run), "{work} s of work");
        assert_eq!(seconds(&outcome, 0), (run, 0, run - work));
    }
}

#[test]
fn an_attempt_after_a_lost_one_resumes_from_the_last_checkpoint() {
    // 100 + 10 + 100 + 10 + 30: two checkpoints, and half a minute that is redone.
    let outcome = job(saving(machines(&[(0, Some(250)), (250, None)])), 300).run();
    assert_eq!(attempts(&outcome, 0), [250.0, 20.0 + 100.0 + 10.0]);
    assert_eq!(seconds(&outcome, 0), (380, 30, 50));
    assert_eq!(outcome.job(0).status, JobStatus::Succeeded);
}

#[test]
fn a_checkpoint_that_was_not_completely_written_is_none() {
    for (lost_at, again) in [(109, 330), (110, 20 + 220), (219, 20 + 220), (220, 20 + 110)] {
        let outcome = job(saving(machines(&[(0, Some(lost_at)), (lost_at, None)])), 300).run();
        assert_eq!(attempts(&outcome, 0), [lost_at as f64, f64::from(again)], "lost at {lost_at}");
    }
}

#[test]
fn what_was_never_saved_starts_again_from_nothing_and_restores_nothing() {
    let outcome = job(saving(machines(&[(0, Some(80)), (80, Some(160)), (160, None)])), 90).run();
    assert_eq!(attempts(&outcome, 0), [80.0, 80.0, 90.0]);
    assert_eq!(seconds(&outcome, 0), (250, 160, 0));
}

#[test]
fn an_attempt_that_is_lost_while_it_restores_resumes_from_where_the_one_before_did() {
    let lives = [(0, Some(120)), (120, Some(135)), (135, None)];
    let outcome = job(saving(machines(&lives)), 200).run();
    // One checkpoint and 10 s that are redone; 15 s of a restore; then all of the rest.
    assert_eq!(attempts(&outcome, 0), [120.0, 15.0, 130.0]);
    assert_eq!(seconds(&outcome, 0), (265, 25, 10 + 20 + 10));
}

#[test]
fn checkpoints_add_up_over_any_number_of_attempts() {
    let lives = [(0, Some(115)), (115, Some(250)), (250, Some(400)), (400, None)];
    let outcome = job(saving(machines(&lives)), 500).run();
    // 5 s of work are gone, then 135 - 130 s, then 150 - 130 s; 200 s are left.
    assert_eq!(attempts(&outcome, 0), [115.0, 135.0, 150.0, 20.0 + 220.0]);
    assert_eq!(seconds(&outcome, 0), (640, 30, 50 + 60));
}

#[test]
fn an_attempt_that_fails_resumes_from_the_last_checkpoint_before_the_end_of_the_work() {
    let account = saving(machines(&[(0, None)])).every_attempt_fails();
    let retry = RetryStrategy { attempts: 3, evaluate_on_exit: Vec::new() };
    let outcome = job(account.retry(retry), 300).run();
    assert_eq!(attempts(&outcome, 0), [320.0, 120.0, 120.0], "from 200 s of 300 on");
    // What the last one did is not redone.
    assert_eq!(seconds(&outcome, 0), (560, 200, 20 + 20 + 20));
    assert_eq!(outcome.job(0).status, JobStatus::Failed);
}

#[test]
fn retries_are_governed_by_the_strategy_whatever_was_saved() {
    let account = saving(machines(&[(0, Some(150)), (150, None)]));
    let once = RetryStrategy { attempts: 1, evaluate_on_exit: Vec::new() };
    let outcome = job(account.retry(once), 300).run();
    assert_eq!((outcome.job(0).attempts, outcome.job(0).status), (1, JobStatus::Failed));
    assert_eq!(seconds(&outcome, 0), (150, 0, 10), "nothing is redone");
}

#[test]
fn children_of_an_array_save_and_resume_each_for_itself() {
    let account = saving(machines(&[(0, Some(150)), (0, Some(260)), (300, None)]));
    let outcome = account.array(0, 2, cpus(1, 0), 300).run();
    let run_of = |child: u32| {
        let of = |attempt: &&&batchcast::world::record::AttemptRecord| {
            attempt.array_index == Some(child)
        };
        let attempts = outcome.attempts_of(0);
        let mine = attempts.iter().filter(of);
        let run = mine.map(|a| a.stopped.unwrap_or_default().since(a.started.unwrap_or_default()));
        run.map(|run| run.as_millis() / 1_000).collect::<Vec<_>>()
    };
    assert_eq!(run_of(0), [150, 20 + 220]);
    assert_eq!(run_of(1), [260, 20 + 110]);
}

#[test]
fn the_main_node_decides_what_a_job_of_several_nodes_resumes_from() {
    let account = Account::ideal().own_type("m9.slot", 1);
    let account = account.on_demand("BEST_FIT_PROGRESSIVE", &["m9.slot"], 3).queue(1, &[0]);
    let retry = RetryStrategy { attempts: 2, evaluate_on_exit: Vec::new() };
    let account = saving(account).retry(retry).every_attempt_fails();
    let gang = JobSubmission { nodes: 3, ..submission(0, cpus(1, 0), 300_000) };
    let outcome = account.submit(0, gang).run();
    let main: Vec<_> = outcome.attempts.iter().filter(|a| a.node == Some(0)).collect();
    let run = |a: &&batchcast::world::record::AttemptRecord| {
        a.stopped.unwrap_or_default().since(a.started.unwrap_or_default()).as_millis() / 1_000
    };
    assert_eq!(main.iter().map(run).collect::<Vec<_>>(), [320, 120]);
}

#[test]
fn the_ledger_tells_kept_work_from_checkpoints_and_from_what_is_redone() {
    let outcome = job(saving(machines(&[(0, Some(250)), (250, None)])), 300).run();
    assert_eq!(line_s(&outcome, CostLine::Work), 300.0, "every second of work once");
    assert_eq!(line_s(&outcome, CostLine::Lost), 30.0);
    assert_eq!(line_s(&outcome, CostLine::Checkpoint), 20.0 + 20.0 + 10.0);
    assert_eq!(worth_s(outcome.job(0).cost.0), 380.0, "a job pays for all of it");
}

#[test]
fn a_timeout_counts_restoring_and_writing() {
    let account = saving(machines(&[(0, Some(130)), (130, None)])).timeout(160);
    let outcome = job(account, 300).run();
    assert_eq!(attempts(&outcome, 0), [130.0, 160.0]);
    assert_eq!(outcome.job(0).status, JobStatus::Failed);
    // 10 + 10 s are written, 20 s restored, 20 s redone; the last attempt is not.
    assert_eq!(seconds(&outcome, 0), (290, 20, 40));
    let in_time = job(saving(machines(&[(0, None)])).timeout(330), 300).run();
    assert_eq!(in_time.job(0).status, JobStatus::Succeeded, "not longer than its timeout");
}

#[test]
fn what_runs_at_the_horizon_is_in_flight_whatever_it_has_saved() {
    let outcome = job(saving(machines(&[(0, None)])).horizon(150), 300).run();
    assert_eq!(line_s(&outcome, CostLine::InFlight), 150.0);
    assert_eq!((outcome.line(CostLine::Work), outcome.line(CostLine::Checkpoint)), (0, 0));
}

/// Machines of this speed.
fn at_speed(account: Account, factor: f64) -> Account {
    account.with(|account| {
        let catalog = &account.config.catalog;
        let mut speeds = vec![Speed::REFERENCE; catalog.len()];
        let id = catalog.find("m9.slot").expect("added");
        speeds[id.index()] = Speed::new(factor).expect("a speed");
        account.config.machine_speeds = speeds;
    })
}

#[test]
fn work_is_divided_by_the_speed_of_the_machine() {
    for (factor, run_ms) in [(1.0, 300_000), (1.2, 250_000), (0.5, 600_000), (0.7, 428_572)] {
        let outcome = job(at_speed(machines(&[(0, None)]), factor), 300).run();
        assert_eq!(outcome.job(0).run.as_millis(), run_ms, "at {factor}");
    }
}

#[test]
fn a_fast_machine_saves_by_the_clock_and_keeps_more_at_once() {
    let lives = [(0, Some(115)), (115, None)];
    let outcome = job(at_speed(saving(machines(&lives)), 2.0), 300).run();
    // 150 s of its own; after 100 of them 200 s of work are kept.
    assert_eq!(attempts(&outcome, 0), [115.0, 20.0 + 50.0]);
}

#[test]
fn a_timeout_is_by_the_clock_on_any_machine() {
    let outcome = job(at_speed(machines(&[(0, None)]), 2.0).timeout(160), 300).run();
    assert_eq!(outcome.job(0).status, JobStatus::Succeeded);
    let outcome = job(at_speed(machines(&[(0, None)]), 0.5).timeout(400), 300).run();
    assert_eq!((outcome.job(0).status, attempts(&outcome, 0)), (JobStatus::Failed, vec![400.0]));
}

/// The account with a call that terminates its first job.
pub(crate) fn terminated(account: Account, at_s: u64) -> Account {
    account.with(|account| {
        account.config.reasons = vec!["superseded".to_owned()];
        let links = Links { handle: Some(handle(0)), by_index: false, depends_on: Vec::new() };
        account.submissions[0].1.links = Some(Arc::new(links));
        let end = JobEnd { job: handle(0), child: None, terminate: true, reason: ReasonId::new(0) };
        let at = SimTime::from_millis(at_s * 1_000);
        account.config.api_calls = vec![ApiCall { at, action: ApiAction::EndJob(end) }];
    })
}

#[test]
fn a_job_that_is_terminated_between_two_checkpoints_ends_there() {
    let outcome = terminated(job(saving(machines(&[(0, None)])), 300), 150).run();
    assert_eq!((outcome.job(0).status, attempts(&outcome, 0)), (JobStatus::Failed, vec![150.0]));
    assert_eq!(seconds(&outcome, 0), (150, 0, 10));
}
