//! Random accounts in `profile: aws`: invariants after every event, identities at the end.

use crate::environments::{update, update_queue};
use crate::jobs::retry;
use crate::spot::reclaiming_pools;
use crate::support::account::{Account, cpus, submission};
use crate::support::random_shares::{DraftShares, shares};
use batchcast::batch::compute_environment::{
    ComputeEnvironmentId, Infrastructure, ListedType, UpdatePolicy,
};
use batchcast::batch::job_definition::{JobDefinitionId, NodeProperties};
use batchcast::batch::policy::HeadOfLine;
use batchcast::ec2::market::{PoolOnOffConfig, SpotMarketConfig};
use batchcast::sim::SimDuration;
use batchcast::workload::submission::JobSubmission;
use batchcast::world::record::StopReason;
use proptest::prelude::*;

const STRATEGIES: [&str; 4] = [
    "BEST_FIT",
    "BEST_FIT_PROGRESSIVE",
    "SPOT_CAPACITY_OPTIMIZED",
    "SPOT_PRICE_CAPACITY_OPTIMIZED",
];

#[derive(Clone, Debug)]
struct Random {
    ideal: bool,
    hol: u32,
    strategies: [usize; 2],
    max_vcpus: [u32; 2],
    min_vcpus: [u32; 2],
    depth: u32,
    reclaims: f64,
    attempts: u8,
    failures: f64,
    instances: u32,
    jobs: Vec<(u32, u64, u32, u32, u64, u32)>,
    horizon: u64,
}

fn random() -> impl Strategy<Value = Random> {
    let job = (0u32..2, 0u64..2_000, 1u32..10, 1u32..40_000, 0u64..3_000, 0u32..30);
    (
        (any::<bool>(), 0u32..4, [0usize..4, 0usize..4], [1u32..40, 1u32..40], [0u32..9, 0u32..9]),
        (0u32..40, 0.0f64..3.0, 1u8..4, 0.0f64..0.5, 1u32..20),
        prop::collection::vec(job, 1..40),
        prop_oneof![Just(0u64), 100u64..20_000],
    )
        .prop_map(|(a, b, jobs, horizon)| Random {
            ideal: a.0,
            hol: a.1,
            strategies: a.2,
            max_vcpus: a.3,
            min_vcpus: a.4,
            depth: b.0,
            reclaims: b.1,
            attempts: b.2,
            failures: b.3,
            instances: b.4,
            jobs,
            horizon,
        })
}

fn account(r: &Random) -> Account {
    let mut account = if r.ideal { Account::ideal() } else { Account::aws() };
    for (name, vcpus) in [("m9.large", 2), ("m9.xlarge", 4), ("m9.2xlarge", 8), ("c9.xlarge", 4)] {
        account = account.own_type(name, vcpus);
    }
    for n in 0..2 {
        let name = STRATEGIES[r.strategies[n]];
        let types = ["m9", "c9"];
        account = if r.strategies[n] < 2 && r.max_vcpus[n].is_multiple_of(2) {
            account.on_demand(name, &types, r.max_vcpus[n])
        } else {
            account.spot(name, &types, r.max_vcpus[n])
        };
        account = account.min_vcpus(n, r.min_vcpus[n].min(r.max_vcpus[n]));
        account = account.change(n, |ce| {
            ce.zones.truncate(2);
            ce.placement_group = r.max_vcpus[n].is_multiple_of(4);
        });
    }
    let pools = PoolOnOffConfig {
        whole_pool_probability: 0.3,
        pool_vcpus_median: f64::from(r.depth) + 4.0,
        ..reclaiming_pools(r.reclaims)
    };
    let market = SpotMarketConfig::pool_on_off(pools);
    account = account.queue(1, &[0, 1]).queue(2, &[1]).market(market).pools_of(r.depth);
    account = account.retry(retry(r.attempts, &[])).with(|a| {
        a.config.job_definitions[0].model.failure.probability = r.failures;
        a.config.ebs_gib = 30;
        a.config.public_ipv4 = true;
    });
    account = account.profile(|p| {
        p.hol = match r.hol {
            0 => HeadOfLine::Fcfs,
            1 | 2 => HeadOfLine::Strict,
            n => HeadOfLine::Lookahead(n),
        };
        p.max_instances_per_ce = Some(r.instances);
        p.array_spawn_rate = Some(3);
    });
    account = account.with(|a| {
        let mut nodes = a.config.job_definitions[0].clone();
        nodes.nodes = Some(NodeProperties {
            num_nodes: 3,
            main_node: 1,
            groups: vec![cpus(1, 1_000), cpus(2, 0), cpus(1, 7_000)],
            instance_type: None,
        });
        a.config.job_definitions.push(nodes);
    });
    for (queue, at_s, vcpus, memory, run_s, size) in &r.jobs {
        let definition = JobDefinitionId::new(u32::from(*size > 26));
        let nodes = if (24..27).contains(size) { *size - 22 } else { 0 };
        let size = if *size < 2 || *size > 20 { 0 } else { *size };
        let job = JobSubmission {
            definition,
            nodes,
            array_size: size,
            throttled: size % 2 == 0,
            timeout: (size % 3 == 0).then_some(SimDuration::from_secs(1_500)),
            ..submission(*queue, cpus(*vcpus, *memory), run_s * 1_000)
        };
        account = account.submit(at_s * 1_000, job);
    }
    if r.horizon > 0 { account.horizon(r.horizon) } else { account.horizon(20_000) }
}

/// A call that is made at random: when, on which of two, and what of eight things with two numbers.
type Change = (u64, u32, u32, u32, u32);

fn changes() -> impl Strategy<Value = Vec<Change>> {
    prop::collection::vec((0u64..6_000, 0u32..2, 0u32..8, 0u32..40, 0u32..40), 1..12)
}

fn change(account: Account, (at_s, n, what, a, b): Change) -> Account {
    let (low, high) = (a.min(b), a.max(b));
    let environments = [n, 1 - n].map(ComputeEnvironmentId::new);
    match what {
        0 => update(account, at_s, n, |update| update.enabled = Some(a % 2 == 0)),
        1 => update(account, at_s, n, |update| {
            (update.min_vcpus, update.max_vcpus) = (Some(low), Some(high));
        }),
        2 => update(account, at_s, n, |update| update.desired_vcpus = Some(a)),
        3 => update(account, at_s, n, |update| {
            update.scale_down_delay = Some(SimDuration::from_secs(u64::from(a) * 60));
        }),
        4 => {
            let environment = &account.config.compute_environments[n as usize];
            let catalog = &account.config.catalog;
            let id = catalog.find(if a % 2 == 0 { "m9.large" } else { "c9.xlarge" });
            let listed = ListedType { id: id.expect("a known type"), rank: 0 };
            let infrastructure = environment.infrastructure().expect("instances");
            let infrastructure = Infrastructure { instance_types: vec![listed], ..infrastructure };
            update(account, at_s, n, |update| {
                update.infrastructure = Some(infrastructure);
                update.update_policy = Some(UpdatePolicy {
                    terminate_jobs: b % 3 == 0,
                    job_execution_timeout: SimDuration::from_secs(u64::from(b) * 60),
                });
            })
        }
        5 => update_queue(account, at_s, n, |update| update.enabled = Some(a % 2 == 0)),
        6 => update_queue(account, at_s, n, |update| update.priority = Some(low as i32)),
        _ => update_queue(account, at_s, n, |update| {
            update.compute_environments = Some(environments[..1 + (a % 2) as usize].to_vec());
        }),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn random_accounts_keep_every_invariant(r in random()) {
        account(&r).run();
    }

    #[test]
    fn random_accounts_keep_every_invariant_while_calls_change_them(
        r in random(),
        mut changes in changes(),
    ) {
        changes.sort_unstable();
        let account = changes.into_iter().fold(account(&r), change);
        let outcome = account.run();
        prop_assert_eq!(outcome, account.run(), "and come out the same twice");
    }

    #[test]
    fn every_job_that_fits_ends(r in random()) {
        check_that_all_end(&account(&fitting(r)))?;
    }

    #[test]
    fn every_job_that_fits_ends_whatever_its_share(r in random(), shares in shares()) {
        let mut account = account(&fitting(r));
        shares.set(&mut account.config.profile);
        shares.add_to(&mut account.config);
        for policy in account.config.job_queues.iter_mut().filter_map(|q| q.fair_share.as_mut()) {
            // What is reserved for shares to come may be what a job needs.
            policy.compute_reservation = 0;
        }
        let Account { config, submissions, .. } = &mut account;
        for (n, (_, job)) in submissions.iter_mut().enumerate() {
            DraftShares::take(job, n, (n % 3) as u16, config);
        }
        check_that_all_end(&account)?;
    }

    #[test]
    fn every_job_that_fits_ends_once_calls_have_put_things_right(
        r in random(),
        mut changes in changes(),
    ) {
        changes.sort_unstable();
        let before = account(&fitting(r));
        let changed = changes.into_iter().fold(before.clone(), change);
        check_that_all_end(&[0, 1].into_iter().fold(changed, |changed, n| {
            put_right(changed, n, &before)
        }))?;
    }
}

/// The last calls for the n-th environment and queue: everything is there that `before` had.
fn put_right(account: Account, n: u32, before: &Account) -> Account {
    let infrastructure = before.config.compute_environments[n as usize].infrastructure();
    let account = update(account, 7_000, n, |update| {
        (update.enabled, update.infrastructure) = (Some(true), infrastructure);
        (update.min_vcpus, update.max_vcpus) = (Some(0), Some(48));
    });
    update_queue(account, 7_000, n, |update| {
        let environments = [n, 1 - n].map(ComputeEnvironmentId::new);
        update.enabled = Some(true);
        update.compute_environments = Some(environments.to_vec());
    })
}

/// Capacity is there, nothing is taken back, and every job fits somewhere in its queue.
fn fitting(r: Random) -> Random {
    // Idle instances of minvCpus that are too small may stand in the way for ever: none here.
    let mut r = Random { reclaims: 0.0, depth: 10_000, min_vcpus: [0, 0], ..r };
    r.max_vcpus = r.max_vcpus.map(|max| max + 8);
    r.instances = r.instances.max(4);
    for (queue, _, vcpus, memory, _, size) in &mut r.jobs {
        (*vcpus, *memory) = ((*vcpus).min(8), (*memory).min(30_000));
        if *size > 20 {
            // Of several nodes: four of 2 vCPUs are within every maxvCpus On-Demand.
            (*vcpus, *memory) = ((*vcpus).min(2), (*memory).min(7_000));
            let on_demand = |n: usize| r.strategies[n] < 2 && r.max_vcpus[n].is_multiple_of(2);
            let runs = if *queue == 0 { on_demand(0) || on_demand(1) } else { on_demand(1) };
            *size = if runs { *size } else { 0 };
        }
    }
    r
}

fn check_that_all_end(account: &Account) -> Result<(), TestCaseError> {
    let account = account.clone().with(|account| account.config.horizon = None);
    let outcome = account.run();
    prop_assert_eq!(outcome.end().reason, StopReason::Drained);
    let left: Vec<_> = outcome.jobs.iter().filter(|job| job.stopped.is_none()).collect();
    prop_assert!(left.is_empty(), "{left:?}");
    Ok(())
}
