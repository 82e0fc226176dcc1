//! Decayed usage against sums over every job that ever ran.

use super::*;
use proptest::prelude::*;

const KERNELS: [UsageKernel; 3] =
    [UsageKernel::Linear, UsageKernel::Window, UsageKernel::Exponential];

fn at(ms: u64) -> SimTime {
    SimTime::from_millis(ms)
}

fn usage(kernel: UsageKernel, window_ms: u64) -> Usage {
    Usage::new(kernel, SimDuration::from_millis(window_ms))
}

/// A kernel by its definition, of an age in milliseconds.
fn kernel_at(kernel: UsageKernel, age: f64, window: f64) -> f64 {
    match kernel {
        UsageKernel::Linear => (1.0 - age / window).max(0.0),
        UsageKernel::Window => f64::from(u8::from(age < window)),
        UsageKernel::Exponential => libm::exp2(-2.0 * age / window),
    }
}

/// The usage of one vCPU from `from` to `to`, at `now`, by the antiderivative of the kernel.
fn of_one_job(kernel: UsageKernel, (from, to): (f64, f64), now: f64, window: f64) -> f64 {
    let (youngest, oldest) = ((now - to.min(now)).max(0.0), (now - from).max(0.0));
    let integral = |age: f64| match kernel {
        UsageKernel::Linear => age.min(window) * (1.0 - age.min(window) / (2.0 * window)),
        UsageKernel::Window => age.min(window),
        UsageKernel::Exponential => {
            let half_life = window / 2.0;
            half_life / std::f64::consts::LN_2 * (1.0 - libm::exp2(-age / half_life))
        }
    };
    integral(oldest) - integral(youngest)
}

#[derive(Clone, Debug)]
struct Job {
    vcpus: u64,
    start: u64,
    run: u64,
}

fn jobs(longest: u64) -> impl Strategy<Value = Vec<Job>> {
    let job = (1_u64..9, 0..3 * longest, 0..longest);
    prop::collection::vec(job.prop_map(|(vcpus, start, run)| Job { vcpus, start, run }), 0..12)
}

/// The usage at each instant of `asked`, with every start and end told in order of time.
fn replay(kernel: UsageKernel, window: u64, jobs: &[Job], asked: &[u64]) -> Vec<f64> {
    let mut usage = usage(kernel, window);
    let starts = jobs.iter().map(|job| (job.start, job.vcpus as i64));
    let ends = jobs.iter().map(|job| (job.start + job.run, -(job.vcpus as i64)));
    let mut changes: Vec<(u64, i64)> = starts.chain(ends).collect();
    // Starts before ends, so that nothing goes below zero.
    changes.sort_by_key(|(at, change)| (*at, -change));
    let (mut next, mut vcpus) = (0, 0_i64);
    let mut answers = Vec::new();
    for now in asked {
        while let Some((when, change)) = changes.get(next).filter(|(when, _)| when <= now) {
            vcpus += change;
            usage.set(at(*when), vcpus as u64);
            next += 1;
        }
        answers.push(usage.value(at(*now)));
    }
    answers
}

proptest! {
    /// The closed form for every job apart; questions at any instant, most of them between changes.
    #[test]
    fn usage_is_the_sum_over_all_jobs_of_their_decayed_vcpu_time(
        jobs in jobs(50_000),
        window in 1_u64..60_000,
        mut asked in prop::collection::vec(0_u64..250_000, 1..20),
    ) {
        asked.sort_unstable();
        for kernel in KERNELS {
            for (now, found) in asked.iter().zip(replay(kernel, window, &jobs, &asked)) {
                let one = |job: &Job| {
                    let span = (job.start as f64, (job.start + job.run) as f64);
                    job.vcpus as f64 * of_one_job(kernel, span, *now as f64, window as f64)
                };
                let expected: f64 = jobs.iter().map(one).sum();
                prop_assert!((found - expected).abs() < 1e-6 * expected.max(1.0), "{kernel:?} at \
                    {now}: {found}, not {expected}");
            }
        }
    }

    /// The definition summed millisecond by millisecond, which knows no closed form.
    #[test]
    fn usage_is_the_integral_of_the_kernel(
        jobs in jobs(200), window in 1_u64..300, now in 0_u64..1_000,
    ) {
        for kernel in KERNELS {
            let running = |ms: u64| {
                let runs = |job: &&Job| (job.start..job.start + job.run).contains(&ms);
                jobs.iter().filter(runs).map(|job| job.vcpus).sum::<u64>() as f64
            };
            // The middle of each millisecond: exact for what is linear in it.
            let middle = |ms: u64| kernel_at(kernel, (now - ms) as f64 - 0.5, window as f64);
            let expected: f64 = (0..now).map(|ms| running(ms) * middle(ms)).sum();
            let found = replay(kernel, window, &jobs, &[now])[0];
            // Within a millisecond of a half-life h the middle is off by (ln 2 / h)^2 / 24 at most.
            let rate = 2.0 * std::f64::consts::LN_2 / window as f64;
            let curvature = rate * rate / 24.0;
            let off = if kernel == UsageKernel::Exponential { curvature } else { 1e-9 };
            prop_assert!((found - expected).abs() <= 1e-9 + 1.1 * off * expected.max(found),
                "{kernel:?}: {found}, not {expected}");
        }
    }

    #[test]
    fn asking_changes_no_later_answer(
        jobs in jobs(5_000),
        window in 1_u64..6_000,
        mut asked in prop::collection::vec(0_u64..30_000, 1..20),
    ) {
        asked.sort_unstable();
        for kernel in KERNELS {
            let answers = replay(kernel, window, &jobs, &asked);
            let alone = replay(kernel, window, &jobs, &asked[asked.len() - 1..]);
            prop_assert_eq!(answers.last(), alone.last());
        }
    }
}

#[test]
fn one_vcpu_that_ran_all_the_time_has_used_the_area_under_the_kernel() {
    // D = 600 s: linear D / 2, window D, exp (D / 2) / ln 2, in vCPU-ms.
    let of = |kernel| {
        let mut usage = usage(kernel, 600_000);
        usage.set(at(0), 1);
        usage.value(at(1_000_000_000))
    };
    assert_eq!(of(UsageKernel::Linear), 300_000.0);
    assert_eq!(of(UsageKernel::Window), 600_000.0);
    let expected = 300_000.0 / std::f64::consts::LN_2;
    assert!((of(UsageKernel::Exponential) - expected).abs() < 1e-6);
}

#[test]
fn linear_usage_fades_to_nothing_in_the_window_and_exponential_to_a_quarter() {
    let left = |kernel: UsageKernel| {
        let mut usage = usage(kernel, 600_000);
        usage.set(at(0), 4);
        usage.set(at(1), 0);
        let fresh = usage.value(at(1));
        [300_001, 600_001].map(|ms| usage.value(at(ms)) / fresh)
    };
    let [half, none] = left(UsageKernel::Linear);
    assert!((half - 0.5).abs() < 1e-5 && none == 0.0, "{half} {none}");
    assert_eq!(left(UsageKernel::Window), [1.0, 0.0]);
    let [half, quarter] = left(UsageKernel::Exponential);
    assert!((half - 0.5).abs() < 1e-12 && (quarter - 0.25).abs() < 1e-12, "{half} {quarter}");
}

#[test]
fn what_is_older_than_the_window_takes_no_memory() {
    for kernel in [UsageKernel::Linear, UsageKernel::Window] {
        let mut usage = usage(kernel, 1_000);
        for ms in 0..1_000_000 {
            usage.set(at(ms), ms % 2);
            assert!(usage.remembered() <= 1_000, "{ms}");
        }
        usage.value(at(2_000_000));
        assert_eq!(usage.remembered(), 0);
    }
}

#[test]
fn many_changes_in_one_instant_are_one() {
    let mut usage = usage(UsageKernel::Linear, 1_000);
    (0..500).for_each(|vcpus| usage.set(at(7), vcpus));
    assert_eq!((usage.remembered(), usage.value(at(1_007))), (1, 499.0 * 500.0));
}
