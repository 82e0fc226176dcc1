//! Files that a job reads before its work and writes after it, over bandwidth that it shares. Ours:
//! to AWS this is a part of the container's run.

use crate::checkpoints::{attempts, machines, saving, terminated};
use crate::support::account::{Account, Outcome, cpus};
use batchcast::batch::job_definition::RetryStrategy;
use batchcast::batch::staging::{SharedFileSystem, SharedFileSystemId, Staging};
use batchcast::ec2::catalog::{Network, NetworkBandwidth};
use batchcast::world::record::{CostLine, JobStatus, StatusReason};

const MIB: u64 = 1 << 20;

/// Jobs read and write so many MiB on S3.
fn over_the_network(account: Account, input_mib: u32, output_mib: u32) -> Account {
    account.with(|account| {
        let staging = Staging { input_mib, output_mib, shared: None };
        account.config.job_definitions[0].model.staging = Some(staging);
    })
}

/// Jobs read and write so many MiB on a file system of so many MiB a second, of so many at most for
/// one transfer.
fn shared(account: Account, files: (u32, u32), mib_per_s: (u64, Option<u64>)) -> Account {
    over_the_network(account, files.0, files.1).with(|account| {
        account.config.shared_file_systems = vec![SharedFileSystem {
            name: "efs".to_owned(),
            bytes_per_s: mib_per_s.0 * MIB,
            bytes_per_s_per_client: mib_per_s.1.map(|mib| mib * MIB),
        }];
        let model = &mut account.config.job_definitions[0].model;
        let id = Some(SharedFileSystemId::new(0));
        model.staging = model.staging.map(|staging| Staging { shared: id, ..staging });
    })
}

/// So many machines for ever.
fn always(count: usize) -> Account {
    machines(&vec![(0, None); count])
}

/// One machine of so many vCPUs and 128,000,000 bytes a second.
fn one_machine(vcpus: u32) -> Account {
    let account = Account::fixed_cluster(vcpus);
    account.with(|account| {
        let catalog = &mut account.config.catalog;
        let mut facts = catalog.get(catalog.find("cluster.all").expect("added")).clone();
        facts.network = Some(Network { baseline_mbps: 1_024, burst_mbps: 2_048 });
        catalog.add(facts);
    })
}

/// Milliseconds RUNNING of each job, by number.
fn runs(outcome: &Outcome) -> Vec<u64> {
    (0..outcome.jobs.len() as u32).map(|n| outcome.job(n).run.as_millis()).collect()
}

#[test]
fn reading_and_writing_are_a_part_of_the_run_time() {
    // 125 MiB are 131,072,000 bytes: 1.024 s; 250 MiB twice as long.
    let account = over_the_network(one_machine(1), 125, 250).jobs(0, 1, cpus(1, 0), 10);
    let outcome = account.run();
    assert_eq!(runs(&outcome), [1_024 + 10_000 + 2_048]);
    let job = outcome.job(0);
    assert_eq!((job.staging.as_millis(), job.lost.as_millis()), (3_072, 0));
    let attempt = &outcome.attempts[0];
    assert_eq!((attempt.stage_in.as_millis(), attempt.stage_out.as_millis()), (1_024, 2_048));
}

#[test]
fn two_jobs_that_read_on_one_instance_take_twice_as_long_each() {
    let account = over_the_network(one_machine(2), 125, 0).jobs(0, 2, cpus(1, 0), 10);
    assert_eq!(runs(&account.run()), [12_048, 12_048]);
}

#[test]
fn each_instance_has_a_network_of_its_own() {
    let account = over_the_network(always(2), 125, 0).jobs(0, 2, cpus(1, 0), 10);
    assert_eq!(runs(&account.run()), [11_024, 11_024]);
}

#[test]
fn transfers_get_the_baseline_bandwidth_or_the_burst() {
    let account = over_the_network(one_machine(1), 125, 0).jobs(0, 1, cpus(1, 0), 10);
    let account = account.profile(|profile| profile.network_bandwidth = NetworkBandwidth::Burst);
    assert_eq!(runs(&account.run()), [10_512]);
}

#[test]
fn all_jobs_share_the_bandwidth_of_a_file_system() {
    let account = shared(always(4), (100, 0), (100, None)).jobs(0, 4, cpus(1, 0), 10);
    assert_eq!(runs(&account.run()), [14_000; 4]);
}

#[test]
fn no_client_gets_more_than_its_part_of_a_file_system() {
    let alone = shared(always(1), (100, 0), (100, Some(10))).jobs(0, 1, cpus(1, 0), 5);
    assert_eq!(runs(&alone.run()), [15_000]);
    let many = shared(always(20), (100, 0), (100, Some(10))).jobs(0, 20, cpus(1, 0), 5);
    assert_eq!(runs(&many.run()), [25_000; 20], "beyond ten they share");
}

#[test]
fn who_stays_is_faster_when_another_has_read() {
    // The first has 50 of 150 MiB left when the second comes, and both get 50 MiB/s for a second;
    // then the second has 100 MiB left and is alone.
    let account = shared(always(2), (150, 0), (100, None));
    let account = account.jobs(0, 1, cpus(1, 0), 10).with(|account| {
        let mut second = account.submissions[0].clone();
        second.0 = 1_000;
        account.submissions.push(second);
    });
    assert_eq!(runs(&account.run()), [2_000 + 10_000, 2_000 + 10_000]);
}

#[test]
fn what_is_read_early_and_written_late_shares_with_nobody() {
    let account = shared(always(2), (100, 100), (100, None)).jobs(0, 1, cpus(1, 0), 10);
    let account = account.jobs(5, 1, cpus(1, 0), 10);
    assert_eq!(runs(&account.run()), [12_000, 12_000]);
}

#[test]
fn a_lost_attempt_reads_again() {
    let lives = [(0, Some(15)), (15, None)];
    let account = shared(machines(&lives), (1_000, 0), (100, None)).jobs(0, 1, cpus(1, 0), 20);
    let outcome = account.run();
    assert_eq!(attempts(&outcome, 0), [15.0, 10.0 + 20.0]);
    assert_eq!(outcome.job(0).staging.as_millis(), 20_000);
    assert_eq!(outcome.job(0).lost.as_millis(), 15_000, "what it had read and what it had done");
}

#[test]
fn an_instance_that_is_lost_while_a_job_reads_gives_its_share_to_the_others() {
    // Both at 50 MiB/s for 4 s; then the other one is alone with 300 of 500 MiB, and whoever was
    // lost waits for its machine.
    let lives = [(0, None), (0, Some(4))];
    let account = shared(machines(&lives), (500, 0), (100, None)).jobs(0, 2, cpus(1, 0), 10);
    let outcome = account.run();
    let mut all = [attempts(&outcome, 0), attempts(&outcome, 1)];
    all.sort_by_key(Vec::len);
    assert_eq!(all, [vec![4.0 + 3.0 + 10.0], vec![4.0, 5.0 + 10.0]]);
}

#[test]
fn a_job_that_is_terminated_while_it_reads_gives_its_share_to_the_others() {
    let account = shared(always(2), (500, 0), (100, None)).jobs(0, 2, cpus(1, 0), 10);
    let outcome = terminated(account, 4).run();
    assert_eq!(runs(&outcome), [4_000, 4_000 + 3_000 + 10_000]);
    assert_eq!(outcome.job(0).status, JobStatus::Failed);
}

#[test]
fn a_job_that_is_lost_while_it_writes_does_its_work_again_or_from_its_checkpoint() {
    let lives = [(0, Some(245)), (245, None)];
    let write = |account| shared(account, (0, 1_000), (10, None)).jobs(0, 1, cpus(1, 0), 200);
    let outcome = write(machines(&lives)).run();
    assert_eq!(attempts(&outcome, 0), [245.0, 200.0 + 100.0]);
    // With a checkpoint at the end of the work nothing of that is left: it restores and writes.
    let outcome = write(saving(machines(&lives))).run();
    assert_eq!(attempts(&outcome, 0), [245.0, 20.0 + 100.0]);
    assert_eq!(outcome.job(0).lost.as_millis(), 25_000, "what it had written");
}

#[test]
fn a_timeout_may_strike_while_a_job_reads_and_while_it_writes() {
    for files in [(1_000, 0), (0, 1_000)] {
        let account = shared(always(1), files, (10, None)).jobs(0, 1, cpus(1, 0), 20).timeout(60);
        let outcome = account.run();
        let job = outcome.job(0);
        assert_eq!((job.status, job.status_reason), (JobStatus::Failed, StatusReason::TimedOut));
        assert_eq!((runs(&outcome), job.attempts), (vec![60_000], 1), "{files:?}");
    }
    let account = shared(always(1), (400, 0), (10, None)).jobs(0, 1, cpus(1, 0), 20).timeout(60);
    assert_eq!(account.run().job(0).status, JobStatus::Succeeded, "not longer than its timeout");
    let account = shared(always(1), (0, 400), (10, None)).jobs(0, 1, cpus(1, 0), 20).timeout(60);
    assert_eq!(account.run().job(0).status, JobStatus::Succeeded, "not longer than its timeout");
}

#[test]
fn timeouts_of_jobs_that_read_are_carried_out_in_order_at_a_bounded_rate() {
    let account = shared(always(3), (10_000, 0), (10, None)).jobs(0, 3, cpus(1, 0), 20);
    let account = account.timeout(60).profile(|profile| profile.timeout_rate = Some(2));
    let mut runs = runs(&account.run());
    runs.sort_unstable();
    assert_eq!(runs, [60_000, 60_500, 61_000]);
}

#[test]
fn a_job_that_fails_writes_nothing() {
    let once = RetryStrategy { attempts: 1, evaluate_on_exit: Vec::new() };
    let account = shared(always(1), (100, 1_000), (100, None)).jobs(0, 1, cpus(1, 0), 20);
    assert_eq!(runs(&account.every_attempt_fails().retry(once).run()), [21_000]);
}

#[test]
fn what_is_read_and_written_once_is_work_in_the_ledger() {
    let account = shared(always(1), (100, 200), (100, None)).jobs(0, 1, cpus(1, 0), 57);
    let outcome = account.run();
    assert_eq!(outcome.line(CostLine::Work), 50_000_000 / 60, "a minute");
    assert_eq!(outcome.job(0).cost.0, outcome.line(CostLine::Work));
}

#[test]
fn a_fargate_task_reads_over_a_network_of_its_own() {
    // 125 MiB at 1.024 Gbit/s are 1.024 s.
    let account = Account::ideal().fargate(8).queue(1, &[0]).tasks_of(4, 2_048);
    let account = account.profile(|profile| profile.fargate_network_gbps = 1.024);
    let account = over_the_network(account, 125, 0).tasks(0, 0, 2, 10);
    assert_eq!(runs(&account.run()), [11_024, 11_024]);
}

#[test]
fn jobs_without_files_run_beside_those_with_them_as_before() {
    let account = shared(always(2), (100, 0), (10, None)).with(|account| {
        let mut plain = account.config.job_definitions[0].clone();
        plain.model.staging = None;
        account.config.job_definitions.push(plain);
    });
    let account = account.jobs(0, 2, cpus(1, 0), 30).with(|account| {
        account.submissions[1].1.definition =
            batchcast::batch::job_definition::JobDefinitionId::new(1);
    });
    assert_eq!(runs(&account.run()), [40_000, 30_000]);
}
