//! On-Demand capacity that EC2 does not have (behaviour 9.3).

use crate::support::account::{Account, cpus};
use batchcast::ec2::catalog::ZoneId;
use batchcast::ec2::on_demand::ClosedInterval;
use batchcast::sim::SimTime;

/// One pool of On-Demand instances of four vCPUs.
fn one_pool() -> Account {
    let account = Account::ideal().own_type("m9.xlarge", 4);
    account.on_demand("BEST_FIT_PROGRESSIVE", &["m9.xlarge"], 4_000).one_zone().queue(1, &[0])
}

#[test]
fn a_closed_on_demand_pool_refuses_until_its_interval_ends() {
    let closed = |zone: u32| {
        one_pool().with(|account| {
            account.config.on_demand.closed = vec![ClosedInterval {
                instance_type: account.config.catalog.find("m9.xlarge"),
                zone: Some(ZoneId::new(zone)),
                from: SimTime::from_millis(60_000),
                until: SimTime::from_millis(600_000),
            }];
        })
    };
    let starts = |zone: u32, at_s| closed(zone).jobs(at_s, 1, cpus(4, 0), 30).run().starts()[0];
    assert_eq!(starts(0, 59), Some(59.0), "before it");
    assert_eq!(starts(0, 600), Some(600.0), "its end is no part of it");
    assert_eq!(starts(1, 100), Some(100.0), "another zone");
    // Asked again every 30 s, the shortest cool-down.
    assert_eq!(starts(0, 100), Some(610.0));
    let outcome = closed(0).jobs(100, 1, cpus(4, 0), 30).run();
    assert_eq!(outcome.end().capacity_refusals(), 17, "at 100, 130, ... 580 s");
}

#[test]
fn on_demand_requests_are_refused_with_their_probability() {
    let refusals = |probability: f64| {
        let mut account = one_pool().with(|account| {
            account.config.on_demand.refusal_probability = probability;
        });
        for n in 0..400 {
            account = account.jobs(n * 1_000, 1, cpus(4, 0), 30);
        }
        account.run_fast().end().capacity_refusals() as f64
    };
    assert!(refusals(0.0) < 0.5);
    // Each job asks until it is granted: a geometric number of refusals, of mean p / (1 - p) and
    // variance p / (1 - p)^2.
    let (mean, deviation) = (400.0 * 0.25 / 0.75, (400.0 * 0.25_f64).sqrt() / 0.75);
    let seen = refusals(0.25);
    assert!((seen - mean).abs() < 4.0 * deviation, "{seen}, expected {mean}");
}
