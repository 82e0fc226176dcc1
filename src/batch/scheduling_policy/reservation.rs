//! What a policy holds back for shares that are not active yet.
//!
//! Knows no share, only how many are active.

/// A reservation this close to a whole vCPU is that vCPU: less than the power can be told apart.
const ROUNDING: f64 = 1e-6;

/// vCPUs that the active shares of a queue may use together: `total_vcpus` less
/// `(computeReservation / 100) ^ active shares` of it, whole vCPUs (behaviour 5.5).
///
/// `total_vcpus` is the sum of maxvCpus over the queue's compute environments (of an UNMANAGED one
/// its unmanagedvCpus). While no share is active all of it is reserved.
///
/// ```
/// use batchcast::batch::scheduling_policy::usable_vcpus;
/// assert_eq!(usable_vcpus(100, 50, 1), 50);
/// assert_eq!(usable_vcpus(100, 50, 2), 75);
/// assert_eq!(usable_vcpus(100, 0, 1), 100);
/// ```
#[must_use]
pub fn usable_vcpus(total_vcpus: u64, compute_reservation: u8, active_shares: u32) -> u64 {
    let share = f64::from(compute_reservation) / 100.0;
    let reserved = total_vcpus as f64 * libm::pow(share, f64::from(active_shares));
    total_vcpus.saturating_sub((reserved - ROUNDING).ceil() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn half_a_reservation_leaves_a_half_a_quarter_and_an_eighth_to_those_to_come() {
        let reserved = |active| 1_000 - usable_vcpus(1_000, 50, active);
        assert_eq!([reserved(1), reserved(2), reserved(3)], [500, 250, 125]);
    }

    #[test]
    fn without_an_active_share_all_is_reserved_and_with_many_nothing() {
        assert_eq!(usable_vcpus(100, 50, 0), 0);
        assert_eq!(usable_vcpus(100, 0, 0), 0);
        assert_eq!(usable_vcpus(100, 99, 1), 1);
        assert_eq!(usable_vcpus(1 << 24, 50, 24), (1 << 24) - 1);
        // Something is reserved as long as it is a part of a vCPU that can be told from none.
        assert_eq!(usable_vcpus(100, 50, 10), 99);
        assert_eq!(usable_vcpus(100, 50, 500), 100);
    }

    proptest! {
        /// Against the rational number, as far as it fits.
        #[test]
        fn the_reservation_is_exact_in_whole_vcpus(
            total in 0_u64..30_000_000, reservation in 0_u8..100, active in 1_u32..12,
        ) {
            let (mut numerator, mut denominator) = (u128::from(total), 1_u128);
            for _ in 0..active {
                numerator *= u128::from(reservation);
                denominator *= 100;
            }
            let reserved = numerator.div_ceil(denominator) as u64;
            let found = total - usable_vcpus(total, reservation, active);
            // What is above a whole vCPU by about a millionth is not distinguished from it.
            let rest = numerator % denominator;
            let hair = rest > 0 && rest * 500_000 <= denominator;
            prop_assert!(found == reserved || (hair && found + 1 == reserved));
        }
    }
}
