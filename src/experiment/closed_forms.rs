//! Queueing theory with exact answers: what a simulated queue must reproduce.
//!
//! Rates are per any one unit of time, and waits come in that unit. Knows no simulator. Invariant:
//! every function is exact under its assumptions; approximations do not belong here.

/// The probability that an arrival of an M/M/c queue waits (Erlang C), by the recurrence of Erlang
/// B: `B(0) = 1`, `B(k) = a B(k-1) / (k + a B(k-1))`, `C = B(c) / (1 - rho (1 - B(c)))`.
///
/// `load` is `a`, the arrival rate over the service rate. `None` unless `0 <= load < servers`.
///
/// ```
/// use batchcast::experiment::closed_forms::erlang_c;
/// assert_eq!(erlang_c(1, 0.5), Some(0.5));
/// assert_eq!(erlang_c(1, 1.0), None); // the queue grows for ever
/// ```
#[must_use]
pub fn erlang_c(servers: u32, load: f64) -> Option<f64> {
    let rho = load / f64::from(servers);
    if !(0.0..1.0).contains(&rho) {
        return None;
    }
    let blocked =
        (1..=servers).fold(1.0, |blocked, k| load * blocked / (f64::from(k) + load * blocked));
    Some(blocked / (1.0 - rho * (1.0 - blocked)))
}

/// Mean wait in the queue of M/M/c. `None` when the queue is not stable.
///
/// ```
/// use batchcast::experiment::closed_forms::mmc_wait;
/// assert_eq!(mmc_wait(0.5, 1.0, 1), Some(1.0));
/// ```
#[must_use]
pub fn mmc_wait(arrival_rate: f64, service_rate: f64, servers: u32) -> Option<f64> {
    let waits = erlang_c(servers, arrival_rate / service_rate)?;
    Some(waits / (f64::from(servers) * service_rate - arrival_rate))
}

/// Mean wait in the queue of M/G/1, from the first two moments of the service time
/// (Pollaczek-Khinchine). `None` when the queue is not stable.
///
/// ```
/// use batchcast::experiment::closed_forms::mg1_wait;
/// // Exponential service is M/M/1.
/// assert_eq!(mg1_wait(0.5, 1.0, 2.0), Some(1.0));
/// ```
#[must_use]
pub fn mg1_wait(arrival_rate: f64, mean_service: f64, second_moment: f64) -> Option<f64> {
    let rho = arrival_rate * mean_service;
    let stable = (0.0..1.0).contains(&rho);
    stable.then(|| arrival_rate * second_moment / (2.0 * (1.0 - rho)))
}

/// Mean wait in the queue of M/D/1: half that of M/M/1. `None` when the queue is not stable.
///
/// ```
/// use batchcast::experiment::closed_forms::md1_wait;
/// assert_eq!(md1_wait(0.5, 1.0), Some(0.5));
/// ```
#[must_use]
pub fn md1_wait(arrival_rate: f64, service: f64) -> Option<f64> {
    mg1_wait(arrival_rate, service, service * service)
}

/// Mean number in service of M/G/infinity; it is also the variance, as the number is Poisson.
///
/// ```
/// use batchcast::experiment::closed_forms::mm_infinity_busy;
/// assert_eq!(mm_infinity_busy(3.0, 0.5), 6.0);
/// ```
#[must_use]
pub fn mm_infinity_busy(arrival_rate: f64, service_rate: f64) -> f64 {
    arrival_rate / service_rate
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mmc_waits_are_the_checked_values() {
        for (servers, load, wait) in [
            (1, 0.5, 1.0),
            (2, 1.6, 1.777_778),
            (10, 8.0, 0.204_590),
            (100, 80.0, 0.000_982),
            (100, 95.0, 0.101_291),
        ] {
            let got = mmc_wait(load, 1.0, servers).unwrap();
            assert!((got - wait).abs() < 5e-7, "{servers} servers at load {load}: {got}");
        }
    }

    #[test]
    fn waits_scale_with_the_unit_of_time() {
        let seconds = mmc_wait(1.6 / 60.0, 1.0 / 60.0, 2).unwrap();
        let minutes = mmc_wait(1.6, 1.0, 2).unwrap();
        assert!((seconds - 60.0 * minutes).abs() < 1e-9);
    }

    #[test]
    fn unstable_queues_have_no_mean_wait() {
        assert_eq!(mmc_wait(2.0, 1.0, 2), None);
        assert_eq!(mmc_wait(f64::NAN, 1.0, 2), None);
        assert_eq!(mg1_wait(1.0, 1.0, 2.0), None);
        assert_eq!(md1_wait(1.1, 1.0), None);
        assert_eq!(erlang_c(0, 0.0), None);
    }

    #[test]
    fn exponential_service_makes_mg1_the_mm1_queue() {
        for load in [0.1, 0.5, 0.9] {
            let (general, exponential) = (mg1_wait(load, 1.0, 2.0), mmc_wait(load, 1.0, 1));
            assert!((general.unwrap() - exponential.unwrap()).abs() < 1e-12);
        }
    }
}
