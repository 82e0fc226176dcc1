//! Spot capacity replayed from what was recorded: launches and interruptions are those of the
//! trace (behaviour 9.5, 9.6).

use crate::jobs::retry;
use crate::support::account::{Account, Outcome, cpus};
use crate::support::recorded_data;
use batchcast::ec2::catalog::ZoneId;
use batchcast::ec2::market::trace::{AfterEnd, CapacityTrace, TracedPool, read};
use batchcast::ec2::market::{CapacityConfig, SpotMarketConfig, TraceConfig};
use batchcast::sim::{SimDuration, SimTime};
use batchcast::world::record::Termination;
use std::collections::BTreeMap;
use std::io::Read;
use std::sync::Arc;

const RECORDED: &str = "spot/spot-availability-preemption.csv.gz";

/// One Spot pool of instances of four vCPUs that holds what `trace` says.
fn replaying(trace: CapacityTrace, change: impl FnOnce(&mut TraceConfig)) -> Account {
    let account = Account::ideal().own_type("m9.xlarge", 4);
    let account = account.spot("SPOT_CAPACITY_OPTIMIZED", &["m9.xlarge"], 4_000).one_zone();
    let instance_type = account.config.catalog.find("m9.xlarge").expect("just added");
    let pool = TracedPool {
        instance_type,
        zone: ZoneId::new(0),
        trace: Arc::new(trace),
        prices: None,
        from: SimDuration::ZERO,
    };
    let mut config = TraceConfig {
        pools: vec![pool],
        after_end: AfterEnd::Hold,
        drops_interrupt: true,
        untraced_open: false,
    };
    change(&mut config);
    let market = SpotMarketConfig::new(CapacityConfig::Trace(config));
    account.queue(1, &[0]).market(market).retry(retry(10, &[]))
}

fn trace(intervals: &[(u64, u64, u32)]) -> CapacityTrace {
    let at = |secs: u64| SimTime::from_millis(secs * 1_000);
    let intervals: Vec<_> = intervals.iter().map(|(a, b, n)| (at(*a), at(*b), *n)).collect();
    CapacityTrace::new(&intervals).expect("ascending intervals")
}

/// When instances were taken back, seconds.
fn taken(outcome: &Outcome) -> Vec<u64> {
    let reclaimed = |i: &&_| matches!(termination(i), Termination::Reclaimed);
    let taken = outcome.instances.iter().filter(reclaimed);
    let mut times: Vec<u64> = taken.map(|i| i.terminated.as_millis() / 1_000).collect();
    times.sort_unstable();
    times
}

const fn termination(instance: &batchcast::world::record::InstanceRecord) -> Termination {
    instance.termination
}

#[test]
fn a_traced_pool_grants_what_it_holds_and_takes_back_what_is_more() {
    let account = replaying(trace(&[(0, 600, 3), (600, 1_200, 1), (1_200, 9_000, 4)]), |_| {});
    let outcome = account.jobs(0, 5, cpus(4, 0), 1_000).horizon(5_000).run();
    let first = outcome.starts().iter().filter(|start| **start == Some(0.0)).count();
    assert_eq!(first, 3, "as many as the pool holds");
    assert_eq!(taken(&outcome), [600, 600], "two of three go when it holds one");
}

#[test]
fn falling_numbers_only_bound_launches_where_drops_do_not_interrupt() {
    let intervals = trace(&[(0, 600, 3), (600, 9_000, 1)]);
    let account = replaying(intervals, |config| config.drops_interrupt = false);
    let outcome = account.jobs(0, 3, cpus(4, 0), 1_000).jobs(700, 1, cpus(4, 0), 60).run();
    assert!(taken(&outcome).is_empty());
    assert_eq!(outcome.starts()[..3], [Some(0.0); 3]);
    assert!(outcome.starts()[3].expect("it runs in the end") >= 1_000.0);
}

#[test]
fn after_its_end_a_trace_starts_again_or_keeps_its_last_number() {
    let after = |after_end: AfterEnd| {
        let account = replaying(trace(&[(0, 300, 0), (300, 600, 1)]), |config| {
            config.after_end = after_end;
        });
        let outcome = account.jobs(400, 1, cpus(4, 0), 3_000).horizon(2_100).run();
        taken(&outcome)
    };
    assert_eq!(after(AfterEnd::Hold), [] as [u64; 0]);
    assert_eq!(after(AfterEnd::Repeat), [600, 1_200, 1_800]);
}

#[test]
fn a_run_may_start_within_a_trace() {
    let account = replaying(trace(&[(0, 500, 1), (500, 900, 0), (900, 5_000, 1)]), |config| {
        config.pools[0].from = SimDuration::from_secs(200);
    });
    let outcome = account.jobs(0, 1, cpus(4, 0), 400).run();
    assert_eq!(taken(&outcome), [300]);
    // Asked again every 30 s.
    assert_eq!(outcome.attempts_of(0)[1].started, Some(SimTime::from_millis(720_000)));
}

#[test]
fn a_pool_without_a_trace_is_closed_unless_it_is_said_to_be_open() {
    let started = |open: bool| {
        let account = replaying(trace(&[(0, 10, 1)]), |config| {
            config.pools.clear();
            config.untraced_open = open;
        });
        account.jobs(0, 1, cpus(4, 0), 60).horizon(600).run().starts()[0]
    };
    assert_eq!((started(false), started(true)), (None, Some(0.0)));
}

/// Every trace of the record, held by as many instances as were asked for: they are taken back when
/// it says so and at no other time, and run only while it holds them.
#[test]
fn a_replayed_record_takes_instances_back_exactly_when_it_says() {
    let Some(path) = recorded_data(RECORDED) else { return };
    let mut text = String::new();
    let file = std::fs::File::open(path).expect("a file");
    flate2::read::GzDecoder::new(file).read_to_string(&mut text).expect("text");
    let traces = read(&text).expect("recorded traces");
    assert_eq!(traces.len(), 19);
    let recorded = rows(&text);
    for trace in traces {
        // A week is enough of the long ones.
        let horizon = (trace.capacity.end().as_millis() / 1_000).min(7 * 86_400);
        let rows = &recorded[trace.name.as_str()];
        let most = rows.iter().map(|(_, _, nodes)| *nodes).max().expect("rows");
        let account = replaying(trace.capacity, |_| {}).retry(retry(10, &[]));
        let outcome = keep_asking(account, most, horizon).run_watched(Default::default());
        let mut drops = Vec::new();
        for pair in rows.windows(2) {
            let lost = pair[0].2.saturating_sub(pair[1].2);
            drops.extend((0..lost).map(|_| pair[1].0).filter(|at| *at < horizon));
        }
        assert_eq!(taken(&outcome), drops, "{}", trace.name);
        assert!(!drops.is_empty() || trace.name.contains("us-central1"), "{}", trace.name);
        assert_within(&outcome, rows, &trace.name);
    }
}

/// The rows of the file by trace, read without the reader under test.
fn rows(text: &str) -> BTreeMap<&str, Vec<(u64, u64, u32)>> {
    let mut rows: BTreeMap<&str, Vec<(u64, u64, u32)>> = BTreeMap::new();
    for line in text.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let number = |cell: usize| cells[cell].parse::<u64>().expect("a whole number");
        rows.entry(cells[0]).or_default().push((number(1), number(2), number(3) as u32));
    }
    rows
}

/// Instances are wanted all the time: minvCpus of `most` of them.
fn keep_asking(account: Account, most: u32, horizon: u64) -> Account {
    account.min_vcpus(0, most * 4).until(horizon)
}

/// At no instant are there more instances than the record has.
fn assert_within(outcome: &Outcome, rows: &[(u64, u64, u32)], name: &str) {
    let mine = outcome.instances.iter().filter(|i| i.compute_environment.raw() == 0);
    let mut changes: Vec<(u64, i64)> = Vec::new();
    for instance in mine {
        let from = instance.running.expect("it ran").as_millis() / 1_000;
        changes.extend([(from, 1), (instance.terminated.as_millis() / 1_000, -1)]);
    }
    changes.sort_unstable();
    let mut held = 0;
    for (at, change) in changes {
        held += change;
        let holds = rows.iter().find(|(from, until, _)| (*from..*until).contains(&at));
        let most = holds.map_or(0, |(_, _, nodes)| i64::from(*nodes));
        assert!(held <= most || change < 0, "{name} at {at} s: {held} of {most}");
    }
}
