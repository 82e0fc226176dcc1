//! Exact quantiles of a sorted sample: the inverse of its empirical CDF, without interpolation.

/// The smallest value with at least a share `q` of the sample at or below it; `None` of nothing.
///
/// `q` outside 0 to 1 is moved to the nearer end; not-a-number counts as 0.
///
/// ```
/// use batchcast::sim::statistics::quantile_sorted;
/// assert_eq!(quantile_sorted(&[3, 6, 7, 8, 8, 10, 13, 15, 16, 20], 0.25), Some(7));
/// assert_eq!(quantile_sorted(&[15, 20, 35, 40, 50], 0.4), Some(20));
/// assert_eq!(quantile_sorted::<u64>(&[], 0.5), None);
/// ```
#[must_use]
pub fn quantile_sorted<T: Copy>(sorted: &[T], q: f64) -> Option<T> {
    // 0.07 * 100 is a little above 7: without the slack such products would skip a rank.
    let slack = 1.0 - 4.0 * f64::EPSILON;
    let rank = (q.clamp(0.0, 1.0) * sorted.len() as f64 * slack).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_whole_rank_is_hit_exactly() {
        let sorted: Vec<u32> = (1..=1_000).collect();
        for rank in 1..=1_000_u32 {
            assert_eq!(quantile_sorted(&sorted, f64::from(rank) / 1_000.0), Some(rank));
        }
    }

    #[test]
    fn shares_outside_the_unit_interval_give_the_ends() {
        assert_eq!(quantile_sorted(&[1, 2, 3], -1.0), Some(1));
        assert_eq!(quantile_sorted(&[1, 2, 3], 7.0), Some(3));
        assert_eq!(quantile_sorted(&[1, 2, 3], f64::NAN), Some(1));
    }
}
