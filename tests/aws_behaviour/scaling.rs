//! Scale-up and scale-in of a compute environment (behaviour 5.4, 6.1, 6.5, 6.6, 8, 9.2).

use crate::support::account::{Account, cpus, latency};
use batchcast::batch::policy::{HeadOfLine, Overshoot};
use batchcast::ec2::quota::QuotaClass;
use batchcast::sim::SimDuration;
use batchcast::world::record::{StopReason, Termination};

/// One environment of instances of `vcpus`, On-Demand.
fn account(strategy: &str, vcpus: u32, max_vcpus: u32) -> Account {
    let account = Account::ideal().own_type("m9.size", vcpus);
    account.on_demand(strategy, &["m9.size"], max_vcpus).queue(1, &[0])
}

fn strict(account: Account) -> Account {
    account.profile(|profile| profile.hol = HeadOfLine::Strict)
}

/// Behaviour 12, scenario 13.
#[test]
fn max_vcpus_is_exceeded_by_at_most_one_instance() {
    let outcome = strict(account("BEST_FIT_PROGRESSIVE", 8, 10)).jobs(0, 3, cpus(8, 0), 60).run();
    assert_eq!(outcome.starts(), [Some(0.0), Some(0.0), Some(60.0)]);
    assert_eq!(outcome.peak_vcpus(), 16);
}

/// Behaviour 12, scenario 13.
#[test]
fn best_fit_on_demand_never_exceeds_max_vcpus() {
    let outcome = strict(account("BEST_FIT", 8, 10)).jobs(0, 2, cpus(8, 0), 60).run();
    assert_eq!(outcome.starts(), [Some(0.0), Some(60.0)]);
    assert_eq!(outcome.peak_vcpus(), 8);
}

#[test]
fn best_fit_on_spot_may_exceed_max_vcpus() {
    let account = Account::ideal().own_type("m9.size", 8).spot("BEST_FIT", &["m9.size"], 10);
    let outcome = strict(account.queue(1, &[0])).jobs(0, 3, cpus(8, 0), 60).run();
    assert_eq!(outcome.peak_vcpus(), 16);
}

#[test]
fn without_overshoot_max_vcpus_holds_for_every_strategy() {
    let account = account("BEST_FIT_PROGRESSIVE", 8, 10);
    let account = strict(account).profile(|profile| profile.overshoot = Overshoot::Never);
    assert_eq!(account.jobs(0, 2, cpus(8, 0), 60).run().peak_vcpus(), 8);
}

#[test]
fn what_ec2_refuses_is_in_no_peak() {
    let account = account("BEST_FIT", 8, 64).with(|account| {
        account.config.quotas.on_demand_vcpus[QuotaClass::Standard as usize] = Some(16);
    });
    let outcome = account.jobs(0, 8, cpus(8, 0), 60).run();
    assert!(outcome.end().quota_refusals() > 0);
    assert_eq!((outcome.peak_vcpus(), outcome.end().peak_instances), (16, 2));
}

#[test]
fn max_vcpus_counts_instances_that_are_still_on_their_way() {
    let account = strict(account("BEST_FIT", 4, 8)).boot(60);
    let outcome = account.jobs(0, 2, cpus(4, 0), 60).jobs(30, 1, cpus(4, 0), 60).run();
    assert_eq!(outcome.starts(), [Some(60.0), Some(60.0), Some(120.0)]);
    assert_eq!(outcome.peak_vcpus(), 8);
}

#[test]
fn max_vcpus_counts_the_vcpus_of_instances_and_not_those_of_jobs() {
    let outcome = strict(account("BEST_FIT", 8, 16)).jobs(0, 3, cpus(5, 0), 60).run();
    assert_eq!(outcome.starts(), [Some(0.0), Some(0.0), Some(60.0)], "three vCPUs are stranded");
}

#[test]
fn min_vcpus_are_kept_idle() {
    let account = account("BEST_FIT", 4, 16).min_vcpus(0, 4).boot(60);
    let outcome = account.jobs(1_000, 3, cpus(4, 0), 100).run();
    assert_eq!(outcome.job(0).started.map(|t| t.as_millis()), Some(1_000_000));
    let ended_by = |why| outcome.instances.iter().filter(|i| i.termination == why).count();
    assert_eq!((ended_by(Termination::RunEnded), ended_by(Termination::ScaleIn)), (1, 2));
}

/// Behaviour 12, scenario 19.
#[test]
fn min_vcpus_are_kept_when_disabled() {
    let account = account("BEST_FIT", 4, 16).min_vcpus(0, 8).change(0, |ce| ce.enabled = false);
    let outcome = account.jobs(0, 1, cpus(4, 0), 100).until(3_600).run();
    let kept = [outcome.instance(0), outcome.instance(1)];
    assert!(kept.iter().all(|i| i.billed == SimDuration::from_secs(3_600)));
    assert_eq!(outcome.starts()[0], None, "and nothing is placed there");
}

#[test]
fn min_vcpus_that_are_lost_are_replaced() {
    let outcome = crate::spot::one_pool("SPOT_CAPACITY_OPTIMIZED", 1.0)
        .min_vcpus(0, 4)
        .until(20 * 3_600)
        .run();
    let first = outcome.instances.iter().filter(|i| i.compute_environment.raw() == 0);
    let mut lives: Vec<_> = first.map(|i| (i.requested, i.terminated)).collect();
    lives.sort_unstable();
    assert!(lives.len() > 3, "{} instances in 20 hours at one reclaim an hour", lives.len());
    let prompt = |pair: &[(batchcast::sim::SimTime, batchcast::sim::SimTime)]| {
        pair[1].0.since(pair[0].1) < SimDuration::from_secs(60)
    };
    assert!(lives.windows(2).all(prompt), "the pool is closed for moments only: {lives:?}");
}

#[test]
fn idle_instances_go_at_the_periodic_check() {
    let account = account("BEST_FIT", 4, 16);
    let account = account.profile(|p| p.idle_scale_in = SimDuration::from_secs(300));
    let outcome = account.jobs(0, 1, cpus(4, 0), 100).jobs(2_000, 1, cpus(4, 0), 77).run();
    let ends = [0, 1].map(|n| outcome.instance(n).terminated.as_millis());
    assert!((100_000..400_000).contains(&ends[0]), "idle from 100 s on: {ends:?}");
    assert!((2_077_000..2_377_000).contains(&ends[1]), "idle from 2,077 s on: {ends:?}");
    assert_eq!((ends[1] - ends[0]) % 300_000, 0, "on one lattice");
}

#[test]
fn an_instance_that_works_at_the_check_stays() {
    let account = account("BEST_FIT", 4, 4);
    let account = account.profile(|p| p.idle_scale_in = SimDuration::from_secs(300));
    let outcome = account.jobs(0, 1, cpus(1, 0), 10_000).run();
    assert_eq!(outcome.instances.len(), 1);
    assert!(outcome.instance(0).terminated.as_millis() >= 10_000_000);
}

#[test]
fn one_long_job_keeps_its_large_instance() {
    let outcome =
        account("BEST_FIT", 64, 64).jobs(0, 63, cpus(1, 0), 10).jobs(0, 1, cpus(1, 0), 3_600);
    let outcome = outcome.run();
    assert_eq!(outcome.instances.len(), 1);
    assert_eq!(outcome.instance(0).billed, SimDuration::from_secs(3_600));
}

#[test]
fn demand_is_evaluated_once_a_minute() {
    let account = account("BEST_FIT", 4, 16);
    let account = account.profile(|p| p.scale_eval_period = SimDuration::from_secs(60));
    let outcome = account.jobs(10, 1, cpus(4, 0), 1).jobs(200, 1, cpus(4, 0), 1).run();
    let at = [0, 1].map(|n| outcome.instance(n).requested.as_millis());
    assert!((10_000..70_000).contains(&at[0]) && (200_000..260_000).contains(&at[1]), "{at:?}");
    assert_eq!((at[1] - at[0]) % 60_000, 0, "on one lattice");
}

#[test]
fn an_instance_is_requested_granted_running_and_registered_in_turn() {
    let account = account("BEST_FIT", 4, 16).profile(|profile| {
        profile.launch = latency(8);
        profile.pending = latency(25);
        profile.boot_cpu = latency(60);
        profile.user_data = SimDuration::from_secs(240);
    });
    let outcome = account.jobs(7, 1, cpus(4, 0), 10).run();
    let instance = outcome.instance(0);
    assert_eq!(instance.requested.as_millis(), 7_000);
    assert_eq!(instance.running.map(|t| t.as_millis()), Some(7_000 + 33_000));
    assert_eq!(instance.registered.map(|t| t.as_millis()), Some(7_000 + 333_000));
}

#[test]
fn an_environment_may_state_its_own_user_data_and_boot() {
    let account = account("BEST_FIT", 4, 16).boot(60).change(0, |ce| {
        ce.model.user_data = Some(SimDuration::from_secs(100));
        ce.model.boot_cpu = Some(latency(20));
    });
    assert_eq!(account.jobs(0, 1, cpus(4, 0), 10).run().starts(), [Some(120.0)]);
}

#[test]
fn a_gpu_instance_boots_at_its_own_pace() {
    let account = Account::ideal().on_demand("BEST_FIT", &["g4dn.xlarge"], 4).queue(1, &[0]);
    let account = account.boot(60).profile(|profile| profile.boot_gpu = latency(110));
    assert_eq!(account.jobs(0, 1, cpus(4, 0), 10).run().starts(), [Some(110.0)]);
}

#[test]
fn the_instances_of_one_request_boot_at_similar_speed() {
    let account = strict(account("BEST_FIT", 4, 100)).boot(60);
    let account = account.profile(|profile| profile.launch_wave_sigma = 0.25);
    let outcome = account.jobs(0, 3, cpus(4, 0), 1).jobs(1_000, 3, cpus(4, 0), 1).run();
    let boot = |n| outcome.instance(n).registered.map(|t| t.since(outcome.instance(n).requested));
    assert_eq!([boot(0), boot(0)], [boot(1), boot(2)], "one factor for the whole request");
    assert_ne!(boot(0), boot(3), "another one for the next");
}

#[test]
fn the_instances_of_an_environment_are_limited_in_number() {
    let account = strict(account("BEST_FIT", 4, 400));
    let account = account.profile(|profile| profile.max_instances_per_ce = Some(2));
    let outcome = account.jobs(0, 5, cpus(4, 0), 60).run();
    assert_eq!(outcome.end().peak_instances, 2);
    assert_eq!(outcome.starts(), [0.0, 0.0, 60.0, 60.0, 120.0].map(Some));
}

/// Two environments, On-Demand and Spot, of standard instances of four vCPUs.
fn two_purchases(class: QuotaClass) -> Account {
    let account = Account::ideal().own_type("m9.size", 4);
    let account = account.on_demand("BEST_FIT", &["m9.size"], 8);
    let account = account.spot("SPOT_CAPACITY_OPTIMIZED", &["m9.size"], 8);
    strict(account.queue(1, &[0]).queue(1, &[1])).with(|account| {
        account.config.quotas.on_demand_vcpus[class as usize] = Some(4);
    })
}

#[test]
fn quotas_count_on_demand_and_spot_apart() {
    let account = two_purchases(QuotaClass::Standard);
    let account = account.jobs_to(0, 0, 2, cpus(4, 0), 60).jobs_to(1, 0, 2, cpus(4, 0), 60);
    let outcome = account.run();
    assert_eq!(outcome.starts(), [0.0, 60.0, 0.0, 0.0].map(Some));
    assert!(outcome.end().quota_refusals() > 0);
    assert_eq!(outcome.end().capacity_refusals(), 0);
}

#[test]
fn a_quota_counts_its_own_class_only() {
    let outcome = two_purchases(QuotaClass::GVt).jobs(0, 2, cpus(4, 0), 60).run();
    assert_eq!(outcome.starts(), [Some(0.0), Some(0.0)]);
}

#[test]
fn a_refused_pool_is_asked_again_after_the_cool_down() {
    let account = Account::ideal().own_type("m9.size", 4).pools_of(4);
    let account = account.on_demand("BEST_FIT", &["m9.size"], 4);
    let account = account.on_demand("BEST_FIT", &["m9.size"], 4).one_zone();
    let account = account.cool_down(180).queue(2, &[0]).queue(1, &[1]);
    let account = account.jobs_to(0, 0, 1, cpus(4, 0), 100).jobs_to(1, 0, 1, cpus(4, 0), 10);
    let outcome = account.run();
    assert_eq!(outcome.starts(), [Some(0.0), Some(180.0)], "free from 100 s on, asked at 180 s");
    assert_eq!(outcome.end().capacity_refusals(), 1);
}

/// The check strikes while the next job has room and waits for the cycle only.
#[test]
fn an_instance_that_a_waiting_job_is_about_to_take_is_not_removed() {
    let account = strict(account("BEST_FIT", 4, 4)).profile(|profile| {
        profile.cycle_period = SimDuration::from_secs(5);
        profile.idle_scale_in = SimDuration::from_secs(1);
    });
    let outcome = account.jobs(0, 2, cpus(4, 0), 102).run();
    assert_eq!(outcome.starts(), [Some(5.0), Some(110.0)], "idle from 107 s to 110 s");
    assert_eq!(outcome.instances.len(), 1);
}

/// A hundred jobs take the places that are there one a second, while another needs an instance.
#[test]
fn registered_room_that_waits_for_a_dispatch_is_not_requested_again() {
    let account = strict(account("BEST_FIT_PROGRESSIVE", 100, 1_000)).boot(60).profile(|profile| {
        profile.cycle_period = SimDuration::from_secs(5);
        profile.dispatch_rate_ec2 = Some(1);
        profile.scale_eval_period = SimDuration::from_secs(7);
    });
    let account = account.queue(0, &[0]).jobs(0, 100, cpus(1, 0), 600);
    let outcome = account.jobs_to(1, 80, 1, cpus(90, 0), 600).run();
    assert_eq!(outcome.instances.len(), 2);
}

#[test]
fn a_run_ends_when_the_last_idle_instance_has_gone() {
    let account = account("BEST_FIT", 4, 16);
    let account = account.profile(|p| p.idle_scale_in = SimDuration::from_secs(300));
    let outcome = account.jobs(0, 1, cpus(4, 0), 100).run();
    assert_eq!(outcome.end().reason, StopReason::Drained);
    assert_eq!(outcome.instance(0).termination, Termination::ScaleIn);
    assert_eq!(outcome.end().time, outcome.instance(0).terminated);
}

#[test]
fn a_run_that_makes_no_end_is_stopped_a_year_after_the_last_arrival() {
    let day = SimDuration::from_secs(86_400);
    let account = account("BEST_FIT", 4, 16).pools_of(0);
    let outcome = account.cool_down(86_400).jobs(86_400, 1, cpus(4, 0), 100).run();
    assert_eq!(outcome.end().reason, StopReason::Backstop);
    assert_eq!(outcome.end().time.as_millis(), 367 * day.as_millis());
}

#[test]
fn a_job_whose_promised_room_another_takes_gets_an_instance_of_its_own() {
    let account = strict(account("BEST_FIT", 4, 64)).boot(60).queue(2, &[0]);
    let account = account.profile(|profile| profile.cycle_period = SimDuration::from_secs(100));
    let account = account.jobs_to(0, 0, 1, cpus(4, 0), 9_000);
    // The second job comes after the instance for the first one, and before the cycle.
    let outcome = account.jobs_to(1, 70, 1, cpus(1, 0), 9_000).run();
    assert_eq!(outcome.starts(), [Some(200.0), Some(100.0)]);
}

#[test]
fn room_that_is_too_small_for_one_shape_is_there_for_another() {
    let account = Account::ideal().on_demand("BEST_FIT", &["m6i.xlarge", "c6i.large"], 7);
    let account = strict(account).queue(2, &[0]).queue(1, &[0]);
    let account = account.jobs(0, 1, cpus(4, 12_000), 5_000).jobs(10, 1, cpus(1, 7_000), 100);
    let outcome = account.jobs_to(1, 20, 1, cpus(1, 1_000), 100).run();
    assert_eq!(outcome.starts(), [Some(0.0), Some(5_000.0), Some(20.0)]);
}

#[test]
fn a_bare_metal_instance_takes_longer_until_it_runs() {
    let starts = |bare_metal: bool| {
        let account = Account::ideal().own_type("m9.metal", 4).with(|account| {
            let catalog = &mut account.config.catalog;
            let mut facts = catalog.get(catalog.find("m9.metal").expect("just added")).clone();
            facts.bare_metal = bare_metal;
            catalog.add(facts);
        });
        let account = account.on_demand("BEST_FIT", &["m9.metal"], 8).queue(1, &[0]);
        let account = account.profile(|profile| {
            (profile.pending, profile.pending_metal) = (latency(25), latency(240));
        });
        account.jobs(0, 1, cpus(4, 0), 10).run().starts()
    };
    assert_eq!((starts(false), starts(true)), (vec![Some(25.0)], vec![Some(240.0)]));
}

/// The first instance is scaled in at 100 s.
#[test]
fn after_a_scale_in_nothing_is_launched_for_the_cooldown() {
    let starts = |cooldown: u64| {
        let account = account("BEST_FIT", 4, 8);
        let account = account.profile(|p| p.asg_cooldown = SimDuration::from_secs(cooldown));
        account.jobs(0, 1, cpus(4, 0), 100).jobs(110, 1, cpus(4, 0), 10).run().starts()
    };
    assert_eq!(starts(0), [Some(0.0), Some(110.0)]);
    assert_eq!(starts(300), [Some(0.0), Some(400.0)]);
}

#[test]
fn on_demand_instances_are_balanced_over_the_zones_or_fill_the_first() {
    let zones = |balance: bool| {
        let account = account("BEST_FIT_PROGRESSIVE", 4, 64);
        let account = account.change(0, |environment| environment.zones.truncate(2));
        let account = account.profile(|profile| profile.az_balance = balance);
        let outcome = account.jobs(0, 4, cpus(4, 0), 60).run();
        [0, 1].map(|zone| outcome.instances.iter().filter(|i| i.zone.raw() == zone).count())
    };
    assert_eq!((zones(true), zones(false)), ([2, 2], [4, 0]));
}
