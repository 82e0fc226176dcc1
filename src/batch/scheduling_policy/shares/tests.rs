//! The shares of a queue against the documented examples and against slow counts.

use super::*;
use crate::batch::scheduling_policy::ShareAttributes;
use proptest::prelude::*;

const CHARGE: SimDuration = SimDuration::from_secs(5);

fn at(seconds: u64) -> SimTime {
    SimTime::from_millis(seconds * 1_000)
}

fn identifier(text: &str) -> ShareIdentifier {
    ShareIdentifier::new(text).unwrap()
}

fn rules() -> UsageRules {
    UsageRules {
        kernel: UsageKernel::Linear,
        default_window: SimDuration::from_secs(600),
        charge: CHARGE,
        most_active: Some(500),
    }
}

/// A queue with these weight factors and a reservation.
fn queue(weights: &[(&str, f64)], compute_reservation: u8) -> Shares {
    let entry = |(text, weight_factor): &(&str, f64)| ShareAttributes {
        share_identifier: identifier(text),
        weight_factor: *weight_factor,
    };
    let share_distribution = weights.iter().map(entry).collect();
    let share_decay = SimDuration::ZERO;
    Shares::new(FairSharePolicy { share_decay, compute_reservation, share_distribution }, rules())
}

#[test]
fn a_second_active_share_gives_both_access_to_half_of_what_was_reserved() {
    let mut shares = queue(&[], 50);
    let usable = |shares: &mut Shares, seconds| shares.usable_vcpus(at(seconds), 100);
    let a = shares.submit(at(0), &identifier("a"), 1).unwrap();
    assert_eq!(usable(&mut shares, 0), 50);
    shares.submit(at(10), &identifier("b"), 1).unwrap();
    assert_eq!(usable(&mut shares, 10), 75);
    shares.submit(at(10), &identifier("c"), 1).unwrap();
    assert_eq!(usable(&mut shares, 10), 87, "12.5 are reserved");
    shares.job_ended(at(20), a);
    assert_eq!((usable(&mut shares, 619), usable(&mut shares, 620)), (87, 75));
}

#[test]
fn a_share_is_active_until_the_decay_period_after_its_last_job() {
    let mut shares = queue(&[], 0);
    let a = shares.submit(at(0), &identifier("a"), 2).unwrap();
    shares.job_ended(at(1), a);
    assert_eq!(shares.active(at(5_000)), 1, "one job is left, however long it takes");
    shares.job_ended(at(5_000), a);
    assert_eq!(shares.active(at(5_599)), 1);
    assert_eq!(shares.submit(at(5_599), &identifier("a"), 1), Ok(a), "active again in time");
    assert_eq!(shares.active(at(9_000)), 1);
    shares.job_ended(at(9_000), a);
    assert_eq!(shares.active(at(9_600)), 0);
}

#[test]
fn a_queue_has_500_active_shares_and_refuses_a_submission_that_would_make_one_more() {
    let mut shares = queue(&[], 0);
    for n in 0..500 {
        shares.submit(at(0), &identifier(&format!("share{n}")), 1).unwrap();
    }
    let one_more = identifier("oneMore");
    assert_eq!(shares.submit(at(1), &one_more, 1), Err(TooManyShares { most_active: 500 }));
    assert!(shares.submit(at(1), &identifier("share7"), 1).is_ok(), "it is active already");
    shares.job_ended(at(2), ShareId::new(0));
    assert!(shares.submit(at(601), &one_more, 1).is_err(), "it lingers");
    assert!(shares.submit(at(602), &one_more, 1).is_ok());
    assert_eq!(shares.active(at(602)), 500);
    assert!(shares.submit(at(602), &identifier("share0"), 1).is_err());
}

#[test]
fn shares_of_equal_weight_take_turns_within_one_cycle() {
    let mut shares = queue(&[], 0);
    let ids = ["a", "b", "c"].map(|text| shares.submit(at(0), &identifier(text), 10).unwrap());
    let mut turns = shares.turns(at(5), ids);
    let mut order = Vec::new();
    for _ in 0..7 {
        let share = turns.take().unwrap();
        shares.dispatched(at(5), share, 2);
        turns.give_back(share, shares.weighted_usage(at(5), share));
        order.push(share.raw());
    }
    assert_eq!(order, [0, 1, 2, 0, 1, 2, 0]);
    assert_eq!(shares.weighted_usage(at(5), ids[0]), 30_000.0, "3 jobs x 2 vCPUs x 5 s");
    assert_eq!(shares.vcpus(), 14);
}

#[test]
fn the_expected_use_of_a_dispatched_job_is_charged_in_its_own_cycle_only() {
    let mut shares = queue(&[("a", 0.5)], 0);
    let a = shares.submit(at(0), &identifier("a"), 1).unwrap();
    shares.dispatched(at(0), a, 4);
    assert_eq!(shares.weighted_usage(at(0), a), 0.5 * 4.0 * 5_000.0);
    // From then on what it really used: 10 s at an average age of 5 s of 600.
    let used = 0.5 * 4.0 * 10_000.0 * (1.0 - 5.0 / 600.0);
    assert!((shares.weighted_usage(at(10), a) - used).abs() < 1e-6);
}

/// A saturated queue of 90 slots and jobs of one vCPU that run 10 s, in cycles of 5 s: the vCPU
/// time of the first share over that of the second, after a warm-up.
fn ratio(kernel: UsageKernel, weights: &[(&str, f64)]) -> f64 {
    let policy = queue(weights, 0).policy;
    let mut shares = Shares::new(policy, UsageRules { kernel, ..rules() });
    let ids = ["a", "b"].map(|text| shares.submit(at(0), &identifier(text), 1_000_000).unwrap());
    let mut running: std::collections::VecDeque<(u64, ShareId)> = Default::default();
    let mut dispatched = [0.0; 2];
    for now in (0..40_000).step_by(5) {
        while let Some((end, share)) = running.front().copied()
            && end <= now
        {
            running.pop_front();
            shares.stopped(at(end), share, 1);
        }
        let mut turns = shares.turns(at(now), ids);
        while running.len() < 90 {
            let share = turns.take().unwrap();
            shares.dispatched(at(now), share, 1);
            turns.give_back(share, shares.weighted_usage(at(now), share));
            running.push_back((now + 10, share));
            dispatched[share.index()] += f64::from(u8::from(now >= 4_000));
        }
    }
    dispatched[0] / dispatched[1]
}

#[test]
fn an_eighth_of_the_weight_is_eight_times_the_vcpus() {
    for kernel in [UsageKernel::Linear, UsageKernel::Exponential, UsageKernel::Window] {
        let ratio = ratio(kernel, &[("a", 0.125), ("b", 1.0)]);
        assert!((7.8..8.2).contains(&ratio), "{kernel:?}: {ratio}");
    }
    assert!((0.98..1.02).contains(&ratio(UsageKernel::Linear, &[])));
}

#[test]
fn without_a_window_only_the_vcpus_in_use_count() {
    let default_window = SimDuration::ZERO;
    let mut shares =
        Shares::new(FairSharePolicy::default(), UsageRules { default_window, ..rules() });
    let a = shares.submit(at(0), &identifier("a"), 1).unwrap();
    shares.dispatched(at(0), a, 3);
    assert!(shares.weighted_usage(at(1_000), a) > 0.0);
    shares.stopped(at(1_000), a, 3);
    assert_eq!(shares.weighted_usage(at(1_000), a), 0.0);
    shares.job_ended(at(1_000), a);
    assert_eq!(shares.active(at(1_000)), 0);
}

proptest! {
    /// Against a list of every job's submission and end, searched at every step.
    #[test]
    fn the_active_shares_are_those_of_a_slow_count(
        steps in prop::collection::vec((0_u64..400, 0_usize..4, any::<bool>()), 0..60),
    ) {
        let mut shares = queue(&[], 0);
        let names = ["a", "b", "c", "d"].map(identifier);
        // By name: live jobs, and when the last one ended.
        let mut known = [(0_u32, None); 4];
        let mut now = 0;
        for (gap, index, ends) in steps {
            now += gap;
            let (live, ended) = &mut known[index];
            if !ends {
                shares.submit(at(now), &names[index], 1).unwrap();
                *live += 1;
            } else if *live > 0 {
                shares.job_ended(at(now), shares.ids[&names[index]]);
                *live -= 1;
                *ended = Some(now);
            }
            let lingers = |ended: Option<u64>| ended.is_some_and(|ended| now < ended + 600);
            let active = known.iter().filter(|(live, ended)| *live > 0 || lingers(*ended));
            prop_assert_eq!(shares.active(at(now)) as usize, active.count());
        }
    }
}

proptest! {
    /// Against looking at every later instant: who may not turn never does, and for the exponential
    /// kernel who may does so in the end.
    #[test]
    fn whether_time_alone_turns_the_order_is_known_before(
        kernel in prop::sample::select(vec![
            UsageKernel::Linear, UsageKernel::Exponential, UsageKernel::Window,
        ]),
        weights in (0.1..9.0_f64, 0.1..9.0_f64),
        used in prop::collection::vec((0_u32..20, 1_u64..60), 2),
        running in (0_u32..6, 0_u32..6),
    ) {
        let mut shares = queue(&[("a", weights.0), ("b", weights.1)], 0);
        let rules = UsageRules { kernel, default_window: SimDuration::from_secs(60), ..rules() };
        shares = Shares::new(shares.policy, rules);
        let ids = ["a", "b"].map(|name| shares.submit(at(0), &identifier(name), 1).unwrap());
        let mut steps: Vec<(u64, bool, usize, u32)> = Vec::new();
        for (index, (vcpus, seconds)) in used.iter().enumerate() {
            steps.push((0, true, index, *vcpus));
            steps.push((*seconds, false, index, *vcpus));
        }
        steps.extend([(60, true, 0, running.0), (60, true, 1, running.1)]);
        steps.sort_unstable();
        for (time, starts, index, vcpus) in steps {
            match starts {
                true => shares.dispatched(at(time), ids[index], vcpus),
                false => shares.stopped(at(time), ids[index], vcpus),
            }
        }
        let usage = |shares: &mut Shares, time| ids.map(|id| shares.weighted_usage(at(time), id));
        let before = usage(&mut shares, 61);
        let (least, other) = if before[0] <= before[1] { (0, 1) } else { (1, 0) };
        let may_turn = shares.may_turn(at(61), ids[least], [ids[other]]);
        let mut later = (62..1_500).map(|time| usage(&mut shares, time));
        // What rounding makes of two that approach one another is no turn.
        let turns = later.any(|u| u[other] < u[least] * (1.0 - 1e-9) - 1e-6);
        prop_assert!(may_turn || !turns, "{before:?}");
        if kernel == UsageKernel::Exponential {
            let ends = [weights.0 * f64::from(running.0), weights.1 * f64::from(running.1)];
            let clear = (ends[0] - ends[1]).abs() > 1e-3;
            prop_assert!(turns || !may_turn || !clear, "{before:?}");
        }
    }
}
