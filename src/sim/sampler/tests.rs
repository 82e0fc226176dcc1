//! Samplers against closed forms and against `rand_distr`, which is the oracle here and only here.

use super::*;
use crate::sim::random::RandomKey;

const N: usize = 20_000;

fn draws(sampler: &Sampler, stream: u32) -> Vec<f64> {
    let key = RandomKey::new(11, 0).stream(stream);
    let mut samples: Vec<f64> = (0..N as u64).map(|i| sampler.sample(&mut key.draw(i))).collect();
    samples.sort_unstable_by(f64::total_cmp);
    samples
}

/// One-sample Kolmogorov-Smirnov distance.
fn distance(sorted: &[f64], cdf: impl Fn(f64) -> f64) -> f64 {
    let n = sorted.len() as f64;
    sorted.iter().enumerate().fold(0.0, |worst: f64, (i, x)| {
        let f = cdf(*x);
        worst.max((f - i as f64 / n).abs()).max(((i + 1) as f64 / n - f).abs())
    })
}

/// Two-sample Kolmogorov-Smirnov distance of equally long samples.
fn distance_between(a: &[f64], b: &[f64]) -> f64 {
    let below = |x: f64, sorted: &[f64]| sorted.partition_point(|y| *y <= x) as f64;
    a.iter()
        .chain(b)
        .fold(0.0, |worst: f64, x| worst.max((below(*x, a) - below(*x, b)).abs() / a.len() as f64))
}

fn follows(sampler: &Sampler, oracle: impl Distribution<f64>, cdf: impl Fn(f64) -> f64) {
    let samples = draws(sampler, 1);
    // 1.95 / sqrt(n) is exceeded with probability 0.001; the seed is fixed.
    let limit = 1.95 / (N as f64).sqrt();
    assert!(distance(&samples, cdf) < limit, "{sampler:?} against its CDF");
    let mut rng = RandomKey::new(12, 0).draw(0);
    let mut other: Vec<f64> = (0..N).map(|_| oracle.sample(&mut rng)).collect();
    other.sort_unstable_by(f64::total_cmp);
    let two_sample = limit * 2.0_f64.sqrt();
    assert!(distance_between(&samples, &other) < two_sample, "{sampler:?} against rand_distr");
    has_its_moments(sampler, &samples);
}

fn has_its_moments(sampler: &Sampler, samples: &[f64]) {
    let (mean, second) = (sampler.mean().unwrap(), sampler.second_moment().unwrap());
    let n = samples.len() as f64;
    let sigma = (second - mean * mean).max(0.0).sqrt();
    let got = samples.iter().sum::<f64>() / n;
    assert!((got - mean).abs() <= 4.0 * sigma / n.sqrt() + 1e-12, "{sampler:?}: {got} for {mean}");
    let got = samples.iter().map(|x| x * x).sum::<f64>() / n;
    assert!((got / second - 1.0).abs() < 0.15, "{sampler:?}: {got} for {second}");
}

fn normal_cdf(z: f64) -> f64 {
    0.5 * libm::erfc(-z / core::f64::consts::SQRT_2)
}

#[test]
fn exponential_samples_follow_their_distribution() {
    let sampler = Sampler::exponential(30.0).unwrap();
    follows(&sampler, rand_distr::Exp::new(1.0 / 30.0).unwrap(), |x| -libm::expm1(-x / 30.0));
}

#[test]
fn lognormal_samples_follow_their_distribution() {
    let sampler = Sampler::lognormal(600.0, 0.5).unwrap();
    let oracle = rand_distr::LogNormal::new(libm::log(600.0), 0.5).unwrap();
    follows(&sampler, oracle, |x| normal_cdf(libm::log(x / 600.0) / 0.5));
}

#[test]
fn weibull_samples_follow_their_distribution() {
    for shape in [0.7, 1.0, 3.0] {
        let sampler = Sampler::weibull(shape, 10.0).unwrap();
        let oracle = rand_distr::Weibull::new(10.0, shape).unwrap();
        follows(&sampler, oracle, |x| -libm::expm1(-libm::pow(x / 10.0, shape)));
    }
}

#[test]
fn pareto_samples_follow_their_distribution() {
    let sampler = Sampler::pareto(6.0, 5.0).unwrap();
    let oracle = rand_distr::Pareto::new(5.0, 6.0).unwrap();
    follows(&sampler, oracle, |x| 1.0 - libm::pow(5.0 / x, 6.0));
}

#[test]
fn gamma_samples_follow_their_distribution() {
    for shape in [0.3, 1.0, 2.5, 40.0] {
        let sampler = Sampler::gamma(shape, 2.0).unwrap();
        let oracle = rand_distr::Gamma::new(shape, 2.0).unwrap();
        follows(&sampler, oracle, |x| statrs::function::gamma::gamma_lr(shape, x / 2.0));
    }
}

#[test]
fn empirical_samples_come_in_equal_shares() {
    let sampler = Sampler::empirical(vec![3.0, 1.0, 2.0, 2.0]).unwrap();
    let samples = draws(&sampler, 1);
    for (value, share) in [(1.0, 0.25), (2.0, 0.5), (3.0, 0.25)] {
        let got = samples.iter().filter(|x| **x == value).count() as f64 / N as f64;
        assert!((got - share).abs() < 0.015, "{value}: {got}");
    }
    has_its_moments(&sampler, &samples);
}

#[test]
fn extreme_parameters_give_no_nan_and_no_negative_sample() {
    let tiny = f64::MIN_POSITIVE;
    let huge = f64::MAX;
    let mut samplers = vec![];
    for (a, b) in [(tiny, tiny), (tiny, huge), (huge, tiny), (huge, huge)] {
        samplers.push(Sampler::lognormal(a, b).unwrap());
        samplers.push(Sampler::weibull(a, b).unwrap());
        samplers.push(Sampler::pareto(a, b).unwrap());
        samplers.push(Sampler::gamma(a, b).unwrap());
    }
    for sampler in samplers {
        let key = RandomKey::new(1, 0);
        for i in 0..100 {
            let x: f64 = sampler.sample(&mut key.draw(i));
            assert!(x >= 0.0, "{sampler:?}: {x}");
        }
    }
}

#[test]
fn impossible_parameters_are_refused_by_name() {
    let named = |result: Result<Sampler, SamplerError>| match result.unwrap_err() {
        SamplerError::Parameter { parameter, .. } => parameter,
        other => panic!("{other}"),
    };
    assert_eq!(named(Sampler::constant(-1.0)), "value");
    assert_eq!(named(Sampler::exponential(0.0)), "mean");
    assert_eq!(named(Sampler::lognormal(1.0, f64::NAN)), "sigma");
    assert_eq!(named(Sampler::weibull(0.0, 1.0)), "shape");
    assert_eq!(named(Sampler::pareto(1.0, f64::INFINITY)), "minimum");
    assert_eq!(named(Sampler::gamma(1.0, -0.0)), "scale");
    assert_eq!(Sampler::empirical(vec![]), Err(SamplerError::NoValues));
    let third = Sampler::empirical(vec![1.0, 2.0, -1.0]);
    assert_eq!(third, Err(SamplerError::Value { position: 3, value: -1.0 }));
}

#[test]
fn latencies_have_their_median_and_no_spread_at_sigma_zero() {
    let key = RandomKey::new(1, 0);
    let constant = LatencyModel { median: SimDuration::from_millis(123), sigma: 0.0 };
    let zero = LatencyModel { median: SimDuration::ZERO, sigma: 2.0 };
    assert_eq!(constant.sample(&mut key.draw(0)), SimDuration::from_millis(123));
    assert_eq!(zero.sample(&mut key.draw(0)), SimDuration::ZERO);
    let latency = LatencyModel { median: SimDuration::from_secs(60), sigma: 0.5 };
    let mut samples: Vec<_> = (0..10_001).map(|i| latency.sample(&mut key.draw(i))).collect();
    samples.sort();
    let median = samples[5_000].as_secs_f64();
    assert!((median - 60.0).abs() < 1.5, "{median}");
}

/// A promise of reproducibility, not a validation: samples, quantised to millionths, keep their
/// bits on every host and in every build. A change here changes every result of every user.
#[test]
fn sampled_bits_never_change_silently() {
    let samplers = [
        ("exponential", Sampler::exponential(600.0).unwrap(), 643_109_515_893_784_549),
        ("lognormal", Sampler::lognormal(600.0, 1.2).unwrap(), 13_292_206_537_557_117_900),
        ("weibull", Sampler::weibull(0.7, 600.0).unwrap(), 8_286_659_738_162_051_487),
        ("pareto", Sampler::pareto(1.5, 60.0).unwrap(), 12_317_685_283_186_448_379),
        ("gamma", Sampler::gamma(2.5, 100.0).unwrap(), 11_125_807_188_914_416_036),
        ("gamma below 1", Sampler::gamma(0.4, 100.0).unwrap(), 18_159_447_846_664_141_977),
        (
            "empirical",
            Sampler::empirical(vec![1.0, 2.0, 3.5, 8.0]).unwrap(),
            17_707_977_593_737_988_992,
        ),
    ];
    let hashes: Vec<(&str, u64)> =
        samplers.iter().map(|(name, sampler, _)| (*name, hash(sampler))).collect();
    let promised: Vec<(&str, u64)> =
        samplers.iter().map(|(name, _, hash)| (*name, *hash)).collect();
    assert_eq!(hashes, promised);
}

/// FNV-1a over the quantised samples.
fn hash(sampler: &Sampler) -> u64 {
    let key = RandomKey::new(1, 0);
    (0..20_000).fold(0xcbf2_9ce4_8422_2325, |hash, i| {
        let quantised = (sampler.sample(&mut key.draw(i)) * 1e6).round_ties_even() as u64;
        quantised.to_le_bytes().iter().fold(hash, |hash: u64, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
        })
    })
}
