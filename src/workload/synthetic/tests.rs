//! Arrival processes against their theory.

use super::*;
use crate::batch::{job_definition::JobDefinitionId, job_queue::JobQueueId};
use crate::sim::SimDuration;

const HOUR: u64 = 3_600_000;

fn hours(count: u64) -> SimTime {
    SimTime::from_millis(count * HOUR)
}

fn source(arrivals: ArrivalProcess, position: u32) -> Result<Synthetic, WorkloadError> {
    let submission = JobSubmission {
        name: JobName::Long("a job name that is not short".into()),
        queue: JobQueueId::new(0),
        definition: JobDefinitionId::new(0),
        requirements: Default::default(),
        run_time: None,
        array_size: 0,
        nodes: 0,
        attempts: None,
        timeout: Some(SimDuration::from_secs(60)),
        share: None,
        scheduling_priority: 0,
        throttled: true,
        links: None,
        ticket: None,
        entry: None,
    };
    Synthetic::new(&SubmitSpec { submission, arrivals }, RandomKey::new(1, 0), position)
}

fn instants(arrivals: ArrivalProcess) -> Vec<u64> {
    let mut source = source(arrivals, 0).unwrap();
    let mut instants = Vec::new();
    while let Some(time) = source.next_time().unwrap() {
        instants.push(time.as_millis());
        source.take();
    }
    assert!(instants.is_sorted());
    assert_eq!(source.tally().accepted, instants.len() as u64);
    instants
}

fn poisson(per_hour: f64, until: SimTime) -> ArrivalProcess {
    ArrivalProcess::Poisson { per_hour, from: SimTime::ZERO, until }
}

/// Within four standard deviations of a Poisson count.
fn is_count_of(count: usize, mean: f64) -> bool {
    (count as f64 - mean).abs() < 4.0 * mean.sqrt()
}

#[test]
fn one_submission_at_one_instant_comes_once() {
    assert_eq!(instants(ArrivalProcess::At(hours(2))), [2 * HOUR]);
}

#[test]
fn deterministic_arrivals_do_not_drift() {
    // Every 1,234.567... s over a century: a running sum of rounded gaps would be seconds off.
    let (from, until) = (SimTime::from_millis(7), hours(876_000));
    let per_hour = 2.916;
    let found = instants(ArrivalProcess::Deterministic { per_hour, from, until });
    let last = found.len() - 1;
    assert_eq!((found[0], found[last]), (7, 7 + (last as f64 * 3.6e6 / 2.916).round() as u64));
}

#[test]
fn until_is_exclusive() {
    let (from, until) = (SimTime::ZERO, hours(2));
    let found = instants(ArrivalProcess::Deterministic { per_hour: 1.0, from, until });
    assert_eq!(found, [0, HOUR]);
}

#[test]
fn poisson_counts_and_gaps_have_mean_and_variance_of_the_rate() {
    let found = instants(poisson(120.0, hours(1_000)));
    assert!(is_count_of(found.len(), 120_000.0), "{}", found.len());
    // Counts per hour: variance over mean is 1, with standard error sqrt(2 / 1,000).
    let mut counts = vec![0.0; 1_000];
    found.iter().for_each(|ms| counts[(ms / HOUR) as usize] += 1.0);
    let moments: crate::sim::statistics::Moments = counts.into_iter().collect();
    let dispersion = moments.variance().unwrap() / moments.mean().unwrap();
    assert!((dispersion - 1.0).abs() < 0.18, "{dispersion}");
}

#[test]
fn rounding_to_milliseconds_does_not_change_a_rate_of_thousands_a_second() {
    // Mean gap 0.5 ms: gaps rounded one by one would lose 9 % of the time.
    let found = instants(poisson(7.2e6, SimTime::from_millis(100_000)));
    assert!(is_count_of(found.len(), 200_000.0), "{}", found.len());
}

#[test]
fn gaps_depend_on_the_position_of_the_source_only() {
    let first = |position| {
        let mut source = source(poisson(60.0, hours(10)), position).unwrap();
        let mut times = Vec::new();
        while let Some(time) = source.next_time().unwrap() {
            times.push(time);
            source.take();
        }
        times
    };
    assert_eq!(first(0), first(0));
    assert_ne!(first(0), first(1));
}

#[test]
fn a_diurnal_rate_peaks_at_its_hour_of_the_day() {
    let found = instants(ArrivalProcess::Diurnal {
        per_hour: 100.0,
        amplitude: 0.8,
        peak_hour: 14.0,
        // t = 0 is 06:00.
        day_offset_ms: 6 * HOUR,
        from: SimTime::ZERO,
        until: hours(24 * 100),
    });
    assert!(is_count_of(found.len(), 240_000.0), "{}", found.len());
    let mut by_hour = [0_usize; 24];
    found.iter().for_each(|ms| by_hour[((ms / HOUR + 6) % 24) as usize] += 1);
    for (hour, count) in by_hour.iter().enumerate() {
        // The integral of the rate over one hour, a hundred times.
        let angle = |h: f64| (h - 14.0) * std::f64::consts::TAU / 24.0;
        let swing = libm::sin(angle(hour as f64 + 1.0)) - libm::sin(angle(hour as f64));
        let mean = 10_000.0 * (1.0 + 0.8 * swing * 24.0 / std::f64::consts::TAU);
        assert!(is_count_of(*count, mean), "{hour}: {count} for {mean}");
    }
}

#[test]
fn a_modulated_process_has_the_rate_of_its_stays_and_silent_states() {
    let states = vec![
        MmppState { per_hour: 300.0, mean_stay_s: 1_800.0 },
        MmppState { per_hour: 0.0, mean_stay_s: 5_400.0 },
    ];
    let until = hours(20_000);
    let found = instants(ArrivalProcess::Mmpp { states, from: SimTime::ZERO, until });
    // 300 an hour for a quarter of the time; the states make the count vary more than Poisson.
    let mean = 75.0 * 20_000.0;
    assert!((found.len() as f64 / mean - 1.0).abs() < 0.04, "{}", found.len());
    let long = found.windows(2).filter(|pair| pair[1] - pair[0] > HOUR / 2).count();
    assert!(long > 5_000, "{long} silences");
}

#[test]
fn impossible_rates_are_refused_with_their_place() {
    let refused = |arrivals| source(arrivals, 3).err().unwrap().to_string();
    let text = refused(poisson(0.0, hours(1)));
    assert!(text.starts_with("workload[3].arrivals: `perHour` is 0; expected a rate above 0"));
    let (from, until) = (SimTime::ZERO, hours(1));
    refused(poisson(f64::NAN, until));
    refused(ArrivalProcess::Mmpp { states: vec![], from, until });
    let states = vec![MmppState { per_hour: 0.0, mean_stay_s: 1.0 }];
    refused(ArrivalProcess::Mmpp { states, from, until });
    let (per_hour, day_offset_ms) = (1.0, 0);
    let (amplitude, peak_hour) = (1.5, 0.0);
    let diurnal =
        ArrivalProcess::Diurnal { per_hour, amplitude, peak_hour, day_offset_ms, from, until };
    assert!(refused(diurnal).contains("`amplitude` is 1.5"));
}
